#include <fmt/format.h>

#include <algorithm>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Dates, times, timestamps and intervals. Source: Spark 4.1 datetimeExpressions.scala, timeExpressions.scala, intervalExpressions.scala.
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

std::string_view FirstName(const CallSite& site) { return site.entry.names.substr(0, site.entry.names.find_first_of(" *")); }

// The clock stands still during a statement.
Result<Bound> Now(CallSite& site) {
  Resolver& resolver = site.resolver;
  const int64_t micros = resolver.context().statement_time_micros;
  const std::string_view name = FirstName(site);
  std::string shown(name);
  Literal literal = Literal::OfInteger(DataType::Timestamp(), micros);
  if (name == "now" || name == "current_timestamp") shown = name;
  if (name == "current_date" || name == "localtimestamp" || name == "current_time") {
    // The wall clock of the session's zone.
    const Bound stamp = resolver.LiteralBound(literal);
    const DataType type = name == "current_date" ? DataType::Date() : name == "localtimestamp" ? DataType::TimestampNtz() : DataType::Time();
    if (name == "current_time") {
      int precision = 6;
      if (!site.arguments.empty()) {
        TRY(auto value, resolver.Evaluate(site.arguments[0]));
        if (!value || value->IsNull() || !value->type.IsIntegral()) {
          return resolver.UnexpectedType(CallText("current_time", Texts(site)), 0, "\"INT\"", site.arguments[0], site.origin);
        }
        precision = static_cast<int>(std::get<int64_t>(value->value));
      }
      Bound time = resolver.Call("current_time", {stamp, resolver.LiteralBound(Literal::Int(precision))}, DataType::Time(precision), false, CallText("current_time", {MakeText(std::to_string(precision))}), site.origin, kZone);
      return time;
    }
    TRY(Bound cast, resolver.ExplicitCast(stamp, type, plan::EvalMode::kAnsi, site.origin));
    cast.text = CallText(shown, {});
    return cast;
  }
  Bound bound = resolver.LiteralBound(std::move(literal), site.origin);
  bound.text = CallText(shown, {});
  return bound;
}

struct FieldRule {
  std::string_view names;  // space separated
  const char* kernel;
  const char* date_type;
};

// Fields of EXTRACT over dates and timestamps. Source: Extract.parseExtractField.
constexpr FieldRule kFields[] = {
    {"YEAR Y YEARS YR YRS", "year", "int"},
    {"YEAROFWEEK", "yearofweek", "int"},
    {"QUARTER QTR", "quarter", "int"},
    {"MONTH MON MONS MONTHS", "month", "int"},
    {"WEEK W WEEKS", "weekofyear", "int"},
    {"DAY D DAYS", "dayofmonth", "int"},
    {"DAYOFWEEK DOW", "dayofweek", "int"},
    {"DAYOFWEEK_ISO DOW_ISO", "dayofweek_iso", "int"},
    {"DOY", "dayofyear", "int"},
    {"HOUR H HOURS HR HRS", "hour", "int"},
    {"MINUTE M MIN MINS MINUTES", "minute", "int"},
    {"SECOND S SEC SECONDS SECS", "second_with_fraction", "decimal"},
};

