#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/snapshot.h"

namespace crannog::delta {

/// Which version a timestamp that no commit has exactly may fall to.
enum class TimestampRule : uint8_t {
  kMustBeReached,  ///< later than the newest commit: DELTA_TIMESTAMP_GREATER_THAN_COMMIT (as Spark)
  kOrNewest,       ///< later than the newest commit gives the newest
};

struct CommitSummary {
  int64_t version = 0;
  int64_t timestamp_ms = 0;
  JsonValue info;  ///< commitInfo, null when the commit has none
};

/// What the catalog of a catalog-managed table says: commits ratified and not yet published, and the newest version.
struct CatalogCommits {
  std::vector<StagedCommit> staged;
  std::optional<int64_t> newest_version;
};

/// A Delta table in a folder: gives snapshots, keeps the newest one and refreshes it by reading only new commits. Threads: any.
class Table {
 public:
  explicit Table(Environment environment) : environment_(std::move(environment)) {}

  const Environment& environment() const { return environment_; }

  /// Gives the newest version: without new commits one store call, with new ones only those are read.
  /// Errors: DELTA_TABLE_NOT_FOUND, DELTA_VERSIONS_NOT_CONTIGUOUS, DELTA_STATE_RECOVER_ERROR, kDataLoss, of the store.
  Result<SnapshotPtr> Latest();
  /// Errors: also DELTA_VERSION_NOT_FOUND.
  Result<SnapshotPtr> At(int64_t version);
  /// The newest version committed at or before a time. Errors: DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION, DELTA_TIMESTAMP_GREATER_THAN_COMMIT.
  Result<SnapshotPtr> AsOf(int64_t timestamp_ms, TimestampRule rule = TimestampRule::kMustBeReached);
  Result<int64_t> VersionAsOf(int64_t timestamp_ms, TimestampRule rule = TimestampRule::kMustBeReached);
  /// The first version committed at or after a time; nothing when there is none.
  Result<std::optional<int64_t>> FirstVersionSince(int64_t timestamp_ms);

  /// Lists commits newest first, at most `limit` (0: all).
  Result<std::vector<CommitSummary>> History(int64_t limit);
  /// Gives the actions of one commit. Errors: kNotFound, kDataLoss.
  Result<std::vector<Action>> Commit(int64_t version);
  /// The oldest version that can be rebuilt, and the newest.
  Result<std::pair<int64_t, int64_t>> VersionRange();

  /// Tells whether there is a log at all.
  Result<bool> Exists();
  /// Makes the next Latest start from this snapshot (a commit just made it).
  void Remember(SnapshotPtr snapshot);
  /// For catalog-managed tables: what the catalog has ratified; asked before each read.
  void SetCatalogCommits(CatalogCommits commits);

 private:
  Result<SnapshotPtr> Load(std::optional<int64_t> version);
  Result<SnapshotPtr> Refresh(const SnapshotPtr& base);
  Result<std::vector<std::pair<int64_t, int64_t>>> CommitTimes();

  const Environment environment_;
  std::mutex mutex_;
  SnapshotPtr latest_;
  CatalogCommits catalog_;
};

}  // namespace crannog::delta
