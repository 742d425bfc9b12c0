#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "session/commands/commands.h"
#include "session/commands/table_storage.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"
#include "session/table_writer.h"

/// CREATE, REPLACE, DROP, TRUNCATE and what else concerns whole tables.
namespace crannog::session {

using analyze::ObjectName;
using analyze::TableInfo;
using analyze::TableKind;
using plan::CreateMode;
using plan::DataType;
using plan::Literal;

namespace {

// Folders with something in them cannot become a managed table. Source: LOCATION_ALREADY_EXISTS.
Result<> CheckEmpty(const TableInfo& table, Statement& statement) {
  const std::string path = LocalPathOf(table.location);
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored) || std::filesystem::is_empty(path, ignored)) return {};
  return Failure(statement.Condition("LOCATION_ALREADY_EXISTS", {{"location", "'" + DisplayLocation(table.location) + "'"}, {"identifier", QuotedName(table.name)}}));
}

Result<std::string> PartitionColumn(const plan::PartitionField& field, plan::Schema& schema, Statement& statement) {
  if (field.column) {
    TRY(plan::StructField made, FieldOf(*field.column, statement, "CREATE TABLE"));
    schema.push_back(made);
    return made.name;
  }
  if (field.transform != "identity" || field.arguments.size() != 1) return Failure(NotImplemented("partitioning by " + field.transform));
  const auto* reference = field.arguments[0]->As<plan::AttributeReference>();
  if (reference == nullptr || reference->name.parts.size() != 1) return Failure(NotImplemented("partitioning by an expression"));
  const int at = FindColumn(schema, reference->name.parts[0]);
  if (at < 0) {
    std::vector<std::string> names;
    for (const auto& column : schema) names.push_back(column.name);
    return Failure(statement.Condition("COLUMN_NOT_DEFINED_IN_TABLE", {{"colType", "partition"}, {"colName", "`" + reference->name.parts[0] + "`"},
                                                                       {"tableName", ""}, {"tableCols", fmt::format("`{}`", fmt::join(names, "`, `"))}}));
  }
  return schema[static_cast<size_t>(at)].name;
}

Result<> SetPartitioning(const plan::TableSpec& spec, TableInfo& table, Statement& statement) {
  for (const plan::PartitionField& field : spec.partitioning) {
    auto column = PartitionColumn(field, table.schema, statement);
    if (!column && column.error().condition == "COLUMN_NOT_DEFINED_IN_TABLE") column.error().parameters["tableName"] = QuotedName(table.name);
    TRY(table.partition_columns.emplace_back(), column);
  }
  if (table.format == "delta") return {};
  // Other formats keep partition columns in folders, so they come last.
  std::stable_partition(table.schema.begin(), table.schema.end(), [&](const plan::StructField& field) {
    return std::none_of(table.partition_columns.begin(), table.partition_columns.end(),
                        [&](const std::string& name) { return EqualsIgnoringCase(name, field.name); });
  });
  return {};
}

std::string SqlOf(const plan::ExpressionText& expression) { return expression.text; }

void SetConstraints(const std::vector<plan::Constraint>& constraints, TableInfo& table) {
  int number = 0;
  for (const plan::Constraint& constraint : constraints) {
    std::vector<std::string> columns = constraint.columns;
    switch (constraint.kind) {
      case plan::ConstraintKind::kPrimaryKey:
        for (const std::string& column : columns) {
          if (const int at = FindColumn(table.schema, column); at >= 0) table.schema[static_cast<size_t>(at)].nullable = false;
        }
        table.constraints.push_back({constraint.name.empty() ? table.name.name + "_pk" : constraint.name, "PRIMARY KEY",
                                     fmt::format("(`{}`)", fmt::join(columns, "`, `"))});
        break;
      case plan::ConstraintKind::kForeignKey:
        table.constraints.push_back({constraint.name.empty() ? table.name.name + "_fk" : constraint.name, "FOREIGN KEY",
                                     fmt::format("(`{}`) REFERENCES {}", fmt::join(columns, "`, `"),
                                                 constraint.referenced_table ? PlainName(constraint.referenced_table->parts) : "")});
        break;
      case plan::ConstraintKind::kCheck:
        table.properties[fmt::format("delta.constraints.{}", constraint.name.empty() ? fmt::format("{}_chk{}", Lower(table.name.name), ++number) : Lower(constraint.name))] =
            SqlOf(constraint.condition);
        break;
      case plan::ConstraintKind::kUnique:
      case plan::ConstraintKind::kExpectation:
        break;
    }
  }
}

