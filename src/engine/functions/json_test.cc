#include "engine/functions/json_document.h"

#include <gtest/gtest.h>

#include "engine/functions/csv_line.h"

namespace crannog::engine::functions {
namespace {

std::string Get(std::string_view json, std::string_view path) {
  JsonDocument document;
  const JsonNode* root = document.Parse(json, {.unescaped_control = true});
  if (root == nullptr) return "NULL";
  auto compiled = JsonPath::Compile(path);
  std::string out;
  return compiled && compiled->Evaluate(*root, out) ? out : "NULL";
}

// Spark's JsonExpressionsSuite (Hive's get_json_object cases).
TEST(JsonPath, Hive) {
  const char* json = R"({"store":{"fruit":[{"weight":8,"type":"apple"},{"weight":9,"type":"pear"}],"basket":[[1,2,{"b":"y","a":"x"}],[3,4],[5,6]],)"
                     R"("bicycle":{"price":19.95,"color":"red"}},"email":"amy@only.net","owner":"amy","zip code":"94025"})";
  EXPECT_EQ(Get(json, "$.owner"), "amy");
  EXPECT_EQ(Get(json, "$.store.bicycle"), R"({"price":19.95,"color":"red"})");
  EXPECT_EQ(Get(json, "$.store.fruit[0].weight"), "8");
  EXPECT_EQ(Get(json, "$.store.fruit[*].weight"), "[8,9]");
  EXPECT_EQ(Get(json, "$.store.fruit[*].type"), R"(["apple","pear"])");
  EXPECT_EQ(Get(json, "$.store.basket[*]"), R"([[1,2,{"b":"y","a":"x"}],[3,4],[5,6]])");
  EXPECT_EQ(Get(json, "$.store.basket[*][0]"), "[1,3,5]");
  EXPECT_EQ(Get(json, "$.store.basket[0][*]"), R"([1,2,{"b":"y","a":"x"}])");
  EXPECT_EQ(Get(json, "$.store.basket[*][*]"), R"([1,2,{"b":"y","a":"x"},3,4,5,6])");
  EXPECT_EQ(Get(json, "$.store.basket[0][2].b"), "y");
  EXPECT_EQ(Get(json, "$['zip code']"), "94025");
  EXPECT_EQ(Get(json, "$.non_exist_key"), "NULL");
  EXPECT_EQ(Get(R"({"a":null})", "$.a"), "NULL");
  EXPECT_EQ(Get(R"([{"a":"b"},{"a":"b2"}])", "$[*].a"), R"(["b","b2"])");
  EXPECT_EQ(Get("{'a':'b'}", "$.a"), "b");
  EXPECT_EQ(Get("{\"a\":1", "$.a"), "NULL");
}

TEST(CsvLine, SplitsAndQuotes) {
  const auto fields = SplitCsvLine(R"(1,"a,b",,"say \"x\"")", {});
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[1].text, "a,b");
  EXPECT_TRUE(fields[2].is_null);
  EXPECT_EQ(fields[3].text, "say \"x\"");
  std::string out;
  AppendCsvField(out, "a,b", {});
  EXPECT_EQ(out, "\"a,b\"");
}

}  // namespace
}  // namespace crannog::engine::functions
