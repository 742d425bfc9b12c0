#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_tracking.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "services/mlflow/experiments.h"
#include "store/database.h"

namespace crannog::mlflow {

struct RunQuery {
  std::vector<std::string> experiment_ids;
  std::string filter;
  std::vector<std::string> order_by;
  ViewType view = ViewType::kActiveOnly;
  int64_t count_max = 1000;
  std::string page_token;
};

struct RunPage {
  std::vector<wire::Run> runs;
  std::string next_page_token;
};

struct NewRun {
  ExperimentId experiment;
  std::string user, name;
  int64_t start_ms = 0;
  std::vector<wire::RunTag> tags;
};

/// What one log-batch brings; stored together or not at all.
struct RunBatch {
  std::vector<wire::Metric> metrics;
  std::vector<wire::Param> params;
  std::vector<wire::RunTag> tags;
};

struct MetricHistoryQuery {
  std::string run_id, key;
  int64_t count_max = 25'000;
  std::string page_token;
};
struct MetricPage {
  std::vector<wire::Metric> metrics;
  std::string next_page_token;
};

/// Runs with metrics, parameters, tags, inputs and outputs. Threads: any. Source: reference/ml.md sections 1.1 to 1.4.
/// Errors: kNotFound "Run with id=… not found", kInvalidParameterValue for changed parameters, deleted runs and limits.
class Runs {
 public:
  Runs(store::Database& database, const Clock& clock, Random& random) : database_(database), clock_(clock), random_(random) {}

  Result<wire::Run> Create(const NewRun& run);
  Result<wire::Run> Get(const std::string& run_id);
  Result<wire::RunInfo> Update(const wire::UpdateRunRequest& request, const std::string& run_id);
  Result<> Delete(const std::string& run_id);
  Result<> Restore(const std::string& run_id);
  Result<int64_t> DeleteMany(ExperimentId experiment, int64_t started_until_ms, int64_t count_max);
  Result<> LogBatch(const std::string& run_id, const RunBatch& batch);
  Result<> DeleteTag(const std::string& run_id, const std::string& key);
  Result<> LogInputs(const std::string& run_id, const std::vector<wire::DatasetInput>& datasets, const std::vector<std::string>& model_ids);
  Result<> LogOutputs(const std::string& run_id, const std::vector<wire::ModelOutput>& models);
  Result<RunPage> Search(const RunQuery& query);
  Result<MetricPage> MetricHistory(const MetricHistoryQuery& query);
  /// At most `count_max` values per run, spread evenly over the steps between the ends.
  Result<std::vector<wire::Metric>> MetricHistorySampled(const std::vector<std::string>& run_ids, const std::string& key, std::optional<int64_t> first_step,
                                                         std::optional<int64_t> last_step, int64_t count_max);
  Result<std::vector<wire::DatasetSummary>> SearchDatasets(const std::vector<std::string>& experiment_ids);

 private:
  store::Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace crannog::mlflow
