#include "services/mlflow/runs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "base/json.h"
#include "services/mlflow/limits.h"
#include "services/mlflow/runs_store.h"

namespace crannog::mlflow {
namespace {

using runs_store::MetricRow;
using runs_store::RunRow;

Result<RunRow> Load(store::Reader& reader, const std::string& run_id) {
  TRY(std::optional<RunRow> row, runs_store::Find(reader, run_id));
  if (!row) return Failure(ErrorCode::kNotFound, fmt::format("Run with id={} not found", run_id));
  return *row;
}

Result<RunRow> LoadInStage(store::Reader& reader, const std::string& run_id, std::string_view stage) {
  TRY(RunRow row, Load(reader, run_id));
  if (row.info.lifecycle_stage != stage) {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("The run {} must be in the '{}' state. Current state is {}.", run_id, stage, row.info.lifecycle_stage));
  }
  return row;
}

Result<wire::Run> LoadWhole(store::Reader& reader, const RunRow& row) {
  std::vector<wire::Run> runs(1);
  runs[0].info = row.info;
  TRY(runs_store::LoadDetails(reader, {row.run_key}, runs));
  return std::move(runs[0]);
}

// A number, or one of the three texts that JSON has no number for; infinities become the largest doubles. Source: MLflow's SQL store.
Result<MetricRow> ToRow(const wire::Metric& metric) {
  MetricRow row;
  row.name = metric.key.value_or("");
  TRY(CheckKey("Metric", row.name));
  double value = 0;
  if (metric.value.IsNumber()) value = metric.value.AsDouble();
  else if (metric.value.IsString() && metric.value.AsString() == "NaN") value = std::numeric_limits<double>::quiet_NaN();
  else if (metric.value.IsString() && metric.value.AsString() == "Infinity") value = std::numeric_limits<double>::infinity();
  else if (metric.value.IsString() && metric.value.AsString() == "-Infinity") value = -std::numeric_limits<double>::infinity();
  else return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Got invalid value {} for metric '{}' (timestamp={}). Please specify value as a valid double (64-bit floating point)",
                                                                     WriteJson(metric.value), row.name, metric.timestamp.value_or(0)));
  row.is_nan = std::isnan(value);
  row.value = row.is_nan ? 0 : std::clamp(value, -std::numeric_limits<double>::max(), std::numeric_limits<double>::max());
  if (!metric.timestamp || *metric.timestamp < 0) {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("Got invalid timestamp {} for metric '{}' (value={}). Timestamp must be a nonnegative long (64-bit integer)",
                               metric.timestamp ? std::to_string(*metric.timestamp) : "None", row.name, value));
  }
  row.time_ms = *metric.timestamp;
  row.step = metric.step.value_or(0);
  row.model_id = metric.model_id.value_or("");
  row.dataset_name = metric.dataset_name.value_or("");
  row.dataset_digest = metric.dataset_digest.value_or("");
  return row;
}

Result<> CheckBatchSize(const RunBatch& batch) {
  auto check = [](std::string_view kind, size_t count, size_t most) -> Result<> {
    if (count <= most) return {};
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("A batch logging request can contain at most {} {}. Got {} {}. Please split up {} across multiple requests and try again.",
                                                                  most, kind, count, kind, kind));
  };
  TRY(check("metrics", batch.metrics.size(), kBatchMetricsMax));
  TRY(check("params", batch.params.size(), kBatchParamsMax));
  TRY(check("tags", batch.tags.size(), kBatchTagsMax));
  return check("metrics, params, and tags", batch.metrics.size() + batch.params.size() + batch.tags.size(), kBatchEntitiesMax);
}

Result<> LogParams(store::Transaction& transaction, const RunRow& row, const std::vector<wire::Param>& params) {
  std::map<std::string, std::string> seen;
  for (const wire::Param& param : params) {
    const std::string key = param.key.value_or("");
    const std::string value = param.value.value_or("");
    TRY(std::optional<std::string> old, runs_store::FindParam(transaction, row.run_key, key));
    if (auto in_batch = seen.find(key); in_batch != seen.end()) old = in_batch->second;
    if (old && *old != value) {
      return Failure(ErrorCode::kInvalidParameterValue,
                     fmt::format("Changing param values is not allowed. Param with key='{}' was already logged with value='{}' for run ID='{}'. Attempted logging new value '{}'.",
                                 key, *old, row.info.run_id, value));
    }
    if (!old) TRY(runs_store::InsertParam(transaction, row.run_key, key, value));
    seen[key] = value;
  }
  return {};
}

