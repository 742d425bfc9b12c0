#include <fmt/format.h>

#include <set>

#include "sql/datetime_text.h"
#include "sql/parser_state.h"

/// INTERVAL literals. Source: AstBuilder.visitInterval and its kin.
namespace crannog::sql {
namespace {

// The place of a unit among the fields of ANSI intervals; year and month are -2 and -1.
std::optional<int> FieldOf(Token token) {
  switch (token) {
    case Token::kYear: case Token::kYears: return -2;
    case Token::kMonth: case Token::kMonths: return -1;
    case Token::kWeek: case Token::kWeeks: case Token::kDay: case Token::kDays: return 0;
    case Token::kHour: case Token::kHours: return 1;
    case Token::kMinute: case Token::kMinutes: return 2;
    case Token::kSecond: case Token::kSeconds: case Token::kMillisecond: case Token::kMilliseconds: case Token::kMicrosecond:
    case Token::kMicroseconds: case Token::kNanosecond: case Token::kNanoseconds: return 3;
    default: return std::nullopt;
  }
}

bool IsToUnit(Token token) {
  return token == Token::kYear || token == Token::kMonth || token == Token::kDay || token == Token::kHour || token == Token::kMinute ||
         token == Token::kSecond;
}

constexpr int64_t kMicrosPerDay = 86'400'000'000;

}  // namespace

bool Parser::AtIntervalLiteral() const {
  if (!At(T::kInterval)) return false;
  if (AtString(1)) return true;
  size_t at = KindIn(1, {T::kPlus, T::kMinus}) ? 2 : 1;
  if (!AtString(at) && !KindIn(at, {T::kInteger, T::kDecimalValue})) return false;
  return AtString(at) || FieldOf(Kind(at + 1)).has_value();
}

ExpressionPtr Parser::IntervalLiteral() {
  size_t start = pos_;
  Expect(T::kInterval);
  auto problem = [&](const IntervalProblem& what, size_t from) {
    Semantic(ConditionError("INVALID_INTERVAL_FORMAT." + what.sub_condition, what.parameters), from);
    return MakeExpression(Literal::Null(), From(start));
  };
  // What units were named decides the type; years with days cannot mix.
  auto typed = [&](CalendarIntervalValue value, const std::set<int>& fields) {
    Origin origin = From(start);
    if (options_.interval_legacy) return MakeExpression(Literal{DataType::CalendarInterval(), value}, origin);
    bool has_months = !fields.empty() && *fields.begin() < 0;
    bool has_days = !fields.empty() && *fields.rbegin() >= 0;
    if (has_months && has_days) {
      Semantic(ConditionError("_LEGACY_ERROR_TEMP_0029", {{"literal", Slice(origin)}}), origin);
      return MakeExpression(Literal::Null(), origin);
    }
    if (has_months) {
      return MakeExpression(Literal::OfInteger(DataType::YearMonthInterval(*fields.begin() + 2, *fields.rbegin() + 2), value.months), origin);
    }
    int64_t micros;
    if (__builtin_mul_overflow(int64_t{value.days}, kMicrosPerDay, &micros) || __builtin_add_overflow(micros, value.micros, &micros)) {
      return problem({"ARITHMETIC_EXCEPTION", {{"input", Slice(origin)}}}, start);
    }
    int first = fields.empty() ? 0 : *fields.begin(), last = fields.empty() ? 3 : *fields.rbegin();
    return MakeExpression(Literal::OfInteger(DataType::DayTimeInterval(first, last), micros), origin);
  };

  size_t value_at = pos_;
  bool has_sign = AtAny({T::kPlus, T::kMinus});
  size_t unit_ahead = has_sign ? 2 : 1;
  // Adjacent strings are one value only in the typed form; INTERVAL '1' '2' day is none.
  if (!has_sign && AtString() && !FieldOf(Kind(1)) && Kind(1) != T::kTo) {
    size_t body = pos_;
    std::string value = StringLiteral();
    (void)body;
    auto parsed = ParseIntervalText(value);
    if (std::holds_alternative<IntervalProblem>(parsed)) {
      Semantic(ConditionError("INVALID_TYPED_LITERAL", {{"valueType", "\"INTERVAL\""}, {"value", fmt::format("'{}'", value)}}), start);
      return MakeExpression(Literal::Null(), From(start));
    }
    std::set<int> fields;
    std::string lowered = LowerAscii(value);
    size_t i = 0;
    while (i < lowered.size()) {
      size_t end = i;
      while (end < lowered.size() && static_cast<unsigned char>(lowered[end]) > 0x20) ++end;
      std::string word = lowered.substr(i, end - i);
      if (auto field = FieldOf(FindKeyword(word))) fields.insert(*field);
      i = end + 1;
    }
    return typed(std::get<CalendarIntervalValue>(parsed), fields);
  }

  if (IsToUnit(Kind(unit_ahead)) && Kind(unit_ahead + 1) == T::kTo) {
    // value FROM TO to
    bool negative = At(T::kMinus);
    if (has_sign) Advance();
    std::optional<std::string> value;
    if (AtString()) value = OneString();
    else if (AtAny({T::kInteger, T::kDecimalValue})) Advance();
    else Fail("an interval's value");
    T from_token = Kind();
    Advance();
    Expect(T::kTo);
    if (!IsToUnit(Kind())) Fail("YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
    T to_token = Kind();
    Advance();
    if (AtString() || AtAny({T::kInteger, T::kDecimalValue}) || (AtAny({T::kPlus, T::kMinus}) && AtString(1) && FieldOf(Kind(2)))) {
      // A second unit list or from-to pair after the first is caught by name.
      size_t again = pos_;
      bool more = Try([&] {
        if (AtAny({T::kPlus, T::kMinus})) Advance();
        Advance();
        if (!FieldOf(Kind())) Fail();
        Advance();
        if (Accept(T::kTo)) Advance();
      });
      if (more) {
        Semantic(ConditionError("_LEGACY_ERROR_TEMP_0024"), again);
      }
    }
    int from = *FieldOf(from_token), to = *FieldOf(to_token);
    Origin origin = From(start);
    if (!value) {
      Semantic(ConditionError("_LEGACY_ERROR_TEMP_0027"), Between(value_at, pos_ - 1));
      return MakeExpression(Literal::Null(), origin);
    }
    // A sign outside turns the sign inside.
    std::string text = *value;
    if (negative) text = text.starts_with("-") ? text.substr(1) : "-" + text;
    if (from == -2 && to == -1) {
      auto parsed = ParseYearMonthText(text);
      if (auto* what = std::get_if<IntervalProblem>(&parsed)) return problem(*what, value_at);
      int32_t months = std::get<int32_t>(parsed);
      if (options_.interval_legacy) return MakeExpression(Literal{DataType::CalendarInterval(), CalendarIntervalValue{months, 0, 0}}, origin);
      return MakeExpression(Literal::OfInteger(DataType::YearMonthInterval(), months), origin);
    }
    if (from < 0 || to < 0 || from >= to) {
      return problem({"UNSUPPORTED_FROM_TO_EXPRESSION",
                      {{"input", *value}, {"from", LowerAscii(TextOf(value_at + unit_ahead))}, {"to", LowerAscii(TextOf(value_at + unit_ahead + 2))}}}, start);
    }
    auto parsed = ParseDayTimeText(text, from, to);
    if (auto* what = std::get_if<IntervalProblem>(&parsed)) return problem(*what, value_at);
    int64_t micros = std::get<int64_t>(parsed);
    if (options_.interval_legacy) {
      return MakeExpression(Literal{DataType::CalendarInterval(), CalendarIntervalValue{0, static_cast<int32_t>(micros / kMicrosPerDay), micros % kMicrosPerDay}}, origin);
    }
    return MakeExpression(Literal::OfInteger(DataType::DayTimeInterval(from, to), micros), origin);
  }

  // value unit, value unit, …
  std::string text;
  std::set<int> fields;
  bool failed = false;
  do {
    bool negative = At(T::kMinus);
    if (AtAny({T::kPlus, T::kMinus})) Advance();
    std::string value;
    if (AtString()) {
      size_t at = pos_;
      value = OneString();
      for (char c : value) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80) {
          if (!failed) Semantic(ConditionError("_LEGACY_ERROR_TEMP_0026", {{"value", value}}), at);
          failed = true;
          break;
        }
      }
      size_t first = value.find_first_not_of(' ');
      if (negative && first != std::string::npos && value[first] == '-') value = value.substr(first + 1);
      else if (negative) value = "-" + value;
    } else if (AtAny({T::kInteger, T::kDecimalValue})) {
      value = (negative ? "-" : "") + std::string(Text());
      Advance();
    } else {
      Fail("an interval's value");
    }
    auto field = FieldOf(Kind());
    if (!field) Fail("a unit of time");
    fields.insert(*field);
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", value, LowerAscii(Text()));
    Advance();
  } while ((AtAny({T::kPlus, T::kMinus}) && (AtString(1) || KindIn(1, {T::kInteger, T::kDecimalValue})) && FieldOf(Kind(2))) ||
           ((AtString() || AtAny({T::kInteger, T::kDecimalValue})) && FieldOf(Kind(1)) && Kind(2) != T::kTo));
  if (failed) return MakeExpression(Literal::Null(), From(start));
  if ((AtString() || AtAny({T::kInteger, T::kDecimalValue})) && IsToUnit(Kind(1)) && Kind(2) == T::kTo) {
    size_t again = pos_;
    Advance();
    Advance();
    Advance();
    Advance();
    Semantic(ConditionError("_LEGACY_ERROR_TEMP_0024"), again);
    return MakeExpression(Literal::Null(), From(start));
  }
  auto parsed = ParseIntervalText(text);
  if (auto* what = std::get_if<IntervalProblem>(&parsed)) return problem(*what, value_at);
  return typed(std::get<CalendarIntervalValue>(parsed), fields);
}

}  // namespace crannog::sql
