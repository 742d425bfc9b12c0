#include <fmt/format.h>

#include "analyze/functions/families.h"
#include "analyze/resolver.h"

/// Operators: arithmetic, comparison, logic, bits, LIKE. Source: Spark 4.1 arithmetic.scala, predicates.scala, BinaryArithmeticWithDatetimeResolver,
/// TypeCoercion, AnsiTypeCoercion.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

bool IsCalendar(const DataType& type) { return type.Is(TypeKind::kCalendarInterval); }
bool IsDayOnly(const DataType& type) { return type.Is(TypeKind::kDayTimeInterval) && type.start_field() == 0 && type.end_field() == 0; }
bool IsYearMonth(const DataType& type) { return type.Is(TypeKind::kYearMonthInterval); }
bool IsDayTime(const DataType& type) { return type.Is(TypeKind::kDayTimeInterval); }
bool IsTimestamp(const DataType& type) { return type.Is(TypeKind::kTimestamp) || type.Is(TypeKind::kTimestampNtz); }
bool IsInterval(const DataType& type) { return IsCalendar(type) || type.IsAnsiInterval(); }
bool IsNull(const DataType& type) { return type.Is(TypeKind::kNull); }
bool AnyNullable(const CallSite& site) {
  for (const Bound& argument : site.arguments) {
    if (argument.nullable()) return true;
  }
  return false;
}
uint32_t TryFlag(const CallSite& site) { return site.entry.flags & kTry; }

// How an operator's text is spelled: infix, or try_name(a, b).
TextPtr BinaryTextOf(const CallSite& site, std::string_view symbol) {
  const Bound& l = site.arguments[0];
  const Bound& r = site.arguments[1];
  if ((site.entry.flags & kTry) != 0 || site.name != symbol) return CallText(site.name, {l.text, r.text});
  return BinaryText(l.text, symbol, r.text);
}

struct Operands {
  Bound left, right;
};

// What a literal integer or a whole number is as a decimal beside another decimal.
DataType AsDecimal(const Bound& value) {
  const auto* literal = value.expression->As<Literal>();
  if (literal != nullptr && value.type().IsIntegral() && !literal->IsNull()) return DecimalForLiteral(*literal);
  return DecimalForType(value.type());
}

// Brings numeric operands to where arithmetic happens: strings, decimals with others, then the tightest common type.
Operands CoerceArithmetic(CallSite& site) {
  Resolver& resolver = site.resolver;
  Bound left = site.arguments[0], right = site.arguments[1];
  const auto& rules = resolver.rules();
  if (rules.is_ansi) {
    auto promote = [&](Bound& text, Bound& other) {
      if (!text.type().IsStringLike() || other.type().IsStringLike()) return;
      const DataType& type = other.type();
      if (IsInterval(type) || IsNull(type) || type.IsNested() || type.Is(TypeKind::kVariant)) return;
      const DataType target = type.IsIntegral() ? DataType::Long() : type.IsFractional() ? DataType::Double() : type;
      text = resolver.Cast(text, target);
      other = resolver.Cast(other, target);
    };
    promote(left, right);
    promote(right, left);
  } else {
    if (left.type().IsStringLike() && !IsCalendar(right.type()) && !right.type().IsAnsiInterval()) left = resolver.Cast(left, DataType::Double());
    if (right.type().IsStringLike() && !IsCalendar(left.type()) && !left.type().IsAnsiInterval()) right = resolver.Cast(right, DataType::Double());
  }
  const bool l_decimal = left.type().Is(TypeKind::kDecimal), r_decimal = right.type().Is(TypeKind::kDecimal);
  if (l_decimal != r_decimal) {
    Bound& other = l_decimal ? right : left;
    Bound& decimal = l_decimal ? left : right;
    if (other.type().IsIntegral()) {
      other = resolver.Cast(other, AsDecimal(other));
    } else if (other.type().IsFractional()) {
      decimal = resolver.Cast(decimal, DataType::Double());
      other = resolver.Cast(other, DataType::Double());
    } else if (IsNull(other.type())) {
      other = resolver.Cast(other, decimal.type());
    }
  } else if (!l_decimal && !(left.type() == right.type())) {
    if (auto common = TightestCommonType(left.type(), right.type(), rules); common && (common->IsNumeric() || IsInterval(*common))) {
      left = resolver.Cast(left, *common);
      right = resolver.Cast(right, *common);
    }
  }
  return {std::move(left), std::move(right)};
}

