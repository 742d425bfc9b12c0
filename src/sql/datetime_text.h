#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "plan/literal.h"

/// Dates, times and intervals as text, by the rules of Spark's DateTimeUtils and IntervalUtils.
namespace crannog::sql {

/// Days since 1970-01-01 of [+-]y…[-m[-d]], also followed by ' …' or 'T…'; nothing when it is no date. Source: DateTimeUtils.stringToDate.
std::optional<int32_t> ParseDateText(std::string_view text);

/// Nanoseconds of the day of h:m[:s[.f]] with at most 6 digits of fraction. Source: DateTimeUtils.stringToTime.
std::optional<int64_t> ParseTimeText(std::string_view text);

struct TimestampText {
  int64_t local_micros = 0;         ///< wall clock since 1970
  std::optional<std::string> zone;  ///< as written
  bool has_date = true;             ///< false: only a time was given, "today" is meant
};
/// Source: DateTimeUtils.parseTimestampString. Names of regions are not looked up.
std::optional<TimestampText> ParseTimestampText(std::string_view text);

/// epoch, now, today, tomorrow, yesterday, with a zone after it or without. Source: DateTimeUtils.convertSpecialDate.
bool IsSpecialDatetime(std::string_view text);

/// What was wrong with an interval: the condition's sub-name and its parameters.
struct IntervalProblem {
  std::string sub_condition;
  std::map<std::string, std::string> parameters;
};
/// Reads "[interval] 1 year -2 days 3.5 seconds". Source: IntervalUtils.stringToInterval.
std::variant<plan::CalendarIntervalValue, IntervalProblem> ParseIntervalText(std::string_view text);

/// Reads 'y-m' as months. Source: IntervalUtils.fromYearMonthString.
std::variant<int32_t, IntervalProblem> ParseYearMonthText(std::string_view text);
/// Reads 'd h:m:s.f' with the fields from … to (0 day … 3 second) as microseconds. Source: IntervalUtils.fromDayTimeString.
std::variant<int64_t, IntervalProblem> ParseDayTimeText(std::string_view text, int from, int to);

}  // namespace crannog::sql
