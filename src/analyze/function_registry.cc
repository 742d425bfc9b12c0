#include "analyze/function_registry.h"

#include <fmt/format.h>

#include <unordered_map>

#include "analyze/functions/families.h"
#include "analyze/type_coercion.h"
#include "base/check.h"

namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::TypeKind;
using Kind = TypeSpec::Kind;

constexpr std::span<const FunctionEntry> (*kFamilies[])() = {
    OperatorFunctions,    MathFunctions,       StringFunctions,      DatetimeFunctions, CollectionFunctions, LambdaFunctions,
    MapStructFunctions,   JsonCsvXmlFunctions, ConditionalFunctions, ConversionFunctions, HashBitwiseFunctions, MiscFunctions,
    VariantFunctions,     AggregateFunctions,  WindowFunctions,      GeneratorFunctions, SketchFunctions};

std::vector<std::string_view> SplitTop(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool is_quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : separator;
    if (c == '\'') is_quoted = !is_quoted;
    if (is_quoted && i < text.size()) continue;
    if (c == '<' || c == '(') ++depth;
    if (c == '>' || c == ')') --depth;
    if (c != separator || (depth != 0 && i < text.size())) continue;
    std::string_view part = text.substr(begin, i - begin);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    parts.push_back(part);
    begin = i + 1;
  }
  return parts;
}

struct NamedSpec {
  std::string_view name;
  Kind kind;
  TypeKind type = TypeKind::kNull;
};

constexpr NamedSpec kNamedSpecs[] = {
    {"any", Kind::kAny},
    {"numeric", Kind::kNumeric},
    {"integral", Kind::kIntegral},
    {"fractional", Kind::kFractional},
    {"decimal", Kind::kDecimal},
    {"string", Kind::kString},
    {"array", Kind::kArray},
    {"map", Kind::kMap},
    {"struct", Kind::kStruct},
    {"anytimestamp", Kind::kAnyTimestamp},
    {"datetime", Kind::kDatetime},
    {"ansiinterval", Kind::kAnsiInterval},
    {"yminterval", Kind::kYearMonthInterval},
    {"dtinterval", Kind::kDayTimeInterval},
    {"time", Kind::kTime},
    {"null", Kind::kConcrete, TypeKind::kNull},
    {"boolean", Kind::kConcrete, TypeKind::kBoolean},
    {"byte", Kind::kConcrete, TypeKind::kByte},
    {"tinyint", Kind::kConcrete, TypeKind::kByte},
    {"short", Kind::kConcrete, TypeKind::kShort},
    {"smallint", Kind::kConcrete, TypeKind::kShort},
    {"int", Kind::kConcrete, TypeKind::kInt},
    {"bigint", Kind::kConcrete, TypeKind::kLong},
    {"float", Kind::kConcrete, TypeKind::kFloat},
    {"double", Kind::kConcrete, TypeKind::kDouble},
    {"binary", Kind::kConcrete, TypeKind::kBinary},
    {"date", Kind::kConcrete, TypeKind::kDate},
    {"timestamp", Kind::kConcrete, TypeKind::kTimestamp},
    {"timestamp_ntz", Kind::kConcrete, TypeKind::kTimestampNtz},
    {"interval", Kind::kConcrete, TypeKind::kCalendarInterval},
    {"variant", Kind::kConcrete, TypeKind::kVariant},
    {"geometry", Kind::kConcrete, TypeKind::kGeometry},
    {"geography", Kind::kConcrete, TypeKind::kGeography},
};

TypeSpec MustParse(std::string_view text) {
  auto spec = ParseTypeSpec(text);
  CHECK(spec.has_value());
  return *std::move(spec);
}

ArgumentSpec ReadArgument(std::string_view text, size_t index) {
  ArgumentSpec argument;
  const size_t colon = text.find(':');
  argument.name = colon == text.npos ? fmt::format("arg{}", index) : std::string(text.substr(0, colon));
  if (colon != text.npos) text.remove_prefix(colon + 1);
  if (const size_t at = text.find("?="); at != text.npos) {
    argument.default_text = text.substr(at + 2);
    argument.is_optional = true;
    text = text.substr(0, at);
  }
  for (bool more = true; more;) {
    more = true;
    if (text.ends_with("...")) {
      argument.is_repeated = true;
      text.remove_suffix(3);
    } else if (text.ends_with('?')) {
      argument.is_optional = true;
      text.remove_suffix(1);
    } else if (text.ends_with('!')) {
      argument.is_foldable = true;
      text.remove_suffix(1);
    } else {
      more = false;
    }
  }
  if (text.starts_with('=')) {
    argument.is_strict = true;
    text.remove_prefix(1);
  }
  argument.type = MustParse(text);
  return argument;
}