// BinaryOperator.checkInputDataTypes.
Result<void> CheckOperands(CallSite& site, const Operands& operands, const TextPtr& text, bool accepted, const char* wanted) {
  Resolver& resolver = site.resolver;
  const DataType& l = operands.left.type();
  const DataType& r = operands.right.type();
  const bool both_decimal = l.Is(TypeKind::kDecimal) && r.Is(TypeKind::kDecimal);
  if (!both_decimal && !plan::SameTypeIgnoringNullability(l, r)) {
    return resolver.Mismatch("BINARY_OP_DIFF_TYPES", {{"left", QuoteType(l)}, {"right", QuoteType(r)}}, text, site.origin);
  }
  if (!accepted) return resolver.Mismatch("BINARY_OP_WRONG_TYPE", {{"inputType", wanted}, {"actualDataType", QuoteType(l)}}, text, site.origin);
  return {};
}

constexpr const char* kNumericOrInterval = "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")";

Bound Negated(CallSite& site, const Bound& value) {
  return site.resolver.Call("negate", {value}, value.type(), value.nullable(), SpliceText({MakeText("(- "), value.text, MakeText(")")}), site.origin);
}

// Date and timestamp arithmetic; nothing when the operands are not of that kind.
Result<std::optional<Bound>> DatetimeArithmetic(CallSite& site, bool is_subtract, const TextPtr& text) {
  Resolver& resolver = site.resolver;
  Bound l = site.arguments[0], r = site.arguments[1];
  const uint32_t flags = TryFlag(site);
  const bool nullable = l.nullable() || r.nullable() || flags != 0;
  auto made = [&](std::string_view kernel, std::vector<Bound> arguments, DataType type, uint32_t more = 0) {
    return std::optional(resolver.Call(kernel, std::move(arguments), std::move(type), nullable, text, site.origin, flags | more));
  };
  // Addition is symmetric: the interval goes to the right.
  if (!is_subtract && IsInterval(l.type()) && (r.type().IsDatetime() || r.type().Is(TypeKind::kTime) || r.type().IsStringLike())) std::swap(l, r);
  const DataType lt = l.type(), rt = r.type();
  auto interval = [&]() { return is_subtract ? Negated(site, r) : r; };
  if (lt.Is(TypeKind::kDate)) {
    if (IsYearMonth(rt)) return made("date_add_ym", {l, interval()}, DataType::Date());
    if (IsDayOnly(rt)) return made("date_add_days_interval", {l, interval()}, DataType::Date());
    if (IsDayTime(rt)) return made("timestamp_add_dt", {resolver.Cast(l, DataType::Timestamp()), interval()}, DataType::Timestamp(), kZone);
    if (IsCalendar(rt)) return made("date_add_interval", {l, interval()}, DataType::Date(), kZone);
  }
  if (lt.Is(TypeKind::kTime) && IsDayTime(rt)) return made("time_add_interval", {l, interval()}, DataType::Time(std::max(lt.precision(), rt.end_field() == 3 ? 6 : lt.precision())));
  if (lt.Is(TypeKind::kTime) && rt.Is(TypeKind::kTime) && is_subtract) return made("subtract_times", {l, r}, DataType::DayTimeInterval(1, 3));
  if (IsTimestamp(lt) && IsYearMonth(rt)) return made("timestamp_add_ym", {l, interval()}, lt, kZone);
  if ((IsTimestamp(lt) || lt.IsStringLike()) && (IsDayTime(rt) || IsCalendar(rt))) {
    const Bound stamp = lt.IsStringLike() ? resolver.Cast(l, DataType::Timestamp()) : l;
    const std::string_view kernel = IsDayTime(rt) ? "timestamp_add_dt" : "timestamp_add_interval";
    Bound moved = resolver.Call(kernel, {stamp, interval()}, stamp.type(), nullable, text, site.origin, flags | kZone);
    if (!lt.IsStringLike()) return std::optional(moved);
    Bound back = resolver.Cast(moved, DataType::String());
    back.text = text;
    return std::optional(back);
  }
  if (is_subtract) {
    if (IsTimestamp(lt) || IsTimestamp(rt)) {
      const bool other_fits = (IsTimestamp(lt) ? rt : lt).IsDatetime() || (IsTimestamp(lt) ? rt : lt).IsStringLike() || IsNull(IsTimestamp(lt) ? rt : lt);
      if (!other_fits) {
        const bool first = !IsTimestamp(lt);
        return resolver.UnexpectedType(text, first ? 0 : 1, "\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\"", first ? l : r, site.origin);
      }
      if (other_fits) {
        const DataType target = lt.Is(TypeKind::kTimestampNtz) && rt.Is(TypeKind::kTimestampNtz) ? DataType::TimestampNtz() : (IsTimestamp(lt) && !IsTimestamp(rt)) ? lt : (IsTimestamp(rt) && !IsTimestamp(lt)) ? rt : DataType::Timestamp();
        return made("timestamp_diff_interval", {resolver.Cast(l, target), resolver.Cast(r, target)}, DataType::DayTimeInterval(), kZone);
      }
    }
    if (rt.Is(TypeKind::kDate) && (lt.Is(TypeKind::kDate) || lt.IsStringLike() || IsNull(lt))) return made("date_diff_interval", {resolver.Cast(l, DataType::Date()), r}, DataType::DayTimeInterval(0, 0));
    if (lt.Is(TypeKind::kDate) && rt.IsStringLike() && resolver.is_ansi()) return made("date_diff_interval", {l, resolver.Cast(r, DataType::Date())}, DataType::DayTimeInterval(0, 0));
  }
  if (lt.Is(TypeKind::kDate) || (rt.Is(TypeKind::kDate) && !is_subtract)) {
    if (!is_subtract && !lt.Is(TypeKind::kDate)) std::swap(l, r);
    const DataType& days = r.type();
    const std::string name = is_subtract ? "date_sub" : "date_add";
    // A text was promoted first: to a date with ANSI, else to a number; neither is a count of days.
    if (days.IsStringLike()) r = resolver.Cast(r, resolver.is_ansi() ? DataType::Date() : DataType::Double());
    if (days.Is(TypeKind::kInt) || days.Is(TypeKind::kShort) || days.Is(TypeKind::kByte) || IsNull(days)) {
      const Bound count = IsNull(days) ? resolver.Cast(r, DataType::Int()) : r;
      auto moved = made(name, {l, count}, DataType::Date());
      if (flags == 0) moved->text = CallText(name, {l.text, r.text});
      return moved;
    }
    return resolver.UnexpectedType(CallText(name, {l.text, r.text}), 1, "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", r, site.origin);
  }
  return std::optional<Bound>();
}

