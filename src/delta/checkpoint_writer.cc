#include "delta/checkpoint_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "delta/features.h"
#include "delta/log_segment.h"
#include "delta/replay.h"
#include "delta/value.h"

namespace crannog::delta {
namespace {

constexpr int64_t kWeekMs = 7 * 86400000LL;

Field Of(std::string name, Type type) { return {std::move(name), std::move(type), true, {}}; }
Type Text() { return PrimitiveType(TypeKind::kString); }
Type Long() { return PrimitiveType(TypeKind::kLong); }
Type Int() { return PrimitiveType(TypeKind::kInteger); }
Type Bool() { return PrimitiveType(TypeKind::kBoolean); }
Type Texts() { return MapType(Text(), Text(), true); }

Type VectorType() {
  return StructType({Of("storageType", Text()), Of("pathOrInlineDv", Text()), Of("offset", Int()), Of("sizeInBytes", Int()), Of("cardinality", Long())});
}
Field AddColumn() {
  return Of("add", StructType({Of("path", Text()), Of("partitionValues", Texts()), Of("size", Long()), Of("modificationTime", Long()), Of("dataChange", Bool()),
                               Of("tags", Texts()), Of("deletionVector", VectorType()), Of("baseRowId", Long()), Of("defaultRowCommitVersion", Long()),
                               Of("clusteringProvider", Text()), Of("stats", Text())}));
}
Field RemoveColumn() {
  return Of("remove", StructType({Of("path", Text()), Of("deletionTimestamp", Long()), Of("dataChange", Bool()), Of("extendedFileMetadata", Bool()),
                                  Of("partitionValues", Texts()), Of("size", Long()), Of("deletionVector", VectorType()), Of("baseRowId", Long()),
                                  Of("defaultRowCommitVersion", Long())}));
}
// Source: PROTOCOL.md, "Checkpoint Schema".
Schema CheckpointSchema(bool is_v2) {
  Schema schema = {
      Of("txn", StructType({Of("appId", Text()), Of("version", Long()), Of("lastUpdated", Long())})), AddColumn(), RemoveColumn(),
      Of("metaData", StructType({Of("id", Text()), Of("name", Text()), Of("description", Text()),
                                 Of("format", StructType({Of("provider", Text()), Of("options", Texts())})), Of("schemaString", Text()),
                                 Of("partitionColumns", ArrayType(Text(), true)), Of("configuration", Texts()), Of("createdTime", Long())})),
      Of("protocol", StructType({Of("minReaderVersion", Int()), Of("minWriterVersion", Int()), Of("readerFeatures", ArrayType(Text(), true)),
                                 Of("writerFeatures", ArrayType(Text(), true))})),
      Of("domainMetadata", StructType({Of("domain", Text()), Of("configuration", Text()), Of("removed", Bool())}))};
  if (is_v2) {
    schema.push_back(Of("checkpointMetadata", StructType({Of("version", Long()), Of("tags", Texts())})));
    schema.push_back(Of("sidecar", StructType({Of("path", Text()), Of("sizeInBytes", Long()), Of("modificationTime", Long()), Of("tags", Texts())})));
  }
  return schema;
}

std::string Row(const char* key, JsonValue value) {
  JsonValue json;
  json.Set(key, std::move(value));
  return WriteJson(json);
}

std::string AddRow(const FileEntry& file) { return Row("add", ToJson(file.ToAddFile())); }

std::string RemoveRow(const RemoveFile& remove) {
  RemoveFile kept = remove;
  kept.data_change = false;
  kept.stats.clear();
  kept.tags.clear();
  if (!kept.extended_file_metadata) kept.extended_file_metadata = kept.partition_values.has_value() && kept.size_bytes.has_value();
  return Row("remove", ToJson(kept));
}

// Gives one text after the other.
std::function<Result<std::optional<std::string>>()> From(std::vector<std::string> rows) {
  auto shared = std::make_shared<std::pair<std::vector<std::string>, size_t>>(std::move(rows), 0);
  return [shared]() -> Result<std::optional<std::string>> {
    if (shared->second >= shared->first.size()) return std::optional<std::string>();
    return std::optional(std::move(shared->first[shared->second++]));
  };
}

int64_t RetentionMs(const Snapshot& snapshot, std::string_view property, int64_t otherwise) {
  return ParseIntervalMs(snapshot.Property(property)).value_or(otherwise);
}

// The state with tombstones: replayed from the files, since snapshots do without them.
Result<TableState> WholeState(const Snapshot& snapshot) {
  io::ObjectStore& store = snapshot.store();
  // From the last checkpoint on; from the beginning when that does not work out.
  const std::optional<LastCheckpoint> hint = ReadLastCheckpoint(store);
  const int64_t near = hint && hint->version < snapshot.version() ? hint->version : 0;
  Result<TableState> state;
  for (const int64_t first : {near, int64_t{0}}) {
    TRY(LogListing listing, ListLog(store, first));
    std::erase_if(listing.checkpoints, [&](const Checkpoint& one) { return one.version >= snapshot.version(); });
    Result<LogSegment> segment = ChooseSegment(listing, snapshot.version(), INT64_MAX, snapshot.root_url());
    if (!segment) {
      if (first == 0) return Failure(std::move(segment).error());
      continue;
    }
    bool checkpoint_failed = false;
    state = Replay(store, snapshot.environment().parquet, *segment, Tombstones::kKeep, &checkpoint_failed);
    if (state || first == 0) break;
  }
  return state;
}

std::vector<std::string> TableRows(const Snapshot& snapshot, const TableState& state, int64_t now_ms) {
  std::vector<std::string> rows;
  rows.push_back(Row("protocol", ToJson(*state.protocol)));
  rows.push_back(Row("metaData", ToJson(*state.metadata)));
  const std::optional<int64_t> retention = ParseIntervalMs(snapshot.Property("delta.setTransactionRetentionDuration"));
  for (const auto& [app, transaction] : state.transactions) {
    if (retention && transaction.last_updated_ms && *transaction.last_updated_ms < now_ms - *retention) continue;
    rows.push_back(Row("txn", ToJson(transaction)));
  }
  for (const auto& [name, domain] : state.domains) rows.push_back(Row("domainMetadata", ToJson(domain)));
  return rows;
}

Result<> WriteLastCheckpoint(io::ObjectStore& store, int64_t version, int64_t size, int64_t bytes, int64_t adds) {
  if (const std::optional<LastCheckpoint> known = ReadLastCheckpoint(store); known && known->version > version) return {};
  JsonValue json;
  json.Set("version", version);
  json.Set("size", size);
  json.Set("sizeInBytes", bytes);
  json.Set("numOfAddFiles", adds);
  return store.Write(fmt::format("{}_last_checkpoint", kLogFolder), WithJsonChecksum(WriteJson(json)), io::WriteMode::kOverwrite);
}

}  // namespace

std::optional<int64_t> ParseIntervalMs(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t ms;
  };
  constexpr Unit kUnits[] = {{"millisecond", 1}, {"second", 1000}, {"minute", 60000}, {"hour", 3600000}, {"day", 86400000}, {"week", kWeekMs}};
  if (text.size() >= 8 && EqualIgnoringCase(text.substr(0, 8), "interval")) text.remove_prefix(8);
  int64_t total = 0;
  bool any = false;
  while (true) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    if (text.empty()) break;
    int64_t number = 0;
    size_t digits = 0;
    while (digits < text.size() && digits < 12 && text[digits] >= '0' && text[digits] <= '9') number = number * 10 + (text[digits++] - '0');
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    size_t length = 0;
    while (length < text.size() && text[length] != ' ') ++length;
    std::string_view word = text.substr(0, length);
    text.remove_prefix(length);
    if (word.size() > 1 && (word.back() == 's' || word.back() == 'S')) word.remove_suffix(1);
    auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [word](const Unit& one) { return EqualIgnoringCase(one.name, word); });
    if (unit == std::end(kUnits)) return std::nullopt;
    total += number * unit->ms;
    any = true;
  }
  return any ? std::optional(total) : std::nullopt;
}

