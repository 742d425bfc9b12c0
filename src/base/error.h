#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace crannog {

/// Names the kind of a failure as Databricks' REST interface does; gives HTTP and gRPC status.
/// Source: reference/rest.md section 1.2.
enum class ErrorCode : uint8_t {
  kBadRequest,            // 400 BAD_REQUEST
  kInvalidParameterValue, // 400 INVALID_PARAMETER_VALUE
  kInvalidState,          // 400 INVALID_STATE
  kUnauthenticated,       // 401 UNAUTHENTICATED
  kPermissionDenied,      // 403 PERMISSION_DENIED
  kNotFound,              // 404 RESOURCE_DOES_NOT_EXIST
  kEndpointNotFound,      // 404 ENDPOINT_NOT_FOUND
  kAlreadyExists,         // 400 RESOURCE_ALREADY_EXISTS
  kConflict,              // 409 ABORTED
  kResourceExhausted,     // 429 RESOURCE_EXHAUSTED
  kRequestLimitExceeded,  // 429 REQUEST_LIMIT_EXCEEDED
  kCancelled,             // 499 CANCELLED
  kInternal,              // 500 INTERNAL_ERROR
  kDataLoss,              // 500 DATA_LOSS: stored bytes are damaged
  kNotImplemented,        // 501 NOT_IMPLEMENTED
  kUnavailable,           // 503 TEMPORARILY_UNAVAILABLE
  kDeadlineExceeded,      // 504 DEADLINE_EXCEEDED
};

/// Tells the wire name ("RESOURCE_DOES_NOT_EXIST") of a code.
std::string_view ErrorCodeName(ErrorCode code);
/// Tells the HTTP status (400...504) of a code.
int HttpStatus(ErrorCode code);

/// Marks the piece of SQL text that an error speaks of. Offsets count characters from 0; `stop` is inclusive.
/// Source: Spark's QueryContext.
struct QueryContext {
  std::string object_type;
  std::string object_name;
  int32_t start_index = -1;
  int32_t stop_index = -1;
  std::string fragment;
};

/// A failure that a caller may see. `condition` is Spark's, Delta's or Databricks' name of it ("" when none of them has one);
/// then `sql_state`, `parameters` and the wording are those of the catalogue. `hint` says what to try, may be empty.
/// No secret may enter any field. Threads: a value.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string condition;
  std::string sql_state;
  std::map<std::string, std::string> parameters;
  std::vector<QueryContext> contexts;
  std::string message;
  std::string hint;

  /// Gives what a person reads: "[CONDITION] message SQLSTATE: xxxxx", and the hint on a line of its own.
  std::string ToString() const;
};

/// Makes an error without a Spark condition.
Error MakeError(ErrorCode code, std::string message, std::string hint = "");

/// Makes an error of the catalogue ("TABLE_OR_VIEW_NOT_FOUND", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"): fills in the message
/// template and the SQLSTATE; the code follows from the condition. An unknown condition gives INTERNAL_ERROR naming it.
/// Source: Spark's error-conditions.json (4.1.1) and api/error_conditions.json.
Error ConditionError(std::string_view condition, std::map<std::string, std::string> parameters = {});

/// Makes the honest answer for what is not built: UNSUPPORTED_FEATURE-like, names itself.
Error NotImplemented(std::string feature);

/// Adds "while <what>: " before the message: called while unwinding, once per level.
Error WithContext(Error error, std::string_view what);

}  // namespace crannog
