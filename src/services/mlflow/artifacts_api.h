#pragma once

#include "api/mlflow_artifacts.h"
#include "services/mlflow/artifact_files.h"
#include "services/mlflow/models.h"
#include "services/mlflow/runs.h"

namespace crannog::mlflow {

/// The wire side of proxied artifacts. Threads: any.
class ArtifactsApi final : public wire::Artifacts {
 public:
  ArtifactsApi(ArtifactFiles& files, Runs& runs, Models& models) : files_(files), runs_(runs), models_(models) {}

  Result<wire::ListProxiedResponse> ListProxied(const http::Caller&, const wire::ListProxiedRequest& request) override;
  Result<http::Response> Download(const http::Caller&, http::Request& request) override;
  Result<http::Response> Upload(const http::Caller&, http::Request& request) override;
  Result<> Delete(const http::Caller&, const wire::ProxiedPath& request) override;
  Result<http::Response> GetRunArtifact(const http::Caller&, http::Request& request) override;
  Result<http::Response> GetVersionArtifact(const http::Caller&, http::Request& request) override;
  Result<wire::ServerInfo> GetServerInfo(const http::Caller&) override;

 private:
  ArtifactFiles& files_;
  Runs& runs_;
  Models& models_;
};

}  // namespace crannog::mlflow
