#include "services/mlflow/logged_models.h"

#include <limits>

#include <fmt/format.h>

#include "services/mlflow/experiments.h"
#include "services/mlflow/limits.h"
#include "services/mlflow/sql_conditions.h"

namespace crannog::mlflow {
namespace {

constexpr std::string_view kColumns =
    "SELECT l.model_id, l.experiment_id, l.name, l.model_type, l.source_run_id, l.status, l.artifact_uri, l.creator_id, l.created_ms, l.updated_ms "
    "FROM mlflow_logged_model l ";

Error NoModel(const std::string& model_id) { return MakeError(ErrorCode::kNotFound, fmt::format("Logged model with ID '{}' not found.", model_id)); }

Result<wire::LoggedModel> FromRow(store::Reader& reader, const store::Row& row) {
  wire::LoggedModel model;
  model.info.emplace();
  model.info->model_id = row.Text(0);
  model.info->experiment_id = std::to_string(row.Int(1));
  model.info->name = row.Text(2);
  model.info->model_type = row.OptionalText(3);
  model.info->source_run_id = row.OptionalText(4);
  model.info->status = row.Text(5);
  model.info->artifact_uri = row.Text(6);
  model.info->creation_timestamp_ms = row.Int(8);
  model.info->last_updated_timestamp_ms = row.Int(9);
  TRY(std::vector<store::Row> tags, reader.Query("SELECT name, value FROM mlflow_logged_model_tag WHERE model_id = ? ORDER BY name", {row.Text(0)}));
  for (const store::Row& tag : tags) model.info->tags.push_back({tag.Text(0), tag.Text(1)});
  TRY(std::vector<store::Row> versions, reader.Query("SELECT model_name, version FROM mlflow_model_version WHERE model_id = ? ORDER BY model_name, version", {row.Text(0)}));
  for (const store::Row& version : versions) model.info->registrations.push_back({version.Text(0), std::to_string(version.Int(1))});
  model.data.emplace();
  TRY(std::vector<store::Row> params, reader.Query("SELECT name, value FROM mlflow_logged_model_param WHERE model_id = ? ORDER BY name", {row.Text(0)}));
  for (const store::Row& param : params) model.data->params.push_back({param.Text(0), param.Text(1)});
  TRY(std::vector<store::Row> metrics,
      reader.Query("SELECT m.name, m.value, m.is_nan, m.time_ms, m.step, m.dataset_name, m.dataset_digest, r.run_id FROM mlflow_metric m JOIN mlflow_run r "
                   "ON r.run_key = m.run_key WHERE m.model_id = ? ORDER BY m.name, m.step",
                   {row.Text(0)}));
  for (const store::Row& metric : metrics) {
    wire::LoggedModelMetric out;
    out.key = metric.Text(0);
    out.value = metric.Bool(2) ? JsonValue(std::numeric_limits<double>::quiet_NaN()) : JsonValue(metric.Double(1));
    out.timestamp = metric.Int(3);
    out.step = metric.Int(4);
    if (!metric.Text(5).empty()) out.dataset_name = metric.Text(5);
    if (!metric.Text(6).empty()) out.dataset_digest = metric.Text(6);
    out.model_id = row.Text(0);
    out.run_id = metric.Text(7);
    model.data->metrics.push_back(std::move(out));
  }
  return model;
}

Result<wire::LoggedModel> Load(store::Reader& reader, const std::string& model_id) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + "WHERE l.model_id = ? AND l.stage = 'active'", {model_id}));
  if (!row) return Failure(NoModel(model_id));
  return FromRow(reader, *row);
}

Result<> PutTags(store::Transaction& transaction, const std::string& model_id, const std::vector<wire::LoggedModelTag>& tags) {
  for (const auto& tag : tags) {
    TRY(transaction.Execute("INSERT INTO mlflow_logged_model_tag VALUES (?, ?, ?) ON CONFLICT (model_id, name) DO UPDATE SET value = excluded.value",
                            {model_id, tag.key.value_or(""), tag.value.value_or("")}));
  }
  return {};
}

Result<> PutParams(store::Transaction& transaction, const std::string& model_id, const std::vector<wire::LoggedModelParam>& params) {
  for (const auto& param : params) {
    TRY(transaction.Execute("INSERT INTO mlflow_logged_model_param VALUES (?, ?, ?) ON CONFLICT (model_id, name) DO UPDATE SET value = excluded.value",
                            {model_id, param.key.value_or(""), param.value.value_or("")}));
  }
  return {};
}

