#include <fmt/format.h>

#include <set>

#include "sql/parser_state.h"

/// Queries: WITH, set operations, SELECT and its clauses. Source: query, queryTerm, queryPrimary, querySpecification of Spark's grammar.
namespace crannog::sql {
namespace {

constexpr int kSetOperationsMax = 5000;

}  // namespace

bool Parser::AtQuery(size_t ahead) const {
  size_t at = ahead;
  while (Kind(at) == T::kLeftParen) ++at;
  switch (Kind(at)) {
    case T::kSelect: {
      T next = Kind(at + 1);
      return next == T::kHintStart || next == T::kDistinct || next == T::kAll || next == T::kFrom || CanStartExpression(at + 1);
    }
    case T::kValues: return CanStartExpression(at + 1);
    case T::kTable: return AtIdentifier(at + 1);
    case T::kFrom: return AtIdentifier(at + 1) || KindIn(at + 1, {T::kLeftParen, T::kLateral});
    case T::kWith: return AtIdentifier(at + 1);
    case T::kMap:
    case T::kReduce: return AtTransform();
    default: return false;
  }
}

bool Parser::AtTransform() const {
  if (At(T::kSelect)) {
    if (Kind(1) != T::kTransform || Kind(2) != T::kLeftParen) return false;
    // transform(…) is a function too: only what follows its bracket tells.
    int depth = 0;
    for (size_t i = pos_ + 2; i < tokens_.size(); ++i) {
      if (tokens_[i].token == T::kLeftParen) ++depth;
      if (tokens_[i].token == T::kRightParen && --depth == 0) {
        T next = tokens_[i + 1].token;
        return next == T::kUsing || next == T::kRecordwriter || (next == T::kRow && tokens_[i + 2].token == T::kFormat);
      }
    }
    return false;
  }
  if (!AtAny({T::kMap, T::kReduce}) || !CanStartExpression(1)) return false;
  // MAP a, b USING 'script': only the word USING tells it from a call.
  for (size_t i = pos_ + 1; i < tokens_.size(); ++i) {
    if (tokens_[i].token == T::kUsing) return i + 1 < tokens_.size() && tokens_[i + 1].token == T::kString;
    if (tokens_[i].token == T::kFrom || tokens_[i].token == T::kSemicolon) return false;
  }
  return false;
}

std::pair<std::vector<CommonTableExpression>, bool> Parser::Ctes() {
  size_t start = pos_;
  Expect(T::kWith);
  bool is_recursive = false;
  if (At(T::kRecursive) && AtIdentifier(1)) {
    Advance();
    is_recursive = true;
  }
  std::vector<CommonTableExpression> definitions;
  std::set<std::string> names;
  std::vector<std::string> duplicates;
  CommaList([&] {
    size_t at = pos_;
    CommonTableExpression definition;
    definition.name = ErrorCapturingIdentifier();
    if (At(T::kLeftParen) && !AtQuery(1)) definition.columns = IdentifierList();
    if (At(T::kMax, T::kRecursion) && Kind(2) == T::kLevel) {
      pos_ += 3;
      definition.max_recursion_level = IntegerValue();
      if (!is_recursive && !query_error_) {
        query_error_ = ConditionError("_LEGACY_ERROR_TEMP_0035",
                                      {{"message", "Cannot specify MAX RECURSION LEVEL when the CTE is not marked as RECURSIVE"}});
      }
    }
    Accept(T::kAs);
    ExpectRepairable(T::kLeftParen, {});
    definition.query = ParseQuery();
    Expect(T::kRightParen);
    definition.origin = From(at);
    if (!names.insert(LowerAscii(definition.name)).second) duplicates.push_back(fmt::format("`{}`", LowerAscii(definition.name)));
    definitions.push_back(std::move(definition));
  });
  if (!duplicates.empty() && !query_error_) {
    query_error_ = ConditionError("DUPLICATED_CTE_NAMES", {{"duplicateNames", fmt::format("{}", fmt::join(duplicates, ", "))}});
  }
  (void)start;
  return {std::move(definitions), is_recursive};
}

// While alternatives are tried the same query may be met again: what it gave is remembered, else nested brackets would cost exponential time.
RelationPtr Parser::ParseQuery() {
  if (try_depth_ == 0 && remembered_.empty()) return ParseQueryOnce();
  size_t start = pos_;
  if (auto found = remembered_.find(start); found != remembered_.end()) {
    const Remembered& result = found->second;
    if (!result.query) throw result.failure;
    pos_ = result.end;
    question_marks_ = result.question_marks;
    if (result.semantic_error && !semantic_error_) semantic_error_ = result.semantic_error;
    return result.query;
  }
  Remembered result;
  std::optional<Error> outer = std::move(semantic_error_);
  semantic_error_.reset();
  try {
    result.query = ParseQueryOnce();
  } catch (SyntaxFailure& failure) {
    if (failure.error) throw;
    result.failure = failure;
    semantic_error_ = std::move(outer);
    remembered_[start] = result;
    throw;
  }
  result.end = pos_;
  result.question_marks = question_marks_;
  result.semantic_error = semantic_error_;
  if (outer) semantic_error_ = std::move(outer);
  return remembered_.insert_or_assign(start, std::move(result)).first->second.query;
}

RelationPtr Parser::ParseQueryOnce() {
  Deeper deeper(*this);
  size_t start = pos_;
  std::optional<Error> outer_error = std::move(query_error_);
  query_error_.reset();
  With with;
  bool has_with = At(T::kWith) && AtIdentifier(1);
  if (has_with) std::tie(with.definitions, with.is_recursive) = Ctes();
  RelationPtr query = QueryTerm(0);
  query = QueryOrganization(std::move(query), start);
  if (has_with) {
    with.input = std::move(query);
    query = MakeRelation(std::move(with), From(start));
  }
  if (query_error_) Semantic(*std::move(query_error_), start);
  query_error_ = std::move(outer_error);
  return query;
}

bool Parser::AtSetOperator() const {
  if (!AtAny({T::kUnion, T::kExcept, T::kMinus_, T::kIntersect})) return false;
  size_t next = KindIn(1, {T::kAll, T::kDistinct}) ? 2 : 1;
  return KindIn(next, {T::kSelect, T::kValues, T::kTable, T::kFrom, T::kLeftParen, T::kMap, T::kReduce, T::kWith}) || next == 2;
}

// Precedence: pipe 0, UNION and EXCEPT 1, INTERSECT 2.
RelationPtr Parser::QueryTerm(int min_precedence) {
  size_t start = pos_;
  RelationPtr left = QueryPrimary();
  for (int chain = 0;; ++chain) {
    if (chain > kSetOperationsMax) TooComplex();
    if (At(T::kOperatorPipe)) {
      if (min_precedence > 0) return left;
      Advance();
      left = PipeOperator(std::move(left), start);
      continue;
    }
    if (!AtSetOperator()) return left;
    bool intersect = At(T::kIntersect);
    int precedence = intersect && !options_.set_operation_precedence_legacy ? 2 : 1;
    if (precedence < min_precedence) return left;
    SetOperation operation;
    operation.kind = intersect ? SetOperationKind::kIntersect : At(T::kUnion) ? SetOperationKind::kUnion : SetOperationKind::kExcept;
    Advance();
    if (Accept(T::kAll)) operation.is_all = true;
    else Accept(T::kDistinct);
    operation.left = std::move(left);
    operation.right = QueryTerm(precedence + 1);
    left = MakeRelation(std::move(operation), From(start));
  }
}

RelationPtr Parser::QueryPrimary() {
  size_t start = pos_;
  switch (Kind()) {
    case T::kLeftParen: {
      Deeper deeper(*this);
      Advance();
      RelationPtr query = ParseQuery();
      Expect(T::kRightParen);
      return query;
    }
    case T::kTable: {
      Advance();
      NamedTable table;
      table.name = ParseName();
      return MakeRelation(std::move(table), From(start));
    }
    case T::kValues: return InlineTableClause();
    case T::kFrom: return FromStatement();
    case T::kSelect: return QuerySpecification(nullptr, false);
    case T::kMap:
    case T::kReduce:
      if (AtTransform()) return QuerySpecification(nullptr, false);
      break;
    default: break;
  }
  Fail("a query");
}

// FROM relation [SELECT …]…
RelationPtr Parser::FromStatement() {
  size_t start = pos_;
  RelationPtr from = FromClause();
  RelationPtr out;
  while (At(T::kSelect) || AtTransform()) {
    size_t body = pos_;
    RelationPtr select = QuerySpecification(from, true);
    select = QueryOrganization(std::move(select), body);
    if (out) {
      SetOperation operation;
      operation.left = std::move(out);
      operation.right = std::move(select);
      operation.is_all = true;
      out = MakeRelation(std::move(operation), From(start));
    } else {
      out = std::move(select);
    }
  }
  if (out) return out;
  Project project;
  project.input = std::move(from);
  project.expressions = {MakeExpression(Star{}, From(start))};
  return MakeRelation(std::move(project), From(start));
}

std::vector<Hint> Parser::ParseHints() {
  std::vector<Hint> hints;
  while (Accept(T::kHintStart)) {
    for (;;) {
      Hint hint;
      hint.name = Identifier();
      if (Accept(T::kLeftParen)) {
        if (!At(T::kRightParen)) CommaList([&] { hint.parameters.push_back(Primary()); });
        Expect(T::kRightParen);
      }
      hints.push_back(std::move(hint));
      if (Accept(T::kComma)) continue;
      if (!AtIdentifier()) break;
    }
    Expect(T::kHintEnd);
  }
  return hints;
}

RelationPtr Parser::Hints(RelationPtr input, const std::vector<Hint>& hints) {
  // The first hint is the outermost.
  for (size_t i = hints.size(); i > 0; --i) {
    Hint hint = hints[i - 1];
    hint.input = std::move(input);
    Origin origin = hint.input->origin;
    input = MakeRelation(std::move(hint), origin);
  }
  return input;
}

std::vector<std::pair<std::string, WindowSpec>> Parser::WindowClause() {
  Expect(T::kWindow);
  std::vector<std::pair<std::string, WindowSpec>> windows;
  CommaList([&] {
    std::string name = ErrorCapturingIdentifier();
    ExpectRepairable(T::kAs, {T::kLeftParen});
    windows.emplace_back(std::move(name), ParseWindowSpec());
  });
  return windows;
}

RelationPtr Parser::QuerySpecification(RelationPtr from, bool has_from) {
  Deeper deeper(*this);
  size_t start = pos_;
  if (AtTransform()) return TransformClause(std::move(from), has_from, start);
  Expect(T::kSelect);
  std::vector<Hint> hints = ParseHints();
  bool distinct = false;
  if (AtAny({T::kDistinct, T::kAll}) && (CanStartExpression(1) || Kind(1) == T::kAsterisk)) {
    distinct = At(T::kDistinct);
    Advance();
  }
  std::vector<ExpressionPtr> expressions = NamedExpressionSeq();
  RelationPtr input = std::move(from);
  if (!has_from && At(T::kFrom)) input = FromClause();
  if (!input) input = MakeRelation(OneRow{}, Origin{});
  while (At(T::kLateral, T::kView)) input = LateralViewClause(std::move(input));
  if (At(T::kWhere)) {
    size_t at = pos_;
    Advance();
    Filter filter;
    filter.input = std::move(input);
    filter.condition = ParseExpr();
    input = MakeRelation(std::move(filter), From(at));
  }
  bool grouped = At(T::kGroup, T::kBy);
  RelationPtr out;
  if (grouped) {
    Aggregate aggregate = AggregationClause(std::move(input));
    aggregate.expressions = std::move(expressions);
    out = MakeRelation(std::move(aggregate), From(start));
  }
  if (At(T::kHaving) && CanStartExpression(1)) {
    if (!out) {
      // HAVING without GROUP BY is a global aggregate.
      Aggregate aggregate;
      aggregate.input = std::move(input);
      aggregate.expressions = std::move(expressions);
      out = MakeRelation(std::move(aggregate), From(start));
    }
    size_t at = pos_;
    Advance();
    Having having;
    having.input = std::move(out);
    having.condition = ParseExpr();
    out = MakeRelation(std::move(having), From(at));
  }
  if (!out) {
    Project project;
    project.input = std::move(input);
    project.expressions = std::move(expressions);
    out = MakeRelation(std::move(project), From(start));
  }
  std::vector<std::pair<std::string, WindowSpec>> windows;
  auto window_ahead = [&] { return At(T::kWindow) && AtIdentifier(1) && (Kind(2) == T::kAs || Kind(2) == T::kLeftParen); };
  if (window_ahead()) windows = WindowClause();
  if (AtWord("QUALIFY") && CanStartExpression(1)) {
    size_t at = pos_;
    Advance();
    Qualify qualify;
    qualify.input = std::move(out);
    qualify.condition = ParseExpr();
    out = MakeRelation(std::move(qualify), From(at));
  }
  if (windows.empty() && window_ahead()) windows = WindowClause();
  if (distinct) out = MakeRelation(Distinct{std::move(out)}, From(start));
  if (!windows.empty()) out = MakeRelation(NamedWindows{std::move(out), std::move(windows)}, From(start));
  return Hints(std::move(out), hints);
}

// GROUP BY …, with ROLLUP, CUBE and GROUPING SETS in both spellings.
Aggregate Parser::AggregationClause(RelationPtr input) {
  size_t start = pos_;
  Expect(T::kGroup);
  Expect(T::kBy);
  Aggregate aggregate;
  aggregate.input = std::move(input);
  auto at_analytics = [&] {
    return (AtAny({T::kRollup, T::kCube}) && Kind(1) == T::kLeftParen) || (At(T::kGrouping, T::kSets) && Kind(2) == T::kLeftParen);
  };
  if (At(T::kAll) && !CanStartExpression(1) && !KindIn(1, {T::kDot, T::kComma})) {
    Advance();
    aggregate.group_by_all = true;
    return aggregate;
  }
  // GROUP BY ALL before a clause word.
  if (At(T::kAll) && KindIn(1, {T::kOffset, T::kWindow, T::kCluster, T::kDistribute, T::kSort, T::kExcept, T::kMinus_, T::kIntersect, T::kLateral})) {
    Advance();
    aggregate.group_by_all = true;
    return aggregate;
  }
  if (At(T::kAll) && AtWord("QUALIFY", 1)) {
    Advance();
    aggregate.group_by_all = true;
    return aggregate;
  }
  bool plain = true;
  CommaList([&] {
    if (at_analytics()) {
      plain = false;
      bool is_sets = At(T::kGrouping);
      std::string word = UpperAscii(Text());
      GroupingElement element = GroupingAnalytics();
      if (!is_sets) {
        for (const auto& set : element.sets) {
          if (set.empty() && !query_error_) {
            Semantic(ConditionError("_LEGACY_ERROR_TEMP_0051", {{"element", word}}), start);
          }
        }
      }
      aggregate.grouping.push_back(std::move(element));
    } else {
      GroupingElement element;
      element.sets = {{ParseExpr()}};
      aggregate.grouping.push_back(std::move(element));
    }
  });
  auto composite = [&] {
    GroupingElement element;
    for (GroupingElement& part : aggregate.grouping) element.sets.push_back(std::move(part.sets[0]));
    return element;
  };
  if (plain && At(T::kWith) && KindIn(1, {T::kRollup, T::kCube})) {
    Advance();
    GroupingElement element = composite();
    element.kind = At(T::kRollup) ? GroupingKind::kRollup : GroupingKind::kCube;
    Advance();
    aggregate.grouping = {std::move(element)};
  } else if (plain && At(T::kGrouping, T::kSets)) {
    // GROUP BY a, b GROUPING SETS (…): the list before only names the columns.
    aggregate.grouping = {GroupingAnalytics()};
  }
  return aggregate;
}

std::vector<ExpressionPtr> Parser::GroupingSet() {
  std::vector<ExpressionPtr> set;
  if (At(T::kLeftParen)) {
    bool is_set = Try([&] {
      Advance();
      std::vector<ExpressionPtr> inner;
      if (!At(T::kRightParen)) inner = ExpressionSeq();
      Expect(T::kRightParen);
      if (!AtAny({T::kComma, T::kRightParen})) Fail("','");
      set = std::move(inner);
    });
    if (is_set) return set;
  }
  return {ParseExpr()};
}

GroupingElement Parser::GroupingAnalytics() {
  Deeper deeper(*this);
  GroupingElement element;
  if (Accept(T::kGrouping)) {
    Expect(T::kSets);
    element.kind = GroupingKind::kGroupingSets;
    Expect(T::kLeftParen);
    CommaList([&] {
      if ((AtAny({T::kRollup, T::kCube}) && Kind(1) == T::kLeftParen) || At(T::kGrouping, T::kSets)) element.nested.push_back(GroupingAnalytics());
      else element.sets.push_back(GroupingSet());
    });
    Expect(T::kRightParen);
    return element;
  }
  element.kind = At(T::kRollup) ? GroupingKind::kRollup : GroupingKind::kCube;
  Advance();
  Expect(T::kLeftParen);
  CommaList([&] { element.sets.push_back(GroupingSet()); });
  Expect(T::kRightParen);
  return element;
}

bool Parser::AtLimitClause() const { return At(T::kLimit) && (Kind(1) == T::kAll || CanStartExpression(1)); }

// ORDER BY, CLUSTER BY, DISTRIBUTE BY, SORT BY, WINDOW, LIMIT, OFFSET.
RelationPtr Parser::QueryOrganization(RelationPtr input, size_t start) {
  size_t clauses_at = pos_;
  std::vector<SortOrder> order, sort;
  std::vector<ExpressionPtr> cluster, distribute;
  Sort all;
  bool is_order_all = false, has_order = false;
  if (Accept(T::kOrder, T::kBy)) {
    has_order = true;
    if (At(T::kAll) && (!CanStartExpression(1) || KindIn(1, {T::kAsc, T::kDesc, T::kNulls, T::kOffset, T::kWindow})) && !KindIn(1, {T::kDot, T::kComma, T::kEq})) {
      Advance();
      is_order_all = true;
      if (Accept(T::kDesc)) all.all_direction = SortDirection::kDescending;
      else Accept(T::kAsc);
      if (Accept(T::kNulls)) {
        if (Accept(T::kFirst)) all.all_nulls = NullOrdering::kFirst;
        else if (Accept(T::kLast)) all.all_nulls = NullOrdering::kLast;
        else Fail("FIRST or LAST");
      }
    } else {
      order = SortItems();
    }
  }
  if (Accept(T::kCluster, T::kBy)) cluster = ExpressionSeq();
  if (Accept(T::kDistribute, T::kBy)) distribute = ExpressionSeq();
  if (Accept(T::kSort, T::kBy)) sort = SortItems();
  bool good = (has_order && sort.empty() && distribute.empty() && cluster.empty()) ||
              (!has_order && cluster.empty()) || (!has_order && sort.empty() && distribute.empty());
  if (!good) Semantic(ConditionError("UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES"), clauses_at);
  if (has_order) {
    all.input = std::move(input);
    all.orders = std::move(order);
    all.order_by_all = is_order_all;
    input = MakeRelation(std::move(all), From(clauses_at));
  }
  if (!cluster.empty()) {
    Repartition repartition;
    repartition.input = std::move(input);
    repartition.expressions = cluster;
    Sort local;
    local.input = MakeRelation(std::move(repartition), From(clauses_at));
    local.is_global = false;
    for (ExpressionPtr& expression : cluster) local.orders.push_back({expression, SortDirection::kAscending, NullOrdering::kDefault});
    input = MakeRelation(std::move(local), From(clauses_at));
  }
  if (!distribute.empty()) {
    Repartition repartition;
    repartition.input = std::move(input);
    repartition.expressions = std::move(distribute);
    input = MakeRelation(std::move(repartition), From(clauses_at));
  }
  if (!sort.empty()) {
    Sort local;
    local.input = std::move(input);
    local.orders = std::move(sort);
    local.is_global = false;
    input = MakeRelation(std::move(local), From(clauses_at));
  }
  if (At(T::kWindow) && AtIdentifier(1) && Kind(2) == T::kAs) input = MakeRelation(NamedWindows{std::move(input), WindowClause()}, From(start));
  ExpressionPtr limit, offset;
  size_t limit_at = pos_;
  if (AtLimitClause()) {
    Advance();
    if (At(T::kAll) && !CanStartExpression(1)) Advance();
    else if (At(T::kAll) && Kind(1) == T::kOffset) Advance();
    else limit = ParseExpr();
  } else if (At(T::kLimit)) {
    Advance();
    Fail("an expression");
  }
  if (At(T::kOffset) && CanStartExpression(1)) {
    Advance();
    offset = ParseExpr();
  }
  if (offset) input = MakeRelation(Offset{std::move(input), std::move(offset)}, From(limit_at));
  if (limit) input = MakeRelation(Limit{std::move(input), std::move(limit)}, From(limit_at));
  return input;
}

// SELECT TRANSFORM(…) USING 'script', MAP …, REDUCE …: understood, so that its errors are Spark's; no engine of ours runs scripts.
RelationPtr Parser::TransformClause(RelationPtr from, bool has_from, size_t start) {
  bool parenthesised = Accept(T::kSelect);
  Advance();
  if (parenthesised) Expect(T::kLeftParen);
  bool has_quantifier = false;
  if (AtAny({T::kDistinct, T::kAll}) && CanStartExpression(1)) {
    has_quantifier = true;
    Advance();
  }
  ExpressionSeq();
  if (parenthesised) Expect(T::kRightParen);
  std::optional<Error> problem;
  if (has_quantifier) problem = ConditionError("UNSUPPORTED_FEATURE.TRANSFORM_DISTINCT_ALL");
  auto row_format = [&] {
    if (!At(T::kRow)) return;
    SerdeSpec serde = RowFormat();
    if (problem) return;
    if (serde.row_format == "SERDE") problem = ConditionError("UNSUPPORTED_FEATURE.TRANSFORM_NON_HIVE");
    auto lines = serde.properties.find("line.delim");
    if (lines != serde.properties.end() && lines->second != "\n") {
      problem = ConditionError("_LEGACY_ERROR_TEMP_0064",
                               {{"msg", fmt::format("LINES TERMINATED BY only supports newline '\\n' right now: {}", lines->second)}});
    }
  };
  row_format();
  if (Accept(T::kRecordwriter)) StringLiteral();
  Expect(T::kUsing);
  StringLiteral();
  if (Accept(T::kAs)) {
    bool brackets = Accept(T::kLeftParen);
    CommaList([&] {
      ErrorCapturingIdentifier();
      if (AtIdentifier() && !AtAny({T::kRow, T::kFrom, T::kRecordreader, T::kWhere, T::kLateral, T::kGroup, T::kHaving})) {
        ParseType();
        if (Accept(T::kComment)) StringLiteral();
      }
    });
    if (brackets) Expect(T::kRightParen);
  }
  row_format();
  if (Accept(T::kRecordreader)) StringLiteral();
  if (!has_from && At(T::kFrom)) FromClause();
  while (At(T::kLateral, T::kView)) LateralViewClause(from ? from : MakeRelation(OneRow{}));
  if (Accept(T::kWhere)) ParseExpr();
  if (At(T::kGroup, T::kBy)) AggregationClause(nullptr);
  if (At(T::kHaving) && CanStartExpression(1)) {
    Advance();
    ParseExpr();
  }
  if (At(T::kWindow) && AtIdentifier(1) && Kind(2) == T::kAs) WindowClause();
  if (problem) Semantic(*std::move(problem), start);
  return MakeRelation(UnsupportedRelation{"TRANSFORM"}, From(start));
}

}  // namespace crannog::sql