Result<Bound> Additive(CallSite& site, char symbol, const char* kernel) {
  const TextPtr text = BinaryTextOf(site, std::string_view(&symbol, 1));
  TRY(auto datetime, DatetimeArithmetic(site, symbol == '-', text));
  if (datetime) return *datetime;
  Operands operands = CoerceArithmetic(site);
  const DataType& type = operands.left.type();
  TRY(CheckOperands(site, operands, text, type.IsNumeric() || IsInterval(type), kNumericOrInterval));
  DataType result = type;
  bool nullable = operands.left.nullable() || operands.right.nullable();
  if (type.Is(TypeKind::kDecimal)) {
    result = DecimalResult(symbol, type, operands.right.type(), site.resolver.rules());
    nullable = nullable || !site.resolver.is_ansi();
  }
  const uint32_t flags = TryFlag(site);
  return site.resolver.Call(kernel, {operands.left, operands.right}, result, nullable || flags != 0, text, site.origin, flags);
}

Result<Bound> Add(CallSite& site) { return Additive(site, '+', "add"); }
Result<Bound> Subtract(CallSite& site) { return Additive(site, '-', "subtract"); }

// Interval times or divided by a number; nothing when no interval is there.
std::optional<Bound> ScaleInterval(CallSite& site, const char* kernel, bool symmetric, const TextPtr& text) {
  Bound l = site.arguments[0], r = site.arguments[1];
  if (symmetric && IsInterval(r.type()) && !IsInterval(l.type())) std::swap(l, r);
  if (!IsInterval(l.type())) return {};
  if (!r.type().IsNumeric() && !r.type().IsStringLike() && !IsNull(r.type())) return {};
  if (IsCalendar(l.type()) || r.type().IsStringLike() || IsNull(r.type())) r = site.resolver.Cast(r, DataType::Double());
  const uint32_t flags = TryFlag(site);
  const bool division = std::string_view(kernel) == "divide";
  DataType type = l.type();
  if (IsYearMonth(type)) type = DataType::YearMonthInterval();
  if (IsDayTime(type)) type = DataType::DayTimeInterval();
  return site.resolver.Call(kernel, {l, r}, type, l.nullable() || r.nullable() || flags != 0 || (division && !site.resolver.is_ansi() && IsCalendar(l.type())), text, site.origin, flags);
}

Result<Bound> Multiply(CallSite& site) {
  const TextPtr text = BinaryTextOf(site, "*");
  if (auto interval = ScaleInterval(site, "multiply", true, text)) return *interval;
  Operands operands = CoerceArithmetic(site);
  const DataType& type = operands.left.type();
  TRY(CheckOperands(site, operands, text, type.IsNumeric(), "\"NUMERIC\""));
  DataType result = type;
  bool nullable = operands.left.nullable() || operands.right.nullable();
  if (type.Is(TypeKind::kDecimal)) {
    result = DecimalResult('*', type, operands.right.type(), site.resolver.rules());
    nullable = nullable || !site.resolver.is_ansi();
  }
  const uint32_t flags = TryFlag(site);
  return site.resolver.Call("multiply", {operands.left, operands.right}, result, nullable || flags != 0, text, site.origin, flags);
}

