#pragma once

#include "engine/arrow_batch.h"
#include "engine/duckdb/data_types.h"

namespace crannog::engine::duck {

/// Collects chunks into one Arrow batch of Spark's Arrow types.
class ArrowExport {
 public:
  explicit ArrowExport(const plan::Schema& schema);

  void Append(duckdb::DataChunk& chunk, duckdb::idx_t from, duckdb::idx_t to);
  duckdb::idx_t row_count() const { return rows_; }
  /// Gives what was appended since the last Take.
  ArrowBatch Take();

 private:
  void Begin();

  const plan::Schema& schema_;
  duckdb::vector<duckdb::LogicalType> types_;
  duckdb::unique_ptr<duckdb::ArrowAppender> appender_;
  duckdb::idx_t rows_ = 0;
};

/// Builds the Arrow schema (a struct of the columns) of Spark types.
void MakeArrowSchema(const plan::Schema& schema, ArrowSchema* out);

}  // namespace crannog::engine::duck
