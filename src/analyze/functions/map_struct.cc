#include <algorithm>
#include <set>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Maps and structs. Source: Spark 4.1 complexTypeCreator.scala, collectionOperations.scala.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::StructField;
using plan::TypeKind;

std::vector<TextPtr> Texts(const CallSite& site) {
  std::vector<TextPtr> texts;
  for (const Bound& argument : site.arguments) texts.push_back(argument.text);
  return texts;
}

std::string TypeList(const std::vector<DataType>& types) {
  std::string list;
  for (const auto& type : types) list += (list.empty() ? "" : " or ") + QuoteType(type);
  return "(" + list + ")";
}

Result<Bound> Map(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("map", Texts(site));
  auto& a = site.arguments;
  if (a.size() % 2 != 0) {
    return resolver.Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", "`map`"}, {"expectedNum", "2n (n > 0)"}, {"actualNum", std::to_string(a.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, site.origin);
  }
  if (a.empty()) return resolver.Call("map", {}, DataType::Map(DataType::Null(), DataType::Null(), false), false, text, site.origin);
  DataType side[2];
  bool value_null = false;
  for (size_t offset = 0; offset < 2; ++offset) {
    std::vector<DataType> types;
    bool same = true;
    for (size_t i = offset; i < a.size(); i += 2) {
      types.push_back(a[i].type());
      same = same && types.back() == types[0];
    }
    auto common = same ? std::optional(types[0]) : WiderType(types, resolver.rules());
    if (!common) return resolver.Mismatch(offset == 0 ? "CREATE_MAP_KEY_DIFF_TYPES" : "CREATE_MAP_VALUE_DIFF_TYPES", {{"functionName", "`map`"}, {"dataType", "[" + TypeList(types).substr(1, TypeList(types).size() - 2) + "]"}}, text, site.origin);
    side[offset] = *common;
    for (size_t i = offset; i < a.size(); i += 2) {
      a[i] = resolver.Cast(a[i], *common);
      if (offset == 1) value_null = value_null || a[i].nullable();
    }
  }
  if (ContainsKind(side[0], TypeKind::kMap) || side[0].Is(TypeKind::kVariant)) return resolver.Mismatch("INVALID_MAP_KEY_TYPE", {{"keyType", QuoteType(side[0])}}, text, site.origin);
  return resolver.Call("map", a, DataType::Map(side[0], side[1], value_null), false, text, site.origin);
}

Result<Bound> MapConcat(CallSite& site) {
  const TextPtr text = CallText("map_concat", Texts(site));
  std::vector<DataType> types;
  bool nullable = false;
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    types.push_back(site.arguments[i].type());
    nullable = nullable || site.arguments[i].nullable();
    if (!types.back().Is(TypeKind::kMap)) {
      std::string list = TypeList(types);
      return site.resolver.Mismatch("MAP_CONCAT_DIFF_TYPES", {{"functionName", "`map_concat`"}, {"dataType", "[" + list.substr(1, list.size() - 2) + "]"}}, text, site.origin);
    }
  }
  if (types.empty()) return site.resolver.Call("map_concat", {}, DataType::Map(DataType::String(), DataType::String(), false), false, text, site.origin);
  auto common = WiderType(types, site.resolver.rules());
  if (!common) return site.resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", "`map_concat`"}, {"dataType", TypeList(types)}}, text, site.origin);
  for (Bound& one : site.arguments) one = site.resolver.Cast(one, *common);
  return site.resolver.Call("map_concat", site.arguments, *common, nullable, text, site.origin);
}

Result<Bound> MapContainsKey(CallSite& site) {
  const TextPtr text = CallText("map_contains_key", Texts(site));
  Bound& map = site.arguments[0];
  Bound& key = site.arguments[1];
  if (map.type().Is(TypeKind::kNull) || key.type().Is(TypeKind::kNull)) return site.resolver.Mismatch("NULL_TYPE", {{"functionName", "`map_contains_key`"}}, text, site.origin);
  std::optional<DataType> common;
  if (map.type().Is(TypeKind::kMap)) common = plan::SameTypeIgnoringNullability(map.type().key(), key.type()) ? std::optional(map.type().key()) : WiderTypeWithoutStrings(map.type().key(), key.type(), site.resolver.rules());
  if (!common) return site.resolver.Mismatch("MAP_FUNCTION_DIFF_TYPES", {{"functionName", "`map_contains_key`"}, {"dataType", "\"MAP\""}, {"leftType", QuoteType(map.type())}, {"rightType", QuoteType(key.type())}}, text, site.origin);
  const bool nullable = map.nullable() || key.nullable();
  map = site.resolver.Cast(map, DataType::Map(*common, map.type().value(), map.type().value_contains_null()));
  key = site.resolver.Cast(key, *common);
  // Spark writes it as array_contains(map_keys(m), k), which may be NULL.
  (void)nullable;
  return site.resolver.Call("map_contains_key", site.arguments, DataType::Boolean(), true, text, site.origin);
}

Result<Bound> MapEntries(CallSite& site) {
  const DataType type = site.arguments[0].type();
  std::vector<StructField> fields = {{"key", type.key(), false, ""}, {"value", type.value(), type.value_contains_null(), ""}};
  return site.resolver.Call("map_entries", site.arguments, DataType::Array(DataType::Struct(fields), false), site.arguments[0].nullable(), CallText("map_entries", Texts(site)), site.origin);
}

