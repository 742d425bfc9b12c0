#pragma once

#include <atomic>

#include "api/server.h"
#include "base/metrics.h"

namespace crannog::server {

/// Health, versions, metrics and the OpenAPI document. Threads: any.
class ServerApi final : public wire::Server {
 public:
  ServerApi(const Metrics& metrics, const std::atomic<bool>& is_stopping) : metrics_(metrics), is_stopping_(is_stopping) {}

  Result<wire::HealthResponse> GetHealth(const http::Caller& caller) override;
  Result<wire::VersionResponse> GetVersion(const http::Caller& caller) override;
  Result<http::Response> GetMetrics(const http::Caller& caller, http::Request& request) override;
  Result<http::Response> GetOpenApi(const http::Caller& caller, http::Request& request) override;

 private:
  const Metrics& metrics_;
  const std::atomic<bool>& is_stopping_;
};

}  // namespace crannog::server
