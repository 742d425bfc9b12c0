// crannog delta: looks at a Delta table in a folder and looks after it, without a server.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "cli/command.h"
#include "delta/checkpoint_writer.h"
#include "delta/maintenance.h"
#include "delta/scan.h"
#include "delta/table.h"
#include "delta/value.h"
#include "engine/duckdb/parquet_handler.h"

namespace crannog::cli {
namespace {

constexpr std::string_view kUsage = R"(usage: crannog delta WHAT PATH [OPTIONS]
  inspect PATH      schema, protocol, properties, size           --version N
  history PATH      commits, newest first                        --limit N
  verify PATH       checksum and presence of every file
  checkpoint PATH   write a checkpoint of the newest version
  vacuum PATH       delete files that no version needs           --retain-hours N, --lite, --dry-run, --force
every one of them: --json
)";

struct Arguments {
  std::string what, path;
  bool json = false, lite = false, dry_run = false, force = false;
  std::optional<int64_t> version, limit, retain_hours;
};

Result<Arguments> Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  std::vector<std::string> plain;
  for (size_t i = 0; i < words.size(); ++i) {
    auto number = [&](std::optional<int64_t>& out) -> Result<> {
      if (i + 1 >= words.size()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} needs a number", words[i]));
      char* end = nullptr;
      out = std::strtoll(words[i + 1].c_str(), &end, 10);
      if (*end != '\0') return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} needs a number, not {}", words[i], words[i + 1]));
      ++i;
      return {};
    };
    if (words[i] == "--json") arguments.json = true;
    else if (words[i] == "--lite") arguments.lite = true;
    else if (words[i] == "--dry-run") arguments.dry_run = true;
    else if (words[i] == "--force") arguments.force = true;
    else if (words[i] == "--version") {
      TRY(number(arguments.version));
    } else if (words[i] == "--limit") {
      TRY(number(arguments.limit));
    } else if (words[i] == "--retain-hours") {
      TRY(number(arguments.retain_hours));
    } else if (words[i].starts_with("--")) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("there is no option {}", words[i]));
    else plain.push_back(words[i]);
  }
  if (plain.size() != 2) return Failure(ErrorCode::kInvalidParameterValue, "a command and a path are needed");
  arguments.what = plain[0];
  arguments.path = plain[1];
  if (arguments.path.find("://") == std::string::npos && !arguments.path.starts_with('/')) {
    char* absolute = realpath(arguments.path.c_str(), nullptr);
    if (absolute == nullptr) return Failure(ErrorCode::kNotFound, fmt::format("there is no folder {}", arguments.path));
    arguments.path = absolute;
    free(absolute);
  }
  return arguments;
}

