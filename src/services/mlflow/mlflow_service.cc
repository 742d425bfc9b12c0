#include "services/mlflow/mlflow_service.h"

#include "services/mlflow/migrations.h"

namespace crannog::mlflow {

MlflowService::MlflowService(MlflowOptions& options)
    : experiments_(*options.database, *options.clock),
      runs_(*options.database, *options.clock, *options.random),
      artifacts_(options.artifacts),
      webhooks_(*options.database, *options.scheduler, options.secrets, options.webhook_sender ? options.webhook_sender : CurlWebhookSender(), *options.clock, *options.random),
      models_(*options.database, *options.clock, [this](store::Transaction& transaction, const RegistryEvent& event) { return webhooks_.Observe(transaction, event); }),
      logged_models_(*options.database, *options.clock, *options.random),
      tracking_api_(experiments_, runs_, artifacts_, *options.clock),
      registry_api_(models_, webhooks_),
      logged_models_api_(logged_models_, artifacts_),
      artifacts_api_(artifacts_, runs_, models_) {}

Result<std::unique_ptr<MlflowService>> MlflowService::Open(MlflowOptions options) {
  TRY(options.database->Migrate("mlflow", Migrations(), *options.clock));
  std::unique_ptr<MlflowService> service(new MlflowService(options));
  TRY(service->experiments_.EnsureDefault());
  service->webhooks_.Schedule();
  return service;
}

void MlflowService::Register(http::Router& router) {
  wire::RegisterTracking(router, tracking_api_);
  wire::RegisterRegistry(router, registry_api_);
  wire::RegisterLoggedModels(router, logged_models_api_);
  wire::RegisterArtifacts(router, artifacts_api_);
}

}  // namespace crannog::mlflow
