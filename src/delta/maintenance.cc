#include "delta/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "delta/checkpoint_writer.h"
#include "delta/features.h"
#include "delta/metadata_rules.h"
#include "delta/path.h"
#include "delta/scan.h"

namespace crannog::delta {
namespace {

double DeletedRatio(const FileEntry& file) {
  if (file.deletion_vector == nullptr) return 0;
  Result<JsonValue> stats = ParseJson(file.stats);
  const int64_t records = stats ? stats->IntOr("numRecords", 0) : 0;
  return records > 0 ? static_cast<double>(file.deletion_vector->cardinality) / static_cast<double>(records) : 1;
}

// The key in the table's store of a file that lies inside of it; "" for others.
std::string KeyInside(const Snapshot& snapshot, std::string_view path) {
  const FileLocation location = ResolvePath(path, snapshot.root_url());
  return location.inside ? location.key : "";
}

}  // namespace

std::vector<FileBin> PlanOptimize(const Snapshot& snapshot, const Predicate& predicate, const OptimizeOptions& options) {
  std::map<std::string, std::vector<const FileEntry*>> partitions;
  const auto marks = predicate.IsTrivial() ? std::vector<std::vector<uint8_t>>() : MatchingFiles(snapshot, predicate);
  const auto parts = snapshot.files().parts();
  for (size_t p = 0; p < parts.size(); ++p) {
    const auto entries = parts[p].segment->entries();
    for (size_t row = 0; row < entries.size(); ++row) {
      if (parts[p].IsDead(row) || (!marks.empty() && !marks[p][row])) continue;
      const FileEntry& file = entries[row];
      const bool purge = file.deletion_vector != nullptr && (options.purge_deleted_rows || DeletedRatio(file) > options.deleted_rows_ratio_max);
      const bool small = !options.purge_deleted_rows && file.size_bytes < options.min_file_bytes;
      if (options.rewrite_everything || purge || small) partitions[std::string(file.partition_values)].push_back(&file);
    }
  }
  std::vector<FileBin> bins;
  for (auto& [values, files] : partitions) {
    std::stable_sort(files.begin(), files.end(), [](const FileEntry* a, const FileEntry* b) { return a->size_bytes < b->size_bytes; });
    FileBin bin;
    auto close = [&] {
      const bool purge = bin.files.size() == 1 && bin.files.front()->deletion_vector != nullptr &&
                         (options.purge_deleted_rows || DeletedRatio(*bin.files.front()) > options.deleted_rows_ratio_max);
      if (bin.files.size() > 1 || purge || (options.rewrite_everything && !bin.files.empty())) bins.push_back(std::move(bin));
      bin = FileBin{};
    };
    for (const FileEntry* file : files) {
      // Clustering works on a partition as a whole.
      if (!options.rewrite_everything && !bin.files.empty() && bin.size_bytes + file->size_bytes > options.max_file_bytes) close();
      bin.files.push_back(file);
      bin.size_bytes += file->size_bytes;
    }
    close();
  }
  return bins;
}

void ReplaceFiles(Transaction& transaction, const FileBin& bin, std::vector<AddFile> written) {
  for (const FileEntry* file : bin.files) transaction.Remove(*file, false);
  for (AddFile& add : written) {
    add.data_change = false;
    transaction.Add(std::move(add));
  }
}

Result<Transaction> BeginRestore(std::shared_ptr<Table> table, const SnapshotPtr& target, Operation operation, RestoreMetrics* metrics) {
  TRY(SnapshotPtr latest, table->Latest());
  TRY(Transaction transaction, Transaction::Begin(table, latest, std::move(operation)));
  transaction.ReadWholeTable();
  RestoreMetrics counted;
  std::optional<std::string> gone;
  target->files().ForEach([&](const FileEntry& file) {
    ++counted.num_of_files_after_restore;
    counted.table_size_after_restore += file.size_bytes;
    if (latest->files().Find(file.Key()) != nullptr) return;
    const std::string key = KeyInside(*target, file.path);
    if (!key.empty() && !target->store().Head(key)) gone = key;
    AddFile add = file.ToAddFile();
    add.data_change = true;
    transaction.Add(std::move(add));
    ++counted.num_restored_files;
    counted.restored_files_size += file.size_bytes;
  });
  if (gone) {
    return Failure(ErrorCode::kNotFound, fmt::format("cannot restore version {}: the data file {} is gone, as VACUUM leaves it", target->version(), *gone),
                   "restore a newer version, or set spark.sql.files.ignoreMissingFiles");
  }
  latest->files().ForEach([&](const FileEntry& file) {
    if (target->files().Find(file.Key()) != nullptr) return;
    transaction.Remove(file);
    ++counted.num_removed_files;
    counted.removed_files_size += file.size_bytes;
  });
  // A restore never takes features away.
  for (const std::string& feature : SupportedFeatures(target->protocol())) TRY(transaction.AddFeature(feature));
  if (!(target->metadata() == latest->metadata())) {
    Metadata metadata = target->metadata();
    metadata.id = latest->metadata().id;
    // Ids of columns that were dropped since must not be given out again.
    if (auto known = latest->metadata().configuration.find("delta.columnMapping.maxColumnId"); known != latest->metadata().configuration.end()) {
      if (metadata.configuration.contains("delta.columnMapping.mode")) metadata.configuration["delta.columnMapping.maxColumnId"] = known->second;
    }
    TRY(transaction.SetMetadata(std::move(metadata)));
  }
  for (const auto& [name, value] : {std::pair<const char*, int64_t>{"tableSizeAfterRestore", counted.table_size_after_restore}, {"numOfFilesAfterRestore", counted.num_of_files_after_restore},
                                    {"numRemovedFiles", counted.num_removed_files}, {"numRestoredFiles", counted.num_restored_files},
                                    {"removedFilesSize", counted.removed_files_size}, {"restoredFilesSize", counted.restored_files_size}}) {
    transaction.SetMetric(name, value);
  }
  if (metrics != nullptr) *metrics = counted;
  return transaction;
}

Result<Transaction> BeginClone(std::shared_ptr<Table> target, const SnapshotPtr& source, CloneKind kind, const StringMap& properties, Operation operation,
                               std::vector<FileCopy>* copies) {
  Metadata metadata = source->metadata();
  metadata.id.clear();
  metadata.created_time_ms.reset();
  for (const auto& [key, value] : properties) metadata.configuration[key] = value;
  // The clone's first version stands alone: it has no time before in-commit timestamps.
  metadata.configuration.erase("delta.inCommitTimestampEnablementVersion");
  metadata.configuration.erase("delta.inCommitTimestampEnablementTimestamp");
  TRY(Transaction transaction, Transaction::Create(target, std::move(metadata), std::move(operation)));
  for (const std::string& feature : SupportedFeatures(source->protocol())) {
    if (feature != "catalogManaged") TRY(transaction.AddFeature(feature));
  }
  for (const auto& [name, domain] : source->domains()) transaction.SetDomain(domain);
  std::set<std::string> copied;
  std::optional<Error> failure;
  source->files().ForEach([&](const FileEntry& file) {
    AddFile add = file.ToAddFile();
    add.data_change = true;
    std::string vector_path;
    if (add.deletion_vector && add.deletion_vector->storage_type != "i") {
      Result<std::string> path = DeletionVectorPath(*add.deletion_vector);
      if (!path) {
        failure = std::move(path).error();
        return;
      }
      vector_path = AbsolutePath(*source, EncodePath(*path));
    }
    const std::string absolute = AbsolutePath(*source, file.path);
    if (kind == CloneKind::kShallow) {
      add.path = EncodePath(absolute.starts_with('/') ? "file://" + absolute : absolute);
      if (!vector_path.empty()) {
        add.deletion_vector->storage_type = "p";
        add.deletion_vector->path_or_inline = EncodePath(vector_path.starts_with('/') ? "file://" + vector_path : vector_path);
      }
    } else {
      const std::string inside = KeyInside(*source, file.path);
      const std::string key = inside.empty() ? absolute.substr(absolute.rfind('/') + 1) : inside;
      add.path = EncodePath(key);
      if (copies != nullptr) copies->push_back({absolute, key, file.size_bytes});
      if (!vector_path.empty()) {
        // The vector's file keeps its name beside the clone's data; absolute ones are taken in.
        const std::string vector_key = add.deletion_vector->storage_type == "u" ? KeyInside(*source, EncodePath(*DeletionVectorPath(*add.deletion_vector)))
                                                                                : vector_path.substr(vector_path.rfind('/') + 1);
        if (add.deletion_vector->storage_type == "p") {
          add.deletion_vector->path_or_inline = EncodePath(fmt::format("{}/{}", target->environment().store->RootUrl(), vector_key));
        }
        if (copies != nullptr && copied.insert(vector_key).second) copies->push_back({vector_path, vector_key, 0});
      }
    }
    transaction.Add(std::move(add));
  });
  if (failure) return Failure(*std::move(failure));
  transaction.SetMetric("sourceTableSize", source->files().total_bytes());
  transaction.SetMetric("sourceNumOfFiles", source->files().count());
  transaction.SetMetric("numRemovedFiles", 0);
  transaction.SetMetric("numCopiedFiles", kind == CloneKind::kDeep ? source->files().count() : 0);
  transaction.SetMetric("removedFilesSize", 0);
  transaction.SetMetric("copiedFilesSize", kind == CloneKind::kDeep ? source->files().total_bytes() : 0);
  return transaction;
}

Result<TableDetail> DetailOf(const Snapshot& snapshot) {
  TableDetail detail;
  detail.id = snapshot.metadata().id;
  detail.location = snapshot.root_url();
  detail.name = snapshot.metadata().name;
  detail.description = snapshot.metadata().description;
  detail.created_at_ms = snapshot.metadata().created_time_ms;
  TRY(detail.last_modified_ms, snapshot.TimestampMs());
  detail.partition_columns = snapshot.partition_columns();
  detail.clustering_columns = ClusteringColumns(snapshot);
  detail.num_files = snapshot.files().count();
  detail.size_in_bytes = snapshot.files().total_bytes();
  detail.properties = snapshot.metadata().configuration;
  detail.min_reader_version = snapshot.protocol().min_reader_version;
  detail.min_writer_version = snapshot.protocol().min_writer_version;
  detail.table_features = SupportedFeatures(snapshot.protocol());
  return detail;
}

std::vector<std::string> ClusteringColumns(const Snapshot& snapshot) {
  std::vector<std::string> columns;
  auto found = snapshot.domains().find("delta.clustering");
  if (found == snapshot.domains().end()) return columns;
  Result<JsonValue> json = ParseJson(found->second.configuration);
  const JsonValue* list = json ? json->Find("clusteringColumns") : nullptr;
  if (list == nullptr || !list->IsArray()) return columns;
  for (const JsonValue& path : list->AsArray()) {
    if (!path.IsArray()) continue;
    const Schema* level = &snapshot.schema();
    std::string name;
    for (const JsonValue& part : path.AsArray()) {
      const Field* field = nullptr;
      for (const Field& candidate : level != nullptr ? *level : Schema{}) {
        if (part.IsString() && candidate.PhysicalName() == part.AsString()) field = level != nullptr ? FindField(*level, candidate.name) : nullptr;
      }
      if (field == nullptr) break;
      name += (name.empty() ? "" : ".") + field->name;
      level = field->type.fields.get();
    }
    if (!name.empty()) columns.push_back(std::move(name));
  }
  return columns;
}

Result<DomainMetadata> ClusteringDomain(const Schema& schema, const std::vector<std::vector<std::string>>& columns) {
  JsonValue::Array list;
  for (const std::vector<std::string>& column : columns) {
    JsonValue::Array path;
    const Schema* level = &schema;
    for (const std::string& name : column) {
      const Field* field = level != nullptr ? FindField(*level, name) : nullptr;
      if (field == nullptr) {
        return Failure(ConditionError("DELTA_COLUMN_NOT_FOUND_IN_SCHEMA", {{"columnName", fmt::format("{}", fmt::join(column, "."))}, {"tableSchema", TypeToSql(StructType(schema))}}));
      }
      path.emplace_back(field->PhysicalName());
      level = field->type.fields.get();
    }
    list.emplace_back(std::move(path));
  }
  JsonValue json;
  json.Set("clusteringColumns", std::move(list));
  json.Set("domainName", "delta.clustering");
  return DomainMetadata{"delta.clustering", WriteJson(json), false};
}

Result<std::vector<std::string>> VerifyTable(Table& table) {
  std::vector<std::string> findings;
  TRY(SnapshotPtr snapshot, table.Latest());
  TRY(const std::string differences, VerifyChecksum(*snapshot));
  if (!differences.empty()) findings.push_back(fmt::format("checksum of version {}: {}", snapshot->version(), differences));
  snapshot->files().ForEach([&](const FileEntry& file) {
    const std::string key = KeyInside(*snapshot, file.path);
    if (!key.empty()) {
      Result<io::ObjectInfo> info = snapshot->store().Head(key);
      if (!info) findings.push_back(fmt::format("data file {}: {}", file.path, info.error().message));
      else if (info->size_bytes != file.size_bytes) findings.push_back(fmt::format("data file {}: {} bytes, the log says {}", file.path, info->size_bytes, file.size_bytes));
    }
    if (Result<std::vector<Value>> values = PartitionValuesOf(*snapshot, file); !values) findings.push_back(values.error().message);
    if (Result<std::shared_ptr<const RowSet>> rows = DeletedRowsOf(*snapshot, file); !rows) findings.push_back(rows.error().message);
  });
  return findings;
}

std::string ZOrderKey(const std::vector<uint32_t>& ranks, int32_t bits) {
  std::string key((ranks.size() * static_cast<size_t>(bits) + 7) / 8, '\0');
  size_t position = 0;
  for (int32_t bit = bits - 1; bit >= 0; --bit) {
    for (uint32_t rank : ranks) {
      if ((rank >> bit) & 1) key[position / 8] = static_cast<char>(key[position / 8] | (0x80 >> (position % 8)));
      ++position;
    }
  }
  return key;
}

// Skilling's transform of coordinates to the transposed Hilbert index ("Programming the Hilbert curve", 2004), then interleaved.
std::string HilbertKey(std::vector<uint32_t> ranks, int32_t bits) {
  const size_t count = ranks.size();
  if (count == 0 || bits < 1) return "";
  for (uint32_t mask = 1u << (bits - 1); mask > 1; mask >>= 1) {
    const uint32_t lower = mask - 1;
    for (size_t i = 0; i < count; ++i) {
      if (ranks[i] & mask) {
        ranks[0] ^= lower;
      } else {
        const uint32_t swap = (ranks[0] ^ ranks[i]) & lower;
        ranks[0] ^= swap;
        ranks[i] ^= swap;
      }
    }
  }
  for (size_t i = 1; i < count; ++i) ranks[i] ^= ranks[i - 1];
  uint32_t fold = 0;
  for (uint32_t mask = 1u << (bits - 1); mask > 1; mask >>= 1) {
    if (ranks[count - 1] & mask) fold ^= mask - 1;
  }
  for (uint32_t& rank : ranks) rank ^= fold;
  return ZOrderKey(ranks, bits);
}

}  // namespace crannog::delta
