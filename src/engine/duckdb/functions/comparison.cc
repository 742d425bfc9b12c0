#include <cmath>

#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/kernel_registry.h"

namespace crannog::engine::duck {
namespace {

using duckdb::ExpressionType;

// DuckDB orders NaN greatest and equal to itself, and holds 0.0 = -0.0, as Spark does; nested values compare NULL-safely in both.
KernelBinder Comparison(ExpressionType type) {
  return [type](KernelCall& call, PlanBuilder& builder) {
    duckdb::LogicalType left = call.arguments[0]->return_type;
    call.arguments[1] = builder.Reinterpret(std::move(call.arguments[1]), left);
    return PlanBuilder::Compare(type, std::move(call.arguments[0]), std::move(call.arguments[1]));
  };
}

ExprPtr BindIsNan(KernelCall& call, PlanBuilder& builder) {
  const bool is_float = call.arguments[0]->return_type == duckdb::LogicalType::FLOAT;
  Kernel kernel{.name = "isnan", .result = duckdb::LogicalType::BOOLEAN, .function = nullptr, .fallibility = Fallibility::kNever,
                .nulls = NullPolicy::kSeesNulls};
  // isnan(NULL) is false.
  if (is_float) {
    kernel.function = RowKernel<bool, float>([](KernelContext&, float value) { return std::isnan(value); });
  } else {
    kernel.function = RowKernel<bool, double>([](KernelContext&, double value) { return std::isnan(value); });
  }
  ExprPtr test = builder.Call(std::move(kernel), List(std::move(call.arguments[0])));
  return PlanBuilder::Coalesce(List(std::move(test), PlanBuilder::Boolean(false)), duckdb::LogicalType::BOOLEAN);
}

// greatest and least skip NULLs, as DuckDB's do.
KernelBinder Extreme(const char* builtin) {
  return [builtin](KernelCall& call, PlanBuilder& builder) {
    duckdb::LogicalType type = ToLogicalType(call.type);
    for (auto& argument : call.arguments) argument = builder.Reinterpret(std::move(argument), type);
    return builder.Builtin(builtin, std::move(call.arguments));
  };
}

}  // namespace

void RegisterComparison(KernelRegistry& registry) {
  registry.Add({"equal"}, Comparison(ExpressionType::COMPARE_EQUAL));
  registry.Add({"equal_null_safe"}, Comparison(ExpressionType::COMPARE_NOT_DISTINCT_FROM));
  registry.Add({"less"}, Comparison(ExpressionType::COMPARE_LESSTHAN));
  registry.Add({"less_equal"}, Comparison(ExpressionType::COMPARE_LESSTHANOREQUALTO));
  registry.Add({"greater"}, Comparison(ExpressionType::COMPARE_GREATERTHAN));
  registry.Add({"greater_equal"}, Comparison(ExpressionType::COMPARE_GREATERTHANOREQUALTO));
  registry.Add({"not_equal"}, Comparison(ExpressionType::COMPARE_NOTEQUAL));
  registry.Add({"isnan"}, BindIsNan);
  registry.Add({"greatest"}, Extreme("greatest"));
  registry.Add({"least"}, Extreme("least"));
}

}  // namespace crannog::engine::duck
