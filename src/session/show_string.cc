#include "session/show_string.h"

#include <fmt/format.h>

#include <algorithm>

namespace crannog::session {
namespace {

struct CodePoint {
  char32_t value;
  size_t bytes;
};

CodePoint CodePointAt(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) return {lead, 1};
  char32_t value = lead & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) value = value << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return {value, length};
}

bool IsFullWidth(char32_t c) {
  return (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6);
}

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  // Java counts UTF-16 units.
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = CodePointAt(text, i);
    count += point.value > 0xFFFF ? 2 : 1;
    i += point.bytes;
  }
  return count;
}

std::string Prefix(std::string_view text, size_t characters) {
  size_t i = 0;
  while (i < text.size() && characters > 0) {
    const CodePoint point = CodePointAt(text, i);
    const size_t units = point.value > 0xFFFF ? 2 : 1;
    if (units > characters) break;
    characters -= units;
    i += point.bytes;
  }
  return std::string(text.substr(0, i));
}

// Spark escapes meta characters of cells before it measures them: SchemaUtils.escapeMetaCharacters.
std::string Escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\f': out += "\\f"; break;
      case '\b': out += "\\b"; break;
      case '\a': out += "\\a"; break;
      case '\v': out += "\\v"; break;
      default: out += c;
    }
  }
  return out;
}

std::string Truncated(std::string text, int32_t limit) {
  const auto size = static_cast<size_t>(limit);
  if (limit <= 0 || CharacterCount(text) <= size) return text;
  // Fewer than four characters leave no room for an ellipsis.
  return limit < 4 ? Prefix(text, size) : Prefix(text, size - 3) + "...";
}

using Cells = std::vector<std::vector<std::string>>;

Cells CellsOf(const plan::Schema& schema, const Rows& rows, const TextFormat& format, const ShowOptions& options) {
  Cells cells;
  std::vector<std::string> header;
  for (const auto& field : schema) header.push_back(Truncated(Escaped(field.name), options.truncate));
  cells.push_back(std::move(header));
  const size_t shown = std::min(rows.size(), static_cast<size_t>(std::max(options.row_count, 0)));
  for (size_t r = 0; r < shown; ++r) {
    std::vector<std::string> line;
    for (size_t c = 0; c < schema.size(); ++c) {
      line.push_back(Truncated(Escaped(format.Pretty(rows[r][c], schema[c].type)), options.truncate));
    }
    cells.push_back(std::move(line));
  }
  return cells;
}

std::string Padded(const std::string& text, size_t width, bool right) {
  const std::string blanks(width - std::min(width, DisplayWidth(text)), ' ');
  return right ? blanks + text : text + blanks;
}

std::string Frame(const Cells& cells, bool right) {
  std::vector<size_t> widths(cells[0].size(), 3);
  for (const auto& line : cells) {
    for (size_t c = 0; c < line.size(); ++c) widths[c] = std::max(widths[c], DisplayWidth(line[c]));
  }
  std::string rule = "+";
  for (size_t width : widths) rule += std::string(width, '-') + "+";
  rule += "\n";
  if (widths.empty()) rule = "++\n";
  std::string out = rule;
  for (size_t r = 0; r < cells.size(); ++r) {
    out += "|";
    for (size_t c = 0; c < cells[r].size(); ++c) out += Padded(cells[r][c], widths[c], right) + "|";
    out += cells[r].empty() ? "|\n" : "\n";
    if (r == 0) out += rule;
  }
  return out + rule;
}

std::string Vertical(const Cells& cells) {
  size_t name_width = 3, value_width = 3;
  for (const std::string& name : cells[0]) name_width = std::max(name_width, DisplayWidth(name));
  for (size_t r = 1; r < cells.size(); ++r) {
    for (const std::string& cell : cells[r]) value_width = std::max(value_width, DisplayWidth(cell));
  }
  std::string out;
  for (size_t r = 1; r < cells.size(); ++r) {
    std::string title = fmt::format("-RECORD {}", r - 1);
    title.resize(std::max(title.size(), name_width + value_width + 5), '-');
    out += title + "\n";
    for (size_t c = 0; c < cells[r].size(); ++c) {
      out += " " + Padded(cells[0][c], name_width, /*right=*/false) + " | " + Padded(cells[r][c], value_width, /*right=*/false) + " \n";
    }
  }
  return out;
}

std::string HtmlEscaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

size_t DisplayWidth(std::string_view utf8) {
  size_t width = 0;
  for (size_t i = 0; i < utf8.size();) {
    const CodePoint point = CodePointAt(utf8, i);
    width += point.value > 0xFFFF || IsFullWidth(point.value) ? 2 : 1;
    i += point.bytes;
  }
  return width;
}

std::string ShowString(const plan::Schema& schema, const Rows& rows, const TextFormat& format, const ShowOptions& options) {
  const Cells cells = CellsOf(schema, rows, format, options);
  const bool has_more = rows.size() > static_cast<size_t>(std::max(options.row_count, 0));
  const char* plural = options.row_count == 1 ? "row" : "rows";
  if (!options.vertical) {
    return Frame(cells, options.truncate > 0) + (has_more ? fmt::format("only showing top {} {}\n", options.row_count, plural) : "");
  }
  if (cells.size() == 1) return "(0 rows)\n";
  return Vertical(cells) + (has_more ? fmt::format("only showing top {} {}\n", options.row_count, plural) : "");
}

std::string HtmlString(const plan::Schema& schema, const Rows& rows, const TextFormat& format, const ShowOptions& options) {
  const Cells cells = CellsOf(schema, rows, format, options);
  std::string out = "<table border='1'>\n";
  for (size_t r = 0; r < cells.size(); ++r) {
    const char* tag = r == 0 ? "th" : "td";
    std::vector<std::string> line;
    for (const std::string& cell : cells[r]) line.push_back(HtmlEscaped(cell));
    out += fmt::format("<tr><{0}>{1}</{0}></tr>\n", tag, fmt::join(line, fmt::format("</{0}><{0}>", tag)));
  }
  out += "</table>\n";
  if (rows.size() > static_cast<size_t>(std::max(options.row_count, 0))) {
    out += fmt::format("only showing top {} {}\n", options.row_count, options.row_count == 1 ? "row" : "rows");
  }
  return out;
}

}  // namespace crannog::session
