#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "delta/checkpoint_writer.h"
#include "delta/path.h"
#include "delta/scan.h"
#include "session/commands/commands.h"
#include "session/commands/expression_source.h"
#include "session/delta_rows.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_writer.h"

/// OPTIMIZE, VACUUM, RESTORE, CLONE, CONVERT TO DELTA, DESCRIBE HISTORY and DETAIL, the cache. Source: Delta 4 commands, Databricks results.
namespace crannog::session {

using analyze::TableInfo;
using plan::DataType;
using plan::Literal;

namespace {

Literal S(std::string text) { return Literal::String(std::move(text)); }
Literal NullOf(const DataType& type) { return Literal::Null(type); }

struct DeltaTarget {
  TableInfo table;
  std::shared_ptr<delta::Table> delta;
};

// A table by name, delta.`/path`, or a path in quotes.
Result<DeltaTarget> OpenTarget(const plan::Name& name, Statement& statement) {
  DeltaTarget target;
  std::string folder;
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  if (parts.size() == 2 && EqualsIgnoringCase(parts[0], "delta") && parts[1].find('/') != std::string::npos) folder = parts[1];
  if (!folder.empty()) {
    target.table.name = {"", "delta", folder};
    target.table.format = "delta";
    target.table.kind = analyze::TableKind::kExternal;
    TRY(target.table.location, NormalLocation(folder));
  } else {
    TRY(const FoundRelation found, GetRelation(name, statement));
    if (!found.table || found.table->kind == analyze::TableKind::kView || found.table->format != "delta") {
      return Failure(ConditionError("DELTA_MISSING_DELTA_TABLE", {{"tableName", PlainName(parts)}}));
    }
    target.table = *found.table;
  }
  TRY(target.delta, statement.core.tables->DeltaTableAt(target.table.location));
  return target;
}

const DataType& TextMap() {
  static const DataType type = DataType::Map(DataType::String(), DataType::String());
  return type;
}

Literal MapOf(const JsonValue* json) {
  if (json == nullptr || !json->IsObject()) return NullOf(TextMap());
  std::vector<Literal> children;
  for (const auto& [key, value] : json->AsObject()) {
    children.push_back(S(key));
    children.push_back(value.IsNull() ? NullOf(DataType::String()) : S(value.IsString() ? value.AsString() : WriteJson(value)));
  }
  return Literal::Nested(TextMap(), std::move(children));
}

Literal TextOf(const JsonValue& info, const char* key) {
  const JsonValue* value = info.Find(key);
  if (value == nullptr || value->IsNull()) return NullOf(DataType::String());
  return S(value->IsString() ? value->AsString() : WriteJson(*value));
}

// Statistics about the files of an OPTIMIZE, as its metrics column has them.
DataType FileStatsType() {
  return DataType::Struct({{"min", DataType::Long()}, {"max", DataType::Long()}, {"avg", DataType::Double(), false}, {"totalFiles", DataType::Long(), false}, {"totalSize", DataType::Long(), false}});
}

Literal FileStats(const std::vector<int64_t>& sizes) {
  int64_t total = 0, low = 0, high = 0;
  for (int64_t size : sizes) {
    total += size;
    low = &size == sizes.data() || low == 0 ? size : std::min(low, size);
    high = std::max(high, size);
  }
  for (int64_t size : sizes) low = std::min(low, size);
  return Literal::Nested(FileStatsType(), {sizes.empty() ? NullOf(DataType::Long()) : Literal::Long(low), sizes.empty() ? NullOf(DataType::Long()) : Literal::Long(high),
                                           Literal::Double(sizes.empty() ? 0 : static_cast<double>(total) / static_cast<double>(sizes.size())),
                                           Literal::Long(static_cast<int64_t>(sizes.size())), Literal::Long(total)});
}

}  // namespace

Result<CommandResult> Run(const plan::DescribeHistory& command, Statement& statement) {
  TRY(const DeltaTarget target, OpenTarget(command.table, statement));
  TRY(const bool exists, target.delta->Exists());
  if (!exists) return Failure(ConditionError("DELTA_MISSING_DELTA_TABLE", {{"tableName", PlainName(target.table.name)}}));
  TRY(const auto history, target.delta->History(command.limit.value_or(0)));
  CommandResult result;
  const DataType job = DataType::Struct({{"jobId", DataType::String()}, {"jobName", DataType::String()}, {"jobRunId", DataType::String()}, {"runId", DataType::String()}, {"jobOwnerId", DataType::String()}, {"triggerType", DataType::String()}});
  const DataType notebook = DataType::Struct({{"notebookId", DataType::String()}});
  result.schema = {{"version", DataType::Long()}, {"timestamp", DataType::Timestamp()}, {"userId", DataType::String()}, {"userName", DataType::String()},
                   {"operation", DataType::String()}, {"operationParameters", TextMap()}, {"job", job}, {"notebook", notebook}, {"clusterId", DataType::String()},
                   {"readVersion", DataType::Long()}, {"isolationLevel", DataType::String()}, {"isBlindAppend", DataType::Boolean()}, {"operationMetrics", TextMap()},
                   {"userMetadata", DataType::String()}, {"engineInfo", DataType::String()}};
  for (const delta::CommitSummary& commit : history) {
    const JsonValue& info = commit.info;
    const JsonValue* read_version = info.Find("readVersion");
    const JsonValue* blind = info.Find("isBlindAppend");
    result.rows.push_back({Literal::Long(commit.version), Literal::OfInteger(DataType::Timestamp(), commit.timestamp_ms * 1000), TextOf(info, "userId"), TextOf(info, "userName"),
                           TextOf(info, "operation"), MapOf(info.Find("operationParameters")), NullOf(job), NullOf(notebook), TextOf(info, "clusterId"),
                           read_version != nullptr && read_version->IsInt() ? Literal::Long(read_version->AsInt()) : NullOf(DataType::Long()), TextOf(info, "isolationLevel"),
                           blind != nullptr && blind->IsBool() ? Literal::Boolean(blind->AsBool()) : NullOf(DataType::Boolean()), MapOf(info.Find("operationMetrics")),
                           TextOf(info, "userMetadata"), TextOf(info, "engineInfo")});
  }
  return result;
}

Result<CommandResult> Run(const plan::DescribeDetail& command, Statement& statement) {
  TRY(const DeltaTarget target, OpenTarget(command.table, statement));
  TRY(const delta::SnapshotPtr snapshot, target.delta->Latest());
  const delta::Metadata& metadata = snapshot->metadata();
  const DataType texts = DataType::Array(DataType::String());
  const auto list = [&texts](const std::vector<std::string>& values) {
    std::vector<Literal> children;
    for (const std::string& value : values) children.push_back(S(value));
    return Literal::Nested(texts, std::move(children));
  };
  TRY(const TableInfo current, WithCurrentSchema(target.table, statement));
  JsonValue properties{JsonValue::Object{}};
  for (const auto& [key, value] : metadata.configuration) properties.Set(key, value);
  std::vector<std::string> features;
  if (snapshot->protocol().reader_features) features = *snapshot->protocol().reader_features;
  if (snapshot->protocol().writer_features) features.insert(features.end(), snapshot->protocol().writer_features->begin(), snapshot->protocol().writer_features->end());
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  if (features.empty() && snapshot->protocol().min_writer_version >= 2) features = {"appendOnly", "invariants"};
  TRY(const int64_t modified_ms, snapshot->TimestampMs());
  CommandResult result;
  result.schema = {{"format", DataType::String()}, {"id", DataType::String()}, {"name", DataType::String()}, {"description", DataType::String()}, {"location", DataType::String()},
                   {"createdAt", DataType::Timestamp()}, {"lastModified", DataType::Timestamp()}, {"partitionColumns", texts}, {"clusteringColumns", texts},
                   {"numFiles", DataType::Long()}, {"sizeInBytes", DataType::Long()}, {"properties", TextMap()}, {"minReaderVersion", DataType::Int()}, {"minWriterVersion", DataType::Int()},
                   {"tableFeatures", texts}};
  const bool by_path = target.table.name.catalog.empty();
  result.rows = {{S("delta"), S(metadata.id), by_path ? (metadata.name ? S(*metadata.name) : NullOf(DataType::String())) : S(PlainName(target.table.name)),
                  metadata.description ? S(*metadata.description) : NullOf(DataType::String()), S(DisplayLocation(target.table.location)),
                  metadata.created_time_ms ? Literal::OfInteger(DataType::Timestamp(), *metadata.created_time_ms * 1000) : NullOf(DataType::Timestamp()),
                  Literal::OfInteger(DataType::Timestamp(), modified_ms * 1000), list(metadata.partition_columns), list(current.clustering_columns),
                  Literal::Long(snapshot->files().count()), Literal::Long(snapshot->files().total_bytes()), MapOf(&properties),
                  Literal::Int(snapshot->protocol().min_reader_version), Literal::Int(snapshot->protocol().min_writer_version), list(features)}};
  return result;
}

Result<CommandResult> Run(const plan::IsDeltaTable& command, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> table, statement.core.tables->DeltaTableAt(command.path));
  TRY(const bool exists, table->Exists());
  CommandResult result;
  result.schema = {{"value", DataType::Boolean(), false, ""}};
  result.rows = {{Literal::Boolean(exists)}};
  return result;
}

