#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// What MLflow accepts as names and values. Source: reference/ml.md section 1.2 (limits) and MLflow's validation messages.
namespace crannog::mlflow {

inline constexpr size_t kKeyCharactersMax = 250;
inline constexpr size_t kParamValueCharactersMax = 6000;
inline constexpr size_t kTagValueCharactersMax = 8000;
inline constexpr size_t kExperimentNameCharactersMax = 500;
inline constexpr size_t kRegistryTagValueCharactersMax = 100'000;
inline constexpr size_t kBatchMetricsMax = 1000;
inline constexpr size_t kBatchParamsMax = 100;
inline constexpr size_t kBatchTagsMax = 100;
inline constexpr size_t kBatchEntitiesMax = 1000;
inline constexpr int64_t kSearchRunsMax = 50'000;
inline constexpr int64_t kSearchExperimentsMax = 50'000;
inline constexpr int64_t kMetricHistoryMax = 25'000;

/// Each fails with kInvalidParameterValue in MLflow's words.
Result<> CheckExperimentName(const std::string& name);
Result<> CheckKey(std::string_view kind, const std::string& key);
Result<> CheckTag(const std::string& key, const std::string& value);
Result<> CheckParam(const std::string& key, const std::string& value);
Result<> CheckModelName(const std::string& name);
/// A required parameter's value. Error: "Missing value for required parameter 'x' …".
Result<std::string> Required(const std::optional<std::string>& value, std::string_view parameter);
/// `value` or `otherwise`, between 1 and `most`.
Result<int64_t> PageSize(std::optional<int64_t> value, int64_t otherwise, int64_t most);

}  // namespace crannog::mlflow
