#include <bit>
#include <cmath>
#include <limits>

#include "engine/duckdb/functions/arithmetic.h"
#include "engine/duckdb/functions/decimal_value.h"
#include "engine/duckdb/functions/families.h"
#include "engine/functions/hashing.h"

/// sum and avg with Spark's types and overflow, skewness and kurtosis, approx_count_distinct.
namespace crannog::engine::duck {
namespace {

using duckdb::AggregateFunction;
using duckdb::AggregateInputData;
using duckdb::hugeint_t;
using duckdb::idx_t;
using duckdb::LogicalType;
using plan::EvalMode;
using plan::TypeKind;

struct SumShape {
  EvalMode mode;
  plan::DataType type;        // of the result
  plan::DataType input;
  bool is_average = false;
};

KernelContext ContextOf(AggregateInputData& input, duckdb::Vector& result) { return {input.bind_data->Cast<KernelData>(), result}; }

struct WideSum {
  hugeint_t sum;
  int64_t count;
};

// Whole numbers and decimals are summed in 128 bits, so that the order of partial sums does not matter; the end result is checked.
struct WideSumOperation {
  template <class STATE>
  static void Initialize(STATE& state) {
    state.sum = hugeint_t(0);
    state.count = 0;
  }
  template <class INPUT, class STATE, class OP>
  static void Operation(STATE& state, const INPUT& value, duckdb::AggregateUnaryInput& input) {
    Add(state, Widen128(value), 1, input.input);
  }
  template <class INPUT, class STATE, class OP>
  static void ConstantOperation(STATE& state, const INPUT& value, duckdb::AggregateUnaryInput& input, idx_t count) {
    Int128 product;
    if (__builtin_mul_overflow(Widen128(value), static_cast<Int128>(count), &product)) {
      for (idx_t i = 0; i < count; ++i) Add(state, Widen128(value), 1, input.input);
      return;
    }
    Add(state, product, static_cast<int64_t>(count), input.input);
  }
  template <class STATE, class OP>
  static void Combine(const STATE& source, STATE& target, AggregateInputData& input) {
    Add(target, ToInt128(source.sum), source.count, input);
  }
  template <class T, class STATE>
  static void Finalize(STATE& state, T& target, duckdb::AggregateFinalizeData& finalize) {
    if (state.count == 0) {
      finalize.ReturnNull();
      return;
    }
    KernelContext context = ContextOf(finalize.input, finalize.result);
    const SumShape& shape = context.Payload<SumShape>();
    auto value = shape.is_average ? Average(state, shape, context) : Total(state, shape, context);
    if (!value) {
      finalize.ReturnNull();
    } else {
      target = NarrowTo<T>(*value);
    }
  }
  static bool IgnoreNull() { return true; }

 private:
  static Int128 Widen128(int8_t value) { return value; }
  template <typename T>
  static Int128 Widen128(T value) { return Widen(value); }

  template <class STATE>
  static void Add(STATE& state, Int128 value, int64_t count, AggregateInputData& input) {
    Int128 sum;
    if (__builtin_add_overflow(ToInt128(state.sum), value, &sum)) {
      // Beyond 38 digits for sure.
      const auto& data = input.bind_data->Cast<KernelData>();
      RaiseCondition("ARITHMETIC_OVERFLOW", {{"message", "Overflow in sum of decimals"}, {"alternative", " Use 'try_sum' to tolerate overflow and return NULL instead."}, {"config", kAnsiSetting}}, data.origin);
    }
    state.sum = ToHugeint(sum);
    state.count += count;
  }

  template <class STATE>
  static std::optional<Int128> Total(const STATE& state, const SumShape& shape, const KernelContext& context) {
    const Int128 sum = ToInt128(state.sum);
    switch (shape.type.kind()) {
      case TypeKind::kDecimal: {
        const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.type.precision())];
        if (sum < limit && sum > -limit) return sum;
        if (shape.mode == EvalMode::kAnsi) FailOverflow(context, "Overflow in sum of decimals", "try_sum");
        return std::nullopt;
      }
      case TypeKind::kYearMonthInterval:
        if (sum >= std::numeric_limits<int32_t>::min() && sum <= std::numeric_limits<int32_t>::max()) return sum;
        break;
      default:
        if (sum >= std::numeric_limits<int64_t>::min() && sum <= std::numeric_limits<int64_t>::max()) return sum;
    }
    if (shape.mode == EvalMode::kTry) return std::nullopt;
    if (shape.type.IsAnsiInterval()) context.Fail("INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION", {{"functionName", "`try_sum`"}});
    if (shape.mode == EvalMode::kLegacy) return static_cast<int64_t>(sum);
    FailOverflow(context, "long overflow", "try_sum");
  }

