#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/engine.h"
#include "plan/resolved_plan.h"

/// Short ways to write resolved plans and to read results, for tests.
namespace crannog::engine::testing {

using plan::DataType;
using plan::Literal;
using plan::ResolvedExpressionPtr;
using plan::ResolvedPlanPtr;

inline ResolvedExpressionPtr Lit(Literal literal) {
  DataType type = literal.type;
  bool is_null = literal.IsNull();
  return plan::MakeResolved(std::move(literal), type, is_null);
}
inline ResolvedExpressionPtr Int(int32_t value) { return Lit(Literal::Int(value)); }
inline ResolvedExpressionPtr Long(int64_t value) { return Lit(Literal::Long(value)); }
inline ResolvedExpressionPtr Double(double value) { return Lit(Literal::Double(value)); }
inline ResolvedExpressionPtr Text(std::string value) { return Lit(Literal::String(std::move(value))); }
inline ResolvedExpressionPtr Null(DataType type) { return Lit(Literal::Null(std::move(type))); }
inline ResolvedExpressionPtr Decimal(int64_t unscaled, int precision, int scale) { return Lit(Literal::Decimal(unscaled, precision, scale)); }

inline ResolvedExpressionPtr Col(plan::ColumnId id, DataType type, bool is_outer = false) {
  return plan::MakeResolved(plan::ColumnReference{.id = id, .name = "c" + std::to_string(id), .is_outer = is_outer}, std::move(type), true);
}
inline ResolvedExpressionPtr Call(std::string function, std::vector<ResolvedExpressionPtr> arguments, DataType type,
                                  plan::EvalMode mode = plan::EvalMode::kAnsi, std::map<std::string, std::string> settings = {}) {
  return plan::MakeResolved(
      plan::ResolvedCall{.function = std::move(function), .arguments = std::move(arguments), .mode = mode, .settings = std::move(settings)},
      std::move(type), true, plan::Origin{.start = 7, .stop = 11});
}
inline ResolvedExpressionPtr Cast(ResolvedExpressionPtr child, DataType type, plan::EvalMode mode = plan::EvalMode::kAnsi, std::string zone = "UTC") {
  return plan::MakeResolved(plan::ResolvedCast{.child = std::move(child), .mode = mode, .zone = std::move(zone)}, std::move(type), true,
                            plan::Origin{.start = 7, .stop = 11});
}
inline ResolvedExpressionPtr Agg(std::string function, std::vector<ResolvedExpressionPtr> arguments, DataType type,
                                 plan::EvalMode mode = plan::EvalMode::kAnsi) {
  return plan::MakeResolved(plan::ResolvedAggregate{.function = std::move(function), .arguments = std::move(arguments), .mode = mode}, std::move(type), true,
                            plan::Origin{.start = 7, .stop = 11});
}
inline plan::OutputColumn Out(plan::ColumnId id, DataType type) {
  return {.id = id, .name = "c" + std::to_string(id), .type = std::move(type), .nullable = true, .metadata_json = ""};
}

inline ResolvedPlanPtr Values(std::vector<plan::OutputColumn> columns, std::vector<std::vector<ResolvedExpressionPtr>> rows) {
  return plan::MakePlan(plan::ResolvedValues{.rows = std::move(rows)}, std::move(columns));
}
inline ResolvedPlanPtr OneRow() { return Values({}, {{}}); }
inline ResolvedPlanPtr Project(ResolvedPlanPtr input, std::vector<std::pair<plan::ColumnId, ResolvedExpressionPtr>> columns) {
  std::vector<plan::NamedExpression> named;
  std::vector<plan::OutputColumn> output;
  for (auto& [id, expression] : columns) {
    output.push_back(Out(id, expression->type));
    named.push_back({.id = id, .name = "c" + std::to_string(id), .expression = expression});
  }
  return plan::MakePlan(plan::ResolvedProject{.input = std::move(input), .expressions = std::move(named)}, std::move(output));
}
inline ResolvedPlanPtr Filter(ResolvedPlanPtr input, ResolvedExpressionPtr condition) {
  auto output = input->output;
  return plan::MakePlan(plan::ResolvedFilter{.input = std::move(input), .condition = std::move(condition)}, std::move(output));
}
inline ResolvedPlanPtr Range(plan::ColumnId id, int64_t start, int64_t end, int64_t step = 1) {
  return plan::MakePlan(plan::ResolvedRange{.start = start, .end = end, .step = step}, {Out(id, DataType::Long())});
}
inline ResolvedPlanPtr Sort(ResolvedPlanPtr input, std::vector<plan::ResolvedSortKey> keys) {
  auto output = input->output;
  return plan::MakePlan(plan::ResolvedSort{.input = std::move(input), .keys = std::move(keys)}, std::move(output));
}
inline ResolvedPlanPtr Aggregate(ResolvedPlanPtr input, std::vector<std::pair<plan::ColumnId, ResolvedExpressionPtr>> groups,
                                 std::vector<std::pair<plan::ColumnId, ResolvedExpressionPtr>> aggregates) {
  plan::ResolvedAggregation node{.input = std::move(input)};
  std::vector<plan::OutputColumn> output;
  for (auto& [id, expression] : groups) {
    output.push_back(Out(id, expression->type));
    node.groups.push_back({.id = id, .name = "g", .expression = expression});
  }
  for (auto& [id, expression] : aggregates) {
    output.push_back(Out(id, expression->type));
    node.aggregates.push_back({.id = id, .name = "a", .expression = expression});
  }
  return plan::MakePlan(std::move(node), std::move(output));
}

/// A literal as text: NULL, numbers plainly, texts as they are, arrays "[a,b]", structs "{a,b}", maps "{k:v}".
std::string Show(const Literal& literal);

/// One engine for all tests of the program.
Engine& TestEngine();

/// The rows of a plan, one text per row, values joined by '|'; or one text "ERROR CONDITION".
std::vector<std::string> Rows(const ResolvedPlanPtr& plan, ExecutionContext context = {});
/// The value of an expression as text, or "ERROR CONDITION".
std::string Value(const ResolvedExpressionPtr& expression, ExecutionContext context = {});
/// The whole error of an expression.
Error ErrorOf(const ResolvedExpressionPtr& expression, ExecutionContext context = {});

}  // namespace crannog::engine::testing
