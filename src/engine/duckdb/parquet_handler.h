#pragma once

#include <memory>

#include "delta/parquet_handler.h"

namespace duckdb {
class DuckDB;
class DatabaseInstance;
}

namespace crannog::engine {

/// Reads and writes the Delta log's Parquet files with a DuckDB instance, which must outlive it. Threads: any (a connection per call).
std::unique_ptr<delta::ParquetHandler> MakeParquetHandler(duckdb::DatabaseInstance& database);
/// The same with a small DuckDB instance of its own, for tools and services without an engine.
Result<std::unique_ptr<delta::ParquetHandler>> MakeOwnParquetHandler();

}  // namespace crannog::engine