  template <class STATE>
  static std::optional<Int128> Average(const STATE& state, const SumShape& shape, const KernelContext& context) {
    Int256 sum(ToInt128(state.sum));
    if (shape.type.Is(TypeKind::kDecimal)) sum.ScaleUp(shape.type.scale() - shape.input.scale());
    auto average = sum.DivideHalfUp(Int256(state.count)).Narrow();
    if (!shape.type.Is(TypeKind::kDecimal)) return average;
    const Int128 limit = kPowersOfTen[static_cast<size_t>(shape.type.precision())];
    if (average && *average < limit && *average > -limit) return average;
    if (shape.mode == EvalMode::kAnsi) FailOverflow(context, "Overflow in sum of decimals", "try_avg");
    return std::nullopt;
  }
};

struct DoubleSum {
  double sum;
  int64_t count;
};

template <bool kAverage>
struct DoubleSumOperation {
  template <class STATE>
  static void Initialize(STATE& state) {
    state.sum = 0;
    state.count = 0;
  }
  template <class INPUT, class STATE, class OP>
  static void Operation(STATE& state, const INPUT& value, duckdb::AggregateUnaryInput&) {
    state.sum += static_cast<double>(value);
    ++state.count;
  }
  template <class INPUT, class STATE, class OP>
  static void ConstantOperation(STATE& state, const INPUT& value, duckdb::AggregateUnaryInput&, idx_t count) {
    for (idx_t i = 0; i < count; ++i) state.sum += static_cast<double>(value);
    state.count += static_cast<int64_t>(count);
  }
  template <class STATE, class OP>
  static void Combine(const STATE& source, STATE& target, AggregateInputData&) {
    target.sum += source.sum;
    target.count += source.count;
  }
  template <class T, class STATE>
  static void Finalize(STATE& state, T& target, duckdb::AggregateFinalizeData& finalize) {
    if (state.count == 0) {
      finalize.ReturnNull();
    } else {
      target = kAverage ? state.sum / static_cast<double>(state.count) : state.sum;
    }
  }
  static bool IgnoreNull() { return true; }
};

template <typename In, typename Out>
AggregateFunction Wide(const LogicalType& input, const LogicalType& result) {
  auto function = AggregateFunction::UnaryAggregate<WideSum, In, Out, WideSumOperation>(input, result);
  function.order_dependent = duckdb::AggregateOrderDependent::NOT_ORDER_DEPENDENT;
  return function;
}

template <typename In, bool kAverage>
AggregateFunction Doubles(const LogicalType& input) {
  return AggregateFunction::UnaryAggregate<DoubleSum, In, double, DoubleSumOperation<kAverage>>(input, LogicalType::DOUBLE);
}

template <bool kAverage>
AggregateFunction PickDoubles(const LogicalType& input) {
  switch (input.InternalType()) {
    case duckdb::PhysicalType::INT8: return Doubles<int8_t, kAverage>(input);
    case duckdb::PhysicalType::INT16: return Doubles<int16_t, kAverage>(input);
    case duckdb::PhysicalType::INT32: return Doubles<int32_t, kAverage>(input);
    case duckdb::PhysicalType::INT64: return Doubles<int64_t, kAverage>(input);
    case duckdb::PhysicalType::FLOAT: return Doubles<float, kAverage>(input);
    default: return Doubles<double, kAverage>(input);
  }
}

template <typename Out>
AggregateFunction PickWide(const LogicalType& input, const LogicalType& result) {
  switch (input.InternalType()) {
    case duckdb::PhysicalType::INT8: return Wide<int8_t, Out>(input, result);
    case duckdb::PhysicalType::INT16: return Wide<int16_t, Out>(input, result);
    case duckdb::PhysicalType::INT32: return Wide<int32_t, Out>(input, result);
    case duckdb::PhysicalType::INT64: return Wide<int64_t, Out>(input, result);
    default: return Wide<hugeint_t, Out>(input, result);
  }
}

