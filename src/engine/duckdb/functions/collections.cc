#include "engine/duckdb/functions/arithmetic.h"
#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/functions/lambda.h"
#include "engine/duckdb/nested.h"

/// Making and reading arrays, maps and structs.
namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;
using plan::EvalMode;
using plan::TypeKind;

ExprPtr BindNamedStruct(KernelCall& call, PlanBuilder& builder) {
  LogicalType type = ToLogicalType(call.type);
  ExprList fields;
  for (size_t i = 1; i < call.arguments.size(); i += 2)
    fields.push_back(builder.Reinterpret(std::move(call.arguments[i]), duckdb::StructType::GetChildType(type, i / 2)));
  return MakeStruct(builder, type, std::move(fields));
}

ExprPtr BindArray(KernelCall& call, PlanBuilder& builder) {
  LogicalType element = ToLogicalType(call.type.element());
  for (auto& argument : call.arguments) argument = builder.Reinterpret(std::move(argument), element);
  return MakeArray(builder, element, std::move(call.arguments));
}

ExprPtr BindMap(KernelCall& call, PlanBuilder& builder) {
  LogicalType type = ToLogicalType(call.type);
  LogicalType entry = duckdb::ListType::GetChildType(type);
  ExprList entries;
  for (size_t i = 0; i + 1 < call.arguments.size(); i += 2) {
    ExprPtr key = builder.Reinterpret(std::move(call.arguments[i]), duckdb::StructType::GetChildType(entry, 0));
    ExprPtr value = builder.Reinterpret(std::move(call.arguments[i + 1]), duckdb::StructType::GetChildType(entry, 1));
    entries.push_back(MakeStruct(builder, entry, List(std::move(key), std::move(value))));
  }
  ExprPtr list = MakeArray(builder, entry, std::move(entries));
  return MakeMapFromEntries(builder, std::move(list), type, call.Setting("map_key_dedup_policy"), call.origin);
}

ExprPtr BindGetField(KernelCall& call, PlanBuilder& builder) {
  const auto index = static_cast<size_t>(std::get<int64_t>(call.Constant(1)->value));
  return GetField(builder, std::move(call.arguments[0]), index);
}

ExprPtr BindGetArrayFields(KernelCall& call, PlanBuilder& builder) {
  const auto index = static_cast<size_t>(std::get<int64_t>(call.Constant(1)->value));
  ExprPtr element = duckdb::make_uniq<duckdb::BoundReferenceExpression>(duckdb::ListType::GetChildType(call.arguments[0]->return_type), 0);
  return MapElements(builder, std::move(call.arguments[0]), GetField(builder, std::move(element), index));
}

enum class IndexBase : uint8_t { kZero, kOne };

// An element by index: elements are gathered with one copy.
void TakeElements(duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result, IndexBase base, EvalMode mode) {
  const idx_t rows = args.size();
  duckdb::UnifiedVectorFormat lists, indexes;
  args.data[0].ToUnifiedFormat(rows, lists);
  args.data[1].ToUnifiedFormat(rows, indexes);
  const auto* entries = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  const bool is_long = args.data[1].GetType().InternalType() == duckdb::PhysicalType::INT64;
  KernelContext context{DataOf(state), result};
  duckdb::SelectionVector selection(std::max<idx_t>(rows, 1));
  std::vector<bool> absent(rows, false);
  for (idx_t row = 0; row < rows; ++row) {
    selection.set_index(row, 0);
    const idx_t list_at = lists.sel->get_index(row), index_at = indexes.sel->get_index(row);
    if (!lists.validity.RowIsValid(list_at) || !indexes.validity.RowIsValid(index_at)) {
      absent[row] = true;
      continue;
    }
    int64_t index = is_long ? duckdb::UnifiedVectorFormat::GetData<int64_t>(indexes)[index_at] : duckdb::UnifiedVectorFormat::GetData<int32_t>(indexes)[index_at];
    const auto length = static_cast<int64_t>(entries[list_at].length);
    const int64_t asked = index;
    if (base == IndexBase::kOne) {
      if (index == 0) context.Fail("INVALID_INDEX_OF_ZERO");
      index = index < 0 ? length + index : index - 1;
    }
    if (index < 0 || index >= length) {
      if (mode == EvalMode::kAnsi)
        context.Fail(base == IndexBase::kOne ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX",
                     {{"indexValue", std::to_string(asked)}, {"arraySize", std::to_string(length)}, {"ansiConfig", kAnsiSetting}});
      absent[row] = true;
      continue;
    }
    selection.set_index(row, entries[list_at].offset + static_cast<idx_t>(index));
  }
  Vector& child = duckdb::ListVector::GetEntry(args.data[0]);
  if (duckdb::ListVector::GetListSize(args.data[0]) > 0) duckdb::VectorOperations::Copy(child, result, selection, rows, 0, 0);
  for (idx_t row = 0; row < rows; ++row)
    if (absent[row]) duckdb::FlatVector::SetNull(result, row, true);
}

