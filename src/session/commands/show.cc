#include <fmt/format.h>

#include <algorithm>

#include "session/commands/commands.h"
#include "session/commands/table_text.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/table_definition.h"
#include "session/value_text.h"

/// SHOW: lists of what there is. Source: Spark 4.1 (columns and order of rows), Databricks for Unity Catalog's objects.
namespace crannog::session {

using analyze::SchemaName;
using analyze::TableInfo;
using analyze::TableKind;
using plan::DataType;
using plan::Literal;
using plan::ShowKind;

namespace {

plan::StructField Text(std::string name) { return {std::move(name), DataType::String(), false, ""}; }
plan::StructField Flag(std::string name) { return {std::move(name), DataType::Boolean(), false, ""}; }
Literal S(std::string text) { return Literal::String(std::move(text)); }

Result<SchemaName> SchemaOf(const plan::Show& command, Statement& statement) {
  if (!command.in) return statement.facts->current;
  TRY(const SchemaName name, ResolveSchema(*command.in, statement));
  if (EqualsIgnoringCase(name.schema, "global_temp")) return name;
  TRY(const auto found, statement.catalog().FindSchema(name));
  if (!found) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(name)}}));
  return found->name;
}

// Databricks names the first column "database", Spark "namespace".
std::string NamespaceColumn(Statement& statement) { return IsSet(*statement.facts, "crannog.databricks.columnNames") ? "database" : "namespace"; }

Result<CommandResult> ShowTables(const plan::Show& command, Statement& statement) {
  TRY(const SchemaName schema, SchemaOf(command, statement));
  CommandResult result;
  result.schema = {Text(NamespaceColumn(statement)), Text("tableName"), Flag("isTemporary")};
  TRY(const std::vector<TableInfo> tables, statement.catalog().ListTables(schema));
  for (const TableInfo& table : tables) {
    if (MatchesPattern(table.name.name, command.pattern)) result.rows.push_back({S(schema.schema), S(table.name.name), Literal::Boolean(false)});
  }
  for (const auto& [name, view] : statement.facts->views) {
    if (MatchesPattern(name, command.pattern)) result.rows.push_back({S(""), S(name), Literal::Boolean(true)});
  }
  return result;
}

Result<CommandResult> ShowViews(const plan::Show& command, Statement& statement) {
  TRY(const SchemaName schema, SchemaOf(command, statement));
  CommandResult result;
  result.schema = {Text("namespace"), Text("viewName"), Flag("isTemporary")};
  if (EqualsIgnoringCase(schema.schema, "global_temp")) {
    for (const auto& [name, view] : statement.facts->global_views) {
      if (MatchesPattern(name, command.pattern)) result.rows.push_back({S("global_temp"), S(name), Literal::Boolean(true)});
    }
  } else {
    TRY(const std::vector<TableInfo> tables, statement.catalog().ListTables(schema));
    for (const TableInfo& table : tables) {
      if (table.kind == TableKind::kView && MatchesPattern(table.name.name, command.pattern)) {
        result.rows.push_back({S(schema.schema), S(table.name.name), Literal::Boolean(false)});
      }
    }
  }
  for (const auto& [name, view] : statement.facts->views) {
    if (MatchesPattern(name, command.pattern)) result.rows.push_back({S(""), S(name), Literal::Boolean(true)});
  }
  return result;
}

Result<CommandResult> ShowTableExtended(const plan::Show& command, Statement& statement) {
  TRY(const SchemaName schema, SchemaOf(command, statement));
  CommandResult result;
  result.schema = {Text("namespace"), Text("tableName"), Flag("isTemporary"), Text("information")};
  if (!command.partition.empty()) return Failure(NotImplemented("SHOW TABLE EXTENDED … PARTITION"));
  for (const auto& [name, view] : statement.facts->views) {
    if (!MatchesPattern(name, command.pattern)) continue;
    TRY(const std::string information, TemporaryViewInformation(name, view, statement));
    result.rows.push_back({S(""), S(name), Literal::Boolean(true), S(information)});
  }
  TRY(const std::vector<TableInfo> tables, statement.catalog().ListTables(schema));
  for (const TableInfo& table : tables) {
    if (!MatchesPattern(table.name.name, command.pattern)) continue;
    TRY(const TableInfo current, WithCurrentSchema(table, statement));
    result.rows.push_back({S(schema.schema), S(table.name.name), Literal::Boolean(false), S(TableInformation(current))});
  }
  return result;
}

