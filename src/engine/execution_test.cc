#include <gmock/gmock.h>

#include "engine/engine_test_plans.h"

namespace crannog::engine::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using plan::EvalMode;

TEST(Execution, LiteralsOfEveryTypeComeBack) {
  EXPECT_EQ(Value(Int(7)), "7");
  EXPECT_EQ(Value(Text("ü")), "ü");
  EXPECT_EQ(Value(Decimal(12345, 7, 2)), "123.45");
  EXPECT_EQ(Value(Null(DataType::Null())), "NULL");
  EXPECT_EQ(Value(Lit(Literal::OfInteger(DataType::YearMonthInterval(), 14))), "14");
  EXPECT_EQ(Value(Lit({DataType::CalendarInterval(), plan::CalendarIntervalValue{1, 2, 3}})), "1m2d3us");
  auto array = Literal::Nested(DataType::Array(DataType::Int()), {Literal::Int(1), Literal::Null(DataType::Int())});
  EXPECT_EQ(Value(Lit(array)), "[1,NULL]");
  auto map = Literal::Nested(DataType::Map(DataType::String(), DataType::Int()), {Literal::String("k"), Literal::Int(5)});
  EXPECT_EQ(Value(Lit(map)), "{k:5}");
  auto row = Literal::Nested(DataType::Struct({{"a", DataType::Int()}, {"A", DataType::String()}}), {Literal::Int(1), Literal::String("x")});
  EXPECT_EQ(Value(Lit(row)), "{1,x}");
  EXPECT_EQ(Value(Lit(Literal::Nested(DataType::Struct({}), {}))), "{}");
}

TEST(Execution, ProjectFilterSortLimit) {
  auto range = Range(1, 0, 100);
  auto even = Filter(range, Call("equal", {Call("remainder", {Col(1, DataType::Long()), Long(2)}, DataType::Long()), Long(0)}, DataType::Boolean()));
  auto sorted = Sort(even, {{.expression = Col(1, DataType::Long()), .is_ascending = false, .nulls_first = false}});
  auto limit = plan::MakePlan(plan::ResolvedLimit{.input = sorted, .count = 3, .offset = 1}, sorted->output);
  auto twice = Project(limit, {{2, Call("multiply", {Col(1, DataType::Long()), Long(2)}, DataType::Long())}});
  EXPECT_THAT(Rows(twice), ElementsAre("192", "188", "184"));
}

TEST(Execution, EveryJoinType) {
  auto left = Values({Out(1, DataType::Int()), Out(2, DataType::String())}, {{Int(1), Text("a")}, {Int(2), Text("b")}, {Null(DataType::Int()), Text("n")}});
  auto right = Values({Out(3, DataType::Int()), Out(4, DataType::String())}, {{Int(2), Text("x")}, {Int(3), Text("y")}, {Null(DataType::Int()), Text("m")}});
  auto on = Call("equal", {Col(1, DataType::Int()), Col(3, DataType::Int())}, DataType::Boolean());
  auto join = [&](plan::JoinType type) {
    auto output = left->output;
    if (type != plan::JoinType::kLeftSemi && type != plan::JoinType::kLeftAnti) output.insert(output.end(), right->output.begin(), right->output.end());
    return Rows(plan::MakePlan(plan::ResolvedJoin{.left = left, .right = right, .type = type, .condition = on}, output));
  };
  EXPECT_THAT(join(plan::JoinType::kInner), UnorderedElementsAre("2|b|2|x"));
  EXPECT_THAT(join(plan::JoinType::kLeftOuter), UnorderedElementsAre("2|b|2|x", "1|a|NULL|NULL", "NULL|n|NULL|NULL"));
  EXPECT_THAT(join(plan::JoinType::kRightOuter), UnorderedElementsAre("2|b|2|x", "NULL|NULL|3|y", "NULL|NULL|NULL|m"));
  EXPECT_THAT(join(plan::JoinType::kFullOuter),
              UnorderedElementsAre("2|b|2|x", "1|a|NULL|NULL", "NULL|n|NULL|NULL", "NULL|NULL|3|y", "NULL|NULL|NULL|m"));
  EXPECT_THAT(join(plan::JoinType::kLeftSemi), UnorderedElementsAre("2|b"));
  EXPECT_THAT(join(plan::JoinType::kLeftAnti), UnorderedElementsAre("1|a", "NULL|n"));
}

