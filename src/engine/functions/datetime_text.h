#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/functions/time_zone.h"

/// Dates, times and timestamps as Spark's CAST reads and writes them. Source: Spark's SparkDateTimeUtils.
namespace crannog::engine::functions {

/// Days since 1970, or nothing: "2020", "2020-1", "2020-01-31", "2020-01-31T…" with a sign and up to seven digits of year.
std::optional<int32_t> ParseDate(std::string_view text);
/// "epoch", "now", "today", "tomorrow", "yesterday" as days; `now_micros` is the statement's instant.
std::optional<int32_t> ParseSpecialDate(std::string_view text, const TimeZone& zone, int64_t now_micros);
std::optional<int64_t> ParseSpecialTimestamp(std::string_view text, const TimeZone& zone, int64_t now_micros);

/// UTC microseconds. Text without a zone is of `zone`; text with a time only is of the day of `now_micros`.
std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone, int64_t now_micros);
enum class ZoneInText : uint8_t { kRefused, kIgnored };
/// Wall-clock microseconds.
std::optional<int64_t> ParseTimestampNtz(std::string_view text, ZoneInText zone_in_text);
/// Does a timestamp's text name a zone? For schema inference.
bool HasZone(std::string_view text);
/// Nanoseconds of the day: "12:30", "12:30:01.5", "1:02:03 PM".
std::optional<int64_t> ParseTime(std::string_view text);

// "2020-01-31", "+10000-01-01", "-0001-01-01".
void AppendDate(std::string& out, int64_t days);
/// "2020-01-31 12:30:01.5": trailing zeros of the fraction are left out.
void AppendTimestamp(std::string& out, int64_t local_micros);
/// "12:30:01.5" of nanoseconds of the day.
void AppendTime(std::string& out, int64_t nanos);

}  // namespace crannog::engine::functions
