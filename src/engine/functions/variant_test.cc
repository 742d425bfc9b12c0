#include "engine/functions/variant.h"

#include <gtest/gtest.h>

namespace crannog::engine::functions {
namespace {

VariantBytes Parsed(std::string_view json) {
  JsonDocument document;
  VariantBuilder builder;
  AppendJsonVariant(builder, *document.Parse(json));
  return builder.Finish();
}
std::string Json(const VariantBytes& v) {
  std::string out;
  AppendVariantJson(out, VariantView(v.value, v.metadata), *TimeZone::Utc());
  return out;
}

// Spark's documented examples and round trips.
TEST(Variant, RoundTrips) {
  for (const char* json : {R"({"a":1,"b":0.8})", "[1,\"2\",null,true,-5,300,70000,9999999999]", "null", "\"x\"", "{}", "[]", "1.0E10"}) EXPECT_EQ(Json(Parsed(json)), json);
  EXPECT_EQ(Json(Parsed(R"({"b":1,"a":2})")), R"({"a":2,"b":1})");
}

TEST(Variant, Schemas) {
  const auto schema = [](const char* json) {
    const auto v = Parsed(json);
    return VariantSchema(VariantView(v.value, v.metadata));
  };
  EXPECT_EQ(schema(R"([{"b":true,"a":0}])"), "ARRAY<OBJECT<a: BIGINT, b: BOOLEAN>>");
  EXPECT_EQ(schema("1.23"), "DECIMAL(3,2)");
  EXPECT_EQ(schema("null"), "VOID");
  EXPECT_EQ(schema(R"([1,"a"])"), "ARRAY<VARIANT>");
}

TEST(Variant, Paths) {
  const auto v = Parsed(R"({"a":[{"b c":7}]})");
  const VariantView view(v.value, v.metadata);
  EXPECT_EQ(VariantPath::Compile("$.a[0]['b c']")->Find(view)->Long(), 7);
  EXPECT_FALSE(VariantPath::Compile("$.a[1]")->Find(view).has_value());
  EXPECT_FALSE(VariantPath::Compile("a").has_value());
}

TEST(Variant, DamagedBytesAreInvalid) {
  const auto v = Parsed(R"({"a":[1,2,{"b":"some text"}]})");
  for (size_t cut = 0; cut < v.value.size(); ++cut) {
    std::string out;
    AppendVariantJson(out, VariantView(std::string_view(v.value).substr(0, cut), v.metadata), *TimeZone::Utc());
  }
  SUCCEED();
}

}  // namespace
}  // namespace crannog::engine::functions
