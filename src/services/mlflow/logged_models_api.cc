#include "services/mlflow/logged_models_api.h"

#include "services/mlflow/limits.h"

namespace crannog::mlflow {
namespace {

Result<wire::LoggedModelResponse> Wrap(Result<wire::LoggedModel> model) {
  if (!model) return Failure(model.error());
  return wire::LoggedModelResponse{*std::move(model)};
}

// Clients send the enum by name, older ones by number.
std::string StatusName(const JsonValue& status) {
  if (status.IsString()) return status.AsString();
  static constexpr const char* kNames[] = {"LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"};
  if (status.IsInt() && status.AsInt() >= 0 && status.AsInt() < 4) return kNames[status.AsInt()];
  return "";
}

}  // namespace

Result<wire::LoggedModelResponse> LoggedModelsApi::CreateLoggedModel(const http::Caller& caller, const wire::CreateLoggedModelRequest& request) {
  return Wrap(models_.Create(request, caller.name));
}

Result<wire::LoggedModelResponse> LoggedModelsApi::GetLoggedModel(const http::Caller&, const wire::LoggedModelRequest& request) {
  return Wrap(models_.Get(request.model_id));
}

Result<wire::LoggedModelResponse> LoggedModelsApi::FinalizeLoggedModel(const http::Caller&, const wire::FinalizeLoggedModelRequest& request) {
  return Wrap(models_.Finalise(request.model_id, StatusName(request.status)));
}

Result<> LoggedModelsApi::DeleteLoggedModel(const http::Caller&, const wire::LoggedModelRequest& request) { return models_.Delete(request.model_id); }

Result<wire::SearchLoggedModelsResponse> LoggedModelsApi::SearchLoggedModels(const http::Caller&, const wire::SearchLoggedModelsRequest& request) {
  TRY(int64_t count_max, PageSize(request.max_results, 100, 5000));
  TRY(LoggedModelPage page, models_.Search(request, count_max));
  wire::SearchLoggedModelsResponse response;
  response.models = std::move(page.models);
  if (!page.next_page_token.empty()) response.next_page_token = std::move(page.next_page_token);
  return response;
}

Result<wire::LoggedModelResponse> LoggedModelsApi::SetLoggedModelTags(const http::Caller&, const wire::SetLoggedModelTagsRequest& request) {
  return Wrap(models_.SetTags(request.model_id, request.tags));
}

Result<> LoggedModelsApi::DeleteLoggedModelTag(const http::Caller&, const wire::DeleteLoggedModelTagRequest& request) {
  return models_.DeleteTag(request.model_id, request.tag_key);
}

Result<> LoggedModelsApi::LogLoggedModelParams(const http::Caller&, const wire::LogLoggedModelParamsRequest& request) {
  return models_.LogParams(request.model_id, request.params);
}

Result<wire::ListLoggedModelArtifactsResponse> LoggedModelsApi::ListLoggedModelArtifacts(const http::Caller&, const wire::ListLoggedModelArtifactsRequest& request) {
  TRY(wire::LoggedModel model, models_.Get(request.model_id));
  TRY(std::vector<ArtifactFile> files, artifacts_.ListUri(model.info->artifact_uri, request.artifact_directory_path.value_or("")));
  wire::ListLoggedModelArtifactsResponse response;
  response.root_uri = model.info->artifact_uri;
  for (const ArtifactFile& file : files) {
    response.files.push_back({file.path, file.is_folder, file.is_folder ? std::nullopt : std::optional(file.size_bytes)});
  }
  return response;
}

}  // namespace crannog::mlflow
