#include "delta/snapshot.h"

#include <fmt/format.h>

#include "delta/features.h"

namespace crannog::delta {
namespace {

Error CannotRecover(std::string_view operation, int64_t version) {
  return ConditionError("DELTA_STATE_RECOVER_ERROR", {{"operation", std::string(operation)}, {"version", fmt::format("{}", version)}});
}

// Column mapping ids and names must be whole and unequal, else columns would be mixed up.
Result<> CheckColumnMapping(const Schema& schema, ColumnMappingMode mode) {
  std::map<int32_t, std::string> ids;
  std::map<std::string, std::string> names;
  for (const Field& field : schema) {
    const std::optional<int32_t> id = field.FieldId();
    if (mode == ColumnMappingMode::kId && !id) {
      return Failure(ErrorCode::kDataLoss, fmt::format("column {} has no delta.columnMapping.id though the table maps columns by id", field.name));
    }
    if (id && !ids.emplace(*id, field.name).second) {
      return Failure(ErrorCode::kDataLoss, fmt::format("columns {} and {} share the column mapping id {}", ids[*id], field.name, *id));
    }
    if (!names.emplace(field.PhysicalName(), field.name).second) {
      return Failure(ErrorCode::kDataLoss, fmt::format("columns {} and {} share the physical name {}", names[field.PhysicalName()], field.name, field.PhysicalName()));
    }
  }
  return {};
}

}  // namespace

Snapshot::Snapshot(Environment environment, LogSegment segment, TableState state, Schema schema)
    : environment_(std::move(environment)), segment_(std::move(segment)), state_(std::move(state)), schema_(std::move(schema)) {
  const std::string mode = Property("delta.columnMapping.mode", "none");
  if (Supports("columnMapping")) {
    if (EqualIgnoringCase(mode, "name")) column_mapping_ = ColumnMappingMode::kName;
    else if (EqualIgnoringCase(mode, "id")) column_mapping_ = ColumnMappingMode::kId;
  }
}

std::string Snapshot::Property(std::string_view name, std::string_view otherwise) const {
  auto found = metadata().configuration.find(std::string(name));
  return found == metadata().configuration.end() ? std::string(otherwise) : found->second;
}

bool Snapshot::BoolProperty(std::string_view name, bool otherwise) const {
  const std::string value = Property(name);
  return value.empty() ? otherwise : EqualIgnoringCase(value, "true");
}

bool Snapshot::Supports(std::string_view feature) const { return SupportsFeature(protocol(), feature); }

Result<int64_t> Snapshot::TimestampMs() const {
  if (BoolProperty("delta.enableInCommitTimestamps") && Supports("inCommitTimestamp")) {
    if (state_.in_commit_timestamp_ms) return *state_.in_commit_timestamp_ms;
    LogFile commit;
    commit.key = segment_.commits.empty() ? CommitKey(version()) : segment_.commits.back().key;
    commit.version = version();
    if (Result<std::vector<Action>> actions = ReadCommit(store(), commit)) {
      for (const Action& action : *actions) {
        if (const auto* info = std::get_if<CommitInfo>(&action)) {
          if (info->InCommitTimestampMs()) return *info->InCommitTimestampMs();
        }
      }
      return Failure(ConditionError("DELTA_MISSING_COMMIT_TIMESTAMP", {{"featureName", "inCommitTimestamp"}, {"version", fmt::format("{}", version())}}));
    }
  }
  if (!segment_.commits.empty()) return segment_.commits.back().modified_ms;
  if (Result<io::ObjectInfo> info = store().Head(CommitKey(version()))) return info->modified_ms;
  if (segment_.checkpoint) return segment_.checkpoint->files.front().modified_ms;
  return Failure(ErrorCode::kNotFound, fmt::format("the commit of version {} is gone", version()));
}

Result<SnapshotPtr> MakeSnapshot(const Environment& environment, LogSegment segment, TableState state) {
  if (!state.protocol) return Failure(CannotRecover("protocol", segment.version));
  TRY(CheckReadable(*state.protocol, environment.store->RootUrl()));
  if (!state.metadata) return Failure(CannotRecover("metadata", segment.version));
  Result<Schema> schema = ParseSchema(state.metadata->schema_string);
  if (!schema) return Failure(WithContext(std::move(schema).error(), fmt::format("reading version {}", segment.version)));
  auto snapshot = std::make_shared<Snapshot>(environment, std::move(segment), std::move(state), *std::move(schema));
  if (snapshot->column_mapping() != ColumnMappingMode::kNone) TRY(CheckColumnMapping(snapshot->schema(), snapshot->column_mapping()));
  for (const std::string& name : snapshot->partition_columns()) {
    if (FindField(snapshot->schema(), name) == nullptr) {
      return Failure(ErrorCode::kDataLoss, fmt::format("partition column {} is not in the schema of version {}", name, snapshot->version()));
    }
  }
  return snapshot;
}

}  // namespace crannog::delta
