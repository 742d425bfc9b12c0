#include <gtest/gtest.h>

#include "plan/data_type.h"

namespace crannog::plan {
namespace {

TEST(ParseTypeJson, ReadsWhatJsonWrites) {
  const DataType types[] = {DataType::Null(), DataType::Boolean(), DataType::Byte(), DataType::Short(), DataType::Int(), DataType::Long(),
                            DataType::Float(), DataType::Double(), DataType::Decimal(38, 18), DataType::String(), DataType::Binary(),
                            DataType::Date(), DataType::Timestamp(), DataType::TimestampNtz(), DataType::YearMonthInterval(),
                            DataType::YearMonthInterval(1, 1), DataType::DayTimeInterval(), DataType::DayTimeInterval(1, 2),
                            DataType::CalendarInterval(), DataType::Variant(), DataType::Char(3), DataType::Varchar(9), DataType::Time(3),
                            DataType::Map(DataType::String(), DataType::Array(DataType::Int(), false), false),
                            DataType::Struct({{"a b", DataType::Long(), false, R"({"comment":"x"})"}, {"c", DataType::Struct({})}})};
  for (const DataType& type : types) {
    auto parsed = ParseTypeJson(type.Json());
    ASSERT_TRUE(parsed) << type.Json();
    EXPECT_EQ(*parsed, type) << type.Json();
  }
}

// As Spark's CharVarcharUtils and Delta's collations write them.
TEST(ParseTypeJson, FindsTheTypesThatHideInMetadata) {
  auto type = ParseTypeJson(R"json({"type":"struct","fields":[
      {"name":"c","type":"string","nullable":true,"metadata":{"__CHAR_VARCHAR_TYPE_STRING":"varchar(5)"}},
      {"name":"d","type":"string","nullable":true,"metadata":{"__COLLATIONS":{"d":"icu.UNICODE_CI"}}}]})json");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->fields()[0].type, DataType::Varchar(5));
  EXPECT_EQ(type->fields()[1].type.collation(), "UNICODE_CI");
}

TEST(ParseTypeJson, RefusesWhatIsNoType) {
  for (std::string_view text : {"", "\"strin\"", "{}", "[]", "1", "\"decimal(39,1)\"", "\"decimal(a)\"", "{\"type\":\"array\"}",
                                "{\"type\":\"struct\",\"fields\":[{\"type\":\"long\"}]}", "{\"type\":\"struct\",\"fields\":{}}"}) {
    EXPECT_FALSE(ParseTypeJson(text)) << text;
  }
}

}  // namespace
}  // namespace crannog::plan
