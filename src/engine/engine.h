#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/actions.h"
#include "delta/parquet_handler.h"
#include "engine/arrow_batch.h"
#include "plan/resolved_plan.h"

namespace crannog::engine {

/// What an execution may use and how it is watched. Lives as long as the stream.
struct ExecutionContext {
  std::string time_zone = "UTC";                      ///< session time zone
  std::map<std::string, std::string> settings;        ///< Spark settings that kernels read at run time
  std::shared_ptr<std::atomic<bool>> cancelled;       ///< set by anyone to stop within 100 ms
  int64_t deadline_ms = 0;                            ///< 0: none
  std::string query_id;
  std::string sql_text;                               ///< of the statement, for the fragments in query contexts; may be ""
  int64_t batch_rows_max = 10000;
};

/// The rows of a running query. Threads: one at a time, Cancel from any.
class ResultStream {
 public:
  virtual ~ResultStream() = default;
  virtual const plan::Schema& schema() const = 0;
  /// Gives the next batch, or nothing at the end. Errors are Spark conditions (DIVIDE_BY_ZERO …) with query context where known.
  virtual Result<std::optional<ArrowBatch>> Next() = 0;
  virtual void Cancel() = 0;
  /// Results of Dataset.observe, known at the end: observation's name to its metrics (name, value) in order.
  virtual std::map<std::string, std::vector<std::pair<std::string, plan::Literal>>> ObservedMetrics() const { return {}; }
};

/// A file that a query wrote, with what Delta wants to know of it.
struct WrittenFile {
  std::string path;                     ///< relative to the folder written to, as a URL path (percent-encoded)
  int64_t size_bytes = 0;
  int64_t row_count = 0;
  std::vector<std::optional<std::string>> partition_values;  ///< in the order of WriteFilesOptions::partition_columns, Delta's text form
  std::string stats_json;               ///< Delta's `stats`
};

struct WriteFilesOptions {
  std::string folder_url;
  std::string format = "parquet";
  std::vector<std::string> partition_columns;
  plan::Options options;
  int64_t target_file_bytes = 128 << 20;
  /// Names of columns in the files (column mapping), by position of the plan's output; empty: the output's names. With field ids where they exist.
  std::vector<std::string> physical_names;
  plan::Schema physical_schema;
};

/// Where rows become data files of a Delta table. Nothing refers to them until the caller commits.
struct DeltaWriteOptions {
  std::string folder_url;            ///< the table's root
  std::string key_prefix;            ///< put before every path: "" for data, "_change_data/" for change files
  delta::Metadata metadata;          ///< schema, partition columns, column mapping, statistics and codec properties of the version being written
  int64_t target_file_bytes = 128 << 20;
};

/// How plans name what a Delta scan knows of a row besides the table's columns (ResolvedScan::columns).
inline constexpr const char* kFileNumberColumn = "_metadata.file_number";  ///< LONG: position in delta::Scan::files; with the row index it names a row
inline constexpr const char* kRowIndexColumn = "_metadata.row_index";      ///< LONG: physical position in the file
inline constexpr const char* kFilePathColumn = "_metadata.file_path";      ///< STRING
/// TableSource::format whose handle is a shared_ptr<const delta::Scan> (chosen files); "delta" has a shared_ptr<const delta::Snapshot>.
inline constexpr const char* kDeltaFilesFormat = "delta_files";

/// Executes resolved plans on one compute: own memory, threads and spill folder. Threads: any.
/// Source: DESIGN.md, seam Engine.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<std::unique_ptr<ResultStream>> Execute(const plan::ResolvedPlan& plan, const ExecutionContext& context) = 0;
  /// Runs the plan and writes its rows as files; nothing refers to them yet (the caller commits or leaves orphans).
  virtual Result<std::vector<WrittenFile>> WriteFiles(const plan::ResolvedPlan& plan, const WriteFilesOptions& options,
                                                      const ExecutionContext& context) = 0;
  /// Runs the plan, whose output is the metadata's schema by position, and writes Delta data files. Gives their add actions (dataChange true).
  virtual Result<std::vector<delta::AddFile>> WriteDelta(const plan::ResolvedPlan&, const DeltaWriteOptions&, const ExecutionContext&) {
    return Failure(NotImplemented("writing Delta files with this engine"));
  }
  /// Opens files by path for reading: lists them (globs, partition folders) and infers the schema where none is given.
  /// Errors: PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA, DATA_SOURCE_NOT_FOUND.
  virtual Result<std::shared_ptr<const plan::TableSource>> OpenFiles(const plan::DataSource& source) {
    return Failure(NotImplemented("reading files of format " + source.format));
  }
  /// Reads and writes the Parquet files of Delta logs (checkpoints); null when the engine cannot.
  virtual delta::ParquetHandler* LogFiles() { return nullptr; }
  /// Gives the optimised plan as text, for EXPLAIN.
  virtual Result<std::string> Explain(const plan::ResolvedPlan& plan, const ExecutionContext& context) = 0;
  /// Evaluates an expression without columns. Errors as Execute.
  virtual Result<plan::Literal> Evaluate(const plan::ResolvedExpression& expression, const ExecutionContext& context) = 0;
};

struct DuckDbOptions {
  int64_t memory_bytes_max = 0;  ///< 0: 80 % of the machine's
  int32_t thread_count = 0;      ///< 0: one per core
  std::string spill_folder;      ///< "" means the system's temporary folder
};

/// Starts an embedded DuckDB as an engine (engine/duckdb).
Result<std::unique_ptr<Engine>> MakeDuckDbEngine(const DuckDbOptions& options);

}  // namespace crannog::engine
