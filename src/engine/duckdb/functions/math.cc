#include <chrono>
#include <cmath>
#include <limits>
#include <mutex>
#include <random>

#include "engine/duckdb/functions/kit.h"
#include "engine/functions/numbers.h"
#include "engine/functions/spark_random.h"

/// Mathematics, rounding, random numbers. Source: Spark's mathExpressions.scala, randomExpressions.scala.
namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::string_t;
using fn::Rounding;

const KernelOptions kSafe{.fallibility = Fallibility::kNever};

template <typename F>
KernelBinder Real(F f) {
  return Rows<double, double>([f](KernelContext&, double x) { return f(x); }, kSafe);
}

// Logarithms are NULL where they are not defined.
template <typename F>
KernelBinder Logarithm(double above, F f) {
  return Rows<double, double>([above, f](KernelContext&, double x) -> std::optional<double> {
    if (x <= above) return std::nullopt;
    return f(x);
  }, kSafe);
}

int64_t Saturated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 9.2233720368547758e18) return std::numeric_limits<int64_t>::max();
  if (value <= -9.2233720368547758e18) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

inline __int128 Wide(int16_t v) { return v; }
inline __int128 Wide(int32_t v) { return v; }
inline __int128 Wide(int64_t v) { return v; }
inline __int128 Wide(duckdb::hugeint_t v) { return ToInt128(v); }
template <typename T>
T Narrow(__int128 v) {
  if constexpr (std::is_same_v<T, duckdb::hugeint_t>) return ToHugeint(v);
  else return static_cast<T>(v);
}

template <typename F>
ExprPtr WithStorage(const plan::DataType& type, F f) {
  switch (ToLogicalType(type).InternalType()) {
    case duckdb::PhysicalType::INT16: return f(int16_t{});
    case duckdb::PhysicalType::INT32: return f(int32_t{});
    case duckdb::PhysicalType::INT64: return f(int64_t{});
    default: return f(duckdb::hugeint_t{});
  }
}

// A decimal rounded at `digits` behind the point, as a decimal of the result's type.
ExprPtr BindDecimalRound(KernelCall& call, PlanBuilder& builder, int digits, Rounding rounding) {
  const plan::DataType from = call.ArgumentType(0), to = call.type;
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return WithStorage(from, [&](auto from_tag) {
    return WithStorage(to, [&](auto to_tag) {
      using From = decltype(from_tag);
      using To = decltype(to_tag);
      return CallKernel(call, builder, RowKernel<To, From>([=](KernelContext& c, From value) -> std::optional<To> {
                          auto rounded = fn::RescaleDecimal(Wide(value), from.scale(), std::min(digits, from.scale()), rounding);
                          // Digits before the point come back as zeros.
                          if (rounded) rounded = fn::RescaleDecimal(*rounded, std::min(digits, from.scale()), to.scale(), rounding);
                          if (!rounded || *rounded >= fn::PowerOfTen(to.precision()) || *rounded <= -fn::PowerOfTen(to.precision())) {
                            if (!ansi) return std::nullopt;
                            std::string text;
                            fn::AppendDecimal(text, Wide(value), from.scale());
                            c.Fail("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", {{"value", text},
                                                                                  {"precision", std::to_string(to.precision())},
                                                                                  {"scale", std::to_string(to.scale())},
                                                                                  {"config", "\"spark.sql.ansi.enabled\""}});
                          }
                          return Narrow<To>(*rounded);
                        }),
                        {});
    });
  });
}

ExprPtr BindWhole(KernelCall& call, PlanBuilder& builder) {
  const bool is_ceil = call.function != "floor";
  const Rounding rounding = is_ceil ? Rounding::kCeiling : Rounding::kFloor;
  const plan::DataType& type = call.ArgumentType(0);
  if (type.Is(TypeKind::kDecimal)) {
    const int digits = call.resolved.size() > 1 ? static_cast<int>(ConstantInteger(call, 1).value_or(0)) : 0;
    return BindDecimalRound(call, builder, digits, rounding);
  }
  if (type.Is(TypeKind::kDouble)) {
    return BindRows<int64_t, double>(call, builder, [is_ceil](KernelContext&, double x) { return Saturated(is_ceil ? std::ceil(x) : std::floor(x)); });
  }
  if (type.Is(TypeKind::kLong)) return std::move(call.arguments[0]);
  RefuseTypes(call);
}

