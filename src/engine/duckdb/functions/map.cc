#include <numeric>
#include <unordered_map>

#include "engine/duckdb/functions/lists.h"
#include "engine/duckdb/nested.h"
#include "engine/functions/civil_time.h"

/// Maps, structs and sequences. Source: Spark's complexTypeCreator.scala, collectionOperations.scala.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;
using namespace crannog::engine::functions;

const KernelOptions kSees{.nulls = NullPolicy::kSeesNulls};

struct MapPayload {
  bool last_wins = false;
  plan::DataType key_type;
};

// Collects entries by row from vectors of keys and values, refusing NULL keys and settling repeated ones.
class MapMaker {
 public:
  MapMaker(KernelContext& context, Vector& keys, Vector& values, idx_t count, idx_t rows)
      : context_(context), keys_(keys), values_(values), count_(count), sort_keys_(keys, count), rows_(rows) {
    keys.ToUnifiedFormat(count, key_format_);
    entries_.assign(rows, {0, 0});
    missing_.assign(rows, false);
  }
  void Start(idx_t row) {
    row_ = row;
    begin_ = picks_.size();
    known_.clear();
  }
  void Add(idx_t at) {
    if (!key_format_.validity.RowIsValid(key_format_.sel->get_index(at))) context_.Fail("NULL_MAP_KEY", {});
    auto [known, is_new] = known_.emplace(sort_keys_[at], picks_.size());
    if (is_new) {
      picks_.push_back(static_cast<duckdb::sel_t>(at));
      value_picks_.push_back(static_cast<duckdb::sel_t>(at));
      return;
    }
    const auto& payload = context_.Payload<MapPayload>();
    if (!payload.last_wins) {
      std::string key;
      AppendCellText(key, CellReader(keys_, count_, payload.key_type), at, *fn::TimeZone::Utc());
      FailDuplicateKey(context_, key);
    }
    value_picks_[known->second] = static_cast<duckdb::sel_t>(at);
  }
  void Finish() { entries_[row_] = {begin_, picks_.size() - begin_}; }
  void Null(idx_t row) { missing_[row] = true; }

  void Put(DataChunk& args) {
    Vector& result = context_.result;
    const idx_t base = duckdb::ListVector::GetListSize(result), total = base + picks_.size();
    duckdb::ListVector::Reserve(result, total);
    if (!picks_.empty()) {
      duckdb::SelectionVector key_selection(picks_.data()), value_selection(value_picks_.data());
      duckdb::VectorOperations::Copy(keys_, duckdb::MapVector::GetKeys(result), key_selection, picks_.size(), 0, base);
      duckdb::VectorOperations::Copy(values_, duckdb::MapVector::GetValues(result), value_selection, picks_.size(), 0, base);
    }
    auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
    for (idx_t row = 0; row < rows_; ++row) {
      entries[row] = {base + entries_[row].offset, entries_[row].length};
      if (missing_[row]) duckdb::FlatVector::SetNull(result, row, true);
    }
    duckdb::ListVector::SetListSize(result, total);
    FinishRows(args, result);
  }

 private:
  KernelContext& context_;
  Vector& keys_;
  Vector& values_;
  idx_t count_;
  SortKeys sort_keys_;
  idx_t rows_, row_ = 0;
  size_t begin_ = 0;
  duckdb::UnifiedVectorFormat key_format_;
  std::vector<duckdb::list_entry_t> entries_;
  std::vector<bool> missing_;
  std::vector<duckdb::sel_t> picks_, value_picks_;
  std::unordered_map<std::string_view, size_t> known_;
};

ExprPtr BindMaker(KernelCall& call, PlanBuilder& builder, duckdb::scalar_function_t function) {
  auto payload = std::make_shared<MapPayload>();
  payload->last_wins = call.Setting("map_key_dedup_policy") == "LAST_WIN";
  payload->key_type = call.type.Is(TypeKind::kMap) ? call.type.key() : plan::DataType();
  KernelOptions options = kSees;
  options.payload = payload;
  return CallKernel(call, builder, std::move(function), options);
}

