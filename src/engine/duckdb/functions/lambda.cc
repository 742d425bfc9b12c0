#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

#include "engine/duckdb/functions/lists.h"

/// aggregate, zip_with, array_sort with a comparator and the functions that take lambdas over maps. Source: Spark's higherOrderFunctions.scala.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

// A lambda's body; its input is the parameters, then the captures.
struct Body {
  ExprPtr expression;
  duckdb::vector<LogicalType> inputs;
  size_t parameter_count = 0;
  idx_t first_capture = 0;  // column of the kernel's arguments
};

struct Bodies {
  std::vector<Body> bodies;
  plan::DataType key_type;
};

struct BodyState {
  BodyState(duckdb::ClientContext& context, const Body& body) : executor(context, *body.expression) {
    input.Initialize(duckdb::Allocator::DefaultAllocator(), body.inputs);
    output.Initialize(duckdb::Allocator::DefaultAllocator(), {body.expression->return_type});
  }
  duckdb::ExpressionExecutor executor;
  DataChunk input, output;
};

struct LambdaState : duckdb::FunctionLocalState {
  std::vector<std::unique_ptr<BodyState>> states;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> InitLambda(ExpressionState& state, const duckdb::BoundFunctionExpression&, duckdb::FunctionData* data) {
  auto out = duckdb::make_uniq<LambdaState>();
  for (const Body& body : data->Cast<KernelData>().Payload<Bodies>().bodies) out->states.push_back(std::make_unique<BodyState>(state.GetContext(), body));
  return out;
}

// Evaluates body `which` for `count` rows: parameters are flat vectors of that length, captures are taken from the argument rows in `rows`.
void Run(DataChunk& args, ExpressionState& state, size_t which, std::vector<Vector*> parameters, const std::vector<duckdb::sel_t>& rows, idx_t count, Vector& out) {
  const Body& body = DataOf(state).Payload<Bodies>().bodies[which];
  BodyState& local = *duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<LambdaState>().states[which];
  for (idx_t begin = 0; begin < count; begin += STANDARD_VECTOR_SIZE) {
    const idx_t size = std::min<idx_t>(STANDARD_VECTOR_SIZE, count - begin);
    local.input.Reset();
    for (size_t p = 0; p < parameters.size(); ++p) local.input.data[p].Slice(*parameters[p], begin, begin + size);
    duckdb::SelectionVector selection(size);
    for (idx_t i = 0; i < size; ++i) selection.set_index(i, rows[begin + i]);
    for (idx_t c = parameters.size(); c < body.inputs.size(); ++c) local.input.data[c].Slice(args.data[body.first_capture + c - parameters.size()], selection, size);
    local.input.SetCardinality(size);
    local.output.Reset();
    local.executor.Execute(local.input, local.output);
    duckdb::VectorOperations::Copy(local.output.data[0], out, size, 0, begin);
  }
}

constexpr duckdb::sel_t kNoElement = static_cast<duckdb::sel_t>(-1);

// A flat vector of the picked elements, NULL for kNoElement.
Vector Gather(const Vector& source, idx_t source_count, std::vector<duckdb::sel_t> picks) {
  Vector out(source.GetType(), std::max<idx_t>(picks.size(), 1));
  std::vector<idx_t> nulls;
  for (size_t i = 0; i < picks.size(); ++i) {
    if (picks[i] != kNoElement) continue;
    nulls.push_back(i);
    picks[i] = 0;
  }
  if (source_count > 0 && !picks.empty()) {
    duckdb::SelectionVector selection(picks.data());
    duckdb::VectorOperations::Copy(source, out, selection, picks.size(), 0, 0);
  }
  for (idx_t at : nulls) duckdb::FlatVector::SetNull(out, at, true);
  return out;
}

// Lowers the call's lambdas, drops their places among the arguments and appends their captures.
ExprPtr BindLambda(KernelCall& call, PlanBuilder& builder, duckdb::scalar_function_t function) {
  auto bodies = std::make_shared<Bodies>();
  std::vector<LoweredLambda> lambdas;
  ExprList plain;
  std::string name = CallName(call);
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    if (call.resolved[i]->As<plan::ResolvedLambda>() != nullptr) lambdas.push_back(call.lambda(i));
    else plain.push_back(std::move(call.arguments[i]));
  }
  for (LoweredLambda& lambda : lambdas) {
    Body body;
    body.parameter_count = lambda.parameter_types.size();
    body.inputs.assign(lambda.parameter_types.begin(), lambda.parameter_types.end());
    body.first_capture = plain.size();
    for (ExprPtr& capture : lambda.captures) {
      body.inputs.push_back(capture->return_type);
      plain.push_back(std::move(capture));
    }
    name += "/" + lambda.body->ToString();
    body.expression = std::move(lambda.body);
    bodies->bodies.push_back(std::move(body));
  }
  // Own kernels inside a body may carry what their text does not show: no two lambdas count as equal (rule 2).
  static std::atomic<uint64_t> next{0};
  name += "#" + std::to_string(next++);
  if (call.type.Is(TypeKind::kMap)) bodies->key_type = call.type.key();
  Kernel kernel;
  kernel.name = std::move(name);
  kernel.result = ToLogicalType(call.type);
  kernel.function = std::move(function);
  kernel.nulls = NullPolicy::kSeesNulls;
  kernel.payload = std::move(bodies);
  kernel.origin = call.origin;
  kernel.init_local_state = InitLambda;
  return builder.Call(std::move(kernel), std::move(plain));
}

