#pragma once

#include <memory>
#include <string>

#include "engine/duckdb/kernel_registry.h"
#include "engine/functions/time_zone.h"

/// What the families of Spark's functions are written with, over kernel.h: names that spell out a call's behaviour, and one-line registration.
namespace crannog::engine::duck {

namespace fn = crannog::engine::functions;
using plan::TypeKind;

/// Function, mode, settings and Spark types: everything that a kernel's behaviour may depend on besides its arguments (rule 2).
std::string CallName(const KernelCall& call);

/// The zone of setting "zone" (UTC when absent). Raises INVALID_TIMEZONE.
std::shared_ptr<const fn::TimeZone> ZoneOf(const KernelCall& call);

struct KernelOptions {
  NullPolicy nulls = NullPolicy::kNullInNullOut;
  Fallibility fallibility = Fallibility::kCanRaise;
  bool is_volatile = false;
  std::shared_ptr<const void> payload;
  duckdb::init_local_state_t init_local_state = nullptr;
};

/// Binds `function` to the call's arguments as they are.
ExprPtr CallKernel(KernelCall& call, PlanBuilder& builder, duckdb::scalar_function_t function, KernelOptions options = {});

/// A binder of a row-wise kernel without payload: f(KernelContext&, A...) gives R or optional<R>.
template <typename R, typename... A, typename F>
KernelBinder Rows(F f, KernelOptions options = {}) {
  return [f, options](KernelCall& call, PlanBuilder& builder) {
    if (call.arguments.size() != sizeof...(A)) Raise(NotImplemented(call.function + " with " + std::to_string(call.arguments.size()) + " arguments"), call.origin);
    return CallKernel(call, builder, RowKernel<R, A...>(f), options);
  };
}

/// Calls a row-wise kernel with a payload now.
template <typename R, typename... A, typename F>
ExprPtr BindRows(KernelCall& call, PlanBuilder& builder, F f, std::shared_ptr<const void> payload = nullptr) {
  if (call.arguments.size() != sizeof...(A)) Raise(NotImplemented(call.function + " with " + std::to_string(call.arguments.size()) + " arguments"), call.origin);
  KernelOptions options;
  options.payload = std::move(payload);
  return CallKernel(call, builder, RowKernel<R, A...>(std::move(f)), std::move(options));
}

/// A constant text argument, or nothing.
std::optional<std::string> ConstantText(const KernelCall& call, size_t i);
std::optional<int64_t> ConstantInteger(const KernelCall& call, size_t i);
inline bool IsNullConstant(const KernelCall& call, size_t i) { return call.Constant(i) != nullptr && call.Constant(i)->IsNull(); }

[[noreturn]] void RefuseTypes(const KernelCall& call);

/// The call's result as NULL.
ExprPtr NullResult(const KernelCall& call);

}  // namespace crannog::engine::duck
