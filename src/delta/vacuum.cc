// VACUUM. Source: Delta Spark's VacuumCommand (which files are hidden, what is kept), PROTOCOL.md, "VACUUM Protocol Check".
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "delta/checkpoint_writer.h"
#include "delta/deletion_vector.h"
#include "delta/features.h"
#include "delta/maintenance.h"
#include "delta/path.h"

namespace crannog::delta {
namespace {

constexpr int64_t kHourMs = 3600000;
constexpr int64_t kRetentionDefaultMs = 7 * 24 * kHourMs;

// Folders and files that begin with '_' or '.' are not data, but for change data and partitions of columns named so.
bool IsHidden(std::string_view key, const std::set<std::string>& partition_names) {
  while (!key.empty()) {
    const size_t slash = std::min(key.find('/'), key.size());
    const std::string_view part = key.substr(0, slash);
    key.remove_prefix(std::min(slash + 1, key.size()));
    if (part.empty() || (part.front() != '_' && part.front() != '.')) continue;
    if (part == "_change_data") continue;
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && partition_names.contains(DecodePath(part.substr(0, equals)))) continue;
    return true;
  }
  return false;
}

class Keeper {
 public:
  explicit Keeper(const Snapshot& snapshot) : root_url_(snapshot.root_url()) {}

  void Keep(std::string_view path, const DeletionVectorDescriptor* vector) {
    Insert(path);
    if (vector == nullptr || vector->storage_type == "i") return;
    if (Result<std::string> stored = DeletionVectorPath(*vector)) Insert(EncodePath(*stored));
  }
  bool Keeps(const std::string& key) const { return keys_.contains(key); }

 private:
  void Insert(std::string_view path) {
    FileLocation location = ResolvePath(path, root_url_);
    if (location.inside) keys_.insert(std::move(location.key));
  }
  const std::string root_url_;
  std::set<std::string> keys_;
};

// Keys that the log says were removed, with their deletion vectors and change data, by version.
Result<std::vector<std::string>> RemovedByLog(const Snapshot& snapshot, const LogListing& listing, int64_t cutoff_ms) {
  std::set<std::string> keys;
  auto add = [&](std::string_view path) {
    FileLocation location = ResolvePath(path, snapshot.root_url());
    if (location.inside) keys.insert(std::move(location.key));
  };
  for (const LogFile& commit : listing.commits) {
    if (commit.version > snapshot.version()) break;
    TRY(const std::vector<Action> actions, ReadCommit(snapshot.store(), commit));
    for (const Action& action : actions) {
      if (const auto* remove = std::get_if<RemoveFile>(&action)) {
        if (remove->deletion_timestamp_ms.value_or(0) >= cutoff_ms) continue;
        add(remove->path);
        if (remove->deletion_vector && remove->deletion_vector->storage_type != "i") {
          if (Result<std::string> stored = DeletionVectorPath(*remove->deletion_vector)) add(EncodePath(*stored));
        }
      } else if (const auto* cdc = std::get_if<AddCdcFile>(&action)) {
        if (commit.modified_ms < cutoff_ms) add(cdc->path);
      }
    }
  }
  return std::vector<std::string>(keys.begin(), keys.end());
}

}  // namespace

Result<VacuumResult> Vacuum(Table& table, const VacuumOptions& options) {
  TRY(SnapshotPtr snapshot, table.Latest());
  TRY(CheckWritable(snapshot->protocol(), snapshot->root_url()));
  io::ObjectStore& store = snapshot->store();
  const int64_t configured = ParseIntervalMs(snapshot->Property("delta.deletedFileRetentionDuration")).value_or(kRetentionDefaultMs);
  const int64_t retention = options.retention_ms.value_or(configured);
  if (retention < 0) return Failure(ConditionError("DELTA_VACUUM_RETENTION_PERIOD_NEGATIVE"));
  if (options.check == RetentionCheck::kEnforced && retention < configured) {
    return Failure(ConditionError("DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", {{"configuredRetentionHours", fmt::format("{}", configured / kHourMs)}, {"retentionHours", fmt::format("{}", configured / kHourMs)}}));
  }
  const int64_t cutoff_ms = snapshot->environment().clock->NowMillis() - retention;

  // What versions within the retention still read: live files, and those removed since.
  TRY(LogListing listing, ListLog(store, 0));
  TRY(const LogSegment segment, ChooseSegment(listing, snapshot->version(), INT64_MAX, snapshot->root_url()));
  bool checkpoint_failed = false;
  TRY(const TableState state, Replay(store, snapshot->environment().parquet, segment, Tombstones::kKeep, &checkpoint_failed));
  Keeper keeper(*snapshot);
  state.files.ForEach([&keeper](const FileEntry& file) { keeper.Keep(file.path, file.deletion_vector); });
  for (const RemoveFile& remove : state.tombstones) {
    if (remove.deletion_timestamp_ms.value_or(0) >= cutoff_ms) keeper.Keep(remove.path, remove.deletion_vector ? &*remove.deletion_vector : nullptr);
  }

  VacuumResult result;
  if (options.mode == VacuumMode::kLite) {
    if (listing.commits.empty() || listing.commits.front().version != 0) return Failure(ConditionError("DELTA_CANNOT_VACUUM_LITE"));
    TRY(const std::vector<std::string> candidates, RemovedByLog(*snapshot, listing, cutoff_ms));
    result.listed_count = static_cast<int64_t>(candidates.size());
    for (const std::string& key : candidates) {
      if (keeper.Keeps(key)) continue;
      Result<io::ObjectInfo> info = store.Head(key);
      if (!info) continue;
      result.size_bytes += info->size_bytes;
      result.keys.push_back(key);
    }
  } else {
    std::set<std::string> partition_names;
    for (const std::string& name : snapshot->partition_columns()) {
      if (const Field* field = FindField(snapshot->schema(), name)) partition_names.insert({field->name, field->PhysicalName()});
    }
    TRY(const std::vector<io::ObjectInfo> infos, store.List(""));
    for (const io::ObjectInfo& info : infos) {
      if (info.key.starts_with(kLogFolder) || IsHidden(info.key, partition_names)) continue;
      ++result.listed_count;
      // Whatever is younger than the retention may belong to a commit that is still being made.
      if (info.modified_ms >= cutoff_ms || keeper.Keeps(info.key)) continue;
      result.size_bytes += info.size_bytes;
      result.keys.push_back(info.key);
    }
  }
  if (options.action == VacuumAction::kDelete) {
    for (const std::string& key : result.keys) TRY(store.Delete(key));
  }
  return result;
}

}  // namespace crannog::delta
