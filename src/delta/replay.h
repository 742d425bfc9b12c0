#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "delta/actions.h"
#include "delta/live_files.h"
#include "delta/log_segment.h"
#include "delta/parquet_handler.h"

namespace crannog::delta {

/// The reconciled state of a table at a version. Source: PROTOCOL.md, "Action Reconciliation".
struct TableState {
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::map<std::string, SetTransaction> transactions;
  std::map<std::string, DomainMetadata> domains;  ///< live ones only
  LiveFiles files;
  std::vector<RemoveFile> tombstones;             ///< only when asked for
  std::optional<int64_t> in_commit_timestamp_ms;  ///< of the newest commit read, where it has one
};

enum class Tombstones : uint8_t { kSkip, kKeep };

/// What some commits change, folded together: the newest action of every file, table and application.
class CommitFold {
 public:
  /// Adds the actions of one commit, ascending by version. Errors: DELTA_DUPLICATE_ACTIONS_FOUND, kDataLoss.
  Result<> AddCommit(int64_t version, std::vector<Action> actions);
  /// Adds already reconciled actions (a compaction).
  void AddReconciled(std::vector<Action> actions);

  /// Tells whether a later action speaks about the file.
  bool Covers(std::string_view path, const DeletionVectorDescriptor* vector) const;
  bool Empty() const { return files_.empty(); }

  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::map<std::string, SetTransaction> transactions;
  std::map<std::string, DomainMetadata> domains;  ///< with removed ones
  std::optional<int64_t> in_commit_timestamp_ms;

  /// Lays the fold over an older state.
  void ApplyTo(TableState& state, Tombstones tombstones) &&;

 private:
  void Take(Action&& action);
  struct Change {
    std::optional<AddFile> add;
    std::optional<RemoveFile> remove;
  };
  std::unordered_map<std::string, Change> files_;
};

/// Reads a commit file. Errors: kDataLoss, kNotFound, with path, version and line.
Result<std::vector<Action>> ReadCommit(io::ObjectStore& store, const LogFile& commit);

/// Rebuilds the state that a segment describes. Errors: as ReadCommit, of the checkpoint's files (`checkpoint_failed` is set then).
Result<TableState> Replay(io::ObjectStore& store, ParquetHandler* parquet, const LogSegment& segment, Tombstones tombstones, bool* checkpoint_failed);

/// Folds the segment's commits (compactions where they spare reads).
Result<CommitFold> FoldCommits(io::ObjectStore& store, const LogSegment& segment);

/// Reads a checkpoint and its sidecars into a state, leaving out what `newer` covers.
Result<TableState> ReadCheckpoint(io::ObjectStore& store, ParquetHandler* parquet, const Checkpoint& checkpoint, const CommitFold& newer, Tombstones tombstones);

}  // namespace crannog::delta
