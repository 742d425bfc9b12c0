#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Text and binaries. Source: Spark 4.1 stringExpressions.scala, regexpExpressions.scala, numberFormatExpressions.scala, maskExpressions.scala.
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

Result<Bound> Concat(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("concat", Texts(site));
  std::vector<Bound>& a = site.arguments;
  if (a.empty()) return resolver.Call("concat", {}, DataType::String(), false, text, site.origin);
  const bool has_array = std::any_of(a.begin(), a.end(), [](const Bound& one) { return one.type().Is(TypeKind::kArray); });
  if (has_array) {
    std::vector<DataType> types;
    for (const Bound& one : a) types.push_back(one.type());
    auto common = WiderType(types, resolver.rules());
    if (!common || !common->Is(TypeKind::kArray)) {
      std::string list;
      for (size_t i = 0; i < a.size(); ++i) {
        if (!types[i].Is(TypeKind::kArray) && !types[i].IsStringLike() && !types[i].Is(TypeKind::kBinary)) {
          return resolver.UnexpectedType(text, i, "(\"STRING\" or \"BINARY\" or \"ARRAY\")", a[i], site.origin);
        }
        list += (list.empty() ? "" : " or ") + QuoteType(types[i]);
      }
      return resolver.Mismatch("DATA_DIFF_TYPES", {{"functionName", "`concat`"}, {"dataType", "(" + list + ")"}}, text, site.origin);
    }
    for (Bound& one : a) one = resolver.Cast(one, *common);
    return resolver.Call("concat", a, *common, AnyNullable(a), text, site.origin);
  }
  const bool all_binary = std::all_of(a.begin(), a.end(), [](const Bound& one) { return one.type().Is(TypeKind::kBinary); });
  if (all_binary && !resolver.IsSet("spark.sql.function.concatBinaryAsString")) return resolver.Call("concat", a, DataType::Binary(), AnyNullable(a), text, site.origin);
  for (size_t i = 0; i < a.size(); ++i) {
    auto type = ImplicitCastType(a[i].type(), *ParseTypeSpec("string"), resolver.is_ansi());
    if (a[i].type().Is(TypeKind::kBinary)) type = DataType::String();
    if (!type) return resolver.UnexpectedType(text, i, "(\"STRING\" or \"BINARY\" or \"ARRAY\")", a[i], site.origin);
    a[i] = resolver.Cast(a[i], *type);
  }
  return resolver.Call("concat", a, DataType::String(), AnyNullable(a), text, site.origin);
}

Result<Bound> ConcatWs(CallSite& site) {
  const TextPtr text = CallText("concat_ws", Texts(site));
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    Bound& one = site.arguments[i];
    const bool is_array = i > 0 && one.type().Is(TypeKind::kArray) && (one.type().element().IsStringLike() || one.type().element().Is(TypeKind::kNull));
    if (is_array) {
      one = site.resolver.Cast(one, DataType::Array(DataType::String(), one.type().contains_null()));
      continue;
    }
    auto type = ImplicitCastType(one.type(), *ParseTypeSpec("string"), site.resolver.is_ansi());
    if (!type) return site.resolver.UnexpectedType(text, i, i == 0 ? "\"STRING\"" : "(\"ARRAY<STRING>\" or \"STRING\")", one, site.origin);
    one = site.resolver.Cast(one, *type);
  }
  return site.resolver.Call("concat_ws", site.arguments, DataType::String(), site.arguments[0].nullable(), text, site.origin);
}

Result<Bound> Elt(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("elt", Texts(site));
  auto index = ImplicitCastType(site.arguments[0].type(), *ParseTypeSpec("int"), resolver.is_ansi());
  if (!index) return resolver.UnexpectedType(text, 0, "\"INT\"", site.arguments[0], site.origin);
  site.arguments[0] = resolver.Cast(site.arguments[0], *index);
  const bool all_binary = std::all_of(site.arguments.begin() + 1, site.arguments.end(), [](const Bound& one) { return one.type().Is(TypeKind::kBinary); });
  const DataType type = all_binary && !resolver.IsSet("spark.sql.function.eltOutputAsString") ? DataType::Binary() : DataType::String();
  for (size_t i = 1; i < site.arguments.size(); ++i) {
    auto cast = type.Is(TypeKind::kBinary) ? std::optional(type) : site.arguments[i].type().Is(TypeKind::kBinary) ? std::optional(type) : ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec("string"), resolver.is_ansi());
    if (!cast) return resolver.UnexpectedType(text, i, "\"STRING\" or \"BINARY\"", site.arguments[i], site.origin);
    site.arguments[i] = resolver.Cast(site.arguments[i], *cast);
  }
  return resolver.Call("elt", site.arguments, type, true, text, site.origin);
}

