#include <charconv>
#include <cmath>
#include <limits>

#include "engine/duckdb/functions/cast.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using plan::EvalMode;
using plan::TypeKind;

namespace {

// Java's narrowing of a double: NaN is 0, too large is the limit; byte and short go through int.
template <typename T>
T JavaNarrow(double value) {
  using Wide = std::conditional_t<sizeof(T) == 8, int64_t, int32_t>;
  Wide wide;
  if (std::isnan(value)) {
    wide = 0;
  } else if (value >= std::ldexp(1.0, sizeof(Wide) * 8 - 1)) {
    wide = std::numeric_limits<Wide>::max();
  } else if (value <= -std::ldexp(1.0, sizeof(Wide) * 8 - 1)) {
    wide = std::numeric_limits<Wide>::min();
  } else {
    wide = static_cast<Wide>(value);
  }
  return static_cast<T>(wide);
}

template <typename To, typename From>
duckdb::scalar_function_t ToIntegral(const CastShape& shape) {
  return RowKernel<To, From>([shape](KernelContext& context, From value) -> std::optional<To> {
    if constexpr (std::is_floating_point_v<From>) {
      if (shape.mode == EvalMode::kLegacy) return JavaNarrow<To>(value);
      const double wide = value;
      // Spark compares with the limit as a double, which for LONG is 2^63.
      const bool fits = std::floor(wide) <= static_cast<double>(std::numeric_limits<To>::max()) &&
                        std::ceil(wide) >= static_cast<double>(std::numeric_limits<To>::min());
      if (fits) return JavaNarrow<To>(wide);
      if (shape.mode == EvalMode::kTry) return std::nullopt;
      FailCastOverflow(context, shape, NumberSql(wide, shape.from.kind()));
    } else {
      const auto narrow = static_cast<To>(value);
      if (static_cast<From>(narrow) == value || shape.mode == EvalMode::kLegacy) return narrow;
      if (shape.mode == EvalMode::kTry) return std::nullopt;
      FailCastOverflow(context, shape, IntegerSql(value, shape.from.kind()));
    }
  });
}

template <typename From>
duckdb::scalar_function_t FromNumber(const CastShape& shape, bool* can_raise) {
  switch (shape.to.kind()) {
    case TypeKind::kBoolean: return RowKernel<bool, From>([](KernelContext&, From value) { return value != 0; });
    case TypeKind::kFloat: return RowKernel<float, From>([](KernelContext&, From value) { return static_cast<float>(value); });
    case TypeKind::kDouble: return RowKernel<double, From>([](KernelContext&, From value) { return static_cast<double>(value); });
    case TypeKind::kByte: *can_raise = true; return ToIntegral<int8_t, From>(shape);
    case TypeKind::kShort: *can_raise = true; return ToIntegral<int16_t, From>(shape);
    case TypeKind::kInt: *can_raise = true; return ToIntegral<int32_t, From>(shape);
    case TypeKind::kLong: *can_raise = true; return ToIntegral<int64_t, From>(shape);
    default: return nullptr;
  }
}

// An unscaled value at `from_scale` as DECIMAL(to): nothing in the lenient modes when it does not fit.
template <typename Out>
std::optional<Out> FitDecimal(const KernelContext& context, const CastShape& shape, Int128 unscaled, int from_scale) {
  Int256 exact(unscaled), rounded = exact;
  bool fits = true;
  if (from_scale > shape.to.scale()) {
    rounded.ScaleDown(from_scale - shape.to.scale());
  } else {
    fits = rounded.ScaleUp(shape.to.scale() - from_scale);
  }
  auto narrow = fits ? rounded.Narrow() : std::nullopt;
  const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.to.precision())];
  if (narrow && *narrow < limit && *narrow > -limit) return NarrowTo<Out>(*narrow);
  if (shape.mode == EvalMode::kAnsi) FailDecimalRange(context, DecimalText(exact, from_scale), shape.to.precision(), shape.to.scale());
  return std::nullopt;
}

// A floating point number becomes a decimal by its shortest text.
template <typename Out>
std::optional<Out> FitDouble(const KernelContext& context, const CastShape& shape, double value) {
  if (!std::isfinite(value)) return std::nullopt;
  auto digits = functions::ShortestDigits(value);
  functions::DecimalDigits rounded = digits;
  functions::RoundDigits(rounded, shape.to.scale(), functions::Rounding::kHalfUp);
  std::string text = functions::PlainText(rounded, shape.to.scale());
  std::erase(text, '.');
  size_t start = text.find_first_not_of('0');
  std::string significant = start == std::string::npos ? "0" : text.substr(start);
  if (static_cast<int>(significant.size()) > shape.to.precision()) {
    if (shape.mode == EvalMode::kAnsi) {
      const int scale = std::max(0, static_cast<int>(digits.digits.size()) - digits.exponent);
      FailDecimalRange(context, (value < 0 ? "-" : "") + functions::PlainText(digits, scale), shape.to.precision(), shape.to.scale());
    }
    return std::nullopt;
  }
  Int128 unscaled = 0;
  for (char c : significant) unscaled = unscaled * 10 + (c - '0');
  return NarrowTo<Out>(value < 0 ? -unscaled : unscaled);
}

