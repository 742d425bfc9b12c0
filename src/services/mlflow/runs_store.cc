#include "services/mlflow/runs_store.h"

#include <limits>
#include <map>

#include <fmt/format.h>

#include "base/json.h"

namespace crannog::mlflow::runs_store {
namespace {

constexpr std::string_view kColumns =
    "SELECT r.run_key, r.run_id, r.experiment_id, r.name, r.user_id, r.status, r.start_ms, r.end_ms, r.stage, r.artifact_uri FROM mlflow_run r ";

// How many run keys one statement names; SQLite takes 32,766 parameters, PostgreSQL 65,535.
constexpr size_t kKeysPerStatement = 1000;

RunRow FromRow(const store::Row& row) {
  RunRow out;
  out.run_key = row.Int(0);
  out.info.run_id = out.info.run_uuid = row.Text(1);
  out.info.experiment_id = std::to_string(row.Int(2));
  out.info.run_name = row.Text(3);
  out.info.user_id = row.Text(4);
  out.info.status = row.Text(5);
  out.info.start_time = row.Int(6);
  out.info.end_time = row.OptionalInt(7);
  out.info.lifecycle_stage = row.Text(8);
  out.info.artifact_uri = row.Text(9);
  return out;
}

MetricRow MetricFromRow(const store::Row& row, size_t first) {
  return {row.Text(first), row.Int(first + 1), row.Int(first + 2), row.Double(first + 3), row.Bool(first + 4), row.Text(first + 5), row.Text(first + 6), row.Text(first + 7)};
}

// The newest value of a metric is that of the highest step, then time, then value. Source: MLflow's SQL store.
bool IsNewer(const MetricRow& left, const MetricRow& right) {
  return std::tuple(left.step, left.time_ms, left.value) > std::tuple(right.step, right.time_ms, right.value);
}

}  // namespace

wire::Metric ToWire(const MetricRow& row) {
  wire::Metric metric;
  metric.key = row.name;
  metric.value = row.is_nan ? JsonValue(std::numeric_limits<double>::quiet_NaN()) : JsonValue(row.value);
  metric.timestamp = row.time_ms;
  metric.step = row.step;
  if (!row.model_id.empty()) metric.model_id = row.model_id;
  if (!row.dataset_name.empty()) metric.dataset_name = row.dataset_name;
  if (!row.dataset_digest.empty()) metric.dataset_digest = row.dataset_digest;
  return metric;
}

Result<std::optional<RunRow>> Find(store::Reader& reader, const std::string& run_id) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + "WHERE r.run_id = ?", {run_id}));
  if (!row) return std::nullopt;
  return FromRow(*row);
}

Result<int64_t> Insert(store::Transaction& transaction, const wire::RunInfo& info) {
  TRY(store::Row row,
      transaction.QueryRow("INSERT INTO mlflow_run (run_id, experiment_id, name, user_id, status, start_ms, end_ms, stage, artifact_uri) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING run_key",
                           {info.run_id, static_cast<int64_t>(std::stoll(info.experiment_id)), info.run_name, info.user_id, info.status, info.start_time, info.end_time,
                            info.lifecycle_stage, info.artifact_uri}));
  return row.Int(0);
}

Result<> Update(store::Transaction& transaction, const RunRow& row) {
  TRY(transaction.Execute("UPDATE mlflow_run SET name = ?, status = ?, end_ms = ? WHERE run_key = ?", {row.info.run_name, row.info.status, row.info.end_time, row.run_key}));
  return {};
}

Result<> SetStage(store::Transaction& transaction, int64_t run_key, std::string_view stage, std::optional<int64_t> deleted_ms) {
  TRY(transaction.Execute("UPDATE mlflow_run SET stage = ?, deleted_ms = ? WHERE run_key = ?", {stage, deleted_ms, run_key}));
  return {};
}

Result<std::vector<int64_t>> ActiveUntil(store::Reader& reader, int64_t experiment_id, int64_t started_until_ms, int64_t count_max) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT run_key FROM mlflow_run WHERE experiment_id = ? AND stage = 'active' AND start_ms <= ? ORDER BY start_ms LIMIT ?",
                   {experiment_id, started_until_ms, count_max}));
  std::vector<int64_t> keys;
  for (const store::Row& row : rows) keys.push_back(row.Int(0));
  return keys;
}

