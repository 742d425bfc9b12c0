#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace crannog::http {

/// A part of a resource: `first` byte and how many.
struct ByteRange {
  uint64_t first = 0;
  uint64_t length = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class RangeAnswer : uint8_t { kWhole, kPart, kUnsatisfiable };

/// Reads one `bytes=` range for a resource of `size` bytes. What is malformed, of another unit or lists several ranges is
/// answered with the whole. Source: RFC 9110 section 14.2.
RangeAnswer ParseRange(std::string_view header, uint64_t size, ByteRange& out);

/// Turns a 200 with a seekable source into 206 or 416 as the request's Range and If-Range say; adds Accept-Ranges.
/// Gives how many bytes of the source are to be sent; nothing when unknown (chunked).
Result<std::optional<uint64_t>> ApplyRange(const Request& request, Response& response);

}  // namespace crannog::http