template <typename T>
ExprPtr BindIntegerRound(KernelCall& call, PlanBuilder& builder, int digits, Rounding rounding) {
  const bool ansi = call.mode == plan::EvalMode::kAnsi;
  while (call.arguments.size() > 1) call.arguments.pop_back();
  return CallKernel(call, builder, RowKernel<T, T>([=](KernelContext& c, T value) {
                      const __int128 out = fn::RoundInteger(value, digits, rounding);
                      if (ansi && (out > std::numeric_limits<T>::max() || out < std::numeric_limits<T>::min())) {
                        c.Fail("ARITHMETIC_OVERFLOW", {{"message", "Overflow"}, {"alternative", ""}, {"config", "\"spark.sql.ansi.enabled\""}});
                      }
                      return static_cast<T>(out);
                    }),
                    {});
}

ExprPtr BindRound(KernelCall& call, PlanBuilder& builder) {
  const Rounding rounding = call.function == "bround" ? Rounding::kHalfEven : Rounding::kHalfUp;
  int digits = 0;
  if (call.resolved.size() > 1) {
    if (IsNullConstant(call, 1)) return NullResult(call);
    const auto constant = ConstantInteger(call, 1);
    if (!constant) RefuseTypes(call);
    digits = static_cast<int>(std::clamp<int64_t>(*constant, -400, 400));
  }
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kByte: return BindIntegerRound<int8_t>(call, builder, digits, rounding);
    case TypeKind::kShort: return BindIntegerRound<int16_t>(call, builder, digits, rounding);
    case TypeKind::kInt: return BindIntegerRound<int32_t>(call, builder, digits, rounding);
    case TypeKind::kLong: return BindIntegerRound<int64_t>(call, builder, digits, rounding);
    case TypeKind::kDecimal: return BindDecimalRound(call, builder, digits, rounding);
    case TypeKind::kFloat:
      call.arguments.resize(1);
      return CallKernel(call, builder, RowKernel<float, float>([=](KernelContext&, float v) { return fn::RoundFloat(v, digits, rounding); }), {});
    case TypeKind::kDouble:
      call.arguments.resize(1);
      return CallKernel(call, builder, RowKernel<double, double>([=](KernelContext&, double v) { return fn::RoundDouble(v, digits, rounding); }), {});
    default: RefuseTypes(call);
  }
}

template <typename T>
std::optional<int64_t> Bucket(T value_in, T low_in, T high_in, int64_t count) {
  const auto value = static_cast<double>(value_in), low = static_cast<double>(low_in), high = static_cast<double>(high_in);
  if (count <= 0 || count == std::numeric_limits<int64_t>::max() || std::isnan(value) || low == high || !std::isfinite(low) || !std::isfinite(high)) return std::nullopt;
  const double lower = std::min(low, high), upper = std::max(low, high);
  const auto n = static_cast<double>(count);
  if (low < high) {
    if (value < lower) return 0;
    if (value >= upper) return count + 1;
    return static_cast<int64_t>(n * (value - lower) / (upper - lower)) + 1;
  }
  if (value > upper) return 0;
  if (value <= lower) return count + 1;
  return static_cast<int64_t>(n * (upper - value) / (upper - lower)) + 1;
}

ExprPtr BindWidthBucket(KernelCall& call, PlanBuilder& builder) {
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kYearMonthInterval:
      return BindRows<int64_t, int32_t, int32_t, int32_t, int64_t>(call, builder, [](KernelContext&, int32_t v, int32_t a, int32_t b, int64_t n) { return Bucket(v, a, b, n); });
    case TypeKind::kDayTimeInterval:
      return BindRows<int64_t, int64_t, int64_t, int64_t, int64_t>(call, builder, [](KernelContext&, int64_t v, int64_t a, int64_t b, int64_t n) { return Bucket(v, a, b, n); });
    default:
      return BindRows<int64_t, double, double, double, int64_t>(call, builder, [](KernelContext&, double v, double a, double b, int64_t n) { return Bucket(v, a, b, n); });
  }
}

