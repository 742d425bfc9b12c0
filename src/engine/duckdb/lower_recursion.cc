#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

using duckdb::make_uniq;

// The step sees the rows of the level before.
Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedRecursion& node) {
  Relation anchor = Lower(*node.anchor);
  CteDefinition cte{.table_index = builder_.NextIndex(), .types = {}, .names = {}};
  ExprList columns;
  for (size_t i = 0; i < plan.output.size(); ++i) {
    cte.types.push_back(ToLogicalType(plan.output[i].type));
    cte.names.push_back(plan.output[i].name);
    columns.push_back(builder_.Reinterpret(PlanBuilder::Column(anchor.columns.at(node.anchor->output[i].id)), cte.types[i]));
  }
  builder_.Project(anchor, std::move(columns));
  ctes_[node.cte_id] = cte;

  Relation step = Lower(*node.step);
  ExprList step_columns;
  for (size_t i = 0; i < plan.output.size(); ++i)
    step_columns.push_back(builder_.Reinterpret(PlanBuilder::Column(step.columns.at(node.step->output[i].id)), cte.types[i]));
  builder_.Project(step, std::move(step_columns));

  auto recursive = make_uniq<duckdb::LogicalRecursiveCTE>("cte" + std::to_string(node.cte_id), cte.table_index, cte.types.size(), true,
                                                          duckdb::vector<ExprPtr>{}, std::move(anchor.op), std::move(step.op));
  recursive->ref_recurring = false;
  recursive->ResolveOperatorTypes();
  Relation out;
  out.op = std::move(recursive);
  Bind(out, plan.output, cte.table_index);
  builder_.Pick(out, OutputIds(plan));
  return out;
}

}  // namespace crannog::engine::duck
