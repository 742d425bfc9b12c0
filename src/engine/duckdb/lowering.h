#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/duckdb/kernel_registry.h"
#include "engine/duckdb/plan_builder.h"
#include "engine/engine.h"
#include "plan/resolved_plan.h"

namespace crannog::engine::duck {

/// Turns one resolved plan into a bound DuckDB plan. One object per statement. Threads: one. Failures are raised (kernel_error.h).
class Lowering {
 public:
  Lowering(duckdb::ClientContext& context, const KernelRegistry& registry, const ExecutionContext& execution)
      : builder_(context), registry_(registry), execution_(execution) {}

  /// Gives an operator whose columns are the plan's output, in order and of ToLogicalType's types.
  OpPtr LowerRoot(const plan::ResolvedPlan& plan);
  /// The same without the final projection.
  Relation Lower(const plan::ResolvedPlan& plan);
  /// Lowers an expression over `input`; subqueries inside become joins below, so `input.op` may grow.
  ExprPtr LowerExpression(const plan::ResolvedExpression& expression, Relation& input);

  /// Makes an operator's columns, by position, have these types, which differ from theirs in names and order of fields only.
  OpPtr WithTypes(OpPtr input, const duckdb::vector<duckdb::LogicalType>& types);

  PlanBuilder& builder() { return builder_; }
  const ExecutionContext& execution() const { return execution_; }

 private:
  // A query around the subquery or lateral side being lowered, and which of its columns are used inside.
  struct OuterFrame {
    const Relation* relation;
    std::vector<std::pair<plan::ColumnId, duckdb::CorrelatedColumnInfo>> used;
  };
  // A lambda being lowered: its parameters, and what it captures from around.
  struct LambdaFrame {
    std::unordered_map<plan::ColumnId, duckdb::idx_t> parameters;
    std::vector<plan::ColumnId> captured_ids;
    ExprList captures;
    size_t parameter_count = 0;
    Relation* input;
  };
  struct CteDefinition {
    duckdb::idx_t table_index;
    duckdb::vector<duckdb::LogicalType> types;
    duckdb::vector<duckdb::string> names;
  };

  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedProject& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedFilter& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedJoin& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedAggregation& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedWindow& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedSort& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedLimit& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedSetOperation& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedDistinct& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedValues& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedLocalData& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedRange& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedGenerate& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedScan& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedSample& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedCte& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedCteReference& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedRecursion& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedPythonMap& node);
  Relation LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedMetrics& node);

  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::Literal& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ColumnReference& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedCall& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedCast& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedAggregate& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedWindowCall& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedLambdaVariable& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedLambda& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedSubquery& node, Relation& input);
  ExprPtr LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedPythonCall& node, Relation& input);

  LoweredLambda LowerLambda(const plan::ResolvedLambda& lambda, Relation& input);
  ExprPtr Capture(plan::ColumnId id, const duckdb::LogicalType& type, size_t frame, Relation& input);
  ExprPtr OuterColumn(const plan::ColumnReference& reference, const duckdb::LogicalType& type);

  // Joins (lower_join.cc, lower_subquery.cc).
  OpPtr DependentJoin(duckdb::JoinType type, Relation& outer, Relation inner, OuterFrame& frame,
                      const std::function<void(duckdb::LogicalDependentJoin&)>& adjust);
  ExprPtr ScalarSubquery(const plan::ResolvedExpression& at, const plan::ResolvedSubquery& node, Relation& input);
  ExprPtr ExistsSubquery(const plan::ResolvedSubquery& node, Relation& input);
  ExprPtr InSubquery(const plan::ResolvedSubquery& node, Relation& input);
  ExprPtr InSubqueryOfSeveral(const plan::ResolvedSubquery& node, Relation& input);
  ExprPtr ExistsWhere(const plan::ResolvedPlan& plan, Relation& input, const std::function<void(Relation&)>& restrict);
  Relation LowerInside(const plan::ResolvedPlan& plan, const Relation& outer, OuterFrame& frame);

  // Aggregates and windows.
  BoundAggregate LowerAggregate(const plan::ResolvedExpression& at, const plan::ResolvedAggregate& node, Relation& input);
  duckdb::BoundOrderByNode LowerSortKey(const plan::ResolvedSortKey& key, Relation& input);

  // Makes expressions become columns under their ids, on top of what `input` has.
  Relation ProjectNamed(Relation input, const std::vector<plan::NamedExpression>& expressions);
  void Bind(Relation& relation, const std::vector<plan::OutputColumn>& output, duckdb::idx_t table_index);
  /// A struct of two fields as the one with the fields the other way round.
  ExprPtr SwapStruct(ExprPtr child, const duckdb::LogicalType& wanted);
  std::vector<plan::ColumnId> OutputIds(const plan::ResolvedPlan& plan) const;

  PlanBuilder builder_;
  const KernelRegistry& registry_;
  const ExecutionContext& execution_;
  std::vector<OuterFrame*> outer_;
  std::vector<LambdaFrame*> lambdas_;
  std::unordered_map<int64_t, CteDefinition> ctes_;
};

/// Rows held in memory as a relation with columns 0..n-1 of `table_index` (memory_scan.cc).
OpPtr MemoryScan(duckdb::idx_t table_index, std::shared_ptr<duckdb::ColumnDataCollection> rows, duckdb::vector<duckdb::string> names);

}  // namespace crannog::engine::duck
