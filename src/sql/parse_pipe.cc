#include <fmt/format.h>

#include "sql/parser_state.h"

/// SQL pipe operators: query |> operator. Source: operatorPipeRightSide of Spark's grammar and its checks in AstBuilder.
namespace crannog::sql {

RelationPtr Parser::PipeOperator(RelationPtr input, size_t start) {
  size_t operator_at = pos_;
  auto refuse = [&](Error error) {
    if (!query_error_) query_error_ = std::move(error);
  };
  auto unsupported_aggregate = [&](std::string what) {
    refuse(ConditionError("UNSUPPORTED_FEATURE.PIPE_OPERATOR_AGGREGATE_UNSUPPORTED_CASE", {{"case", std::move(what)}}));
  };
  if (At(T::kSelect)) {
    Advance();
    std::vector<Hint> hints = ParseHints();
    bool distinct = false;
    if (AtAny({T::kDistinct, T::kAll}) && (CanStartExpression(1))) {
      distinct = At(T::kDistinct);
      Advance();
    }
    Project project;
    project.input = std::move(input);
    project.expressions = NamedExpressionSeq();
    project.pipe_clause = "SELECT";
    RelationPtr out = MakeRelation(std::move(project), From(operator_at));
    if (distinct) out = MakeRelation(Distinct{std::move(out)}, From(operator_at));
    if (At(T::kWindow) && AtIdentifier(1) && Kind(2) == T::kAs) out = MakeRelation(NamedWindows{std::move(out), WindowClause()}, From(operator_at));
    return Hints(std::move(out), hints);
  }
  if (Accept(T::kExtend)) {
    Project project;
    project.input = std::move(input);
    project.expressions = {MakeExpression(Star{}, From(operator_at))};
    for (ExpressionPtr& expression : NamedExpressionSeq()) project.expressions.push_back(std::move(expression));
    project.pipe_clause = "EXTEND";
    return MakeRelation(std::move(project), From(operator_at));
  }
  if (Accept(T::kSet)) {
    // One Star per assignment, so that a later one sees the earlier.
    CommaList([&] {
      size_t at = pos_;
      std::vector<std::string> key = MultipartIdentifier();
      Expect(T::kEq);
      ExpressionPtr value = ParseExpr();
      if (key.size() > 1) {
        LegacyOperationNotAllowed("SQL pipe syntax |> SET operator with multi-part assignment key (only single-part keys are allowed)", at);
      }
      Star star;
      Alias alias;
      alias.child = std::move(value);
      alias.names = {key.back()};
      star.replace = {MakeExpression(std::move(alias), From(at))};
      Project project;
      project.input = std::move(input);
      project.expressions = {MakeExpression(std::move(star), From(at))};
      project.pipe_clause = "SET";
      input = MakeRelation(std::move(project), From(operator_at));
    });
    return input;
  }
  if (Accept(T::kDrop)) {
    Star star;
    CommaList([&] {
      size_t at = pos_;
      Name name;
      name.parts = {ErrorCapturingIdentifier()};
      name.origin = From(at);
      star.except.push_back(std::move(name));
    });
    Project project;
    project.input = std::move(input);
    project.expressions = {MakeExpression(std::move(star), From(operator_at))};
    project.pipe_clause = "DROP";
    return MakeRelation(std::move(project), From(operator_at));
  }
  if (Accept(T::kAs)) {
    SubqueryAlias alias;
    alias.name = {ErrorCapturingIdentifier()};
    alias.input = std::move(input);
    return MakeRelation(std::move(alias), From(operator_at));
  }
  if (Accept(T::kWhere)) {
    Filter filter;
    filter.input = std::move(input);
    filter.condition = ParseExpr();
    RelationPtr out = MakeRelation(std::move(filter), From(operator_at));
    if (At(T::kWindow) && AtIdentifier(1)) {
      WindowClause();
      refuse(ConditionError("NOT_ALLOWED_IN_PIPE_OPERATOR_WHERE.WINDOW_CLAUSE"));
    }
    return out;
  }
  if (At(T::kPivot)) {
    RelationPtr out = PivotClause(std::move(input));
    if (At(T::kUnpivot)) {
      out = UnpivotClause(std::move(out));
      refuse(ConditionError("NOT_ALLOWED_IN_FROM.UNPIVOT_WITH_PIVOT"));
    }
    return out;
  }
  if (At(T::kUnpivot)) {
    RelationPtr out = UnpivotClause(std::move(input));
    if (At(T::kPivot)) {
      out = PivotClause(std::move(out));
      refuse(ConditionError("NOT_ALLOWED_IN_FROM.UNPIVOT_WITH_PIVOT"));
    }
    return out;
  }
  if (At(T::kTablesample)) return SampleClause(std::move(input));
  if (AtJoin()) return JoinWith(std::move(input), start);
  if (AtAny({T::kUnion, T::kExcept, T::kMinus_, T::kIntersect})) {
    SetOperation operation;
    operation.kind = At(T::kIntersect) ? SetOperationKind::kIntersect : At(T::kUnion) ? SetOperationKind::kUnion : SetOperationKind::kExcept;
    Advance();
    if (Accept(T::kAll)) operation.is_all = true;
    else Accept(T::kDistinct);
    operation.left = std::move(input);
    operation.right = QueryPrimary();
    return MakeRelation(std::move(operation), From(operator_at));
  }
  if (Accept(T::kAggregate)) {
    std::vector<ExpressionPtr> expressions;
    size_t list_at = pos_;
    bool groups_nothing = At(T::kGroup, T::kBy) && !CanStartExpression(2) && Kind(2) != T::kLeftParen;
    if (groups_nothing || (!At(T::kGroup, T::kBy) && CanStartExpression())) {
      // GROUP BY without anything after it is a column and its alias.
      if (groups_nothing) {
        pos_ += 2;
        Name name;
        name.parts = {std::string(TextOf(pos_ - 2))};
        name.origin = Between(pos_ - 2, pos_ - 2);
        ExpressionPtr column = MakeExpression(AttributeReference{name, {}, false}, name.origin);
        expressions = {MakeExpression(Alias{std::move(column), {std::string(TextOf(pos_ - 1))}, ""}, From(pos_ - 2))};
      }
    }
    if (!groups_nothing && !At(T::kGroup, T::kBy) && CanStartExpression()) expressions = NamedExpressionSeq();
    for (size_t i = list_at; i < pos_; ++i) {
      if (tokens_[i].token == T::kOver) {
        unsupported_aggregate("window functions; please update the query to move the window functions to a subsequent |> SELECT operator instead");
      } else if (tokens_[i + 1].token == T::kLeftParen && EqualsIgnoreCase(TextOf(i), "GROUPING")) {
        unsupported_aggregate("GROUPING");
      } else if (tokens_[i + 1].token == T::kLeftParen && EqualsIgnoreCase(TextOf(i), "GROUPING_ID")) {
        unsupported_aggregate("GROUPING_ID");
      }
    }
    Aggregate aggregate;
    bool has_group = At(T::kGroup, T::kBy);
    if (has_group) {
      // Grouping expressions may be named here: GROUP BY a AS b.
      Advance();
      Advance();
      if (At(T::kAll) && !CanStartExpression(1)) {
        Advance();
        aggregate.group_by_all = true;
        unsupported_aggregate("GROUP BY ALL");
      } else {
        CommaList([&] {
          if ((AtAny({T::kRollup, T::kCube}) && Kind(1) == T::kLeftParen) || At(T::kGrouping, T::kSets)) {
            unsupported_aggregate(At(T::kRollup) ? "GROUP BY ROLLUP" : At(T::kCube) ? "GROUP BY CUBE" : "GROUPING SETS");
            aggregate.grouping.push_back(GroupingAnalytics());
          } else if (At(T::kLeftParen, T::kRightParen)) {
            Advance();
            Fail("an expression");
          } else {
            GroupingElement element;
            element.sets = {{NamedExpression()}};
            aggregate.grouping.push_back(std::move(element));
          }
        });
        if (At(T::kWith) && KindIn(1, {T::kRollup, T::kCube})) {
          Advance();
          unsupported_aggregate(At(T::kRollup) ? "GROUP BY ROLLUP" : "GROUP BY CUBE");
          Advance();
        } else if (At(T::kGrouping, T::kSets)) {
          unsupported_aggregate("GROUPING SETS");
          GroupingAnalytics();
        }
      }
    } else if (expressions.empty()) {
      refuse(ConditionError("_LEGACY_ERROR_TEMP_0035", {{"message", "The AGGREGATE clause requires a list of aggregate expressions or a list of "
                                                                    "grouping expressions, or both"}}));
    }
    aggregate.input = std::move(input);
    aggregate.expressions = std::move(expressions);
    aggregate.prepend_grouping = true;
    aggregate.is_pipe = true;
    return MakeRelation(std::move(aggregate), From(operator_at));
  }
  if (KindIn(0, {T::kOrder, T::kCluster, T::kDistribute, T::kSort}) && Kind(1) == T::kBy) {
    // fallthrough to the clauses below
  } else if (!At(T::kLimit) && !At(T::kOffset) && !At(T::kWindow)) {
    Fail("a pipe operator");
  }
  std::vector<const char*> clauses;
  size_t clauses_at = pos_;
  RelationPtr out = QueryOrganization(std::move(input), start);
  int depth = 0;
  for (size_t i = clauses_at; i < pos_; ++i) {
    T token = tokens_[i].token;
    if (token == T::kLeftParen) ++depth;
    if (token == T::kRightParen) --depth;
    if (depth > 0) continue;
    bool by = i + 1 < pos_ && tokens_[i + 1].token == T::kBy;
    if (token == T::kOrder && by) clauses.push_back("ORDER BY");
    if (token == T::kCluster && by) clauses.push_back("CLUSTER BY");
    if (token == T::kDistribute && by) clauses.push_back("DISTRIBUTE BY");
    if (token == T::kSort && by) clauses.push_back("SORT BY");
    if (token == T::kLimit) clauses.push_back("LIMIT");
    if (token == T::kOffset) clauses.push_back("OFFSET");
  }
  bool limit_offset = clauses.size() == 2 && std::string_view(clauses[0]) == "LIMIT";
  if (clauses.size() > 1 && !limit_offset) {
    Semantic(ConditionError("MULTIPLE_QUERY_RESULT_CLAUSES_WITH_PIPE_OPERATORS", {{"clause1", clauses[0]}, {"clause2", clauses[1]}}), clauses_at);
  }
  return out;
}

}  // namespace crannog::sql
