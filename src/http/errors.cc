#include "http/errors.h"

#include "base/json.h"

namespace crannog::http {
namespace {

// The client retries after this many seconds; its own default is the same (reference/rest.md section 1.2).
constexpr const char* kRetryAfterSeconds = "1";

std::string Message(const Error& error) {
  std::string out = error.condition.empty() ? error.message : "[" + error.condition + "] " + error.message;
  if (!error.sql_state.empty()) out += " SQLSTATE: " + error.sql_state;
  if (!error.hint.empty()) out += "\ntry: " + error.hint;
  return out;
}

JsonValue::Array Details(const Error& error, std::string_view request_id) {
  JsonValue::Array details;
  if (!error.condition.empty()) {
    JsonValue::Object metadata;
    for (const auto& [key, value] : error.parameters) metadata.emplace_back(key, value);
    details.push_back(JsonValue::Object{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                        {"reason", error.condition},
                                        {"domain", "crannog"},
                                        {"metadata", std::move(metadata)}});
  }
  details.push_back(JsonValue::Object{{"@type", "type.googleapis.com/google.rpc.RequestInfo"},
                                      {"request_id", request_id},
                                      {"serving_data", ""}});
  return details;
}

JsonValue DatabricksBody(const Error& error, std::string_view request_id) {
  return JsonValue::Object{{"error_code", ErrorCodeName(error.code)},
                           {"message", Message(error)},
                           {"details", Details(error, request_id)}};
}

JsonValue ScimBody(const Error& error, int status) {
  JsonValue::Object body{{"schemas", JsonValue::Array{"urn:ietf:params:scim:api:messages:2.0:Error"}},
                         {"detail", Message(error)},
                         {"status", std::to_string(status)}};
  if (error.code == ErrorCode::kInvalidParameterValue) body.emplace_back("scimType", "invalidValue");
  if (error.code == ErrorCode::kAlreadyExists) body.emplace_back("scimType", "uniqueness");
  return body;
}

std::string_view OAuthName(const Error& error) {
  if (!error.condition.empty()) return error.condition;
  switch (HttpStatus(error.code)) {
    case 401: return "invalid_client";
    case 403: return "unauthorized_client";
    case 503: return "temporarily_unavailable";
    case 500: return "server_error";
    default: return "invalid_request";
  }
}

JsonValue Body(const Error& error, ErrorStyle style, int status, std::string_view request_id) {
  switch (style) {
    case ErrorStyle::kDatabricks:
    case ErrorStyle::kMlflow: return DatabricksBody(error, request_id);
    case ErrorStyle::kScim: return ScimBody(error, status);
    case ErrorStyle::kOAuth:
      return JsonValue::Object{{"error", OAuthName(error)}, {"error_description", error.message}};
    case ErrorStyle::kSharing:
      return JsonValue::Object{{"errorCode", ErrorCodeName(error.code)}, {"message", Message(error)}};
    case ErrorStyle::kIceberg:
      return JsonValue::Object{{"error", JsonValue::Object{{"message", Message(error)},
                                                           {"type", error.condition.empty() ? ErrorCodeName(error.code)
                                                                                            : std::string_view(error.condition)},
                                                           {"code", status}}}};
  }
  return {};
}

}  // namespace

Response ErrorResponse(const Error& error, ErrorStyle style, std::string_view request_id) {
  int status = HttpStatus(error.code);
  // SCIM says 409 for a name that is taken (RFC 7644 section 3.3); Databricks' own dialect says 400.
  if (style == ErrorStyle::kScim && error.code == ErrorCode::kAlreadyExists) status = 409;
  Response response = JsonResponse(WriteJson(Body(error, style, status, request_id)), status);
  if (style == ErrorStyle::kScim) response.headers.Set("Content-Type", "application/scim+json");
  if (status == 429 || status == 503) response.headers.Set("Retry-After", kRetryAfterSeconds);
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer realm=\"crannog\"");
  return response;
}

}  // namespace crannog::http
