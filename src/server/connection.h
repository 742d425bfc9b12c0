#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/log.h"
#include "http/dispatch.h"
#include "server/grpc_host.h"
#include "server/io_thread.h"
#include "server/limits.h"
#include "server/worker_pool.h"

namespace crannog::server {

/// What every connection uses.
struct ConnectionContext {
  http::Dispatcher& dispatcher;
  WorkerPool& workers;
  GrpcHost& grpc;
  const Limits& limits;
  Log& log;
  boost::asio::ssl::context* tls = nullptr;  // null: TLS hellos are refused
  std::atomic<int64_t> open_count{0};
};

/// Serves one connection until it ends: looks at its first bytes and goes on as TLS, gRPC or HTTP/1.1. Never throws.
/// The caller has counted it in `open_count` already.
boost::asio::awaitable<void> ServeConnection(ConnectionContext& context, IoThread& thread, boost::asio::ip::tcp::socket socket);

}  // namespace crannog::server
