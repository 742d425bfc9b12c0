#include <limits>

#include "engine/duckdb/functions/arithmetic.h"
#include "engine/duckdb/functions/decimal_value.h"

namespace crannog::engine::duck {

std::string DecimalText(const Int256& unscaled, int scale) {
  std::string digits = unscaled.Digits<std::string>();
  if (scale > 0) {
    if (digits.size() <= static_cast<size_t>(scale)) digits.insert(0, static_cast<size_t>(scale) + 1 - digits.size(), '0');
    digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  }
  return (unscaled.is_negative() && !unscaled.IsZero() ? "-" : "") + digits;
}

void FailDecimalRange(const KernelContext& context, const std::string& value, int precision, int scale) {
  context.Fail("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", {{"value", value},
                                                              {"precision", std::to_string(precision)},
                                                              {"scale", std::to_string(scale)},
                                                              {"config", kAnsiSetting}});
}

ExprPtr WidenDecimal(PlanBuilder& builder, ExprPtr value) {
  const int scale = duckdb::DecimalType::GetScale(value->return_type);
  if (duckdb::DecimalType::GetWidth(value->return_type) > 9) return value;
  duckdb::LogicalType wide = duckdb::LogicalType::DECIMAL(18, static_cast<uint8_t>(scale));
  Kernel kernel{.name = "widen", .result = wide, .function = nullptr, .fallibility = Fallibility::kNever};
  WithDecimalStorage(value->return_type, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (sizeof(T) < 8) kernel.function = RowKernel<int64_t, T>([](KernelContext&, T number) -> int64_t { return number; });
  });
  return builder.Call(std::move(kernel), List(std::move(value)));
}

namespace {

using plan::EvalMode;

// What an operation needs to know besides its operands.
struct DecimalShape {
  int left_scale, right_scale, scale, precision;
  EvalMode mode;
  std::string function;
};

// The exact result at the result's scale, or nothing when it does not fit. `text` gives the exact value for the error.
std::optional<Int128> Fit(Int256 exact, int exact_scale, const DecimalShape& shape, const KernelContext& context) {
  Int256 rounded = exact;
  bool fits = true;
  if (exact_scale > shape.scale) {
    rounded.ScaleDown(exact_scale - shape.scale);
  } else {
    fits = rounded.ScaleUp(shape.scale - exact_scale);
  }
  std::optional<Int128> narrow = fits ? rounded.Narrow() : std::nullopt;
  const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.precision)];
  if (narrow && *narrow < limit && *narrow > -limit) return narrow;
  if (shape.mode == EvalMode::kAnsi) FailDecimalRange(context, DecimalText(exact, exact_scale), shape.precision, shape.scale);
  return std::nullopt;
}

Int256 ScaledUp(Int128 value, int exponent) {
  Int256 out(value);
  out.ScaleUp(exponent);  // at most 38 + 38 digits
  return out;
}

// Addition and subtraction, any sizes.
std::optional<Int128> AddExactly(Int128 left, Int128 right, bool is_minus, const DecimalShape& shape, const KernelContext& context) {
  const int common = std::max(shape.left_scale, shape.right_scale);
  Int256 sum = ScaledUp(left, common - shape.left_scale), other = ScaledUp(right, common - shape.right_scale);
  if (is_minus) other.Negate();
  sum.Add(other);
  return Fit(sum, common, shape, context);
}

std::optional<Int128> DivideExactly(Int128 left, Int128 right, const DecimalShape& shape, const KernelContext& context) {
  if (right == 0) {
    if (shape.mode == EvalMode::kAnsi) FailDivideByZero(context);
    return std::nullopt;
  }
  Int256 numerator(left), denominator(right);
  const int exponent = shape.scale - shape.left_scale + shape.right_scale;
  bool fits = true;
  if (exponent >= 0) {
    fits = numerator.ScaleUp(exponent);
  } else {
    fits = denominator.ScaleUp(-exponent);
  }
  if (fits) return Fit(numerator.DivideHalfUp(denominator), shape.scale, shape, context);
  if (shape.mode == EvalMode::kAnsi) {
    Int256 whole, rest;
    ScaledUp(left, shape.right_scale).Divide(ScaledUp(right, shape.left_scale), &whole, &rest);
    FailDecimalRange(context, DecimalText(whole, 0), shape.precision, shape.scale);
  }
  return std::nullopt;
}