TEST(Execution, GroupsAndGroupingSets) {
  auto rows = Values({Out(1, DataType::Int()), Out(2, DataType::Int())}, {{Int(1), Int(10)}, {Int(1), Null(DataType::Int())}, {Int(2), Int(30)}});
  auto grouped = Aggregate(rows, {{3, Col(1, DataType::Int())}}, {{4, Agg("count", {Int(1)}, DataType::Long())}, {5, Agg("max", {Col(2, DataType::Int())}, DataType::Int())}});
  EXPECT_THAT(Rows(grouped), UnorderedElementsAre("1|2|10", "2|1|30"));
  auto none = Aggregate(Filter(rows, Lit(Literal::Boolean(false))), {}, {{4, Agg("count", {Int(1)}, DataType::Long())}});
  EXPECT_THAT(Rows(none), ElementsAre("0"));
  plan::ResolvedAggregation rollup{.input = rows, .groups = {{.id = 3, .name = "k", .expression = Col(1, DataType::Int())}},
                                   .aggregates = {{.id = 4, .name = "n", .expression = Agg("count", {Int(1)}, DataType::Long())}},
                                   .grouping_sets = {{{0}, {}}}, .grouping_id = 5};
  EXPECT_THAT(Rows(plan::MakePlan(rollup, {Out(3, DataType::Int()), Out(4, DataType::Long()), Out(5, DataType::Long())})),
              UnorderedElementsAre("1|2|0", "2|1|0", "NULL|3|1"));
}

TEST(Execution, SetOperations) {
  auto a = Values({Out(1, DataType::Int())}, {{Int(1)}, {Int(1)}, {Int(2)}});
  auto b = Values({Out(2, DataType::Int())}, {{Int(1)}, {Int(3)}});
  auto run = [&](plan::SetOperationKind kind, bool is_all) {
    return Rows(plan::MakePlan(plan::ResolvedSetOperation{.inputs = {a, b}, .kind = kind, .is_all = is_all}, {Out(3, DataType::Int())}));
  };
  EXPECT_THAT(run(plan::SetOperationKind::kUnion, true), UnorderedElementsAre("1", "1", "2", "1", "3"));
  EXPECT_THAT(run(plan::SetOperationKind::kUnion, false), UnorderedElementsAre("1", "2", "3"));
  EXPECT_THAT(run(plan::SetOperationKind::kIntersect, false), UnorderedElementsAre("1"));
  EXPECT_THAT(run(plan::SetOperationKind::kExcept, true), UnorderedElementsAre("1", "2"));
  EXPECT_THAT(run(plan::SetOperationKind::kExcept, false), UnorderedElementsAre("2"));
}

TEST(Execution, CorrelatedSubqueries) {
  auto outer = Values({Out(1, DataType::Int())}, {{Int(1)}, {Int(2)}, {Int(3)}});
  auto inner = Values({Out(2, DataType::Int()), Out(3, DataType::Int())}, {{Int(1), Int(10)}, {Int(1), Int(11)}, {Int(2), Int(20)}});
  auto matching = Filter(inner, Call("equal", {Col(2, DataType::Int()), Col(1, DataType::Int(), true)}, DataType::Boolean()));
  auto count = Aggregate(matching, {}, {{4, Agg("count", {Int(1)}, DataType::Long())}});
  auto scalar = plan::MakeResolved(plan::ResolvedSubquery{.kind = plan::SubqueryKind::kScalar, .plan = count, .outer_columns = {{.id = 1, .name = "c1"}}},
                                   DataType::Long(), true);
  EXPECT_THAT(Rows(Project(outer, {{5, Col(1, DataType::Int())}, {6, scalar}})), UnorderedElementsAre("1|2", "2|1", "3|0"));
  auto exists = plan::MakeResolved(plan::ResolvedSubquery{.kind = plan::SubqueryKind::kExists, .plan = matching, .outer_columns = {{.id = 1, .name = "c1"}}},
                                   DataType::Boolean(), false);
  EXPECT_THAT(Rows(Filter(outer, exists)), UnorderedElementsAre("1", "2"));
  EXPECT_THAT(Rows(Filter(outer, Call("not", {exists}, DataType::Boolean()))), UnorderedElementsAre("3"));
  auto too_many = plan::MakeResolved(plan::ResolvedSubquery{.kind = plan::SubqueryKind::kScalar, .plan = Project(matching, {{7, Col(3, DataType::Int())}})},
                                     DataType::Int(), true);
  EXPECT_THAT(Rows(Project(outer, {{8, too_many}})), ElementsAre("ERROR SCALAR_SUBQUERY_TOO_MANY_ROWS"));
}

