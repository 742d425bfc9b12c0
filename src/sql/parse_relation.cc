#include <fmt/format.h>

#include "sql/parser_state.h"

/// What stands in FROM: tables, subqueries, joins, PIVOT, LATERAL VIEW, samples. Source: relation and its kin of Spark's grammar.
namespace crannog::sql {

/// Tells whether the next token is an alias without AS. Clause words are names here only when no clause can follow.
bool Parser::AtAlias(AliasPlace place) const {
  T kind = Kind();
  if (place == AliasPlace::kTable ? !IsStrictIdentifierToken(kind) : !IsIdentifierToken(kind)) return false;
  if (kind == T::kBackquoted || kind == T::kDoubleQuoted) return true;
  switch (kind) {
    case T::kFrom: return KindIn(1, {T::kEnd, T::kSemicolon, T::kComma, T::kRightParen, T::kOperatorPipe});
    case T::kFor: return !(AtIdentifier(1) || Kind(1) == T::kLeftParen);
    case T::kDelay: return Kind(1) != T::kOf;
    case T::kGrouping: return Kind(1) != T::kSets;
    case T::kWhere: case T::kHaving: return !CanStartExpression(1);
    case T::kGroup: case T::kOrder: case T::kCluster: case T::kDistribute: case T::kSort:
      return Kind(1) != T::kBy;
    case T::kLimit: return !(Kind(1) == T::kAll || CanStartExpression(1));
    case T::kOffset: return !CanStartExpression(1);
    case T::kUnion: case T::kExcept: case T::kMinus_: case T::kIntersect: return !AtSetOperator();
    case T::kWindow: return !(AtIdentifier(1) && Kind(2) == T::kAs) && !(AtIdentifierClause(1));
    case T::kLateral: return Kind(1) != T::kView;
    case T::kUsing: case T::kOn: return place == AliasPlace::kSelectItem && !CanStartExpression(1);
    case T::kPivot: case T::kUnpivot:
      return place == AliasPlace::kSelectItem || !(KindIn(1, {T::kLeftParen, T::kInclude, T::kExclude}));
    case T::kTablesample: return place != AliasPlace::kTable || Kind(1) != T::kLeftParen;
    case T::kWatermark: return place != AliasPlace::kTable || !CanStartExpression(1);
    case T::kSelect: return !CanStartExpression(1);
    case T::kMap: case T::kReduce: return !AtTransform();
    case T::kInsert: return !KindIn(1, {T::kInto, T::kOverwrite});
    case T::kSet: return place != AliasPlace::kTable || !AtIdentifier(1);
    case T::kWhen: return !KindIn(1, {T::kMatched, T::kNot});
    case T::kAs: case T::kThen: case T::kElse: case T::kEnd_: case T::kDo: case T::kUntil: return false;
    case T::kIdentifier_:
      if (AtWord("QUALIFY")) return !CanStartExpression(1) || KindIn(1, {T::kWhere, T::kOn, T::kJoin, T::kLeft, T::kInner});
      if (place == AliasPlace::kTable && (AtWord("APPROX") || AtWord("EXACT")) && AtWord("NEAREST", 1)) return false;
      if (place == AliasPlace::kTable && AtWord("ZORDER") && Kind(1) == T::kBy) return false;
      return true;
    default: return true;
  }
}

RelationPtr Parser::TableAlias(RelationPtr input, size_t start, bool always) {
  SubqueryAlias alias;
  if (At(T::kAs, T::kLeftParen) && AtIdentifier()) {
    alias.name = {StrictIdentifier()};  // AS is a name when none follows it: VALUES (1) AS (a)
  } else if (At(T::kAs)) {
    Advance();
    alias.name = {StrictIdentifier()};
  } else if (AtAlias(AliasPlace::kTable)) {
    alias.name = {StrictIdentifier()};
  } else if (always) {
    alias.name = {"__auto_generated_subquery_name"};
    alias.input = std::move(input);
    return MakeRelation(std::move(alias), From(start));
  } else {
    return input;
  }
  if (At(T::kMinus) && AtIdentifier(1)) {
    size_t at = pos_ - 1;
    Advance();
    Advance();
    SemanticWithoutContext(ConditionError("INVALID_IDENTIFIER", {{"ident", SliceTokens(at, pos_)}}));
  }
  if (At(T::kLeftParen)) alias.columns = IdentifierList();
  alias.input = std::move(input);
  return MakeRelation(std::move(alias), From(start));
}

RelationPtr Parser::FromClause() {
  size_t start = pos_;
  Expect(T::kFrom);
  RelationPtr out;
  bool first = true;
  CommaList([&] {
    size_t at = pos_;
    bool lateral = At(T::kLateral) && Kind(1) != T::kView && Accept(T::kLateral);
    bool is_plain = AtIdentifier() && !(Kind(1) == T::kLeftParen) && Kind() != T::kLeftParen;
    RelationPtr right = RelationPrimary();
    if (lateral && is_plain && right->As<SubqueryAlias>() == nullptr && right->As<TableFunction>() == nullptr) {
      SqlSyntax("LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC", {}, at);
    }
    if (first && !lateral) {
      out = std::move(right);
    } else {
      Join join;
      join.left = first ? MakeRelation(OneRow{}, Origin{}) : std::move(out);
      join.right = std::move(right);
      join.is_lateral = lateral;
      out = MakeRelation(std::move(join), From(start));
    }
    first = false;
    out = RelationExtensions(std::move(out), at, false);
  });
  bool has_lateral = false, has_pivot = false, has_unpivot = false;
  while (At(T::kLateral, T::kView)) {
    out = LateralViewClause(std::move(out));
    has_lateral = true;
  }
  if (At(T::kPivot, T::kLeftParen)) {
    out = PivotClause(std::move(out));
    has_pivot = true;
  }
  if (At(T::kUnpivot)) {
    out = UnpivotClause(std::move(out));
    has_unpivot = true;
  }
  if (has_pivot && has_unpivot) Semantic(ConditionError("NOT_ALLOWED_IN_FROM.UNPIVOT_WITH_PIVOT"), start);
  else if (has_lateral && has_pivot) Semantic(ConditionError("NOT_ALLOWED_IN_FROM.LATERAL_WITH_PIVOT"), start);
  else if (has_lateral && has_unpivot) Semantic(ConditionError("NOT_ALLOWED_IN_FROM.LATERAL_WITH_UNPIVOT"), start);
  return out;
}

RelationPtr Parser::ParseRelation() {
  size_t start = pos_;
  if (At(T::kLateral) && Kind(1) != T::kView) Advance();
  RelationPtr left = RelationPrimary();
  return RelationExtensions(std::move(left), start, false);
}

bool Parser::AtJoin() const {
  switch (Kind()) {
    case T::kJoin: return true;
    case T::kInner: case T::kCross: case T::kSemi: case T::kAnti: return Kind(1) == T::kJoin;
    case T::kLeft:
      return Kind(1) == T::kJoin || (KindIn(1, {T::kOuter, T::kSemi, T::kAnti}) && Kind(2) == T::kJoin);
    case T::kRight: case T::kFull: return Kind(1) == T::kJoin || (Kind(1) == T::kOuter && Kind(2) == T::kJoin);
    case T::kNatural: return true;
    default: return false;
  }
}

RelationPtr Parser::RelationExtensions(RelationPtr left, size_t start, bool only_one) {
  for (int chain = 0;; ++chain) {
    if (chain > 2000) TooComplex();
    if (AtJoin()) left = JoinWith(std::move(left), start);
    else if (At(T::kPivot, T::kLeftParen)) left = PivotClause(std::move(left));
    else if (At(T::kUnpivot) && KindIn(1, {T::kLeftParen, T::kInclude, T::kExclude})) left = UnpivotClause(std::move(left));
    else return left;
    if (only_one) return left;
  }
}

RelationPtr Parser::JoinWith(RelationPtr left, size_t start) {
  size_t join_at = pos_;
  Join join;
  join.left = std::move(left);
  const char* type_text = "INNER";
  join.is_natural = Accept(T::kNatural);
  switch (Kind()) {
    case T::kInner: Advance(); break;
    case T::kCross: Advance(); join.type = JoinType::kCross; type_text = "CROSS"; break;
    case T::kSemi: Advance(); join.type = JoinType::kLeftSemi; type_text = "LEFT SEMI"; break;
    case T::kAnti: Advance(); join.type = JoinType::kLeftAnti; type_text = "LEFT ANTI"; break;
    case T::kLeft:
      Advance();
      if (Accept(T::kSemi)) join.type = JoinType::kLeftSemi, type_text = "LEFT SEMI";
      else if (Accept(T::kAnti)) join.type = JoinType::kLeftAnti, type_text = "LEFT ANTI";
      else Accept(T::kOuter), join.type = JoinType::kLeftOuter, type_text = "LEFT OUTER";
      break;
    case T::kRight: Advance(); Accept(T::kOuter); join.type = JoinType::kRightOuter; type_text = "RIGHT OUTER"; break;
    case T::kFull: Advance(); Accept(T::kOuter); join.type = JoinType::kFullOuter; type_text = "FULL OUTER"; break;
    default: break;
  }
  Expect(T::kJoin);
  join.is_lateral = At(T::kLateral) && Kind(1) != T::kView && Accept(T::kLateral);
  join.right = RelationPrimary();
  if (!join.is_natural) {
    if ((AtWord("APPROX") || AtWord("EXACT") || AtWord("NEAREST")) && (AtWord("NEAREST", 1) || AtWord("NEAREST"))) {
      // Spark 4.2: JOIN … [APPROX | EXACT] NEAREST [n] BY DISTANCE | SIMILARITY expression.
      if (!AtWord("NEAREST")) Advance();
      Advance();
      std::string count = "1";
      if (At(T::kInteger)) {
        count = std::string(Text());
        Advance();
      }
      Expect(T::kBy);
      if (!AcceptWord("DISTANCE")) ExpectWord("SIMILARITY");
      ParseExpr();
      bool bad = (join.type != JoinType::kInner && join.type != JoinType::kLeftOuter) || join.is_lateral || count.size() > 6 ||
                 std::stoi(count) < 1 || std::stoi(count) > 100000;
      if (bad) Semantic(NotImplemented("this form of JOIN … NEAREST BY"), join_at);
      return MakeRelation(UnsupportedRelation{"JOIN … NEAREST BY"}, From(start));
    }
    if (Accept(T::kOn)) {
      join.condition = ParseExpr();
    } else if (At(T::kUsing)) {
      Advance();
      join.using_columns = IdentifierList();
      if (join.is_lateral) Semantic(ConditionError("UNSUPPORTED_FEATURE.LATERAL_JOIN_USING"), join_at);
    }
  }
  if (join.is_natural && join.is_lateral) {
    Semantic(ConditionError("INCOMPATIBLE_JOIN_TYPES", {{"joinType1", "LATERAL"}, {"joinType2", "NATURAL"}}), join_at);
  } else if (join.is_natural && join.type == JoinType::kCross) {
    Semantic(ConditionError("INCOMPATIBLE_JOIN_TYPES", {{"joinType1", "NATURAL"}, {"joinType2", "CROSS"}}), join_at);
  } else if (join.is_lateral && join.type != JoinType::kInner && join.type != JoinType::kCross && join.type != JoinType::kLeftOuter) {
    Semantic(ConditionError("INVALID_LATERAL_JOIN_TYPE", {{"joinType", type_text}}), join_at);
  }
  return MakeRelation(std::move(join), From(start));
}

bool Parser::AtTemporalClause() const {
  size_t at = At(T::kFor) ? 1 : 0;
  return KindIn(at, {T::kSystemVersion, T::kVersion, T::kSystemTime, T::kTimestamp}) && Kind(at + 1) == T::kAs && Kind(at + 2) == T::kOf;
}

TimeTravel Parser::TemporalClause() {
  TimeTravel travel;
  if (!AtTemporalClause()) return travel;
  Accept(T::kFor);
  bool is_version = AtAny({T::kSystemVersion, T::kVersion});
  Advance();
  Advance();
  Advance();
  if (is_version) {
    size_t at = pos_;
    if (At(T::kInteger)) travel.version = NumberLiteral(false);
    else if (AtString()) travel.version = MakeExpression(Literal::String(StringLiteral()), From(at));
    else if (AtAny({T::kQuestion, T::kColon})) travel.version = Parameter();
    else Fail("a version");
  } else {
    travel.timestamp = ValueExpression();
  }
  return travel;
}

// A name with what may follow it.
RelationPtr Parser::TableReference() {
  size_t start = pos_;
  NamedTable table;
  if (At(T::kStream) && (AtIdentifier(1) || Kind(1) == T::kLeftParen) &&
      (Kind(1) == T::kLeftParen || !KindIn(1, {T::kAs, T::kWhere, T::kJoin, T::kOn, T::kGroup, T::kOrder, T::kLimit, T::kUnion, T::kTablesample,
                                               T::kInner, T::kLeft, T::kRight, T::kFull, T::kCross, T::kPivot, T::kUnpivot, T::kHaving}))) {
    RelationPtr streamed;
    bool is_stream = Try([&] {
      Advance();
      if (Accept(T::kLeftParen)) {
        NamedTable inner;
        inner.name = ParseName();
        inner.is_streaming = true;
        if (At(T::kWith, T::kLeftParen)) {
          Advance();
          inner.options = PropertyList();
        }
        Expect(T::kRightParen);
        streamed = MakeRelation(std::move(inner), From(start));
      } else if (AtIdentifier() && Kind(1) == T::kLeftParen && !At(T::kIdentifier)) {
        streamed = TableFunctionCall();
        if (const auto* function = streamed->As<TableFunction>()) {
          TableFunction copy = *function;
          copy.is_streaming = true;
          streamed = MakeRelation(std::move(copy), streamed->origin);
        }
      } else {
        NamedTable inner;
        inner.name = ParseName();
        inner.is_streaming = true;
        if (At(T::kWith, T::kLeftParen)) {
          Advance();
          inner.options = PropertyList();
        }
        streamed = MakeRelation(std::move(inner), From(start));
      }
    });
    if (is_stream) return streamed;
  }
  table.name = ParseName();
  // t@v3, t@20240101000000000 (Delta's short form).
  if (At(T::kUnrecognized) && Text() == "@" && tokens_[pos_ - 1].end == Peek().begin && Peek(1).begin == Peek().end &&
      (Kind(1) == T::kIdentifier_ || Kind(1) == T::kInteger)) {
    std::string spec(Text(1));
    bool is_version = spec.size() > 1 && (spec[0] == 'v' || spec[0] == 'V') && spec.find_first_not_of("0123456789", 1) == std::string::npos;
    bool is_time = spec.size() == 17 && spec.find_first_not_of("0123456789") == std::string::npos;
    if (is_version || is_time) {
      Advance();
      Origin origin = Between(pos_, pos_);
      Advance();
      if (is_version) {
        table.time_travel.version = MakeExpression(Literal::String(spec.substr(1)), origin);
      } else {
        std::string text = fmt::format("{}-{}-{} {}:{}:{}.{}", spec.substr(0, 4), spec.substr(4, 2), spec.substr(6, 2), spec.substr(8, 2),
                                       spec.substr(10, 2), spec.substr(12, 2), spec.substr(14, 3));
        table.time_travel.timestamp = MakeExpression(Literal::String(std::move(text)), origin);
      }
    }
  }
  if (AtTemporalClause()) table.time_travel = TemporalClause();
  if (AtWord("CHANGES") && Kind(1) == T::kFrom && KindIn(2, {T::kVersion, T::kTimestamp, T::kSystemVersion, T::kSystemTime})) {
    // Spark 4.2's change data query.
    Advance();
    size_t at = pos_;
    auto bound = [&] {
      bool version = AtAny({T::kVersion, T::kSystemVersion});
      Advance();
      size_t value_at = pos_;
      bool subquery = At(T::kLeftParen) && AtQuery(1);
      if (version && AtString()) StringLiteral();
      else ValueExpression();
      if (subquery) Semantic(NotImplemented("a subquery as bound of CHANGES"), value_at);
      if (AtAny({T::kExclude}) || AtWord("INCLUSIVE") || AtWord("EXCLUSIVE")) Advance();
    };
    Advance();
    bound();
    if (Accept(T::kTo)) bound();
    (void)at;
    if (At(T::kWith, T::kLeftParen)) {
      Advance();
      PropertyList();
    }
    return MakeRelation(UnsupportedRelation{"CHANGES FROM"}, From(start));
  }
  if (At(T::kWith, T::kLeftParen)) {
    Advance();
    table.options = PropertyList();
  }
  return MakeRelation(std::move(table), From(start));
}

RelationPtr Parser::RelationPrimary() {
  Deeper deeper(*this);
  size_t start = pos_;
  auto watermark = [&](RelationPtr input) {
    if (!At(T::kWatermark) || !CanStartExpression(1)) return input;
    RelationPtr out = input;
    Try([&] {
      Advance();
      size_t at = pos_;
      ExpressionPtr column = NamedExpression();
      (void)column;
      std::string text = SliceTokens(at, pos_);
      Expect(T::kDelay);
      Expect(T::kOf);
      size_t delay_at = pos_;
      ExpressionPtr delay = IntervalLiteral();
      WithWatermark with;
      with.input = std::move(input);
      with.event_time = std::move(text);
      with.delay_threshold = SliceTokens(delay_at, pos_);
      out = MakeRelation(std::move(with), From(start));
    });
    return out;
  };
  if (At(T::kValues) && CanStartExpression(1)) return InlineTableClause();
  if (At(T::kLeftParen)) {
    RelationPtr inner;
    bool is_query = AtQuery(1) && Try([&] {
      Advance();
      inner = ParseQuery();
      Expect(T::kRightParen);
    });
    if (!is_query) {
      Advance();
      inner = ParseRelation();
      // (INSERT INTO …): Spark reads INSERT INTO as a table and its alias and misses the bracket.
      ExpectRepairable(T::kRightParen, {T::kIdentifier_, T::kBackquoted});
    }
    inner = SampleClause(std::move(inner));
    inner = watermark(std::move(inner));
    return TableAlias(std::move(inner), start, is_query);
  }
  if (!AtIdentifier()) Fail("a table, a subquery or a table function");
  bool is_identifier_clause = AtIdentifierClause();
  if (!is_identifier_clause) {
    size_t i = 1;
    while (Kind(i) == T::kDot && AtIdentifier(i + 1)) i += 2;
    bool is_call = Kind(i) == T::kLeftParen && !(At(T::kStream) && i == 1);
    if (is_call && i > 1 && Kind(i - 1) == T::kIdentifier) {
      pos_ += i;  // name.IDENTIFIER(…) is no table function
      Fail("the end of the name");
    }
    if (is_call) return TableAlias(watermark(SampleClause(TableFunctionCall())), start);
  } else {
    RelationPtr call;
    bool is_call = Try([&] {
      ParseName();
      if (!At(T::kLeftParen)) Fail("'('");
    });
    pos_ = start;
    if (is_call) return TableAlias(TableFunctionCall(), start);
  }
  RelationPtr table = TableReference();
  table = SampleClause(std::move(table));
  table = watermark(std::move(table));
  return TableAlias(std::move(table), start);
}

RelationPtr Parser::TableFunctionCall() {
  size_t start = pos_;
  TableFunction function;
  function.name = ParseName();
  Expect(T::kLeftParen);
  if (!At(T::kRightParen)) CommaList([&] { function.arguments.push_back(TableFunctionArgument()); });
  Expect(T::kRightParen);
  if (At(T::kWith, T::kLeftParen)) {
    Advance();
    PropertyList();
  }
  return MakeRelation(std::move(function), From(start));
}

// expression, name => expression, TABLE(…) [partitioning], name => TABLE(…).
ExpressionPtr Parser::TableFunctionArgument() {
  size_t start = pos_;
  bool is_named = AtIdentifier() && Kind(1) == T::kFatArrow;
  if (is_named && Kind(2) != T::kTable) return FunctionArgument();
  std::string name;
  if (is_named) {
    name = Identifier();
    Expect(T::kFatArrow);
  }
  if (!At(T::kTable) || !(Kind(1) == T::kLeftParen || AtIdentifier(1))) return ParseExpr();
  size_t table_at = pos_;
  Advance();
  SubqueryExpression argument;
  argument.kind = SubqueryKind::kTableArgument;
  if (Accept(T::kLeftParen)) {
    bool is_query = AtQuery() && Try([&] {
      argument.query = ParseQuery();
      Expect(T::kRightParen);
    });
    if (!is_query) {
      size_t at = pos_;
      NamedTable table;
      table.name = ParseName();
      argument.query = MakeRelation(std::move(table), From(at));
      Expect(T::kRightParen);
    }
  } else {
    size_t at = pos_;
    NamedTable table;
    table.name = ParseName();
    SqlSyntax("INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES", {{"argumentName", fmt::format("`{}`", fmt::join(table.name.parts, "`.`"))}},
              table_at);
    argument.query = MakeRelation(std::move(table), From(at));
  }
  bool partitioned = false;
  if (At(T::kWith, T::kSingle)) {
    Advance();
    Advance();
    Expect(T::kPartition);
    argument.table_argument.with_single_partition = true;
    partitioned = true;
  } else if (AtAny({T::kPartition, T::kDistribute}) && Kind(1) == T::kBy) {
    Advance();
    Advance();
    partitioned = true;
    bool brackets = At(T::kLeftParen) && Try([&] {
      Advance();
      argument.table_argument.partition_by = ExpressionSeq();
      Expect(T::kRightParen);
    });
    if (!brackets) {
      size_t at = pos_;
      argument.table_argument.partition_by = {ParseExpr()};
      if (At(T::kComma) && CanStartExpression(1) && !(AtIdentifier(1) && Kind(2) == T::kFatArrow)) {
        bool more = Try([&] {
          while (Accept(T::kComma)) ParseExpr();
          if (!At(T::kRightParen)) Fail();
        });
        if (more) SqlSyntax("INVALID_TABLE_VALUED_FUNC_PARTITION_BY_EXPRESSIONS", {}, at);
      }
    }
  }
  if (partitioned && AtAny({T::kOrder, T::kSort}) && Kind(1) == T::kBy) {
    Advance();
    Advance();
    bool brackets = At(T::kLeftParen) && Try([&] {
      Advance();
      argument.table_argument.order_by = SortItems();
      Expect(T::kRightParen);
    });
    if (!brackets) argument.table_argument.order_by = {SortItem()};
  }
  ExpressionPtr out = MakeExpression(std::move(argument), From(table_at));
  if (!is_named) return out;
  return MakeExpression(NamedArgument{std::move(name), std::move(out)}, From(start));
}

RelationPtr Parser::InlineTableClause() {
  size_t start = pos_;
  Expect(T::kValues);
  InlineTable table;
  CommaList([&] {
    ExpressionPtr row = ParseExpr();
    const auto* call = row->As<FunctionCall>();
    std::vector<ExpressionPtr> values;
    if (call != nullptr && call->is_operator && call->name.parts[0] == "struct") {
      for (const ExpressionPtr& value : call->arguments) {
        const auto* alias = value->As<Alias>();
        values.push_back(alias ? alias->child : value);
      }
    } else {
      values = {std::move(row)};
    }
    table.rows.push_back(std::move(values));
  });
  size_t width = table.rows[0].size();
  std::vector<size_t> widths;
  for (const auto& row : table.rows) widths.push_back(row.size());
  RelationPtr out = MakeRelation(std::move(table), From(start));
  out = TableAlias(std::move(out), start);
  const auto* alias = out->As<SubqueryAlias>();
  if (alias != nullptr && !alias->columns.empty()) width = alias->columns.size();
  for (size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == width) continue;
    Semantic(ConditionError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                            {{"expectedNumCols", std::to_string(width)}, {"actualNumCols", std::to_string(widths[i])}, {"rowIndex", std::to_string(i)}}),
             start);
    break;
  }
  return out;
}