JsonValue ListOf(const std::vector<std::string>& texts) {
  JsonValue::Array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

Result<> Inspect(delta::Table& table, const Arguments& arguments) {
  delta::SnapshotPtr snapshot;
  if (arguments.version) {
    TRY(snapshot, table.At(*arguments.version));
  } else {
    TRY(snapshot, table.Latest());
  }
  TRY(const delta::TableDetail detail, delta::DetailOf(*snapshot));
  const std::optional<int64_t> rows = delta::CountFromMetadata(*snapshot);
  if (arguments.json) {
    JsonValue json;
    json.Set("location", detail.location);
    json.Set("id", detail.id);
    json.Set("version", snapshot->version());
    json.Set("lastModified", detail.last_modified_ms);
    json.Set("numFiles", detail.num_files);
    json.Set("sizeInBytes", detail.size_in_bytes);
    if (rows) json.Set("numRecords", *rows);
    json.Set("partitionColumns", ListOf(detail.partition_columns));
    json.Set("clusteringColumns", ListOf(detail.clustering_columns));
    json.Set("minReaderVersion", int64_t{detail.min_reader_version});
    json.Set("minWriterVersion", int64_t{detail.min_writer_version});
    json.Set("tableFeatures", ListOf(detail.table_features));
    JsonValue properties = JsonValue::Object{};
    for (const auto& [key, value] : detail.properties) properties.Set(key, value);
    json.Set("properties", std::move(properties));
    TRY(JsonValue schema, ParseJson(snapshot->metadata().schema_string));
    json.Set("schema", std::move(schema));
    fmt::print("{}\n", WriteJsonIndented(json));
    return {};
  }
  fmt::print("{}\n  version   {} of {} UTC\n  files     {}, {} bytes\n  rows      {}\n", detail.location, snapshot->version(),
             delta::FormatTimestamp(detail.last_modified_ms * 1000), detail.num_files, detail.size_in_bytes, rows ? fmt::format("{}", *rows) : "unknown (files without statistics)");
  fmt::print("  protocol  reader {}, writer {}: {}\n", detail.min_reader_version, detail.min_writer_version, fmt::join(detail.table_features, ", "));
  if (!detail.partition_columns.empty()) fmt::print("  partition {}\n", fmt::join(detail.partition_columns, ", "));
  if (!detail.clustering_columns.empty()) fmt::print("  cluster   {}\n", fmt::join(detail.clustering_columns, ", "));
  for (const auto& [key, value] : detail.properties) fmt::print("  property  {} = {}\n", key, value);
  for (const delta::Field& field : snapshot->schema()) fmt::print("  column    {} {}{}\n", field.name, delta::TypeToSql(field.type), field.nullable ? "" : " NOT NULL");
  return {};
}

Result<> History(delta::Table& table, const Arguments& arguments) {
  TRY(const std::vector<delta::CommitSummary> history, table.History(arguments.limit.value_or(0)));
  JsonValue::Array list;
  for (const delta::CommitSummary& commit : history) {
    if (!arguments.json) {
      const JsonValue* parameters = commit.info.Find("operationParameters");
      fmt::print("{:>8}  {}  {:<24} {}\n", commit.version, delta::FormatTimestamp(commit.timestamp_ms * 1000), commit.info.StringOr("operation", "?"),
                 parameters != nullptr ? WriteJson(*parameters) : "");
      continue;
    }
    JsonValue json;
    json.Set("version", commit.version);
    json.Set("timestamp", commit.timestamp_ms);
    json.Set("commitInfo", commit.info);
    list.push_back(std::move(json));
  }
  if (arguments.json) fmt::print("{}\n", WriteJsonIndented(JsonValue(std::move(list))));
  return {};
}

Result<> Verify(delta::Table& table, const Arguments& arguments, bool& sound) {
  TRY(const std::vector<std::string> findings, delta::VerifyTable(table));
  sound = findings.empty();
  if (arguments.json) {
    JsonValue json;
    json.Set("sound", sound);
    json.Set("findings", ListOf(findings));
    fmt::print("{}\n", WriteJsonIndented(json));
    return {};
  }
  for (const std::string& finding : findings) fmt::print("{}\n", finding);
  fmt::print("{}\n", sound ? "sound: log, checksum, data files and deletion vectors agree" : fmt::format("{} findings", findings.size()));
  return {};
}

Result<> Checkpoint(delta::Table& table, const Arguments& arguments) {
  TRY(const delta::SnapshotPtr snapshot, table.Latest());
  TRY(delta::WriteCheckpoint(snapshot));
  if (arguments.json) fmt::print("{{\"version\":{}}}\n", snapshot->version());
  else fmt::print("checkpoint of version {} written\n", snapshot->version());
  return {};
}

Result<> RunVacuum(delta::Table& table, const Arguments& arguments) {
  delta::VacuumOptions options;
  options.mode = arguments.lite ? delta::VacuumMode::kLite : delta::VacuumMode::kFull;
  options.action = arguments.dry_run ? delta::VacuumAction::kDryRun : delta::VacuumAction::kDelete;
  options.check = arguments.force ? delta::RetentionCheck::kDisabled : delta::RetentionCheck::kEnforced;
  constexpr int64_t kHourMs = 3600000;
  if (arguments.retain_hours) options.retention_ms = *arguments.retain_hours * kHourMs;
  TRY(const delta::VacuumResult result, delta::Vacuum(table, options));
  if (arguments.json) {
    JsonValue json;
    json.Set("dryRun", arguments.dry_run);
    json.Set("sizeInBytes", result.size_bytes);
    json.Set("files", ListOf(result.keys));
    fmt::print("{}\n", WriteJsonIndented(json));
    return {};
  }
  if (arguments.dry_run) {
    for (const std::string& key : result.keys) fmt::print("{}\n", key);
  }
  fmt::print("{} files, {} bytes {}\n", result.keys.size(), result.size_bytes, arguments.dry_run ? "would be deleted" : "deleted");
  return {};
}

}  // namespace

int RunDelta(const std::vector<std::string>& words) {
  Result<Arguments> arguments = Parse(words);
  if (!arguments) {
    fmt::print(stderr, "crannog delta: {}\n{}", arguments.error().message, kUsage);
    return 2;
  }
  bool sound = true;
  auto run = [&]() -> Result<> {
    TRY(std::shared_ptr<io::ObjectStore> store, io::OpenStore(arguments->path, {}));
    TRY(std::unique_ptr<delta::ParquetHandler> parquet, engine::MakeOwnParquetHandler());
    delta::Table table({store, parquet.get(), &SystemClock(), &SystemRandom()});
    if (arguments->what == "inspect") return Inspect(table, *arguments);
    if (arguments->what == "history") return History(table, *arguments);
    if (arguments->what == "verify") return Verify(table, *arguments, sound);
    if (arguments->what == "checkpoint") return Checkpoint(table, *arguments);
    if (arguments->what == "vacuum") return RunVacuum(table, *arguments);
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("there is no command {}", arguments->what), "crannog delta --help");
  };
  if (Result<> done = run(); !done) {
    fmt::print(stderr, "{}\n", done.error().ToString());
    return 1;
  }
  return sound ? 0 : 1;
}

}  // namespace crannog::cli
