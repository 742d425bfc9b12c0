#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delta/actions.h"
#include "delta/schema.h"

namespace crannog::delta {

/// What a Parquet writer knows of one leaf column of a file; texts as "2024-02-29 12:00:00", "1.50", "true".
struct LeafStatistics {
  std::optional<std::string> min, max;
  std::optional<int64_t> null_count;
  bool has_nan = false;
};

/// Columns for which statistics are kept: paths of logical names. Source: delta.dataSkippingNumIndexedCols (32), delta.dataSkippingStatsColumns;
/// partition columns have none.
std::vector<std::vector<std::string>> StatisticsColumns(const Schema& schema, const std::vector<std::string>& partition_columns, const StringMap& configuration);

/// Writes `add.stats`: numRecords, minValues, maxValues, nullCount by physical names, tightBounds true. `leaves` by physical path joined with '.'.
/// Strings are cut at 32 characters (a cut maximum gets U+10FFFF behind it), timestamps at milliseconds.
/// Source: PROTOCOL.md, "Per-file Statistics".
std::string WriteStats(const Schema& schema, const std::vector<std::vector<std::string>>& columns, int64_t record_count,
                       const std::map<std::string, LeafStatistics>& leaves);

/// The same statistics with wide bounds, after rows were deleted by a vector.
std::string WithWideBounds(std::string_view stats);

}  // namespace crannog::delta