// map(key, value, key, value …).
void MakeMap(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args), pairs = args.ColumnCount() / 2;
  KernelContext context{DataOf(state), result};
  if (pairs == 0) {
    auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
    for (idx_t row = 0; row < std::max<idx_t>(rows, 1); ++row) entries[row] = {0, 0};
    return;
  }
  Vector keys(args.data[0].GetType(), std::max<idx_t>(rows * pairs, 1)), values(args.data[1].GetType(), std::max<idx_t>(rows * pairs, 1));
  for (idx_t p = 0; p < pairs; ++p) {
    duckdb::VectorOperations::Copy(args.data[p * 2], keys, rows, 0, p * rows);
    duckdb::VectorOperations::Copy(args.data[p * 2 + 1], values, rows, 0, p * rows);
  }
  MapMaker maker(context, keys, values, rows * pairs, rows);
  for (idx_t row = 0; row < rows; ++row) {
    maker.Start(row);
    for (idx_t p = 0; p < pairs; ++p) maker.Add(p * rows + row);
    maker.Finish();
  }
  maker.Put(args);
}

void MapFromArrays(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  KernelContext context{DataOf(state), result};
  const Lists keys(args.data[0], rows), values(args.data[1], rows);
  // Both sides laid out alike: entry i of a row at the same place.
  std::vector<duckdb::sel_t> key_picks, value_picks;
  std::vector<duckdb::list_entry_t> spans(rows, {0, 0});
  for (idx_t row = 0; row < rows; ++row) {
    if (keys.IsNull(row) || values.IsNull(row)) continue;
    const auto k = keys[row], v = values[row];
    if (k.length != v.length) context.Fail("KEY_VALUE_ARRAYS_LENGTH_MISMATCH", {});
    spans[row] = {key_picks.size(), k.length};
    for (idx_t i = 0; i < k.length; ++i) {
      key_picks.push_back(static_cast<duckdb::sel_t>(k.offset + i));
      value_picks.push_back(static_cast<duckdb::sel_t>(v.offset + i));
    }
  }
  Vector key_vector(keys.child().GetType(), std::max<idx_t>(key_picks.size(), 1)), value_vector(values.child().GetType(), std::max<idx_t>(key_picks.size(), 1));
  if (!key_picks.empty()) {
    duckdb::SelectionVector a(key_picks.data()), b(value_picks.data());
    duckdb::VectorOperations::Copy(keys.child(), key_vector, a, key_picks.size(), 0, 0);
    duckdb::VectorOperations::Copy(values.child(), value_vector, b, key_picks.size(), 0, 0);
  }
  MapMaker maker(context, key_vector, value_vector, key_picks.size(), rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (keys.IsNull(row) || values.IsNull(row)) {
      maker.Null(row);
      continue;
    }
    maker.Start(row);
    for (idx_t i = 0; i < spans[row].length; ++i) maker.Add(spans[row].offset + i);
    maker.Finish();
  }
  maker.Put(args);
}

void MapFromEntries(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  KernelContext context{DataOf(state), result};
  const Lists lists(args.data[0], rows);
  Vector flat(lists.child().GetType(), std::max<idx_t>(lists.child_count(), 1));
  if (lists.child_count() > 0) duckdb::VectorOperations::Copy(lists.child(), flat, lists.child_count(), 0, 0);
  auto& fields = duckdb::StructVector::GetEntries(flat);
  MapMaker maker(context, *fields[0], *fields[1], lists.child_count(), rows);
  for (idx_t row = 0; row < rows; ++row) {
    bool missing = lists.IsNull(row);
    for (idx_t i = 0; !missing && i < lists[row].length; ++i) missing = lists.ElementIsNull(lists[row].offset + i);
    if (missing) {
      maker.Null(row);
      continue;
    }
    maker.Start(row);
    for (idx_t i = 0; i < lists[row].length; ++i) maker.Add(lists[row].offset + i);
    maker.Finish();
  }
  maker.Put(args);
}

