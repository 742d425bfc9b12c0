#pragma once

#include "base/result.h"
#include "delta/snapshot.h"

namespace crannog::delta {

struct CheckpointOptions {
  int64_t sidecar_actions_max = 50000;  ///< of V2 checkpoints, per sidecar
};

/// Writes a checkpoint of the snapshot's version and `_last_checkpoint`: classic V1, or V2 with sidecars where the table asks for it
/// (delta.checkpointPolicy = v2). Unexpired tombstones are kept. Errors: of the store and the Parquet handler.
Result<> WriteCheckpoint(const SnapshotPtr& snapshot, const CheckpointOptions& options = {});

/// Writes <version>.crc; an existing one is left alone. Source: PROTOCOL.md, "Version Checksum File".
Result<> WriteChecksum(const Snapshot& snapshot, std::string_view transaction_id);
/// The JSON text of a version checksum.
std::string ChecksumOf(const Snapshot& snapshot, std::string_view transaction_id);

/// Compares <version>.crc with the snapshot; gives what differs ("" when all agrees or there is no file). Errors: of the store.
Result<std::string> VerifyChecksum(const Snapshot& snapshot);

/// Deletes log files that delta.logRetentionDuration no longer keeps, never the last checkpoint needed nor what follows it.
/// Gives the number of files deleted. Source: PROTOCOL.md, "Metadata Cleanup".
Result<int64_t> CleanUpLog(const Snapshot& snapshot);

/// Reads "interval 30 days", "interval 1 week": milliseconds.
std::optional<int64_t> ParseIntervalMs(std::string_view text);

}  // namespace crannog::delta
