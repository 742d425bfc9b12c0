#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

using duckdb::make_uniq;

// FILTER is applied after arguments are computed (rule 7), so arguments that can raise are computed only where the filter holds.
BoundAggregate Lowering::LowerAggregate(const plan::ResolvedExpression& at, const plan::ResolvedAggregate& node, Relation& input) {
  const AggregateBinder* binder = registry_.FindAggregate(node.function);
  if (binder == nullptr) Raise(NotImplemented("aggregate function " + node.function), at.origin);
  AggregateCall call{.function = node.function,
                     .mode = node.mode,
                     .settings = node.settings,
                     .resolved = node.arguments,
                     .arguments = {},
                     .type = at.type,
                     .origin = at.origin,
                     .ignore_nulls = node.ignore_nulls,
                     .is_distinct = node.is_distinct,
                     .is_ordered = !node.order_by.empty(),
                     .order_by = node.order_by,
                     .order_values = {}};
  ExprPtr filter = node.filter ? LowerExpression(*node.filter, input) : nullptr;
  for (const auto& argument : node.arguments) {
    ExprPtr lowered = LowerExpression(*argument, input);
    if (filter && lowered->CanThrow()) {
      duckdb::LogicalType type = lowered->return_type;
      lowered = PlanBuilder::Case(filter->Copy(), std::move(lowered), PlanBuilder::Null(type));
    }
    call.arguments.push_back(std::move(lowered));
  }
  for (const auto& key : node.order_by) call.order_values.push_back(LowerExpression(*key.expression, input));
  BoundAggregate out = (*binder)(call, builder_);
  if (node.is_distinct) out.call->aggr_type = duckdb::AggregateType::DISTINCT;
  if (filter) {
    if (out.call->filter) filter = PlanBuilder::FilterAnd(std::move(filter), std::move(out.call->filter));
    out.call->filter = std::move(filter);
  }
  if (!node.order_by.empty() && !out.consumes_order) {
    out.call->order_bys = make_uniq<duckdb::BoundOrderModifier>();
    for (const auto& key : node.order_by) out.call->order_bys->orders.push_back(LowerSortKey(key, input));
  }
  return out;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedAggregation& node) {
  Relation input = Lower(*node.input);
  ExprList groups;
  for (const auto& group : node.groups) groups.push_back(LowerExpression(*group.expression, input));
  std::vector<BoundAggregate> aggregates;
  for (const auto& aggregate : node.aggregates)
    aggregates.push_back(LowerAggregate(*aggregate.expression, *aggregate.expression->As<plan::ResolvedAggregate>(), input));

  duckdb::idx_t group_index = builder_.NextIndex(), aggregate_index = builder_.NextIndex(), groupings_index = builder_.NextIndex();
  ExprList calls;
  for (auto& aggregate : aggregates) calls.push_back(std::move(aggregate.call));
  const bool is_distinct_only = calls.empty() && groups.empty();
  if (is_distinct_only) calls.push_back(builder_.BuiltinAggregate("count_star", {}));
  duckdb::vector<duckdb::LogicalType> call_types;
  for (const auto& call : calls) call_types.push_back(call->return_type);
  auto aggregate = make_uniq<duckdb::LogicalAggregate>(group_index, aggregate_index, std::move(calls));
  aggregate->groupings_index = groupings_index;
  aggregate->groups = std::move(groups);
  if (node.grouping_sets) {
    for (const auto& set : *node.grouping_sets) {
      duckdb::GroupingSet positions;
      for (int32_t position : set) positions.insert(static_cast<duckdb::idx_t>(position));
      aggregate->grouping_sets.push_back(std::move(positions));
    }
    duckdb::unsafe_vector<duckdb::idx_t> all;
    for (size_t i = 0; i < node.groups.size(); ++i) all.push_back(i);
    aggregate->grouping_functions.push_back(std::move(all));
  }
  aggregate->AddChild(std::move(input.op));
  aggregate->ResolveOperatorTypes();

  // The projection above finishes aggregates and gives the results of empty groups (rule 3).
  Relation out;
  ExprList columns;
  std::vector<plan::ColumnId> ids;
  auto column = [&](duckdb::LogicalType type, duckdb::idx_t index, duckdb::idx_t position) -> ExprPtr {
    return make_uniq<duckdb::BoundColumnRefExpression>(std::move(type), duckdb::ColumnBinding(index, position));
  };
  for (size_t i = 0; i < node.groups.size(); ++i) {
    columns.push_back(column(aggregate->groups[i]->return_type, group_index, i));
    ids.push_back(node.groups[i].id);
  }
  for (size_t i = 0; i < node.aggregates.size(); ++i) {
    ExprPtr value = column(call_types[i], aggregate_index, i);
    if (aggregates[i].empty_value)
      value = PlanBuilder::Coalesce(List(std::move(value), PlanBuilder::Constant(*aggregates[i].empty_value)), call_types[i]);
    if (aggregates[i].finish) value = aggregates[i].finish(std::move(value));
    columns.push_back(builder_.Reinterpret(std::move(value), ToLogicalType(node.aggregates[i].expression->type)));
    ids.push_back(node.aggregates[i].id);
  }
  if (node.grouping_sets) {
    columns.push_back(node.groups.empty() ? PlanBuilder::Constant(duckdb::Value::BIGINT(0)) : column(duckdb::LogicalType::BIGINT, groupings_index, 0));
    ids.push_back(node.grouping_id);
  }
  std::vector<duckdb::LogicalType> types;
  for (const auto& expression : columns) types.push_back(expression->return_type);
  out.op = std::move(aggregate);
  duckdb::idx_t index = builder_.Project(out, std::move(columns));
  for (size_t i = 0; i < ids.size(); ++i) out.columns[ids[i]] = BoundColumn{duckdb::ColumnBinding(index, i), types[i], ""};
  (void)plan;
  return out;
}

}  // namespace crannog::engine::duck
