#include "services/mlflow/limits.h"

#include <fmt/format.h>

namespace crannog::mlflow {
namespace {

Error Invalid(std::string message) { return MakeError(ErrorCode::kInvalidParameterValue, std::move(message)); }

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// Letters, digits, '_', '-', '.', ' ', ':' and '/', as MLflow's _VALID_PARAM_AND_METRIC_NAMES.
bool IsKeyText(std::string_view key) {
  for (char c : key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (!plain && std::string_view("_-. :/").find(c) == std::string_view::npos) return false;
  }
  return !key.empty();
}

// Keys become file names in exports: no "..", no absolute or doubled slashes.
bool IsPathLike(std::string_view key) {
  return key.find("..") != std::string_view::npos || key.starts_with('/') || key.ends_with('/') || key.find("//") != std::string_view::npos || key == ".";
}

}  // namespace

Result<> CheckExperimentName(const std::string& name) {
  if (name.empty()) return Failure(Invalid("Invalid experiment name: ''"));
  if (CharacterCount(name) > kExperimentNameCharactersMax) return Failure(Invalid(fmt::format("'name' exceeds the maximum length of {} characters", kExperimentNameCharactersMax)));
  return {};
}

Result<> CheckKey(std::string_view kind, const std::string& key) {
  if (key.empty()) return Failure(Invalid(fmt::format("{} name cannot be None or empty. A key name must be provided.", kind)));
  if (!IsKeyText(key)) {
    return Failure(Invalid(fmt::format("Invalid value \"{}\" for parameter 'name' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), "
                                       "periods (.), spaces ( ), colon(:) and slashes (/).", key)));
  }
  if (IsPathLike(key)) {
    return Failure(Invalid(fmt::format("Invalid value \"{}\" for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to "
                                       "other names when treated as such.", key)));
  }
  if (CharacterCount(key) > kKeyCharactersMax) {
    return Failure(Invalid(fmt::format("'{}' exceeds the maximum length of {} characters", key, kKeyCharactersMax)));
  }
  return {};
}

Result<> CheckTag(const std::string& key, const std::string& value) {
  TRY(CheckKey("Tag", key));
  if (CharacterCount(value) > kTagValueCharactersMax) {
    return Failure(Invalid(fmt::format("'{}' exceeds the maximum length of {} characters", key, kTagValueCharactersMax)));
  }
  return {};
}

Result<> CheckParam(const std::string& key, const std::string& value) {
  TRY(CheckKey("Parameter", key));
  if (CharacterCount(value) > kParamValueCharactersMax) {
    return Failure(Invalid(fmt::format("'{}' exceeds the maximum length of {} characters", key, kParamValueCharactersMax)));
  }
  return {};
}

Result<> CheckModelName(const std::string& name) {
  if (name.empty()) return Failure(Invalid("Registered model name cannot be empty."));
  if (name.find('/') != std::string::npos || name.find(':') != std::string::npos) {
    return Failure(Invalid(fmt::format("Invalid model name: '{}'. Model name cannot contain '/' or ':'.", name)));
  }
  return {};
}

Result<std::string> Required(const std::optional<std::string>& value, std::string_view parameter) {
  if (value && !value->empty()) return *value;
  return Failure(Invalid(fmt::format("Missing value for required parameter '{}'. See the API docs for more information about request parameters.", parameter)));
}

Result<int64_t> PageSize(std::optional<int64_t> value, int64_t otherwise, int64_t most) {
  const int64_t size = value.value_or(otherwise);
  if (size < 1) return Failure(Invalid(fmt::format("Invalid value {} for parameter 'max_results' supplied: It must be a positive integer", size)));
  if (size > most) return Failure(Invalid(fmt::format("Invalid value {} for parameter 'max_results' supplied: It must be at most {}", size, most)));
  return size;
}

}  // namespace crannog::mlflow
