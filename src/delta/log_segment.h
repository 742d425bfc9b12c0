#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/object_store.h"

namespace crannog::delta {

inline constexpr std::string_view kLogFolder = "_delta_log/";

/// "_delta_log/00000000000000000007.json"
std::string CommitKey(int64_t version);
/// "_delta_log/00000000000000000007.crc"
std::string ChecksumKey(int64_t version);
/// "_delta_log/00000000000000000007.checkpoint.parquet"
std::string ClassicCheckpointKey(int64_t version);

/// A file of the log folder, told by its name. Source: PROTOCOL.md, "Delta Log Entries" to "Version Checksum File".
struct LogFile {
  enum class Kind : uint8_t { kCommit, kCompaction, kCheckpoint, kMultiPartCheckpoint, kUuidCheckpoint, kChecksum, kStagedCommit };
  Kind kind = Kind::kCommit;
  int64_t version = 0;      ///< a compaction's last version
  int64_t first_version = 0;  ///< a compaction's first version
  int32_t part = 0, part_count = 0;
  bool is_json = false;     ///< kUuidCheckpoint
  std::string key;          ///< in the table's store
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;
};
/// Nothing for other files.
std::optional<LogFile> ParseLogFile(const io::ObjectInfo& info);

/// A checkpoint with all its parts.
struct Checkpoint {
  int64_t version = 0;
  std::vector<LogFile> files;
};

/// The files from which one version of a table is rebuilt: a checkpoint (or none) and the commits after it, gapless, ascending.
struct LogSegment {
  int64_t version = -1;
  std::optional<Checkpoint> checkpoint;
  std::vector<LogFile> commits;      ///< kCommit, kStagedCommit; every version after the checkpoint, or only the newest once a snapshot was refreshed
  std::vector<LogFile> compactions;  ///< that lie wholly within the commits' versions
};

/// The hint that a writer left. Source: PROTOCOL.md, "Last Checkpoint File".
struct LastCheckpoint {
  int64_t version = 0;
  std::optional<int32_t> parts;
};
/// Nothing when absent, malformed or with a wrong checksum: it is only a hint.
std::optional<LastCheckpoint> ReadLastCheckpoint(io::ObjectStore& store);
/// The JSON text with its MD5 checksum. `fields` without "checksum".
std::string WithJsonChecksum(std::string_view json_object);
/// The canonical form that the checksum is computed from. Source: PROTOCOL.md, "JSON checksum".
std::string CanonicalJson(std::string_view json_object);

/// A commit that a catalog has ratified and not yet published.
struct StagedCommit {
  int64_t version = 0;
  std::string key;
  int64_t modified_ms = 0;
};

struct LogListing {
  std::vector<LogFile> commits;      ///< ascending by version
  std::vector<Checkpoint> checkpoints;  ///< complete ones, ascending; of one version the best last
  std::vector<LogFile> compactions;
  std::vector<LogFile> multi_parts;  ///< parts of incomplete checkpoints
};
/// Lists the log from `first_version` on. Errors: of the store.
Result<LogListing> ListLog(io::ObjectStore& store, int64_t first_version);

/// Picks the files for a version (nothing: the newest). `checkpoint_before`: only checkpoints below it are considered (fallback after
/// a corrupt one). Errors: DELTA_TABLE_NOT_FOUND, DELTA_VERSION_NOT_FOUND, DELTA_VERSIONS_NOT_CONTIGUOUS, DELTA_LOG_FILE_NOT_FOUND.
Result<LogSegment> ChooseSegment(const LogListing& listing, std::optional<int64_t> version, int64_t checkpoint_before, std::string_view table);

}  // namespace crannog::delta
