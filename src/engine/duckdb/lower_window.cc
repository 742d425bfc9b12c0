#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {
namespace {

using duckdb::ExpressionType;
using duckdb::LogicalType;
using duckdb::make_uniq;

struct WindowFunction {
  const char* name;
  ExpressionType type;
};
constexpr WindowFunction kFunctions[] = {
    {"row_number", ExpressionType::WINDOW_ROW_NUMBER}, {"rank", ExpressionType::WINDOW_RANK},
    {"dense_rank", ExpressionType::WINDOW_RANK_DENSE}, {"percent_rank", ExpressionType::WINDOW_PERCENT_RANK},
    {"cume_dist", ExpressionType::WINDOW_CUME_DIST},   {"ntile", ExpressionType::WINDOW_NTILE},
    {"lag", ExpressionType::WINDOW_LAG},               {"lead", ExpressionType::WINDOW_LEAD},
    {"nth_value", ExpressionType::WINDOW_NTH_VALUE},   {"first_value", ExpressionType::WINDOW_FIRST_VALUE},
    {"first", ExpressionType::WINDOW_FIRST_VALUE},     {"any_value", ExpressionType::WINDOW_FIRST_VALUE},
    {"last_value", ExpressionType::WINDOW_LAST_VALUE}, {"last", ExpressionType::WINDOW_LAST_VALUE},
};

const WindowFunction* FindFunction(const std::string& name) {
  for (const auto& function : kFunctions)
    if (name == function.name) return &function;
  return nullptr;
}

duckdb::WindowBoundary Boundary(plan::FrameBound bound, plan::FrameUnit unit) {
  const bool is_rows = unit == plan::FrameUnit::kRows;
  switch (bound) {
    case plan::FrameBound::kUnboundedPreceding: return duckdb::WindowBoundary::UNBOUNDED_PRECEDING;
    case plan::FrameBound::kUnboundedFollowing: return duckdb::WindowBoundary::UNBOUNDED_FOLLOWING;
    case plan::FrameBound::kCurrentRow: return is_rows ? duckdb::WindowBoundary::CURRENT_ROW_ROWS : duckdb::WindowBoundary::CURRENT_ROW_RANGE;
    case plan::FrameBound::kPreceding: return is_rows ? duckdb::WindowBoundary::EXPR_PRECEDING_ROWS : duckdb::WindowBoundary::EXPR_PRECEDING_RANGE;
    case plan::FrameBound::kFollowing: return is_rows ? duckdb::WindowBoundary::EXPR_FOLLOWING_ROWS : duckdb::WindowBoundary::EXPR_FOLLOWING_RANGE;
  }
  return duckdb::WindowBoundary::INVALID;
}

}  // namespace

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedWindow& node) {
  Relation input = Lower(*node.input);
  // The order of equal keys and positions of frames are per window; every call of one node may have its own specification.
  std::vector<std::function<ExprPtr(ExprPtr)>> finishes;
  ExprList windows;
  for (const auto& named : node.calls) {
    const auto& call = *named.expression->As<plan::ResolvedWindowCall>();
    duckdb::unique_ptr<duckdb::BoundWindowExpression> window;
    std::function<ExprPtr(ExprPtr)> finish;
    const WindowFunction* function = FindFunction(call.aggregate ? call.aggregate->function : call.function);
    if (function == nullptr && call.aggregate) {
      BoundAggregate aggregate = LowerAggregate(*named.expression, *call.aggregate, input);
      finish = aggregate.finish;
      LogicalType type = aggregate.call->return_type;
      if (aggregate.empty_value) {
        finish = [finish, type, empty = *aggregate.empty_value](ExprPtr value) {
          value = PlanBuilder::Coalesce(List(std::move(value), PlanBuilder::Constant(empty)), type);
          return finish ? finish(std::move(value)) : std::move(value);
        };
      }
      window = make_uniq<duckdb::BoundWindowExpression>(ExpressionType::WINDOW_AGGREGATE, type,
                                                        make_uniq<duckdb::AggregateFunction>(aggregate.call->function),
                                                        std::move(aggregate.call->bind_info));
      window->children = std::move(aggregate.call->children);
      window->filter_expr = std::move(aggregate.call->filter);
      window->distinct = aggregate.call->IsDistinct();
      if (aggregate.call->order_bys) window->arg_orders = std::move(aggregate.call->order_bys->orders);
      window->ignore_nulls = false;
    } else if (function != nullptr) {
      const auto& arguments = call.aggregate ? call.aggregate->arguments : call.arguments;
      LogicalType type = ToLogicalType(named.expression->type);
      const bool is_ranking = function->type == ExpressionType::WINDOW_ROW_NUMBER || function->type == ExpressionType::WINDOW_RANK ||
                              function->type == ExpressionType::WINDOW_RANK_DENSE || function->type == ExpressionType::WINDOW_NTILE;
      const bool is_share = function->type == ExpressionType::WINDOW_PERCENT_RANK || function->type == ExpressionType::WINDOW_CUME_DIST;
      LogicalType result = is_ranking ? LogicalType::BIGINT : is_share ? LogicalType::DOUBLE : type;
      window = make_uniq<duckdb::BoundWindowExpression>(function->type, result, nullptr, nullptr);
      window->ignore_nulls = call.ignore_nulls || (call.aggregate && call.aggregate->ignore_nulls);
      const bool is_shift = function->type == ExpressionType::WINDOW_LAG || function->type == ExpressionType::WINDOW_LEAD;
      for (size_t i = 0; i < arguments.size(); ++i) {
        ExprPtr argument = LowerExpression(*arguments[i], input);
        const bool is_count = (i == 0 && function->type == ExpressionType::WINDOW_NTILE) || (i == 1 && (is_shift || function->type == ExpressionType::WINDOW_NTH_VALUE));
        if (is_count && argument->return_type != LogicalType::BIGINT)
          argument = BindCast({.from = arguments[i]->type, .to = plan::DataType::Long(), .zone = "UTC", .origin = named.expression->origin},
                              std::move(argument), builder_);
        if (is_shift && i == 1) {
          window->offset_expr = std::move(argument);
        } else if (is_shift && i == 2) {
          window->default_expr = builder_.Reinterpret(std::move(argument), type);
        } else if (is_shift || function->type == ExpressionType::WINDOW_NTILE || function->type == ExpressionType::WINDOW_NTH_VALUE || i == 0) {
          window->children.push_back(std::move(argument));
        }
      }
      if (call.aggregate && call.aggregate->filter) window->filter_expr = LowerExpression(*call.aggregate->filter, input);
      if (result != type)
        finish = [this, type, result, from = is_ranking ? plan::DataType::Long() : plan::DataType::Double(), to = named.expression->type](ExprPtr value) {
          return BindCast({.from = from, .to = to, .zone = "UTC"}, std::move(value), builder_);
        };
    } else {
      Raise(NotImplemented("window function " + call.function), named.expression->origin);
    }
    for (const auto& partition : call.partition_by) window->partitions.push_back(LowerExpression(*partition, input));
    for (const auto& key : call.order_by) window->orders.push_back(LowerSortKey(key, input));
    window->start = Boundary(call.lower, call.unit);
    window->end = Boundary(call.upper, call.unit);
    // RANGE boundaries are values in the order key's type; the analyzer gives distances, moved here.
    auto edge = [&](plan::FrameBound bound, const plan::ResolvedExpressionPtr& offset) -> ExprPtr {
      if (bound != plan::FrameBound::kPreceding && bound != plan::FrameBound::kFollowing) return nullptr;
      ExprPtr distance = LowerExpression(*offset, input);
      if (call.unit == plan::FrameUnit::kRows) {
        if (distance->return_type != LogicalType::BIGINT)
          distance = BindCast({.from = offset->type, .to = plan::DataType::Long(), .zone = "UTC"}, std::move(distance), builder_);
        return distance;
      }
      const auto& key = call.order_by.at(0);
      const bool is_minus = (bound == plan::FrameBound::kPreceding) == key.is_ascending;
      std::string name = is_minus ? "-" : "+";
      plan::ResolvedExpressionPtr moved =
          plan::MakeResolved(plan::ResolvedCall{.function = is_minus ? "range_minus" : "range_plus", .arguments = {key.expression, offset}, .mode = plan::EvalMode::kLegacy, .settings = {{"zone", execution_.time_zone}}},
                             key.expression->type, true, named.expression->origin);
      return LowerExpression(*moved, input);
    };
    window->start_expr = edge(call.lower, call.lower_offset);
    window->end_expr = edge(call.upper, call.upper_offset);
    finishes.push_back(std::move(finish));
    windows.push_back(std::move(window));
  }
  duckdb::idx_t window_index = builder_.NextIndex();
  auto logical = make_uniq<duckdb::LogicalWindow>(window_index);
  std::vector<LogicalType> types;
  for (auto& window : windows) {
    types.push_back(window->return_type);
    logical->expressions.push_back(std::move(window));
  }
  logical->AddChild(std::move(input.op));
  logical->ResolveOperatorTypes();
  Relation out;
  out.op = std::move(logical);
  ExprList columns;
  std::vector<plan::ColumnId> ids;
  std::unordered_map<plan::ColumnId, size_t> calls;
  for (size_t i = 0; i < node.calls.size(); ++i) calls[node.calls[i].id] = i;
  for (const auto& column : plan.output) {
    ids.push_back(column.id);
    auto call = calls.find(column.id);
    if (call == calls.end()) {
      columns.push_back(PlanBuilder::Column(input.columns.at(column.id)));
      continue;
    }
    size_t i = call->second;
    ExprPtr value = make_uniq<duckdb::BoundColumnRefExpression>(types[i], duckdb::ColumnBinding(window_index, i));
    if (finishes[i]) value = finishes[i](std::move(value));
    columns.push_back(builder_.Reinterpret(std::move(value), ToLogicalType(node.calls[i].expression->type)));
  }
  duckdb::idx_t index = builder_.Project(out, std::move(columns));
  Bind(out, plan.output, index);
  return out;
}

}  // namespace crannog::engine::duck
