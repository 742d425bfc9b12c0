#pragma once

#include <cstdint>

/// Proleptic Gregorian calendar arithmetic. Days count from 1970-01-01, microseconds from its midnight.
namespace crannog::engine::functions {

inline constexpr int64_t kMicrosPerSecond = 1000000;
inline constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

struct CivilDate {
  int64_t year = 1970;
  int32_t month = 1;
  int32_t day = 1;
};

constexpr int64_t FloorDivide(int64_t a, int64_t b) { return a / b - ((a % b != 0) && ((a < 0) != (b < 0))); }
constexpr int64_t FloorModulo(int64_t a, int64_t b) { return a - FloorDivide(a, b) * b; }

/// Days of a civil date. Any year within +-10^7. Source: H. Hinnant, chrono-compatible low-level date algorithms.
constexpr int64_t DaysFromCivil(int64_t year, int32_t month, int32_t day) {
  year -= month <= 2;
  const int64_t era = FloorDivide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr CivilDate CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = FloorDivide(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<int32_t>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month = static_cast<int32_t>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

constexpr bool IsLeapYear(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

constexpr int32_t DaysInMonth(int64_t year, int32_t month) {
  constexpr int32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

constexpr bool IsValidDate(int64_t year, int64_t month, int64_t day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= DaysInMonth(year, static_cast<int32_t>(month));
}

/// 1 (1 January) ... 366.
constexpr int32_t DayOfYear(int64_t days) {
  return static_cast<int32_t>(days - DaysFromCivil(CivilFromDays(days).year, 1, 1) + 1);
}
/// ISO: 1 Monday ... 7 Sunday.
constexpr int32_t IsoDayOfWeek(int64_t days) { return static_cast<int32_t>(FloorModulo(days + 3, 7) + 1); }

struct IsoWeek {
  int64_t year = 1970;
  int32_t week = 1;
};
/// ISO 8601 week-based year and week.
constexpr IsoWeek IsoWeekOf(int64_t days) {
  const int64_t thursday = days - (IsoDayOfWeek(days) - 1) + 3;
  const int64_t year = CivilFromDays(thursday).year;
  return {year, static_cast<int32_t>((thursday - DaysFromCivil(year, 1, 1)) / 7 + 1)};
}

/// Moves a date by months, clamping the day to the end of the month. Source: java.time LocalDate.plusMonths.
constexpr int64_t AddMonthsToDays(int64_t days, int64_t months) {
  const CivilDate date = CivilFromDays(days);
  const int64_t total = date.year * 12 + (date.month - 1) + months;
  const int64_t year = FloorDivide(total, 12);
  const auto month = static_cast<int32_t>(FloorModulo(total, 12) + 1);
  const int32_t last = DaysInMonth(year, month);
  return DaysFromCivil(year, month, date.day < last ? date.day : last);
}

constexpr int64_t DaysOfMicros(int64_t micros) { return FloorDivide(micros, kMicrosPerDay); }
constexpr int64_t TimeOfDayMicros(int64_t micros) { return FloorModulo(micros, kMicrosPerDay); }

}  // namespace crannog::engine::functions
