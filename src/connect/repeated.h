#pragma once

#include <utility>
#include <vector>

#include "base/result.h"
#include "connect/message_context.h"

namespace crannog::connect {

/// Reads every message of a repeated field with FromMessage, in order; stops at the first error.
template <typename T, typename Messages>
Result<std::vector<T>> ReadEach(const Messages& messages, const TextParsers& parsers) {
  std::vector<T> out;
  out.reserve(static_cast<size_t>(messages.size()));
  for (const auto& message : messages) {
    TRY(T value, FromMessage(message, parsers));
    out.push_back(std::move(value));
  }
  return out;
}

}  // namespace crannog::connect
