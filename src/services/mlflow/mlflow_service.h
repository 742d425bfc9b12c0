#pragma once

#include <memory>

#include "http/router.h"
#include "services/mlflow/artifact_files.h"
#include "services/mlflow/artifacts_api.h"
#include "services/mlflow/logged_models_api.h"
#include "services/mlflow/models.h"
#include "services/mlflow/registry_api.h"
#include "services/mlflow/runs.h"
#include "services/mlflow/tracking_api.h"
#include "services/mlflow/webhooks.h"
#include "store/database.h"
#include "store/scheduler.h"

namespace crannog::mlflow {

/// What the service needs of the house; all outlive it.
struct MlflowOptions {
  store::Database* database = nullptr;
  store::Scheduler* scheduler = nullptr;
  std::shared_ptr<io::ObjectStore> artifacts;  ///< where "mlflow-artifacts:/" lies
  SecretBox secrets;
  WebhookSender webhook_sender;                ///< unset: libcurl
  const Clock* clock = nullptr;
  Random* random = nullptr;
};

/// MLflow's tracking server and model registry: everything the composition root needs of this service. Threads: any.
class MlflowService {
 public:
  /// Brings the schema up to date, makes the experiment "Default", names the background work (before the scheduler starts).
  static Result<std::unique_ptr<MlflowService>> Open(MlflowOptions options);

  /// Adds every route of this service.
  void Register(http::Router& router);

  Models& models() { return models_; }

 private:
  explicit MlflowService(MlflowOptions& options);

  Experiments experiments_;
  Runs runs_;
  ArtifactFiles artifacts_;
  Webhooks webhooks_;
  Models models_;
  LoggedModelsStore logged_models_;
  TrackingApi tracking_api_;
  RegistryApi registry_api_;
  LoggedModelsApi logged_models_api_;
  ArtifactsApi artifacts_api_;
};

}  // namespace crannog::mlflow