std::optional<Int128> RemainderExactly(Int128 left, Int128 right, bool is_positive, const DecimalShape& shape, const KernelContext& context) {
  if (right == 0) {
    if (shape.mode == EvalMode::kAnsi) FailRemainderByZero(context);
    return std::nullopt;
  }
  const int common = std::max(shape.left_scale, shape.right_scale);
  Int256 a = ScaledUp(left, common - shape.left_scale), n = ScaledUp(right, common - shape.right_scale), quotient, remainder;
  a.Divide(n, &quotient, &remainder);
  if (is_positive && remainder.is_negative() && !remainder.IsZero()) {
    remainder.Add(n);
    Int256 sum = remainder;
    sum.Divide(n, &quotient, &remainder);
  }
  return Fit(remainder, common, shape, context);
}

std::optional<int64_t> IntegralDivideExactly(Int128 left, Int128 right, const DecimalShape& shape, const KernelContext& context) {
  if (right == 0) {
    if (shape.mode == EvalMode::kAnsi) FailDivideByZero(context);
    return std::nullopt;
  }
  const int common = std::max(shape.left_scale, shape.right_scale);
  Int256 quotient, remainder;
  ScaledUp(left, common - shape.left_scale).Divide(ScaledUp(right, common - shape.right_scale), &quotient, &remainder);
  auto narrow = quotient.Narrow();
  if (narrow && *narrow >= std::numeric_limits<int64_t>::min() && *narrow <= std::numeric_limits<int64_t>::max()) return static_cast<int64_t>(*narrow);
  if (shape.mode == EvalMode::kAnsi) FailOverflow(context, "Overflow in integral divide.", "try_divide");
  return std::nullopt;
}

template <typename Out, typename L, typename R>
duckdb::scalar_function_t PickKernel(const DecimalShape& shape, bool always_fits) {
  const bool is_minus = shape.function == "subtract";
  if (shape.function == "add" || shape.function == "subtract") {
    if (always_fits) {
      const Int128 left_factor = kPowersOfTen[static_cast<size_t>(std::max(0, shape.scale - shape.left_scale))];
      const Int128 right_factor = kPowersOfTen[static_cast<size_t>(std::max(0, shape.scale - shape.right_scale))] * (is_minus ? -1 : 1);
      if constexpr (sizeof(L) == 8 && sizeof(R) == 8 && sizeof(Out) <= 8) {
        auto left_small = static_cast<int64_t>(left_factor), right_small = static_cast<int64_t>(right_factor);
        return RowKernel<Out, L, R>([=](KernelContext&, L a, R b) { return static_cast<Out>(a * left_small + b * right_small); });
      }
      return RowKernel<Out, L, R>([=](KernelContext&, L a, R b) { return NarrowTo<Out>(Widen(a) * left_factor + Widen(b) * right_factor); });
    }
    return RowKernel<Out, L, R>([=](KernelContext& context, L a, R b) -> std::optional<Out> {
      auto value = AddExactly(Widen(a), Widen(b), is_minus, shape, context);
      return value ? std::optional<Out>(NarrowTo<Out>(*value)) : std::nullopt;
    });
  }
  if (shape.function == "multiply") {
    if (always_fits) {
      if constexpr (sizeof(L) == 8 && sizeof(R) == 8 && sizeof(Out) <= 8)
        return RowKernel<Out, L, R>([](KernelContext&, L a, R b) { return static_cast<Out>(a * b); });
      return RowKernel<Out, L, R>([](KernelContext&, L a, R b) { return NarrowTo<Out>(Widen(a) * Widen(b)); });
    }
    return RowKernel<Out, L, R>([=](KernelContext& context, L a, R b) -> std::optional<Out> {
      auto value = Fit(Int256::Product(Widen(a), Widen(b)), shape.left_scale + shape.right_scale, shape, context);
      return value ? std::optional<Out>(NarrowTo<Out>(*value)) : std::nullopt;
    });
  }
  if (shape.function == "divide") {
    const int exponent = shape.scale - shape.left_scale + shape.right_scale;
    return RowKernel<Out, L, R>([=](KernelContext& context, L a, R b) -> std::optional<Out> {
      // Most quotients fit 128 bits on the way.
      Int128 numerator = Widen(a), denominator = Widen(b), scaled;
      if (denominator != 0 && exponent >= 0 && exponent <= 38 && !__builtin_mul_overflow(numerator, kPowersOfTen[static_cast<size_t>(exponent)], &scaled)) {
        Int128 quotient = scaled / denominator, remainder = scaled % denominator;
        Uint128 twice = static_cast<Uint128>(remainder < 0 ? -remainder : remainder) * 2;
        if (twice >= static_cast<Uint128>(denominator < 0 ? -denominator : denominator)) quotient += (scaled < 0) == (denominator < 0) ? 1 : -1;
        const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.precision)];
        if (quotient < limit && quotient > -limit) return NarrowTo<Out>(quotient);
      }
      auto value = DivideExactly(numerator, denominator, shape, context);
      return value ? std::optional<Out>(NarrowTo<Out>(*value)) : std::nullopt;
    });
  }
  const bool is_positive = shape.function == "pmod";
  return RowKernel<Out, L, R>([=](KernelContext& context, L a, R b) -> std::optional<Out> {
    auto value = RemainderExactly(Widen(a), Widen(b), is_positive, shape, context);
    return value ? std::optional<Out>(NarrowTo<Out>(*value)) : std::nullopt;
  });
}

