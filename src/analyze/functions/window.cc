#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Window functions. Source: Spark 4.1 windowExpressions.scala.
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

Bound Window(CallSite& site, std::string_view kernel, std::vector<Bound> arguments, DataType type, bool nullable, TextPtr text) {
  plan::ResolvedWindowCall call;
  call.function = kernel;
  for (Bound& argument : arguments) call.arguments.push_back(std::move(argument.expression));
  return {plan::MakeResolved(std::move(call), std::move(type), nullable, site.origin), std::move(text)};
}

// rank() and kin take no arguments that matter.
Result<Bound> Rank(CallSite& site) {
  const std::string_view name = site.entry.names;
  const bool fraction = name == "percent_rank" || name == "cume_dist";
  const bool capital = name == "rank" || name == "dense_rank" || name == "percent_rank";
  return Window(site, name, {}, fraction ? DataType::Double() : DataType::Int(), false, CallText(capital ? ToUpper(name) : std::string(name), {}));
}

Result<Bound> NTile(CallSite& site) {
  if (site.arguments.empty()) site.arguments.push_back(site.resolver.LiteralBound(Literal::Int(1)));
  const TextPtr text = CallText("ntile", Texts(site));
  const Bound& buckets = site.arguments[0];
  if (!Resolver::IsFoldable(*buckets.expression)) {
    return site.resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`buckets`"}, {"inputType", "\"INT\""}, {"inputExpr", QuoteExpression(buckets.text->Pretty())}}, text, site.origin);
  }
  if (!buckets.type().Is(TypeKind::kInt)) return site.resolver.UnexpectedType(text, 0, "\"INT\"", buckets, site.origin);
  if (const auto* literal = buckets.expression->As<Literal>(); literal != nullptr && !literal->IsNull() && std::get<int64_t>(literal->value) <= 0) {
    return site.resolver.Mismatch("VALUE_OUT_OF_RANGE", {{"exprName", "buckets"}, {"valueRange", "(0, 2147483647]"}, {"currentValue", std::to_string(std::get<int64_t>(literal->value))}}, text, site.origin);
  }
  return Window(site, "ntile", {buckets}, DataType::Int(), false, text);
}

Result<Bound> LeadLag(CallSite& site) {
  if (site.arguments.size() < 2) site.arguments.push_back(site.resolver.LiteralBound(Literal::Int(1)));
  if (site.arguments.size() < 3) site.arguments.push_back(site.resolver.LiteralBound(Literal::Null()));
  const TextPtr text = CallText(site.entry.names, Texts(site));
  if (!Resolver::IsFoldable(*site.arguments[1].expression)) {
    return site.resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`offset`"}, {"inputType", "\"INT\""}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
  }
  auto offset = ImplicitCastType(site.arguments[1].type(), *ParseTypeSpec("int"), site.resolver.is_ansi());
  if (!offset) return site.resolver.UnexpectedType(text, 1, "\"INT\"", site.arguments[1], site.origin);
  site.arguments[1] = site.resolver.Cast(site.arguments[1], *offset);
  const DataType type = site.arguments[0].type();
  if (!(site.arguments[2].type() == type)) {
    auto wanted = ImplicitCastType(site.arguments[2].type(), TypeSpec{.kind = TypeSpec::Kind::kConcrete, .type = type, .children = {}}, site.resolver.is_ansi());
    if (!wanted) {
      return site.resolver.UnexpectedType(text, 2, QuoteType(type), site.arguments[2], site.origin);
    }
    site.arguments[2] = site.resolver.Cast(site.arguments[2], type);
  }
  const bool nullable = site.arguments[2].nullable() || site.arguments[0].nullable();
  return Window(site, site.entry.names, site.arguments, type, nullable, text);
}

Result<Bound> NthValue(CallSite& site) {
  const TextPtr text = CallText("nth_value", {site.arguments[0].text, site.arguments[1].text});
  if (!Resolver::IsFoldable(*site.arguments[1].expression)) {
    return site.resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`offset`"}, {"inputType", "\"INT\""}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
  }
  if (const auto* literal = site.arguments[1].expression->As<Literal>(); literal != nullptr && !literal->IsNull() && std::get<int64_t>(literal->value) <= 0) {
    return site.resolver.Mismatch("VALUE_OUT_OF_RANGE", {{"exprName", "offset"}, {"valueRange", "(0, 9223372036854775807]"}, {"currentValue", std::to_string(std::get<int64_t>(literal->value)) + "L"}}, text, site.origin);
  }
  Bound call = Window(site, "nth_value", {site.arguments[0], site.arguments[1]}, site.arguments[0].type(), true, text);
  if (site.arguments.size() == 3) {
    const auto* flag = site.arguments[2].expression->As<Literal>();
    auto copy = *call.expression->As<plan::ResolvedWindowCall>();
    copy.ignore_nulls = flag != nullptr && std::holds_alternative<bool>(flag->value) && std::get<bool>(flag->value);
    const DataType type = call.type();
    call.expression = plan::MakeResolved(std::move(copy), type, true, site.origin);
  }
  return call;
}

constexpr auto kWindow = FunctionKind::kWindow;

constexpr FunctionEntry kEntries[] = {
    {.names = "row_number", .build = Rank, .kind = kWindow},
    {.names = "rank", .args = "child:any...", .build = Rank, .kind = kWindow},
    {.names = "dense_rank", .args = "child:any...", .build = Rank, .kind = kWindow},
    {.names = "percent_rank", .args = "child:any...", .build = Rank, .kind = kWindow},
    {.names = "cume_dist", .build = Rank, .kind = kWindow},
    {.names = "ntile", .args = "n:any?", .build = NTile, .kind = kWindow},
    {.names = "lag", .args = "input:any,offset:any?,default:any?", .flags = kIgnoreNulls, .build = LeadLag, .kind = kWindow},
    {.names = "lead", .args = "input:any,offset:any?,default:any?", .flags = kIgnoreNulls, .build = LeadLag, .kind = kWindow},
    {.names = "nth_value", .args = "input:any,offset:any,ignoreNulls:any?", .flags = kIgnoreNulls, .build = NthValue, .kind = kWindow},
};

}  // namespace

std::span<const FunctionEntry> WindowFunctions() { return kEntries; }

}  // namespace crannog::analyze
