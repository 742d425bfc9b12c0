#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Mathematics. Source: Spark 4.1 mathExpressions.scala.
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

// ceil(x), floor(x): whole numbers; with a scale, decimals.
Result<Bound> WholeOf(CallSite& site) {
  Resolver& resolver = site.resolver;
  Bound value = site.arguments[0];
  const TextPtr text = CallText(site.arguments.size() == 1 ? ToUpper(site.name) : site.name, Texts(site));
  const bool is_ansi = resolver.is_ansi();
  if (site.arguments.size() == 1) {
    auto type = ImplicitCastType(value.type(), *ParseTypeSpec("double|decimal|bigint"), is_ansi);
    if (!type) return resolver.UnexpectedType(text, 0, "(\"DOUBLE\" or \"DECIMAL\" or \"BIGINT\")", value, site.origin);
    value = resolver.Cast(value, *type);
    DataType result = DataType::Long();
    if (type->Is(TypeKind::kDecimal)) result = type->scale() == 0 ? *type : BoundedDecimal(type->precision() - type->scale() + 1, 0);
    return resolver.Call(site.entry.kernel.empty() ? "ceil" : site.entry.kernel, {value}, result, value.nullable(), text, site.origin);
  }
  const auto* scale = site.arguments[1].expression->As<Literal>();
  std::optional<Literal> folded;
  if (scale == nullptr && Resolver::IsFoldable(*site.arguments[1].expression)) {
    TRY(folded, resolver.Evaluate(site.arguments[1]));
    if (folded) scale = &*folded;
  }
  if (scale == nullptr || scale->IsNull() || !scale->type.IsIntegral()) {
    if (scale != nullptr && !scale->IsNull()) return resolver.UnexpectedType(text, 1, "\"INT\"", site.arguments[1], site.origin);
    return resolver.Fail("NON_FOLDABLE_ARGUMENT", {{"funcName", QuoteName(site.name)}, {"paramName", "`scale`"}, {"paramType", "\"INT\""}}, site.origin);
  }
  auto type = ImplicitCastType(value.type(), *ParseTypeSpec("decimal"), is_ansi);
  if (!type) return resolver.UnexpectedType(text, 0, "\"DECIMAL\"", value, site.origin);
  value = resolver.Cast(value, *type);
  const int digits = static_cast<int>(std::get<int64_t>(scale->value));
  const int whole = type->precision() - type->scale() + 1;
  const DataType result = digits < 0 ? DataType::Decimal(std::min(std::max(whole, -digits + 1), 38), 0)
                                     : DataType::Decimal(std::min(whole + std::min(type->scale(), digits), 38), std::min(type->scale(), digits));
  return resolver.Call(site.entry.kernel.empty() ? "ceil" : site.entry.kernel, {value, resolver.LiteralBound(Literal::Int(digits))}, result, value.nullable() || !is_ansi, text, site.origin);
}

Result<Bound> Round(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText(site.name, Texts(site));
  const Bound& value = site.arguments[0];
  const DataType& type = value.type();
  TRY(auto scale, resolver.Evaluate(site.arguments[1]));
  DataType result = type;
  if (type.Is(TypeKind::kDecimal) && scale && !scale->IsNull()) {
    const int digits = static_cast<int>(std::clamp<int64_t>(std::get<int64_t>(scale->value), -100, 100));
    const int whole = type.precision() - type.scale() + 1;
    result = digits < 0 ? DataType::Decimal(std::min(std::max(whole, -digits + 1), 38), 0) : DataType::Decimal(std::min(whole + std::min(type.scale(), digits), 38), std::min(type.scale(), digits));
  }
  return resolver.Call(site.entry.names, site.arguments, result, value.nullable() || true, text, site.origin);
}

Result<Bound> Abs(CallSite& site) {
  const TextPtr text = CallText("abs", Texts(site));
  Bound value = site.arguments[0];
  if (value.type().IsStringLike()) value = site.resolver.Cast(value, DataType::Double());
  if (value.type().Is(TypeKind::kNull)) value = site.resolver.Cast(value, DataType::Double());
  if (!value.type().IsNumeric() && !value.type().IsAnsiInterval()) {
    return site.resolver.UnexpectedType(text, 0, "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")", value, site.origin);
  }
  const DataType type = value.type();
  return site.resolver.Call("abs", {value}, type, value.nullable(), text, site.origin);
}

