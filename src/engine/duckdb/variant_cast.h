#pragma once

#include "duckdb/main/client_context.hpp"

namespace crannog::engine {

/// Teaches a DuckDB instance to cast its VARIANT (as its Parquet reader gives it, shredded or not) to STRUCT(value BLOB, metadata BLOB),
/// the form that plans use. Does nothing the second time. Threads: any.
void EnsureVariantCast(duckdb::ClientContext& context);

}  // namespace crannog::engine
