#include "conformance/golden_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace crannog::conformance {
namespace {

constexpr std::string_view kQueryMark = "-- !query";
constexpr std::string_view kSchemaMark = "-- !query schema";
constexpr std::string_view kOutputMark = "-- !query output";

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }

std::string TrimRight(std::string text) {
  while (!text.empty() && IsBlank(text.back())) text.pop_back();
  return text;
}

std::string Trim(std::string text) {
  text = TrimRight(std::move(text));
  text.erase(0, static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsBlank) - text.begin()));
  return text;
}

// "org.apache.spark.SparkException", "java.lang.ArithmeticException".
bool IsExceptionClass(std::string_view line) {
  if (!line.starts_with("org.") && !line.starts_with("java.")) return false;
  if (line.find_first_of(" \t(") != std::string_view::npos) return false;
  return line.ends_with("Exception") || line.ends_with("Error");
}

std::string JsonText(const JsonValue& value) { return value.IsString() ? value.AsString() : WriteJson(value); }

ExpectedError ParseError(std::string_view output) {
  ExpectedError error;
  const size_t end = output.find('\n');
  error.java_class = std::string(output.substr(0, end));
  const std::string rest = end == std::string_view::npos ? "" : std::string(output.substr(end + 1));
  const auto json = ParseJson(rest);
  if (!json || !json->IsObject()) {
    error.text = rest;
    return error;
  }
  error.condition = json->StringOr("errorClass", "");
  error.sql_state = json->StringOr("sqlState", "");
  if (const JsonValue* parameters = json->Find("messageParameters"); parameters != nullptr && parameters->IsObject()) {
    for (const auto& [key, value] : parameters->AsObject()) error.parameters[key] = JsonText(value);
  }
  if (const JsonValue* contexts = json->Find("queryContext"); contexts != nullptr && contexts->IsArray()) {
    for (const JsonValue& context : contexts->AsArray()) {
      error.contexts.push_back({context.StringOr("objectType", ""), context.StringOr("objectName", ""),
                                static_cast<int32_t>(context.IntOr("startIndex", 0)) - 1,
                                static_cast<int32_t>(context.IntOr("stopIndex", 0)) - 1, context.StringOr("fragment", "")});
    }
  }
  return error;
}

}  // namespace

Result<std::vector<GoldenStatement>> ParseGoldenFile(std::string_view text) {
  enum class Part { kHead, kSql, kSchema, kOutput } part = Part::kHead;
  std::vector<GoldenStatement> statements;
  int32_t number = 0;
  for (std::string_view line : Lines(text)) {
    ++number;
    if (line == kQueryMark) {
      statements.emplace_back();
      statements.back().line = number;
      part = Part::kSql;
    } else if (line == kSchemaMark) {
      part = Part::kSchema;
    } else if (line == kOutputMark) {
      part = Part::kOutput;
    } else if (part != Part::kHead) {
      GoldenStatement& statement = statements.back();
      std::string& target = part == Part::kSql ? statement.sql : part == Part::kSchema ? statement.schema : statement.output;
      target.append(line).append("\n");
    }
  }
  if (statements.empty()) return Failure(ErrorCode::kInvalidParameterValue, "no '-- !query' block in the file");
  for (GoldenStatement& statement : statements) {
    statement.sql = Trim(statement.sql);
    statement.schema = Trim(statement.schema);
    statement.output = TrimRight(statement.output);
    const std::string first = statement.output.substr(0, statement.output.find('\n'));
    if (statement.schema == "struct<>" && IsExceptionClass(first)) statement.error = ParseError(statement.output);
  }
  return statements;
}

Result<GoldenSettings> GoldenSettings::Parse(std::string_view text) {
  GoldenSettings settings;
  for (std::string_view line : Lines(text)) {
    if (line.empty() || line.starts_with('#')) continue;
    const size_t first = line.find('\t');
    const size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
    if (second == std::string_view::npos) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("SETTINGS.tsv: no three columns in '{}'", line));
    }
    std::string value(line.substr(second + 1));
    settings.entries_.push_back({std::string(line.substr(0, first)), std::string(line.substr(first + 1, second - first - 1)), Trim(value)});
  }
  // General entries first, so that specific ones overwrite them.
  std::stable_sort(settings.entries_.begin(), settings.entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.scope.size() < b.scope.size(); });
  return settings;
}

std::map<std::string, std::string> GoldenSettings::For(std::string_view relative_path) const {
  std::map<std::string, std::string> settings;
  for (const Entry& entry : entries_) {
    const bool applies = entry.scope.empty() || relative_path == entry.scope ||
                         (entry.scope.ends_with('/') && relative_path.starts_with(entry.scope));
    if (applies) settings[entry.key] = entry.value;
  }
  return settings;
}

}  // namespace crannog::conformance
