#include "http/range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace crannog::http {
namespace {

std::optional<uint64_t> ParseOffset(std::string_view text) {
  uint64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// If-Range: the range counts only when the resource is still the one the client has seen.
bool IsSameResource(const Request& request, const Response& response) {
  const std::string* condition = request.headers.Find("If-Range");
  if (condition == nullptr) return true;
  if (condition->starts_with("W/")) return false;
  return *condition == response.headers.ValueOr("ETag", "") || *condition == response.headers.ValueOr("Last-Modified", "");
}

}  // namespace

RangeAnswer ParseRange(std::string_view header, uint64_t size, ByteRange& out) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return RangeAnswer::kWhole;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return RangeAnswer::kWhole;
  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);
  if (first_text.empty()) {
    const std::optional<uint64_t> suffix = ParseOffset(last_text);
    if (!suffix) return RangeAnswer::kWhole;
    if (*suffix == 0 || size == 0) return RangeAnswer::kUnsatisfiable;
    out.length = std::min(*suffix, size);
    out.first = size - out.length;
    return RangeAnswer::kPart;
  }
  const std::optional<uint64_t> first = ParseOffset(first_text);
  if (!first) return RangeAnswer::kWhole;
  uint64_t last = size == 0 ? 0 : size - 1;
  if (!last_text.empty()) {
    const std::optional<uint64_t> given = ParseOffset(last_text);
    if (!given || *given < *first) return RangeAnswer::kWhole;
    last = std::min(last, *given);
  }
  if (*first >= size) return RangeAnswer::kUnsatisfiable;
  out = {*first, last - *first + 1};
  return RangeAnswer::kPart;
}

Result<std::optional<uint64_t>> ApplyRange(const Request& request, Response& response) {
  const std::optional<uint64_t> size = response.source->Size();
  if (!size || !response.source->CanSeek() || response.status != 200) return size;
  response.headers.Set("Accept-Ranges", "bytes");
  const std::string* header = request.headers.Find("Range");
  if (header == nullptr || !IsSameResource(request, response)) return size;
  ByteRange range;
  switch (ParseRange(*header, *size, range)) {
    case RangeAnswer::kWhole: return size;
    case RangeAnswer::kUnsatisfiable:
      response.status = 416;
      response.headers.Set("Content-Range", fmt::format("bytes */{}", *size));
      response.source.reset();
      response.body.clear();
      return std::optional<uint64_t>(0);
    case RangeAnswer::kPart: break;
  }
  TRY(response.source->Seek(range.first));
  response.status = 206;
  response.headers.Set("Content-Range", fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, *size));
  return std::optional<uint64_t>(range.length);
}

}  // namespace crannog::http
