#include "engine/duckdb/arrow_import.h"
#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedLocalData& node) {
  plan::Schema schema = plan::OutputSchema(plan);
  auto rows = ReadArrowIpc(node.arrow_ipc ? *node.arrow_ipc : std::string(), schema);
  duckdb::vector<duckdb::string> names;
  for (size_t i = 0; i < rows->ColumnCount(); ++i) names.push_back("c" + std::to_string(i));
  duckdb::idx_t index = builder_.NextIndex();
  Relation out;
  out.op = MemoryScan(index, std::move(rows), std::move(names));
  out.op->ResolveOperatorTypes();
  Bind(out, plan.output, index);
  return out;
}

Relation Lowering::LowerNode(const plan::ResolvedPlan&, const plan::ResolvedScan& node) {
  Raise(NotImplemented("scanning tables of format " + node.table->format));
}

}  // namespace crannog::engine::duck
