#include <fmt/format.h>

#include "session/commands/commands.h"
#include "session/names.h"
#include "session/table_definition.h"

/// SQL and Python functions, volumes. Source: Spark 4.1 CreateSQLFunctionCommand; Databricks SQL reference.
namespace crannog::session {

using analyze::FunctionInfo;

namespace {

plan::Options CapturedSettings(const SessionFacts& facts) {
  plan::Options captured;
  for (const auto& [key, value] : facts.settings) {
    if (key.starts_with("spark.sql.ansi") || key == "spark.sql.session.timeZone") captured[key] = value;
  }
  return captured;
}

Result<FunctionInfo> DefinitionOf(const plan::CreateFunction& command, Statement& statement) {
  FunctionInfo function;
  std::vector<std::string> names;
  for (const plan::RoutineParameter& parameter : command.parameters) {
    analyze::FunctionParameter made{parameter.name, parameter.type, std::nullopt, parameter.comment.value_or("")};
    if (parameter.default_value) made.default_text = parameter.default_value->text;
    names.push_back(parameter.name);
    function.parameters.push_back(std::move(made));
  }
  if (const std::string duplicate = DuplicateName(names, false); !duplicate.empty()) {
    return Failure(statement.Condition("DUPLICATE_ROUTINE_PARAMETER_NAMES", {{"routineName", command.name.parts.empty() ? "" : command.name.parts.back()}, {"names", "`" + duplicate + "`"}}));
  }
  function.return_type = command.return_type;
  function.is_table_function = command.is_table_function;
  if (!command.return_columns.empty()) {
    plan::Schema schema;
    for (const plan::RoutineParameter& column : command.return_columns) schema.push_back({column.name, column.type, true, ""});
    function.return_table = std::move(schema);
  }
  function.language = command.language.empty() ? "SQL" : Upper(command.language);
  if (command.body_expression) function.body = command.body_expression->text;
  if (command.body_query) {
    function.body = command.body_query->text;
    function.is_body_query = true;
  }
  if (function.language != "SQL") function.body = command.body_text;
  function.is_deterministic = command.is_deterministic.value_or(true);
  function.comment = command.comment.value_or("");
  function.owner = statement.core.options.user;
  function.view_catalog = statement.facts->current.catalog;
  function.view_schema = statement.facts->current.schema;
  function.settings = CapturedSettings(*statement.facts);
  return function;
}

}  // namespace

Result<CommandResult> Run(const plan::CreateFunction& command, Statement& statement) {
  if (!command.class_name.empty()) return Failure(NotImplemented("functions of the JVM"));
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(FunctionInfo function, DefinitionOf(command, statement));
  const bool replaces = command.if_exists == plan::IfExists::kReplace;
  const bool ignores = command.if_not_exists || command.if_exists == plan::IfExists::kIgnore;
  if (command.is_temporary) {
    const std::string key = Lower(parts.back());
    function.name = {"", "", parts.back()};
    const bool exists = statement.facts->functions.contains(key);
    if (exists && ignores) return CommandResult{};
    if (exists && !replaces) {
      return Failure(statement.Condition("ROUTINE_ALREADY_EXISTS", {{"routineName", QuotedName(parts)}, {"newRoutineType", "routine"}, {"existingRoutineType", "routine"}}));
    }
    statement.core.Update([&](SessionFacts& facts) { facts.functions[key] = function; });
    return CommandResult{};
  }
  TRY(function.name, ToObjectName(parts, statement));
  TRY(const auto schema, statement.catalog().FindSchema({function.name.catalog, function.name.schema}));
  if (!schema) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(analyze::SchemaName{function.name.catalog, function.name.schema})}}));
  TRY(const auto existing, statement.catalog().FindFunction(function.name));
  if (existing && ignores) return CommandResult{};
  if (existing && !replaces) {
    return Failure(statement.Condition("ROUTINE_ALREADY_EXISTS", {{"routineName", QuotedName(function.name)}, {"newRoutineType", "routine"}, {"existingRoutineType", "routine"}}));
  }
  TRY(statement.catalog().CreateFunction(function, replaces));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropFunction& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  if (command.is_temporary) {
    const std::string key = Lower(parts.back());
    if (!statement.facts->functions.contains(key)) {
      if (command.if_exists) return CommandResult{};
      return Failure(statement.Condition("ROUTINE_NOT_FOUND", {{"routineName", QuotedName(parts)}}));
    }
    statement.core.Update([&](SessionFacts& facts) { facts.functions.erase(key); });
    return CommandResult{};
  }
  TRY(const analyze::ObjectName name, ToObjectName(parts, statement));
  TRY(const auto existing, statement.catalog().FindFunction(name));
  if (!existing && command.if_exists) return CommandResult{};
  if (!existing) return Failure(statement.Condition("ROUTINE_NOT_FOUND", {{"routineName", QuotedName(name)}}));
  TRY(statement.catalog().DropFunction(name));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::RefreshFunction& command, Statement& statement) {
  TRY(const analyze::ObjectName name, ResolveObject(command.name, statement));
  TRY(const auto existing, statement.catalog().FindFunction(name));
  if (!existing) return Failure(statement.Condition("ROUTINE_NOT_FOUND", {{"routineName", QuotedName(name)}}));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::CreateVolume& command, Statement& statement) {
  analyze::VolumeInfo volume;
  TRY(volume.name, ResolveObject(command.name, statement));
  TRY(const auto existing, statement.catalog().FindVolume(volume.name));
  if (existing && command.if_exists == plan::IfExists::kIgnore) return CommandResult{};
  volume.location = command.location.value_or("");
  volume.comment = command.comment.value_or("");
  volume.is_managed = !command.is_external;
  TRY(statement.catalog().CreateVolume(volume));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropVolume& command, Statement& statement) {
  TRY(const analyze::ObjectName name, ResolveObject(command.name, statement));
  TRY(const auto existing, statement.catalog().FindVolume(name));
  if (!existing && command.if_exists) return CommandResult{};
  TRY(statement.catalog().DropVolume(name));
  return CommandResult{};
}

}  // namespace crannog::session
