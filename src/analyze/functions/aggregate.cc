#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Aggregates. Source: Spark 4.1 catalyst/expressions/aggregate.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

std::vector<TextPtr> Texts(const CallSite& site) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : site.arguments) texts.push_back(argument.text);
  return texts;
}

bool IsDistinct(const CallSite& site) { return site.call != nullptr && site.call->is_distinct; }

struct AggregateOptions {
  bool nullable = true;
  bool ignore_nulls = false;
  std::vector<plan::ResolvedSortKey> order_by;
};

Bound Aggregate(CallSite& site, std::string_view kernel, std::vector<Bound> arguments, DataType type, TextPtr text, AggregateOptions options = {}) {
  plan::ResolvedAggregate node;
  node.function = kernel;
  node.mode = (site.entry.flags & kTry) != 0 ? plan::EvalMode::kTry : site.resolver.is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy;
  for (Bound& argument : arguments) node.arguments.push_back(std::move(argument.expression));
  node.ignore_nulls = options.ignore_nulls;
  node.order_by = std::move(options.order_by);
  return {plan::MakeResolved(std::move(node), std::move(type), options.nullable, site.origin), std::move(text)};
}

TextPtr PlainText(const CallSite& site) { return CallText(site.name, Texts(site), IsDistinct(site)); }

Result<Bound> Count(CallSite& site) {
  const TextPtr text = PlainText(site);
  if (site.arguments.empty()) {
    return site.resolver.Fail("WRONG_NUM_ARGS.WITH_SUGGESTION", {{"functionName", "`count`"}, {"expectedNum", " >= 1"}, {"actualNum", "0"}, {"docroot", "https://spark.apache.org/docs/latest"}, {"legacyConfKey", "\"spark.sql.legacy.allowParameterlessCount\""}, {"legacyConfValue", "\"true\""}}, site.origin);
  }
  return Aggregate(site, "count", site.arguments, DataType::Long(), text, {.nullable = false});
}

// sum and avg take numbers and intervals; strings become doubles.
Result<Bound> NumericInput(CallSite& site, const TextPtr& text) {
  Bound value = site.arguments[0];
  if (value.type().IsStringLike()) return site.resolver.Cast(value, DataType::Double());
  if (value.type().Is(TypeKind::kNull)) return site.resolver.Cast(value, DataType::Double());
  if (value.type().IsNumeric() || value.type().IsAnsiInterval() || value.type().Is(TypeKind::kCalendarInterval)) {
    if (!value.type().Is(TypeKind::kCalendarInterval)) return value;
  }
  return site.resolver.UnexpectedType(text, 0, "\"NUMERIC\" or \"ANSI INTERVAL\"", value, site.origin);
}

DataType WholeInterval(const DataType& type) { return type.Is(TypeKind::kYearMonthInterval) ? DataType::YearMonthInterval() : DataType::DayTimeInterval(); }

Result<Bound> Sum(CallSite& site) {
  const TextPtr text = PlainText(site);
  TRY(Bound value, NumericInput(site, text));
  DataType type = DataType::Double();
  if (value.type().Is(TypeKind::kDecimal)) type = BoundedDecimal(value.type().precision() + 10, value.type().scale());
  if (value.type().IsIntegral()) type = DataType::Long();
  if (value.type().IsAnsiInterval()) type = value.type();
  return Aggregate(site, "sum", {value}, type, text);
}

Result<Bound> Average(CallSite& site) {
  const TextPtr text = PlainText(site);
  TRY(Bound value, NumericInput(site, text));
  DataType type = DataType::Double();
  if (value.type().Is(TypeKind::kDecimal)) type = BoundedDecimal(value.type().precision() + 4, value.type().scale() + 4);
  if (value.type().IsAnsiInterval()) type = WholeInterval(value.type());
  return Aggregate(site, "avg", {value}, type, text);
}

