#include "session/value_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "session/result_rows.h"
#include "session/show_string.h"

namespace crannog::session {
namespace {

using plan::DataType;
using plan::Literal;

TEST(ValueText, DoublesAsJavaPrintsThem) {
  EXPECT_EQ(JavaDoubleText(1), "1.0");
  EXPECT_EQ(JavaDoubleText(0.1), "0.1");
  EXPECT_EQ(JavaDoubleText(100), "100.0");
  EXPECT_EQ(JavaDoubleText(1e7), "1.0E7");
  EXPECT_EQ(JavaDoubleText(9999999), "9999999.0");
  EXPECT_EQ(JavaDoubleText(0.001), "0.001");
  EXPECT_EQ(JavaDoubleText(0.0001), "1.0E-4");
  EXPECT_EQ(JavaDoubleText(1.0E20), "1.0E20");
  EXPECT_EQ(JavaDoubleText(-123456.789), "-123456.789");
  EXPECT_EQ(JavaDoubleText(-0.0), "-0.0");
  EXPECT_EQ(JavaDoubleText(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(JavaDoubleText(std::numeric_limits<double>::max()), "1.7976931348623157E308");
  EXPECT_EQ(JavaFloatText(0.1f), "0.1");
  EXPECT_EQ(JavaFloatText(3.4028235e38f), "3.4028235E38");
}

TEST(ValueText, HiveForms) {
  const TextFormat format = *TextFormat::Make("America/Los_Angeles");
  const DataType ints = DataType::Array(DataType::Int());
  EXPECT_EQ(format.Hive(Literal::Nested(ints, {Literal::Int(1), Literal::Null(DataType::Int())}), ints), "[1,null]");
  const DataType row = DataType::Struct({{"a", DataType::Int()}, {"b", DataType::String()}});
  EXPECT_EQ(format.Hive(Literal::Nested(row, {Literal::Int(1), Literal::String("x")}), row), "{\"a\":1,\"b\":\"x\"}");
  EXPECT_EQ(format.Pretty(Literal::Nested(row, {Literal::Int(1), Literal::String("x")}), row), "{1, x}");
  EXPECT_EQ(format.Hive(Literal::OfInteger(DataType::Timestamp(), 0), DataType::Timestamp()), "1969-12-31 16:00:00");
  EXPECT_EQ(format.Hive(Literal::OfInteger(DataType::TimestampNtz(), 1500000), DataType::TimestampNtz()), "1970-01-01 00:00:01.5");
  EXPECT_EQ(format.Hive(Literal::OfInteger(DataType::YearMonthInterval(), -14), DataType::YearMonthInterval()), "-1-2");
  EXPECT_EQ(format.Pretty(Literal::OfInteger(DataType::YearMonthInterval(), -14), DataType::YearMonthInterval()), "INTERVAL '-1-2' YEAR TO MONTH");
  EXPECT_EQ(format.Hive(Literal::OfInteger(DataType::DayTimeInterval(), 93784000001), DataType::DayTimeInterval()), "1 02:03:04.000001000");
  EXPECT_EQ(format.Pretty(Literal::OfInteger(DataType::DayTimeInterval(), 93784000001), DataType::DayTimeInterval()),
            "INTERVAL '1 02:03:04.000001' DAY TO SECOND");
  EXPECT_EQ(format.Hive(Literal::Decimal(-1050, 6, 2), DataType::Decimal(6, 2)), "-10.50");
  EXPECT_EQ(format.Pretty(Literal{DataType::Binary(), std::string("ab")}, DataType::Binary()), "[61 62]");
}

TEST(ResultRows, ArrowAndBack) {
  const DataType row = DataType::Struct({{"a", DataType::Int()}, {"b", DataType::String()}});
  const DataType map = DataType::Map(DataType::String(), DataType::Array(DataType::Long()));
  const plan::Schema schema = {{"x", DataType::Decimal(20, 3)}, {"s", row}, {"m", map}, {"t", DataType::Timestamp()}, {"d", DataType::Double()}};
  const DataType longs = DataType::Array(DataType::Long());
  const Rows rows = {
      {Literal::Decimal(-12345, 20, 3), Literal::Nested(row, {Literal::Int(1), Literal::Null(DataType::String())}),
       Literal::Nested(map, {Literal::String("k"), Literal::Nested(longs, {Literal::Long(5)})}), Literal::OfInteger(DataType::Timestamp(), 7),
       Literal::Double(0.5)},
      {Literal::Null(schema[0].type), Literal::Null(row), Literal::Null(map), Literal::Null(schema[3].type), Literal::Null(schema[4].type)}};
  const auto stream = StreamOfRows(schema, rows);
  const auto back = ReadAllRows(*stream);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->size(), 2u);
  for (size_t r = 0; r < 2; ++r) {
    for (size_t c = 0; c < schema.size(); ++c) EXPECT_TRUE((*back)[r][c] == rows[r][c]) << r << "," << c;
  }
}

TEST(ShowString, FramesRowsAsSparkDoes) {
  const TextFormat format = *TextFormat::Make("UTC");
  const plan::Schema schema = {{"id", DataType::Long()}, {"name", DataType::String()}};
  const Rows rows = {{Literal::Long(1), Literal::String("a very long text that is cut")}, {Literal::Long(2), Literal::Null(DataType::String())}};
  EXPECT_EQ(ShowString(schema, rows, format, {}),
            "+---+--------------------+\n| id|                name|\n+---+--------------------+\n|  1|a very long text ...|\n|  2|                NULL|\n"
            "+---+--------------------+\n");
  EXPECT_EQ(ShowString(schema, rows, format, {.row_count = 1, .truncate = 0}),
            "+---+----------------------------+\n|id |name                        |\n+---+----------------------------+\n"
            "|1  |a very long text that is cut|\n+---+----------------------------+\nonly showing top 1 row\n");
  EXPECT_EQ(ShowString(schema, {rows[0]}, format, {.vertical = true}), "-RECORD 0--------------------\n id   | 1                    \n name | a very long text ... \n");
}

}  // namespace
}  // namespace crannog::session
