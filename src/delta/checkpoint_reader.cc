// Checkpoints into table state. Source: PROTOCOL.md, "Checkpoints", "Checkpoint Schema".
#include <fmt/format.h>

#include "delta/path.h"
#include "delta/replay.h"

namespace crannog::delta {
namespace {

// The columns read, by what they are for; positions follow the order here.
enum AddColumn : size_t {
  kPath, kPartitions, kSize, kModified, kStats, kStatsParsed, kTags, kVectorType, kVectorPath, kVectorOffset, kVectorSize, kVectorCardinality,
  kBaseRowId, kRowCommitVersion, kClustering, kAddColumns
};

void PushFileColumns(std::vector<ParquetColumn>& columns, const std::string& parent) {
  using enum ParquetKind;
  columns.insert(columns.end(), {{parent + ".path", kString},
                                 {parent + ".partitionValues", kStringMap},
                                 {parent + ".size", kInt64},
                                 {parent + (parent == "add" ? ".modificationTime" : ".deletionTimestamp"), kInt64},
                                 {parent + ".stats", kString},
                                 {parent + ".stats_parsed", kJson},
                                 {parent + ".tags", kStringMap},
                                 {parent + ".deletionVector.storageType", kString},
                                 {parent + ".deletionVector.pathOrInlineDv", kString},
                                 {parent + ".deletionVector.offset", kInt64},
                                 {parent + ".deletionVector.sizeInBytes", kInt64},
                                 {parent + ".deletionVector.cardinality", kInt64},
                                 {parent + ".baseRowId", kInt64},
                                 {parent + ".defaultRowCommitVersion", kInt64},
                                 {parent + ".clusteringProvider", kString}});
}

enum OtherColumn : size_t {
  kProtocolReader, kProtocolWriter, kReaderFeatures, kWriterFeatures,
  kMetaId, kMetaName, kMetaDescription, kMetaProvider, kMetaOptions, kMetaSchema, kMetaPartitions, kMetaConfiguration, kMetaCreated,
  kTxnApp, kTxnVersion, kTxnUpdated,
  kDomain, kDomainConfiguration, kDomainRemoved,
  kSidecarPath, kSidecarSize, kSidecarModified,
  kOtherColumns
};

std::vector<ParquetColumn> OtherColumns() {
  using enum ParquetKind;
  return {{"protocol.minReaderVersion", kInt64}, {"protocol.minWriterVersion", kInt64}, {"protocol.readerFeatures", kStringList}, {"protocol.writerFeatures", kStringList},
          {"metaData.id", kString}, {"metaData.name", kString}, {"metaData.description", kString}, {"metaData.format.provider", kString},
          {"metaData.format.options", kStringMap}, {"metaData.schemaString", kString}, {"metaData.partitionColumns", kStringList},
          {"metaData.configuration", kStringMap}, {"metaData.createdTime", kInt64},
          {"txn.appId", kString}, {"txn.version", kInt64}, {"txn.lastUpdated", kInt64},
          {"domainMetadata.domain", kString}, {"domainMetadata.configuration", kString}, {"domainMetadata.removed", kBool},
          {"sidecar.path", kString}, {"sidecar.sizeInBytes", kInt64}, {"sidecar.modificationTime", kInt64}};
}

// One row of a batch, columns counted from `first`.
struct Row {
  const ParquetBatch& batch;
  size_t first;
  size_t row;
  bool Has(size_t column) const { return batch.columns[first + column].valid[row] != 0; }
  std::string_view Text(size_t column) const { return Has(column) ? batch.columns[first + column].texts[row] : std::string_view(); }
  int64_t Number(size_t column, int64_t otherwise = 0) const { return Has(column) ? batch.columns[first + column].numbers[row] : otherwise; }
  std::optional<int64_t> OptionalNumber(size_t column) const { return Has(column) ? std::optional(Number(column)) : std::nullopt; }
  std::optional<std::string> OptionalText(size_t column) const { return Has(column) ? std::optional(std::string(Text(column))) : std::nullopt; }
  StringMap Map(size_t column) const {
    StringMap map;
    if (Result<JsonValue> json = ParseJson(Text(column)); json && json->IsObject()) {
      for (auto& [key, value] : json->AsObject()) {
        if (value.IsString()) map[key] = value.AsString();
      }
    }
    return map;
  }
  std::optional<std::vector<std::string>> List(size_t column) const {
    if (!Has(column)) return std::nullopt;
    std::vector<std::string> list;
    if (Result<JsonValue> json = ParseJson(Text(column)); json && json->IsArray()) {
      for (auto& value : json->AsArray()) {
        if (value.IsString()) list.push_back(value.AsString());
      }
    }
    return list;
  }
  std::optional<DeletionVectorDescriptor> Vector() const {
    if (!Has(kVectorType)) return std::nullopt;
    DeletionVectorDescriptor vector;
    vector.storage_type = Text(kVectorType);
    vector.path_or_inline = Text(kVectorPath);
    vector.offset = OptionalNumber(kVectorOffset);
    vector.size_bytes = Number(kVectorSize);
    vector.cardinality = Number(kVectorCardinality);
    return vector;
  }
};

class Reader {
 public:
  Reader(io::ObjectStore& store, ParquetHandler* parquet, const CommitFold& newer, Tombstones tombstones)
      : store_(store), parquet_(parquet), newer_(newer), tombstones_(tombstones), segment_(std::make_shared<FileSegment>()) {}

