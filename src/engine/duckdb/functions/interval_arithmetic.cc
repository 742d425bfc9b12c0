#include <cmath>
#include <limits>

#include "engine/duckdb/functions/arithmetic.h"
#include "engine/duckdb/functions/decimal_value.h"

namespace crannog::engine::duck {
namespace {

using plan::EvalMode;
using plan::TypeKind;

bool IsInterval(const plan::DataType& type) { return type.IsAnsiInterval() || type.Is(TypeKind::kCalendarInterval); }

[[noreturn]] void FailInterval(const KernelContext& context, std::string_view try_function) {
  if (try_function.empty()) context.Fail("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION");
  context.Fail("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION", {{"functionName", "`" + std::string(try_function) + "`"}});
}

// Months or microseconds, added.
template <typename T>
duckdb::scalar_function_t Additive(bool is_minus, EvalMode mode) {
  return RowKernel<T, T, T>([=](KernelContext& context, T a, T b) -> std::optional<T> {
    T out;
    if (is_minus ? __builtin_sub_overflow(a, b, &out) : __builtin_add_overflow(a, b, &out)) [[unlikely]] {
      if (mode == EvalMode::kTry) return std::nullopt;
      FailInterval(context, is_minus ? "try_subtract" : "try_add");
    }
    return out;
  });
}

template <typename T>
std::optional<T> Narrow(Int128 value) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return std::nullopt;
  return static_cast<T>(value);
}

// Rounds half away from zero; nothing when it does not fit.
template <typename T>
std::optional<T> RoundHalfUp(double value) {
  if (std::isnan(value)) return std::nullopt;
  const double rounded = std::round(value);
  if (!(rounded >= -std::ldexp(1.0, sizeof(T) * 8 - 1) && rounded < std::ldexp(1.0, sizeof(T) * 8 - 1))) return std::nullopt;
  return static_cast<T>(rounded);
}

Int128 DivideHalfUp(Int128 a, Int128 b) {
  Int128 quotient = a / b, remainder = a % b;
  if (remainder < 0) remainder = -remainder;
  const Int128 size = b < 0 ? -b : b;
  if (remainder * 2 >= size) quotient += (a < 0) == (b < 0) ? 1 : -1;
  return quotient;
}

template <typename T, typename N>
std::optional<T> Scale(KernelContext& context, T interval, N number, bool is_division, int scale, EvalMode mode) {
  std::optional<T> out;
  if constexpr (std::is_floating_point_v<N>) {
    if (is_division && number == 0) {
      if (mode == EvalMode::kTry) return std::nullopt;
      context.Fail("INTERVAL_DIVIDED_BY_ZERO");
    }
    out = RoundHalfUp<T>(is_division ? static_cast<double>(interval) / number : static_cast<double>(interval) * number);
  } else {
    Int128 n = Widen(number);
    if (is_division && n == 0) {
      if (mode == EvalMode::kTry) return std::nullopt;
      context.Fail("INTERVAL_DIVIDED_BY_ZERO");
    }
    if (!is_division) {
      Int256 product = Int256::Product(interval, n);
      product.ScaleDown(scale);
      auto narrow = product.Narrow();
      if (narrow) out = Narrow<T>(*narrow);
    } else {
      Int256 numerator(interval);
      numerator.ScaleUp(scale);
      auto narrow = numerator.DivideHalfUp(Int256(n)).Narrow();
      if (narrow) out = Narrow<T>(*narrow);
    }
  }
  if (!out) {
    if (mode == EvalMode::kTry) return std::nullopt;
    FailInterval(context, is_division ? "try_divide" : "try_multiply");
  }
  return out;
}

template <typename T>
duckdb::scalar_function_t Scaling(const plan::DataType& number, const duckdb::LogicalType& carried, bool is_division, EvalMode mode) {
  const int scale = number.Is(TypeKind::kDecimal) ? number.scale() : 0;
  auto of = [=](auto zero) -> duckdb::scalar_function_t {
    using N = decltype(zero);
    return RowKernel<T, T, N>([=](KernelContext& context, T interval, N n) { return Scale<T, N>(context, interval, n, is_division, scale, mode); });
  };
  switch (carried.InternalType()) {
    case duckdb::PhysicalType::INT16: return of(int16_t{});
    case duckdb::PhysicalType::INT32: return of(int32_t{});
    case duckdb::PhysicalType::INT64: return of(int64_t{});
    case duckdb::PhysicalType::INT128: return of(duckdb::hugeint_t{});
    case duckdb::PhysicalType::FLOAT: return of(float{});
    case duckdb::PhysicalType::DOUBLE: return of(double{});
    default: return nullptr;
  }
}

ExprPtr BindCalendar(KernelCall& call, PlanBuilder& builder) {
  using duckdb::interval_t;
  const std::string name = call.function;
  Kernel kernel{.name = "calendar_" + name, .result = duckdb::LogicalType::INTERVAL, .function = nullptr, .origin = call.origin};
  if (name == "negate") {
    kernel.function = RowKernel<interval_t, interval_t>([](KernelContext&, interval_t a) { return interval_t{-a.months, -a.days, -a.micros}; });
  } else if (name == "add" || name == "subtract") {
    const int sign = name == "add" ? 1 : -1;
    kernel.function = RowKernel<interval_t, interval_t, interval_t>([sign](KernelContext& context, interval_t a, interval_t b) {
      interval_t out;
      if (__builtin_add_overflow(a.months, sign * b.months, &out.months) || __builtin_add_overflow(a.days, sign * b.days, &out.days) ||
          __builtin_add_overflow(a.micros, sign * b.micros, &out.micros))
        FailInterval(context, sign > 0 ? "try_add" : "try_subtract");
      return out;
    });
  } else {
    const bool is_division = name == "divide";
    // Spark carries the fractions down: months to days of 30, days to microseconds.
    kernel.function = RowKernel<interval_t, interval_t, double>([is_division](KernelContext& context, interval_t a, double n) {
      if (is_division && n == 0) context.Fail("INTERVAL_DIVIDED_BY_ZERO");
      const double factor = is_division ? 1 / n : n;
      (void)factor;
      const double months = is_division ? a.months / n : a.months * n;
      const double days = (is_division ? a.days / n : a.days * n) + 30 * (months - std::trunc(months));
      const double micros = (is_division ? static_cast<double>(a.micros) / n : static_cast<double>(a.micros) * n) + 86400e6 * (days - std::trunc(days));
      return interval_t{static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(std::llround(micros))};
    });
    if (call.arguments[1]->return_type != duckdb::LogicalType::DOUBLE)
      call.arguments[1] = BindCast({.from = call.ArgumentType(1), .to = plan::DataType::Double(), .zone = "UTC", .origin = call.origin},
                                   std::move(call.arguments[1]), builder);
  }
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

}  // namespace

bool IsIntervalCall(const KernelCall& call) {
  return IsInterval(call.ArgumentType(0)) || (call.arguments.size() > 1 && IsInterval(call.ArgumentType(1)));
}

ExprPtr BindIntervalArithmetic(KernelCall& call, PlanBuilder& builder) {
  if (call.arguments.size() > 1 && !IsInterval(call.ArgumentType(0))) {
    // number * interval
    Raise(NotImplemented(call.function + " with the interval second"), call.origin);
  }
  if (call.ArgumentType(0).Is(TypeKind::kCalendarInterval)) return BindCalendar(call, builder);
  const bool is_months = call.ArgumentType(0).Is(TypeKind::kYearMonthInterval);
  Kernel kernel{.name = "interval_" + call.function + "_" + std::string(call.ModeName()) + (is_months ? "_ym" : "_dt") + call.ArgumentType(1).Sql(),
                .result = call.arguments[0]->return_type, .function = nullptr, .origin = call.origin};
  if (call.function == "add" || call.function == "subtract") {
    const bool is_minus = call.function == "subtract";
    kernel.function = is_months ? Additive<int32_t>(is_minus, call.mode) : Additive<int64_t>(is_minus, call.mode);
  } else if (call.function == "div") {
    // interval div interval
    kernel.result = duckdb::LogicalType::BIGINT;
    auto divide = [](KernelContext& context, auto a, auto b) -> int64_t {
      if (b == 0) context.Fail("INTERVAL_DIVIDED_BY_ZERO");
      if (b == -1 && static_cast<int64_t>(a) == std::numeric_limits<int64_t>::min()) FailOverflow(context, "Overflow in integral divide.", "try_divide");
      return static_cast<int64_t>(a) / static_cast<int64_t>(b);
    };
    kernel.function = is_months ? RowKernel<int64_t, int32_t, int32_t>(divide) : RowKernel<int64_t, int64_t, int64_t>(divide);
  } else {
    const bool is_division = call.function == "divide";
    if (call.arguments[1]->return_type == duckdb::LogicalType::TINYINT)
      call.arguments[1] = BindCast({.from = call.ArgumentType(1), .to = plan::DataType::Int(), .zone = "UTC"}, std::move(call.arguments[1]), builder);
    auto carried = call.arguments[1]->return_type;
    kernel.function = is_months ? Scaling<int32_t>(call.ArgumentType(1), carried, is_division, call.mode)
                                : Scaling<int64_t>(call.ArgumentType(1), carried, is_division, call.mode);
    if (kernel.function == nullptr) Raise(NotImplemented(call.function + " of an interval and " + call.ArgumentType(1).Sql()), call.origin);
  }
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

}  // namespace crannog::engine::duck
