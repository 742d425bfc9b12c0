#pragma once

#include <string>

#include "engine/duckdb/data_types.h"
#include "engine/duckdb/functions/int256.h"
#include "engine/duckdb/kernel.h"

namespace crannog::engine::duck {

/// "12.50" of unscaled 1250 and scale 2 (Java's BigDecimal.toPlainString).
std::string DecimalText(const Int256& unscaled, int scale);
inline std::string DecimalText(Int128 unscaled, int scale) { return DecimalText(Int256(unscaled), scale); }

/// Raises NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION for a value that does not fit DECIMAL(precision, scale).
[[noreturn]] void FailDecimalRange(const KernelContext& context, const std::string& value, int precision, int scale);

/// Reads any decimal storage as 128 bits.
inline Int128 Widen(int16_t value) { return value; }
inline Int128 Widen(int32_t value) { return value; }
inline Int128 Widen(int64_t value) { return value; }
inline Int128 Widen(duckdb::hugeint_t value) { return ToInt128(value); }
template <typename T>
T NarrowTo(Int128 value) {
  if constexpr (std::is_same_v<T, duckdb::hugeint_t>) {
    return ToHugeint(value);
  } else {
    return static_cast<T>(value);
  }
}

/// Calls f with a value of the physical type that carries a decimal: f(int16_t{}), f(int32_t{}), f(int64_t{}) or f(hugeint_t{}).
template <typename F>
auto WithDecimalStorage(const duckdb::LogicalType& type, F f) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16: return f(int16_t{});
    case duckdb::PhysicalType::INT32: return f(int32_t{});
    case duckdb::PhysicalType::INT64: return f(int64_t{});
    default: return f(duckdb::hugeint_t{});
  }
}

/// The same number stored with at least 18 digits: decimals then come as int64_t or hugeint_t only.
ExprPtr WidenDecimal(class PlanBuilder& builder, ExprPtr value);

}  // namespace crannog::engine::duck