Result<CommandResult> ShowColumns(const plan::Show& command, Statement& statement) {
  plan::Name name = *command.in;
  if (command.schema) {
    TRY(const std::vector<std::string> schema, NameParts(*command.schema, statement));
    TRY(const std::vector<std::string> table, NameParts(name, statement));
    if (table.size() > 1 && !EqualsIgnoringCase(table[table.size() - 2], schema.back())) {
      return Failure(statement.Condition("SHOW_COLUMNS_WITH_CONFLICT_NAMESPACE", {{"namespaceA", QuotedName(schema)}, {"namespaceB", QuotedName(std::vector{table[table.size() - 2]})}}));
    }
    name.parts = schema;
    name.parts.push_back(table.back());
    name.identifier = nullptr;
  }
  auto found = GetRelation(name, statement);
  if (!found) {
    found.error().contexts.clear();
    return std::unexpected<Error>(statement.At(found.error(), command.in->origin));
  }
  CommandResult result;
  result.schema = {Text("col_name")};
  if (found->table) {
    TRY(const TableInfo table, WithCurrentSchema(*found->table, statement));
    for (const auto& field : table.schema) result.rows.push_back({S(field.name)});
    return result;
  }
  TRY(const plan::Schema schema, TemporaryViewSchema(*found->temporary, statement));
  for (const auto& field : schema) result.rows.push_back({S(field.name)});
  return result;
}

Result<CommandResult> ShowProperties(const plan::Show& command, Statement& statement) {
  TRY(const FoundRelation found, GetRelation(*command.in, statement));
  CommandResult result;
  result.schema = {Text("key"), Text("value")};
  if (!found.table) return result;
  TRY(const TableInfo table, WithCurrentSchema(*found.table, statement));
  const plan::Options properties = VisibleProperties(table);
  if (command.property_key.empty()) {
    for (const auto& [key, value] : properties) result.rows.push_back({S(key), S(value)});
    return result;
  }
  const auto value = properties.find(command.property_key);
  const std::string absent = fmt::format("Table {} does not have property: {}", PlainName(table.name), command.property_key);
  result.rows.push_back({S(command.property_key), S(value == properties.end() ? absent : value->second)});
  return result;
}

Result<CommandResult> ShowSchemas(const plan::Show& command, Statement& statement) {
  std::string catalog = statement.facts->current.catalog;
  if (command.in) {
    TRY(const std::vector<std::string> parts, NameParts(*command.in, statement));
    catalog = parts[0];
  }
  CommandResult result;
  result.schema = {Text(IsSet(*statement.facts, "crannog.databricks.columnNames") ? "databaseName" : "namespace")};
  TRY(const auto schemas, statement.catalog().ListSchemas(catalog));
  for (const auto& schema : schemas) {
    if (MatchesPattern(schema.name.schema, command.pattern)) result.rows.push_back({S(schema.name.schema)});
  }
  return result;
}

Result<CommandResult> ShowCatalogs(const plan::Show& command, Statement& statement) {
  CommandResult result;
  result.schema = {Text("catalog")};
  TRY(const auto catalogs, statement.catalog().ListCatalogs());
  for (const auto& catalog : catalogs) {
    if (MatchesPattern(catalog.name, command.pattern)) result.rows.push_back({S(catalog.name)});
  }
  return result;
}

