#include "session/insert_plan.h"

#include <fmt/format.h>

#include <set>

#include "base/json.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"

namespace crannog::session {

using analyze::TableInfo;
using plan::DataType;
using plan::NamedExpression;
using plan::ResolvedExpressionPtr;
using plan::ResolvedPlanPtr;
using plan::StructField;

namespace {

std::string ColumnList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back("`" + name + "`");
  return fmt::format("{}", fmt::join(quoted, ", "));
}

std::vector<std::string> NamesOf(const plan::Schema& schema) {
  std::vector<std::string> names;
  for (const StructField& field : schema) names.push_back(field.name);
  return names;
}

// The value of DEFAULT for a column, as an unresolved expression.
Result<plan::ExpressionPtr> DefaultExpression(const StructField& field, Statement& statement) {
  const std::string text = MetadataText(field, kDefaultKey);
  if (text.empty()) return plan::MakeExpression(plan::Literal::Null());
  return sql::ParseExpression(text, ParserOptionsOf(*statement.facts));
}

bool IsDefault(const plan::ExpressionPtr& expression) {
  if (expression->As<plan::DefaultKeyword>() != nullptr) return true;
  const auto* name = expression->As<plan::AttributeReference>();
  return name != nullptr && name->name.parts.size() == 1 && EqualsIgnoringCase(name->name.parts[0], "default");
}

// VALUES (1, DEFAULT) and SELECT 1, DEFAULT: the keyword stands for the default of the column it goes to.
Result<plan::RelationPtr> WithDefaults(const plan::RelationPtr& relation, const std::vector<const StructField*>& targets, Statement& statement) {
  if (const auto* table = relation->As<plan::InlineTable>()) {
    plan::InlineTable copy = *table;
    bool changed = false;
    for (auto& row : copy.rows) {
      for (size_t i = 0; i < row.size() && i < targets.size(); ++i) {
        if (row[i]->As<plan::DefaultKeyword>() == nullptr && !IsDefault(row[i])) continue;
        TRY(row[i], DefaultExpression(*targets[i], statement));
        changed = true;
      }
    }
    return changed ? plan::MakeRelation(std::move(copy), relation->origin) : relation;
  }
  if (const auto* project = relation->As<plan::Project>()) {
    plan::Project copy = *project;
    bool changed = false;
    for (size_t i = 0; i < copy.expressions.size() && i < targets.size(); ++i) {
      if (!IsDefault(copy.expressions[i])) continue;
      TRY(copy.expressions[i], DefaultExpression(*targets[i], statement));
      changed = true;
    }
    // SELECT * FROM VALUES …: the rows go through unchanged.
    const bool passes_through = copy.expressions.size() == 1 && copy.expressions[0]->As<plan::Star>() != nullptr;
    if (passes_through && copy.input != nullptr) {
      TRY(copy.input, WithDefaults(copy.input, targets, statement));
      changed = changed || copy.input != project->input;
    }
    return changed ? plan::MakeRelation(std::move(copy), relation->origin) : relation;
  }
  if (const auto* alias = relation->As<plan::SubqueryAlias>()) {
    plan::SubqueryAlias copy = *alias;
    TRY(copy.input, WithDefaults(alias->input, targets, statement));
    return copy.input == alias->input ? relation : plan::MakeRelation(std::move(copy), relation->origin);
  }
  return relation;
}

// Which table columns the query's columns go to, in the query's order; the rest get defaults.
struct Targets {
  std::vector<size_t> positions;
  std::vector<std::pair<size_t, plan::ExpressionPtr>> constants;  ///< static partition values
};

Result<Targets> TargetsOf(const TableInfo& table, const InsertColumns& insert, Statement& statement) {
  Targets targets;
  std::set<size_t> fixed;
  for (const plan::PartitionValue& value : insert.partition) {
    const int at = FindColumn(table.schema, value.column);
    const bool is_partition = std::any_of(table.partition_columns.begin(), table.partition_columns.end(),
                                          [&](const std::string& column) { return EqualsIgnoringCase(column, value.column); });
    if (at < 0 || !is_partition) {
      return Failure(statement.Condition("NON_PARTITION_COLUMN", {{"columnName", "`" + value.column + "`"}}));
    }
    if (value.value == nullptr) continue;
    targets.constants.emplace_back(static_cast<size_t>(at), value.value);
    fixed.insert(static_cast<size_t>(at));
  }
  if (!insert.columns.empty()) {
    if (const std::string duplicate = DuplicateName(insert.columns, statement.IsSet("spark.sql.caseSensitive")); !duplicate.empty()) {
      return Failure(statement.Condition("COLUMN_ALREADY_EXISTS", {{"columnName", "`" + duplicate + "`"}}));
    }
    for (const std::string& column : insert.columns) {
      const int at = FindColumn(table.schema, column);
      if (at < 0) {
        return Failure(statement.Condition("UNRESOLVED_COLUMN.WITH_SUGGESTION", {{"objectName", "`" + column + "`"}, {"proposal", ColumnList(NamesOf(table.schema))}}));
      }
      targets.positions.push_back(static_cast<size_t>(at));
    }
    return targets;
  }
  for (size_t i = 0; i < table.schema.size(); ++i) {
    if (!fixed.contains(i)) targets.positions.push_back(i);
  }
  return targets;
}

Error ArityMismatch(const TableInfo& table, const std::vector<std::string>& wanted, const std::vector<std::string>& given, Statement& statement) {
  const char* condition = given.size() < wanted.size() ? "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS" : "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS";
  return statement.Condition(condition, {{"tableName", QuotedName(table.name)}, {"tableColumns", ColumnList(wanted)}, {"dataColumns", ColumnList(given)}});
}

Result<ResolvedExpressionPtr> CastTo(ResolvedExpressionPtr value, const StructField& field, const TableInfo& table, Statement& statement) {
  return analyze::StoreAssignmentCast(std::move(value), field, QuotedName(table.name), statement.analysis);
}

// Rows of the query by position in the table: an expression over the query's columns, or null where none goes there.
Result<std::vector<ResolvedExpressionPtr>> MatchByName(const TableInfo& table, const plan::ResolvedPlan& rows, const Targets& targets, Statement& statement) {
  std::vector<ResolvedExpressionPtr> values(table.schema.size());
  std::vector<std::string> extra;
  for (const plan::OutputColumn& column : rows.output) {
    const int at = FindColumn(table.schema, column.name);
    const bool allowed = at >= 0 && std::find(targets.positions.begin(), targets.positions.end(), static_cast<size_t>(at)) != targets.positions.end();
    if (!allowed) {
      extra.push_back(column.name);
      continue;
    }
    if (values[static_cast<size_t>(at)] != nullptr) {
      return Failure(statement.Condition("INCOMPATIBLE_DATA_FOR_TABLE.AMBIGUOUS_COLUMN_NAME", {{"tableName", QuotedName(table.name)}, {"colName", "`" + column.name + "`"}}));
    }
    TRY(values[static_cast<size_t>(at)], CastTo(ReferenceTo(column), table.schema[static_cast<size_t>(at)], table, statement));
  }
  if (!extra.empty()) {
    if (rows.output.size() > targets.positions.size()) return Failure(ArityMismatch(table, NamesOf(table.schema), NamesOf(plan::OutputSchema(rows)), statement));
    return Failure(statement.Condition("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", {{"tableName", QuotedName(table.name)}, {"extraColumns", ColumnList(extra)}}));
  }
  return values;
}

Result<std::vector<ResolvedExpressionPtr>> MatchByPosition(const TableInfo& table, const plan::ResolvedPlan& rows, const Targets& targets, Statement& statement) {
  if (rows.output.size() != targets.positions.size()) {
    std::vector<std::string> wanted;
    for (size_t at : targets.positions) wanted.push_back(table.schema[at].name);
    return Failure(ArityMismatch(table, wanted, NamesOf(plan::OutputSchema(rows)), statement));
  }
  std::vector<ResolvedExpressionPtr> values(table.schema.size());
  for (size_t i = 0; i < rows.output.size(); ++i) {
    const StructField& field = table.schema[targets.positions[i]];
    TRY(values[targets.positions[i]], CastTo(ReferenceTo(rows.output[i]), field, table, statement));
  }
  return values;
}

bool IsGenerated(const StructField& field) { return !MetadataText(field, kGenerationKey).empty(); }

// CHECK constraints: Delta keeps them as properties, the catalog as constraints.
std::vector<std::pair<std::string, std::string>> ChecksOf(const TableInfo& table) {
  std::vector<std::pair<std::string, std::string>> checks;
  constexpr std::string_view kPrefix = "delta.constraints.";
  for (const auto& [key, value] : table.properties) {
    if (key.starts_with(kPrefix)) checks.emplace_back(key.substr(kPrefix.size()), value);
  }
  return checks;
}

Result<bool> AnyRow(const ResolvedPlanPtr& rows, ResolvedExpressionPtr condition, Statement& statement) {
  const auto filtered = plan::MakePlan(plan::ResolvedFilter{rows, std::move(condition)}, rows->output);
  const auto limited = plan::MakePlan(plan::ResolvedLimit{filtered, 1, 0, false}, rows->output);
  TRY(const Rows found, statement.Collect(*limited));
  return !found.empty();
}

}  // namespace

