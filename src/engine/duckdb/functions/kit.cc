#include "engine/duckdb/functions/kit.h"

namespace crannog::engine::duck {

std::string CallName(const KernelCall& call) {
  std::string out = call.function;
  out += "/";
  out += call.ModeName();
  for (const auto& [key, value] : call.settings) out += "/" + key + "=" + value;
  out += "/" + call.type.CatalogString() + "(";
  for (const auto& argument : call.resolved) {
    out += argument->type.CatalogString();
    // Binders compile constants into the kernel and may drop them from its arguments.
    if (const auto* literal = argument->As<plan::Literal>()) {
      if (const auto* text = std::get_if<std::string>(&literal->value)) out += "'" + *text + "'";
      if (const auto* number = std::get_if<int64_t>(&literal->value)) out += "=" + std::to_string(*number);
      if (const auto* flag = std::get_if<bool>(&literal->value)) out += *flag ? "=true" : "=false";
    }
    out += ",";
  }
  return out + ")";
}

std::shared_ptr<const fn::TimeZone> ZoneOf(const KernelCall& call) {
  const std::string id = call.Setting("zone");
  if (id.empty()) return fn::TimeZone::Utc();
  auto zone = fn::TimeZone::Find(id);
  if (!zone) Raise(zone.error(), call.origin);
  return *zone;
}

ExprPtr CallKernel(KernelCall& call, PlanBuilder& builder, duckdb::scalar_function_t function, KernelOptions options) {
  Kernel kernel;
  kernel.name = CallName(call);
  kernel.result = ToLogicalType(call.type);
  kernel.function = std::move(function);
  kernel.fallibility = options.fallibility;
  kernel.nulls = options.nulls;
  kernel.payload = std::move(options.payload);
  kernel.origin = call.origin;
  kernel.is_volatile = options.is_volatile;
  kernel.init_local_state = options.init_local_state;
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

std::optional<std::string> ConstantText(const KernelCall& call, size_t i) {
  const plan::Literal* literal = call.Constant(i);
  if (literal == nullptr) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&literal->value)) return *text;
  return std::nullopt;
}

std::optional<int64_t> ConstantInteger(const KernelCall& call, size_t i) {
  const plan::Literal* literal = call.Constant(i);
  if (literal == nullptr) return std::nullopt;
  if (const auto* value = std::get_if<int64_t>(&literal->value)) return *value;
  return std::nullopt;
}

void RefuseTypes(const KernelCall& call) {
  std::string types;
  for (const auto& argument : call.resolved) types += (types.empty() ? "" : ", ") + argument->type.Sql();
  Raise(NotImplemented(call.function + "(" + types + ")"), call.origin);
}

ExprPtr NullResult(const KernelCall& call) { return PlanBuilder::Null(ToLogicalType(call.type)); }

}  // namespace crannog::engine::duck
