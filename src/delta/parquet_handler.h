#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "delta/schema.h"
#include "io/object_store.h"

namespace crannog::delta {

/// The form in which a Parquet column is handed over.
enum class ParquetKind : uint8_t {
  kBool,
  kInt64,
  kString,
  kStringMap,   ///< MAP<STRING, STRING> as JSON object text; values may be null
  kStringList,  ///< LIST<STRING> as JSON array text
  kJson,        ///< any nested value as JSON text (DuckDB's to_json); for struct statistics
};

/// A column asked for: a path of names through structs ("add.deletionVector.offset").
struct ParquetColumn {
  std::string path;
  ParquetKind kind = ParquetKind::kString;
};

/// Some rows of one column. `texts` borrow from the reader and live until the next batch. A column that the file lacks is all null.
struct ParquetColumnData {
  std::vector<uint8_t> valid;            ///< [rows] 0 or 1
  std::vector<int64_t> numbers;          ///< [rows] kBool (0, 1), kInt64
  std::vector<std::string_view> texts;   ///< [rows] the other kinds
};

struct ParquetBatch {
  int64_t row_count = 0;
  std::vector<ParquetColumnData> columns;  ///< in the order asked for
};

/// Reads and writes Parquet for the log's own files (checkpoints). Implemented by engine/duckdb/parquet_handler.h.
/// Errors: kNotFound, kDataLoss (not Parquet, truncated, wrong types), kUnavailable. Threads: any.
class ParquetHandler {
 public:
  virtual ~ParquetHandler() = default;
  /// Gives rows in the file's order to `sink`, whose error ends the read and is returned.
  virtual Result<> Read(io::ObjectStore& store, std::string_view key, const std::vector<ParquetColumn>& columns,
                        const std::function<Result<>(const ParquetBatch&)>& sink) = 0;
  /// Writes rows given as JSON objects (one text per call of `next`, nothing at the end) with the schema. Gives the size in bytes.
  virtual Result<int64_t> Write(io::ObjectStore& store, std::string_view key, io::WriteMode mode, const Schema& schema,
                                const std::function<Result<std::optional<std::string>>()>& next) = 0;
};

}  // namespace crannog::delta
