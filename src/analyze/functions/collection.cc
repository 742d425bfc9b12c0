#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Arrays, and what arrays and maps have in common. Source: Spark 4.1 collectionOperations.scala, complexTypeCreator.scala.
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

bool AnyNullable(const std::vector<Bound>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const Bound& argument) { return argument.nullable(); });
}

std::string_view NameOf(const CallSite& site) { return site.entry.kernel.empty() ? site.entry.names.substr(0, site.entry.names.find(' ')) : site.entry.kernel; }

Result<Bound> Array(CallSite& site) {
  const TextPtr text = CallText("array", Texts(site));
  std::vector<DataType> types;
  bool same = true, contains_null = false;
  for (const Bound& argument : site.arguments) {
    types.push_back(argument.type());
    same = same && types.back() == types[0];
  }
  if (types.empty()) return site.resolver.Call("array", {}, DataType::Array(DataType::Null(), false), false, text, site.origin);
  auto common = same ? std::optional(types[0]) : WiderType(types, site.resolver.rules());
  if (!common) {
    std::string list;
    for (const auto& type : types) list += (list.empty() ? "" : " or ") + QuoteType(type);
    return site.resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", "`array`"}, {"dataType", "(" + list + ")"}}, text, site.origin);
  }
  for (Bound& argument : site.arguments) {
    argument = site.resolver.Cast(argument, *common);
    contains_null = contains_null || argument.nullable();
  }
  return site.resolver.Call("array", site.arguments, DataType::Array(*common, contains_null), false, text, site.origin);
}

// Two arrays of one element type: array_union, array_except, …
Result<Bound> TwoArrays(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText(site.name, Texts(site));
  Bound& l = site.arguments[0];
  Bound& r = site.arguments[1];
  const std::string_view name = NameOf(site);
  if (l.type().Is(TypeKind::kNull) && r.type().Is(TypeKind::kArray)) l = resolver.Cast(l, r.type());
  if (r.type().Is(TypeKind::kNull) && l.type().Is(TypeKind::kArray)) r = resolver.Cast(r, l.type());
  auto fail = [&]() {
    return resolver.Mismatch("BINARY_ARRAY_DIFF_TYPES", {{"functionName", QuoteName(site.name)}, {"arrayType", "\"ARRAY\""}, {"leftType", QuoteType(l.type())}, {"rightType", QuoteType(r.type())}}, text, site.origin);
  };
  if (!l.type().Is(TypeKind::kArray) || !r.type().Is(TypeKind::kArray)) return fail();
  if (!plan::SameTypeIgnoringNullability(l.type(), r.type())) {
    auto common = WiderTypeWithoutStrings(l.type(), r.type(), resolver.rules());
    if (!common && resolver.is_ansi()) common = WiderType(l.type(), r.type(), resolver.rules());
    if (!common) return fail();
    l = resolver.Cast(l, DataType::Array(common->element(), l.type().contains_null()));
    r = resolver.Cast(r, DataType::Array(common->element(), r.type().contains_null()));
  }
  const bool nullable = l.nullable() || r.nullable();
  if (name == "arrays_overlap") {
    return resolver.Call(name, site.arguments, DataType::Boolean(), nullable || l.type().contains_null() || r.type().contains_null(), text, site.origin);
  }
  const bool contains_null = name == "array_union" ? l.type().contains_null() || r.type().contains_null() : name == "array_intersect" ? l.type().contains_null() && r.type().contains_null() : l.type().contains_null();
  return resolver.Call(name, site.arguments, DataType::Array(l.type().element(), contains_null), nullable, text, site.origin);
}

// An array and a value of its element type; false when they cannot meet.
bool MeetElement(CallSite& site, size_t array_index, size_t value_index) {
  Bound& array = site.arguments[array_index];
  Bound& value = site.arguments[value_index];
  if (!array.type().Is(TypeKind::kArray)) return false;
  const DataType element = array.type().element();
  if (plan::SameTypeIgnoringNullability(element, value.type())) return true;
  auto common = WiderTypeWithoutStrings(element, value.type(), site.resolver.rules());
  if (!common && site.resolver.is_ansi() && false) common = WiderType(element, value.type(), site.resolver.rules());
  if (!common) return false;
  array = site.resolver.Cast(array, DataType::Array(*common, array.type().contains_null()));
  value = site.resolver.Cast(value, *common);
  return true;
}

