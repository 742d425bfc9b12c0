#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/duckdb/arrow_export.h"
#include "engine/duckdb/delta_types.h"
#include "engine/duckdb/delta_write.h"
#include "engine/duckdb/lowering.h"
#include "engine/duckdb/parquet_handler.h"
#include "engine/engine.h"

namespace crannog::engine {
namespace duck {
namespace {

constexpr const char* kLibraryVersion = "v1.5.6";
constexpr const char* kLibrarySource = "069cc9f9b5";
constexpr size_t kIdleConnectionCountMax = 16;
constexpr auto kWatchInterval = std::chrono::milliseconds(20);

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

enum class StopReason : int { kNone, kCancelled, kDeadline };

// One running statement as the watcher sees it.
struct Running {
  duckdb::shared_ptr<duckdb::ClientContext> context;
  std::shared_ptr<std::atomic<bool>> cancelled;
  int64_t deadline_ms = 0;
  std::atomic<StopReason> stopped{StopReason::kNone};

  void Stop(StopReason reason) {
    StopReason none = StopReason::kNone;
    stopped.compare_exchange_strong(none, reason);
    context->Interrupt();
  }
};

// Interrupts statements whose flag is set or whose time is up; one thread per engine, asleep while nothing runs.
class Watcher {
 public:
  Watcher() : thread_([this] { Watch(); }) {}
  ~Watcher() {
    {
      std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void Add(const std::shared_ptr<Running>& running) {
    if (!running->cancelled && running->deadline_ms == 0) return;
    {
      std::lock_guard lock(mutex_);
      running_.push_back(running);
    }
    wake_.notify_all();
  }
  void Remove(const Running* running) {
    std::lock_guard lock(mutex_);
    std::erase_if(running_, [&](const auto& other) { return other.get() == running; });
  }

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
      if (running_.empty()) {
        wake_.wait(lock);
        continue;
      }
      for (const auto& running : running_) {
        if (running->cancelled && running->cancelled->load()) running->Stop(StopReason::kCancelled);
        if (running->deadline_ms != 0 && NowMs() > running->deadline_ms) running->Stop(StopReason::kDeadline);
      }
      wake_.wait_for(lock, kWatchInterval);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::shared_ptr<Running>> running_;
  bool is_ending_ = false;
  std::thread thread_;
};

// The shared part of engine and streams.
struct Compute {
  explicit Compute(duckdb::DBConfig& config) : database(nullptr, &config) {}

  duckdb::DuckDB database;
  KernelRegistry kernels;
  std::mutex mutex;
  std::vector<duckdb::unique_ptr<duckdb::Connection>> idle;
  Watcher watcher;

  duckdb::unique_ptr<duckdb::Connection> Take() {
    {
      std::lock_guard lock(mutex);
      if (!idle.empty()) {
        auto connection = std::move(idle.back());
        idle.pop_back();
        return connection;
      }
    }
    return duckdb::make_uniq<duckdb::Connection>(database);
  }
  void Return(duckdb::unique_ptr<duckdb::Connection> connection) {
    std::lock_guard lock(mutex);
    if (idle.size() < kIdleConnectionCountMax) idle.push_back(std::move(connection));
  }
};

// A connection inside a transaction, running one statement. Ends the transaction and gives the connection back.
class Statement {
 public:
  Statement(std::shared_ptr<Compute> compute, const ExecutionContext& execution)
      : compute_(std::move(compute)), execution_(execution), connection_(compute_->Take()), running_(std::make_shared<Running>()) {
    running_->context = connection_->context;
    running_->cancelled = execution.cancelled;
    running_->deadline_ms = execution.deadline_ms;
    connection_->BeginTransaction();
    compute_->watcher.Add(running_);
  }
  ~Statement() {
    compute_->watcher.Remove(running_.get());
    bool is_clean = true;
    try {
      connection_->context->ClearInterrupt();
      if (connection_->HasActiveTransaction()) connection_->Rollback();
    } catch (const std::exception&) {
      is_clean = false;
    }
    if (is_clean) compute_->Return(std::move(connection_));
  }

  duckdb::Connection& connection() { return *connection_; }
  duckdb::ClientContext& context() { return *connection_->context; }
  const ExecutionContext& execution() const { return execution_; }
  const KernelRegistry& kernels() const { return compute_->kernels; }
  void Cancel() { running_->Stop(StopReason::kCancelled); }

  Error Translate(const duckdb::ErrorData& error) const {
    if (running_->stopped == StopReason::kDeadline)
      return MakeError(ErrorCode::kDeadlineExceeded, "the statement ran longer than its time limit", "raise the statement timeout");
    return TakeError(error, execution_.sql_text);
  }

 private:
  std::shared_ptr<Compute> compute_;
  ExecutionContext execution_;
  duckdb::unique_ptr<duckdb::Connection> connection_;
  std::shared_ptr<Running> running_;
};

class DuckDbStream final : public ResultStream {
 public:
  DuckDbStream(std::unique_ptr<Statement> statement, plan::Schema schema, duckdb::unique_ptr<duckdb::QueryResult> result)
      : statement_(std::move(statement)), schema_(std::move(schema)), export_(schema_), result_(std::move(result)) {}
  ~DuckDbStream() override { result_.reset(); }

  const plan::Schema& schema() const override { return schema_; }

  Result<std::optional<ArrowBatch>> Next() override {
    if (is_done_) return std::nullopt;
    try {
      const auto limit = static_cast<duckdb::idx_t>(std::max<int64_t>(1, statement_->execution().batch_rows_max));
      while (export_.row_count() < limit) {
        if (!chunk_ || position_ >= chunk_->size()) {
          chunk_ = result_->FetchRaw();
          position_ = 0;
          if (result_->HasError()) return End(result_->GetErrorObject());
          if (!chunk_ || chunk_->size() == 0) {
            is_done_ = true;
            break;
          }
        }
        const duckdb::idx_t stop = std::min(chunk_->size(), position_ + limit - export_.row_count());
        export_.Append(*chunk_, position_, stop);
        position_ = stop;
      }
      if (is_done_) Close();
      if (export_.row_count() == 0) return std::nullopt;
      return export_.Take();
    } catch (const std::exception& exception) {
      return End(duckdb::ErrorData(exception));
    }
  }

  void Cancel() override {
    std::lock_guard lock(mutex_);
    if (statement_) statement_->Cancel();
  }

 private:
  Result<std::optional<ArrowBatch>> End(const duckdb::ErrorData& error) {
    is_done_ = true;
    Error translated = statement_->Translate(error);
    Close();
    return Failure(std::move(translated));
  }
  void Close() {
    std::lock_guard lock(mutex_);
    chunk_.reset();
    result_.reset();
  }

  std::mutex mutex_;
  std::unique_ptr<Statement> statement_;
  plan::Schema schema_;
  ArrowExport export_;
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  duckdb::unique_ptr<duckdb::DataChunk> chunk_;
  duckdb::idx_t position_ = 0;
  bool is_done_ = false;
};

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(std::shared_ptr<Compute> compute)
      : compute_(std::move(compute)), log_files_(MakeParquetHandler(*compute_->database.instance)) {}

  Result<std::unique_ptr<ResultStream>> Execute(const plan::ResolvedPlan& plan, const ExecutionContext& context) override {
    return Guard(context, [&](std::unique_ptr<Statement> statement) -> Result<std::unique_ptr<ResultStream>> {
      auto result = Run(*statement, plan, duckdb::QueryResultOutputType::ALLOW_STREAMING);
      if (result->HasError()) return Failure(statement->Translate(result->GetErrorObject()));
      return std::make_unique<DuckDbStream>(std::move(statement), plan::OutputSchema(plan), std::move(result));
    });
  }

  Result<std::vector<WrittenFile>> WriteFiles(const plan::ResolvedPlan&, const WriteFilesOptions& options, const ExecutionContext&) override {
    return Failure(NotImplemented("writing files of format " + options.format));
  }

  Result<std::vector<delta::AddFile>> WriteDelta(const plan::ResolvedPlan& plan, const DeltaWriteOptions& options, const ExecutionContext& context) override {
    DeltaWriteTarget target;
    TRY(target, TargetOf(options));
    return Guard(context, [&](std::unique_ptr<Statement> statement) -> Result<std::vector<delta::AddFile>> {
      Lowering lowering(statement->context(), statement->kernels(), statement->execution());
      duckdb::vector<duckdb::LogicalType> types;
      for (const delta::Field& field : target.schema) types.push_back(ToDuckDbType(field.type));
      OpPtr root = lowering.WithTypes(lowering.LowerRoot(plan), types);
      root = MakeDeltaCopy(statement->context(), [&lowering] { return lowering.builder().NextIndex(); }, std::move(root), target);
      root->ResolveOperatorTypes();
      auto result = statement->context().Query(duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(root)),
                                               duckdb::QueryParameters(duckdb::QueryResultOutputType::FORCE_MATERIALIZED));
      if (result->HasError()) return Failure(statement->Translate(result->GetErrorObject()));
      return FinishDeltaWrite(result->Cast<duckdb::MaterializedQueryResult>(), target, NowMs());
    });
  }

