#include "engine/duckdb/kernel_registry.h"

namespace crannog::engine::duck {

ExprPtr BindCast(const CastRequest& request, ExprPtr child, PlanBuilder& builder) {
  duckdb::LogicalType to = ToLogicalType(request.to);
  if (request.from == request.to) return child;
  if (request.from.Is(plan::TypeKind::kNull)) return PlanBuilder::Null(to);
  Raise(NotImplemented("CAST from " + request.from.Sql() + " to " + request.to.Sql()), request.origin);
  (void)builder;
}

}  // namespace crannog::engine::duck
