#include "services/warehouse/thrift_result.h"

#include <charconv>
#include <cstring>

#include "engine/arrow_ipc.h"

namespace crannog::warehouse {

using plan::TypeKind;

namespace {

ThriftStruct OkStatus() { return ThriftStruct().Set(1, ThriftValue::I32(0)); }

// TTypeId. Source: reference/rest.md, appendix A.
int32_t TypeId(const plan::DataType& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean: return 0;
    case TypeKind::kByte: return 1;
    case TypeKind::kShort: return 2;
    case TypeKind::kInt: return 3;
    case TypeKind::kLong: return 4;
    case TypeKind::kFloat: return 5;
    case TypeKind::kDouble: return 6;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz: return 8;
    case TypeKind::kBinary: return 9;
    case TypeKind::kArray: return 10;
    case TypeKind::kMap: return 11;
    case TypeKind::kStruct: return 12;
    case TypeKind::kDecimal: return 15;
    case TypeKind::kNull: return 16;
    case TypeKind::kDate: return 17;
    case TypeKind::kYearMonthInterval: return 20;
    case TypeKind::kDayTimeInterval: return 21;
    default: return 7;  // STRING
  }
}

ThriftStruct TypeDescription(const plan::DataType& type) {
  ThriftStruct primitive;
  primitive.Set(1, ThriftValue::I32(TypeId(type)));
  if (type.Is(TypeKind::kDecimal)) {
    ThriftValue::Map qualifiers;
    qualifiers.value = ThriftType::kStruct;
    qualifiers.entries.emplace_back(ThriftValue::Text("precision"), ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::I32(type.precision()))));
    qualifiers.entries.emplace_back(ThriftValue::Text("scale"), ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::I32(type.scale()))));
    primitive.Set(2, ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::OfMap(std::move(qualifiers)))));
  }
  ThriftStruct entry;
  entry.Set(1, ThriftValue::Struct(std::move(primitive)));
  return ThriftStruct().Set(1, ThriftValue::OfList(ThriftType::kStruct, {ThriftValue::Struct(std::move(entry))}));
}

// An IPC stream is messages: marker, length of the metadata, metadata, body. The first is the schema, the last an empty end.
constexpr size_t kMessageHead = 8;

Result<size_t> SchemaBytes(const std::string& stream) {
  uint32_t marker = 0, size = 0;
  if (stream.size() < kMessageHead) return Failure(ErrorCode::kInternal, "an Arrow stream is too short");
  std::memcpy(&marker, stream.data(), 4);
  std::memcpy(&size, stream.data() + 4, 4);
  if (marker != 0xFFFFFFFF || kMessageHead + size > stream.size()) return Failure(ErrorCode::kInternal, "an Arrow stream has no schema");
  return kMessageHead + size;
}

Result<std::string> SchemaMessage(const plan::Schema& schema) {
  TRY(engine::ArrowBatch empty, engine::EmptyBatch(schema));
  TRY(std::string stream, engine::WriteArrowStream(empty));
  TRY(size_t size, SchemaBytes(stream));
  return stream.substr(0, size);
}

Result<std::string> BatchMessage(const engine::ArrowBatch& batch) {
  TRY(std::string stream, engine::WriteArrowStream(batch));
  TRY(size_t size, SchemaBytes(stream));
  // The end marker stays away too: the client puts the schema before and reads one batch.
  return stream.substr(size, stream.size() - size - kMessageHead);
}

