#include "cli/sql_shell.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/json.h"
#include "cli/command.h"
#include "engine/engine.h"
#include "session/result_rows.h"
#include "session/session.h"
#include "session/show_string.h"

/// crannog sql: statements from the command line, a file or a person, in this process.
namespace crannog::cli {
namespace {

enum class OutputFormat { kTable, kCsv, kJson };

struct Options {
  std::vector<std::string> commands;
  std::vector<std::string> files;
  OutputFormat format = OutputFormat::kTable;
  std::string warehouse;
  std::vector<std::pair<std::string, std::string>> settings;
  bool help = false;
};

constexpr const char* kHelp =
    "usage: crannog sql [-c SQL]... [-f FILE]... [--format table|csv|json] [--warehouse DIR] [--set KEY=VALUE]...\n"
    "  Runs Databricks SQL in this process; tables are Delta folders below the warehouse folder (./spark-warehouse).\n"
    "  Without -c and -f it reads statements from the terminal; each ends with ';'. \\q leaves, \\timing switches timing, history is in ~/.crannog_history.\n";

Result<Options> Parse(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--help" || word == "-h") {
      options.help = true;
      continue;
    }
    if (i + 1 >= arguments.size()) return Failure(ErrorCode::kInvalidParameterValue, "no value after " + word, "crannog sql --help");
    const std::string& value = arguments[++i];
    if (word == "-c") options.commands.push_back(value);
    else if (word == "-f") options.files.push_back(value);
    else if (word == "--warehouse") options.warehouse = value;
    else if (word == "--set" && value.find('=') != std::string::npos) options.settings.emplace_back(value.substr(0, value.find('=')), value.substr(value.find('=') + 1));
    else if (word == "--format" && value == "table") options.format = OutputFormat::kTable;
    else if (word == "--format" && value == "csv") options.format = OutputFormat::kCsv;
    else if (word == "--format" && value == "json") options.format = OutputFormat::kJson;
    else return Failure(ErrorCode::kInvalidParameterValue, "unknown option " + word + " " + value, "crannog sql --help");
  }
  if (options.warehouse.empty()) options.warehouse = "spark-warehouse";
  options.warehouse = std::filesystem::absolute(options.warehouse).lexically_normal().string();
  return options;
}

std::string CsvCell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

JsonValue JsonCell(const plan::Literal& value, const session::TextFormat& format) {
  if (value.IsNull()) return {};
  if (const auto* flag = std::get_if<bool>(&value.value)) return *flag;
  if (value.type.IsIntegral()) return std::get<int64_t>(value.value);
  if (value.type.Is(plan::TypeKind::kDouble) || value.type.Is(plan::TypeKind::kFloat)) return std::get<double>(value.value);
  return format.Pretty(value, value.type);
}

void Print(const plan::Schema& schema, const session::Rows& rows, const session::TextFormat& format, OutputFormat output) {
  if (schema.empty()) return;
  switch (output) {
    case OutputFormat::kTable:
      fmt::print("{}", session::ShowString(schema, rows, format, {.row_count = INT32_MAX, .truncate = 0}));
      return;
    case OutputFormat::kCsv: {
      std::vector<std::string> names;
      for (const auto& field : schema) names.push_back(CsvCell(field.name));
      fmt::print("{}\n", fmt::join(names, ","));
      for (const auto& row : rows) {
        std::vector<std::string> cells;
        for (size_t i = 0; i < row.size(); ++i) cells.push_back(row[i].IsNull() ? "" : CsvCell(format.Plain(row[i], schema[i].type)));
        fmt::print("{}\n", fmt::join(cells, ","));
      }
      return;
    }
    case OutputFormat::kJson:
      for (const auto& row : rows) {
        JsonValue object{JsonValue::Object{}};
        for (size_t i = 0; i < row.size(); ++i) object.Set(schema[i].name, JsonCell(row[i], format));
        fmt::print("{}\n", WriteJson(object));
      }
      return;
  }
}

class Shell {
 public:
  Shell(session::Session& session, OutputFormat format) : session_(session), format_(format) {}

