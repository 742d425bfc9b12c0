#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/expression.h"

/// Resolved expressions: every name bound, every type and nullability known, every cast explicit. Engines only execute them.
namespace crannog::plan {

/// Identifies one column of one plan; unique in a statement, never reused. Source: Spark's ExprId.
using ColumnId = int64_t;

struct ResolvedExpression;
struct ResolvedPlan;
using ResolvedExpressionPtr = std::shared_ptr<const ResolvedExpression>;
using ResolvedPlanPtr = std::shared_ptr<const ResolvedPlan>;

/// How a call or cast behaves on overflow, bad input, division by zero.
enum class EvalMode : uint8_t { kAnsi, kLegacy, kTry };

/// A column of an input plan. `is_outer`: of the query around the subquery that holds this reference.
struct ColumnReference {
  ColumnId id = 0;
  std::string name;
  bool is_outer = false;
};

/// A call of a scalar kernel by its registry name, arguments already of the exact types of the chosen signature.
/// Conditionals and logic are calls too, with Spark's laziness: "and", "or", "not", "case" (condition, value, …, [else]), "coalesce", "if", "in".
/// A struct's field is "get_field" with a constant index literal as second argument.
struct ResolvedCall {
  std::string function;
  std::vector<ResolvedExpressionPtr> arguments;
  EvalMode mode = EvalMode::kAnsi;
  /// What else the kernel's behaviour depends on: session time zone ("zone"), time parser policy, formats, seeds; sorted by key.
  std::map<std::string, std::string> settings;
};

struct ResolvedCast {
  ResolvedExpressionPtr child;
  EvalMode mode = EvalMode::kAnsi;
  std::string zone;  ///< session time zone, "" when the cast does not depend on it
};

struct ResolvedSortKey {
  ResolvedExpressionPtr expression;
  bool is_ascending = true;
  bool nulls_first = true;
};

/// An aggregate; stands only in Aggregate::aggregates and under a window.
struct ResolvedAggregate {
  std::string function;
  std::vector<ResolvedExpressionPtr> arguments;
  bool is_distinct = false;
  bool ignore_nulls = false;
  ResolvedExpressionPtr filter;
  std::vector<ResolvedSortKey> order_by;
  EvalMode mode = EvalMode::kAnsi;
  std::map<std::string, std::string> settings;
};

/// A window function: an aggregate, or one of "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "nth_value",
/// "first_value", "last_value" … with `arguments`. Stands only in Window::calls.
struct ResolvedWindowCall {
  std::string function;
  std::vector<ResolvedExpressionPtr> arguments;
  std::optional<ResolvedAggregate> aggregate;
  bool ignore_nulls = false;
  std::vector<ResolvedExpressionPtr> partition_by;
  std::vector<ResolvedSortKey> order_by;
  FrameUnit unit = FrameUnit::kRows;
  FrameBound lower = FrameBound::kUnboundedPreceding, upper = FrameBound::kCurrentRow;
  /// kRows: LONG count of rows. kRange: the boundary's distance, of a type that the order key can be moved by. Null else.
  ResolvedExpressionPtr lower_offset, upper_offset;
};

/// A lambda's variable; bound by the ResolvedLambda around it.
struct ResolvedLambdaVariable {
  ColumnId id = 0;
  std::string name;
};

struct ResolvedLambda {
  struct Parameter {
    ColumnId id = 0;
    std::string name;
    DataType type;
    bool nullable = true;
  };
  std::vector<Parameter> parameters;
  ResolvedExpressionPtr body;
};

/// A subquery as a value. Outer columns used inside are ColumnReference with is_outer and are listed once in `outer_columns`.
struct ResolvedSubquery {
  SubqueryKind kind = SubqueryKind::kScalar;
  ResolvedPlanPtr plan;
  std::vector<ResolvedExpressionPtr> values;  ///< left side of IN, same types as the plan's columns
  std::vector<ColumnReference> outer_columns;
};

/// A Python function evaluated row by row or in batches; the engine pulls it out of expressions into its workers.
struct ResolvedPythonCall {
  std::shared_ptr<const PythonFunction> function;
  std::vector<ResolvedExpressionPtr> arguments;
};

struct ResolvedExpression {
  using Node = std::variant<Literal, ColumnReference, ResolvedCall, ResolvedCast, ResolvedAggregate, ResolvedWindowCall, ResolvedLambdaVariable,
                            ResolvedLambda, ResolvedSubquery, ResolvedPythonCall>;
  Node node;
  DataType type;
  bool nullable = true;
  Origin origin;  ///< for the query context of run-time errors

  template <typename T>
  const T* As() const { return std::get_if<T>(&node); }
};

template <typename T>
ResolvedExpressionPtr MakeResolved(T node, DataType type, bool nullable, Origin origin = {}) {
  return std::make_shared<const ResolvedExpression>(ResolvedExpression{std::move(node), std::move(type), nullable, origin});
}

}  // namespace crannog::plan
