#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Numbers as Java and Spark write, round and convert them.
namespace crannog::engine::functions {

using Int128 = __int128;

/// Double.toString: shortest digits, "1.0E10", "0.001", "NaN", "Infinity".
void AppendDouble(std::string& out, double value);
void AppendFloat(std::string& out, float value);
/// Unscaled value of a decimal in plain notation: (12345, 2) is "123.45".
void AppendDecimal(std::string& out, Int128 unscaled, int scale);
void AppendInteger(std::string& out, int64_t value);

/// A finite number as decimal digits: 0.d1d2d3… * 10^exponent, negative or not. Zero has no digits.
struct DecimalDigits {
  std::string digits;
  int exponent = 0;
  bool negative = false;
};
DecimalDigits ShortestDigits(double value);
DecimalDigits ExactDigits(double value);
DecimalDigits DigitsOf(Int128 unscaled, int scale);

enum class Rounding : uint8_t { kHalfUp, kHalfEven, kFloor, kCeiling, kDown };
/// Rounds to `scale` digits behind the point (may be negative).
void RoundDigits(DecimalDigits& number, int scale, Rounding rounding);
/// Plain notation with exactly `scale` (>= 0) digits behind the point, without sign.
std::string PlainText(const DecimalDigits& number, int scale);

/// Spark's round and bround of floating point: by the shortest decimal text.
double RoundDouble(double value, int scale, Rounding rounding);
float RoundFloat(float value, int scale, Rounding rounding);
/// Rounds an integer at 10^-scale for negative scales; may leave the type's range.
Int128 RoundInteger(Int128 value, int scale, Rounding rounding);
/// Moves an unscaled value from one scale to another. Nothing on overflow of 38 digits.
std::optional<Int128> RescaleDecimal(Int128 unscaled, int from_scale, int to_scale, Rounding rounding);

/// 10^n for 0 <= n <= 38.
Int128 PowerOfTen(int n);

/// conv(text, from, to): nothing where Spark gives NULL. `overflow` is set when the number does not fit 64 bits.
std::optional<std::string> ConvertBase(std::string_view text, int from_base, int to_base, bool& overflow);
std::string HexOfInteger(int64_t value);
std::string HexOfBytes(std::string_view bytes);
std::optional<std::string> Unhex(std::string_view text);
std::string BinaryOfInteger(int64_t value);

}  // namespace crannog::engine::functions
