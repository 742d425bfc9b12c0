#include "delta/conflict_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "delta/features.h"
#include "delta/path.h"
#include "delta/scan.h"

namespace crannog::delta {
namespace {

// A predicate that speaks of partition columns alone can be judged exactly from an added file.
bool OnlyPartitions(const Predicate& predicate, const Snapshot& snapshot) {
  if (predicate.kind == Predicate::Kind::kUnknown) return false;
  if (!predicate.column.empty()) {
    if (predicate.column.size() != 1) return false;
    return std::any_of(snapshot.partition_columns().begin(), snapshot.partition_columns().end(),
                       [&](const std::string& name) { return EqualIgnoringCase(name, predicate.column.front()); });
  }
  return std::all_of(predicate.children.begin(), predicate.children.end(), [&](const Predicate& child) { return OnlyPartitions(child, snapshot); });
}

// The part of a predicate that partitions decide: what else it says is taken as unknown, so that it matches more, never less.
Predicate PartitionPart(const Predicate& predicate, const Snapshot& snapshot) {
  if (OnlyPartitions(predicate, snapshot)) return predicate;
  if (predicate.kind == Predicate::Kind::kAnd || predicate.kind == Predicate::Kind::kOr) {
    Predicate part = predicate;
    for (Predicate& child : part.children) child = PartitionPart(child, snapshot);
    return part;
  }
  return Predicate::Unknown();
}

}  // namespace

ConflictCheck::ConflictCheck(Transaction& transaction, int64_t version, const std::vector<Action>& winner, const Snapshot& before, const Snapshot& after)
    : transaction_(transaction), version_(version), winner_(winner), before_(before), after_(after) {
  for (const Action& action : winner_) {
    if (const auto* info = std::get_if<CommitInfo>(&action)) {
      operation_ = info->json.StringOr("operation", "");
      blind_append_ = info->json.BoolOr("isBlindAppend", false);
    }
  }
}

Conflicted ConflictCheck::Make(Conflicted::Reason reason, std::string detail) const { return {reason, version_, operation_, std::move(detail)}; }

// Rows, not files, are the grain: the table deletes rows by vectors and the level lets writers slip past each other.
bool ConflictCheck::RowLevel() const {
  return !transaction_.row_deletions_.empty() && transaction_.EffectiveIsolation() == IsolationLevel::kWriteSerializable &&
         before_.BoolProperty("delta.enableDeletionVectors") && before_.Supports("deletionVectors");
}

std::optional<Conflicted> ConflictCheck::ProtocolAndMetadata() const {
  for (const Action& action : winner_) {
    if (const auto* protocol = std::get_if<Protocol>(&action)) {
      if (transaction_.protocol_ || !CheckWritable(*protocol, before_.root_url())) return Make(Conflicted::Reason::kProtocolChanged, "");
    }
    if (std::holds_alternative<Metadata>(action)) return Make(Conflicted::Reason::kMetadataChanged, "");
  }
  return std::nullopt;
}

std::optional<Conflicted> ConflictCheck::DomainsAndApplications() const {
  for (const Action& action : winner_) {
    if (const auto* domain = std::get_if<DomainMetadata>(&action)) {
      // The high water mark of row ids is assigned anew at every attempt.
      if (domain->domain != "delta.rowTracking" && transaction_.domains_.contains(domain->domain)) {
        return Make(Conflicted::Reason::kConcurrentDomain, domain->domain);
      }
    }
    if (const auto* application = std::get_if<SetTransaction>(&action)) {
      const bool own = std::any_of(transaction_.transactions_.begin(), transaction_.transactions_.end(), [&](const SetTransaction& one) { return one.app_id == application->app_id; });
      if (own || transaction_.read_applications_.contains(application->app_id)) return Make(Conflicted::Reason::kConcurrentTransaction, application->app_id);
    }
  }
  return std::nullopt;
}

// Files that the winner added and that this transaction should have read.
std::optional<Conflicted> ConflictCheck::AddedFiles() const {
  const IsolationLevel level = transaction_.EffectiveIsolation();
  if (level == IsolationLevel::kSnapshotIsolation || RowLevel()) return std::nullopt;
  if (level == IsolationLevel::kWriteSerializable && blind_append_ && !transaction_.metadata_) return std::nullopt;
  const bool reads = transaction_.read_whole_table_ || !transaction_.read_predicates_.empty();
  if (!reads) return std::nullopt;
  std::vector<AddFile> added;
  for (const Action& action : winner_) {
    if (const auto* add = std::get_if<AddFile>(&action)) added.push_back(*add);
  }
  if (added.empty()) return std::nullopt;
  if (transaction_.read_whole_table_) return Make(Conflicted::Reason::kConcurrentAppend, "");
  // Judge the added files by their partition values alone.
  TableState state;
  state.protocol = before_.protocol();
  state.metadata = before_.metadata();
  auto segment = std::make_shared<FileSegment>();
  for (AddFile& add : added) {
    add.stats.clear();
    segment->Append(add);
  }
  state.files = LiveFiles::Of(std::move(segment));
  const Snapshot only_added(before_.environment(), before_.segment(), std::move(state), before_.schema());
  for (const Predicate& predicate : transaction_.read_predicates_) {
    const auto marks = MatchingFiles(only_added, PartitionPart(predicate, before_));
    for (size_t i = 0; i < marks.front().size(); ++i) {
      if (marks.front()[i]) return Make(Conflicted::Reason::kConcurrentAppend, added[i].path);
    }
  }
  return std::nullopt;
}

Result<std::optional<Conflicted>> ConflictCheck::RebaseRows(Transaction::RowDeletion& deletion) {
  const std::string path = CanonicalPath(deletion.file.path);
  const AddFile* again = nullptr;
  bool removed = false;
  for (const Action& action : winner_) {
    if (const auto* add = std::get_if<AddFile>(&action)) {
      if (CanonicalPath(add->path) == path) again = add;
    } else if (const auto* remove = std::get_if<RemoveFile>(&action)) {
      removed |= CanonicalPath(remove->path) == path;
    }
  }
  if (!removed && again == nullptr) return std::optional<Conflicted>();
  if (again == nullptr) return std::optional(Make(Conflicted::Reason::kConcurrentDeleteDelete, deletion.file.path));
  if (again->deletion_vector) {
    TRY(const RowSet theirs, ReadDeletionVector(before_.store(), *again->deletion_vector));
    if (!RowLevel() || theirs.Intersects(deletion.rows)) return std::optional(Make(Conflicted::Reason::kConcurrentDeleteDelete, deletion.file.path));
  }
  // Disjoint rows: go on from the winner's form of the file.
  deletion.file = *again;
  return std::optional<Conflicted>();
}

// Files that the winner removed: read here, or removed here too.
Result<std::optional<Conflicted>> ConflictCheck::RemovedFiles() {
  const bool row_level = RowLevel();
  for (auto& [path, deletion] : transaction_.row_deletions_) {
    TRY(std::optional<Conflicted> conflict, RebaseRows(deletion));
    if (conflict) return conflict;
  }
  const IsolationLevel level = transaction_.EffectiveIsolation();
  for (const Action& action : winner_) {
    const auto* remove = std::get_if<RemoveFile>(&action);
    if (remove == nullptr) continue;
    const std::string key = FileKey(remove->path, remove->deletion_vector);
    if (transaction_.removes_.contains(key)) return std::optional(Make(Conflicted::Reason::kConcurrentDeleteDelete, remove->path));
    if (row_level || level == IsolationLevel::kSnapshotIsolation) continue;
    if (transaction_.read_keys_.contains(key)) return std::optional(Make(Conflicted::Reason::kConcurrentDeleteRead, remove->path));
    if (transaction_.read_whole_table_) return std::optional(Make(Conflicted::Reason::kConcurrentDeleteRead, remove->path));
  }
  return std::optional<Conflicted>();
}

Result<std::optional<Conflicted>> ConflictCheck::Run() {
  if (std::optional<Conflicted> conflict = ProtocolAndMetadata()) return conflict;
  if (std::optional<Conflicted> conflict = DomainsAndApplications()) return conflict;
  if (std::optional<Conflicted> conflict = AddedFiles()) return conflict;
  return RemovedFiles();
}

}  // namespace crannog::delta
