#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/mlflow_tracking.h"
#include "services/mlflow/sql_conditions.h"
#include "store/database.h"

/// Every statement about runs and what is logged to them.
namespace crannog::mlflow::runs_store {

struct RunRow {
  int64_t run_key = 0;
  wire::RunInfo info;
};

/// A metric value as it is stored.
struct MetricRow {
  std::string name;
  int64_t step = 0, time_ms = 0;
  double value = 0;  ///< 0 where is_nan
  bool is_nan = false;
  std::string model_id, dataset_name, dataset_digest;
};

Result<std::optional<RunRow>> Find(store::Reader& reader, const std::string& run_id);
Result<int64_t> Insert(store::Transaction& transaction, const wire::RunInfo& info);
Result<> Update(store::Transaction& transaction, const RunRow& row);
Result<> SetStage(store::Transaction& transaction, int64_t run_key, std::string_view stage, std::optional<int64_t> deleted_ms);
Result<std::vector<int64_t>> ActiveUntil(store::Reader& reader, int64_t experiment_id, int64_t started_until_ms, int64_t count_max);

Result<> PutTag(store::Transaction& transaction, int64_t run_key, const std::string& name, const std::string& value);
Result<int64_t> DeleteTag(store::Transaction& transaction, int64_t run_key, const std::string& name);
Result<std::optional<std::string>> FindParam(store::Reader& reader, int64_t run_key, const std::string& name);
Result<> InsertParam(store::Transaction& transaction, int64_t run_key, const std::string& name, const std::string& value);
/// Adds values (the same value twice is one) and moves the newest on.
Result<> AddMetrics(store::Transaction& transaction, int64_t run_key, const std::vector<MetricRow>& metrics);
Result<std::vector<MetricRow>> History(store::Reader& reader, int64_t run_key, const std::string& name, int64_t count_max, int64_t offset);

/// Fills in data, inputs and outputs of runs by their keys, in few statements for all.
Result<> LoadDetails(store::Reader& reader, const std::vector<int64_t>& run_keys, std::vector<wire::Run>& runs);

/// Runs that fulfil `where`, ordered by `order` (over run columns r.… and order columns), from `offset`.
Result<std::vector<RunRow>> Search(store::Reader& reader, const std::string& joins, const std::vector<store::Value>& join_parameters, const SqlConditions& where,
                                   const std::string& order, int64_t count_max, int64_t offset);

wire::Metric ToWire(const MetricRow& row);

}  // namespace crannog::mlflow::runs_store
