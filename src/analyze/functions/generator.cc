#include <fmt/format.h>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Generators: rows out of one row. The type of the call is a struct of the generated columns. Source: Spark 4.1 generators.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::StructField;
using plan::TypeKind;

std::vector<TextPtr> Texts(const CallSite& site) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : site.arguments) texts.push_back(argument.text);
  return texts;
}

std::string_view NameOf(const CallSite& site) { return site.entry.names.substr(0, site.entry.names.find(' ')); }

Result<Bound> Generator(CallSite& site, std::vector<StructField> fields, std::vector<Bound> arguments) {
  return site.resolver.Call(NameOf(site), std::move(arguments), DataType::Struct(std::move(fields)), false, CallText(site.name, Texts(site)), site.origin, site.entry.flags);
}

Result<Bound> Explode(CallSite& site) {
  const std::string_view name = NameOf(site);
  const bool has_position = name.starts_with("pos"), is_outer = name.ends_with("_outer");
  const DataType& type = site.arguments[0].type();
  std::vector<StructField> fields;
  if (has_position) fields.push_back({"pos", DataType::Int(), is_outer, ""});
  if (type.Is(TypeKind::kArray)) {
    fields.push_back({"col", type.element(), is_outer || type.contains_null(), ""});
  } else if (type.Is(TypeKind::kMap)) {
    fields.push_back({"key", type.key(), is_outer, ""});
    fields.push_back({"value", type.value(), is_outer || type.value_contains_null(), ""});
  } else {
    return site.resolver.UnexpectedType(CallText(has_position ? "posexplode" : "explode", Texts(site)), 0, "(\"ARRAY\" or \"MAP\")", site.arguments[0], site.origin);
  }
  return Generator(site, std::move(fields), site.arguments);
}

Result<Bound> Inline(CallSite& site) {
  const bool is_outer = NameOf(site).ends_with("_outer");
  const DataType& type = site.arguments[0].type();
  if (!type.Is(TypeKind::kArray) || !type.element().Is(TypeKind::kStruct)) {
    return site.resolver.UnexpectedType(CallText("inline", Texts(site)), 0, "\"ARRAY<STRUCT>\"", site.arguments[0], site.origin);
  }
  std::vector<StructField> fields = type.element().fields();
  for (auto& field : fields) field.nullable = field.nullable || is_outer || type.contains_null();
  return Generator(site, std::move(fields), site.arguments);
}

Result<Bound> Stack(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("stack", Texts(site));
  TRY(auto count, resolver.Evaluate(site.arguments[0]));
  if (!Resolver::IsFoldable(*site.arguments[0].expression) || !count) {
    return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`n`"}, {"inputType", "\"INT\""}, {"inputExpr", QuoteExpression(site.arguments[0].text->Pretty())}}, text, site.origin);
  }
  if (count->IsNull() || !count->type.IsIntegral() || std::get<int64_t>(count->value) <= 0) {
    return resolver.Mismatch("VALUE_OUT_OF_RANGE", {{"exprName", "`n`"}, {"valueRange", "(0, 2147483647]"}, {"currentValue", count->IsNull() ? "NULL" : std::to_string(std::get<int64_t>(count->value))}}, text, site.origin);
  }
  const auto rows = static_cast<size_t>(std::get<int64_t>(count->value));
  const size_t values = site.arguments.size() - 1;
  const size_t width = (values + rows - 1) / rows;
  std::vector<StructField> fields;
  for (size_t column = 0; column < width; ++column) {
    std::optional<DataType> common;
    for (size_t i = column; i < values; i += width) {
      const DataType& type = site.arguments[1 + i].type();
      if (!common || common->Is(TypeKind::kNull)) {
        common = type;
      } else if (!type.Is(TypeKind::kNull) && !plan::SameTypeIgnoringNullability(*common, type)) {
        return resolver.Mismatch("STACK_COLUMN_DIFF_TYPES", {{"columnIndex", std::to_string(column)}, {"leftParamIndex", std::to_string(column + 1)}, {"leftType", QuoteType(*common)}, {"rightParamIndex", std::to_string(1 + i)}, {"rightType", QuoteType(type)}}, text, site.origin);
      }
    }
    for (size_t i = column; i < values; i += width) site.arguments[1 + i] = resolver.Cast(site.arguments[1 + i], *common);
    fields.push_back({fmt::format("col{}", column), *common, true, ""});
  }
  return Generator(site, std::move(fields), site.arguments);
}

Result<Bound> JsonTuple(CallSite& site) {
  std::vector<StructField> fields;
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    if (!site.arguments[i].type().IsStringLike() && !site.arguments[i].type().Is(TypeKind::kNull)) {
      return site.resolver.Mismatch("NON_STRING_TYPE", {{"funcName", "`json_tuple`"}}, CallText("json_tuple", Texts(site)), site.origin);
    }
    site.arguments[i] = site.resolver.Cast(site.arguments[i], DataType::String());
    if (i > 0) fields.push_back({fmt::format("c{}", i - 1), DataType::String(), true, ""});
  }
  return Generator(site, std::move(fields), site.arguments);
}

Result<Bound> VariantExplode(CallSite& site) {
  const bool is_outer = NameOf(site).ends_with("_outer");
  return Generator(site, {{"pos", DataType::Int(), is_outer, ""}, {"key", DataType::String(), true, ""}, {"value", DataType::Variant(), is_outer, ""}}, site.arguments);
}

Result<Bound> SqlKeywords(CallSite& site) {
  return Generator(site, {{"keyword", DataType::String(), false, ""}, {"reserved", DataType::Boolean(), false, ""}}, {});
}

Result<Bound> Collations(CallSite& site) {
  std::vector<StructField> fields;
  for (const char* name : {"CATALOG", "SCHEMA", "NAME", "LANGUAGE", "COUNTRY", "ACCENT_SENSITIVITY", "CASE_SENSITIVITY", "PAD_ATTRIBUTE", "ICU_VERSION"}) {
    const std::string_view text = name;
    fields.push_back({name, DataType::String(), text != "CATALOG" && text != "SCHEMA" && text != "NAME" && text != "PAD_ATTRIBUTE", ""});
  }
  return Generator(site, std::move(fields), {});
}

constexpr auto kGenerator = FunctionKind::kGenerator;

constexpr FunctionEntry kEntries[] = {
    {.names = "explode", .args = "collection:any", .build = Explode, .kind = kGenerator},
    {.names = "explode_outer", .args = "collection:any", .build = Explode, .kind = kGenerator},
    {.names = "posexplode", .args = "collection:any", .build = Explode, .kind = kGenerator},
    {.names = "posexplode_outer", .args = "collection:any", .build = Explode, .kind = kGenerator},
    {.names = "inline", .args = "input:any", .build = Inline, .kind = kGenerator},
    {.names = "inline_outer", .args = "input:any", .build = Inline, .kind = kGenerator},
    {.names = "stack", .args = "n:any,expr:any,more:any...", .build = Stack, .kind = kGenerator},
    {.names = "json_tuple", .args = "json:any,field:any,more:any...", .build = JsonTuple, .kind = kGenerator},
    {.names = "variant_explode", .args = "input:=variant", .build = VariantExplode, .kind = kGenerator},
    {.names = "variant_explode_outer", .args = "input:=variant", .build = VariantExplode, .kind = kGenerator},
    {.names = "sql_keywords", .build = SqlKeywords, .kind = kGenerator},
    {.names = "collations", .build = Collations, .kind = kGenerator},
};

}  // namespace

std::span<const FunctionEntry> GeneratorFunctions() { return kEntries; }

}  // namespace crannog::analyze
