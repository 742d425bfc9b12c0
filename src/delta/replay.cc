#include "delta/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "delta/path.h"

namespace crannog::delta {
namespace {

Error Duplicate(std::string_view kind, std::string_view path) {
  return ConditionError("DELTA_DUPLICATE_ACTIONS_FOUND", {{"actionType", std::string(kind)}, {"path", std::string(path)}, {"conflictingPath", std::string(path)}});
}

Result<> CheckDuplicates(const std::vector<Action>& actions) {
  std::unordered_set<std::string> adds, removes, domains;
  int protocols = 0, metadatas = 0;
  for (const Action& action : actions) {
    if (const auto* add = std::get_if<AddFile>(&action)) {
      if (!adds.insert(CanonicalPath(add->path)).second) return Failure(Duplicate("add", add->path));
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      if (!removes.insert(FileKey(remove->path, remove->deletion_vector)).second) return Failure(Duplicate("remove", remove->path));
    } else if (const auto* domain = std::get_if<DomainMetadata>(&action)) {
      if (!domains.insert(domain->domain).second) return Failure(Duplicate("domainMetadata", domain->domain));
    } else if (std::holds_alternative<Protocol>(action)) {
      if (++protocols > 1) return Failure(Duplicate("protocol", ""));
    } else if (std::holds_alternative<Metadata>(action)) {
      if (++metadatas > 1) return Failure(Duplicate("metaData", ""));
    }
  }
  return {};
}

}  // namespace

void CommitFold::Take(Action&& action) {
  if (auto* add = std::get_if<AddFile>(&action)) {
    std::string key = FileKey(add->path, add->deletion_vector);
    Change& change = files_[std::move(key)];
    change.add = std::move(*add);
    change.remove.reset();
  } else if (auto* remove = std::get_if<RemoveFile>(&action)) {
    std::string key = FileKey(remove->path, remove->deletion_vector);
    Change& change = files_[std::move(key)];
    change.remove = std::move(*remove);
    change.add.reset();
  } else if (auto* found_protocol = std::get_if<Protocol>(&action)) {
    protocol = std::move(*found_protocol);
  } else if (auto* found_metadata = std::get_if<Metadata>(&action)) {
    metadata = std::move(*found_metadata);
  } else if (auto* transaction = std::get_if<SetTransaction>(&action)) {
    transactions[transaction->app_id] = *transaction;
  } else if (auto* domain = std::get_if<DomainMetadata>(&action)) {
    domains[domain->domain] = *domain;
  } else if (auto* info = std::get_if<CommitInfo>(&action)) {
    in_commit_timestamp_ms = info->InCommitTimestampMs();
  }
}

Result<> CommitFold::AddCommit(int64_t version, std::vector<Action> actions) {
  if (Result<> fine = CheckDuplicates(actions); !fine) return Failure(WithContext(std::move(fine).error(), fmt::format("replaying version {}", version)));
  in_commit_timestamp_ms.reset();
  // Within a commit the order says nothing: removes go first, so that a file removed and added again is live.
  for (Action& action : actions) {
    if (std::holds_alternative<RemoveFile>(action)) Take(std::move(action));
  }
  for (Action& action : actions) {
    if (!std::holds_alternative<RemoveFile>(action)) Take(std::move(action));
  }
  return {};
}

void CommitFold::AddReconciled(std::vector<Action> actions) {
  in_commit_timestamp_ms.reset();
  // Reconciled files name each key once. Some writers only join the commits, newest first: there the first one counts.
  for (auto action = actions.rbegin(); action != actions.rend(); ++action) Take(std::move(*action));
}

bool CommitFold::Covers(std::string_view path, const DeletionVectorDescriptor* vector) const {
  if (files_.empty()) return false;
  std::string key = CanonicalPath(path);
  if (vector != nullptr) {
    key += '\0';
    key += vector->UniqueId();
  }
  return files_.contains(key);
}

void CommitFold::ApplyTo(TableState& state, Tombstones tombstones) && {
  if (protocol) state.protocol = std::move(protocol);
  if (metadata) state.metadata = std::move(metadata);
  for (auto& [app, transaction] : transactions) state.transactions[app] = std::move(transaction);
  for (auto& [name, domain] : domains) {
    if (domain.removed) state.domains.erase(name);
    else state.domains[name] = std::move(domain);
  }
  state.in_commit_timestamp_ms = in_commit_timestamp_ms;
  std::vector<std::string> removed;
  std::vector<AddFile> added;
  for (auto& [key, change] : files_) {
    if (change.remove) {
      removed.push_back(key);
      if (tombstones == Tombstones::kKeep) state.tombstones.push_back(*std::move(change.remove));
    } else {
      added.push_back(*std::move(change.add));
    }
  }
  // Hash order is no order: readers like a stable one.
  std::sort(added.begin(), added.end(), [](const AddFile& a, const AddFile& b) { return a.path < b.path; });
  state.files = state.files.Apply(removed, added);
}

Result<std::vector<Action>> ReadCommit(io::ObjectStore& store, const LogFile& commit) {
  TRY(const std::string text, store.Read(commit.key));
  Result<std::vector<Action>> actions = ParseActions(text);
  if (!actions) return Failure(WithContext(std::move(actions).error(), fmt::format("reading {} of version {}", commit.key, commit.version)));
  return actions;
}

Result<CommitFold> FoldCommits(io::ObjectStore& store, const LogSegment& segment) {
  CommitFold fold;
  for (size_t i = 0; i < segment.commits.size();) {
    const int64_t version = segment.commits[i].version;
    // The widest compaction that starts here; the newest commit is always read itself, for its timestamp.
    const LogFile* widest = nullptr;
    for (const LogFile& compaction : segment.compactions) {
      if (compaction.first_version == version && (widest == nullptr || compaction.version > widest->version)) widest = &compaction;
    }
    if (widest != nullptr) {
      if (Result<std::vector<Action>> actions = ReadCommit(store, *widest)) {
        fold.AddReconciled(*std::move(actions));
        i += static_cast<size_t>(widest->version - version) + 1;
        continue;
      }
      // A compaction only saves work: the commits themselves say the same.
    }
    TRY(std::vector<Action> actions, ReadCommit(store, segment.commits[i]));
    TRY(fold.AddCommit(version, std::move(actions)));
    ++i;
  }
  return fold;
}

Result<TableState> Replay(io::ObjectStore& store, ParquetHandler* parquet, const LogSegment& segment, Tombstones tombstones, bool* checkpoint_failed) {
  *checkpoint_failed = false;
  TRY(CommitFold fold, FoldCommits(store, segment));
  TableState state;
  if (segment.checkpoint) {
    Result<TableState> base = ReadCheckpoint(store, parquet, *segment.checkpoint, fold, tombstones);
    if (!base) {
      *checkpoint_failed = true;
      return Failure(WithContext(std::move(base).error(), fmt::format("reading the checkpoint of version {}", segment.checkpoint->version)));
    }
    state = *std::move(base);
  }
  std::move(fold).ApplyTo(state, tombstones);
  return state;
}

}  // namespace crannog::delta
