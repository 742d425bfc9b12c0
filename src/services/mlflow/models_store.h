#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_registry.h"
#include "services/mlflow/sql_conditions.h"
#include "store/database.h"

/// Every statement about registered models and their versions.
namespace crannog::mlflow::models_store {

/// The model with tags, aliases and the newest version of each stage; nothing when it is absent.
Result<std::optional<wire::RegisteredModel>> Find(store::Reader& reader, const std::string& name);
Result<std::vector<wire::RegisteredModel>> Search(store::Reader& reader, const SqlConditions& where, const std::string& order, int64_t count_max, int64_t offset);
Result<> Touch(store::Transaction& transaction, const std::string& name, int64_t now_ms);

Result<std::optional<wire::ModelVersion>> FindVersion(store::Reader& reader, const std::string& name, int64_t version);
Result<std::vector<wire::ModelVersion>> SearchVersions(store::Reader& reader, const SqlConditions& where, const std::string& order, int64_t count_max, int64_t offset);
/// The newest version of each stage.
Result<std::vector<wire::ModelVersion>> LatestVersions(store::Reader& reader, const std::string& name);
Result<std::optional<std::string>> StorageLocation(store::Reader& reader, const std::string& name, int64_t version);
Result<> InsertVersion(store::Transaction& transaction, const wire::ModelVersion& version, int64_t number, const std::string& storage_location);

}  // namespace crannog::mlflow::models_store