Result<CommandResult> Run(const plan::Restore& command, Statement& statement) {
  TRY(const DeltaTarget target, OpenTarget(command.table, statement));
  TRY(const delta::SnapshotPtr current, target.delta->Latest());
  delta::SnapshotPtr wanted;
  JsonValue parameters{JsonValue::Object{}};
  if (command.to.version != nullptr) {
    TRY(const Literal version, statement.EvaluateAs(command.to.version, DataType::Long()));
    TRY(wanted, target.delta->At(std::get<int64_t>(version.value)));
    parameters.Set("version", std::get<int64_t>(version.value));
    parameters.Set("timestamp", JsonValue());
  } else {
    TRY(const Literal timestamp, statement.EvaluateAs(command.to.timestamp, DataType::Timestamp()));
    TRY(wanted, target.delta->AsOf(std::get<int64_t>(timestamp.value) / 1000));
    parameters.Set("version", JsonValue());
    parameters.Set("timestamp", std::to_string(std::get<int64_t>(timestamp.value) / 1000));
  }
  TRY(delta::Transaction transaction, delta::Transaction::Begin(target.delta, current, {"RESTORE", parameters}));
  std::set<std::string> now, then;
  current->files().ForEach([&](const delta::FileEntry& file) { now.insert(file.Key()); });
  wanted->files().ForEach([&](const delta::FileEntry& file) { then.insert(file.Key()); });
  int64_t removed = 0, removed_bytes = 0, restored = 0, restored_bytes = 0;
  current->files().ForEach([&](const delta::FileEntry& file) {
    if (then.contains(file.Key())) return;
    transaction.Remove(file);
    ++removed;
    removed_bytes += file.size_bytes;
  });
  Result<> missing;
  wanted->files().ForEach([&](const delta::FileEntry& file) {
    if (now.contains(file.Key())) return;
    const std::string path = delta::AbsolutePath(*wanted, file.path);
    std::error_code ignored;
    if (path.starts_with('/') && !std::filesystem::exists(path, ignored)) {
      missing = Failure(ConditionError("DELTA_FILE_NOT_FOUND_DETAILED", {{"filePath", path}, {"faqPath", ""}}));
    }
    delta::AddFile add = file.ToAddFile();
    add.data_change = true;
    transaction.Add(std::move(add));
    ++restored;
    restored_bytes += file.size_bytes;
  });
  TRY(missing);
  if (!(wanted->metadata() == current->metadata())) TRY(transaction.SetMetadata(wanted->metadata()));
  transaction.ReadWholeTable();
  const std::vector<std::pair<const char*, int64_t>> metrics = {
      {"tableSizeAfterRestore", wanted->files().total_bytes()}, {"numOfFilesAfterRestore", wanted->files().count()}, {"numRemovedFiles", removed},
      {"numRestoredFiles", restored}, {"removedFilesSize", removed_bytes}, {"restoredFilesSize", restored_bytes}};
  for (const auto& [name, value] : metrics) transaction.SetMetric(name, value);
  if (transaction.HasChanges()) TRY(CommitTransaction(std::move(transaction), target.table));
  return CountsResult({{"table_size_after_restore", metrics[0].second}, {"num_of_files_after_restore", metrics[1].second}, {"num_removed_files", removed},
                       {"num_restored_files", restored}, {"removed_files_size", removed_bytes}, {"restored_files_size", restored_bytes}});
}

