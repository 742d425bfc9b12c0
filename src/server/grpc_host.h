#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace grpc {
class Service;
}

namespace crannog::server {

/// The gRPC server inside the process. It has no port: connections that open with HTTP/2's preface are handed over. It starts
/// with the first of them, so that a server nobody asks by gRPC pays nothing. Threads: any.
class GrpcHost {
 public:
  /// `services` is asked once, on the first connection; the services outlive the host.
  GrpcHost(std::function<std::vector<grpc::Service*>()> services, int64_t message_bytes_max, Log& log);
  ~GrpcHost();

  /// Takes a connected, non-blocking socket and the bytes that were read from it already. The first call takes milliseconds.
  void Accept(int descriptor, std::string_view already_read);
  /// Lets running calls end within the time, then cancels them.
  void Stop(int64_t timeout_s);

 private:
  struct State;
  void EnsureStarted();

  std::function<std::vector<grpc::Service*>()> services_;
  const int64_t message_bytes_max_;
  Log& log_;
  std::mutex mutex_;
  std::unique_ptr<State> state_;
  bool is_stopped_ = false;
};

}  // namespace crannog::server
