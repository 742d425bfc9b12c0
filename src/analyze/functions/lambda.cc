#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Higher-order functions. Source: Spark 4.1 higherOrderFunctions.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;
using Parameter = Resolver::LambdaParameter;

bool IsLambda(const CallSite& site, size_t index) { return site.unresolved[index] != nullptr && site.unresolved[index]->As<plan::Lambda>() != nullptr; }

size_t ParameterCount(const CallSite& site, size_t index, size_t otherwise) {
  return IsLambda(site, index) ? site.unresolved[index]->As<plan::Lambda>()->parameters.size() : otherwise;
}

// The collection must be an array (or map); its text so far names the call in errors.
Result<void> Require(CallSite& site, size_t index, TypeKind kind, const char* shown) {
  Bound& value = site.arguments[index];
  if (value.expression == nullptr) return site.resolver.Fail("INVALID_LAMBDA_FUNCTION_CALL.PARAMETER_DOES_NOT_ACCEPT_LAMBDA_FUNCTION", {}, site.origin);
  if (value.type().Is(TypeKind::kNull)) {
    value = site.resolver.Cast(value, kind == TypeKind::kArray ? DataType::Array(DataType::Null()) : DataType::Map(DataType::Null(), DataType::Null()));
  }
  if (value.type().Is(kind)) return {};
  std::vector<TextPtr> texts;
  for (size_t i = 0; i < site.arguments.size(); ++i) texts.push_back(site.arguments[i].expression != nullptr ? site.arguments[i].text : MakeText("lambdafunction()"));
  return site.resolver.UnexpectedType(CallText(site.name, texts), index, shown, value, site.origin);
}

Result<Bound> Body(CallSite& site, size_t index, std::vector<Parameter> parameters) {
  parameters.resize(std::min(parameters.size(), std::max<size_t>(ParameterCount(site, index, parameters.size()), 1)));
  return site.resolver.ResolveLambda(site.unresolved[index], parameters);
}

Result<void> BooleanBody(CallSite& site, size_t index, const Bound& lambda, const TextPtr& text) {
  if (lambda.type().Is(TypeKind::kBoolean) || lambda.type().Is(TypeKind::kNull)) return {};
  return site.resolver.UnexpectedType(text, index, "\"BOOLEAN\"", lambda, site.origin);
}

Parameter ElementOf(const Bound& array) { return {array.type().element(), array.type().contains_null()}; }

Result<Bound> Transform(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kArray, "\"ARRAY\""));
  const Bound& array = site.arguments[0];
  TRY(Bound lambda, Body(site, 1, {ElementOf(array), {DataType::Int(), false}}));
  // A plain expression in place of the lambda sees the element only.
  const TextPtr text = CallText("transform", {array.text, lambda.text});
  const DataType type = DataType::Array(lambda.type(), lambda.nullable());
  return site.resolver.Call("transform", {array, lambda}, type, array.nullable(), text, site.origin);
}

Result<Bound> Filter(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kArray, "\"ARRAY\""));
  const Bound& array = site.arguments[0];
  TRY(Bound lambda, Body(site, 1, {ElementOf(array), {DataType::Int(), false}}));
  const TextPtr text = CallText("filter", {array.text, lambda.text});
  TRY(BooleanBody(site, 1, lambda, text));
  const DataType type = array.type();
  return site.resolver.Call("filter", {array, lambda}, type, array.nullable(), text, site.origin);
}

Result<Bound> Quantifier(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kArray, "\"ARRAY\""));
  const Bound& array = site.arguments[0];
  TRY(Bound lambda, Body(site, 1, {ElementOf(array)}));
  const TextPtr text = CallText(site.name, {array.text, lambda.text});
  TRY(BooleanBody(site, 1, lambda, text));
  return site.resolver.Call(site.entry.kernel.empty() ? site.entry.names : site.entry.kernel, {array, lambda}, DataType::Boolean(), array.nullable() || lambda.nullable(), text, site.origin);
}