Function ReadEntry(const FunctionEntry& entry) {
  Function function;
  function.entry = &entry;
  for (std::string_view rest = entry.names; !rest.empty();) {
    const size_t end = std::min(rest.find(' '), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name.empty()) continue;
    const bool shows_itself = name.size() > 1 && name.ends_with('*');  // "*" alone is multiplication
    function.shows_itself.push_back(shows_itself);
    if (shows_itself) name.remove_suffix(1);
    function.names.emplace_back(name);
  }
  if (!entry.args.empty()) {
    for (std::string_view text : SplitTop(entry.args, ',')) function.arguments.push_back(ReadArgument(text, function.arguments.size()));
  }
  function.argument_count_max = static_cast<int32_t>(function.arguments.size());
  for (const ArgumentSpec& argument : function.arguments) {
    if (argument.is_repeated) function.argument_count_max = -1;
    if (!argument.is_repeated && !argument.is_optional) ++function.argument_count_min;
  }
  return function;
}

struct Registry {
  std::vector<Function> functions;
  std::unordered_map<std::string_view, const Function*> by_name, by_kernel;

  Registry() {
    for (auto family : kFamilies) {
      for (const FunctionEntry& entry : family()) functions.push_back(ReadEntry(entry));
    }
    for (const Function& function : functions) {
      for (const std::string& name : function.names) by_name.emplace(name, &function);
      by_kernel.emplace(function.kernel(), &function);
    }
  }
};

const Registry& TheRegistry() {
  static const Registry registry;  // a constant table
  return registry;
}

bool AcceptsAll(const TypeSpec& spec) { return spec.kind == Kind::kAny; }

// The type that stands for an abstract one (AbstractDataType.defaultConcreteType).
DataType DefaultType(const TypeSpec& spec) {
  switch (spec.kind) {
    case Kind::kAny: return DataType::Null();
    case Kind::kConcrete: return spec.type;
    case Kind::kNumeric:
    case Kind::kFractional: return DataType::Double();
    case Kind::kIntegral: return DataType::Int();
    case Kind::kDecimal: return DataType::Decimal(38, 18);
    case Kind::kString: return DataType::String();
    case Kind::kArray: return DataType::Array(spec.children.empty() ? DataType::Null() : DefaultType(spec.children[0]), true);
    case Kind::kMap: return spec.children.empty() ? DataType::Map(DataType::Null(), DataType::Null()) : DataType::Map(DefaultType(spec.children[0]), DefaultType(spec.children[1]));
    case Kind::kStruct: return DataType::Struct({});
    case Kind::kAnyTimestamp: return DataType::Timestamp();
    case Kind::kDatetime: return DataType::Timestamp();
    case Kind::kAnsiInterval: return DataType::DayTimeInterval();
    case Kind::kYearMonthInterval: return DataType::YearMonthInterval();
    case Kind::kDayTimeInterval: return DataType::DayTimeInterval();
    case Kind::kTime: return DataType::Time();
    case Kind::kCollection: return DefaultType(spec.children[0]);
  }
  return DataType::Null();
}

std::optional<DataType> CastNested(const DataType& type, const TypeSpec& wanted, bool is_ansi) {
  if (wanted.kind == Kind::kArray && type.Is(TypeKind::kArray) && !wanted.children.empty()) {
    auto element = ImplicitCastType(type.element(), wanted.children[0], is_ansi);
    if (!element) return {};
    return DataType::Array(*element, type.contains_null() || (!is_ansi && CastForcesNullable(type.element(), *element)));
  }
  if (wanted.kind == Kind::kMap && type.Is(TypeKind::kMap) && !wanted.children.empty()) {
    auto key = ImplicitCastType(type.key(), wanted.children[0], is_ansi);
    auto value = ImplicitCastType(type.value(), wanted.children[1], is_ansi);
    if (!key || !value) return {};
    return DataType::Map(*key, *value, type.value_contains_null());
  }
  return {};
}

