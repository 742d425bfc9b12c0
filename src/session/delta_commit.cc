#include "session/delta_commit.h"

#include <fmt/format.h>

#include <set>

#include "delta/features.h"
#include "delta/log_segment.h"

namespace crannog::session {
namespace {

constexpr int kAttemptsMax = 50;  // each lost race is another writer's success

JsonValue TextMap(const std::vector<std::pair<std::string, std::string>>& entries) {
  JsonValue json{JsonValue::Object{}};
  for (const auto& [key, value] : entries) json.Set(key, value);
  return json;
}

delta::CommitInfo MakeCommitInfo(const CommitDescription& description, const delta::SnapshotPtr& read, int64_t now_ms, std::string transaction_id) {
  JsonValue json{JsonValue::Object{}};
  json.Set("timestamp", now_ms);
  if (!description.user.empty()) json.Set("userName", description.user);
  json.Set("operation", description.operation);
  json.Set("operationParameters", TextMap(description.parameters));
  if (read != nullptr) json.Set("readVersion", read->version());
  json.Set("isolationLevel", description.isolation_level);
  json.Set("isBlindAppend", description.is_blind_append);
  json.Set("operationMetrics", TextMap(description.metrics));
  json.Set("engineInfo", "Crannog/0.1.0");
  json.Set("txnId", std::move(transaction_id));
  return {std::move(json)};
}

std::string WriteLines(const std::vector<delta::Action>& actions) {
  std::string text;
  for (const delta::Action& action : actions) text += delta::WriteAction(action) + "\n";
  return text;
}

// What the own transaction did, as far as others' commits matter.
struct OwnWork {
  std::set<std::string> removed;
  bool changes_metadata = false;
  bool reads = false;
};

OwnWork WorkOf(const std::vector<delta::Action>& actions, const CommitDescription& description) {
  OwnWork work;
  work.reads = !description.is_blind_append;
  for (const delta::Action& action : actions) {
    if (const auto* remove = std::get_if<delta::RemoveFile>(&action)) work.removed.insert(delta::FileKey(remove->path, remove->deletion_vector));
    work.changes_metadata |= std::holds_alternative<delta::Metadata>(action) || std::holds_alternative<delta::Protocol>(action);
  }
  return work;
}

// Source: reference/delta.md section 5, WriteSerializable, whole-table reads.
Result<> CheckWinner(const std::vector<delta::Action>& winner, int64_t version, const OwnWork& own) {
  const std::string at = std::to_string(version);
  for (const delta::Action& action : winner) {
    if (std::holds_alternative<delta::Protocol>(action)) return Failure(ConditionError("DELTA_PROTOCOL_CHANGED", {{"conflictingCommit", at}}));
    if (std::holds_alternative<delta::Metadata>(action)) return Failure(ConditionError("DELTA_METADATA_CHANGED", {{"conflictingCommit", at}}));
    if (const auto* add = std::get_if<delta::AddFile>(&action); add != nullptr && own.reads && add->data_change) {
      return Failure(ConditionError("DELTA_CONCURRENT_APPEND", {{"partition", "the root of the table"}, {"conflictingCommit", at}, {"operation", ""}, {"version", at}}));
    }
    if (const auto* remove = std::get_if<delta::RemoveFile>(&action)) {
      if (own.removed.contains(delta::FileKey(remove->path, remove->deletion_vector))) {
        return Failure(ConditionError("DELTA_CONCURRENT_DELETE_DELETE", {{"file", remove->path}, {"conflictingCommit", at}}));
      }
      if (own.reads && remove->data_change) {
        return Failure(ConditionError("DELTA_CONCURRENT_DELETE_READ", {{"file", remove->path}, {"conflictingCommit", at}}));
      }
    }
  }
  return {};
}

bool HasType(const delta::Type& type, delta::TypeKind kind) {
  if (type.kind == kind) return true;
  if (type.fields != nullptr) {
    for (const delta::Field& field : *type.fields) {
      if (HasType(field.type, kind)) return true;
    }
  }
  return (type.key != nullptr && HasType(*type.key, kind)) || (type.element != nullptr && HasType(*type.element, kind));
}

}  // namespace

delta::Protocol ProtocolFor(const delta::Metadata& metadata, const delta::Protocol* current) {
  delta::Protocol protocol = current != nullptr ? *current : delta::Protocol{};
  std::set<std::string> features;
  const auto is_true = [&](const char* key) {
    const auto found = metadata.configuration.find(key);
    return found != metadata.configuration.end() && found->second == "true";
  };
  if (is_true("delta.enableDeletionVectors")) features.insert("deletionVectors");
  if (is_true("delta.enableChangeDataFeed")) features.insert("changeDataFeed");
  if (is_true("delta.enableInCommitTimestamps")) features.insert("inCommitTimestamp");
  if (is_true("delta.enableRowTracking")) features.insert("rowTracking");
  if (is_true("delta.enableTypeWidening")) features.insert("typeWidening");
  for (const auto& [key, value] : metadata.configuration) {
    if (key.starts_with("delta.constraints.")) features.insert("checkConstraints");
    if (key == "delta.columnMapping.mode" && value != "none") features.insert("columnMapping");
    if (key == "delta.checkpointPolicy" && value == "v2") features.insert("v2Checkpoint");
    if (key.starts_with("delta.feature.")) features.insert(key.substr(14));
  }
  if (const auto schema = delta::ParseSchema(metadata.schema_string)) {
    for (const delta::Field& field : *schema) {
      if (HasType(field.type, delta::TypeKind::kTimestampNtz)) features.insert("timestampNtz");
      if (HasType(field.type, delta::TypeKind::kVariant)) features.insert("variantType");
      if (field.metadata.Find("delta.generationExpression") != nullptr) features.insert("generatedColumns");
      if (field.metadata.Find("delta.identity.start") != nullptr) features.insert("identityColumns");
      if (field.metadata.Find("CURRENT_DEFAULT") != nullptr) features.insert("allowColumnDefaults");
    }
  }
  for (const std::string& feature : features) {
    if (auto widened = delta::WithFeature(protocol, feature)) protocol = *widened;
  }
  return protocol;
}

Result<int64_t> CommitDelta(delta::Table& table, const delta::SnapshotPtr& read, std::vector<delta::Action> actions,
                            const CommitDescription& description) {
  const delta::Environment& environment = table.environment();
  const std::string transaction_id = environment.random->NextUuid();
  const OwnWork own = WorkOf(actions, description);
  if (read != nullptr) TRY(delta::CheckWritable(read->protocol(), std::string(read->root_url())));
  int64_t version = read == nullptr ? 0 : read->version() + 1;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    std::vector<delta::Action> lines;
    int64_t now_ms = environment.clock->NowMillis();
    delta::CommitInfo info = MakeCommitInfo(description, read, now_ms, transaction_id);
    if (read != nullptr && read->BoolProperty("delta.enableInCommitTimestamps")) {
      TRY(const delta::SnapshotPtr newest, table.Latest());
      TRY(const int64_t previous, newest->TimestampMs());
      info.json.Set("inCommitTimestamp", std::max(now_ms, previous + 1));
    }
    lines.emplace_back(std::move(info));
    lines.insert(lines.end(), actions.begin(), actions.end());
    const auto written = environment.store->Write(delta::CommitKey(version), WriteLines(lines), io::WriteMode::kCreateOnly);
    if (written) return version;
    if (written.error().code != ErrorCode::kAlreadyExists) return std::unexpected<Error>(written.error());
    if (read == nullptr) return Failure(ConditionError("DELTA_METADATA_CHANGED", {{"conflictingCommit", "0"}}));
    TRY(const delta::SnapshotPtr newest, table.Latest());
    for (; version <= newest->version(); ++version) {
      TRY(const std::vector<delta::Action> winner, table.Commit(version));
      TRY(CheckWinner(winner, version, own));
    }
  }
  return Failure(ErrorCode::kConflict, "the table changed with every attempt to commit", "try again when fewer writers are active");
}

}  // namespace crannog::session
