#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/kernel_registry.h"

namespace crannog::engine::duck {
namespace {

using duckdb::LogicalType;

ExprPtr BindCase(KernelCall& call, PlanBuilder& builder) {
  const size_t count = call.arguments.size();
  LogicalType type = ToLogicalType(call.type);
  auto out = duckdb::make_uniq<duckdb::BoundCaseExpression>(type);
  for (size_t i = 0; i + 1 < count; i += 2) {
    duckdb::BoundCaseCheck check;
    check.when_expr = std::move(call.arguments[i]);
    check.then_expr = builder.Reinterpret(std::move(call.arguments[i + 1]), type);
    out->case_checks.push_back(std::move(check));
  }
  out->else_expr = count % 2 == 1 ? builder.Reinterpret(std::move(call.arguments[count - 1]), type) : PlanBuilder::Null(type);
  return out;
}

ExprPtr BindCoalesce(KernelCall& call, PlanBuilder& builder) {
  LogicalType type = ToLogicalType(call.type);
  for (auto& argument : call.arguments) argument = builder.Reinterpret(std::move(argument), type);
  if (call.arguments.size() == 1) return std::move(call.arguments[0]);
  return PlanBuilder::Coalesce(std::move(call.arguments), type);
}

// x IN (a, b, …): all of one type. Elements that can raise are tried in order, as Spark does.
ExprPtr BindIn(KernelCall& call, PlanBuilder& builder) {
  LogicalType type = call.arguments[0]->return_type;
  bool is_simple = true;
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    call.arguments[i] = builder.Reinterpret(std::move(call.arguments[i]), type);
    is_simple &= !call.arguments[i]->CanThrow();
  }
  if (call.arguments.size() == 1) return PlanBuilder::Boolean(false);
  if (is_simple) {
    auto in = duckdb::make_uniq<duckdb::BoundOperatorExpression>(duckdb::ExpressionType::COMPARE_IN, LogicalType::BOOLEAN);
    in->children = std::move(call.arguments);
    return in;
  }
  ExprPtr out;
  for (size_t i = 1; i < call.arguments.size(); ++i) {
    ExprPtr equal = PlanBuilder::Compare(duckdb::ExpressionType::COMPARE_EQUAL, call.arguments[0]->Copy(), std::move(call.arguments[i]));
    out = out ? PlanBuilder::Or(std::move(out), std::move(equal)) : std::move(equal);
  }
  return out;
}

}  // namespace

void RegisterLogic(KernelRegistry& registry) {
  registry.Add({"and"}, [](KernelCall& call, PlanBuilder&) {
    ExprPtr out = std::move(call.arguments[0]);
    for (size_t i = 1; i < call.arguments.size(); ++i) out = PlanBuilder::And(std::move(out), std::move(call.arguments[i]));
    return out;
  });
  registry.Add({"or"}, [](KernelCall& call, PlanBuilder&) {
    ExprPtr out = std::move(call.arguments[0]);
    for (size_t i = 1; i < call.arguments.size(); ++i) out = PlanBuilder::Or(std::move(out), std::move(call.arguments[i]));
    return out;
  });
  registry.Add({"not"}, [](KernelCall& call, PlanBuilder&) { return PlanBuilder::Not(std::move(call.arguments[0])); });
  registry.Add({"isnull"}, [](KernelCall& call, PlanBuilder&) { return PlanBuilder::IsNull(std::move(call.arguments[0])); });
  registry.Add({"isnotnull"}, [](KernelCall& call, PlanBuilder&) { return PlanBuilder::IsNotNull(std::move(call.arguments[0])); });
  registry.Add({"case", "if", "when"}, BindCase);
  registry.Add({"coalesce"}, BindCoalesce);
  registry.Add({"in"}, BindIn);
}

}  // namespace crannog::engine::duck