bool ListsWord(std::string_view list, std::string_view word) {
  size_t at = 0;
  while (at < list.size()) {
    size_t end = list.find(' ', at);
    if (end == list.npos) end = list.size();
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

Result<Bound> ExtractField(CallSite& site, const std::string& field, Bound source, const TextPtr& text) {
  Resolver& resolver = site.resolver;
  const DataType type = source.type();
  const std::string word = ToUpper(field);
  const FieldRule* rule = nullptr;
  for (const FieldRule& known : kFields) {
    if (ListsWord(known.names, word)) rule = &known;
  }
  auto invalid = [&]() {
    return resolver.Fail("INVALID_EXTRACT_FIELD", {{"field", QuoteName(field)}, {"expr", QuoteExpression(source.text->Pretty())}}, site.origin);
  };
  if (type.IsAnsiInterval() || type.Is(TypeKind::kCalendarInterval)) {
    if (rule == nullptr) return invalid();
    const std::string_view kernel = rule->kernel;
    const bool year_month = type.Is(TypeKind::kYearMonthInterval), calendar = type.Is(TypeKind::kCalendarInterval);
    if (kernel == "year" && (year_month || calendar)) return resolver.Call("extract_interval_years", {source}, DataType::Int(), source.nullable(), text, site.origin);
    if (kernel == "month" && (year_month || calendar)) return resolver.Call("extract_interval_months", {source}, DataType::Byte(), source.nullable(), text, site.origin);
    if (!year_month) {
      if (kernel == "dayofmonth") return resolver.Call("extract_interval_days", {source}, DataType::Int(), source.nullable(), text, site.origin);
      if (kernel == "hour") return resolver.Call("extract_interval_hours", {source}, calendar ? DataType::Byte() : DataType::Byte(), source.nullable(), text, site.origin);
      if (kernel == "minute") return resolver.Call("extract_interval_minutes", {source}, DataType::Byte(), source.nullable(), text, site.origin);
      if (kernel == "second_with_fraction") return resolver.Call("extract_interval_seconds", {source}, DataType::Decimal(8, 6), source.nullable(), text, site.origin);
    }
    return invalid();
  }
  if (type.Is(TypeKind::kTime)) {
    if (rule == nullptr) return invalid();
    const std::string_view kernel = rule->kernel;
    if (kernel == "hour") return resolver.Call("hour", {source}, DataType::Int(), true, text, site.origin);
    if (kernel == "minute") return resolver.Call("minute", {source}, DataType::Int(), true, text, site.origin);
    if (kernel == "second_with_fraction") return resolver.Call("second_with_fraction", {source}, DataType::Decimal(8, 6), true, text, site.origin);
    return invalid();
  }
  if (rule == nullptr) return invalid();
  const std::string_view kernel = rule->kernel;
  const bool of_time = kernel == "hour" || kernel == "minute" || kernel == "second_with_fraction";
  auto wanted = ImplicitCastType(type, *ParseTypeSpec(of_time ? "anytimestamp" : "date"), resolver.is_ansi());
  if (!wanted) return resolver.UnexpectedType(text, 0, of_time ? "\"TIMESTAMP\"" : "\"DATE\"", source, site.origin);
  source = resolver.Cast(source, *wanted);
  const DataType result = kernel == "second_with_fraction" ? DataType::Decimal(8, 6) : DataType::Int();
  return resolver.Call(kernel, {source}, result, source.nullable(), text, site.origin, of_time ? kZone : 0);
}

Result<Bound> Extract(CallSite& site) {
  Resolver& resolver = site.resolver;
  const std::string_view name = FirstName(site);
  const Bound& field = site.arguments[0];
  const TextPtr text = name == "date_part" ? CallText("date_part", {field.text, site.arguments[1].text})
                                           : SpliceText({MakeText(site.name + "("), field.text, MakeText(" FROM "), site.arguments[1].text, MakeText(")")});
  if (!Resolver::IsFoldable(*field.expression)) {
    return resolver.Fail("NON_FOLDABLE_ARGUMENT", {{"funcName", QuoteName(site.name)}, {"paramName", "`field`"}, {"paramType", "\"STRING\""}}, site.origin);
  }
  TRY(auto value, resolver.Evaluate(field));
  if (!value) return Failure(NotImplemented("computed fields of extract"));
  if (value->IsNull()) {
    return Bound{plan::MakeResolved(Literal::Null(DataType::Double()), DataType::Double(), true, site.origin), text};
  }
  return ExtractField(site, std::get<std::string>(value->value), site.arguments[1], text);
}

// hour, minute, second of timestamps and times.
Result<Bound> TimeField(CallSite& site) {
  const std::string_view name = FirstName(site);
  const TextPtr text = CallText(site.name, Texts(site));
  Bound value = site.arguments[0];
  if (value.type().Is(TypeKind::kTime)) return site.resolver.Call(name, {value}, DataType::Int(), true, text, site.origin);
  auto type = ImplicitCastType(value.type(), *ParseTypeSpec("anytimestamp"), site.resolver.is_ansi());
  if (!type) return site.resolver.UnexpectedType(text, 0, "(\"TIMESTAMP_NTZ\" or \"TIMESTAMP\")", value, site.origin);
  value = site.resolver.Cast(value, *type);
  return site.resolver.Call(name, {value}, DataType::Int(), value.nullable(), text, site.origin, kZone);
}

bool NtzByDefault(Resolver& resolver) { return EqualsIgnoreCase(resolver.Setting("spark.sql.timestampType"), "TIMESTAMP_NTZ"); }

// to_date, to_timestamp and kin: a cast without format, else a parser.
Result<Bound> Parse(CallSite& site) {
  Resolver& resolver = site.resolver;
  const std::string_view name = FirstName(site);
  const bool is_try = (site.entry.flags & kTry) != 0;
  const TextPtr text = CallText(name, Texts(site));
  DataType type = DataType::Timestamp();
  if (name.ends_with("_ntz")) type = DataType::TimestampNtz();
  if (name.ends_with("to_timestamp") && NtzByDefault(resolver)) type = DataType::TimestampNtz();
  if (name.ends_with("to_date")) type = DataType::Date();
  Bound value = site.arguments[0];
  const plan::EvalMode mode = is_try ? plan::EvalMode::kTry : resolver.is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy;
  if (value.type().Is(TypeKind::kNull)) return Bound{plan::MakeResolved(Literal::Null(type), type, true, site.origin), text};
  if (site.arguments.size() == 1) {
    const bool fits = value.type().IsStringLike() || value.type().IsDatetime() || (value.type().IsNumeric() && !type.Is(TypeKind::kDate) && !is_try);
    if (!fits) {
      if (type.Is(TypeKind::kDate)) {
        auto cast = resolver.ExplicitCast(value, type, mode, site.origin);
        if (!cast) return Failure(cast.error());
      }
      return resolver.UnexpectedType(text, 0, "(\"STRING\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\")", value, site.origin);
    }
    TRY(Bound cast, resolver.ExplicitCast(value, type, mode, site.origin));
    cast.text = text;
    return cast;
  }
  auto format = ImplicitCastType(site.arguments[1].type(), *ParseTypeSpec("string"), resolver.is_ansi());
  if (!format) return resolver.UnexpectedType(text, 1, "\"STRING\"", site.arguments[1], site.origin);
  const Bound pattern = resolver.Cast(site.arguments[1], *format);
  if (!value.type().IsStringLike() && !value.type().IsDatetime()) {
    auto cast = value.type().IsNumeric() && !type.Is(TypeKind::kDate) ? std::nullopt : std::optional<DataType>();
    if (!cast) return resolver.UnexpectedType(text, 0, "(\"STRING\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\")", value, site.origin);
  }
  const bool nullable = value.nullable() || pattern.nullable() || is_try || !resolver.is_ansi();
  if (type.Is(TypeKind::kDate)) {
    Bound stamp = resolver.Call("to_timestamp", {value, pattern}, DataType::Timestamp(), nullable, text, site.origin, kZone | kTimeParser | (is_try ? static_cast<uint32_t>(kTry) : 0U));
    TRY(Bound date, resolver.ExplicitCast(stamp, DataType::Date(), plan::EvalMode::kLegacy, site.origin));
    date.text = text;
    return date;
  }
  return resolver.Call(type.Is(TypeKind::kTimestampNtz) ? "to_timestamp_ntz" : "to_timestamp", {value, pattern}, type, nullable, text, site.origin, kZone | kTimeParser | (is_try ? static_cast<uint32_t>(kTry) : 0U));
}

Result<Bound> UnixTimestamp(CallSite& site) {
  Resolver& resolver = site.resolver;
  const std::string_view name = FirstName(site);
  if (site.arguments.empty()) {
    TRY(Bound now, resolver.CallBuiltin("current_timestamp", {}, site.origin));
    site.arguments.push_back(now);
  }
  if (site.arguments.size() == 1) site.arguments.push_back(resolver.LiteralBound(Literal::String("yyyy-MM-dd HH:mm:ss")));
  const TextPtr text = CallText(name, Texts(site));
  const DataType& type = site.arguments[0].type();
  if (type.Is(TypeKind::kNull)) site.arguments[0] = resolver.Cast(site.arguments[0], DataType::String());
  if (!type.IsStringLike() && !type.IsDatetime() && !type.Is(TypeKind::kNull)) {
    return resolver.UnexpectedType(text, 0, "(\"STRING\" or \"DATE\" or \"TIMESTAMP\" or \"TIMESTAMP_NTZ\")", site.arguments[0], site.origin);
  }
  site.arguments[1] = resolver.Cast(site.arguments[1], DataType::String());
  return resolver.Call("unix_timestamp", site.arguments, DataType::Long(), AnyNullable(site.arguments) || !resolver.is_ansi(), text, site.origin, kZone | kTimeParser);
}

Result<Bound> DateMove(CallSite& site) {
  // date_add(start, days), also as dateadd(unit, value, timestamp).
  Resolver& resolver = site.resolver;
  const std::string_view kernel = FirstName(site);
  const TextPtr text = CallText(kernel, Texts(site));
  Bound& date = site.arguments[0];
  Bound& days = site.arguments[1];
  auto date_type = ImplicitCastType(date.type(), *ParseTypeSpec("date"), resolver.is_ansi());
  if (!date_type) return resolver.UnexpectedType(text, 0, "\"DATE\"", date, site.origin);
  auto day_type = days.type().IsStringLike() ? std::optional(DataType::Int()) : ImplicitCastType(days.type(), *ParseTypeSpec("int|short|byte"), true);
  if (days.type().Is(TypeKind::kLong) || days.type().IsFractional()) day_type = std::nullopt;
  if (!day_type) return resolver.UnexpectedType(text, 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", days, site.origin);
  // Without ANSI only a constant text may stand for a number of days.
  if (days.type().IsStringLike() && !resolver.is_ansi()) {
    const auto* literal = days.expression->As<Literal>();
    if (literal == nullptr) return resolver.Fail("SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", {{"functionName", std::string(kernel)}}, site.origin);
    const std::string& digits = std::get<std::string>(literal->value);
    const bool whole = !digits.empty() && digits.find_first_not_of("0123456789", digits[0] == '-' ? 1 : 0) == std::string::npos;
    if (!whole) return resolver.Fail("SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", {{"functionName", std::string(kernel)}}, site.origin);
  }
  return resolver.Call(kernel, {resolver.Cast(date, *date_type), resolver.Cast(days, *day_type)}, DataType::Date(), AnyNullable(site.arguments), text, site.origin);
}

// The unit comes as a bare word; the parser gives it as a column name or a text.
std::optional<std::string> UnitOf(const CallSite& site) {
  if (site.unresolved.empty() || site.unresolved[0] == nullptr) return {};
  if (const auto* reference = site.unresolved[0]->As<plan::AttributeReference>(); reference != nullptr && reference->name.parts.size() == 1) return reference->name.parts[0];
  if (const auto* literal = site.unresolved[0]->As<Literal>(); literal != nullptr && literal->type.IsStringLike() && !literal->IsNull()) return std::get<std::string>(literal->value);
  return {};
}

bool IsUnit(std::string_view unit) {
  static constexpr std::string_view kUnits[] = {"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"};
  return std::any_of(std::begin(kUnits), std::end(kUnits), [&](std::string_view known) { return EqualsIgnoreCase(known, unit); });
}

Result<Bound> TimestampMove(CallSite& site, const std::string& unit, const char* kernel, std::vector<Bound> rest) {
  Resolver& resolver = site.resolver;
  std::vector<TextPtr> texts = {MakeText(unit)};
  for (const Bound& one : rest) texts.push_back(one.text);
  const TextPtr text = CallText(kernel, texts);
  const bool is_add = std::string_view(kernel) == "timestampadd";
  if (!IsUnit(unit)) return resolver.Fail("INVALID_PARAMETER_VALUE.DATETIME_UNIT", {{"functionName", QuoteName(kernel)}, {"parameter", "`unit`"}, {"invalidValue", "'" + unit + "'"}}, site.origin);
  std::vector<Bound> arguments = {resolver.LiteralBound(Literal::String(ToUpper(unit)))};
  DataType type = DataType::Long();
  for (size_t i = 0; i < rest.size(); ++i) {
    const bool is_count = is_add && i == 0;
    auto wanted = ImplicitCastType(rest[i].type(), *ParseTypeSpec(is_count ? (is_add ? "bigint" : "int") : is_add ? "anytimestamp" : "timestamp"), resolver.is_ansi());
    if (!wanted) return resolver.UnexpectedType(text, i, is_count ? "\"BIGINT\"" : "(\"TIMESTAMP_NTZ\" or \"TIMESTAMP\")", rest[i], site.origin);
    arguments.push_back(resolver.Cast(rest[i], *wanted));
    if (is_add && !is_count) type = *wanted;
  }
  return resolver.Call(kernel, std::move(arguments), type, AnyNullable(rest), text, site.origin, kZone);
}

Result<Bound> UnitFunction(CallSite& site) {
  const std::string_view name = site.name;
  const bool is_diff = name.find("diff") != std::string_view::npos;
  const size_t wide = 3;
  // Resolved here, since the unit is no column.
  std::vector<Bound> rest;
  for (size_t i = 0; i < site.unresolved.size(); ++i) {
    const bool is_unit = site.unresolved.size() == wide && i == 0;
    if (is_unit) continue;
    if (site.arguments[i].expression != nullptr) {
      rest.push_back(site.arguments[i]);
      continue;
    }
    TRY(Bound one, site.resolver.ResolveArgument(site.unresolved[i]));
    rest.push_back(std::move(one));
  }
  if (site.unresolved.size() == wide) {
    const std::string unit = UnitOf(site).value_or("");
    return TimestampMove(site, unit, is_diff ? "timestampdiff" : "timestampadd", std::move(rest));
  }
  site.arguments = std::move(rest);
  if (!is_diff) {
    return site.resolver.CallBuiltin("date_add", site.arguments, site.origin, site.call);
  }
  const TextPtr text = CallText(name, Texts(site));
  for (size_t i = 0; i < 2; ++i) {
    auto type = ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec("date"), site.resolver.is_ansi());
    if (!type) return site.resolver.UnexpectedType(text, i, "\"DATE\"", site.arguments[i], site.origin);
    site.arguments[i] = site.resolver.Cast(site.arguments[i], *type);
  }
  return site.resolver.Call("datediff", site.arguments, DataType::Int(), AnyNullable(site.arguments), text, site.origin);
}

Result<Bound> MakeTimestamp(CallSite& site) {
  Resolver& resolver = site.resolver;
  const std::string_view name = FirstName(site);
  const bool is_try = name.starts_with("try_");
  std::vector<TextPtr> texts = Texts(site);
  if (is_try && texts.size() > 6) texts.resize(6);
  const bool from_parts = site.arguments.size() >= 6;
  const TextPtr text = CallText(!from_parts && name == "make_timestamp_ltz" ? "make_timestamp" : name, texts);
  DataType type = DataType::Timestamp();
  if (name.ends_with("_ntz") || (from_parts && name.ends_with("make_timestamp") && NtzByDefault(resolver))) type = DataType::TimestampNtz();
  static constexpr const char* kPartTypes[] = {"int", "int", "int", "int", "int", "decimal", "string"};
  static constexpr const char* kShortTypes[] = {"date", "time", "string"};
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    const char* spec = from_parts ? kPartTypes[std::min<size_t>(i, 6)] : kShortTypes[std::min<size_t>(i, 2)];
    auto wanted = ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec(spec), resolver.is_ansi());
    if (!wanted) return resolver.UnexpectedType(text, i, SpecText(*ParseTypeSpec(spec)), site.arguments[i], site.origin);
    site.arguments[i] = resolver.Cast(site.arguments[i], from_parts && i == 5 ? DataType::Decimal(16, 6) : *wanted);
  }
  const char* kernel = type.Is(TypeKind::kTimestampNtz) ? "make_timestamp_ntz" : "make_timestamp";
  const bool nullable = AnyNullable(site.arguments) || is_try || !resolver.is_ansi();
  return resolver.Call(kernel, site.arguments, type, nullable, text, site.origin, kZone | (is_try ? static_cast<uint32_t>(kTry) : 0U));
}

