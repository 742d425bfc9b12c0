#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Intervals as text. Source: Spark's IntervalUtils, IntervalStringStyles and CalendarInterval.
namespace crannog::engine::functions {

/// Legacy interval: three independent parts.
struct CalendarInterval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t micros = 0;
  bool operator==(const CalendarInterval&) const = default;
};

enum class IntervalStyle : uint8_t { kAnsi, kHive };

/// kAnsi: "INTERVAL '1-2' YEAR TO MONTH"; kHive: "1-2". Fields 0 YEAR, 1 MONTH.
std::string FormatYearMonthInterval(int32_t months, IntervalStyle style, int start_field = 0, int end_field = 1);
/// kAnsi: "INTERVAL '1 02:03:04.5' DAY TO SECOND"; kHive: "1 02:03:04.500000000". Fields 0 DAY ... 3 SECOND.
std::string FormatDayTimeInterval(int64_t micros, IntervalStyle style, int start_field = 0, int end_field = 3);
/// "1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds"; "0 seconds".
std::string FormatCalendarInterval(const CalendarInterval& interval);

/// Reads "[interval] 1 year -2 months 3.5 seconds …" as CAST(… AS INTERVAL) does. Error: INVALID_INTERVAL_FORMAT.*.
Result<CalendarInterval> ParseCalendarInterval(std::string_view text);
/// Reads "1-2", "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '3' MONTH" … into months.
Result<int32_t> ParseYearMonthInterval(std::string_view text, int start_field = 0, int end_field = 1);
/// Reads "1 02:03:04.5", "INTERVAL '1 02:03:04' DAY TO SECOND" … into microseconds.
Result<int64_t> ParseDayTimeInterval(std::string_view text, int start_field = 0, int end_field = 3);

}  // namespace crannog::engine::functions
