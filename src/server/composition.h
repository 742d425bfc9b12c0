#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/settings.h"
#include "http/dispatch.h"
#include "http/router.h"
#include "store/database.h"
#include "store/scheduler.h"

namespace grpc {
class Service;
}
namespace crannog::compute {
class EmbeddedCompute;
}
namespace crannog::catalog {
class CatalogService;
}
namespace crannog::iam {
class IamService;
class KeyRing;
}  // namespace crannog::iam
namespace crannog::workspace {
class Secrets;
}

namespace crannog::server {

class Server;

/// What a service finds when it is added: the seams, the store, and the services that were added before it. Everything in it
/// lives until the server has stopped. Threads: the main thread while composing.
struct Platform {
  const Settings& settings;
  Log& log;
  Metrics& metrics;
  const Clock& clock;
  Random& random;
  std::string data_dir;
  std::atomic<bool> is_stopping{false};

  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Scheduler> scheduler;
  http::Router router;
  std::vector<std::function<std::vector<grpc::Service*>()>> grpc_services;  // each asked once, on the first gRPC connection

  // Services that others build upon; set by the function that adds them.
  iam::KeyRing* keys = nullptr;
  iam::IamService* iam = nullptr;
  catalog::CatalogService* catalog = nullptr;
  compute::EmbeddedCompute* compute = nullptr;
  workspace::Secrets* secrets = nullptr;

  /// Keeps an object alive until everything added after it is gone.
  template <typename T>
  T& Own(std::unique_ptr<T> object) {
    T& reference = *object;
    owned.push_back(std::shared_ptr<T>(std::move(object)));
    return reference;
  }
  std::vector<std::shared_ptr<void>> owned;

  ~Platform();
};

/// A whole server: store, services, routes and listeners. Threads: the main thread.
class Application {
 public:
  /// Opens the data directory and starts everything. Errors: settings that do not fit, a store or port that cannot be opened.
  static Result<std::unique_ptr<Application>> Start(const Settings& settings, Log& log);
  ~Application();

  const std::vector<std::string>& urls() const;
  /// The administrator's token, when this start made it.
  const std::optional<std::string>& first_token() const { return first_token_; }
  /// Makes a further token for the administrator, for the ready file.
  Result<std::string> CreateAdminToken();
  /// The local authority's certificate with --tls auto; "" otherwise.
  const std::string& ca_file() const { return ca_file_; }
  /// Ends gracefully; see Server::Stop.
  bool Stop();

 private:
  Application() = default;

  Metrics metrics_;
  std::unique_ptr<Platform> platform_;
  std::unique_ptr<http::Dispatcher> dispatcher_;
  std::unique_ptr<Server> server_;
  std::optional<std::string> first_token_;
  std::string ca_file_;
};

}  // namespace crannog::server