Result<Bound> Divide(CallSite& site) {
  const TextPtr text = BinaryTextOf(site, "/");
  if (auto interval = ScaleInterval(site, "divide", false, text)) return *interval;
  Operands operands = CoerceArithmetic(site);
  auto numeric_or_null = [](const DataType& type) { return type.IsNumeric() || IsNull(type); };
  const bool both_decimal = operands.left.type().Is(TypeKind::kDecimal) && operands.right.type().Is(TypeKind::kDecimal);
  if (!both_decimal && numeric_or_null(operands.left.type()) && numeric_or_null(operands.right.type())) {
    operands.left = site.resolver.Cast(operands.left, DataType::Double());
    operands.right = site.resolver.Cast(operands.right, DataType::Double());
  }
  const DataType& type = operands.left.type();
  TRY(CheckOperands(site, operands, text, type.Is(TypeKind::kDouble) || type.Is(TypeKind::kDecimal), "(\"DOUBLE\" or \"DECIMAL\")"));
  const DataType result = both_decimal ? DecimalResult('/', type, operands.right.type(), site.resolver.rules()) : DataType::Double();
  return site.resolver.Call("divide", {operands.left, operands.right}, result, true, text, site.origin, TryFlag(site));
}

Result<Bound> IntegralDivide(CallSite& site) {
  const TextPtr text = BinaryTextOf(site, "div");
  Operands operands = CoerceArithmetic(site);
  auto integral = [](const DataType& type) { return type.IsIntegral() || IsNull(type); };
  if (integral(operands.left.type()) && integral(operands.right.type())) {
    operands.left = site.resolver.Cast(operands.left, DataType::Long());
    operands.right = site.resolver.Cast(operands.right, DataType::Long());
  }
  const DataType& type = operands.left.type();
  const bool accepted = type.Is(TypeKind::kLong) || type.Is(TypeKind::kDecimal) || type.IsAnsiInterval();
  TRY(CheckOperands(site, operands, text, accepted, "(\"BIGINT\" or \"DECIMAL\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL DAY TO SECOND\")"));
  return site.resolver.Call("div", {operands.left, operands.right}, DataType::Long(), true, text, site.origin, TryFlag(site));
}

Result<Bound> RemainderOf(CallSite& site, const char* kernel, const TextPtr& text) {
  Operands operands = CoerceArithmetic(site);
  const DataType& type = operands.left.type();
  TRY(CheckOperands(site, operands, text, type.IsNumeric(), "\"NUMERIC\""));
  const DataType result = type.Is(TypeKind::kDecimal) ? DecimalResult('%', type, operands.right.type(), site.resolver.rules()) : type;
  return site.resolver.Call(kernel, {operands.left, operands.right}, result, true, text, site.origin, TryFlag(site));
}

Result<Bound> Remainder(CallSite& site) { return RemainderOf(site, "remainder", BinaryTextOf(site, "%")); }
Result<Bound> TryRemainder(CallSite& site) { return RemainderOf(site, "remainder", CallText(site.name, {site.arguments[0].text, site.arguments[1].text})); }
Result<Bound> Pmod(CallSite& site) { return RemainderOf(site, "pmod", CallText("pmod", {site.arguments[0].text, site.arguments[1].text})); }

Result<Bound> UnaryNumeric(CallSite& site, const char* kernel, const TextPtr& text) {
  Bound value = site.arguments[0];
  const TypeSpec spec = *ParseTypeSpec("numeric|dtinterval|yminterval|interval");
  auto type = value.type().IsStringLike() && site.resolver.is_ansi() ? std::optional(DataType::Double()) : ImplicitCastType(value.type(), spec, site.resolver.is_ansi());
  if (!type) return site.resolver.UnexpectedType(text, 0, kNumericOrInterval, value, site.origin);
  value = site.resolver.Cast(value, *type);
  if (kernel == nullptr) return Bound{value.expression, text};
  return site.resolver.Call(kernel, {value}, value.type(), value.nullable(), text, site.origin);
}

Result<Bound> Minus(CallSite& site) {
  if (site.arguments.size() == 2) return Subtract(site);
  return UnaryNumeric(site, "negate", SpliceText({MakeText("(- "), site.arguments[0].text, MakeText(")")}));
}

Result<Bound> Plus(CallSite& site) {
  if (site.arguments.size() == 2) return Add(site);
  return UnaryNumeric(site, nullptr, SpliceText({MakeText("(+ "), site.arguments[0].text, MakeText(")")}));
}

Result<Bound> Negative(CallSite& site) { return UnaryNumeric(site, "negate", CallText(site.name, {site.arguments[0].text})); }
Result<Bound> Positive(CallSite& site) { return UnaryNumeric(site, nullptr, SpliceText({MakeText("(+ "), site.arguments[0].text, MakeText(")")})); }