Result<CommandResult> Run(const plan::Vacuum& command, Statement& statement) {
  TRY(const DeltaTarget target, OpenTarget(command.table, statement));
  TRY(const delta::SnapshotPtr snapshot, target.delta->Latest());
  const std::string folder = LocalPathOf(target.table.location);
  if (folder.empty()) return Failure(NotImplemented("VACUUM of a store that is not local"));
  constexpr int64_t kHourMs = 3600000;
  const std::string retention_text = snapshot->Property("delta.deletedFileRetentionDuration", "interval 1 week");
  const int64_t table_retention_ms = delta::ParseIntervalMs(retention_text).value_or(7 * 24 * kHourMs);
  const int64_t retention_ms = command.retain_hours ? static_cast<int64_t>(*command.retain_hours * static_cast<double>(kHourMs)) : table_retention_ms;
  if (retention_ms < table_retention_ms && statement.Setting("spark.databricks.delta.retentionDurationCheck.enabled") != "false") {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("Are you sure you would like to vacuum files with such a low retention period? The retention is {} hours, the table's is {} hours.",
                               retention_ms / kHourMs, table_retention_ms / kHourMs),
                   "RETAIN a longer time, or SET spark.databricks.delta.retentionDurationCheck.enabled = false");
  }
  // Live files of every version younger than the retention, and their deletion vectors, stay.
  std::set<std::string> kept;
  const int64_t limit_ms = SystemClock().NowMillis() - retention_ms;
  const auto keep = [&](const delta::SnapshotPtr& at) {
    at->files().ForEach([&](const delta::FileEntry& file) {
      kept.insert(delta::AbsolutePath(*at, file.path));
      if (file.deletion_vector == nullptr) return;
      if (const auto path = delta::DeletionVectorPath(*file.deletion_vector)) kept.insert(delta::AbsolutePath(*at, *path));
    });
  };
  keep(snapshot);
  TRY(const auto history, target.delta->History(0));
  for (const delta::CommitSummary& commit : history) {
    TRY(const std::vector<delta::Action> actions, target.delta->Commit(commit.version));
    for (const delta::Action& action : actions) {
      const auto* remove = std::get_if<delta::RemoveFile>(&action);
      if (remove == nullptr || remove->deletion_timestamp_ms.value_or(0) < limit_ms) continue;
      kept.insert(delta::AbsolutePath(*snapshot, remove->path));
      if (!remove->deletion_vector) continue;
      if (const auto path = delta::DeletionVectorPath(*remove->deletion_vector)) kept.insert(delta::AbsolutePath(*snapshot, *path));
    }
  }
  std::vector<std::string> doomed;
  std::error_code failed;
  for (auto it = std::filesystem::recursive_directory_iterator(folder, failed); it != std::filesystem::recursive_directory_iterator(); ++it) {
    const std::string name = it->path().filename().string();
    const bool is_hidden = (name.starts_with('_') && name != "_change_data" && name.find('=') == std::string::npos) || name.starts_with('.');
    if (it->is_directory()) {
      if (is_hidden) it.disable_recursion_pending();
      continue;
    }
    if (is_hidden || !it->is_regular_file() || kept.contains(it->path().string())) continue;
    const auto age = std::filesystem::file_time_type::clock::now() - it->last_write_time();
    if (std::chrono::duration_cast<std::chrono::milliseconds>(age).count() < retention_ms) continue;
    doomed.push_back(it->path().string());
  }
  CommandResult result;
  result.schema = {{"path", DataType::String()}};
  if (command.dry_run) {
    for (const std::string& path : doomed) result.rows.push_back({S("file:" + path)});
    return result;
  }
  const auto note = [&](const char* name, JsonValue parameters, const char* metric, int64_t value) -> Result<> {
    TRY(const delta::SnapshotPtr latest, target.delta->Latest());
    TRY(delta::Transaction transaction, delta::Transaction::Begin(target.delta, latest, {name, std::move(parameters)}));
    transaction.SetMetric(metric, value);
    transaction.SetIsolation(delta::IsolationLevel::kSnapshotIsolation);
    TRY(CommitTransaction(std::move(transaction), target.table));
    return {};
  };
  JsonValue start{JsonValue::Object{}};
  start.Set("retentionCheckEnabled", statement.Setting("spark.databricks.delta.retentionDurationCheck.enabled"));
  start.Set("defaultRetentionMillis", std::to_string(table_retention_ms));
  if (command.retain_hours) start.Set("specifiedRetentionMillis", std::to_string(retention_ms));
  TRY(note("VACUUM START", std::move(start), "numFilesToDelete", static_cast<int64_t>(doomed.size())));
  for (const std::string& path : doomed) std::filesystem::remove(path, failed);
  JsonValue end{JsonValue::Object{}};
  end.Set("status", "COMPLETED");
  TRY(note("VACUUM END", std::move(end), "numDeletedFiles", static_cast<int64_t>(doomed.size())));
  result.rows = {{S(DisplayLocation(target.table.location))}};
  return result;
}