constexpr std::string_view kRunNameTag = "mlflow.runName";

Result<> PutTag(store::Transaction& transaction, RunRow& row, const std::string& key, const std::string& value) {
  TRY(runs_store::PutTag(transaction, row.run_key, key, value));
  // The name is shown from the run itself, so a tag that names it moves it on.
  if (key != kRunNameTag) return {};
  row.info.run_name = value;
  return runs_store::Update(transaction, row);
}

// "adjective-noun-number", as clients expect a run to have a name.
std::string MakeRunName(Random& random) {
  static constexpr std::string_view kFirst[] = {"able", "bold", "calm", "bright", "clever", "deep", "fair", "gentle", "keen", "lively", "mellow", "noble", "quiet", "rapid", "steady", "swift"};
  static constexpr std::string_view kSecond[] = {"ash", "bay", "cove", "dale", "fen", "glen", "heron", "island", "loch", "moor", "oak", "otter", "reed", "shore", "stone", "tarn"};
  const uint64_t bits = random.NextUint64();
  return fmt::format("{}-{}-{}", kFirst[bits % 16], kSecond[(bits >> 8) % 16], (bits >> 16) % 1000);
}

bool IsStatus(std::string_view status) {
  return status == "RUNNING" || status == "SCHEDULED" || status == "FINISHED" || status == "FAILED" || status == "KILLED";
}

}  // namespace

Result<wire::Run> Runs::Create(const NewRun& run) {
  for (const wire::RunTag& tag : run.tags) TRY(CheckTag(tag.key.value_or(""), tag.value.value_or("")));
  std::string name = run.name;
  for (const wire::RunTag& tag : run.tags) {
    if (tag.key != kRunNameTag) continue;
    if (!name.empty() && tag.value != name) {
      return Failure(ErrorCode::kInvalidParameterValue,
                     fmt::format("Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='{}', mlflow.runName='{}').", name, tag.value.value_or("")));
    }
    name = tag.value.value_or("");
  }
  if (name.empty()) name = MakeRunName(random_);
  const std::string run_id = random_.NextHex(16);
  wire::Run out;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<store::Row> experiment, transaction.QueryOne("SELECT stage, artifact_location FROM mlflow_experiment WHERE id = ?", {run.experiment.value}));
    if (!experiment) return Failure(ErrorCode::kNotFound, fmt::format("No Experiment with id={} exists", run.experiment.value));
    if (experiment->Text(0) != "active") {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", run.experiment.value, experiment->Text(0)));
    }
    RunRow row;
    row.info.run_id = row.info.run_uuid = run_id;
    row.info.run_name = name;
    row.info.experiment_id = run.experiment.ToString();
    row.info.user_id = run.user;
    row.info.status = "RUNNING";
    row.info.start_time = run.start_ms;
    row.info.lifecycle_stage = "active";
    row.info.artifact_uri = fmt::format("{}/{}/artifacts", experiment->Text(1), run_id);
    TRY(row.run_key, runs_store::Insert(transaction, row.info));
    TRY(runs_store::PutTag(transaction, row.run_key, std::string(kRunNameTag), name));
    for (const wire::RunTag& tag : run.tags) TRY(runs_store::PutTag(transaction, row.run_key, tag.key.value_or(""), tag.value.value_or("")));
    TRY(out, LoadWhole(transaction, row));
    return {};
  }));
  return out;
}

Result<wire::Run> Runs::Get(const std::string& run_id) {
  wire::Run out;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(RunRow row, Load(reader, run_id));
    TRY(out, LoadWhole(reader, row));
    return {};
  }));
  return out;
}