RelationPtr Parser::LateralViewClause(RelationPtr input) {
  size_t start = pos_;
  Expect(T::kLateral);
  Expect(T::kView);
  LateralView view;
  view.input = std::move(input);
  view.is_outer = At(T::kOuter) && AtIdentifier(1) && Accept(T::kOuter);
  size_t call_at = pos_;
  FunctionCall call;
  call.name.parts = QualifiedName();
  call.name.origin = From(call_at);
  Expect(T::kLeftParen);
  if (!At(T::kRightParen)) call.arguments = ExpressionSeq();
  Expect(T::kRightParen);
  view.generator = MakeExpression(std::move(call), From(call_at));
  view.table_alias = Identifier();
  auto at_columns = [&] {
    return AtAlias(AliasPlace::kTable) && !AtJoin();
  };
  if (Accept(T::kAs)) {
    CommaList([&] { view.column_aliases.push_back(Identifier()); });
  } else if (at_columns()) {
    CommaList([&] { view.column_aliases.push_back(Identifier()); });
  }
  return MakeRelation(std::move(view), From(start));
}

RelationPtr Parser::PivotClause(RelationPtr input) {
  size_t start = pos_;
  Expect(T::kPivot);
  Expect(T::kLeftParen);
  Pivot pivot;
  pivot.input = std::move(input);
  pivot.aggregates = NamedExpressionSeq();
  Expect(T::kFor);
  auto column = [&] {
    size_t at = pos_;
    Name name;
    name.parts = {ErrorCapturingIdentifier()};
    name.origin = From(at);
    pivot.columns.push_back(MakeExpression(AttributeReference{std::move(name), {}, false}, From(at)));
  };
  if (Accept(T::kLeftParen)) {
    CommaList(column);
    Expect(T::kRightParen);
  } else {
    column();
  }
  Expect(T::kIn);
  Expect(T::kLeftParen);
  CommaList([&] {
    PivotValue value;
    value.value = ParseExpr();
    if (Accept(T::kAs)) value.alias = ErrorCapturingIdentifier();
    else if (AtIdentifier()) value.alias = ErrorCapturingIdentifier();
    pivot.values.push_back(std::move(value));
  });
  Expect(T::kRightParen);
  Expect(T::kRightParen);
  return MakeRelation(std::move(pivot), From(start));
}