  delta::ParquetHandler* LogFiles() override { return log_files_.get(); }

  Result<std::string> Explain(const plan::ResolvedPlan& plan, const ExecutionContext& context) override {
    return Guard(context, [&](std::unique_ptr<Statement> statement) -> Result<std::string> {
      Lowering lowering(statement->context(), statement->kernels(), statement->execution());
      OpPtr root = lowering.LowerRoot(plan);
      auto binder = duckdb::Binder::CreateBinder(statement->context());
      const auto used = lowering.builder().NextIndex();
      while (binder->GenerateTableIndex() < used) {
      }
      root = duckdb::FlattenDependentJoins::DecorrelateIndependent(*binder, std::move(root));
      duckdb::Optimizer optimizer(*binder, statement->context());
      root = optimizer.Optimize(std::move(root));
      return root->ToString();
    });
  }

  Result<plan::Literal> Evaluate(const plan::ResolvedExpression& expression, const ExecutionContext& context) override {
    plan::ResolvedExpressionPtr copy = std::make_shared<plan::ResolvedExpression>(expression);
    plan::ResolvedPlanPtr row = plan::MakePlan(plan::ResolvedValues{.rows = {{}}}, {});
    plan::ResolvedPlanPtr project = plan::MakePlan(plan::ResolvedProject{.input = row, .expressions = {{.id = 1, .name = "value", .expression = copy}}},
                                                   {{.id = 1, .name = "value", .type = expression.type, .nullable = true, .metadata_json = ""}});
    return Guard(context, [&](std::unique_ptr<Statement> statement) -> Result<plan::Literal> {
      auto result = Run(*statement, *project, duckdb::QueryResultOutputType::FORCE_MATERIALIZED);
      if (result->HasError()) return Failure(statement->Translate(result->GetErrorObject()));
      auto chunk = result->Fetch();
      if (!chunk || chunk->size() == 0) return plan::Literal::Null(expression.type);
      return ToLiteral(chunk->GetValue(0, 0), expression.type);
    });
  }