Result<Bound> Random(CallSite& site) {
  Resolver& resolver = site.resolver;
  std::vector<TextPtr> texts = Texts(site);
  if (site.arguments.size() > 1) {
    return resolver.Call("uniform", site.arguments, DataType::Double(), false, CallText(site.name, texts), site.origin);
  }
  Bound seed = site.arguments.empty() ? resolver.LiteralBound(Literal::Long(resolver.context().statement_time_micros)) : site.arguments[0];
  const TextPtr text = CallText(site.entry.names.substr(0, site.entry.names.find(' ')), texts);
  if (!Resolver::IsFoldable(*seed.expression)) {
    return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`seed`"}, {"inputType", "(\"INT\" or \"BIGINT\")"}, {"inputExpr", QuoteExpression(seed.text->Pretty())}}, text, site.origin);
  }
  if (seed.type().Is(TypeKind::kNull)) seed = resolver.LiteralBound(Literal::Long(0));
  auto type = ImplicitCastType(seed.type(), *ParseTypeSpec("int|bigint"), resolver.is_ansi());
  if (!type) return resolver.UnexpectedType(text, 0, "(\"INT\" or \"BIGINT\")", seed, site.origin);
  return resolver.Call(site.entry.names.substr(0, site.entry.names.find(' ')), {resolver.Cast(resolver.Cast(seed, *type), DataType::Long())}, DataType::Double(), false, text, site.origin, kRandom);
}

Result<Bound> Uniform(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("uniform", Texts(site));
  for (size_t i = 0; i < 2; ++i) {
    const Bound& value = site.arguments[i];
    if (!value.type().IsNumeric() && !value.type().Is(TypeKind::kNull)) return resolver.UnexpectedType(text, i, "\"NUMERIC\"", value, site.origin);
    if (!Resolver::IsFoldable(*value.expression)) {
      return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", i == 0 ? "`min`" : "`max`"}, {"inputType", "integer or floating-point"}, {"inputExpr", QuoteExpression(value.text->Pretty())}}, text, site.origin);
    }
  }
  if (site.arguments.size() == 2) site.arguments.push_back(resolver.LiteralBound(Literal::Long(resolver.context().statement_time_micros)));
  const DataType a = site.arguments[0].type(), b = site.arguments[1].type();
  DataType type = DataType::Double();
  if (auto common = WiderTypeWithoutStrings(a, b, resolver.rules())) type = *common;
  if (type.Is(TypeKind::kNull)) type = DataType::Int();
  for (size_t i = 0; i < 2; ++i) site.arguments[i] = resolver.Cast(site.arguments[i], type);
  const bool nullable = site.arguments[0].nullable() || site.arguments[1].nullable();
  return resolver.Call("uniform", site.arguments, type, nullable, text, site.origin, kRandom);
}

Result<Bound> Log(CallSite& site) {
  const TextPtr text = CallText(site.arguments.size() == 1 ? "LOG" : "LOG", site.arguments.size() == 1 ? std::vector<TextPtr>{MakeText("E()"), site.arguments[0].text} : Texts(site));
  std::vector<Bound> arguments = site.arguments;
  return site.resolver.Call(arguments.size() == 1 ? "ln" : "log", arguments, DataType::Double(), true, text, site.origin);
}

#define UNARY_MATH(name, nulls_rule) \
  {.names = name, .args = "expr:double", .result = "double", .nulls = NullRule::nulls_rule, .flags = kUpperName, .group = "math"}

