#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::functions {

/// A format of to_number and to_char: 0 9 . D , G $ S MI PR. Threads: immutable. Source: Spark's ToNumberParser.
class NumberPattern {
 public:
  /// Reads a format; whether it is a legal one is Check's matter.
  static NumberPattern Compile(std::string_view format);
  /// Tells the first rule of DATATYPE_MISMATCH.… / INVALID_FORMAT.… that the format breaks: its sub-condition and parameters, as an Error.
  std::optional<Error> Check() const;

  int precision() const;
  int scale() const { return digits_behind_; }

  /// The unscaled value at scale(); nothing when the text does not match.
  std::optional<Int128> Parse(std::string_view text) const;
  /// Text of a decimal; '#' for every digit when it does not fit.
  std::string Format(Int128 unscaled, int scale) const;
  const std::string& format() const { return format_; }

 private:
  enum class Kind : uint8_t { kDigits, kComma, kPoint, kDollar, kSign, kMinus, kOpen, kClose, kInvalid };
  struct Token {
    Kind kind;
    int count = 0;
    bool exact = false;
    char text = 0;
  };
  std::string format_;
  std::vector<Token> tokens_;
  int digits_before_ = 0, digits_behind_ = 0;
};

/// java.text.DecimalFormat for format_number: "#,##0.00", prefixes, suffixes, %, negative sub-pattern; HALF_EVEN. Threads: immutable.
class DecimalFormat {
 public:
  /// Error: kInvalidParameterValue (malformed pattern).
  static Result<DecimalFormat> Compile(std::string_view pattern);
  /// The format of format_number(x, digits).
  static DecimalFormat Grouped(int fraction_digits);
  std::string Format(DecimalDigits number) const;
  std::string FormatDouble(double value) const;

 private:
  std::string positive_prefix_, positive_suffix_, negative_prefix_ = "-", negative_suffix_;
  int grouping_ = 0, integer_min_ = 1, fraction_min_ = 0, fraction_max_ = 0, multiplier_power_ = 0;
  bool exponent_ = false;
  int exponent_min_ = 0, integer_max_ = 0;
};

}  // namespace crannog::engine::functions