// aggregate(array, start, merge [, finish]): step by step over the positions, all rows at once.
void Aggregate(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  const auto& bodies = DataOf(state).Payload<Bodies>().bodies;
  const Lists lists(args.data[0], rows);
  Vector accumulator(args.data[1].GetType(), std::max<idx_t>(rows, 1));
  duckdb::VectorOperations::Copy(args.data[1], accumulator, rows, 0, 0);
  idx_t longest = 0;
  for (idx_t row = 0; row < rows; ++row) {
    if (!lists.IsNull(row)) longest = std::max<idx_t>(longest, lists[row].length);
  }
  std::vector<duckdb::sel_t> active, elements;
  for (idx_t step = 0; step < longest; ++step) {
    active.clear();
    elements.clear();
    for (idx_t row = 0; row < rows; ++row) {
      if (lists.IsNull(row) || lists[row].length <= step) continue;
      active.push_back(static_cast<duckdb::sel_t>(row));
      elements.push_back(static_cast<duckdb::sel_t>(lists[row].offset + step));
    }
    Vector current = Gather(accumulator, rows, active);
    Vector values = Gather(lists.child(), lists.child_count(), elements);
    Vector merged(accumulator.GetType(), active.size());
    Run(args, state, 0, {&current, &values}, active, active.size(), merged);
    if (active.size() == rows) {
      accumulator.Reference(merged);
    } else {
      Vector next(accumulator.GetType(), rows);
      duckdb::VectorOperations::Copy(accumulator, next, rows, 0, 0);
      for (idx_t i = 0; i < active.size(); ++i) duckdb::VectorOperations::Copy(merged, next, i + 1, i, active[i]);
      accumulator.Reference(next);
    }
  }
  if (bodies.size() > 1) {
    std::vector<duckdb::sel_t> all(rows);
    std::iota(all.begin(), all.end(), 0);
    Run(args, state, 1, {&accumulator}, all, rows, result);
  } else {
    duckdb::VectorOperations::Copy(accumulator, result, rows, 0, 0);
  }
  for (idx_t row = 0; row < rows; ++row) {
    if (lists.IsNull(row)) duckdb::FlatVector::SetNull(result, row, true);
  }
  FinishRows(args, result);
}

