#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "session/commands/commands.h"
#include "session/commands/table_text.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"

/// DESCRIBE of tables, columns, schemas, catalogs, functions and queries. Source: Spark 4.1 DescribeTableCommand and kin.
namespace crannog::session {

using analyze::TableInfo;
using analyze::TableKind;
using plan::DataType;
using plan::Literal;
using plan::ObjectKind;

namespace {

Literal S(std::string text) { return Literal::String(std::move(text)); }

plan::Schema ColumnSchema() {
  return {{"col_name", DataType::String(), false, ""}, {"data_type", DataType::String(), false, ""}, {"comment", DataType::String(), true, ""}};
}

Row ColumnRow(const plan::StructField& field) {
  const std::string comment = MetadataText(field, kCommentKey);
  const std::string raw = MetadataText(field, "__CHAR_VARCHAR_TYPE_STRING");
  return {S(field.name), S(raw.empty() ? field.type.CatalogString() : raw), comment.empty() ? Literal::Null(DataType::String()) : S(comment)};
}

Row HeadRow(std::string name, std::string value = "", std::string comment = "") { return {S(std::move(name)), S(std::move(value)), S(std::move(comment))}; }

void AppendPartitioning(const TableInfo& table, Rows& rows) {
  if (!table.partition_columns.empty()) {
    rows.push_back(HeadRow("# Partition Information"));
    rows.push_back(HeadRow("# col_name", "data_type", "comment"));
    for (const std::string& column : table.partition_columns) {
      const int at = FindColumn(table.schema, column);
      if (at >= 0) rows.push_back(ColumnRow(table.schema[static_cast<size_t>(at)]));
    }
  }
  if (!table.clustering_columns.empty()) {
    rows.push_back(HeadRow("# Clustering Information"));
    rows.push_back(HeadRow("# col_name", "data_type", "comment"));
    for (const std::string& column : table.clustering_columns) {
      const int at = FindColumn(table.schema, column);
      if (at >= 0) rows.push_back(ColumnRow(table.schema[static_cast<size_t>(at)]));
    }
  }
}

void AppendDefaults(const TableInfo& table, Rows& rows) {
  bool any = false;
  for (const auto& field : table.schema) {
    const std::string text = MetadataText(field, kDefaultKey);
    if (text.empty()) continue;
    if (!any) {
      rows.push_back(HeadRow(""));
      rows.push_back(HeadRow("# Column Default Values"));
    }
    any = true;
    rows.push_back(HeadRow(field.name, field.type.CatalogString(), text));
  }
}

void AppendConstraints(const TableInfo& table, Rows& rows) {
  if (table.constraints.empty()) return;
  rows.push_back(HeadRow(""));
  rows.push_back(HeadRow("# Constraints"));
  for (const auto& constraint : table.constraints) rows.push_back(HeadRow(constraint.name, constraint.kind + " " + constraint.text));
}

// DESCRIBE t column: only EXTENDED shows statistics. Source: DescribeColumnCommand.
Result<CommandResult> DescribeColumn(const plan::Schema& schema, const std::string& table_name, const plan::Describe& command, Statement& statement) {
  const int at = FindColumn(schema, command.column[0], statement.IsSet("spark.sql.caseSensitive"));
  if (at < 0) {
    std::vector<std::string> names;
    for (const auto& field : schema) names.push_back("`" + field.name + "`");
    return Failure(statement.Condition("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                                       {{"objectName", QuotedName(command.column)}, {"proposal", fmt::format("{}", fmt::join(names, ", "))}}, command.name.origin));
  }
  const plan::StructField& field = schema[static_cast<size_t>(at)];
  if (command.column.size() > 1) {
    return Failure(statement.Condition("DESC_TABLE_COLUMN_NESTED", {{"columnName", PlainName(command.column)}, {"tableName", table_name}}));
  }
  CommandResult result;
  result.schema = {{"info_name", DataType::String(), false, ""}, {"info_value", DataType::String(), false, ""}};
  const Row column = ColumnRow(field);
  const std::string comment = column[2].IsNull() ? "NULL" : std::get<std::string>(column[2].value);
  result.rows = {{S("col_name"), S(field.name)}, {S("data_type"), column[1]}, {S("comment"), S(comment)}};
  if (command.is_extended) {
    for (const char* name : {"min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len", "histogram"}) result.rows.push_back({S(name), S("NULL")});
  }
  return result;
}

JsonValue TypeJson(const DataType& type) {
  JsonValue json{JsonValue::Object{}};
  switch (type.kind()) {
    case plan::TypeKind::kArray:
      json.Set("name", "array");
      json.Set("element_type", TypeJson(type.element()));
      json.Set("element_nullable", type.contains_null());
      return json;
    case plan::TypeKind::kMap:
      json.Set("name", "map");
      json.Set("key_type", TypeJson(type.key()));
      json.Set("value_type", TypeJson(type.value()));
      json.Set("value_nullable", type.value_contains_null());
      return json;
    case plan::TypeKind::kStruct: {
      json.Set("name", "struct");
      JsonValue::Array fields;
      for (const auto& field : type.fields()) {
        JsonValue item{JsonValue::Object{}};
        item.Set("name", field.name);
        item.Set("type", TypeJson(field.type));
        item.Set("nullable", field.nullable);
        fields.push_back(std::move(item));
      }
      json.Set("fields", std::move(fields));
      return json;
    }
    case plan::TypeKind::kDecimal:
      json.Set("name", "decimal");
      json.Set("precision", int64_t{type.precision()});
      json.Set("scale", int64_t{type.scale()});
      return json;
    case plan::TypeKind::kString:
      json.Set("name", "string");
      json.Set("collation", type.collation().empty() ? "UTF8_BINARY" : type.collation());
      return json;
    case plan::TypeKind::kChar:
    case plan::TypeKind::kVarchar:
      json.Set("name", type.Is(plan::TypeKind::kChar) ? "char" : "varchar");
      json.Set("length", int64_t{type.length()});
      return json;
    case plan::TypeKind::kTimestamp:
      json.Set("name", "timestamp_ltz");
      return json;
    default:
      json.Set("name", type.CatalogString());
      return json;
  }
}

// Source: Spark 4.1 DescribeRelationJsonCommand.
std::string TableJson(const TableInfo& table) {
  JsonValue json{JsonValue::Object{}};
  json.Set("table_name", table.name.name);
  json.Set("catalog_name", table.name.catalog);
  json.Set("namespace", JsonValue::Array{JsonValue(table.name.schema)});
  json.Set("schema_name", table.name.schema);
  JsonValue::Array columns;
  for (const auto& field : table.schema) {
    JsonValue column{JsonValue::Object{}};
    column.Set("name", field.name);
    column.Set("type", TypeJson(field.type));
    if (const std::string comment = MetadataText(field, kCommentKey); !comment.empty()) column.Set("comment", comment);
    column.Set("nullable", field.nullable);
    if (const std::string text = MetadataText(field, kDefaultKey); !text.empty()) column.Set("default", text);
    columns.push_back(std::move(column));
  }
  json.Set("columns", std::move(columns));
  for (const auto& [name, value] : DetailsOf(table)) {
    std::string key = Lower(name);
    std::replace(key.begin(), key.end(), ' ', '_');
    if (key == "catalog" || key == "database" || key == "table" || key == "table_properties" || key == "storage_properties" || key == "view_query_output_columns") continue;
    json.Set(key, value);
  }
  if (const auto properties = VisibleProperties(table); !properties.empty()) {
    JsonValue object{JsonValue::Object{}};
    for (const auto& [key, value] : properties) object.Set(key, value);
    json.Set("table_properties", std::move(object));
  }
  if (!table.partition_columns.empty()) {
    JsonValue::Array names;
    for (const std::string& name : table.partition_columns) names.emplace_back(name);
    json.Set("partition_columns", std::move(names));
  }
  return WriteJson(json);
}

Result<CommandResult> DescribeTable(const plan::Describe& command, Statement& statement) {
  TRY(const FoundRelation found, GetRelation(command.name, statement));
  CommandResult result;
  result.schema = ColumnSchema();
  if (!found.table) {
    TRY(const plan::Schema schema, TemporaryViewSchema(*found.temporary, statement));
    if (!command.partition.empty()) {
      return Failure(statement.Condition("FORBIDDEN_OPERATION", {{"statement", "DESC PARTITION"}, {"objectType", "TEMPORARY VIEW"}, {"objectName", QuotedName(std::vector{found.view_name})}}));
    }
    if (!command.column.empty()) return DescribeColumn(schema, found.view_name, command, statement);
    for (const auto& field : schema) result.rows.push_back(ColumnRow(field));
    return result;
  }
  TRY(const TableInfo table, WithCurrentSchema(*found.table, statement));
  if (!command.column.empty()) return DescribeColumn(table.schema, PlainName(table.name), command, statement);
  if (!command.partition.empty()) return Failure(NotImplemented("DESCRIBE … PARTITION"));
  if (command.as_json) {
    if (!command.is_extended) return Failure(statement.Condition("DESCRIBE_JSON_NOT_EXTENDED", {}));
    result.schema = {{"json_metadata", DataType::String(), false, ""}};
    result.rows = {{S(TableJson(table))}};
    return result;
  }
  for (const auto& field : table.schema) result.rows.push_back(ColumnRow(field));
  AppendPartitioning(table, result.rows);
  if (!command.is_extended) return result;
  result.rows.push_back(HeadRow(""));
  result.rows.push_back(HeadRow("# Detailed Table Information"));
  for (auto& [name, value] : DetailsOf(table)) result.rows.push_back(HeadRow(name, value));
  AppendDefaults(table, result.rows);
  AppendConstraints(table, result.rows);
  return result;
}

Result<CommandResult> DescribeSchema(const plan::Describe& command, Statement& statement) {
  TRY(const analyze::SchemaName name, ResolveSchema(command.name, statement));
  TRY(const auto schema, statement.catalog().FindSchema(name));
  if (!schema) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(name)}}));
  CommandResult result;
  result.schema = {{"info_name", DataType::String(), false, ""}, {"info_value", DataType::String(), true, ""}};
  const auto row = [&](const char* key, std::string value) { result.rows.push_back({S(key), S(std::move(value))}); };
  row("Catalog Name", schema->name.catalog);
  row("Namespace Name", schema->name.schema);
  row("Comment", schema->comment);
  row("Location", DisplayLocation(schema->location));
  row("Owner", schema->owner);
  if (const auto collation = schema->properties.find("collation"); collation != schema->properties.end()) row("Collation", collation->second);
  if (command.is_extended) {
    std::vector<std::string> properties;
    for (const auto& [key, value] : schema->properties) {
      if (key != "collation") properties.push_back(fmt::format("({},{})", key, value));
    }
    row("Properties", properties.empty() ? "" : fmt::format("({})", fmt::join(properties, ", ")));
  }
  return result;
}

