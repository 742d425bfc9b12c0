#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "delta/scan.h"
#include "session/commands/assignments.h"
#include "session/commands/commands.h"
#include "session/commands/expression_source.h"
#include "session/delta_rows.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"
#include "session/table_writer.h"

/// MERGE INTO. Source: Delta 4 (ClassicMergeExecutor's semantics), Databricks SQL reference, MERGE INTO.
/// One outer join of target and source decides for each pair which clause applies; positions of changed target rows and the new rows are read from it.
namespace crannog::session {

using plan::DataType;
using plan::Literal;
using plan::MergeActionKind;
using plan::MergeClause;
using plan::MergeMatch;
using plan::NamedExpression;
using plan::OutputColumn;
using plan::ResolvedExpressionPtr;
using plan::ResolvedPlanPtr;

namespace {

ResolvedExpressionPtr Call(std::string function, std::vector<ResolvedExpressionPtr> arguments, DataType type = DataType::Boolean(), bool nullable = false) {
  return plan::MakeResolved(plan::ResolvedCall{std::move(function), std::move(arguments)}, std::move(type), nullable);
}

ResolvedExpressionPtr IntLiteral(int value) { return plan::MakeResolved(Literal::Int(value), DataType::Int(), false); }

// The statement's parts, resolved over the columns of the join.
struct MergePlan {
  DeltaRows rows;
  std::string target_name, source_name;
  ResolvedPlanPtr joined;             // target columns, file, row, target flag, source columns, source flag
  std::vector<OutputColumn> target_columns;  // with evolved ones
  std::vector<OutputColumn> source_columns;
  ResolvedExpressionPtr has_target, has_source;
  analyze::ExpressionScope scope;     // target, then source
  plan::ColumnId file_id = 0, row_id = 0;
};

// A relation's name in the statement.
std::string NameOf(const plan::RelationPtr& relation) {
  if (const auto* alias = relation->As<plan::SubqueryAlias>(); alias != nullptr && !alias->name.empty()) return alias->name.back();
  if (const auto* table = relation->As<plan::NamedTable>(); table != nullptr && !table->name.parts.empty()) return table->name.parts.back();
  return "";
}

bool HasKind(const plan::Merge& command, MergeMatch match) {
  return std::any_of(command.clauses.begin(), command.clauses.end(), [match](const MergeClause& clause) { return clause.match == match; });
}

// Every column of `input` and a constant TRUE, which an outer join makes null where the side is missing.
ResolvedPlanPtr WithFlag(const ResolvedPlanPtr& input, const std::vector<ResolvedExpressionPtr>& extra, const std::vector<std::string>& extra_names) {
  std::vector<NamedExpression> columns;
  for (const auto& column : input->output) columns.push_back({analyze::NewColumnId(), column.name, ReferenceTo(column)});
  for (size_t i = 0; i < extra.size(); ++i) columns.push_back({analyze::NewColumnId(), extra_names[i], extra[i]});
  columns.push_back({analyze::NewColumnId(), "present", plan::MakeResolved(Literal::Boolean(true), DataType::Boolean(), false)});
  return ProjectOf(input, std::move(columns));
}

OutputColumn Nullable(OutputColumn column) {
  column.nullable = true;
  return column;
}

// New columns of the source become columns of the target. Source: Delta's schema evolution in MERGE.
bool Evolve(const plan::Merge& command, const plan::ResolvedPlan& source, analyze::TableInfo& table, Statement& statement) {
  if (!command.with_schema_evolution && !statement.IsSet("spark.databricks.delta.schema.autoMerge.enabled")) return false;
  bool takes_all = false;
  std::vector<std::string> named;
  for (const MergeClause& clause : command.clauses) {
    takes_all |= clause.action == MergeActionKind::kUpdateAll || clause.action == MergeActionKind::kInsertAll;
    for (const plan::Assignment& assignment : clause.assignments) named.push_back(Lower(assignment.target.parts.back()));
  }
  bool changed = false;
  for (const OutputColumn& column : source.output) {
    if (FindColumn(table.schema, column.name) >= 0) continue;
    if (!takes_all && std::find(named.begin(), named.end(), Lower(column.name)) == named.end()) continue;
    table.schema.push_back({column.name, plan::AsNullable(column.type), true, ""});
    changed = true;
  }
  return changed;
}

Result<MergePlan> PlanJoin(const plan::Merge& command, MergePlan merge, const ResolvedPlanPtr& source, Statement& statement) {
  // Columns that evolution added are null in what is stored.
  std::vector<ResolvedExpressionPtr> added;
  std::vector<std::string> added_names;
  const size_t stored = merge.rows.Columns().size();
  for (size_t i = stored; i < merge.rows.table.schema.size(); ++i) {
    const DataType& type = merge.rows.table.schema[i].type;
    added.push_back(plan::MakeResolved(Literal::Null(type), type, true));
    added_names.push_back(merge.rows.table.schema[i].name);
  }
  const ResolvedPlanPtr target = WithFlag(merge.rows.plan, added, added_names);
  const ResolvedPlanPtr flagged_source = WithFlag(source, {}, {});
  const bool inserts = HasKind(command, MergeMatch::kNotMatched), by_source = HasKind(command, MergeMatch::kNotMatchedBySource);
  const plan::JoinType type = inserts && by_source ? plan::JoinType::kFullOuter
                              : inserts            ? plan::JoinType::kRightOuter
                              : by_source          ? plan::JoinType::kLeftOuter
                                                   : plan::JoinType::kInner;
  for (size_t i = 0; i < stored; ++i) merge.target_columns.push_back(target->output[i]);
  for (size_t i = 0; i < added.size(); ++i) merge.target_columns.push_back(target->output[stored + 2 + i]);
  merge.file_id = target->output[stored].id;
  merge.row_id = target->output[stored + 1].id;
  merge.source_columns.assign(flagged_source->output.begin(), flagged_source->output.end() - 1);
  // The condition sees both sides as they are; above the join either may be missing.
  analyze::ExpressionScope inner;
  const auto add = [&](const std::vector<OutputColumn>& columns, const std::string& qualifier) {
    for (const OutputColumn& column : columns) {
      inner.input.push_back(column);
      inner.qualifiers.push_back(qualifier);
    }
  };
  add(merge.target_columns, merge.target_name);
  add(merge.source_columns, merge.source_name);
  TRY(const ResolvedExpressionPtr condition, analyze::AnalyzeExpression(*command.condition, inner, statement.analysis));
  std::vector<OutputColumn> output;
  for (const OutputColumn& column : target->output) output.push_back(type == plan::JoinType::kRightOuter || type == plan::JoinType::kFullOuter ? Nullable(column) : column);
  for (const OutputColumn& column : flagged_source->output) output.push_back(type == plan::JoinType::kLeftOuter || type == plan::JoinType::kFullOuter ? Nullable(column) : column);
  merge.joined = plan::MakePlan(plan::ResolvedJoin{target, flagged_source, type, condition}, output);
  merge.has_target = Call("isnotnull", {ReferenceTo(Nullable(target->output.back()))});
  merge.has_source = Call("isnotnull", {ReferenceTo(Nullable(flagged_source->output.back()))});
  merge.scope = inner;
  for (OutputColumn& column : merge.scope.input) column.nullable = true;
  for (OutputColumn& column : merge.target_columns) column.nullable = true;
  for (OutputColumn& column : merge.source_columns) column.nullable = true;
  return merge;
}

Error NoSuchSourceColumn(const MergePlan& merge, const std::string& column, const char* clause) {
  std::vector<std::string> names;
  for (const OutputColumn& source : merge.source_columns) names.push_back(source.name);
  return ConditionError("DELTA_MERGE_UNRESOLVED_EXPRESSION",
                        {{"sqlExpr", column}, {"clause", clause}, {"cols", fmt::format("{}", fmt::join(names, ", "))}});
}

// UPDATE SET * and INSERT *: each target column from the source column of its name; without evolution all must be there.
Result<std::vector<ResolvedExpressionPtr>> AllColumns(const MergePlan& merge, const MergeClause& clause, bool evolves, Statement& statement) {
  std::vector<ResolvedExpressionPtr> values(merge.rows.table.schema.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const plan::StructField& field = merge.rows.table.schema[i];
    const bool excepted = std::any_of(clause.except_columns.begin(), clause.except_columns.end(),
                                      [&](const plan::Name& name) { return EqualsIgnoringCase(name.parts.back(), field.name); });
    if (excepted) continue;
    const auto source = std::find_if(merge.source_columns.begin(), merge.source_columns.end(),
                                     [&](const OutputColumn& column) { return EqualsIgnoringCase(column.name, field.name); });
    if (source == merge.source_columns.end()) {
      if (evolves || !MetadataText(field, kGenerationKey).empty()) continue;
      return Failure(statement.At(NoSuchSourceColumn(merge, field.name, clause.action == MergeActionKind::kUpdateAll ? "UPDATE" : "INSERT"), clause.origin));
    }
    TRY(values[i], analyze::StoreAssignmentCast(ReferenceTo(*source), field, QuotedName(merge.rows.table.name), statement.analysis));
  }
  return values;
}

// What a clause writes, by position of the target's columns; empty for DELETE.
Result<std::vector<ResolvedExpressionPtr>> ValuesOf(const MergePlan& merge, const MergeClause& clause, bool evolves, Statement& statement) {
  if (clause.action == MergeActionKind::kDelete) return std::vector<ResolvedExpressionPtr>();
  std::vector<ResolvedExpressionPtr> values;
  const bool is_insert = clause.action == MergeActionKind::kInsert || clause.action == MergeActionKind::kInsertAll;
  if (clause.action == MergeActionKind::kUpdateAll || clause.action == MergeActionKind::kInsertAll) {
    TRY(values, AllColumns(merge, clause, evolves, statement));
  } else {
    analyze::ExpressionScope scope = merge.scope;
    if (is_insert) {
      // INSERT sees the source only.
      scope.input.erase(scope.input.begin(), scope.input.begin() + static_cast<long>(merge.target_columns.size()));
      scope.qualifiers.erase(scope.qualifiers.begin(), scope.qualifiers.begin() + static_cast<long>(merge.target_columns.size()));
    }
    TRY(ResolvedAssignments resolved, ResolveAssignments(merge.rows.table, merge.target_name, clause.assignments, scope, statement));
    values = std::move(resolved.values);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != nullptr) continue;
    if (!is_insert) {
      values[i] = ReferenceTo(merge.target_columns[i]);
    } else {
      TRY(values[i], DefaultValueOf(merge.rows.table.schema[i], QuotedName(merge.rows.table.name), statement));
    }
  }
  return values;
}

ResolvedExpressionPtr Both(ResolvedExpressionPtr left, ResolvedExpressionPtr right) {
  return right == nullptr ? left : Call("and", {std::move(left), std::move(right)}, DataType::Boolean(), true);
}

// 1-based number of the clause that applies; null for none.
Result<ResolvedExpressionPtr> ActionOf(const plan::Merge& command, const MergePlan& merge, Statement& statement) {
  std::vector<ResolvedExpressionPtr> branches;
  const auto not_of = [](ResolvedExpressionPtr value) { return Call("not", {std::move(value)}); };
  for (size_t i = 0; i < command.clauses.size(); ++i) {
    const MergeClause& clause = command.clauses[i];
    ResolvedExpressionPtr when;
    switch (clause.match) {
      case MergeMatch::kMatched: when = Both(merge.has_target, merge.has_source); break;
      case MergeMatch::kNotMatched: when = not_of(merge.has_target); break;
      case MergeMatch::kNotMatchedBySource: when = not_of(merge.has_source); break;
    }
    ResolvedExpressionPtr condition;
    if (clause.condition != nullptr) {
      TRY(condition, analyze::AnalyzeExpression(*clause.condition, merge.scope, statement.analysis));
    }
    branches.push_back(Both(when, condition));
    branches.push_back(IntLiteral(static_cast<int>(i + 1)));
  }
  return Call("case", std::move(branches), DataType::Int(), true);
}

// Rows to which some clause applies: action, file, row, and the new values of every column.
Result<ResolvedPlanPtr> ActionRows(const plan::Merge& command, const MergePlan& merge, bool evolves, Statement& statement) {
  TRY(const ResolvedExpressionPtr action, ActionOf(command, merge, statement));
  std::vector<NamedExpression> with_action;
  for (const OutputColumn& column : merge.joined->output) with_action.push_back({column.id, column.name, ReferenceTo(column)});
  const plan::ColumnId action_id = analyze::NewColumnId();
  with_action.push_back({action_id, "action", action});
  const ResolvedPlanPtr decided = ProjectOf(merge.joined, std::move(with_action));
  const ResolvedExpressionPtr chosen = ReferenceTo(decided->output.back());
  const ResolvedPlanPtr filtered = plan::MakePlan(plan::ResolvedFilter{decided, Call("isnotnull", {chosen})}, decided->output);
  std::vector<std::vector<ResolvedExpressionPtr>> per_clause;
  for (const MergeClause& clause : command.clauses) {
    TRY(std::vector<ResolvedExpressionPtr> values, ValuesOf(merge, clause, evolves, statement));
    per_clause.push_back(std::move(values));
  }
  std::vector<NamedExpression> columns = {
      {analyze::NewColumnId(), "action", chosen},
      {analyze::NewColumnId(), "file", plan::MakeResolved(plan::ColumnReference{merge.file_id, "file", false}, DataType::Long(), true)},
      {analyze::NewColumnId(), "row", plan::MakeResolved(plan::ColumnReference{merge.row_id, "row", false}, DataType::Long(), true)}};
  for (size_t i = 0; i < merge.target_columns.size(); ++i) {
    std::vector<ResolvedExpressionPtr> branches;
    for (size_t clause = 0; clause < per_clause.size(); ++clause) {
      if (per_clause[clause].empty()) continue;
      branches.push_back(Call("equal", {chosen, IntLiteral(static_cast<int>(clause + 1))}, DataType::Boolean(), true));
      branches.push_back(per_clause[clause][i]);
    }
    const DataType& type = merge.target_columns[i].type;
    ResolvedExpressionPtr value = branches.empty() ? plan::MakeResolved(Literal::Null(type), type, true) : Call("case", std::move(branches), type, true);
    columns.push_back({analyze::NewColumnId(), merge.target_columns[i].name, std::move(value)});
  }
  return ProjectOf(filtered, std::move(columns));
}

struct MergeDecisions {
  RowPositions changed;
  ChangeCounts counts;
};

// Reads action, file and row of every decision. Two source rows for one target row are refused unless it is only deleted.
Result<MergeDecisions> Decide(const plan::Merge& command, const ResolvedPlanPtr& actions, Statement& statement) {
  std::vector<NamedExpression> columns;
  for (size_t i = 0; i < 3; ++i) columns.push_back({analyze::NewColumnId(), actions->output[i].name, ReferenceTo(actions->output[i])});
  TRY(const auto stream, statement.Run(*ProjectOf(actions, std::move(columns))));
  int matched_clauses = 0;
  bool only_plain_delete = true;
  for (const MergeClause& clause : command.clauses) {
    if (clause.match != MergeMatch::kMatched) continue;
    ++matched_clauses;
    only_plain_delete = only_plain_delete && clause.action == MergeActionKind::kDelete && clause.condition == nullptr;
  }
  MergeDecisions decisions;
  while (true) {
    TRY(const auto batch, stream->Next());
    if (!batch) return decisions;
    TRY(const Rows rows, RowsOfBatch(*batch, stream->schema()));
    for (const Row& row : rows) {
      const MergeClause& clause = command.clauses[static_cast<size_t>(std::get<int64_t>(row[0].value) - 1)];
      if (clause.match == MergeMatch::kNotMatched) {
        ++decisions.counts.inserted;
        continue;
      }
      delta::RowSet& set = decisions.changed[std::get<int64_t>(row[1].value)];
      const auto position = static_cast<uint64_t>(std::get<int64_t>(row[2].value));
      if (set.Contains(position)) {
        if (matched_clauses == 1 && only_plain_delete) continue;
        return Failure(ConditionError("DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", {{"usageReference", "https://docs.delta.io/latest/delta-update.html#upsert-into-a-table-using-merge"}}));
      }
      set.Add(position);
      (clause.action == MergeActionKind::kDelete ? decisions.counts.deleted : decisions.counts.updated)++;
    }
  }
}

// The rows that clauses of these kinds write.
ResolvedPlanPtr NewRows(const plan::Merge& command, const ResolvedPlanPtr& actions, bool updates, bool inserts) {
  std::vector<ResolvedExpressionPtr> writing;
  const ResolvedExpressionPtr action = ReferenceTo(actions->output[0]);
  ResolvedExpressionPtr any;
  for (size_t i = 0; i < command.clauses.size(); ++i) {
    const MergeActionKind kind = command.clauses[i].action;
    const bool is_update = kind == MergeActionKind::kUpdate || kind == MergeActionKind::kUpdateAll;
    const bool is_insert = kind == MergeActionKind::kInsert || kind == MergeActionKind::kInsertAll;
    if (!(is_update && updates) && !(is_insert && inserts)) continue;
    const ResolvedExpressionPtr one = Call("equal", {action, IntLiteral(static_cast<int>(i + 1))}, DataType::Boolean(), true);
    any = any == nullptr ? one : Call("or", {any, one}, DataType::Boolean(), true);
  }
  if (any == nullptr) return nullptr;
  const ResolvedPlanPtr filtered = plan::MakePlan(plan::ResolvedFilter{actions, any}, actions->output);
  std::vector<NamedExpression> columns;
  for (size_t i = 3; i < actions->output.size(); ++i) columns.push_back({analyze::NewColumnId(), actions->output[i].name, ReferenceTo(actions->output[i])});
  return ProjectOf(filtered, std::move(columns));
}

// Change files: the old rows of what was updated and deleted, the new rows of what was updated and inserted.
Result<> WriteChanges(const plan::Merge& command, const MergePlan& merge, const ResolvedPlanPtr& actions, const std::vector<bool>& is_given,
                      delta::Transaction& transaction, Statement& statement) {
  if (!merge.rows.snapshot->BoolProperty("delta.enableChangeDataFeed")) return {};
  const std::pair<bool, const char*> kinds[] = {{true, "update_postimage"}, {false, "insert"}};
  for (const auto& [is_update, type] : kinds) {
    const ResolvedPlanPtr rows = NewRows(command, actions, is_update, !is_update);
    if (rows == nullptr) continue;
    TRY(const ResolvedPlanPtr checked, WithConstraints(merge.rows.table, rows, is_given, statement));
    TRY(AddChanges(merge.rows, checked, type, transaction, statement));
  }
  // Old rows: the target joined with its decisions by position.
  for (const bool is_delete : {false, true}) {
    ResolvedExpressionPtr any;
    for (size_t i = 0; i < command.clauses.size(); ++i) {
      const MergeClause& clause = command.clauses[i];
      if (clause.match == MergeMatch::kNotMatched || (clause.action == MergeActionKind::kDelete) != is_delete) continue;
      const ResolvedExpressionPtr one = Call("equal", {ReferenceTo(actions->output[0]), IntLiteral(static_cast<int>(i + 1))}, DataType::Boolean(), true);
      any = any == nullptr ? one : Call("or", {any, one}, DataType::Boolean(), true);
    }
    if (any == nullptr) continue;
    const ResolvedPlanPtr decided = plan::MakePlan(plan::ResolvedFilter{actions, any}, actions->output);
    const ResolvedExpressionPtr same = Both(Call("equal", {merge.rows.FileNumber(), ReferenceTo(decided->output[1])}, DataType::Boolean(), true),
                                            Call("equal", {merge.rows.RowIndex(), ReferenceTo(decided->output[2])}, DataType::Boolean(), true));
    const ResolvedPlanPtr old_rows = plan::MakePlan(plan::ResolvedJoin{merge.rows.plan, decided, plan::JoinType::kLeftSemi, same}, merge.rows.plan->output);
    std::vector<NamedExpression> columns;
    for (const OutputColumn& column : merge.rows.Columns()) columns.push_back({analyze::NewColumnId(), column.name, ReferenceTo(column)});
    TRY(AddChanges(merge.rows, ProjectOf(old_rows, std::move(columns)), is_delete ? "delete" : "update_preimage", transaction, statement));
  }
  return {};
}

}  // namespace

