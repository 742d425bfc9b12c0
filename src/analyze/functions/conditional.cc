#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Conditionals: CASE, if, coalesce and kin. Source: Spark 4.1 conditionalExpressions.scala, nullExpressions.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

std::string TypeList(const std::vector<DataType>& types) {
  std::string list;
  for (const auto& type : types) list += (list.empty() ? "" : ", ") + QuoteType(type);
  return "[" + list + "]";
}

Result<Bound> Condition(CallSite& site, const Bound& value, size_t index, const TextPtr& text) {
  if (value.type().Is(TypeKind::kBoolean)) return value;
  if (value.type().Is(TypeKind::kNull) || (value.type().IsStringLike() && site.resolver.is_ansi() && false)) return site.resolver.Cast(value, DataType::Boolean());
  return site.resolver.UnexpectedType(text, index, "\"BOOLEAN\"", value, site.origin);
}

// Widens all values to one type, or fails with DATA_DIFF_TYPES.
Result<void> Unify(CallSite& site, std::vector<Bound*> values, std::string_view name, const TextPtr& text) {
  std::vector<DataType> types;
  bool same = true;
  for (Bound* value : values) {
    types.push_back(value->type());
    same = same && types.back() == types[0];
  }
  if (same) return {};
  auto common = WiderType(types, site.resolver.rules());
  if (!common) return site.resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", QuoteName(name)}, {"dataType", TypeList(types)}}, text, site.origin);
  for (Bound* value : values) *value = site.resolver.Cast(*value, *common);
  return {};
}

Result<Bound> CaseWhen(CallSite& site) {
  std::vector<Bound>& a = site.arguments;
  std::vector<TextPtr> pieces = {MakeText("CASE")};
  const size_t pairs = a.size() / 2;
  for (size_t i = 0; i < pairs; ++i) {
    pieces.push_back(MakeText(" WHEN "));
    pieces.push_back(a[i * 2].text);
    pieces.push_back(MakeText(" THEN "));
    pieces.push_back(a[i * 2 + 1].text);
  }
  const bool has_else = a.size() % 2 == 1;
  if (has_else) {
    pieces.push_back(MakeText(" ELSE "));
    pieces.push_back(a.back().text);
  }
  pieces.push_back(MakeText(" END"));
  const TextPtr text = SpliceText(std::move(pieces));
  std::vector<Bound*> values;
  bool nullable = !has_else;
  for (size_t i = 0; i < pairs; ++i) values.push_back(&a[i * 2 + 1]);
  if (has_else) values.push_back(&a.back());
  TRY(Unify(site, values, "casewhen", text));
  for (size_t i = 0; i < pairs; ++i) {
    TRY(Bound condition, Condition(site, a[i * 2], i, text));
    a[i * 2] = std::move(condition);
  }
  for (const Bound* value : values) nullable = nullable || value->nullable();
  const DataType type = values[0]->type();
  return site.resolver.Call("case", std::move(site.arguments), type, nullable, text, site.origin);
}

Result<Bound> MakeIf(CallSite& site, Bound condition, Bound yes, Bound no, const TextPtr& text) {
  TRY(Unify(site, {&yes, &no}, "if", text));
  TRY(Bound checked, Condition(site, condition, 0, text));
  const DataType type = yes.type();
  const bool nullable = yes.nullable() || no.nullable();
  return site.resolver.Call("if", {checked, yes, no}, type, nullable, text, site.origin);
}

Result<Bound> If(CallSite& site) {
  const TextPtr text = SpliceText({MakeText("(IF("), site.arguments[0].text, MakeText(", "), site.arguments[1].text, MakeText(", "), site.arguments[2].text, MakeText("))")});
  return MakeIf(site, site.arguments[0], site.arguments[1], site.arguments[2], text);
}

std::vector<TextPtr> Texts(const CallSite& site) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : site.arguments) texts.push_back(argument.text);
  return texts;
}

Result<Bound> Coalesce(CallSite& site) {
  const TextPtr text = CallText(site.name, Texts(site));
  std::vector<DataType> types;
  for (const Bound& argument : site.arguments) types.push_back(argument.type());
  auto common = WiderType(types, site.resolver.rules());
  if (!common) {
    std::string list;
    for (const auto& type : types) list += (list.empty() ? "" : " or ") + QuoteType(type);
    return site.resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", "`coalesce`"}, {"dataType", "(" + list + ")"}}, text, site.origin);
  }
  bool nullable = true;
  for (Bound& argument : site.arguments) {
    argument = site.resolver.Cast(argument, *common);
    nullable = nullable && argument.nullable();
  }
  return site.resolver.Call("coalesce", std::move(site.arguments), *common, nullable, text, site.origin);
}

