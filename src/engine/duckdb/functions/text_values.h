#pragma once

#include <map>

#include "engine/duckdb/functions/cells.h"
#include "engine/functions/datetime_pattern.h"

/// Texts to typed cells and back under the options of JSON and CSV (from_json, to_json, from_csv, to_csv).
namespace crannog::engine::duck {

/// The options of a call: settings "option.<name>"; names without regard to case.
class FormatOptions {
 public:
  explicit FormatOptions(const KernelCall& call);
  std::string Text(const std::string& name, std::string otherwise = "") const;
  bool Flag(const std::string& name, bool otherwise) const;
  bool Has(const std::string& name) const { return options_.contains(name); }

 private:
  std::map<std::string, std::string> options_;
};

enum class RecordMode : uint8_t { kPermissive, kFailFast };

/// Compiled formats of dates and timestamps; null where the default applies.
struct ValueFormats {
  std::shared_ptr<const fn::DateTimePattern> date, timestamp, timestamp_ntz;
  std::shared_ptr<const fn::TimeZone> zone;
  RecordMode mode = RecordMode::kPermissive;
  std::string corrupt_record_column = "_corrupt_record";

  /// For reading (default: as CAST reads) or writing (default: ISO 8601). Raises what patterns raise, PARSE_MODE_UNSUPPORTED.
  static ValueFormats ForReading(const KernelCall& call, const FormatOptions& options);
  static ValueFormats ForWriting(const KernelCall& call, const FormatOptions& options);
};

/// Puts a text as a cell of a primitive type; false when it does not fit (the cell is then up to the caller).
bool PutText(duckdb::Vector& vector, duckdb::idx_t row, const plan::DataType& type, std::string_view text, const ValueFormats& formats);
/// Puts an integer as a cell of an integral type; false when it is out of range.
bool PutInteger(duckdb::Vector& vector, duckdb::idx_t row, TypeKind kind, int64_t value);
/// Reads "12.50", "1e3" into a decimal of the type; nothing when it does not fit.
std::optional<__int128> ParseDecimalText(std::string_view text, int precision, int scale);

/// Dates and timestamps as the formats write them; other types as AppendCellText.
void AppendFormatted(std::string& out, const CellReader& cell, duckdb::idx_t row, const ValueFormats& formats);

}  // namespace crannog::engine::duck