Result<wire::RunInfo> Runs::Update(const wire::UpdateRunRequest& request, const std::string& run_id) {
  if (request.status && !IsStatus(*request.status)) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid value \"{}\" for parameter 'status' supplied.", *request.status));
  }
  wire::RunInfo info;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "active"));
    if (request.status) row.info.status = *request.status;
    if (request.end_time) row.info.end_time = *request.end_time;
    if (request.run_name && !request.run_name->empty()) {
      row.info.run_name = *request.run_name;
      TRY(runs_store::PutTag(transaction, row.run_key, std::string(kRunNameTag), *request.run_name));
    }
    TRY(runs_store::Update(transaction, row));
    info = row.info;
    return {};
  }));
  return info;
}

Result<> Runs::Delete(const std::string& run_id) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "active"));
    return runs_store::SetStage(transaction, row.run_key, "deleted", clock_.NowMillis());
  });
}

Result<> Runs::Restore(const std::string& run_id) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "deleted"));
    return runs_store::SetStage(transaction, row.run_key, "active", std::nullopt);
  });
}

Result<int64_t> Runs::DeleteMany(ExperimentId experiment, int64_t started_until_ms, int64_t count_max) {
  int64_t count = 0;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::vector<int64_t> keys, runs_store::ActiveUntil(transaction, experiment.value, started_until_ms, count_max));
    for (int64_t key : keys) TRY(runs_store::SetStage(transaction, key, "deleted", clock_.NowMillis()));
    count = static_cast<int64_t>(keys.size());
    return {};
  }));
  return count;
}

Result<> Runs::LogBatch(const std::string& run_id, const RunBatch& batch) {
  TRY(CheckBatchSize(batch));
  std::vector<MetricRow> metrics;
  for (const wire::Metric& metric : batch.metrics) {
    TRY(MetricRow row, ToRow(metric));
    metrics.push_back(std::move(row));
  }
  for (const wire::Param& param : batch.params) TRY(CheckParam(param.key.value_or(""), param.value.value_or("")));
  for (const wire::RunTag& tag : batch.tags) TRY(CheckTag(tag.key.value_or(""), tag.value.value_or("")));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "active"));
    TRY(LogParams(transaction, row, batch.params));
    TRY(runs_store::AddMetrics(transaction, row.run_key, metrics));
    for (const wire::RunTag& tag : batch.tags) TRY(PutTag(transaction, row, tag.key.value_or(""), tag.value.value_or("")));
    return {};
  });
}

Result<> Runs::DeleteTag(const std::string& run_id, const std::string& key) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "active"));
    TRY(int64_t count, runs_store::DeleteTag(transaction, row.run_key, key));
    if (count == 0) return Failure(ErrorCode::kNotFound, fmt::format("No tag with name: {} in run with id {}", key, run_id));
    return {};
  });
}

Result<> Runs::LogInputs(const std::string& run_id, const std::vector<wire::DatasetInput>& datasets, const std::vector<std::string>& model_ids) {
  for (const wire::DatasetInput& input : datasets) {
    if (!input.dataset) return Failure(ErrorCode::kInvalidParameterValue, "Dataset input must have a dataset associated with it.");
    TRY(Required(input.dataset->name, "name"));
    TRY(Required(input.dataset->digest, "digest"));
  }
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "active"));
    const int64_t experiment = std::stoll(row.info.experiment_id);
    for (const wire::DatasetInput& input : datasets) {
      const wire::Dataset& dataset = *input.dataset;
      TRY(transaction.Execute("INSERT INTO mlflow_dataset (experiment_id, name, digest, source_type, source, dataset_schema, profile) VALUES (?, ?, ?, ?, ?, ?, ?) "
                              "ON CONFLICT (experiment_id, name, digest) DO NOTHING",
                              {experiment, dataset.name.value_or(""), dataset.digest.value_or(""), dataset.source_type.value_or(""), dataset.source.value_or(""), dataset.schema,
                               dataset.profile}));
      TRY(store::Row id, transaction.QueryRow("SELECT id FROM mlflow_dataset WHERE experiment_id = ? AND name = ? AND digest = ?",
                                              {experiment, dataset.name.value_or(""), dataset.digest.value_or("")}));
      JsonValue tags{JsonValue::Object{}};
      for (const wire::InputTag& tag : input.tags) tags.Set(tag.key.value_or(""), tag.value.value_or(""));
      TRY(transaction.Execute("INSERT INTO mlflow_input VALUES (?, ?, ?) ON CONFLICT (run_key, dataset_id) DO NOTHING", {row.run_key, id.Int(0), WriteJson(tags)}));
    }
    for (const std::string& model_id : model_ids) {
      TRY(transaction.Execute("INSERT INTO mlflow_run_model VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING", {row.run_key, model_id}));
    }
    return {};
  });
}