ResolvedExpressionPtr ReferenceTo(const plan::OutputColumn& column) {
  return plan::MakeResolved(plan::ColumnReference{column.id, column.name, false}, column.type, column.nullable);
}

ResolvedPlanPtr ProjectOf(ResolvedPlanPtr input, std::vector<NamedExpression> expressions) {
  std::vector<plan::OutputColumn> output;
  for (const NamedExpression& named : expressions) {
    output.push_back({named.id, named.name, named.expression->type, named.expression->nullable, ""});
  }
  return plan::MakePlan(plan::ResolvedProject{std::move(input), std::move(expressions)}, std::move(output));
}

Result<ResolvedExpressionPtr> DefaultValueOf(const StructField& field, std::string_view table_name, Statement& statement) {
  TRY(const plan::ExpressionPtr expression, DefaultExpression(field, statement));
  TRY(ResolvedExpressionPtr value, analyze::AnalyzeExpression(*expression, {}, statement.analysis));
  return analyze::StoreAssignmentCast(std::move(value), field, table_name, statement.analysis);
}

Result<TableInfo> WithCurrentSchema(TableInfo table, Statement& statement) {
  if (table.format != "delta") return table;
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  TRY(const delta::SnapshotPtr snapshot, delta->Latest());
  TRY(const DataType type, plan::ParseTypeJson(delta::WriteSchema(snapshot->schema())));
  table.schema = type.fields();
  for (StructField& field : table.schema) {
    // CHAR and VARCHAR stand in the metadata of Delta's STRING columns.
    const std::string raw = MetadataText(field, "__CHAR_VARCHAR_TYPE_STRING");
    if (raw.empty()) continue;
    TRY(field.type, sql::ParseDataType(raw));
  }
  table.partition_columns = snapshot->partition_columns();
  table.properties = {snapshot->metadata().configuration.begin(), snapshot->metadata().configuration.end()};
  if (snapshot->metadata().description) table.comment = *snapshot->metadata().description;
  table.clustering_columns.clear();
  if (const auto domain = snapshot->domains().find("delta.clustering"); domain != snapshot->domains().end()) {
    if (const auto json = ParseJson(domain->second.configuration); json && json->Find("clusteringColumns") != nullptr) {
      for (const JsonValue& path : json->Find("clusteringColumns")->AsArray()) {
        std::vector<std::string> parts;
        for (const JsonValue& part : path.AsArray()) parts.push_back(part.AsString());
        table.clustering_columns.push_back(fmt::format("{}", fmt::join(parts, ".")));
      }
    }
  }
  return table;
}