void MapConcat(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  KernelContext context{DataOf(state), result};
  std::vector<std::unique_ptr<Lists>> maps;
  std::vector<idx_t> bases;
  idx_t total = 0;
  for (idx_t c = 0; c < args.ColumnCount(); ++c) {
    maps.push_back(std::make_unique<Lists>(args.data[c], rows));
    bases.push_back(total);
    total += maps.back()->child_count();
  }
  Vector keys(duckdb::MapType::KeyType(result.GetType()), std::max<idx_t>(total, 1)), values(duckdb::MapType::ValueType(result.GetType()), std::max<idx_t>(total, 1));
  for (idx_t c = 0; c < args.ColumnCount(); ++c) {
    if (maps[c]->child_count() == 0) continue;
    duckdb::VectorOperations::Copy(duckdb::MapVector::GetKeys(args.data[c]), keys, maps[c]->child_count(), 0, bases[c]);
    duckdb::VectorOperations::Copy(duckdb::MapVector::GetValues(args.data[c]), values, maps[c]->child_count(), 0, bases[c]);
  }
  MapMaker maker(context, keys, values, total, rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (std::any_of(maps.begin(), maps.end(), [&](const auto& m) { return m->IsNull(row); })) {
      maker.Null(row);
      continue;
    }
    maker.Start(row);
    for (size_t c = 0; c < maps.size(); ++c) {
      const auto list = (*maps[c])[row];
      for (idx_t i = 0; i < list.length; ++i) maker.Add(bases[c] + list.offset + i);
    }
    maker.Finish();
  }
  maker.Put(args);
}

// map_keys, map_values: one side of the entries as an array.
template <bool kKeys>
void MapSide(DataChunk& args, ExpressionState&, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Lists maps(args.data[0], rows);
  ListPicker picker(result, rows);
  for (idx_t row = 0; row < rows; ++row) {
    if (maps.IsNull(row)) {
      picker.Null(row);
      continue;
    }
    picker.Start(row);
    for (idx_t i = 0; i < maps[row].length; ++i) picker.Pick(maps[row].offset + i);
    picker.Finish();
  }
  picker.Copy(kKeys ? duckdb::MapVector::GetKeys(args.data[0]) : duckdb::MapVector::GetValues(args.data[0]), maps.child_count());
  FinishRows(args, result);
}

void MapContainsKey(DataChunk& args, ExpressionState&, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Lists maps(args.data[0], rows);
  const SortKeys keys(duckdb::MapVector::GetKeys(args.data[0]), maps.child_count());
  const SortKeys wanted(args.data[1], rows);
  duckdb::UnifiedVectorFormat format;
  args.data[1].ToUnifiedFormat(rows, format);
  auto* out = duckdb::FlatVector::GetData<bool>(result);
  for (idx_t row = 0; row < rows; ++row) {
    if (maps.IsNull(row) || !format.validity.RowIsValid(format.sel->get_index(row))) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    out[row] = false;
    for (idx_t i = 0; i < maps[row].length && !out[row]; ++i) out[row] = keys[maps[row].offset + i] == wanted[row];
  }
  FinishRows(args, result);
}

// named_struct(name, value, …), struct: the values alone.
ExprPtr BindNamedStruct(KernelCall& call, PlanBuilder& builder) {
  ExprList values;
  for (size_t i = 1; i < call.arguments.size(); i += 2) values.push_back(std::move(call.arguments[i]));
  return MakeStruct(builder, ToLogicalType(call.type), std::move(values));
}

ExprPtr BindGetField(KernelCall& call, PlanBuilder& builder) {
  const auto index = ConstantInteger(call, 1);
  if (!index) RefuseTypes(call);
  return GetField(builder, std::move(call.arguments[0]), static_cast<size_t>(*index));
}

// Field `index` of every struct of an array.
ExprPtr BindArrayField(KernelCall& call, PlanBuilder& builder) {
  const auto index = ConstantInteger(call, 1);
  if (!index) RefuseTypes(call);
  const auto field = static_cast<size_t>(*index);
  auto kernel = [field](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Lists lists(args.data[0], rows);
    Vector flat(lists.child().GetType(), std::max<idx_t>(lists.child_count(), 1));
    if (lists.child_count() > 0) duckdb::VectorOperations::Copy(lists.child(), flat, lists.child_count(), 0, 0);
    ListPicker picker(result, rows);
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row)) {
        picker.Null(row);
        continue;
      }
      picker.Start(row);
      for (idx_t i = 0; i < lists[row].length; ++i) {
        const idx_t at = lists[row].offset + i;
        if (lists.ElementIsNull(at)) picker.PickNull();
        else picker.Pick(at);
      }
      picker.Finish();
    }
    picker.Copy(*duckdb::StructVector::GetEntries(flat)[field], lists.child_count());
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

