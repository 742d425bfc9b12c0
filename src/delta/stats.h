#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delta/live_files.h"
#include "delta/schema.h"
#include "delta/value.h"

namespace crannog::delta {

/// Row counts of a segment's files, from their statistics.
struct RecordCounts {
  std::vector<int64_t> records;  ///< [files] rows in the file before deletion; -1: unknown
  std::vector<uint8_t> tight;    ///< [files] tightBounds
};

/// Typed bounds of one column over a segment's files. Bounds are widened so that every row lies within them: see stats.cc.
struct ColumnBounds {
  enum Flag : uint8_t { kHasMin = 1, kHasMax = 2, kHasNullCount = 4, kExact = 8, kAllNull = 16, kMaxIsPrefix = 32 };
  enum class Form : uint8_t { kInteger, kDouble, kDecimal, kText };  ///< booleans are integers
  Form form = Form::kInteger;
  std::vector<uint8_t> flags;       ///< [files]
  std::vector<int64_t> null_count;  ///< [files]
  // [files] each; only those of the form are filled.
  std::vector<int64_t> min_integer, max_integer;
  std::vector<double> min_double, max_double;
  std::vector<Int128> min_decimal, max_decimal;
  std::vector<std::string_view> min_text, max_text;
  std::deque<std::string> texts;

  Value Min(size_t file, const Type& type) const;
  Value Max(size_t file, const Type& type) const;
};

/// Gives the counts of a segment; computed once and kept with it.
std::shared_ptr<const RecordCounts> CountsOf(const FileSegment& segment);
/// Gives the bounds of a column by its physical path; computed once and kept with the segment.
std::shared_ptr<const ColumnBounds> BoundsOf(const FileSegment& segment, const std::vector<std::string>& physical_path, const Type& type);
/// Gives a partition column's value as bounds (min = max, exact).
std::shared_ptr<const ColumnBounds> PartitionBoundsOf(const FileSegment& segment, const std::string& physical_name, const Type& type);

}  // namespace crannog::delta
