#include "conformance/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/json.h"

namespace crannog::conformance {
namespace {

bool IsFailure(const Verdict& verdict) { return verdict.mismatch != Mismatch::kNone && verdict.mismatch != Mismatch::kSkipped; }

std::string FirstLine(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  constexpr size_t kLengthMax = 120;
  if (line.size() > kLengthMax) line.resize(kLengthMax);
  return line;
}

template <typename Key>
std::vector<std::pair<Key, int>> MostFrequent(const std::map<Key, int>& counts) {
  std::vector<std::pair<Key, int>> sorted(counts.begin(), counts.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

}  // namespace

void Report::Add(const std::string& file, int32_t line, const std::string& sql, const Verdict& verdict, const std::string& expected,
                 const std::string& actual) {
  entries_.push_back({file, line, sql, verdict, expected, actual});
}

int Report::Finish() const {
  struct Count {
    int passed = 0, failed = 0, skipped = 0;
  };
  std::map<std::string, Count> files;
  std::map<std::string, int> reasons, details;
  std::map<std::string, int> shown;
  int passed = 0, failed = 0, skipped = 0, contexts = 0;
  JsonValue::Array json;
  for (const Entry& entry : entries_) {
    Count& count = files[entry.file];
    const bool is_failure = IsFailure(entry.verdict);
    const bool is_skipped = entry.verdict.mismatch == Mismatch::kSkipped;
    (is_failure ? count.failed : is_skipped ? count.skipped : count.passed)++;
    (is_failure ? failed : is_skipped ? skipped : passed)++;
    contexts += entry.verdict.context_differs;
    const std::string reason(MismatchName(entry.verdict.mismatch));
    if (is_failure) {
      reasons[reason]++;
      if (entry.verdict.mismatch != Mismatch::kSchema && entry.verdict.mismatch != Mismatch::kValue) {
        details[reason + ": " + entry.verdict.detail]++;
      }
      if (options_.list_failures) fmt::print("{}:{}: {}: {}\n    {}\n", entry.file, entry.line, reason, entry.verdict.detail, FirstLine(entry.sql));
      if (shown[reason] < options_.show) {
        ++shown[reason];
        fmt::print("-- {}:{} {}\n{}\nexpected:\n{}\nactual:\n{}\n\n", entry.file, entry.line, reason, entry.sql, entry.expected, entry.actual);
      }
    }
    if (!options_.json_path.empty()) {
      JsonValue item;
      item.Set("file", entry.file);
      item.Set("line", int64_t{entry.line});
      item.Set("sql", entry.sql);
      item.Set("result", reason);
      item.Set("detail", entry.verdict.detail);
      if (is_failure) {
        item.Set("expected", entry.expected);
        item.Set("actual", entry.actual);
      }
      json.push_back(std::move(item));
    }
  }
  if (!options_.json_path.empty()) std::ofstream(options_.json_path) << WriteJson(JsonValue(std::move(json))) << "\n";
  fmt::print("{:<70} {:>7} {:>7} {:>7}\n", "file", "passed", "failed", "skipped");
  for (const auto& [file, count] : files) fmt::print("{:<70} {:>7} {:>7} {:>7}\n", file, count.passed, count.failed, count.skipped);
  fmt::print("\nreasons\n");
  for (const auto& [reason, count] : MostFrequent(reasons)) fmt::print("{:>7}  {}\n", count, reason);
  fmt::print("\nmost frequent\n");
  int printed = 0;
  constexpr int kDetailsMax = 60;
  for (const auto& [detail, count] : MostFrequent(details)) {
    if (++printed > kDetailsMax) break;
    fmt::print("{:>7}  {}\n", count, detail);
  }
  if (contexts > 0) fmt::print("\nquery context differs in {} failures that pass\n", contexts);
  const double share = passed + failed == 0 ? 0 : 100.0 * passed / (passed + failed);
  fmt::print("\n{:.1f} % passed", share);
  if (skipped > 0) fmt::print(", {} skipped", skipped);
  fmt::print("\n{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

std::string Describe(const GoldenStatement& expected) { return expected.schema + "\n" + expected.output; }

std::string Describe(const Actual& actual) {
  if (actual.death) return *actual.death;
  if (!actual.error) return fmt::format("{}\n{}", actual.schema, fmt::join(actual.rows, "\n"));
  std::string text = fmt::format("[{}] {}\nsqlState {}\n", actual.error->condition, actual.error->message, actual.error->sql_state);
  for (const auto& [key, value] : actual.error->parameters) text += fmt::format("  {} = {}\n", key, value);
  for (const QueryContext& context : actual.error->contexts) {
    text += fmt::format("  context {} {} {}..{} {}\n", context.object_type, context.object_name, context.start_index + 1, context.stop_index + 1,
                        context.fragment);
  }
  return text;
}

}  // namespace crannog::conformance
