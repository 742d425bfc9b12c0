#include "server/server_api.h"

namespace crannog::server {

// Defined by the assembler file that carries build/generated/openapi.json.
extern "C" const char crannog_openapi_begin[];
extern "C" const char crannog_openapi_end[];

Result<wire::HealthResponse> ServerApi::GetHealth(const http::Caller&) {
  return wire::HealthResponse{.status = is_stopping_ ? "stopping" : "ok"};
}

Result<wire::VersionResponse> ServerApi::GetVersion(const http::Caller&) {
  return wire::VersionResponse{
      .name = "crannog", .version = CRANNOG_VERSION, .spark_version = CRANNOG_SPARK_VERSION, .duckdb_version = CRANNOG_DUCKDB_VERSION};
}

Result<http::Response> ServerApi::GetMetrics(const http::Caller&, http::Request&) {
  return http::TextResponse(metrics_.Render(), "text/plain; version=0.0.4; charset=utf-8");
}

Result<http::Response> ServerApi::GetOpenApi(const http::Caller&, http::Request&) {
  return http::JsonResponse(std::string(crannog_openapi_begin, crannog_openapi_end));
}

}  // namespace crannog::server