BoundAggregate BindSum(AggregateCall& call, PlanBuilder& builder) {
  const bool is_average = call.function == "avg" || call.function == "mean";
  const plan::DataType& input = call.ArgumentType(0);
  LogicalType in = call.arguments[0]->return_type, out = ToLogicalType(call.type);
  auto shape = std::make_shared<SumShape>(SumShape{.mode = call.mode, .type = call.type, .input = input, .is_average = is_average});
  AggregateFunction function = [&]() -> AggregateFunction {
    if (call.type.Is(TypeKind::kDouble)) return is_average ? PickDoubles<true>(in) : PickDoubles<false>(in);
    if (out.InternalType() == duckdb::PhysicalType::INT128) return PickWide<hugeint_t>(in, out);
    if (out.InternalType() == duckdb::PhysicalType::INT64) return PickWide<int64_t>(in, out);
    if (out.InternalType() == duckdb::PhysicalType::INT32) return PickWide<int32_t>(in, out);
    if (out.InternalType() == duckdb::PhysicalType::INT16) return PickWide<int16_t>(in, out);
    Raise(NotImplemented(call.function + " of " + input.Sql()), call.origin);
  }();
  function.name = call.function + "_" + (call.mode == EvalMode::kAnsi ? "ansi" : call.mode == EvalMode::kTry ? "try" : "legacy") + "_" + call.type.CatalogString() + "_" +
                  input.CatalogString();
  return {.call = builder.Aggregate(std::move(function), std::move(call.arguments), call.origin, shape), .finish = nullptr, .empty_value = std::nullopt};
}

// ---- third and fourth moments, Spark's CentralMomentAgg ----

struct Moments {
  double n, mean, m2, m3, m4;
};

template <bool kKurtosis>
struct MomentOperation {
  template <class STATE>
  static void Initialize(STATE& state) { state = {0, 0, 0, 0, 0}; }
  template <class INPUT, class STATE, class OP>
  static void Operation(STATE& state, const INPUT& value, duckdb::AggregateUnaryInput&) {
    const double n = state.n + 1, delta = value - state.mean, delta_n = delta / n;
    const double mean = state.mean + delta_n, m2 = state.m2 + delta * (delta - delta_n);
    const double delta2 = delta * delta, delta_n2 = delta_n * delta_n;
    const double m3 = state.m3 - 3.0 * delta_n * m2 + delta * (delta2 - delta_n2);
    const double m4 = state.m4 - 4.0 * delta_n * m3 - 6.0 * delta_n2 * m2 + delta * (delta * delta2 - delta_n * delta_n2);
    state = {n, mean, m2, m3, m4};
  }
  template <class INPUT, class STATE, class OP>
  static void ConstantOperation(STATE& state, const INPUT& value, duckdb::AggregateUnaryInput& input, idx_t count) {
    for (idx_t i = 0; i < count; ++i) Operation<INPUT, STATE, OP>(state, value, input);
  }
  template <class STATE, class OP>
  static void Combine(const STATE& right, STATE& left, AggregateInputData&) {
    if (right.n == 0) return;
    if (left.n == 0) {
      left = right;
      return;
    }
    const double n1 = left.n, n2 = right.n, n = n1 + n2, delta = right.mean - left.mean, delta_n = delta / n;
    const double m2 = left.m2 + right.m2 + delta * delta_n * n1 * n2;
    const double m3 = left.m3 + right.m3 + delta_n * delta_n * delta * n1 * n2 * (n1 - n2) + 3.0 * delta_n * (n1 * right.m2 - n2 * left.m2);
    const double m4 = left.m4 + right.m4 + delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
                      6.0 * delta_n * delta_n * (n1 * n1 * right.m2 + n2 * n2 * left.m2) + 4.0 * delta_n * (n1 * right.m3 - n2 * left.m3);
    left = {n, left.mean + delta_n * n2, m2, m3, m4};
  }
  template <class T, class STATE>
  static void Finalize(STATE& state, T& target, duckdb::AggregateFinalizeData& finalize) {
    if (state.n == 0 || state.m2 == 0) {
      finalize.ReturnNull();
    } else {
      target = kKurtosis ? state.n * state.m4 / (state.m2 * state.m2) - 3.0 : std::sqrt(state.n) * state.m3 / std::sqrt(state.m2 * state.m2 * state.m2);
    }
  }
  static bool IgnoreNull() { return true; }
};

