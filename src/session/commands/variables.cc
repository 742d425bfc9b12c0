#include <fmt/format.h>

#include <set>

#include "session/commands/commands.h"
#include "session/names.h"

/// Session variables and EXECUTE IMMEDIATE. Source: Spark 4.1, ResolveCatalogs, SetVariableExec, ResolveExecuteImmediate.
namespace crannog::session {

using plan::DataType;
using plan::Literal;

namespace {

std::string FullVariableName(const std::string& name) { return QuotedName(std::vector<std::string>{"system", "session", name}); }

// session.v and system.session.v are the only qualifiers.
Result<std::string> VariableName(const std::vector<std::string>& parts, Statement& statement, const char* condition) {
  const bool is_local = parts.size() == 1 || (parts.size() == 2 && EqualsIgnoringCase(parts[0], "session")) ||
                        (parts.size() == 3 && EqualsIgnoringCase(parts[0], "system") && EqualsIgnoringCase(parts[1], "session"));
  if (is_local) return parts.back();
  if (std::string_view(condition) == "UNRESOLVED_VARIABLE") {
    return Failure(statement.Condition(condition, {{"variableName", QuotedName(parts)}, {"searchPath", "`system`.`session`"}}));
  }
  return Failure(statement.Condition(condition, {{"variableName", QuotedName(parts)}, {"searchPath", "`system`.`session`"}}));
}

Result<plan::ExpressionPtr> DefaultOf(const analyze::SessionVariable& variable, Statement& statement) {
  if (variable.default_text.empty()) return plan::MakeExpression(Literal::Null());
  return sql::ParseExpression(variable.default_text, ParserOptionsOf(*statement.facts));
}

Result<Literal> CastValue(const plan::ExpressionPtr& value, const DataType& type, Statement& statement) { return statement.EvaluateAs(value, type); }

}  // namespace

Result<CommandResult> Run(const plan::DeclareVariable& command, Statement& statement) {
  for (const plan::Name& name : command.names) {
    TRY(const std::vector<std::string> parts, NameParts(name, statement));
    TRY(const std::string variable, VariableName(parts, statement, "UNRESOLVED_VARIABLE"));
    const std::string key = Lower(variable);
    if (!command.replace && statement.facts->variables.contains(key)) {
      return Failure(statement.Condition("VARIABLE_ALREADY_EXISTS", {{"variableName", FullVariableName(variable)}}));
    }
    analyze::SessionVariable made;
    const plan::ExpressionPtr value = command.default_value ? command.default_value->expression : plan::MakeExpression(Literal::Null());
    if (command.type) {
      made.type = *command.type;
      TRY(made.value, CastValue(value, made.type, statement));
    } else {
      TRY(made.value, statement.Evaluate(value));
      made.type = made.value.type;
    }
    if (command.default_value) made.default_text = command.default_value->text;
    statement.core.Update([&](SessionFacts& facts) { facts.variables[key] = made; });
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::SetVariable& command, Statement& statement) {
  std::vector<std::string> keys;
  std::vector<std::string> duplicates;
  for (const plan::Name& name : command.names) {
    TRY(const std::vector<std::string> parts, NameParts(name, statement));
    TRY(const std::string variable, VariableName(parts, statement, "UNRESOLVED_VARIABLE"));
    const std::string key = Lower(variable);
    if (!statement.facts->variables.contains(key)) {
      return Failure(statement.Condition("UNRESOLVED_VARIABLE", {{"variableName", QuotedName(parts)}, {"searchPath", "`system`.`session`"}}, name.origin));
    }
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) duplicates.push_back("`" + variable + "`");
    keys.push_back(key);
  }
  if (!duplicates.empty()) {
    return Failure(statement.Condition("DUPLICATE_ASSIGNMENTS", {{"nameList", fmt::format("{}", fmt::join(duplicates, ", "))}}));
  }
  std::vector<Literal> values;
  const auto type_of = [&](size_t i) { return statement.facts->variables.at(keys[i]).type; };
  if (command.query != nullptr) {
    TRY(const analyze::AnalyzedQuery query, statement.Analyze(*command.query));
    if (query.plan->output.size() != keys.size()) {
      return Failure(statement.Condition("ASSIGNMENT_ARITY_MISMATCH", {{"numTarget", std::to_string(keys.size())}, {"numExpr", std::to_string(query.plan->output.size())}}));
    }
    TRY(const Rows rows, statement.Collect(*query.plan));
    if (rows.size() > 1) return Failure(statement.Condition("ROW_SUBQUERY_TOO_MANY_ROWS", {}));
    for (size_t i = 0; i < keys.size(); ++i) {
      const Literal value = rows.empty() ? Literal::Null(type_of(i)) : rows[0][i];
      TRY(Literal cast, CastValue(plan::MakeExpression(value), type_of(i), statement));
      values.push_back(std::move(cast));
    }
  } else {
    if (command.values.size() != keys.size()) {
      return Failure(statement.Condition("ASSIGNMENT_ARITY_MISMATCH", {{"numTarget", std::to_string(keys.size())}, {"numExpr", std::to_string(command.values.size())}}));
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      plan::ExpressionPtr value = command.values[i];
      if (value->As<plan::DefaultKeyword>() != nullptr) {
        TRY(value, DefaultOf(statement.facts->variables.at(keys[i]), statement));
      }
      TRY(Literal cast, CastValue(value, type_of(i), statement));
      values.push_back(std::move(cast));
    }
  }
  statement.core.Update([&](SessionFacts& facts) {
    for (size_t i = 0; i < keys.size(); ++i) facts.variables[keys[i]].value = values[i];
  });
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropVariable& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const std::string variable, VariableName(parts, statement, "UNRESOLVED_VARIABLE"));
  if (!statement.facts->variables.contains(Lower(variable))) {
    if (command.if_exists) return CommandResult{};
    return Failure(statement.Condition("VARIABLE_NOT_FOUND", {{"variableName", FullVariableName(variable)}}));
  }
  statement.core.Update([&](SessionFacts& facts) { facts.variables.erase(Lower(variable)); });
  return CommandResult{};
}