Result<Bound> NullIf(CallSite& site) {
  const TextPtr text = CallText("nullif", Texts(site));
  TRY(Bound equal, site.resolver.CallBuiltin("=", {site.arguments[0], site.arguments[1]}, site.origin));
  const DataType type = site.arguments[0].type();
  Bound null = site.resolver.LiteralBound(Literal::Null(type));
  return site.resolver.Call("if", {equal, null, site.arguments[0]}, type, true, text, site.origin);
}

Result<Bound> NullIfZero(CallSite& site) {
  const TextPtr text = CallText("nullifzero", Texts(site));
  TRY(Bound equal, site.resolver.CallBuiltin("=", {site.arguments[0], site.resolver.LiteralBound(Literal::Int(0))}, site.origin));
  const DataType type = site.arguments[0].type();
  return site.resolver.Call("if", {equal, site.resolver.LiteralBound(Literal::Null(type)), site.arguments[0]}, type, true, text, site.origin);
}

Result<Bound> ZeroIfNull(CallSite& site) {
  const TextPtr text = CallText("zeroifnull", Texts(site));
  TRY(Bound value, site.resolver.CallBuiltin("coalesce", {site.arguments[0], site.resolver.LiteralBound(Literal::Int(0))}, site.origin));
  value.text = text;
  return value;
}

Result<Bound> Nvl2(CallSite& site) {
  const TextPtr text = CallText("nvl2", Texts(site));
  Bound present = site.resolver.Call("isnotnull", {site.arguments[0]}, DataType::Boolean(), false, text, site.origin);
  return MakeIf(site, present, site.arguments[1], site.arguments[2], text);
}

Result<Bound> Extreme(CallSite& site) {
  const TextPtr text = CallText(site.name, Texts(site));
  std::vector<DataType> types;
  for (const Bound& argument : site.arguments) types.push_back(argument.type());
  auto common = WiderType(types, site.resolver.rules());
  if (!common) {
    return site.resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", QuoteName(site.name)}, {"dataType", TypeList(types)}}, text, site.origin);
  }
  if (!IsOrderable(*common)) return site.resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", QuoteName(site.name)}, {"dataType", QuoteType(*common)}}, text, site.origin);
  bool nullable = true;
  for (Bound& argument : site.arguments) {
    argument = site.resolver.Cast(argument, *common);
    nullable = nullable && argument.nullable();
  }
  return site.resolver.Call(site.entry.names, std::move(site.arguments), *common, nullable, text, site.origin);
}

constexpr FunctionEntry kEntries[] = {
    {.names = "when", .args = "condition:any,value:any,more:any...", .kernel = "case", .build = CaseWhen, .usage = "Gives the value of the first condition that holds.", .group = "conditional"},
    {.names = "if iff", .args = "condition:any,yes:any,no:any", .build = If, .usage = "Gives one of two values.", .group = "conditional"},
    {.names = "coalesce", .args = "expr:any,more:any...", .build = Coalesce, .usage = "Gives the first value that is not NULL.", .group = "conditional"},
    {.names = "nvl ifnull*", .args = "expr1:any,expr2:any", .kernel = "coalesce", .build = Coalesce, .usage = "Gives the first value unless it is NULL.", .group = "conditional"},
    {.names = "nullif", .args = "expr1:any,expr2:any", .kernel = "if", .build = NullIf, .usage = "Gives NULL when both are equal.", .group = "conditional"},
    {.names = "nullifzero", .args = "expr:any", .kernel = "if", .build = NullIfZero, .usage = "Gives NULL for 0.", .group = "conditional"},
    {.names = "zeroifnull", .args = "expr:any", .kernel = "coalesce", .build = ZeroIfNull, .usage = "Gives 0 for NULL.", .group = "conditional"},
    {.names = "nvl2", .args = "expr1:any,expr2:any,expr3:any", .kernel = "if", .build = Nvl2, .usage = "Gives the second value unless the first is NULL, else the third.", .group = "conditional"},
    {.names = "nanvl", .args = "expr1:double|float,expr2:double|float", .result = "$1", .flags = kSameTypes, .usage = "Gives the first value unless it is NaN.", .group = "conditional"},
    {.names = "greatest", .args = "expr:any,more:any,rest:any...", .build = Extreme, .usage = "Gives the greatest value, skipping NULLs.", .group = "conditional"},
    {.names = "least", .args = "expr:any,more:any,rest:any...", .build = Extreme, .usage = "Gives the least value, skipping NULLs.", .group = "conditional"},
};

}  // namespace

std::span<const FunctionEntry> ConditionalFunctions() { return kEntries; }

}  // namespace crannog::analyze
