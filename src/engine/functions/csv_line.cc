#include "engine/functions/csv_line.h"

namespace crannog::engine::functions {
namespace {

std::string_view Trimmed(std::string_view text, bool leading, bool trailing) {
  while (leading && !text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (trailing && !text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::vector<CsvField> SplitCsvLine(std::string_view line, const CsvFormat& format) {
  std::vector<CsvField> fields;
  if (line.empty()) return fields;
  size_t at = 0;
  const auto at_delimiter = [&](size_t i) { return line.substr(i).starts_with(format.delimiter); };
  while (true) {
    CsvField field;
    size_t begin = at;
    if (format.trim_leading) {
      while (begin < line.size() && static_cast<unsigned char>(line[begin]) <= ' ' && !at_delimiter(begin)) ++begin;
    }
    bool is_quoted = false;
    if (format.quote != 0 && begin < line.size() && line[begin] == format.quote) {
      size_t i = begin + 1;
      std::string text;
      bool closed = false;
      for (; i < line.size(); ++i) {
        if (line[i] == format.escape && i + 1 < line.size() && (line[i + 1] == format.quote || (line[i + 1] == format.escape && format.escape != '\\'))) {
          if (format.escape == format.quote || line[i + 1] == format.quote) {
            text.push_back(line[++i]);
            continue;
          }
        }
        if (line[i] == format.quote) {
          size_t after = i + 1;
          while (after < line.size() && line[after] == ' ' && !at_delimiter(after)) ++after;
          if (after >= line.size() || at_delimiter(after)) {
            closed = true;
            i = after;
            break;
          }
        }
        text.push_back(line[i]);
      }
      if (closed) {
        field.text = std::move(text);
        is_quoted = true;
        at = i;
      }
    }
    if (!is_quoted) {
      size_t end = at;
      while (end < line.size() && !at_delimiter(end)) ++end;
      field.text = Trimmed(line.substr(at, end - at), format.trim_leading, format.trim_trailing);
      field.is_null = field.text.empty();
      at = end;
    }
    if (field.text == format.null_value && !is_quoted) field.is_null = true;
    fields.push_back(std::move(field));
    if (at >= line.size()) return fields;
    at += format.delimiter.size();
    if (at >= line.size()) {
      fields.push_back({"", true});
      return fields;
    }
  }
}

void AppendCsvField(std::string& out, std::string_view given, const CsvFormat& format) {
  const std::string_view text = Trimmed(given, format.trim_leading, format.trim_trailing);
  if (text.empty()) {
    out += format.empty_value;
    return;
  }
  const bool has_quote = format.quote != 0 && text.find(format.quote) != std::string_view::npos;
  const bool needs = format.quote != 0 && (format.quote_all || text.find(format.delimiter) != std::string_view::npos ||
                                           text.find('\n') != std::string_view::npos || text.find('\r') != std::string_view::npos ||
                                           (has_quote && (text.front() == format.quote || format.escape_quotes)));
  if (!needs) {
    out += text;
    return;
  }
  out.push_back(format.quote);
  for (char c : text) {
    if (c == format.quote) out.push_back(format.escape);
    out.push_back(c);
  }
  out.push_back(format.quote);
}

}  // namespace crannog::engine::functions
