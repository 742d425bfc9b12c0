#include "session/table_writer.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "analyze/analyzer.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/json.h"
#include "delta/features.h"
#include "delta/path.h"
#include "delta/scan.h"
#include "delta/transaction.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"

namespace crannog::session {
namespace {

namespace fs = std::filesystem;
using analyze::TableInfo;
using plan::DataType;

delta::Metadata MetadataOf(const TableInfo& table) {
  delta::Metadata metadata;
  metadata.id = table.table_id.empty() ? SystemRandom().NextUuid() : table.table_id;
  if (!table.comment.empty()) metadata.description = table.comment;
  metadata.schema_string = DataType::Struct(ReadSchema(table.schema)).Json();
  metadata.partition_columns = table.partition_columns;
  for (const auto& [key, value] : table.properties) metadata.configuration[key] = value;
  metadata.created_time_ms = SystemClock().NowMillis();
  return metadata;
}

int64_t RowCountOf(const std::vector<delta::AddFile>& files) {
  int64_t count = 0;
  for (const delta::AddFile& file : files) {
    if (const auto json = ParseJson(file.stats)) count += json->IntOr("numRecords", 0);
  }
  return count;
}

int64_t BytesOf(const std::vector<delta::AddFile>& files) {
  int64_t bytes = 0;
  for (const delta::AddFile& file : files) bytes += file.size_bytes;
  return bytes;
}

std::string JsonList(const std::vector<std::string>& names) {
  JsonValue::Array array;
  for (const std::string& name : names) array.emplace_back(name);
  return WriteJson(JsonValue(std::move(array)));
}

Result<std::vector<delta::AddFile>> WriteRows(const plan::ResolvedPlan& rows, const delta::Metadata& metadata, const std::string& location, Statement& statement) {
  engine::DeltaWriteOptions options;
  options.folder_url = location;
  options.metadata = metadata;
  return statement.core.engine.WriteDelta(rows, options, statement.execution);
}

// Files that are there now, hidden ones left out.
std::vector<fs::path> DataFiles(const std::string& folder) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && !name.starts_with('_') && !name.starts_with('.')) files.push_back(entry.path());
  }
  return files;
}

bool InPartition(const std::string& relative, const WriteRequest& request) {
  for (const auto& [column, value] : request.static_partitions) {
    const auto* text = std::get_if<std::string>(&value.value);
    const std::string folder = fmt::format("{}={}/", delta::EscapePartitionName(column),
                                           value.IsNull() ? "__HIVE_DEFAULT_PARTITION__" : delta::EscapePartitionName(text != nullptr ? *text : ""));
    if (("/" + relative).find("/" + folder) == std::string::npos) return false;
  }
  return true;
}

// A folder of files without a log: what is appended is visible at once, what is replaced is removed after the new files are there.
Result<WriteOutcome> WriteFolder(const TableInfo& table, const plan::ResolvedPlan& rows, const WriteRequest& request, Statement& statement) {
  const std::string folder = LocalPathOf(table.location);
  if (folder.empty()) return Failure(NotImplemented("writing files to a store that is not local"));
  if (table.format != "parquet") return Failure(NotImplemented("writing files of format " + table.format));
  if (request.replace_condition != nullptr && request.static_partitions.empty()) {
    return Failure(NotImplemented("REPLACE WHERE on tables that are not Delta"));
  }
  const std::vector<fs::path> before = request.kind == WriteKind::kAppend ? std::vector<fs::path>() : DataFiles(folder);
  TRY(const std::vector<delta::AddFile> written, WriteRows(rows, MetadataOf(table), table.location, statement));
  std::set<std::string> touched;
  for (const delta::AddFile& file : written) touched.insert(fs::path(delta::DecodePath(file.path)).parent_path().string());
  for (const fs::path& file : before) {
    const std::string relative = fs::relative(file, folder).string();
    const bool replaced = request.kind == WriteKind::kOverwrite ? InPartition(relative, request)
                                                                : touched.contains(fs::path(relative).parent_path().string());
    std::error_code ignored;
    if (replaced) fs::remove(file, ignored);
  }
  return WriteOutcome{RowCountOf(written), 0, std::nullopt};
}

bool InStaticPartition(const delta::AddFile& file, const WriteRequest& request) {
  for (const auto& [column, value] : request.static_partitions) {
    const auto* wanted = std::get_if<std::string>(&value.value);
    for (const auto& [name, text] : file.partition_values) {
      if (!EqualsIgnoringCase(name, column)) continue;
      if (value.IsNull() ? text.has_value() : !text || wanted == nullptr || *text != *wanted) return false;
    }
  }
  return true;
}

void SetWriteMetrics(delta::Transaction& transaction, const std::vector<delta::AddFile>& written) {
  transaction.SetMetric("numFiles", static_cast<int64_t>(written.size()));
  transaction.SetMetric("numOutputRows", RowCountOf(written));
  transaction.SetMetric("numOutputBytes", BytesOf(written));
}

