#include "services/mlflow/tracking_api.h"

#include <fmt/format.h>

#include "base/json.h"
#include "services/mlflow/limits.h"

namespace crannog::mlflow {
namespace {

// Old clients name a run by run_uuid.
template <typename Request>
Result<std::string> RunId(const Request& request) {
  if (request.run_id && !request.run_id->empty()) return *request.run_id;
  if (request.run_uuid && !request.run_uuid->empty()) return *request.run_uuid;
  return Required(std::nullopt, "run_id");
}

Result<ExperimentId> IdOf(const std::optional<std::string>& text) {
  TRY(std::string id, Required(text, "experiment_id"));
  return ParseExperimentId(id);
}

std::optional<std::string> TokenOrNone(std::string token) { return token.empty() ? std::nullopt : std::optional(std::move(token)); }

}  // namespace

Result<wire::CreateExperimentResponse> TrackingApi::CreateExperiment(const http::Caller&, const wire::CreateExperimentRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(ExperimentId id, experiments_.Create(name, request.artifact_location.value_or(""), request.tags));
  return wire::CreateExperimentResponse{id.ToString()};
}

Result<wire::GetExperimentResponse> TrackingApi::GetExperiment(const http::Caller&, const wire::GetExperimentRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  TRY(wire::Experiment experiment, experiments_.Get(id));
  return wire::GetExperimentResponse{std::move(experiment)};
}

Result<wire::GetExperimentResponse> TrackingApi::GetExperimentByName(const http::Caller&, const wire::GetExperimentByNameRequest& request) {
  TRY(std::string name, Required(request.experiment_name, "experiment_name"));
  TRY(wire::Experiment experiment, experiments_.GetByName(name));
  return wire::GetExperimentResponse{std::move(experiment)};
}

Result<wire::SearchExperimentsResponse> TrackingApi::SearchExperiments(const http::Caller&, const wire::SearchExperimentsRequest& request) {
  ExperimentQuery query;
  query.filter = request.filter.value_or("");
  query.order_by = request.order_by;
  query.page_token = request.page_token.value_or("");
  TRY(query.view, ParseViewType(request.view_type.value_or("")));
  TRY(query.count_max, PageSize(request.max_results, 1000, kSearchExperimentsMax));
  TRY(ExperimentPage page, experiments_.Search(query));
  return wire::SearchExperimentsResponse{std::move(page.experiments), TokenOrNone(std::move(page.next_page_token))};
}

Result<> TrackingApi::UpdateExperiment(const http::Caller&, const wire::UpdateExperimentRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  if (!request.new_name) return {};
  return experiments_.Rename(id, *request.new_name);
}

Result<> TrackingApi::DeleteExperiment(const http::Caller&, const wire::GetExperimentRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  return experiments_.Delete(id);
}

Result<> TrackingApi::RestoreExperiment(const http::Caller&, const wire::GetExperimentRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  return experiments_.Restore(id);
}

Result<> TrackingApi::SetExperimentTag(const http::Caller&, const wire::SetExperimentTagRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  TRY(std::string key, Required(request.key, "key"));
  return experiments_.SetTag(id, key, request.value.value_or(""));
}

Result<> TrackingApi::DeleteExperimentTag(const http::Caller&, const wire::DeleteExperimentTagRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  TRY(std::string key, Required(request.key, "key"));
  return experiments_.DeleteTag(id, key);
}

Result<wire::SearchDatasetsResponse> TrackingApi::SearchDatasets(const http::Caller&, const wire::SearchDatasetsRequest& request) {
  TRY(std::vector<wire::DatasetSummary> summaries, runs_.SearchDatasets(request.experiment_ids));
  return wire::SearchDatasetsResponse{std::move(summaries)};
}

Result<wire::RunResponse> TrackingApi::CreateRun(const http::Caller& caller, const wire::CreateRunRequest& request) {
  NewRun run;
  TRY(run.experiment, ParseExperimentId(request.experiment_id.value_or("0")));
  run.user = request.user_id && !request.user_id->empty() ? *request.user_id : caller.name;
  run.name = request.run_name.value_or("");
  run.start_ms = request.start_time.value_or(clock_.NowMillis());
  run.tags = request.tags;
  TRY(wire::Run created, runs_.Create(run));
  return wire::RunResponse{std::move(created)};
}

Result<wire::UpdateRunResponse> TrackingApi::UpdateRun(const http::Caller&, const wire::UpdateRunRequest& request) {
  TRY(std::string run_id, RunId(request));
  TRY(wire::RunInfo info, runs_.Update(request, run_id));
  return wire::UpdateRunResponse{std::move(info)};
}

Result<> TrackingApi::DeleteRun(const http::Caller&, const wire::RunRequest& request) {
  TRY(std::string run_id, RunId(request));
  return runs_.Delete(run_id);
}

Result<> TrackingApi::RestoreRun(const http::Caller&, const wire::RunRequest& request) {
  TRY(std::string run_id, RunId(request));
  return runs_.Restore(run_id);
}

Result<wire::RunResponse> TrackingApi::GetRun(const http::Caller&, const wire::RunRequest& request) {
  TRY(std::string run_id, RunId(request));
  TRY(wire::Run run, runs_.Get(run_id));
  return wire::RunResponse{std::move(run)};
}

Result<> TrackingApi::LogMetric(const http::Caller&, const wire::LogMetricRequest& request) {
  TRY(std::string run_id, RunId(request));
  TRY(std::string key, Required(request.key, "key"));
  RunBatch batch;
  wire::Metric& metric = batch.metrics.emplace_back();
  metric.key = key;
  metric.value = request.value;
  metric.timestamp = request.timestamp;
  metric.step = request.step;
  metric.model_id = request.model_id;
  metric.dataset_name = request.dataset_name;
  metric.dataset_digest = request.dataset_digest;
  return runs_.LogBatch(run_id, batch);
}

Result<> TrackingApi::LogParam(const http::Caller&, const wire::LogParamRequest& request) {
  TRY(std::string run_id, RunId(request));
  TRY(std::string key, Required(request.key, "key"));
  return runs_.LogBatch(run_id, RunBatch{{}, {{key, request.value.value_or("")}}, {}});
}

Result<> TrackingApi::SetTag(const http::Caller&, const wire::SetTagRequest& request) {
  TRY(std::string run_id, RunId(request));
  TRY(std::string key, Required(request.key, "key"));
  return runs_.LogBatch(run_id, RunBatch{{}, {}, {{key, request.value.value_or("")}}});
}

Result<> TrackingApi::DeleteTag(const http::Caller&, const wire::DeleteTagRequest& request) {
  TRY(std::string run_id, Required(request.run_id, "run_id"));
  TRY(std::string key, Required(request.key, "key"));
  return runs_.DeleteTag(run_id, key);
}

Result<> TrackingApi::LogBatch(const http::Caller&, const wire::LogBatchRequest& request) {
  TRY(std::string run_id, Required(request.run_id, "run_id"));
  return runs_.LogBatch(run_id, RunBatch{request.metrics, request.params, request.tags});
}

Result<> TrackingApi::LogInputs(const http::Caller&, const wire::LogInputsRequest& request) {
  TRY(std::string run_id, Required(request.run_id, "run_id"));
  std::vector<std::string> models;
  for (const wire::ModelInput& model : request.models) models.push_back(model.model_id.value_or(""));
  return runs_.LogInputs(run_id, request.datasets, models);
}

Result<> TrackingApi::LogOutputs(const http::Caller&, const wire::LogOutputsRequest& request) {
  TRY(std::string run_id, Required(request.run_id, "run_id"));
  return runs_.LogOutputs(run_id, request.models);
}

// Clients before 3.0 keep the models that a run logged as a JSON list in one tag.
Result<> TrackingApi::LogModel(const http::Caller&, const wire::LogModelRequest& request) {
  constexpr std::string_view kHistoryTag = "mlflow.log-model.history";
  TRY(std::string run_id, Required(request.run_id, "run_id"));
  TRY(std::string text, Required(request.model_json, "model_json"));
  Result<JsonValue> model = ParseJson(text);
  if (!model || !model->IsObject()) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Malformed model info. \n {} \n is not a valid JSON.", text));
  }
  for (std::string_view key : {"artifact_path", "flavors", "utc_time_created", "run_id"}) {
    if (model->Find(key) == nullptr) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Model json is missing mandatory fields: ['{}']", key));
  }
  TRY(wire::Run run, runs_.Get(run_id));
  JsonValue history{JsonValue::Array{}};
  for (const wire::RunTag& tag : run.data->tags) {
    if (tag.key != kHistoryTag) continue;
    if (Result<JsonValue> old = ParseJson(tag.value.value_or("")); old && old->IsArray()) history = *old;
  }
  history.AsArray().push_back(*std::move(model));
  return runs_.LogBatch(run_id, RunBatch{{}, {}, {{std::string(kHistoryTag), WriteJson(history)}}});
}

