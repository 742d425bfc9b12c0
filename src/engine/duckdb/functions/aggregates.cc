#include "engine/duckdb/functions/families.h"
#include "engine/duckdb/kernel_registry.h"

/// Aggregates whose meaning DuckDB shares, once NULLs and empty groups are seen to.
namespace crannog::engine::duck {
namespace {

using duckdb::LogicalType;

BoundAggregate Bound(duckdb::unique_ptr<duckdb::BoundAggregateExpression> call) {
  return {.call = std::move(call), .finish = nullptr, .empty_value = std::nullopt};
}

BoundAggregate BindCount(AggregateCall& call, PlanBuilder& builder) {
  if (call.arguments.empty() || (call.arguments.size() == 1 && call.Constant(0) != nullptr && !call.Constant(0)->IsNull() && !call.is_distinct))
    return Bound(builder.BuiltinAggregate("count_star", {}));
  if (call.arguments.size() == 1) return Bound(builder.BuiltinAggregate("count", std::move(call.arguments)));
  // Several columns: rows where none is NULL.
  ExprPtr all_there;
  duckdb::child_list_t<LogicalType> fields;
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    ExprPtr is_there = PlanBuilder::IsNotNull(call.arguments[i]->Copy());
    all_there = all_there ? PlanBuilder::And(std::move(all_there), std::move(is_there)) : std::move(is_there);
    fields.emplace_back("f" + std::to_string(i), call.arguments[i]->return_type);
  }
  LogicalType row_type = LogicalType::STRUCT(fields);
  ExprPtr row = builder.Builtin("row", std::move(call.arguments));
  row = builder.Reinterpret(std::move(row), row_type);
  ExprPtr value = PlanBuilder::Case(std::move(all_there), std::move(row), PlanBuilder::Null(row_type));
  return Bound(builder.BuiltinAggregate("count", List(std::move(value))));
}

AggregateBinder Same(const char* builtin) {
  return [builtin](AggregateCall& call, PlanBuilder& builder) { return Bound(builder.BuiltinAggregate(builtin, std::move(call.arguments))); };
}

bool IsTrue(const plan::Literal* literal) {
  const bool* value = literal != nullptr ? std::get_if<bool>(&literal->value) : nullptr;
  return value != nullptr && *value;
}

// first, last, any_value: the second argument may say that NULLs are skipped.
AggregateBinder Edge(const char* builtin) {
  return [builtin](AggregateCall& call, PlanBuilder& builder) {
    const bool skips_nulls = call.ignore_nulls || IsTrue(call.Constant(1));
    ExprPtr value = std::move(call.arguments[0]);
    ExprPtr filter = skips_nulls ? PlanBuilder::IsNotNull(value->Copy()) : nullptr;
    auto aggregate = builder.BuiltinAggregate(builtin, List(std::move(value)));
    aggregate->filter = std::move(filter);
    return Bound(std::move(aggregate));
  };
}

// NULLs are left out, no rows give an empty array.
AggregateBinder Collect(duckdb::AggregateType type) {
  return [type](AggregateCall& call, PlanBuilder& builder) {
    ExprPtr filter = PlanBuilder::IsNotNull(call.arguments[0]->Copy());
    LogicalType element = call.arguments[0]->return_type;
    auto aggregate = builder.BuiltinAggregate("list", List(std::move(call.arguments[0])));
    aggregate->filter = std::move(filter);
    aggregate->aggr_type = type;
    BoundAggregate out = Bound(std::move(aggregate));
    out.empty_value = duckdb::Value::LIST(element, {});
    return out;
  };
}

BoundAggregate BindCountIf(AggregateCall& call, PlanBuilder& builder) {
  if (call.is_distinct) {
    ExprPtr value = PlanBuilder::Case(std::move(call.arguments[0]), PlanBuilder::Boolean(true), PlanBuilder::Null(LogicalType::BOOLEAN));
    return Bound(builder.BuiltinAggregate("count", List(std::move(value))));
  }
  auto aggregate = builder.BuiltinAggregate("count_star", {});
  aggregate->filter = std::move(call.arguments[0]);
  return Bound(std::move(aggregate));
}

ExprPtr ToDouble(const plan::DataType& type, ExprPtr value, PlanBuilder& builder) {
  return BindCast({.from = type, .to = plan::DataType::Double(), .zone = "UTC"}, std::move(value), builder);
}

// Statistics over doubles.
AggregateBinder OfDoubles(const char* builtin) {
  return [builtin](AggregateCall& call, PlanBuilder& builder) {
    ExprList arguments;
    for (size_t i = 0; i < call.arguments.size() && i < 2; ++i) arguments.push_back(ToDouble(call.ArgumentType(i), std::move(call.arguments[i]), builder));
    BoundAggregate out = Bound(builder.BuiltinAggregate(builtin, std::move(arguments)));
    if (out.call->return_type != ToLogicalType(call.type)) {
      out.finish = [&builder, type = ToLogicalType(call.type)](ExprPtr value) {
        return duckdb::BoundCastExpression::AddCastToType(builder.context(), std::move(value), type);
      };
    }
    return out;
  };
}

AggregateBinder Extremum(const char* builtin) {
  return [builtin](AggregateCall& call, PlanBuilder& builder) { return Bound(builder.BuiltinAggregate(builtin, std::move(call.arguments))); };
}

std::optional<double> ConstantDouble(const plan::Literal& literal) {
  if (const auto* value = std::get_if<double>(&literal.value)) return *value;
  if (const auto* value = std::get_if<int64_t>(&literal.value)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<plan::Int128>(&literal.value)) {
    double out = static_cast<double>(*value);
    for (int i = 0; i < literal.type.scale(); ++i) out /= 10;
    return out;
  }
  return std::nullopt;
}

enum class Interpolation : uint8_t { kBetween, kElement };

// percentile, percentile_cont, median (between elements); percentile_disc, percentile_approx (an element).
AggregateBinder Percentile(Interpolation interpolation) {
  return [interpolation](AggregateCall& call, PlanBuilder& builder) -> BoundAggregate {
    // WITHIN GROUP gives the values as sort key and the fraction as argument.
    const bool is_within_group = !call.order_by.empty() && call.arguments.size() == 1 && call.function != "median";
    const plan::DataType value_type = is_within_group ? call.order_by[0].expression->type : call.ArgumentType(0);
    bool is_descending = !call.order_by.empty() && !call.order_by[0].is_ascending;
    // percentile_cont(value, percentage, reverse).
    if (!is_within_group && (call.function == "percentile_cont" || call.function == "percentile_disc")) is_descending |= IsTrue(call.Constant(2));
    const size_t fraction_at = is_within_group ? 0 : 1;
    std::vector<double> fractions{0.5};
    bool is_array = false;
    if (call.function != "median") {
      const plan::Literal* literal = call.Constant(fraction_at);
      if (literal == nullptr || literal->IsNull()) Raise(NotImplemented(call.function + " with a computed percentage"), call.origin);
      fractions.clear();
      if (const auto* children = std::get_if<plan::Literal::Children>(&literal->value)) {
        is_array = true;
        for (const auto& child : **children) fractions.push_back(ConstantDouble(child).value_or(0));
      } else {
        fractions.push_back(ConstantDouble(*literal).value_or(0));
      }
    }
    ExprPtr value = is_within_group ? std::move(call.order_values[0]) : std::move(call.arguments[0]);
    if (interpolation == Interpolation::kBetween && !value_type.IsAnsiInterval()) value = ToDouble(value_type, std::move(value), builder);
    duckdb::vector<duckdb::Value> values;
    for (double fraction : fractions) values.push_back(duckdb::Value::DOUBLE(is_descending ? 1 - fraction : fraction));
    ExprPtr at = PlanBuilder::Constant(is_array ? duckdb::Value::LIST(LogicalType::DOUBLE, std::move(values)) : values[0]);
    auto aggregate = builder.BuiltinAggregate(interpolation == Interpolation::kBetween ? "quantile_cont" : "quantile_disc", List(std::move(value), std::move(at)));
    BoundAggregate out = Bound(std::move(aggregate));
    out.consumes_order = true;
    return out;
  };
}

BoundAggregate BindListagg(AggregateCall& call, PlanBuilder& builder) {
  ExprPtr separator = call.arguments.size() > 1 ? std::move(call.arguments[1]) : PlanBuilder::Constant(duckdb::Value(""));
  const bool is_binary = call.ArgumentType(0).Is(plan::TypeKind::kBinary);
  ExprPtr value = builder.Reinterpret(std::move(call.arguments[0]), LogicalType::VARCHAR);
  if (const plan::Literal* literal = call.Constant(1); literal != nullptr && literal->IsNull()) separator = PlanBuilder::Constant(duckdb::Value(""));
  separator = builder.Reinterpret(std::move(separator), LogicalType::VARCHAR);
  BoundAggregate out = Bound(builder.BuiltinAggregate("string_agg", List(std::move(value), std::move(separator))));
  if (is_binary) out.finish = [&builder](ExprPtr text) { return builder.Reinterpret(std::move(text), LogicalType::BLOB); };
  return out;
}

}  // namespace