Result<WriteOutcome> WriteDeltaTable(const TableInfo& table, const plan::ResolvedPlan& rows, const WriteRequest& request, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  TRY(const delta::SnapshotPtr snapshot, delta->Latest());
  delta::Operation operation{request.operation, JsonValue::Object{}};
  operation.parameters.Set("mode", request.kind == WriteKind::kAppend ? "Append" : "Overwrite");
  operation.parameters.Set("partitionBy", JsonList(snapshot->partition_columns()));
  if (!request.replace_text.empty()) operation.parameters.Set("predicate", JsonList({request.replace_text}));
  TRY(delta::Transaction transaction, delta::Transaction::Begin(delta, snapshot, std::move(operation)));
  if (request.transaction_app_id) {
    transaction.SetApplication(delta::SetTransaction{*request.transaction_app_id, request.transaction_version.value_or(0), SystemClock().NowMillis()});
  }
  if (request.evolved_schema) {
    delta::Metadata metadata = snapshot->metadata();
    metadata.schema_string = DataType::Struct(ReadSchema(table.schema)).Json();
    if (request.replaces_schema) metadata.partition_columns = table.partition_columns;
    TRY(transaction.SetMetadata(std::move(metadata)));
  }
  TRY(const std::vector<delta::AddFile> written, WriteRows(rows, transaction.metadata(), table.location, statement));
  WriteOutcome outcome;
  outcome.row_count = RowCountOf(written);
  if (request.kind != WriteKind::kAppend) {
    std::set<delta::PartitionValues> partitions;
    for (const delta::AddFile& file : written) partitions.insert(file.partition_values);
    snapshot->files().ForEach([&](const delta::FileEntry& entry) {
      const delta::AddFile file = entry.ToAddFile();
      const bool replaced = request.kind == WriteKind::kOverwrite ? InStaticPartition(file, request) : partitions.contains(file.partition_values);
      if (!replaced) return;
      if (const auto json = ParseJson(file.stats)) outcome.deleted_row_count += json->IntOr("numRecords", 0);
      transaction.Remove(entry);
    });
    if (request.kind == WriteKind::kOverwrite && request.static_partitions.empty()) transaction.ReadWholeTable();
  }
  transaction.Add(written);
  SetWriteMetrics(transaction, written);
  TRY(outcome.version, CommitTransaction(std::move(transaction), table));
  return outcome;
}

JsonValue CreateParameters(const TableInfo& table) {
  JsonValue properties{JsonValue::Object{}};
  for (const auto& [key, value] : table.properties) properties.Set(key, value);
  JsonValue parameters{JsonValue::Object{}};
  parameters.Set("isManaged", table.kind == analyze::TableKind::kManaged ? "true" : "false");
  parameters.Set("description", table.comment.empty() ? JsonValue() : JsonValue(table.comment));
  parameters.Set("partitionBy", JsonList(table.partition_columns));
  parameters.Set("clusterBy", JsonList(table.clustering_columns));
  parameters.Set("properties", WriteJson(properties));
  return parameters;
}

Result<> SetClustering(const TableInfo& table, delta::Transaction& transaction) {
  if (table.clustering_columns.empty()) return {};
  TRY(transaction.AddFeature("domainMetadata"));
  TRY(transaction.AddFeature("clustering"));
  transaction.SetDomain({"delta.clustering", ClusteringDomain(table.clustering_columns), false});
  return {};
}

}  // namespace

Result<WriteOutcome> WriteTable(const TableInfo& table, const plan::ResolvedPlan& rows, const WriteRequest& request, Statement& statement) {
  if (table.format == "delta") return WriteDeltaTable(table, rows, request, statement);
  return WriteFolder(table, rows, request, statement);
}

std::string ClusteringDomain(const std::vector<std::string>& columns) {
  JsonValue::Array list;
  for (const std::string& column : columns) list.emplace_back(JsonValue::Array{JsonValue(column)});
  JsonValue domain{JsonValue::Object{}};
  domain.Set("clusteringColumns", std::move(list));
  domain.Set("domainName", "delta.clustering");
  return WriteJson(domain);
}

Result<int64_t> CommitTransaction(delta::Transaction transaction, const TableInfo& table) {
  TRY(const delta::CommitOutcome outcome, std::move(transaction).Commit());
  if (const auto* conflict = std::get_if<delta::Conflicted>(&outcome)) return Failure(conflict->ToError(PlainName(table.name)));
  return std::get<delta::Committed>(outcome).version;
}

Result<WriteOutcome> CreateDeltaTable(const TableInfo& table, const plan::ResolvedPlan* rows, std::string_view operation, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  TRY(delta::Transaction transaction, delta::Transaction::Create(delta, MetadataOf(table), {std::string(operation), CreateParameters(table)}));
  TRY(SetClustering(table, transaction));
  WriteOutcome outcome;
  if (rows != nullptr) {
    TRY(const std::vector<delta::AddFile> written, WriteRows(*rows, transaction.metadata(), table.location, statement));
    outcome.row_count = RowCountOf(written);
    transaction.Add(written);
    SetWriteMetrics(transaction, written);
  }
  TRY(outcome.version, CommitTransaction(std::move(transaction), table));
  return outcome;
}

Result<WriteOutcome> ReplaceDeltaTable(const TableInfo& table, const plan::ResolvedPlan* rows, std::string_view operation, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  TRY(const delta::SnapshotPtr snapshot, delta->Latest());
  TRY(delta::Transaction transaction, delta::Transaction::Begin(delta, snapshot, {std::string(operation), CreateParameters(table)}));
  delta::Metadata metadata = MetadataOf(table);
  metadata.id = snapshot->metadata().id;
  TRY(transaction.SetMetadata(std::move(metadata)));
  TRY(SetClustering(table, transaction));
  transaction.RemoveAll();
  WriteOutcome outcome;
  if (rows != nullptr) {
    TRY(const std::vector<delta::AddFile> written, WriteRows(*rows, transaction.metadata(), table.location, statement));
    outcome.row_count = RowCountOf(written);
    transaction.Add(written);
    SetWriteMetrics(transaction, written);
  }
  TRY(outcome.version, CommitTransaction(std::move(transaction), table));
  return outcome;
}

Result<> RemoveFiles(const TableInfo& table) {
  const std::string folder = LocalPathOf(table.location);
  if (folder.empty()) return Failure(NotImplemented("removing files from a store that is not local"));
  for (const fs::path& file : DataFiles(folder)) {
    std::error_code ignored;
    fs::remove(file, ignored);
  }
  return {};
}

}  // namespace crannog::session