Result<> PutTag(store::Transaction& transaction, int64_t run_key, const std::string& name, const std::string& value) {
  TRY(transaction.Execute("INSERT INTO mlflow_tag VALUES (?, ?, ?) ON CONFLICT (run_key, name) DO UPDATE SET value = excluded.value", {run_key, name, value}));
  return {};
}

Result<int64_t> DeleteTag(store::Transaction& transaction, int64_t run_key, const std::string& name) {
  return transaction.Execute("DELETE FROM mlflow_tag WHERE run_key = ? AND name = ?", {run_key, name});
}

Result<std::optional<std::string>> FindParam(store::Reader& reader, int64_t run_key, const std::string& name) {
  TRY(std::optional<store::Row> row, reader.QueryOne("SELECT value FROM mlflow_param WHERE run_key = ? AND name = ?", {run_key, name}));
  if (!row) return std::nullopt;
  return row->Text(0);
}

Result<> InsertParam(store::Transaction& transaction, int64_t run_key, const std::string& name, const std::string& value) {
  TRY(transaction.Execute("INSERT INTO mlflow_param VALUES (?, ?, ?)", {run_key, name, value}));
  return {};
}

Result<> AddMetrics(store::Transaction& transaction, int64_t run_key, const std::vector<MetricRow>& metrics) {
  std::map<std::string, const MetricRow*> newest;
  for (const MetricRow& metric : metrics) {
    TRY(transaction.Execute("INSERT INTO mlflow_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                            {run_key, metric.name, metric.step, metric.time_ms, metric.value, metric.is_nan, metric.model_id, metric.dataset_name, metric.dataset_digest}));
    const MetricRow*& best = newest[metric.name];
    if (best == nullptr || IsNewer(metric, *best)) best = &metric;
  }
  for (const auto& [name, metric] : newest) {
    TRY(transaction.Execute(
        "INSERT INTO mlflow_latest_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_key, name) DO UPDATE SET step = excluded.step, "
        "time_ms = excluded.time_ms, value = excluded.value, is_nan = excluded.is_nan, model_id = excluded.model_id, dataset_name = excluded.dataset_name, "
        "dataset_digest = excluded.dataset_digest WHERE excluded.step > mlflow_latest_metric.step OR (excluded.step = mlflow_latest_metric.step AND "
        "(excluded.time_ms > mlflow_latest_metric.time_ms OR (excluded.time_ms = mlflow_latest_metric.time_ms AND excluded.value > mlflow_latest_metric.value)))",
        {run_key, name, metric->step, metric->time_ms, metric->value, metric->is_nan, metric->model_id, metric->dataset_name, metric->dataset_digest}));
  }
  return {};
}

Result<std::vector<MetricRow>> History(store::Reader& reader, int64_t run_key, const std::string& name, int64_t count_max, int64_t offset) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT name, step, time_ms, value, is_nan, model_id, dataset_name, dataset_digest FROM mlflow_metric WHERE run_key = ? AND name = ? "
                   "ORDER BY step, time_ms, value LIMIT ? OFFSET ?",
                   {run_key, name, count_max, offset}));
  std::vector<MetricRow> metrics;
  for (const store::Row& row : rows) metrics.push_back(MetricFromRow(row, 0));
  return metrics;
}

namespace {

// Runs `sql` with the keys as its list and hands each row to `take` with its run.
template <typename Take>
Result<> ForEachOf(store::Reader& reader, std::string_view sql, const std::vector<int64_t>& run_keys, std::map<int64_t, wire::Run*>& by_key, Take take) {
  for (size_t start = 0; start < run_keys.size(); start += kKeysPerStatement) {
    std::string holes;
    std::vector<store::Value> values;
    for (size_t i = start; i < std::min(run_keys.size(), start + kKeysPerStatement); ++i) {
      holes += holes.empty() ? "?" : ", ?";
      values.emplace_back(run_keys[i]);
    }
    TRY(std::vector<store::Row> rows, reader.Query(fmt::format(fmt::runtime(sql), holes), values));
    for (const store::Row& row : rows) take(*by_key[row.Int(0)], row);
  }
  return {};
}

std::vector<wire::InputTag> InputTags(const std::string& json) {
  std::vector<wire::InputTag> tags;
  Result<JsonValue> value = ParseJson(json);
  if (!value || !value->IsObject()) return tags;
  for (const auto& [name, text] : value->AsObject()) tags.push_back({name, text.IsString() ? text.AsString() : ""});
  return tags;
}

}  // namespace

