#include "delta/features.h"

#include <fmt/format.h>

#include <algorithm>

namespace crannog::delta {
namespace {

constexpr std::string_view kLibrary = "Crannog 0.1";

// Name, binds readers, can read, can write, legacy reader, legacy writer.
constexpr FeatureRow kFeatures[] = {
    {"appendOnly", false, true, true, 0, 2},
    {"invariants", false, true, true, 0, 2},
    {"checkConstraints", false, true, true, 0, 3},
    {"changeDataFeed", false, true, true, 0, 4},
    {"generatedColumns", false, true, true, 0, 4},
    {"columnMapping", true, true, true, 2, 5},
    {"identityColumns", false, true, true, 0, 6},
    {"deletionVectors", true, true, true, 0, 0},
    {"rowTracking", false, true, true, 0, 0},
    {"timestampNtz", true, true, true, 0, 0},
    {"domainMetadata", false, true, true, 0, 0},
    {"v2Checkpoint", true, true, true, 0, 0},
    {"catalogManaged", true, true, true, 0, 0},
    {"catalogOwned-preview", true, true, false, 0, 0},
    {"icebergCompatV1", false, true, false, 0, 0},
    {"icebergCompatV2", false, true, false, 0, 0},
    {"icebergCompatV3", false, true, false, 0, 0},
    {"icebergWriterCompatV1", false, true, false, 0, 0},
    {"icebergWriterCompatV3", false, true, false, 0, 0},
    {"clustering", false, true, true, 0, 0},
    {"vacuumProtocolCheck", true, true, true, 0, 0},
    {"inCommitTimestamp", false, true, true, 0, 0},
    {"inCommitTimestamp-preview", false, true, false, 0, 0},
    {"allowColumnDefaults", false, true, true, 0, 0},
    {"typeWidening", true, true, true, 0, 0},
    {"typeWidening-preview", true, true, true, 0, 0},
    {"variantType", true, true, true, 0, 0},
    {"variantType-preview", true, true, true, 0, 0},
    {"variantShredding", true, true, false, 0, 0},
    {"variantShredding-preview", true, true, false, 0, 0},
    {"checkpointProtection", false, true, true, 0, 0},
    {"collations", false, true, false, 0, 0},
    {"collations-preview", false, true, false, 0, 0},
    {"coordinatedCommits-preview", false, true, false, 0, 0},
    {"materializePartitionColumns", false, true, true, 0, 0},
    {"redirectReaderWriter-preview", true, false, false, 0, 0},
    {"redirectWriterOnly-preview", false, true, false, 0, 0},
    {"geospatial", true, false, false, 0, 0},
    {"timestampNanos", true, false, false, 0, 0},
    {"adaptiveMetadata-preview", true, false, false, 0, 0},
};

struct Dependency {
  std::string_view feature;
  std::string_view needs;
};
constexpr Dependency kDependencies[] = {
    {"rowTracking", "domainMetadata"},        {"clustering", "domainMetadata"},
    {"catalogManaged", "inCommitTimestamp"},  {"catalogManaged", "vacuumProtocolCheck"},
    {"icebergCompatV1", "columnMapping"},     {"icebergCompatV2", "columnMapping"},
    {"variantShredding", "variantType"},      {"checkpointProtection", "v2Checkpoint"},
};

constexpr int32_t kReaderMax = 3, kWriterMax = 7;

bool Contains(const std::vector<std::string>& list, std::string_view name) { return std::find(list.begin(), list.end(), name) != list.end(); }

Error InvalidVersion(const Protocol& protocol, std::string_view table) {
  return ConditionError("DELTA_INVALID_PROTOCOL_VERSION",
                        {{"tableNameOrPath", std::string(table)},
                         {"readerRequired", fmt::format("{}", protocol.min_reader_version)},
                         {"writerRequired", fmt::format("{}", protocol.min_writer_version)},
                         {"deltaVersion", std::string(kLibrary)},
                         {"supportedReaders", "1, 2, 3"},
                         {"supportedWriters", "1, 2, 3, 4, 5, 6, 7"}});
}

Error Unsupported(std::string_view condition, std::string_view table, const std::vector<std::string>& names) {
  return ConditionError(condition, {{"tableNameOrPath", std::string(table)},
                                    {"deltaVersion", std::string(kLibrary)},
                                    {"unsupported", fmt::format("{}", fmt::join(names, ", "))}});
}

}  // namespace

std::span<const FeatureRow> KnownFeatures() { return kFeatures; }

const FeatureRow* FindFeature(std::string_view name) {
  for (const FeatureRow& row : kFeatures) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

bool SupportsFeature(const Protocol& protocol, std::string_view name) {
  if (protocol.writer_features && Contains(*protocol.writer_features, name)) return true;
  if (protocol.reader_features && Contains(*protocol.reader_features, name)) return true;
  const FeatureRow* row = FindFeature(name);
  if (row == nullptr || row->legacy_writer == 0) return false;
  if (protocol.min_writer_version >= kWriterMax) return false;
  return protocol.min_writer_version >= row->legacy_writer && protocol.min_reader_version >= row->legacy_reader;
}

std::vector<std::string> SupportedFeatures(const Protocol& protocol) {
  std::vector<std::string> names;
  if (protocol.writer_features) names = *protocol.writer_features;
  if (protocol.reader_features) {
    for (const std::string& name : *protocol.reader_features) {
      if (!Contains(names, name)) names.push_back(name);
    }
  }
  for (const FeatureRow& row : kFeatures) {
    if (!Contains(names, row.name) && SupportsFeature(protocol, row.name)) names.emplace_back(row.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<> CheckReadable(const Protocol& protocol, std::string_view table) {
  if (protocol.min_reader_version < 1 || protocol.min_reader_version > kReaderMax) return Failure(InvalidVersion(protocol, table));
  if (protocol.min_reader_version < 3) return {};
  std::vector<std::string> unsupported;
  for (const std::string& name : protocol.reader_features.value_or(std::vector<std::string>{})) {
    const FeatureRow* row = FindFeature(name);
    if (row == nullptr || !row->can_read) unsupported.push_back(name);
  }
  if (!unsupported.empty()) return Failure(Unsupported("DELTA_UNSUPPORTED_FEATURES_FOR_READ", table, unsupported));
  return {};
}

Result<> CheckWritable(const Protocol& protocol, std::string_view table) {
  TRY(CheckReadable(protocol, table));
  if (protocol.min_writer_version < 1 || protocol.min_writer_version > kWriterMax) return Failure(InvalidVersion(protocol, table));
  if (protocol.min_writer_version < kWriterMax) return {};
  std::vector<std::string> unsupported;
  for (const std::string& name : protocol.writer_features.value_or(std::vector<std::string>{})) {
    const FeatureRow* row = FindFeature(name);
    if (row == nullptr || !row->can_write) unsupported.push_back(name);
  }
  if (!unsupported.empty()) return Failure(Unsupported("DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", table, unsupported));
  return {};
}

Result<Protocol> WithFeature(const Protocol& protocol, std::string_view feature) {
  const FeatureRow* row = FindFeature(feature);
  if (row == nullptr) {
    return Failure(ConditionError("DELTA_UNSUPPORTED_FEATURES_IN_CONFIG", {{"configs", fmt::format("delta.feature.{}", feature)}}));
  }
  Protocol base = protocol;
  for (const Dependency& dependency : kDependencies) {
    if (dependency.feature == feature) {
      TRY(base, WithFeature(base, dependency.needs));
    }
  }
  if (SupportsFeature(base, feature)) return base;
  Protocol next;
  next.min_writer_version = kWriterMax;
  std::vector<std::string> writers = SupportedFeatures(base);
  if (!Contains(writers, feature)) writers.emplace_back(feature);
  std::sort(writers.begin(), writers.end());
  std::vector<std::string> readers;
  for (const std::string& name : writers) {
    const FeatureRow* known = FindFeature(name);
    const bool listed = base.reader_features && Contains(*base.reader_features, name);
    if (listed || (known != nullptr && known->binds_readers)) readers.push_back(name);
  }
  // Readers of version 2 know column mapping; everything else that binds readers needs version 3.
  const bool needs_list = base.min_reader_version >= 3 || std::any_of(readers.begin(), readers.end(), [](const std::string& name) { return name != "columnMapping"; });
  next.min_reader_version = needs_list ? 3 : readers.empty() ? std::max(1, base.min_reader_version) : 2;
  if (next.min_reader_version == 3) next.reader_features = std::move(readers);
  next.writer_features = std::move(writers);
  return next;
}

}  // namespace crannog::delta