Result<CommandResult> ShowFunctions(const plan::Show& command, Statement& statement) {
  CommandResult result;
  result.schema = {Text("function")};
  SchemaName schema = statement.facts->current;
  if (command.in) {
    TRY(schema, ResolveSchema(*command.in, statement));
  }
  plan::Pattern pattern = command.pattern;
  if (command.legacy_name) {
    TRY(const std::vector<std::string> parts, NameParts(*command.legacy_name, statement));
    pattern = parts.back();
  }
  std::vector<std::string> names;
  if (command.function_scope != "SYSTEM") {
    TRY(const auto functions, statement.catalog().ListFunctions(schema));
    for (const auto& function : functions) {
      if (MatchesPattern(function.name.name, pattern)) names.push_back(PlainName(function.name));
    }
    for (const auto& [name, function] : statement.facts->functions) {
      if (MatchesPattern(name, pattern)) names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  for (std::string& name : names) result.rows.push_back({S(std::move(name))});
  return result;
}

Result<CommandResult> ShowVolumes(const plan::Show& command, Statement& statement) {
  TRY(const SchemaName schema, SchemaOf(command, statement));
  CommandResult result;
  result.schema = {Text("database"), Text("volume_name")};
  TRY(const auto volumes, statement.catalog().ListVolumes(schema));
  for (const auto& volume : volumes) {
    if (MatchesPattern(volume.name.name, command.pattern)) result.rows.push_back({S(schema.schema), S(volume.name.name)});
  }
  return result;
}

Result<CommandResult> ShowPartitions(const plan::Show& command, Statement& statement) {
  TRY(const TableInfo found, GetTable(*command.in, statement));
  TRY(const TableInfo table, WithCurrentSchema(found, statement));
  if (table.partition_columns.empty()) {
    return Failure(statement.Condition("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", {{"name", QuotedName(table.name)}}));
  }
  std::vector<std::string> columns;
  plan::Project project;
  for (const std::string& column : table.partition_columns) {
    plan::AttributeReference reference;
    reference.name.parts = {column};
    project.expressions.push_back(plan::MakeExpression(std::move(reference)));
  }
  plan::NamedTable from;
  from.name = *command.in;
  project.input = plan::MakeRelation(std::move(from));
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(*plan::MakeRelation(plan::Distinct{plan::MakeRelation(std::move(project))})));
  TRY(Rows rows, statement.Collect(*query.plan));
  CommandResult result;
  if (table.format == "delta") {
    for (const auto& column : query.plan->output) result.schema.push_back({column.name, column.type, true, ""});
    result.rows = std::move(rows);
    return result;
  }
  result.schema = {Text("partition")};
  TRY(const TextFormat format, TextFormat::Make(statement.execution.time_zone));
  std::vector<std::string> lines;
  for (const Row& row : rows) {
    std::vector<std::string> parts;
    for (size_t i = 0; i < row.size(); ++i) {
      parts.push_back(fmt::format("{}={}", table.partition_columns[i], row[i].IsNull() ? "__HIVE_DEFAULT_PARTITION__" : format.Plain(row[i], row[i].type)));
    }
    lines.push_back(fmt::format("{}", fmt::join(parts, "/")));
  }
  std::sort(lines.begin(), lines.end());
  for (std::string& line : lines) result.rows.push_back({S(std::move(line))});
  return result;
}

Result<CommandResult> ShowCreate(const plan::Show& command, Statement& statement) {
  auto found = GetRelation(*command.in, statement);
  TRY(const FoundRelation relation, found);
  if (!relation.table) {
    TRY(const std::vector<std::string> parts, NameParts(*command.in, statement));
    return Failure(statement.Condition("UNSUPPORTED_SHOW_CREATE_TABLE.ON_TEMPORARY_VIEW", {{"tableName", QuotedName(parts)}}, command.in->origin));
  }
  TRY(const TableInfo table, WithCurrentSchema(*relation.table, statement));
  CommandResult result;
  result.schema = {Text("createtab_stmt")};
  result.rows = {{S(CreateStatementOf(table))}};
  return result;
}

}  // namespace

Result<CommandResult> Run(const plan::Show& command, Statement& statement) {
  switch (command.kind) {
    case ShowKind::kTables: return ShowTables(command, statement);
    case ShowKind::kViews: return ShowViews(command, statement);
    case ShowKind::kTableExtended: return ShowTableExtended(command, statement);
    case ShowKind::kColumns: return ShowColumns(command, statement);
    case ShowKind::kTableProperties: return ShowProperties(command, statement);
    case ShowKind::kSchemas: return ShowSchemas(command, statement);
    case ShowKind::kCatalogs: return ShowCatalogs(command, statement);
    case ShowKind::kFunctions: return ShowFunctions(command, statement);
    case ShowKind::kVolumes: return ShowVolumes(command, statement);
    case ShowKind::kPartitions: return ShowPartitions(command, statement);
    case ShowKind::kCreateTable:
    case ShowKind::kCreateView: return ShowCreate(command, statement);
    case ShowKind::kCurrentNamespace: {
      CommandResult result;
      result.schema = {Text("catalog"), Text("namespace")};
      result.rows = {{S(statement.facts->current.catalog), S(statement.facts->current.schema)}};
      return result;
    }
    default:
      return Failure(NotImplemented("this kind of SHOW"));
  }
}

}  // namespace crannog::session
