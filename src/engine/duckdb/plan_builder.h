#pragma once

#include <unordered_map>

#include "engine/duckdb/data_types.h"
#include "engine/duckdb/kernel.h"
#include "plan/resolved_expression.h"

/// The one place that makes DuckDB plan nodes, so that the rules which keep results right (reference/deps-duckdb-plans.md) hold everywhere.
namespace crannog::engine::duck {

/// A column of a plan under construction.
struct BoundColumn {
  duckdb::ColumnBinding binding;
  duckdb::LogicalType type;
  std::string name;
};

/// An operator and where its columns are.
struct Relation {
  OpPtr op;
  std::unordered_map<plan::ColumnId, BoundColumn> columns;
};

enum class Fallibility : uint8_t { kNever, kCanRaise };
enum class NullPolicy : uint8_t { kNullInNullOut, kSeesNulls };

/// A kernel to be called. `name` must spell out the whole behaviour: mode, zone, formats, types that are not argument types (rule 2).
struct Kernel {
  std::string name;
  duckdb::LogicalType result;
  duckdb::scalar_function_t function;
  Fallibility fallibility = Fallibility::kCanRaise;
  NullPolicy nulls = NullPolicy::kNullInNullOut;
  std::shared_ptr<const void> payload;
  plan::Origin origin;
  bool is_volatile = false;
  duckdb::init_local_state_t init_local_state = nullptr;
};

/// Makes bound expressions and operators for one statement. Threads: one.
class PlanBuilder {
 public:
  explicit PlanBuilder(duckdb::ClientContext& context) : context_(context) {}

  duckdb::ClientContext& context() { return context_; }
  duckdb::idx_t NextIndex() { return next_index_++; }

  /// Calls an own kernel (rules 1, 2, 5, 9).
  ExprPtr Call(Kernel kernel, ExprList arguments);
  /// Calls DuckDB's own function by name, arguments already of an overload's exact types. Raises INTERNAL_ERROR when a cast would be inserted.
  ExprPtr Builtin(const std::string& name, ExprList arguments);
  /// DuckDB's own aggregate by name, arguments of exact types.
  duckdb::unique_ptr<duckdb::BoundAggregateExpression> BuiltinAggregate(const std::string& name, ExprList arguments);
  /// An own aggregate (rules 1, 5).
  duckdb::unique_ptr<duckdb::BoundAggregateExpression> Aggregate(duckdb::AggregateFunction function, ExprList arguments, plan::Origin origin = {},
                                                                 std::shared_ptr<const void> payload = nullptr);

  static ExprPtr Constant(duckdb::Value value);
  static ExprPtr Null(duckdb::LogicalType type) { return Constant(duckdb::Value(std::move(type))); }
  static ExprPtr Boolean(bool value) { return Constant(duckdb::Value::BOOLEAN(value)); }
  static ExprPtr Column(const BoundColumn& column, duckdb::idx_t depth = 0);
  static ExprPtr Compare(duckdb::ExpressionType type, ExprPtr left, ExprPtr right);
  static ExprPtr IsNull(ExprPtr child);
  static ExprPtr IsNotNull(ExprPtr child);
  static ExprPtr Not(ExprPtr child);
  static ExprPtr Case(ExprPtr condition, ExprPtr then, ExprPtr otherwise);
  static ExprPtr Coalesce(ExprList children, duckdb::LogicalType type);
  /// AND and OR as values stop where the left side decides (rule 6).
  static ExprPtr And(ExprPtr left, ExprPtr right);
  static ExprPtr Or(ExprPtr left, ExprPtr right);
  /// Conjunction in a filter's condition, where DuckDB itself stops early.
  static ExprPtr FilterAnd(ExprPtr left, ExprPtr right);
  /// The same bits under another type of the same physical shape (field names of structs, DATE as INTEGER …).
  ExprPtr Reinterpret(ExprPtr child, duckdb::LogicalType type);

  /// Makes a projection over `input`; gives its table index. `input.op` becomes the projection, `input.columns` is emptied.
  duckdb::idx_t Project(Relation& input, ExprList expressions);
  /// Puts a projection of the named columns, in this order, on top (rule 4).
  void Pick(Relation& input, const std::vector<plan::ColumnId>& columns);
  void Filter(Relation& input, ExprPtr condition);
  /// One row without columns.
  Relation SingleRow();

 private:
  duckdb::ClientContext& context_;
  duckdb::idx_t next_index_ = 0;
};

}  // namespace crannog::engine::duck
