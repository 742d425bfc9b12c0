#include "engine/functions/numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace crannog::engine::functions {
namespace {

template <typename T>
DecimalDigits Shortest(T value) {
  DecimalDigits out;
  out.negative = std::signbit(value);
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific).ptr;
  const char* e = static_cast<const char*>(std::memchr(buffer, 'e', static_cast<size_t>(end - buffer)));
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  for (const char* p = buffer; p < e; ++p) {
    if (*p != '.') out.digits.push_back(*p);
  }
  while (!out.digits.empty() && out.digits.back() == '0') out.digits.pop_back();
  out.exponent = out.digits.empty() ? 0 : exponent + 1;
  return out;
}

template <typename T>
void AppendFloating(std::string& out, T value) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  value = std::abs(value);
  if (std::isinf(value)) {
    out += "Infinity";
    return;
  }
  if (value == 0) {
    out += "0.0";
    return;
  }
  const bool plain = value >= T(1e-3) && value < T(1e7);
  if (plain && value == std::trunc(value)) {
    AppendInteger(out, static_cast<int64_t>(value));
    out += ".0";
    return;
  }
  const DecimalDigits d = Shortest(value);
  if (plain) {
    if (d.exponent <= 0) {
      out += "0.";
      out.append(static_cast<size_t>(-d.exponent), '0');
      out += d.digits;
    } else {
      const auto whole = static_cast<size_t>(d.exponent);
      if (d.digits.size() <= whole) {
        out += d.digits;
        out.append(whole - d.digits.size(), '0');
        out += ".0";
      } else {
        out.append(d.digits, 0, whole);
        out.push_back('.');
        out.append(d.digits, whole);
      }
    }
    return;
  }
  out.push_back(d.digits[0]);
  out.push_back('.');
  if (d.digits.size() > 1) out.append(d.digits, 1);
  else out.push_back('0');
  out.push_back('E');
  AppendInteger(out, d.exponent - 1);
}

}  // namespace

void AppendInteger(std::string& out, int64_t value) {
  char buffer[24];
  out.append(buffer, static_cast<size_t>(std::to_chars(buffer, buffer + sizeof buffer, value).ptr - buffer));
}
void AppendDouble(std::string& out, double value) { AppendFloating(out, value); }
void AppendFloat(std::string& out, float value) { AppendFloating(out, value); }

void AppendDecimal(std::string& out, Int128 unscaled, int scale) {
  const DecimalDigits d = DigitsOf(unscaled, scale);
  if (d.negative) out.push_back('-');
  out += PlainText(d, scale);
}

DecimalDigits ShortestDigits(double value) { return Shortest(value); }

DecimalDigits ExactDigits(double value) {
  DecimalDigits out;
  out.negative = std::signbit(value);
  char buffer[1500];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::fixed, 1074).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t point = text.find('.');
  out.exponent = static_cast<int>(point);
  out.digits = std::string(text.substr(0, point)) + std::string(text.substr(point + 1));
  size_t leading = 0;
  while (leading < out.digits.size() && out.digits[leading] == '0') ++leading;
  out.digits.erase(0, leading);
  out.exponent -= static_cast<int>(leading);
  while (!out.digits.empty() && out.digits.back() == '0') out.digits.pop_back();
  if (out.digits.empty()) out.exponent = 0;
  return out;
}