void ZipWith(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  const Lists left(args.data[0], rows), right(args.data[1], rows);
  auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  const idx_t base = duckdb::ListVector::GetListSize(result);
  std::vector<duckdb::sel_t> left_picks, right_picks, row_of;
  for (idx_t row = 0; row < rows; ++row) {
    if (left.IsNull(row) || right.IsNull(row)) {
      duckdb::FlatVector::SetNull(result, row, true);
      entries[row] = {base + row_of.size(), 0};
      continue;
    }
    const auto l = left[row], r = right[row];
    const idx_t size = std::max(l.length, r.length);
    entries[row] = {base + row_of.size(), size};
    for (idx_t i = 0; i < size; ++i) {
      left_picks.push_back(i < l.length ? static_cast<duckdb::sel_t>(l.offset + i) : kNoElement);
      right_picks.push_back(i < r.length ? static_cast<duckdb::sel_t>(r.offset + i) : kNoElement);
      row_of.push_back(static_cast<duckdb::sel_t>(row));
    }
  }
  Vector a = Gather(left.child(), left.child_count(), left_picks), b = Gather(right.child(), right.child_count(), right_picks);
  duckdb::ListVector::Reserve(result, base + row_of.size());
  Vector values(duckdb::ListVector::GetEntry(result).GetType(), std::max<idx_t>(row_of.size(), 1));
  Run(args, state, 0, {&a, &b}, row_of, row_of.size(), values);
  if (!row_of.empty()) duckdb::VectorOperations::Copy(values, duckdb::ListVector::GetEntry(result), row_of.size(), 0, base);
  duckdb::ListVector::SetListSize(result, base + row_of.size());
  FinishRows(args, result);
}

// The entries of a map argument.
struct Maps {
  Maps(Vector& vector, idx_t count) : lists(vector, count), keys(duckdb::MapVector::GetKeys(vector)), values(duckdb::MapVector::GetValues(vector)) {}
  Lists lists;
  Vector& keys;
  Vector& values;
};

// Entries of all rows, one behind the other.
struct Flattened {
  std::vector<duckdb::sel_t> picks, rows;
};
Flattened Flatten(const Lists& lists, idx_t rows) {
  Flattened out;
  for (idx_t row = 0; row < rows; ++row) {
    if (lists.IsNull(row)) continue;
    const auto list = lists[row];
    for (idx_t i = 0; i < list.length; ++i) {
      out.picks.push_back(static_cast<duckdb::sel_t>(list.offset + i));
      out.rows.push_back(static_cast<duckdb::sel_t>(row));
    }
  }
  return out;
}

// Puts keys and values as the result's maps; `lengths` per row, -1 for NULL.
void PutMaps(DataChunk& args, Vector& result, const Vector& keys, const Vector& values, idx_t total, const std::vector<int64_t>& lengths) {
  const idx_t base = duckdb::ListVector::GetListSize(result);
  auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  idx_t at = base;
  for (idx_t row = 0; row < lengths.size(); ++row) {
    entries[row] = {at, lengths[row] < 0 ? 0 : static_cast<idx_t>(lengths[row])};
    if (lengths[row] < 0) duckdb::FlatVector::SetNull(result, row, true);
    else at += static_cast<idx_t>(lengths[row]);
  }
  duckdb::ListVector::Reserve(result, base + total);
  if (total > 0) {
    duckdb::VectorOperations::Copy(keys, duckdb::MapVector::GetKeys(result), total, 0, base);
    duckdb::VectorOperations::Copy(values, duckdb::MapVector::GetValues(result), total, 0, base);
  }
  duckdb::ListVector::SetListSize(result, base + total);
  FinishRows(args, result);
}

std::vector<int64_t> LengthsOf(const Lists& lists, idx_t rows) {
  std::vector<int64_t> out(rows);
  for (idx_t row = 0; row < rows; ++row) out[row] = lists.IsNull(row) ? -1 : static_cast<int64_t>(lists[row].length);
  return out;
}

void MapFilter(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  Maps maps(args.data[0], rows);
  Flattened all = Flatten(maps.lists, rows);
  const idx_t total = all.picks.size();
  Vector keys = Gather(maps.keys, maps.lists.child_count(), all.picks), values = Gather(maps.values, maps.lists.child_count(), all.picks);
  Vector kept(LogicalType::BOOLEAN, std::max<idx_t>(total, 1));
  Run(args, state, 0, {&keys, &values}, all.rows, total, kept);
  kept.Flatten(total);
  std::vector<int64_t> lengths = LengthsOf(maps.lists, rows);
  std::vector<duckdb::sel_t> picks;
  for (auto& length : lengths) length = length < 0 ? -1 : 0;
  for (idx_t i = 0; i < total; ++i) {
    if (duckdb::FlatVector::IsNull(kept, i) || !duckdb::FlatVector::GetData<bool>(kept)[i]) continue;
    picks.push_back(static_cast<duckdb::sel_t>(i));
    ++lengths[all.rows[i]];
  }
  Vector new_keys = Gather(keys, total, picks), new_values = Gather(values, total, picks);
  PutMaps(args, result, new_keys, new_values, picks.size(), lengths);
}

