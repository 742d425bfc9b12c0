#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/kernel_registry.h"

namespace crannog::engine::duck {
namespace {

using duckdb::LogicalType;

BoundAggregate BindCount(AggregateCall& call, PlanBuilder& builder) {
  if (call.arguments.empty() || (call.arguments.size() == 1 && call.Constant(0) != nullptr && !call.Constant(0)->IsNull() && !call.is_distinct))
    return {.call = builder.BuiltinAggregate("count_star", {}), .finish = nullptr, .empty_value = std::nullopt};
  if (call.arguments.size() == 1) return {.call = builder.BuiltinAggregate("count", std::move(call.arguments)), .finish = nullptr, .empty_value = std::nullopt};
  // Several columns: rows where none is NULL.
  ExprPtr all_there;
  duckdb::child_list_t<LogicalType> fields;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    ExprPtr is_there = PlanBuilder::IsNotNull(call.arguments[i]->Copy());
    all_there = all_there ? PlanBuilder::And(std::move(all_there), std::move(is_there)) : std::move(is_there);
    fields.emplace_back("f" + std::to_string(i), call.arguments[i]->return_type);
  }
  LogicalType row_type = LogicalType::STRUCT(fields);
  ExprPtr row = builder.Builtin("row", std::move(call.arguments));
  row = builder.Reinterpret(std::move(row), row_type);
  ExprPtr value = PlanBuilder::Case(std::move(all_there), std::move(row), PlanBuilder::Null(row_type));
  return {.call = builder.BuiltinAggregate("count", List(std::move(value))), .finish = nullptr, .empty_value = std::nullopt};
}

AggregateBinder Same(const char* builtin) {
  return [builtin](AggregateCall& call, PlanBuilder& builder) -> BoundAggregate {
    return {.call = builder.BuiltinAggregate(builtin, std::move(call.arguments)), .finish = nullptr, .empty_value = std::nullopt};
  };
}

}  // namespace

void RegisterAggregates(KernelRegistry& registry) {
  registry.AddAggregate({"count"}, BindCount);
  registry.AddAggregate({"min"}, Same("min"));
  registry.AddAggregate({"max"}, Same("max"));
}

}  // namespace crannog::engine::duck
