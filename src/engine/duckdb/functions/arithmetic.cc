#include "engine/duckdb/functions/arithmetic.h"

#include <cmath>
#include <limits>

#include "engine/duckdb/functions/families.h"

namespace crannog::engine::duck {

void FailOverflow(const KernelContext& context, std::string message, std::string_view try_function) {
  std::string alternative;
  if (!try_function.empty()) alternative = " Use '" + std::string(try_function) + "' to tolerate overflow and return NULL instead.";
  context.Fail("ARITHMETIC_OVERFLOW", {{"message", std::move(message)}, {"alternative", std::move(alternative)}, {"config", kAnsiSetting}});
}

void FailDivideByZero(const KernelContext& context) { context.Fail("DIVIDE_BY_ZERO", {{"config", kAnsiSetting}}); }
void FailRemainderByZero(const KernelContext& context) { context.Fail("REMAINDER_BY_ZERO", {{"config", kAnsiSetting}}); }

namespace {

using duckdb::LogicalType;
using plan::EvalMode;
using plan::TypeKind;

struct Add {
  static constexpr const char *kSymbol = "+", *kTry = "try_add";
  template <typename T>
  static bool Overflows(T a, T b, T* out) { return __builtin_add_overflow(a, b, out); }
  template <typename T>
  static T Float(T a, T b) { return a + b; }
};
struct Subtract {
  static constexpr const char *kSymbol = "-", *kTry = "try_subtract";
  template <typename T>
  static bool Overflows(T a, T b, T* out) { return __builtin_sub_overflow(a, b, out); }
  template <typename T>
  static T Float(T a, T b) { return a - b; }
};
struct Multiply {
  static constexpr const char *kSymbol = "*", *kTry = "try_multiply";
  template <typename T>
  static bool Overflows(T a, T b, T* out) { return __builtin_mul_overflow(a, b, out); }
  template <typename T>
  static T Float(T a, T b) { return a * b; }
};

template <typename Op, typename T>
[[noreturn]] [[gnu::noinline]] void FailBinary(const KernelContext& context, T a, T b) {
  if constexpr (sizeof(T) <= 2) {
    context.Fail("BINARY_ARITHMETIC_OVERFLOW", {{"value1", std::to_string(a) + "S"},
                                                {"symbol", Op::kSymbol},
                                                {"value2", std::to_string(b) + "S"},
                                                {"functionName", std::string("`") + Op::kTry + "`"}});
  }
  FailOverflow(context, sizeof(T) == 4 ? "integer overflow" : "long overflow", Op::kTry);
}

// The wrapped result is what legacy mode gives.
template <typename Op, typename T>
duckdb::scalar_function_t IntegerKernel(EvalMode mode) {
  switch (mode) {
    case EvalMode::kLegacy:
      return RowKernel<T, T, T>([](KernelContext&, T a, T b) {
        T out;
        Op::Overflows(a, b, &out);
        return out;
      });
    case EvalMode::kTry:
      return RowKernel<T, T, T>([](KernelContext&, T a, T b) -> std::optional<T> {
        T out;
        if (Op::Overflows(a, b, &out)) return std::nullopt;
        return out;
      });
    case EvalMode::kAnsi: break;
  }
  return RowKernel<T, T, T>([](KernelContext& context, T a, T b) {
    T out;
    if (Op::Overflows(a, b, &out)) [[unlikely]]
      FailBinary<Op>(context, a, b);
    return out;
  });
}

template <typename Op, typename T>
duckdb::scalar_function_t FloatKernel() {
  return RowKernel<T, T, T>([](KernelContext&, T a, T b) { return Op::Float(a, b); });
}

[[noreturn]] void FailTypes(const KernelCall& call) {
  std::string types;
  for (const auto& argument : call.resolved) types += (types.empty() ? "" : ", ") + argument->type.Sql();
  Raise(NotImplemented(call.function + "(" + types + ")"), call.origin);
}

template <typename Op>
ExprPtr BindAdditive(KernelCall& call, PlanBuilder& builder) {
  if (IsIntervalCall(call)) return BindIntervalArithmetic(call, builder);
  if (IsDecimalCall(call)) return BindDecimalArithmetic(call, builder);
  Kernel kernel{.name = call.function + "_" + std::string(call.ModeName()), .result = call.arguments[0]->return_type, .function = nullptr,
                .fallibility = call.mode == EvalMode::kAnsi ? Fallibility::kCanRaise : Fallibility::kNever, .origin = call.origin};
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kByte: kernel.function = IntegerKernel<Op, int8_t>(call.mode); break;
    case TypeKind::kShort: kernel.function = IntegerKernel<Op, int16_t>(call.mode); break;
    case TypeKind::kInt: kernel.function = IntegerKernel<Op, int32_t>(call.mode); break;
    case TypeKind::kLong: kernel.function = IntegerKernel<Op, int64_t>(call.mode); break;
    case TypeKind::kFloat: kernel.function = FloatKernel<Op, float>(); break;
    case TypeKind::kDouble: kernel.function = FloatKernel<Op, double>(); break;
    default: FailTypes(call);
  }
  if (call.ArgumentType(0).IsFractional()) kernel.fallibility = Fallibility::kNever;
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

// ---- division ----

template <typename T, typename F>
duckdb::scalar_function_t DividingKernel(EvalMode mode, bool is_remainder, F f) {
  if (mode == EvalMode::kAnsi) {
    return RowKernel<T, T, T>([f, is_remainder](KernelContext& context, T a, T b) {
      if (b == 0) [[unlikely]] {
        if (is_remainder) FailRemainderByZero(context);
        FailDivideByZero(context);
      }
      return f(a, b);
    });
  }
  return RowKernel<T, T, T>([f](KernelContext&, T a, T b) -> std::optional<T> {
    if (b == 0) return std::nullopt;
    return f(a, b);
  });
}

template <typename T>
T Remainder(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(a, b);
  } else {
    return b == -1 ? T{0} : static_cast<T>(a % b);
  }
}

// Spark: r = a % n; if r < 0 then (r + n) % n else r.
template <typename T>
T PositiveRemainder(T a, T n) {
  T r = Remainder(a, n);
  if (!(r < 0)) return r;
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(r + n, n);
  } else {
    using U = std::make_unsigned_t<T>;
    return Remainder(static_cast<T>(static_cast<U>(r) + static_cast<U>(n)), n);
  }
}