  Result<> ReadFile(const LogFile& file) {
    if (file.is_json) return ReadJson(file);
    if (parquet_ == nullptr) return Failure(NotImplemented("reading Parquet checkpoints without a Parquet handler"));
    std::vector<ParquetColumn> columns = OtherColumns();
    PushFileColumns(columns, "add");
    if (tombstones_ == Tombstones::kKeep) PushFileColumns(columns, "remove");
    return parquet_->Read(store_, file.key, columns, [this](const ParquetBatch& batch) -> Result<> {
      for (size_t row = 0; row < static_cast<size_t>(batch.row_count); ++row) {
        TakeOther(Row{batch, 0, row});
        TakeAdd(Row{batch, kOtherColumns, row});
        if (tombstones_ == Tombstones::kKeep) TakeRemove(Row{batch, size_t{kOtherColumns} + kAddColumns, row});
      }
      return {};
    });
  }

  Result<> ReadSidecars() {
    std::vector<ParquetColumn> columns;
    PushFileColumns(columns, "add");
    if (tombstones_ == Tombstones::kKeep) PushFileColumns(columns, "remove");
    for (const Sidecar& sidecar : sidecars_) {
      if (parquet_ == nullptr) return Failure(NotImplemented("reading Parquet sidecars without a Parquet handler"));
      // The path is a file name in _sidecars, or an absolute one.
      const FileLocation location = ResolvePath(sidecar.path, store_.RootUrl());
      const bool bare = location.inside && location.key.find('/') == std::string::npos;
      const std::string key = bare ? fmt::format("{}_sidecars/{}", kLogFolder, location.key) : location.key;
      TRY(parquet_->Read(store_, key, columns, [this](const ParquetBatch& batch) -> Result<> {
        for (size_t row = 0; row < static_cast<size_t>(batch.row_count); ++row) {
          TakeAdd(Row{batch, 0, row});
          if (tombstones_ == Tombstones::kKeep) TakeRemove(Row{batch, kAddColumns, row});
        }
        return {};
      }));
    }
    return {};
  }

  TableState Finish() && {
    state_.files = LiveFiles::Of(std::move(segment_));
    return std::move(state_);
  }

 private:
  Result<> ReadJson(const LogFile& file) {
    TRY(std::vector<Action> actions, ReadCommit(store_, file));
    for (Action& action : actions) {
      if (auto* add = std::get_if<AddFile>(&action)) {
        if (!newer_.Covers(add->path, add->deletion_vector ? &*add->deletion_vector : nullptr)) segment_->Append(*add);
      } else if (auto* remove = std::get_if<RemoveFile>(&action)) {
        if (tombstones_ == Tombstones::kKeep && !newer_.Covers(remove->path, remove->deletion_vector ? &*remove->deletion_vector : nullptr)) {
          state_.tombstones.push_back(std::move(*remove));
        }
      } else if (auto* protocol = std::get_if<Protocol>(&action)) {
        state_.protocol = std::move(*protocol);
      } else if (auto* metadata = std::get_if<Metadata>(&action)) {
        state_.metadata = std::move(*metadata);
      } else if (auto* transaction = std::get_if<SetTransaction>(&action)) {
        state_.transactions[transaction->app_id] = *transaction;
      } else if (auto* domain = std::get_if<DomainMetadata>(&action)) {
        if (!domain->removed) state_.domains[domain->domain] = *domain;
      } else if (auto* sidecar = std::get_if<Sidecar>(&action)) {
        sidecars_.push_back(std::move(*sidecar));
      }
    }
    return {};
  }