TEST(Execution, InSubqueryIsThreeValued) {
  auto outer = Values({Out(1, DataType::Int())}, {{Int(1)}, {Int(5)}, {Null(DataType::Int())}});
  auto inner = Values({Out(2, DataType::Int())}, {{Int(1)}, {Null(DataType::Int())}});
  auto in = plan::MakeResolved(plan::ResolvedSubquery{.kind = plan::SubqueryKind::kIn, .plan = inner, .values = {Col(1, DataType::Int())}}, DataType::Boolean(), true);
  EXPECT_THAT(Rows(Project(outer, {{3, Col(1, DataType::Int())}, {4, in}})), UnorderedElementsAre("1|true", "5|NULL", "NULL|NULL"));
  auto pairs = Values({Out(5, DataType::Int()), Out(6, DataType::Int())}, {{Int(1), Int(1)}, {Int(5), Null(DataType::Int())}});
  auto both = plan::MakeResolved(plan::ResolvedSubquery{.kind = plan::SubqueryKind::kIn, .plan = pairs, .values = {Col(1, DataType::Int()), Int(1)}},
                                 DataType::Boolean(), true);
  EXPECT_THAT(Rows(Project(outer, {{3, Col(1, DataType::Int())}, {4, both}})), UnorderedElementsAre("1|true", "5|NULL", "NULL|NULL"));
}

TEST(Execution, LateralJoinSeesTheLeftRow) {
  auto left = Values({Out(1, DataType::Int())}, {{Int(1)}, {Int(2)}});
  auto right = Project(OneRow(), {{2, Call("add", {Col(1, DataType::Int(), true), Int(10)}, DataType::Int())}});
  auto join = plan::MakePlan(plan::ResolvedJoin{.left = left, .right = right, .type = plan::JoinType::kInner, .is_lateral = true},
                             {Out(1, DataType::Int()), Out(2, DataType::Int())});
  EXPECT_THAT(Rows(join), UnorderedElementsAre("1|11", "2|12"));
}

TEST(Execution, ExplodeInnerAndOuter) {
  DataType array = DataType::Array(DataType::String());
  auto rows = Values({Out(1, DataType::Int()), Out(2, array)},
                     {{Int(1), Lit(Literal::Nested(array, {Literal::String("a"), Literal::String("b")}))}, {Int(2), Lit(Literal::Nested(array, {}))}, {Int(3), Null(array)}});
  auto explode = [&](std::string name, bool is_outer) {
    std::vector<plan::OutputColumn> generated = {Out(4, DataType::String())};
    if (name == "posexplode") generated.insert(generated.begin(), Out(3, DataType::Int()));
    std::vector<plan::OutputColumn> output = {Out(1, DataType::Int())};
    output.insert(output.end(), generated.begin(), generated.end());
    return Rows(plan::MakePlan(plan::ResolvedGenerate{.input = rows, .generator = Call(name, {Col(2, array)}, DataType::Null()), .is_outer = is_outer, .generated = generated}, output));
  };
  EXPECT_THAT(explode("explode", false), UnorderedElementsAre("1|a", "1|b"));
  EXPECT_THAT(explode("explode", true), UnorderedElementsAre("1|a", "1|b", "2|NULL", "3|NULL"));
  EXPECT_THAT(explode("posexplode", true), UnorderedElementsAre("1|0|a", "1|1|b", "2|NULL|NULL", "3|NULL|NULL"));
}

