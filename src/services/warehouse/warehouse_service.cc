#include "services/warehouse/warehouse_service.h"

#include "services/warehouse/statement_json.h"
#include "services/warehouse/thrift_result.h"

namespace crannog::warehouse {
namespace {

// "http://host:port" to what drivers fill into their own settings.
wire::Warehouse EmbeddedWarehouse(const http::Caller& caller) {
  wire::Warehouse warehouse;
  warehouse.id = kEmbeddedWarehouseId;
  warehouse.name = "Embedded";
  warehouse.cluster_size = "Small";
  warehouse.min_num_clusters = warehouse.max_num_clusters = warehouse.num_clusters = 1;
  warehouse.state = "RUNNING";
  warehouse.warehouse_type = "PRO";
  warehouse.creator_name = caller.name;
  const std::string& url = caller.base_url;
  const size_t scheme_end = url.find("://");
  const std::string protocol = url.substr(0, scheme_end);
  std::string host = scheme_end == std::string::npos ? url : url.substr(scheme_end + 3);
  int64_t port = protocol == "https" ? 443 : 80;
  if (size_t colon = host.rfind(':'); colon != std::string::npos && host.find(']', colon) == std::string::npos) {
    port = std::strtoll(host.c_str() + colon + 1, nullptr, 10);
    host.resize(colon);
  }
  const std::string path = "/sql/1.0/warehouses/" + warehouse.id;
  warehouse.odbc_params = wire::OdbcParameters{host, path, port, protocol};
  warehouse.jdbc_url = "jdbc:databricks://" + host + ":" + std::to_string(port) + "/default;transportMode=http;ssl=" + (protocol == "https" ? "1" : "0") + ";AuthMech=3;httpPath=" + path + ";";
  return warehouse;
}

}  // namespace

WarehouseService::WarehouseService(WarehouseOptions options)
    : options_(std::move(options)), statements_(*options_.random), thrift_(*options_.compute, statements_, *options_.random) {}

Result<wire::StatementResponse> WarehouseService::ExecuteStatement(const http::Caller& caller, const wire::ExecuteStatementRequest& request) {
  if (request.format.value_or("JSON_ARRAY") != "JSON_ARRAY") return Failure(NotImplemented("the result format " + *request.format + " of the Statement Execution API"));
  if (request.disposition.value_or("INLINE") != "INLINE") return Failure(NotImplemented("the disposition " + *request.disposition + " of the Statement Execution API"));
  session::SessionOptions session_options;
  session_options.initial_catalog = request.catalog.value_or("");
  session_options.initial_schema = request.schema.value_or("");
  TRY(std::unique_ptr<session::Session> opened, options_.compute->OpenSession(caller.name, std::move(session_options)));
  std::shared_ptr<session::Session> session = std::move(opened);
  session::StatementOptions options;
  for (const wire::StatementParameter& parameter : request.parameters) {
    if (!parameter.value) {
      options.named_parameters[parameter.name] = plan::Literal::Null();
      continue;
    }
    TRY(options.named_parameters[parameter.name], LiteralOfText(*parameter.value, parameter.type.value_or("STRING")));
  }
  StatementLimits limits;
  limits.row_count_max = request.row_limit;
  return StatementToJson(*statements_.Run(session, caller.name, request.statement, std::move(options), limits));
}

Result<wire::StatementResponse> WarehouseService::GetStatement(const http::Caller& caller, const wire::StatementRequest& request) {
  TRY(std::shared_ptr<Statement> statement, statements_.Find(request.statement_id, caller.name));
  return StatementToJson(*statement);
}

Result<wire::ResultData> WarehouseService::GetResultChunk(const http::Caller& caller, const wire::ChunkRequest& request) {
  TRY(std::shared_ptr<Statement> statement, statements_.Find(request.statement_id, caller.name));
  return ChunkToJson(*statement, request.chunk_index);
}

Result<> WarehouseService::CancelStatement(const http::Caller& caller, const wire::StatementRequest& request) {
  statements_.Cancel(request.statement_id, caller.name);
  return {};
}

Result<> WarehouseService::CloseStatement(const http::Caller& caller, const wire::StatementRequest& request) {
  statements_.Close(request.statement_id, caller.name);
  return {};
}

Result<wire::ListWarehousesResponse> WarehouseService::ListWarehouses(const http::Caller& caller) {
  return wire::ListWarehousesResponse{{EmbeddedWarehouse(caller)}};
}

Result<wire::Warehouse> WarehouseService::GetWarehouse(const http::Caller& caller, const wire::WarehouseRequest& request) {
  if (request.id != kEmbeddedWarehouseId) return Failure(ErrorCode::kNotFound, "SQL warehouse " + request.id + " does not exist.");
  return EmbeddedWarehouse(caller);
}

Result<http::Response> WarehouseService::CallThrift(const http::Caller& caller, http::Request& request) {
  TRY(std::string bytes, thrift_.Call(caller.name, request.body));
  http::Response response = http::TextResponse(std::move(bytes), "application/x-thrift");
  return response;
}

}  // namespace crannog::warehouse
