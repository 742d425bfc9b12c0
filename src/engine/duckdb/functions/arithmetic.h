#pragma once

#include <type_traits>

#include "engine/duckdb/kernel_registry.h"

/// Pieces shared by the arithmetic families.
namespace crannog::engine::duck {

/// Whether a family serves the argument types at hand.
bool IsDecimalCall(const KernelCall& call);
bool IsIntervalCall(const KernelCall& call);
ExprPtr BindDecimalArithmetic(KernelCall& call, PlanBuilder& builder);
ExprPtr BindIntervalArithmetic(KernelCall& call, PlanBuilder& builder);

/// Spark's ARITHMETIC_OVERFLOW, with the hint that names `try_function` when there is one.
[[noreturn]] void FailOverflow(const KernelContext& context, std::string message, std::string_view try_function = "");
[[noreturn]] void FailDivideByZero(const KernelContext& context);
[[noreturn]] void FailRemainderByZero(const KernelContext& context);

inline constexpr const char* kAnsiSetting = "\"spark.sql.ansi.enabled\"";

}  // namespace crannog::engine::duck
