#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/json.h"
#include "sql/parser.h"
#include "sql/printer.h"

/// The parser over recorded results of Spark 4.1 and over Spark's own parser examples. Skipped where the corpora are not at hand.
namespace crannog::sql {
namespace {

namespace fs = std::filesystem;

// The folder of the corpora: CRANNOG_CORPORA, or shared/corpora in some folder above.
fs::path Corpora() {
  if (const char* set = std::getenv("CRANNOG_CORPORA")) return set;
  fs::path at = fs::current_path();
  for (int i = 0; i < 8; ++i) {
    if (fs::exists(at / "shared/corpora")) return at / "shared/corpora";
    at = at.parent_path();
  }
  return {};
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Block {
  std::string query, schema, output;
};

// Blocks "-- !query", "-- !query schema", "-- !query output".
std::vector<Block> ReadBlocks(const fs::path& path) {
  std::string text = ReadFile(path);
  std::vector<Block> out;
  const std::string mark = "-- !query\n";
  size_t at = text.find(mark);
  while (at != std::string::npos) {
    size_t next = text.find("\n" + mark, at);
    std::string body = text.substr(at + mark.size(), next == std::string::npos ? std::string::npos : next - at - mark.size());
    size_t schema = body.find("\n-- !query schema\n");
    size_t output = body.find("\n-- !query output\n");
    if (schema != std::string::npos && output != std::string::npos) {
      Block block;
      block.query = body.substr(0, schema);
      block.schema = body.substr(schema + 18, output > schema + 18 ? output - schema - 18 : 0);
      block.output = body.substr(output + 18);
      out.push_back(std::move(block));
    }
    at = next == std::string::npos ? next : next + 1;
  }
  return out;
}

using Settings = std::map<std::string, std::string>;

ParserOptions OptionsOf(const Settings& settings) {
  auto is = [&](const char* key, bool otherwise) {
    auto found = settings.find(key);
    return found == settings.end() ? otherwise : found->second == "true";
  };
  ParserOptions options;
  options.ansi = is("spark.sql.ansi.enabled", true);
  options.enforce_reserved_keywords = options.ansi && is("spark.sql.ansi.enforceReservedKeywords", false);
  options.double_quoted_identifiers = options.ansi && is("spark.sql.ansi.doubleQuotedIdentifiers", false);
  options.legacy_identifier_clause = is("spark.sql.legacy.identifierClause", false);
  options.parse_query_without_eof = is("spark.sql.legacy.parseQueryWithoutEof", false);
  auto type = settings.find("spark.sql.timestampType");
  options.timestamp_ntz_by_default = type != settings.end() && type->second == "TIMESTAMP_NTZ";
  return options;
}

// The settings of a file: for all, for its folder, for itself.
Settings SettingsOf(const fs::path& root, const std::string& file) {
  Settings out;
  std::map<size_t, std::vector<std::pair<std::string, std::string>>> by_length;
  std::istringstream lines(ReadFile(root / "SETTINGS.tsv"));
  std::string line;
  while (std::getline(lines, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::string scope, key, value;
    std::getline(fields, scope, '\t');
    std::getline(fields, key, '\t');
    std::getline(fields, value, '\t');
    if (scope.empty() || file == scope || (file.starts_with(scope) && (scope.back() == '/' || file[scope.size()] == '/'))) by_length[scope.size()].emplace_back(key, value);
  }
  for (auto& [length, entries] : by_length) {
    for (auto& [key, value] : entries) out[key] = value;
  }
  return out;
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text.size() > 220 ? text.substr(0, 220) + "…" : text;
}

std::string Describe(const Error& error) {
  JsonValue::Object parameters;
  for (const auto& [key, value] : error.parameters) parameters.emplace_back(key, value);
  std::string out = error.condition + " " + WriteJson(JsonValue(parameters));
  for (const QueryContext& context : error.contexts) {
    out += " [" + std::to_string(context.start_index + 1) + "," + std::to_string(context.stop_index + 1) + "]";
  }
  return out.empty() ? error.message : out;
}

std::string DescribeGolden(const JsonValue& golden) {
  std::string out = golden.StringOr("errorClass", "");
  JsonValue::Object parameters;
  std::map<std::string, std::string> sorted;
  if (const JsonValue* map = golden.Find("messageParameters")) {
    for (const auto& [key, value] : map->AsObject()) sorted[key] = value.AsString();
  }
  for (const auto& [key, value] : sorted) parameters.emplace_back(key, value);
  out += " " + WriteJson(JsonValue(parameters));
  if (const JsonValue* contexts = golden.Find("queryContext")) {
    for (const JsonValue& context : contexts->AsArray()) {
      out += " [" + std::to_string(context.IntOr("startIndex", 0)) + "," + std::to_string(context.IntOr("stopIndex", 0)) + "]";
    }
  }
  return out;
}

TEST(Corpus, RecordedStatements) {
  fs::path root = Corpora() / "spark-sql";
  if (Corpora().empty() || !fs::exists(root)) GTEST_SKIP() << "no corpora";
  size_t accepted = 0, should_accept = 0, refused = 0, should_refuse = 0, bytes = 0, printed = 0, queries = 0, unprintable = 0;
  std::string report;
  double seconds = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.path().string().ends_with(".sql.out")) continue;
    std::string file = fs::relative(entry.path(), root).string();
    ParserOptions options = OptionsOf(SettingsOf(root, file));
    for (const Block& block : ReadBlocks(entry.path())) {
      bool parse_error = block.output.starts_with("org.apache.spark.sql.catalyst.parser.ParseException") ||
                         block.output.starts_with("org.apache.spark.sql.catalyst.ExtendedAnalysisException") * 0;
      std::string expected;
      if (parse_error) {
        auto golden = ParseJson(block.output.substr(block.output.find('{')));
        ASSERT_TRUE(golden) << file;
        const JsonValue* contexts = golden->Find("queryContext");
        bool inside = contexts != nullptr && !contexts->AsArray().empty() && contexts->AsArray()[0].StringOr("objectType", "") != "";
        if (inside) parse_error = false;
        else expected = DescribeGolden(*golden);
      }
      auto begin = std::chrono::steady_clock::now();
      auto statement = ParseStatement(block.query, options);
      seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      bytes += block.query.size();
      if (!parse_error) {
        ++should_accept;
        if (statement) {
          ++accepted;
          if (statement->query) {
            ++queries;
            auto text = PrintQuery(*statement->query);
            if (!text) {
              ++unprintable;
              continue;
            }
            auto again = ParseStatement(*text);
            if (again && again->query && PrintQuery(*again->query).value_or("") == *text) ++printed;
            else report += "PRINT " + file + ": " + OneLine(block.query) + "\n   -> " + OneLine(*text) + "\n   -> " +
                           (again ? OneLine(again->query ? PrintQuery(*again->query).value_or("?") : "a command") : Describe(again.error())) + "\n";
          }
        } else {
          report += "REFUSED " + file + ": " + OneLine(block.query) + "\n   -> " + Describe(statement.error()) + "\n";
        }
      } else {
        ++should_refuse;
        std::string got = statement ? "accepted" : Describe(statement.error());
        if (got == expected) ++refused;
        else report += "ERROR " + file + ": " + OneLine(block.query) + "\n   -> " + got + "\n   is " + expected + "\n";
      }
    }
  }
  if (const char* path = std::getenv("CRANNOG_CORPUS_REPORT")) std::ofstream(path) << report;
  std::printf("accepted %zu of %zu, refused alike %zu of %zu; %zu of %zu queries printed and read back alike (%zu not SQL's); %.1f MB/s\n",
              accepted, should_accept, refused, should_refuse, printed, queries, unprintable, static_cast<double>(bytes) / seconds / 1e6);
  EXPECT_GE(static_cast<double>(accepted), 0.999 * static_cast<double>(should_accept));
  EXPECT_GE(static_cast<double>(refused), 0.97 * static_cast<double>(should_refuse));
  EXPECT_GE(static_cast<double>(printed + unprintable), 0.99 * static_cast<double>(queries));
}

TEST(Corpus, ParserExamples) {
  fs::path root = Corpora() / "spark-examples";
  if (Corpora().empty() || !fs::exists(root)) GTEST_SKIP() << "no corpora";
  size_t right = 0, all = 0;
  std::string report;
  for (const char* kind : {"expression", "plan"}) {
    for (const auto& entry : fs::directory_iterator(root / kind)) {
      auto tests = ParseJson(ReadFile(entry.path()));
      ASSERT_TRUE(tests);
      for (const JsonValue& test : tests->Find("tests")->AsArray()) {
        std::string input = test.StringOr("input", "");
        bool must_fail = test.Find("exception") != nullptr;
        ++all;
        std::string got;
        bool failed;
        if (std::string_view(kind) == "expression") {
          auto parsed = ParseExpression(input);
          // The suite that these come from also has a run with spark.sql.legacy.interval.enabled.
          ParserOptions legacy;
          legacy.interval_legacy = true;
          if (!parsed && !must_fail && parsed.error().condition == "_LEGACY_ERROR_TEMP_0029") parsed = ParseExpression(input, legacy);
          failed = !parsed;
          if (failed) got = Describe(parsed.error());
        } else {
          auto parsed = ParseStatement(input);
          failed = !parsed;
          if (failed) got = Describe(parsed.error());
        }
        if (failed == must_fail) ++right;
        else report += entry.path().filename().string() + (must_fail ? " ACCEPTED " : " REFUSED ") + OneLine(input) + " -> " + got + "\n    " + OneLine(test.StringOr("exception", "")) + "\n";
      }
    }
  }
  if (const char* path = std::getenv("CRANNOG_CORPUS_REPORT")) std::ofstream(std::string(path) + ".examples") << report;
  std::printf("accept or reject as Spark: %zu of %zu\n", right, all);
  EXPECT_EQ(right, all) << report;
}

}  // namespace
}  // namespace crannog::sql
