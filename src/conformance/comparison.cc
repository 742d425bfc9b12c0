#include "conformance/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

namespace crannog::conformance {
namespace {

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string JoinedOutput(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& row : rows) text += row + "\n";
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

bool IsNotImplemented(const Error& error) { return error.code == ErrorCode::kNotImplemented; }

// An error that no Spark condition names: what the engine or a bug said.
bool IsLeak(const Error& error) { return error.condition.empty() || error.condition.starts_with("INTERNAL_ERROR"); }

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  constexpr size_t kLengthMax = 160;
  if (text.size() > kLengthMax) text.resize(kLengthMax);
  return text;
}

bool SameContexts(const std::vector<QueryContext>& a, const std::vector<QueryContext>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const QueryContext& x, const QueryContext& y) {
    return x.object_type == y.object_type && x.object_name == y.object_name && x.start_index == y.start_index &&
           x.stop_index == y.stop_index && x.fragment == y.fragment;
  });
}

Verdict CompareErrors(const ExpectedError& expected, const Error& actual) {
  if (IsNotImplemented(actual)) return {Mismatch::kNotImplemented, OneLine(actual.message)};
  if (expected.condition.empty()) {
    return IsLeak(actual) ? Verdict{Mismatch::kEngineLeak, OneLine(actual.message)} : Verdict{};
  }
  if (IsLeak(actual) && !expected.condition.starts_with("INTERNAL_ERROR")) return {Mismatch::kEngineLeak, OneLine(actual.message)};
  if (expected.condition != actual.condition) {
    return {Mismatch::kWrongCondition, fmt::format("{} instead of {}", actual.condition, expected.condition)};
  }
  if (expected.sql_state != actual.sql_state) {
    return {Mismatch::kWrongSqlState, fmt::format("{}: {} instead of {}", actual.condition, actual.sql_state, expected.sql_state)};
  }
  std::map<std::string, std::string> parameters;
  for (const auto& [key, value] : actual.parameters) parameters[key] = Masked(value, "");
  if (expected.parameters != parameters) return {Mismatch::kWrongParameters, actual.condition};
  Verdict verdict;
  verdict.context_differs = !SameContexts(expected.contexts, actual.contexts);
  return verdict;
}

Verdict UnexpectedError(const Error& error) {
  if (IsNotImplemented(error)) return {Mismatch::kNotImplemented, OneLine(error.message)};
  if (IsLeak(error)) return {Mismatch::kEngineLeak, OneLine(error.message)};
  if (error.condition == "UNRESOLVED_ROUTINE" || error.condition == "UNRESOLVABLE_TABLE_VALUED_FUNCTION") {
    const auto name = error.parameters.find(error.condition == "UNRESOLVED_ROUTINE" ? "routineName" : "name");
    return {Mismatch::kMissingFunction, name == error.parameters.end() ? "" : name->second};
  }
  if (error.condition.starts_with("PARSE_")) return {Mismatch::kParser, OneLine(error.message)};
  return {Mismatch::kShouldPass, error.condition};
}

}  // namespace

std::string_view MismatchName(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::kNone: return "passed";
    case Mismatch::kSkipped: return "skipped";
    case Mismatch::kSchema: return "schema";
    case Mismatch::kValue: return "value";
    case Mismatch::kWrongCondition: return "wrong-condition";
    case Mismatch::kWrongSqlState: return "wrong-sqlstate";
    case Mismatch::kWrongParameters: return "wrong-parameters";
    case Mismatch::kShouldFail: return "should-fail-but-passed";
    case Mismatch::kShouldPass: return "should-pass-but-failed";
    case Mismatch::kMissingFunction: return "missing-function";
    case Mismatch::kParser: return "parser-rejects";
    case Mismatch::kNotImplemented: return "not-implemented";
    case Mismatch::kEngineLeak: return "engine-leak";
    case Mismatch::kCrash: return "crash";
    case Mismatch::kTimeout: return "timeout";
  }
  return "";
}

std::string Masked(std::string text, std::string_view warehouse_folder) {
  static const std::regex id("#\\d+"), plan_id("plan_id=\\d+"), created_by("Created By.*"), created_time("Created Time.*"),
      last_access("Last Access.*"), owner("Owner\t.*"), partition_statistics("Partition Statistics\t\\d+"),
      codegen("\\*\\(\\d+\\) "), object_hash("@\\w*,");
  // ECMAScript's '.' stops at line ends, as Java's does.
  if (!warehouse_folder.empty()) {
    const std::string folder = std::regex_replace(std::string(warehouse_folder), std::regex(R"([.*+?^${}()|\[\]\\])"), R"(\$&)");
    text = std::regex_replace(text, std::regex("Location.*" + folder + "/"), "Location [not included in comparison]/{warehouse_dir}/");
    text = std::regex_replace(text, std::regex("file:[^\\s,]*" + folder), "file:[not included in comparison]/{warehouse_dir}");
  }
  const auto replace = [&text](const std::regex& pattern, const char* by, char needed) {
    if (text.find(needed) != std::string::npos) text = std::regex_replace(text, pattern, by);
  };
  replace(id, "#x", '#');
  replace(plan_id, "plan_id=x", '=');
  replace(created_by, "Created By [not included in comparison]", 'C');
  replace(created_time, "Created Time [not included in comparison]", 'C');
  replace(last_access, "Last Access [not included in comparison]", 'L');
  replace(owner, "Owner\t[not included in comparison]", 'O');
  replace(partition_statistics, "Partition Statistics\t[not included in comparison]", 'P');
  replace(codegen, "*", '*');
  replace(object_hash, "@xxxxxxxx,", '@');
  return text;
}

Verdict Compare(const GoldenStatement& expected, const Actual& actual) {
  if (actual.death) return {*actual.death == "timeout" ? Mismatch::kTimeout : Mismatch::kCrash, *actual.death};
  if (expected.error) {
    if (!actual.error) {
      return {Mismatch::kShouldFail, expected.error->condition.empty() ? expected.error->java_class : expected.error->condition};
    }
    return CompareErrors(*expected.error, *actual.error);
  }
  if (actual.error) return UnexpectedError(*actual.error);
  if (expected.schema != actual.schema) return {Mismatch::kSchema, OneLine(actual.schema + " instead of " + expected.schema)};
  std::vector<std::string> rows = actual.rows;
  // A row may hold line breaks: rows are sorted whole, then compared as text.
  if (!actual.is_sorted) std::sort(rows.begin(), rows.end());
  const std::string output = JoinedOutput(rows);
  if (output != expected.output) {
    const auto want = SplitLines(expected.output), have = SplitLines(output);
    size_t i = 0;
    while (i < want.size() && i < have.size() && want[i] == have[i]) ++i;
    return {Mismatch::kValue, OneLine(fmt::format("line {}: '{}' instead of '{}'", i + 1, i < have.size() ? have[i] : "(end)",
                                                  i < want.size() ? want[i] : "(end)"))};
  }
  return {};
}

}  // namespace crannog::conformance
