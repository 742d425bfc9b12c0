#include <fmt/format.h>

#include "sql/parser_state.h"

/// Operators and predicates, by precedence. Source: booleanExpression, predicate and valueExpression of Spark's grammar.
namespace crannog::sql {
namespace {

// Long chains of one left-associative operator become trees as deep; deeper than this is refused, because every later stage walks them.
constexpr int kChainMax = 2000;

}  // namespace

// AND and OR chains become balanced trees, as Spark builds them.
ExpressionPtr Parser::Balanced(const char* op, std::vector<ExpressionPtr>& operands, Origin origin) {
  while (operands.size() > 1) {
    size_t out = 0;
    for (size_t i = 0; i < operands.size(); i += 2) {
      if (i + 1 < operands.size()) operands[out++] = MakeCall(op, {operands[i], operands[i + 1]}, origin);
      else operands[out++] = operands[i];
    }
    operands.resize(out);
  }
  return operands[0];
}

ExpressionPtr Parser::ParseExpr() {
  Deeper deeper(*this);
  size_t start = pos_;
  ExpressionPtr first = AndExpression();
  if (!At(T::kOr)) return first;
  std::vector<ExpressionPtr> operands = {std::move(first)};
  while (Accept(T::kOr)) operands.push_back(AndExpression());
  return Balanced("or", operands, From(start));
}

ExpressionPtr Parser::AndExpression() {
  size_t start = pos_;
  ExpressionPtr first = NotExpression();
  if (!At(T::kAnd)) return first;
  std::vector<ExpressionPtr> operands = {std::move(first)};
  while (Accept(T::kAnd)) operands.push_back(NotExpression());
  return Balanced("and", operands, From(start));
}

ExpressionPtr Parser::NotExpression() {
  size_t start = pos_;
  int count = 0;
  while (AtAny({T::kNot, T::kBang}) && (At(T::kBang) || CanStartExpression(1))) {
    if (++count > kNestingMax) TooComplex();
    Advance();
  }
  ExpressionPtr inner;
  if (At(T::kExists, T::kLeftParen) && AtQuery(2)) {
    size_t exists = pos_;
    bool is_query = Try([&] {
      Advance();
      Advance();
      RelationPtr query = ParseQuery();
      Expect(T::kRightParen);
      inner = SubqueryOf(SubqueryKind::kExists, std::move(query), exists);
    });
    if (!is_query) inner = nullptr;
  }
  if (!inner) inner = Predicated();
  for (int i = 0; i < count; ++i) inner = MakeCall("not", {inner}, From(start));
  return inner;
}

ExpressionPtr Parser::Predicated() {
  size_t start = pos_;
  ExpressionPtr left = ValueExpression();
  return Predicate(std::move(left), start);
}

ExpressionPtr Parser::SubqueryOf(SubqueryKind kind, RelationPtr query, size_t start) {
  SubqueryExpression subquery;
  subquery.kind = kind;
  subquery.query = std::move(query);
  return MakeExpression(std::move(subquery), From(start));
}

ExpressionPtr Parser::Predicate(ExpressionPtr left, size_t start) {
  // '!' as NOT inside a predicate was dropped by Spark 4; it is recognised to be named.
  bool negated = false;
  auto discontinued = [&](size_t at) {
    if (tokens_[at].token == T::kBang) Semantic(ConditionError("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", {{"clause", "!"}}), Between(at, at));
  };
  if (AtAny({T::kNot, T::kBang}) && KindIn(1, {T::kBetween, T::kIn, T::kLike, T::kIlike, T::kRlike})) {
    discontinued(pos_);
    negated = true;
    Advance();
  }
  auto maybe_not = [&](ExpressionPtr expression) { return negated ? MakeCall("not", {std::move(expression)}, From(start)) : expression; };
  switch (Kind()) {
    case T::kBetween: {
      Advance();
      ExpressionPtr lower = ValueExpression();
      Expect(T::kAnd);
      ExpressionPtr upper = ValueExpression();
      return maybe_not(MakeCall("between", {std::move(left), std::move(lower), std::move(upper)}, From(start)));
    }
    case T::kIn: {
      if (Kind(1) != T::kLeftParen) {
        if (!negated && !CanStartExpression(1)) return left;
        Advance();
        Fail("'('");
      }
      Advance();
      size_t paren = pos_;
      Advance();
      if (AtQuery()) {
        RelationPtr query;
        bool is_query = Try([&] {
          query = ParseQuery();
          Expect(T::kRightParen);
        });
        if (is_query) {
          SubqueryExpression subquery;
          subquery.kind = SubqueryKind::kIn;
          subquery.query = std::move(query);
          const auto* row = left->As<FunctionCall>();
          if (row != nullptr && row->is_operator && row->name.parts[0] == "struct") subquery.values = row->arguments;
          else subquery.values = {left};
          return maybe_not(MakeExpression(std::move(subquery), From(start)));
        }
        pos_ = paren + 1;
      }
      std::vector<ExpressionPtr> arguments = {std::move(left)};
      CommaList([&] { arguments.push_back(ParseExpr()); });
      Expect(T::kRightParen);
      return maybe_not(MakeCall("in", std::move(arguments), From(start)));
    }
    case T::kRlike: {
      Advance();
      ExpressionPtr pattern = ValueExpression();
      return maybe_not(MakeCall("rlike", {std::move(left), std::move(pattern)}, From(start)));
    }
    case T::kLike:
    case T::kIlike: {
      size_t kind_at = negated ? pos_ - 1 : pos_;
      std::string op = At(T::kLike) ? "like" : "ilike";
      Advance();
      if (AtAny({T::kAny, T::kSome, T::kAll}) && Kind(1) == T::kLeftParen) {
        bool all = At(T::kAll);
        Advance();
        Advance();
        std::vector<ExpressionPtr> arguments = {std::move(left)};
        if (At(T::kRightParen)) {
          Advance();
          Semantic(ConditionError("_LEGACY_ERROR_TEMP_0064", {{"msg", "Expected something between '(' and ')'."}}), kind_at);
          return MakeExpression(Literal::Null(), From(start));
        }
        CommaList([&] { arguments.push_back(ParseExpr()); });
        Expect(T::kRightParen);
        std::string name = (negated ? "not" : "") + op + (all ? "all" : "any");
        return MakeCall(std::move(name), std::move(arguments), From(start));
      }
      ExpressionPtr pattern = ValueExpression();
      std::vector<ExpressionPtr> arguments = {std::move(left), std::move(pattern)};
      if (Accept(T::kEscape)) {
        std::string escape = StringLiteral();
        size_t chars = 0;
        for (char c : escape) chars += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (chars != 1) Semantic(ConditionError("INVALID_ESC", {{"invalidEscape", fmt::format("'{}'", escape)}}), kind_at);
        arguments.push_back(MakeExpression(Literal::String(std::move(escape)), Between(pos_ - 1, pos_ - 1)));
      }
      return maybe_not(MakeCall(std::move(op), std::move(arguments), From(start)));
    }
    case T::kIs: {
      Advance();
      bool is_not = false;
      if (AtAny({T::kNot, T::kBang})) {
        discontinued(pos_);
        is_not = true;
        Advance();
      }
      if (Accept(T::kNull)) return MakeCall(is_not ? "isnotnull" : "isnull", {std::move(left)}, From(start));
      if (AtAny({T::kTrue, T::kFalse})) {
        bool value = At(T::kTrue);
        Advance();
        // Spark: x <=> true, and its negation.
        ExpressionPtr call = MakeCall("<=>", {std::move(left), MakeExpression(Literal::Boolean(value), Between(pos_ - 1, pos_ - 1))}, From(start));
        return is_not ? MakeCall("not", {std::move(call)}, From(start)) : call;
      }
      if (Accept(T::kUnknown)) return MakeCall(is_not ? "isnotunknown" : "isunknown", {std::move(left)}, From(start));
      if (Accept(T::kDistinct)) {
        Expect(T::kFrom);
        ExpressionPtr right = ValueExpression();
        ExpressionPtr call = MakeCall("<=>", {std::move(left), std::move(right)}, From(start));
        return is_not ? call : MakeCall("not", {std::move(call)}, From(start));
      }
      Fail("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
    }
    default: return left;
  }
}

namespace {

struct BinaryOperator {
  int precedence = 0;
  const char* name = nullptr;
};

BinaryOperator BinaryOf(Token token) {
  switch (token) {
    case Token::kAsterisk: return {8, "*"};
    case Token::kSlash: return {8, "/"};
    case Token::kPercent_: return {8, "%"};
    case Token::kDiv: return {8, "div"};
    case Token::kPlus: return {7, "+"};
    case Token::kMinus: return {7, "-"};
    case Token::kConcat: return {7, "||"};
    case Token::kShiftLeft: return {6, "<<"};
    case Token::kShiftRight: return {6, ">>"};
    case Token::kShiftRightUnsigned: return {6, ">>>"};
    case Token::kAmpersand: return {5, "&"};
    case Token::kHat: return {4, "^"};
    case Token::kPipe: return {3, "|"};
    case Token::kEq: return {2, "="};
    case Token::kNullSafeEq: return {2, "<=>"};
    case Token::kNotEq: return {2, "!="};
    case Token::kBangEq: return {2, "!="};
    case Token::kLess: return {2, "<"};
    case Token::kLessEq: return {2, "<="};
    case Token::kGreater: return {2, ">"};
    case Token::kGreaterEq: return {2, ">="};
    default: return {};
  }
}

}  // namespace

ExpressionPtr Parser::ValueExpression(int min_precedence) {
  size_t start = pos_;
  ExpressionPtr left = Unary();
  for (int chain = 0;; ++chain) {
    BinaryOperator op = BinaryOf(Kind());
    if (op.name == nullptr || op.precedence < min_precedence) return left;
    if (At(T::kDiv) && !CanStartExpression(1)) return left;
    if (chain > kChainMax) TooComplex();
    Advance();
    ExpressionPtr right = ValueExpression(op.precedence + 1);
    left = MakeCall(op.name, {std::move(left), std::move(right)}, From(start));
  }
}

ExpressionPtr Parser::Unary() {
  size_t start = pos_;
  std::vector<const char*> operators;
  while (AtAny({T::kMinus, T::kPlus, T::kTilde})) {
    bool number_follows = KindIn(1, {T::kInteger, T::kExponent, T::kDecimalValue, T::kFloatLiteral, T::kDoubleLiteral, T::kBigDecimalLiteral,
                                     T::kBigintLiteral, T::kSmallintLiteral, T::kTinyintLiteral});
    if (At(T::kMinus) && number_follows) break;
    operators.push_back(At(T::kMinus) ? "-" : At(T::kPlus) ? "+" : "~");
    if (operators.size() > static_cast<size_t>(kNestingMax)) TooComplex();
    Advance();
  }
  ExpressionPtr inner = Primary();
  for (size_t i = operators.size(); i > 0; --i) {
    Origin origin = Between(start + i - 1, pos_ - 1);
    inner = MakeCall(operators[i - 1], {std::move(inner)}, origin);
  }
  return inner;
}

// Words that start a clause are taken for expressions only where nothing else is left; here they end one.
bool Parser::CanStartExpression(size_t ahead) const {
  T kind = Kind(ahead);
  switch (kind) {
    case T::kEnd: case T::kSemicolon: case T::kRightParen: case T::kComma: case T::kRightBracket: case T::kDot: case T::kHintEnd:
    case T::kEq: case T::kNullSafeEq: case T::kNotEq: case T::kBangEq: case T::kLess: case T::kLessEq: case T::kGreater: case T::kGreaterEq:
    case T::kSlash: case T::kPercent_: case T::kConcat: case T::kArrow: case T::kFatArrow: case T::kOperatorPipe: case T::kUnrecognized:
    case T::kFrom: case T::kWhere: case T::kGroup: case T::kHaving: case T::kOrder: case T::kLimit: case T::kUnion: case T::kAs: case T::kThen:
    case T::kElse: case T::kEnd_: case T::kWhen: case T::kAnd: case T::kOr: case T::kIs: case T::kIn: case T::kLike: case T::kBetween:
      return false;
    case T::kInteger: case T::kExponent: case T::kDecimalValue: case T::kFloatLiteral: case T::kDoubleLiteral: case T::kBigDecimalLiteral:
    case T::kBigintLiteral: case T::kSmallintLiteral: case T::kTinyintLiteral: case T::kLeftParen: case T::kPlus: case T::kMinus: case T::kTilde:
    case T::kBang: case T::kAsterisk: case T::kQuestion: case T::kColon: case T::kString: case T::kDoubleQuoted: case T::kDollarString:
      return true;
    default:
      return IsIdentifierToken(kind) || IsKeyword(kind);
  }
}

std::vector<ExpressionPtr> Parser::ExpressionSeq() {
  std::vector<ExpressionPtr> out;
  CommaList([&] { out.push_back(ParseExpr()); });
  return out;
}

// expression [[AS] name | (names)]
ExpressionPtr Parser::NamedExpression() {
  size_t start = pos_;
  ExpressionPtr expression = ParseExpr();
  Alias alias;
  if (Accept(T::kAs)) {
    if (At(T::kLeftParen)) alias.names = IdentifierList();
    else alias.names = {ErrorCapturingIdentifier()};
  } else if (At(T::kLeftParen) && AtIdentifier(1)) {
    alias.names = IdentifierList();
  } else if (At(T::kLeftParen)) {
    // a list of names was begun: name the token inside
    Advance();
    Fail("an identifier");
  } else if (AtAlias(AliasPlace::kSelectItem)) {
    alias.names = {ErrorCapturingIdentifier()};
  } else {
    return expression;
  }
  alias.child = std::move(expression);
  return MakeExpression(std::move(alias), From(start));
}

std::vector<ExpressionPtr> Parser::NamedExpressionSeq() {
  std::vector<ExpressionPtr> out;
  CommaList([&] { out.push_back(NamedExpression()); });
  return out;
}

SortOrder Parser::SortItem() {
  SortOrder order;
  order.child = ParseExpr();
  if (Accept(T::kAsc)) order.direction = SortDirection::kAscending;
  else if (Accept(T::kDesc)) order.direction = SortDirection::kDescending;
  if (At(T::kNulls)) {
    Advance();
    if (Accept(T::kFirst)) order.nulls = NullOrdering::kFirst;
    else if (Accept(T::kLast)) order.nulls = NullOrdering::kLast;
    else Fail("FIRST or LAST");
  }
  return order;
}

std::vector<SortOrder> Parser::SortItems() {
  std::vector<SortOrder> out;
  CommaList([&] { out.push_back(SortItem()); });
  return out;
}

FrameEdge Parser::ParseFrameEdge() {
  size_t start = pos_;
  FrameEdge edge;
  if (At(T::kUnbounded) && KindIn(1, {T::kPreceding, T::kFollowing})) {
    Advance();
    edge.bound = At(T::kPreceding) ? FrameBound::kUnboundedPreceding : FrameBound::kUnboundedFollowing;
    Advance();
    return edge;
  }
  if (Accept(T::kCurrent, T::kRow)) return edge;
  edge.offset = ParseExpr();
  if (Accept(T::kPreceding)) edge.bound = FrameBound::kPreceding;
  else if (Accept(T::kFollowing)) edge.bound = FrameBound::kFollowing;
  else Fail("PRECEDING or FOLLOWING");
  // Spark wants a foldable value here; what names a column or an unknown function is none.
  if (edge.offset->As<AttributeReference>() != nullptr) {
    Semantic(ConditionError("_LEGACY_ERROR_TEMP_0064", {{"msg", "Frame bound value must be a literal."}}), start);
  } else if (const auto* call = edge.offset->As<FunctionCall>(); call != nullptr && !call->is_operator) {
    Semantic(ConditionError("_LEGACY_ERROR_TEMP_0064", {{"msg", "Frame bound value must be a literal."}}), start);
  }
  return edge;
}

WindowSpec Parser::ParseWindowSpec() {
  WindowSpec spec;
  if (!At(T::kLeftParen)) {
    spec.reference = ErrorCapturingIdentifier();
    return spec;
  }
  Advance();
  if (AtIdentifier() && Kind(1) == T::kRightParen) {
    spec.reference = ErrorCapturingIdentifier();
    Expect(T::kRightParen);
    return spec;
  }
  if (Accept(T::kCluster, T::kBy)) {
    spec.partition_by = ExpressionSeq();
  } else {
    if (AtAny({T::kPartition, T::kDistribute}) && Kind(1) == T::kBy) {
      Advance();
      Advance();
      spec.partition_by = ExpressionSeq();
    }
    if (AtAny({T::kOrder, T::kSort}) && Kind(1) == T::kBy) {
      Advance();
      Advance();
      spec.order_by = SortItems();
    }
  }
  if (AtAny({T::kRows, T::kRange})) {
    WindowFrame frame;
    frame.unit = At(T::kRows) ? FrameUnit::kRows : FrameUnit::kRange;
    Advance();
    if (Accept(T::kBetween)) {
      frame.lower = ParseFrameEdge();
      Expect(T::kAnd);
      frame.upper = ParseFrameEdge();
    } else {
      frame.lower = ParseFrameEdge();
      frame.upper = {};
    }
    spec.frame = std::move(frame);
  }
  Expect(T::kRightParen);
  return spec;
}

}  // namespace crannog::sql