void TransformValues(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  Maps maps(args.data[0], rows);
  Flattened all = Flatten(maps.lists, rows);
  const idx_t total = all.picks.size();
  Vector keys = Gather(maps.keys, maps.lists.child_count(), all.picks), values = Gather(maps.values, maps.lists.child_count(), all.picks);
  Vector changed(duckdb::MapType::ValueType(result.GetType()), std::max<idx_t>(total, 1));
  Run(args, state, 0, {&keys, &values}, all.rows, total, changed);
  PutMaps(args, result, keys, changed, total, LengthsOf(maps.lists, rows));
}

void TransformKeys(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  KernelContext context{DataOf(state), result};
  Maps maps(args.data[0], rows);
  Flattened all = Flatten(maps.lists, rows);
  const idx_t total = all.picks.size();
  Vector keys = Gather(maps.keys, maps.lists.child_count(), all.picks), values = Gather(maps.values, maps.lists.child_count(), all.picks);
  Vector changed(duckdb::MapType::KeyType(result.GetType()), std::max<idx_t>(total, 1));
  Run(args, state, 0, {&keys, &values}, all.rows, total, changed);
  duckdb::UnifiedVectorFormat format;
  changed.ToUnifiedFormat(total, format);
  const SortKeys sort_keys(changed, total);
  std::unordered_set<std::string_view> seen;
  for (idx_t i = 0; i < total; ++i) {
    if (i == 0 || all.rows[i] != all.rows[i - 1]) seen.clear();
    if (!format.validity.RowIsValid(format.sel->get_index(i))) context.Fail("NULL_MAP_KEY", {});
    if (!seen.insert(sort_keys[i]).second) {
      std::string key;
      AppendCellText(key, CellReader(changed, total, context.Payload<Bodies>().key_type), i, *fn::TimeZone::Utc());
      FailDuplicateKey(context, key);
    }
  }
  PutMaps(args, result, changed, values, total, LengthsOf(maps.lists, rows));
}

void MapZipWith(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  Maps left(args.data[0], rows), right(args.data[1], rows);
  Vector both = Concatenate(left.keys, left.lists.child_count(), right.keys, right.lists.child_count());
  const idx_t both_count = left.lists.child_count() + right.lists.child_count();
  const SortKeys sort_keys(both, both_count);
  std::vector<duckdb::sel_t> keys, left_values, right_values, row_of;
  std::vector<int64_t> lengths(rows, -1);
  std::unordered_map<std::string_view, size_t> known;
  for (idx_t row = 0; row < rows; ++row) {
    if (left.lists.IsNull(row) || right.lists.IsNull(row)) continue;
    known.clear();
    const size_t begin = keys.size();
    const auto l = left.lists[row], r = right.lists[row];
    for (idx_t i = 0; i < l.length; ++i) {
      const auto at = static_cast<duckdb::sel_t>(l.offset + i);
      known.emplace(sort_keys[at], keys.size());
      keys.push_back(at);
      left_values.push_back(at);
      right_values.push_back(kNoElement);
    }
    for (idx_t i = 0; i < r.length; ++i) {
      const auto at = static_cast<duckdb::sel_t>(r.offset + i);
      const auto key = static_cast<duckdb::sel_t>(left.lists.child_count() + at);
      if (auto found = known.find(sort_keys[key]); found != known.end()) {
        right_values[found->second] = at;
        continue;
      }
      keys.push_back(key);
      left_values.push_back(kNoElement);
      right_values.push_back(at);
    }
    lengths[row] = static_cast<int64_t>(keys.size() - begin);
    row_of.resize(keys.size(), static_cast<duckdb::sel_t>(row));
  }
  const idx_t total = keys.size();
  Vector key_vector = Gather(both, both_count, keys);
  Vector a = Gather(left.values, left.lists.child_count(), left_values), b = Gather(right.values, right.lists.child_count(), right_values);
  Vector values(duckdb::MapType::ValueType(result.GetType()), std::max<idx_t>(total, 1));
  Run(args, state, 0, {&key_vector, &a, &b}, row_of, total, values);
  PutMaps(args, result, key_vector, values, total, lengths);
}