RelationPtr Parser::UnpivotClause(RelationPtr input) {
  size_t start = pos_;
  Expect(T::kUnpivot);
  Unpivot unpivot;
  unpivot.input = std::move(input);
  if (AtAny({T::kInclude, T::kExclude})) {
    unpivot.include_nulls = At(T::kInclude);
    Advance();
    Expect(T::kNulls);
  }
  Expect(T::kLeftParen);
  auto column = [&] {
    size_t at = pos_;
    Name name;
    name.parts = MultipartIdentifier();
    name.origin = From(at);
    return MakeExpression(AttributeReference{std::move(name), {}, false}, From(at));
  };
  auto alias = [&](UnpivotValue& value) {
    if (Accept(T::kAs)) value.alias = ErrorCapturingIdentifier();
    else if (AtIdentifier()) value.alias = ErrorCapturingIdentifier();
  };
  std::vector<UnpivotValue> values;
  if (Accept(T::kLeftParen)) {
    CommaList([&] { unpivot.value_columns.push_back(Identifier()); });
    Expect(T::kRightParen);
    Expect(T::kFor);
    unpivot.variable_column = Identifier();
    Expect(T::kIn);
    Expect(T::kLeftParen);
    CommaList([&] {
      UnpivotValue value;
      Expect(T::kLeftParen);
      do {
        value.columns.push_back(column());
        if (AtIdentifier()) Fail("',' or ')'", KindIn(1, {T::kComma, T::kRightParen}) ? ": extra input " + TokenError(pos_) : "");
      } while (Accept(T::kComma));
      Expect(T::kRightParen);
      alias(value);
      if (value.columns.size() != unpivot.value_columns.size()) {
        // counted by the analyzer: UNPIVOT_VALUE_SIZE_MISMATCH
      }
      values.push_back(std::move(value));
    });
    Expect(T::kRightParen);
  } else {
    unpivot.value_columns = {Identifier()};
    Expect(T::kFor);
    unpivot.variable_column = Identifier();
    Expect(T::kIn);
    Expect(T::kLeftParen);
    CommaList([&] {
      UnpivotValue value;
      value.columns = {column()};
      alias(value);
      values.push_back(std::move(value));
    });
    Expect(T::kRightParen);
  }
  unpivot.values = std::move(values);
  Expect(T::kRightParen);
  RelationPtr out = MakeRelation(std::move(unpivot), From(start));
  SubqueryAlias named;
  if (Accept(T::kAs)) named.name = {ErrorCapturingIdentifier()};
  else if (AtAlias(AliasPlace::kTable)) named.name = {ErrorCapturingIdentifier()};
  else return out;
  named.input = std::move(out);
  return MakeRelation(std::move(named), From(start));
}

