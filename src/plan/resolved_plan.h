#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/relation.h"
#include "plan/resolved_expression.h"

/// Resolved plans: what an engine executes. Columns are known by id; positions mean nothing except where said.
namespace crannog::plan {

/// A column that a plan gives out.
struct OutputColumn {
  ColumnId id = 0;
  std::string name;
  DataType type;
  bool nullable = true;
  std::string metadata_json;
};

/// An expression that becomes a column.
struct NamedExpression {
  ColumnId id = 0;
  std::string name;
  ResolvedExpressionPtr expression;
};

struct ResolvedProject {
  ResolvedPlanPtr input;
  std::vector<NamedExpression> expressions;
};

struct ResolvedFilter {
  ResolvedPlanPtr input;
  ResolvedExpressionPtr condition;
};

struct ResolvedJoin {
  ResolvedPlanPtr left, right;
  JoinType type = JoinType::kInner;
  ResolvedExpressionPtr condition;  ///< null: none
  bool is_lateral = false;          ///< the right side refers to left columns as outer columns
  std::vector<ColumnReference> outer_columns;  ///< of a lateral right side
};

/// Output: group columns, then aggregate columns, then (with grouping sets) `grouping_id` as LONG.
struct ResolvedAggregation {
  ResolvedPlanPtr input;
  std::vector<NamedExpression> groups;
  std::vector<NamedExpression> aggregates;  ///< each a ResolvedAggregate
  /// Positions in `groups` of each set; none: one set of all groups.
  std::optional<std::vector<std::vector<int32_t>>> grouping_sets;
  ColumnId grouping_id = 0;
};

/// Output: the input's columns, then one per call.
struct ResolvedWindow {
  ResolvedPlanPtr input;
  std::vector<NamedExpression> calls;  ///< each a ResolvedWindowCall
};

struct ResolvedSort {
  ResolvedPlanPtr input;
  std::vector<ResolvedSortKey> keys;
};

struct ResolvedLimit {
  ResolvedPlanPtr input;
  std::optional<int64_t> count;
  int64_t offset = 0;
  bool is_tail = false;  ///< the last `count` rows instead
};

/// Columns match by position and already have equal types; the output ids are this node's own.
struct ResolvedSetOperation {
  std::vector<ResolvedPlanPtr> inputs;
  SetOperationKind kind = SetOperationKind::kUnion;
  bool is_all = true;
};

/// DISTINCT over `keys` (all columns when empty); of each group any one row.
struct ResolvedDistinct {
  ResolvedPlanPtr input;
  std::vector<ColumnId> keys;
};

/// Rows of constant or foldable expressions.
struct ResolvedValues {
  std::vector<std::vector<ResolvedExpressionPtr>> rows;
};

struct ResolvedLocalData {
  std::shared_ptr<const std::string> arrow_ipc;  ///< columns by position
};

struct ResolvedRange {
  int64_t start = 0, end = 0, step = 1;
};

/// explode, explode_outer, posexplode, inline, stack, json_tuple …: output is the input's columns that are required above, then the generator's.
struct ResolvedGenerate {
  ResolvedPlanPtr input;
  ResolvedExpressionPtr generator;  ///< a ResolvedCall
  bool is_outer = false;
  std::vector<OutputColumn> generated;
};

/// What the catalog knows of a table that a scan reads; made by CatalogClient, opaque to the plan.
struct TableSource {
  std::string full_name;     ///< "main.default.t", or "delta.`/path`"
  std::string format;        ///< "delta", "parquet", "csv", "json", "text", "binaryFile", "memory" …
  std::string location;      ///< URL of the table's root folder
  std::vector<std::string> paths;  ///< of file formats
  Options options;
  Schema schema;
  std::optional<int64_t> version;  ///< of Delta: pinned by the analyzer
  std::vector<std::string> partition_columns;
  std::shared_ptr<const void> handle;  ///< what the provider of the table wants back at execution (a delta::Snapshot, Arrow data)
};

/// Reads `columns` (a subset of the schema by name, or of metadata columns) of a table.
struct ResolvedScan {
  std::shared_ptr<const TableSource> table;
  std::vector<std::string> columns;  ///< one per output column
};

struct ResolvedSample {
  ResolvedPlanPtr input;
  double lower_bound = 0, upper_bound = 1;
  bool with_replacement = false;
  int64_t seed = 0;
};

/// Gives `definition` a number, for ResolvedCteReference inside `body`.
struct ResolvedCte {
  int64_t cte_id = 0;
  std::string name;
  ResolvedPlanPtr definition;
  ResolvedPlanPtr body;
};

/// Columns of the definition by position, under this node's own ids.
struct ResolvedCteReference {
  int64_t cte_id = 0;
};

/// anchor UNION ALL step until the step gives nothing; the step holds ResolvedCteReference to `cte_id`.
struct ResolvedRecursion {
  int64_t cte_id = 0;
  ResolvedPlanPtr anchor, step;
  int64_t level_max = 100;
  std::optional<int64_t> row_max;
};

/// mapInPandas / mapInArrow / applyInPandas / cogroup: rows through a Python worker.
struct ResolvedPythonMap {
  ResolvedPlanPtr input;
  ResolvedPlanPtr right;  ///< cogroup only
  std::shared_ptr<const PythonFunction> function;
  std::vector<ColumnId> grouping, right_grouping;
};

/// Computes aggregates over all rows that pass, without changing them (Dataset.observe).
struct ResolvedMetrics {
  ResolvedPlanPtr input;
  std::string name;
  std::vector<NamedExpression> metrics;
};

struct ResolvedPlan {
  using Node = std::variant<ResolvedProject, ResolvedFilter, ResolvedJoin, ResolvedAggregation, ResolvedWindow, ResolvedSort, ResolvedLimit,
                            ResolvedSetOperation, ResolvedDistinct, ResolvedValues, ResolvedLocalData, ResolvedRange, ResolvedGenerate,
                            ResolvedScan, ResolvedSample, ResolvedCte, ResolvedCteReference, ResolvedRecursion, ResolvedPythonMap,
                            ResolvedMetrics>;
  Node node;
  std::vector<OutputColumn> output;

  template <typename T>
  const T* As() const { return std::get_if<T>(&node); }
};

template <typename T>
ResolvedPlanPtr MakePlan(T node, std::vector<OutputColumn> output) {
  return std::make_shared<const ResolvedPlan>(ResolvedPlan{std::move(node), std::move(output)});
}

/// Gives the plan's columns as a schema.
Schema OutputSchema(const ResolvedPlan& plan);

}  // namespace crannog::plan