constexpr int64_t kSequenceMax = 2147483632;

// Reads integers of any width, dates and timestamps as int64.
class Numbers {
 public:
  Numbers(Vector& vector, idx_t count) : width_(vector.GetType().InternalType()) { vector.ToUnifiedFormat(count, format_); }
  bool IsNull(idx_t row) const { return !format_.validity.RowIsValid(format_.sel->get_index(row)); }
  int64_t operator[](idx_t row) const {
    const idx_t at = format_.sel->get_index(row);
    switch (width_) {
      case duckdb::PhysicalType::INT8: return duckdb::UnifiedVectorFormat::GetData<int8_t>(format_)[at];
      case duckdb::PhysicalType::INT16: return duckdb::UnifiedVectorFormat::GetData<int16_t>(format_)[at];
      case duckdb::PhysicalType::INT32: return duckdb::UnifiedVectorFormat::GetData<int32_t>(format_)[at];
      default: return duckdb::UnifiedVectorFormat::GetData<int64_t>(format_)[at];
    }
  }
  duckdb::interval_t Interval(idx_t row) const { return duckdb::UnifiedVectorFormat::GetData<duckdb::interval_t>(format_)[format_.sel->get_index(row)]; }

 private:
  duckdb::PhysicalType width_;
  duckdb::UnifiedVectorFormat format_;
};

void Append(Vector& child, idx_t at, int64_t value) {
  switch (child.GetType().InternalType()) {
    case duckdb::PhysicalType::INT8: duckdb::FlatVector::GetData<int8_t>(child)[at] = static_cast<int8_t>(value); return;
    case duckdb::PhysicalType::INT16: duckdb::FlatVector::GetData<int16_t>(child)[at] = static_cast<int16_t>(value); return;
    case duckdb::PhysicalType::INT32: duckdb::FlatVector::GetData<int32_t>(child)[at] = static_cast<int32_t>(value); return;
    default: duckdb::FlatVector::GetData<int64_t>(child)[at] = value;
  }
}