DecimalDigits DigitsOf(Int128 unscaled, int scale) {
  DecimalDigits out;
  out.negative = unscaled < 0;
  auto rest = out.negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  char buffer[48];
  size_t at = sizeof buffer;
  while (rest != 0) {
    buffer[--at] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  out.digits.assign(buffer + at, sizeof buffer - at);
  out.exponent = static_cast<int>(out.digits.size()) - scale;
  while (!out.digits.empty() && out.digits.back() == '0') out.digits.pop_back();
  if (out.digits.empty()) out.exponent = 0;
  return out;
}

void RoundDigits(DecimalDigits& n, int scale, Rounding rounding) {
  const int64_t kept = static_cast<int64_t>(n.exponent) + scale;
  if (n.digits.empty() || kept >= static_cast<int64_t>(n.digits.size())) return;
  bool up = false;
  if (kept >= 0) {
    const char next = n.digits[static_cast<size_t>(kept)];
    const bool rest = static_cast<size_t>(kept) + 1 < n.digits.size();
    switch (rounding) {
      case Rounding::kHalfUp: up = next >= '5'; break;
      case Rounding::kHalfEven:
        up = next > '5' || (next == '5' && (rest || (kept > 0 && (n.digits[static_cast<size_t>(kept) - 1] - '0') % 2 == 1)));
        break;
      case Rounding::kFloor: up = n.negative; break;
      case Rounding::kCeiling: up = !n.negative; break;
      case Rounding::kDown: break;
    }
  } else {
    up = (rounding == Rounding::kFloor && n.negative) || (rounding == Rounding::kCeiling && !n.negative);
  }
  n.digits.resize(kept > 0 ? static_cast<size_t>(kept) : 0);
  if (up) {
    size_t at = n.digits.size();
    while (at > 0 && n.digits[at - 1] == '9') --at;
    if (at == 0) {
      n.digits = "1";
      n.exponent = kept > 0 ? n.exponent + 1 : 1 - scale;
    } else {
      n.digits.resize(at);
      ++n.digits[at - 1];
    }
  }
  while (!n.digits.empty() && n.digits.back() == '0') n.digits.pop_back();
  if (n.digits.empty()) n.exponent = 0;
}

std::string PlainText(const DecimalDigits& n, int scale) {
  std::string out;
  if (n.exponent <= 0) out = "0";
  else {
    const auto whole = static_cast<size_t>(n.exponent);
    if (n.digits.size() >= whole) out = n.digits.substr(0, whole);
    else out = n.digits + std::string(whole - n.digits.size(), '0');
  }
  if (scale <= 0) return out;
  out.push_back('.');
  std::string fraction;
  if (n.exponent < 0) fraction.assign(static_cast<size_t>(std::min(-n.exponent, scale)), '0');
  if (n.exponent >= 0) {
    if (static_cast<size_t>(n.exponent) < n.digits.size()) fraction += n.digits.substr(static_cast<size_t>(n.exponent));
  } else {
    fraction += n.digits;
  }
  fraction.resize(static_cast<size_t>(scale), '0');
  return out + fraction;
}

namespace {
template <typename T>
T RoundFloating(T value, int scale, Rounding rounding) {
  if (!std::isfinite(value) || value == 0) return value;
  DecimalDigits d = Shortest(value);
  if (static_cast<int64_t>(d.exponent) + scale >= static_cast<int64_t>(d.digits.size())) return value;
  RoundDigits(d, scale, rounding);
  if (d.digits.empty()) return 0;
  const std::string text = (d.negative ? "-0." : "0.") + d.digits + "e" + std::to_string(d.exponent);
  T out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}
}  // namespace

double RoundDouble(double value, int scale, Rounding rounding) { return RoundFloating(value, scale, rounding); }
float RoundFloat(float value, int scale, Rounding rounding) { return RoundFloating(value, scale, rounding); }

Int128 PowerOfTen(int n) {
  static const auto powers = [] {
    std::array<Int128, 39> made{};
    made[0] = 1;
    for (int i = 1; i < 39; ++i) made[i] = made[i - 1] * 10;
    return made;
  }();
  return powers[static_cast<size_t>(n)];
}

namespace {
// value / power, rounded.
Int128 DivideRounded(Int128 value, Int128 power, Rounding rounding) {
  Int128 quotient = value / power;
  const Int128 rest = value % power;
  if (rest == 0) return quotient;
  const bool negative = value < 0;
  const Int128 absolute = negative ? -rest : rest;
  const Int128 half = power / 2;
  bool away = false;
  switch (rounding) {
    case Rounding::kHalfUp: away = absolute >= half && power != 1; break;
    case Rounding::kHalfEven: away = absolute > half || (absolute == half && quotient % 2 != 0); break;
    case Rounding::kFloor: away = negative; break;
    case Rounding::kCeiling: away = !negative; break;
    case Rounding::kDown: break;
  }
  if (away) quotient += negative ? -1 : 1;
  return quotient;
}
}  // namespace

Int128 RoundInteger(Int128 value, int scale, Rounding rounding) {
  if (scale >= 0) return value;
  if (scale < -38) return (rounding == Rounding::kFloor && value < 0) ? -PowerOfTen(38) : 0;
  const Int128 power = PowerOfTen(-scale);
  return DivideRounded(value, power, rounding) * power;
}

std::optional<Int128> RescaleDecimal(Int128 unscaled, int from_scale, int to_scale, Rounding rounding) {
  if (to_scale == from_scale) return unscaled;
  if (to_scale < from_scale) {
    if (from_scale - to_scale > 38) return 0;
    return DivideRounded(unscaled, PowerOfTen(from_scale - to_scale), rounding);
  }
  if (unscaled == 0) return 0;
  Int128 out;
  if (to_scale - from_scale > 38 || __builtin_mul_overflow(unscaled, PowerOfTen(to_scale - from_scale), &out)) return std::nullopt;
  if (out >= PowerOfTen(38) || out <= -PowerOfTen(38)) return std::nullopt;
  return out;
}

std::optional<std::string> ConvertBase(std::string_view text, int from_base, int to_base, bool& overflow) {
  overflow = false;
  const int target = to_base < 0 ? -to_base : to_base;
  if (from_base < 2 || from_base > 36 || target < 2 || target > 36) return std::nullopt;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  for (char c : text) {
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
    if (digit >= from_base) break;
    if (__builtin_mul_overflow(value, static_cast<uint64_t>(from_base), &value) || __builtin_add_overflow(value, static_cast<uint64_t>(digit), &value)) {
      overflow = true;
      value = ~uint64_t{0};
      break;
    }
  }
  auto as_signed = static_cast<int64_t>(value);
  if (negative && to_base > 0) as_signed = as_signed < 0 ? -1 : -as_signed;
  if (to_base < 0 && as_signed < 0) {
    as_signed = static_cast<int64_t>(-static_cast<uint64_t>(as_signed));
    negative = true;
  }
  uint64_t rest = static_cast<uint64_t>(as_signed);
  std::string digits;
  do {
    const auto digit = static_cast<int>(rest % static_cast<uint64_t>(target));
    digits.push_back(static_cast<char>(digit < 10 ? '0' + digit : 'A' + digit - 10));
    rest /= static_cast<uint64_t>(target);
  } while (rest != 0);
  if (negative && to_base < 0) digits.push_back('-');
  return std::string(digits.rbegin(), digits.rend());
}

std::string HexOfInteger(int64_t value) {
  char buffer[16];
  auto rest = static_cast<uint64_t>(value);
  size_t at = sizeof buffer;
  do {
    buffer[--at] = "0123456789ABCDEF"[rest & 15];
    rest >>= 4;
  } while (rest != 0);
  return std::string(buffer + at, sizeof buffer - at);
}

std::string HexOfBytes(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    out[i * 2] = "0123456789ABCDEF"[byte >> 4];
    out[i * 2 + 1] = "0123456789ABCDEF"[byte & 15];
  }
  return out;
}

std::optional<std::string> Unhex(std::string_view text) {
  const auto value = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
  std::string out;
  out.reserve((text.size() + 1) / 2);
  size_t i = 0;
  if (text.size() % 2 == 1) {
    const int low = value(text[0]);
    if (low < 0) return std::nullopt;
    out.push_back(static_cast<char>(low));
    i = 1;
  }
  for (; i < text.size(); i += 2) {
    const int high = value(text[i]), low = value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string BinaryOfInteger(int64_t value) {
  auto rest = static_cast<uint64_t>(value);
  char buffer[64];
  size_t at = sizeof buffer;
  do {
    buffer[--at] = static_cast<char>('0' + (rest & 1));
    rest >>= 1;
  } while (rest != 0);
  return std::string(buffer + at, sizeof buffer - at);
}

}  // namespace crannog::engine::functions