ExprPtr TakeElement(KernelCall& call, PlanBuilder& builder, IndexBase base, EvalMode mode) {
  LogicalType element = duckdb::ListType::GetChildType(call.arguments[0]->return_type);
  if (call.arguments[1]->return_type != LogicalType::BIGINT && call.arguments[1]->return_type != LogicalType::INTEGER)
    call.arguments[1] = BindCast({.from = call.ArgumentType(1), .to = plan::DataType::Int(), .zone = "UTC"}, std::move(call.arguments[1]), builder);
  const bool raises = mode == EvalMode::kAnsi || base == IndexBase::kOne;
  return builder.Call({.name = std::string("element") + (base == IndexBase::kOne ? "1" : "0") + (mode == EvalMode::kAnsi ? "_ansi" : "_null"),
                       .result = element,
                       .function = [base, mode](duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result) { TakeElements(args, state, result, base, mode); },
                       .fallibility = raises ? Fallibility::kCanRaise : Fallibility::kNever,
                       .nulls = NullPolicy::kSeesNulls,
                       .origin = call.origin},
                      std::move(call.arguments));
}

ExprPtr BindGetValue(KernelCall& call, PlanBuilder& builder) {
  LogicalType key = duckdb::MapType::KeyType(call.arguments[0]->return_type);
  call.arguments[1] = builder.Reinterpret(std::move(call.arguments[1]), key);
  return builder.Builtin("map_extract_value", std::move(call.arguments));
}

ExprPtr BindElementAt(KernelCall& call, PlanBuilder& builder) {
  if (call.ArgumentType(0).Is(TypeKind::kMap)) return BindGetValue(call, builder);
  return TakeElement(call, builder, IndexBase::kOne, call.mode);
}

void CountElements(duckdb::DataChunk& args, duckdb::ExpressionState&, Vector& result) {
  duckdb::UnaryExecutor::Execute<duckdb::list_entry_t, int32_t>(args.data[0], result, args.size(),
                                                                [](duckdb::list_entry_t entry) { return static_cast<int32_t>(entry.length); });
}

// size: -1 for NULL in legacy mode ("legacy_size_of_null"), else NULL.
ExprPtr BindSize(KernelCall& call, PlanBuilder& builder) {
  ExprPtr count = builder.Call({.name = "size", .result = LogicalType::INTEGER, .function = CountElements, .fallibility = Fallibility::kNever}, std::move(call.arguments));
  if (call.Setting("legacy_size_of_null") != "true") return count;
  return PlanBuilder::Coalesce(List(std::move(count), PlanBuilder::Constant(duckdb::Value::INTEGER(-1))), LogicalType::INTEGER);
}