Result<ResolvedPlanPtr> WithConstraints(const TableInfo& table, ResolvedPlanPtr rows, const std::vector<bool>& is_given, Statement& statement) {
  analyze::ExpressionScope scope;
  scope.input = rows->output;
  for (size_t i = 0; i < table.schema.size(); ++i) scope.input[i].name = table.schema[i].name;
  // Generated columns are computed from the others; where a value was given it must be that value.
  bool has_generated = false;
  std::vector<NamedExpression> expressions;
  for (size_t i = 0; i < table.schema.size(); ++i) {
    ResolvedExpressionPtr value = ReferenceTo(rows->output[i]);
    if (IsGenerated(table.schema[i]) && !is_given[i]) {
      has_generated = true;
      TRY(const plan::ExpressionPtr expression, sql::ParseExpression(MetadataText(table.schema[i], kGenerationKey), ParserOptionsOf(*statement.facts)));
      TRY(ResolvedExpressionPtr computed, analyze::AnalyzeExpression(*expression, scope, statement.analysis));
      TRY(value, CastTo(std::move(computed), table.schema[i], table, statement));
    }
    expressions.push_back({analyze::NewColumnId(), table.schema[i].name, std::move(value)});
  }
  if (has_generated) {
    rows = ProjectOf(std::move(rows), std::move(expressions));
    scope.input = rows->output;
  }
  for (size_t i = 0; i < table.schema.size(); ++i) {
    if (table.schema[i].nullable || !rows->output[i].nullable) continue;
    const auto is_null = plan::MakeResolved(plan::ResolvedCall{"isnull", {ReferenceTo(rows->output[i])}}, DataType::Boolean(), false);
    TRY(const bool broken, AnyRow(rows, is_null, statement));
    if (!broken) continue;
    if (table.format == "delta") return Failure(ConditionError("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", {{"columnName", table.schema[i].name}}));
    return Failure(ConditionError("NOT_NULL_ASSERT_VIOLATION", {{"walkedTypePath", "\n" + table.schema[i].name + "\n"}}));
  }
  for (const auto& [name, text] : ChecksOf(table)) {
    TRY(const plan::ExpressionPtr condition, sql::ParseExpression(text, ParserOptionsOf(*statement.facts)));
    const auto negated = plan::MakeCall("not", {plan::MakeCall("<=>", {condition, plan::MakeExpression(plan::Literal::Boolean(true))})});
    TRY(const ResolvedExpressionPtr broken, analyze::AnalyzeExpression(*negated, scope, statement.analysis));
    TRY(const bool any, AnyRow(rows, broken, statement));
    if (any) {
      return Failure(ConditionError("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", {{"constraintName", name}, {"expression", text}, {"values", ""}}));
    }
  }
  return rows;
}