// decode(expr, search, result, …, [default]) or decode(binary, charset).
Result<Bound> Decode(CallSite& site) {
  Resolver& resolver = site.resolver;
  const TextPtr text = CallText("decode", Texts(site));
  std::vector<Bound>& a = site.arguments;
  if (a.size() == 2) {
    auto first = ImplicitCastType(a[0].type(), *ParseTypeSpec("binary"), resolver.is_ansi());
    auto second = ImplicitCastType(a[1].type(), *ParseTypeSpec("string"), resolver.is_ansi());
    if (!first) return resolver.UnexpectedType(text, 0, "\"BINARY\"", a[0], site.origin);
    if (!second) return resolver.UnexpectedType(text, 1, "\"STRING\"", a[1], site.origin);
    return resolver.Call("decode", {resolver.Cast(a[0], *first), resolver.Cast(a[1], *second)}, DataType::String(), true, text, site.origin);
  }
  std::vector<Bound> cases;
  for (size_t i = 1; i + 1 < a.size(); i += 2) {
    TRY(Bound equal, resolver.CallBuiltin("<=>", {a[0], a[i]}, site.origin));
    cases.push_back(std::move(equal));
    cases.push_back(a[i + 1]);
  }
  if (a.size() % 2 == 0) cases.push_back(a.back());
  TRY(Bound result, resolver.CallBuiltin("when", std::move(cases), site.origin));
  result.text = text;
  return result;
}

Result<Bound> Trim(CallSite& site) {
  // trim(str), or the parser's trim(trim characters, str) form: Spark's order of arguments is str, characters.
  const std::string_view name = site.entry.names;
  TextPtr text = CallText(site.name, Texts(site));
  if (site.arguments.size() == 2 && name != "btrim") {
    const char* where = name == "trim" ? "BOTH " : name == "ltrim" ? "LEADING " : "TRAILING ";
    text = SpliceText({MakeText("TRIM("), MakeText(where), site.arguments[1].text, MakeText(" FROM "), site.arguments[0].text, MakeText(")")});
  }
  const DataType type = site.arguments[0].type().Is(TypeKind::kBinary) ? DataType::Binary() : DataType::String();
  return site.resolver.Call(name, site.arguments, type, AnyNullable(site.arguments), text, site.origin);
}

Result<Bound> LeftTrimByName(CallSite& site) { return Trim(site); }

Result<Bound> StringLocate(CallSite& site) {
  return site.resolver.Call("locate", site.arguments, DataType::Int(), AnyNullable(site.arguments), CallText(site.name, Texts(site)), site.origin);
}

Result<Bound> Substring(CallSite& site) {
  if (site.arguments.size() == 2) site.arguments.push_back(site.resolver.LiteralBound(Literal::Int(2147483647)));
  const DataType type = site.arguments[0].type().Is(TypeKind::kBinary) ? DataType::Binary() : DataType::String();
  std::vector<TextPtr> texts = Texts(site);
  return site.resolver.Call("substring", site.arguments, type, AnyNullable(site.arguments), CallText(site.name, texts), site.origin);
}

Result<Bound> Pad(CallSite& site) {
  Resolver& resolver = site.resolver;
  const bool binary = site.arguments[0].type().Is(TypeKind::kBinary) && (site.arguments.size() == 2 || site.arguments[2].type().Is(TypeKind::kBinary));
  if (site.arguments.size() == 2) {
    Literal fill = binary ? Literal{DataType::Binary(), std::string(1, '\0')} : Literal::String(" ");
    site.arguments.push_back(resolver.LiteralBound(std::move(fill)));
  }
  const TextPtr text = CallText(site.name, Texts(site));
  for (size_t i : {size_t{0}, size_t{2}}) {
    auto type = binary ? std::optional(site.arguments[i].type()) : ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec("string"), resolver.is_ansi());
    if (!type) return resolver.UnexpectedType(text, i, "\"STRING\"", site.arguments[i], site.origin);
    site.arguments[i] = resolver.Cast(site.arguments[i], *type);
  }
  return resolver.Call(site.entry.names, site.arguments, binary ? DataType::Binary() : DataType::String(), AnyNullable(site.arguments), text, site.origin);
}