Result<CommandResult> Run(const plan::Optimize& command, Statement& statement) {
  TRY(const DeltaRows rows, OpenDeltaRows(command.table, "OPTIMIZE", statement));
  constexpr int64_t kTargetBytes = int64_t{1} << 30;
  // Small files and files with deleted rows, per partition; one file alone is as good as it gets.
  std::map<std::string, std::vector<const delta::FileEntry*>> groups;
  std::set<std::string> wanted;
  const bool sorts = !command.zorder_by.empty() || !rows.table.clustering_columns.empty();
  for (const delta::FileEntry* file : rows.scan->files) {
    if (!sorts && file->size_bytes >= kTargetBytes && file->deletion_vector == nullptr) continue;
    groups[std::string(file->partition_values)].push_back(file);
  }
  if (command.condition != nullptr && rows.table.partition_columns.empty()) {
    return Failure(ConditionError("DELTA_NON_PARTITION_COLUMN_REFERENCE", {{"columnName", SourceText(*command.condition, statement)}, {"columnList", ""}}));
  }
  delta::Scan chosen = *rows.scan;
  chosen.files.clear();
  std::set<std::string> partitions;
  for (const auto& [partition, files] : groups) {
    if (files.size() < 2 && (files.empty() || files[0]->deletion_vector == nullptr)) continue;
    chosen.files.insert(chosen.files.end(), files.begin(), files.end());
    partitions.insert(partition);
  }
  JsonValue parameters{JsonValue::Object{}};
  parameters.Set("predicate", "[]");
  JsonValue::Array zorder;
  for (const auto& column : command.zorder_by) zorder.emplace_back(fmt::format("{}", fmt::join(column, ".")));
  parameters.Set("zOrderBy", WriteJson(JsonValue(std::move(zorder))));
  parameters.Set("auto", "false");
  TRY(delta::Transaction transaction, delta::Transaction::Begin(rows.delta, rows.snapshot, {"OPTIMIZE", std::move(parameters)}));
  std::vector<int64_t> added_sizes, removed_sizes;
  if (!chosen.files.empty()) {
    TRY(const plan::ResolvedPlanPtr scan, PlanOfFiles(rows, std::make_shared<const delta::Scan>(chosen)));
    plan::ResolvedPlanPtr ordered = scan;
    std::vector<std::string> keys;
    for (const auto& column : command.zorder_by) keys.push_back(column[0]);
    if (keys.empty()) keys = rows.table.clustering_columns;
    std::vector<plan::ResolvedSortKey> sort;
    for (const std::string& key : keys) {
      const auto column = std::find_if(scan->output.begin(), scan->output.end(), [&](const plan::OutputColumn& output) { return EqualsIgnoringCase(output.name, key); });
      if (column == scan->output.end()) return Failure(ConditionError("DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST", {{"columnName", key}}));
      sort.push_back({ReferenceTo(*column), true, true});
    }
    if (!sort.empty()) ordered = plan::MakePlan(plan::ResolvedSort{scan, std::move(sort)}, scan->output);
    engine::DeltaWriteOptions options;
    options.folder_url = rows.table.location;
    options.metadata = rows.snapshot->metadata();
    options.target_file_bytes = kTargetBytes;
    TRY(std::vector<delta::AddFile> written, statement.core.engine.WriteDelta(*ordered, options, statement.execution));
    for (const delta::FileEntry* file : chosen.files) {
      removed_sizes.push_back(file->size_bytes);
      transaction.Remove(*file, /*data_change=*/false);
    }
    for (delta::AddFile& file : written) {
      file.data_change = false;
      added_sizes.push_back(file.size_bytes);
      transaction.Add(std::move(file));
    }
    int64_t added_bytes = 0, removed_bytes = 0;
    for (int64_t size : added_sizes) added_bytes += size;
    for (int64_t size : removed_sizes) removed_bytes += size;
    transaction.SetMetric("numAddedFiles", static_cast<int64_t>(added_sizes.size()));
    transaction.SetMetric("numRemovedFiles", static_cast<int64_t>(removed_sizes.size()));
    transaction.SetMetric("numAddedBytes", added_bytes);
    transaction.SetMetric("numRemovedBytes", removed_bytes);
    TRY(CommitTransaction(std::move(transaction), rows.table));
  }
  CommandResult result;
  const DataType metrics = DataType::Struct({{"numFilesAdded", DataType::Long(), false}, {"numFilesRemoved", DataType::Long(), false}, {"filesAdded", FileStatsType(), false},
                                             {"filesRemoved", FileStatsType(), false}, {"partitionsOptimized", DataType::Long(), false},
                                             {"numBatches", DataType::Long(), false}, {"totalConsideredFiles", DataType::Long(), false}, {"totalFilesSkipped", DataType::Long(), false},
                                             {"preserveInsertionOrder", DataType::Boolean(), false}, {"numFilesSkippedToReduceWriteAmplification", DataType::Long(), false},
                                             {"numBytesSkippedToReduceWriteAmplification", DataType::Long(), false}, {"startTimeMs", DataType::Long(), false},
                                             {"endTimeMs", DataType::Long(), false}, {"numTableColumns", DataType::Long(), false}, {"numTableColumnsWithStats", DataType::Long(), false}});
  result.schema = {{"path", DataType::String()}, {"metrics", metrics}};
  const auto considered = static_cast<int64_t>(rows.scan->files.size());
  result.rows = {{S(DisplayLocation(rows.table.location)),
                  Literal::Nested(metrics, {Literal::Long(static_cast<int64_t>(added_sizes.size())), Literal::Long(static_cast<int64_t>(removed_sizes.size())), FileStats(added_sizes),
                                            FileStats(removed_sizes), Literal::Long(static_cast<int64_t>(partitions.size())), Literal::Long(chosen.files.empty() ? 0 : 1),
                                            Literal::Long(considered), Literal::Long(considered - static_cast<int64_t>(removed_sizes.size())), Literal::Boolean(!sorts),
                                            Literal::Long(0), Literal::Long(0), Literal::Long(statement.analysis.statement_time_micros / 1000), Literal::Long(SystemClock().NowMillis()),
                                            Literal::Long(static_cast<int64_t>(rows.table.schema.size())), Literal::Long(std::min<int64_t>(32, static_cast<int64_t>(rows.table.schema.size())))})}};
  return result;
}

Result<CommandResult> Run(const plan::CacheTable& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.table, statement));
  if (command.query) {
    TRY(statement.Analyze(*command.query->query));
    analyze::TemporaryView view{command.query->query, command.query->text, {}};
    statement.core.Update([&](SessionFacts& facts) { facts.views[Lower(parts.back())] = view; });
  } else {
    TRY(GetRelation(command.table, statement));
  }
  statement.core.Update([&](SessionFacts& facts) { facts.cached_tables.insert(Lower(PlainName(parts))); });
  return CommandResult{};
}

Result<CommandResult> Run(const plan::UncacheTable& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.table, statement));
  TRY(const FoundRelation found, FindRelation(command.table, statement));
  if (!found.exists() && !command.if_exists) return Failure(RelationNotFound(command.table, parts, statement));
  statement.core.Update([&](SessionFacts& facts) { facts.cached_tables.erase(Lower(PlainName(parts))); });
  return CommandResult{};
}

Result<CommandResult> Run(const plan::ClearCache&, Statement& statement) {
  statement.core.Update([](SessionFacts& facts) { facts.cached_tables.clear(); });
  return CommandResult{};
}

}  // namespace crannog::session
