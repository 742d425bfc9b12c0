#include "analyze/functions/families.h"
#include "analyze/resolver.h"
#include "sql/parser.h"

/// VARIANT. Source: Spark 4.1 variantExpressions.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

Result<Bound> VariantGet(CallSite& site) {
  Resolver& resolver = site.resolver;
  std::vector<TextPtr> texts;
  for (size_t i = 0; i < site.arguments.size() && i < 2; ++i) texts.push_back(site.arguments[i].text);
  const TextPtr text = CallText(site.entry.names, texts);
  DataType type = DataType::Variant();
  if (site.arguments.size() == 3) {
    TRY(auto name, resolver.Evaluate(site.arguments[2]));
    if (!name || name->IsNull()) return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`type`"}, {"inputType", "\"STRING\""}, {"inputExpr", QuoteExpression(site.arguments[2].text->Pretty())}}, text, site.origin);
    TRY(type, sql::ParseDataType(std::get<std::string>(name->value)));
  }
  return resolver.Call("variant_get", {site.arguments[0], site.arguments[1]}, type, true, text, site.origin, kZone | (site.entry.flags & kTry));
}

constexpr FunctionEntry kEntries[] = {
    {.names = "parse_json", .args = "jsonStr:string", .result = "variant"},
    {.names = "try_parse_json", .args = "jsonStr:string", .result = "variant", .nulls = NullRule::kAlways, .flags = kTry, .kernel = "parse_json"},
    {.names = "is_variant_null", .args = "expr:=variant", .result = "boolean", .nulls = NullRule::kNever},
    {.names = "is_valid_variant", .args = "expr:=variant", .result = "boolean"},
    {.names = "variant_get", .args = "v:=variant,path:string,type:string?", .build = VariantGet},
    {.names = "try_variant_get", .args = "v:=variant,path:string,type:string?", .flags = kTry, .kernel = "variant_get", .build = VariantGet},
    {.names = "schema_of_variant", .args = "v:=variant", .result = "string"},
    {.names = "to_variant_object", .args = "expr:any", .result = "variant"},
};

}  // namespace

std::span<const FunctionEntry> VariantFunctions() { return kEntries; }

}  // namespace crannog::analyze