Result<Bound> Extreme(CallSite& site) {
  const TextPtr text = PlainText(site);
  const DataType type = site.arguments[0].type();
  if (!IsOrderable(type)) return site.resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", QuoteName(site.name)}, {"dataType", QuoteType(type)}}, text, site.origin);
  return Aggregate(site, site.entry.names, site.arguments, type, text);
}

// first(x[, ignoreNulls]) and kin.
Result<Bound> FirstLast(CallSite& site) {
  bool ignore = false;
  const TextPtr text = CallText(site.name, {site.arguments[0].text}, IsDistinct(site));
  if (site.arguments.size() == 2) {
    const auto* flag = site.arguments[1].expression->As<Literal>();
    if (!site.arguments[1].type().Is(TypeKind::kBoolean)) return site.resolver.UnexpectedType(CallText(site.name, {site.arguments[0].text}), 1, "\"BOOLEAN\"", site.arguments[1], site.origin);
    if (flag == nullptr || flag->IsNull()) {
      return site.resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`ignoreNulls`"}, {"inputType", "\"BOOLEAN\""}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
    }
    ignore = std::get<bool>(flag->value);
  }
  std::string_view kernel = site.entry.kernel.empty() ? std::string_view(site.name) : site.entry.kernel;
  const DataType type = site.arguments[0].type();
  return Aggregate(site, kernel, {site.arguments[0]}, type, text, {.ignore_nulls = ignore});
}

Result<Bound> Collect(CallSite& site) {
  const DataType element = site.arguments[0].type();
  const TextPtr text = CallText(site.entry.names.starts_with("collect_list") ? "collect_list" : "collect_set", Texts(site), IsDistinct(site));
  if (site.entry.names == "collect_set" && ContainsKind(element, TypeKind::kMap)) {
    return site.resolver.Mismatch("UNSUPPORTED_INPUT_TYPE", {{"functionName", "`collect_set`"}, {"dataType", "\"MAP\" or \"COLLECT_SET\""}}, text, site.origin);
  }
  return Aggregate(site, site.entry.names.starts_with("collect_list") ? "collect_list" : "collect_set", site.arguments, DataType::Array(element, false), text, {.nullable = false});
}

Result<Bound> BooleanAggregate(CallSite& site) {
  return Aggregate(site, site.entry.names.substr(0, site.entry.names.find(' ')), site.arguments, DataType::Boolean(), PlainText(site));
}

Result<Bound> CountIf(CallSite& site) {
  const TextPtr text = PlainText(site);
  return Aggregate(site, "count_if", site.arguments, DataType::Long(), text, {.nullable = false});
}

Result<Bound> MaxMinBy(CallSite& site) {
  const TextPtr text = PlainText(site);
  const DataType ordering = site.arguments[1].type();
  if (!IsOrderable(ordering)) return site.resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", QuoteName(site.name)}, {"dataType", QuoteType(ordering)}}, text, site.origin);
  DataType type = site.arguments[0].type();
  if (site.arguments.size() == 3) type = DataType::Array(type, true);
  return Aggregate(site, site.entry.names, site.arguments, type, text);
}

TextPtr WithinGroupText(const TextPtr& call, const std::vector<TextPtr>& keys) {
  std::vector<TextPtr> pieces = {call, MakeText(" WITHIN GROUP (ORDER BY ")};
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) pieces.push_back(MakeText(", "));
    pieces.push_back(keys[i]);
  }
  pieces.push_back(MakeText(")"));
  return SpliceText(std::move(pieces));
}

