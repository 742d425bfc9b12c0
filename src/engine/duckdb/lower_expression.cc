#include <algorithm>

#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

using duckdb::make_uniq;

ExprPtr Lowering::LowerExpression(const plan::ResolvedExpression& expression, Relation& input) {
  return std::visit([&](const auto& node) { return LowerNode(expression, node, input); }, expression.node);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::Literal& node, Relation&) {
  duckdb::Value value = ToValue(node);
  duckdb::LogicalType type = ToLogicalType(at.type);
  return builder_.Reinterpret(PlanBuilder::Constant(std::move(value)), type);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ColumnReference& node, Relation& input) {
  duckdb::LogicalType type = ToLogicalType(at.type);
  if (!lambdas_.empty()) return Capture(node.id, type, lambdas_.size() - 1, input);
  if (!node.is_outer) {
    auto found = input.columns.find(node.id);
    if (found != input.columns.end()) return builder_.Reinterpret(PlanBuilder::Column(found->second), type);
  }
  return OuterColumn(node, type);
}

// Depth counts the dependent joins between the reference and its column; each join in between learns of the column too.
ExprPtr Lowering::OuterColumn(const plan::ColumnReference& reference, const duckdb::LogicalType& type) {
  for (size_t depth = 1; depth <= outer_.size(); ++depth) {
    OuterFrame& frame = *outer_[outer_.size() - depth];
    auto found = frame.relation->columns.find(reference.id);
    if (found == frame.relation->columns.end()) continue;
    for (size_t level = 1; level <= depth; ++level) {
      OuterFrame& between = *outer_[outer_.size() - level];
      bool is_known = std::any_of(between.used.begin(), between.used.end(), [&](const auto& used) { return used.first == reference.id; });
      if (!is_known)
        between.used.emplace_back(reference.id, duckdb::CorrelatedColumnInfo(found->second.binding, found->second.type, found->second.name,
                                                                             depth - level + 1));
    }
    return builder_.Reinterpret(PlanBuilder::Column(found->second, depth), type);
  }
  RaiseCondition("INTERNAL_ERROR", {{"message", "column " + reference.name + "#" + std::to_string(reference.id) + " is not in scope"}});
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedCall& node, Relation& input) {
  const KernelBinder* binder = registry_.Find(node.function);
  if (binder == nullptr) Raise(NotImplemented("function " + node.function), at.origin);
  KernelCall call{.function = node.function,
                  .mode = node.mode,
                  .settings = node.settings,
                  .resolved = node.arguments,
                  .arguments = {},
                  .type = at.type,
                  .nullable = at.nullable,
                  .origin = at.origin,
                  .lambda = {}};
  for (const auto& argument : node.arguments)
    call.arguments.push_back(argument->As<plan::ResolvedLambda>() != nullptr ? nullptr : LowerExpression(*argument, input));
  call.lambda = [&](size_t i) { return LowerLambda(*node.arguments[i]->As<plan::ResolvedLambda>(), input); };
  ExprPtr out = (*binder)(call, builder_);
  return builder_.Reinterpret(std::move(out), ToLogicalType(at.type));
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedCast& node, Relation& input) {
  CastRequest request{.from = node.child->type, .to = at.type, .mode = node.mode, .zone = node.zone, .origin = at.origin};
  if (request.zone.empty()) request.zone = execution_.time_zone;
  return BindCast(request, LowerExpression(*node.child, input), builder_);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedAggregate& node, Relation&) {
  RaiseCondition("INTERNAL_ERROR", {{"message", "aggregate " + node.function + " outside an aggregation"}}, at.origin);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedWindowCall& node, Relation&) {
  RaiseCondition("INTERNAL_ERROR", {{"message", "window function " + node.function + " outside a window"}}, at.origin);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedLambda&, Relation&) {
  RaiseCondition("INTERNAL_ERROR", {{"message", "lambda outside a higher-order function"}}, at.origin);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedPythonCall& node, Relation&) {
  Raise(NotImplemented("Python function " + node.function->name), at.origin);
}

ExprPtr Lowering::LowerNode(const plan::ResolvedExpression& at, const plan::ResolvedLambdaVariable& node, Relation& input) {
  if (lambdas_.empty()) RaiseCondition("INTERNAL_ERROR", {{"message", "lambda variable " + node.name + " outside its lambda"}}, at.origin);
  return Capture(node.id, ToLogicalType(at.type), lambdas_.size() - 1, input);
}

// A name inside lambda `frame`: its parameter, or a capture whose value comes from the frame around (at last from the plan).
ExprPtr Lowering::Capture(plan::ColumnId id, const duckdb::LogicalType& type, size_t frame, Relation& input) {
  LambdaFrame& lambda = *lambdas_[frame];
  auto parameter = lambda.parameters.find(id);
  if (parameter != lambda.parameters.end()) return make_uniq<duckdb::BoundReferenceExpression>(type, parameter->second);
  auto known = std::find(lambda.captured_ids.begin(), lambda.captured_ids.end(), id);
  size_t position = static_cast<size_t>(known - lambda.captured_ids.begin());
  if (known == lambda.captured_ids.end()) {
    ExprPtr value;
    if (frame > 0) {
      value = Capture(id, type, frame - 1, input);
    } else {
      auto found = input.columns.find(id);
      value = found != input.columns.end() ? builder_.Reinterpret(PlanBuilder::Column(found->second), type)
                                           : OuterColumn(plan::ColumnReference{.id = id, .name = "", .is_outer = true}, type);
    }
    lambda.captured_ids.push_back(id);
    lambda.captures.push_back(std::move(value));
  }
  return make_uniq<duckdb::BoundReferenceExpression>(type, lambda.parameter_count + position);
}

LoweredLambda Lowering::LowerLambda(const plan::ResolvedLambda& lambda, Relation& input) {
  LambdaFrame frame;
  frame.parameter_count = lambda.parameters.size();
  frame.input = &input;
  LoweredLambda out;
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    frame.parameters[lambda.parameters[i].id] = i;
    out.parameter_types.push_back(ToLogicalType(lambda.parameters[i].type));
  }
  lambdas_.push_back(&frame);
  out.body = LowerExpression(*lambda.body, input);
  lambdas_.pop_back();
  out.captures = std::move(frame.captures);
  return out;
}

}  // namespace crannog::engine::duck
