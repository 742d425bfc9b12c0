#include <fmt/format.h>

#include <set>

#include "base/json.h"
#include "delta/scan.h"
#include "session/commands/assignments.h"
#include "session/commands/commands.h"
#include "session/commands/expression_source.h"
#include "session/delta_rows.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/table_definition.h"
#include "session/table_writer.h"

/// UPDATE.
namespace crannog::session {

using plan::ResolvedExpressionPtr;
using plan::ResolvedPlanPtr;

Result<ResolvedAssignments> ResolveAssignments(const analyze::TableInfo& table, const std::string& qualifier, const std::vector<plan::Assignment>& assignments,
                                               const analyze::ExpressionScope& scope, Statement& statement) {
  ResolvedAssignments resolved;
  resolved.values.resize(table.schema.size());
  std::vector<plan::ExpressionPtr> pending(table.schema.size());
  std::set<std::string> seen;
  for (const plan::Assignment& assignment : assignments) {
    std::vector<std::string> path = assignment.target.parts;
    if (path.size() > 1 && EqualsIgnoringCase(path[0], qualifier)) path.erase(path.begin());
    int at = FindColumn(table.schema, path[0]);
    if (at < 0 && path.size() > 1) {
      // t.c under the table's own name although it has an alias is refused as Spark does; catalog.schema.t.c is cut to c.
      at = FindColumn(table.schema, path.back());
      path = {path.back()};
    }
    if (at < 0) {
      std::vector<std::string> names;
      for (const auto& field : table.schema) names.push_back("`" + field.name + "`");
      return Failure(statement.Condition("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                                         {{"objectName", QuotedName(assignment.target.parts)}, {"proposal", fmt::format("{}", fmt::join(names, ", "))}}, assignment.target.origin));
    }
    const auto column = static_cast<size_t>(at);
    const std::string key = Lower(fmt::format("{}", fmt::join(path, ".")));
    if (!seen.insert(key).second) {
      return Failure(statement.Condition("DUPLICATE_ASSIGNMENTS", {{"nameList", "`" + path.back() + "`"}}));
    }
    plan::ExpressionPtr value = assignment.value;
    if (value->As<plan::DefaultKeyword>() != nullptr) {
      const std::string text = MetadataText(table.schema[column], kDefaultKey);
      if (text.empty()) value = plan::MakeExpression(plan::Literal::Null());
      else {
        TRY(value, sql::ParseExpression(text, ParserOptionsOf(*statement.facts)));
      }
    }
    // A field of a struct: the struct with that field replaced.
    if (path.size() > 1) {
      plan::ExpressionPtr base = pending[column];
      if (base == nullptr) {
        plan::AttributeReference reference;
        reference.name.parts = {qualifier, table.schema[column].name};
        base = plan::MakeExpression(std::move(reference));
      }
      value = plan::MakeExpression(plan::UpdateFields{base, fmt::format("{}", fmt::join(std::vector<std::string>(path.begin() + 1, path.end()), ".")), value});
    }
    pending[column] = value;
  }
  for (size_t i = 0; i < pending.size(); ++i) {
    if (pending[i] == nullptr) continue;
    TRY(ResolvedExpressionPtr value, analyze::AnalyzeExpression(*pending[i], scope, statement.analysis));
    TRY(resolved.values[i], analyze::StoreAssignmentCast(std::move(value), table.schema[i], QuotedName(table.name), statement.analysis));
  }
  return resolved;
}

Result<CommandResult> Run(const plan::Update& command, Statement& statement) {
  TRY(const DeltaRows rows, OpenDeltaRows(command.table, "UPDATE", statement));
  const std::string qualifier = command.alias.empty() ? rows.table.name.name : command.alias;
  const analyze::ExpressionScope scope = ScopeOf(rows.Columns(), qualifier);
  ResolvedPlanPtr filtered = rows.plan;
  if (command.condition != nullptr) {
    TRY(const auto condition, analyze::AnalyzeExpression(*command.condition, scope, statement.analysis));
    filtered = plan::MakePlan(plan::ResolvedFilter{rows.plan, condition}, rows.plan->output);
  }
  TRY(const ResolvedAssignments assignments, ResolveAssignments(rows.table, qualifier, command.assignments, scope, statement));
  std::vector<plan::NamedExpression> columns;
  std::vector<bool> is_given;
  const std::vector<plan::OutputColumn> old_columns = rows.Columns();
  std::vector<plan::NamedExpression> old_values;
  for (size_t i = 0; i < old_columns.size(); ++i) {
    is_given.push_back(assignments.values[i] != nullptr || MetadataText(rows.table.schema[i], kGenerationKey).empty());
    columns.push_back({analyze::NewColumnId(), old_columns[i].name, assignments.values[i] != nullptr ? assignments.values[i] : ReferenceTo(old_columns[i])});
    old_values.push_back({analyze::NewColumnId(), old_columns[i].name, ReferenceTo(old_columns[i])});
  }
  TRY(const ResolvedPlanPtr updated, WithConstraints(rows.table, ProjectOf(filtered, std::move(columns)), is_given, statement));
  const ResolvedPlanPtr where = ProjectOf(filtered, {{analyze::NewColumnId(), "file", rows.FileNumber()}, {analyze::NewColumnId(), "row", rows.RowIndex()}});
  TRY(const RowPositions positions, ReadPositions(*where, statement));
  ChangeCounts counts;
  counts.updated = CountOf(positions);
  if (counts.updated == 0) return CountsResult({{"num_affected_rows", 0}});
  delta::Operation operation{"UPDATE", JsonValue::Object{}};
  JsonValue::Array predicate;
  if (command.condition != nullptr) predicate.emplace_back(SourceText(*command.condition, statement));
  operation.parameters.Set("predicate", WriteJson(JsonValue(std::move(predicate))));
  TRY(delta::Transaction transaction, delta::Transaction::Begin(rows.delta, rows.snapshot, std::move(operation)));
  TRY(AddRows(rows, *updated, transaction, counts, statement));
  TRY(RemoveRows(rows, positions, transaction, counts, statement));
  TRY(AddChanges(rows, ProjectOf(filtered, std::move(old_values)), "update_preimage", transaction, statement));
  TRY(AddChanges(rows, updated, "update_postimage", transaction, statement));
  transaction.ReadRows(delta::Predicate::Unknown());
  transaction.SetMetric("numUpdatedRows", counts.updated);
  transaction.SetMetric("numCopiedRows", counts.copied);
  transaction.SetMetric("numRemovedFiles", counts.files_removed);
  transaction.SetMetric("numAddedFiles", counts.files_added);
  TRY(CommitTransaction(std::move(transaction), rows.table));
  return CountsResult({{"num_affected_rows", counts.updated}});
}

}  // namespace crannog::session
