#include "base/json.h"

#include <gtest/gtest.h>

namespace crannog {
namespace {

TEST(Json, KeepsIntegersAndOrder) {
  JsonValue value = ParseJson(R"({"b": 9007199254740993, "a": [1.5, null, "x\n", true]})").value();
  EXPECT_EQ(value.IntOr("b", 0), 9007199254740993);
  EXPECT_EQ(WriteJson(value), R"({"b":9007199254740993,"a":[1.5,null,"x\n",true]})");
}

TEST(Json, MalformedTextIsAnError) {
  for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "nul"}) EXPECT_FALSE(ParseJson(text).has_value()) << text;
  EXPECT_FALSE(ParseJson(std::string(2000, '[')).has_value());
}

TEST(Json, SetAddsAndReplaces) {
  JsonValue value;
  value.Set("a", 1);
  value.Set("a", 2.0);
  EXPECT_EQ(WriteJson(value), R"({"a":2.0})");
}

}  // namespace
}  // namespace crannog
