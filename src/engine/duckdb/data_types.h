#pragma once

#include "engine/duckdb/precompiled.h"
#include "plan/data_type.h"
#include "plan/literal.h"

/// How Spark's types are carried in DuckDB. Exact both ways given the Spark type:
/// VOID INTEGER (always NULL); TIMESTAMP as TIMESTAMP_TZ, TIMESTAMP_NTZ as TIMESTAMP; TIME BIGINT nanoseconds; YEAR-MONTH INTEGER months; DAY-TIME
/// BIGINT microseconds; CALENDAR INTERVAL as INTERVAL; VARIANT as STRUCT(value BLOB, metadata BLOB); STRING, CHAR, VARCHAR as VARCHAR; BINARY as
/// BLOB; the rest by the same name.
namespace crannog::engine::duck {

using ExprPtr = duckdb::unique_ptr<duckdb::Expression>;
using OpPtr = duckdb::unique_ptr<duckdb::LogicalOperator>;
using ExprList = duckdb::vector<ExprPtr>;

/// Gives DuckDB's type that carries the Spark type. Raises NOT_IMPLEMENTED for types without a carrier.
duckdb::LogicalType ToLogicalType(const plan::DataType& type);

/// Gives a constant of ToLogicalType(literal.type).
duckdb::Value ToValue(const plan::Literal& literal);

/// Gives the literal that a value of ToLogicalType(type) means.
plan::Literal ToLiteral(const duckdb::Value& value, const plan::DataType& type);

/// 128-bit integers: the same bits, DuckDB's alignment is smaller.
inline __int128 ToInt128(duckdb::hugeint_t value) {
  return static_cast<__int128>(static_cast<unsigned __int128>(static_cast<uint64_t>(value.upper)) << 64 | value.lower);
}
inline duckdb::hugeint_t ToHugeint(__int128 value) {
  duckdb::hugeint_t out;
  out.lower = static_cast<uint64_t>(value);
  out.upper = static_cast<int64_t>(value >> 64);
  return out;
}

}  // namespace crannog::engine::duck
