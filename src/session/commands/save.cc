#include <fmt/format.h>

#include <filesystem>

#include "session/commands/commands.h"
#include "session/commands/table_storage.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"

/// DataFrameWriter and DataFrameWriterV2: save, saveAsTable, insertInto, writeTo.
namespace crannog::session {

using analyze::TableInfo;
using analyze::TableKind;
using plan::SaveMode;

namespace {

std::string OptionOf(const plan::Options& options, std::string_view key) {
  for (const auto& [name, value] : options) {
    if (EqualsIgnoringCase(name, key)) return value;
  }
  return "";
}

bool IsOn(const plan::Options& options, std::string_view key) { return EqualsIgnoringCase(OptionOf(options, key), "true"); }

// What is written to: a table of the catalog, or a folder that no catalog knows.
struct SaveTarget {
  TableInfo table;
  bool exists = false;
  bool is_path = false;
};

Result<SaveTarget> TargetOf(const plan::SaveDataFrame& command, Statement& statement) {
  SaveTarget target;
  TRY(target.table.format, ProviderOf(command.format, statement));
  if (!command.path.empty()) {
    target.is_path = true;
    target.table.name = {"", target.table.format, command.path};
    target.table.kind = TableKind::kExternal;
    TRY(target.table.location, NormalLocation(command.path));
  } else {
    TRY(const std::vector<std::string> parts, NameParts(command.table, statement));
    if (parts.size() == 2 && EqualsIgnoringCase(parts[0], "delta") && parts[1].starts_with('/')) {
      target.is_path = true;
      target.table.format = "delta";
      target.table.name = {"", "delta", parts[1]};
      target.table.kind = TableKind::kExternal;
      TRY(target.table.location, NormalLocation(parts[1]));
    } else {
      TRY(target.table.name, ToObjectName(parts, statement));
      TRY(const auto existing, statement.catalog().FindTable(target.table.name));
      target.exists = existing.has_value();
      if (existing) target.table = *existing;
      else if (const std::string path = OptionOf(command.options, "path"); !path.empty()) {
        target.table.kind = TableKind::kExternal;
        TRY(target.table.location, NormalLocation(path));
      } else {
        TRY(target.table.location, statement.catalog().ManagedLocation(target.table.name));
      }
    }
  }
  if (target.is_path) {
    if (target.table.format == "delta") {
      TRY(const auto delta, statement.core.tables->DeltaTableAt(target.table.location));
      TRY(target.exists, delta->Exists());
    } else {
      std::error_code ignored;
      target.exists = std::filesystem::exists(LocalPathOf(target.table.location), ignored);
    }
  }
  if (target.exists) {
    TRY(target.table, WithCurrentSchema(target.table, statement));
  }
  return target;
}

Result<> Create(SaveTarget target, const plan::SaveDataFrame& command, const plan::ResolvedPlan& rows, Statement& statement) {
  TableInfo& table = target.table;
  TRY(SetSchemaOfQuery(rows, table, statement));
  table.partition_columns = command.partition_columns;
  table.clustering_columns = command.clustering_columns;
  for (const auto& [key, value] : command.options) {
    if (key.starts_with("delta.")) table.properties[key] = value;
  }
  TRY(MakeStorage(table, &rows, /*replaces=*/false, target.is_path ? "WRITE" : "CREATE TABLE AS SELECT", statement));
  if (!target.is_path) TRY(statement.catalog().CreateTable(table));
  return {};
}

// New columns of the rows join the table. Source: mergeSchema.
bool MergeSchema(const plan::ResolvedPlan& rows, TableInfo& table) {
  bool changed = false;
  for (const plan::OutputColumn& column : rows.output) {
    if (FindColumn(table.schema, column.name) >= 0) continue;
    table.schema.push_back({column.name, plan::AsNullable(column.type), true, ""});
    changed = true;
  }
  return changed;
}

// Columns that the rows lack become null; columns that the table lacks are refused. Source: DELTA_METADATA_MISMATCH.
Result<plan::ResolvedPlanPtr> FitByName(const TableInfo& table, const plan::ResolvedPlanPtr& rows, Statement& statement) {
  if (table.format != "delta") return FitRows(table, rows, {}, statement);
  for (const plan::OutputColumn& column : rows->output) {
    if (FindColumn(table.schema, column.name) >= 0) continue;
    Error error = ConditionError("DELTA_METADATA_MISMATCH", {});
    error.hint = "write with option mergeSchema, or overwrite with overwriteSchema";
    return Failure(std::move(error));
  }
  return FitRows(table, rows, {{}, /*by_name=*/true, {}}, statement);
}

}  // namespace

Result<CommandResult> Run(const plan::SaveDataFrame& command, Statement& statement) {
  if (EqualsIgnoringCase(command.format, "noop")) {
    TRY(statement.Collect(*command.input));
    return CommandResult{};
  }
  TRY(SaveTarget target, TargetOf(command, statement));
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(*command.input));
  if (target.exists && command.mode == SaveMode::kIgnore) return CommandResult{};
  if (target.exists && command.mode == SaveMode::kErrorIfExists && !command.insert_into) {
    if (target.is_path) return Failure(statement.Condition(target.table.format == "delta" ? "DELTA_PATH_EXISTS" : "PATH_ALREADY_EXISTS", {{"path", command.path}, {"outputPath", DisplayLocation(target.table.location)}}));
    return Failure(statement.Condition("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(target.table.name)}}));
  }
  if (!target.exists) {
    if (command.insert_into) return Failure(statement.Condition("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", QuotedName(command.table.parts)}}));
    TRY(Create(std::move(target), command, *query.plan, statement));
    return CommandResult{};
  }
  TableInfo& table = target.table;
  WriteRequest request;
  const std::string app_id = OptionOf(command.options, "txnAppId"), app_version = OptionOf(command.options, "txnVersion");
  if (!app_id.empty() && !app_version.empty()) {
    request.transaction_app_id = app_id;
    request.transaction_version = std::stoll(app_version);
    TRY(const auto delta, statement.core.tables->DeltaTableAt(table.location));
    TRY(const delta::SnapshotPtr snapshot, delta->Latest());
    const auto done = snapshot->transactions().find(app_id);
    if (done != snapshot->transactions().end() && done->second.version >= *request.transaction_version) return CommandResult{};
  }
  const bool overwrites = command.mode == SaveMode::kOverwrite;
  const std::string replace_where = OptionOf(command.options, "replaceWhere");
  if (overwrites && replace_where.empty() && IsOn(command.options, "overwriteSchema")) {
    TableInfo replaced = table;
    replaced.schema.clear();
    TRY(SetSchemaOfQuery(*query.plan, replaced, statement));
    replaced.partition_columns = command.partition_columns;
    TRY(ReplaceDeltaTable(replaced, query.plan.get(), "WRITE", statement));
    if (!target.is_path) TRY(statement.catalog().AlterTable(replaced));
    return CommandResult{};
  }
  const bool merges = IsOn(command.options, "mergeSchema") || command.with_schema_evolution || statement.IsSet("spark.databricks.delta.schema.autoMerge.enabled");
  if (merges && table.format == "delta") request.evolved_schema = MergeSchema(*query.plan, table);
  plan::ResolvedPlanPtr rows;
  if (command.insert_into) {
    TRY(rows, FitRows(table, query.plan, {}, statement));
  } else {
    TRY(rows, FitByName(table, query.plan, statement));
  }
  if (overwrites && !replace_where.empty()) {
    TRY(const plan::ExpressionPtr condition, sql::ParseExpression(replace_where, ParserOptionsOf(*statement.facts)));
    TRY(RunReplaceWhere(table, rows, condition, statement));
    return CommandResult{};
  }
  if (overwrites) {
    std::string mode = OptionOf(command.options, "partitionOverwriteMode");
    if (mode.empty()) mode = statement.Setting("spark.sql.sources.partitionOverwriteMode");
    request.kind = EqualsIgnoringCase(mode, "dynamic") && !table.partition_columns.empty() ? WriteKind::kOverwritePartitions : WriteKind::kOverwrite;
  }
  TRY(WriteTable(table, *rows, request, statement));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::WriteDataFrameTo& command, Statement& statement) {
  plan::SaveDataFrame save;
  save.input = command.input;
  save.table = command.table;
  save.format = command.format;
  save.options = command.options;
  save.with_schema_evolution = command.with_schema_evolution;
  save.clustering_columns = command.clustering_columns;
  for (const auto& [key, value] : command.properties) save.options[key] = value;
  for (const plan::ExpressionPtr& partition : command.partitioning) {
    const auto* reference = partition->As<plan::AttributeReference>();
    if (reference == nullptr) return Failure(NotImplemented("partitioning by an expression"));
    save.partition_columns.push_back(reference->name.parts.back());
  }
  TRY(const FoundRelation found, FindRelation(command.table, statement));
  switch (command.mode) {
    case plan::WriteToMode::kCreate:
      save.mode = SaveMode::kErrorIfExists;
      break;
    case plan::WriteToMode::kAppend:
    case plan::WriteToMode::kOverwrite:
    case plan::WriteToMode::kOverwritePartitions:
      if (!found.exists()) return Failure(RelationNotFound(command.table, command.table.parts, statement));
      save.mode = command.mode == plan::WriteToMode::kAppend ? SaveMode::kAppend : SaveMode::kOverwrite;
      if (command.mode == plan::WriteToMode::kOverwritePartitions) save.options["partitionOverwriteMode"] = "dynamic";
      if (command.mode == plan::WriteToMode::kOverwrite && command.overwrite_condition != nullptr) {
        TRY(const TableInfo table, WithCurrentSchema(*found.table, statement));
        TRY(const analyze::AnalyzedQuery query, statement.Analyze(*command.input));
        TRY(const plan::ResolvedPlanPtr rows, FitRows(table, query.plan, {{}, true, {}}, statement));
        TRY(RunReplaceWhere(table, rows, command.overwrite_condition, statement));
        return CommandResult{};
      }
      break;
    case plan::WriteToMode::kReplace:
      if (!found.exists()) return Failure(RelationNotFound(command.table, command.table.parts, statement));
      [[fallthrough]];
    case plan::WriteToMode::kCreateOrReplace:
      save.mode = SaveMode::kOverwrite;
      save.options["overwriteSchema"] = "true";
      break;
  }
  return Run(save, statement);
}

}  // namespace crannog::session
