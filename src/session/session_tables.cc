#include "session/session_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "delta/path.h"
#include "delta/scan.h"
#include "io/object_store.h"

namespace crannog::session {
namespace {

using analyze::TableInfo;
using analyze::TableVersion;
using plan::TableSource;

// Both libraries read and write Spark's JSON form of a schema.
Result<plan::Schema> SchemaOf(const delta::Snapshot& snapshot) {
  TRY(const plan::DataType type, plan::ParseTypeJson(delta::WriteSchema(snapshot.schema())));
  return type.fields();
}

Result<delta::SnapshotPtr> SnapshotAt(delta::Table& table, const TableVersion& version) {
  if (version.version) return table.At(*version.version);
  if (version.timestamp_micros) return table.AsOf(*version.timestamp_micros / 1000);
  return table.Latest();
}

Result<std::shared_ptr<const TableSource>> DeltaSource(delta::Table& table, std::string full_name, const TableVersion& version,
                                                       const plan::Options& options) {
  TRY(const delta::SnapshotPtr snapshot, SnapshotAt(table, version));
  auto source = std::make_shared<TableSource>();
  source->full_name = std::move(full_name);
  source->format = "delta";
  source->location = std::string(snapshot->root_url());
  source->options = options;
  TRY(source->schema, SchemaOf(*snapshot));
  source->schema = ReadSchema(source->schema);
  source->version = snapshot->version();
  source->partition_columns = snapshot->partition_columns();
  source->handle = snapshot;
  return std::shared_ptr<const TableSource>(std::move(source));
}

// A folder of Parquet files without a log is read as a Delta scan of the files that are there: missing columns are null, partition values come from
// folder names ("a=1/b=x/").
Result<std::shared_ptr<const delta::Scan>> ScanOfFolder(const TableInfo& table) {
  delta::Environment environment;
  TRY(environment.store, io::OpenStore(table.location, {}));
  environment.clock = &SystemClock();
  environment.random = &SystemRandom();
  delta::TableState state;
  state.protocol = delta::Protocol{};
  state.metadata = delta::Metadata{};
  plan::Schema schema = ReadSchema(table.schema);
  for (plan::StructField& field : schema) {
    field.nullable = true;
    field.type = plan::AsNullable(field.type);
  }
  state.metadata->schema_string = plan::DataType::Struct(schema).Json();
  state.metadata->partition_columns = table.partition_columns;
  TRY(const std::vector<io::ObjectInfo> objects, environment.store->List(""));
  auto files = std::make_shared<delta::FileSegment>();
  for (const io::ObjectInfo& object : objects) {
    delta::AddFile file;
    bool is_hidden = false;
    size_t begin = 0;
    for (size_t slash; (slash = object.key.find('/', begin)) != std::string::npos; begin = slash + 1) {
      const std::string part = object.key.substr(begin, slash - begin);
      const size_t equals = part.find('=');
      is_hidden |= part.starts_with('_') || part.starts_with('.');
      if (equals == std::string::npos) continue;
      const std::string value = delta::DecodePath(part.substr(equals + 1));
      const std::string column = delta::DecodePath(part.substr(0, equals));
      for (const std::string& name : table.partition_columns) {
        if (!delta::EqualIgnoringCase(name, column)) continue;
        file.partition_values.emplace_back(name, value == "__HIVE_DEFAULT_PARTITION__" ? std::nullopt : std::optional<std::string>(value));
      }
    }
    is_hidden |= object.key[begin] == '_' || object.key[begin] == '.';
    if (is_hidden || object.size_bytes == 0) continue;
    file.path = delta::EncodePath(object.key);
    file.size_bytes = object.size_bytes;
    file.modification_time_ms = object.modified_ms;
    files->Append(file);
  }
  state.files = delta::LiveFiles::Of(std::move(files));
  TRY(delta::Schema delta_schema, delta::ParseSchema(state.metadata->schema_string));
  delta::LogSegment segment;
  segment.version = 0;
  auto snapshot = std::make_shared<const delta::Snapshot>(std::move(environment), std::move(segment), std::move(state), std::move(delta_schema));
  return std::make_shared<const delta::Scan>(delta::PlanScan(std::move(snapshot)));
}

// delta.`/t@v3` and delta.`/t@20240101…`: not unless the folder itself does not exist. Source: Delta's path time travel.
struct PathVersion {
  std::string path;
  TableVersion version;
};
PathVersion SplitPathVersion(const std::string& path) {
  const size_t at = path.rfind('@');
  if (at == std::string::npos || at + 2 >= path.size() + 1) return {path, {}};
  const std::string suffix = path.substr(at + 1);
  PathVersion out{path.substr(0, at), {}};
  if (suffix.size() > 1 && (suffix[0] == 'v' || suffix[0] == 'V') &&
      std::all_of(suffix.begin() + 1, suffix.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
    out.version.version = std::stoll(suffix.substr(1));
    return out;
  }
  return {path, {}};
}

}  // namespace

Result<std::string> NormalLocation(std::string_view location) {
  std::string path(location);
  if (path.starts_with("dbfs:/")) path = path.substr(5);
  if (path.starts_with("file:")) {
    path = path.substr(5);
    while (path.starts_with("//")) path.erase(0, 1);
  } else if (path.find("://") != std::string::npos) {
    return path;
  }
  if (!path.starts_with('/')) path = std::filesystem::absolute(path).string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return "file://" + std::filesystem::path(path).lexically_normal().string();
}

std::string DisplayLocation(std::string_view location) {
  if (location.starts_with("file:///")) return "file:" + std::string(location.substr(7));
  return std::string(location);
}

std::string LocalPathOf(std::string_view location) {
  if (location.starts_with("file://")) return std::string(location.substr(7));
  if (location.starts_with("file:")) return std::string(location.substr(5));
  return location.starts_with('/') ? std::string(location) : "";
}

plan::Schema ReadSchema(const plan::Schema& schema) {
  plan::Schema out = schema;
  for (plan::StructField& field : out) {
    if (!field.type.Is(plan::TypeKind::kChar) && !field.type.Is(plan::TypeKind::kVarchar)) continue;
    auto json = ParseJson(field.metadata_json.empty() ? "{}" : field.metadata_json);
    JsonValue metadata = json ? *json : JsonValue(JsonValue::Object{});
    metadata.Set("__CHAR_VARCHAR_TYPE_STRING", field.type.CatalogString());
    field.metadata_json = WriteJson(metadata);
    field.type = plan::DataType::String();
  }
  return out;
}

Result<std::shared_ptr<delta::Table>> SessionTables::DeltaTableAt(std::string_view location) {
  TRY(const std::string key, NormalLocation(location));
  std::lock_guard lock(mutex_);
  auto& table = delta_tables_[key];
  if (!table) {
    delta::Environment environment;
    TRY(environment.store, io::OpenStore(key, {}));
    environment.parquet = engine_.LogFiles();
    environment.clock = &SystemClock();
    environment.random = &SystemRandom();
    table = std::make_shared<delta::Table>(std::move(environment));
  }
  return table;
}

void SessionTables::Forget(std::string_view location) {
  const auto key = NormalLocation(location);
  if (!key) return;
  std::lock_guard lock(mutex_);
  delta_tables_.erase(*key);
}

Result<std::shared_ptr<const TableSource>> SessionTables::OpenTable(const TableInfo& table, const TableVersion& version, const plan::Options& options) {
  if (table.format == "delta") {
    TRY(const std::shared_ptr<delta::Table> delta, DeltaTableAt(table.location));
    return DeltaSource(*delta, table.name.ToString(), version, options);
  }
  if (version.version || version.timestamp_micros) {
    return Failure(ConditionError("UNSUPPORTED_FEATURE.TIME_TRAVEL", {{"relationId", "`" + table.name.catalog + "`.`" + table.name.schema + "`.`" + table.name.name + "`"}}));
  }
  auto source = std::make_shared<TableSource>();
  source->full_name = table.name.ToString();
  source->format = table.format;
  source->location = table.location;
  source->paths = {table.location};
  source->options = table.options;
  for (const auto& [key, value] : options) source->options[key] = value;
  source->schema = ReadSchema(table.schema);
  source->partition_columns = table.partition_columns;
  if (table.format == "parquet") {
    TRY(source->handle, ScanOfFolder(table));
    source->format = engine::kDeltaFilesFormat;
  }
  return std::shared_ptr<const TableSource>(std::move(source));
}

Result<std::shared_ptr<const TableSource>> SessionTables::OpenPaths(const plan::DataSource& source, const TableVersion& version) {
  if (source.format != "delta") return engine_.OpenFiles(source);
  if (source.paths.size() != 1) {
    return Failure(ErrorCode::kInvalidParameterValue, "a Delta table is one path", "give the table's root folder");
  }
  PathVersion path{source.paths[0], version};
  if (!version.version && !version.timestamp_micros) path = SplitPathVersion(source.paths[0]);
  TRY(const std::shared_ptr<delta::Table> delta, DeltaTableAt(path.path));
  TRY(const bool exists, delta->Exists());
  if (!exists) {
    return Failure(ConditionError("DELTA_PATH_DOES_NOT_EXIST", {{"path", path.path}}));
  }
  return DeltaSource(*delta, fmt::format("delta.`{}`", path.path), path.version, source.options);
}

}  // namespace crannog::session
