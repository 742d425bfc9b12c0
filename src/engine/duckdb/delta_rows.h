#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/parquet_handler.h"
#include "delta/scan.h"
#include "delta/snapshot.h"

namespace crannog::engine {

/// Reads whole tables as texts, for tools and tests: a DuckDB instance of its own, no SQL semantics of Spark. Threads: one at a time.
class DeltaRows {
 public:
  virtual ~DeltaRows() = default;
  /// One text per row, cells separated by U+001F, columns in the schema's order, in no order of rows. Errors: kDataLoss, of the store.
  virtual Result<std::vector<std::string>> Read(delta::Scan scan) = 0;
  /// The same from plain Parquet files with these columns (by name, cast to the schema's types); a column that no file has is an error.
  virtual Result<std::vector<std::string>> ReadParquet(const std::vector<std::string>& paths, const delta::Schema& schema) = 0;
  /// Names of the files' columns.
  virtual Result<std::vector<std::string>> ParquetColumns(const std::vector<std::string>& paths) = 0;
  /// Runs a SELECT and writes its rows as data files of the target's table (see delta_write.h for shapes). Gives their add actions.
  virtual Result<std::vector<delta::AddFile>> Write(const std::string& select, const delta::Snapshot& snapshot, int64_t now_ms) = 0;
  virtual delta::ParquetHandler& parquet() = 0;
};

Result<std::unique_ptr<DeltaRows>> MakeDeltaRows();

}  // namespace crannog::engine
