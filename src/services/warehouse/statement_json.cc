#include "services/warehouse/statement_json.h"

#include "base/json.h"
#include "session/result_rows.h"
#include "session/value_text.h"

namespace crannog::warehouse {

using plan::TypeKind;

namespace {

std::string_view StateName(StatementState state) {
  switch (state) {
    case StatementState::kRunning: return "RUNNING";
    case StatementState::kSucceeded: return "SUCCEEDED";
    case StatementState::kFailed: return "FAILED";
    case StatementState::kCanceled: return "CANCELED";
    case StatementState::kClosed: return "CLOSED";
  }
  return "";
}

wire::ColumnInfo ColumnOf(const plan::StructField& field, int64_t position) {
  wire::ColumnInfo column;
  column.name = field.name;
  column.position = position;
  column.type_text = field.type.Sql();
  column.type_name = TypeName(field.type);
  if (field.type.Is(TypeKind::kDecimal)) {
    column.type_precision = field.type.precision();
    column.type_scale = field.type.scale();
  }
  return column;
}

wire::ResultManifest ManifestOf(const Statement& statement) {
  wire::ResultManifest manifest;
  manifest.format = "JSON_ARRAY";
  manifest.schema.emplace();
  manifest.schema->column_count = static_cast<int64_t>(statement.schema.size());
  for (size_t i = 0; i < statement.schema.size(); ++i) manifest.schema->columns.push_back(ColumnOf(statement.schema[i], static_cast<int64_t>(i)));
  int64_t offset = 0;
  for (size_t i = 0; i < statement.batches.size(); ++i) {
    manifest.chunks.push_back({static_cast<int64_t>(i), offset, statement.batches[i].row_count()});
    offset += statement.batches[i].row_count();
  }
  manifest.total_chunk_count = static_cast<int64_t>(statement.batches.size());
  manifest.total_row_count = statement.row_count;
  manifest.truncated = statement.is_truncated;
  return manifest;
}

}  // namespace

std::string TypeName(const plan::DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte: return "BYTE";
    case TypeKind::kShort: return "SHORT";
    case TypeKind::kInt: return "INT";
    case TypeKind::kLong: return "LONG";
    case TypeKind::kDecimal: return "DECIMAL";
    case TypeKind::kString:
    case TypeKind::kVarchar: return "STRING";
    case TypeKind::kChar: return "CHAR";
    case TypeKind::kNull: return "NULL";
    case TypeKind::kArray: return "ARRAY";
    case TypeKind::kMap: return "MAP";
    case TypeKind::kStruct: return "STRUCT";
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kCalendarInterval: return "INTERVAL";
    default: return type.Sql();
  }
}

Result<wire::ResultData> ChunkToJson(const Statement& statement, int64_t chunk_index) {
  if (chunk_index < 0 || chunk_index >= std::max<int64_t>(1, static_cast<int64_t>(statement.batches.size()))) {
    return Failure(ErrorCode::kInvalidParameterValue, "the statement has no chunk " + std::to_string(chunk_index));
  }
  wire::ResultData data;
  data.chunk_index = chunk_index;
  JsonValue::Array rows;
  if (!statement.batches.empty()) {
    for (int64_t i = 0; i < chunk_index; ++i) data.row_offset += statement.batches[static_cast<size_t>(i)].row_count();
    TRY(session::TextFormat format, session::TextFormat::Make("UTC"));
    TRY(session::Rows values, session::RowsOfBatch(statement.batches[static_cast<size_t>(chunk_index)], statement.schema));
    for (const session::Row& row : values) {
      JsonValue::Array cells;
      for (size_t i = 0; i < row.size(); ++i) {
        if (row[i].IsNull()) cells.emplace_back(nullptr);
        else cells.emplace_back(statement.schema[i].type.IsNested() ? format.Hive(row[i], statement.schema[i].type) : format.Plain(row[i], statement.schema[i].type));
      }
      rows.emplace_back(std::move(cells));
    }
    data.row_count = static_cast<int64_t>(values.size());
  }
  data.data_array = JsonValue(std::move(rows));
  return data;
}

Result<wire::StatementResponse> StatementToJson(const Statement& statement) {
  wire::StatementResponse response;
  response.statement_id = statement.id;
  response.status.emplace();
  response.status->state = StateName(statement.state);
  if (statement.error) {
    response.status->error = wire::ServiceError{"BAD_REQUEST", statement.error->ToString()};
    response.status->sql_state = statement.error->sql_state;
  }
  if (statement.state != StatementState::kSucceeded) return response;
  response.manifest = ManifestOf(statement);
  TRY(response.result, ChunkToJson(statement, 0));
  return response;
}

}  // namespace crannog::warehouse