// percentile_cont/disc(fraction) WITHIN GROUP (ORDER BY x).
Result<Bound> InverseDistribution(CallSite& site) {
  Resolver& resolver = site.resolver;
  if (site.call == nullptr || site.call->within_group.empty()) {
    return resolver.Fail("INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", {{"funcName", QuoteName(site.name)}}, site.origin);
  }
  if (site.call->within_group.size() != 1) {
    return resolver.Fail("INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS", {{"funcName", QuoteName(site.name)}, {"expectedNum", "1"}, {"actualNum", std::to_string(site.call->within_group.size())}}, site.origin);
  }
  if (site.call->is_distinct) return resolver.Fail("INVALID_WITHIN_GROUP_EXPRESSION.DISTINCT_UNSUPPORTED", {{"funcName", QuoteName(site.name)}}, site.origin);
  const auto& order = site.call->within_group[0];
  TRY(Bound value, resolver.ResolveArgument(order.child));
  plan::ResolvedSortKey key;
  key.is_ascending = order.direction == plan::SortDirection::kAscending;
  key.nulls_first = order.nulls == plan::NullOrdering::kDefault ? key.is_ascending : order.nulls == plan::NullOrdering::kFirst;
  const TextPtr key_text = key.is_ascending ? value.text : SpliceText({value.text, MakeText(" DESC")});
  const TextPtr text = WithinGroupText(CallText(site.name, {site.arguments[0].text}), {key_text});
  if (value.type().IsStringLike() || value.type().IsNumeric() || value.type().Is(TypeKind::kNull)) {
    value = resolver.Cast(value, DataType::Double());
  } else if (!value.type().IsAnsiInterval()) {
    return resolver.UnexpectedType(text, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", value, site.origin);
  }
  key.expression = value.expression;
  const bool many = site.arguments[0].type().Is(TypeKind::kArray);
  site.arguments[0] = resolver.Cast(site.arguments[0], many ? DataType::Array(DataType::Double(), site.arguments[0].type().contains_null()) : DataType::Double());
  DataType type = value.type().IsAnsiInterval() ? WholeInterval(value.type()) : DataType::Double();
  if (many) type = DataType::Array(type, false);
  return Aggregate(site, site.name, {value, site.arguments[0]}, type, text, {.order_by = {key}});
}

Result<Bound> Percentile(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("percentile", Texts(site), IsDistinct(site));
  Bound& value = site.arguments[0];
  if (value.type().IsStringLike() || value.type().IsNumeric() || value.type().Is(TypeKind::kNull)) {
    value = resolver.Cast(value, DataType::Double());
  } else if (!value.type().IsAnsiInterval()) {
    return resolver.UnexpectedType(text, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", value, site.origin);
  }
  const bool many = site.arguments[1].type().Is(TypeKind::kArray);
  if (!Resolver::IsFoldable(*site.arguments[1].expression)) {
    return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`percentage`"}, {"inputType", QuoteType(many ? DataType::Array(DataType::Double(), false) : DataType::Double())}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
  }
  site.arguments[1] = resolver.Cast(site.arguments[1], many ? DataType::Array(DataType::Double(), false) : DataType::Double());
  site.arguments[2] = resolver.Cast(site.arguments[2], DataType::Long());
  DataType type = value.type().IsAnsiInterval() ? WholeInterval(value.type()) : DataType::Double();
  if (many) type = DataType::Array(type, false);
  return Aggregate(site, "percentile", site.arguments, type, text);
}

Result<Bound> Median(CallSite& site) {
  const TextPtr text = CallText("median", Texts(site), IsDistinct(site));
  Bound value = site.arguments[0];
  if (!value.type().IsAnsiInterval()) {
    if (!value.type().IsNumeric() && !value.type().IsStringLike() && !value.type().Is(TypeKind::kNull)) {
      return site.resolver.UnexpectedType(text, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", value, site.origin);
    }
    value = site.resolver.Cast(value, DataType::Double());
  }
  const DataType type = value.type().IsAnsiInterval() ? WholeInterval(value.type()) : DataType::Double();
  return Aggregate(site, "median", {value}, type, text);
}

Result<Bound> ApproxPercentile(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText(site.name, Texts(site), IsDistinct(site));
  Bound& value = site.arguments[0];
  if (value.type().IsStringLike() || value.type().Is(TypeKind::kNull)) value = resolver.Cast(value, DataType::Double());
  const bool fits = value.type().IsNumeric() || value.type().IsDatetime() || value.type().IsAnsiInterval() || value.type().Is(TypeKind::kTime);
  if (!fits) return resolver.UnexpectedType(text, 0, "(\"NUMERIC\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")", value, site.origin);
  const bool many = site.arguments[1].type().Is(TypeKind::kArray);
  site.arguments[1] = resolver.Cast(site.arguments[1], many ? DataType::Array(DataType::Double(), site.arguments[1].type().contains_null()) : DataType::Double());
  site.arguments[2] = resolver.Cast(site.arguments[2], DataType::Long());
  DataType type = value.type();
  if (many) type = DataType::Array(type, false);
  return Aggregate(site, "percentile_approx", site.arguments, type, text);
}

Result<Bound> Mode(CallSite& site) {
  Resolver& resolver = site.resolver;
  if (site.arguments.empty() && site.call != nullptr && site.call->within_group.size() == 1) {
    const auto& order = site.call->within_group[0];
    TRY(Bound value, resolver.ResolveArgument(order.child));
    plan::ResolvedSortKey key;
    key.is_ascending = order.direction == plan::SortDirection::kAscending;
    key.nulls_first = key.is_ascending;
    key.expression = value.expression;
    const TextPtr text = WithinGroupText(MakeText("mode()"), {key.is_ascending ? SpliceText({value.text, MakeText(" DESC")}) : value.text});
    const DataType type = value.type();
    return Aggregate(site, "mode", {value}, type, text, {.order_by = {key}});
  }
  if (site.arguments.empty()) {
    return resolver.Fail("INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING", {{"funcName", "`mode`"}}, site.origin);
  }
  const DataType type = site.arguments[0].type();
  if (site.arguments.size() == 2) {
    const auto* flag = site.arguments[1].expression->As<Literal>();
    if (flag != nullptr && std::holds_alternative<bool>(flag->value) && std::get<bool>(flag->value)) {
      plan::ResolvedSortKey key;
      key.expression = site.arguments[0].expression;
      const TextPtr text = WithinGroupText(MakeText("mode()"), {SpliceText({site.arguments[0].text, MakeText(" DESC")})});
      return Aggregate(site, "mode", {site.arguments[0]}, type, text, {.order_by = {key}});
    }
  }
  return Aggregate(site, "mode", {site.arguments[0]}, type, CallText("mode", {site.arguments[0].text}, IsDistinct(site)));
}

Result<Bound> ListAgg(CallSite& site) {
  Resolver& resolver = site.resolver;
  if (site.arguments.size() == 1) site.arguments.push_back(resolver.LiteralBound(Literal::Null()));
  const bool has_order = site.call != nullptr && !site.call->within_group.empty();
  const TextPtr text = CallText(has_order ? "listagg" : site.name, Texts(site), IsDistinct(site));
  Bound& value = site.arguments[0];
  Bound& delimiter = site.arguments[1];
  if (!value.type().IsStringLike() && !value.type().Is(TypeKind::kBinary)) {
    auto cast = ImplicitCastType(value.type(), *ParseTypeSpec("string|binary"), resolver.is_ansi());
    if (!cast) return resolver.UnexpectedType(text, 0, "(\"STRING\" or \"BINARY\")", value, site.origin);
    value = resolver.Cast(value, value.type().Is(TypeKind::kNull) ? DataType::String() : *cast);
  }
  if (!Resolver::IsFoldable(*delimiter.expression)) {
    return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`delimiter`"}, {"inputType", QuoteType(delimiter.type())}, {"inputExpr", QuoteExpression(delimiter.text->Pretty())}}, text, site.origin);
  }
  const bool binary = value.type().Is(TypeKind::kBinary);
  if (!delimiter.type().Is(TypeKind::kNull) && binary != delimiter.type().Is(TypeKind::kBinary)) {
    return resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", "`listagg`"}, {"dataType", "(" + QuoteType(value.type()) + " or " + QuoteType(delimiter.type()) + ")"}}, text, site.origin);
  }
  delimiter = resolver.Cast(delimiter, value.type());
  const DataType type = binary ? DataType::Binary() : value.type();
  return Aggregate(site, "listagg", site.arguments, type, text);
}

Result<Bound> Grouping(CallSite& site) {
  const bool is_id = site.entry.names == "grouping_id";
  return site.resolver.Call(site.entry.names, site.arguments, is_id ? DataType::Long() : DataType::Byte(), false, CallText(site.name, Texts(site)), site.origin);
}

Result<Bound> BitAggregate(CallSite& site) { return Aggregate(site, site.entry.kernel, site.arguments, site.arguments[0].type(), PlainText(site)); }

Result<Bound> RegrCount(CallSite& site) { return Aggregate(site, site.entry.names, site.arguments, DataType::Long(), PlainText(site), {.nullable = false}); }

Result<Bound> ApproxTopK(CallSite& site) {
  const DataType item = site.arguments[0].type();
  std::vector<plan::StructField> fields = {{"item", item, true, ""}, {"count", DataType::Long(), false, ""}};
  return Aggregate(site, "approx_top_k", site.arguments, DataType::Array(DataType::Struct(fields), false), PlainText(site), {.nullable = false});
}

constexpr auto kAggregate = FunctionKind::kAggregate;

#define REGRESSION(name) {.names = name, .args = "y:double,x:double", .result = "double", .nulls = NullRule::kAlways, .kind = kAggregate}
#define MOMENT(name) {.names = name, .args = "expr:double", .result = "double", .nulls = NullRule::kAlways, .kind = kAggregate}

constexpr FunctionEntry kEntries[] = {
    {.names = "count", .args = "expr:any...", .build = Count, .kind = kAggregate, .usage = "Counts rows, or values that are not NULL."},
    {.names = "sum", .args = "expr:any", .build = Sum, .kind = kAggregate, .usage = "Adds values up."},
    {.names = "try_sum", .args = "expr:any", .flags = kTry, .kernel = "sum", .build = Sum, .kind = kAggregate},
    {.names = "avg mean*", .args = "expr:any", .build = Average, .kind = kAggregate, .usage = "Averages values."},
    {.names = "try_avg", .args = "expr:any", .flags = kTry, .kernel = "avg", .build = Average, .kind = kAggregate},
    {.names = "min", .args = "expr:any", .build = Extreme, .kind = kAggregate},
    {.names = "max", .args = "expr:any", .build = Extreme, .kind = kAggregate},
    {.names = "first first_value*", .args = "expr:any,isIgnoreNull:any?", .flags = kIgnoreNulls, .kernel = "first", .build = FirstLast, .kind = kAggregate},
    {.names = "last last_value*", .args = "expr:any,isIgnoreNull:any?", .flags = kIgnoreNulls, .kernel = "last", .build = FirstLast, .kind = kAggregate},
    {.names = "any_value", .args = "expr:any,isIgnoreNull:any?", .flags = kIgnoreNulls, .kernel = "any_value", .build = FirstLast, .kind = kAggregate},
    {.names = "collect_list array_agg", .args = "expr:any", .build = Collect, .kind = kAggregate},
    {.names = "collect_set", .args = "expr:any", .build = Collect, .kind = kAggregate},
    {.names = "bool_and every*", .args = "expr:boolean", .build = BooleanAggregate, .kind = kAggregate},
    {.names = "bool_or any* some*", .args = "expr:boolean", .build = BooleanAggregate, .kind = kAggregate},
    {.names = "count_if", .args = "expr:boolean", .build = CountIf, .kind = kAggregate},
    {.names = "max_by", .args = "x:any,y:any,k:int?", .build = MaxMinBy, .kind = kAggregate},
    {.names = "min_by", .args = "x:any,y:any,k:int?", .build = MaxMinBy, .kind = kAggregate},
    {.names = "bit_and", .args = "expr:integral", .kernel = "bit_and_agg", .build = BitAggregate, .kind = kAggregate},
    {.names = "bit_or", .args = "expr:integral", .kernel = "bit_or_agg", .build = BitAggregate, .kind = kAggregate},
    {.names = "bit_xor", .args = "expr:integral", .kernel = "bit_xor_agg", .build = BitAggregate, .kind = kAggregate},
    {.names = "approx_count_distinct", .args = "expr:any,relativeSD:double?", .result = "bigint", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "approx_percentile percentile_approx*", .args = "col:any,percentage:any,accuracy:integral?=10000", .kernel = "percentile_approx", .build = ApproxPercentile, .kind = kAggregate},
    {.names = "approx_top_k", .args = "expr:any,k:int?=5,maxItemsTracked:int?=10000", .build = ApproxTopK, .kind = kAggregate},
    {.names = "percentile", .args = "col:any,percentage:any,frequency:integral?=1", .build = Percentile, .kind = kAggregate},
    {.names = "percentile_cont", .args = "percentage:any!", .flags = kWithinGroup, .build = InverseDistribution, .kind = kAggregate},
    {.names = "percentile_disc", .args = "percentage:any!", .flags = kWithinGroup, .build = InverseDistribution, .kind = kAggregate},
    {.names = "median", .args = "col:any", .build = Median, .kind = kAggregate},
    {.names = "mode", .args = "col:any?,deterministic:any?", .flags = kWithinGroup, .build = Mode, .kind = kAggregate},
    {.names = "listagg string_agg*", .args = "expr:any,delimiter:any?", .flags = kWithinGroup, .build = ListAgg, .kind = kAggregate},
    MOMENT("skewness"), MOMENT("kurtosis"), MOMENT("stddev_pop"), MOMENT("var_pop"),
    {.names = "stddev_samp stddev* std*", .args = "expr:double", .result = "double", .nulls = NullRule::kAlways, .kernel = "stddev_samp", .kind = kAggregate},
    {.names = "var_samp variance*", .args = "expr:double", .result = "double", .nulls = NullRule::kAlways, .kernel = "var_samp", .kind = kAggregate},
    REGRESSION("corr"), REGRESSION("covar_pop"), REGRESSION("covar_samp"), REGRESSION("regr_avgx"), REGRESSION("regr_avgy"),
    REGRESSION("regr_intercept"), REGRESSION("regr_r2"), REGRESSION("regr_slope"), REGRESSION("regr_sxx"), REGRESSION("regr_sxy"), REGRESSION("regr_syy"),
    {.names = "regr_count", .args = "y:any,x:any", .build = RegrCount, .kind = kAggregate},
    {.names = "histogram_numeric", .args = "expr:numeric|datetime|yminterval|dtinterval,nb:int!", .result = "array<struct<x:$1,y:double>>", .kind = kAggregate},
    {.names = "count_min_sketch", .args = "column:integral|string|binary,epsilon:double!,confidence:double!,seed:int|bigint!", .result = "binary", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "bitmap_construct_agg", .args = "child:bigint", .result = "binary", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "bitmap_or_agg", .args = "child:binary", .result = "binary", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "bitmap_and_agg", .args = "child:binary", .result = "binary", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "hll_sketch_agg", .args = "expr:int|bigint|string|binary,lgConfigK:int?=12", .result = "binary", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "hll_union_agg", .args = "expr:binary,allowDifferentLgConfigK:boolean?=false", .result = "binary", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "schema_of_variant_agg", .args = "v:variant", .result = "string", .nulls = NullRule::kNever, .kind = kAggregate},
    {.names = "grouping", .args = "col:any", .build = Grouping},
    {.names = "grouping_id", .args = "col:any...", .build = Grouping},
};

}  // namespace

std::span<const FunctionEntry> AggregateFunctions() { return kEntries; }

}  // namespace crannog::analyze
