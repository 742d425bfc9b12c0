#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "delta/actions.h"
#include "delta/live_files.h"
#include "delta/log_segment.h"
#include "delta/parquet_handler.h"
#include "delta/replay.h"
#include "delta/schema.h"
#include "io/object_store.h"

namespace crannog::delta {

enum class ColumnMappingMode : uint8_t { kNone, kName, kId };

/// What a table is handed: its folder, a Parquet reader (null: only JSON checkpoints), time and randomness.
/// All but the store outlive everything made from it.
struct Environment {
  std::shared_ptr<io::ObjectStore> store;  ///< shared by every snapshot and reader of the table
  ParquetHandler* parquet = nullptr;
  const Clock* clock = nullptr;
  Random* random = nullptr;
};

/// A table at one version. A value that never changes; hold it by shared_ptr. Threads: any.
class Snapshot {
 public:
  Snapshot(Environment environment, LogSegment segment, TableState state, Schema schema);

  int64_t version() const { return segment_.version; }
  const Protocol& protocol() const { return *state_.protocol; }
  const Metadata& metadata() const { return *state_.metadata; }
  const Schema& schema() const { return schema_; }
  /// Names of the partition columns, logical, in order.
  const std::vector<std::string>& partition_columns() const { return state_.metadata->partition_columns; }
  const LiveFiles& files() const { return state_.files; }
  const std::map<std::string, SetTransaction>& transactions() const { return state_.transactions; }
  const std::map<std::string, DomainMetadata>& domains() const { return state_.domains; }
  const LogSegment& segment() const { return segment_; }
  const Environment& environment() const { return environment_; }
  io::ObjectStore& store() const { return *environment_.store; }
  std::string_view root_url() const { return environment_.store->RootUrl(); }

  ColumnMappingMode column_mapping() const { return column_mapping_; }
  /// A property of the table ("delta.appendOnly"), or `otherwise`.
  std::string Property(std::string_view name, std::string_view otherwise = "") const;
  bool BoolProperty(std::string_view name, bool otherwise = false) const;
  bool Supports(std::string_view feature) const;

  /// Milliseconds since 1970 of the commit: in-commit timestamp where enabled, else the commit file's time.
  /// Errors: of the store, kDataLoss when an in-commit timestamp is missing.
  Result<int64_t> TimestampMs() const;

  /// For replay of newer commits on top.
  const TableState& state() const { return state_; }

 private:
  Environment environment_;
  LogSegment segment_;
  TableState state_;
  Schema schema_;
  ColumnMappingMode column_mapping_ = ColumnMappingMode::kNone;
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// Makes a snapshot of replayed state: checks that protocol and metadata are there, the protocol can be read, the schema parses.
/// Errors: DELTA_STATE_RECOVER_ERROR, DELTA_UNSUPPORTED_FEATURES_FOR_READ, DELTA_INVALID_PROTOCOL_VERSION, kDataLoss.
Result<SnapshotPtr> MakeSnapshot(const Environment& environment, LogSegment segment, TableState state);

}  // namespace crannog::delta