// Comparisons.
Result<Bound> Compare(CallSite& site, const char* symbol, const char* kernel, bool null_safe) {
  Resolver& resolver = site.resolver;
  Bound left = site.arguments[0], right = site.arguments[1];
  const TextPtr text = BinaryText(left.text, symbol, right.text);
  const auto& rules = resolver.rules();
  if (!(left.type() == right.type())) {
    // An integer constant beside a decimal is as narrow as it can be.
    const bool l_decimal = left.type().Is(TypeKind::kDecimal), r_decimal = right.type().Is(TypeKind::kDecimal);
    if (l_decimal && right.type().IsIntegral()) right = resolver.Cast(right, AsDecimal(right));
    if (r_decimal && left.type().IsIntegral()) left = resolver.Cast(left, AsDecimal(left));
    auto common = ComparisonType(left.type(), right.type(), rules);
    if (!rules.is_ansi && common) {
      // = and <=> of a number and a boolean.
      const bool l_bool = left.type().Is(TypeKind::kBoolean), r_bool = right.type().Is(TypeKind::kBoolean);
      if (l_bool != r_bool && (left.type().IsStringLike() || right.type().IsStringLike())) common = DataType::Boolean();
    }
    const bool equality = std::string_view(kernel) == "equal" || null_safe;
    if (!rules.is_ansi && equality && left.type().Is(TypeKind::kBoolean) != right.type().Is(TypeKind::kBoolean)) {
      const DataType& other = left.type().Is(TypeKind::kBoolean) ? right.type() : left.type();
      if (other.IsNumeric()) common = other;
    }
    if (common) {
      left = resolver.Cast(left, *common);
      right = resolver.Cast(right, *common);
    }
  }
  if (!plan::SameTypeIgnoringNullability(left.type(), right.type()) && !(left.type().IsStringLike() && right.type().IsStringLike())) {
    return resolver.Mismatch("BINARY_OP_DIFF_TYPES", {{"left", QuoteType(left.type())}, {"right", QuoteType(right.type())}}, text, site.origin);
  }
  if (!IsOrderable(left.type()) ) {
    return resolver.Mismatch("INVALID_ORDERING_TYPE", {{"functionName", QuoteName(symbol)}, {"dataType", QuoteType(left.type())}}, text, site.origin);
  }
  return resolver.Call(kernel, {left, right}, DataType::Boolean(), !null_safe && (left.nullable() || right.nullable()), text, site.origin);
}

Result<Bound> Equal(CallSite& site) { return Compare(site, "=", "equal", false); }
Result<Bound> EqualNullSafe(CallSite& site) { return Compare(site, "<=>", "equal_null_safe", true); }
Result<Bound> Less(CallSite& site) { return Compare(site, "<", "less", false); }
Result<Bound> LessEqual(CallSite& site) { return Compare(site, "<=", "less_equal", false); }
Result<Bound> Greater(CallSite& site) { return Compare(site, ">", "greater", false); }
Result<Bound> GreaterEqual(CallSite& site) { return Compare(site, ">=", "greater_equal", false); }

Result<Bound> NotEqual(CallSite& site) {
  TRY(Bound equal, Equal(site));
  const TextPtr text = SpliceText({MakeText("(NOT "), equal.text, MakeText(")")});
  return site.resolver.Call("not", {equal}, DataType::Boolean(), equal.nullable(), text, site.origin);
}

Result<Bound> Between(CallSite& site) {
  const TextPtr text = CallText("between", {site.arguments[0].text, site.arguments[1].text, site.arguments[2].text});
  TRY(Bound low, site.resolver.CallBuiltin(">=", {site.arguments[0], site.arguments[1]}, site.origin));
  TRY(Bound high, site.resolver.CallBuiltin("<=", {site.arguments[0], site.arguments[2]}, site.origin));
  return site.resolver.Call("and", {low, high}, DataType::Boolean(), low.nullable() || high.nullable(), text, site.origin);
}

// Logic.
Result<Bound> Logic(CallSite& site, const char* symbol, const char* kernel) {
  Resolver& resolver = site.resolver;
  Bound left = site.arguments[0], right = site.arguments[1];
  const TextPtr text = BinaryText(left.text, symbol, right.text);
  auto to_boolean = [&](Bound& value, const Bound& other) {
    if (IsNull(value.type())) value = resolver.Cast(value, DataType::Boolean());
    if (value.type().IsStringLike() && resolver.is_ansi() && (other.type().Is(TypeKind::kBoolean))) value = resolver.Cast(value, DataType::Boolean());
  };
  to_boolean(left, right);
  to_boolean(right, left);
  if (!plan::SameTypeIgnoringNullability(left.type(), right.type())) {
    return resolver.Mismatch("BINARY_OP_DIFF_TYPES", {{"left", QuoteType(left.type())}, {"right", QuoteType(right.type())}}, text, site.origin);
  }
  if (!left.type().Is(TypeKind::kBoolean)) return resolver.Mismatch("BINARY_OP_WRONG_TYPE", {{"inputType", "\"BOOLEAN\""}, {"actualDataType", QuoteType(left.type())}}, text, site.origin);
  return resolver.Call(kernel, {left, right}, DataType::Boolean(), left.nullable() || right.nullable(), text, site.origin);
}

