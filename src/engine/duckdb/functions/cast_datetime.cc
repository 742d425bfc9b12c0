#include <cmath>
#include <limits>

#include "engine/duckdb/functions/cast.h"
#include "engine/functions/interval_text.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using plan::EvalMode;
using plan::TypeKind;

namespace {

constexpr int64_t kSecond = 1000000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

template <typename To>
std::optional<To> Narrow(const KernelContext& context, const CastShape& shape, int64_t value, const std::string& shown) {
  if (value >= std::numeric_limits<To>::min() && value <= std::numeric_limits<To>::max()) return static_cast<To>(value);
  if (shape.mode == EvalMode::kLegacy) return static_cast<To>(value);
  if (shape.mode == EvalMode::kTry) return std::nullopt;
  FailCastOverflow(context, shape, shown);
}

// Instants to numbers: whole seconds down, or seconds with a fraction.
duckdb::scalar_function_t TimestampToNumber(const CastShape& shape, bool* can_raise) {
  if (shape.to.Is(TypeKind::kBoolean)) return RowKernel<bool, int64_t>([](KernelContext&, int64_t micros) { return micros != 0; });
  if (shape.to.Is(TypeKind::kDecimal)) {
    *can_raise = true;
    return WithDecimalStorage(ToLogicalType(shape.to), [&](auto zero) -> duckdb::scalar_function_t {
      using Out = decltype(zero);
      return RowKernel<Out, int64_t>([shape](KernelContext& context, int64_t micros) -> std::optional<Out> {
        auto value = functions::RescaleDecimal(micros, 6, shape.to.scale(), functions::Rounding::kHalfUp);
        const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.to.precision())];
        if (value && *value < limit && *value > -limit) return NarrowTo<Out>(*value);
        if (shape.mode == EvalMode::kAnsi) FailDecimalRange(context, DecimalText(micros, 6), shape.to.precision(), shape.to.scale());
        return std::nullopt;
      });
    });
  }
  if (!shape.to.IsNumeric()) return nullptr;
  *can_raise = shape.to.IsIntegral() && !shape.to.Is(TypeKind::kLong);
  return WithNumber(shape.to, [&](auto zero) -> duckdb::scalar_function_t {
    using To = decltype(zero);
    return RowKernel<To, int64_t>([shape](KernelContext& context, int64_t micros) -> std::optional<To> {
      if constexpr (std::is_floating_point_v<To>) {
        return static_cast<To>(static_cast<double>(micros) / 1e6);
      } else {
        const int64_t seconds = FloorDivide(micros, kSecond);
        return Narrow<To>(context, shape, seconds, "TIMESTAMP of " + std::to_string(seconds) + " seconds");
      }
    });
  });
}

duckdb::scalar_function_t NumberToTimestamp(const CastShape& shape, bool* can_raise) {
  if (shape.from.Is(TypeKind::kBoolean)) return RowKernel<int64_t, bool>([](KernelContext&, bool value) { return int64_t{value ? 1 : 0}; });
  if (shape.from.Is(TypeKind::kDecimal)) {
    return WithDecimalStorage(ToLogicalType(shape.from), [&](auto zero) -> duckdb::scalar_function_t {
      using From = decltype(zero);
      return RowKernel<int64_t, From>([scale = shape.from.scale()](KernelContext&, From value) {
        return static_cast<int64_t>(functions::RescaleDecimal(Widen(value), scale, 6, functions::Rounding::kDown).value_or(0));
      });
    });
  }
  if (!shape.from.IsNumeric()) return nullptr;
  *can_raise = shape.from.IsFractional();
  return WithNumber(shape.from, [&](auto zero) -> duckdb::scalar_function_t {
    using From = decltype(zero);
    return RowKernel<int64_t, From>([shape](KernelContext& context, From value) -> std::optional<int64_t> {
      if constexpr (std::is_floating_point_v<From>) {
        if (!std::isfinite(value)) {
          if (shape.mode != EvalMode::kAnsi) return std::nullopt;
          CastShape as_double = shape;
          as_double.from = plan::DataType::Double();
          FailCastInput(context, as_double, NumberSql(value, TypeKind::kDouble));
        }
        const double micros = static_cast<double>(value) * 1e6;
        if (micros >= 9223372036854775807.0) return std::numeric_limits<int64_t>::max();
        if (micros <= -9223372036854775808.0) return std::numeric_limits<int64_t>::min();
        return static_cast<int64_t>(micros);
      } else {
        int64_t micros;
        if (__builtin_mul_overflow(static_cast<int64_t>(value), kSecond, &micros))
          return value > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
        return micros;
      }
    });
  });
}

