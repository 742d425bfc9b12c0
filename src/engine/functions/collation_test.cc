#include "engine/functions/collation.h"

#include <gtest/gtest.h>

namespace crannog::engine::functions {
namespace {

TEST(Collation, KeysAndOrder) {
  const auto lcase = *Collation::Find("UTF8_LCASE"), unicode = *Collation::Find("UNICODE"), ci = *Collation::Find("SYSTEM.BUILTIN.UNICODE_CI"),
             ai = *Collation::Find("UNICODE_CI_AI"), trimmed = *Collation::Find("UTF8_BINARY_RTRIM");
  EXPECT_TRUE(lcase->Equal("SQL", "sQl"));
  EXPECT_FALSE(unicode->Equal("a", "A"));
  EXPECT_LT(unicode->Key("a"), unicode->Key("A"));
  EXPECT_LT(unicode->Key("A"), unicode->Key("b"));
  EXPECT_TRUE(ci->Equal("a", "A"));
  EXPECT_FALSE(ci->Equal("a", "á"));
  EXPECT_TRUE(ai->Equal("a", "Á"));
  EXPECT_TRUE(trimmed->Equal("a  ", "a"));
  const auto unknown = Collation::Find("no_such_thing_at_all");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().condition, "COLLATION_INVALID_NAME");
  EXPECT_TRUE(Collation::Find("en_USA_CI").has_value());
}

TEST(Collation, Searches) {
  const auto lcase = *Collation::Find("UTF8_LCASE"), ci = *Collation::Find("UNICODE_CI");
  EXPECT_EQ(lcase->Search("Spark SQL", "sql", 0)->begin, 6u);
  EXPECT_EQ(ci->Search("aBc ÀB", "àb", 0)->begin, 4u);
  EXPECT_TRUE(lcase->StartsWith("Spark", "sPA"));
  EXPECT_TRUE(ci->EndsWith("Spark", "ARK"));
  EXPECT_EQ(lcase->SearchAll("aAbA", "a").size(), 3u);
}

}  // namespace
}  // namespace crannog::engine::functions