ExprPtr BindSign(KernelCall& call, PlanBuilder& builder) {
  const auto sign = [](double x) { return std::isnan(x) ? x : x > 0 ? 1.0 : x < 0 ? -1.0 : x; };
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kYearMonthInterval: return BindRows<double, int32_t>(call, builder, [sign](KernelContext&, int32_t v) { return sign(v); });
    case TypeKind::kDayTimeInterval: return BindRows<double, int64_t>(call, builder, [sign](KernelContext&, int64_t v) { return sign(static_cast<double>(v)); });
    default: return BindRows<double, double>(call, builder, [sign](KernelContext&, double v) { return sign(v); });
  }
}

// Each thread draws from its own generator: the first from the seed, the next from seed + 1 … as Spark's partitions do.
struct Seeds {
  int64_t seed = 0;
  mutable std::atomic<int64_t> next{0};
};
struct RandomState : duckdb::FunctionLocalState {
  explicit RandomState(int64_t seed) : random(seed) {}
  fn::XorShiftRandom random;
};
duckdb::unique_ptr<duckdb::FunctionLocalState> InitRandom(duckdb::ExpressionState&, const duckdb::BoundFunctionExpression&, duckdb::FunctionData* data) {
  const auto& seeds = data->Cast<KernelData>().Payload<Seeds>();
  return duckdb::make_uniq<RandomState>(seeds.seed + seeds.next++);
}
fn::XorShiftRandom& RandomOf(duckdb::ExpressionState& state) { return duckdb::ExecuteFunctionState::GetFunctionState(state)->Cast<RandomState>().random; }

// A volatile kernel without arguments that fills rows from the generator; the name holds the seed.
ExprPtr BindDraw(KernelCall& call, PlanBuilder& builder, int64_t seed, duckdb::scalar_function_t function, const std::string& more = "") {
  auto seeds = std::make_shared<Seeds>();
  seeds->seed = seed;
  static std::atomic<uint64_t> next{0};
  Kernel kernel;
  kernel.name = CallName(call) + "/" + std::to_string(seed) + more + "#" + std::to_string(next++);
  kernel.result = ToLogicalType(call.type);
  kernel.function = std::move(function);
  kernel.nulls = NullPolicy::kSeesNulls;
  kernel.payload = std::move(seeds);
  kernel.origin = call.origin;
  kernel.is_volatile = true;
  kernel.init_local_state = InitRandom;
  return builder.Call(std::move(kernel), {});
}

int64_t SeedOf(const KernelCall& call, size_t i) {
  if (i >= call.resolved.size()) return std::chrono::steady_clock::now().time_since_epoch().count();
  // Seeds come under casts to LONG.
  const plan::ResolvedExpression* at = call.resolved[i].get();
  bool negated = false;
  while (true) {
    if (const auto* cast = at->As<plan::ResolvedCast>()) {
      at = cast->child.get();
    } else if (const auto* inner = at->As<plan::ResolvedCall>(); inner != nullptr && inner->function == "negate") {
      at = inner->arguments[0].get();
      negated = !negated;
    } else {
      break;
    }
  }
  const auto* literal = at->As<plan::Literal>();
  const auto* value = literal == nullptr ? nullptr : std::get_if<int64_t>(&literal->value);
  return value == nullptr ? 0 : negated ? -*value : *value;
}

ExprPtr BindRandom(KernelCall& call, PlanBuilder& builder) {
  const bool gaussian = call.function == "randn";
  return BindDraw(call, builder, SeedOf(call, 0), [gaussian](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    auto& random = RandomOf(state);
    auto* out = duckdb::FlatVector::GetData<double>(result);
    for (idx_t row = 0; row < args.size(); ++row) out[row] = gaussian ? random.NextGaussian() : random.NextDouble();
  });
}

std::optional<double> ConstantNumber(const KernelCall& call, size_t i) {
  const plan::Literal* literal = call.Constant(i);
  if (literal == nullptr) return std::nullopt;
  if (const auto* v = std::get_if<int64_t>(&literal->value)) return static_cast<double>(*v);
  if (const auto* v = std::get_if<double>(&literal->value)) return *v;
  if (const auto* v = std::get_if<plan::Int128>(&literal->value)) return static_cast<double>(*v) / std::pow(10.0, literal->type.scale());
  return std::nullopt;
}