template <bool kKurtosis>
BoundAggregate BindMoment(AggregateCall& call, PlanBuilder& builder) {
  ExprPtr value = BindCast({.from = call.ArgumentType(0), .to = plan::DataType::Double(), .zone = "UTC"}, std::move(call.arguments[0]), builder);
  auto function = AggregateFunction::UnaryAggregate<Moments, double, double, MomentOperation<kKurtosis>>(LogicalType::DOUBLE, LogicalType::DOUBLE);
  function.name = call.function;
  return {.call = builder.Aggregate(std::move(function), List(std::move(value)), call.origin), .finish = nullptr, .empty_value = std::nullopt};
}

// ---- HyperLogLog++ as Spark's, without the bias table beyond linear counting ----

constexpr double kRelativeError = 0.05;

struct Registers {
  uint8_t* values;  // 2^p of them, or null
  int32_t precision;
};

struct DistinctOperation {
  template <class STATE>
  static void Initialize(STATE& state) {
    state.values = nullptr;
    state.precision = 0;
  }
  template <class STATE>
  static void Destroy(STATE& state, AggregateInputData&) {
    delete[] state.values;
    state.values = nullptr;
  }
  template <class INPUT, class STATE, class OP>
  static void Operation(STATE& state, const INPUT& hash, duckdb::AggregateUnaryInput& input) {
    Ensure(state, input.input.bind_data->Cast<KernelData>().Payload<int32_t>());
    const auto bits = static_cast<uint64_t>(hash);
    const uint64_t index = bits >> (64 - state.precision);
    const uint64_t rest = bits << state.precision | uint64_t{1} << (state.precision - 1);
    const auto rank = static_cast<uint8_t>(__builtin_clzll(rest) + 1);
    if (state.values[index] < rank) state.values[index] = rank;
  }
  template <class INPUT, class STATE, class OP>
  static void ConstantOperation(STATE& state, const INPUT& hash, duckdb::AggregateUnaryInput& input, idx_t) {
    Operation<INPUT, STATE, OP>(state, hash, input);
  }
  template <class STATE, class OP>
  static void Combine(const STATE& source, STATE& target, AggregateInputData&) {
    if (source.values == nullptr) return;
    Ensure(target, source.precision);
    for (size_t i = 0; i < size_t{1} << source.precision; ++i) target.values[i] = std::max(target.values[i], source.values[i]);
  }
  template <class T, class STATE>
  static void Finalize(STATE& state, T& target, duckdb::AggregateFinalizeData&) {
    target = 0;
    if (state.values == nullptr) return;
    const double m = std::ldexp(1.0, state.precision);
    const double alpha = state.precision == 4 ? 0.673 : state.precision == 5 ? 0.697 : state.precision == 6 ? 0.709 : 0.7213 / (1.0 + 1.079 / m);
    double inverse_sum = 0, zeros = 0;
    for (size_t i = 0; i < static_cast<size_t>(m); ++i) {
      inverse_sum += std::ldexp(1.0, -state.values[i]);
      zeros += state.values[i] == 0 ? 1 : 0;
    }
    double estimate = alpha * m * m / inverse_sum;
    static constexpr double kThresholds[] = {10, 20, 40, 80, 220, 400, 900, 1800, 3100, 6500, 15500, 20000, 50000, 120000, 350000};
    if (zeros > 0) {
      const double linear = m * std::log(m / zeros);
      if (linear <= kThresholds[state.precision - 4]) estimate = linear;
    }
    target = static_cast<T>(std::llround(estimate));
  }
  static bool IgnoreNull() { return true; }

 private:
  template <class STATE>
  static void Ensure(STATE& state, int32_t precision) {
    if (state.values != nullptr) return;
    state.values = new uint8_t[size_t{1} << precision]();
    state.precision = precision;
  }
};