Result<> WriteCheckpoint(const SnapshotPtr& snapshot, const CheckpointOptions& options) {
  const Environment& environment = snapshot->environment();
  io::ObjectStore& store = *environment.store;
  if (environment.parquet == nullptr) return Failure(NotImplemented("writing checkpoints without a Parquet handler"));
  TRY(const TableState state, WholeState(*snapshot));
  const int64_t now_ms = environment.clock->NowMillis();
  const int64_t kept_since = now_ms - RetentionMs(*snapshot, "delta.deletedFileRetentionDuration", kWeekMs);
  const bool is_v2 = EqualIgnoringCase(snapshot->Property("delta.checkpointPolicy"), "v2") && snapshot->Supports("v2Checkpoint");

  std::vector<std::string> file_rows;
  state.files.ForEach([&file_rows](const FileEntry& file) { file_rows.push_back(AddRow(file)); });
  const auto adds = static_cast<int64_t>(file_rows.size());
  for (const RemoveFile& remove : state.tombstones) {
    if (remove.deletion_timestamp_ms.value_or(0) > kept_since) file_rows.push_back(RemoveRow(remove));
  }
  std::vector<std::string> rows = TableRows(*snapshot, state, now_ms);
  int64_t actions = static_cast<int64_t>(rows.size() + file_rows.size());
  int64_t bytes = 0;
  std::string key = ClassicCheckpointKey(snapshot->version());
  if (is_v2) {
    key = fmt::format("{}{:020}.checkpoint.{}.parquet", kLogFolder, snapshot->version(), environment.random->NextUuid());
    JsonValue about;
    about.Set("version", snapshot->version());
    rows.push_back(Row("checkpointMetadata", std::move(about)));
    const auto per_sidecar = static_cast<size_t>(options.sidecar_actions_max);
    for (size_t start = 0; start < file_rows.size(); start += per_sidecar) {
      std::vector<std::string> part(std::make_move_iterator(file_rows.begin() + static_cast<ptrdiff_t>(start)),
                                    std::make_move_iterator(file_rows.begin() + static_cast<ptrdiff_t>(std::min(start + per_sidecar, file_rows.size()))));
      const std::string name = environment.random->NextUuid() + ".parquet";
      TRY(const int64_t size, environment.parquet->Write(store, fmt::format("{}_sidecars/{}", kLogFolder, name), io::WriteMode::kCreateOnly, {AddColumn(), RemoveColumn()}, From(std::move(part))));
      bytes += size;
      JsonValue sidecar;
      sidecar.Set("path", name);
      sidecar.Set("sizeInBytes", size);
      sidecar.Set("modificationTime", now_ms);
      rows.push_back(Row("sidecar", std::move(sidecar)));
    }
    actions = static_cast<int64_t>(rows.size());
  } else {
    rows.insert(rows.end(), std::make_move_iterator(file_rows.begin()), std::make_move_iterator(file_rows.end()));
  }
  // Two writers of one classic checkpoint write the same content: the later one may replace the earlier.
  TRY(const int64_t size, environment.parquet->Write(store, key, is_v2 ? io::WriteMode::kCreateOnly : io::WriteMode::kOverwrite, CheckpointSchema(is_v2), From(std::move(rows))));
  return WriteLastCheckpoint(store, snapshot->version(), actions, bytes + size, adds);
}