Result<Bound> FormatString(CallSite& site) {
  const TextPtr text = CallText(site.name, Texts(site));
  if (!site.arguments[0].type().IsStringLike() && !site.arguments[0].type().Is(TypeKind::kNull)) {
    return site.resolver.UnexpectedType(text, 0, "\"STRING\"", site.arguments[0], site.origin);
  }
  if (const auto* format = site.arguments[0].expression->As<Literal>(); format != nullptr && !format->IsNull() && std::get<std::string>(format->value).find("%0$") != std::string::npos) {
    return site.resolver.Fail("INVALID_PARAMETER_VALUE.ZERO_INDEX", {{"functionName", "`format_string`"}, {"parameter", "`strfmt`"}}, site.origin);
  }
  return site.resolver.Call("format_string", site.arguments, DataType::String(), site.arguments[0].nullable(), text, site.origin);
}

// The decimal that a number format describes: digits before and after D or ".".
DataType NumberFormatType(const std::string& format) {
  int before = 0, after = 0;
  bool fraction = false;
  for (char c : format) {
    if (c == '.' || c == 'D' || c == 'd') fraction = true;
    if (c == '9' || c == '0') (fraction ? after : before)++;
  }
  return DataType::Decimal(std::clamp(before + after, 1, 38), std::min(after, 38));
}

Result<Bound> ToNumber(CallSite& site) {
  const TextPtr text = CallText(site.name, Texts(site));
  TRY(auto format, site.resolver.Evaluate(site.arguments[1]));
  const bool is_try = (site.entry.flags & kTry) != 0;
  DataType type = DataType::Decimal(38, 18);
  if (format && !format->IsNull()) type = NumberFormatType(std::get<std::string>(format->value));
  return site.resolver.Call("to_number", site.arguments, type, AnyNullable(site.arguments) || is_try, text, site.origin, site.entry.flags & kTry);
}

// to_char of numbers, dates and binaries.
Result<Bound> ToChar(CallSite& site) {
  Resolver& resolver = site.resolver;
  const DataType& type = site.arguments[0].type();
  const TextPtr text = CallText(type.IsDatetime() ? "date_format" : "to_char", Texts(site));
  if (type.IsDatetime()) {
    auto stamp = ImplicitCastType(type, *ParseTypeSpec("timestamp"), resolver.is_ansi());
    const Bound value = type.Is(TypeKind::kTimestampNtz) ? site.arguments[0] : resolver.Cast(site.arguments[0], *stamp);
    return resolver.Call("date_format", {value, resolver.Cast(site.arguments[1], DataType::String())}, DataType::String(), AnyNullable(site.arguments), text, site.origin, kZone | kTimeParser);
  }
  if (type.Is(TypeKind::kBinary)) {
    TRY(auto format, resolver.Evaluate(site.arguments[1]));
    if (!format) return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`format`"}, {"inputType", QuoteType(site.arguments[1].type())}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
    if (format->IsNull()) return resolver.LiteralBound(Literal::Null(DataType::String()));
    const std::string name = ToLower(std::get<std::string>(format->value));
    if (name == "base64" || name == "hex") return resolver.Call(name, {site.arguments[0]}, DataType::String(), site.arguments[0].nullable(), text, site.origin);
    if (name == "utf-8") return resolver.Call("decode", {site.arguments[0], resolver.LiteralBound(Literal::String("UTF-8"))}, DataType::String(), true, text, site.origin);
    return resolver.Fail("INVALID_PARAMETER_VALUE.BINARY_FORMAT", {{"functionName", QuoteName(site.name)}, {"parameter", "`format`"}, {"invalidFormat", "'" + std::get<std::string>(format->value) + "'"}}, site.origin);
  }
  Bound value = site.arguments[0];
  auto decimal = ImplicitCastType(type, *ParseTypeSpec("decimal"), resolver.is_ansi());
  if (!decimal) return resolver.UnexpectedType(text, 0, "\"DECIMAL\"", value, site.origin);
  if (!Resolver::IsFoldable(*site.arguments[1].expression)) {
    return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`format`"}, {"inputType", "\"STRING\""}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
  }
  return resolver.Call("to_char", {resolver.Cast(value, *decimal), site.arguments[1]}, DataType::String(), AnyNullable(site.arguments), text, site.origin);
}