Result<Bound> And(CallSite& site) { return Logic(site, "AND", "and"); }
Result<Bound> Or(CallSite& site) { return Logic(site, "OR", "or"); }

Result<Bound> Not(CallSite& site) {
  Bound value = site.arguments[0];
  const TextPtr text = SpliceText({MakeText("(NOT "), value.text, MakeText(")")});
  auto type = ImplicitCastType(value.type(), *ParseTypeSpec("boolean"), site.resolver.is_ansi());
  if (!type) return site.resolver.UnexpectedType(text, 0, "\"BOOLEAN\"", value, site.origin);
  value = site.resolver.Cast(value, *type);
  return site.resolver.Call("not", {value}, DataType::Boolean(), value.nullable(), text, site.origin);
}

Result<Bound> IsNullTest(CallSite& site) {
  return site.resolver.Call("isnull", {site.arguments[0]}, DataType::Boolean(), false, SpliceText({MakeText("("), site.arguments[0].text, MakeText(" IS NULL)")}), site.origin);
}
Result<Bound> IsNotNullTest(CallSite& site) {
  return site.resolver.Call("isnotnull", {site.arguments[0]}, DataType::Boolean(), false, SpliceText({MakeText("("), site.arguments[0].text, MakeText(" IS NOT NULL)")}), site.origin);
}

// Bits.
Result<Bound> Bits(CallSite& site, const char* symbol, const char* kernel) {
  Operands operands = CoerceArithmetic(site);
  const TextPtr text = BinaryText(site.arguments[0].text, symbol, site.arguments[1].text);
  const DataType& type = operands.left.type();
  TRY(CheckOperands(site, operands, text, type.IsIntegral(), "\"INTEGRAL\""));
  return site.resolver.Call(kernel, {operands.left, operands.right}, type, operands.left.nullable() || operands.right.nullable(), text, site.origin);
}
Result<Bound> BitAnd(CallSite& site) { return Bits(site, "&", "bit_and"); }
Result<Bound> BitOr(CallSite& site) { return Bits(site, "|", "bit_or"); }
Result<Bound> BitXor(CallSite& site) { return Bits(site, "^", "bit_xor"); }

Result<Bound> BitNot(CallSite& site) {
  Bound value = site.arguments[0];
  const TextPtr text = SpliceText({MakeText("~"), value.text});
  auto type = ImplicitCastType(value.type(), *ParseTypeSpec("integral"), site.resolver.is_ansi());
  if (!type) return site.resolver.UnexpectedType(text, 0, "\"INTEGRAL\"", value, site.origin);
  value = site.resolver.Cast(value, *type);
  return site.resolver.Call("bit_not", {value}, value.type(), value.nullable(), text, site.origin);
}

Result<Bound> Shift(CallSite& site) {
  std::string_view symbol = site.entry.kernel == "shiftleft" ? "<<" : site.entry.kernel == "shiftright" ? ">>" : ">>>";
  const bool as_operator = site.name == "<<" || site.name == ">>" || site.name == ">>>";
  const TextPtr text = as_operator ? BinaryText(site.arguments[0].text, symbol, site.arguments[1].text) : CallText(site.name, {site.arguments[0].text, site.arguments[1].text});
  return site.resolver.Call(site.entry.kernel, site.arguments, site.arguments[0].type(), AnyNullable(site), text, site.origin);
}

// LIKE family.
Result<Bound> LikeOf(CallSite& site, const char* kernel, const char* word) {
  Resolver& resolver = site.resolver;
  std::vector<TextPtr> pieces = {site.arguments[0].text, MakeText(fmt::format(" {} ", word)), site.arguments[1].text};
  const bool by_name = site.call != nullptr && !site.call->is_operator;
  if (site.arguments.size() == 3) {
    const auto* escape = site.arguments[2].expression->As<Literal>();
    const bool is_character = escape != nullptr && std::holds_alternative<std::string>(escape->value);
    const std::string character = is_character ? std::get<std::string>(escape->value) : "";
    if (!is_character || character.empty()) return resolver.Fail("INVALID_ESCAPE_CHAR", {{"sqlExpr", QuoteExpression(site.arguments[2].text->Pretty())}}, site.origin);
    if (character != "\\") {
      pieces.push_back(MakeText(" ESCAPE '" + character + "'"));
    }
  }
  const bool ilike_by_name = std::string_view(kernel) == "ilike";
  const TextPtr text = ilike_by_name ? CallText("ilike", {site.arguments[0].text, site.arguments[1].text}) : SpliceText(std::move(pieces));
  (void)by_name;
  return resolver.Call(kernel, site.arguments, DataType::Boolean(), site.arguments[0].nullable() || site.arguments[1].nullable(), text, site.origin);
}
Result<Bound> Like(CallSite& site) { return LikeOf(site, "like", "LIKE"); }
Result<Bound> Ilike(CallSite& site) { return LikeOf(site, "ilike", "ILIKE"); }

