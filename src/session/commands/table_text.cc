#include "session/commands/table_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"
#include "session/value_text.h"

namespace crannog::session {
namespace {

using analyze::TableInfo;
using analyze::TableKind;

const char* TypeName(TableKind kind) {
  switch (kind) {
    case TableKind::kManaged: return "MANAGED";
    case TableKind::kExternal: return "EXTERNAL";
    case TableKind::kView: return "VIEW";
    case TableKind::kMaterializedView: return "MATERIALIZED_VIEW";
    case TableKind::kStreamingTable: return "STREAMING_TABLE";
  }
  return "";
}

// "Sat Nov 21 08:00:00 UTC 2026", as java.util.Date prints it.
std::string DateOf(int64_t ms) {
  const time_t seconds = ms / 1000;
  tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  strftime(buffer, sizeof buffer, "%a %b %d %H:%M:%S UTC %Y", &parts);
  return buffer;
}

std::string BracketList(const plan::Options& options) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : options) parts.push_back(key + "=" + value);
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string QuotedList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back("`" + name + "`");
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

std::vector<std::string> OutputColumns(const TableInfo& view) {
  std::vector<std::string> names;
  for (size_t i = 0;; ++i) {
    const auto found = view.properties.find(fmt::format("view.query.out.col.{}", i));
    if (found == view.properties.end()) return names;
    names.push_back(found->second);
  }
}

std::string SqlText(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out + "'";
}

std::string ColumnSql(const plan::StructField& field) {
  std::string sql = QuoteIfNeeded(field.name) + " " + field.type.Sql();
  if (!field.nullable) sql += " NOT NULL";
  if (const std::string generated = MetadataText(field, kGenerationKey); !generated.empty()) sql += fmt::format(" GENERATED ALWAYS AS ({})", generated);
  if (const std::string text = MetadataText(field, kDefaultKey); !text.empty()) sql += " DEFAULT " + text;
  if (const std::string comment = MetadataText(field, kCommentKey); !comment.empty()) sql += " COMMENT " + SqlText(comment);
  return sql;
}

std::string PropertiesSql(const plan::Options& properties) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : properties) parts.push_back(fmt::format("{} = {}", SqlText(key), SqlText(value)));
  return fmt::format("TBLPROPERTIES (\n  {})\n", fmt::join(parts, ",\n  "));
}

std::string ViewSql(const TableInfo& view) {
  std::string sql = fmt::format("CREATE VIEW {}.{} (\n", QuoteIfNeeded(view.name.schema), QuoteIfNeeded(view.name.name));
  std::vector<std::string> columns;
  for (const auto& field : view.schema) {
    const std::string comment = MetadataText(field, kCommentKey);
    columns.push_back("  " + QuoteIfNeeded(field.name) + (comment.empty() ? "" : " COMMENT " + SqlText(comment)));
  }
  sql += fmt::format("{})\n", fmt::join(columns, ",\n"));
  if (!view.comment.empty()) sql += "COMMENT " + SqlText(view.comment) + "\n";
  if (const auto collation = view.properties.find("collation"); collation != view.properties.end()) sql += "DEFAULT COLLATION " + collation->second + "\n";
  if (const plan::Options properties = VisibleProperties(view); !properties.empty()) sql += PropertiesSql(properties);
  if (const auto mode = view.properties.find("view.schemaMode"); mode != view.properties.end()) sql += "WITH SCHEMA " + mode->second + "\n";
  return sql + "AS " + view.view_text + "\n";
}

void AppendTree(std::string& out, const plan::DataType& type, const std::string& prefix);

void AppendTreeField(std::string& out, const std::string& name, const plan::DataType& type, bool nullable, const std::string& prefix, const char* word) {
  static const auto type_name = [](const plan::DataType& t) -> std::string {
    switch (t.kind()) {
      case plan::TypeKind::kInt: return "integer";
      case plan::TypeKind::kLong: return "long";
      case plan::TypeKind::kShort: return "short";
      case plan::TypeKind::kByte: return "byte";
      case plan::TypeKind::kArray: return "array";
      case plan::TypeKind::kMap: return "map";
      case plan::TypeKind::kStruct: return "struct";
      case plan::TypeKind::kChar:
      case plan::TypeKind::kVarchar: return "string";
      default: return t.CatalogString();
    }
  };
  out += fmt::format("{}-- {}: {} ({} = {})\n", prefix, name, type_name(type), word, nullable);
  AppendTree(out, type, prefix + "    |");
}

void AppendTree(std::string& out, const plan::DataType& type, const std::string& prefix) {
  if (type.Is(plan::TypeKind::kStruct)) {
    for (const auto& field : type.fields()) AppendTreeField(out, field.name, field.type, field.nullable, prefix, "nullable");
  } else if (type.Is(plan::TypeKind::kArray)) {
    AppendTreeField(out, "element", type.element(), type.contains_null(), prefix, "containsNull");
  } else if (type.Is(plan::TypeKind::kMap)) {
    out += fmt::format("{}-- key: {}\n", prefix, type.key().CatalogString());
    AppendTree(out, type.key(), prefix + "    |");
    AppendTreeField(out, "value", type.value(), type.value_contains_null(), prefix, "valueContainsNull");
  }
}

}  // namespace

std::string SchemaTree(const plan::Schema& schema) {
  std::string out = "root\n";
  AppendTree(out, plan::DataType::Struct(schema), " |");
  return out;
}

plan::Options VisibleProperties(const TableInfo& table) {
  plan::Options visible;
  for (const auto& [key, value] : table.properties) {
    if (key.starts_with("view.") || (key == "collation" && table.kind == TableKind::kView)) continue;
    const std::string lower = Lower(key);
    const bool is_secret = lower.find("password") != std::string::npos || lower.find("secret") != std::string::npos || lower.find("token") != std::string::npos;
    visible[key] = is_secret ? "*********(redacted)" : value;
  }
  return visible;
}