Result<CommandResult> Run(const plan::ExecuteImmediate& command, Statement& statement) {
  TRY(const Literal text, statement.Evaluate(command.text));
  if (text.IsNull()) {
    const auto* reference = command.text->As<plan::AttributeReference>();
    return Failure(statement.Condition("NULL_QUERY_STRING_EXECUTE_IMMEDIATE", {{"varName", reference == nullptr ? "" : QuotedName(reference->name.parts)}}));
  }
  const auto* sql = std::get_if<std::string>(&text.value);
  if (sql == nullptr) {
    return Failure(statement.Condition("INVALID_EXPR_TYPE_FOR_QUERY_EXECUTE_IMMEDIATE", {{"exprType", fmt::format("\"{}\"", text.type.Sql())}}));
  }
  StatementOptions options;
  std::vector<std::string> unnamed;
  std::set<std::string> names, duplicates;
  for (const plan::ExpressionPtr& argument : command.arguments) {
    const auto* alias = argument->As<plan::Alias>();
    const plan::ExpressionPtr& child = alias != nullptr ? alias->child : argument;
    TRY(Literal value, statement.Evaluate(child));
    std::string name = alias != nullptr ? alias->names[0] : "";
    if (name.empty()) {
      if (const auto* reference = child->As<plan::AttributeReference>()) name = reference->name.parts.back();
      if (alias == nullptr) options.positional_parameters.push_back(value);
    }
    if (name.empty()) {
      unnamed.push_back("");
      continue;
    }
    if (!names.insert(name).second && alias != nullptr) duplicates.insert("`" + name + "`");
    options.named_parameters[name] = std::move(value);
  }
  if (!duplicates.empty()) {
    return Failure(statement.Condition("EXEC_IMMEDIATE_DUPLICATE_ARGUMENT_ALIASES", {{"aliases", fmt::format("{}", fmt::join(duplicates, ", "))}}));
  }
  TRY(const plan::Statement parsed, sql::ParseStatement(*sql, ParserOptionsOf(*statement.facts)));
  if (parsed.command != nullptr && parsed.command->As<plan::ExecuteImmediate>() != nullptr) {
    return Failure(statement.Condition("NESTED_EXECUTE_IMMEDIATE", {{"sqlString", *sql}}));
  }
  if (!command.into.empty() && parsed.query == nullptr) {
    return Failure(statement.Condition("INVALID_STATEMENT_FOR_EXECUTE_INTO", {{"sqlString", Upper(*sql)}}));
  }
  auto inner = std::make_unique<Statement>(statement.core, *sql, options, statement.id);
  inner->HandOver();
  TRY(CommandResult result, RunParsed(parsed, *inner));
  if (command.into.empty()) return result;
  TRY(Rows rows, ReadAllRows(*result.stream));
  if (rows.size() > 1) return Failure(statement.Condition("ROW_SUBQUERY_TOO_MANY_ROWS", {}));
  plan::SetVariable set;
  set.names = command.into;
  if (result.schema.size() != set.names.size()) {
    return Failure(statement.Condition("ASSIGNMENT_ARITY_MISMATCH", {{"numTarget", std::to_string(set.names.size())}, {"numExpr", std::to_string(result.schema.size())}}));
  }
  for (size_t i = 0; i < set.names.size(); ++i) {
    set.values.push_back(plan::MakeExpression(rows.empty() ? Literal::Null(result.schema[i].type) : rows[0][i]));
  }
  return Run(set, statement);
}

}  // namespace crannog::session
