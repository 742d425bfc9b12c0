#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "api/sql_statements.h"
#include "http/router.h"
#include "services/compute/embedded_compute.h"
#include "services/warehouse/statements.h"
#include "services/warehouse/thrift_service.h"

namespace crannog::warehouse {

struct WarehouseOptions {
  compute::EmbeddedCompute* compute = nullptr;
  Random* random = nullptr;
  const Clock* clock = nullptr;
};

/// SQL warehouses: the Statement Execution API, Thrift over HTTP, and the one warehouse inside the server. Threads: any.
/// Source: reference/rest.md sections 1.5, 2.1.
class WarehouseService final : public wire::SqlStatements {
 public:
  explicit WarehouseService(WarehouseOptions options);
  void Register(http::Router& router) { wire::RegisterSqlStatements(router, *this); }

  Result<wire::StatementResponse> ExecuteStatement(const http::Caller& caller, const wire::ExecuteStatementRequest& request) override;
  Result<wire::StatementResponse> GetStatement(const http::Caller& caller, const wire::StatementRequest& request) override;
  Result<wire::ResultData> GetResultChunk(const http::Caller& caller, const wire::ChunkRequest& request) override;
  Result<> CancelStatement(const http::Caller& caller, const wire::StatementRequest& request) override;
  Result<> CloseStatement(const http::Caller& caller, const wire::StatementRequest& request) override;
  Result<wire::ListWarehousesResponse> ListWarehouses(const http::Caller& caller) override;
  Result<wire::Warehouse> GetWarehouse(const http::Caller& caller, const wire::WarehouseRequest& request) override;
  Result<http::Response> CallThrift(const http::Caller& caller, http::Request& request) override;

 private:
  const WarehouseOptions options_;
  Statements statements_;
  ThriftService thrift_;
};

/// The id of the warehouse inside the server; every id that a client names in its HTTP path leads to it.
inline constexpr std::string_view kEmbeddedWarehouseId = "0000000000000001";

}  // namespace crannog::warehouse