void RegisterAggregates(KernelRegistry& registry) {
  registry.AddAggregate({"count"}, BindCount);
  registry.AddAggregate({"min"}, Same("min"));
  registry.AddAggregate({"max"}, Same("max"));
  registry.AddAggregate({"first", "first_value", "any_value"}, Edge("first"));
  registry.AddAggregate({"last", "last_value"}, Edge("last"));
  registry.AddAggregate({"collect_list", "array_agg"}, Collect(duckdb::AggregateType::NON_DISTINCT));
  registry.AddAggregate({"collect_set"}, Collect(duckdb::AggregateType::DISTINCT));
  registry.AddAggregate({"bool_and", "every"}, Same("bool_and"));
  registry.AddAggregate({"bool_or", "some", "any"}, Same("bool_or"));
  registry.AddAggregate({"bit_and"}, Same("bit_and"));
  registry.AddAggregate({"bit_or"}, Same("bit_or"));
  registry.AddAggregate({"bit_xor"}, Same("bit_xor"));
  registry.AddAggregate({"count_if"}, BindCountIf);
  registry.AddAggregate({"max_by"}, Extremum("arg_max_null"));
  registry.AddAggregate({"min_by"}, Extremum("arg_min_null"));
  registry.AddAggregate({"mode"}, Same("mode"));
  registry.AddAggregate({"stddev", "stddev_samp", "std"}, OfDoubles("stddev_samp"));
  registry.AddAggregate({"stddev_pop"}, OfDoubles("stddev_pop"));
  registry.AddAggregate({"variance", "var_samp"}, OfDoubles("var_samp"));
  registry.AddAggregate({"var_pop"}, OfDoubles("var_pop"));
  registry.AddAggregate({"covar_pop"}, OfDoubles("covar_pop"));
  registry.AddAggregate({"covar_samp"}, OfDoubles("covar_samp"));
  registry.AddAggregate({"corr"}, OfDoubles("corr"));
  for (const char* name : {"regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy", "regr_syy"})
    registry.AddAggregate({name}, OfDoubles(name));
  registry.AddAggregate({"percentile", "percentile_cont", "median"}, Percentile(Interpolation::kBetween));
  registry.AddAggregate({"percentile_disc", "percentile_approx", "approx_percentile"}, Percentile(Interpolation::kElement));
  registry.AddAggregate({"listagg", "string_agg"}, BindListagg);
}

}  // namespace crannog::engine::duck
