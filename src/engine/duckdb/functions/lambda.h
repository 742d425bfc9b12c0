#pragma once

#include "engine/duckdb/kernel_registry.h"

namespace crannog::engine::duck {

/// An expression over BoundReferenceExpression(0) applied to every element of an array; NULL arrays stay NULL.
ExprPtr MapElements(PlanBuilder& builder, ExprPtr list, ExprPtr body);

}  // namespace crannog::engine::duck
