#include "conformance/fixtures.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>

namespace crannog::conformance {
namespace {

std::string Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '`')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '`')) text.remove_suffix(1);
  return std::string(text);
}

// Splits at `separator` outside of brackets of any kind and quotes.
std::vector<std::string> SplitTop(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (char c : text) {
    if (c == '\'') quoted = !quoted;
    if (!quoted && (c == '<' || c == '(' || c == '[' || c == '{')) ++depth;
    if (!quoted && (c == '>' || c == ')' || c == ']' || c == '}')) --depth;
    if (c == separator && depth == 0 && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  for (std::string& part : parts) part = Trim(part);
  return parts;
}

std::string Upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

// "key INT, value STRING" or "a, b, c INT; d, e STRING": a name without a type takes the next type in its group.
std::vector<std::pair<std::string, std::string>> ParseColumns(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const std::string& group : SplitTop(text, ';')) {
    const size_t first = columns.size();
    for (const std::string& item : SplitTop(group, ',')) {
      const size_t blank = item.find(' ');
      if (blank == std::string::npos) {
        columns.emplace_back(item, "");
        continue;
      }
      columns.emplace_back(item.substr(0, blank), Trim(item.substr(blank)));
      for (size_t i = first; i < columns.size(); ++i) {
        if (columns[i].second.empty()) columns[i].second = columns.back().second;
      }
    }
  }
  return columns;
}

Result<std::string> SqlValue(std::string_view text, const std::string& type);

Result<std::string> SqlArray(std::string_view text, const std::string& type) {
  if (!text.starts_with('[') || !text.ends_with(']')) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("no array: {}", text));
  const std::string element = type.substr(6, type.size() - 7);
  std::vector<std::string> values;
  for (const std::string& item : SplitTop(text.substr(1, text.size() - 2), ',')) {
    TRY(std::string value, SqlValue(item, element));
    values.push_back(std::move(value));
  }
  return fmt::format("array({})", fmt::join(values, ", "));
}

Result<std::string> SqlMap(std::string_view text, const std::string& type) {
  if (!text.starts_with('{') || !text.ends_with('}')) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("no map: {}", text));
  const auto types = SplitTop(std::string_view(type).substr(4, type.size() - 5), ',');
  std::vector<std::string> values;
  for (const std::string& item : SplitTop(text.substr(1, text.size() - 2), ',')) {
    const auto pair = SplitTop(item, ':');
    if (pair.size() != 2) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("no map entry: {}", item));
    TRY(std::string key, SqlValue(pair[0], types[0]));
    TRY(std::string value, SqlValue(pair[1], types[1]));
    values.push_back(std::move(key));
    values.push_back(std::move(value));
  }
  return fmt::format("map({})", fmt::join(values, ", "));
}

Result<std::string> SqlValue(std::string_view text, const std::string& type) {
  const std::string kind = Upper(type);
  if (kind.starts_with("ARRAY<")) return SqlArray(text, type);
  if (kind.starts_with("MAP<")) return SqlMap(text, type);
  if (kind == "STRING") {
    if (text.starts_with('\'') && text.ends_with('\'') && text.size() >= 2) text = text.substr(1, text.size() - 2);
    std::string quoted;
    for (char c : text) quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return "'" + quoted + "'";
  }
  if (kind == "FLOAT" || kind == "DOUBLE") return fmt::format("CAST({} AS {})", text, kind);
  return std::string(text);
}

Result<std::string> SqlRow(const std::vector<std::string>& values, const Fixture& fixture) {
  if (values.size() != fixture.columns.size()) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{}: {} values for {} columns", fixture.name, values.size(), fixture.columns.size()));
  }
  std::vector<std::string> cells;
  for (size_t i = 0; i < values.size(); ++i) {
    TRY(std::string cell, SqlValue(values[i], fixture.columns[i].second));
    cells.push_back(std::move(cell));
  }
  return fmt::format("({})", fmt::join(cells, ", "));
}

// A row in parentheses, or the bare value of a table with one column.
std::vector<std::string> RowValues(const std::string& text) {
  if (text.starts_with('(') && text.ends_with(')')) return SplitTop(std::string_view(text).substr(1, text.size() - 2), ',');
  return {text};
}