// ANSI: the alternative that all other possible ones can go on to. Source: AnsiTypeCoercion.implicitCast.
std::optional<DataType> ClosestAlternative(const DataType& type, const TypeSpec& wanted) {
  std::vector<DataType> possible;
  for (const TypeSpec& alternative : wanted.children) {
    if (auto cast = ImplicitCastType(type, alternative, true)) possible.push_back(*cast);
  }
  for (const DataType& candidate : possible) {
    bool reaches_all = true;
    for (const DataType& target : possible) {
      reaches_all = reaches_all && ImplicitCastType(candidate, TypeSpec{.kind = Kind::kConcrete, .type = target, .children = {}}, true).has_value();
    }
    if (reaches_all) return candidate;
  }
  return {};
}

std::optional<DataType> ImplicitAnsi(const DataType& type, const TypeSpec& wanted) {
  const Kind kind = wanted.kind;
  if (type.IsNumeric() && (kind == Kind::kDecimal)) return DecimalForType(type);
  if (kind == Kind::kCollection) return type.Is(TypeKind::kNull) ? DefaultType(wanted) : ClosestAlternative(type, wanted);
  if (type.Is(TypeKind::kNull)) return DefaultType(wanted);
  const DataType target = DefaultType(wanted);
  if (type.IsFractional() && (kind == Kind::kIntegral || target.IsIntegral())) return {};
  if (type.IsStringLike()) {
    const bool is_atomic = !target.IsNested() && !target.Is(TypeKind::kNull) && !target.Is(TypeKind::kCalendarInterval) && !target.Is(TypeKind::kVariant);
    if (is_atomic) return target;
  }
  if (auto nested = CastNested(type, wanted, true)) return nested;
  if (target.IsNested() && kind != Kind::kConcrete) return {};
  if (CanAnsiStoreAssign(type, target)) return target;
  return {};
}

std::optional<DataType> ImplicitLegacy(const DataType& type, const TypeSpec& wanted) {
  const Kind kind = wanted.kind;
  if (kind == Kind::kCollection) {
    if (type.Is(TypeKind::kNull)) return DefaultType(wanted);
    for (const TypeSpec& alternative : wanted.children) {
      if (auto cast = ImplicitCastType(type, alternative, false)) return cast;
    }
    return {};
  }
  if (type.Is(TypeKind::kNull)) return DefaultType(wanted);
  if (type.IsStringLike() && kind == Kind::kNumeric) return DataType::Double();
  if (type.IsStringLike() && kind == Kind::kDecimal) return DataType::Decimal(38, 18);
  if (type.IsNumeric() && kind == Kind::kDecimal) return DecimalForType(type);
  const DataType target = DefaultType(wanted);
  const bool is_concrete = kind == Kind::kConcrete || kind == Kind::kString || kind == Kind::kAnyTimestamp || kind == Kind::kTime || kind == Kind::kYearMonthInterval || kind == Kind::kDayTimeInterval;
  if (type.IsNumeric() && is_concrete && target.IsNumeric()) return target;
  if (type.IsDatetime() && is_concrete && target.IsDatetime()) return target;
  const bool is_atomic = !type.IsNested() && !type.Is(TypeKind::kCalendarInterval) && !type.Is(TypeKind::kVariant);
  if (is_atomic && is_concrete && target.Is(TypeKind::kString)) return target;
  if (type.IsStringLike() && is_concrete && !target.IsNested() && !target.Is(TypeKind::kCalendarInterval) && !target.Is(TypeKind::kVariant)) return target;
  if (auto nested = CastNested(type, wanted, false)) return nested;
  return {};
}

}  // namespace

Result<TypeSpec> ParseTypeSpec(std::string_view text) {
  const auto alternatives = SplitTop(text, '|');
  if (alternatives.size() > 1) {
    TypeSpec spec{.kind = Kind::kCollection, .type = {}, .children = {}};
    for (std::string_view alternative : alternatives) {
      TRY(TypeSpec child, ParseTypeSpec(alternative));
      spec.children.push_back(std::move(child));
    }
    return spec;
  }
  for (const NamedSpec& named : kNamedSpecs) {
    if (named.name == text) return TypeSpec{.kind = named.kind, .type = DataType(named.type), .children = {}};
  }
  const size_t open = text.find('<');
  if (open != text.npos) {
    TypeSpec spec{.kind = text.starts_with("map") ? Kind::kMap : Kind::kArray, .type = {}, .children = {}};
    for (std::string_view part : SplitTop(text.substr(open + 1, text.size() - open - 2), ',')) {
      TRY(TypeSpec child, ParseTypeSpec(part));
      spec.children.push_back(std::move(child));
    }
    return spec;
  }
  return Failure(ErrorCode::kInternal, fmt::format("unknown type in a function's signature: {}", text));
}