Result<Bound> MakeInterval(CallSite& site) {
  const std::string_view name = FirstName(site);
  const bool is_try = name.starts_with("try_");
  const TextPtr text = CallText(name, Texts(site));
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    const char* spec = i == 6 ? "decimal" : "int";
    auto wanted = ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec(spec), site.resolver.is_ansi());
    if (!wanted) return site.resolver.UnexpectedType(text, i, SpecText(*ParseTypeSpec(spec)), site.arguments[i], site.origin);
    site.arguments[i] = site.resolver.Cast(site.arguments[i], i == 6 ? DataType::Decimal(18, 6) : *wanted);
  }
  const bool nullable = AnyNullable(site.arguments) || is_try || !site.resolver.is_ansi();
  return site.resolver.Call("make_interval", site.arguments, DataType::CalendarInterval(), nullable, text, site.origin, is_try ? static_cast<uint32_t>(kTry) : 0U);
}

Result<Bound> ConvertTimezone(CallSite& site) {
  if (site.arguments.size() == 2) {
    TRY(Bound zone, site.resolver.CallBuiltin("current_timezone", {}, site.origin));
    site.arguments.insert(site.arguments.begin(), zone);
  }
  const TextPtr text = CallText("convert_timezone", Texts(site));
  static constexpr const char* kSpecs[] = {"string", "string", "timestamp_ntz"};
  for (size_t i = 0; i < 3; ++i) {
    auto wanted = ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec(kSpecs[i]), site.resolver.is_ansi());
    if (!wanted) return site.resolver.UnexpectedType(text, i, SpecText(*ParseTypeSpec(kSpecs[i])), site.arguments[i], site.origin);
    site.arguments[i] = site.resolver.Cast(site.arguments[i], *wanted);
  }
  return site.resolver.Call("convert_timezone", site.arguments, DataType::TimestampNtz(), AnyNullable(site.arguments), text, site.origin);
}