Result<Bound> ArrayAndValue(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText(site.name, Texts(site));
  const std::string_view name = NameOf(site);
  Bound& array = site.arguments[0];
  Bound& value = site.arguments[1];
  const bool grows = name == "array_append" || name == "array_prepend";
  if (array.type().Is(TypeKind::kNull) && grows) array = resolver.Cast(array, DataType::Array(value.type()));
  if (!array.type().Is(TypeKind::kArray)) {
    if (name == "array_contains" || name == "array_position" || name == "array_remove") {
      if (array.type().Is(TypeKind::kNull) || value.type().Is(TypeKind::kNull)) return resolver.Mismatch("NULL_TYPE", {{"functionName", QuoteName(site.name)}}, text, site.origin);
    }
    return resolver.Mismatch("ARRAY_FUNCTION_DIFF_TYPES", {{"functionName", QuoteName(site.name)}, {"dataType", "\"ARRAY\""}, {"leftType", QuoteType(array.type())}, {"rightType", QuoteType(value.type())}}, text, site.origin);
  }
  if (value.type().Is(TypeKind::kNull) && !grows) return resolver.Mismatch("NULL_TYPE", {{"functionName", QuoteName(site.name)}}, text, site.origin);
  const DataType left = array.type(), right = value.type();
  if (!MeetElement(site, 0, 1)) {
    return resolver.Mismatch("ARRAY_FUNCTION_DIFF_TYPES", {{"functionName", QuoteName(site.name)}, {"dataType", "\"ARRAY\""}, {"leftType", QuoteType(left)}, {"rightType", QuoteType(right)}}, text, site.origin);
  }
  if (!IsOrderable(array.type().element()) && !grows) return resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", QuoteName(site.name)}, {"dataType", QuoteType(array.type().element())}}, text, site.origin);
  const bool nullable = AnyNullable(site.arguments);
  if (name == "array_contains") return resolver.Call(name, site.arguments, DataType::Boolean(), nullable || array.type().contains_null(), text, site.origin);
  if (name == "array_position") return resolver.Call(name, site.arguments, DataType::Long(), nullable, text, site.origin);
  if (grows) return resolver.Call(name, site.arguments, DataType::Array(array.type().element(), true), array.nullable(), text, site.origin);
  return resolver.Call(name, site.arguments, array.type(), nullable, text, site.origin);
}

Result<Bound> ArrayInsert(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText(site.name, Texts(site));
  Bound& array = site.arguments[0];
  Bound& position = site.arguments[1];
  const DataType left = array.type(), right = site.arguments[2].type();
  if (array.type().Is(TypeKind::kNull)) array = resolver.Cast(array, DataType::Array(right));
  if (!array.type().Is(TypeKind::kArray) || !MeetElement(site, 0, 2)) {
    return resolver.Mismatch("ARRAY_FUNCTION_DIFF_TYPES", {{"functionName", "`array_insert`"}, {"dataType", "\"ARRAY\""}, {"leftType", QuoteType(left)}, {"rightType", QuoteType(right)}}, text, site.origin);
  }
  auto index = ImplicitCastType(position.type(), *ParseTypeSpec("int"), resolver.is_ansi());
  if (!index || position.type().IsStringLike()) return resolver.UnexpectedType(text, 1, "\"INT\"", position, site.origin);
  position = resolver.Cast(position, *index);
  return resolver.Call("array_insert", site.arguments, DataType::Array(array.type().element(), true), array.nullable() || position.nullable(), text, site.origin);
}