// Everything that CREATE says, before there is a query's schema.
Result<TableInfo> DefinitionOf(const plan::TableSpec& spec, const ObjectName& name, Statement& statement) {
  TableInfo table;
  table.name = name;
  const std::string written = spec.provider.empty() && !spec.serde.stored_as.empty() ? spec.serde.stored_as : spec.provider;
  TRY(table.format, ProviderOf(written, statement));
  TRY(table.schema, FieldsOf(spec.columns, statement));
  TRY(table.options, OptionsOf(spec.options, statement));
  table.properties = spec.properties;
  table.comment = spec.comment.value_or("");
  if (spec.default_collation) table.properties["collation"] = *spec.default_collation;
  if (spec.cluster_by) {
    for (const auto& column : *spec.cluster_by) table.clustering_columns.push_back(fmt::format("{}", fmt::join(column, ".")));
  }
  if (spec.location || table.options.contains("path")) {
    table.kind = TableKind::kExternal;
    TRY(table.location, LocationOf(spec.location ? *spec.location : table.options.at("path"), {name.catalog, name.schema}, statement));
    table.options.erase("path");
  } else {
    TRY(table.location, statement.catalog().ManagedLocation(name));
  }
  table.created_by = "Crannog 0.1.0";
  return table;
}

CommandResult CreatedRows(const WriteOutcome& outcome) {
  CommandResult result;
  result.schema = {{"num_affected_rows", DataType::Long(), true, ""}, {"num_inserted_rows", DataType::Long(), true, ""}};
  result.rows = {{Literal::Long(outcome.row_count), Literal::Long(outcome.row_count)}};
  return result;
}

// An external Delta table that is there already gives its own schema.
Result<bool> HasLog(const TableInfo& table, Statement& statement) {
  if (table.format != "delta") return false;
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  return delta->Exists();
}

}  // namespace

// CTAS columns: the query's names and types, every value nullable; CHAR and VARCHAR come back from what STRING remembers.
Result<> SetSchemaOfQuery(const plan::ResolvedPlan& query, TableInfo& table, Statement& statement) {
  std::vector<std::string> names;
  for (const plan::OutputColumn& column : query.output) {
    plan::StructField field{column.name, plan::AsNullable(column.type), true, column.metadata_json};
    if (const std::string raw = MetadataText(field, "__CHAR_VARCHAR_TYPE_STRING"); !raw.empty()) {
      TRY(field.type, sql::ParseDataType(raw));
      RemoveMetadata(field, "__CHAR_VARCHAR_TYPE_STRING");
    }
    for (const char* key : {kDefaultKey, kExistsDefaultKey, kGenerationKey, "delta.columnMapping.id", "delta.columnMapping.physicalName"}) RemoveMetadata(field, key);
    names.push_back(field.name);
    table.schema.push_back(std::move(field));
  }
  if (const std::string duplicate = DuplicateName(names, statement.IsSet("spark.sql.caseSensitive")); !duplicate.empty()) {
    return Failure(statement.Condition("COLUMN_ALREADY_EXISTS", {{"columnName", "`" + duplicate + "`"}}));
  }
  return {};
}

Result<WriteOutcome> MakeStorage(const TableInfo& table, const plan::ResolvedPlan* rows, bool replaces, std::string_view operation, Statement& statement) {
  if (table.format == "delta") {
    TRY(const bool exists, HasLog(table, statement));
    if (exists && replaces) return ReplaceDeltaTable(table, rows, operation, statement);
    if (exists) return WriteOutcome{};
    return CreateDeltaTable(table, rows, operation, statement);
  }
  if (const std::string path = LocalPathOf(table.location); !path.empty()) {
    std::error_code ignored;
    std::filesystem::create_directories(path, ignored);
  }
  if (rows == nullptr) return WriteOutcome{};
  return WriteTable(table, *rows, {}, statement);
}