int64_t FieldMicros(int field) { return field == 0 ? kDay : field == 1 ? kHour : field == 2 ? kMinute : kSecond; }

std::string ShowInterval(const plan::DataType& type, int64_t value) {
  if (type.Is(TypeKind::kYearMonthInterval))
    return functions::FormatYearMonthInterval(static_cast<int32_t>(value), functions::IntervalStyle::kAnsi, type.start_field(), type.end_field());
  return functions::FormatDayTimeInterval(value, functions::IntervalStyle::kAnsi, type.start_field(), type.end_field());
}

// Intervals to numbers: in units of their last field.
duckdb::scalar_function_t IntervalToNumber(const CastShape& shape) {
  const bool is_months = shape.from.Is(TypeKind::kYearMonthInterval);
  const int64_t unit = is_months ? (shape.from.end_field() == 0 ? 12 : 1) : FieldMicros(shape.from.end_field());
  if (shape.to.Is(TypeKind::kDecimal)) {
    return WithDecimalStorage(ToLogicalType(shape.to), [&](auto zero) -> duckdb::scalar_function_t {
      using Out = decltype(zero);
      auto convert = [shape, unit, is_months](KernelContext& context, auto value) -> std::optional<Out> {
        // Seconds keep their fraction, other fields are whole.
        const bool is_seconds = !is_months && unit == kSecond;
        const Int128 unscaled = is_seconds ? value : value / unit;
        auto scaled = functions::RescaleDecimal(unscaled, is_seconds ? 6 : 0, shape.to.scale(), functions::Rounding::kHalfUp);
        const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.to.precision())];
        if (scaled && *scaled < limit && *scaled > -limit) return NarrowTo<Out>(*scaled);
        if (shape.mode == EvalMode::kAnsi)
          FailDecimalRange(context, DecimalText(unscaled, is_seconds ? 6 : 0), shape.to.precision(), shape.to.scale());
        return std::nullopt;
      };
      if (is_months) return RowKernel<Out, int32_t>(convert);
      return RowKernel<Out, int64_t>(convert);
    });
  }
  if (!shape.to.IsIntegral()) return nullptr;
  return WithNumber(shape.to, [&](auto zero) -> duckdb::scalar_function_t {
    using To = decltype(zero);
    if constexpr (std::is_integral_v<To>) {
      auto convert = [shape, unit](KernelContext& context, auto value) -> std::optional<To> {
        const int64_t number = static_cast<int64_t>(value) / unit;
        if (number >= std::numeric_limits<To>::min() && number <= std::numeric_limits<To>::max()) return static_cast<To>(number);
        if (shape.mode == EvalMode::kTry) return std::nullopt;
        FailCastOverflow(context, shape, ShowInterval(shape.from, value));
      };
      if (is_months) return RowKernel<To, int32_t>(convert);
      return RowKernel<To, int64_t>(convert);
    }
    return nullptr;
  });
}

