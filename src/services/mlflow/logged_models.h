#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_logged_models.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/database.h"

namespace crannog::mlflow {

struct LoggedModelPage {
  std::vector<wire::LoggedModel> models;
  std::string next_page_token;
};

/// MLflow 3's logged models: what a run logs before and beside registering it. Threads: any. Source: reference/ml.md sections 1.1, 1.4.
class LoggedModelsStore {
 public:
  LoggedModelsStore(store::Database& database, const Clock& clock, Random& random) : database_(database), clock_(clock), random_(random) {}

  Result<wire::LoggedModel> Create(const wire::CreateLoggedModelRequest& request, const std::string& user);
  Result<wire::LoggedModel> Get(const std::string& model_id);
  Result<wire::LoggedModel> Finalise(const std::string& model_id, const std::string& status);
  Result<> Delete(const std::string& model_id);
  Result<wire::LoggedModel> SetTags(const std::string& model_id, const std::vector<wire::LoggedModelTag>& tags);
  Result<> DeleteTag(const std::string& model_id, const std::string& key);
  Result<> LogParams(const std::string& model_id, const std::vector<wire::LoggedModelParam>& params);
  Result<LoggedModelPage> Search(const wire::SearchLoggedModelsRequest& request, int64_t count_max);

 private:
  store::Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace crannog::mlflow