Result<Bound> FromUnixtime(CallSite& site) {
  const TextPtr text = CallText("from_unixtime", Texts(site));
  return site.resolver.Call("from_unixtime", site.arguments, DataType::String(), true, text, site.origin, kZone | kTimeParser);
}

Result<Bound> DateFormat(CallSite& site) {
  const TextPtr text = CallText("date_format", Texts(site));
  return site.resolver.Call("date_format", site.arguments, DataType::String(), AnyNullable(site.arguments), text, site.origin, kZone | kTimeParser);
}

// window(time, duration[, slide[, start]]): a struct of both ends; rows fall into one tumbling window.
Result<Bound> TimeWindow(CallSite& site) {
  const TextPtr text = CallText("window", Texts(site));
  auto wanted = ImplicitCastType(site.arguments[0].type(), *ParseTypeSpec("anytimestamp"), site.resolver.is_ansi());
  if (!wanted) return site.resolver.UnexpectedType(text, 0, "(\"TIMESTAMP\" or \"TIMESTAMP WITHOUT TIME ZONE\")", site.arguments[0], site.origin);
  site.arguments[0] = site.resolver.Cast(site.arguments[0], *wanted);
  const DataType type = DataType::Struct({{"start", *wanted, true, ""}, {"end", *wanted, true, ""}});
  return site.resolver.Call(FirstName(site), site.arguments, type, false, text, site.origin);
}