std::string ChecksumOf(const Snapshot& snapshot, std::string_view transaction_id) {
  JsonValue json;
  if (!transaction_id.empty()) json.Set("txnId", transaction_id);
  json.Set("tableSizeBytes", snapshot.files().total_bytes());
  json.Set("numFiles", snapshot.files().count());
  if (snapshot.Supports("deletionVectors")) {
    int64_t vectors = 0, rows = 0;
    snapshot.files().ForEach([&](const FileEntry& file) {
      if (file.deletion_vector == nullptr) return;
      ++vectors;
      rows += file.deletion_vector->cardinality;
    });
    json.Set("numDeletedRecordsOpt", rows);
    json.Set("numDeletionVectorsOpt", vectors);
  }
  json.Set("numMetadata", 1);
  json.Set("numProtocol", 1);
  if (snapshot.state().in_commit_timestamp_ms && snapshot.BoolProperty("delta.enableInCommitTimestamps")) json.Set("inCommitTimestampOpt", *snapshot.state().in_commit_timestamp_ms);
  JsonValue::Array transactions, domains;
  for (const auto& [app, transaction] : snapshot.transactions()) transactions.push_back(ToJson(transaction));
  for (const auto& [name, domain] : snapshot.domains()) domains.push_back(ToJson(domain));
  json.Set("setTransactions", std::move(transactions));
  json.Set("domainMetadata", std::move(domains));
  json.Set("metadata", ToJson(snapshot.metadata()));
  json.Set("protocol", ToJson(snapshot.protocol()));
  return WriteJson(json);
}

