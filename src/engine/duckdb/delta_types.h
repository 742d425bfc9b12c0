#pragma once

#include "delta/predicate.h"
#include "delta/schema.h"
#include "delta/value.h"
#include "duckdb/common/types.hpp"
#include "duckdb/common/types/value.hpp"

/// Between Delta's types and values and DuckDB's. TIMESTAMP is TIMESTAMP_TZ, TIMESTAMP_NTZ is TIMESTAMP, VARIANT is
/// STRUCT(value BLOB, metadata BLOB), VOID is INTEGER (never stored). Threads: any.
namespace crannog::engine {

enum class FieldNames : uint8_t { kLogical, kPhysical };

/// Gives the DuckDB type of a Delta type; struct fields carry logical or physical names.
duckdb::LogicalType ToDuckDbType(const delta::Type& type, FieldNames names = FieldNames::kLogical);
/// Gives a partition value (or another constant) as a DuckDB value of the type.
duckdb::Value ToDuckDbValue(const delta::Value& value, const delta::Type& type);
/// Gives a DuckDB constant as a Delta value; nothing when its type is not exactly the column's.
std::optional<delta::Value> ToDeltaValue(const duckdb::Value& value, const delta::Type& type);

}  // namespace crannog::engine