 private:
  duckdb::unique_ptr<duckdb::QueryResult> Run(Statement& statement, const plan::ResolvedPlan& plan, duckdb::QueryResultOutputType output) {
    Lowering lowering(statement.context(), statement.kernels(), statement.execution());
    OpPtr root = lowering.LowerRoot(plan);
    return statement.context().Query(duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(root)), duckdb::QueryParameters(output));
  }

  // Exceptions end here.
  template <typename F>
  auto Guard(const ExecutionContext& context, F run) -> decltype(run(std::unique_ptr<Statement>())) {
    if (context.cancelled && context.cancelled->load()) return Failure(ConditionError("OPERATION_CANCELED"));
    try {
      auto statement = std::make_unique<Statement>(compute_, context);
      return run(std::move(statement));
    } catch (const std::exception& exception) {
      return Failure(TakeError(exception, context.sql_text));
    }
  }

  // Only local folders so far.
  static Result<DeltaWriteTarget> TargetOf(const DeltaWriteOptions& options) {
    DeltaWriteTarget target;
    if (!options.folder_url.starts_with("file://")) return Failure(NotImplemented("writing data files to a store that is not local"));
    target.folder = options.folder_url.substr(7);
    target.key_prefix = options.key_prefix;
    TRY(target.schema, delta::ParseSchema(options.metadata.schema_string));
    target.partition_columns = options.metadata.partition_columns;
    target.configuration = options.metadata.configuration;
    const auto mode = target.configuration.find("delta.columnMapping.mode");
    if (mode != target.configuration.end() && mode->second == "name") target.column_mapping = delta::ColumnMappingMode::kName;
    if (mode != target.configuration.end() && mode->second == "id") target.column_mapping = delta::ColumnMappingMode::kId;
    target.target_file_bytes = options.target_file_bytes;
    return target;
  }

  std::shared_ptr<Compute> compute_;
  std::unique_ptr<delta::ParquetHandler> log_files_;
};

}  // namespace
}  // namespace duck

Result<std::unique_ptr<Engine>> MakeDuckDbEngine(const DuckDbOptions& options) {
  using namespace duck;
  const std::string version = duckdb::DuckDB::LibraryVersion(), source = duckdb::DuckDB::SourceID();
  if (version != kLibraryVersion || source != kLibrarySource)
    return Failure(ErrorCode::kInternal, "libduckdb.so is " + version + " (" + source + ") where this program was built for " + kLibraryVersion,
                   "install the library that came with this program");
  try {
    duckdb::DBConfig config;
    config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    config.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
    config.SetOptionByName("preserve_insertion_order", duckdb::Value::BOOLEAN(true));
    if (options.thread_count > 0) config.SetOptionByName("threads", duckdb::Value::BIGINT(options.thread_count));
    if (options.memory_bytes_max > 0) config.SetOptionByName("memory_limit", duckdb::Value(std::to_string(options.memory_bytes_max) + "B"));
    const char* temporary = getenv("TMPDIR");
    std::string spill = options.spill_folder.empty() ? std::string(temporary != nullptr ? temporary : "/tmp") + "/crannog-spill" : options.spill_folder;
    config.SetOptionByName("temp_directory", duckdb::Value(spill));
    return std::make_unique<DuckDbEngine>(std::make_shared<Compute>(config));
  } catch (const std::exception& exception) {
    return Failure(TakeError(exception, ""));
  }
}

}  // namespace crannog::engine
