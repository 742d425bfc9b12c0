#include <fmt/format.h>

#include "sql/parser_state.h"

/// Function calls and the special forms that look like them.
namespace crannog::sql {
namespace {

bool IsDatetimeUnit(Token token) {
  switch (token) {
    case Token::kYear: case Token::kQuarter: case Token::kMonth: case Token::kWeek: case Token::kDay: case Token::kDayofyear: case Token::kHour:
    case Token::kMinute: case Token::kSecond: case Token::kMillisecond: case Token::kMicrosecond: return true;
    default: return false;
  }
}

}  // namespace

ExpressionPtr Parser::FunctionArgument() {
  size_t start = pos_;
  if (AtIdentifier() && Kind(1) == T::kFatArrow) {
    NamedArgument argument;
    argument.name = Identifier();
    Expect(T::kFatArrow);
    argument.value = ParseExpr();
    return MakeExpression(std::move(argument), From(start));
  }
  return ParseExpr();
}

// ( [DISTINCT | ALL] arguments ) and what may follow.
ExpressionPtr Parser::CallArguments(Name name, size_t start) {
  FunctionCall call;
  call.name = std::move(name);
  call.name.origin = From(start);
  Expect(T::kLeftParen);
  if (!Accept(T::kRightParen)) {
    if (AtAny({T::kDistinct, T::kAll}) && (CanStartExpression(1) || Kind(1) == T::kCase)) {
      call.is_distinct = At(T::kDistinct);
      Advance();
    }
    CommaList([&] { call.arguments.push_back(FunctionArgument()); });
    if (At(T::kIgnore, T::kNulls) || At(T::kRespect, T::kNulls)) {
      call.nulls = At(T::kIgnore) ? NullTreatment::kIgnoreNulls : NullTreatment::kRespectNulls;
      Advance();
      Advance();
    }
    ExpectRepairable(T::kRightParen, {});
  }
  return CallSuffix(std::move(call), start);
}

ExpressionPtr Parser::CallSuffix(FunctionCall call, size_t start) {
  if (At(T::kWithin, T::kGroup)) {
    Advance();
    Advance();
    Expect(T::kLeftParen);
    Expect(T::kOrder);
    Expect(T::kBy);
    call.within_group = SortItems();
    Expect(T::kRightParen);
  }
  // FILTER without WHERE is an alias.
  if (At(T::kFilter, T::kLeftParen) && Kind(2) == T::kWhere) {
    Advance();
    Advance();
    Advance();
    call.filter = ParseExpr();
    Expect(T::kRightParen);
  }
  if ((At(T::kIgnore) || At(T::kRespect)) && Kind(1) == T::kNulls) {
    call.nulls = At(T::kIgnore) ? NullTreatment::kIgnoreNulls : NullTreatment::kRespectNulls;
    Advance();
    Advance();
  }
  if (At(T::kOver) && (Kind(1) == T::kLeftParen || AtIdentifier(1))) {
    // The call's own place in the text ends before OVER.
    ExpressionPtr function = MakeExpression(std::move(call), From(start));
    Advance();
    WindowExpression window;
    window.spec = ParseWindowSpec();
    window.function = std::move(function);
    return MakeExpression(std::move(window), From(start));
  }
  return MakeExpression(std::move(call), From(start));
}

// Counts a token inside the brackets of the call that starts here, not inside deeper ones: tells special forms from calls without trying both.
int Parser::CountInCall(T token) const {
  int depth = 0, count = 0;
  for (size_t i = pos_ + 1; i < tokens_.size(); ++i) {
    T kind = tokens_[i].token;
    if (kind == T::kLeftParen || kind == T::kLeftBracket) ++depth;
    else if ((kind == T::kRightParen || kind == T::kRightBracket) && --depth == 0) break;
    else if (kind == token && depth == 1) ++count;
  }
  return count;
}

ExpressionPtr Parser::SpecialCall() {
  size_t start = pos_;
  T kind = Kind();
  auto string_of = [&](std::string text, size_t at) { return MakeExpression(Literal::String(std::move(text)), Between(at, at)); };
  switch (kind) {
    case T::kCast:
    case T::kTryCast: {
      Advance();
      Advance();
      ExpressionPtr child = ParseExpr();
      Expect(T::kAs);
      DataType type = ParseType();
      Expect(T::kRightParen);
      return MakeExpression(CastTo{std::move(child), std::move(type), kind == T::kCast ? CastMode::kSession : CastMode::kTry}, From(start));
    }
    case T::kStruct: {
      Advance();
      Advance();
      std::vector<ExpressionPtr> arguments;
      if (!At(T::kRightParen)) arguments = NamedExpressionSeq();
      Expect(T::kRightParen);
      FunctionCall call;
      call.name.parts = {"struct"};
      call.arguments = std::move(arguments);
      call.is_operator = true;
      return MakeExpression(std::move(call), From(start));
    }
    case T::kPosition: {
      if (CountInCall(T::kIn) == 0) return nullptr;
      Advance();
      Advance();
      ExpressionPtr needle = ValueExpression();
      Expect(T::kIn);
      ExpressionPtr hay = ValueExpression();
      Expect(T::kRightParen);
      return MakeCall("locate", {std::move(needle), std::move(hay)}, From(start));
    }
    case T::kExtract: {
      if (!AtIdentifier(2) || Kind(3) != T::kFrom) {
        if (AtIdentifier(2) && Kind(3) == T::kLeftParen && At(T::kExtract) && Kind(2) == T::kIdentifier) {
          pos_ += 3;
          Fail("FROM");
        }
        return nullptr;
      }
      Advance();
      Advance();
      size_t field_at = pos_;
      std::string field = Identifier();
      Expect(T::kFrom);
      ExpressionPtr source = ValueExpression();
      Expect(T::kRightParen);
      return MakeCall("extract", {string_of(std::move(field), field_at), std::move(source)}, From(start));
    }
    case T::kSubstr:
    case T::kSubstring: {
      if (CountInCall(T::kFrom) == 0) return nullptr;
      Advance();
      Advance();
      std::vector<ExpressionPtr> arguments = {ValueExpression()};
      Expect(T::kFrom);
      arguments.push_back(ValueExpression());
      if (Accept(T::kFor)) arguments.push_back(ValueExpression());
      Expect(T::kRightParen);
      return MakeCall("substring", std::move(arguments), From(start));
    }
    case T::kTrim: {
      if (CountInCall(T::kFrom) == 0) return nullptr;
      Advance();
      Advance();
      const char* name = "trim";
      bool has_option = AtAny({T::kBoth, T::kLeading, T::kTrailing}) && Kind(1) != T::kRightParen;
      if (has_option) {
        name = At(T::kBoth) ? "trim" : At(T::kLeading) ? "ltrim" : "rtrim";
        Advance();
      }
      ExpressionPtr characters;
      if (!At(T::kFrom)) characters = ValueExpression();
      Expect(T::kFrom);
      std::vector<ExpressionPtr> arguments = {ValueExpression()};
      if (characters) arguments.push_back(std::move(characters));
      Expect(T::kRightParen);
      return MakeCall(name, std::move(arguments), From(start));
    }
    case T::kOverlay: {
      if (CountInCall(T::kPlacing) == 0) return nullptr;
      Advance();
      Advance();
      std::vector<ExpressionPtr> arguments = {ValueExpression()};
      Expect(T::kPlacing);
      arguments.push_back(ValueExpression());
      Expect(T::kFrom);
      arguments.push_back(ValueExpression());
      if (Accept(T::kFor)) arguments.push_back(ValueExpression());
      Expect(T::kRightParen);
      return MakeCall("overlay", std::move(arguments), From(start));
    }
    case T::kTimestampadd: case T::kDateadd: case T::kDateAdd: case T::kTimestampdiff: case T::kDatediff: case T::kDateDiff: case T::kTimediff: {
      bool is_add = kind == T::kTimestampadd || kind == T::kDateadd || kind == T::kDateAdd;
      bool has_unit = IsDatetimeUnit(Kind(2)) && Kind(3) == T::kComma;
      bool has_string = AtString(2) && Kind(3) == T::kComma;
      if ((!has_unit && !has_string) || CountInCall(T::kComma) != 2) return nullptr;
      std::string name(Text());
      Advance();
      Advance();
      std::string unit(UpperAscii(Text()));
      std::string written(Text());
      size_t unit_at = pos_;
      Advance();
      Expect(T::kComma);
      ExpressionPtr first = ValueExpression();
      Expect(T::kComma);
      ExpressionPtr second = ValueExpression();
      Expect(T::kRightParen);
      if (has_string) {
        Semantic(ConditionError("INVALID_PARAMETER_VALUE.DATETIME_UNIT",
                                {{"functionName", fmt::format("`{}`", name)}, {"parameter", "`unit`"}, {"invalidValue", written}}), start);
      }
      return MakeCall(is_add ? "timestampadd" : "timestampdiff", {string_of(unit, unit_at), std::move(first), std::move(second)}, From(start));
    }
    default: return nullptr;
  }
}

}  // namespace crannog::sql
