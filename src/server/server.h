#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "http/dispatch.h"
#include "server/limits.h"
#include "server/tls.h"

namespace grpc {
class Service;
}

namespace crannog::server {

struct ServerOptions {
  std::vector<std::string> listen;  // "127.0.0.1:8080", "[::1]:0"
  std::optional<TlsFiles> tls;
  Limits limits;
};

/// Listens and serves: HTTP/1.1, WebSocket and gRPC, plain and over TLS, all on every port. Threads: Stop from one at a time.
class Server {
 public:
  using GrpcServices = std::function<std::vector<grpc::Service*>()>;

  /// Binds every address and starts the threads. References outlive the server.
  /// Errors: kInvalidParameterValue for an address that is no HOST:PORT, kUnavailable when it cannot be bound.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options, http::Dispatcher& dispatcher, GrpcServices services,
                                               Log& log, Metrics& metrics);
  ~Server();

  /// One http:// URL per listener, with the port that was taken; the same port serves https:// when there is TLS.
  const std::vector<std::string>& urls() const;
  bool is_stopping() const;
  /// Takes no more connections, lets running requests end within the limit, then ends everything. Gives false when a handler
  /// did not end: then the process must leave without destroying what the handler uses.
  bool Stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Splits "HOST:PORT" and "[V6]:PORT".
struct HostPort {
  std::string host;
  uint16_t port = 0;
};
Result<HostPort> ParseHostPort(const std::string& text);

}  // namespace crannog::server