Result<wire::SearchRunsResponse> TrackingApi::SearchRuns(const http::Caller&, const wire::SearchRunsRequest& request) {
  RunQuery query;
  query.experiment_ids = request.experiment_ids;
  query.filter = request.filter.value_or("");
  query.order_by = request.order_by;
  query.page_token = request.page_token.value_or("");
  TRY(query.view, ParseViewType(request.run_view_type.value_or("")));
  TRY(query.count_max, PageSize(request.max_results, 1000, kSearchRunsMax));
  TRY(RunPage page, runs_.Search(query));
  return wire::SearchRunsResponse{std::move(page.runs), TokenOrNone(std::move(page.next_page_token))};
}

Result<wire::GetMetricHistoryResponse> TrackingApi::GetMetricHistory(const http::Caller&, const wire::GetMetricHistoryRequest& request) {
  MetricHistoryQuery query;
  TRY(query.run_id, RunId(request));
  TRY(query.key, Required(request.metric_key, "metric_key"));
  query.page_token = request.page_token.value_or("");
  TRY(query.count_max, PageSize(request.max_results, kMetricHistoryMax, kMetricHistoryMax));
  TRY(MetricPage page, runs_.MetricHistory(query));
  return wire::GetMetricHistoryResponse{std::move(page.metrics), TokenOrNone(std::move(page.next_page_token))};
}

