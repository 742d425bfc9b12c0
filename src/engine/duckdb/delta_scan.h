#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delta/scan.h"
#include "duckdb/main/client_context.hpp"
#include "duckdb/planner/operator/logical_get.hpp"

/// A scan of a Delta snapshot as a bound DuckDB operator: DuckDB's Parquet reader under our file list, column mapping by name or id,
/// partition constants, deletion vectors, missing columns as null, type widening, static and dynamic file pruning.
/// The connection's TimeZone must be UTC (INT96 and local timestamps are cast by it). Only local stores so far.
namespace crannog::engine {

/// Columns that every Delta scan offers after the table's own, constant per file unless said otherwise. Position in the scan: number of
/// table columns + value.
enum class DeltaMetadataColumn : uint8_t {
  kFileNumber,              ///< BIGINT: position in Scan::files; with kRowIndex it names a row
  kFilePath,                ///< VARCHAR: "file:/abs/path" as Spark's _metadata.file_path
  kFileName,                ///< VARCHAR
  kFileSize,                ///< BIGINT bytes
  kFileModificationTime,    ///< TIMESTAMP_TZ
  kBaseRowId,               ///< BIGINT, null without row tracking
  kDefaultRowCommitVersion, ///< BIGINT, null without row tracking
  kMaterializedRowId,       ///< BIGINT, per row: _metadata.row_id = coalesce(this, base + row index)
  kMaterializedRowCommitVersion,  ///< BIGINT, per row
  kRowIndex,                ///< BIGINT, per row: physical position in the file
};
inline constexpr size_t kDeltaMetadataColumns = 10;

/// One column wanted from the scan: a top-level column of the snapshot's schema, or one of the metadata columns.
struct DeltaScanColumn {
  std::optional<size_t> field;  ///< position in Snapshot::schema()
  DeltaMetadataColumn metadata = DeltaMetadataColumn::kFileNumber;  ///< when `field` is empty
};

/// Builds the operator; its output column i is columns[i], bound at (table_index, i), with the type of ToDuckDbType.
/// Throws duckdb exceptions as binders do (and at run time: a message that begins with "[DELTA_…]" for Delta's own conditions).
/// Threads: the context's.
duckdb::unique_ptr<duckdb::LogicalGet> MakeDeltaGet(duckdb::ClientContext& context, duckdb::idx_t table_index,
                                                    std::shared_ptr<const delta::Scan> scan, const std::vector<DeltaScanColumn>& columns);

/// The type of a metadata column.
duckdb::LogicalType DeltaMetadataType(DeltaMetadataColumn column);

/// Turns a DuckDB condition on the output of a Delta scan into what files can be judged by; column refs must be bound to
/// (table_index, i) with `columns` as given to MakeDeltaGet. Anything else becomes kUnknown. For DML and metadata-only plans.
delta::Predicate ToDeltaPredicate(const duckdb::Expression& condition, const delta::Snapshot& snapshot, duckdb::idx_t table_index,
                                  const std::vector<DeltaScanColumn>& columns);

}  // namespace crannog::engine