bool Accepts(const TypeSpec& wanted, const DataType& type) {
  switch (wanted.kind) {
    case Kind::kAny: return true;
    case Kind::kConcrete: return type.kind() == wanted.type.kind();
    case Kind::kNumeric: return type.IsNumeric();
    case Kind::kIntegral: return type.IsIntegral();
    case Kind::kFractional: return type.IsFractional();
    case Kind::kDecimal: return type.Is(TypeKind::kDecimal);
    case Kind::kString: return type.IsStringLike();
    case Kind::kArray: return type.Is(TypeKind::kArray) && (wanted.children.empty() || Accepts(wanted.children[0], type.element()));
    case Kind::kMap: return type.Is(TypeKind::kMap) && (wanted.children.empty() || (Accepts(wanted.children[0], type.key()) && Accepts(wanted.children[1], type.value())));
    case Kind::kStruct: return type.Is(TypeKind::kStruct);
    case Kind::kAnyTimestamp: return type.Is(TypeKind::kTimestamp) || type.Is(TypeKind::kTimestampNtz);
    case Kind::kDatetime: return type.IsDatetime();
    case Kind::kAnsiInterval: return type.IsAnsiInterval();
    case Kind::kYearMonthInterval: return type.Is(TypeKind::kYearMonthInterval);
    case Kind::kDayTimeInterval: return type.Is(TypeKind::kDayTimeInterval);
    case Kind::kTime: return type.Is(TypeKind::kTime);
    case Kind::kCollection:
      for (const TypeSpec& child : wanted.children) {
        if (Accepts(child, type)) return true;
      }
      return false;
  }
  return false;
}

std::optional<DataType> ImplicitCastType(const DataType& type, const TypeSpec& wanted, bool is_ansi) {
  if (AcceptsAll(wanted) || Accepts(wanted, type)) return type;
  return is_ansi ? ImplicitAnsi(type, wanted) : ImplicitLegacy(type, wanted);
}

std::string SpecText(const TypeSpec& spec) {
  switch (spec.kind) {
    case Kind::kAny: return "\"ANY\"";
    case Kind::kConcrete: return QuoteType(spec.type);
    case Kind::kNumeric: return "\"NUMERIC\"";
    case Kind::kIntegral: return "\"INTEGRAL\"";
    case Kind::kFractional: return "\"FRACTIONAL\"";
    case Kind::kDecimal: return "\"DECIMAL\"";
    case Kind::kString: return "\"STRING\"";
    case Kind::kArray: return spec.children.empty() || AcceptsAll(spec.children[0]) ? "\"ARRAY\"" : "\"ARRAY<" + SpecText(spec.children[0]).substr(1, SpecText(spec.children[0]).size() - 2) + ">\"";
    case Kind::kMap: return spec.children.empty() || AcceptsAll(spec.children[0]) ? "\"MAP\"" : QuoteType(DefaultType(spec));
    case Kind::kStruct: return "\"STRUCT\"";
    case Kind::kAnyTimestamp: return "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"";
    case Kind::kDatetime: return "\"DATETIME\"";
    case Kind::kAnsiInterval: return "\"ANSI INTERVAL\"";
    case Kind::kYearMonthInterval: return "\"INTERVAL YEAR TO MONTH\"";
    case Kind::kDayTimeInterval: return "\"INTERVAL DAY TO SECOND\"";
    case Kind::kTime: return "\"TIME\"";
    case Kind::kCollection: {
      std::string out = "(";
      for (size_t i = 0; i < spec.children.size(); ++i) out += (i > 0 ? " or " : "") + SpecText(spec.children[i]);
      return out + ")";
    }
  }
  return "";
}

const Function* FindFunction(std::string_view lower_name) {
  const auto& names = TheRegistry().by_name;
  auto found = names.find(lower_name);
  return found == names.end() ? nullptr : found->second;
}

std::span<const Function> ListFunctions() { return TheRegistry().functions; }

const Function* FindKernel(std::string_view kernel) {
  const auto& kernels = TheRegistry().by_kernel;
  auto found = kernels.find(kernel);
  return found == kernels.end() ? nullptr : found->second;
}

}  // namespace crannog::analyze