Result<Bound> Rlike(CallSite& site) {
  const std::string shown = site.call != nullptr && !site.call->is_operator ? ToUpper(site.name) : "RLIKE";
  return site.resolver.Call("rlike", site.arguments, DataType::Boolean(), AnyNullable(site), CallText(shown, {site.arguments[0].text, site.arguments[1].text}), site.origin);
}

Result<Bound> LikeMany(CallSite& site) {
  Resolver& resolver = site.resolver;
  const std::string_view kernel = site.entry.kernel;
  const bool is_not = kernel.starts_with("not_"), is_all = kernel.ends_with("_all");
  if (site.arguments.size() < 2) return resolver.Fail("_LEGACY_ERROR_TEMP_0064", {{"msg", "Expected something between '(' and ')'."}}, site.origin);
  std::vector<TextPtr> patterns;
  for (size_t i = 1; i < site.arguments.size(); ++i) patterns.push_back(site.arguments[i].text);
  std::vector<TextPtr> pieces = {site.arguments[0].text, MakeText(is_not ? " NOT LIKE " : " LIKE "), MakeText(is_all ? "ALL(" : "ANY(")};
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (i > 0) pieces.push_back(MakeText(", "));
    pieces.push_back(patterns[i]);
  }
  pieces.push_back(MakeText(")"));
  std::vector<Bound> arguments = site.arguments;
  const bool fold_case = site.name.find("ilike") != std::string::npos;
  if (fold_case) {
    for (Bound& argument : arguments) argument = resolver.Call("lower", {argument}, DataType::String(), argument.nullable(), argument.text, site.origin);
  }
  bool nullable = true;
  return resolver.Call(kernel, std::move(arguments), DataType::Boolean(), nullable, fold_case ? CallText(is_all ? "like_all" : "like_any", patterns) : SpliceText(std::move(pieces)), site.origin);
}

Result<Bound> StringConcat(CallSite& site) { return site.resolver.CallBuiltin("concat", site.arguments, site.origin); }
Result<Bound> BangEqual(CallSite& site) { return NotEqual(site); }