Result<> AddClause(SqlConditions& conditions, const FilterClause& clause) {
  auto exists = [&](std::string_view from, const SqlConditions& inner) {
    std::vector<store::Value> values = {clause.key};
    values.insert(values.end(), inner.parameters.begin(), inner.parameters.end());
    conditions.Add(fmt::format("EXISTS (SELECT 1 FROM {} x WHERE x.model_id = l.model_id AND x.name = ? AND {})", from, inner.text), std::move(values));
  };
  SqlConditions inner;
  switch (clause.entity) {
    case FilterEntity::kMetric:
      TRY(AddNumberCondition(inner, "x.value", clause));
      exists("mlflow_metric", inner);
      return {};
    case FilterEntity::kParam:
      TRY(AddTextCondition(inner, "x.value", clause));
      exists("mlflow_logged_model_param", inner);
      return {};
    case FilterEntity::kTag:
      TRY(AddTextCondition(inner, "x.value", clause));
      exists("mlflow_logged_model_tag", inner);
      return {};
    case FilterEntity::kDataset: return Failure(ErrorCode::kInvalidParameterValue, "Invalid entity type 'dataset' in a filter of logged models.");
    case FilterEntity::kAttribute: break;
  }
  for (std::string_view text : {"name", "model_id", "model_type", "status", "source_run_id"}) {
    if (clause.key == text) return AddTextCondition(conditions, fmt::format("l.{}", text), clause);
  }
  if (clause.key == "creation_timestamp" || clause.key == "creation_time") return AddNumberCondition(conditions, "l.created_ms", clause);
  if (clause.key == "last_updated_timestamp" || clause.key == "last_updated_time") return AddNumberCondition(conditions, "l.updated_ms", clause);
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid attribute key '{}' specified.", clause.key));
}

struct ModelOrder {
  std::string joins, order;
  std::vector<store::Value> parameters;
};

Result<ModelOrder> BuildOrder(const std::vector<wire::LoggedModelOrderBy>& orders) {
  ModelOrder out;
  for (size_t i = 0; i < orders.size(); ++i) {
    const std::string field = orders[i].field_name.value_or("");
    const std::string_view direction = orders[i].ascending.value_or(true) ? "ASC" : "DESC";
    if (field.starts_with("metrics.")) {
      out.joins += fmt::format("LEFT JOIN (SELECT model_id, MAX(value) AS value FROM mlflow_metric WHERE name = ? GROUP BY model_id) o{0} ON o{0}.model_id = l.model_id ", i);
      out.parameters.emplace_back(field.substr(8));
      out.order += fmt::format("CASE WHEN o{0}.value IS NULL THEN 1 ELSE 0 END, o{0}.value {1}, ", i, direction);
      continue;
    }
    const std::string column = field == "creation_timestamp" || field == "creation_time"             ? "l.created_ms"
                               : field == "last_updated_timestamp" || field == "last_updated_time" ? "l.updated_ms"
                               : field == "name" || field == "model_id" || field == "model_type" || field == "status" ? "l." + field
                                                                                                        : "";
    if (column.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid order by field name: {}", field));
    out.order += fmt::format("{} {}, ", column, direction);
  }
  out.order += "l.created_ms DESC, l.model_id";
  return out;
}

}  // namespace

Result<wire::LoggedModel> LoggedModelsStore::Create(const wire::CreateLoggedModelRequest& request, const std::string& user) {
  TRY(ExperimentId experiment, ParseExperimentId(request.experiment_id.value_or("0")));
  const std::string model_id = "m-" + random_.NextHex(16);
  std::string name = request.name.value_or("");
  if (name.empty()) name = "model-" + model_id.substr(2, 8);
  if (name.find_first_of("/:.%\"'") != std::string::npos) {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("Invalid model name ('{}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")", name));
  }
  for (const auto& tag : request.tags) TRY(CheckTag(tag.key.value_or(""), tag.value.value_or("")));
  for (const auto& param : request.params) TRY(CheckParam(param.key.value_or(""), param.value.value_or("")));
  std::optional<wire::LoggedModel> model;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<store::Row> row, transaction.QueryOne("SELECT artifact_location FROM mlflow_experiment WHERE id = ? AND stage = 'active'", {experiment.value}));
    if (!row) return Failure(ErrorCode::kNotFound, fmt::format("No Experiment with id={} exists", experiment.value));
    const int64_t now = clock_.NowMillis();
    TRY(transaction.Execute("INSERT INTO mlflow_logged_model (model_id, experiment_id, name, model_type, source_run_id, status, stage, artifact_uri, creator_id, created_ms, updated_ms) "
                            "VALUES (?, ?, ?, ?, ?, 'LOGGED_MODEL_PENDING', 'active', ?, ?, ?, ?)",
                            {model_id, experiment.value, name, request.model_type, request.source_run_id, fmt::format("{}/models/{}/artifacts", row->Text(0), model_id), user, now, now}));
    TRY(PutTags(transaction, model_id, request.tags));
    TRY(PutParams(transaction, model_id, request.params));
    TRY(model, Load(transaction, model_id));
    return {};
  }));
  return *std::move(model);
}