Result<Bound> MapFromArrays(CallSite& site) {
  const DataType keys = site.arguments[0].type(), values = site.arguments[1].type();
  const TextPtr text = CallText("map_from_arrays", Texts(site));
  if (ContainsKind(keys.element(), TypeKind::kMap)) return site.resolver.Mismatch("INVALID_MAP_KEY_TYPE", {{"keyType", QuoteType(keys.element())}}, text, site.origin);
  return site.resolver.Call("map_from_arrays", site.arguments, DataType::Map(keys.element(), values.element(), values.contains_null()), site.arguments[0].nullable() || site.arguments[1].nullable(), text, site.origin);
}

Result<Bound> MapFromEntries(CallSite& site) {
  const DataType type = site.arguments[0].type();
  const TextPtr text = CallText("map_from_entries", Texts(site));
  if (!type.Is(TypeKind::kArray) || !type.element().Is(TypeKind::kStruct) || type.element().fields().size() != 2) {
    return site.resolver.UnexpectedType(text, 0, "\"ARRAY\" of pair \"STRUCT\"", site.arguments[0], site.origin);
  }
  const auto& fields = type.element().fields();
  return site.resolver.Call("map_from_entries", site.arguments, DataType::Map(fields[0].type, fields[1].type, fields[1].nullable), site.arguments[0].nullable() || type.contains_null(), text, site.origin);
}

Bound MakeStruct(CallSite& site, const std::vector<std::string>& names, const std::vector<Bound>& values, TextPtr text) {
  std::vector<Bound> parts;
  std::vector<StructField> fields;
  for (size_t i = 0; i < names.size(); ++i) {
    parts.push_back(site.resolver.LiteralBound(Literal::String(names[i])));
    parts.push_back(values[i]);
    fields.push_back({names[i], values[i].type(), values[i].nullable(), ""});
  }
  return site.resolver.Call("named_struct", std::move(parts), DataType::Struct(std::move(fields)), false, std::move(text), site.origin);
}

// The name a field of struct(...) gets: an alias, a column's or field's name, else col1, col2 …
std::string FieldName(const CallSite& site, size_t index) {
  const auto& written = index < site.unresolved.size() ? site.unresolved[index] : nullptr;
  if (written != nullptr) {
    if (const auto* alias = written->As<plan::Alias>()) return alias->names[0];
    if (const auto* reference = written->As<plan::AttributeReference>(); reference != nullptr && reference->name.identifier == nullptr && site.arguments[index].expression->As<Literal>() == nullptr) {
      return reference->name.parts.back();
    }
    if (const auto* extract = written->As<plan::ExtractValue>(); extract != nullptr && extract->is_field) {
      if (const auto* name = extract->extraction->As<Literal>()) return std::get<std::string>(name->value);
    }
  }
  if (const auto* column = site.arguments[index].expression->As<plan::ColumnReference>()) return column->name;
  return "col" + std::to_string(index + 1);
}

Result<Bound> Struct(CallSite& site) {
  std::vector<std::string> names;
  std::vector<TextPtr> texts;
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    names.push_back(FieldName(site, i));
    const auto* alias = i < site.unresolved.size() && site.unresolved[i] != nullptr ? site.unresolved[i]->As<plan::Alias>() : nullptr;
    texts.push_back(alias != nullptr ? SpliceText({site.arguments[i].text, MakeText(" AS " + alias->names[0])}) : site.arguments[i].text);
  }
  return MakeStruct(site, names, site.arguments, CallText("struct", texts));
}

Result<Bound> NamedStruct(CallSite& site) {
  const TextPtr text = CallText("named_struct", Texts(site));
  if (site.arguments.size() % 2 != 0) {
    return site.resolver.Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", "`named_struct`"}, {"expectedNum", "2n (n > 0)"}, {"actualNum", std::to_string(site.arguments.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, site.origin);
  }
  std::vector<std::string> names;
  std::vector<Bound> values;
  for (size_t i = 0; i < site.arguments.size(); i += 2) {
    TRY(auto name, site.resolver.Evaluate(site.arguments[i]));
    if (!name || !name->type.IsStringLike()) {
      return site.resolver.Mismatch("CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", {{"inputExprs", "[" + QuoteExpression(site.arguments[i].text->Pretty()) + "]"}}, text, site.origin);
    }
    if (name->IsNull()) return site.resolver.Mismatch("UNEXPECTED_NULL", {{"exprName", "[" + QuoteExpression("NULL") + "]"}}, text, site.origin);
    names.push_back(std::get<std::string>(name->value));
    values.push_back(site.arguments[i + 1]);
  }
  return MakeStruct(site, names, values, text);
}

constexpr FunctionEntry kEntries[] = {
    {.names = "map", .args = "key:any...", .build = Map},
    {.names = "map_concat", .args = "map:any...", .build = MapConcat},
    {.names = "map_contains_key", .args = "map:any,key:any", .build = MapContainsKey},
    {.names = "map_entries", .args = "map:map", .build = MapEntries},
    {.names = "map_from_arrays", .args = "keys:array,values:array", .build = MapFromArrays},
    {.names = "map_from_entries", .args = "arrayOfEntries:any", .build = MapFromEntries},
    {.names = "map_keys", .args = "map:map", .result = "array<$1.key>"},
    {.names = "map_values", .args = "map:map", .result = "array<$1.value?>"},
    {.names = "str_to_map", .args = "text:string,pairDelim:string?=',',keyValueDelim:string?=':'", .result = "map<string,string?>"},
    {.names = "struct", .args = "col:any...", .kernel = "named_struct", .build = Struct},
    {.names = "named_struct", .args = "name:any...", .build = NamedStruct},
};

}  // namespace

std::span<const FunctionEntry> MapStructFunctions() { return kEntries; }

}  // namespace crannog::analyze
