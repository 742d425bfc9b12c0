#include "engine/functions/numbers.h"

#include <gtest/gtest.h>

#include "engine/functions/java_format.h"
#include "engine/functions/number_pattern.h"

namespace crannog::engine::functions {
namespace {

std::string D(double value) {
  std::string out;
  AppendDouble(out, value);
  return out;
}

TEST(Numbers, JavaText) {
  EXPECT_EQ(D(1e10), "1.0E10");
  EXPECT_EQ(D(100.0), "100.0");
  EXPECT_EQ(D(0.001), "0.001");
  EXPECT_EQ(D(0.0001), "1.0E-4");
  EXPECT_EQ(D(1234567.5), "1234567.5");
  EXPECT_EQ(D(1.2345678e7), "1.2345678E7");
  EXPECT_EQ(D(-0.0), "-0.0");
  EXPECT_EQ(D(1.7976931348623157e308), "1.7976931348623157E308");
  std::string text;
  AppendDecimal(text, -5, 3);
  EXPECT_EQ(text, "-0.005");
}

TEST(Numbers, Rounding) {
  EXPECT_EQ(RoundDouble(2.5, 0, Rounding::kHalfUp), 3);
  EXPECT_EQ(RoundDouble(2.5, 0, Rounding::kHalfEven), 2);
  EXPECT_EQ(RoundDouble(-1.005, 2, Rounding::kHalfUp), -1.01);
  EXPECT_EQ(RoundDouble(125.315, -1, Rounding::kHalfUp), 130);
  EXPECT_EQ(RoundInteger(25, -1, Rounding::kHalfEven), 20);
  EXPECT_EQ(RoundInteger(25, -1, Rounding::kHalfUp), 30);
  EXPECT_EQ(RoundInteger(-25, -1, Rounding::kHalfUp), -30);
  EXPECT_EQ(*RescaleDecimal(31411, 4, 3, Rounding::kCeiling), 3142);
}

TEST(Numbers, Conversions) {
  bool overflow;
  EXPECT_EQ(ConvertBase("100", 2, 10, overflow), "4");
  EXPECT_EQ(ConvertBase("-10", 16, -10, overflow), "-16");
  EXPECT_EQ(ConvertBase("9223372036854775808", 10, 16, overflow), "8000000000000000");
  EXPECT_EQ(ConvertBase("92233720368547758070", 10, 16, overflow), "FFFFFFFFFFFFFFFF");
  EXPECT_TRUE(overflow);
  EXPECT_EQ(BinaryOfInteger(-13), "1111111111111111111111111111111111111111111111111111111111110011");
  EXPECT_EQ(HexOfInteger(17), "11");
  EXPECT_EQ(*Unhex("537061726B"), "Spark");
}

std::string Chars(Int128 unscaled, int scale, const char* format) { return NumberPattern::Compile(format).Format(unscaled, scale); }

// Spark's documentation of to_char and its golden results of postgreSQL/int8.
TEST(NumberPattern, Formats) {
  EXPECT_EQ(Chars(-124548, 1, "99G999D9S"), "12,454.8-");
  EXPECT_EQ(Chars(45400, 2, "000D00"), "454.00");
  EXPECT_EQ(Chars(7812, 2, "$99.99"), "$78.12");
  EXPECT_EQ(Chars(11111, 2, "99.9"), "##.#");
  EXPECT_EQ(Chars(124548, 1, "99,999.9S"), "12,454.8+");
  EXPECT_EQ(Chars(123, 0, "9G999G999G999G999G999"), "                  123");
  EXPECT_EQ(Chars(-123, 0, "9999999999999999PR"), "             <123>");
  EXPECT_EQ(Chars(4567890123456789, 0, "9999999999999999.999PR"), "4567890123456789.000  ");
  EXPECT_EQ(Chars(-456, 0, "S9999999999999999"), "             -456");
  EXPECT_EQ(Chars(123, 0, "MI9999999999999999"), "              123");
  EXPECT_EQ(Chars(123, 0, "S0999999999999999"), "+0000000000000123");
}

TEST(NumberPattern, Parses) {
  const auto parsed = [](const char* text, const char* format) { return static_cast<int64_t>(NumberPattern::Compile(format).Parse(text).value_or(-1)); };
  EXPECT_EQ(parsed("454", "000"), 454);
  EXPECT_EQ(parsed("454.2", "000.0"), 4542);
  EXPECT_EQ(parsed("12,454", "00,000"), 12454);
  EXPECT_EQ(parsed("$78.12", "$00.00"), 7812);
  EXPECT_EQ(parsed("-454", "S000"), -454);
  EXPECT_EQ(parsed("12,454.8-", "00,000.9MI"), -124548);
  EXPECT_EQ(parsed("<00,454.8>", "00,000.9PR"), -4548);
  EXPECT_EQ(parsed("foo", "000"), -1);
}

TEST(DecimalFormat, FormatNumber) {
  EXPECT_EQ(DecimalFormat::Grouped(4).FormatDouble(12332.123456), "12,332.1235");
  EXPECT_EQ(DecimalFormat::Compile("##################.###")->FormatDouble(12332.123456), "12332.123");
  EXPECT_EQ(DecimalFormat::Compile("###.###")->FormatDouble(66.421), "66.421");
  EXPECT_EQ(DecimalFormat::Grouped(0).FormatDouble(-1234.5), "-1,234");
}

std::string F(const char* format, std::vector<FormatArgument> arguments) {
  auto out = JavaFormat::Compile(format).Format(arguments);
  return out ? *out : out.error().message;
}
FormatArgument S(const char* text) { return {std::string(text)}; }
FormatArgument I(int64_t value) { return {FormatArgument::Integer{value, 32}}; }

// Spark's golden results of postgreSQL/text.
TEST(JavaFormat, Formats) {
  EXPECT_EQ(F("Hello %s", {S("World")}), "Hello World");
  EXPECT_EQ(F("Hello %%%%", {}), "Hello %%");
  EXPECT_EQ(F("Hello %s %s", {S("World")}), "Format specifier '%s'");
  EXPECT_EQ(F("Hello %x", {I(20)}), "Hello 14");
  EXPECT_EQ(F("%1$s %3$s", {I(1), I(2), I(3)}), "1 3");
  EXPECT_EQ(F("Hello %s %1$s %s", {S("World"), S("Hello again")}), "Hello World World Hello again");
  EXPECT_EQ(F(">>%10s<<", {FormatArgument{}}), ">>      null<<");
  EXPECT_EQ(F(">>%-10s<<", {S("Hello")}), ">>Hello     <<");
  EXPECT_EQ(F("%05d %,d %+.2f %e", {I(42), I(1234567), {2.345}, {12345.678}}), "00042 1,234,567 +2.35 1.234568e+04");
  EXPECT_EQ(F("%d", {S("x")}), "d != org.apache.spark.unsafe.types.UTF8String");
}

}  // namespace
}  // namespace crannog::engine::functions