Result<> WriteChecksum(const Snapshot& snapshot, std::string_view transaction_id) {
  Result<> written = snapshot.store().Write(ChecksumKey(snapshot.version()), ChecksumOf(snapshot, transaction_id), io::WriteMode::kCreateOnly);
  if (!written && written.error().code == ErrorCode::kAlreadyExists) return {};
  return written;
}

Result<std::string> VerifyChecksum(const Snapshot& snapshot) {
  Result<std::string> text = snapshot.store().Read(ChecksumKey(snapshot.version()));
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return std::string();
    return Failure(std::move(text).error());
  }
  Result<JsonValue> json = ParseJson(*text);
  if (!json) return fmt::format("{} is no JSON", ChecksumKey(snapshot.version()));
  std::string differences;
  auto check = [&](std::string_view name, int64_t actual) {
    const JsonValue* recorded = json->Find(name);
    if (recorded == nullptr || !recorded->IsInt() || recorded->AsInt() == actual) return;
    differences += fmt::format("{}{} is {}, recorded as {}", differences.empty() ? "" : "; ", name, actual, recorded->AsInt());
  };
  check("numFiles", snapshot.files().count());
  check("tableSizeBytes", snapshot.files().total_bytes());
  return differences;
}

Result<int64_t> CleanUpLog(const Snapshot& snapshot) {
  if (snapshot.Supports("checkpointProtection")) return 0;
  const Environment& environment = snapshot.environment();
  io::ObjectStore& store = *environment.store;
  constexpr int64_t kDayMs = 86400000;
  const int64_t retention = RetentionMs(snapshot, "delta.logRetentionDuration", 30 * kDayMs);
  const int64_t cutoff_ms = (environment.clock->NowMillis() - retention) / kDayMs * kDayMs;
  TRY(const std::vector<io::ObjectInfo> infos, store.List(kLogFolder));
  TRY(const LogListing listing, ListLog(store, 0));
  int64_t cutoff = -1;
  for (const LogFile& commit : listing.commits) {
    if (commit.modified_ms <= cutoff_ms) cutoff = commit.version;
  }
  int64_t keep_from = -1;  // the newest checkpoint at or below the cut-off
  for (const Checkpoint& checkpoint : listing.checkpoints) {
    if (checkpoint.version <= cutoff) keep_from = std::max(keep_from, checkpoint.version);
  }
  if (keep_from <= 0) return 0;
  int64_t deleted = 0;
  // Oldest first, so that a crash leaves a log without gaps behind the checkpoint.
  for (const io::ObjectInfo& info : infos) {
    const std::optional<LogFile> file = ParseLogFile(info);
    if (!file) continue;
    const bool old = file->kind == LogFile::Kind::kCompaction || file->kind == LogFile::Kind::kStagedCommit ? file->first_version <= keep_from && file->version <= keep_from
                                                                                                            : file->version < keep_from;
    const bool compaction_over = file->kind == LogFile::Kind::kCompaction && file->first_version <= keep_from;
    if (!old && !compaction_over) continue;
    TRY(store.Delete(info.key));
    ++deleted;
  }
  return deleted;
}

}  // namespace crannog::delta