Result<Bound> Aggregate(CallSite& site) {
  Resolver& resolver = site.resolver;
  TRY(Require(site, 0, TypeKind::kArray, "\"ARRAY\""));
  Bound array = site.arguments[0], start = site.arguments[1];
  TRY(Bound merge, Body(site, 2, {{start.type(), true}, ElementOf(array)}));
  // The accumulator widens with what the merge gives (Spark coerces the start value), one more time.
  if (!(merge.type() == start.type())) {
    auto common = TightestCommonType(start.type(), merge.type(), resolver.rules());
    if (common && *common == merge.type() && (start.type().Is(TypeKind::kNull) )) {
      start = resolver.Cast(start, *common);
      TRY(merge, Body(site, 2, {{start.type(), true}, ElementOf(array)}));
    }
  }
  std::vector<TextPtr> texts = {array.text, start.text, merge.text};
  Bound finish;
  const bool has_finish = site.unresolved.size() == 4;
  if (has_finish) {
    TRY(finish, Body(site, 3, {{start.type(), true}}));
  } else {
    // An identity lambda.
    plan::ResolvedLambda identity;
    identity.parameters.push_back({NewColumnId(), "x", start.type(), true});
    identity.body = plan::MakeResolved(plan::ResolvedLambdaVariable{identity.parameters[0].id, "x"}, start.type(), true);
    const DataType type = start.type();
    finish = {plan::MakeResolved(std::move(identity), type, true, site.origin), MakeText("lambdafunction(namedlambdavariable(), namedlambdavariable())")};
  }
  texts.push_back(finish.text);
  const TextPtr text = CallText(site.name, texts);
  if (!plan::SameTypeIgnoringNullability(start.type(), merge.type()) && !merge.type().Is(TypeKind::kNull)) {
    return resolver.UnexpectedType(text, 2, QuoteType(start.type()), merge, site.origin);
  }
  const DataType type = finish.type();
  return resolver.Call("aggregate", {array, start, merge, finish}, type, true, text, site.origin);
}

Result<Bound> ArraySort(CallSite& site) {
  Resolver& resolver = site.resolver;
  TRY(Require(site, 0, TypeKind::kArray, "\"ARRAY\""));
  const Bound& array = site.arguments[0];
  const DataType type = array.type();
  if (site.unresolved.size() == 1) {
    // Spark's default comparator, as it prints it.
    const TextPtr text = CallText("array_sort", {array.text, MakeText("lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NULL)), 0, (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL), -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavariable() > namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), namedlambdavariable())")});
    if (!IsOrderable(type.element())) return resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", "`array_sort`"}, {"dataType", QuoteType(type)}}, text, site.origin);
    return resolver.Call("array_sort", {array}, type, array.nullable(), text, site.origin);
  }
  TRY(Bound lambda, Body(site, 1, {ElementOf(array), ElementOf(array)}));
  const TextPtr text = CallText("array_sort", {array.text, lambda.text});
  if (!lambda.type().Is(TypeKind::kInt)) {
    return resolver.Mismatch("UNEXPECTED_RETURN_TYPE", {{"functionName", "`lambdafunction`"}, {"expectedType", "\"INT\""}, {"actualType", QuoteType(lambda.type())}}, text, site.origin);
  }
  return resolver.Call("array_sort", {array, lambda}, type, array.nullable(), text, site.origin);
}

Result<Bound> ZipWith(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kArray, "\"ARRAY\""));
  TRY(Require(site, 1, TypeKind::kArray, "\"ARRAY\""));
  const Bound& l = site.arguments[0];
  const Bound& r = site.arguments[1];
  TRY(Bound lambda, Body(site, 2, {{l.type().element(), true}, {r.type().element(), true}}));
  const DataType type = DataType::Array(lambda.type(), lambda.nullable());
  return site.resolver.Call("zip_with", {l, r, lambda}, type, l.nullable() || r.nullable(), CallText("zip_with", {l.text, r.text, lambda.text}), site.origin);
}

std::vector<Parameter> KeyValue(const Bound& map) { return {{map.type().key(), false}, {map.type().value(), map.type().value_contains_null()}}; }

Result<Bound> MapFilter(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kMap, "\"MAP\""));
  const Bound& map = site.arguments[0];
  TRY(Bound lambda, Body(site, 1, KeyValue(map)));
  const TextPtr text = CallText("map_filter", {map.text, lambda.text});
  TRY(BooleanBody(site, 1, lambda, text));
  const DataType type = map.type();
  return site.resolver.Call("map_filter", {map, lambda}, type, map.nullable(), text, site.origin);
}

