#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

using duckdb::make_uniq;

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedSubquery& node, Relation& input) {
  if (!lambdas_.empty()) Raise(NotImplemented("subqueries inside lambdas"), at.origin);
  switch (node.kind) {
    case plan::SubqueryKind::kScalar: return ScalarSubquery(at, node, input);
    case plan::SubqueryKind::kExists: return ExistsSubquery(node, input);
    case plan::SubqueryKind::kIn: return node.values.size() == 1 ? InSubquery(node, input) : InSubqueryOfSeveral(node, input);
    case plan::SubqueryKind::kTableArgument: break;
  }
  Raise(NotImplemented("table arguments"), at.origin);
}

ExprPtr Lowering::ScalarSubquery(const plan::ResolvedExpression& at, const plan::ResolvedSubquery& node, Relation& input) {
  OuterFrame frame;
  Relation inner = LowerInside(*node.plan, input, frame);
  BoundColumn value = inner.columns.at(node.plan->output[0].id);
  if (!frame.used.empty()) {
    input.op = DependentJoin(duckdb::JoinType::SINGLE, input, std::move(inner), frame,
                             [](duckdb::LogicalDependentJoin& join) { join.subquery_type = duckdb::SubqueryType::SCALAR; });
    return builder_.Reinterpret(PlanBuilder::Column(value), ToLogicalType(at.type));
  }
  // Independent: first value and row count of at most two rows, checked, beside every row of the input.
  auto limit = make_uniq<duckdb::LogicalLimit>(duckdb::BoundLimitNode::ConstantValue(2), duckdb::BoundLimitNode());
  limit->AddChild(std::move(inner.op));
  limit->ResolveOperatorTypes();
  duckdb::idx_t group_index = builder_.NextIndex(), aggregate_index = builder_.NextIndex();
  ExprList aggregates;
  aggregates.push_back(builder_.BuiltinAggregate("first", List(PlanBuilder::Column(value))));
  aggregates.push_back(builder_.BuiltinAggregate("count_star", {}));
  auto aggregate = make_uniq<duckdb::LogicalAggregate>(group_index, aggregate_index, std::move(aggregates));
  aggregate->groupings_index = builder_.NextIndex();
  aggregate->AddChild(std::move(limit));
  aggregate->ResolveOperatorTypes();
  Relation checked;
  checked.op = std::move(aggregate);
  Kernel check{.name = "one_row_" + value.type.ToString(),
               .result = value.type,
               .function = [](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
                 for (duckdb::idx_t row = 0; row < args.size(); ++row)
                   if (args.data[1].GetValue(row).GetValue<int64_t>() > 1) RaiseCondition("SCALAR_SUBQUERY_TOO_MANY_ROWS", {}, DataOf(state).origin);
                 result.Reference(args.data[0]);
               },
               .nulls = NullPolicy::kSeesNulls,
               .origin = at.origin};
  ExprPtr first = make_uniq<duckdb::BoundColumnRefExpression>(value.type, duckdb::ColumnBinding(aggregate_index, 0));
  ExprPtr count = make_uniq<duckdb::BoundColumnRefExpression>(duckdb::LogicalType::BIGINT, duckdb::ColumnBinding(aggregate_index, 1));
  duckdb::idx_t index = builder_.Project(checked, List(builder_.Call(std::move(check), List(std::move(first), std::move(count)))));
  input.op = duckdb::LogicalCrossProduct::Create(std::move(input.op), std::move(checked.op));
  input.op->ResolveOperatorTypes();
  ExprPtr out = make_uniq<duckdb::BoundColumnRefExpression>(value.type, duckdb::ColumnBinding(index, 0));
  return builder_.Reinterpret(std::move(out), ToLogicalType(at.type));
}