constexpr FunctionEntry kEntries[] = {
    {.names = "abs", .args = "expr:any", .build = Abs, .usage = "Gives the absolute value.", .group = "math"},
    UNARY_MATH("acos", kAlways), UNARY_MATH("acosh", kAlways), UNARY_MATH("asin", kAlways), UNARY_MATH("asinh", kAlways),
    UNARY_MATH("atan", kAlways), UNARY_MATH("atanh", kAlways), UNARY_MATH("cbrt", kAlways), UNARY_MATH("cos", kAlways),
    UNARY_MATH("cosh", kAlways), UNARY_MATH("cot", kAlways), UNARY_MATH("csc", kAlways), UNARY_MATH("degrees", kAlways),
    UNARY_MATH("exp", kAlways), UNARY_MATH("expm1", kAlways), UNARY_MATH("log10", kAlways), UNARY_MATH("log1p", kAlways),
    UNARY_MATH("log2", kAlways), UNARY_MATH("radians", kAlways), UNARY_MATH("sec", kAlways),
    UNARY_MATH("sin", kAlways), UNARY_MATH("sinh", kAlways), UNARY_MATH("sqrt", kAlways), UNARY_MATH("tan", kAlways), UNARY_MATH("tanh", kAlways),
    {.names = "ln", .args = "expr:double", .result = "double", .nulls = NullRule::kAlways, .usage = "Natural logarithm.", .group = "math"},
    {.names = "rint", .args = "expr:double", .result = "double", .nulls = NullRule::kAlways, .usage = "Rounds to the nearest whole number, half to even.", .group = "math"},
    {.names = "log", .args = "base:double,expr:double?", .build = Log, .usage = "Logarithm to a base, natural with one argument.", .group = "math"},
    {.names = "signum sign*", .args = "expr:double|dtinterval|yminterval", .result = "double", .nulls = NullRule::kAlways, .usage = "Gives -1, 0 or 1.", .group = "math"},
    {.names = "atan2", .args = "y:double,x:double", .result = "double", .flags = kUpperName, .usage = "Angle of the point (x, y).", .group = "math"},
    {.names = "hypot", .args = "a:double,b:double", .result = "double", .flags = kUpperName, .usage = "Square root of a² + b².", .group = "math"},
    {.names = "power pow*", .args = "base:double,exponent:double", .result = "double", .flags = kUpperName, .usage = "Raises to a power.", .group = "math"},
    {.names = "e", .result = "double", .nulls = NullRule::kNever, .flags = kUpperName, .usage = "Euler's number.", .group = "math"},
    {.names = "pi", .result = "double", .nulls = NullRule::kNever, .flags = kUpperName, .usage = "The circle's number.", .group = "math"},
    {.names = "ceil ceiling*", .args = "expr:any,scale:any?", .build = WholeOf, .usage = "Rounds up.", .group = "math"},
    {.names = "floor", .args = "expr:any,scale:any?", .kernel = "floor", .build = WholeOf, .usage = "Rounds down.", .group = "math"},
    {.names = "round", .args = "expr:numeric,scale:int?=0!", .build = Round, .usage = "Rounds half up.", .group = "math"},
    {.names = "bround", .args = "expr:numeric,scale:int?=0!", .build = Round, .usage = "Rounds half to even.", .group = "math"},
    {.names = "factorial", .args = "expr:int", .result = "bigint", .nulls = NullRule::kAlways, .usage = "Factorial of 0 to 20.", .group = "math"},
    {.names = "bin", .args = "expr:bigint", .result = "string", .usage = "Binary digits.", .group = "math"},
    {.names = "hex", .args = "expr:bigint|binary|string", .result = "string", .usage = "Hexadecimal digits.", .group = "math"},
    {.names = "unhex", .args = "expr:string", .result = "binary", .nulls = NullRule::kAlways, .usage = "Binary of hexadecimal digits.", .group = "math"},
    {.names = "conv", .args = "num:string,from_base:int,to_base:int", .result = "string", .nulls = NullRule::kAlways, .usage = "Converts between bases.", .group = "math"},
    {.names = "width_bucket", .args = "value:double|yminterval|dtinterval,min:double|yminterval|dtinterval,max:double|yminterval|dtinterval,num_bucket:bigint", .result = "bigint", .nulls = NullRule::kAlways, .usage = "Number of the bucket of an equi-width histogram.", .group = "math"},
    {.names = "rand random*", .args = "seed:any?,extra:any?", .flags = kRandom, .build = Random, .usage = "Random number in [0, 1).", .group = "math"},
    {.names = "randn", .args = "seed:any?", .flags = kRandom, .build = Random, .usage = "Random number of the normal distribution.", .group = "math"},
    {.names = "uniform", .args = "min:any,max:any,seed:int|bigint?!", .flags = kRandom, .build = Uniform, .usage = "Random number between two bounds.", .group = "math"},
    {.names = "randstr", .args = "length:int!,seed:int|bigint?!", .result = "string", .nulls = NullRule::kNever, .flags = kRandom, .usage = "Random text of letters and digits.", .group = "string"},
};

}  // namespace

std::span<const FunctionEntry> MathFunctions() { return kEntries; }

}  // namespace crannog::analyze
