#pragma once

#include <string>

#include "engine/duckdb/functions/decimal_value.h"
#include "engine/duckdb/kernel_registry.h"
#include "engine/functions/time_zone.h"

/// Casts, one file per kind of source or target. A part gives null when the pair of types is not its own.
namespace crannog::engine::duck {

/// What every cast kernel knows.
struct CastShape {
  plan::DataType from, to;
  plan::EvalMode mode;
  std::shared_ptr<const functions::TimeZone> zone;
};

/// Raises CAST_INVALID_INPUT (with context); `value` as in Spark's message: 'text' or a number.
[[noreturn]] void FailCastInput(const KernelContext& context, const CastShape& shape, std::string value);
/// Raises CAST_OVERFLOW.
[[noreturn]] void FailCastOverflow(const KernelContext& context, const CastShape& shape, std::string value);
/// A text in single quotes, as errors show it.
std::string QuotedText(std::string_view text);

/// Parts: the kernel of a cast, or null.
duckdb::scalar_function_t CastNumber(const CastShape& shape, bool* can_raise);
duckdb::scalar_function_t CastFromString(const CastShape& shape, bool* can_raise);
duckdb::scalar_function_t CastToString(const CastShape& shape);
duckdb::scalar_function_t CastDatetime(const CastShape& shape, bool* can_raise);
duckdb::scalar_function_t CastInterval(const CastShape& shape, bool* can_raise);

/// Calls f with a value of the physical type that carries a number, date, interval or timestamp: int8_t … int64_t, float, double.
template <typename F>
duckdb::scalar_function_t WithNumber(const plan::DataType& type, F f) {
  switch (ToLogicalType(type).InternalType()) {
    case duckdb::PhysicalType::INT8: return f(int8_t{});
    case duckdb::PhysicalType::INT16: return f(int16_t{});
    case duckdb::PhysicalType::INT32: return f(int32_t{});
    case duckdb::PhysicalType::INT64: return f(int64_t{});
    case duckdb::PhysicalType::FLOAT: return f(float{});
    case duckdb::PhysicalType::DOUBLE: return f(double{});
    default: return nullptr;
  }
}

/// Spark's trimAll: drops white space and control characters at both ends.
std::string_view TrimAll(std::string_view text);

/// A number as Spark's errors show it: 1Y, 1S, 1, 1L, 1.0E10D, 2.5, 1.5BD.
std::string NumberSql(double value, plan::TypeKind kind);
std::string IntegerSql(int64_t value, plan::TypeKind kind);

}  // namespace crannog::engine::duck
