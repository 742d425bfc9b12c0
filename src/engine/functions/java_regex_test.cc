#include "engine/functions/java_regex.h"

#include <gtest/gtest.h>

namespace crannog::engine::functions {
namespace {

std::string All(std::string_view pattern, std::string_view text) {
  auto regex = JavaRegex::Compile(pattern);
  if (!regex) return "refused";
  RegexMatcher matcher(*regex);
  matcher.Reset(text);
  std::string out;
  while (matcher.Find()) out += std::string(matcher.Group(0)) + "|";
  return out;
}

std::string Replaced(std::string_view text, std::string_view pattern, std::string_view replacement) {
  auto regex = JavaRegex::Compile(pattern);
  if (!regex) return "refused";
  auto compiled = RegexReplacement::Compile(replacement, **regex);
  if (!compiled) return compiled.error().message;
  RegexMatcher matcher(*regex);
  std::string out;
  ReplaceAll(matcher, text, 0, *compiled, out);
  return out;
}

std::string Pieces(std::string_view text, std::string_view pattern, int limit) {
  RegexMatcher matcher(*JavaRegex::Compile(pattern));
  std::vector<std::string_view> pieces;
  Split(matcher, text, limit, pieces);
  std::string out;
  for (auto piece : pieces) out += "<" + std::string(piece) + ">";
  return out;
}

// Expectations are what java.util.regex gives.
TEST(JavaRegex, ClassesAndEscapes) {
  EXPECT_EQ(All("[a-d[m-p]]", "amz"), "a|m|");
  EXPECT_EQ(All("[a-z&&[^aeiou]]", "hello"), "h|l|l|");
  EXPECT_EQ(All("[a-z&&[def]]", "abcdefg"), "d|e|f|");
  EXPECT_EQ(All("\\p{Upper}\\p{Alpha}+", "Spark SQL"), "Spark|SQL|");
  EXPECT_EQ(All("\\p{IsLatin}+", "abcжде"), "abc|");
  EXPECT_EQ(All("[[:alpha:]]", "a:b"), "a|:|");
  EXPECT_EQ(All("\\u0041\\x42\\0103", "ABC"), "ABC|");
  EXPECT_EQ(All("\\Qa.b\\E", "a.b axb"), "a.b|");
  EXPECT_EQ(All("(?i)spark", "SPARK"), "SPARK|");
  EXPECT_EQ(All("(\\w)\\1", "hello"), "ll|");
  EXPECT_EQ(All("a++b", "aaab"), "aaab|");
  EXPECT_EQ(All("(?<=\\d)[a-z]", "1a b"), "a|");
  EXPECT_EQ(All("x*", "axb"), "|x|||");
  EXPECT_EQ(All("(?l)", "a"), "refused");
  EXPECT_EQ(All("(", "a"), "refused");
  EXPECT_EQ(All("*a", "a"), "refused");
  EXPECT_EQ(All(".", "日本"), "日|本|");
}

TEST(JavaRegex, Replacements) {
  EXPECT_EQ(Replaced("100-200", "(\\d+)", "num"), "num-num");
  EXPECT_EQ(Replaced("100-200", "(\\d+)-(\\d+)", "$2-$1"), "200-100");
  EXPECT_EQ(Replaced("ab", "(?<x>a)", "${x}${x}"), "aab");
  EXPECT_EQ(Replaced("a", "a", "\\$"), "$");
  EXPECT_EQ(Replaced("a", "a", "$1"), "No group 1");
  EXPECT_EQ(Replaced("abc", "", "-"), "-a-b-c-");
}

// Spark's documentation of split, and String.split.
TEST(JavaRegex, Splits) {
  EXPECT_EQ(Pieces("oneAtwoBthreeC", "[ABC]", -1), "<one><two><three><>");
  EXPECT_EQ(Pieces("oneAtwoBthreeC", "[ABC]", 2), "<one><twoBthreeC>");
  EXPECT_EQ(Pieces("abc", "x", -1), "<abc>");
  EXPECT_EQ(Pieces("", ",", -1), "<>");
  EXPECT_EQ(Pieces("a.b", "\\.", -1), "<a><b>");
  EXPECT_EQ(Pieces("aB", "(?=[A-Z])", -1), "<a><B>");
}

}  // namespace
}  // namespace crannog::engine::functions