Result<Bound> ToBinary(CallSite& site) {
  Resolver& resolver = site.resolver;
  const bool is_try = (site.entry.flags & kTry) != 0;
  const TextPtr text = CallText(site.name, Texts(site));
  std::string format = "hex";
  if (site.arguments.size() == 2) {
    TRY(auto value, resolver.Evaluate(site.arguments[1]));
    if (!value) return resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", "`fmt`"}, {"inputType", "\"STRING\""}, {"inputExpr", QuoteExpression(site.arguments[1].text->Pretty())}}, text, site.origin);
    if (value->IsNull()) return Bound{plan::MakeResolved(Literal::Null(DataType::Binary()), DataType::Binary(), true, site.origin), text};
    const std::string shown = value->type.IsStringLike() ? std::get<std::string>(value->value) : site.arguments[1].text->Pretty();
    format = ToLower(shown);
    if (format != "hex" && format != "utf-8" && format != "utf8" && format != "base64") {
      if (is_try) return Bound{plan::MakeResolved(Literal::Null(DataType::Binary()), DataType::Binary(), true, site.origin), text};
      return resolver.Mismatch("INVALID_ARG_VALUE", {{"inputName", "fmt"}, {"requireType", "case-insensitive \"STRING\""}, {"validValues", "'hex', 'utf-8', 'utf8', or 'base64'"}, {"inputValue", "'" + shown + "'"}}, text, site.origin);
    }
  }
  Bound value = site.arguments[0];
  auto type = ImplicitCastType(value.type(), *ParseTypeSpec("string"), resolver.is_ansi());
  if (!type) return resolver.UnexpectedType(text, 0, "\"STRING\"", value, site.origin);
  value = resolver.Cast(value, *type);
  return resolver.Call("to_binary", {value, resolver.LiteralBound(Literal::String(format))}, DataType::Binary(), true, text, site.origin, site.entry.flags & kTry);
}

Result<Bound> Mask(CallSite& site) {
  static constexpr const char* kDefaults[] = {"", "X", "x", "n", ""};
  static constexpr const char* kNames[] = {"str", "upperChar", "lowerChar", "digitChar", "otherChar"};
  for (size_t i = site.arguments.size(); i < 5; ++i) {
    site.arguments.push_back(i < 4 ? site.resolver.LiteralBound(Literal::String(kDefaults[i])) : site.resolver.LiteralBound(Literal::Null()));
  }
  if (site.call != nullptr && site.unresolved.size() > 1) {
    for (size_t i = 1; i < 4 && i < site.unresolved.size(); ++i) {
      const auto* call = site.unresolved[i] != nullptr ? site.unresolved[i]->As<plan::FunctionCall>() : nullptr;
      if (call != nullptr && call->name.parts.back() == "default_argument") site.arguments[i] = site.resolver.LiteralBound(Literal::String(kDefaults[i]));
    }
  }
  const TextPtr text = CallText("mask", Texts(site));
  for (size_t i = 0; i < 5; ++i) {
    auto type = ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec("string"), site.resolver.is_ansi());
    if (!type) return site.resolver.UnexpectedType(text, i, "\"STRING\"", site.arguments[i], site.origin);
    site.arguments[i] = site.resolver.Cast(site.arguments[i], *type);
    if (i == 0) continue;
    if (!Resolver::IsFoldable(*site.arguments[i].expression)) {
      return site.resolver.Mismatch("NON_FOLDABLE_INPUT", {{"inputName", QuoteName(kNames[i])}, {"inputType", "\"STRING\""}, {"inputExpr", QuoteExpression(site.arguments[i].text->Pretty())}}, text, site.origin);
    }
    if (const auto* literal = site.arguments[i].expression->As<Literal>(); literal != nullptr && !literal->IsNull()) {
      const auto& value = std::get<std::string>(literal->value);
      const auto count = std::count_if(value.begin(), value.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      if (count != 1) return site.resolver.Mismatch("INPUT_SIZE_NOT_ONE", {{"exprName", kNames[i]}}, text, site.origin);
    }
  }
  return site.resolver.Call("mask", site.arguments, DataType::String(), true, text, site.origin);
}