ExprPtr BindUniform(KernelCall& call, PlanBuilder& builder) {
  const auto low = ConstantNumber(call, 0), high = ConstantNumber(call, 1);
  if (!low || !high) {
    if (IsNullConstant(call, 0) || IsNullConstant(call, 1)) return NullResult(call);
    RefuseTypes(call);
  }
  const plan::DataType type = call.type;
  const double a = *low, b = *high;
  return BindDraw(call, builder, SeedOf(call, 2), [a, b, type](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    auto& random = RandomOf(state);
    for (idx_t row = 0; row < args.size(); ++row) {
      const double value = a + (b - a) * random.NextDouble();
      switch (type.kind()) {
        case TypeKind::kByte: duckdb::FlatVector::GetData<int8_t>(result)[row] = static_cast<int8_t>(value); break;
        case TypeKind::kShort: duckdb::FlatVector::GetData<int16_t>(result)[row] = static_cast<int16_t>(value); break;
        case TypeKind::kInt: duckdb::FlatVector::GetData<int32_t>(result)[row] = static_cast<int32_t>(value); break;
        case TypeKind::kLong: duckdb::FlatVector::GetData<int64_t>(result)[row] = static_cast<int64_t>(value); break;
        case TypeKind::kFloat: duckdb::FlatVector::GetData<float>(result)[row] = static_cast<float>(value); break;
        case TypeKind::kDecimal: {
          fn::DecimalDigits digits = fn::ShortestDigits(value);
          fn::RoundDigits(digits, type.scale(), Rounding::kHalfUp);
          __int128 unscaled = 0;
          for (int k = 0; k < digits.exponent + type.scale(); ++k) unscaled = unscaled * 10 + (static_cast<size_t>(k) < digits.digits.size() ? digits.digits[static_cast<size_t>(k)] - '0' : 0);
          if (digits.negative) unscaled = -unscaled;
          switch (result.GetType().InternalType()) {
            case duckdb::PhysicalType::INT16: duckdb::FlatVector::GetData<int16_t>(result)[row] = static_cast<int16_t>(unscaled); break;
            case duckdb::PhysicalType::INT32: duckdb::FlatVector::GetData<int32_t>(result)[row] = static_cast<int32_t>(unscaled); break;
            case duckdb::PhysicalType::INT64: duckdb::FlatVector::GetData<int64_t>(result)[row] = static_cast<int64_t>(unscaled); break;
            default: duckdb::FlatVector::GetData<duckdb::hugeint_t>(result)[row] = ToHugeint(unscaled);
          }
          break;
        }
        default: duckdb::FlatVector::GetData<double>(result)[row] = value;
      }
    }
  }, "/" + std::to_string(a) + "/" + std::to_string(b));
}

ExprPtr BindRandStr(KernelCall& call, PlanBuilder& builder) {
  if (IsNullConstant(call, 0)) return NullResult(call);
  const auto length = static_cast<int32_t>(ConstantInteger(call, 0).value_or(0));
  return BindDraw(call, builder, SeedOf(call, 1), [length](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    auto& random = RandomOf(state);
    for (idx_t row = 0; row < args.size(); ++row) {
      duckdb::FlatVector::GetData<string_t>(result)[row] = duckdb::StringVector::AddString(result, random.NextText(length));
    }
  }, "/" + std::to_string(length));
}

ExprPtr BindUuid(KernelCall& call, PlanBuilder& builder) {
  const int64_t seed = call.resolved.empty() ? static_cast<int64_t>(std::random_device{}()) << 32 ^ static_cast<int64_t>(std::random_device{}()) : SeedOf(call, 0);
  auto twister = std::make_shared<fn::MersenneTwister>(seed);
  auto guard = std::make_shared<std::mutex>();
  return BindDraw(call, builder, seed, [twister, guard](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
    std::lock_guard lock(*guard);
    for (idx_t row = 0; row < args.size(); ++row) {
      duckdb::FlatVector::GetData<string_t>(result)[row] = duckdb::StringVector::AddString(result, twister->NextUuid());
    }
  });
}

}  // namespace