Result<ResolvedPlanPtr> FitRows(const TableInfo& table, const ResolvedPlanPtr& rows, const InsertColumns& columns, Statement& statement) {
  TRY(const Targets targets, TargetsOf(table, columns, statement));
  std::vector<ResolvedExpressionPtr> values;
  if (columns.by_name) {
    TRY(values, MatchByName(table, *rows, targets, statement));
  } else {
    TRY(values, MatchByPosition(table, *rows, targets, statement));
  }
  for (const auto& [at, constant] : targets.constants) {
    plan::ExpressionPtr expression = constant;
    if (IsDefault(expression)) {
      TRY(expression, DefaultExpression(table.schema[at], statement));
    }
    TRY(ResolvedExpressionPtr value, analyze::AnalyzeExpression(*expression, {}, statement.analysis));
    TRY(values[at], CastTo(std::move(value), table.schema[at], table, statement));
  }
  std::vector<NamedExpression> expressions;
  std::vector<bool> is_given;
  for (size_t i = 0; i < table.schema.size(); ++i) {
    is_given.push_back(values[i] != nullptr);
    if (values[i] == nullptr && IsGenerated(table.schema[i])) {
      values[i] = plan::MakeResolved(plan::Literal::Null(ReadSchema({table.schema[i]})[0].type), ReadSchema({table.schema[i]})[0].type, true);
    } else if (values[i] == nullptr) {
      TRY(values[i], DefaultValueOf(table.schema[i], QuotedName(table.name), statement));
    }
    expressions.push_back({analyze::NewColumnId(), table.schema[i].name, values[i]});
  }
  return WithConstraints(table, ProjectOf(rows, std::move(expressions)), is_given, statement);
}

Result<ResolvedPlanPtr> PlanInsert(const TableInfo& table, const plan::RelationPtr& source, const InsertColumns& columns, Statement& statement) {
  TRY(const Targets targets, TargetsOf(table, columns, statement));
  std::vector<const StructField*> fields;
  for (size_t at : targets.positions) fields.push_back(&table.schema[at]);
  TRY(const plan::RelationPtr filled, WithDefaults(source, fields, statement));
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(*filled));
  return FitRows(table, query.plan, columns, statement);
}

}  // namespace crannog::session
