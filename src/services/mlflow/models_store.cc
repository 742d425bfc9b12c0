#include "services/mlflow/models_store.h"

#include <fmt/format.h>

namespace crannog::mlflow::models_store {
namespace {

constexpr std::string_view kModelColumns = "SELECT m.name, m.description, m.user_id, m.created_ms, m.updated_ms FROM mlflow_registered_model m ";
constexpr std::string_view kVersionColumns =
    "SELECT v.model_name, v.version, v.created_ms, v.updated_ms, v.user_id, v.stage, v.description, v.source, v.run_id, v.run_link, v.model_id, v.status "
    "FROM mlflow_model_version v ";

Result<wire::ModelVersion> VersionFromRow(store::Reader& reader, const store::Row& row) {
  wire::ModelVersion version;
  version.name = row.Text(0);
  version.version = std::to_string(row.Int(1));
  version.creation_timestamp = row.Int(2);
  version.last_updated_timestamp = row.Int(3);
  version.user_id = row.OptionalText(4);
  version.current_stage = row.Text(5);
  version.description = row.OptionalText(6);
  version.source = row.OptionalText(7);
  version.run_id = row.OptionalText(8);
  version.run_link = row.OptionalText(9);
  version.model_id = row.OptionalText(10);
  version.status = row.Text(11);
  TRY(std::vector<store::Row> tags,
      reader.Query("SELECT name, value FROM mlflow_model_version_tag WHERE model_name = ? AND version = ? ORDER BY name", {row.Text(0), row.Int(1)}));
  for (const store::Row& tag : tags) version.tags.push_back({tag.Text(0), tag.Text(1)});
  TRY(std::vector<store::Row> aliases,
      reader.Query("SELECT alias FROM mlflow_model_alias WHERE model_name = ? AND version = ? ORDER BY alias", {row.Text(0), row.Int(1)}));
  for (const store::Row& alias : aliases) version.aliases.push_back(alias.Text(0));
  return version;
}

Result<wire::RegisteredModel> ModelFromRow(store::Reader& reader, const store::Row& row) {
  wire::RegisteredModel model;
  model.name = row.Text(0);
  model.description = row.OptionalText(1);
  model.user_id = row.OptionalText(2);
  model.creation_timestamp = row.Int(3);
  model.last_updated_timestamp = row.Int(4);
  TRY(std::vector<store::Row> tags, reader.Query("SELECT name, value FROM mlflow_registered_model_tag WHERE model_name = ? ORDER BY name", {model.name}));
  for (const store::Row& tag : tags) model.tags.push_back({tag.Text(0), tag.Text(1)});
  TRY(std::vector<store::Row> aliases, reader.Query("SELECT alias, version FROM mlflow_model_alias WHERE model_name = ? ORDER BY alias", {model.name}));
  for (const store::Row& alias : aliases) model.aliases.push_back({alias.Text(0), std::to_string(alias.Int(1))});
  TRY(model.latest_versions, LatestVersions(reader, model.name));
  return model;
}

std::vector<store::Value> WithPage(const SqlConditions& where, int64_t count_max, int64_t offset) {
  std::vector<store::Value> values = where.parameters;
  values.emplace_back(count_max);
  values.emplace_back(offset);
  return values;
}

}  // namespace

Result<std::optional<wire::RegisteredModel>> Find(store::Reader& reader, const std::string& name) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kModelColumns) + "WHERE m.name = ?", {name}));
  if (!row) return std::nullopt;
  TRY(wire::RegisteredModel model, ModelFromRow(reader, *row));
  return model;
}

Result<std::vector<wire::RegisteredModel>> Search(store::Reader& reader, const SqlConditions& where, const std::string& order, int64_t count_max, int64_t offset) {
  TRY(std::vector<store::Row> rows, reader.Query(fmt::format("{}WHERE {} ORDER BY {} LIMIT ? OFFSET ?", kModelColumns, where.text.empty() ? "1 = 1" : where.text, order),
                                                 WithPage(where, count_max, offset)));
  std::vector<wire::RegisteredModel> models;
  for (const store::Row& row : rows) {
    TRY(wire::RegisteredModel model, ModelFromRow(reader, row));
    models.push_back(std::move(model));
  }
  return models;
}

Result<> Touch(store::Transaction& transaction, const std::string& name, int64_t now_ms) {
  TRY(transaction.Execute("UPDATE mlflow_registered_model SET updated_ms = ? WHERE name = ?", {now_ms, name}));
  return {};
}

Result<std::optional<wire::ModelVersion>> FindVersion(store::Reader& reader, const std::string& name, int64_t version) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kVersionColumns) + "WHERE v.model_name = ? AND v.version = ?", {name, version}));
  if (!row) return std::nullopt;
  TRY(wire::ModelVersion found, VersionFromRow(reader, *row));
  return found;
}

Result<std::vector<wire::ModelVersion>> SearchVersions(store::Reader& reader, const SqlConditions& where, const std::string& order, int64_t count_max, int64_t offset) {
  TRY(std::vector<store::Row> rows, reader.Query(fmt::format("{}WHERE {} ORDER BY {} LIMIT ? OFFSET ?", kVersionColumns, where.text.empty() ? "1 = 1" : where.text, order),
                                                 WithPage(where, count_max, offset)));
  std::vector<wire::ModelVersion> versions;
  for (const store::Row& row : rows) {
    TRY(wire::ModelVersion version, VersionFromRow(reader, row));
    versions.push_back(std::move(version));
  }
  return versions;
}

Result<std::vector<wire::ModelVersion>> LatestVersions(store::Reader& reader, const std::string& name) {
  SqlConditions where;
  where.Add("v.model_name = ? AND v.version = (SELECT MAX(w.version) FROM mlflow_model_version w WHERE w.model_name = v.model_name AND w.stage = v.stage)", {name});
  return SearchVersions(reader, where, "v.version", 100, 0);
}

Result<std::optional<std::string>> StorageLocation(store::Reader& reader, const std::string& name, int64_t version) {
  TRY(std::optional<store::Row> row, reader.QueryOne("SELECT storage_location FROM mlflow_model_version WHERE model_name = ? AND version = ?", {name, version}));
  if (!row) return std::nullopt;
  return row->TextOr(0, "");
}

Result<> InsertVersion(store::Transaction& transaction, const wire::ModelVersion& version, int64_t number, const std::string& storage_location) {
  TRY(transaction.Execute("INSERT INTO mlflow_model_version (model_name, version, created_ms, updated_ms, user_id, stage, description, source, run_id, run_link, model_id, "
                          "storage_location, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          {version.name, number, version.creation_timestamp, version.last_updated_timestamp, version.user_id, version.current_stage, version.description,
                           version.source, version.run_id, version.run_link, version.model_id, storage_location, version.status}));
  for (const wire::ModelTag& tag : version.tags) {
    TRY(transaction.Execute("INSERT INTO mlflow_model_version_tag VALUES (?, ?, ?, ?)", {version.name, number, tag.key.value_or(""), tag.value.value_or("")}));
  }
  return {};
}

}  // namespace crannog::mlflow::models_store
