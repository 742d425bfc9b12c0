#pragma once

#include "api/mlflow_tracking.h"
#include "services/mlflow/artifact_files.h"
#include "services/mlflow/experiments.h"
#include "services/mlflow/runs.h"

namespace crannog::mlflow {

/// The wire side of experiments and runs: checks parameters, converts, calls. Threads: any.
class TrackingApi final : public wire::Tracking {
 public:
  TrackingApi(Experiments& experiments, Runs& runs, ArtifactFiles& artifacts, const Clock& clock)
      : experiments_(experiments), runs_(runs), artifacts_(artifacts), clock_(clock) {}

  Result<wire::CreateExperimentResponse> CreateExperiment(const http::Caller&, const wire::CreateExperimentRequest& request) override;
  Result<wire::GetExperimentResponse> GetExperiment(const http::Caller&, const wire::GetExperimentRequest& request) override;
  Result<wire::GetExperimentResponse> GetExperimentByName(const http::Caller&, const wire::GetExperimentByNameRequest& request) override;
  Result<wire::SearchExperimentsResponse> SearchExperiments(const http::Caller&, const wire::SearchExperimentsRequest& request) override;
  Result<> UpdateExperiment(const http::Caller&, const wire::UpdateExperimentRequest& request) override;
  Result<> DeleteExperiment(const http::Caller&, const wire::GetExperimentRequest& request) override;
  Result<> RestoreExperiment(const http::Caller&, const wire::GetExperimentRequest& request) override;
  Result<> SetExperimentTag(const http::Caller&, const wire::SetExperimentTagRequest& request) override;
  Result<> DeleteExperimentTag(const http::Caller&, const wire::DeleteExperimentTagRequest& request) override;
  Result<wire::SearchDatasetsResponse> SearchDatasets(const http::Caller&, const wire::SearchDatasetsRequest& request) override;
  Result<wire::RunResponse> CreateRun(const http::Caller& caller, const wire::CreateRunRequest& request) override;
  Result<wire::UpdateRunResponse> UpdateRun(const http::Caller&, const wire::UpdateRunRequest& request) override;
  Result<> DeleteRun(const http::Caller&, const wire::RunRequest& request) override;
  Result<> RestoreRun(const http::Caller&, const wire::RunRequest& request) override;
  Result<wire::RunResponse> GetRun(const http::Caller&, const wire::RunRequest& request) override;
  Result<> LogMetric(const http::Caller&, const wire::LogMetricRequest& request) override;
  Result<> LogParam(const http::Caller&, const wire::LogParamRequest& request) override;
  Result<> SetTag(const http::Caller&, const wire::SetTagRequest& request) override;
  Result<> DeleteTag(const http::Caller&, const wire::DeleteTagRequest& request) override;
  Result<> LogBatch(const http::Caller&, const wire::LogBatchRequest& request) override;
  Result<> LogInputs(const http::Caller&, const wire::LogInputsRequest& request) override;
  Result<> LogOutputs(const http::Caller&, const wire::LogOutputsRequest& request) override;
  Result<> LogModel(const http::Caller&, const wire::LogModelRequest& request) override;
  Result<wire::SearchRunsResponse> SearchRuns(const http::Caller&, const wire::SearchRunsRequest& request) override;
  Result<wire::GetMetricHistoryResponse> GetMetricHistory(const http::Caller&, const wire::GetMetricHistoryRequest& request) override;
  Result<wire::GetMetricHistoryResponse> GetMetricHistoryBulk(const http::Caller&, const wire::GetMetricHistoryBulkRequest& request) override;
  Result<wire::GetMetricHistoryResponse> GetMetricHistoryBulkInterval(const http::Caller&, const wire::GetMetricHistoryBulkIntervalRequest& request) override;
  Result<wire::ListArtifactsResponse> ListArtifacts(const http::Caller&, const wire::ListArtifactsRequest& request) override;
  Result<wire::DeleteRunsResponse> DeleteRuns(const http::Caller&, const wire::DeleteRunsRequest& request) override;

 private:
  Experiments& experiments_;
  Runs& runs_;
  ArtifactFiles& artifacts_;
  const Clock& clock_;
};

}  // namespace crannog::mlflow