// sequence(start, stop [, step]) of integers, dates and timestamps.
ExprPtr BindSequence(KernelCall& call, PlanBuilder& builder) {
  const TypeKind kind = call.ArgumentType(0).kind();
  const TypeKind step_kind = call.resolved.size() > 2 ? call.ArgumentType(2).kind() : TypeKind::kNull;
  auto zone = kind == TypeKind::kTimestamp ? ZoneOf(call) : fn::TimeZone::Utc();
  auto kernel = [kind, step_kind, zone](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const Numbers starts(args.data[0], rows), stops(args.data[1], rows);
    std::optional<Numbers> steps;
    if (args.ColumnCount() > 2) steps.emplace(args.data[2], rows);
    auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
    std::vector<int64_t> values;
    const idx_t base = duckdb::ListVector::GetListSize(result);
    const bool is_integral = kind != TypeKind::kDate && kind != TypeKind::kTimestamp && kind != TypeKind::kTimestampNtz;
    for (idx_t row = 0; row < rows; ++row) {
      entries[row] = {base + values.size(), 0};
      if (starts.IsNull(row) || stops.IsNull(row) || (steps && steps->IsNull(row))) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const int64_t start = starts[row], stop = stops[row];
      int64_t months = 0, days = 0, micros = 0;
      if (is_integral) {
        micros = steps ? (*steps)[row] : start <= stop ? 1 : -1;
      } else if (!steps) {
        days = start <= stop ? 1 : -1;
      } else if (step_kind == TypeKind::kYearMonthInterval) {
        months = (*steps)[row];
      } else if (step_kind == TypeKind::kCalendarInterval) {
        const auto interval = steps->Interval(row);
        months = interval.months;
        days = interval.days;
        micros = interval.micros;
      } else {
        // Whole days move the wall clock.
        days = (*steps)[row] / kMicrosPerDay;
        micros = (*steps)[row] % kMicrosPerDay;
      }
      const bool is_zero = months == 0 && days == 0 && micros == 0;
      const bool rises = months * 28 * kMicrosPerDay + days * kMicrosPerDay + micros > 0;
      if (is_zero ? start != stop : (rises ? start > stop : start < stop)) {
        context.Fail("ILLEGAL_SEQUENCE_BOUNDARIES", {});
      }
      if (is_zero) {
        values.push_back(start);
      } else if (is_integral || (months == 0 && days == 0 && kind != TypeKind::kDate)) {
        const __int128 count = (static_cast<__int128>(stop) - start) / micros + 1;
        if (count > kSequenceMax) {
          context.Fail("COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER", {{"numberOfElements", std::to_string(static_cast<int64_t>(count))},
                                                                   {"functionName", "`sequence`"},
                                                                   {"maxRoundedArrayLength", std::to_string(kSequenceMax)},
                                                                   {"parameter", "`count`"}});
        }
        for (__int128 i = 0; i < count; ++i) values.push_back(static_cast<int64_t>(start + i * micros));
      } else {
        const int64_t origin = kind == TypeKind::kDate ? start * kMicrosPerDay : zone->ToLocal(start);
        for (int64_t i = 0;; ++i) {
          const int64_t moved = (AddMonthsToDays(DaysOfMicros(origin), months * i) + days * i) * kMicrosPerDay + TimeOfDayMicros(origin);
          const int64_t value = kind == TypeKind::kDate ? FloorDivide(moved + micros * i, kMicrosPerDay) : zone->ToUtc(moved) + micros * i;
          if (rises ? value > stop : value < stop) break;
          if (static_cast<int64_t>(values.size()) > kSequenceMax) context.Fail("ILLEGAL_SEQUENCE_BOUNDARIES", {});
          values.push_back(value);
        }
      }
      entries[row].length = base + values.size() - entries[row].offset;
    }
    duckdb::ListVector::Reserve(result, base + values.size());
    Vector& child = duckdb::ListVector::GetEntry(result);
    for (size_t i = 0; i < values.size(); ++i) Append(child, base + i, values[i]);
    duckdb::ListVector::SetListSize(result, base + values.size());
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

}  // namespace

void RegisterMap(KernelRegistry& registry) {
  // What the engine's own families already bind stays theirs.
  const auto add_missing = [&](std::string_view name, KernelBinder binder) {
    if (registry.Find(name) == nullptr) registry.Add({name}, std::move(binder));
  };
  add_missing("array", [](KernelCall& call, PlanBuilder& builder) {
    return MakeArray(builder, duckdb::ListType::GetChildType(ToLogicalType(call.type)), std::move(call.arguments));
  });
  add_missing("named_struct", BindNamedStruct);
  add_missing("get_field", BindGetField);
  add_missing("get_array_fields", BindArrayField);
  registry.Add({"map"}, [](KernelCall& call, PlanBuilder& builder) {
    if (call.arguments.empty()) return PlanBuilder::Constant(duckdb::Value::MAP(ToLogicalType(call.type.key()), ToLogicalType(call.type.value()), {}, {}));
    return BindMaker(call, builder, MakeMap);
  });
  registry.Add({"map_from_arrays"}, [](KernelCall& call, PlanBuilder& builder) { return BindMaker(call, builder, MapFromArrays); });
  registry.Add({"map_from_entries"}, [](KernelCall& call, PlanBuilder& builder) { return BindMaker(call, builder, MapFromEntries); });
  registry.Add({"map_concat"}, [](KernelCall& call, PlanBuilder& builder) {
    if (call.arguments.empty()) return PlanBuilder::Constant(duckdb::Value::MAP(ToLogicalType(call.type.key()), ToLogicalType(call.type.value()), {}, {}));
    return BindMaker(call, builder, MapConcat);
  });
  registry.Add({"map_keys"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, MapSide<true>, kSees); });
  registry.Add({"map_values"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, MapSide<false>, kSees); });
  registry.Add({"map_entries"}, [](KernelCall& call, PlanBuilder& builder) {
    return builder.Reinterpret(MapEntries(builder, std::move(call.arguments[0])), ToLogicalType(call.type));
  });
  registry.Add({"map_contains_key"}, [](KernelCall& call, PlanBuilder& builder) { return CallKernel(call, builder, MapContainsKey, kSees); });
  registry.Add({"sequence"}, BindSequence);
}

}  // namespace crannog::engine::duck