Result<CommandResult> Run(const plan::Merge& command, Statement& statement) {
  MergePlan merge;
  TRY(merge.rows, OpenDeltaRows(command.target, "MERGE", statement));
  merge.target_name = command.target_alias.empty() ? merge.rows.table.name.name : command.target_alias;
  merge.source_name = NameOf(command.source);
  TRY(const analyze::AnalyzedQuery source, statement.Analyze(*command.source));
  const bool evolves = command.with_schema_evolution || statement.IsSet("spark.databricks.delta.schema.autoMerge.enabled");
  const bool changed_schema = Evolve(command, *source.plan, merge.rows.table, statement);
  TRY(merge, PlanJoin(command, std::move(merge), source.plan, statement));
  TRY(const ResolvedPlanPtr actions, ActionRows(command, merge, evolves, statement));
  TRY(MergeDecisions decisions, Decide(command, actions, statement));
  ChangeCounts& counts = decisions.counts;

  delta::Operation operation{"MERGE", JsonValue::Object{}};
  operation.parameters.Set("predicate", WriteJson(JsonValue(JsonValue::Array{JsonValue(SourceText(*command.condition, statement))})));
  TRY(delta::Transaction transaction, delta::Transaction::Begin(merge.rows.delta, merge.rows.snapshot, std::move(operation)));
  if (changed_schema) {
    delta::Metadata metadata = merge.rows.snapshot->metadata();
    metadata.schema_string = DataType::Struct(ReadSchema(merge.rows.table.schema)).Json();
    TRY(transaction.SetMetadata(std::move(metadata)));
  }
  std::vector<bool> is_given;
  for (const plan::StructField& field : merge.rows.table.schema) is_given.push_back(MetadataText(field, kGenerationKey).empty());
  if (const ResolvedPlanPtr new_rows = NewRows(command, actions, true, true); new_rows != nullptr && counts.updated + counts.inserted > 0) {
    TRY(const ResolvedPlanPtr checked, WithConstraints(merge.rows.table, new_rows, is_given, statement));
    TRY(AddRows(merge.rows, *checked, transaction, counts, statement));
  }
  TRY(RemoveRows(merge.rows, decisions.changed, transaction, counts, statement));
  TRY(WriteChanges(command, merge, actions, is_given, transaction, statement));
  transaction.ReadRows(delta::Predicate::Unknown());
  transaction.SetMetric("numTargetRowsInserted", counts.inserted);
  transaction.SetMetric("numTargetRowsUpdated", counts.updated);
  transaction.SetMetric("numTargetRowsDeleted", counts.deleted);
  transaction.SetMetric("numTargetRowsCopied", counts.copied);
  transaction.SetMetric("numOutputRows", counts.inserted + counts.updated + counts.copied);
  transaction.SetMetric("numTargetFilesAdded", counts.files_added);
  transaction.SetMetric("numTargetFilesRemoved", counts.files_removed);
  if (transaction.HasChanges()) TRY(CommitTransaction(std::move(transaction), merge.rows.table));
  return CountsResult({{"num_affected_rows", counts.updated + counts.deleted + counts.inserted},
                       {"num_updated_rows", counts.updated},
                       {"num_deleted_rows", counts.deleted},
                       {"num_inserted_rows", counts.inserted}});
}

}  // namespace crannog::session
