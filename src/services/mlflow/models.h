#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_registry.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace crannog::mlflow {

struct ModelQuery {
  std::string filter;
  std::vector<std::string> order_by;
  int64_t count_max = 100;
  std::string page_token;
};
struct ModelPage {
  std::vector<wire::RegisteredModel> models;
  std::string next_page_token;
};
struct VersionPage {
  std::vector<wire::ModelVersion> versions;
  std::string next_page_token;
};

/// Something that happened in the registry, for webhooks; told inside the transaction that did it.
struct RegistryEvent {
  std::string name;  ///< "MODEL_VERSION_TRANSITIONED_STAGE", "REGISTERED_MODEL_CREATED" …
  std::string model_name, version, to_stage, from_stage, text;
};
using RegistryObserver = std::function<Result<>(store::Transaction&, const RegistryEvent&)>;

/// The model registry: registered models, versions, stages, aliases, tags. Threads: any. Source: reference/ml.md sections 1.1 to 1.4;
/// wording of errors as MLflow's SQL store. Names compare exactly. Versions count from 1 and are never used again.
class Models {
 public:
  Models(store::Database& database, const Clock& clock, RegistryObserver observer) : database_(database), clock_(clock), observer_(std::move(observer)) {}

  Result<wire::RegisteredModel> Create(const std::string& name, const std::string& user, const std::optional<std::string>& description,
                                       const std::vector<wire::ModelTag>& tags);
  Result<wire::RegisteredModel> Get(const std::string& name);
  Result<wire::RegisteredModel> Rename(const std::string& name, const std::string& new_name);
  Result<wire::RegisteredModel> Describe(const std::string& name, const std::optional<std::string>& description);
  Result<> Delete(const std::string& name);
  Result<ModelPage> Search(const ModelQuery& query);
  Result<std::vector<wire::ModelVersion>> LatestVersions(const std::string& name, const std::vector<std::string>& stages);
  Result<> SetTag(const std::string& name, const std::string& key, const std::string& value);
  Result<> DeleteTag(const std::string& name, const std::string& key);
  Result<> SetAlias(const std::string& name, const std::string& alias, const std::string& version);
  Result<> DeleteAlias(const std::string& name, const std::string& alias);
  Result<wire::ModelVersion> GetByAlias(const std::string& name, const std::string& alias);

  Result<wire::ModelVersion> CreateVersion(const wire::CreateModelVersionRequest& request, const std::string& user);
  Result<wire::ModelVersion> GetVersion(const std::string& name, const std::string& version);
  Result<wire::ModelVersion> DescribeVersion(const std::string& name, const std::string& version, const std::optional<std::string>& description);
  /// Stages in any case; with `archive_existing` the others of a Staging or Production stage become Archived.
  Result<wire::ModelVersion> TransitionStage(const std::string& name, const std::string& version, const std::string& stage, bool archive_existing);
  Result<> DeleteVersion(const std::string& name, const std::string& version);
  Result<VersionPage> SearchVersions(const ModelQuery& query);
  Result<std::string> DownloadUri(const std::string& name, const std::string& version);
  Result<> SetVersionTag(const std::string& name, const std::string& version, const std::string& key, const std::string& value);
  Result<> DeleteVersionTag(const std::string& name, const std::string& version, const std::string& key);

 private:
  store::Database& database_;
  const Clock& clock_;
  RegistryObserver observer_;
};

}  // namespace crannog::mlflow
