#include "base/json.h"
#include "delta/scan.h"
#include "session/commands/commands.h"
#include "session/commands/expression_source.h"
#include "session/delta_rows.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/table_writer.h"

/// DELETE, and INSERT … REPLACE WHERE.
namespace crannog::session {

using plan::ResolvedPlanPtr;

namespace {

ResolvedPlanPtr Positions(const DeltaRows& rows, const ResolvedPlanPtr& filtered) {
  return ProjectOf(filtered, {{analyze::NewColumnId(), "file", rows.FileNumber()}, {analyze::NewColumnId(), "row", rows.RowIndex()}});
}

ResolvedPlanPtr TableColumns(const DeltaRows& rows, const ResolvedPlanPtr& filtered) {
  std::vector<plan::NamedExpression> columns;
  for (const auto& column : rows.Columns()) columns.push_back({analyze::NewColumnId(), column.name, ReferenceTo(column)});
  return ProjectOf(filtered, std::move(columns));
}

delta::Operation OperationOf(const std::string& name, const std::string& predicate) {
  delta::Operation operation{name, JsonValue::Object{}};
  JsonValue::Array list;
  if (!predicate.empty()) list.emplace_back(predicate);
  operation.parameters.Set("predicate", WriteJson(JsonValue(std::move(list))));
  return operation;
}

// Rows of the whole table without a condition: every file goes, nothing is read.
Result<int64_t> RemoveEverything(const DeltaRows& rows, delta::Transaction& transaction, ChangeCounts& counts, Statement& statement) {
  std::optional<int64_t> count = rows.scan->RowCount();
  if (!count) {
    TRY(const RowPositions all, ReadPositions(*Positions(rows, rows.plan), statement));
    count = CountOf(all);
  }
  counts.files_removed = static_cast<int64_t>(rows.scan->files.size());
  transaction.RemoveAll();
  transaction.ReadWholeTable();
  return *count;
}

}  // namespace

Result<CommandResult> Run(const plan::Delete& command, Statement& statement) {
  TRY(const DeltaRows rows, OpenDeltaRows(command.table, "DELETE", statement));
  TRY(delta::Transaction transaction,
      delta::Transaction::Begin(rows.delta, rows.snapshot, OperationOf("DELETE", command.condition == nullptr ? "" : SourceText(*command.condition, statement))));
  ChangeCounts counts;
  if (command.condition == nullptr) {
    TRY(counts.deleted, RemoveEverything(rows, transaction, counts, statement));
  } else {
    const std::string qualifier = command.alias.empty() ? rows.table.name.name : command.alias;
    TRY(const auto condition, analyze::AnalyzeExpression(*command.condition, ScopeOf(rows.Columns(), qualifier), statement.analysis));
    const ResolvedPlanPtr filtered = plan::MakePlan(plan::ResolvedFilter{rows.plan, condition}, rows.plan->output);
    TRY(const RowPositions positions, ReadPositions(*Positions(rows, filtered), statement));
    counts.deleted = CountOf(positions);
    TRY(RemoveRows(rows, positions, transaction, counts, statement));
    if (counts.deleted > 0) TRY(AddChanges(rows, TableColumns(rows, filtered), "delete", transaction, statement));
    for (const auto& [number, set] : positions) transaction.ReadFile(*rows.scan->files[static_cast<size_t>(number)]);
    transaction.ReadRows(delta::Predicate::Unknown());
  }
  transaction.SetMetric("numDeletedRows", counts.deleted);
  transaction.SetMetric("numRemovedFiles", counts.files_removed);
  transaction.SetMetric("numAddedFiles", counts.files_added);
  transaction.SetMetric("numCopiedRows", counts.copied);
  if (transaction.HasChanges()) TRY(CommitTransaction(std::move(transaction), rows.table));
  return CountsResult({{"num_affected_rows", counts.deleted}});
}

Result<CommandResult> RunReplaceWhere(const analyze::TableInfo& table, const ResolvedPlanPtr& new_rows, const plan::ExpressionPtr& condition, Statement& statement) {
  plan::Name name;
  name.parts = {table.name.catalog, table.name.schema, table.name.name};
  TRY(const DeltaRows rows, OpenDeltaRows(name, "INSERT", statement));
  // Every new row must meet the condition. Source: DELTA_REPLACE_WHERE_MISMATCH.
  if (statement.Setting("spark.databricks.delta.replaceWhere.constraintCheck.enabled") != "false") {
    analyze::ExpressionScope scope = ScopeOf(new_rows->output, table.name.name);
    const auto broken = plan::MakeCall("not", {plan::MakeCall("<=>", {condition, plan::MakeExpression(plan::Literal::Boolean(true))})});
    TRY(const auto resolved, analyze::AnalyzeExpression(*broken, scope, statement.analysis));
    const ResolvedPlanPtr filtered = plan::MakePlan(plan::ResolvedFilter{new_rows, resolved}, new_rows->output);
    TRY(const Rows found, statement.Collect(*plan::MakePlan(plan::ResolvedLimit{filtered, 1, 0, false}, new_rows->output)));
    if (!found.empty()) {
      return Failure(ConditionError("DELTA_REPLACE_WHERE_MISMATCH", {{"replaceWhere", SourceText(*condition, statement)}, {"message", "a row does not meet it"}}));
    }
  }
  delta::Operation operation = OperationOf("WRITE", SourceText(*condition, statement));
  operation.parameters.Set("mode", "Overwrite");
  TRY(delta::Transaction transaction, delta::Transaction::Begin(rows.delta, rows.snapshot, std::move(operation)));
  TRY(const auto resolved, analyze::AnalyzeExpression(*condition, ScopeOf(rows.Columns(), table.name.name), statement.analysis));
  const ResolvedPlanPtr filtered = plan::MakePlan(plan::ResolvedFilter{rows.plan, resolved}, rows.plan->output);
  TRY(const RowPositions positions, ReadPositions(*Positions(rows, filtered), statement));
  ChangeCounts counts;
  counts.deleted = CountOf(positions);
  TRY(RemoveRows(rows, positions, transaction, counts, statement));
  if (counts.deleted > 0) TRY(AddChanges(rows, TableColumns(rows, filtered), "delete", transaction, statement));
  TRY(const std::vector<delta::AddFile> written, statement.core.engine.WriteDelta(*new_rows, {table.location, "", transaction.metadata()}, statement.execution));
  for (const delta::AddFile& file : written) {
    if (const auto json = ParseJson(file.stats)) counts.inserted += json->IntOr("numRecords", 0);
  }
  TRY(AddChanges(rows, new_rows, "insert", transaction, statement));
  transaction.Add(written);
  transaction.ReadRows(delta::Predicate::Unknown());
  transaction.SetMetric("numFiles", static_cast<int64_t>(written.size()));
  transaction.SetMetric("numOutputRows", counts.inserted);
  transaction.SetMetric("numDeletedRows", counts.deleted);
  TRY(CommitTransaction(std::move(transaction), rows.table));
  return CountsResult({{"num_affected_rows", counts.inserted + counts.deleted}, {"num_inserted_rows", counts.inserted}});
}

}  // namespace crannog::session
