#include "delta/transaction.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "delta/checkpoint_writer.h"
#include "delta/conflict_check.h"
#include "delta/features.h"
#include "delta/metadata_rules.h"
#include "delta/path.h"
#include "delta/scan.h"
#include "delta/stats_writer.h"

namespace crannog::delta {
namespace {

constexpr std::string_view kRowTrackingDomain = "delta.rowTracking";
constexpr int64_t kBackoffMicros = 2000;       // doubled per try, with jitter
constexpr int64_t kBackoffMicrosMax = 1000000;
constexpr int64_t kCheckpointIntervalDefault = 100;

std::string_view ConditionOf(Conflicted::Reason reason) {
  switch (reason) {
    case Conflicted::Reason::kProtocolChanged: return "DELTA_PROTOCOL_CHANGED";
    case Conflicted::Reason::kMetadataChanged: return "DELTA_METADATA_CHANGED";
    case Conflicted::Reason::kConcurrentAppend: return "DELTA_CONCURRENT_APPEND.WITHOUT_HINT";
    case Conflicted::Reason::kConcurrentDeleteRead: return "DELTA_CONCURRENT_DELETE_READ.WITHOUT_HINT";
    case Conflicted::Reason::kConcurrentDeleteDelete: return "DELTA_CONCURRENT_DELETE_DELETE.WITHOUT_HINT";
    case Conflicted::Reason::kConcurrentTransaction: return "DELTA_CONCURRENT_TRANSACTION";
    case Conflicted::Reason::kConcurrentDomain: return "DELTA_CONCURRENT_WRITE";
    case Conflicted::Reason::kTooManyAttempts: return "DELTA_MAX_COMMIT_RETRIES_EXCEEDED";
  }
  return "";
}

bool Enabled(const Metadata& metadata, const std::string& property) {
  auto found = metadata.configuration.find(property);
  return found != metadata.configuration.end() && EqualIgnoringCase(found->second, "true");
}

int64_t HighWaterMark(const SnapshotPtr& snapshot) {
  if (snapshot == nullptr) return -1;
  auto found = snapshot->domains().find(std::string(kRowTrackingDomain));
  if (found == snapshot->domains().end()) return -1;
  Result<JsonValue> json = ParseJson(found->second.configuration);
  return json ? json->IntOr("rowIdHighWaterMark", -1) : -1;
}

std::string TextOf(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions) {
    text += WriteAction(action);
    text += '\n';
  }
  return text;
}

// The txnId of a commit's text; commitInfo comes first where anyone of ours wrote it.
std::string IdOf(std::string_view commit) {
  Result<std::vector<Action>> actions = ParseActions(commit);
  if (!actions) return "";
  for (const Action& action : *actions) {
    if (const auto* info = std::get_if<CommitInfo>(&action)) return info->json.StringOr("txnId", "");
  }
  return "";
}

int64_t RecordsOf(std::string_view stats) {
  Result<JsonValue> json = ParseJson(stats);
  return json ? json->IntOr("numRecords", -1) : -1;
}

}  // namespace

Error Conflicted::ToError(std::string_view table) const {
  const std::string commit = operation.empty() ? "" : fmt::format("\nConflicting commit: {{\"version\":{},\"operation\":\"{}\"}}", winning_version, operation);
  std::map<std::string, std::string> parameters = {{"operation", operation.empty() ? "TRANSACTION" : operation},
                                                   {"tableName", std::string(table)},
                                                   {"version", fmt::format("{}", winning_version)},
                                                   {"docLink", "https://docs.delta.io/latest/concurrency-control.html"}};
  switch (reason) {
    case Reason::kProtocolChanged: parameters = {{"additionalInfo", ""}, {"conflictingCommit", commit}, {"docLink", parameters["docLink"]}}; break;
    case Reason::kMetadataChanged: parameters = {{"tableName", std::string(table)}, {"conflictingCommit", commit}, {"docLink", parameters["docLink"]}}; break;
    case Reason::kConcurrentTransaction:
    case Reason::kConcurrentDomain: parameters = {{"conflictingCommit", commit}, {"docLink", parameters["docLink"]}}; break;
    case Reason::kTooManyAttempts:
      parameters = {{"numAttempts", detail}, {"startVersion", ""}, {"failVersion", fmt::format("{}", winning_version)}, {"numActions", ""}, {"timeSpent", ""}};
      break;
    default: break;
  }
  Error error = ConditionError(ConditionOf(reason), std::move(parameters));
  error.code = ErrorCode::kConflict;
  return error;
}

