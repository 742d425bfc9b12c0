#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace crannog {

/// A value or the Error why there is none.
template <typename T = void>
using Result = std::expected<T, Error>;

/// Makes a failed Result of any type.
inline std::unexpected<Error> Failure(Error error) { return std::unexpected<Error>(std::move(error)); }
inline std::unexpected<Error> Failure(ErrorCode code, std::string message, std::string hint = "") {
  return std::unexpected<Error>(MakeError(code, std::move(message), std::move(hint)));
}

}  // namespace crannog

// TRY(expression): returns the error of a failed Result<> from the calling function.
// TRY(declaration, expression): the same, else declares the value: TRY(Snapshot snapshot, table.SnapshotAt(version)).
#define CRANNOG_CONCAT_INNER(a, b) a##b
#define CRANNOG_CONCAT(a, b) CRANNOG_CONCAT_INNER(a, b)
#define CRANNOG_TRY_VOID(expression)                                            \
  if (auto&& try_result = (expression); !try_result) [[unlikely]]               \
  return std::unexpected<::crannog::Error>(std::move(try_result).error())
#define CRANNOG_TRY_VALUE(name, declaration, expression)                        \
  auto&& name = (expression);                                                   \
  if (!name) [[unlikely]]                                                       \
    return std::unexpected<::crannog::Error>(std::move(name).error());          \
  declaration = *std::move(name)
#define CRANNOG_TRY_DECLARE(declaration, expression) \
  CRANNOG_TRY_VALUE(CRANNOG_CONCAT(try_result_, __COUNTER__), declaration, expression)
#define CRANNOG_TRY_PICK(_1, _2, name, ...) name
#define TRY(...) CRANNOG_TRY_PICK(__VA_ARGS__, CRANNOG_TRY_DECLARE, CRANNOG_TRY_VOID)(__VA_ARGS__)
