#include "services/mlflow/registry_api.h"

#include "services/mlflow/limits.h"

namespace crannog::mlflow {
namespace {

struct VersionName {
  std::string name, version;
};

template <typename Request>
Result<VersionName> VersionOf(const Request& request) {
  VersionName out;
  TRY(out.name, Required(request.name, "name"));
  TRY(out.version, Required(request.version, "version"));
  return out;
}

std::optional<std::string> TokenOrNone(std::string token) { return token.empty() ? std::nullopt : std::optional(std::move(token)); }

Result<ModelQuery> QueryOf(const wire::SearchModelsRequest& request, int64_t otherwise, int64_t most) {
  ModelQuery query;
  query.filter = request.filter.value_or("");
  query.order_by = request.order_by;
  query.page_token = request.page_token.value_or("");
  TRY(query.count_max, PageSize(request.max_results, otherwise, most));
  return query;
}

Result<wire::RegisteredModelResponse> Wrap(Result<wire::RegisteredModel> model) {
  if (!model) return Failure(model.error());
  return wire::RegisteredModelResponse{*std::move(model)};
}

Result<wire::ModelVersionResponse> Wrap(Result<wire::ModelVersion> version) {
  if (!version) return Failure(version.error());
  return wire::ModelVersionResponse{*std::move(version)};
}

}  // namespace

Result<wire::RegisteredModelResponse> RegistryApi::CreateRegisteredModel(const http::Caller& caller, const wire::CreateRegisteredModelRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  return Wrap(models_.Create(name, caller.name, request.description, request.tags));
}

Result<wire::RegisteredModelResponse> RegistryApi::RenameRegisteredModel(const http::Caller&, const wire::RenameRegisteredModelRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(std::string new_name, Required(request.new_name, "new_name"));
  return Wrap(models_.Rename(name, new_name));
}

Result<wire::RegisteredModelResponse> RegistryApi::UpdateRegisteredModel(const http::Caller&, const wire::UpdateRegisteredModelRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  return Wrap(models_.Describe(name, request.description));
}

Result<> RegistryApi::DeleteRegisteredModel(const http::Caller&, const wire::RegisteredModelRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  return models_.Delete(name);
}

Result<wire::RegisteredModelResponse> RegistryApi::GetRegisteredModel(const http::Caller&, const wire::RegisteredModelRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  return Wrap(models_.Get(name));
}

Result<wire::SearchRegisteredModelsResponse> RegistryApi::SearchRegisteredModels(const http::Caller&, const wire::SearchModelsRequest& request) {
  TRY(ModelQuery query, QueryOf(request, 100, 1000));
  TRY(ModelPage page, models_.Search(query));
  return wire::SearchRegisteredModelsResponse{std::move(page.models), TokenOrNone(std::move(page.next_page_token))};
}

Result<wire::GetLatestVersionsResponse> RegistryApi::GetLatestVersions(const http::Caller&, const wire::GetLatestVersionsRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(std::vector<wire::ModelVersion> versions, models_.LatestVersions(name, request.stages));
  return wire::GetLatestVersionsResponse{std::move(versions)};
}

Result<> RegistryApi::SetRegisteredModelTag(const http::Caller&, const wire::SetModelTagRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(std::string key, Required(request.key, "key"));
  return models_.SetTag(name, key, request.value.value_or(""));
}

Result<> RegistryApi::DeleteRegisteredModelTag(const http::Caller&, const wire::DeleteModelTagRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(std::string key, Required(request.key, "key"));
  return models_.DeleteTag(name, key);
}

Result<> RegistryApi::SetAlias(const http::Caller&, const wire::SetAliasRequest& request) {
  TRY(VersionName version, VersionOf(request));
  TRY(std::string alias, Required(request.alias, "alias"));
  return models_.SetAlias(version.name, alias, version.version);
}

Result<> RegistryApi::DeleteAlias(const http::Caller&, const wire::AliasRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(std::string alias, Required(request.alias, "alias"));
  return models_.DeleteAlias(name, alias);
}

Result<wire::ModelVersionResponse> RegistryApi::GetByAlias(const http::Caller&, const wire::AliasRequest& request) {
  TRY(std::string name, Required(request.name, "name"));
  TRY(std::string alias, Required(request.alias, "alias"));
  return Wrap(models_.GetByAlias(name, alias));
}

Result<wire::ModelVersionResponse> RegistryApi::CreateModelVersion(const http::Caller& caller, const wire::CreateModelVersionRequest& request) {
  TRY(Required(request.name, "name"));
  TRY(Required(request.source, "source"));
  return Wrap(models_.CreateVersion(request, caller.name));
}

Result<wire::ModelVersionResponse> RegistryApi::UpdateModelVersion(const http::Caller&, const wire::UpdateModelVersionRequest& request) {
  TRY(VersionName version, VersionOf(request));
  return Wrap(models_.DescribeVersion(version.name, version.version, request.description));
}

Result<wire::ModelVersionResponse> RegistryApi::TransitionStage(const http::Caller&, const wire::TransitionStageRequest& request) {
  TRY(VersionName version, VersionOf(request));
  TRY(std::string stage, Required(request.stage, "stage"));
  return Wrap(models_.TransitionStage(version.name, version.version, stage, request.archive_existing_versions.value_or(false)));
}

Result<> RegistryApi::DeleteModelVersion(const http::Caller&, const wire::ModelVersionRequest& request) {
  TRY(VersionName version, VersionOf(request));
  return models_.DeleteVersion(version.name, version.version);
}

Result<wire::ModelVersionResponse> RegistryApi::GetModelVersion(const http::Caller&, const wire::ModelVersionRequest& request) {
  TRY(VersionName version, VersionOf(request));
  return Wrap(models_.GetVersion(version.name, version.version));
}

Result<wire::SearchModelVersionsResponse> RegistryApi::SearchModelVersions(const http::Caller&, const wire::SearchModelsRequest& request) {
  TRY(ModelQuery query, QueryOf(request, 10'000, 200'000));
  TRY(VersionPage page, models_.SearchVersions(query));
  return wire::SearchModelVersionsResponse{std::move(page.versions), TokenOrNone(std::move(page.next_page_token))};
}

Result<wire::DownloadUriResponse> RegistryApi::GetDownloadUri(const http::Caller&, const wire::ModelVersionRequest& request) {
  TRY(VersionName version, VersionOf(request));
  TRY(std::string uri, models_.DownloadUri(version.name, version.version));
  return wire::DownloadUriResponse{std::move(uri)};
}

Result<> RegistryApi::SetModelVersionTag(const http::Caller&, const wire::SetVersionTagRequest& request) {
  TRY(VersionName version, VersionOf(request));
  TRY(std::string key, Required(request.key, "key"));
  return models_.SetVersionTag(version.name, version.version, key, request.value.value_or(""));
}

Result<> RegistryApi::DeleteModelVersionTag(const http::Caller&, const wire::DeleteVersionTagRequest& request) {
  TRY(VersionName version, VersionOf(request));
  TRY(std::string key, Required(request.key, "key"));
  return models_.DeleteVersionTag(version.name, version.version, key);
}

Result<wire::TransitionedResponse> RegistryApi::TransitionStageDatabricks(const http::Caller& caller, const wire::TransitionStageRequest& request) {
  TRY(wire::ModelVersionResponse done, TransitionStage(caller, request));
  return wire::TransitionedResponse{std::move(done.model_version)};
}

Result<wire::RegisteredModelDatabricksResponse> RegistryApi::GetRegisteredModelDatabricks(const http::Caller& caller, const wire::RegisteredModelRequest& request) {
  TRY(wire::RegisteredModelResponse found, GetRegisteredModel(caller, request));
  return wire::RegisteredModelDatabricksResponse{std::move(found.registered_model)};
}

Result<wire::WebhookResponse> RegistryApi::CreateWebhook(const http::Caller&, const wire::CreateWebhookRequest& request) {
  TRY(wire::RegistryWebhook webhook, webhooks_.Create(request));
  return wire::WebhookResponse{std::move(webhook)};
}

Result<wire::ListWebhooksResponse> RegistryApi::ListWebhooks(const http::Caller&, const wire::ListWebhooksRequest& request) {
  TRY(std::vector<wire::RegistryWebhook> webhooks, webhooks_.List(request.model_name.value_or(""), request.events));
  return wire::ListWebhooksResponse{std::move(webhooks), {}};
}

Result<wire::WebhookResponse> RegistryApi::UpdateWebhook(const http::Caller&, const wire::UpdateWebhookRequest& request) {
  TRY(wire::RegistryWebhook webhook, webhooks_.Update(request));
  return wire::WebhookResponse{std::move(webhook)};
}

Result<> RegistryApi::DeleteWebhook(const http::Caller&, const wire::WebhookRequest& request) {
  TRY(std::string id, Required(request.id, "id"));
  return webhooks_.Delete(id);
}

Result<wire::TestWebhookResponse> RegistryApi::TestWebhook(const http::Caller&, const wire::WebhookRequest& request) {
  TRY(std::string id, Required(request.id, "id"));
  TRY(WebhookAnswer answer, webhooks_.Test(id, request.event.value_or("")));
  return wire::TestWebhookResponse{wire::TestWebhookResult{answer.status, answer.body}};
}

}  // namespace crannog::mlflow