Result<Transaction> Transaction::Begin(std::shared_ptr<Table> table, SnapshotPtr snapshot, Operation operation) {
  TRY(CheckWritable(snapshot->protocol(), snapshot->root_url()));
  Transaction transaction(std::move(table), std::move(snapshot), std::move(operation));
  transaction.transaction_id_ = transaction.table_->environment().random->NextUuid();
  return transaction;
}

Result<Transaction> Transaction::Create(std::shared_ptr<Table> table, Metadata metadata, Operation operation) {
  const Environment& environment = table->environment();
  Transaction transaction(table, nullptr, std::move(operation));
  transaction.transaction_id_ = environment.random->NextUuid();
  if (metadata.id.empty()) metadata.id = environment.random->NextUuid();
  if (!metadata.created_time_ms) metadata.created_time_ms = environment.clock->NowMillis();
  TRY(AssignColumnMapping(metadata, nullptr, *environment.random));
  AssignRowTrackingColumns(metadata, *environment.random);
  TRY(Protocol protocol, ProtocolFor(LeastProtocol(), metadata));
  TRY(CheckWritable(protocol, environment.store->RootUrl()));
  transaction.metadata_ = std::move(metadata);
  transaction.protocol_ = std::move(protocol);
  return transaction;
}

void Transaction::ReadFile(const FileEntry& file) { read_keys_.insert(file.Key()); }

std::optional<int64_t> Transaction::ReadApplication(const std::string& app_id) {
  read_applications_.insert(app_id);
  if (!base_) return std::nullopt;
  auto found = base_->transactions().find(app_id);
  return found == base_->transactions().end() ? std::nullopt : std::optional(found->second.version);
}

void Transaction::Add(std::vector<AddFile> files) {
  for (AddFile& file : files) adds_.push_back(std::move(file));
}

void Transaction::Remove(const FileEntry& file, bool data_change) {
  const std::string key = file.Key();
  read_keys_.insert(key);
  removes_[key] = RemoveOf(file.ToAddFile(), table_->environment().clock->NowMillis(), data_change);
}

void Transaction::RemoveAll(bool data_change) {
  if (!base_) return;
  base_->files().ForEach([this, data_change](const FileEntry& file) { Remove(file, data_change); });
}

void Transaction::DeleteRows(const FileEntry& file, const RowSet& rows) {
  if (rows.Empty()) return;
  read_keys_.insert(file.Key());
  auto [it, inserted] = row_deletions_.try_emplace(CanonicalPath(file.path));
  if (inserted) it->second.file = file.ToAddFile();
  it->second.rows.UnionWith(rows);
}

Result<> Transaction::SetMetadata(Metadata metadata) {
  const Environment& environment = table_->environment();
  if (metadata.id.empty()) metadata.id = base_ ? base_->metadata().id : environment.random->NextUuid();
  TRY(AssignColumnMapping(metadata, base_ && metadata.id == base_->metadata().id ? &base_->metadata() : nullptr, *environment.random));
  AssignRowTrackingColumns(metadata, *environment.random);
  const Protocol before = metadata_ || base_ ? protocol() : LeastProtocol();
  TRY(Protocol protocol, ProtocolFor(before, metadata));
  TRY(CheckWritable(protocol, environment.store->RootUrl()));
  if (!(protocol == before)) protocol_ = std::move(protocol);
  metadata_ = std::move(metadata);
  return {};
}

Result<> Transaction::AddFeature(std::string_view feature) {
  TRY(Protocol next, WithFeature(protocol(), feature));
  TRY(CheckWritable(next, table_->environment().store->RootUrl()));
  if (!(next == protocol())) protocol_ = std::move(next);
  return {};
}

bool Transaction::HasChanges() const {
  return !adds_.empty() || !removes_.empty() || !row_deletions_.empty() || !cdc_.empty() || metadata_ || protocol_ || !transactions_.empty() || !domains_.empty();
}

