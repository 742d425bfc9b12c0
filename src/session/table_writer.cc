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
#include "session/delta_commit.h"
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

Result<WriteOutcome> WriteDeltaTable(const TableInfo& table, const plan::ResolvedPlan& rows, const WriteRequest& request, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  TRY(const delta::SnapshotPtr snapshot, delta->Latest());
  TRY(const std::vector<delta::AddFile> written, WriteRows(rows, snapshot->metadata(), table.location, statement));
  CommitDescription description;
  description.operation = request.operation;
  description.user = statement.core.options.user;
  description.is_blind_append = request.kind == WriteKind::kAppend;
  description.parameters = {{"mode", request.kind == WriteKind::kAppend ? "Append" : "Overwrite"}, {"partitionBy", JsonList(snapshot->partition_columns())}};
  if (!request.replace_text.empty()) description.parameters.emplace_back("predicate", JsonList({request.replace_text}));
  WriteOutcome outcome;
  outcome.row_count = RowCountOf(written);
  std::vector<delta::Action> actions;
  if (request.transaction_app_id) {
    actions.emplace_back(delta::SetTransaction{*request.transaction_app_id, request.transaction_version.value_or(0), SystemClock().NowMillis()});
  }
  if (request.kind != WriteKind::kAppend) {
    std::set<delta::PartitionValues> partitions;
    for (const delta::AddFile& file : written) partitions.insert(file.partition_values);
    const int64_t now = SystemClock().NowMillis();
    snapshot->files().ForEach([&](const delta::FileEntry& entry) {
      const delta::AddFile file = entry.ToAddFile();
      bool replaced = request.kind == WriteKind::kOverwrite || partitions.contains(file.partition_values);
      for (const auto& [column, value] : request.static_partitions) {
        for (const auto& [name, text] : file.partition_values) {
          const auto* wanted = std::get_if<std::string>(&value.value);
          if (EqualsIgnoringCase(name, column)) replaced = replaced && (value.IsNull() ? !text : text && wanted != nullptr && *text == *wanted);
        }
      }
      if (!replaced) return;
      if (const auto json = ParseJson(file.stats)) outcome.deleted_row_count += json->IntOr("numRecords", 0);
      actions.emplace_back(delta::RemoveOf(file, now, /*data_change=*/true));
    });
  }
  for (const delta::AddFile& file : written) actions.emplace_back(file);
  description.metrics = {{"numFiles", std::to_string(written.size())},
                         {"numOutputRows", std::to_string(outcome.row_count)},
                         {"numOutputBytes", std::to_string(BytesOf(written))}};
  TRY(outcome.version, CommitDelta(*delta, snapshot, std::move(actions), description));
  return outcome;
}

}  // namespace

Result<WriteOutcome> WriteTable(const TableInfo& table, const plan::ResolvedPlan& rows, const WriteRequest& request, Statement& statement) {
  if (table.format == "delta") return WriteDeltaTable(table, rows, request, statement);
  return WriteFolder(table, rows, request, statement);
}

Result<WriteOutcome> CreateDeltaTable(const TableInfo& table, const plan::ResolvedPlan* rows, std::string_view operation, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  const delta::Metadata metadata = MetadataOf(table);
  std::vector<delta::Action> actions = {ProtocolFor(metadata, nullptr), metadata};
  WriteOutcome outcome;
  CommitDescription description;
  description.operation = std::string(operation);
  description.user = statement.core.options.user;
  description.isolation_level = "Serializable";
  description.is_blind_append = true;
  JsonValue properties{JsonValue::Object{}};
  for (const auto& [key, value] : metadata.configuration) properties.Set(key, value);
  description.parameters = {{"isManaged", table.kind == analyze::TableKind::kManaged ? "true" : "false"},
                            {"description", table.comment.empty() ? "null" : table.comment},
                            {"partitionBy", JsonList(table.partition_columns)},
                            {"properties", WriteJson(properties)}};
  if (rows != nullptr) {
    TRY(const std::vector<delta::AddFile> written, WriteRows(*rows, metadata, table.location, statement));
    outcome.row_count = RowCountOf(written);
    for (const delta::AddFile& file : written) actions.emplace_back(file);
    description.metrics = {{"numFiles", std::to_string(written.size())},
                           {"numOutputRows", std::to_string(outcome.row_count)},
                           {"numOutputBytes", std::to_string(BytesOf(written))}};
  }
  if (!table.clustering_columns.empty()) {
    JsonValue::Array columns;
    for (const std::string& column : table.clustering_columns) columns.emplace_back(JsonValue::Array{column});
    JsonValue domain{JsonValue::Object{}};
    domain.Set("clusteringColumns", std::move(columns));
    domain.Set("domainName", "delta.clustering");
    actions.emplace_back(delta::DomainMetadata{"delta.clustering", WriteJson(domain), false});
    for (const char* feature : {"clustering", "domainMetadata"}) {
      TRY(std::get<delta::Protocol>(actions[0]), delta::WithFeature(std::get<delta::Protocol>(actions[0]), feature));
    }
  }
  TRY(outcome.version, CommitDelta(*delta, nullptr, std::move(actions), description));
  return outcome;
}

Result<WriteOutcome> ReplaceDeltaTable(const TableInfo& table, const plan::ResolvedPlan* rows, std::string_view operation, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(table.location));
  TRY(const delta::SnapshotPtr snapshot, delta->Latest());
  delta::Metadata metadata = MetadataOf(table);
  metadata.id = snapshot->metadata().id;
  const delta::Protocol protocol = ProtocolFor(metadata, &snapshot->protocol());
  std::vector<delta::Action> actions;
  if (!(protocol == snapshot->protocol())) actions.emplace_back(protocol);
  actions.emplace_back(metadata);
  const int64_t now = SystemClock().NowMillis();
  snapshot->files().ForEach([&](const delta::FileEntry& entry) { actions.emplace_back(delta::RemoveOf(entry.ToAddFile(), now, /*data_change=*/true)); });
  WriteOutcome outcome;
  CommitDescription description;
  description.operation = std::string(operation);
  description.user = statement.core.options.user;
  description.parameters = {{"isManaged", table.kind == analyze::TableKind::kManaged ? "true" : "false"},
                            {"description", table.comment.empty() ? "null" : table.comment},
                            {"partitionBy", JsonList(table.partition_columns)},
                            {"properties", "{}"}};
  if (rows != nullptr) {
    TRY(const std::vector<delta::AddFile> written, WriteRows(*rows, metadata, table.location, statement));
    outcome.row_count = RowCountOf(written);
    for (const delta::AddFile& file : written) actions.emplace_back(file);
    description.metrics = {{"numFiles", std::to_string(written.size())},
                           {"numOutputRows", std::to_string(outcome.row_count)},
                           {"numOutputBytes", std::to_string(BytesOf(written))}};
  }
  TRY(outcome.version, CommitDelta(*delta, snapshot, std::move(actions), description));
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
