#include "plan/resolved_plan.h"

namespace crannog::plan {

Schema OutputSchema(const ResolvedPlan& plan) {
  Schema schema;
  for (const OutputColumn& column : plan.output) schema.push_back({column.name, column.type, column.nullable, column.metadata_json});
  return schema;
}

}  // namespace crannog::plan
