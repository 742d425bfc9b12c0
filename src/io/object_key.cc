#include "io/object_key.h"

#include <fmt/format.h>

namespace crannog::io {

Result<> CheckKey(std::string_view key) {
  bool bad = key.empty() || key.front() == '/' || key.find('\0') != std::string_view::npos;
  for (size_t start = 0; !bad && start <= key.size();) {
    const size_t slash = std::min(key.find('/', start), key.size());
    bad = key.substr(start, slash - start) == "..";
    start = slash + 1;
  }
  if (bad) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("bad object key: '{}'", key));
  return {};
}

}  // namespace crannog::io