  void TakeAdd(const Row& row) {
    if (!row.Has(kPath)) return;
    std::optional<DeletionVectorDescriptor> vector = row.Vector();
    FileEntry entry;
    entry.path = row.Text(kPath);
    entry.deletion_vector = vector ? &*vector : nullptr;
    if (newer_.Covers(entry.path, entry.deletion_vector)) return;
    entry.partition_values = row.Has(kPartitions) ? row.Text(kPartitions) : "{}";
    entry.stats = row.Has(kStats) ? row.Text(kStats) : row.Text(kStatsParsed);
    entry.tags = row.Text(kTags);
    if (entry.tags == "{}") entry.tags = {};
    entry.clustering_provider = row.Text(kClustering);
    entry.size_bytes = row.Number(kSize);
    entry.modification_time_ms = row.Number(kModified);
    entry.base_row_id = row.Number(kBaseRowId, -1);
    entry.default_row_commit_version = row.Number(kRowCommitVersion, -1);
    segment_->Append(entry);
  }

  void TakeRemove(const Row& row) {
    if (!row.Has(kPath)) return;
    RemoveFile remove;
    remove.path = row.Text(kPath);
    remove.deletion_vector = row.Vector();
    if (newer_.Covers(remove.path, remove.deletion_vector ? &*remove.deletion_vector : nullptr)) return;
    remove.deletion_timestamp_ms = row.OptionalNumber(kModified);
    remove.data_change = false;
    remove.size_bytes = row.OptionalNumber(kSize);
    if (row.Has(kPartitions)) {
      FileEntry entry;
      entry.partition_values = row.Text(kPartitions);
      remove.partition_values = entry.Partitions();
    }
    remove.extended_file_metadata = remove.size_bytes.has_value() && remove.partition_values.has_value();
    remove.base_row_id = row.OptionalNumber(kBaseRowId);
    remove.default_row_commit_version = row.OptionalNumber(kRowCommitVersion);
    state_.tombstones.push_back(std::move(remove));
  }

  void TakeOther(const Row& row) {
    if (row.Has(kProtocolReader)) {
      Protocol protocol;
      protocol.min_reader_version = static_cast<int32_t>(row.Number(kProtocolReader));
      protocol.min_writer_version = static_cast<int32_t>(row.Number(kProtocolWriter));
      // Empty lists stand for absent ones in checkpoints of legacy protocols.
      protocol.reader_features = row.List(kReaderFeatures);
      protocol.writer_features = row.List(kWriterFeatures);
      if (protocol.min_reader_version < 3 && protocol.reader_features && protocol.reader_features->empty()) protocol.reader_features.reset();
      if (protocol.min_writer_version < 7 && protocol.writer_features && protocol.writer_features->empty()) protocol.writer_features.reset();
      state_.protocol = std::move(protocol);
    }
    if (row.Has(kMetaSchema) || row.Has(kMetaId)) {
      Metadata metadata;
      metadata.id = row.Text(kMetaId);
      metadata.name = row.OptionalText(kMetaName);
      metadata.description = row.OptionalText(kMetaDescription);
      if (row.Has(kMetaProvider)) metadata.format_provider = row.Text(kMetaProvider);
      metadata.format_options = row.Map(kMetaOptions);
      metadata.schema_string = row.Text(kMetaSchema);
      metadata.partition_columns = row.List(kMetaPartitions).value_or(std::vector<std::string>{});
      metadata.configuration = row.Map(kMetaConfiguration);
      metadata.created_time_ms = row.OptionalNumber(kMetaCreated);
      state_.metadata = std::move(metadata);
    }
    if (row.Has(kTxnApp)) {
      SetTransaction transaction{std::string(row.Text(kTxnApp)), row.Number(kTxnVersion), row.OptionalNumber(kTxnUpdated)};
      state_.transactions[transaction.app_id] = transaction;
    }
    if (row.Has(kDomain) && row.Number(kDomainRemoved) == 0) {
      DomainMetadata domain{std::string(row.Text(kDomain)), std::string(row.Text(kDomainConfiguration)), false};
      state_.domains[domain.domain] = domain;
    }
    if (row.Has(kSidecarPath)) {
      sidecars_.push_back({std::string(row.Text(kSidecarPath)), row.Number(kSidecarSize), row.Number(kSidecarModified), {}});
    }
  }

  io::ObjectStore& store_;
  ParquetHandler* parquet_;
  const CommitFold& newer_;
  const Tombstones tombstones_;
  TableState state_;
  std::shared_ptr<FileSegment> segment_;
  std::vector<Sidecar> sidecars_;
};

}  // namespace

Result<TableState> ReadCheckpoint(io::ObjectStore& store, ParquetHandler* parquet, const Checkpoint& checkpoint, const CommitFold& newer, Tombstones tombstones) {
  Reader reader(store, parquet, newer, tombstones);
  for (const LogFile& file : checkpoint.files) {
    if (Result<> read = reader.ReadFile(file); !read) return Failure(WithContext(std::move(read).error(), fmt::format("reading {}", file.key)));
  }
  TRY(reader.ReadSidecars());
  return std::move(reader).Finish();
}

}  // namespace crannog::delta
