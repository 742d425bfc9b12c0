#include "delta/scan.h"
#include "engine/duckdb/arrow_import.h"
#include "engine/duckdb/delta_scan.h"
#include "engine/duckdb/delta_types.h"
#include "engine/duckdb/lowering.h"

namespace crannog::engine::duck {
namespace {

std::shared_ptr<const delta::Scan> ScanOf(const plan::TableSource& table) {
  if (table.format == kDeltaFilesFormat) return std::static_pointer_cast<const delta::Scan>(table.handle);
  if (table.format == "delta") {
    return std::make_shared<const delta::Scan>(delta::PlanScan(std::static_pointer_cast<const delta::Snapshot>(table.handle)));
  }
  Raise(NotImplemented("scanning tables of format " + table.format));
}

DeltaScanColumn ScanColumn(const delta::Snapshot& snapshot, const std::string& name) {
  if (name == kFileNumberColumn) return {std::nullopt, DeltaMetadataColumn::kFileNumber};
  if (name == kRowIndexColumn) return {std::nullopt, DeltaMetadataColumn::kRowIndex};
  if (name == kFilePathColumn) return {std::nullopt, DeltaMetadataColumn::kFilePath};
  if (name == "_metadata.file_name") return {std::nullopt, DeltaMetadataColumn::kFileName};
  if (name == "_metadata.file_size") return {std::nullopt, DeltaMetadataColumn::kFileSize};
  if (name == "_metadata.file_modification_time") return {std::nullopt, DeltaMetadataColumn::kFileModificationTime};
  if (name == "_metadata.base_row_id") return {std::nullopt, DeltaMetadataColumn::kBaseRowId};
  if (name == "_metadata.default_row_commit_version") return {std::nullopt, DeltaMetadataColumn::kDefaultRowCommitVersion};
  for (size_t i = 0; i < snapshot.schema().size(); ++i) {
    if (delta::EqualIgnoringCase(snapshot.schema()[i].name, name)) return {i};
  }
  Raise(MakeError(ErrorCode::kInternal, "the table has no column " + name));
}

}  // namespace

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

Relation Lowering::LowerNode(const plan::ResolvedPlan& plan, const plan::ResolvedScan& node) {
  const std::shared_ptr<const delta::Scan> scan = ScanOf(*node.table);
  std::vector<DeltaScanColumn> columns;
  for (const std::string& name : node.columns) columns.push_back(ScanColumn(*scan->snapshot, name));
  // A relation without columns still counts its rows.
  if (columns.empty()) columns.push_back({std::nullopt, DeltaMetadataColumn::kFileNumber});
  const duckdb::idx_t index = builder_.NextIndex();
  Relation out;
  out.op = MakeDeltaGet(builder_.context(), index, scan, columns);
  out.op->ResolveOperatorTypes();
  Bind(out, plan.output, index);
  bool same = true;
  for (size_t i = 0; i < plan.output.size(); ++i) same = same && out.op->types[i] == ToLogicalType(plan.output[i].type);
  if (same) return out;
  // VARIANT stands the other way round in files; everything else has one layout.
  ExprList expressions;
  for (size_t i = 0; i < plan.output.size(); ++i) {
    const BoundColumn column{duckdb::ColumnBinding(index, i), out.op->types[i], node.columns[i]};
    const duckdb::LogicalType wanted = ToLogicalType(plan.output[i].type);
    if (plan.output[i].type.Is(plan::TypeKind::kVariant)) {
      expressions.push_back(SwapStruct(PlanBuilder::Column(column), wanted));
    } else {
      expressions.push_back(column.type == wanted ? PlanBuilder::Column(column) : builder_.Reinterpret(PlanBuilder::Column(column), wanted));
    }
  }
  const duckdb::idx_t projected = builder_.Project(out, std::move(expressions));
  Bind(out, plan.output, projected);
  return out;
}

OpPtr Lowering::WithTypes(OpPtr input, const duckdb::vector<duckdb::LogicalType>& types) {
  input->ResolveOperatorTypes();
  if (input->types == types) return input;
  const auto bindings = input->GetColumnBindings();
  ExprList expressions;
  for (size_t i = 0; i < types.size(); ++i) {
    const BoundColumn column{bindings[i], input->types[i], ""};
    const bool is_swapped = types[i].id() == duckdb::LogicalTypeId::STRUCT && input->types[i].id() == duckdb::LogicalTypeId::STRUCT &&
                            duckdb::StructType::GetChildCount(types[i]) == 2 && duckdb::StructType::GetChildName(types[i], 0) == "metadata" &&
                            duckdb::StructType::GetChildName(input->types[i], 0) == "value";
    if (is_swapped) expressions.push_back(SwapStruct(PlanBuilder::Column(column), types[i]));
    else expressions.push_back(column.type == types[i] ? PlanBuilder::Column(column) : builder_.Reinterpret(PlanBuilder::Column(column), types[i]));
  }
  Relation relation;
  relation.op = std::move(input);
  builder_.Project(relation, std::move(expressions));
  return std::move(relation.op);
}

ExprPtr Lowering::SwapStruct(ExprPtr child, const duckdb::LogicalType& wanted) {
  Kernel kernel{.name = "swap_struct_" + wanted.ToString(), .result = wanted, .function = nullptr, .fallibility = Fallibility::kNever,
                .nulls = NullPolicy::kSeesNulls};
  kernel.function = [](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
    duckdb::Vector& input = args.data[0];
    input.Flatten(args.size());
    auto& from = duckdb::StructVector::GetEntries(input);
    auto& to = duckdb::StructVector::GetEntries(result);
    to[0]->Reference(*from[1]);
    to[1]->Reference(*from[0]);
    duckdb::FlatVector::Validity(result) = duckdb::FlatVector::Validity(input);
  };
  ExprList arguments;
  arguments.push_back(std::move(child));
  return builder_.Call(std::move(kernel), std::move(arguments));
}

}  // namespace crannog::engine::duck
