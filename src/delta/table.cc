#include "delta/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "delta/features.h"
#include "delta/value.h"

namespace crannog::delta {
namespace {

bool HasInCommitTimestamps(const Snapshot& snapshot) {
  return snapshot.BoolProperty("delta.enableInCommitTimestamps") && snapshot.Supports("inCommitTimestamp");
}

// Reads a commit's in-commit timestamp; nothing when it has none.
Result<std::optional<int64_t>> ReadInCommitTimestamp(io::ObjectStore& store, const LogFile& commit) {
  TRY(const std::vector<Action> actions, ReadCommit(store, commit));
  for (const Action& action : actions) {
    if (const auto* info = std::get_if<CommitInfo>(&action)) return info->InCommitTimestampMs();
  }
  return std::optional<int64_t>();
}

// Puts ratified, unpublished commits behind the published ones.
void AddStaged(LogListing& listing, const CatalogCommits& catalog) {
  for (const StagedCommit& staged : catalog.staged) {
    auto at = std::lower_bound(listing.commits.begin(), listing.commits.end(), staged.version, [](const LogFile& file, int64_t version) { return file.version < version; });
    if (at != listing.commits.end() && at->version == staged.version) continue;
    LogFile file;
    file.kind = LogFile::Kind::kStagedCommit;
    file.version = staged.version;
    file.key = staged.key;
    file.modified_ms = staged.modified_ms;
    listing.commits.insert(at, std::move(file));
  }
  if (catalog.newest_version) {
    std::erase_if(listing.commits, [&](const LogFile& file) { return file.version > *catalog.newest_version; });
    std::erase_if(listing.checkpoints, [&](const Checkpoint& checkpoint) { return checkpoint.version > *catalog.newest_version; });
  }
}

bool MayFallBack(const Error& error) { return error.code == ErrorCode::kDataLoss || error.code == ErrorCode::kNotFound || error.code == ErrorCode::kInvalidParameterValue; }

}  // namespace

Result<SnapshotPtr> Table::Load(std::optional<int64_t> version) {
  io::ObjectStore& store = *environment_.store;
  CatalogCommits catalog;
  {
    std::lock_guard lock(mutex_);
    catalog = catalog_;
  }
  const std::optional<LastCheckpoint> hint = ReadLastCheckpoint(store);
  const bool use_hint = hint && (!version || *version >= hint->version);
  LogListing listing;
  bool whole = !use_hint;
  TRY(listing, ListLog(store, use_hint ? hint->version : 0));
  if (use_hint && (listing.checkpoints.empty() || listing.checkpoints.front().version < hint->version)) {
    TRY(listing, ListLog(store, 0));
    whole = true;
  }
  AddStaged(listing, catalog);
  int64_t below = INT64_MAX;
  std::optional<Error> first_failure;
  for (;;) {
    Result<LogSegment> segment = ChooseSegment(listing, version, below, store.RootUrl());
    if (!segment) {
      if (!whole) {
        // The hint may have been wrong, or what it points to is damaged: look at everything.
        TRY(listing, ListLog(store, 0));
        AddStaged(listing, catalog);
        whole = true;
        continue;
      }
      return Failure(first_failure ? *std::move(first_failure) : std::move(segment).error());
    }
    bool checkpoint_failed = false;
    Result<TableState> state = Replay(store, environment_.parquet, *segment, Tombstones::kSkip, &checkpoint_failed);
    if (!state) {
      if (!checkpoint_failed || !MayFallBack(state.error())) return Failure(std::move(state).error());
      below = segment->checkpoint->version;
      if (!first_failure) first_failure = std::move(state).error();
      // Another checkpoint of the same version may be whole.
      std::erase_if(listing.checkpoints, [&](const Checkpoint& one) { return one.files.front().key == segment->checkpoint->files.front().key; });
      const bool twin = std::any_of(listing.checkpoints.begin(), listing.checkpoints.end(), [&](const Checkpoint& one) { return one.version == below; });
      if (twin) ++below;
      continue;
    }
    return MakeSnapshot(environment_, *std::move(segment), *std::move(state));
  }
}

Result<SnapshotPtr> Table::Refresh(const SnapshotPtr& base) {
  io::ObjectStore& store = *environment_.store;
  CatalogCommits catalog;
  {
    std::lock_guard lock(mutex_);
    catalog = catalog_;
  }
  LogSegment segment = base->segment();
  CommitFold fold;
  for (int64_t next = base->version() + 1; !catalog.newest_version || next <= *catalog.newest_version; ++next) {
    LogFile commit;
    commit.version = next;
    commit.key = CommitKey(next);
    Result<io::ObjectInfo> info = store.Head(commit.key);
    if (!info) {
      if (info.error().code != ErrorCode::kNotFound) return Failure(std::move(info).error());
      auto staged = std::find_if(catalog.staged.begin(), catalog.staged.end(), [next](const StagedCommit& one) { return one.version == next; });
      if (staged == catalog.staged.end()) break;
      commit.key = staged->key;
      commit.kind = LogFile::Kind::kStagedCommit;
      commit.modified_ms = staged->modified_ms;
    } else {
      commit.size_bytes = info->size_bytes;
      commit.modified_ms = info->modified_ms;
    }
    TRY(std::vector<Action> actions, ReadCommit(store, commit));
    TRY(fold.AddCommit(next, std::move(actions)));
    segment.commits.assign(1, std::move(commit));
    segment.version = next;
  }
  if (segment.version == base->version()) return base;
  TableState state = base->state();
  std::move(fold).ApplyTo(state, Tombstones::kSkip);
  return MakeSnapshot(environment_, std::move(segment), std::move(state));
}

Result<SnapshotPtr> Table::Latest() {
  SnapshotPtr base;
  {
    std::lock_guard lock(mutex_);
    base = latest_;
  }
  SnapshotPtr found;
  if (base != nullptr) {
    // A table dropped and made anew in the same folder has no commit where ours was: load it from scratch then.
    Result<SnapshotPtr> refreshed = Refresh(base);
    if (refreshed && (*refreshed)->metadata().id == base->metadata().id) {
      found = *std::move(refreshed);
      if (found == base) {
        const std::string key = base->segment().commits.empty() ? CommitKey(base->version()) : base->segment().commits.back().key;
        Result<io::ObjectInfo> info = environment_.store->Head(key);
        const bool same = info ? base->segment().commits.empty() || info->modified_ms == base->segment().commits.back().modified_ms
                               : base->segment().commits.empty();
        if (!same) found = nullptr;
      }
    }
  }
  if (found == nullptr) {
    TRY(found, Load(std::nullopt));
  }
  std::lock_guard lock(mutex_);
  if (latest_ == nullptr || latest_ == base || found->version() > latest_->version()) latest_ = found;
  return found;
}

Result<SnapshotPtr> Table::At(int64_t version) {
  {
    std::lock_guard lock(mutex_);
    if (latest_ != nullptr && latest_->version() == version) return latest_;
  }
  return Load(version);
}

// Version and time of every commit, ascending, times made strictly rising as Delta Spark does.
Result<std::vector<std::pair<int64_t, int64_t>>> Table::CommitTimes() {
  TRY(SnapshotPtr newest, Latest());
  TRY(LogListing listing, ListLog(*environment_.store, 0));
  {
    std::lock_guard lock(mutex_);
    AddStaged(listing, catalog_);
  }
  // Only versions that can be rebuilt: from version 0, or from the first checkpoint on.
  int64_t oldest = 0;
  if (listing.commits.empty() || listing.commits.front().version != 0) {
    oldest = listing.checkpoints.empty() ? newest->version() : listing.checkpoints.front().version;
  }
  int64_t in_commit_from = INT64_MAX;
  if (HasInCommitTimestamps(*newest)) {
    const std::string enabled = newest->Property("delta.inCommitTimestampEnablementVersion");
    in_commit_from = enabled.empty() ? 0 : std::strtoll(enabled.c_str(), nullptr, 10);
  }
  std::vector<std::pair<int64_t, int64_t>> times;
  for (const LogFile& commit : listing.commits) {
    if (commit.version < oldest || commit.version > newest->version()) continue;
    int64_t time = commit.modified_ms;
    if (commit.version >= in_commit_from) {
      TRY(const std::optional<int64_t> in_commit, ReadInCommitTimestamp(*environment_.store, commit));
      if (!in_commit) return Failure(ConditionError("DELTA_MISSING_COMMIT_TIMESTAMP", {{"featureName", "inCommitTimestamp"}, {"version", fmt::format("{}", commit.version)}}));
      time = *in_commit;
    } else if (!times.empty()) {
      time = std::max(time, times.back().second + 1);
    }
    times.emplace_back(commit.version, time);
  }
  return times;
}

Result<int64_t> Table::VersionAsOf(int64_t timestamp_ms, TimestampRule rule) {
  TRY(const auto times, CommitTimes());
  if (times.empty()) return Failure(ConditionError("DELTA_NO_COMMITS_FOUND", {{"logPath", fmt::format("{}/_delta_log", environment_.store->RootUrl())}}));
  int64_t version = -1;
  for (const auto& [candidate, time] : times) {
    if (time <= timestamp_ms) version = candidate;
  }
  auto text = [](int64_t ms) { return FormatTimestamp(ms * 1000); };
  if (version < 0) {
    return Failure(ConditionError("DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION",
                                  {{"userTimestamp", text(timestamp_ms)}, {"commitTs", text(times.front().second)}, {"timestampString", text(times.front().second)}}));
  }
  if (rule == TimestampRule::kMustBeReached && timestamp_ms > times.back().second) {
    return Failure(ConditionError("DELTA_TIMESTAMP_GREATER_THAN_COMMIT",
                                  {{"providedTimestamp", text(timestamp_ms)}, {"lastCommitTimestamp", text(times.back().second)}, {"maximumTimestamp", text(times.back().second)}}));
  }
  return version;
}

Result<SnapshotPtr> Table::AsOf(int64_t timestamp_ms, TimestampRule rule) {
  TRY(const int64_t version, VersionAsOf(timestamp_ms, rule));
  return At(version);
}

Result<std::optional<int64_t>> Table::FirstVersionSince(int64_t timestamp_ms) {
  TRY(const auto times, CommitTimes());
  for (const auto& [version, time] : times) {
    if (time >= timestamp_ms) return std::optional(version);
  }
  return std::optional<int64_t>();
}

Result<std::vector<CommitSummary>> Table::History(int64_t limit) {
  TRY(SnapshotPtr newest, Latest());
  TRY(LogListing listing, ListLog(*environment_.store, 0));
  {
    std::lock_guard lock(mutex_);
    AddStaged(listing, catalog_);
  }
  std::vector<CommitSummary> history;
  for (auto it = listing.commits.rbegin(); it != listing.commits.rend(); ++it) {
    if (it->version > newest->version()) continue;
    if (limit > 0 && static_cast<int64_t>(history.size()) >= limit) break;
    TRY(std::vector<Action> actions, ReadCommit(*environment_.store, *it));
    CommitSummary summary;
    summary.version = it->version;
    summary.timestamp_ms = it->modified_ms;
    for (Action& action : actions) {
      if (auto* info = std::get_if<CommitInfo>(&action)) {
        if (info->InCommitTimestampMs()) summary.timestamp_ms = *info->InCommitTimestampMs();
        summary.info = std::move(info->json);
      }
    }
    history.push_back(std::move(summary));
  }
  return history;
}

Result<std::vector<Action>> Table::Commit(int64_t version) {
  LogFile commit;
  commit.version = version;
  commit.key = CommitKey(version);
  {
    std::lock_guard lock(mutex_);
    for (const StagedCommit& staged : catalog_.staged) {
      if (staged.version == version && !environment_.store->Head(commit.key)) commit.key = staged.key;
    }
  }
  return ReadCommit(*environment_.store, commit);
}

Result<std::pair<int64_t, int64_t>> Table::VersionRange() {
  TRY(const auto times, CommitTimes());
  TRY(SnapshotPtr newest, Latest());
  return std::pair(times.empty() ? newest->version() : times.front().first, newest->version());
}

Result<bool> Table::Exists() {
  Result<io::ObjectInfo> first = environment_.store->Head(CommitKey(0));
  if (first) return true;
  if (first.error().code != ErrorCode::kNotFound) return Failure(std::move(first).error());
  TRY(const LogListing listing, ListLog(*environment_.store, 0));
  return !listing.commits.empty() || !listing.checkpoints.empty();
}

void Table::Remember(SnapshotPtr snapshot) {
  std::lock_guard lock(mutex_);
  if (latest_ == nullptr || snapshot->version() > latest_->version()) latest_ = std::move(snapshot);
}

void Table::SetCatalogCommits(CatalogCommits commits) {
  std::lock_guard lock(mutex_);
  catalog_ = std::move(commits);
}

}  // namespace crannog::delta