Result<Bound> ElementAt(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText(site.name, Texts(site));
  Bound& container = site.arguments[0];
  Bound& key = site.arguments[1];
  const bool is_try = (site.entry.flags & kTry) != 0;
  const DataType type = container.type();
  if (type.Is(TypeKind::kArray)) {
    if (!key.type().IsIntegral() || key.type().Is(TypeKind::kLong)) {
      auto index = key.type().Is(TypeKind::kNull) || key.type().IsStringLike() ? std::optional(DataType::Int()) : std::nullopt;
      if (!index || (key.type().IsStringLike() && !resolver.is_ansi() && false)) {
        return resolver.UnexpectedType(text, 1, "\"INT\"", key, site.origin);
      }
      key = resolver.Cast(key, *index);
    }
    key = resolver.Cast(key, DataType::Int());
    bool nullable = true;
    const auto* index = key.expression->As<Literal>();
    if (const auto* array = container.expression->As<plan::ResolvedCall>(); array != nullptr && array->function == "array" && index != nullptr && !index->IsNull()) {
      const int64_t at = std::get<int64_t>(index->value);
      const auto size = static_cast<int64_t>(array->arguments.size());
      if (at != 0 && std::abs(at) <= size) nullable = array->arguments[static_cast<size_t>(at > 0 ? at - 1 : size + at)]->nullable;
    }
    return resolver.Call("element_at", {container, key}, type.element(), nullable, text, site.origin, site.entry.flags & kTry);
  }
  if (type.Is(TypeKind::kMap)) {
    auto common = plan::SameTypeIgnoringNullability(type.key(), key.type()) ? std::optional(type.key()) : WiderTypeWithoutStrings(type.key(), key.type(), resolver.rules());
    if (!common) {
      return resolver.Mismatch("MAP_FUNCTION_DIFF_TYPES", {{"functionName", QuoteName(is_try ? "try_element_at" : "element_at")}, {"dataType", "\"MAP\""}, {"leftType", QuoteType(type)}, {"rightType", QuoteType(key.type())}}, text, site.origin);
    }
    const Bound map = resolver.Cast(container, DataType::Map(*common, type.value(), type.value_contains_null()));
    return resolver.Call("element_at", {map, resolver.Cast(key, *common)}, type.value(), true, text, site.origin, site.entry.flags & kTry);
  }
  return resolver.UnexpectedType(text, 0, "(\"ARRAY\" or \"MAP\")", container, site.origin);
}

Result<Bound> Get(CallSite& site) {
  const TextPtr text = CallText("get", Texts(site));
  const DataType type = site.arguments[0].type();
  const DataType element = type.Is(TypeKind::kArray) ? DataType(type.element()) : DataType::Null();
  return site.resolver.Call("get", site.arguments, element, true, text, site.origin, kTry);
}

Result<Bound> Size(CallSite& site) {
  const DataType& type = site.arguments[0].type();
  const TextPtr text = CallText(site.name, Texts(site));
  if (type.Is(TypeKind::kNull)) site.arguments[0] = site.resolver.Cast(site.arguments[0], DataType::Array(DataType::Null()));
  const bool minus_one = !site.resolver.is_ansi() && site.resolver.IsSet("spark.sql.legacy.sizeOfNull");
  Bound call = site.resolver.Call("size", site.arguments, DataType::Int(), minus_one ? false : site.arguments[0].nullable(), text, site.origin);
  if (!minus_one) return call;
  auto copy = *call.expression->As<plan::ResolvedCall>();
  copy.settings["size_of_null"] = "-1";
  call.expression = plan::MakeResolved(std::move(copy), DataType::Int(), false, site.origin);
  return call;
}

Result<Bound> ExtremeOf(CallSite& site) {
  const DataType type = site.arguments[0].type();
  const TextPtr text = CallText(site.name, Texts(site));
  if (!IsOrderable(type.element())) return site.resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", QuoteName(site.name)}, {"dataType", QuoteType(type)}}, text, site.origin);
  return site.resolver.Call(NameOf(site), site.arguments, type.element(), true, text, site.origin);
}

