#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_tracking.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace crannog::mlflow {

/// An experiment's id: its number in decimal text on the wire; 0 is "Default".
struct ExperimentId {
  int64_t value = 0;
  std::string ToString() const { return std::to_string(value); }
};
/// Error: kNotFound for text that is no number, as there is no such experiment.
Result<ExperimentId> ParseExperimentId(const std::string& text);

/// Which lifecycle stages a search sees.
enum class ViewType : uint8_t { kActiveOnly, kDeletedOnly, kAll };
/// "" is ACTIVE_ONLY. Error: kInvalidParameterValue.
Result<ViewType> ParseViewType(const std::string& text);

struct ExperimentQuery {
  std::string filter;
  std::vector<std::string> order_by;
  ViewType view = ViewType::kActiveOnly;
  int64_t count_max = 1000;
  std::string page_token;
};

struct ExperimentPage {
  std::vector<wire::Experiment> experiments;
  std::string next_page_token;
};

/// Experiments with their tags. Threads: any. Source: reference/ml.md sections 1.1, 1.3; wording of errors as MLflow's SQL store.
class Experiments {
 public:
  Experiments(store::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  /// Makes the experiment "Default" where it is missing.
  Result<> EnsureDefault();
  Result<ExperimentId> Create(const std::string& name, const std::string& artifact_location, const std::vector<wire::ExperimentTag>& tags);
  Result<wire::Experiment> Get(ExperimentId id);
  Result<wire::Experiment> GetByName(const std::string& name);
  Result<ExperimentPage> Search(const ExperimentQuery& query);
  Result<> Rename(ExperimentId id, const std::string& name);
  /// With its active runs.
  Result<> Delete(ExperimentId id);
  Result<> Restore(ExperimentId id);
  Result<> SetTag(ExperimentId id, const std::string& key, const std::string& value);
  Result<> DeleteTag(ExperimentId id, const std::string& key);

 private:
  store::Database& database_;
  const Clock& clock_;
};

}  // namespace crannog::mlflow
