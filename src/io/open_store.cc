#include <fmt/format.h>

#include "io/object_store.h"

namespace crannog::io {
namespace {

// Undoes percent-encoding; a '%' without two hexadecimal digits stays.
std::string Decode(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<ObjectStore>> OpenStore(std::string_view url, const StoreOptions&) {
  if (url.starts_with('/')) return OpenLocalStore(std::string(url));
  if (url.starts_with("file:")) {
    url.remove_prefix(5);
    if (url.starts_with("//")) url = url.substr(std::min(url.find('/', 2), url.size()));
    return OpenLocalStore(Decode(url));
  }
  for (std::string_view scheme : {"s3://", "s3a://", "abfss://", "abfs://", "gs://"}) {
    if (url.starts_with(scheme)) return Failure(NotImplemented(fmt::format("object store {}", scheme)));
  }
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("no store for the location '{}'", url),
                 "use an absolute path or file:///path");
}

}  // namespace crannog::io
