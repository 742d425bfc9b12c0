#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "conformance/commands.h"
#include "conformance/sql_test_file.h"
#include "engine/engine.h"
#include "session/result_rows.h"
#include "session/session.h"
#include "session/value_text.h"

namespace crannog::conformance {

Result<std::vector<SqlTestRecord>> ParseSqlTest(std::string_view text) {
  std::vector<SqlTestRecord> records;
  std::vector<std::string> lines;
  std::stringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  for (size_t i = 0; i < lines.size();) {
    if (lines[i].empty() || lines[i][0] == '#') {
      ++i;
      continue;
    }
    SqlTestRecord record;
    record.line = static_cast<int>(i + 1);
    if (lines[i] == "statement ok") record.kind = SqlTestRecord::Kind::kOk;
    else if (lines[i].starts_with("statement error ")) {
      record.kind = SqlTestRecord::Kind::kError;
      record.condition = lines[i].substr(16);
    } else if (lines[i] == "query" || lines[i] == "query sort") {
      record.kind = SqlTestRecord::Kind::kQuery;
      record.sorts = lines[i].ends_with("sort");
    } else {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("line {}: no record starts with '{}'", i + 1, lines[i]));
    }
    for (++i; i < lines.size() && !lines[i].empty() && lines[i] != "----"; ++i) record.sql += lines[i] + "\n";
    if (i < lines.size() && lines[i] == "----") {
      for (++i; i < lines.size() && !lines[i].empty(); ++i) {
        std::string row = lines[i];
        for (size_t at; (at = row.find(" | ")) != std::string::npos;) row.replace(at, 3, "\t");
        record.rows.push_back(std::move(row));
      }
    }
    records.push_back(std::move(record));
  }
  return records;
}

namespace {

namespace fs = std::filesystem;

Result<std::vector<std::string>> RowsOf(session::Session& session, const std::string& sql) {
  TRY(session::StatementResult result, session.ExecuteSql(sql, {}));
  const plan::Schema schema = result.rows->schema();
  TRY(const session::Rows rows, session::ReadAllRows(*result.rows));
  TRY(const session::TextFormat format, session::TextFormat::Make("UTC"));
  std::vector<std::string> lines;
  for (const session::Row& row : rows) {
    std::vector<std::string> cells;
    for (size_t i = 0; i < row.size(); ++i) cells.push_back(format.Hive(row[i], schema[i].type));
    lines.push_back(fmt::format("{}", fmt::join(cells, "\t")));
  }
  return lines;
}

// "" when the record holds, else what differs.
std::string Check(session::Session& session, const SqlTestRecord& record) {
  auto rows = RowsOf(session, record.sql);
  switch (record.kind) {
    case SqlTestRecord::Kind::kOk:
      return rows ? "" : rows.error().ToString();
    case SqlTestRecord::Kind::kError:
      if (rows) return "passed, expected " + record.condition;
      return rows.error().condition == record.condition || rows.error().message.find(record.condition) != std::string::npos ? "" : rows.error().ToString();
    case SqlTestRecord::Kind::kQuery:
      break;
  }
  if (!rows) return rows.error().ToString();
  std::vector<std::string> expected = record.rows;
  if (record.sorts) {
    std::sort(rows->begin(), rows->end());
    std::sort(expected.begin(), expected.end());
  }
  if (*rows == expected) return "";
  return fmt::format("expected:\n{}\nactual:\n{}", fmt::join(expected, "\n"), fmt::join(*rows, "\n"));
}

struct Counts {
  int passed = 0, failed = 0;
};

Result<> RunFile(const fs::path& file, Counts& counts) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  TRY(const std::vector<SqlTestRecord> records, ParseSqlTest(text.str()));
  std::string folder = (fs::temp_directory_path() / "crannog-sqltest-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return Failure(ErrorCode::kInternal, "no temporary folder");
  {
    TRY(const std::unique_ptr<engine::Engine> engine, engine::MakeDuckDbEngine({.memory_bytes_max = int64_t{2} << 30, .thread_count = 2}));
    session::SessionOptions options;
    options.settings = {{"spark.sql.sources.default", "delta"}, {"spark.sql.warehouse.dir", folder}, {"spark.sql.session.timeZone", "UTC"}};
    const auto session = session::MakeSession(*engine, session::MakeLocalCatalog(folder), options);
    for (SqlTestRecord record : records) {
      for (size_t at; (at = record.sql.find("{dir}")) != std::string::npos;) record.sql.replace(at, 5, folder);
      const std::string problem = Check(*session, record);
      if (problem.empty()) {
        ++counts.passed;
        continue;
      }
      ++counts.failed;
      fmt::print("{}:{}: {}{}\n\n", file.string(), record.line, record.sql, problem);
    }
  }
  fs::remove_all(folder);
  return {};
}

}  // namespace

int RunSqlTests(const std::vector<std::string>& arguments) {
  std::vector<fs::path> files;
  for (const std::string& word : arguments) {
    if (!fs::is_directory(word)) {
      files.emplace_back(word);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(word)) {
      if (entry.path().extension() == ".test") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    fmt::print(stderr, "crannog-conformance sql-tests DIR_OR_FILE...\n");
    return 2;
  }
  Counts counts;
  for (const fs::path& file : files) {
    if (const auto status = RunFile(file, counts); !status) {
      fmt::print(stderr, "{}: {}\n", file.string(), status.error().ToString());
      ++counts.failed;
    }
  }
  fmt::print("{} passed, {} failed\n", counts.passed, counts.failed);
  return counts.failed == 0 ? 0 : 1;
}

}  // namespace crannog::conformance
