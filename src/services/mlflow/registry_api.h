#pragma once

#include "api/mlflow_registry.h"
#include "services/mlflow/models.h"
#include "services/mlflow/webhooks.h"

namespace crannog::mlflow {

/// The wire side of the model registry. Threads: any.
class RegistryApi final : public wire::Registry {
 public:
  RegistryApi(Models& models, Webhooks& webhooks) : models_(models), webhooks_(webhooks) {}

  Result<wire::RegisteredModelResponse> CreateRegisteredModel(const http::Caller& caller, const wire::CreateRegisteredModelRequest& request) override;
  Result<wire::RegisteredModelResponse> RenameRegisteredModel(const http::Caller&, const wire::RenameRegisteredModelRequest& request) override;
  Result<wire::RegisteredModelResponse> UpdateRegisteredModel(const http::Caller&, const wire::UpdateRegisteredModelRequest& request) override;
  Result<> DeleteRegisteredModel(const http::Caller&, const wire::RegisteredModelRequest& request) override;
  Result<wire::RegisteredModelResponse> GetRegisteredModel(const http::Caller&, const wire::RegisteredModelRequest& request) override;
  Result<wire::SearchRegisteredModelsResponse> SearchRegisteredModels(const http::Caller&, const wire::SearchModelsRequest& request) override;
  Result<wire::GetLatestVersionsResponse> GetLatestVersions(const http::Caller&, const wire::GetLatestVersionsRequest& request) override;
  Result<> SetRegisteredModelTag(const http::Caller&, const wire::SetModelTagRequest& request) override;
  Result<> DeleteRegisteredModelTag(const http::Caller&, const wire::DeleteModelTagRequest& request) override;
  Result<> SetAlias(const http::Caller&, const wire::SetAliasRequest& request) override;
  Result<> DeleteAlias(const http::Caller&, const wire::AliasRequest& request) override;
  Result<wire::ModelVersionResponse> GetByAlias(const http::Caller&, const wire::AliasRequest& request) override;
  Result<wire::ModelVersionResponse> CreateModelVersion(const http::Caller& caller, const wire::CreateModelVersionRequest& request) override;
  Result<wire::ModelVersionResponse> UpdateModelVersion(const http::Caller&, const wire::UpdateModelVersionRequest& request) override;
  Result<wire::ModelVersionResponse> TransitionStage(const http::Caller&, const wire::TransitionStageRequest& request) override;
  Result<> DeleteModelVersion(const http::Caller&, const wire::ModelVersionRequest& request) override;
  Result<wire::ModelVersionResponse> GetModelVersion(const http::Caller&, const wire::ModelVersionRequest& request) override;
  Result<wire::SearchModelVersionsResponse> SearchModelVersions(const http::Caller&, const wire::SearchModelsRequest& request) override;
  Result<wire::DownloadUriResponse> GetDownloadUri(const http::Caller&, const wire::ModelVersionRequest& request) override;
  Result<> SetModelVersionTag(const http::Caller&, const wire::SetVersionTagRequest& request) override;
  Result<> DeleteModelVersionTag(const http::Caller&, const wire::DeleteVersionTagRequest& request) override;
  Result<wire::TransitionedResponse> TransitionStageDatabricks(const http::Caller&, const wire::TransitionStageRequest& request) override;
  Result<wire::RegisteredModelDatabricksResponse> GetRegisteredModelDatabricks(const http::Caller&, const wire::RegisteredModelRequest& request) override;
  Result<wire::WebhookResponse> CreateWebhook(const http::Caller&, const wire::CreateWebhookRequest& request) override;
  Result<wire::ListWebhooksResponse> ListWebhooks(const http::Caller&, const wire::ListWebhooksRequest& request) override;
  Result<wire::WebhookResponse> UpdateWebhook(const http::Caller&, const wire::UpdateWebhookRequest& request) override;
  Result<> DeleteWebhook(const http::Caller&, const wire::WebhookRequest& request) override;
  Result<wire::TestWebhookResponse> TestWebhook(const http::Caller&, const wire::WebhookRequest& request) override;

 private:
  Models& models_;
  Webhooks& webhooks_;
};

}  // namespace crannog::mlflow