TEST(Execution, CteTwiceAndRecursion) {
  auto definition = Range(1, 0, 3);
  auto reference = [](plan::ColumnId id) { return plan::MakePlan(plan::ResolvedCteReference{.cte_id = 9}, {Out(id, DataType::Long())}); };
  auto join = plan::MakePlan(plan::ResolvedJoin{.left = reference(2), .right = reference(3), .type = plan::JoinType::kInner,
                                                .condition = Call("equal", {Col(2, DataType::Long()), Col(3, DataType::Long())}, DataType::Boolean())},
                             {Out(2, DataType::Long()), Out(3, DataType::Long())});
  EXPECT_THAT(Rows(plan::MakePlan(plan::ResolvedCte{.cte_id = 9, .name = "t", .definition = definition, .body = join}, join->output)),
              UnorderedElementsAre("0|0", "1|1", "2|2"));
  auto step = Project(Filter(plan::MakePlan(plan::ResolvedCteReference{.cte_id = 8}, {Out(5, DataType::Long())}), Call("less", {Col(5, DataType::Long()), Long(4)}, DataType::Boolean())),
                      {{6, Call("add", {Col(5, DataType::Long()), Long(1)}, DataType::Long())}});
  auto recursion = plan::MakePlan(plan::ResolvedRecursion{.cte_id = 8, .anchor = Project(OneRow(), {{4, Long(1)}}), .step = step}, {Out(7, DataType::Long())});
  EXPECT_THAT(Rows(recursion), UnorderedElementsAre("1", "2", "3", "4"));
}

TEST(Execution, WindowsWithFrames) {
  auto rows = Values({Out(1, DataType::Int()), Out(2, DataType::Int())}, {{Int(1), Int(10)}, {Int(1), Int(20)}, {Int(1), Int(30)}, {Int(2), Int(5)}});
  plan::ResolvedWindowCall number{.function = "row_number", .partition_by = {Col(1, DataType::Int())},
                                  .order_by = {{.expression = Col(2, DataType::Int()), .is_ascending = false, .nulls_first = false}}};
  plan::ResolvedWindowCall previous{.function = "lag", .arguments = {Col(2, DataType::Int()), Int(1), Int(-1)}, .partition_by = {Col(1, DataType::Int())},
                                    .order_by = {{.expression = Col(2, DataType::Int())}}};
  plan::ResolvedWindowCall moving{.function = "max",
                                  .aggregate = plan::ResolvedAggregate{.function = "max", .arguments = {Col(2, DataType::Int())}},
                                  .partition_by = {Col(1, DataType::Int())},
                                  .order_by = {{.expression = Col(2, DataType::Int())}},
                                  .lower = plan::FrameBound::kPreceding, .upper = plan::FrameBound::kPreceding, .lower_offset = Long(1), .upper_offset = Long(1)};
  plan::ResolvedWindow window{.input = rows, .calls = {{.id = 3, .name = "n", .expression = plan::MakeResolved(number, DataType::Int(), false)},
                                                       {.id = 4, .name = "p", .expression = plan::MakeResolved(previous, DataType::Int(), true)},
                                                       {.id = 5, .name = "m", .expression = plan::MakeResolved(moving, DataType::Int(), true)}}};
  auto output = rows->output;
  for (int id : {3, 4, 5}) output.push_back(Out(id, DataType::Int()));
  EXPECT_THAT(Rows(plan::MakePlan(window, output)), UnorderedElementsAre("1|10|3|-1|NULL", "1|20|2|10|10", "1|30|1|20|20", "2|5|1|-1|NULL"));
}

TEST(Execution, ErrorsCarryConditionParametersAndContext) {
  ExecutionContext context;
  context.sql_text = "SELECT 1 / 0";
  Error error = ErrorOf(Call("divide", {Double(1), Double(0)}, DataType::Double()), context);
  EXPECT_EQ(error.condition, "DIVIDE_BY_ZERO");
  EXPECT_EQ(error.sql_state, "22012");
  ASSERT_EQ(error.contexts.size(), 1u);
  EXPECT_EQ(error.contexts[0].fragment, "1 / 0");
  EXPECT_EQ(error.contexts[0].start_index, 7);
  EXPECT_EQ(error.contexts[0].stop_index, 11);
}

}  // namespace
}  // namespace crannog::engine::testing
