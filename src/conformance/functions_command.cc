#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "conformance/commands.h"
#include "conformance/report.h"
#include "conformance/worker.h"
#include "plan/data_type.h"

namespace crannog::conformance {
namespace {

namespace fs = std::filesystem;

// Functions whose value depends on the clock, the machine or chance: only the type can be compared.
constexpr std::string_view kVolatile[] = {
    "rand(",           "randn(",        "random(",          "uuid(",           "now(",          "current_timestamp", "current_date",
    "curdate(",        "current_time",  "localtimestamp",   "current_user",    "session_user",  "user(",             "current_catalog",
    "current_database", "current_schema", "spark_partition_id", "monotonically_increasing_id", "input_file", "shuffle(", "version(",
    "unix_timestamp()", "randstr(", "uniform(", "aes_encrypt(", "java_method(", "reflect(", "current_timezone", "sample(", "try_reflect("};

bool IsVolatile(std::string sql) {
  std::transform(sql.begin(), sql.end(), sql.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(std::begin(kVolatile), std::end(kVolatile), [&sql](std::string_view name) { return sql.find(name) != std::string::npos; });
}

struct Example {
  std::string sql;
  GoldenStatement expected;
  bool is_volatile = false;
};

Result<Example> ParseExample(const JsonValue& input) {
  Example example;
  example.sql = input.StringOr("query", "");
  while (!example.sql.empty() && (example.sql.back() == ';' || example.sql.back() == ' ')) example.sql.pop_back();
  example.expected.sql = example.sql;
  example.is_volatile = IsVolatile(example.sql);
  if (const JsonValue* schema = input.Find("schema"); schema != nullptr && !schema->IsNull()) {
    TRY(const plan::DataType type, plan::ParseTypeJson(WriteJson(*schema)));
    std::vector<std::string> fields;
    for (const plan::StructField& field : type.fields()) fields.push_back(field.name + ":" + field.type.CatalogString());
    example.expected.schema = fmt::format("struct<{}>", fmt::join(fields, ","));
  }
  if (const JsonValue* rows = input.Find("result"); rows != nullptr && rows->IsArray()) {
    for (const JsonValue& row : rows->AsArray()) example.expected.output += (row.IsString() ? row.AsString() : WriteJson(row)) + "\n";
  }
  auto& output = example.expected.output;
  while (!output.empty() && (output.back() == '\n' || output.back() == ' ' || output.back() == '\t')) output.pop_back();
  return example;
}

Verdict Judge(const Example& example, Actual& actual) {
  // Documented results are in the order that Spark gave them, which means nothing without ORDER BY.
  if (!actual.is_sorted) {
    GoldenStatement sorted = example.expected;
    if (std::count(sorted.output.begin(), sorted.output.end(), '\n') + 1 == static_cast<long>(actual.rows.size())) {
      std::vector<std::string> lines;
      std::stringstream text(sorted.output);
      for (std::string line; std::getline(text, line);) lines.push_back(line);
      std::sort(lines.begin(), lines.end());
      sorted.output = fmt::format("{}", fmt::join(lines, "\n"));
      while (!sorted.output.empty() && (sorted.output.back() == ' ' || sorted.output.back() == '\t')) sorted.output.pop_back();
    }
    const Verdict verdict = Compare(sorted, actual);
    return verdict.mismatch == Mismatch::kValue && example.is_volatile ? Verdict{} : verdict;
  }
  const Verdict verdict = Compare(example.expected, actual);
  return verdict.mismatch == Mismatch::kValue && example.is_volatile ? Verdict{} : verdict;
}

}  // namespace

int RunFunctions(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  ReportOptions options;
  std::string filter;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const auto value = [&]() -> std::string { return i + 1 < arguments.size() ? arguments[++i] : ""; };
    if (word == "--list-failures") options.list_failures = true;
    else if (word == "--show") options.show = std::atoi(value().c_str());
    else if (word == "--json") options.json_path = value();
    else if (word == "--file-filter") filter = value();
    else if (fs::is_directory(word)) {
      for (const auto& entry : fs::directory_iterator(word)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
      }
    } else if (fs::exists(word)) files.emplace_back(word);
  }
  std::erase_if(files, [&filter](const fs::path& file) { return file.string().find(filter) == std::string::npos; });
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    fmt::print(stderr, "crannog-conformance functions DIR_OR_FILE... [--list-failures] [--show N] [--file-filter TEXT] [--json FILE]\n");
    return 2;
  }
  Report report(options);
  for (const fs::path& file : files) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    const auto json = ParseJson(text.str());
    if (!json || json->Find("tests") == nullptr) {
      fmt::print(stderr, "{}: no JSON with tests\n", file.string());
      return 2;
    }
    std::vector<Example> examples;
    Job job;
    job.settings["spark.sql.session.timeZone"] = "America/Los_Angeles";
    for (const JsonValue& test : json->Find("tests")->AsArray()) {
      auto example = ParseExample(*test.Find("input"));
      if (!example) {
        fmt::print(stderr, "{}: {}\n", file.string(), example.error().ToString());
        return 2;
      }
      job.statements.push_back(example->sql);
      examples.push_back(std::move(*example));
    }
    std::vector<Actual> actuals = RunIsolated(job);
    for (size_t i = 0; i < examples.size(); ++i) {
      report.Add(file.filename().string(), static_cast<int32_t>(i + 1), examples[i].sql, Judge(examples[i], actuals[i]),
                 Describe(examples[i].expected), Describe(actuals[i]));
    }
  }
  return report.Finish();
}

}  // namespace crannog::conformance