bool Transaction::ChangesData() const {
  if (!row_deletions_.empty()) return true;
  for (const AddFile& add : adds_) {
    if (add.data_change) return true;
  }
  for (const auto& [key, remove] : removes_) {
    if (remove.data_change) return true;
  }
  return false;
}

bool Transaction::IsBlindAppend() const {
  const bool reads = read_whole_table_ || !read_predicates_.empty() || !read_keys_.empty();
  return !reads && !adds_.empty() && removes_.empty() && row_deletions_.empty();
}

// A commit that only rearranges data is judged as snapshot isolation. Source: Spark's OptimisticTransaction.getIsolationLevelToUse.
IsolationLevel Transaction::EffectiveIsolation() const {
  if (!ChangesData() && (!adds_.empty() || !removes_.empty())) return IsolationLevel::kSnapshotIsolation;
  if (isolation_) return *isolation_;
  auto found = metadata().configuration.find("delta.isolationLevel");
  return found != metadata().configuration.end() && EqualIgnoringCase(found->second, "Serializable") ? IsolationLevel::kSerializable : IsolationLevel::kWriteSerializable;
}

Result<> Transaction::CheckAppendOnly() const {
  if (!base_ || !base_->BoolProperty("delta.appendOnly") || !base_->Supports("appendOnly")) return {};
  bool removes_data = !row_deletions_.empty();
  for (const auto& [key, remove] : removes_) removes_data |= remove.data_change;
  if (removes_data) return Failure(ConditionError("DELTA_CANNOT_MODIFY_APPEND_ONLY", {{"table_name", metadata().name.value_or("delta.`" + std::string(base_->root_url()) + "`")}, {"config", "delta.appendOnly"}}));
  return {};
}

// Row deletions become removes of the old forms and adds of new ones, their vectors in one file.
Result<> Transaction::WriteVectors(const SnapshotPtr& current, std::vector<Action>& actions) {
  if (row_deletions_.empty()) return {};
  const Environment& environment = table_->environment();
  DeletionVectorFile vectors(environment.random->NextUuid());
  const int64_t now_ms = environment.clock->NowMillis();
  for (auto& [path, deletion] : row_deletions_) {
    RowSet all = deletion.rows;
    if (deletion.file.deletion_vector) {
      TRY(const RowSet before, ReadDeletionVector(*environment.store, *deletion.file.deletion_vector));
      all.UnionWith(before);
    }
    actions.emplace_back(RemoveOf(deletion.file, now_ms, true));
    const int64_t records = RecordsOf(deletion.file.stats);
    if (records >= 0 && static_cast<int64_t>(all.Cardinality()) >= records) continue;  // nothing is left of it
    if (records < 0) {
      return Failure(ConditionError("DELTA_DELETION_VECTOR_MISSING_NUM_RECORDS", {{"path", deletion.file.path}}));
    }
    AddFile add = deletion.file;
    add.deletion_vector = vectors.Add(all);
    add.stats = WithWideBounds(deletion.file.stats);
    add.data_change = true;
    actions.emplace_back(std::move(add));
  }
  (void)current;
  if (!vectors.Empty()) TRY(environment.store->Write(vectors.Key(), vectors.Bytes(), io::WriteMode::kCreateOnly));
  return {};
}

// Source: PROTOCOL.md, "Writer Requirements for Row Tracking".
Result<> Transaction::AssignRowIds(int64_t version, const SnapshotPtr& current, std::vector<Action>& actions) {
  if (!SupportsFeature(protocol(), "rowTracking") || Enabled(metadata(), "delta.rowTrackingSuspended")) return {};
  int64_t mark = HighWaterMark(current);
  const int64_t before = mark;
  for (Action& action : actions) {
    auto* add = std::get_if<AddFile>(&action);
    if (add == nullptr) continue;
    if (!add->base_row_id) {
      const int64_t records = RecordsOf(add->stats);
      if (records < 0) return Failure(ConditionError("DELTA_ROW_ID_ASSIGNMENT_WITHOUT_STATS"));
      add->base_row_id = mark + 1;
      mark += records;
    }
    if (!add->default_row_commit_version) add->default_row_commit_version = version;
  }
  if (mark != before) {
    actions.emplace_back(DomainMetadata{std::string(kRowTrackingDomain), fmt::format("{{\"rowIdHighWaterMark\":{}}}", mark), false});
  }
  return {};
}

