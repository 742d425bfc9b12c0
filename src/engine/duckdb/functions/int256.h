#pragma once

#include <array>
#include <cstdint>
#include <optional>

/// Signed 256-bit magnitudes, just enough for exact decimal arithmetic.
namespace crannog::engine::duck {

using Uint128 = unsigned __int128;
using Int128 = __int128;

/// 10^exponent for 0 <= exponent <= 38.
constexpr Int128 PowerOfTen(int exponent) {
  Int128 out = 1;
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}
inline constexpr auto kPowersOfTen = [] {
  std::array<Int128, 39> out{};
  for (int i = 0; i < 39; ++i) out[static_cast<size_t>(i)] = PowerOfTen(i);
  return out;
}();

/// Sign and magnitude; every operation tells overflow of 256 bits.
class Int256 {
 public:
  Int256() = default;
  explicit Int256(Int128 value) : is_negative_(value < 0) {
    Uint128 magnitude = value < 0 ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
    words_ = {static_cast<uint64_t>(magnitude), static_cast<uint64_t>(magnitude >> 64), 0, 0};
  }

  bool is_negative() const { return is_negative_; }
  bool IsZero() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }

  /// Exact product of two 128-bit numbers.
  static Int256 Product(Int128 left, Int128 right) {
    Int256 a(left), b(right), out;
    out.is_negative_ = a.is_negative_ != b.is_negative_;
    for (int i = 0; i < 2; ++i) {
      uint64_t carry = 0;
      for (int j = 0; j < 2; ++j) {
        Uint128 sum = static_cast<Uint128>(a.words_[i]) * b.words_[j] + out.words_[i + j] + carry;
        out.words_[i + j] = static_cast<uint64_t>(sum);
        carry = static_cast<uint64_t>(sum >> 64);
      }
      out.words_[i + 2] = carry;
    }
    return out;
  }

  /// Multiplies by 10^exponent; false on overflow.
  bool ScaleUp(int exponent) {
    while (exponent > 0) {
      int step = exponent < 19 ? exponent : 19;
      if (!MultiplySmall(static_cast<uint64_t>(kPowersOfTen[static_cast<size_t>(step)]))) return false;
      exponent -= step;
    }
    return true;
  }

  /// Divides by 10^exponent, rounding half away from zero.
  void ScaleDown(int exponent) {
    if (exponent <= 0) return;
    uint64_t last = 0;
    while (exponent > 1) {
      int step = exponent - 1 < 19 ? exponent - 1 : 19;
      DivideSmall(static_cast<uint64_t>(kPowersOfTen[static_cast<size_t>(step)]));
      exponent -= step;
    }
    last = DivideSmall(10);
    if (last >= 5) AddSmall(1);
  }

  /// Sum; false on overflow.
  bool Add(const Int256& other) {
    if (is_negative_ == other.is_negative_) {
      uint64_t carry = 0;
      for (size_t i = 0; i < 4; ++i) {
        Uint128 sum = static_cast<Uint128>(words_[i]) + other.words_[i] + carry;
        words_[i] = static_cast<uint64_t>(sum);
        carry = static_cast<uint64_t>(sum >> 64);
      }
      return carry == 0;
    }
    if (CompareMagnitude(other) >= 0) {
      SubtractMagnitude(other);
    } else {
      Int256 larger = other;
      larger.SubtractMagnitude(*this);
      *this = larger;
    }
    return true;
  }
  void Negate() { is_negative_ = !is_negative_; }

  /// Quotient toward zero and remainder with the dividend's sign. The divisor is not zero.
  void Divide(const Int256& divisor, Int256* quotient, Int256* remainder) const {
    Int256 q, r;
    for (int bit = 255; bit >= 0; --bit) {
      r.ShiftLeftOne();
      r.words_[0] |= (words_[static_cast<size_t>(bit) / 64] >> (bit % 64)) & 1;
      if (r.CompareMagnitude(divisor) >= 0) {
        r.SubtractMagnitude(divisor);
        q.words_[static_cast<size_t>(bit) / 64] |= uint64_t{1} << (bit % 64);
      }
    }
    q.is_negative_ = is_negative_ != divisor.is_negative_;
    r.is_negative_ = is_negative_;
    *quotient = q;
    *remainder = r;
  }
  /// Quotient rounded half away from zero.
  Int256 DivideHalfUp(const Int256& divisor) const {
    Int256 q, r;
    Divide(divisor, &q, &r);
    Int256 twice = r;
    twice.ShiftLeftOne();
    if (twice.CompareMagnitude(divisor) >= 0) q.AddSmall(1);
    return q;
  }

  /// The number when its magnitude is below 10^38.
  std::optional<Int128> Narrow() const {
    if (words_[2] != 0 || words_[3] != 0) return std::nullopt;
    Uint128 magnitude = static_cast<Uint128>(words_[1]) << 64 | words_[0];
    if (magnitude >= static_cast<Uint128>(kPowersOfTen[38])) return std::nullopt;
    return is_negative_ ? -static_cast<Int128>(magnitude) : static_cast<Int128>(magnitude);
  }

  /// Decimal digits of the magnitude.
  template <typename String>
  String Digits() const {
    Int256 rest = *this;
    String out;
    do {
      out.insert(out.begin(), static_cast<char>('0' + rest.DivideSmall(10)));
    } while (!rest.IsZero());
    return out;
  }

 private:
  bool MultiplySmall(uint64_t factor) {
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; ++i) {
      Uint128 product = static_cast<Uint128>(words_[i]) * factor + carry;
      words_[i] = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
    return carry == 0;
  }
  uint64_t DivideSmall(uint64_t divisor) {
    uint64_t remainder = 0;
    for (int i = 3; i >= 0; --i) {
      Uint128 part = static_cast<Uint128>(remainder) << 64 | words_[static_cast<size_t>(i)];
      words_[static_cast<size_t>(i)] = static_cast<uint64_t>(part / divisor);
      remainder = static_cast<uint64_t>(part % divisor);
    }
    return remainder;
  }
  void AddSmall(uint64_t value) {
    for (size_t i = 0; i < 4 && value != 0; ++i) {
      words_[i] += value;
      value = words_[i] < value ? 1 : 0;
    }
  }
  void ShiftLeftOne() {
    for (size_t i = 3; i > 0; --i) words_[i] = words_[i] << 1 | words_[i - 1] >> 63;
    words_[0] <<= 1;
  }
  int CompareMagnitude(const Int256& other) const {
    for (int i = 3; i >= 0; --i) {
      auto at = static_cast<size_t>(i);
      if (words_[at] != other.words_[at]) return words_[at] < other.words_[at] ? -1 : 1;
    }
    return 0;
  }
  void SubtractMagnitude(const Int256& other) {
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
      uint64_t before = words_[i], part = other.words_[i];
      words_[i] = before - part - borrow;
      borrow = before < part || (before == part && borrow != 0) ? 1 : 0;
    }
  }

  std::array<uint64_t, 4> words_{};
  bool is_negative_ = false;
};

}  // namespace crannog::engine::duck
