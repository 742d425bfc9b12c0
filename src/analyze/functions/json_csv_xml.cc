#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"
#include "sql/parser.h"

/// JSON, CSV, XML, Avro and Protobuf as values. Source: Spark 4.1 jsonExpressions.scala, csvExpressions.scala, xmlExpressions.scala, ExprUtils.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

std::vector<TextPtr> Texts(const CallSite& site, size_t count) {
  std::vector<TextPtr> texts;
  for (size_t i = 0; i < site.arguments.size() && i < count; ++i) texts.push_back(site.arguments[i].text);
  return texts;
}

// Options come as a constant map of texts.
Result<std::map<std::string, std::string>> Options(CallSite& site, size_t index) {
  std::map<std::string, std::string> options;
  if (site.arguments.size() <= index) return options;
  const Bound& value = site.arguments[index];
  const auto* map = value.expression->As<plan::ResolvedCall>();
  if (map == nullptr || map->function != "map") {
    TRY(auto folded, site.resolver.Evaluate(value));
    const auto* children = folded ? std::get_if<Literal::Children>(&folded->value) : nullptr;
    if (children == nullptr || !folded->type.Is(TypeKind::kMap)) return site.resolver.Fail("INVALID_OPTIONS.NON_MAP_FUNCTION", {}, site.origin);
    for (size_t i = 0; i + 1 < (*children)->size(); i += 2) {
      if (const auto* key = std::get_if<std::string>(&(**children)[i].value); key != nullptr) {
        if (const auto* text = std::get_if<std::string>(&(**children)[i + 1].value)) options[*key] = *text;
      }
    }
    return options;
  }
  if (!map->arguments.empty() && !(value.type().key().IsStringLike() && value.type().value().IsStringLike())) {
    return site.resolver.Fail("INVALID_OPTIONS.NON_STRING_TYPE", {{"mapType", QuoteType(value.type())}}, site.origin);
  }
  for (size_t i = 0; i + 1 < map->arguments.size(); i += 2) {
    const auto* key = map->arguments[i]->As<Literal>();
    const auto* text = map->arguments[i + 1]->As<Literal>();
    if (key != nullptr && text != nullptr && !key->IsNull() && !text->IsNull()) options[std::get<std::string>(key->value)] = std::get<std::string>(text->value);
  }
  return options;
}

Bound WithOptions(Bound call, const std::map<std::string, std::string>& options) {
  auto copy = *call.expression->As<plan::ResolvedCall>();
  for (const auto& [key, value] : options) copy.settings["option." + key] = value;
  const DataType type = call.type();
  const bool nullable = call.nullable();
  return {plan::MakeResolved(std::move(copy), type, nullable, call.expression->origin), call.text};
}

// The schema argument: a constant text, or schema_of_json of a constant.
Result<DataType> SchemaArgument(CallSite& site, size_t index) {
  const Bound& value = site.arguments[index];
  TRY(auto folded, site.resolver.Evaluate(value));
  if (!folded || folded->IsNull() || !folded->type.IsStringLike()) {
    if (folded && !folded->type.IsStringLike()) return site.resolver.Fail("INVALID_SCHEMA.NON_STRING_LITERAL", {{"inputSchema", QuoteExpression(value.text->Pretty())}}, site.origin);
    return site.resolver.Fail("INVALID_SCHEMA.NON_STRING_LITERAL", {{"inputSchema", QuoteExpression(value.text->Pretty())}}, site.origin);
  }
  const std::string& text = std::get<std::string>(folded->value);
  if (auto type = sql::ParseDataType(text)) return *type;
  if (auto schema = sql::ParseTableSchema(text)) return *schema;
  auto failed = sql::ParseTableSchema(text);
  return Failure(failed.error());
}

Result<Bound> FromText(CallSite& site) {
  Resolver& resolver = site.resolver;
  const std::string_view name = site.entry.names;
  TRY(DataType schema, SchemaArgument(site, 1));
  const TextPtr text = schema.Is(TypeKind::kMap) && name == "from_json" ? MakeText("entries") : CallText(name, Texts(site, 1));
  TRY(auto options, Options(site, 2));
  if (name != "from_json" && !schema.Is(TypeKind::kStruct)) {
    return resolver.Fail("INVALID_SCHEMA.NON_STRUCT_TYPE", {{"inputSchema", QuoteExpression(site.arguments[1].text->Pretty())}, {"dataType", QuoteType(schema)}}, site.origin);
  }
  if (name == "from_json" && !schema.Is(TypeKind::kStruct) && !schema.Is(TypeKind::kArray) && !schema.Is(TypeKind::kMap) && !schema.Is(TypeKind::kVariant)) {
    return resolver.Mismatch("INVALID_JSON_SCHEMA", {{"schema", QuoteType(schema)}}, text, site.origin);
  }
  if (name == "from_json" && schema.Is(TypeKind::kMap) && !schema.key().IsStringLike()) {
    return resolver.Mismatch("INVALID_JSON_MAP_KEY_TYPE", {{"schema", QuoteType(schema)}}, text, site.origin);
  }
  const DataType result = plan::AsNullable(schema);
  const bool nullable = name == "from_csv" ? site.arguments[0].nullable() : true;
  return WithOptions(resolver.Call(name, {site.arguments[0]}, result, nullable, text, site.origin, kZone | kTimeParser), options);
}

