#include <fmt/format.h>

#include "sql/parser_state.h"

/// Literals, names, calls, subqueries and what may follow them. Source: primaryExpression of Spark's grammar.
namespace crannog::sql {

ExpressionPtr Parser::Primary() {
  size_t start = pos_;
  ExpressionPtr base = PrimaryBase();
  return Postfix(std::move(base), start);
}

ExpressionPtr Parser::Parameter() {
  size_t start = pos_;
  ParameterMarker marker;
  if (Accept(T::kQuestion)) {
    marker.position = question_marks_++;
  } else {
    Expect(T::kColon);
    marker.name = Identifier();
  }
  return MakeExpression(std::move(marker), From(start));
}

// Adjacent strings are one; a parameter marker among them makes a concatenation (Spark 4.1).
ExpressionPtr Parser::StringOrConcat() {
  size_t start = pos_;
  auto adjacent_path = [&] {  // 'text':path is an extraction, 'text' :p a marker
    return At(T::kColon) && options_.variant_extract && pos_ > 0 && tokens_[pos_ - 1].end == tokens_[pos_].begin &&
           Peek(1).begin == tokens_[pos_].end;
  };
  ExpressionPtr out;
  for (;;) {
    size_t piece_at = pos_;
    ExpressionPtr piece;
    if (AtString()) {
      std::string text = StringLiteral();
      piece = MakeExpression(Literal::String(std::move(text)), From(piece_at));
    } else if (At(T::kQuestion) || (At(T::kColon) && AtIdentifier(1) && (out == nullptr || !adjacent_path()))) {
      piece = Parameter();
    } else {
      return out;
    }
    out = out ? MakeCall("||", {std::move(out), std::move(piece)}, From(start)) : std::move(piece);
    if (!AtString() && !AtAny({T::kQuestion, T::kColon})) return out;
  }
}

ExpressionPtr Parser::CaseExpression() {
  size_t start = pos_;
  Expect(T::kCase);
  ExpressionPtr operand;
  if (!At(T::kWhen)) operand = ParseExpr();
  std::vector<ExpressionPtr> arguments;
  while (At(T::kWhen)) {
    Advance();
    size_t condition_at = pos_;
    ExpressionPtr condition = ParseExpr();
    // Spark compares the operand by "=" per branch.
    if (operand) condition = MakeCall("=", {operand, std::move(condition)}, From(condition_at));
    Expect(T::kThen);
    arguments.push_back(std::move(condition));
    arguments.push_back(ParseExpr());
  }
  if (arguments.empty()) Fail("WHEN");
  if (Accept(T::kElse)) arguments.push_back(ParseExpr());
  Expect(T::kEnd_);
  return MakeCall("when", std::move(arguments), From(start));
}

ExpressionPtr Parser::StarExpression(std::vector<std::string> target, size_t start) {
  Expect(T::kAsterisk);
  Star star;
  star.target = std::move(target);
  if (At(T::kExcept, T::kLeftParen) && AtIdentifier(2) && !KindIn(2, {T::kSelect, T::kFrom})) {
    Try([&] {
      Advance();
      Advance();
      std::vector<Name> except;
      CommaList([&] {
        Name name;
        size_t at = pos_;
        name.parts = MultipartIdentifier();
        name.origin = From(at);
        except.push_back(std::move(name));
      });
      Expect(T::kRightParen);
      star.except = std::move(except);
    });
  }
  return MakeExpression(std::move(star), From(start));
}

// '(' starts a query, a lambda's parameters, a row or an expression in brackets.
ExpressionPtr Parser::ParenthesizedExpression() {
  size_t start = pos_;
  // (x, y) -> …
  if (AtIdentifier(1) && KindIn(2, {T::kComma})) {
    size_t i = 1;
    while (AtIdentifier(i) && Kind(i + 1) == T::kComma) i += 2;
    if (AtIdentifier(i) && Kind(i + 1) == T::kRightParen && Kind(i + 2) == T::kArrow) {
      Advance();
      Lambda lambda;
      CommaList([&] { lambda.parameters.push_back(Identifier()); });
      Expect(T::kRightParen);
      Expect(T::kArrow);
      lambda.body = ParseExpr();
      return MakeExpression(std::move(lambda), From(start));
    }
  }
  if (AtQuery(1)) {
    ExpressionPtr subquery;
    bool is_query = Try([&] {
      Deeper deeper(*this);
      Advance();
      RelationPtr query = ParseQuery();
      Expect(T::kRightParen);
      subquery = SubqueryOf(SubqueryKind::kScalar, std::move(query), start);
    });
    if (is_query) {
      // (SELECT 'a', …) without FROM reads as a row whose first value is a typed literal: Spark's grammar prefers that.
      if (Kind(0) != T::kEnd && tokens_[start + 1].token == T::kSelect && tokens_[start + 2].token == T::kString && tokens_[start + 3].token == T::kComma) {
        bool has_from = false;
        for (size_t i = start; i < pos_; ++i) has_from = has_from || tokens_[i].token == T::kFrom;
        if (!has_from) {
          Semantic(ConditionError("UNSUPPORTED_TYPED_LITERAL",
                                  {{"unsupportedType", "\"SELECT\""},
                                   {"supportedTypes", R"("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME")"}}),
                   Between(start + 1, start + 2));
        }
      }
      return subquery;
    }
  }
  Expect(T::kLeftParen);
  size_t first_at = pos_;
  ExpressionPtr first = NamedExpression();
  if (!At(T::kComma)) {
    const auto* alias = first->As<Alias>();
    if (alias != nullptr) {
      // A lone named expression in brackets is nothing: the alias was the wrong token.
      (void)first_at;
      Fail("','");
    }
    Expect(T::kRightParen);
    return first;
  }
  std::vector<ExpressionPtr> values = {std::move(first)};
  while (Accept(T::kComma)) values.push_back(NamedExpression());
  Expect(T::kRightParen);
  return MakeCall("struct", std::move(values), From(start));
}

ExpressionPtr Parser::PrimaryBase() {
  size_t start = pos_;
  switch (Kind()) {
    case T::kInteger: case T::kExponent: case T::kDecimalValue: case T::kFloatLiteral: case T::kDoubleLiteral: case T::kBigDecimalLiteral:
    case T::kBigintLiteral: case T::kSmallintLiteral: case T::kTinyintLiteral:
      return NumberLiteral(false);
    case T::kMinus:
      Advance();
      return NumberLiteral(true);
    case T::kString: case T::kDollarString:
      return StringOrConcat();
    case T::kDoubleQuoted:
      if (!options_.double_quoted_identifiers) {
        if (KindIn(1, {T::kLeftParen, T::kDot})) Fail("an expression");  // a name, were double quotes identifiers
        return StringOrConcat();
      }
      break;
    case T::kQuestion:
      return StringOrConcat();
    case T::kColon:
      if (!AtIdentifier(1)) {
        Advance();
        Fail("a parameter's name");
      }
      return StringOrConcat();
    case T::kLeftParen:
      return ParenthesizedExpression();
    case T::kAsterisk:
      return StarExpression({}, start);
    case T::kCase:
      if (Kind(1) == T::kWhen || (CanStartExpression(1) && Kind(1) != T::kAsterisk)) return CaseExpression();
      break;
    case T::kNull:
      if (Kind(1) == T::kLeftParen) break;
      Advance();
      return MakeExpression(Literal::Null(), From(start));
    case T::kTrue: case T::kFalse: {
      if (Kind(1) == T::kLeftParen) break;
      bool value = At(T::kTrue);
      Advance();
      return MakeExpression(Literal::Boolean(value), From(start));
    }
    case T::kInterval:
      if (AtIntervalLiteral()) return IntervalLiteral();
      if (options_.double_quoted_identifiers && Kind(1) == T::kDoubleQuoted && IsKeyword(Kind(2))) {
        Advance();
        Fail("an interval's value");
      }
      break;
    default: break;
  }
  if (!AtIdentifier()) {
    // Reserved words that are calls of their own.
    if (options_.enforce_reserved_keywords && AtAny({T::kCurrentDate, T::kCurrentTimestamp, T::kCurrentTime, T::kCurrentUser, T::kUser, T::kSessionUser})) {
      std::string name = LowerAscii(Text());
      Advance();
      if (Accept(T::kLeftParen)) Expect(T::kRightParen);
      return MakeCall(std::move(name), {}, From(start));
    }
    if (AtAny({T::kLeft, T::kRight, T::kFilter, T::kCast}) && Kind(1) == T::kLeftParen) {
      if (ExpressionPtr special = SpecialCall()) return special;
      Name name;
      name.parts = {std::string(Text())};
      Advance();
      return CallArguments(std::move(name), start);
    }
    Fail("an expression");
  }
  if (AtString(1) && !At(T::kIdentifier)) return TypedLiteral();
  if (Kind(1) == T::kArrow) {
    Lambda lambda;
    lambda.parameters = {Identifier()};
    Expect(T::kArrow);
    lambda.body = ParseExpr();
    return MakeExpression(std::move(lambda), From(start));
  }
  if (Kind(1) == T::kLeftParen) {
    if (At(T::kIdentifier)) {
      // IDENTIFIER(expression): a column's name, or a function's when arguments follow.
      if (CountInCall(T::kComma) == 0 && Kind(2) != T::kRightParen) {
        Name name = ParseName();
        // IDENTIFIER('f')(x) calls what it names.
        if (At(T::kLeftParen)) return CallArguments(std::move(name), start);
        return MakeExpression(AttributeReference{std::move(name), {}, false}, From(start));
      }
    }
    if (ExpressionPtr special = SpecialCall()) return special;
  }
  // A qualified name: a column, a function, or a star.
  Name name;
  name.parts.push_back(Identifier());
  while (At(T::kDot)) {
    if (Kind(1) == T::kAsterisk) {
      Advance();
      return StarExpression(std::move(name.parts), start);
    }
    if (!AtIdentifier(1)) {
      Advance();
      Fail("an identifier");
    }
    Advance();
    name.parts.push_back(Identifier());
  }
  name.origin = From(start);
  bool query_follows = no_call_before_query_ && At(T::kLeftParen) && KindIn(1, {T::kSelect, T::kWith, T::kValues, T::kFrom, T::kTable});
  if (At(T::kLeftParen) && !query_follows) {
    return CallArguments(std::move(name), start);
  }
  if (options_.regex_column_names && tokens_[pos_ - 1].token == T::kBackquoted) {
    return MakeExpression(RegexColumns{name.parts.back(), {}}, From(start));
  }
  return MakeExpression(AttributeReference{std::move(name), {}, false}, From(start));
}

// [index], .field, ::type, COLLATE name, :path
ExpressionPtr Parser::Postfix(ExpressionPtr base, size_t start) {
  for (int chain = 0;; ++chain) {
    if (chain > kNestingMax) TooComplex();
    if (At(T::kLeftBracket)) {
      Advance();
      ExpressionPtr index = ValueExpression();
      Expect(T::kRightBracket);
      base = MakeExpression(ExtractValue{std::move(base), std::move(index), false}, From(start));
    } else if (At(T::kDot)) {
      Advance();
      std::string field;
      size_t field_at = pos_;
      if (!AtIdentifier()) Fail("an identifier");
      field = Identifier();
      if (const auto* attribute = base->As<AttributeReference>(); attribute != nullptr) {
        AttributeReference longer = *attribute;
        longer.name.parts.push_back(std::move(field));
        longer.name.origin = From(start);
        base = MakeExpression(std::move(longer), From(start));
      } else {
        ExpressionPtr extraction = MakeExpression(Literal::String(std::move(field)), Between(field_at, pos_ - 1));
        base = MakeExpression(ExtractValue{std::move(base), std::move(extraction), true}, From(start));
      }
    } else if (At(T::kDoubleColon)) {
      Advance();
      DataType type = ParseType();
      base = MakeExpression(CastTo{std::move(base), std::move(type), CastMode::kSession}, From(start));
    } else if (At(T::kCollate) && AtIdentifier(1)) {
      Advance();
      std::vector<std::string> collation = MultipartIdentifier();
      base = MakeCall("collate", {std::move(base), MakeExpression(Literal::String(collation.back()), Between(pos_ - 1, pos_ - 1))}, From(start));
    } else if (At(T::kColon) && options_.variant_extract && (AtIdentifier(1) || Kind(1) == T::kLeftBracket || AtString(1))) {
      Advance();
      size_t path_at = pos_;
      if (Accept(T::kLeftBracket)) {
        ParseExpr();
        Expect(T::kRightBracket);
      } else if (AtString()) {
        Advance();
      } else {
        Advance();
      }
      for (;;) {
        if (At(T::kDot) && (AtIdentifier(1))) {
          Advance();
          Advance();
        } else if (At(T::kLeftBracket)) {
          Advance();
          if (!Accept(T::kAsterisk)) ParseExpr();
          Expect(T::kRightBracket);
        } else {
          break;
        }
      }
      std::string path = SliceTokens(path_at, pos_);
      base = MakeExpression(SemiStructuredExtract{std::move(base), std::move(path)}, From(start));
    } else {
      return base;
    }
  }
}

}  // namespace crannog::sql
