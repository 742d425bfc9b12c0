#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "analyze/catalog_client.h"
#include "base/result.h"
#include "engine/engine.h"
#include "session/session.h"

namespace crannog::compute {

/// Gives the catalog as one principal sees it.
using CatalogClientFactory = std::function<Result<std::unique_ptr<analyze::CatalogClient>>(const std::string& principal)>;

/// The compute inside the server's process: one engine instance, started with the first session, so that a server nobody queries pays nothing.
/// Every client's statements run in sessions of it. Threads: any. Lives longer than its sessions.
class EmbeddedCompute {
 public:
  EmbeddedCompute(engine::DuckDbOptions options, CatalogClientFactory catalogs) : options_(std::move(options)), catalogs_(std::move(catalogs)) {}

  /// Opens a session for a principal. Errors: those of starting the engine (a version that does not fit, no memory).
  Result<std::unique_ptr<session::Session>> OpenSession(const std::string& principal, session::SessionOptions options);

 private:
  Result<engine::Engine*> StartedEngine();

  const engine::DuckDbOptions options_;
  const CatalogClientFactory catalogs_;
  std::mutex mutex_;
  std::unique_ptr<engine::Engine> engine_;
};

}  // namespace crannog::compute
