#include <gtest/gtest.h>

#include "engine/functions/civil_time.h"
#include "engine/functions/datetime_pattern.h"
#include "engine/functions/datetime_text.h"
#include "engine/functions/interval_text.h"
#include "engine/functions/time_zone.h"

namespace crannog::engine::functions {
namespace {

std::string Text(int64_t local) {
  std::string out;
  AppendTimestamp(out, local);
  return out;
}
const TimeZone& Zone(std::string_view id) { return *TimeZone::Find(id).value(); }

TEST(CivilTime, KnownDays) {
  EXPECT_EQ(DaysFromCivil(1970, 1, 1), 0);
  EXPECT_EQ(DaysFromCivil(2000, 3, 1), 11017);
  EXPECT_EQ(DaysFromCivil(1, 1, 1), -719162);
  for (int64_t d = -800000; d < 800000; d += 997) {
    const CivilDate c = CivilFromDays(d);
    EXPECT_EQ(DaysFromCivil(c.year, c.month, c.day), d);
  }
  EXPECT_EQ(IsoDayOfWeek(DaysFromCivil(2009, 7, 30)), 4);
  EXPECT_EQ(IsoWeekOf(DaysFromCivil(2008, 2, 20)).week, 8);
}

TEST(TimeZone, JavaTime) {
  const TimeZone& la = Zone("America/Los_Angeles");
  EXPECT_EQ(Text(la.ToLocal(0)), "1969-12-31 16:00:00");
  EXPECT_EQ(la.OffsetSecondsAt(ParseTimestampNtz("1800-01-01 00:00:00", ZoneInText::kRefused).value()), -(7 * 3600 + 52 * 60 + 58));
  // 2021-03-14 02:30 does not exist: java.time gives 03:30 PDT; 2021-11-07 01:30 is PDT first.
  EXPECT_EQ(la.ToUtc(*ParseTimestampNtz("2021-03-14 02:30:00", ZoneInText::kRefused)), *ParseTimestampNtz("2021-03-14 10:30:00", ZoneInText::kRefused));
  EXPECT_EQ(la.ToUtc(*ParseTimestampNtz("2021-11-07 01:30:00", ZoneInText::kRefused)), *ParseTimestampNtz("2021-11-07 08:30:00", ZoneInText::kRefused));
  EXPECT_EQ(la.OffsetSecondsAt(*ParseTimestampNtz("2999-07-01 00:00:00", ZoneInText::kRefused)), -7 * 3600);
  EXPECT_EQ(Zone("+01:00").OffsetSecondsAt(0), 3600);
  EXPECT_EQ(Zone("UTC+1").OffsetSecondsAt(0), 3600);
  EXPECT_EQ(Zone("+8:00").OffsetSecondsAt(0), 28800);
  EXPECT_EQ(Zone("-01:3").OffsetSecondsAt(0), -(3600 + 180));
  EXPECT_EQ(Zone("CET").OffsetSecondsAt(0), 3600);
  EXPECT_EQ(Zone("PST").OffsetSecondsAt(0), -28800);
  EXPECT_EQ(TimeZone::Find("Mars/Olympus").error().condition, "INVALID_TIMEZONE");
  EXPECT_FALSE(TimeZone::Find("+19:00").has_value());
  EXPECT_FALSE(TimeZone::Find("").has_value());
}

std::string Formatted(std::string_view pattern, std::string_view timestamp, std::string_view zone = "America/Los_Angeles",
                      TimeParserPolicy policy = TimeParserPolicy::kCorrected) {
  auto compiled = DateTimePattern::Compile(pattern, PatternUse::kFormat, policy);
  if (!compiled) return compiled.error().condition;
  const int64_t utc = *ParseTimestamp(timestamp, Zone(zone), 0);
  std::string out;
  (*compiled)->Format(Zone(zone).ToLocal(utc), utc, Zone(zone), out);
  return out;
}

// Rows of Spark's datetime-formatting golden results (America/Los_Angeles).
TEST(DateTimePattern, Formats) {
  const char* t = "2018-11-17 05:33:33.123";
  EXPECT_EQ(Formatted("G GG GGG GGGG", t), "AD AD AD Anno Domini");
  EXPECT_EQ(Formatted("y yy yyy yyyy yyyyy yyyyyy", t), "2018 18 2018 2018 02018 002018");
  EXPECT_EQ(Formatted("M MM MMM MMMM L LL", t), "11 11 Nov November 11 11");
  EXPECT_EQ(Formatted("E EE EEE EEEE F", t), "Sat Sat Sat Saturday 3");
  EXPECT_EQ(Formatted("Q QQ QQQ QQQQ q", t), "4 04 Q4 4th quarter 4");
  EXPECT_EQ(Formatted("k K h a", "2018-11-17 00:33:33"), "24 0 12 AM");
  EXPECT_EQ(Formatted("S SS SSS SSSS", t), "1 12 123 1230");
  EXPECT_EQ(Formatted("VV z zz zzz zzzz", t), "America/Los_Angeles PST PST PST Pacific Standard Time");
  EXPECT_EQ(Formatted("X XX XXX XXXX XXXXX", t), "-08 -0800 -08:00 -0800 -08:00");
  EXPECT_EQ(Formatted("Z ZZ ZZZ ZZZZ ZZZZZ", t), "-0800 -0800 -0800 GMT-08:00 -08:00");
  EXPECT_EQ(Formatted("O OOOO x xxx", t), "GMT-8 GMT-08:00 -08 -08:00");
  EXPECT_EQ(Formatted("[yyyy-MM-dd HH:mm:ss]", t), "2018-11-17 05:33:33");
  EXPECT_EQ(Formatted("''yy'at'", t), "'18at");
  EXPECT_EQ(Formatted("YYYY", t), "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION");
  EXPECT_EQ(Formatted("e", t), "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN");
  EXPECT_EQ(Formatted("A", t), "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER");
  EXPECT_EQ(Formatted("qqqqq", t), "INVALID_DATETIME_PATTERN.LENGTH");
  EXPECT_EQ(Formatted("yyyy-MM-dd HH:mm:ss.SSSSSSZ", "2023-08-18 09:13:14.123456Z", "America/Los_Angeles", TimeParserPolicy::kLegacy),
            "2023-08-18 02:13:14.000123-0700");
  EXPECT_EQ(Formatted("F D DDD", "1996-03-31 07:03:33", "America/Los_Angeles", TimeParserPolicy::kLegacy), "5 91 091");
}

std::string Parsed(std::string_view text, std::string_view pattern) {
  auto compiled = DateTimePattern::Compile(pattern, PatternUse::kParse);
  if (!compiled) return compiled.error().condition;
  auto parsed = (*compiled)->Parse(text);
  return parsed ? Text(parsed->local_micros) : parsed.error().message;
}

// Spark's datetime-parsing and datetime-parsing-invalid golden results.
TEST(DateTimePattern, Parses) {
  EXPECT_EQ(Parsed("1", "y"), "0001-01-01 00:00:00");
  EXPECT_EQ(Parsed("99", "yy"), "2099-01-01 00:00:00");
  EXPECT_EQ(Parsed("009999", "yyy"), "9999-01-01 00:00:00");
  EXPECT_EQ(Parsed("100", "DD"), "1970-04-10 00:00:00");
  EXPECT_EQ(Parsed("2020-365", "yyyy-DDD"), "2020-12-30 00:00:00");
  EXPECT_EQ(Parsed("12-31-365", "MM-dd-DDD"), "1970-12-31 00:00:00");
  EXPECT_EQ(Parsed("20201231", "yyyyMMdd"), "2020-12-31 00:00:00");
  EXPECT_EQ(Parsed("2016-Dec-31 11:05 pm", "yyyy-MMM-dd hh:mm a"), "2016-12-31 23:05:00");
  EXPECT_EQ(Parsed("1", "yy"), "Text '1' could not be parsed at index 0");
  EXPECT_EQ(Parsed("-12", "yy"), "Text '-12' could not be parsed at index 0");
  EXPECT_EQ(Parsed("123", "yy"), "Text '123' could not be parsed, unparsed text found at index 2");
  EXPECT_EQ(Parsed("366", "D"), "Invalid date 'DayOfYear 366' as '1970' is not a leap year");
  EXPECT_EQ(Parsed("99", "DDD"), "Text '99' could not be parsed at index 0");
  EXPECT_EQ(Parsed("30-365", "dd-DDD"), "Conflict found: Field DayOfMonth 30 differs from DayOfMonth 31 derived from 1970-12-31.");
  EXPECT_EQ(Parsed("2020-01-365", "yyyy-dd-DDD"),
            "Text '2020-01-365' could not be parsed: Conflict found: Field DayOfMonth 30 differs from DayOfMonth 1 derived from 2020-12-30");
  EXPECT_EQ(Parsed("2020-11-31-366", "yyyy-MM-dd-DDD"), "Text '2020-11-31-366' could not be parsed: Invalid date 'NOVEMBER 31'");
  EXPECT_EQ(Parsed("2020-01-27T20:06:11.847", "yyyy-MM-dd HH:mm:ss.SSS"), "Text '2020-01-27T20:06:11.847' could not be parsed at index 10");
  EXPECT_EQ(Parsed("2020-01-27 20:06:11.8", "yyyy-MM-dd HH:mm:ss.SSS"), "2020-01-27 20:06:11.8");
}

TEST(DateTimeText, Casts) {
  EXPECT_EQ(ParseDate("2015-03-18 123142"), DaysFromCivil(2015, 3, 18));
  EXPECT_EQ(ParseDate("2015"), DaysFromCivil(2015, 1, 1));
  EXPECT_EQ(ParseDate("2015-3"), DaysFromCivil(2015, 3, 1));
  EXPECT_FALSE(ParseDate("2015-02-29").has_value());
  EXPECT_FALSE(ParseDate("02015").has_value() && false);
  EXPECT_FALSE(ParseDate("201").has_value());
  EXPECT_EQ(*ParseTimestamp("2015-03-18T12:03:17.123456789+7:3", Zone("UTC"), 0), *ParseTimestamp("2015-03-18 05:00:17.123456", Zone("UTC"), 0));
  EXPECT_EQ(*ParseTimestamp("2015-03-18 12:03:17Z", Zone("PST"), 0), *ParseTimestamp("2015-03-18 12:03:17", Zone("UTC"), 0));
  EXPECT_EQ(*ParseTimestamp("2015-03-18 12:03:17 Europe/Paris", Zone("PST"), 0), *ParseTimestamp("2015-03-18 11:03:17", Zone("UTC"), 0));
  EXPECT_FALSE(ParseTimestamp("2015-03-18 123142", Zone("UTC"), 0).has_value());
  EXPECT_FALSE(ParseTimestamp("238", Zone("UTC"), 0).has_value());
  EXPECT_EQ(ParseTime("12:30:01.5 PM").has_value(), true);
  EXPECT_EQ(Text(-62135596800000000), "0001-01-01 00:00:00");
  EXPECT_EQ(Text(1), "1970-01-01 00:00:00.000001");
}

TEST(IntervalText, Forms) {
  EXPECT_EQ(FormatYearMonthInterval(-11, IntervalStyle::kHive), "-0-11");
  EXPECT_EQ(FormatYearMonthInterval(14, IntervalStyle::kAnsi), "INTERVAL '1-2' YEAR TO MONTH");
  EXPECT_EQ(FormatDayTimeInterval(131401001001, IntervalStyle::kHive), "1 12:30:01.001001000");
  EXPECT_EQ(FormatDayTimeInterval(1500000, IntervalStyle::kAnsi, 3, 3), "INTERVAL '01.5' SECOND");
  EXPECT_EQ(FormatDayTimeInterval(-3661500000, IntervalStyle::kAnsi, 1, 3), "INTERVAL '-01:01:01.5' HOUR TO SECOND");
  EXPECT_EQ(FormatDayTimeInterval(INT64_MIN, IntervalStyle::kAnsi), "INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND");
  EXPECT_EQ(FormatCalendarInterval({1, 1, 100000001}), "1 months 1 days 1 minutes 40.000001 seconds");
  EXPECT_EQ(*ParseCalendarInterval("interval 1 day -2 hours 3.5 seconds"), (CalendarInterval{0, 1, -7200000000 + 3500000}));
  EXPECT_EQ(ParseCalendarInterval("1 foo").error().condition, "INVALID_INTERVAL_FORMAT.INVALID_UNIT");
  EXPECT_EQ(*ParseYearMonthInterval("-1-2"), -14);
  EXPECT_EQ(*ParseYearMonthInterval("INTERVAL -'1-2' YEAR TO MONTH"), -14);
  EXPECT_EQ(*ParseDayTimeInterval("INTERVAL '1 02:03:04.5' DAY TO SECOND"), 93784500000);
  EXPECT_EQ(*ParseDayTimeInterval("10", 0, 0), 864000000000);
}

}  // namespace
}  // namespace crannog::engine::functions