Result<> LoadDetails(store::Reader& reader, const std::vector<int64_t>& run_keys, std::vector<wire::Run>& runs) {
  std::map<int64_t, wire::Run*> by_key;
  for (size_t i = 0; i < runs.size(); ++i) {
    runs[i].data.emplace();
    runs[i].inputs.emplace();
    by_key[run_keys[i]] = &runs[i];
  }
  TRY(ForEachOf(reader, "SELECT run_key, name, step, time_ms, value, is_nan, model_id, dataset_name, dataset_digest FROM mlflow_latest_metric WHERE run_key IN ({}) ORDER BY run_key, name",
                run_keys, by_key, [](wire::Run& run, const store::Row& row) { run.data->metrics.push_back(ToWire(MetricFromRow(row, 1))); }));
  TRY(ForEachOf(reader, "SELECT run_key, name, value FROM mlflow_param WHERE run_key IN ({}) ORDER BY run_key, name", run_keys, by_key,
                [](wire::Run& run, const store::Row& row) { run.data->params.push_back({row.Text(1), row.Text(2)}); }));
  TRY(ForEachOf(reader, "SELECT run_key, name, value FROM mlflow_tag WHERE run_key IN ({}) ORDER BY run_key, name", run_keys, by_key,
                [](wire::Run& run, const store::Row& row) { run.data->tags.push_back({row.Text(1), row.Text(2)}); }));
  TRY(ForEachOf(reader,
                "SELECT i.run_key, i.tags, d.name, d.digest, d.source_type, d.source, d.dataset_schema, d.profile FROM mlflow_input i JOIN mlflow_dataset d "
                "ON d.id = i.dataset_id WHERE i.run_key IN ({}) ORDER BY i.run_key, d.id",
                run_keys, by_key, [](wire::Run& run, const store::Row& row) {
                  wire::DatasetInput input;
                  input.tags = InputTags(row.Text(1));
                  input.dataset = wire::Dataset{row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.OptionalText(6), row.OptionalText(7)};
                  run.inputs->dataset_inputs.push_back(std::move(input));
                }));
  return ForEachOf(reader, "SELECT run_key, model_id, is_output, step FROM mlflow_run_model WHERE run_key IN ({}) ORDER BY run_key, model_id", run_keys, by_key,
                   [](wire::Run& run, const store::Row& row) {
                     if (!row.Bool(2)) {
                       run.inputs->model_inputs.push_back({row.Text(1)});
                       return;
                     }
                     if (!run.outputs) run.outputs.emplace();
                     run.outputs->model_outputs.push_back({row.Text(1), row.Int(3)});
                   });
}

Result<std::vector<RunRow>> Search(store::Reader& reader, const std::string& joins, const std::vector<store::Value>& join_parameters, const SqlConditions& where,
                                   const std::string& order, int64_t count_max, int64_t offset) {
  std::vector<store::Value> parameters = join_parameters;
  parameters.insert(parameters.end(), where.parameters.begin(), where.parameters.end());
  parameters.emplace_back(count_max);
  parameters.emplace_back(offset);
  TRY(std::vector<store::Row> rows,
      reader.Query(fmt::format("{}{} WHERE {} ORDER BY {} LIMIT ? OFFSET ?", kColumns, joins, where.text.empty() ? "1 = 1" : where.text, order), parameters));
  std::vector<RunRow> out;
  for (const store::Row& row : rows) out.push_back(FromRow(row));
  return out;
}

}  // namespace crannog::mlflow::runs_store