Result<Bound> SortArray(CallSite& site) {
  const TextPtr text = CallText("sort_array", Texts(site));
  const DataType type = site.arguments[0].type();
  if (!IsOrderable(type.element())) return site.resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", "`sort_array`"}, {"dataType", QuoteType(type)}}, text, site.origin);
  if (!Resolver::IsFoldable(*site.arguments[1].expression)) {
    return site.resolver.Mismatch("UNEXPECTED_INPUT_TYPE", {{"paramIndex", "second"}, {"requiredType", "\"BOOLEAN\""}, {"inputSql", QuoteExpression(site.arguments[1].text->Pretty())}, {"inputType", QuoteType(site.arguments[1].type())}}, text, site.origin);
  }
  return site.resolver.Call("sort_array", site.arguments, type, site.arguments[0].nullable(), text, site.origin);
}

Result<Bound> Sequence(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("sequence", Texts(site));
  std::vector<Bound>& a = site.arguments;
  auto wrong = [&]() {
    return resolver.Mismatch("SEQUENCE_WRONG_INPUT_TYPES", {{"functionName", "`sequence`"}, {"startType", "(\"TIMESTAMP\" or \"TIMESTAMP_NTZ\" or \"DATE\")"}, {"stepType", "(\"INTERVAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")"}, {"otherStartType", "\"INTEGRAL\""}}, text, site.origin);
  };
  const bool with_strings = a[0].type().IsStringLike() || a[1].type().IsStringLike();
  std::optional<DataType> common = a[0].type() == a[1].type() ? std::optional(a[0].type()) : with_strings && resolver.is_ansi() ? WiderType(a[0].type(), a[1].type(), resolver.rules()) : TightestCommonType(a[0].type(), a[1].type(), resolver.rules());
  if (!common) return wrong();
  a[0] = resolver.Cast(a[0], *common);
  a[1] = resolver.Cast(a[1], *common);
  if (common->IsIntegral()) {
    if (a.size() == 3) {
      if (a[2].type().IsStringLike() && resolver.is_ansi()) a[2] = resolver.Cast(a[2], *common);
      auto step = TightestCommonType(*common, a[2].type(), resolver.rules());
      if (!step || !step->IsIntegral()) return wrong();
      for (Bound& one : a) one = resolver.Cast(one, *step);
      common = step;
    }
  } else if (common->IsDatetime()) {
    if (a.size() == 3 && !a[2].type().IsAnsiInterval() && !a[2].type().Is(TypeKind::kCalendarInterval)) return wrong();
  } else {
    return wrong();
  }
  return resolver.Call("sequence", a, DataType::Array(*common, false), AnyNullable(a), text, site.origin, kZone);
}

Result<Bound> Flatten(CallSite& site) {
  const DataType type = site.arguments[0].type();
  const TextPtr text = CallText("flatten", Texts(site));
  if (!type.Is(TypeKind::kArray) || !type.element().Is(TypeKind::kArray)) return site.resolver.UnexpectedType(text, 0, "\"ARRAY\" of \"ARRAY\"", site.arguments[0], site.origin);
  return site.resolver.Call("flatten", site.arguments, type.element(), site.arguments[0].nullable() || type.contains_null(), text, site.origin);
}

Result<Bound> ArraysZip(CallSite& site) {
  std::vector<plan::StructField> fields;
  const TextPtr text = CallText("arrays_zip", Texts(site));
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    const Bound& one = site.arguments[i];
    std::string name = std::to_string(i);
    if (const auto* column = one.expression->As<plan::ColumnReference>()) name = column->name;
    if (const auto* call = one.expression->As<plan::ResolvedCall>(); call != nullptr && call->function == "get_field") {
      const std::string shown = one.text->Pretty();
      name = shown.substr(shown.rfind('.') + 1);
    }
    fields.push_back({name, one.type().element(), true, ""});
  }
  return site.resolver.Call("arrays_zip", site.arguments, DataType::Array(DataType::Struct(fields), false), AnyNullable(site.arguments), text, site.origin);
}