  /// Runs one statement; false when it failed.
  bool Run(const std::string& sql) {
    const auto start = std::chrono::steady_clock::now();
    const Result<> done = Execute(sql);
    if (!done) {
      std::fflush(stdout);
      fmt::print(stderr, "{}\n", done.error().ToString());
      return false;
    }
    if (timing_) fmt::print("({:.3f} s)\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::fflush(stdout);
    return true;
  }

  bool RunAll(std::string_view text) {
    for (const std::string& statement : SplitSql(text).statements) {
      if (!Run(statement)) return false;
    }
    return true;
  }

  int Interact() {
    const bool is_terminal = isatty(STDIN_FILENO) != 0;
    const char* home = std::getenv("HOME");
    std::ofstream history;
    if (is_terminal && home != nullptr) history.open(std::string(home) + "/.crannog_history", std::ios::app);
    timing_ = is_terminal;
    std::string pending;
    bool all_well = true;
    while (true) {
      if (is_terminal) fmt::print("{}", pending.empty() ? "crannog> " : "      -> ");
      std::fflush(stdout);
      std::string line;
      if (!std::getline(std::cin, line)) break;
      if (pending.empty() && (line == "\\q" || line == "exit" || line == "quit")) return 0;
      if (pending.empty() && line == "\\timing") {
        timing_ = !timing_;
        continue;
      }
      pending += line + "\n";
      const SplitStatements split = SplitSql(pending);
      if (!split.is_complete) continue;
      if (history) history << pending << std::flush;
      pending.clear();
      for (const std::string& statement : split.statements) all_well = Run(statement) && all_well;
    }
    if (pending.find_first_not_of(" \t\r\n") != std::string::npos) all_well = RunAll(pending) && all_well;
    if (is_terminal) fmt::print("\n");
    return is_terminal || all_well ? 0 : 1;
  }

 private:
  Result<> Execute(const std::string& sql) {
    TRY(session::StatementResult result, session_.ExecuteSql(sql, {}));
    const plan::Schema schema = result.rows->schema();
    TRY(const session::Rows rows, session::ReadAllRows(*result.rows));
    TRY(const std::string zone, session_.GetSetting("spark.sql.session.timeZone"));
    TRY(const session::TextFormat format, session::TextFormat::Make(zone.empty() ? "UTC" : zone));
    Print(schema, rows, format, format_);
    return {};
  }

  session::Session& session_;
  OutputFormat format_;
  bool timing_ = false;
};

Result<int> RunShell(const Options& options) {
  std::filesystem::create_directories(options.warehouse);
  TRY(const std::unique_ptr<engine::Engine> engine, engine::MakeDuckDbEngine({}));
  session::SessionOptions session_options;
  session_options.settings["spark.sql.sources.default"] = "delta";
  session_options.settings["spark.sql.warehouse.dir"] = options.warehouse;
  for (const auto& [key, value] : options.settings) session_options.settings[key] = value;
  const auto session = session::MakeSession(*engine, session::MakeLocalCatalog(options.warehouse), session_options);
  Shell shell(*session, options.format);
  for (const std::string& command : options.commands) {
    if (!shell.RunAll(command)) return 1;
  }
  for (const std::string& file : options.files) {
    std::ifstream in(file);
    if (!in) return Failure(ErrorCode::kNotFound, "cannot read " + file);
    std::stringstream text;
    text << in.rdbuf();
    if (!shell.RunAll(text.str())) return 1;
  }
  if (options.commands.empty() && options.files.empty()) return shell.Interact();
  return 0;
}

bool IsWordAt(std::string_view text, size_t at, std::string_view word) {
  if (at + word.size() > text.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text[at + i])) != word[i]) return false;
  }
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return (at == 0 || !is_word(text[at - 1])) && (at + word.size() == text.size() || !is_word(text[at + word.size()]));
}

}  // namespace

SplitStatements SplitSql(std::string_view text) {
  SplitStatements out;
  std::string current;
  bool has_code = false;
  int depth = 0;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t begin = i;
    if (text.substr(i, 2) == "--") {
      i = std::min(text.find('\n', i), text.size());
    } else if (text.substr(i, 2) == "/*") {
      const size_t end = text.find("*/", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
    } else if (text.substr(i, 2) == "$$") {
      const size_t end = text.find("$$", i + 2);
      i = end == std::string_view::npos ? text.size() : end + 2;
      has_code = true;
    } else if (c == '\'' || c == '"' || c == '`') {
      ++i;
      while (i < text.size() && text[i] != c) i += text[i] == '\\' && c != '`' ? 2 : 1;
      i = std::min(i + 1, text.size());
      has_code = true;
    } else if (c == ';' && depth == 0) {
      if (has_code) out.statements.push_back(current);
      current.clear();
      has_code = false;
      out.is_complete = true;
      ++i;
      continue;
    } else {
      // A script's semicolons belong to it: BEGIN opens only at the start of a statement or inside a script.
      if (IsWordAt(text, i, "BEGIN") && (!has_code || depth > 0)) ++depth;
      else if (depth > 0 && (IsWordAt(text, i, "CASE") || IsWordAt(text, i, "IF") || IsWordAt(text, i, "LOOP") || IsWordAt(text, i, "WHILE") || IsWordAt(text, i, "FOR") || IsWordAt(text, i, "REPEAT"))) {
        // END IF, END CASE … close what END already closed.
        size_t back = current.find_last_not_of(" \t\r\n");
        const bool after_end = back != std::string::npos && back >= 2 && IsWordAt(current, back - 2, "END");
        const bool is_exists = IsWordAt(text, i, "IF") && (IsWordAt(text, i + 3, "EXISTS") || IsWordAt(text, i + 3, "NOT"));
        if (!after_end && !is_exists && (IsWordAt(text, i, "CASE") || IsWordAt(text, i, "IF"))) ++depth;
        else if (!after_end && IsWordAt(text, i, "LOOP")) ++depth;
      } else if (depth > 0 && IsWordAt(text, i, "END")) --depth;
      if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        has_code = true;
        out.is_complete = false;
      }
      ++i;
      while (i < text.size() && std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0 && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 || text[i] == '_')) ++i;
    }
    current.append(text.substr(begin, i - begin));
  }
  if (has_code) out.statements.push_back(current);
  return out;
}

int RunSql(const std::vector<std::string>& arguments) {
  const auto options = Parse(arguments);
  if (!options) {
    fmt::print(stderr, "{}\n", options.error().ToString());
    return 2;
  }
  if (options->help) {
    fmt::print("{}", kHelp);
    return 0;
  }
  const auto status = RunShell(*options);
  if (!status) fmt::print(stderr, "{}\n", status.error().ToString());
  return status ? *status : 1;
}

}  // namespace crannog::cli
