#include "engine/duckdb/nested.h"

namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

void FillStruct(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  auto& entries = duckdb::StructVector::GetEntries(result);
  bool all_constant = true;
  for (idx_t i = 0; i < args.ColumnCount(); ++i) {
    all_constant &= args.data[i].GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
    entries[i]->Reference(args.data[i]);
  }
  if (args.ColumnCount() == 0) duckdb::ConstantVector::SetNull(*entries[0], true);
  result.SetVectorType(all_constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
}

void FillArray(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  const idx_t width = args.ColumnCount();
  bool all_constant = true;
  for (idx_t i = 0; i < width; ++i) all_constant &= args.data[i].GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
  const idx_t rows = all_constant ? 1 : args.size();
  result.SetVectorType(all_constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
  auto* entries = duckdb::ListVector::GetData(result);
  const idx_t offset = duckdb::ListVector::GetListSize(result);
  duckdb::ListVector::Reserve(result, offset + rows * width);
  Vector& child = duckdb::ListVector::GetEntry(result);
  duckdb::SelectionVector one(1);
  for (idx_t row = 0; row < rows; ++row) {
    entries[row] = {offset + row * width, width};
    for (idx_t i = 0; i < width; ++i)
      duckdb::VectorOperations::Copy(args.data[i], child, row + 1, row, offset + row * width + i);
  }
  duckdb::ListVector::SetListSize(result, offset + rows * width);
}

void FillPositions(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  duckdb::UnifiedVectorFormat format;
  const idx_t rows = args.size();
  args.data[0].ToUnifiedFormat(rows, format);
  const auto* lists = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format);
  auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  idx_t total = 0;
  for (idx_t row = 0; row < rows; ++row) {
    const idx_t at = format.sel->get_index(row);
    if (!format.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      entries[row] = {total, 0};
      continue;
    }
    entries[row] = {total, lists[at].length};
    total += lists[at].length;
  }
  duckdb::ListVector::Reserve(result, total);
  duckdb::ListVector::SetListSize(result, total);
  auto* positions = duckdb::FlatVector::GetData<int32_t>(duckdb::ListVector::GetEntry(result));
  for (idx_t row = 0; row < rows; ++row)
    for (idx_t i = 0; i < entries[row].length; ++i) positions[entries[row].offset + i] = static_cast<int32_t>(i);
}

void TestEmptyOrNull(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  duckdb::UnifiedVectorFormat format;
  args.data[0].ToUnifiedFormat(args.size(), format);
  const auto* lists = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format);
  auto* out = duckdb::FlatVector::GetData<bool>(result);
  for (idx_t row = 0; row < args.size(); ++row) {
    const idx_t at = format.sel->get_index(row);
    out[row] = !format.validity.RowIsValid(at) || lists[at].length == 0;
  }
}

}  // namespace

ExprPtr MakeStruct(PlanBuilder& builder, LogicalType type, ExprList fields) {
  return builder.Call({.name = "struct_" + type.ToString(), .result = type, .function = FillStruct, .fallibility = Fallibility::kNever,
                       .nulls = NullPolicy::kSeesNulls},
                      std::move(fields));
}

ExprPtr MakeArray(PlanBuilder& builder, LogicalType element, ExprList elements) {
  if (elements.empty()) return PlanBuilder::Constant(duckdb::Value::LIST(element, {}));
  return builder.Call({.name = "array", .result = LogicalType::LIST(element), .function = FillArray, .fallibility = Fallibility::kNever,
                       .nulls = NullPolicy::kSeesNulls},
                      std::move(elements));
}

ExprPtr GetField(PlanBuilder& builder, ExprPtr value, size_t index) {
  const auto& children = duckdb::StructType::GetChildTypes(value->return_type);
  duckdb::Value name(children.at(index).first);
  return builder.Builtin("struct_extract", List(std::move(value), PlanBuilder::Constant(std::move(name))));
}

ExprPtr MapEntries(PlanBuilder& builder, ExprPtr map) {
  LogicalType entry = duckdb::ListType::GetChildType(map->return_type);
  return builder.Reinterpret(std::move(map), LogicalType::LIST(entry));
}

ExprPtr ArrayPositions(PlanBuilder& builder, ExprPtr array) {
  return builder.Call({.name = "positions", .result = LogicalType::LIST(LogicalType::INTEGER), .function = FillPositions,
                       .fallibility = Fallibility::kNever, .nulls = NullPolicy::kSeesNulls},
                      List(std::move(array)));
}

ExprPtr IsEmptyOrNull(PlanBuilder& builder, ExprPtr array) {
  return builder.Call({.name = "is_empty_or_null", .result = LogicalType::BOOLEAN, .function = TestEmptyOrNull, .fallibility = Fallibility::kNever,
                       .nulls = NullPolicy::kSeesNulls},
                      List(std::move(array)));
}

}  // namespace crannog::engine::duck