constexpr FunctionEntry kEntries[] = {
    {.names = "+", .args = "left:any,right:any?", .kernel = "add", .build = Plus, .usage = "Adds, or gives the value as it is.", .group = "math"},
    {.names = "-", .args = "left:any,right:any?", .kernel = "subtract", .build = Minus, .usage = "Subtracts, or negates.", .group = "math"},
    {.names = "*", .args = "left:any,right:any", .kernel = "multiply", .build = Multiply, .usage = "Multiplies.", .group = "math"},
    {.names = "/", .args = "left:any,right:any", .kernel = "divide", .build = Divide, .usage = "Divides; always a fraction.", .group = "math"},
    {.names = "div", .args = "left:any,right:any", .build = IntegralDivide, .usage = "Divides and drops the fraction.", .group = "math"},
    {.names = "% mod*", .args = "left:any,right:any", .kernel = "remainder", .build = Remainder, .usage = "Gives the remainder, with the sign of the dividend.", .group = "math"},
    {.names = "pmod", .args = "left:any,right:any", .build = Pmod, .usage = "Gives the remainder that is not negative.", .group = "math"},
    {.names = "try_add", .args = "left:any,right:any", .flags = kTry, .kernel = "add", .build = Add, .usage = "Adds; NULL on overflow.", .group = "math"},
    {.names = "try_subtract", .args = "left:any,right:any", .flags = kTry, .kernel = "subtract", .build = Subtract, .usage = "Subtracts; NULL on overflow.", .group = "math"},
    {.names = "try_multiply", .args = "left:any,right:any", .flags = kTry, .kernel = "multiply", .build = Multiply, .usage = "Multiplies; NULL on overflow.", .group = "math"},
    {.names = "try_divide", .args = "left:any,right:any", .flags = kTry, .kernel = "divide", .build = Divide, .usage = "Divides; NULL when the divisor is 0.", .group = "math"},
    {.names = "try_mod", .args = "left:any,right:any", .flags = kTry, .kernel = "remainder", .build = TryRemainder, .usage = "Gives the remainder; NULL when the divisor is 0.", .group = "math"},
    {.names = "negative", .args = "expr:any", .kernel = "negate", .build = Negative, .usage = "Negates.", .group = "math"},
    {.names = "positive", .args = "expr:any", .kernel = "positive", .build = Positive, .usage = "Gives the value as it is.", .group = "math"},
    {.names = "= ==", .args = "left:any,right:any", .kernel = "equal", .build = Equal, .usage = "Tells equality.", .group = "predicate"},
    {.names = "<=>", .args = "left:any,right:any", .kernel = "equal_null_safe", .build = EqualNullSafe, .usage = "Tells equality; two NULLs are equal.", .group = "predicate"},
    {.names = "!= <>", .args = "left:any,right:any", .kernel = "not_equal", .build = BangEqual, .usage = "Tells inequality.", .group = "predicate"},
    {.names = "<", .args = "left:any,right:any", .kernel = "less", .build = Less, .usage = "Tells less.", .group = "predicate"},
    {.names = "<=", .args = "left:any,right:any", .kernel = "less_equal", .build = LessEqual, .usage = "Tells less or equal.", .group = "predicate"},
    {.names = ">", .args = "left:any,right:any", .kernel = "greater", .build = Greater, .usage = "Tells greater.", .group = "predicate"},
    {.names = ">=", .args = "left:any,right:any", .kernel = "greater_equal", .build = GreaterEqual, .usage = "Tells greater or equal.", .group = "predicate"},
    {.names = "between", .args = "input:any,lower:any,upper:any", .build = Between, .usage = "Tells whether the value lies between the bounds, both included.", .group = "predicate"},
    {.names = "and", .args = "left:any,right:any", .build = And, .usage = "Logical and.", .group = "predicate"},
    {.names = "or", .args = "left:any,right:any", .build = Or, .usage = "Logical or.", .group = "predicate"},
    {.names = "not !", .args = "expr:any", .build = Not, .usage = "Logical not.", .group = "predicate"},
    {.names = "isnull", .args = "expr:any", .build = IsNullTest, .usage = "Tells whether the value is NULL.", .group = "predicate"},
    {.names = "isnotnull", .args = "expr:any", .build = IsNotNullTest, .usage = "Tells whether the value is not NULL.", .group = "predicate"},
    {.names = "isnan", .args = "expr:double|float", .result = "boolean", .nulls = NullRule::kNever, .usage = "Tells whether the value is NaN.", .group = "predicate"},
    {.names = "&", .args = "left:any,right:any", .kernel = "bit_and", .build = BitAnd, .usage = "Bitwise and.", .group = "bitwise"},
    {.names = "|", .args = "left:any,right:any", .kernel = "bit_or", .build = BitOr, .usage = "Bitwise or.", .group = "bitwise"},
    {.names = "^", .args = "left:any,right:any", .kernel = "bit_xor", .build = BitXor, .usage = "Bitwise exclusive or.", .group = "bitwise"},
    {.names = "~", .args = "expr:any", .kernel = "bit_not", .build = BitNot, .usage = "Bitwise not.", .group = "bitwise"},
    {.names = "<< shiftleft*", .args = "base:int|bigint,expr:int", .kernel = "shiftleft", .build = Shift, .usage = "Shifts bits to the left.", .group = "bitwise"},
    {.names = ">> shiftright*", .args = "base:int|bigint,expr:int", .kernel = "shiftright", .build = Shift, .usage = "Shifts bits to the right, keeping the sign.", .group = "bitwise"},
    {.names = ">>> shiftrightunsigned*", .args = "base:int|bigint,expr:int", .kernel = "shiftrightunsigned", .build = Shift, .usage = "Shifts bits to the right, filling with 0.", .group = "bitwise"},
    {.names = "like", .args = "str:string,pattern:string,escape:string?", .build = Like, .usage = "Tells whether the text matches a pattern of % and _.", .group = "string"},
    {.names = "ilike", .args = "str:string,pattern:string,escape:string?", .build = Ilike, .usage = "As like, ignoring case.", .group = "string"},
    {.names = "rlike regexp* regexp_like*", .args = "str:string,regexp:string", .build = Rlike, .usage = "Tells whether the text contains a match of the regular expression.", .group = "string"},
    {.names = "likeall ilikeall*", .args = "str:string,pattern:string...", .kernel = "like_all", .build = LikeMany, .group = "string"},
    {.names = "notlikeall notilikeall*", .args = "str:string,pattern:string...", .kernel = "not_like_all", .build = LikeMany, .group = "string"},
    {.names = "likeany ilikeany*", .args = "str:string,pattern:string...", .kernel = "like_any", .build = LikeMany, .group = "string"},
    {.names = "notlikeany notilikeany*", .args = "str:string,pattern:string...", .kernel = "not_like_any", .build = LikeMany, .group = "string"},
    {.names = "||", .args = "left:any,right:any", .kernel = "concat_operator", .build = StringConcat, .usage = "Joins texts, binaries or arrays.", .group = "string"},
};

}  // namespace

std::span<const FunctionEntry> OperatorFunctions() { return kEntries; }

}  // namespace crannog::analyze