duckdb::scalar_function_t ToDecimal(const CastShape& shape) {
  return WithDecimalStorage(ToLogicalType(shape.to), [&](auto zero) -> duckdb::scalar_function_t {
    using Out = decltype(zero);
    if (shape.from.Is(TypeKind::kDecimal)) {
      return WithDecimalStorage(ToLogicalType(shape.from), [&](auto from_zero) -> duckdb::scalar_function_t {
        using From = decltype(from_zero);
        return RowKernel<Out, From>(
            [shape](KernelContext& context, From value) { return FitDecimal<Out>(context, shape, Widen(value), shape.from.scale()); });
      });
    }
    if (shape.from.Is(TypeKind::kBoolean))
      return RowKernel<Out, bool>([shape](KernelContext& context, bool value) { return FitDecimal<Out>(context, shape, value ? 1 : 0, 0); });
    return WithNumber(shape.from, [&](auto from_zero) -> duckdb::scalar_function_t {
      using From = decltype(from_zero);
      return RowKernel<Out, From>([shape](KernelContext& context, From value) {
        if constexpr (std::is_floating_point_v<From>) return FitDouble<Out>(context, shape, value);
        else return FitDecimal<Out>(context, shape, value, 0);
      });
    });
  });
}

double DecimalToDouble(Int128 unscaled, int scale) {
  // Exact operands divide with one rounding.
  constexpr Int128 kExact = Int128{1} << 53;
  if (unscaled < kExact && unscaled > -kExact && scale <= 22)
    return static_cast<double>(static_cast<int64_t>(unscaled)) / static_cast<double>(kPowersOfTen[static_cast<size_t>(scale)]);
  std::string text;
  functions::AppendDecimal(text, unscaled, scale);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

template <typename To, typename From>
duckdb::scalar_function_t DecimalToIntegral(const CastShape& shape) {
  const Int128 factor = kPowersOfTen[static_cast<size_t>(shape.from.scale())];
  return RowKernel<To, From>([shape, factor](KernelContext& context, From value) -> std::optional<To> {
    const Int128 whole = Widen(value) / factor;
    if (whole >= std::numeric_limits<To>::min() && whole <= std::numeric_limits<To>::max()) return static_cast<To>(whole);
    if (shape.mode == EvalMode::kLegacy) return static_cast<To>(static_cast<int64_t>(whole));
    if (shape.mode == EvalMode::kTry) return std::nullopt;
    std::string text;
    functions::AppendDecimal(text, Widen(value), shape.from.scale());
    FailCastOverflow(context, shape, text + "BD");
  });
}

template <typename From>
duckdb::scalar_function_t FromDecimal(const CastShape& shape, bool* can_raise) {
  const int scale = shape.from.scale();
  switch (shape.to.kind()) {
    case TypeKind::kBoolean: return RowKernel<bool, From>([](KernelContext&, From value) { return Widen(value) != 0; });
    case TypeKind::kDouble: return RowKernel<double, From>([scale](KernelContext&, From value) { return DecimalToDouble(Widen(value), scale); });
    case TypeKind::kFloat:
      return RowKernel<float, From>([scale](KernelContext&, From value) {
        std::string text;
        functions::AppendDecimal(text, Widen(value), scale);
        float out = 0;
        std::from_chars(text.data(), text.data() + text.size(), out);
        return out;
      });
    case TypeKind::kByte: *can_raise = true; return DecimalToIntegral<int8_t, From>(shape);
    case TypeKind::kShort: *can_raise = true; return DecimalToIntegral<int16_t, From>(shape);
    case TypeKind::kInt: *can_raise = true; return DecimalToIntegral<int32_t, From>(shape);
    case TypeKind::kLong: *can_raise = true; return DecimalToIntegral<int64_t, From>(shape);
    default: return nullptr;
  }
}

}  // namespace

duckdb::scalar_function_t CastNumber(const CastShape& shape, bool* can_raise) {
  const bool from_number = shape.from.IsNumeric() || shape.from.Is(TypeKind::kBoolean);
  if (!from_number) return nullptr;
  if (shape.to.Is(TypeKind::kDecimal)) {
    *can_raise = true;
    return ToDecimal(shape);
  }
  if (shape.from.Is(TypeKind::kDecimal))
    return WithDecimalStorage(ToLogicalType(shape.from), [&](auto zero) { return FromDecimal<decltype(zero)>(shape, can_raise); });
  if (shape.from.Is(TypeKind::kBoolean)) {
    return WithNumber(shape.to, [&](auto zero) -> duckdb::scalar_function_t {
      using To = decltype(zero);
      return RowKernel<To, bool>([](KernelContext&, bool value) { return static_cast<To>(value ? 1 : 0); });
    });
  }
  // Integers to BINARY: big-endian bytes.
  if (shape.to.Is(TypeKind::kBinary) && shape.from.IsIntegral()) {
    return WithNumber(shape.from, [&](auto zero) -> duckdb::scalar_function_t {
      using From = decltype(zero);
      return RowKernel<duckdb::string_t, From>([](KernelContext& context, From value) {
        char bytes[sizeof(From)];
        for (size_t i = 0; i < sizeof(From); ++i) bytes[i] = static_cast<char>(static_cast<int64_t>(value) >> (8 * (sizeof(From) - 1 - i)));
        return context.String({bytes, sizeof(From)});
      });
    });
  }
  return WithNumber(shape.from, [&](auto zero) { return FromNumber<decltype(zero)>(shape, can_raise); });
}

}  // namespace crannog::engine::duck
