#include <gmock/gmock.h>

#include "engine/engine_test_plans.h"

// Expectations: arithmetic, and Spark's documented examples of the functions.
namespace crannog::engine::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using plan::EvalMode;

ResolvedPlanPtr Ints(std::vector<ResolvedExpressionPtr> values) {
  std::vector<std::vector<ResolvedExpressionPtr>> rows;
  for (auto& value : values) rows.push_back({value});
  DataType type = rows[0][0]->type;
  return Values({Out(1, type)}, rows);
}
std::string Of(ResolvedPlanPtr rows, std::string function, DataType result, EvalMode mode = EvalMode::kAnsi, std::vector<ResolvedExpressionPtr> more = {}) {
  std::vector<ResolvedExpressionPtr> arguments{Col(1, rows->output[0].type)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  auto got = Rows(Aggregate(rows, {}, {{2, Agg(function, arguments, result, mode)}}));
  return got.size() == 1 ? got[0] : "rows";
}

TEST(Aggregates, SumsAndAverages) {
  EXPECT_EQ(Of(Ints({Int(1), Null(DataType::Int()), Int(5)}), "sum", DataType::Long()), "6");
  EXPECT_EQ(Of(Ints({Null(DataType::Int())}), "sum", DataType::Long()), "NULL");
  EXPECT_EQ(Of(Ints({Int(1), Int(2)}), "avg", DataType::Double()), "1.5");
  auto huge = Ints({Long(INT64_MAX), Long(1)});
  EXPECT_EQ(Of(huge, "sum", DataType::Long()), "ERROR ARITHMETIC_OVERFLOW");
  EXPECT_EQ(Of(huge, "sum", DataType::Long(), EvalMode::kTry), "NULL");
  EXPECT_EQ(Of(huge, "sum", DataType::Long(), EvalMode::kLegacy), "-9223372036854775808");
  EXPECT_EQ(Of(Ints({Long(INT64_MAX), Long(1), Long(-1)}), "sum", DataType::Long()), "9223372036854775807");
  EXPECT_EQ(Of(Ints({Decimal(1050, 5, 2), Decimal(1051, 5, 2)}), "sum", DataType::Decimal(15, 2)), "2101");
  // 10.50 and 10.51 and 10.51 average to 10.506667 at scale 6.
  EXPECT_EQ(Of(Ints({Decimal(1050, 5, 2), Decimal(1051, 5, 2), Decimal(1051, 5, 2)}), "avg", DataType::Decimal(9, 6)), "10506667");
  EXPECT_EQ(Of(Ints({Double(0.5), Double(0.25)}), "sum", DataType::Double()), "0.75");
}

TEST(Aggregates, EdgesAndCollections) {
  auto rows = Ints({Null(DataType::Int()), Int(2), Int(2), Int(3)});
  EXPECT_EQ(Of(rows, "first", DataType::Int()), "NULL");
  EXPECT_EQ(Of(rows, "first", DataType::Int(), EvalMode::kAnsi, {Lit(Literal::Boolean(true))}), "2");
  EXPECT_EQ(Of(rows, "last", DataType::Int()), "3");
  EXPECT_EQ(Of(rows, "collect_list", DataType::Array(DataType::Int())), "[2,2,3]");
  EXPECT_EQ(Of(Ints({Null(DataType::Int())}), "collect_list", DataType::Array(DataType::Int())), "[]");
  EXPECT_EQ(Of(rows, "count", DataType::Long()), "3");
  EXPECT_EQ(Of(rows, "approx_count_distinct", DataType::Long()), "2");
  EXPECT_EQ(Of(rows, "mode", DataType::Int()), "2");
}

TEST(Aggregates, Statistics) {
  EXPECT_EQ(Of(Ints({Int(1), Int(2), Int(3)}), "stddev", DataType::Double()), "1");
  EXPECT_EQ(Of(Ints({Int(1)}), "stddev", DataType::Double()), "NULL");
  EXPECT_EQ(Of(Ints({Int(1), Int(2), Int(3)}), "var_pop", DataType::Double()).substr(0, 8), "0.666666");
  // Spark: skewness of -10, -20, 100, 1000 is 1.1135657469022011; kurtosis of -10, -20, 100, 1000 is -0.7014368047529627.
  EXPECT_EQ(Of(Ints({Int(-10), Int(-20), Int(100), Int(1000)}), "skewness", DataType::Double()).substr(0, 14), "1.113565746902");
  EXPECT_EQ(Of(Ints({Int(-10), Int(-20), Int(100), Int(1000)}), "kurtosis", DataType::Double()).substr(0, 14), "-0.70143680475");
  EXPECT_EQ(Of(Ints({Int(0), Int(10)}), "percentile", DataType::Double(), EvalMode::kAnsi, {Double(0.3)}), "3");
  EXPECT_EQ(Of(Ints({Int(0), Int(6), Int(7), Int(9), Int(10)}), "percentile_approx", DataType::Int(), EvalMode::kAnsi, {Double(0.5)}), "7");
}

TEST(Aggregates, CorrelatedCountLikeIsNotNull) {
  auto outer = Values({Out(1, DataType::Int())}, {{Int(1)}, {Int(2)}});
  auto inner = Values({Out(2, DataType::Int())}, {{Int(1)}});
  auto matching = Filter(inner, Call("equal", {Col(2, DataType::Int()), Col(1, DataType::Int(), true)}, DataType::Boolean()));
  auto list = Aggregate(matching, {}, {{3, Agg("collect_list", {Col(2, DataType::Int())}, DataType::Array(DataType::Int()))}});
  auto scalar = plan::MakeResolved(plan::ResolvedSubquery{.kind = plan::SubqueryKind::kScalar, .plan = list, .outer_columns = {{.id = 1, .name = "c1"}}},
                                   DataType::Array(DataType::Int()), true);
  EXPECT_THAT(Rows(Project(outer, {{4, Col(1, DataType::Int())}, {5, scalar}})), UnorderedElementsAre("1|[1]", "2|[]"));
}

}  // namespace
}  // namespace crannog::engine::testing