template <typename T>
bool ParseAll(std::string_view text, T& value) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<ThriftStruct> ResultSetMetadata(const Statement& statement) {
  std::vector<ThriftValue> columns;
  for (size_t i = 0; i < statement.schema.size(); ++i) {
    ThriftStruct column;
    column.Set(1, ThriftValue::Text(statement.schema[i].name));
    column.Set(2, ThriftValue::Struct(TypeDescription(statement.schema[i].type)));
    column.Set(3, ThriftValue::I32(static_cast<int32_t>(i + 1)));
    columns.push_back(ThriftValue::Struct(std::move(column)));
  }
  TRY(std::string arrow_schema, SchemaMessage(statement.schema));
  ThriftStruct response;
  response.Set(1, ThriftValue::Struct(OkStatus()));
  response.Set(2, ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::OfList(ThriftType::kStruct, std::move(columns)))));
  response.Set(0x501, ThriftValue::I32(0));
  response.Set(0x502, ThriftValue::Bool(false));
  response.Set(0x503, ThriftValue::Text(std::move(arrow_schema)));
  return response;
}

Result<ThriftStruct> RowSet(const Statement& statement, int64_t& next_batch, int64_t bytes_max) {
  int64_t start = 0;
  for (int64_t i = 0; i < next_batch; ++i) start += statement.batches[static_cast<size_t>(i)].row_count();
  std::vector<ThriftValue> batches;
  int64_t bytes = 0;
  while (next_batch < static_cast<int64_t>(statement.batches.size()) && (bytes == 0 || bytes < bytes_max)) {
    const engine::ArrowBatch& batch = statement.batches[static_cast<size_t>(next_batch++)];
    TRY(std::string message, BatchMessage(batch));
    bytes += static_cast<int64_t>(message.size());
    batches.push_back(ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::Text(std::move(message))).Set(2, ThriftValue::I64(batch.row_count()))));
  }
  ThriftStruct rows;
  rows.Set(1, ThriftValue::I64(start));
  rows.Set(2, ThriftValue::OfList(ThriftType::kStruct, {}));
  rows.Set(0x501, ThriftValue::OfList(ThriftType::kStruct, std::move(batches)));
  ThriftStruct response;
  response.Set(1, ThriftValue::Struct(OkStatus()));
  response.Set(2, ThriftValue::Bool(next_batch < static_cast<int64_t>(statement.batches.size())));
  response.Set(3, ThriftValue::Struct(std::move(rows)));
  return response;
}

Result<plan::Literal> LiteralOfText(const std::string& text, const std::string& type) {
  using plan::DataType;
  using plan::Literal;
  auto bad = [&] { return Failure(ErrorCode::kInvalidParameterValue, "the parameter value '" + text + "' is no " + type); };
  int64_t integer = 0;
  double number = 0;
  if (type == "STRING" || type.starts_with("VARCHAR")) return Literal::String(text);
  if (type == "INT" || type == "INTEGER") return ParseAll(text, integer) ? Result<Literal>(Literal::OfInteger(DataType::Int(), integer)) : bad();
  if (type == "BIGINT" || type == "LONG") return ParseAll(text, integer) ? Result<Literal>(Literal::Long(integer)) : bad();
  if (type == "SMALLINT") return ParseAll(text, integer) ? Result<Literal>(Literal::OfInteger(DataType::Short(), integer)) : bad();
  if (type == "TINYINT") return ParseAll(text, integer) ? Result<Literal>(Literal::OfInteger(DataType::Byte(), integer)) : bad();
  if (type == "DOUBLE") return ParseAll(text, number) ? Result<Literal>(Literal::Double(number)) : bad();
  if (type == "FLOAT") return ParseAll(text, number) ? Result<Literal>(Literal{DataType::Float(), number}) : bad();
  if (type == "BOOLEAN") {
    if (text == "true" || text == "True" || text == "TRUE") return Literal::Boolean(true);
    if (text == "false" || text == "False" || text == "FALSE") return Literal::Boolean(false);
    return bad();
  }
  // Dates, timestamps and decimals travel as texts; the statement casts them where they meet their column.
  if (type == "DATE" || type.starts_with("TIMESTAMP") || type.starts_with("DECIMAL")) return Literal::String(text);
  return Failure(NotImplemented("parameters of type " + type));
}

}  // namespace crannog::warehouse
