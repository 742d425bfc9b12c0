#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "delta/actions.h"
#include "delta/schema.h"
#include "delta/snapshot.h"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/materialized_query_result.hpp"
#include "duckdb/planner/logical_operator.hpp"

/// Writes the rows of a bound plan as Parquet files of a Delta table, with Delta's statistics. Only local folders so far.
namespace crannog::engine {

/// Where and how rows become files.
struct DeltaWriteTarget {
  std::string folder;                ///< absolute local path of the table (or of _change_data)
  std::string key_prefix;            ///< put before every path ("_change_data/"), "" for data
  delta::Schema schema;              ///< the columns in order, partition columns included; logical names
  std::vector<std::string> partition_columns;  ///< logical names
  delta::ColumnMappingMode column_mapping = delta::ColumnMappingMode::kNone;
  delta::StringMap configuration;    ///< the table's properties: statistics columns, codec
  int64_t target_file_bytes = 128 << 20;
};

/// The target of new data files of a snapshot's table.
DeltaWriteTarget WriteTargetOf(const delta::Snapshot& snapshot);

/// Puts a Parquet writer on top of `child`, whose output is exactly target.schema with ToDuckDbType's types. `next_table_index` gives
/// fresh indexes. The plan's result has one row per file: hand it to FinishDeltaWrite.
duckdb::unique_ptr<duckdb::LogicalOperator> MakeDeltaCopy(duckdb::ClientContext& context, const std::function<duckdb::idx_t()>& next_table_index,
                                                          duckdb::unique_ptr<duckdb::LogicalOperator> child, const DeltaWriteTarget& target);

/// Makes the written files durable and gives their add actions (dataChange true). `now_ms` is their modification time.
/// Errors: of the file system.
Result<std::vector<delta::AddFile>> FinishDeltaWrite(duckdb::MaterializedQueryResult& result, const DeltaWriteTarget& target, int64_t now_ms);

}  // namespace crannog::engine
