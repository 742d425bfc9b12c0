#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

using duckdb::make_uniq;

OpPtr Lowering::LowerRoot(const plan::ResolvedPlan& plan) {
  Relation relation = Lower(plan);
  builder_.Pick(relation, OutputIds(plan));
  relation.op->ResolveOperatorTypes();
  return std::move(relation.op);
}

Relation Lowering::Lower(const plan::ResolvedPlan& plan) {
  return std::visit([&](const auto& node) { return LowerNode(plan, node); }, plan.node);
}

std::vector<plan::ColumnId> Lowering::OutputIds(const plan::ResolvedPlan& plan) const {
  std::vector<plan::ColumnId> ids;
  for (const auto& column : plan.output) ids.push_back(column.id);
  return ids;
}

void Lowering::Bind(Relation& relation, const std::vector<plan::OutputColumn>& output, duckdb::idx_t table_index) {
  for (size_t i = 0; i < output.size(); ++i)
    relation.columns[output[i].id] = BoundColumn{duckdb::ColumnBinding(table_index, i), ToLogicalType(output[i].type), output[i].name};
}

Relation Lowering::ProjectNamed(Relation input, const std::vector<plan::NamedExpression>& expressions) {
  ExprList lowered;
  std::vector<BoundColumn> columns;
  for (const auto& named : expressions) {
    lowered.push_back(LowerExpression(*named.expression, input));
    columns.push_back({duckdb::ColumnBinding(), lowered.back()->return_type, named.name});
  }
  duckdb::idx_t index = builder_.Project(input, std::move(lowered));
  for (size_t i = 0; i < expressions.size(); ++i) {
    columns[i].binding = duckdb::ColumnBinding(index, i);
    input.columns[expressions[i].id] = columns[i];
  }
  return input;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedProject& node) {
  return ProjectNamed(Lower(*node.input), node.expressions);
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedFilter& node) {
  Relation input = Lower(*node.input);
  // Conjuncts one by one: as a filter DuckDB stops early in order, and each can be pushed on its own.
  std::vector<const plan::ResolvedExpression*> conjuncts, open{node.condition.get()};
  while (!open.empty()) {
    const plan::ResolvedExpression* next = open.back();
    open.pop_back();
    const auto* call = next->As<plan::ResolvedCall>();
    if (call != nullptr && call->function == "and" && call->arguments.size() == 2) {
      open.push_back(call->arguments[1].get());
      open.push_back(call->arguments[0].get());
    } else {
      conjuncts.push_back(next);
    }
  }
  ExprPtr condition;
  for (const auto* conjunct : conjuncts) {
    ExprPtr lowered = LowerExpression(*conjunct, input);
    condition = condition ? PlanBuilder::FilterAnd(std::move(condition), std::move(lowered)) : std::move(lowered);
  }
  builder_.Filter(input, std::move(condition));
  return input;
}

