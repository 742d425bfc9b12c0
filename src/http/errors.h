#pragma once

#include "http/message.h"
#include "http/router.h"

namespace crannog::http {

/// Renders an error as an answer in a dialect. kDatabricks and kMlflow: `{"error_code","message","details":[…]}` with HTTP
/// status by the error's code; kScim: RFC 7644 section 3.12; kOAuth: RFC 6749 section 5.2 (put the OAuth error name, e.g.
/// "invalid_client", into Error::condition); kSharing: Delta Sharing's `{"errorCode","message"}`; kIceberg: Iceberg REST's
/// `{"error":{"message","type","code"}}`. Adds Retry-After to 429 and 503, WWW-Authenticate to 401.
/// Source: reference/rest.md section 1.2.
Response ErrorResponse(const Error& error, ErrorStyle style, std::string_view request_id);

}  // namespace crannog::http
