#include "services/compute/embedded_compute.h"

namespace crannog::compute {

Result<engine::Engine*> EmbeddedCompute::StartedEngine() {
  std::lock_guard lock(mutex_);
  if (engine_ == nullptr) {
    TRY(engine_, engine::MakeDuckDbEngine(options_));
  }
  return engine_.get();
}

Result<std::unique_ptr<session::Session>> EmbeddedCompute::OpenSession(const std::string& principal, session::SessionOptions options) {
  TRY(engine::Engine* engine, StartedEngine());
  TRY(std::unique_ptr<analyze::CatalogClient> catalog, catalogs_(principal));
  options.user = principal;
  return session::MakeSession(*engine, std::move(catalog), std::move(options));
}

}  // namespace crannog::compute