Result<CommandResult> Run(const plan::CreateTable& command, Statement& statement) {
  if (command.is_temporary) return Failure(NotImplemented("temporary tables"));
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const ObjectName name, ToObjectName(parts, statement));
  TRY(const auto schema, statement.catalog().FindSchema({name.catalog, name.schema}));
  if (!schema) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(analyze::SchemaName{name.catalog, name.schema})}}));
  TRY(const auto existing, statement.catalog().FindTable(name));
  if (existing && command.mode == CreateMode::kCreateIfNotExists) return CommandResult{};
  if (existing && command.mode == CreateMode::kCreate) {
    return Failure(statement.Condition("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(name)}}));
  }
  if (!existing && command.mode == CreateMode::kReplace) return Failure(statement.Condition("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", QuotedName(parts)}}, command.name.origin));
  TRY(TableInfo table, DefinitionOf(command.spec, name, statement));
  plan::ResolvedPlanPtr rows;
  if (command.query) {
    if (!table.schema.empty()) {
      return Failure(statement.Condition("UNSUPPORTED_FEATURE.CTAS_WITH_SCHEMA", {}));
    }
    TRY(const analyze::AnalyzedQuery query, statement.Analyze(*command.query->query));
    rows = query.plan;
    TRY(SetSchemaOfQuery(*rows, table, statement));
  }
  TRY(SetPartitioning(command.spec, table, statement));
  SetConstraints(command.spec.constraints, table);
  for (const plan::ColumnDefinition& column : command.spec.columns) SetConstraints(column.constraints, table);
  if (rows != nullptr && table.format != "delta") {
    // The query's columns follow the order that partitioning gave the table.
    std::vector<plan::NamedExpression> ordered;
    for (const plan::StructField& field : table.schema) {
      for (const plan::OutputColumn& column : rows->output) {
        if (column.name == field.name) ordered.push_back({analyze::NewColumnId(), field.name, ReferenceTo(column)});
      }
    }
    if (ordered.size() == rows->output.size()) rows = ProjectOf(rows, std::move(ordered));
  }
  const bool replaces = existing.has_value();
  if (replaces) {
    table.table_id = existing->table_id;
    if (existing->kind == TableKind::kView) return Failure(statement.Condition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", {{"viewName", QuotedName(name)}, {"operation", "CREATE OR REPLACE TABLE"}}));
    if (existing->format == "delta" && table.format == "delta" && !command.spec.location) {
      table.location = existing->location;
      table.kind = existing->kind;
    } else {
      TRY(statement.catalog().DropTable(name));
      statement.core.tables->Forget(existing->location);
    }
  } else if (table.kind == TableKind::kManaged) {
    TRY(CheckEmpty(table, statement));
  }
  TRY(const bool has_log, HasLog(table, statement));
  if (has_log && !replaces && table.schema.empty()) {
    TRY(table, WithCurrentSchema(std::move(table), statement));
  }
  const std::string operation = std::string(command.mode == CreateMode::kCreateOrReplace ? "CREATE OR REPLACE TABLE" : command.mode == CreateMode::kReplace ? "REPLACE TABLE" : "CREATE TABLE") +
                                (rows != nullptr ? " AS SELECT" : "");
  TRY(const WriteOutcome outcome, MakeStorage(table, rows.get(), replaces, operation, statement));
  TRY(const auto still, statement.catalog().FindTable(name));
  if (still) {
    TRY(statement.catalog().AlterTable(table));
  } else {
    TRY(statement.catalog().CreateTable(table));
  }
  if (!command.spec.tags.empty()) {
    TRY(statement.catalog().SetTags({analyze::SecurableKind::kTable, {name.catalog, name.schema, name.name}}, "",
                                    plan::Options(command.spec.tags.begin(), command.spec.tags.end())));
  }
  if (rows != nullptr && table.format == "delta") return CreatedRows(outcome);
  return CommandResult{};
}

