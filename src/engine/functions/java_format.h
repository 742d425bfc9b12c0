#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::functions {

/// An argument of format_string.
struct FormatArgument {
  struct Decimal {
    Int128 unscaled;
    int scale;
  };
  struct Integer {
    int64_t value;
    int bits;  ///< 8 ... 64: width of the two's complement that %x shows
  };
  std::variant<std::monostate, bool, Integer, double, Decimal, std::string> value;
};

/// java.util.Formatter (Locale.US): %[index$][flags][width][.precision]conversion. Threads: immutable.
class JavaFormat {
 public:
  static JavaFormat Compile(std::string_view format);
  /// Errors: kInvalidParameterValue with Java's message ("Format specifier '%s'", "d != java.lang.String" …).
  Result<std::string> Format(const std::vector<FormatArgument>& arguments) const;

 private:
  struct Piece {
    std::string literal;
    std::string specifier;  // as written, for messages
    int index = 0;          // 0: next; -1: the previous one; n: the n-th
    bool left = false, plus = false, space = false, zero = false, comma = false, parenthesis = false, alternate = false;
    int width = -1, precision = -1;
    char conversion = 0;    // 0: literal
    bool upper = false;
  };
  Result<std::string> FormatPiece(const Piece& piece, const FormatArgument& argument) const;
  std::vector<Piece> pieces_;
  std::string error_;
};

}  // namespace crannog::engine::functions