// Numbers to intervals: in units of the target's last field.
duckdb::scalar_function_t NumberToInterval(const CastShape& shape) {
  const bool is_months = shape.to.Is(TypeKind::kYearMonthInterval);
  const int64_t unit = is_months ? (shape.to.end_field() == 0 ? 12 : 1) : FieldMicros(shape.to.end_field());
  auto finish = [shape, is_months](KernelContext& context, bool overflows, int64_t value, const std::string& shown) -> std::optional<int64_t> {
    if (!overflows && (!is_months || (value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max()))) return value;
    if (shape.mode == EvalMode::kTry) return std::nullopt;
    FailCastOverflow(context, shape, shown);
  };
  auto store = [&](auto convert, auto from) -> duckdb::scalar_function_t {
    using From = decltype(from);
    if (is_months)
      return RowKernel<int32_t, From>([convert](KernelContext& context, From value) -> std::optional<int32_t> {
        auto out = convert(context, value);
        return out ? std::optional<int32_t>(static_cast<int32_t>(*out)) : std::nullopt;
      });
    return RowKernel<int64_t, From>(convert);
  };
  if (shape.from.Is(TypeKind::kDecimal)) {
    return WithDecimalStorage(ToLogicalType(shape.from), [&](auto zero) -> duckdb::scalar_function_t {
      using From = decltype(zero);
      return store(
          [shape, unit, finish](KernelContext& context, From value) -> std::optional<int64_t> {
            Int256 product = Int256::Product(Widen(value), unit);
            product.ScaleDown(shape.from.scale());
            auto narrow = product.Narrow();
            const bool fits = narrow && *narrow >= std::numeric_limits<int64_t>::min() && *narrow <= std::numeric_limits<int64_t>::max();
            return finish(context, !fits, fits ? static_cast<int64_t>(*narrow) : 0, DecimalText(Widen(value), shape.from.scale()) + "BD");
          },
          zero);
    });
  }
  if (!shape.from.IsIntegral()) return nullptr;
  return WithNumber(shape.from, [&](auto zero) -> duckdb::scalar_function_t {
    using From = decltype(zero);
    return store(
        [shape, unit, finish](KernelContext& context, From value) -> std::optional<int64_t> {
          int64_t out;
          bool overflows = __builtin_mul_overflow(static_cast<int64_t>(value), unit, &out);
          return finish(context, overflows, out, IntegerSql(static_cast<int64_t>(value), shape.from.kind()));
        },
        zero);
  });
}

}  // namespace

duckdb::scalar_function_t CastInterval(const CastShape& shape, bool* can_raise) {
  if (shape.from.IsAnsiInterval() && shape.to.kind() == shape.from.kind()) {
    // The target's last field truncates.
    const bool is_months = shape.from.Is(TypeKind::kYearMonthInterval);
    const int64_t unit = is_months ? (shape.to.end_field() == 0 ? 12 : 1) : (shape.to.end_field() == 3 ? 1 : FieldMicros(shape.to.end_field()));
    if (is_months) return RowKernel<int32_t, int32_t>([unit](KernelContext&, int32_t value) { return static_cast<int32_t>(value - value % unit); });
    return RowKernel<int64_t, int64_t>([unit](KernelContext&, int64_t value) { return value - value % unit; });
  }
  if (shape.from.IsAnsiInterval() && shape.to.IsNumeric()) {
    *can_raise = true;
    return IntervalToNumber(shape);
  }
  if (shape.to.IsAnsiInterval() && shape.from.IsNumeric()) {
    *can_raise = true;
    return NumberToInterval(shape);
  }
  return nullptr;
}