JsonValue Transaction::InfoOf(int64_t version, int64_t now_ms, const std::vector<Action>& actions, const CommitOptions& options) const {
  (void)actions;
  JsonValue info;
  info.Set("timestamp", now_ms);
  info.Set("operation", operation_.name);
  info.Set("operationParameters", operation_.parameters.IsObject() ? operation_.parameters : JsonValue(JsonValue::Object{}));
  if (version > 0) info.Set("readVersion", read_version());
  switch (EffectiveIsolation()) {
    case IsolationLevel::kSerializable: info.Set("isolationLevel", "Serializable"); break;
    case IsolationLevel::kWriteSerializable: info.Set("isolationLevel", "WriteSerializable"); break;
    case IsolationLevel::kSnapshotIsolation: info.Set("isolationLevel", "SnapshotIsolation"); break;
  }
  info.Set("isBlindAppend", IsBlindAppend());
  JsonValue metrics = JsonValue::Object{};
  for (const auto& [name, value] : metrics_) metrics.Set(name, fmt::format("{}", value));
  info.Set("operationMetrics", std::move(metrics));
  if (user_metadata_) info.Set("userMetadata", *user_metadata_);
  if (!tags_.empty()) {
    JsonValue tags = JsonValue::Object{};
    for (const auto& [name, value] : tags_) tags.Set(name, value);
    info.Set("tags", std::move(tags));
  }
  info.Set("engineInfo", options.engine_info);
  info.Set("txnId", transaction_id_);
  return info;
}

Result<std::vector<Action>> Transaction::Assemble(int64_t version, const SnapshotPtr& current, const CommitOptions& options) {
  const Environment& environment = table_->environment();
  std::vector<Action> files;
  for (const AddFile& add : adds_) files.emplace_back(add);
  for (const auto& [key, remove] : removes_) files.emplace_back(remove);
  TRY(WriteVectors(current, files));
  TRY(AssignRowIds(version, current, files));
  std::optional<Metadata> metadata = metadata_;
  int64_t now_ms = environment.clock->NowMillis();
  const bool has_timestamps = Enabled(this->metadata(), "delta.enableInCommitTimestamps") && SupportsFeature(protocol(), "inCommitTimestamp");
  if (has_timestamps && current != nullptr) {
    TRY(const int64_t previous, current->TimestampMs());
    now_ms = std::max(now_ms, previous + 1);
    const bool enables = metadata && !current->BoolProperty("delta.enableInCommitTimestamps");
    if (enables) {
      metadata->configuration["delta.inCommitTimestampEnablementVersion"] = fmt::format("{}", version);
      metadata->configuration["delta.inCommitTimestampEnablementTimestamp"] = fmt::format("{}", now_ms);
    }
  }
  JsonValue info = InfoOf(version, now_ms, files, options);
  if (has_timestamps) {
    JsonValue::Object with{{"inCommitTimestamp", now_ms}};
    for (auto& member : info.AsObject()) with.push_back(std::move(member));
    info = std::move(with);
  }
  std::vector<Action> actions;
  actions.emplace_back(CommitInfo{std::move(info)});
  if (metadata) actions.emplace_back(*std::move(metadata));
  if (protocol_) actions.emplace_back(*protocol_);
  for (const SetTransaction& transaction : transactions_) actions.emplace_back(transaction);
  for (const auto& [name, domain] : domains_) actions.emplace_back(domain);
  for (Action& action : files) actions.push_back(std::move(action));
  for (const AddCdcFile& cdc : cdc_) actions.emplace_back(cdc);
  return actions;
}

