#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/message.h"

namespace crannog::server {

enum class KeepAlive : uint8_t { kNo, kYes };
/// How the end of a body is told: by its length, by chunks, or by closing (HTTP/1.0 without a length).
enum class Framing : uint8_t { kLength, kChunked, kClose };

/// Writes status line and headers, with the empty line. `body_bytes` is the Content-Length of kLength.
/// Threads: any. Source: RFC 9112.
std::string ResponseHead(const http::Response& response, int http_minor, KeepAlive keep_alive, Framing framing, uint64_t body_bytes);

/// Tells whether an answer of that status has no body at all (RFC 9110 section 6.4.1).
bool HasNoBody(int status);

}  // namespace crannog::server