duckdb::scalar_function_t CastDatetime(const CastShape& shape, bool* can_raise) {
  const TypeKind from = shape.from.kind(), to = shape.to.kind();
  auto zone = shape.zone;
  if (from == TypeKind::kDate && to == TypeKind::kTimestamp)
    return RowKernel<int64_t, int32_t>([zone](KernelContext&, int32_t days) { return zone->ToUtc(static_cast<int64_t>(days) * kDay); });
  if (from == TypeKind::kTimestamp && to == TypeKind::kDate)
    return RowKernel<int32_t, int64_t>([zone](KernelContext&, int64_t micros) { return static_cast<int32_t>(FloorDivide(zone->ToLocal(micros), kDay)); });
  if (from == TypeKind::kTimestampNtz && to == TypeKind::kDate)
    return RowKernel<int32_t, int64_t>([](KernelContext&, int64_t micros) { return static_cast<int32_t>(FloorDivide(micros, kDay)); });
  if (from == TypeKind::kTimestamp && to == TypeKind::kTimestampNtz)
    return RowKernel<int64_t, int64_t>([zone](KernelContext&, int64_t micros) { return zone->ToLocal(micros); });
  if (from == TypeKind::kTimestampNtz && to == TypeKind::kTimestamp)
    return RowKernel<int64_t, int64_t>([zone](KernelContext&, int64_t micros) { return zone->ToUtc(micros); });
  if (from == TypeKind::kTimestamp && to == TypeKind::kTime)
    return RowKernel<int64_t, int64_t>([zone](KernelContext&, int64_t micros) {
      int64_t local = zone->ToLocal(micros);
      return (local - FloorDivide(local, kDay) * kDay) * 1000;
    });
  if (from == TypeKind::kTimestampNtz && to == TypeKind::kTime)
    return RowKernel<int64_t, int64_t>([](KernelContext&, int64_t micros) { return (micros - FloorDivide(micros, kDay) * kDay) * 1000; });
  if (from == TypeKind::kTime && to == TypeKind::kTime) {
    const auto unit = static_cast<int64_t>(kPowersOfTen[static_cast<size_t>(9 - shape.to.precision())]);
    return RowKernel<int64_t, int64_t>([unit](KernelContext&, int64_t nanos) { return nanos - nanos % unit; });
  }
  if (from == TypeKind::kTime && shape.to.IsIntegral()) {
    *can_raise = true;
    return WithNumber(shape.to, [&](auto zero) -> duckdb::scalar_function_t {
      using To = decltype(zero);
      return RowKernel<To, int64_t>([shape](KernelContext& context, int64_t nanos) -> std::optional<To> {
        int64_t seconds = nanos / 1000000000;
        if constexpr (std::is_integral_v<To>) {
          if (seconds <= std::numeric_limits<To>::max()) return static_cast<To>(seconds);
          if (shape.mode == EvalMode::kTry) return std::nullopt;
          char text[32];
          snprintf(text, sizeof text, "TIME '%02d:%02d:%02d'", static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
          FailCastOverflow(context, shape, text);
        } else {
          return static_cast<To>(seconds);
        }
      });
    });
  }
  if (from == TypeKind::kTime && to == TypeKind::kDecimal) {
    return WithDecimalStorage(ToLogicalType(shape.to), [&](auto zero) -> duckdb::scalar_function_t {
      using Out = decltype(zero);
      return RowKernel<Out, int64_t>([shape](KernelContext& context, int64_t nanos) -> std::optional<Out> {
        auto value = functions::RescaleDecimal(nanos, 9, shape.to.scale(), functions::Rounding::kHalfUp);
        const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.to.precision())];
        if (value && *value < limit) return NarrowTo<Out>(*value);
        if (shape.mode == EvalMode::kAnsi) FailDecimalRange(context, DecimalText(nanos, 9), shape.to.precision(), shape.to.scale());
        return std::nullopt;
      });
    });
  }
  // Dates as numbers are NULL where they are allowed at all (legacy mode).
  if (from == TypeKind::kDate && (shape.to.IsNumeric() || to == TypeKind::kBoolean)) {
    if (to == TypeKind::kDecimal || to == TypeKind::kBoolean) return nullptr;
    return WithNumber(shape.to, [&](auto zero) -> duckdb::scalar_function_t {
      using To = decltype(zero);
      return RowKernel<To, int32_t>([](KernelContext&, int32_t) -> std::optional<To> { return std::nullopt; });
    });
  }
  if (from == TypeKind::kTimestamp) return TimestampToNumber(shape, can_raise);
  if (to == TypeKind::kTimestamp) return NumberToTimestamp(shape, can_raise);
  return nullptr;
}

}  // namespace crannog::engine::duck
