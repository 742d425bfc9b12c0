#include "services/mlflow/artifacts_api.h"

#include "services/mlflow/limits.h"

namespace crannog::mlflow {
namespace {

Result<std::string> QueryOf(const http::Request& request, std::string_view name) {
  const std::string* value = request.FindQuery(name);
  return Required(value == nullptr ? std::nullopt : std::optional(*value), name);
}

}  // namespace

Result<wire::ListProxiedResponse> ArtifactsApi::ListProxied(const http::Caller&, const wire::ListProxiedRequest& request) {
  TRY(std::vector<ArtifactFile> files, files_.List(request.path.value_or("")));
  wire::ListProxiedResponse response;
  for (const ArtifactFile& file : files) {
    response.files.push_back({file.path, file.is_folder, file.is_folder ? std::nullopt : std::optional(file.size_bytes)});
  }
  return response;
}

Result<http::Response> ArtifactsApi::Download(const http::Caller&, http::Request& request) {
  return files_.Download(*request.FindPathParameter("artifact_path"));
}

Result<http::Response> ArtifactsApi::Upload(const http::Caller&, http::Request& request) {
  TRY(files_.Upload(*request.FindPathParameter("artifact_path"), *request.body_stream));
  return http::JsonResponse("{}");
}

Result<> ArtifactsApi::Delete(const http::Caller&, const wire::ProxiedPath& request) { return files_.Delete(request.artifact_path); }

Result<http::Response> ArtifactsApi::GetRunArtifact(const http::Caller&, http::Request& request) {
  const std::string* old_name = request.FindQuery("run_uuid");
  std::string run_id = old_name != nullptr ? *old_name : "";
  if (run_id.empty()) {
    TRY(run_id, QueryOf(request, "run_id"));
  }
  TRY(std::string path, QueryOf(request, "path"));
  TRY(wire::Run run, runs_.Get(run_id));
  return files_.DownloadUri(run.info->artifact_uri, path);
}

Result<http::Response> ArtifactsApi::GetVersionArtifact(const http::Caller&, http::Request& request) {
  TRY(std::string name, QueryOf(request, "name"));
  TRY(std::string version, QueryOf(request, "version"));
  TRY(std::string path, QueryOf(request, "path"));
  TRY(std::string uri, models_.DownloadUri(name, version));
  return files_.DownloadUri(uri, path);
}

Result<wire::ServerInfo> ArtifactsApi::GetServerInfo(const http::Caller&) { return wire::ServerInfo{"SqlStore", false, false}; }

}  // namespace crannog::mlflow
