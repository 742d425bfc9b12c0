#include "session/delta_rows.h"

#include <fmt/format.h>

#include "analyze/analyzer.h"
#include "base/json.h"
#include "delta/scan.h"
#include "engine/arrow_ipc.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"

namespace crannog::session {

using plan::DataType;
using plan::NamedExpression;
using plan::ResolvedExpressionPtr;
using plan::ResolvedPlanPtr;

namespace {

ResolvedExpressionPtr LongReference(plan::ColumnId id, const char* name) {
  return plan::MakeResolved(plan::ColumnReference{id, name, false}, DataType::Long(), false);
}

std::shared_ptr<plan::TableSource> SourceOf(const DeltaRows& rows, std::shared_ptr<const delta::Scan> scan) {
  auto source = std::make_shared<plan::TableSource>();
  source->full_name = rows.table.name.ToString();
  source->format = engine::kDeltaFilesFormat;
  source->location = rows.table.location;
  source->schema = ReadSchema(rows.table.schema);
  source->version = rows.snapshot->version();
  source->partition_columns = rows.table.partition_columns;
  source->handle = std::move(scan);
  return source;
}

// All columns of the table and the two positions.
ResolvedPlanPtr ScanPlan(const DeltaRows& rows, std::shared_ptr<const delta::Scan> scan, plan::ColumnId file_id, plan::ColumnId row_id) {
  plan::ResolvedScan node;
  const auto source = SourceOf(rows, std::move(scan));
  std::vector<plan::OutputColumn> output;
  for (const plan::StructField& field : source->schema) {
    node.columns.push_back(field.name);
    output.push_back({analyze::NewColumnId(), field.name, field.type, field.nullable, field.metadata_json});
  }
  node.columns.push_back(engine::kFileNumberColumn);
  output.push_back({file_id, engine::kFileNumberColumn, DataType::Long(), false, ""});
  node.columns.push_back(engine::kRowIndexColumn);
  output.push_back({row_id, engine::kRowIndexColumn, DataType::Long(), false, ""});
  node.table = source;
  return plan::MakePlan(std::move(node), std::move(output));
}

engine::DeltaWriteOptions WriteOptionsOf(const DeltaRows& rows, const delta::Transaction& transaction) {
  engine::DeltaWriteOptions options;
  options.folder_url = rows.table.location;
  options.metadata = transaction.metadata();
  return options;
}

int64_t RowCountOf(const delta::AddFile& file) {
  const auto json = ParseJson(file.stats);
  return json ? json->IntOr("numRecords", 0) : 0;
}

// Positions as a relation, to join against.
Result<ResolvedPlanPtr> PositionsPlan(const RowPositions& positions) {
  const plan::Schema schema = {{"file", DataType::Long(), false, ""}, {"row", DataType::Long(), false, ""}};
  Rows rows;
  for (const auto& [file, set] : positions) {
    for (uint64_t row : set.ToVector()) rows.push_back({plan::Literal::Long(file), plan::Literal::Long(static_cast<int64_t>(row))});
  }
  TRY(const engine::ArrowBatch batch, BatchOfRows(rows, schema));
  TRY(std::string bytes, engine::WriteArrowStream(batch));
  plan::ResolvedLocalData data{std::make_shared<const std::string>(std::move(bytes))};
  return plan::MakePlan(std::move(data), {{analyze::NewColumnId(), "file", DataType::Long(), false, ""}, {analyze::NewColumnId(), "row", DataType::Long(), false, ""}});
}

ResolvedExpressionPtr Call(std::string function, std::vector<ResolvedExpressionPtr> arguments) {
  return plan::MakeResolved(plan::ResolvedCall{std::move(function), std::move(arguments)}, DataType::Boolean(), false);
}

}  // namespace

ResolvedExpressionPtr DeltaRows::FileNumber() const { return LongReference(file_id, engine::kFileNumberColumn); }
ResolvedExpressionPtr DeltaRows::RowIndex() const { return LongReference(row_id, engine::kRowIndexColumn); }

std::vector<plan::OutputColumn> DeltaRows::Columns() const { return {plan->output.begin(), plan->output.end() - 2}; }

Result<DeltaRows> OpenDeltaRows(const plan::Name& name, std::string_view operation, Statement& statement) {
  DeltaRows rows;
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  if (parts.size() == 2 && EqualsIgnoringCase(parts[0], "delta") && parts[1].find('/') != std::string::npos) {
    rows.table.name = {"", "delta", parts[1]};
    rows.table.kind = analyze::TableKind::kExternal;
    TRY(rows.table.location, NormalLocation(parts[1]));
  } else {
    TRY(const FoundRelation found, GetRelation(name, statement));
    if (!found.table || found.table->kind == analyze::TableKind::kView) {
      return Failure(statement.Condition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", {{"viewName", QuotedName(parts)}, {"operation", std::string(operation)}}, name.origin));
    }
    rows.table = *found.table;
    TRY(statement.catalog().Require(analyze::Privilege::kModify,
                                    {analyze::SecurableKind::kTable, {rows.table.name.catalog, rows.table.name.schema, rows.table.name.name}}));
    if (rows.table.format != "delta") {
      return Failure(statement.Condition("UNSUPPORTED_FEATURE.TABLE_OPERATION", {{"tableName", QuotedName(rows.table.name)}, {"operation", std::string(operation)}}));
    }
  }
  TRY(rows.delta, statement.core.tables->DeltaTableAt(rows.table.location));
  TRY(rows.snapshot, rows.delta->Latest());
  TRY(rows.table, WithCurrentSchema(rows.table, statement));
  rows.scan = std::make_shared<const delta::Scan>(delta::PlanScan(rows.snapshot));
  rows.file_id = analyze::NewColumnId();
  rows.row_id = analyze::NewColumnId();
  rows.plan = ScanPlan(rows, rows.scan, rows.file_id, rows.row_id);
  return rows;
}

Result<ResolvedPlanPtr> PlanOfFiles(const DeltaRows& rows, std::shared_ptr<const delta::Scan> scan) {
  const ResolvedPlanPtr plan = ScanPlan(rows, std::move(scan), analyze::NewColumnId(), analyze::NewColumnId());
  std::vector<NamedExpression> columns;
  for (size_t i = 0; i + 2 < plan->output.size(); ++i) columns.push_back({analyze::NewColumnId(), plan->output[i].name, ReferenceTo(plan->output[i])});
  return ProjectOf(plan, std::move(columns));
}

analyze::ExpressionScope ScopeOf(const std::vector<plan::OutputColumn>& columns, const std::string& qualifier) {
  return {columns, std::vector<std::string>(columns.size(), qualifier)};
}

int64_t CountOf(const RowPositions& positions) {
  int64_t count = 0;
  for (const auto& [file, set] : positions) count += static_cast<int64_t>(set.Cardinality());
  return count;
}

Result<RowPositions> ReadPositions(const plan::ResolvedPlan& plan, Statement& statement) {
  TRY(const auto stream, statement.Run(plan));
  RowPositions positions;
  while (true) {
    TRY(const auto batch, stream->Next());
    if (!batch) return positions;
    TRY(const Rows rows, RowsOfBatch(*batch, stream->schema()));
    for (const Row& row : rows) positions[std::get<int64_t>(row[0].value)].Add(static_cast<uint64_t>(std::get<int64_t>(row[1].value)));
  }
}

Result<> RemoveRows(const DeltaRows& rows, const RowPositions& positions, delta::Transaction& transaction, ChangeCounts& counts, Statement& statement) {
  if (positions.empty()) return {};
  const bool has_vectors = rows.snapshot->BoolProperty("delta.enableDeletionVectors");
  RowPositions rewritten;
  delta::Scan touched = *rows.scan;
  touched.files.clear();
  for (const auto& [number, set] : positions) {
    const delta::FileEntry& file = *rows.scan->files[static_cast<size_t>(number)];
    if (has_vectors) {
      transaction.DeleteRows(file, set);
      continue;
    }
    const int64_t live = RowCountOf(file.ToAddFile()) - (file.deletion_vector != nullptr ? file.deletion_vector->cardinality : 0);
    transaction.Remove(file);
    ++counts.files_removed;
    if (live == static_cast<int64_t>(set.Cardinality())) continue;
    rewritten[static_cast<int64_t>(touched.files.size())] = set;
    touched.files.push_back(&file);
  }
  if (rewritten.empty()) return {};
  // What stays of the touched files: their rows without the removed positions.
  const plan::ColumnId file_id = analyze::NewColumnId(), row_id = analyze::NewColumnId();
  const ResolvedPlanPtr scan = ScanPlan(rows, std::make_shared<const delta::Scan>(touched), file_id, row_id);
  TRY(const ResolvedPlanPtr removed, PositionsPlan(rewritten));
  const ResolvedExpressionPtr same = Call("and", {Call("equal", {LongReference(file_id, "file"), ReferenceTo(removed->output[0])}),
                                                  Call("equal", {LongReference(row_id, "row"), ReferenceTo(removed->output[1])})});
  plan::ResolvedJoin anti{scan, removed, plan::JoinType::kLeftAnti, same};
  const ResolvedPlanPtr kept = plan::MakePlan(std::move(anti), scan->output);
  std::vector<NamedExpression> columns;
  for (size_t i = 0; i + 2 < scan->output.size(); ++i) columns.push_back({analyze::NewColumnId(), scan->output[i].name, ReferenceTo(scan->output[i])});
  const ResolvedPlanPtr projected = ProjectOf(kept, std::move(columns));
  TRY(const std::vector<delta::AddFile> written, statement.core.engine.WriteDelta(*projected, WriteOptionsOf(rows, transaction), statement.execution));
  for (const delta::AddFile& file : written) counts.copied += RowCountOf(file);
  counts.files_added += static_cast<int64_t>(written.size());
  transaction.Add(written);
  return {};
}

Result<> AddRows(const DeltaRows& rows, const plan::ResolvedPlan& plan, delta::Transaction& transaction, ChangeCounts& counts, Statement& statement) {
  TRY(const std::vector<delta::AddFile> written, statement.core.engine.WriteDelta(plan, WriteOptionsOf(rows, transaction), statement.execution));
  counts.files_added += static_cast<int64_t>(written.size());
  transaction.Add(written);
  return {};
}

Result<> AddChanges(const DeltaRows& rows, const ResolvedPlanPtr& plan, std::string_view change_type, delta::Transaction& transaction, Statement& statement) {
  const auto found = transaction.metadata().configuration.find("delta.enableChangeDataFeed");
  if (found == transaction.metadata().configuration.end() || found->second != "true") return {};
  engine::DeltaWriteOptions options = WriteOptionsOf(rows, transaction);
  options.key_prefix = "_change_data/";
  TRY(delta::Schema schema, delta::ParseSchema(options.metadata.schema_string));
  schema.push_back({"_change_type", delta::PrimitiveType(delta::TypeKind::kString), true, {}});
  options.metadata.schema_string = delta::WriteSchema(schema);
  std::vector<NamedExpression> columns;
  for (const auto& column : plan->output) columns.push_back({analyze::NewColumnId(), column.name, ReferenceTo(column)});
  columns.push_back({analyze::NewColumnId(), "_change_type", plan::MakeResolved(plan::Literal::String(std::string(change_type)), DataType::String(), false)});
  TRY(const std::vector<delta::AddFile> written, statement.core.engine.WriteDelta(*ProjectOf(plan, std::move(columns)), options, statement.execution));
  for (const delta::AddFile& file : written) transaction.AddChangeData({file.path, file.partition_values, file.size_bytes, {}});
  return {};
}

CommandResult CountsResult(const std::vector<std::pair<std::string, int64_t>>& counts) {
  CommandResult result;
  Row row;
  for (const auto& [name, count] : counts) {
    result.schema.push_back({name, DataType::Long(), true, ""});
    row.push_back(plan::Literal::Long(count));
  }
  result.rows = {std::move(row)};
  return result;
}

}  // namespace crannog::session
