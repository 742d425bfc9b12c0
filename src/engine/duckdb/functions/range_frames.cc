#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/kernel_registry.h"

/// Boundaries of RANGE frames: the order key moved by a distance.
namespace crannog::engine::duck {
namespace {

using plan::TypeKind;

// range_plus and range_minus: the same arithmetic as + and - of Spark, in the key's type.
KernelBinder Move(const KernelRegistry& registry, bool is_minus) {
  return [&registry, is_minus](KernelCall& call, PlanBuilder& builder) -> ExprPtr {
    const plan::DataType key = call.ArgumentType(0), distance = call.ArgumentType(1);
    const auto negated = [&](ExprPtr value) -> ExprPtr {
      if (!is_minus) return value;
      KernelCall inner{.function = "negate", .mode = plan::EvalMode::kAnsi, .settings = call.settings, .resolved = {call.resolved[1]}, .arguments = List(std::move(value)),
                       .type = distance, .nullable = true, .origin = {}, .lambda = {}};
      return (*registry.Find("negate"))(inner, builder);
    };
    auto by = [&](const char* name, const plan::DataType& second) -> ExprPtr {
      const KernelBinder* binder = registry.Find(name);
      if (binder == nullptr) Raise(NotImplemented(std::string("RANGE frames over ") + key.Sql()), call.origin);
      ExprPtr moved = negated(std::move(call.arguments[1]));
      if (!plan::SameTypeIgnoringNullability(distance, second))
        moved = BindCast({.from = distance, .to = second, .zone = "UTC"}, std::move(moved), builder);
      KernelCall inner{.function = name, .mode = plan::EvalMode::kAnsi, .settings = call.settings, .resolved = call.resolved, .arguments = List(std::move(call.arguments[0]), std::move(moved)),
                       .type = key, .nullable = true, .origin = {}, .lambda = {}};
      return (*binder)(inner, builder);
    };
    if (key.IsNumeric() || key.IsAnsiInterval()) {
      const bool is_decimal = key.Is(TypeKind::kDecimal);
      if (is_decimal) {
        // Both operands as they are, the result as wide as the key.
        KernelCall inner{.function = is_minus ? "subtract" : "add", .mode = plan::EvalMode::kAnsi, .settings = call.settings, .resolved = call.resolved,
                         .arguments = std::move(call.arguments), .type = key, .nullable = true, .origin = {}, .lambda = {}};
        if (!distance.Is(TypeKind::kDecimal)) Raise(NotImplemented("RANGE frames over decimals with other distances"), call.origin);
        return (*registry.Find(inner.function))(inner, builder);
      }
      ExprPtr second = std::move(call.arguments[1]);
      if (!plan::SameTypeIgnoringNullability(distance, key) && key.IsNumeric())
        second = BindCast({.from = distance, .to = key, .zone = "UTC"}, std::move(second), builder);
      KernelCall inner{.function = is_minus ? "subtract" : "add", .mode = plan::EvalMode::kAnsi, .settings = call.settings, .resolved = {call.resolved[0], call.resolved[0]},
                       .arguments = List(std::move(call.arguments[0]), std::move(second)), .type = key, .nullable = true, .origin = {}, .lambda = {}};
      return (*registry.Find(inner.function))(inner, builder);
    }
    if (key.Is(TypeKind::kDate)) {
      if (distance.IsIntegral()) return by("date_add", plan::DataType::Int());
      if (distance.Is(TypeKind::kYearMonthInterval)) return by("add_months_interval", distance);
      if (distance.Is(TypeKind::kDayTimeInterval)) {
        auto whole_days = RowKernel<int32_t, int32_t, int64_t>([](KernelContext&, int32_t day, int64_t micros) { return static_cast<int32_t>(day + micros / 86400000000); });
        ExprPtr moved = negated(std::move(call.arguments[1]));
        return builder.Call({.name = "range_date_days", .result = duckdb::LogicalType::DATE, .function = std::move(whole_days), .fallibility = Fallibility::kNever},
                            List(std::move(call.arguments[0]), std::move(moved)));
      }
      return by("date_add_interval", distance);
    }
    if (distance.Is(TypeKind::kYearMonthInterval)) return by("timestamp_add_ym", distance);
    if (distance.Is(TypeKind::kDayTimeInterval)) return by("timestamp_add_dt", distance);
    return by("timestamp_add_interval", distance);
  };
}

}  // namespace

void RegisterRangeFrames(KernelRegistry& registry) {
  registry.Add({"range_plus"}, Move(registry, false));
  registry.Add({"range_minus"}, Move(registry, true));
}

}  // namespace crannog::engine::duck