Result<CommitOutcome> Transaction::Finish(int64_t version, int32_t attempts, const SnapshotPtr& current, std::vector<Action> actions, const CommitOptions& options) {
  const Environment& environment = table_->environment();
  Committed done{version, nullptr, attempts};
  // The new snapshot follows from the old one and our own actions: no need to read them back.
  LogFile commit;
  commit.version = version;
  commit.key = CommitKey(version);
  if (Result<io::ObjectInfo> info = environment.store->Head(commit.key)) {
    commit.modified_ms = info->modified_ms;
    commit.size_bytes = info->size_bytes;
    CommitFold fold;
    TableState state;
    LogSegment segment;
    if (current) {
      state = current->state();
      segment = current->segment();
    }
    segment.version = version;
    segment.commits.assign(1, std::move(commit));
    if (fold.AddCommit(version, std::move(actions))) {
      std::move(fold).ApplyTo(state, Tombstones::kSkip);
      if (Result<SnapshotPtr> snapshot = MakeSnapshot(environment, std::move(segment), std::move(state))) done.snapshot = *std::move(snapshot);
    }
  }
  if (done.snapshot == nullptr) return done;
  table_->Remember(done.snapshot);
  // What follows is for readers' comfort: the commit stands whether or not it succeeds.
  if (options.write_checksum) (void)WriteChecksum(*done.snapshot, transaction_id_);
  const std::string interval = done.snapshot->Property("delta.checkpointInterval");
  const int64_t every = interval.empty() ? kCheckpointIntervalDefault : std::max<int64_t>(1, std::strtoll(interval.c_str(), nullptr, 10));
  if (options.write_checkpoint && version > 0 && version % every == 0 && environment.parquet != nullptr) {
    if (WriteCheckpoint(done.snapshot) && done.snapshot->BoolProperty("delta.enableExpiredLogCleanup", true)) (void)CleanUpLog(*done.snapshot);
  }
  return done;
}

Result<CommitOutcome> Transaction::Commit(const CommitOptions& options) && {
  const Environment& environment = table_->environment();
  TRY(CheckAppendOnly());
  SnapshotPtr current = base_;
  int64_t version = read_version() + 1;
  int32_t store_attempts = 0;
  int64_t backoff = kBackoffMicros;
  for (int32_t attempt = 1;; ++attempt) {
    TRY(std::vector<Action> actions, Assemble(version, current, options));
    const std::string text = TextOf(actions);
    Result<> written = environment.store->Write(CommitKey(version), text, io::WriteMode::kCreateOnly);
    if (written) return Finish(version, attempt, current, std::move(actions), options);
    const bool lost_race = written.error().code == ErrorCode::kAlreadyExists;
    if (!lost_race && written.error().code != ErrorCode::kUnavailable) return Failure(std::move(written).error());
    // Whoever's it is, the commit that stands there decides: it may be our own whose reply was lost.
    Result<std::string> standing = environment.store->Read(CommitKey(version));
    if (standing && IdOf(*standing) == transaction_id_) {
      TRY(std::vector<Action> own, ParseActions(*standing));
      return Finish(version, attempt, current, std::move(own), options);
    }
    if (!standing) {
      const ErrorCode code = standing.error().code;
      if (code != ErrorCode::kNotFound && code != ErrorCode::kUnavailable) return Failure(std::move(standing).error());
      if (++store_attempts >= options.store_attempts_max) return Failure(std::move(written).error());
      if (options.sleep) options.sleep(backoff / 2 + static_cast<int64_t>(environment.random->NextUint64() % static_cast<uint64_t>(backoff)));
      backoff = std::min(backoff * 2, kBackoffMicrosMax);
      continue;
    }
    store_attempts = 0;
    if (attempt >= options.attempts_max) return Conflicted{Conflicted::Reason::kTooManyAttempts, version, "", fmt::format("{}", attempt)};
    // A new table that someone else made first.
    if (current == nullptr) return Conflicted{Conflicted::Reason::kProtocolChanged, version, "", ""};
    LogFile commit;
    commit.version = version;
    commit.key = CommitKey(version);
    if (Result<io::ObjectInfo> info = environment.store->Head(commit.key)) commit.modified_ms = info->modified_ms;
    Result<std::vector<Action>> winner = ParseActions(*standing);
    if (!winner) return Failure(WithContext(std::move(winner).error(), fmt::format("reading version {}", version)));
    CommitFold fold;
    TRY(fold.AddCommit(version, *winner));
    TableState state = current->state();
    std::move(fold).ApplyTo(state, Tombstones::kSkip);
    LogSegment segment = current->segment();
    segment.version = version;
    segment.commits.assign(1, std::move(commit));
    TRY(SnapshotPtr after, MakeSnapshot(environment, std::move(segment), std::move(state)));
    ConflictCheck check(*this, version, *winner, *current, *after);
    TRY(std::optional<Conflicted> conflict, check.Run());
    if (conflict) return *std::move(conflict);
    current = std::move(after);
    ++version;
  }
}

}  // namespace crannog::delta