namespace {

std::string ScalaDouble(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".eEn") == std::string::npos ? text + ".0" : text;
}

}  // namespace

RelationPtr Parser::SampleClause(RelationPtr input) {
  if (!At(T::kTablesample)) return input;
  bool is_method = AtWord("SYSTEM", 1) || AtWord("BERNOULLI", 1);
  if (Kind(is_method ? 2 : 1) != T::kLeftParen) return input;
  size_t start = pos_;
  Advance();
  bool system = AtWord("SYSTEM");
  if (is_method) Advance();
  Expect(T::kLeftParen);
  Sample sample;
  sample.input = std::move(input);
  std::optional<Error> problem;
  auto fraction = [&](double value) {
    sample.upper_bound = value;
    constexpr double kRounding = 1e-6;
    if (value < -kRounding || value > 1 + kRounding) {
      problem = ConditionError("_LEGACY_ERROR_TEMP_0064", {{"msg", fmt::format("Sampling fraction ({}) must be on interval [0, 1]", ScalaDouble(value))}});
    }
  };
  size_t sign = At(T::kMinus) ? 1 : 0;
  if (At(T::kRightParen)) {
    problem = ConditionError("_LEGACY_ERROR_TEMP_0014");
  } else if (KindIn(sign, {T::kInteger, T::kDecimalValue}) && Kind(sign + 1) == T::kPercent) {
    if (sign) Advance();
    double value = std::stod(std::string(Text()));
    Advance();
    Advance();
    fraction((sign ? -value : value) / 100);
  } else if (At(T::kBucket) && Kind(1) == T::kInteger) {
    Advance();
    int64_t numerator = IntegerValue();
    Expect(T::kOut);
    Expect(T::kOf);
    int64_t denominator = IntegerValue();
    if (system) problem = NotImplemented("TABLESAMPLE SYSTEM with BUCKET");
    if (Accept(T::kOn)) {
      QualifiedName();
      bool is_function = Accept(T::kLeftParen);
      if (is_function) Expect(T::kRightParen);
      problem = ConditionError("_LEGACY_ERROR_TEMP_0015", {{"msg", is_function ? "BUCKET x OUT OF y ON function" : "BUCKET x OUT OF y ON colname"}});
    } else if (!problem) {
      fraction(static_cast<double>(numerator) / static_cast<double>(denominator));
      sample.bucket = static_cast<int32_t>(numerator);
      sample.bucket_count = static_cast<int32_t>(denominator);
    }
  } else {
    size_t at = pos_;
    ExpressionPtr expression = ParseExpr();
    if (Accept(T::kRows)) {
      sample.unit = SampleUnit::kRows;
      sample.row_count = std::move(expression);
    } else {
      std::string bytes = SliceTokens(at, pos_);
      bool is_bytes = bytes.size() > 1 && bytes.find_first_not_of("0123456789") == bytes.size() - 1 && std::string("bBkKmMgG").find(bytes.back()) != std::string::npos;
      problem = is_bytes ? ConditionError("_LEGACY_ERROR_TEMP_0015", {{"msg", "byteLengthLiteral"}})
                         : ConditionError("_LEGACY_ERROR_TEMP_0016", {{"bytesStr", bytes}});
    }
  }
  Expect(T::kRightParen);
  if (At(T::kRepeatable, T::kLeftParen)) {
    Advance();
    Advance();
    sample.seed = IntegerValue();
    Expect(T::kRightParen);
    if (system && !problem) problem = NotImplemented("TABLESAMPLE SYSTEM with REPEATABLE");
  }
  if (problem) Semantic(*std::move(problem), start);
  return MakeRelation(std::move(sample), From(start));
}

}  // namespace crannog::sql
