#include <gmock/gmock.h>

#include "engine/engine_test_plans.h"

// Expectations: Spark 4.1's golden files and documented examples, and arithmetic.
namespace crannog::engine::testing {
namespace {

using plan::EvalMode;

std::string Binary(std::string name, ResolvedExpressionPtr a, ResolvedExpressionPtr b, DataType type, EvalMode mode = EvalMode::kAnsi) {
  return Value(Call(std::move(name), {std::move(a), std::move(b)}, std::move(type), mode));
}

TEST(Arithmetic, IntegersPerMode) {
  EXPECT_EQ(Binary("add", Int(1), Int(2), DataType::Int()), "3");
  EXPECT_EQ(Binary("add", Int(INT32_MAX), Int(1), DataType::Int()), "ERROR ARITHMETIC_OVERFLOW");
  EXPECT_EQ(Binary("add", Int(INT32_MAX), Int(1), DataType::Int(), EvalMode::kTry), "NULL");
  EXPECT_EQ(Binary("add", Int(INT32_MAX), Int(1), DataType::Int(), EvalMode::kLegacy), "-2147483648");
  Error error = ErrorOf(Call("multiply", {Long(INT64_MAX), Long(2)}, DataType::Long()));
  EXPECT_EQ(error.parameters["message"], "long overflow");
  EXPECT_EQ(error.parameters["alternative"], " Use 'try_multiply' to tolerate overflow and return NULL instead.");
  EXPECT_EQ(Binary("div", Long(-7), Long(2), DataType::Long()), "-3");
  EXPECT_EQ(Binary("remainder", Int(-7), Int(3), DataType::Int()), "-1");
  EXPECT_EQ(Binary("pmod", Int(-7), Int(3), DataType::Int()), "2");
  EXPECT_EQ(Binary("remainder", Int(1), Int(0), DataType::Int()), "ERROR REMAINDER_BY_ZERO");
  EXPECT_EQ(Binary("remainder", Int(1), Int(0), DataType::Int(), EvalMode::kLegacy), "NULL");
  EXPECT_EQ(Binary("shiftrightunsigned", Int(-1), Int(28), DataType::Int()), "15");
}

TEST(Arithmetic, Decimals) {
  EXPECT_EQ(Binary("add", Decimal(150, 3, 2), Decimal(1, 2, 1), DataType::Decimal(4, 2)), "1.60");
  EXPECT_EQ(Binary("multiply", Decimal(-150, 3, 2), Decimal(25, 2, 1), DataType::Decimal(6, 3)), "-3.750");
  EXPECT_EQ(Binary("divide", Decimal(1, 1, 0), Decimal(3, 1, 0), DataType::Decimal(7, 6)), "0.333333");
  EXPECT_EQ(Binary("divide", Decimal(2, 1, 0), Decimal(3, 1, 0), DataType::Decimal(7, 6)), "0.666667");
  EXPECT_EQ(Binary("divide", Decimal(2, 1, 0), Decimal(0, 1, 0), DataType::Decimal(7, 6)), "ERROR DIVIDE_BY_ZERO");
  EXPECT_EQ(Binary("remainder", Decimal(-75, 2, 1), Decimal(2, 1, 0), DataType::Decimal(2, 1)), "-1.5");
  // 38 digits: 10^37 * 10 does not fit.
  plan::Int128 big = 1;
  for (int i = 0; i < 37; ++i) big *= 10;
  auto large = Lit(Literal::Decimal(big, 38, 0));
  EXPECT_EQ(Binary("multiply", large, Decimal(10, 2, 0), DataType::Decimal(38, 0)), "ERROR NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
  EXPECT_EQ(Binary("multiply", large, Decimal(10, 2, 0), DataType::Decimal(38, 0), EvalMode::kTry), "NULL");
  EXPECT_EQ(Binary("multiply", large, Decimal(9, 2, 0), DataType::Decimal(38, 0)), "90000000000000000000000000000000000000");
  // Rounding of a cut scale is half up: 0.5 * 0.5 at scale 1.
  EXPECT_EQ(Binary("multiply", Decimal(5, 20, 1), Decimal(5, 20, 1), DataType::Decimal(38, 1)), "0.3");
}

TEST(Arithmetic, Intervals) {
  auto months = [](int64_t n) { return Lit(Literal::OfInteger(DataType::YearMonthInterval(), n)); };
  auto micros = [](int64_t n) { return Lit(Literal::OfInteger(DataType::DayTimeInterval(), n)); };
  EXPECT_EQ(Binary("add", months(3), months(-5), DataType::YearMonthInterval()), "-2");
  EXPECT_EQ(Binary("add", months(INT32_MAX), months(1), DataType::YearMonthInterval()), "ERROR INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION");
  EXPECT_EQ(Binary("multiply", micros(10), Double(0.25), DataType::DayTimeInterval()), "3");
  EXPECT_EQ(Binary("divide", months(5), Int(2), DataType::YearMonthInterval()), "3");
  EXPECT_EQ(Binary("divide", months(5), Int(0), DataType::YearMonthInterval()), "ERROR INTERVAL_DIVIDED_BY_ZERO");
}

TEST(Comparison, FloatsAndNulls) {
  auto nan = Double(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(Binary("equal", nan, nan, DataType::Boolean()), "true");
  EXPECT_EQ(Binary("greater", nan, Double(INFINITY), DataType::Boolean()), "true");
  EXPECT_EQ(Binary("equal", Double(0.0), Double(-0.0), DataType::Boolean()), "true");
  EXPECT_EQ(Binary("equal_null_safe", Null(DataType::Int()), Null(DataType::Int()), DataType::Boolean()), "true");
  EXPECT_EQ(Value(Call("in", {Int(1), Int(2), Null(DataType::Int())}, DataType::Boolean())), "NULL");
  EXPECT_EQ(Value(Call("greatest", {Int(1), Null(DataType::Int()), Int(3)}, DataType::Int())), "3");
}

TEST(Logic, ConditionsAreLazy) {
  auto boom = Call("equal", {Call("remainder", {Int(1), Int(0)}, DataType::Int()), Int(1)}, DataType::Boolean());
  auto no = Lit(Literal::Boolean(false)), yes = Lit(Literal::Boolean(true));
  auto column = Filter(Range(1, 0, 3), yes);
  auto is_zero = Call("equal", {Col(1, DataType::Long()), Long(0)}, DataType::Boolean());
  auto divides = Call("equal", {Call("remainder", {Long(4), Col(1, DataType::Long())}, DataType::Long()), Long(0)}, DataType::Boolean());
  // Rows 1 and 2 divide 4; row 0 must not be tried.
  auto value = Project(column, {{2, Call("and", {Call("not", {is_zero}, DataType::Boolean()), divides}, DataType::Boolean())}});
  EXPECT_THAT(Rows(value), ::testing::UnorderedElementsAre("false", "true", "true"));
  auto either = Project(column, {{2, Call("or", {is_zero, divides}, DataType::Boolean())}});
  EXPECT_THAT(Rows(either), ::testing::UnorderedElementsAre("true", "true", "true"));
  EXPECT_EQ(Value(Call("case", {no, boom, yes}, DataType::Boolean())), "true");
  EXPECT_EQ(Value(Call("coalesce", {yes, boom}, DataType::Boolean())), "true");
}

TEST(Collections, ArraysMapsStructs) {
  DataType ints = DataType::Array(DataType::Int());
  auto array = Call("array", {Int(1), Int(2), Int(3)}, ints);
  EXPECT_EQ(Value(array), "[1,2,3]");
  EXPECT_EQ(Binary("get_item", array, Int(0), DataType::Int()), "1");
  EXPECT_EQ(Binary("get_item", array, Int(5), DataType::Int()), "ERROR INVALID_ARRAY_INDEX");
  EXPECT_EQ(Binary("get_item", array, Int(5), DataType::Int(), EvalMode::kLegacy), "NULL");
  EXPECT_EQ(Binary("element_at", array, Int(-1), DataType::Int()), "3");
  EXPECT_EQ(Binary("element_at", array, Int(0), DataType::Int()), "ERROR INVALID_INDEX_OF_ZERO");
  DataType map = DataType::Map(DataType::String(), DataType::Int());
  EXPECT_EQ(Binary("get_value", Call("map", {Text("a"), Int(1)}, map), Text("a"), DataType::Int()), "1");
  EXPECT_EQ(Binary("get_value", Call("map", {Text("a"), Int(1)}, map), Text("b"), DataType::Int()), "NULL");
  EXPECT_EQ(Value(Call("map", {Text("a"), Int(1), Text("a"), Int(2)}, map)), "ERROR DUPLICATED_MAP_KEY");
  DataType row = DataType::Struct({{"a", DataType::Int()}, {"b", DataType::String()}});
  auto made = Call("named_struct", {Text("a"), Int(1), Text("b"), Text("x")}, row);
  EXPECT_EQ(Value(made), "{1,x}");
  EXPECT_EQ(Binary("get_field", made, Int(1), DataType::String()), "x");
}

TEST(Collections, LambdasSeeOuterColumns) {
  DataType longs = DataType::Array(DataType::Long());
  auto variable = [](plan::ColumnId id) { return plan::MakeResolved(plan::ResolvedLambdaVariable{.id = id, .name = "x"}, DataType::Long(), true); };
  auto body = Call("add", {variable(50), Col(1, DataType::Long())}, DataType::Long());
  auto lambda = plan::MakeResolved(plan::ResolvedLambda{.parameters = {{.id = 50, .name = "x", .type = DataType::Long()}}, .body = body}, DataType::Long(), true);
  auto list = Call("array", {Long(10), Col(1, DataType::Long())}, longs);
  EXPECT_THAT(Rows(Project(Range(1, 0, 2), {{2, Call("transform", {list, lambda}, longs)}})), ::testing::UnorderedElementsAre("[10,0]", "[11,2]"));
  auto test = plan::MakeResolved(plan::ResolvedLambda{.parameters = {{.id = 51, .name = "x", .type = DataType::Long()}}, .body = Call("greater", {variable(51), Long(0)}, DataType::Boolean())}, DataType::Boolean(), true);
  EXPECT_THAT(Rows(Project(Range(1, 0, 2), {{2, Call("filter", {list, test}, longs)}})), ::testing::UnorderedElementsAre("[10]", "[10,1]"));
}

TEST(Strings, Basics) {
  auto text = [](std::string name, std::vector<ResolvedExpressionPtr> arguments) { return Value(Call(std::move(name), std::move(arguments), DataType::String())); };
  EXPECT_EQ(Value(Call("length", {Text("héllo")}, DataType::Int())), "5");
  EXPECT_EQ(text("upper", {Text("straße")}), "STRASSE");
  EXPECT_EQ(text("substring", {Text("Spark SQL"), Int(5)}), "k SQL");
  EXPECT_EQ(text("substring", {Text("Spark SQL"), Int(-3)}), "SQL");
  EXPECT_EQ(text("substring", {Text("Spark SQL"), Int(0), Int(3)}), "Spa");
  EXPECT_EQ(text("substring", {Text("Spark SQL"), Int(-10), Int(3)}), "Sp");
  EXPECT_EQ(text("concat", {Text("a"), Null(DataType::String())}), "NULL");
  EXPECT_EQ(text("trim", {Text("  x ")}), "x");
  EXPECT_EQ(text("ltrim", {Text("xxyx"), Text("x")}), "yx");
  EXPECT_EQ(text("replace", {Text("ABCabc"), Text("abc"), Text("DEF")}), "ABCDEF");
  EXPECT_EQ(text("lpad", {Text("hi"), Int(5), Text("??")}), "???hi");
  EXPECT_EQ(text("rpad", {Text("hi"), Int(1), Text("??")}), "h");
  EXPECT_EQ(Value(Call("instr", {Text("SparkSQL"), Text("SQL")}, DataType::Int())), "6");
  EXPECT_EQ(Value(Call("locate", {Text("bar"), Text("foobarbar"), Int(5)}, DataType::Int())), "7");
  auto like = [](std::string a, std::string b) { return Value(Call("like", {Text(std::move(a)), Text(std::move(b))}, DataType::Boolean())); };
  EXPECT_EQ(like("Spark", "_park"), "true");
  EXPECT_EQ(like("abcabd", "%abd"), "true");
  EXPECT_EQ(like("a%b", "a\\%b"), "true");
  EXPECT_EQ(like("aab", "a\\%b"), "false");
  EXPECT_EQ(like("x", "x\\"), "ERROR INVALID_FORMAT.ESC_AT_THE_END");
  EXPECT_EQ(Value(Call("ilike", {Text("Spark"), Text("_PARK")}, DataType::Boolean())), "true");
}

}  // namespace
}  // namespace crannog::engine::testing