// EXISTS (SELECT … FROM plan WHERE restrict), as a column beside `input`.
ExprPtr Lowering::ExistsWhere(const plan::ResolvedPlan& plan, Relation& input, const std::function<void(Relation&)>& restrict) {
  OuterFrame frame;
  frame.relation = &input;
  outer_.push_back(&frame);
  Relation inner = Lower(plan);
  builder_.Pick(inner, OutputIds(plan));
  if (restrict) restrict(inner);
  outer_.pop_back();
  if (frame.used.empty()) {
    auto limit = make_uniq<duckdb::LogicalLimit>(duckdb::BoundLimitNode::ConstantValue(1), duckdb::BoundLimitNode());
    limit->AddChild(std::move(inner.op));
    limit->ResolveOperatorTypes();
    duckdb::idx_t group_index = builder_.NextIndex(), aggregate_index = builder_.NextIndex();
    ExprList aggregates;
    aggregates.push_back(builder_.BuiltinAggregate("count_star", {}));
    auto aggregate = make_uniq<duckdb::LogicalAggregate>(group_index, aggregate_index, std::move(aggregates));
    aggregate->groupings_index = builder_.NextIndex();
    aggregate->AddChild(std::move(limit));
    aggregate->ResolveOperatorTypes();
    Relation counted;
    counted.op = std::move(aggregate);
    ExprPtr count = make_uniq<duckdb::BoundColumnRefExpression>(duckdb::LogicalType::BIGINT, duckdb::ColumnBinding(aggregate_index, 0));
    ExprPtr is_there = PlanBuilder::Compare(duckdb::ExpressionType::COMPARE_EQUAL, std::move(count), PlanBuilder::Constant(duckdb::Value::BIGINT(1)));
    duckdb::idx_t index = builder_.Project(counted, List(std::move(is_there)));
    input.op = duckdb::LogicalCrossProduct::Create(std::move(input.op), std::move(counted.op));
    input.op->ResolveOperatorTypes();
    return make_uniq<duckdb::BoundColumnRefExpression>(duckdb::LogicalType::BOOLEAN, duckdb::ColumnBinding(index, 0));
  }
  duckdb::idx_t mark = builder_.NextIndex();
  input.op = DependentJoin(duckdb::JoinType::MARK, input, std::move(inner), frame, [&](duckdb::LogicalDependentJoin& join) {
    join.subquery_type = duckdb::SubqueryType::EXISTS;
    join.any_join = true;
    join.mark_index = mark;
  });
  return make_uniq<duckdb::BoundColumnRefExpression>(duckdb::LogicalType::BOOLEAN, duckdb::ColumnBinding(mark, 0));
}

ExprPtr Lowering::ExistsSubquery(const plan::ResolvedSubquery& node, Relation& input) { return ExistsWhere(*node.plan, input, nullptr); }

ExprPtr Lowering::InSubquery(const plan::ResolvedSubquery& node, Relation& input) {
  ExprPtr left = LowerExpression(*node.values[0], input);
  OuterFrame frame;
  Relation inner = LowerInside(*node.plan, input, frame);
  BoundColumn value = inner.columns.at(node.plan->output[0].id);
  left = builder_.Reinterpret(std::move(left), value.type);
  duckdb::idx_t mark = builder_.NextIndex();
  ExprPtr out = make_uniq<duckdb::BoundColumnRefExpression>(duckdb::LogicalType::BOOLEAN, duckdb::ColumnBinding(mark, 0));
  if (!frame.used.empty()) {
    input.op = DependentJoin(duckdb::JoinType::MARK, input, std::move(inner), frame, [&](duckdb::LogicalDependentJoin& join) {
      join.subquery_type = duckdb::SubqueryType::ANY;
      join.any_join = true;
      join.mark_index = mark;
      join.expression_children.push_back(std::move(left));
      join.child_types.push_back(value.type);
      join.child_targets.push_back(value.type);
      join.comparison_type = duckdb::ExpressionType::COMPARE_EQUAL;
    });
    return out;
  }
  auto join = make_uniq<duckdb::LogicalComparisonJoin>(duckdb::JoinType::MARK);
  join->mark_index = mark;
  duckdb::JoinCondition condition;
  condition.left = std::move(left);
  condition.right = PlanBuilder::Column(value);
  condition.comparison = duckdb::ExpressionType::COMPARE_EQUAL;
  join->conditions.push_back(std::move(condition));
  join->AddChild(std::move(input.op));
  join->AddChild(std::move(inner.op));
  join->ResolveOperatorTypes();
  input.op = std::move(join);
  return out;
}

// (a, b) IN (SELECT x, y …): true where a row is equal, else NULL where a row may be equal, else false.
ExprPtr Lowering::InSubqueryOfSeveral(const plan::ResolvedSubquery& node, Relation& input) {
  ExprPtr marks[2];
  for (int possibly = 0; possibly < 2; ++possibly) {
    marks[possibly] = ExistsWhere(*node.plan, input, [&](Relation& inner) {
      ExprPtr condition;
      Relation nothing;  // so that every column of the left side is found outside
      for (size_t i = 0; i < node.values.size(); ++i) {
        const BoundColumn& column = inner.columns.at(node.plan->output[i].id);
        ExprPtr outer = builder_.Reinterpret(LowerExpression(*node.values[i], nothing), column.type);
        ExprPtr equal = PlanBuilder::Compare(duckdb::ExpressionType::COMPARE_EQUAL, std::move(outer), PlanBuilder::Column(column));
        condition = condition ? PlanBuilder::FilterAnd(std::move(condition), std::move(equal)) : std::move(equal);
      }
      if (possibly == 1) condition = PlanBuilder::Coalesce(List(std::move(condition), PlanBuilder::Boolean(true)), duckdb::LogicalType::BOOLEAN);
      builder_.Filter(inner, std::move(condition));
    });
  }
  ExprPtr unknown = PlanBuilder::Case(std::move(marks[1]), PlanBuilder::Null(duckdb::LogicalType::BOOLEAN), PlanBuilder::Boolean(false));
  return PlanBuilder::Case(std::move(marks[0]), PlanBuilder::Boolean(true), std::move(unknown));
}

}  // namespace crannog::engine::duck