void RegisterMath(KernelRegistry& registry) {
  registry.Add({"sin"}, Real([](double x) { return std::sin(x); }));
  registry.Add({"cos"}, Real([](double x) { return std::cos(x); }));
  registry.Add({"tan"}, Real([](double x) { return std::tan(x); }));
  registry.Add({"cot"}, Real([](double x) { return 1 / std::tan(x); }));
  registry.Add({"sec"}, Real([](double x) { return 1 / std::cos(x); }));
  registry.Add({"csc"}, Real([](double x) { return 1 / std::sin(x); }));
  registry.Add({"asin"}, Real([](double x) { return std::asin(x); }));
  registry.Add({"acos"}, Real([](double x) { return std::acos(x); }));
  registry.Add({"atan"}, Real([](double x) { return std::atan(x); }));
  registry.Add({"sinh"}, Real([](double x) { return std::sinh(x); }));
  registry.Add({"cosh"}, Real([](double x) { return std::cosh(x); }));
  registry.Add({"tanh"}, Real([](double x) { return std::tanh(x); }));
  // As Spark computes them, digit for digit.
  registry.Add({"asinh"}, Real([](double x) { return std::isinf(x) ? x : std::log(x + std::sqrt(x * x + 1.0)); }));
  registry.Add({"acosh"}, Real([](double x) { return std::log(x + std::sqrt(x * x - 1.0)); }));
  registry.Add({"atanh"}, Real([](double x) { return 0.5 * (std::log1p(x) - std::log1p(-x)); }));
  registry.Add({"exp"}, Real([](double x) { return std::exp(x); }));
  registry.Add({"expm1"}, Real([](double x) { return std::expm1(x); }));
  registry.Add({"sqrt"}, Real([](double x) { return std::sqrt(x); }));
  registry.Add({"cbrt"}, Real([](double x) { return std::cbrt(x); }));
  registry.Add({"rint"}, Real([](double x) { return std::nearbyint(x); }));
  registry.Add({"degrees"}, Real([](double x) { return x * 57.29577951308232; }));
  registry.Add({"radians"}, Real([](double x) { return x * 0.017453292519943295; }));
  registry.Add({"ln"}, Logarithm(0, [](double x) { return std::log(x); }));
  registry.Add({"log10"}, Logarithm(0, [](double x) { return std::log10(x); }));
  registry.Add({"log2"}, Logarithm(0, [](double x) { return std::log(x) / std::log(2.0); }));
  registry.Add({"log1p"}, Logarithm(-1, [](double x) { return std::log1p(x); }));
  registry.Add({"log"}, Rows<double, double, double>([](KernelContext&, double base, double x) -> std::optional<double> {
                 if (base <= 0 || x <= 0) return std::nullopt;
                 return std::log(x) / std::log(base);
               }, kSafe));
  registry.Add({"atan2"}, Rows<double, double, double>([](KernelContext&, double y, double x) { return std::atan2(y + 0.0, x + 0.0); }, kSafe));
  registry.Add({"hypot"}, Rows<double, double, double>([](KernelContext&, double a, double b) { return std::hypot(a, b); }, kSafe));
  registry.Add({"power", "pow"}, Rows<double, double, double>([](KernelContext&, double a, double b) { return std::pow(a, b); }, kSafe));
  registry.Add({"e"}, [](KernelCall&, PlanBuilder&) { return PlanBuilder::Constant(duckdb::Value::DOUBLE(2.718281828459045)); });
  registry.Add({"pi"}, [](KernelCall&, PlanBuilder&) { return PlanBuilder::Constant(duckdb::Value::DOUBLE(3.141592653589793)); });
  registry.Add({"factorial"}, Rows<int64_t, int32_t>([](KernelContext&, int32_t n) -> std::optional<int64_t> {
                 if (n < 0 || n > 20) return std::nullopt;
                 int64_t out = 1;
                 for (int64_t i = 2; i <= n; ++i) out *= i;
                 return out;
               }, kSafe));
  registry.Add({"signum", "sign"}, BindSign);
  registry.Add({"ceil", "ceiling", "floor"}, BindWhole);
  registry.Add({"round", "bround"}, BindRound);
  registry.Add({"width_bucket"}, BindWidthBucket);
  registry.Add({"rand", "random", "randn"}, BindRandom);
  registry.Add({"uniform"}, BindUniform);
  registry.Add({"randstr"}, BindRandStr);
  registry.Add({"uuid"}, BindUuid);
}

}  // namespace crannog::engine::duck