Result<Bound> ToText(CallSite& site) {
  const std::string_view name = site.entry.names;
  const TextPtr text = CallText(name, Texts(site, 1));
  TRY(auto options, Options(site, 1));
  const DataType& type = site.arguments[0].type();
  if (name == "to_json" && !type.IsNested() && !type.Is(TypeKind::kVariant)) {
    return site.resolver.UnexpectedType(text, 0, "\"STRUCT\" or \"ARRAY\" or \"MAP\" or \"VARIANT\"", site.arguments[0], site.origin);
  }
  if (name != "to_json" && !type.Is(TypeKind::kStruct)) return site.resolver.UnexpectedType(text, 0, "\"STRUCT\"", site.arguments[0], site.origin);
  const bool nullable = name == "to_json" ? site.arguments[0].nullable() : true;
  return WithOptions(site.resolver.Call(name, {site.arguments[0]}, DataType::String(), nullable, text, site.origin, kZone | kTimeParser), options);
}

Result<Bound> SchemaOf(CallSite& site) {
  const std::string_view name = site.entry.names;
  const TextPtr text = CallText(name, Texts(site, 1));
  const std::string input = std::string(name.substr(name.rfind('_') + 1));
  const Bound& value = site.arguments[0];
  if (!value.type().IsStringLike() && !value.type().Is(TypeKind::kNull)) {
    return site.resolver.UnexpectedType(text, 0, "\"STRING\"", value, site.origin);
  }
  if (!Resolver::IsFoldable(*value.expression)) {
    return site.resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", QuoteName(input)}, {"inputType", QuoteType(value.type())}, {"inputExpr", QuoteExpression(value.text->Pretty())}}, text, site.origin);
  }
  if (const auto* literal = value.expression->As<Literal>(); literal != nullptr && literal->IsNull()) {
    return site.resolver.Mismatch("UNEXPECTED_NULL", {{"exprName", input}}, text, site.origin);
  }
  TRY(auto options, Options(site, 1));
  return WithOptions(site.resolver.Call(name, {value}, DataType::String(), false, text, site.origin), options);
}

#define XPATH(name, type) {.names = name, .args = "xml:string,path:string!", .result = type, .nulls = NullRule::kAlways, .group = "xml"}

constexpr FunctionEntry kEntries[] = {
    {.names = "from_json", .args = "jsonStr:string,schema:any,options:any?", .build = FromText},
    {.names = "to_json", .args = "expr:any,options:any?", .build = ToText},
    {.names = "schema_of_json", .args = "json:any,options:any?", .build = SchemaOf},
    {.names = "get_json_object", .args = "json_txt:string,path:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "json_array_length", .args = "jsonArray:=string", .result = "int", .nulls = NullRule::kAlways},
    {.names = "json_object_keys", .args = "json_object:=string", .result = "array<string?>", .nulls = NullRule::kAlways},
    {.names = "from_csv", .args = "csvStr:string,schema:any,options:any?", .build = FromText},
    {.names = "to_csv", .args = "expr:any,options:any?", .build = ToText},
    {.names = "schema_of_csv", .args = "csv:any,options:any?", .build = SchemaOf},
    {.names = "from_xml", .args = "xmlStr:string,schema:any,options:any?", .build = FromText},
    {.names = "to_xml", .args = "expr:any,options:any?", .build = ToText},
    {.names = "schema_of_xml", .args = "xml:any,options:any?", .build = SchemaOf},
    XPATH("xpath", "array<string?>"), XPATH("xpath_boolean", "boolean"), XPATH("xpath_float", "float"), XPATH("xpath_int", "int"),
    XPATH("xpath_long", "bigint"), XPATH("xpath_short", "short"), XPATH("xpath_string", "string"),
    {.names = "xpath_double xpath_number*", .args = "xml:string,path:string!", .result = "double", .nulls = NullRule::kAlways, .group = "xml"},
    {.names = "from_avro", .args = "child:any,jsonFormatSchema:any,options:any?", .result = "struct<>", .nulls = NullRule::kAlways},
    {.names = "to_avro", .args = "child:any,jsonFormatSchema:any?", .result = "binary", .nulls = NullRule::kAlways},
    {.names = "schema_of_avro", .args = "jsonFormatSchema:string,options:any?", .result = "string"},
    {.names = "from_protobuf", .args = "data:any,messageName:any,descFilePath:any?,options:any?", .result = "struct<>", .nulls = NullRule::kAlways},
    {.names = "to_protobuf", .args = "data:any,messageName:any,descFilePath:any?,options:any?", .result = "binary", .nulls = NullRule::kAlways},
};

}  // namespace

std::span<const FunctionEntry> JsonCsvXmlFunctions() { return kEntries; }

}  // namespace crannog::analyze