Result<Bound> Collate(CallSite& site) {
  TRY(auto name, site.resolver.Evaluate(site.arguments[1]));
  const TextPtr text = CallText("collate", {site.arguments[0].text, MakeText(name && !name->IsNull() ? std::get<std::string>(name->value) : "")});
  if (!name || name->IsNull()) return site.resolver.Mismatch("UNEXPECTED_NULL", {{"exprName", "`collation`"}}, text, site.origin);
  std::string collation = ToUpper(std::get<std::string>(name->value));
  if (collation == "UTF8_BINARY") collation.clear();
  if (!collation.empty() && !collation.starts_with("UTF8_") && !collation.starts_with("UNICODE") && collation.size() > 24) {
    return site.resolver.Fail("COLLATION_INVALID_NAME", {{"proposals", "UNICODE"}, {"collationName", std::get<std::string>(name->value)}}, site.origin);
  }
  const Bound value = site.resolver.Cast(site.arguments[0], DataType::String());
  return Bound{plan::MakeResolved(plan::ResolvedCall{"collate", {value.expression, site.arguments[1].expression}, plan::EvalMode::kAnsi, {}}, DataType::String(collation), value.nullable(), site.origin), text};
}

Result<Bound> Collation(CallSite& site) {
  const std::string name = site.arguments[0].type().collation().empty() ? "UTF8_BINARY" : site.arguments[0].type().collation();
  Bound value = site.resolver.LiteralBound(Literal::String("SYSTEM.BUILTIN." + name), site.origin);
  value.text = CallText("collation", Texts(site));
  return value;
}

