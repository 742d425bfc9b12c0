#include <gmock/gmock.h>

#include "engine/engine_test_plans.h"

// Expectations: Spark 4.1's golden files cast.sql.out, nonansi/cast.sql.out, Spark's CastSuite, and Java's own conversions.
namespace crannog::engine::testing {
namespace {

using plan::EvalMode;

std::string OfText(std::string text, DataType type, EvalMode mode = EvalMode::kAnsi) { return Value(Cast(Text(std::move(text)), type, mode)); }
std::string ToText(ResolvedExpressionPtr value, EvalMode mode = EvalMode::kAnsi) { return Value(Cast(std::move(value), DataType::String(), mode)); }

TEST(Cast, TextToIntegers) {
  EXPECT_EQ(OfText(" 7\t", DataType::Int()), "7");
  EXPECT_EQ(OfText("+12", DataType::Byte()), "12");
  EXPECT_EQ(OfText("1.23", DataType::Int()), "ERROR CAST_INVALID_INPUT");
  EXPECT_EQ(OfText("1.23", DataType::Int(), EvalMode::kLegacy), "1");
  EXPECT_EQ(OfText("-4.56", DataType::Long(), EvalMode::kLegacy), "-4");
  EXPECT_EQ(OfText("abc", DataType::Int(), EvalMode::kLegacy), "NULL");
  EXPECT_EQ(OfText("2147483648", DataType::Int()), "ERROR CAST_INVALID_INPUT");
  EXPECT_EQ(OfText("2147483648", DataType::Int(), EvalMode::kTry), "NULL");
  EXPECT_EQ(OfText("-9223372036854775808", DataType::Long()), "-9223372036854775808");
  EXPECT_EQ(OfText("", DataType::Int()), "ERROR CAST_INVALID_INPUT");
  Error error = ErrorOf(Cast(Text("1.23"), DataType::Int()));
  EXPECT_EQ(error.parameters["expression"], "'1.23'");
  EXPECT_EQ(error.parameters["sourceType"], "\"STRING\"");
  EXPECT_EQ(error.parameters["targetType"], "\"INT\"");
  EXPECT_EQ(error.parameters["ansiConfig"], "\"spark.sql.ansi.enabled\"");
}

TEST(Cast, TextToOthers) {
  EXPECT_EQ(OfText("1e3", DataType::Double()), "1000");
  EXPECT_EQ(OfText("-Infinity", DataType::Double()), "-inf");
  EXPECT_EQ(OfText("1.5d", DataType::Double()), "1.5");
  EXPECT_EQ(OfText("123.a", DataType::Double()), "ERROR CAST_INVALID_INPUT");
  EXPECT_EQ(OfText("123.456", DataType::Decimal(5, 2)), "123.46");
  EXPECT_EQ(OfText("1234.5", DataType::Decimal(5, 2)), "ERROR NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
  EXPECT_EQ(OfText("1e2", DataType::Decimal(5, 2)), "100.00");
  EXPECT_EQ(OfText("xyz", DataType::Decimal(4, 2)), "ERROR CAST_INVALID_INPUT");
  EXPECT_EQ(OfText(" TRUE ", DataType::Boolean()), "true");
  EXPECT_EQ(OfText("n", DataType::Boolean()), "false");
  EXPECT_EQ(OfText("2", DataType::Boolean(), EvalMode::kTry), "NULL");
  EXPECT_EQ(OfText("2020-02-29", DataType::Date()), "18321");
  EXPECT_EQ(OfText("2021-02-29", DataType::Date()), "ERROR CAST_INVALID_INPUT");
  EXPECT_EQ(OfText("1970-01-01 00:00:01.5", DataType::TimestampNtz()), "1500000");
  EXPECT_EQ(Value(Cast(Text("1970-01-01 00:00:00"), DataType::Timestamp(), EvalMode::kAnsi, "America/Los_Angeles")), "28800000000");
  EXPECT_EQ(OfText("1-2", DataType::YearMonthInterval()), "14");
}

TEST(Cast, NumbersNarrow) {
  EXPECT_EQ(Value(Cast(Double(1.9), DataType::Int())), "1");
  EXPECT_EQ(Value(Cast(Double(-1.9), DataType::Int())), "-1");
  EXPECT_EQ(Value(Cast(Double(1e10), DataType::Int())), "ERROR CAST_OVERFLOW");
  EXPECT_EQ(ErrorOf(Cast(Double(1e10), DataType::Int())).parameters["value"], "1.0E10D");
  EXPECT_EQ(Value(Cast(Double(1e10), DataType::Int(), EvalMode::kLegacy)), "2147483647");
  EXPECT_EQ(Value(Cast(Long(2147483648), DataType::Int())), "ERROR CAST_OVERFLOW");
  EXPECT_EQ(ErrorOf(Cast(Long(2147483648), DataType::Int())).parameters["value"], "2147483648L");
  EXPECT_EQ(Value(Cast(Long(2147483648), DataType::Int(), EvalMode::kLegacy)), "-2147483648");
  EXPECT_EQ(Value(Cast(Int(128), DataType::Byte(), EvalMode::kTry)), "NULL");
  EXPECT_EQ(Value(Cast(Decimal(-199, 3, 2), DataType::Int())), "-1");
  EXPECT_EQ(Value(Cast(Decimal(1005, 4, 3), DataType::Decimal(3, 2))), "1.01");
  EXPECT_EQ(Value(Cast(Double(0.1), DataType::Decimal(10, 3))), "0.100");
  EXPECT_EQ(Value(Cast(Int(100), DataType::Decimal(2, 0))), "ERROR NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
  EXPECT_EQ(Value(Cast(Int(5), DataType::Decimal(20, 2))), "5.00");
  EXPECT_EQ(Value(Cast(Decimal(12345, 20, 2), DataType::Double())), "123.45");
  EXPECT_EQ(Value(Cast(Int(0), DataType::Boolean())), "false");
}

TEST(Cast, ValuesToText) {
  EXPECT_EQ(ToText(Double(1e10)), "1.0E10");
  EXPECT_EQ(ToText(Double(0.001)), "0.001");
  EXPECT_EQ(ToText(Double(100)), "100.0");
  EXPECT_EQ(ToText(Decimal(1, 8, 7)), "0.0000001");
  EXPECT_EQ(ToText(Decimal(1, 8, 7), EvalMode::kLegacy), "1E-7");
  EXPECT_EQ(ToText(Lit(Literal::OfInteger(DataType::Date(), 18321))), "2020-02-29");
  EXPECT_EQ(Value(Cast(Lit(Literal::OfInteger(DataType::Timestamp(), 28800000000)), DataType::String(), EvalMode::kAnsi, "America/Los_Angeles")),
            "1970-01-01 00:00:00");
  EXPECT_EQ(ToText(Lit(Literal::OfInteger(DataType::YearMonthInterval(), 14))), "INTERVAL '1-2' YEAR TO MONTH");
  DataType array = DataType::Array(DataType::Int());
  EXPECT_EQ(ToText(Lit(Literal::Nested(array, {Literal::Int(1), Literal::Null(DataType::Int())}))), "[1, null]");
  DataType map = DataType::Map(DataType::String(), DataType::Double());
  EXPECT_EQ(ToText(Lit(Literal::Nested(map, {Literal::String("k"), Literal::Double(1)}))), "{k -> 1.0}");
  DataType row = DataType::Struct({{"x", DataType::Int()}, {"y", DataType::String()}});
  EXPECT_EQ(ToText(Lit(Literal::Nested(row, {Literal::Int(1), Literal::String("a")}))), "{1, a}");
}

TEST(Cast, NestedElementwise) {
  DataType texts = DataType::Array(DataType::String()), ints = DataType::Array(DataType::Int());
  auto value = Lit(Literal::Nested(texts, {Literal::String("1"), Literal::Null(DataType::String()), Literal::String("3")}));
  EXPECT_EQ(Value(Cast(value, ints)), "[1,NULL,3]");
  DataType map = DataType::Map(DataType::Int(), DataType::Int());
  auto pairs = Lit(Literal::Nested(map, {Literal::Int(1), Literal::Int(2)}));
  EXPECT_EQ(Value(Cast(pairs, DataType::Map(DataType::String(), DataType::Long()))), "{1:2}");
  DataType row = DataType::Struct({{"a", DataType::Int()}});
  EXPECT_EQ(Value(Cast(Lit(Literal::Nested(row, {Literal::Int(1)})), DataType::Struct({{"b", DataType::String()}}))), "{1}");
}

TEST(Cast, DatesAndInstants) {
  auto date = Lit(Literal::OfInteger(DataType::Date(), 1));
  EXPECT_EQ(Value(Cast(date, DataType::Timestamp(), EvalMode::kAnsi, "America/Los_Angeles")), "115200000000");
  EXPECT_EQ(Value(Cast(date, DataType::TimestampNtz())), "86400000000");
  EXPECT_EQ(Value(Cast(Lit(Literal::OfInteger(DataType::Timestamp(), -1)), DataType::Date())), "-1");
  EXPECT_EQ(Value(Cast(Lit(Literal::OfInteger(DataType::Timestamp(), -1)), DataType::Long())), "-1");
  EXPECT_EQ(Value(Cast(Long(2), DataType::Timestamp())), "2000000");
  EXPECT_EQ(Value(Cast(Lit(Literal::OfInteger(DataType::YearMonthInterval(0, 0), 24)), DataType::Int())), "2");
  EXPECT_EQ(Value(Cast(Int(2), DataType::DayTimeInterval(1, 1))), "7200000000");
  EXPECT_EQ(Value(Cast(Int(32768), DataType::Short())), "ERROR CAST_OVERFLOW");
}

}  // namespace
}  // namespace crannog::engine::testing
