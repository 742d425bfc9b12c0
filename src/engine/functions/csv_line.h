#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// One record of delimited text, as univocity reads and writes it for Spark's from_csv, to_csv and schema_of_csv.
namespace crannog::engine::functions {

struct CsvFormat {
  std::string delimiter = ",";
  char quote = '"';         ///< 0: none
  char escape = '\\';
  char comment = 0;
  bool trim_leading = false, trim_trailing = false;
  std::string null_value;   ///< text that means NULL
  std::string empty_value = "\"\"";  ///< how an empty string is written
  bool quote_all = false, escape_quotes = true;
};

struct CsvField {
  std::string text;
  bool is_null = false;  ///< empty and unquoted
};

/// Splits one record. Gives no field for an empty text.
std::vector<CsvField> SplitCsvLine(std::string_view line, const CsvFormat& format);
/// Appends a value with quotes where it needs them.
void AppendCsvField(std::string& out, std::string_view text, const CsvFormat& format);

}  // namespace crannog::engine::functions
