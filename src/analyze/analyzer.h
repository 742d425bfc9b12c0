#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyze/catalog_client.h"
#include "analyze/table_provider.h"
#include "base/result.h"
#include "plan/relation.h"
#include "plan/resolved_plan.h"

namespace crannog::analyze {

/// A session's settings by Spark's key; values as text. Defaults of unset keys come from analyze/settings.h.
using Settings = std::map<std::string, std::string>;

/// A temporary view: an unresolved relation (from SQL text with its own name context, or from a DataFrame).
struct TemporaryView {
  plan::RelationPtr relation;
  std::string text;
  std::vector<std::string> columns;
};

struct SessionVariable {
  plan::DataType type;
  plan::Literal value;
  std::string default_text;
};

/// Everything that analysis may depend on, for one statement. Owned by the session; borrowed by the analyzer during the call.
struct AnalysisContext {
  CatalogClient* catalog = nullptr;
  TableProvider* tables = nullptr;
  const Settings* settings = nullptr;
  SchemaName current_schema;
  const std::map<std::string, TemporaryView>* temporary_views = nullptr;         ///< keys lower case
  const std::map<std::string, TemporaryView>* global_temporary_views = nullptr;
  const std::map<std::string, FunctionInfo>* temporary_functions = nullptr;       ///< keys lower case
  const std::map<std::string, std::shared_ptr<const plan::PythonFunction>>* python_functions = nullptr;
  const std::map<std::string, std::shared_ptr<const plan::PythonTableFunction>>* python_table_functions = nullptr;
  const std::map<std::string, SessionVariable>* variables = nullptr;
  const std::map<std::string, plan::Literal>* named_parameters = nullptr;
  const std::vector<plan::Literal>* positional_parameters = nullptr;
  int64_t statement_time_micros = 0;  ///< what current_timestamp() gives
  std::string user;
  std::string sql_text;  ///< of the statement, for query contexts
  /// Relations the client stored (createDataFrame chunks, checkpoints); may be null.
  std::function<Result<plan::RelationPtr>(const plan::CachedRelation&)> find_cached;
  /// Runs a query to its rows while analysing (PIVOT without values, EXECUTE IMMEDIATE …); may be null.
  std::function<Result<std::vector<std::vector<plan::Literal>>>(const plan::ResolvedPlanPtr&)> run_query;
};

/// What a resolved plan reads, for lineage, cache keys and conflict detection.
struct AnalyzedQuery {
  plan::ResolvedPlanPtr plan;
  std::vector<std::shared_ptr<const plan::TableSource>> sources;
};

/// Resolves a query: binds names, functions and types as Spark 4.1 does, checks privileges, applies governance. The result's schema is Spark's.
/// Errors: Spark's conditions with parameters and query context. Threads: any, one call uses one context.
Result<AnalyzedQuery> AnalyzeQuery(const plan::Relation& query, const AnalysisContext& context);

/// Resolves expressions over the columns of `input` (UPDATE and MERGE clauses, constraints, generated columns, defaults). The results refer to the
/// ids in `input`. `qualifiers` names each input column's relation ("target", "source"), may be empty.
struct ExpressionScope {
  std::vector<plan::OutputColumn> input;
  std::vector<std::string> qualifiers;
};
Result<plan::ResolvedExpressionPtr> AnalyzeExpression(const plan::Expression& expression, const ExpressionScope& scope,
                                                      const AnalysisContext& context);

/// Casts for storing into a column of `target`: Spark's store assignment (ANSI by default). Error: INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST and kin.
Result<plan::ResolvedExpressionPtr> StoreAssignmentCast(plan::ResolvedExpressionPtr value, const plan::StructField& target,
                                                        std::string_view table_name, const AnalysisContext& context);

/// Gives a fresh column id, unique in the process.
plan::ColumnId NewColumnId();

}  // namespace crannog::analyze
