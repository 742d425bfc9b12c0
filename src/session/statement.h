#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/analyzer.h"
#include "engine/engine.h"
#include "plan/command.h"
#include "session/result_rows.h"
#include "session/session.h"
#include "sql/parser.h"

/// The session's inside: what a session knows, and one running statement. Private to the room.
namespace crannog::session {

class SessionTables;

/// What a session knows, as an immutable value: statements that run side by side each see one version. Names of views and functions are lower case.
struct SessionFacts {
  analyze::Settings settings;  ///< what was set; defaults come from analyze/settings.h
  analyze::SchemaName current;
  std::map<std::string, analyze::TemporaryView> views, global_views;
  std::map<std::string, analyze::FunctionInfo> functions;
  std::map<std::string, std::shared_ptr<const plan::PythonFunction>> python_functions;
  std::map<std::string, std::shared_ptr<const plan::PythonTableFunction>> python_table_functions;
  std::map<std::string, analyze::SessionVariable> variables;
  std::set<std::string> cached_tables;
};
using FactsPtr = std::shared_ptr<const SessionFacts>;

/// What all statements of a session share. Threads: any.
class SessionCore {
 public:
  SessionCore(engine::Engine& engine, std::unique_ptr<analyze::CatalogClient> catalog, SessionOptions options);
  ~SessionCore();

  FactsPtr facts() const {
    std::lock_guard lock(mutex_);
    return facts_;
  }
  /// Replaces the facts by a changed copy.
  template <typename Change>
  void Update(Change change) {
    std::lock_guard lock(mutex_);
    auto copy = std::make_shared<SessionFacts>(*facts_);
    change(*copy);
    facts_ = std::move(copy);
  }

  engine::Engine& engine;
  const std::unique_ptr<analyze::CatalogClient> catalog;
  const std::unique_ptr<SessionTables> tables;
  const SessionOptions options;
  std::function<Result<plan::RelationPtr>(const plan::CachedRelation&)> find_cached;

  /// Registers a running statement; its flag is set by Cancel.
  std::shared_ptr<std::atomic<bool>> Begin(const std::string& statement_id);
  void End(const std::string& statement_id);
  int32_t Cancel(std::string_view statement_id);

 private:
  mutable std::mutex mutex_;
  FactsPtr facts_;
  std::map<std::string, std::shared_ptr<std::atomic<bool>>> running_;
};

/// A setting's value: what was set, else its default; "" when neither.
std::string SettingOf(const SessionFacts& facts, std::string_view key);
bool IsSet(const SessionFacts& facts, std::string_view key);
sql::ParserOptions ParserOptionsOf(const SessionFacts& facts);

/// What a command gives: rows of a schema (none: struct<>), or a stream.
struct CommandResult {
  plan::Schema schema;
  Rows rows;
  std::unique_ptr<engine::ResultStream> stream;
};

/// One statement while it runs: its view of the session and the ways to analyse and execute. Threads: one.
class Statement {
 public:
  Statement(SessionCore& core, std::string text, const StatementOptions& options, std::string id);
  ~Statement();
  Statement(const Statement&) = delete;

  SessionCore& core;
  FactsPtr facts;
  const std::string text;
  const StatementOptions options;
  const std::string id;
  analyze::AnalysisContext analysis;
  engine::ExecutionContext execution;

  analyze::CatalogClient& catalog() { return *core.catalog; }
  std::string Setting(std::string_view key) const { return SettingOf(*facts, key); }
  bool IsSet(std::string_view key) const { return session::IsSet(*facts, key); }
  /// Takes the session's facts anew after this statement changed them.
  void Refresh();
  /// The flag and the registration go over to a stream that outlives the statement.
  void HandOver() { owns_registration_ = false; }

  Result<analyze::AnalyzedQuery> Analyze(const plan::Relation& relation) { return analyze::AnalyzeQuery(relation, analysis); }
  Result<std::unique_ptr<engine::ResultStream>> Run(const plan::ResolvedPlan& plan) { return core.engine.Execute(plan, execution); }
  Result<Rows> Collect(const plan::ResolvedPlan& plan);
  Result<Rows> Collect(const plan::Relation& relation);
  /// The value of an expression without columns; subqueries are allowed.
  Result<plan::Literal> Evaluate(const plan::ExpressionPtr& expression);
  /// The same, cast to a type as a store assignment or by an explicit CAST.
  Result<plan::Literal> EvaluateAs(const plan::ExpressionPtr& expression, const plan::DataType& type);
  /// The text of a constant: of literals without casting ("1", "a").
  Result<std::string> EvaluateText(const plan::ExpressionPtr& expression);

  /// Adds the place in the statement's text to an error.
  Error At(Error error, plan::Origin origin) const;
  Error Condition(std::string_view name, std::map<std::string, std::string> parameters, plan::Origin origin = {}) const {
    return At(ConditionError(name, std::move(parameters)), origin);
  }

 private:
  bool owns_registration_ = true;
};

}  // namespace crannog::session
