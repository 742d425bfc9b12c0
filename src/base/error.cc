#include "base/error.h"

#include <fmt/format.h>

#include "base/error_conditions.h"

namespace crannog {
namespace {

struct CodeRow {
  std::string_view name;
  int http_status;
};

// In the order of ErrorCode.
constexpr CodeRow kCodes[] = {
    {"BAD_REQUEST", 400},
    {"INVALID_PARAMETER_VALUE", 400},
    {"INVALID_STATE", 400},
    {"UNAUTHENTICATED", 401},
    {"PERMISSION_DENIED", 403},
    {"RESOURCE_DOES_NOT_EXIST", 404},
    {"ENDPOINT_NOT_FOUND", 404},
    {"RESOURCE_ALREADY_EXISTS", 400},
    {"ABORTED", 409},
    {"RESOURCE_EXHAUSTED", 429},
    {"REQUEST_LIMIT_EXCEEDED", 429},
    {"CANCELLED", 499},
    {"INTERNAL_ERROR", 500},
    {"DATA_LOSS", 500},
    {"NOT_IMPLEMENTED", 501},
    {"TEMPORARILY_UNAVAILABLE", 503},
    {"DEADLINE_EXCEEDED", 504},
};

// SQLSTATE classes tell what kind of failure a condition is: 42 syntax or access, 22 data, 0A feature, XX internal.
ErrorCode CodeOfSqlState(std::string_view condition, std::string_view state) {
  if (state.starts_with("0A")) return ErrorCode::kNotImplemented;
  if (state.starts_with("XX")) return ErrorCode::kInternal;
  if (state == "42501") return ErrorCode::kPermissionDenied;
  if (state == "42P01" || state == "42704" || condition.ends_with("_NOT_FOUND")) return ErrorCode::kNotFound;
  if (condition.ends_with("_ALREADY_EXISTS")) return ErrorCode::kAlreadyExists;
  return ErrorCode::kBadRequest;
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) { return kCodes[static_cast<size_t>(code)].name; }
int HttpStatus(ErrorCode code) { return kCodes[static_cast<size_t>(code)].http_status; }

std::string Error::ToString() const {
  std::string out = condition.empty() ? message : fmt::format("[{}] {}", condition, message);
  if (!sql_state.empty()) out += fmt::format(" SQLSTATE: {}", sql_state);
  if (!hint.empty()) out += fmt::format("\ntry: {}", hint);
  return out;
}

Error MakeError(ErrorCode code, std::string message, std::string hint) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

Error ConditionError(std::string_view condition, std::map<std::string, std::string> parameters) {
  const ErrorCondition* row = FindErrorCondition(condition);
  if (row == nullptr) {
    return MakeError(ErrorCode::kInternal, fmt::format("the catalogue has no error condition {}", condition));
  }
  Error error;
  error.code = CodeOfSqlState(condition, row->sql_state);
  error.condition = condition;
  error.sql_state = row->sql_state;
  error.message = FillTemplate(row->message, parameters);
  error.parameters = std::move(parameters);
  return error;
}

Error NotImplemented(std::string feature) {
  return ConditionError("NOT_IMPLEMENTED_IN_CRANNOG", {{"feature", std::move(feature)}});
}

Error WithContext(Error error, std::string_view what) {
  error.message = fmt::format("while {}: {}", what, error.message);
  return error;
}

}  // namespace crannog