Result<CommandResult> DescribeCatalog(const plan::Describe& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const auto catalog, statement.catalog().FindCatalog(parts[0]));
  if (!catalog) return Failure(statement.Condition("CATALOG_NOT_FOUND", {{"catalogName", QuotedName(parts)}, {"config", fmt::format("\"spark.sql.catalog.{}\"", parts[0])}}));
  CommandResult result;
  result.schema = {{"info_name", DataType::String(), false, ""}, {"info_value", DataType::String(), true, ""}};
  result.rows = {{S("Catalog Name"), S(catalog->name)}, {S("Comment"), S(catalog->comment)}, {S("Owner"), S(catalog->owner)}};
  return result;
}

Result<CommandResult> DescribeFunction(const plan::Describe& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  std::optional<analyze::FunctionInfo> function;
  if (const auto temporary = statement.facts->functions.find(Lower(parts.back())); parts.size() == 1 && temporary != statement.facts->functions.end()) {
    function = temporary->second;
  } else {
    TRY(const analyze::ObjectName name, ToObjectName(parts, statement));
    TRY(function, statement.catalog().FindFunction(name));
    if (!function) {
      return Failure(statement.Condition("UNRESOLVED_ROUTINE", {{"routineName", QuotedName(parts)},
                                                                {"searchPath", fmt::format("[`system`.`builtin`, `system`.`session`, {}]", QuotedName(statement.facts->current))}}, command.name.origin));
    }
  }
  CommandResult result;
  result.schema = {{"function_desc", DataType::String(), false, ""}};
  const auto row = [&](std::string text) { result.rows.push_back({S(std::move(text))}); };
  const std::string name = function->name.catalog.empty() ? function->name.name : PlainName(function->name);
  row(fmt::format("Function:      {}", name));
  row(fmt::format("Type:          {}", function->is_table_function ? "TABLE" : "SCALAR"));
  std::vector<std::string> inputs;
  for (const auto& parameter : function->parameters) inputs.push_back(fmt::format("{} {}", parameter.name, parameter.type.Sql()));
  row(fmt::format("Input:         {}", inputs.empty() ? "()" : fmt::format("{}", fmt::join(inputs, "\n               "))));
  if (function->return_type) row(fmt::format("Returns:       {}", function->return_type->Sql()));
  if (command.is_extended) {
    if (!function->comment.empty()) row(fmt::format("Comment:       {}", function->comment));
    row(fmt::format("Deterministic: {}", function->is_deterministic));
    row(fmt::format("Owner:         {}", function->owner));
    row(fmt::format("Body:          {}", function->body));
  }
  return result;
}

}  // namespace

Result<CommandResult> Run(const plan::Describe& command, Statement& statement) {
  switch (command.kind) {
    case ObjectKind::kSchema: return DescribeSchema(command, statement);
    case ObjectKind::kCatalog: return DescribeCatalog(command, statement);
    case ObjectKind::kFunction: return DescribeFunction(command, statement);
    case ObjectKind::kTable:
    case ObjectKind::kView: return DescribeTable(command, statement);
    default: return Failure(NotImplemented("DESCRIBE of this kind of object"));
  }
}

Result<CommandResult> Run(const plan::DescribeQuery& command, Statement& statement) {
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(*command.query));
  CommandResult result;
  result.schema = ColumnSchema();
  for (const auto& field : plan::OutputSchema(*query.plan)) result.rows.push_back(ColumnRow(field));
  return result;
}

}  // namespace crannog::session
