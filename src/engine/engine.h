#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
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

/// Executes resolved plans on one compute: own memory, threads and spill folder. Threads: any.
/// Source: DESIGN.md, seam Engine.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Result<std::unique_ptr<ResultStream>> Execute(const plan::ResolvedPlan& plan, const ExecutionContext& context) = 0;
  /// Runs the plan and writes its rows as files; nothing refers to them yet (the caller commits or leaves orphans).
  virtual Result<std::vector<WrittenFile>> WriteFiles(const plan::ResolvedPlan& plan, const WriteFilesOptions& options,
                                                      const ExecutionContext& context) = 0;
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
