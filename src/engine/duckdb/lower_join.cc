#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

using duckdb::make_uniq;

namespace {

duckdb::JoinType ToJoinType(plan::JoinType type) {
  switch (type) {
    case plan::JoinType::kInner:
    case plan::JoinType::kCross: return duckdb::JoinType::INNER;
    case plan::JoinType::kLeftOuter: return duckdb::JoinType::LEFT;
    case plan::JoinType::kRightOuter: return duckdb::JoinType::RIGHT;
    case plan::JoinType::kFullOuter: return duckdb::JoinType::OUTER;
    case plan::JoinType::kLeftSemi: return duckdb::JoinType::SEMI;
    case plan::JoinType::kLeftAnti: return duckdb::JoinType::ANTI;
  }
  return duckdb::JoinType::INVALID;
}

bool KeepsOnlyLeft(plan::JoinType type) { return type == plan::JoinType::kLeftSemi || type == plan::JoinType::kLeftAnti; }

}  // namespace

// A plan in whose expressions `outer`'s columns may be named; `frame` learns which are.
Relation Lowering::LowerInside(const plan::ResolvedPlan& plan, const Relation& outer, OuterFrame& frame) {
  frame.relation = &outer;
  outer_.push_back(&frame);
  Relation inner = Lower(plan);
  builder_.Pick(inner, OutputIds(plan));
  outer_.pop_back();
  return inner;
}

OpPtr Lowering::DependentJoin(duckdb::JoinType type, Relation& outer, Relation inner, OuterFrame& frame,
                              const std::function<void(duckdb::LogicalDependentJoin&)>& adjust) {
  auto join = make_uniq<duckdb::LogicalDependentJoin>(type);
  bool has_nested = false;
  for (const auto& [id, info] : frame.used) has_nested |= info.type.IsNested();
  if (has_nested) {
    // Duplicate elimination over lists and maps is not possible: a row number stands for them.
    join->perform_delim = false;
    join->correlated_columns.AddColumnToBack(
        duckdb::CorrelatedColumnInfo(duckdb::ColumnBinding(builder_.NextIndex(), 0), duckdb::LogicalType::BIGINT, "delim_index", 0));
    join->correlated_columns.SetDelimIndexToZero();
  }
  for (const auto& [id, info] : frame.used) join->correlated_columns.AddColumnToBack(info);
  adjust(*join);
  join->AddChild(std::move(outer.op));
  join->AddChild(std::move(inner.op));
  join->ResolveOperatorTypes();
  return join;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedJoin& node) {
  Relation left = Lower(*node.left);
  builder_.Pick(left, OutputIds(*node.left));
  OuterFrame frame;
  Relation right;
  if (node.is_lateral) {
    right = LowerInside(*node.right, left, frame);
  } else {
    right = Lower(*node.right);
    builder_.Pick(right, OutputIds(*node.right));
  }
  const bool is_dependent = !frame.used.empty();
  Relation out;
  if (is_dependent && node.type == plan::JoinType::kInner && node.condition != nullptr) {
    // Condition above: columns of both sides are there.
    out.columns = left.columns;
    out.columns.insert(right.columns.begin(), right.columns.end());
    out.op = DependentJoin(duckdb::JoinType::INNER, left, std::move(right), frame, [](duckdb::LogicalDependentJoin& join) {
      join.is_lateral_join = true;
      join.propagate_null_values = false;
    });
    builder_.Filter(out, LowerExpression(*node.condition, out));
    builder_.Pick(out, OutputIds(plan));
    return out;
  }
  Relation both;
  both.columns = left.columns;
  both.columns.insert(right.columns.begin(), right.columns.end());
  if (is_dependent) {
    if (node.type != plan::JoinType::kInner && node.type != plan::JoinType::kCross && node.type != plan::JoinType::kLeftOuter)
      Raise(NotImplemented("this type of lateral join"));
    auto type = node.type == plan::JoinType::kLeftOuter ? duckdb::JoinType::LEFT : duckdb::JoinType::INNER;
    ExprPtr condition = node.condition ? LowerExpression(*node.condition, both) : nullptr;
    out.columns = both.columns;
    out.op = DependentJoin(type, left, std::move(right), frame, [&](duckdb::LogicalDependentJoin& join) {
      join.is_lateral_join = true;
      join.propagate_null_values = type != duckdb::JoinType::INNER;
      join.join_condition = std::move(condition);
    });
    builder_.Pick(out, OutputIds(plan));
    return out;
  }
  ExprPtr condition;
  if (node.condition != nullptr) {
    // Subqueries in the condition become joins below one of the sides.
    std::function<bool(const plan::ResolvedExpression&)> has_subquery = [&](const plan::ResolvedExpression& at) -> bool {
      if (at.As<plan::ResolvedSubquery>()) return true;
      if (const auto* call = at.As<plan::ResolvedCall>()) {
        for (const auto& argument : call->arguments)
          if (has_subquery(*argument)) return true;
      }
      if (const auto* cast = at.As<plan::ResolvedCast>()) return has_subquery(*cast->child);
      return false;
    };
    if (has_subquery(*node.condition)) {
      if (node.type == plan::JoinType::kInner || node.type == plan::JoinType::kCross) {
        out.columns = both.columns;
        out.op = duckdb::LogicalCrossProduct::Create(std::move(left.op), std::move(right.op));
        out.op->ResolveOperatorTypes();
        builder_.Filter(out, LowerExpression(*node.condition, out));
        builder_.Pick(out, OutputIds(plan));
        return out;
      }
      Raise(NotImplemented("subqueries in the condition of an outer, semi or anti join"));
    }
    condition = LowerExpression(*node.condition, both);
  }
  out.columns = KeepsOnlyLeft(node.type) ? left.columns : both.columns;
  if (!condition && (node.type == plan::JoinType::kInner || node.type == plan::JoinType::kCross)) {
    out.op = duckdb::LogicalCrossProduct::Create(std::move(left.op), std::move(right.op));
  } else {
    if (!condition) condition = PlanBuilder::Boolean(true);
    out.op = duckdb::LogicalComparisonJoin::CreateJoin(builder_.context(), ToJoinType(node.type), duckdb::JoinRefType::REGULAR, std::move(left.op),
                                                       std::move(right.op), std::move(condition));
  }
  out.op->ResolveOperatorTypes();
  builder_.Pick(out, OutputIds(plan));
  return out;
}

}  // namespace crannog::engine::duck