constexpr FunctionEntry kEntries[] = {
    {.names = "ascii", .args = "str:string", .result = "int", .usage = "Code point of the first character."},
    {.names = "base64", .args = "bin:binary", .result = "string", .usage = "Base64 of a binary."},
    {.names = "unbase64", .args = "str:string", .result = "binary", .nulls = NullRule::kAlways, .usage = "Binary of base64."},
    {.names = "bit_length", .args = "expr:string|binary", .result = "int", .usage = "Length in bits."},
    {.names = "octet_length", .args = "expr:string|binary", .result = "int", .usage = "Length in bytes."},
    {.names = "length char_length* character_length* len*", .args = "expr:string|binary", .result = "int", .usage = "Length in characters or bytes."},
    {.names = "chr char*", .args = "expr:bigint", .result = "string", .usage = "Character of a code point."},
    {.names = "concat", .args = "col:any...", .build = Concat, .usage = "Joins texts, binaries or arrays."},
    {.names = "concat_ws", .args = "sep:any,str:any...", .build = ConcatWs, .usage = "Joins texts with a separator, skipping NULLs."},
    {.names = "contains", .args = "left:string|binary,right:string|binary", .result = "boolean", .usage = "Tells whether a text is inside another."},
    {.names = "startswith", .args = "left:string|binary,right:string|binary", .result = "boolean"},
    {.names = "endswith", .args = "left:string|binary,right:string|binary", .result = "boolean"},
    {.names = "decode", .args = "expr:any,search:any,more:any...", .build = Decode},
    {.names = "encode", .args = "str:string,charset:string", .result = "binary", .nulls = NullRule::kAlways},
    {.names = "elt", .args = "n:any,input:any,more:any...", .build = Elt},
    {.names = "find_in_set", .args = "str:string,str_array:string", .result = "int"},
    {.names = "format_number", .args = "expr:numeric,format:int|string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "format_string printf*", .args = "strfmt:any,obj:any...", .build = FormatString},
    {.names = "initcap", .args = "str:string", .result = "string"},
    {.names = "instr", .args = "str:string,substr:string", .result = "int"},
    {.names = "is_valid_utf8", .args = "str:string", .result = "boolean", .nulls = NullRule::kAlways},
    {.names = "make_valid_utf8", .args = "str:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "validate_utf8", .args = "str:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "try_validate_utf8", .args = "str:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "left", .args = "str:string|binary,len:int", .result = "$1"},
    {.names = "right", .args = "str:string,len:int", .result = "string", .nulls = NullRule::kAlways},
    {.names = "levenshtein", .args = "left:string,right:string,threshold:int?", .result = "int"},
    {.names = "locate position*", .args = "substr:string,str:string,pos:int?=1", .build = StringLocate},
    {.names = "lower lcase*", .args = "str:string", .result = "string"},
    {.names = "upper ucase*", .args = "str:string", .result = "string"},
    {.names = "lpad", .args = "str:any,len:int,pad:any?", .build = Pad},
    {.names = "rpad", .args = "str:any,len:int,pad:any?", .build = Pad},
    {.names = "trim", .args = "srcStr:string,trimStr:string?", .build = LeftTrimByName},
    {.names = "ltrim", .args = "srcStr:string,trimStr:string?", .build = LeftTrimByName},
    {.names = "rtrim", .args = "srcStr:string,trimStr:string?", .build = LeftTrimByName},
    {.names = "btrim", .args = "srcStr:string|binary,trimStr:string|binary?", .build = Trim},
    {.names = "luhn_check", .args = "str:string", .result = "boolean", .nulls = NullRule::kAlways},
    {.names = "mask", .args = "str:any,upperChar:any?,lowerChar:any?,digitChar:any?,otherChar:any?", .build = Mask},
    {.names = "overlay", .args = "input:string|binary,replace:string|binary,pos:int,len:int?=-1", .result = "$1"},
    {.names = "quote", .args = "str:string", .result = "string"},
    {.names = "regexp_count", .args = "str:string,regexp:string", .result = "int"},
    {.names = "regexp_extract", .args = "str:string,regexp:string,idx:int?=1", .result = "string"},
    {.names = "regexp_extract_all", .args = "str:string,regexp:string,idx:int?=1", .result = "array<string?>"},
    {.names = "regexp_instr", .args = "str:string,regexp:string,idx:int?=0", .result = "int"},
    {.names = "regexp_replace", .args = "str:string,regexp:string,rep:string,position:int?=1", .result = "string"},
    {.names = "regexp_substr", .args = "str:string,regexp:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "repeat", .args = "str:string,n:int", .result = "string"},
    {.names = "replace", .args = "str:string,search:string,replace:string?=''", .result = "string"},
    {.names = "sentences", .args = "str:string,lang:string?='',country:string?=''", .result = "array<array<string>>", .nulls = NullRule::kAlways},
    {.names = "soundex", .args = "str:string", .result = "string"},
    {.names = "space", .args = "n:int", .result = "string"},
    {.names = "split", .args = "str:string,regex:string,limit:int?=-1", .result = "array<string>"},
    {.names = "split_part", .args = "str:string,delimiter:string,partNum:int", .result = "string", .nulls = NullRule::kAlways},
    {.names = "substring substr*", .args = "str:string|binary,pos:int,len:int?", .build = Substring},
    {.names = "substring_index", .args = "str:string,delim:string,count:int", .result = "string"},
    {.names = "to_binary", .args = "str:any,fmt:any?", .build = ToBinary},
    {.names = "try_to_binary", .args = "str:any,fmt:any?", .flags = kTry, .build = ToBinary},
    {.names = "to_char to_varchar", .args = "expr:any,format:string", .build = ToChar},
    {.names = "to_number", .args = "expr:string,fmt:string!", .build = ToNumber},
    {.names = "try_to_number", .args = "expr:string,fmt:string!", .flags = kTry, .build = ToNumber},
    {.names = "translate", .args = "input:string,from:string,to:string", .result = "string"},
    {.names = "collate", .args = "expr:string,collation:string", .build = Collate},
    {.names = "collation", .args = "expr:string", .build = Collation},
    {.names = "parse_url", .args = "url:string,partToExtract:string,key:string?", .result = "string", .nulls = NullRule::kAlways},
    {.names = "try_parse_url", .args = "url:string,partToExtract:string,key:string?", .result = "string", .nulls = NullRule::kAlways, .flags = kTry, .kernel = "parse_url"},
    {.names = "url_decode", .args = "str:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "try_url_decode", .args = "str:string", .result = "string", .nulls = NullRule::kAlways, .flags = kTry, .kernel = "url_decode"},
    {.names = "url_encode", .args = "str:string", .result = "string", .nulls = NullRule::kAlways},
    {.names = "char_type_write_side_check", .args = "str:string,length:int", .result = "string"},
    {.names = "varchar_type_write_side_check", .args = "str:string,length:int", .result = "string"},
};

}  // namespace

std::span<const FunctionEntry> StringFunctions() { return kEntries; }

}  // namespace crannog::analyze