template <typename T>
duckdb::scalar_function_t PickDivision(const KernelCall& call) {
  if (call.function == "divide") return DividingKernel<T>(call.mode, false, [](T a, T b) { return static_cast<T>(a / b); });
  if (call.function == "pmod") return DividingKernel<T>(call.mode, true, PositiveRemainder<T>);
  return DividingKernel<T>(call.mode, true, Remainder<T>);
}

ExprPtr BindDivision(KernelCall& call, PlanBuilder& builder) {
  if (IsIntervalCall(call)) return BindIntervalArithmetic(call, builder);
  if (IsDecimalCall(call)) return BindDecimalArithmetic(call, builder);
  Kernel kernel{.name = call.function + "_" + std::string(call.ModeName()), .result = call.arguments[0]->return_type, .function = nullptr,
                .fallibility = call.mode == EvalMode::kAnsi ? Fallibility::kCanRaise : Fallibility::kNever, .origin = call.origin};
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kByte: kernel.function = PickDivision<int8_t>(call); break;
    case TypeKind::kShort: kernel.function = PickDivision<int16_t>(call); break;
    case TypeKind::kInt: kernel.function = PickDivision<int32_t>(call); break;
    case TypeKind::kLong: kernel.function = PickDivision<int64_t>(call); break;
    case TypeKind::kFloat: kernel.function = PickDivision<float>(call); break;
    case TypeKind::kDouble: kernel.function = PickDivision<double>(call); break;
    default: FailTypes(call);
  }
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

