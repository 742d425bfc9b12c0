#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/functions/lambda.h"
#include "engine/duckdb/kernel_registry.h"

/// The machinery of lambdas: a bound body evaluated over the elements of lists.
namespace crannog::engine::duck {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::Vector;

namespace {

// Column 0 of the body's input is the element, then (with index) the INTEGER position, then the captures.
struct ElementBody {
  ExprPtr expression;
  duckdb::vector<LogicalType> inputs;
  bool has_index = false;
};

struct ElementState : duckdb::FunctionLocalState {
  explicit ElementState(duckdb::ClientContext& context, const ElementBody& body) : executor(context, *body.expression) {
    input.Initialize(duckdb::Allocator::DefaultAllocator(), body.inputs);
    output.Initialize(duckdb::Allocator::DefaultAllocator(), {body.expression->return_type});
  }
  duckdb::ExpressionExecutor executor;
  duckdb::DataChunk input, output;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> InitElements(duckdb::ExpressionState& state, const duckdb::BoundFunctionExpression&, duckdb::FunctionData* data) {
  return duckdb::make_uniq<ElementState>(state.GetContext(), data->Cast<KernelData>().Payload<ElementBody>());
}

// Runs the body over every element of every valid row; hands each batch of results to `take(chunk, count)`.
template <typename F>
void RunElements(duckdb::DataChunk& args, duckdb::ExpressionState& state, F take) {
  const auto& body = DataOf(state).Payload<ElementBody>();
  auto& local = duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<ElementState>();
  duckdb::UnifiedVectorFormat lists;
  args.data[0].ToUnifiedFormat(args.size(), lists);
  const auto* entries = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  Vector& child = duckdb::ListVector::GetEntry(args.data[0]);
  duckdb::SelectionVector elements(STANDARD_VECTOR_SIZE), rows(STANDARD_VECTOR_SIZE);
  std::vector<int32_t> positions;
  idx_t count = 0;
  auto flush = [&] {
    if (count == 0) return;
    local.input.Reset();
    local.input.data[0].Slice(child, elements, count);
    idx_t column = 1;
    if (body.has_index) {
      auto* out = duckdb::FlatVector::GetData<int32_t>(local.input.data[1]);
      std::copy(positions.begin(), positions.end(), out);
      column = 2;
    }
    for (idx_t i = 1; i < args.ColumnCount(); ++i, ++column) local.input.data[column].Slice(args.data[i], rows, count);
    local.input.SetCardinality(count);
    local.output.Reset();
    local.executor.Execute(local.input, local.output);
    take(local.output.data[0], count);
    count = 0;
    positions.clear();
  };
  for (idx_t row = 0; row < args.size(); ++row) {
    const idx_t at = lists.sel->get_index(row);
    if (!lists.validity.RowIsValid(at)) continue;
    for (idx_t i = 0; i < entries[at].length; ++i) {
      elements.set_index(count, entries[at].offset + i);
      rows.set_index(count, row);
      if (body.has_index) positions.push_back(static_cast<int32_t>(i));
      if (++count == STANDARD_VECTOR_SIZE) flush();
    }
  }
  flush();
}

void Transform(duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result) {
  duckdb::UnifiedVectorFormat lists;
  args.data[0].ToUnifiedFormat(args.size(), lists);
  const auto* in = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  auto* out = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  idx_t total = 0;
  for (idx_t row = 0; row < args.size(); ++row) {
    const idx_t at = lists.sel->get_index(row);
    if (!lists.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      out[row] = {total, 0};
      continue;
    }
    out[row] = {total, in[at].length};
    total += in[at].length;
  }
  duckdb::ListVector::Reserve(result, total);
  RunElements(args, state, [&](Vector& values, idx_t count) { duckdb::ListVector::Append(result, values, count); });
}

// Values of a BOOLEAN body, one per element in order; NULL counts as `null_is`.
std::vector<int8_t> Tests(duckdb::DataChunk& args, duckdb::ExpressionState& state) {
  std::vector<int8_t> out;
  RunElements(args, state, [&](Vector& values, idx_t count) {
    duckdb::UnifiedVectorFormat format;
    values.ToUnifiedFormat(count, format);
    for (idx_t i = 0; i < count; ++i) {
      const idx_t at = format.sel->get_index(i);
      out.push_back(!format.validity.RowIsValid(at) ? -1 : duckdb::UnifiedVectorFormat::GetData<bool>(format)[at] ? 1 : 0);
    }
  });
  return out;
}

void FilterElements(duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result) {
  std::vector<int8_t> keep = Tests(args, state);
  duckdb::UnifiedVectorFormat lists;
  args.data[0].ToUnifiedFormat(args.size(), lists);
  const auto* in = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  auto* out = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  duckdb::SelectionVector kept(std::max<idx_t>(keep.size(), 1));
  idx_t total = 0, next = 0;
  for (idx_t row = 0; row < args.size(); ++row) {
    const idx_t at = lists.sel->get_index(row);
    out[row] = {total, 0};
    if (!lists.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    for (idx_t i = 0; i < in[at].length; ++i)
      if (keep[next++] == 1) kept.set_index(total++, in[at].offset + i);
    out[row].length = total - out[row].offset;
  }
  if (total == 0) return;
  Vector selected(duckdb::ListVector::GetEntry(args.data[0]), kept, total);
  duckdb::ListVector::Append(result, selected, total);
}

// exists: true if any, else NULL if any is NULL, else false. forall the other way round.
template <bool kDecides>
void Quantify(duckdb::DataChunk& args, duckdb::ExpressionState& state, Vector& result) {
  std::vector<int8_t> tests = Tests(args, state);
  duckdb::UnifiedVectorFormat lists;
  args.data[0].ToUnifiedFormat(args.size(), lists);
  const auto* in = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  auto* out = duckdb::FlatVector::GetData<bool>(result);
  idx_t next = 0;
  for (idx_t row = 0; row < args.size(); ++row) {
    const idx_t at = lists.sel->get_index(row);
    if (!lists.validity.RowIsValid(at)) {
      duckdb::FlatVector::SetNull(result, row, true);
      continue;
    }
    bool decided = false, has_null = false;
    for (idx_t i = 0; i < in[at].length; ++i) {
      int8_t test = tests[next++];
      decided |= test == (kDecides ? 1 : 0);
      has_null |= test == -1;
    }
    out[row] = decided ? kDecides : !kDecides;
    if (!decided && has_null) duckdb::FlatVector::SetNull(result, row, true);
  }
}

ExprPtr CallElements(PlanBuilder& builder, std::string name, LogicalType result, duckdb::scalar_function_t function, ElementBody body, ExprPtr list,
                     ExprList captures, plan::Origin origin) {
  // Two lambdas are never the same function, not even with equal text.
  static std::atomic<int64_t> counter{0};
  ExprList arguments = List(std::move(list));
  for (auto& capture : captures) arguments.push_back(std::move(capture));
  return builder.Call({.name = name + "_lambda" + std::to_string(counter.fetch_add(1)),
                       .result = std::move(result),
                       .function = std::move(function),
                       .fallibility = Fallibility::kCanRaise,
                       .nulls = NullPolicy::kSeesNulls,
                       .payload = std::make_shared<ElementBody>(std::move(body)),
                       .origin = origin,
                       .init_local_state = InitElements},
                      std::move(arguments));
}

KernelBinder OverElements(const char* name, duckdb::scalar_function_t function) {
  return [name, function](KernelCall& call, PlanBuilder& builder) {
    LoweredLambda lambda = call.lambda(1);
    LogicalType list_type = call.arguments[0]->return_type;
    ElementBody body{.expression = std::move(lambda.body), .inputs = {duckdb::ListType::GetChildType(list_type)}, .has_index = lambda.parameter_types.size() > 1};
    if (body.has_index) body.inputs.push_back(LogicalType::INTEGER);
    for (const auto& capture : lambda.captures) body.inputs.push_back(capture->return_type);
    LogicalType result = std::string_view(name) == "transform" ? LogicalType::LIST(body.expression->return_type)
                         : std::string_view(name) == "filter" ? list_type
                                                              : LogicalType(LogicalType::BOOLEAN);
    return CallElements(builder, name, std::move(result), function, std::move(body), std::move(call.arguments[0]), std::move(lambda.captures), call.origin);
  };
}

}  // namespace

ExprPtr MapElements(PlanBuilder& builder, ExprPtr list, ExprPtr body) {
  LogicalType element = duckdb::ListType::GetChildType(list->return_type);
  LogicalType result = LogicalType::LIST(body->return_type);
  ElementBody elements{.expression = std::move(body), .inputs = {element}, .has_index = false};
  return CallElements(builder, "elements", std::move(result), Transform, std::move(elements), std::move(list), {}, {});
}

void RegisterHigherOrder(KernelRegistry& registry) {
  registry.Add({"transform"}, OverElements("transform", Transform));
  registry.Add({"filter"}, OverElements("filter", FilterElements));
  registry.Add({"exists", "any_match"}, OverElements("exists", Quantify<true>));
  registry.Add({"forall", "all_match"}, OverElements("forall", Quantify<false>));
}

}  // namespace crannog::engine::duck