Result<Bound> TryToTime(CallSite& site) {
  const bool is_try = FirstName(site).starts_with("try_");
  const TextPtr inner = CallText("to_time", Texts(site));
  const TextPtr text = is_try ? CallText("try_to_time", {inner}) : inner;
  for (size_t i = 0; i < site.arguments.size(); ++i) {
    auto wanted = ImplicitCastType(site.arguments[i].type(), *ParseTypeSpec("string"), site.resolver.is_ansi());
    if (!wanted) return site.resolver.UnexpectedType(inner, i, "\"STRING\"", site.arguments[i], site.origin);
    site.arguments[i] = site.resolver.Cast(site.arguments[i], *wanted);
  }
  return site.resolver.Call("to_time", site.arguments, DataType::Time(), true, text, site.origin, is_try ? static_cast<uint32_t>(kTry) : 0U);
}

#define DATE_FIELD(name) {.names = name, .args = "date:date", .result = "int", .group = "datetime"}

constexpr FunctionEntry kEntries[] = {
    {.names = "current_date curdate", .build = Now},
    {.names = "current_timestamp", .build = Now},
    {.names = "now", .build = Now},
    {.names = "localtimestamp", .build = Now},
    {.names = "current_time", .args = "precision:any?", .build = Now},
    {.names = "extract", .args = "field:any,source:any", .build = Extract},
    {.names = "date_part", .args = "field:any,source:any", .build = Extract},
    {.names = "datepart", .args = "field:any,source:any", .build = Extract},
    DATE_FIELD("year"), DATE_FIELD("quarter"), DATE_FIELD("month"), DATE_FIELD("weekofyear"), DATE_FIELD("dayofyear"), DATE_FIELD("dayofweek"), DATE_FIELD("weekday"),
    {.names = "dayofmonth day*", .args = "date:date", .result = "int"},
    {.names = "dayname", .args = "date:date", .result = "string"},
    {.names = "monthname", .args = "date:date", .result = "string"},
    {.names = "hour", .args = "time:any", .build = TimeField},
    {.names = "minute", .args = "time:any", .build = TimeField},
    {.names = "second", .args = "time:any", .build = TimeField},
    {.names = "to_date", .args = "date_str:any,fmt:any?", .build = Parse},
    {.names = "try_to_date", .args = "date_str:any,fmt:any?", .flags = kTry, .build = Parse},
    {.names = "to_timestamp", .args = "timestamp_str:any,fmt:any?", .build = Parse},
    {.names = "to_timestamp_ltz", .args = "timestamp_str:any,fmt:any?", .build = Parse},
    {.names = "to_timestamp_ntz", .args = "timestamp_str:any,fmt:any?", .build = Parse},
    {.names = "try_to_timestamp", .args = "timestamp_str:any,fmt:any?", .flags = kTry, .build = Parse},
    {.names = "to_time", .args = "str:any,format:any?", .build = TryToTime},
    {.names = "try_to_time", .args = "str:any,format:any?", .flags = kTry, .kernel = "to_time", .build = TryToTime},
    {.names = "unix_timestamp", .args = "timeExp:any?,fmt:any?", .build = UnixTimestamp},
    {.names = "to_unix_timestamp", .args = "timeExp:any,fmt:any?", .build = UnixTimestamp},
    {.names = "from_unixtime", .args = "unix_time:bigint,fmt:string?='yyyy-MM-dd HH:mm:ss'", .build = FromUnixtime},
    {.names = "date_format", .args = "timestamp:timestamp,fmt:string", .build = DateFormat},
    {.names = "date_add", .args = "start_date:any,num_days:any", .build = DateMove},
    {.names = "date_sub", .args = "start_date:any,num_days:any", .build = DateMove},
    {.names = "dateadd", .args = "unit:any,value:any,timestamp:any?", .flags = kLambda, .kernel = "timestampadd", .build = UnitFunction},
    {.names = "timestampadd", .args = "unit:any,value:any,timestamp:any", .flags = kLambda, .build = UnitFunction},
    {.names = "datediff date_diff*", .args = "unit:any,start:any,end:any?", .flags = kLambda, .build = UnitFunction},
    {.names = "timestampdiff", .args = "unit:any,start:any,end:any", .flags = kLambda, .build = UnitFunction},
    {.names = "add_months", .args = "start_date:date,num_months:int|yminterval", .result = "date"},
    {.names = "months_between", .args = "timestamp1:timestamp,timestamp2:timestamp,roundOff:boolean?=true", .result = "double", .flags = kZone},
    {.names = "last_day", .args = "date:date", .result = "date"},
    {.names = "next_day", .args = "start_date:date,day_of_week:string", .result = "date", .flags = kAnsiNullable},
    {.names = "trunc", .args = "date:date,fmt:string", .result = "date", .nulls = NullRule::kAlways},
    {.names = "date_trunc", .args = "fmt:string,ts:timestamp", .result = "timestamp", .nulls = NullRule::kAlways, .flags = kZone},
    {.names = "date_from_unix_date", .args = "days:int", .result = "date"},
    {.names = "unix_date", .args = "date:date", .result = "int"},
    {.names = "unix_seconds", .args = "timestamp:timestamp", .result = "bigint"},
    {.names = "unix_millis", .args = "timestamp:timestamp", .result = "bigint"},
    {.names = "unix_micros", .args = "timestamp:timestamp", .result = "bigint"},
    {.names = "timestamp_seconds", .args = "seconds:=numeric", .result = "timestamp"},
    {.names = "timestamp_millis", .args = "milliseconds:=integral", .result = "timestamp"},
    {.names = "timestamp_micros", .args = "microseconds:=integral", .result = "timestamp"},
    {.names = "from_utc_timestamp", .args = "timestamp:timestamp,timezone:string", .result = "timestamp"},
    {.names = "to_utc_timestamp", .args = "timestamp:timestamp,timezone:string", .result = "timestamp"},
    {.names = "convert_timezone", .args = "sourceTz:any,targetTz:any,sourceTs:any?", .build = ConvertTimezone},
    {.names = "make_date", .args = "year:int,month:int,day:int", .result = "date", .flags = kAnsiNullable},
    {.names = "make_timestamp", .args = "year:any,month:any,day:any?,hour:any?,min:any?,sec:any?,timezone:any?", .build = MakeTimestamp},
    {.names = "make_timestamp_ltz", .args = "year:any,month:any,day:any?,hour:any?,min:any?,sec:any?,timezone:any?", .kernel = "make_timestamp", .build = MakeTimestamp},
    {.names = "make_timestamp_ntz", .args = "year:any,month:any,day:any?,hour:any?,min:any?,sec:any?", .build = MakeTimestamp},
    {.names = "try_make_timestamp", .args = "year:any,month:any,day:any?,hour:any?,min:any?,sec:any?,timezone:any?", .kernel = "make_timestamp", .build = MakeTimestamp},
    {.names = "try_make_timestamp_ltz", .args = "year:any,month:any,day:any?,hour:any?,min:any?,sec:any?,timezone:any?", .kernel = "make_timestamp", .build = MakeTimestamp},
    {.names = "try_make_timestamp_ntz", .args = "year:any,month:any,day:any?,hour:any?,min:any?,sec:any?", .kernel = "make_timestamp_ntz", .build = MakeTimestamp},
    {.names = "make_time", .args = "hour:int,minute:int,second:decimal", .result = "time", .nulls = NullRule::kAlways},
    {.names = "make_interval", .args = "years:any?=0,months:any?=0,weeks:any?=0,days:any?=0,hours:any?=0,mins:any?=0,secs:any?=0", .build = MakeInterval},
    {.names = "try_make_interval", .args = "years:any?=0,months:any?=0,weeks:any?=0,days:any?=0,hours:any?=0,mins:any?=0,secs:any?=0", .kernel = "make_interval", .build = MakeInterval},
    {.names = "make_dt_interval", .args = "days:int?=0,hours:int?=0,mins:int?=0,secs:decimal?=0", .result = "dtinterval"},
    {.names = "make_ym_interval", .args = "years:int?=0,months:int?=0", .result = "yminterval"},
    {.names = "time_diff", .args = "unit:string,start:time,end:time", .result = "bigint", .nulls = NullRule::kAlways},
    {.names = "time_trunc", .args = "unit:string,time:time", .result = "$2", .nulls = NullRule::kAlways},
    {.names = "time_from_seconds", .args = "seconds:numeric", .result = "time", .nulls = NullRule::kAlways},
    {.names = "time_from_millis", .args = "millis:integral", .result = "time", .nulls = NullRule::kAlways},
    {.names = "time_from_micros", .args = "micros:integral", .result = "time", .nulls = NullRule::kAlways},
    {.names = "time_to_seconds", .args = "time:time", .result = "decimal(14,6)", .nulls = NullRule::kAlways},
    {.names = "time_to_millis", .args = "time:time", .result = "bigint", .nulls = NullRule::kAlways},
    {.names = "time_to_micros", .args = "time:time", .result = "bigint", .nulls = NullRule::kAlways},
    {.names = "time_bucket", .args = "bucket:yminterval|dtinterval,ts:date|timestamp|timestamp_ntz,origin:any?", .result = "$2", .flags = kZone},
    {.names = "window", .args = "time_column:any,windowDuration:string,slideDuration:string?,startTime:string?", .build = TimeWindow},
    {.names = "session_window", .args = "time_column:any,gap_duration:any", .build = TimeWindow},
    {.names = "window_time", .args = "window_column:struct", .result = "timestamp", .nulls = NullRule::kAlways},
};

}  // namespace

std::span<const FunctionEntry> DatetimeFunctions() { return kEntries; }

}  // namespace crannog::analyze
