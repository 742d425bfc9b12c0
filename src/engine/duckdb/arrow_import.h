#pragma once

#include <memory>
#include <string>

#include "engine/duckdb/data_types.h"

namespace crannog::engine::duck {

/// Reads an Arrow IPC stream into rows of ToLogicalType of the schema's types, columns by position. Arrow types are what PySpark sends for the Spark
/// types (also large strings, dictionary-free). Raises CONNECT-like INVALID data as INTERNAL_ERROR naming the column.
std::shared_ptr<duckdb::ColumnDataCollection> ReadArrowIpc(const std::string& ipc, const plan::Schema& schema);

}  // namespace crannog::engine::duck