// Keys must be there and differ; the last of equal keys wins when the policy says so.
void CheckEntries(duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result, bool last_wins) {
  const idx_t rows = args.size();
  duckdb::UnifiedVectorFormat lists;
  args.data[0].ToUnifiedFormat(rows, lists);
  const auto* in = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  auto* out = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  Vector& child = duckdb::ListVector::GetEntry(args.data[0]);
  KernelContext context{DataOf(state), result};
  std::vector<duckdb::sel_t> kept;
  for (idx_t row = 0; row < rows; ++row) {
    const idx_t at = lists.sel->get_index(row);
    out[row] = {kept.size(), 0};
    if (!lists.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    duckdb::unordered_map<duckdb::hash_t, std::vector<std::pair<duckdb::Value, size_t>>> seen;
    for (idx_t i = 0; i < in[at].length; ++i) {
      duckdb::Value entry = child.GetValue(in[at].offset + i);
      if (entry.IsNull()) {
        duckdb::FlatVector::SetNull(result, row, true);
        kept.resize(out[row].offset);
        break;
      }
      duckdb::Value key = duckdb::StructValue::GetChildren(entry)[0];
      if (key.IsNull()) context.Fail("NULL_MAP_KEY");
      auto& bucket = seen[key.Hash()];
      auto known = std::find_if(bucket.begin(), bucket.end(), [&](const auto& other) { return duckdb::Value::NotDistinctFrom(other.first, key); });
      if (known == bucket.end()) {
        bucket.emplace_back(key, kept.size());
        kept.push_back(static_cast<duckdb::sel_t>(in[at].offset + i));
      } else if (last_wins) {
        kept[known->second] = static_cast<duckdb::sel_t>(in[at].offset + i);
      } else {
        context.Fail("DUPLICATED_MAP_KEY", {{"key", key.ToString()}, {"mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\""}});
      }
    }
    out[row].length = kept.size() - out[row].offset;
  }
  duckdb::ListVector::Reserve(result, kept.size());
  duckdb::ListVector::SetListSize(result, kept.size());
  if (kept.empty()) return;
  duckdb::SelectionVector selection(kept.data());
  duckdb::VectorOperations::Copy(child, duckdb::ListVector::GetEntry(result), selection, kept.size(), 0, 0);
}

}  // namespace

ExprPtr MakeMapFromEntries(PlanBuilder& builder, ExprPtr entries, LogicalType map, const std::string& policy, plan::Origin origin) {
  const bool last_wins = policy == "LAST_WIN";
  return builder.Call({.name = std::string("map_from_entries_") + (last_wins ? "last" : "raise") + map.ToString(),
                       .result = map,
                       .function = [last_wins](duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result) { CheckEntries(args, state, result, last_wins); },
                       .nulls = NullPolicy::kSeesNulls,
                       .origin = origin},
                      List(std::move(entries)));
}

void RegisterCollections(KernelRegistry& registry) {
  registry.Add({"named_struct"}, BindNamedStruct);
  registry.Add({"array"}, BindArray);
  registry.Add({"map"}, BindMap);
  registry.Add({"get_field"}, BindGetField);
  registry.Add({"get_array_fields"}, BindGetArrayFields);
  registry.Add({"get_item"}, [](KernelCall& call, PlanBuilder& builder) { return TakeElement(call, builder, IndexBase::kZero, call.mode); });
  registry.Add({"get"}, [](KernelCall& call, PlanBuilder& builder) { return TakeElement(call, builder, IndexBase::kZero, EvalMode::kLegacy); });
  registry.Add({"get_value"}, BindGetValue);
  registry.Add({"element_at"}, BindElementAt);
  registry.Add({"size", "cardinality", "array_size"}, BindSize);
  registry.Add({"map_entries"}, [](KernelCall& call, PlanBuilder& builder) { return MapEntries(builder, std::move(call.arguments[0])); });
  registry.Add({"map_from_entries"}, [](KernelCall& call, PlanBuilder& builder) {
    LogicalType map = ToLogicalType(call.type);
    ExprPtr entries = builder.Reinterpret(std::move(call.arguments[0]), LogicalType::LIST(duckdb::ListType::GetChildType(map)));
    return MakeMapFromEntries(builder, std::move(entries), map, call.Setting("map_key_dedup_policy"), call.origin);
  });
}

}  // namespace crannog::engine::duck