// array_sort(array, comparator): negative, zero, positive; NULL is an error.
void SortBy(DataChunk& args, ExpressionState& state, Vector& result) {
  const idx_t rows = RowsOf(args);
  KernelContext context{DataOf(state), result};
  const Lists lists(args.data[0], rows);
  ListPicker picker(result, rows);
  Vector answer(DataOf(state).Payload<Bodies>().bodies[0].expression->return_type, 1);
  for (idx_t row = 0; row < rows; ++row) {
    if (lists.IsNull(row)) {
      picker.Null(row);
      continue;
    }
    const auto list = lists[row];
    std::vector<duckdb::sel_t> order(list.length);
    std::iota(order.begin(), order.end(), static_cast<duckdb::sel_t>(list.offset));
    const auto less = [&](duckdb::sel_t a, duckdb::sel_t b) {
      Vector left = Gather(lists.child(), lists.child_count(), {a}), right = Gather(lists.child(), lists.child_count(), {b});
      duckdb::FlatVector::Validity(answer).SetAllValid(1);
      Run(args, state, 0, {&left, &right}, {static_cast<duckdb::sel_t>(row)}, 1, answer);
      if (duckdb::FlatVector::IsNull(answer, 0)) {
        context.Fail("COMPARATOR_RETURNS_NULL", {{"firstValue", lists.child().GetValue(a).ToString()}, {"secondValue", lists.child().GetValue(b).ToString()}});
      }
      return answer.GetType().InternalType() == duckdb::PhysicalType::INT64 ? duckdb::FlatVector::GetData<int64_t>(answer)[0] < 0
                                                                            : duckdb::FlatVector::GetData<int32_t>(answer)[0] < 0;
    };
    // Merge sort: a comparator that contradicts itself may give any order but must not run wild.
    std::vector<duckdb::sel_t> buffer(order.size());
    for (size_t width = 1; width < order.size(); width *= 2) {
      for (size_t begin = 0; begin < order.size(); begin += 2 * width) {
        const size_t middle = std::min(begin + width, order.size()), end = std::min(begin + 2 * width, order.size());
        size_t i = begin, j = middle, k = begin;
        while (i < middle && j < end) buffer[k++] = less(order[j], order[i]) ? order[j++] : order[i++];
        while (i < middle) buffer[k++] = order[i++];
        while (j < end) buffer[k++] = order[j++];
      }
      order.swap(buffer);
    }
    picker.Start(row);
    for (duckdb::sel_t at : order) picker.Pick(at);
    picker.Finish();
  }
  picker.Copy(lists.child(), lists.child_count());
  FinishRows(args, result);
}

KernelBinder WithLambda(void (*function)(DataChunk&, ExpressionState&, Vector&)) {
  return [function](KernelCall& call, PlanBuilder& builder) { return BindLambda(call, builder, function); };
}

}  // namespace

void RegisterLambda(KernelRegistry& registry) {
  registry.Add({"aggregate", "reduce"}, WithLambda(Aggregate));
  registry.Add({"zip_with"}, WithLambda(ZipWith));
  registry.Add({"map_filter"}, WithLambda(MapFilter));
  registry.Add({"transform_values"}, WithLambda(TransformValues));
  registry.Add({"transform_keys"}, WithLambda(TransformKeys));
  registry.Add({"map_zip_with"}, WithLambda(MapZipWith));
  const KernelBinder* plain = registry.Find("array_sort");
  const KernelBinder by_order = plain == nullptr ? KernelBinder() : *plain;
  registry.Add({"array_sort"}, [by_order](KernelCall& call, PlanBuilder& builder) {
    if (call.resolved.size() == 2 && call.resolved[1]->As<plan::ResolvedLambda>() != nullptr) return BindLambda(call, builder, SortBy);
    return by_order(call, builder);
  });
}

}  // namespace crannog::engine::duck