duckdb::BoundOrderByNode Lowering::LowerSortKey(const plan::ResolvedSortKey& key, Relation& input) {
  return duckdb::BoundOrderByNode(key.is_ascending ? duckdb::OrderType::ASCENDING : duckdb::OrderType::DESCENDING,
                                  key.nulls_first ? duckdb::OrderByNullType::NULLS_FIRST : duckdb::OrderByNullType::NULLS_LAST,
                                  LowerExpression(*key.expression, input));
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedSort& node) {
  Relation input = Lower(*node.input);
  duckdb::vector<duckdb::BoundOrderByNode> orders;
  for (const auto& key : node.keys) orders.push_back(LowerSortKey(key, input));
  (void)plan;
  auto order = make_uniq<duckdb::LogicalOrder>(std::move(orders));
  order->AddChild(std::move(input.op));
  order->ResolveOperatorTypes();
  input.op = std::move(order);
  return input;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedLimit& node) {
  Relation input = Lower(*node.input);
  if (node.is_tail) Raise(NotImplemented("tail of an unsorted relation"));
  auto limit_value = node.count ? duckdb::BoundLimitNode::ConstantValue(*node.count) : duckdb::BoundLimitNode();
  auto offset_value = node.offset > 0 ? duckdb::BoundLimitNode::ConstantValue(node.offset) : duckdb::BoundLimitNode();
  auto limit = make_uniq<duckdb::LogicalLimit>(std::move(limit_value), std::move(offset_value));
  limit->AddChild(std::move(input.op));
  limit->ResolveOperatorTypes();
  input.op = std::move(limit);
  return input;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedSetOperation& node) {
  auto type = node.kind == plan::SetOperationKind::kUnion       ? duckdb::LogicalOperatorType::LOGICAL_UNION
              : node.kind == plan::SetOperationKind::kIntersect ? duckdb::LogicalOperatorType::LOGICAL_INTERSECT
                                                                : duckdb::LogicalOperatorType::LOGICAL_EXCEPT;
  duckdb::vector<OpPtr> inputs;
  for (const auto& child : node.inputs) {
    Relation relation = Lower(*child);
    // Columns match by position; names of nested fields may differ, so types are made the result's (rule 4).
    ExprList columns;
    for (size_t i = 0; i < child->output.size(); ++i)
      columns.push_back(builder_.Reinterpret(PlanBuilder::Column(relation.columns.at(child->output[i].id)), ToLogicalType(plan.output[i].type)));
    builder_.Project(relation, std::move(columns));
    inputs.push_back(std::move(relation.op));
  }
  const size_t width = std::max<size_t>(plan.output.size(), 1);
  const bool is_union_distinct = node.kind == plan::SetOperationKind::kUnion && !node.is_all;
  const bool is_all = node.is_all || is_union_distinct;
  duckdb::idx_t index = builder_.NextIndex();
  Relation out;
  if (inputs.size() == 1) {
    RaiseCondition("INTERNAL_ERROR", {{"message", "set operation with one input"}});
  } else if (node.kind == plan::SetOperationKind::kUnion) {
    out.op = make_uniq<duckdb::LogicalSetOperation>(index, width, std::move(inputs), type, is_all);
  } else {
    out.op = std::move(inputs[0]);
    for (size_t i = 1; i < inputs.size(); ++i) {
      if (i > 1) index = builder_.NextIndex();
      out.op = make_uniq<duckdb::LogicalSetOperation>(index, width, std::move(out.op), std::move(inputs[i]), type, is_all);
    }
  }
  out.op->ResolveOperatorTypes();
  Bind(out, plan.output, index);
  if (is_union_distinct) {
    ExprList targets;
    for (const auto& column : plan.output) targets.push_back(PlanBuilder::Column(out.columns.at(column.id)));
    auto distinct = make_uniq<duckdb::LogicalDistinct>(std::move(targets), duckdb::DistinctType::DISTINCT);
    distinct->AddChild(std::move(out.op));
    distinct->ResolveOperatorTypes();
    out.op = std::move(distinct);
  }
  return out;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedDistinct& node) {
  Relation input = Lower(*node.input);
  builder_.Pick(input, OutputIds(*node.input));
  ExprList targets;
  const bool is_partial = !node.keys.empty();
  for (plan::ColumnId id : is_partial ? node.keys : OutputIds(*node.input)) targets.push_back(PlanBuilder::Column(input.columns.at(id)));
  auto distinct = make_uniq<duckdb::LogicalDistinct>(std::move(targets),
                                                     is_partial ? duckdb::DistinctType::DISTINCT_ON : duckdb::DistinctType::DISTINCT);
  distinct->AddChild(std::move(input.op));
  distinct->ResolveOperatorTypes();
  input.op = std::move(distinct);
  (void)plan;
  return input;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedValues& node) {
  if (plan.output.empty()) {
    if (node.rows.size() == 1) return builder_.SingleRow();
  }
  Relation rows = builder_.SingleRow();
  duckdb::vector<duckdb::LogicalType> types;
  for (const auto& column : plan.output) types.push_back(ToLogicalType(column.type));
  if (types.empty()) types.push_back(duckdb::LogicalType::BOOLEAN);
  duckdb::idx_t index = builder_.NextIndex();
  Relation out;
  if (node.rows.empty()) {
    out.op = make_uniq<duckdb::LogicalEmptyResult>(types, duckdb::vector<duckdb::ColumnBinding>{});
    auto rows_of_none = std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), types);
    out.op = MemoryScan(index, rows_of_none, duckdb::vector<duckdb::string>(types.size(), "c"));
  } else {
    duckdb::vector<ExprList> lists;
    for (const auto& row : node.rows) {
      ExprList list;
      for (size_t i = 0; i < row.size(); ++i) list.push_back(builder_.Reinterpret(LowerExpression(*row[i], rows), types[i]));
      if (list.empty()) list.push_back(PlanBuilder::Boolean(true));
      lists.push_back(std::move(list));
    }
    out.op = make_uniq<duckdb::LogicalExpressionGet>(index, types, std::move(lists));
    out.op->AddChild(std::move(rows.op));
  }
  out.op->ResolveOperatorTypes();
  Bind(out, plan.output, index);
  return out;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedSample& node) {
  Relation input = Lower(*node.input);
  (void)node;
  Raise(NotImplemented("TABLESAMPLE"));
  return input;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedCte& node) {
  Relation definition = Lower(*node.definition);
  builder_.Pick(definition, OutputIds(*node.definition));
  CteDefinition cte{.table_index = builder_.NextIndex(), .types = {}, .names = {}};
  for (const auto& column : node.definition->output) {
    cte.types.push_back(ToLogicalType(column.type));
    cte.names.push_back(column.name);
  }
  if (cte.types.empty()) {
    cte.types.push_back(duckdb::LogicalType::BOOLEAN);
    cte.names.push_back("empty");
  }
  ctes_[node.cte_id] = cte;
  Relation body = Lower(*node.body);
  builder_.Pick(body, OutputIds(*node.body));
  Relation out;
  out.columns = std::move(body.columns);
  out.op = make_uniq<duckdb::LogicalMaterializedCTE>("cte" + std::to_string(node.cte_id), cte.table_index, cte.types.size(), std::move(definition.op),
                                                     std::move(body.op), duckdb::CTEMaterialize::CTE_MATERIALIZE_DEFAULT);
  out.op->ResolveOperatorTypes();
  (void)plan;
  return out;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedCteReference& node) {
  auto found = ctes_.find(node.cte_id);
  if (found == ctes_.end()) RaiseCondition("INTERNAL_ERROR", {{"message", "common table expression without definition"}});
  duckdb::idx_t index = builder_.NextIndex();
  Relation out;
  out.op = make_uniq<duckdb::LogicalCTERef>(index, found->second.table_index, found->second.types, found->second.names);
  out.op->ResolveOperatorTypes();
  Bind(out, plan.output, index);
  return out;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedPythonMap& node) {
  Raise(NotImplemented("Python function " + node.function->name));
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedMetrics& node) { return Lower(*node.input); }

}  // namespace crannog::engine::duck