template <typename T>
duckdb::scalar_function_t IntegralDivide(EvalMode mode) {
  if (mode == EvalMode::kAnsi) {
    return RowKernel<int64_t, T, T>([](KernelContext& context, T a, T b) -> int64_t {
      if (b == 0) FailDivideByZero(context);
      if (sizeof(T) == 8 && b == -1 && static_cast<int64_t>(a) == std::numeric_limits<int64_t>::min())
        FailOverflow(context, "Overflow in integral divide.", "try_divide");
      return static_cast<int64_t>(a) / static_cast<int64_t>(b);
    });
  }
  return RowKernel<int64_t, T, T>([](KernelContext&, T a, T b) -> std::optional<int64_t> {
    if (b == 0) return std::nullopt;
    if (b == -1) return static_cast<int64_t>(0 - static_cast<uint64_t>(a));
    return static_cast<int64_t>(a) / static_cast<int64_t>(b);
  });
}

ExprPtr BindIntegralDivide(KernelCall& call, PlanBuilder& builder) {
  if (IsIntervalCall(call)) return BindIntervalArithmetic(call, builder);
  if (IsDecimalCall(call)) return BindDecimalArithmetic(call, builder);
  Kernel kernel{.name = "div_" + std::string(call.ModeName()), .result = LogicalType::BIGINT, .function = nullptr,
                .fallibility = call.mode == EvalMode::kAnsi ? Fallibility::kCanRaise : Fallibility::kNever, .origin = call.origin};
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kByte: kernel.function = IntegralDivide<int8_t>(call.mode); break;
    case TypeKind::kShort: kernel.function = IntegralDivide<int16_t>(call.mode); break;
    case TypeKind::kInt: kernel.function = IntegralDivide<int32_t>(call.mode); break;
    case TypeKind::kLong: kernel.function = IntegralDivide<int64_t>(call.mode); break;
    default: FailTypes(call);
  }
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

// ---- one argument ----

template <typename T>
duckdb::scalar_function_t NegateKernel(EvalMode mode, bool is_abs) {
  return RowKernel<T, T>([mode, is_abs](KernelContext& context, T a) -> T {
    if constexpr (std::is_floating_point_v<T>) {
      return is_abs ? std::fabs(a) : -a;
    } else {
      if (is_abs && a >= 0) return a;
      if (a == std::numeric_limits<T>::min() && mode != EvalMode::kLegacy) [[unlikely]] {
        if (sizeof(T) <= 2 && !is_abs) FailOverflow(context, "- " + std::to_string(a) + (sizeof(T) == 1 ? "Y" : "S") + " caused overflow");
        FailOverflow(context, sizeof(T) <= 4 ? "integer overflow" : "long overflow");
      }
      using U = std::make_unsigned_t<T>;
      return static_cast<T>(U{0} - static_cast<U>(a));
    }
  });
}