Result<wire::LoggedModel> LoggedModelsStore::Get(const std::string& model_id) {
  std::optional<wire::LoggedModel> model;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(model, Load(reader, model_id));
    return {};
  }));
  return *std::move(model);
}

Result<wire::LoggedModel> LoggedModelsStore::Finalise(const std::string& model_id, const std::string& status) {
  if (status != "LOGGED_MODEL_READY" && status != "LOGGED_MODEL_UPLOAD_FAILED" && status != "LOGGED_MODEL_PENDING") {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid model status: {}.", status));
  }
  std::optional<wire::LoggedModel> model;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::LoggedModel old, Load(transaction, model_id));
    TRY(transaction.Execute("UPDATE mlflow_logged_model SET status = ?, updated_ms = ? WHERE model_id = ?", {status, clock_.NowMillis(), model_id}));
    TRY(model, Load(transaction, model_id));
    return {};
  }));
  return *std::move(model);
}

Result<> LoggedModelsStore::Delete(const std::string& model_id) {
  TRY(int64_t count, database_.Execute("UPDATE mlflow_logged_model SET stage = 'deleted', updated_ms = ? WHERE model_id = ? AND stage = 'active'", {clock_.NowMillis(), model_id}));
  if (count == 0) return Failure(NoModel(model_id));
  return {};
}

Result<wire::LoggedModel> LoggedModelsStore::SetTags(const std::string& model_id, const std::vector<wire::LoggedModelTag>& tags) {
  for (const auto& tag : tags) TRY(CheckTag(tag.key.value_or(""), tag.value.value_or("")));
  std::optional<wire::LoggedModel> model;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::LoggedModel old, Load(transaction, model_id));
    TRY(PutTags(transaction, model_id, tags));
    TRY(model, Load(transaction, model_id));
    return {};
  }));
  return *std::move(model);
}

Result<> LoggedModelsStore::DeleteTag(const std::string& model_id, const std::string& key) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::LoggedModel old, Load(transaction, model_id));
    TRY(int64_t count, transaction.Execute("DELETE FROM mlflow_logged_model_tag WHERE model_id = ? AND name = ?", {model_id, key}));
    if (count == 0) return Failure(ErrorCode::kNotFound, fmt::format("No tag with key {} found for model with ID {}.", key, model_id));
    return {};
  });
}

Result<> LoggedModelsStore::LogParams(const std::string& model_id, const std::vector<wire::LoggedModelParam>& params) {
  for (const auto& param : params) TRY(CheckParam(param.key.value_or(""), param.value.value_or("")));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::LoggedModel old, Load(transaction, model_id));
    return PutParams(transaction, model_id, params);
  });
}

Result<LoggedModelPage> LoggedModelsStore::Search(const wire::SearchLoggedModelsRequest& request, int64_t count_max) {
  SqlConditions where;
  where.Add("l.stage = 'active'", {});
  std::string holes;
  std::vector<store::Value> ids;
  for (const std::string& text : request.experiment_ids) {
    TRY(ExperimentId id, ParseExperimentId(text));
    holes += holes.empty() ? "?" : ", ?";
    ids.emplace_back(id.value);
  }
  LoggedModelPage page;
  if (ids.empty()) return page;
  where.Add(fmt::format("l.experiment_id IN ({})", holes), std::move(ids));
  TRY(std::vector<FilterClause> clauses, ParseFilter(request.filter.value_or("")));
  for (const FilterClause& clause : clauses) TRY(AddClause(where, clause));
  TRY(ModelOrder order, BuildOrder(request.order_by));
  TRY(int64_t offset, OffsetOfToken(request.page_token.value_or("")));
  std::vector<store::Value> parameters = std::move(order.parameters);
  parameters.insert(parameters.end(), where.parameters.begin(), where.parameters.end());
  parameters.emplace_back(count_max + 1);
  parameters.emplace_back(offset);
  const std::string sql = fmt::format("{}{}WHERE {} ORDER BY {} LIMIT ? OFFSET ?", kColumns, order.joins, where.text, order.order);
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    page = {};
    TRY(std::vector<store::Row> rows, reader.Query(sql, parameters));
    for (const store::Row& row : rows) {
      if (static_cast<int64_t>(page.models.size()) == count_max) {
        page.next_page_token = TokenOfOffset(offset + count_max);
        break;
      }
      TRY(wire::LoggedModel model, FromRow(reader, row));
      page.models.push_back(std::move(model));
    }
    return {};
  }));
  return page;
}

}  // namespace crannog::mlflow