duckdb::scalar_function_t HashKernel(const LogicalType& type) {
  using functions::XxHash64;
  constexpr uint64_t kSeed = 42;
  switch (type.InternalType()) {
    case duckdb::PhysicalType::BOOL: return RowKernel<int64_t, bool>([](KernelContext&, bool v) { return static_cast<int64_t>(XxHash64::OfInt(v ? 1 : 0, kSeed)); });
    case duckdb::PhysicalType::INT8: return RowKernel<int64_t, int8_t>([](KernelContext&, int8_t v) { return static_cast<int64_t>(XxHash64::OfInt(v, kSeed)); });
    case duckdb::PhysicalType::INT16: return RowKernel<int64_t, int16_t>([](KernelContext&, int16_t v) { return static_cast<int64_t>(XxHash64::OfInt(v, kSeed)); });
    case duckdb::PhysicalType::INT32: return RowKernel<int64_t, int32_t>([](KernelContext&, int32_t v) { return static_cast<int64_t>(XxHash64::OfInt(v, kSeed)); });
    case duckdb::PhysicalType::INT64: return RowKernel<int64_t, int64_t>([](KernelContext&, int64_t v) { return static_cast<int64_t>(XxHash64::OfLong(v, kSeed)); });
    case duckdb::PhysicalType::FLOAT:
      return RowKernel<int64_t, float>([](KernelContext&, float v) {
        if (v == 0) v = 0;
        if (std::isnan(v)) v = std::numeric_limits<float>::quiet_NaN();
        return static_cast<int64_t>(XxHash64::OfInt(std::bit_cast<int32_t>(v), kSeed));
      });
    case duckdb::PhysicalType::DOUBLE:
      return RowKernel<int64_t, double>([](KernelContext&, double v) {
        if (v == 0) v = 0;
        if (std::isnan(v)) v = std::numeric_limits<double>::quiet_NaN();
        return static_cast<int64_t>(XxHash64::OfLong(std::bit_cast<int64_t>(v), kSeed));
      });
    case duckdb::PhysicalType::VARCHAR:
      return RowKernel<int64_t, duckdb::string_t>([](KernelContext&, duckdb::string_t v) { return static_cast<int64_t>(XxHash64::OfBytes(View(v), kSeed)); });
    default: return nullptr;
  }
}

BoundAggregate BindApproxCountDistinct(AggregateCall& call, PlanBuilder& builder) {
  double error = kRelativeError;
  if (const plan::Literal* literal = call.Constant(1)) {
    if (const double* value = std::get_if<double>(&literal->value)) error = *value;
    if (const auto* value = std::get_if<plan::Int128>(&literal->value)) {
      error = static_cast<double>(*value);
      for (int i = 0; i < literal->type.scale(); ++i) error /= 10;
    }
  }
  const int32_t precision = std::min(18, std::max(4, static_cast<int32_t>(std::ceil(2.0 * std::log(1.106 / error) / std::log(2.0)))));
  ExprPtr value = std::move(call.arguments[0]);
  Kernel hash{.name = "hash64_42", .result = LogicalType::BIGINT, .function = HashKernel(value->return_type), .fallibility = Fallibility::kNever};
  if (hash.function == nullptr) {
    // Decimals and nested values: by their text.
    value = BindCast({.from = call.ArgumentType(0), .to = plan::DataType::String(), .zone = "UTC"}, std::move(value), builder);
    hash.function = HashKernel(LogicalType::VARCHAR);
  }
  ExprPtr hashed = builder.Call(std::move(hash), List(std::move(value)));
  auto function = AggregateFunction::UnaryAggregateDestructor<Registers, int64_t, int64_t, DistinctOperation>(LogicalType::BIGINT, LogicalType::BIGINT);
  function.name = "approx_count_distinct_" + std::to_string(precision);
  BoundAggregate out{.call = builder.Aggregate(std::move(function), List(std::move(hashed)), call.origin, std::make_shared<int32_t>(precision)),
                     .finish = nullptr, .empty_value = duckdb::Value::BIGINT(0)};
  return out;
}

}  // namespace

void RegisterSums(KernelRegistry& registry) {
  registry.AddAggregate({"sum", "avg", "mean"}, BindSum);
  registry.AddAggregate({"skewness"}, BindMoment<false>);
  registry.AddAggregate({"kurtosis"}, BindMoment<true>);
  registry.AddAggregate({"approx_count_distinct"}, BindApproxCountDistinct);
}

}  // namespace crannog::engine::duck