// "(1,'1') … (100,'100')": counts every number from the first row to the last.
Result<std::vector<std::string>> CountedRows(const std::string& from, const std::string& to, const Fixture& fixture) {
  const auto number = [](std::string text) {
    text.erase(std::remove(text.begin(), text.end(), '\''), text.end());
    return std::stol(text);
  };
  const auto first = RowValues(from), last = RowValues(to);
  std::vector<std::string> rows;
  for (long i = number(first[0]); i <= number(last[0]); ++i) {
    TRY(std::string row, SqlRow(std::vector<std::string>(fixture.columns.size(), std::to_string(i)), fixture));
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<> ParseRows(const std::string& text, Fixture& fixture) {
  if (text.find("not in this folder") != std::string::npos) {
    fixture.is_missing = true;
    return {};
  }
  if (const size_t begin = text.find('`'); begin != std::string::npos && text.find(".tsv", begin) != std::string::npos) {
    fixture.file = text.substr(begin + 1, text.find('`', begin + 1) - begin - 1);
    return {};
  }
  if (const size_t dots = text.find("…"); dots != std::string::npos) {
    TRY(fixture.rows, CountedRows(Trim(text.substr(0, dots)), Trim(text.substr(dots + std::string_view("…").size())), fixture));
    return {};
  }
  for (const std::string& item : SplitTop(text, ',')) {
    TRY(std::string row, SqlRow(RowValues(item), fixture));
    fixture.rows.push_back(std::move(row));
  }
  return {};
}

}  // namespace

Result<std::vector<Fixture>> ParseFixtures(std::string_view markdown) {
  std::vector<Fixture> fixtures;
  size_t begin = 0;
  while (begin < markdown.size()) {
    const size_t end = std::min(markdown.find('\n', begin), markdown.size());
    const std::string_view line = markdown.substr(begin, end - begin);
    begin = end + 1;
    if (!line.starts_with("| `")) continue;
    // A cell may hold a '|' only inside brackets or quotes, which SplitTop leaves alone.
    const auto cells = SplitTop(line.substr(1, line.rfind('|') - 1), '|');
    if (cells.size() != 3) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("FIXTURES.md: no three cells in '{}'", line));
    Fixture fixture;
    fixture.name = cells[0];
    if (cells[1].starts_with("as ")) {
      const std::string like = Trim(cells[1].substr(3));
      for (const Fixture& other : fixtures) {
        if (other.name == like) fixture.columns = other.columns;
      }
    } else {
      fixture.columns = ParseColumns(cells[1]);
    }
    // Backticks were trimmed from the cell's ends; a file name stands first in its cell.
    const size_t raw = line.find(cells[2]);
    const std::string rows = raw > 0 && raw != std::string_view::npos && line[raw - 1] == '`' ? "`" + cells[2] : cells[2];
    TRY(ParseRows(rows, fixture));
    fixtures.push_back(std::move(fixture));
  }
  return fixtures;
}

Result<std::vector<std::string>> ReadFixtureFile(const std::string& path, const Fixture& fixture) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return Failure(ErrorCode::kNotFound, "cannot open " + path);
  std::string text;
  char buffer[1 << 16];
  for (int count; (count = gzread(file, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(count));
  gzclose(file);
  std::vector<std::string> rows;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::vector<std::string> values(1);
    for (char c : std::string_view(text).substr(begin, end - begin)) {
      if (c == '\t') values.emplace_back();
      else values.back() += c;
    }
    begin = end + 1;
    TRY(std::string row, SqlRow(values, fixture));
    rows.push_back(std::move(row));
  }
  return rows;
}

bool Mentions(std::string_view sql, std::string_view table_name) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  for (size_t i = 0; i + table_name.size() <= sql.size(); ++i) {
    size_t k = 0;
    while (k < table_name.size() && lower(sql[i + k]) == lower(table_name[k])) ++k;
    if (k < table_name.size()) continue;
    if (i > 0 && is_word(sql[i - 1])) continue;
    if (i + k < sql.size() && is_word(sql[i + k])) continue;
    return true;
  }
  return false;
}

}  // namespace crannog::conformance