ExprPtr BindNegate(KernelCall& call, PlanBuilder& builder) {
  const bool is_abs = call.function == "abs";
  if (IsDecimalCall(call)) return BindDecimalArithmetic(call, builder);
  if (call.ArgumentType(0).Is(TypeKind::kCalendarInterval)) return BindIntervalArithmetic(call, builder);
  Kernel kernel{.name = call.function + "_" + std::string(call.ModeName()), .result = call.arguments[0]->return_type, .function = nullptr,
                .fallibility = call.mode == EvalMode::kAnsi ? Fallibility::kCanRaise : Fallibility::kNever, .origin = call.origin};
  EvalMode mode = call.ArgumentType(0).IsAnsiInterval() ? EvalMode::kAnsi : call.mode;
  if (call.ArgumentType(0).IsAnsiInterval()) {
    kernel.name = call.function + "_interval";
    kernel.fallibility = Fallibility::kCanRaise;
  }
  switch (call.arguments[0]->return_type.InternalType()) {
    case duckdb::PhysicalType::INT8: kernel.function = NegateKernel<int8_t>(mode, is_abs); break;
    case duckdb::PhysicalType::INT16: kernel.function = NegateKernel<int16_t>(mode, is_abs); break;
    case duckdb::PhysicalType::INT32: kernel.function = NegateKernel<int32_t>(mode, is_abs); break;
    case duckdb::PhysicalType::INT64: kernel.function = NegateKernel<int64_t>(mode, is_abs); break;
    case duckdb::PhysicalType::FLOAT: kernel.function = NegateKernel<float>(mode, is_abs); break;
    case duckdb::PhysicalType::DOUBLE: kernel.function = NegateKernel<double>(mode, is_abs); break;
    default: FailTypes(call);
  }
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

template <typename T>
duckdb::scalar_function_t BitKernel(const std::string& name) {
  if (name == "bit_and") return RowKernel<T, T, T>([](KernelContext&, T a, T b) -> T { return a & b; });
  if (name == "bit_or") return RowKernel<T, T, T>([](KernelContext&, T a, T b) -> T { return a | b; });
  if (name == "bit_xor") return RowKernel<T, T, T>([](KernelContext&, T a, T b) -> T { return a ^ b; });
  if (name == "bit_not") return RowKernel<T, T>([](KernelContext&, T a) -> T { return static_cast<T>(~a); });
  if constexpr (sizeof(T) >= 4) {
    using U = std::make_unsigned_t<T>;
    constexpr int kMask = sizeof(T) * 8 - 1;  // Java takes the count modulo the width
    if (name == "shiftleft") return RowKernel<T, T, int32_t>([](KernelContext&, T a, int32_t n) -> T { return static_cast<T>(static_cast<U>(a) << (n & kMask)); });
    if (name == "shiftright") return RowKernel<T, T, int32_t>([](KernelContext&, T a, int32_t n) -> T { return a >> (n & kMask); });
    if (name == "shiftrightunsigned")
      return RowKernel<T, T, int32_t>([](KernelContext&, T a, int32_t n) -> T { return static_cast<T>(static_cast<U>(a) >> (n & kMask)); });
  }
  return nullptr;
}

ExprPtr BindBits(KernelCall& call, PlanBuilder& builder) {
  Kernel kernel{.name = call.function, .result = call.arguments[0]->return_type, .function = nullptr, .fallibility = Fallibility::kNever,
                .origin = call.origin};
  switch (call.ArgumentType(0).kind()) {
    case TypeKind::kBoolean: kernel.function = BitKernel<uint8_t>(call.function); break;
    case TypeKind::kByte: kernel.function = BitKernel<int8_t>(call.function); break;
    case TypeKind::kShort: kernel.function = BitKernel<int16_t>(call.function); break;
    case TypeKind::kInt: kernel.function = BitKernel<int32_t>(call.function); break;
    case TypeKind::kLong: kernel.function = BitKernel<int64_t>(call.function); break;
    default: FailTypes(call);
  }
  if (kernel.function == nullptr) FailTypes(call);
  return builder.Call(std::move(kernel), std::move(call.arguments));
}

}  // namespace

void RegisterArithmetic(KernelRegistry& registry) {
  registry.Add({"add"}, BindAdditive<Add>);
  registry.Add({"subtract"}, BindAdditive<Subtract>);
  registry.Add({"multiply"}, BindAdditive<Multiply>);
  registry.Add({"divide", "remainder", "pmod"}, BindDivision);
  registry.Add({"div"}, BindIntegralDivide);
  registry.Add({"negate", "abs"}, BindNegate);
  registry.Add({"bit_and", "bit_or", "bit_xor", "bit_not", "shiftleft", "shiftright", "shiftrightunsigned"}, BindBits);
}

}  // namespace crannog::engine::duck