Result<Bound> TransformKeys(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kMap, "\"MAP\""));
  const Bound& map = site.arguments[0];
  TRY(Bound lambda, Body(site, 1, KeyValue(map)));
  const TextPtr text = CallText("transform_keys", {map.text, lambda.text});
  if (ContainsKind(lambda.type(), TypeKind::kMap)) return site.resolver.Mismatch("INVALID_MAP_KEY_TYPE", {{"keyType", QuoteType(lambda.type())}}, text, site.origin);
  const DataType type = DataType::Map(lambda.type(), map.type().value(), map.type().value_contains_null());
  return site.resolver.Call("transform_keys", {map, lambda}, type, map.nullable(), text, site.origin);
}

Result<Bound> TransformValues(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kMap, "\"MAP\""));
  const Bound& map = site.arguments[0];
  TRY(Bound lambda, Body(site, 1, KeyValue(map)));
  const DataType type = DataType::Map(map.type().key(), lambda.type(), lambda.nullable());
  return site.resolver.Call("transform_values", {map, lambda}, type, map.nullable(), CallText("transform_values", {map.text, lambda.text}), site.origin);
}

Result<Bound> MapZipWith(CallSite& site) {
  TRY(Require(site, 0, TypeKind::kMap, "\"MAP\""));
  TRY(Require(site, 1, TypeKind::kMap, "\"MAP\""));
  Bound l = site.arguments[0], r = site.arguments[1];
  auto key = WiderTypeWithoutStrings(l.type().key(), r.type().key(), site.resolver.rules());
  if (!key) {
    return site.resolver.Mismatch("MAP_ZIP_WITH_DIFF_TYPES", {{"functionName", "`map_zip_with`"}, {"leftType", QuoteType(l.type().key())}, {"rightType", QuoteType(r.type().key())}}, CallText("map_zip_with", {l.text, r.text, MakeText("lambdafunction()")}), site.origin);
  }
  l = site.resolver.Cast(l, DataType::Map(*key, l.type().value(), l.type().value_contains_null()));
  r = site.resolver.Cast(r, DataType::Map(*key, r.type().value(), r.type().value_contains_null()));
  TRY(Bound lambda, Body(site, 2, {{*key, false}, {l.type().value(), true}, {r.type().value(), true}}));
  const DataType type = DataType::Map(*key, lambda.type(), lambda.nullable());
  return site.resolver.Call("map_zip_with", {l, r, lambda}, type, l.nullable() || r.nullable(), CallText("map_zip_with", {l.text, r.text, lambda.text}), site.origin);
}

constexpr FunctionEntry kEntries[] = {
    {.names = "transform", .args = "expr:any,func:any", .flags = kLambda, .build = Transform},
    {.names = "filter", .args = "expr:any,func:any", .flags = kLambda, .build = Filter},
    {.names = "exists", .args = "expr:any,pred:any", .flags = kLambda, .build = Quantifier},
    {.names = "forall", .args = "expr:any,pred:any", .flags = kLambda, .build = Quantifier},
    {.names = "aggregate reduce*", .args = "expr:any,start:any,merge:any,finish:any?", .flags = kLambda, .build = Aggregate},
    {.names = "array_sort", .args = "expr:any,func:any?", .flags = kLambda, .build = ArraySort},
    {.names = "zip_with", .args = "left:any,right:any,func:any", .flags = kLambda, .build = ZipWith},
    {.names = "map_filter", .args = "expr:any,func:any", .flags = kLambda, .build = MapFilter},
    {.names = "transform_keys", .args = "expr:any,func:any", .flags = kLambda, .build = TransformKeys},
    {.names = "transform_values", .args = "expr:any,func:any", .flags = kLambda, .build = TransformValues},
    {.names = "map_zip_with", .args = "map1:any,map2:any,function:any", .flags = kLambda, .build = MapZipWith},
};

}  // namespace

std::span<const FunctionEntry> LambdaFunctions() { return kEntries; }

}  // namespace crannog::analyze