std::vector<std::pair<std::string, std::string>> DetailsOf(const TableInfo& table) {
  std::vector<std::pair<std::string, std::string>> rows = {
      {"Catalog", table.name.catalog}, {"Database", table.name.schema}, {"Table", table.name.name}};
  if (table.format == "delta" || !EqualsIgnoringCase(table.name.catalog, "spark_catalog")) {
    if (!table.owner.empty()) rows.emplace_back("Owner", table.owner);
  }
  rows.emplace_back("Created Time", DateOf(table.created_ms));
  rows.emplace_back("Last Access", "UNKNOWN");
  rows.emplace_back("Created By", table.created_by);
  rows.emplace_back("Type", TypeName(table.kind));
  if (table.kind != TableKind::kView) rows.emplace_back("Provider", table.format);
  if (!table.comment.empty()) rows.emplace_back("Comment", table.comment);
  if (const auto collation = table.properties.find("collation"); collation != table.properties.end()) rows.emplace_back("Collation", collation->second);
  if (table.kind == TableKind::kView) {
    rows.emplace_back("View Text", table.view_text);
    rows.emplace_back("View Original Text", table.view_text);
    const auto mode = table.properties.find("view.schemaMode");
    rows.emplace_back("View Schema Mode", mode == table.properties.end() ? "BINDING" : mode->second);
    rows.emplace_back("View Catalog and Namespace", fmt::format("{}.{}", QuoteIfNeeded(table.view_catalog), QuoteIfNeeded(table.view_schema)));
    rows.emplace_back("View Query Output Columns", QuotedList(OutputColumns(table)));
  }
  plan::Options properties = VisibleProperties(table);
  properties.erase("collation");
  if (!properties.empty()) rows.emplace_back("Table Properties", BracketList(properties));
  if (!table.location.empty()) rows.emplace_back("Location", DisplayLocation(table.location));
  if (!table.options.empty()) rows.emplace_back("Storage Properties", BracketList(table.options));
  if (!table.partition_columns.empty() && table.format != "delta") rows.emplace_back("Partition Provider", "Catalog");
  return rows;
}

std::string TableInformation(const TableInfo& table) {
  std::string out;
  for (const auto& [name, value] : DetailsOf(table)) out += fmt::format("{}: {}\n", name, value);
  if (!table.partition_columns.empty()) out += fmt::format("Partition Columns: {}\n", QuotedList(table.partition_columns));
  return out + "Schema: " + SchemaTree(ReadSchema(table.schema)) + "\n";
}

Result<plan::Schema> TemporaryViewSchema(const analyze::TemporaryView& view, Statement& statement) {
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(*view.relation));
  plan::Schema schema = plan::OutputSchema(*query.plan);
  for (size_t i = 0; i < view.columns.size() && i < schema.size(); ++i) schema[i].name = view.columns[i];
  return schema;
}

Result<std::string> TemporaryViewInformation(const std::string& name, const analyze::TemporaryView& view, Statement& statement) {
  TRY(const plan::Schema schema, TemporaryViewSchema(view, statement));
  std::string out = fmt::format("Table: {}\nCreated Time: {}\nLast Access: UNKNOWN\nCreated By: Crannog 0.1.0\nType: VIEW\n", name, DateOf(statement.analysis.statement_time_micros / 1000));
  if (!view.text.empty()) out += fmt::format("View Text: {}\n", view.text);
  out += "View Schema Mode: BINDING\n";
  return out + "Schema: " + SchemaTree(schema) + "\n";
}

std::string CreateStatementOf(const TableInfo& table) {
  if (table.kind == TableKind::kView) return ViewSql(table);
  std::string sql = fmt::format("CREATE {}TABLE {} (\n", "", PlainName(table.name));
  std::vector<std::string> columns;
  for (const auto& field : table.schema) columns.push_back("  " + ColumnSql(field));
  for (const auto& constraint : table.constraints) columns.push_back(fmt::format("  CONSTRAINT {} {} {}", QuoteIfNeeded(constraint.name), constraint.kind, constraint.text));
  sql += fmt::format("{})\n", fmt::join(columns, ",\n"));
  sql += fmt::format("USING {}\n", table.format);
  if (!table.options.empty()) {
    std::vector<std::string> options;
    for (const auto& [key, value] : table.options) options.push_back(fmt::format("  {} = {}", SqlText(key), SqlText(value)));
    sql += fmt::format("OPTIONS (\n{})\n", fmt::join(options, ",\n"));
  }
  if (!table.partition_columns.empty()) {
    std::vector<std::string> quoted;
    for (const std::string& column : table.partition_columns) quoted.push_back(QuoteIfNeeded(column));
    sql += fmt::format("PARTITIONED BY ({})\n", fmt::join(quoted, ", "));
  }
  if (!table.clustering_columns.empty()) sql += fmt::format("CLUSTER BY ({})\n", fmt::join(table.clustering_columns, ", "));
  if (table.kind == TableKind::kExternal) sql += fmt::format("LOCATION '{}'\n", DisplayLocation(table.location));
  if (!table.comment.empty()) sql += "COMMENT " + SqlText(table.comment) + "\n";
  plan::Options properties = VisibleProperties(table);
  if (const auto collation = properties.find("collation"); collation != properties.end()) {
    sql += "DEFAULT COLLATION " + collation->second + "\n";
    properties.erase(collation);
  }
  if (!properties.empty()) sql += PropertiesSql(properties);
  return sql;
}

}  // namespace crannog::session