// Calls f with int64_t or hugeint_t.
template <typename F>
auto WithWide(const duckdb::LogicalType& type, F f) {
  return type.InternalType() == duckdb::PhysicalType::INT128 ? f(duckdb::hugeint_t{}) : f(int64_t{});
}

ExprPtr BindOneArgument(KernelCall& call, PlanBuilder& builder) {
  const bool is_abs = call.function == "abs";
  Kernel kernel{.name = "decimal_" + call.function, .result = call.arguments[0]->return_type, .function = nullptr, .fallibility = Fallibility::kNever};
  WithDecimalStorage(call.arguments[0]->return_type, [&](auto zero) {
    using T = decltype(zero);
    kernel.function = RowKernel<T, T>([is_abs](KernelContext&, T a) {
      Int128 value = Widen(a);
      return NarrowTo<T>(is_abs && value >= 0 ? value : -value);
    });
  });
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

}  // namespace

bool IsDecimalCall(const KernelCall& call) { return call.ArgumentType(0).Is(plan::TypeKind::kDecimal); }

ExprPtr BindDecimalArithmetic(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() == 1) return BindOneArgument(call, builder);
  const auto &left = call.ArgumentType(0), &right = call.ArgumentType(1);
  if (!right.Is(plan::TypeKind::kDecimal)) Raise(NotImplemented(call.function + " of a decimal and " + right.Sql()), call.origin);
  const bool is_integral = call.function == "div";
  DecimalShape shape{.left_scale = left.scale(), .right_scale = right.scale(), .scale = is_integral ? 0 : call.type.scale(),
                     .precision = is_integral ? 20 : call.type.precision(), .mode = call.mode, .function = call.function};
  bool always_fits = false;
  if (call.function == "add" || call.function == "subtract") {
    const int common = std::max(left.scale(), right.scale());
    const int digits = std::max(left.precision() - left.scale(), right.precision() - right.scale()) + common + 1;
    always_fits = shape.scale == common && digits <= shape.precision;
  } else if (call.function == "multiply") {
    always_fits = shape.scale == left.scale() + right.scale() && left.precision() + right.precision() <= shape.precision;
  }
  ExprPtr a = WidenDecimal(builder, std::move(call.arguments[0])), b = WidenDecimal(builder, std::move(call.arguments[1]));
  duckdb::LogicalType result = ToLogicalType(call.type);
  // The name holds the scales: the storage types say nothing of them once widened.
  Kernel kernel{.name = "decimal_" + call.function + "_" + std::string(call.ModeName()) + "_" + result.ToString(), .result = result, .function = nullptr,
                .fallibility = always_fits || call.mode != EvalMode::kAnsi ? Fallibility::kNever : Fallibility::kCanRaise, .origin = call.origin};
  duckdb::LogicalType left_type = a->return_type, right_type = b->return_type;
  kernel.function = WithWide(left_type, [&](auto l) {
    return WithWide(right_type, [&](auto r) -> duckdb::scalar_function_t {
      using L = decltype(l);
      using R = decltype(r);
      if (is_integral)
        return RowKernel<int64_t, L, R>([shape](KernelContext& context, L x, R y) { return IntegralDivideExactly(Widen(x), Widen(y), shape, context); });
      return WithDecimalStorage(result, [&](auto o) -> duckdb::scalar_function_t { return PickKernel<decltype(o), L, R>(shape, always_fits); });
    });
  });
  return builder.Call(std::move(kernel), List(std::move(a), std::move(b)));
}

}  // namespace crannog::engine::duck
