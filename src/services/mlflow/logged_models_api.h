#pragma once

#include "api/mlflow_logged_models.h"
#include "services/mlflow/artifact_files.h"
#include "services/mlflow/logged_models.h"

namespace crannog::mlflow {

/// The wire side of logged models. Threads: any.
class LoggedModelsApi final : public wire::LoggedModels {
 public:
  LoggedModelsApi(LoggedModelsStore& models, ArtifactFiles& artifacts) : models_(models), artifacts_(artifacts) {}

  Result<wire::LoggedModelResponse> CreateLoggedModel(const http::Caller& caller, const wire::CreateLoggedModelRequest& request) override;
  Result<wire::LoggedModelResponse> GetLoggedModel(const http::Caller&, const wire::LoggedModelRequest& request) override;
  Result<wire::LoggedModelResponse> FinalizeLoggedModel(const http::Caller&, const wire::FinalizeLoggedModelRequest& request) override;
  Result<> DeleteLoggedModel(const http::Caller&, const wire::LoggedModelRequest& request) override;
  Result<wire::SearchLoggedModelsResponse> SearchLoggedModels(const http::Caller&, const wire::SearchLoggedModelsRequest& request) override;
  Result<wire::LoggedModelResponse> SetLoggedModelTags(const http::Caller&, const wire::SetLoggedModelTagsRequest& request) override;
  Result<> DeleteLoggedModelTag(const http::Caller&, const wire::DeleteLoggedModelTagRequest& request) override;
  Result<> LogLoggedModelParams(const http::Caller&, const wire::LogLoggedModelParamsRequest& request) override;
  Result<wire::ListLoggedModelArtifactsResponse> ListLoggedModelArtifacts(const http::Caller&, const wire::ListLoggedModelArtifactsRequest& request) override;

 private:
  LoggedModelsStore& models_;
  ArtifactFiles& artifacts_;
};

}  // namespace crannog::mlflow
