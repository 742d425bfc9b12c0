#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "delta/deletion_vector.h"
#include "delta/predicate.h"
#include "delta/snapshot.h"

namespace crannog::delta {

using LocalToUtc = std::function<int64_t(int64_t)>;

/// The files of a snapshot to be read. A value; keeps the snapshot alive. Threads: any.
struct Scan {
  SnapshotPtr snapshot;
  std::vector<const FileEntry*> files;  ///< borrow from the snapshot
  int64_t skipped_count = 0;            ///< live files that the predicate ruled out
  /// Turns wall-clock microseconds of the reading session's zone into UTC, for TIMESTAMP partition values without a zone; null: UTC.
  LocalToUtc local_to_utc;

  /// Rows left after deletion vectors; nothing when a file's count is unknown.
  std::optional<int64_t> RowCount() const;
  int64_t TotalBytes() const;
};

/// Plans a scan of the files that may hold a row for which the predicate is true. Sound for every predicate: see prune.cc.
Scan PlanScan(SnapshotPtr snapshot, const Predicate& predicate = Predicate::Unknown());

/// Marks per live file (in the order of the parts' rows, dead ones included) whether it may match: one vector per part.
std::vector<std::vector<uint8_t>> MatchingFiles(const Snapshot& snapshot, const Predicate& predicate);

/// COUNT(*) from the log; nothing when a file has no count.
std::optional<int64_t> CountFromMetadata(const Snapshot& snapshot);

struct MinMax {
  Value min, max;  ///< null when there is no row that is not null
};
/// MIN and MAX of a column from the log; nothing when they are not known exactly (wide bounds, strings, timestamps, absent statistics).
std::optional<MinMax> MinMaxFromMetadata(const Snapshot& snapshot, const std::vector<std::string>& column);

/// The typed partition values of a file, in the order of the table's partition columns. Errors: kDataLoss.
Result<std::vector<Value>> PartitionValuesOf(const Snapshot& snapshot, const FileEntry& file, const LocalToUtc& local_to_utc = {});

/// Reads a file's deleted rows; null when it has none.
Result<std::shared_ptr<const RowSet>> DeletedRowsOf(const Snapshot& snapshot, const FileEntry& file);

/// Where the file's bytes are: absolute path for local files, URL for others.
std::string AbsolutePath(const Snapshot& snapshot, std::string_view path);

}  // namespace crannog::delta