Result<Bound> ArrayRepeat(CallSite& site) {
  const DataType type = DataType::Array(site.arguments[0].type(), site.arguments[0].nullable());
  return site.resolver.Call("array_repeat", site.arguments, type, site.arguments[1].nullable(), CallText("array_repeat", Texts(site)), site.origin);
}

Result<Bound> ArrayJoin(CallSite& site) {
  const TextPtr text = CallText("array_join", Texts(site));
  Bound& array = site.arguments[0];
  const DataType wanted = array.type().Is(TypeKind::kArray) ? DataType::Array(DataType::String(), array.type().contains_null()) : DataType::Array(DataType::String());
  const bool castable = array.type().Is(TypeKind::kNull) || (array.type().Is(TypeKind::kArray) && !array.type().element().IsNested() && !array.type().element().Is(TypeKind::kCalendarInterval));
  const bool binary_in_ansi = false;
  if (!castable || binary_in_ansi) return site.resolver.UnexpectedType(text, 0, "\"ARRAY<STRING>\"", array, site.origin);
  array = site.resolver.Cast(array, wanted);
  return site.resolver.Call("array_join", site.arguments, DataType::String(), AnyNullable(site.arguments), text, site.origin);
}

constexpr FunctionEntry kEntries[] = {
    {.names = "array", .args = "expr:any...", .build = Array},
    {.names = "array_append", .args = "array:any,element:any", .build = ArrayAndValue},
    {.names = "array_prepend", .args = "array:any,element:any", .build = ArrayAndValue},
    {.names = "array_compact", .args = "array:array", .result = "array<$1.element>"},
    {.names = "array_contains", .args = "array:any,value:any", .build = ArrayAndValue},
    {.names = "array_distinct", .args = "array:array", .result = "$1"},
    {.names = "array_except", .args = "array1:any,array2:any", .build = TwoArrays},
    {.names = "array_insert", .args = "x:any,pos:any,val:any", .build = ArrayInsert},
    {.names = "array_intersect", .args = "array1:any,array2:any", .build = TwoArrays},
    {.names = "array_join", .args = "array:any,delimiter:string,nullReplacement:string?", .build = ArrayJoin},
    {.names = "array_max", .args = "array:array", .build = ExtremeOf},
    {.names = "array_min", .args = "array:array", .build = ExtremeOf},
    {.names = "array_position", .args = "array:any,element:any", .build = ArrayAndValue},
    {.names = "array_remove", .args = "array:any,element:any", .build = ArrayAndValue},
    {.names = "array_repeat", .args = "element:any,count:int", .build = ArrayRepeat},
    {.names = "array_size", .args = "expr:array", .result = "int"},
    {.names = "array_union", .args = "array1:any,array2:any", .build = TwoArrays},
    {.names = "arrays_overlap", .args = "a1:any,a2:any", .build = TwoArrays},
    {.names = "arrays_zip", .args = "a:array...", .build = ArraysZip},
    {.names = "element_at", .args = "collection:any,key:any", .build = ElementAt},
    {.names = "try_element_at", .args = "collection:any,key:any", .flags = kTry, .kernel = "element_at", .build = ElementAt},
    {.names = "flatten", .args = "array:any", .build = Flatten},
    {.names = "get", .args = "array:array,index:integral", .build = Get},
    {.names = "reverse", .args = "expr:string|array", .result = "$1"},
    {.names = "sequence", .args = "start:any,stop:any,step:any?", .build = Sequence},
    {.names = "shuffle", .args = "array:array,seed:int|bigint?", .result = "$1", .flags = kRandom},
    {.names = "size cardinality*", .args = "expr:array|map", .build = Size},
    {.names = "slice", .args = "x:array,start:int,length:int", .result = "$1"},
    {.names = "sort_array", .args = "array:array,ascendingOrder:boolean?=true", .build = SortArray},
};

}  // namespace

std::span<const FunctionEntry> CollectionFunctions() { return kEntries; }

}  // namespace crannog::analyze