Result<CommandResult> Run(const plan::CreateTableLike& command, Statement& statement) {
  TRY(const ObjectName name, ResolveObject(command.name, statement));
  TRY(const FoundRelation source, GetRelation(command.source, statement));
  TRY(const auto existing, statement.catalog().FindTable(name));
  if (existing && command.if_not_exists) return CommandResult{};
  if (existing) return Failure(statement.Condition("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(name)}}));
  TRY(TableInfo table, DefinitionOf(command.spec, name, statement));
  if (source.table) {
    TRY(const TableInfo like, WithCurrentSchema(*source.table, statement));
    table.schema = like.schema;
    table.partition_columns = like.partition_columns;
    if (command.spec.provider.empty() && like.kind != TableKind::kView) table.format = like.format;
    if (table.format == "delta" && like.format == "delta") table.clustering_columns = like.clustering_columns;
  } else {
    TRY(const analyze::AnalyzedQuery query, statement.Analyze(*source.temporary->relation));
    TRY(SetSchemaOfQuery(*query.plan, table, statement));
  }
  if (table.kind == TableKind::kManaged) TRY(CheckEmpty(table, statement));
  TRY(MakeStorage(table, nullptr, false, "CREATE TABLE", statement));
  TRY(statement.catalog().CreateTable(table));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropTable& command, Statement& statement) {
  TRY(const FoundRelation found, FindRelation(command.name, statement));
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  if (!found.exists()) {
    if (command.if_exists) return CommandResult{};
    return Failure(RelationNotFound(command.name, parts, statement));
  }
  if (found.temporary != nullptr) {
    statement.core.Update([&](SessionFacts& facts) { (found.is_global ? facts.global_views : facts.views).erase(found.view_name); });
    return CommandResult{};
  }
  if (found.table->kind == TableKind::kView) {
    return Failure(statement.Condition("WRONG_COMMAND_FOR_OBJECT_TYPE", {{"operation", "DROP TABLE"}, {"requiredType", "EXTERNAL or MANAGED"},
                                                                         {"objectName", PlainName(found.table->name)}, {"foundType", "VIEW"}, {"alternative", "DROP VIEW"}}));
  }
  TRY(statement.catalog().DropTable(found.table->name));
  statement.core.tables->Forget(found.table->location);
  return CommandResult{};
}

Result<CommandResult> Run(const plan::UndropTable& command, Statement& statement) {
  TRY(const ObjectName name, ResolveObject(command.name, statement));
  TRY(statement.catalog().UndropTable(name));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::TruncateTable& command, Statement& statement) {
  TRY(const TableInfo table, GetTable(command.name, statement));
  if (table.kind == TableKind::kView) {
    return Failure(statement.Condition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", {{"viewName", QuotedName(table.name)}, {"operation", "TRUNCATE TABLE"}}, command.name.origin));
  }
  if (!command.partition.empty()) return Failure(NotImplemented("TRUNCATE TABLE … PARTITION"));
  if (table.format == "delta") {
    plan::Delete all;
    all.table = command.name;
    TRY(Run(all, statement));
    return CommandResult{};
  }
  TRY(RemoveFiles(table));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::RepairTable& command, Statement& statement) {
  TRY(GetTable(command.name, statement));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::AnalyzeTable& command, Statement& statement) {
  TRY(const FoundRelation found, GetRelation(command.name, statement));
  if (!found.table || found.table->kind == TableKind::kView) return Failure(statement.Condition("UNSUPPORTED_FEATURE.ANALYZE_VIEW", {}));
  TRY(const TableInfo table, WithCurrentSchema(*found.table, statement));
  for (const std::string& column : command.columns) {
    if (FindColumn(table.schema, column) < 0) {
      return Failure(statement.Condition("COLUMN_NOT_FOUND", {{"colName", "`" + column + "`"}, {"caseSensitiveConfig", "\"spark.sql.caseSensitive\""}}));
    }
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::AnalyzeTables&, Statement&) { return CommandResult{}; }

Result<CommandResult> Run(const plan::RefreshTable& command, Statement& statement) {
  TRY(GetRelation(command.name, statement));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::RefreshPath&, Statement&) { return CommandResult{}; }

}  // namespace crannog::session
