#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/functions/time_zone.h"

namespace crannog::engine::functions {

/// spark.sql.legacy.timeParserPolicy.
enum class TimeParserPolicy : uint8_t { kCorrected, kException, kLegacy };
TimeParserPolicy ParseTimeParserPolicy(std::string_view text);

enum class PatternUse : uint8_t { kFormat, kParse };

/// What a text gave under a pattern.
struct ParsedDateTime {
  int64_t local_micros = 0;    ///< wall clock, microseconds since 1970
  int64_t nano_of_day = 0;     ///< of the same wall clock
  std::shared_ptr<const TimeZone> zone;  ///< when the text names one
};

/// A compiled datetime pattern: java.time.DateTimeFormatter's letters under Spark's restrictions, or SimpleDateFormat's (kLegacy).
/// Threads: immutable. Source: Spark's sql-ref-datetime-pattern and DateTimeFormatterHelper; reference/spark.md §4.3.
class DateTimePattern {
 public:
  /// Errors: INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION, .DATETIME_WEEK_BASED_PATTERN, INVALID_DATETIME_PATTERN.*.
  static Result<std::shared_ptr<const DateTimePattern>> Compile(std::string_view pattern, PatternUse use,
                                                                TimeParserPolicy policy = TimeParserPolicy::kCorrected);

  /// Appends the text of a wall-clock time. `utc_micros` and `zone` serve zone names and offsets. False: not printable (year too large …).
  bool Format(int64_t local_micros, int64_t utc_micros, const TimeZone& zone, std::string& out) const;

  /// Reads a text. The failure's message is Java's ("Text 'x' could not be parsed at index 0"), without a condition: the caller names it.
  Result<ParsedDateTime> Parse(std::string_view text) const;

  const std::string& pattern() const { return pattern_; }

 private:
  enum class Kind : uint8_t { kLiteral, kNumber, kFraction, kText, kReducedYear, kOffset, kLocalizedOffset, kZoneId, kZoneName, kGenericName,
                              kOptionalStart, kOptionalEnd };
  enum class Field : uint8_t { kEra, kYear, kYearOfEra, kQuarter, kMonth, kDay, kDayOfYear, kAlignedDay, kDayOfWeek, kAmPm, kHour, kClockHour,
                               kHourOfAmPm, kClockHourOfAmPm, kMinute, kSecond, kNano, kMillis, kWeekYear, kWeekOfYear, kWeekOfMonth, kCount };
  enum class Sign : uint8_t { kNormal, kNotNegative, kExceedsPad };
  struct Element {
    Kind kind = Kind::kLiteral;
    Field field = Field::kYear;
    Sign sign = Sign::kNotNegative;
    uint8_t min_width = 1, max_width = 19, style = 0;  // style: letter count of texts, offset form
    int32_t subsequent_width = 0;                       // -1: fixed; > 0: width of adjacent numbers behind
    int32_t partner = -1;                               // optional start: index of its end
    std::string literal;
  };
  struct State;

  DateTimePattern() = default;
  struct Refusal;
  std::optional<Refusal> Build(std::string_view pattern, PatternUse use);
  std::optional<Refusal> AppendLetters(char letter, int count, PatternUse use);
  void Append(Element element);
  void AppendNumber(Element element);
  bool BuildLegacy(std::string_view pattern);
  void FormatElement(const Element& element, const struct DateTimeFields& fields, std::string& out) const;
  bool ParseRange(size_t begin, size_t end, State& state) const;
  bool ParseElement(const Element& element, State& state) const;
  bool ParseNumber(const Element& element, State& state) const;
  bool ParseLegacyNumber(size_t index, State& state) const;
  Result<ParsedDateTime> Resolve(std::string_view text, State& state) const;
  Result<ParsedDateTime> ResolveLegacy(std::string_view text, State& state) const;

  std::string pattern_;
  std::vector<Element> elements_;
  int32_t active_number_ = -1;
  bool is_legacy_ = false;
  std::shared_ptr<const DateTimePattern> legacy_;  // kException: tells whether the old parser would have read the text
};

}  // namespace crannog::engine::functions