Result<wire::GetMetricHistoryResponse> TrackingApi::GetMetricHistoryBulk(const http::Caller&, const wire::GetMetricHistoryBulkRequest& request) {
  TRY(std::string key, Required(request.metric_key, "metric_key"));
  if (request.run_id.empty()) return Failure(ErrorCode::kInvalidParameterValue, "GetMetricHistoryBulk request must specify at least one run_id.");
  TRY(std::vector<wire::Metric> metrics, runs_.MetricHistorySampled(request.run_id, key, {}, {}, request.max_results.value_or(kMetricHistoryMax)));
  return wire::GetMetricHistoryResponse{std::move(metrics), {}};
}

Result<wire::GetMetricHistoryResponse> TrackingApi::GetMetricHistoryBulkInterval(const http::Caller&, const wire::GetMetricHistoryBulkIntervalRequest& request) {
  constexpr size_t kRunsMax = 100;
  TRY(std::string key, Required(request.metric_key, "metric_key"));
  if (request.run_ids.empty() || request.run_ids.size() > kRunsMax) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("GetMetricHistoryBulkInterval request must specify between 1 and {} run_ids.", kRunsMax));
  }
  TRY(int64_t count_max, PageSize(request.max_results, 320, 2500));
  TRY(std::vector<wire::Metric> metrics, runs_.MetricHistorySampled(request.run_ids, key, request.start_step, request.end_step, count_max));
  return wire::GetMetricHistoryResponse{std::move(metrics), {}};
}

Result<wire::ListArtifactsResponse> TrackingApi::ListArtifacts(const http::Caller&, const wire::ListArtifactsRequest& request) {
  TRY(std::string run_id, RunId(request));
  TRY(wire::Run run, runs_.Get(run_id));
  TRY(std::vector<ArtifactFile> files, artifacts_.ListUri(run.info->artifact_uri, request.path.value_or("")));
  wire::ListArtifactsResponse response;
  response.root_uri = run.info->artifact_uri;
  for (const ArtifactFile& file : files) {
    response.files.push_back({file.path, file.is_folder, file.is_folder ? std::nullopt : std::optional(file.size_bytes)});
  }
  return response;
}

Result<wire::DeleteRunsResponse> TrackingApi::DeleteRuns(const http::Caller&, const wire::DeleteRunsRequest& request) {
  TRY(ExperimentId id, IdOf(request.experiment_id));
  TRY(int64_t count_max, PageSize(request.max_runs, 10000, 10000));
  TRY(int64_t count, runs_.DeleteMany(id, request.max_timestamp_millis.value_or(clock_.NowMillis()), count_max));
  return wire::DeleteRunsResponse{count};
}

}  // namespace crannog::mlflow
