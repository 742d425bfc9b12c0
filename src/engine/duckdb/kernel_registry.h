#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>

#include "engine/duckdb/plan_builder.h"
#include "plan/resolved_expression.h"

/// Which engine code stands behind the kernel names of resolved plans. A family is one file in duckdb/functions/ with one Register… function that
/// functions/families.h lists; see engine/README.md.
namespace crannog::engine::duck {

/// A lambda argument, lowered: `body` reads parameter i as BoundReferenceExpression(i) and capture k as BoundReferenceExpression(parameters + k).
struct LoweredLambda {
  ExprPtr body;
  std::vector<duckdb::LogicalType> parameter_types;
  ExprList captures;  ///< in terms of the plan around
};

/// A call to bind: arguments are lowered already (null where the argument is a lambda; ask `lambda`).
struct KernelCall {
  std::string function;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  const std::map<std::string, std::string>& settings;
  const std::vector<plan::ResolvedExpressionPtr>& resolved;  ///< the arguments, for their Spark types and constants
  ExprList arguments;
  plan::DataType type;  ///< of the result
  bool nullable = true;
  plan::Origin origin;
  std::function<LoweredLambda(size_t)> lambda;

  const plan::DataType& ArgumentType(size_t i) const { return resolved[i]->type; }
  /// The setting, or "" when absent.
  std::string Setting(const std::string& key) const;
  /// The constant that argument i is, or null when it is not constant.
  const plan::Literal* Constant(size_t i) const;
  /// "ansi", "legacy" or "try": for kernel names.
  std::string_view ModeName() const;
};

/// Gives the expression a call means: Call(…) of an own kernel, or a composition of others. Raises NOT_IMPLEMENTED for types it does not serve.
using KernelBinder = std::function<ExprPtr(KernelCall&, PlanBuilder&)>;

/// An aggregate to bind; FILTER, DISTINCT and ORDER BY are put on by the lowering.
struct AggregateCall {
  std::string function;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  const std::map<std::string, std::string>& settings;
  const std::vector<plan::ResolvedExpressionPtr>& resolved;
  ExprList arguments;
  plan::DataType type;
  plan::Origin origin;
  bool ignore_nulls = false;
  bool is_distinct = false;
  bool is_ordered = false;
  const std::vector<plan::ResolvedSortKey>& order_by;
  ExprList order_values;  ///< the sort keys' values, lowered

  const plan::DataType& ArgumentType(size_t i) const { return resolved[i]->type; }
  const plan::Literal* Constant(size_t i) const;
  std::string Setting(const std::string& key) const;
};

/// A bound aggregate: the call, and what is done with its result in the projection above (null: nothing).
/// Results that are not NULL for no rows (count-like) need `empty_value` (rule 3); builtin count does not.
struct BoundAggregate {
  duckdb::unique_ptr<duckdb::BoundAggregateExpression> call;
  std::function<ExprPtr(ExprPtr)> finish;
  std::optional<duckdb::Value> empty_value;
  bool consumes_order = false;  ///< the binder has used ORDER BY itself
};

using AggregateBinder = std::function<BoundAggregate(AggregateCall&, PlanBuilder&)>;

/// Names to binders. Filled once by the engine, then read by all threads.
class KernelRegistry {
 public:
  KernelRegistry();

  void Add(std::initializer_list<std::string_view> names, KernelBinder binder);
  void AddAggregate(std::initializer_list<std::string_view> names, AggregateBinder binder);
  const KernelBinder* Find(std::string_view name) const;
  const AggregateBinder* FindAggregate(std::string_view name) const;
  std::vector<std::string> Names() const;

 private:
  std::unordered_map<std::string, KernelBinder> kernels_;
  std::unordered_map<std::string, AggregateBinder> aggregates_;
};

/// Gives an array of the arguments moved in, for calls.
template <typename... E>
ExprList List(E... expressions) {
  ExprList out;
  (out.push_back(std::move(expressions)), ...);
  return out;
}

/// Casts between any two types as Spark does (functions/cast.cc); also used by families.
struct CastRequest {
  plan::DataType from, to;
  plan::EvalMode mode = plan::EvalMode::kAnsi;
  std::string zone;
  plan::Origin origin;
};
ExprPtr BindCast(const CastRequest& request, ExprPtr child, PlanBuilder& builder);

}  // namespace crannog::engine::duck
