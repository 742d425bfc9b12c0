#include "plan/data_type.h"

#include <gtest/gtest.h>

namespace crannog::plan {
namespace {

// Texts as Spark 4.1 prints them for these types.
TEST(DataType, PrintsSparksThreeForms) {
  DataType type = DataType::Struct({{"a", DataType::Int(), false, ""},
                                    {"b c", DataType::Array(DataType::Decimal(10, 2)), true, ""},
                                    {"m", DataType::Map(DataType::String(), DataType::Long(), false), true, ""}});
  EXPECT_EQ(type.CatalogString(), "struct<a:int,`b c`:array<decimal(10,2)>,m:map<string,bigint>>");
  EXPECT_EQ(type.Sql(), "STRUCT<a: INT NOT NULL, `b c`: ARRAY<DECIMAL(10,2)>, m: MAP<STRING, BIGINT>>");
  EXPECT_EQ(DataType::Array(DataType::Int(), false).Json(), R"({"type":"array","elementType":"integer","containsNull":false})");
  EXPECT_EQ(DataType::DayTimeInterval(0, 3).CatalogString(), "interval day to second");
  EXPECT_EQ(DataType::YearMonthInterval(0, 0).Sql(), "INTERVAL YEAR");
}

TEST(DataType, EqualityIsExactAndWeakEqualityIgnoresNullability) {
  DataType strict = DataType::Array(DataType::Int(), false);
  DataType loose = DataType::Array(DataType::Int(), true);
  EXPECT_FALSE(strict == loose);
  EXPECT_TRUE(SameTypeIgnoringNullability(strict, loose));
  EXPECT_TRUE(AsNullable(strict) == loose);
}

}  // namespace
}  // namespace crannog::plan