Result<> Runs::LogOutputs(const std::string& run_id, const std::vector<wire::ModelOutput>& models) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(RunRow row, LoadInStage(transaction, run_id, "active"));
    for (const wire::ModelOutput& model : models) {
      TRY(std::string model_id, Required(model.model_id, "model_id"));
      TRY(transaction.Execute("INSERT INTO mlflow_run_model VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING", {row.run_key, model_id, model.step.value_or(0)}));
    }
    return {};
  });
}

Result<MetricPage> Runs::MetricHistory(const MetricHistoryQuery& query) {
  TRY(int64_t offset, OffsetOfToken(query.page_token));
  MetricPage page;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(RunRow row, Load(reader, query.run_id));
    TRY(std::vector<MetricRow> rows, runs_store::History(reader, row.run_key, query.key, query.count_max + 1, offset));
    for (const MetricRow& metric : rows) {
      if (static_cast<int64_t>(page.metrics.size()) == query.count_max) {
        page.next_page_token = TokenOfOffset(offset + query.count_max);
        break;
      }
      page.metrics.push_back(runs_store::ToWire(metric));
    }
    return {};
  }));
  return page;
}

Result<std::vector<wire::Metric>> Runs::MetricHistorySampled(const std::vector<std::string>& run_ids, const std::string& key, std::optional<int64_t> first_step,
                                                             std::optional<int64_t> last_step, int64_t count_max) {
  std::vector<wire::Metric> out;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    for (const std::string& run_id : run_ids) {
      TRY(RunRow row, Load(reader, run_id));
      TRY(std::vector<MetricRow> rows, runs_store::History(reader, row.run_key, key, std::numeric_limits<int64_t>::max(), 0));
      std::erase_if(rows, [&](const MetricRow& metric) { return (first_step && metric.step < *first_step) || (last_step && metric.step > *last_step); });
      const int64_t count = static_cast<int64_t>(rows.size());
      const int64_t stride = std::max<int64_t>(1, (count + count_max - 1) / std::max<int64_t>(1, count_max));
      for (int64_t i = 0; i < count; ++i) {
        // The last point is always there: charts end where the run ended.
        if (i % stride != 0 && i + 1 != count) continue;
        wire::Metric metric = runs_store::ToWire(rows[static_cast<size_t>(i)]);
        metric.run_id = run_id;
        out.push_back(std::move(metric));
      }
    }
    return {};
  }));
  return out;
}

Result<std::vector<wire::DatasetSummary>> Runs::SearchDatasets(const std::vector<std::string>& experiment_ids) {
  constexpr int64_t kSummariesMax = 1000;
  std::vector<wire::DatasetSummary> out;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    for (const std::string& text : experiment_ids) {
      TRY(ExperimentId id, ParseExperimentId(text));
      TRY(std::vector<store::Row> rows,
          reader.Query("SELECT DISTINCT d.name, d.digest, i.tags FROM mlflow_dataset d JOIN mlflow_input i ON i.dataset_id = d.id JOIN mlflow_run r ON r.run_key = i.run_key "
                       "WHERE d.experiment_id = ? AND r.stage = 'active' LIMIT ?",
                       {id.value, kSummariesMax}));
      for (const store::Row& row : rows) {
        Result<JsonValue> tags = ParseJson(row.Text(2));
        out.push_back({text, row.Text(0), row.Text(1), tags ? tags->StringOr("mlflow.data.context", "") : ""});
      }
    }
    return {};
  }));
  return out;
}

}  // namespace crannog::mlflow
