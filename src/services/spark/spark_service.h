#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "session/session.h"

namespace grpc {
class Service;
class ServerContext;
}  // namespace grpc

namespace crannog::spark_connect {

/// Who a gRPC call is from.
struct ClientIdentity {
  std::string principal;
};

/// What the endpoint needs of the house. All members outlive the service.
struct SparkServiceOptions {
  /// Checks the call's metadata ("authorization: Bearer …"). Error: kUnauthenticated.
  std::function<Result<ClientIdentity>(const grpc::ServerContext&)> authenticate;
  /// Opens a statement session for a principal on the compute that the call's headers choose.
  std::function<Result<std::unique_ptr<session::Session>>(const ClientIdentity&, const grpc::ServerContext&)> open_session;
  const Clock* clock = nullptr;
  Random* random = nullptr;
  std::string spark_version = "4.1.1";  ///< what spark.version answers
  int64_t session_idle_max_ms = 60 * 60 * 1000;
  int64_t buffered_bytes_max = 64 << 20;  ///< per operation, of responses that the client has not released
  int32_t session_count_max = 10000;
};

/// Makes the Spark Connect endpoint: all RPCs of spark.connect.SparkConnectService over sessions. Source: reference/spark.md section 1.
/// Shared, so that who keeps it needs no gRPC headers. Threads: called by gRPC from many.
std::shared_ptr<grpc::Service> MakeSparkService(SparkServiceOptions options);

}  // namespace crannog::spark_connect
