#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/analyzer.h"
#include "base/result.h"
#include "engine/engine.h"
#include "plan/relation.h"

namespace crannog::session {

/// What a statement gives: rows to stream. `schema` is known before the first batch. Commands have run when Execute returns.
struct StatementResult {
  std::unique_ptr<engine::ResultStream> rows;
  bool is_command = false;
  std::string statement_id;
};

struct StatementOptions {
  std::map<std::string, plan::Literal> named_parameters;
  std::vector<plan::Literal> positional_parameters;
  std::optional<int64_t> row_limit;
  std::string statement_id;  ///< "" makes one
};

/// A way to run statements for one principal: settings, current schema, temporary views, variables. The one way for every client
/// (Thrift, Statement API, Spark Connect, jobs, notebooks, `crannog sql`). Threads: any; statements of one session may run side by side.
class Session {
 public:
  virtual ~Session() = default;

  /// Runs one SQL statement. A query streams lazily; a command has run when this returns.
  virtual Result<StatementResult> ExecuteSql(std::string_view text, const StatementOptions& options) = 0;
  virtual Result<StatementResult> ExecuteRelation(const plan::Relation& relation, const StatementOptions& options) = 0;
  virtual Result<StatementResult> ExecuteCommand(const plan::Command& command, const StatementOptions& options) = 0;
  /// Parses the text and tells whether it is a query (runs lazily) or a command. Errors: parse errors.
  virtual Result<bool> IsQuery(std::string_view text) = 0;
  /// Gives the schema of a query without running it.
  virtual Result<plan::Schema> Analyze(const plan::Relation& relation) = 0;
  /// EXPLAIN text; mode "simple", "extended", "codegen", "cost" or "formatted".
  virtual Result<std::string> Explain(const plan::Relation& relation, std::string_view mode) = 0;

  /// Settings by Spark's key. Unknown keys of the spark.sql.* space: SQL_CONF_NOT_FOUND.
  virtual Result<std::string> GetSetting(std::string_view key) = 0;
  virtual Result<> SetSetting(std::string_view key, std::string_view value) = 0;
  virtual Result<> UnsetSetting(std::string_view key) = 0;
  virtual std::map<std::string, std::string> AllSettings() = 0;
  /// Tells whether a session may change the key (static settings may not be).
  virtual bool IsModifiable(std::string_view key) = 0;

  virtual void CreateTemporaryView(std::string_view name, plan::RelationPtr relation, bool is_global) = 0;
  /// Gives whether there was one.
  virtual bool DropTemporaryView(std::string_view name, bool is_global) = 0;
  /// Names of the session's temporary views.
  virtual std::vector<std::string> TemporaryViews() = 0;
  /// spark.udf.register and registerTable: functions that the client pickled, known by name in this session.
  virtual void RegisterPythonFunction(std::shared_ptr<const plan::PythonFunction> function) = 0;
  virtual void RegisterPythonTableFunction(std::shared_ptr<const plan::PythonTableFunction> function) = 0;
  /// How plan::CachedRelation is found (data that the client uploaded, checkpoints). Set once, before the first statement.
  virtual void SetCachedRelations(std::function<Result<plan::RelationPtr>(const plan::CachedRelation&)> find) = 0;

  virtual analyze::SchemaName CurrentSchema() = 0;
  virtual Result<> SetCurrentSchema(const analyze::SchemaName& name) = 0;
  /// The catalog as this session's principal sees it.
  virtual analyze::CatalogClient& Catalog() = 0;

  /// Stops a running statement, or all of them when `statement_id` is "". Gives how many were told to stop.
  virtual int32_t Cancel(std::string_view statement_id) = 0;
};

struct SessionOptions {
  std::map<std::string, std::string> settings;
  std::string initial_catalog, initial_schema;
  std::string user = "local";
};

/// Makes a session over a compute's engine and a catalog client. Both outlive the session.
std::unique_ptr<Session> MakeSession(engine::Engine& engine, std::unique_ptr<analyze::CatalogClient> catalog, SessionOptions options);

/// A catalog without a server: catalogs, schemas and tables in memory, managed tables as folders below `warehouse_folder` (absolute).
/// One catalog "spark_catalog" with schema "default" exists. For the shell, tests and the conformance runner.
std::unique_ptr<analyze::CatalogClient> MakeLocalCatalog(std::string warehouse_folder);

}  // namespace crannog::session
