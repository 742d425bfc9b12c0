#include <fmt/format.h>

#include "analyze/settings.h"
#include "engine/functions/time_zone.h"
#include "session/commands/commands.h"
#include "session/commands/settings_check.h"
#include "session/explain_text.h"
#include "session/names.h"

/// SET, RESET, EXPLAIN: statements about the session.
namespace crannog::session {

using plan::DataType;
using plan::Literal;

namespace {

plan::StructField Text(std::string name, bool nullable = false) { return {std::move(name), DataType::String(), nullable, ""}; }

CommandResult KeyValue(std::string key, std::string value) {
  CommandResult result;
  result.schema = {Text("key"), Text("value")};
  result.rows = {{Literal::String(std::move(key)), Literal::String(std::move(value))}};
  return result;
}

bool IsBoolean(std::string_view default_value) { return default_value == "true" || default_value == "false"; }

bool IsSecret(std::string_view key) {
  const std::string lower = Lower(key);
  for (const char* word : {"secret", "password", "token", "access.key", "access_key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

Result<> CheckSetting(std::string_view key, std::string_view value) {
  const analyze::SettingInfo* info = analyze::FindSetting(key);
  if (info == nullptr) return {};
  if (info->is_static) return Failure(ConditionError("CANNOT_MODIFY_STATIC_CONFIG", {{"key", fmt::format("\"{}\"", key)}}));
  if (IsBoolean(info->default_value) && !EqualsIgnoringCase(value, "true") && !EqualsIgnoringCase(value, "false")) {
    return Failure(ConditionError("INVALID_CONF_VALUE.TYPE_MISMATCH",
                                  {{"confName", std::string(key)}, {"confValue", std::string(value)}, {"confType", "boolean"}}));
  }
  if (key == "spark.sql.session.timeZone" && !engine::functions::TimeZone::Find(value)) {
    return Failure(ConditionError("INVALID_CONF_VALUE.TIME_ZONE", {{"confName", std::string(key)}, {"confValue", std::string(value)}}));
  }
  return {};
}

void ResetSetting(SessionFacts& facts, const SessionOptions& options, std::string_view key) {
  const std::string name(key);
  if (const auto initial = options.settings.find(name); initial != options.settings.end()) facts.settings[name] = initial->second;
  else facts.settings.erase(name);
}

Result<CommandResult> Run(const plan::SetConfig& command, Statement& statement) {
  std::string key = command.key;
  for (const char* prefix : {"hivevar:", "hiveconf:", "sparkconf:", "spark:"}) {
    if (key.starts_with(prefix) && command.value) key.erase(0, std::string_view(prefix).size());
  }
  if (command.value) {
    std::string value = *command.value;
    const analyze::SettingInfo* info = analyze::FindSetting(key);
    if (info != nullptr && IsBoolean(info->default_value)) value = Lower(value);
    TRY(CheckSetting(key, value));
    statement.core.Update([&](SessionFacts& facts) { facts.settings[key] = value; });
    return KeyValue(command.key, *command.value);
  }
  if (!command.key.empty()) {
    const bool known = statement.facts->settings.contains(key) || analyze::FindSetting(key) != nullptr;
    const std::string value = known ? statement.Setting(key) : "";
    return KeyValue(key, value.empty() ? "<undefined>" : IsSecret(key) ? "*********(redacted)" : value);
  }
  CommandResult result;
  result.schema = {Text("key"), Text("value")};
  if (command.verbose) {
    result.schema.push_back(Text("meaning"));
    result.schema.push_back(Text("Since version"));
    for (const analyze::SettingInfo& info : analyze::ListSettings()) {
      const std::string value = statement.Setting(info.key);
      result.rows.push_back({Literal::String(std::string(info.key)), Literal::String(value.empty() ? "<undefined>" : value),
                             Literal::String(std::string(info.documentation)), Literal::String("")});
    }
    return result;
  }
  for (const auto& [name, value] : statement.facts->settings) {
    result.rows.push_back({Literal::String(name), Literal::String(IsSecret(name) ? "*********(redacted)" : value)});
  }
  return result;
}

Result<CommandResult> Run(const plan::ResetConfig& command, Statement& statement) {
  if (command.key) {
    if (const auto* info = analyze::FindSetting(*command.key); info != nullptr && info->is_static) {
      return Failure(ConditionError("CANNOT_MODIFY_STATIC_CONFIG", {{"key", fmt::format("\"{}\"", *command.key)}}));
    }
    statement.core.Update([&](SessionFacts& facts) { ResetSetting(facts, statement.core.options, *command.key); });
  } else {
    statement.core.Update([&](SessionFacts& facts) { facts.settings = statement.core.options.settings; });
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::SetTimeZone& command, Statement& statement) {
  constexpr const char* kKey = "spark.sql.session.timeZone";
  if (command.is_local) {
    statement.core.Update([&](SessionFacts& facts) { ResetSetting(facts, statement.core.options, kKey); });
    return KeyValue(kKey, SettingOf(*statement.core.facts(), kKey));
  }
  std::string zone = command.zone;
  if (command.interval != nullptr) {
    TRY(const Literal interval, statement.Evaluate(command.interval));
    int64_t micros = 0;
    if (const auto* day_time = std::get_if<int64_t>(&interval.value)) micros = *day_time;
    if (const auto* calendar = std::get_if<plan::CalendarIntervalValue>(&interval.value)) micros = calendar->micros;
    const int64_t minutes = micros / 60000000, absolute = minutes < 0 ? -minutes : minutes;
    if (absolute > 18 * 60 || micros % 1000000 != 0) return Failure(statement.Condition("INVALID_INTERVAL_FORMAT.TIMEZONE_INTERVAL_OUT_OF_RANGE", {{"input", fmt::format("{}", absolute / 60)}}));
    zone = fmt::format("{}{:02}:{:02}", micros < 0 ? '-' : '+', absolute / 60, absolute % 60);
  }
  TRY(CheckSetting(kKey, zone));
  statement.core.Update([&](SessionFacts& facts) { facts.settings[kKey] = zone; });
  return KeyValue(kKey, zone);
}

Result<CommandResult> Run(const plan::SetCatalog& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const auto catalog, statement.catalog().FindCatalog(parts[0]));
  if (!catalog) {
    return Failure(statement.Condition("CATALOG_NOT_FOUND", {{"catalogName", QuotedName(std::vector{parts[0]})},
                                                             {"config", fmt::format("\"spark.sql.catalog.{}\"", parts[0])}}));
  }
  statement.core.Update([&](SessionFacts& facts) { facts.current = {catalog->name, "default"}; });
  return CommandResult{};
}

Result<CommandResult> Run(const plan::Explain& command, Statement& statement) {
  CommandResult result;
  result.schema = {Text("plan")};
  static constexpr const char* kModes[] = {"simple", "extended", "formatted", "cost", "codegen", "extended"};
  std::string text;
  if (command.statement.query != nullptr) {
    // As Spark does, a plan that cannot be made is shown as the error.
    auto explained = ExplainText(*command.statement.query, kModes[static_cast<size_t>(command.mode)], statement);
    text = explained ? *explained : fmt::format("Error occurred during query planning: \n{}", explained.error().ToString());
  } else {
    text = "== Physical Plan ==\nExecute Command\n";
  }
  result.rows = {{Literal::String(std::move(text))}};
  return result;
}

Result<CommandResult> Run(const plan::UnsupportedStatement& command, Statement&) { return Failure(NotImplemented(command.feature)); }

}  // namespace crannog::session
