#include "engine/functions/datetime_pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "engine/functions/civil_time.h"

namespace crannog::engine::functions {
namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March", "April", "May", "June",
                                        "July", "August", "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::string_view kQuarters[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
constexpr std::string_view kFieldNames[] = {"Era", "Year", "YearOfEra", "QuarterOfYear", "MonthOfYear", "DayOfMonth", "DayOfYear",
                                            "AlignedDayOfWeekInMonth", "DayOfWeek", "AmPmOfDay", "HourOfDay", "ClockHourOfDay", "HourOfAmPm",
                                            "ClockHourOfAmPm", "MinuteOfHour", "SecondOfMinute", "NanoOfSecond", "", "", "", ""};

constexpr std::string_view kUnsupportedLetters = "ABcenNp";
constexpr std::string_view kWeekBasedLetters = "YWwuec";
constexpr std::string_view kUnsupportedForParsing = "EFqQ";
constexpr std::string_view kLegacyLetters = "GyYMLwWDdFEuaHkKhmsSzZX";

bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  for (size_t i = 0; i < prefix.size(); ++i) {
    if (Lower(text[i]) != Lower(prefix[i])) return false;
  }
  return true;
}

void AppendPadded(std::string& out, uint64_t value, int width) {
  char digits[24];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (int i = count; i < width; ++i) out.push_back('0');
  while (count > 0) out.push_back(digits[--count]);
}

constexpr int64_t kPowersOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

std::string Abbreviated(std::string_view text) {
  // java.time shows the first 64 characters.
  return text.size() > 64 ? std::string(text.substr(0, 64)) + "..." : std::string(text);
}

}  // namespace

TimeParserPolicy ParseTimeParserPolicy(std::string_view text) {
  if (text == "LEGACY" || text == "legacy") return TimeParserPolicy::kLegacy;
  if (text == "EXCEPTION" || text == "exception") return TimeParserPolicy::kException;
  return TimeParserPolicy::kCorrected;
}

struct DateTimeFields {
  CivilDate date;
  int64_t days, second_of_day;
  int32_t micros;
  int64_t utc_micros;
  const TimeZone* zone;
};

struct DateTimePattern::Refusal {
  enum Kind { kWeekBased, kIllegalCharacter, kLength, kOther } kind;
  std::string detail;
};

struct DateTimePattern::State {
  std::string_view text;
  size_t position = 0;
  size_t error_index = 0;
  uint32_t present = 0;
  int64_t values[static_cast<size_t>(Field::kCount)];
  std::shared_ptr<const TimeZone> zone;
  bool Has(Field f) const { return (present >> static_cast<int>(f)) & 1; }
  int64_t Get(Field f) const { return values[static_cast<size_t>(f)]; }
  bool Set(Field f, int64_t value, size_t error_at) {
    if (Has(f) && Get(f) != value) {
      error_index = error_at;
      return false;
    }
    present |= 1u << static_cast<int>(f);
    values[static_cast<size_t>(f)] = value;
    return true;
  }
  bool Fail(size_t at) {
    error_index = at;
    return false;
  }
};

Result<std::shared_ptr<const DateTimePattern>> DateTimePattern::Compile(std::string_view pattern, PatternUse use, TimeParserPolicy policy) {
  std::shared_ptr<DateTimePattern> made(new DateTimePattern());
  made->pattern_ = pattern;
  if (policy == TimeParserPolicy::kLegacy) {
    if (!made->BuildLegacy(pattern)) {
      return Failure(ConditionError("INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
                                    {{"pattern", fmt::format("'{}'", pattern)}, {"docroot", "https://spark.apache.org/docs/latest"}}));
    }
    return std::shared_ptr<const DateTimePattern>(std::move(made));
  }
  if (auto refusal = made->Build(pattern, use)) {
    std::shared_ptr<DateTimePattern> legacy(new DateTimePattern());
    if (legacy->BuildLegacy(pattern)) {
      return Failure(ConditionError("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION",
                                    {{"pattern", fmt::format("'{}'", pattern)},
                                     {"config", "\"spark.sql.legacy.timeParserPolicy\""},
                                     {"docroot", "https://spark.apache.org/docs/latest"}}));
    }
    switch (refusal->kind) {
      case Refusal::kWeekBased:
        return Failure(ConditionError("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN", {{"c", refusal->detail}}));
      case Refusal::kIllegalCharacter:
        return Failure(ConditionError("INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", {{"c", refusal->detail}, {"pattern", std::string(pattern)}}));
      case Refusal::kLength:
        return Failure(ConditionError("INVALID_DATETIME_PATTERN.LENGTH", {{"pattern", refusal->detail}}));
      case Refusal::kOther:
        return Failure(ConditionError("INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
                                      {{"pattern", fmt::format("'{}'", pattern)}, {"docroot", "https://spark.apache.org/docs/latest"}}));
    }
  }
  if (policy == TimeParserPolicy::kException && use == PatternUse::kParse) {
    std::shared_ptr<DateTimePattern> legacy(new DateTimePattern());
    legacy->pattern_ = pattern;
    if (legacy->BuildLegacy(pattern)) made->legacy_ = std::move(legacy);
  }
  return std::shared_ptr<const DateTimePattern>(std::move(made));
}

void DateTimePattern::Append(Element element) {
  active_number_ = -1;
  elements_.push_back(std::move(element));
}

// DateTimeFormatterBuilder.appendValue: numbers of fixed width behind a number reserve their digits ("adjacent value parsing").
void DateTimePattern::AppendNumber(Element element) {
  if (active_number_ < 0) {
    elements_.push_back(std::move(element));
    active_number_ = static_cast<int32_t>(elements_.size()) - 1;
    return;
  }
  Element& base = elements_[active_number_];
  if (element.min_width == element.max_width && element.sign == Sign::kNotNegative) {
    const int width = element.max_width;
    element.subsequent_width = -1;
    base.subsequent_width = (base.subsequent_width < 0 ? 0 : base.subsequent_width) + width;
    elements_.push_back(std::move(element));
  } else {
    base.subsequent_width = -1;
    elements_.push_back(std::move(element));
    active_number_ = static_cast<int32_t>(elements_.size()) - 1;
  }
}

std::optional<DateTimePattern::Refusal> DateTimePattern::Build(std::string_view pattern, PatternUse use) {
  // Spark's own checks look at the unquoted parts, in this order.
  bool quoted = false, has_era = false;
  std::vector<std::string_view> parts;
  for (size_t start = 0, i = 0; i <= pattern.size(); ++i) {
    if (i == pattern.size() || pattern[i] == '\'') {
      if (!quoted) parts.push_back(pattern.substr(start, i - start));
      quoted = !quoted;
      start = i + 1;
    }
  }
  for (std::string_view part : parts) {
    has_era |= part.find('G') != std::string_view::npos;
    for (char c : part) {
      if (kWeekBasedLetters.find(c) != std::string_view::npos) return Refusal{Refusal::kWeekBased, std::string(1, c)};
    }
    for (char c : part) {
      if (kUnsupportedLetters.find(c) != std::string_view::npos ||
          (use == PatternUse::kParse && kUnsupportedForParsing.find(c) != std::string_view::npos)) {
        return Refusal{Refusal::kIllegalCharacter, std::string(1, c)};
      }
    }
    for (std::string_view style : {"GGGGG", "MMMMM", "LLLLL", "EEEEE", "QQQQQ", "qqqqq", "yyyyyyy"}) {
      if (part.find(style) != std::string_view::npos) return Refusal{Refusal::kLength, std::string(style)};
    }
  }
  std::vector<int32_t> open;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (IsLetter(c)) {
      size_t end = i;
      while (end < pattern.size() && pattern[end] == c) ++end;
      // Without an era the year may be negative: Spark reads 'y' as 'u'.
      const char letter = c == 'y' && !has_era ? 'u' : c;
      if (auto refusal = AppendLetters(letter, static_cast<int>(end - i), use)) return refusal;
      i = end;
    } else if (c == '\'') {
      std::string literal;
      size_t at = i + 1;
      bool closed = false;
      for (; at < pattern.size(); ++at) {
        if (pattern[at] == '\'') {
          if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
            ++at;
          } else {
            closed = true;
            break;
          }
        }
        literal.push_back(pattern[at]);
      }
      if (!closed) return Refusal{Refusal::kOther, "incomplete literal"};
      if (literal.empty()) literal = "'";
      Append({.kind = Kind::kLiteral, .literal = std::move(literal)});
      i = at + 1;
    } else if (c == '[') {
      open.push_back(static_cast<int32_t>(elements_.size()));
      Append({.kind = Kind::kOptionalStart});
      ++i;
    } else if (c == ']') {
      if (open.empty()) return Refusal{Refusal::kOther, "] without ["};
      elements_[open.back()].partner = static_cast<int32_t>(elements_.size());
      open.pop_back();
      Append({.kind = Kind::kOptionalEnd});
      ++i;
    } else if (c == '{' || c == '}' || c == '#') {
      return Refusal{Refusal::kOther, "reserved character"};
    } else {
      Append({.kind = Kind::kLiteral, .literal = std::string(1, c)});
      ++i;
    }
  }
  while (!open.empty()) {
    elements_[open.back()].partner = static_cast<int32_t>(elements_.size());
    open.pop_back();
    Append({.kind = Kind::kOptionalEnd});
  }
  return std::nullopt;
}

// DateTimeFormatterBuilder.parseField.
std::optional<DateTimePattern::Refusal> DateTimePattern::AppendLetters(char letter, int count, PatternUse use) {
  const auto too_many = [&]() { return Refusal{Refusal::kOther, std::string(count, letter)}; };
  const auto number = [&](Field field) -> std::optional<Refusal> {
    if (count > 2) return too_many();
    if (count == 1) AppendNumber({.kind = Kind::kNumber, .field = field, .sign = Sign::kNormal, .min_width = 1, .max_width = 19});
    else AppendNumber({.kind = Kind::kNumber, .field = field, .min_width = 2, .max_width = 2});
    return std::nullopt;
  };
  const auto text = [&](Field field) { Append({.kind = Kind::kText, .field = field, .style = static_cast<uint8_t>(count)}); };
  switch (letter) {
    case 'u':
    case 'y': {
      const Field field = letter == 'u' ? Field::kYear : Field::kYearOfEra;
      if (count == 2) AppendNumber({.kind = Kind::kReducedYear, .field = field, .min_width = 2, .max_width = 2});
      else if (count < 4) AppendNumber({.kind = Kind::kNumber, .field = field, .sign = Sign::kNormal, .min_width = static_cast<uint8_t>(count), .max_width = 19});
      else AppendNumber({.kind = Kind::kNumber, .field = field, .sign = Sign::kExceedsPad, .min_width = static_cast<uint8_t>(count), .max_width = 19});
      return std::nullopt;
    }
    case 'M':
    case 'L':
      if (count <= 2) return number(Field::kMonth);
      text(Field::kMonth);
      return std::nullopt;
    case 'Q':
    case 'q':
      if (count <= 2) return number(Field::kQuarter);
      text(Field::kQuarter);
      return std::nullopt;
    case 'E': text(Field::kDayOfWeek); return std::nullopt;
    case 'G': text(Field::kEra); return std::nullopt;
    case 'a':
      if (count != 1) return too_many();
      text(Field::kAmPm);
      return std::nullopt;
    case 'd': return number(Field::kDay);
    case 'h': return number(Field::kClockHourOfAmPm);
    case 'H': return number(Field::kHour);
    case 'k': return number(Field::kClockHour);
    case 'K': return number(Field::kHourOfAmPm);
    case 'm': return number(Field::kMinute);
    case 's': return number(Field::kSecond);
    case 'F':
      if (count != 1) return too_many();
      return number(Field::kAlignedDay);
    case 'D':
      if (count == 1) AppendNumber({.kind = Kind::kNumber, .field = Field::kDayOfYear, .sign = Sign::kNormal});
      else if (count <= 3) AppendNumber({.kind = Kind::kNumber, .field = Field::kDayOfYear, .min_width = static_cast<uint8_t>(count), .max_width = 3});
      else return too_many();
      return std::nullopt;
    case 'S': {
      if (count > 9) return too_many();
      const bool is_parsing = use == PatternUse::kParse;
      Element fraction{.kind = Kind::kFraction, .field = Field::kNano, .min_width = static_cast<uint8_t>(is_parsing ? 1 : count),
                       .max_width = static_cast<uint8_t>(count)};
      if (fraction.min_width == fraction.max_width) AppendNumber(std::move(fraction));
      else Append(std::move(fraction));
      return std::nullopt;
    }
    case 'V':
      if (count != 2) return too_many();
      Append({.kind = Kind::kZoneId});
      return std::nullopt;
    case 'v':
      if (count != 1 && count != 4) return too_many();
      Append({.kind = Kind::kGenericName, .style = static_cast<uint8_t>(count)});
      return std::nullopt;
    case 'z':
      if (count > 4) return too_many();
      Append({.kind = Kind::kZoneName, .style = static_cast<uint8_t>(count)});
      return std::nullopt;
    case 'O':
      if (count != 1 && count != 4) return too_many();
      Append({.kind = Kind::kLocalizedOffset, .style = static_cast<uint8_t>(count)});
      return std::nullopt;
    case 'X':
    case 'x': {
      if (count > 5) return too_many();
      // "+00" is what zero looks like with x; Z with X.
      const char* zero = letter == 'X' ? "Z" : count == 1 ? "+00" : count % 2 == 0 ? "+0000" : "+00:00";
      Append({.kind = Kind::kOffset, .style = static_cast<uint8_t>(count), .literal = zero});
      return std::nullopt;
    }
    case 'Z':
      if (count < 4) Append({.kind = Kind::kOffset, .style = 2, .literal = "+0000"});
      else if (count == 4) Append({.kind = Kind::kLocalizedOffset, .style = 4});
      else if (count == 5) Append({.kind = Kind::kOffset, .style = 5, .literal = "Z"});
      else return too_many();
      return std::nullopt;
    default: return Refusal{Refusal::kOther, std::string(1, letter)};
  }
}

bool DateTimePattern::BuildLegacy(std::string_view pattern) {
  is_legacy_ = true;
  for (size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    if (c == '\'') {
      std::string literal;
      size_t at = i + 1;
      bool closed = false;
      for (; at < pattern.size(); ++at) {
        if (pattern[at] == '\'') {
          if (at + 1 < pattern.size() && pattern[at + 1] == '\'') {
            ++at;
          } else {
            closed = true;
            break;
          }
        }
        literal.push_back(pattern[at]);
      }
      if (!closed) return false;
      if (literal.empty()) literal = "'";
      elements_.push_back({.kind = Kind::kLiteral, .literal = std::move(literal)});
      i = at + 1;
      continue;
    }
    if (!IsLetter(c)) {
      elements_.push_back({.kind = Kind::kLiteral, .literal = std::string(1, c)});
      ++i;
      continue;
    }
    if (kLegacyLetters.find(c) == std::string_view::npos) return false;
    size_t end = i;
    while (end < pattern.size() && pattern[end] == c) ++end;
    const int count = static_cast<int>(end - i);
    i = end;
    const auto width = static_cast<uint8_t>(std::min(count, 60));
    const auto number = [&](Field field) { elements_.push_back({.kind = Kind::kNumber, .field = field, .min_width = width}); };
    const auto text = [&](Field field, int style) { elements_.push_back({.kind = Kind::kText, .field = field, .style = static_cast<uint8_t>(style)}); };
    switch (c) {
      case 'G': text(Field::kEra, 1); break;
      case 'y':
        if (count == 2) elements_.push_back({.kind = Kind::kReducedYear, .field = Field::kYearOfEra, .min_width = 2, .max_width = 2});
        else number(Field::kYearOfEra);
        break;
      case 'Y':
        if (count == 2) elements_.push_back({.kind = Kind::kReducedYear, .field = Field::kWeekYear, .min_width = 2, .max_width = 2});
        else number(Field::kWeekYear);
        break;
      case 'M':
      case 'L':
        if (count >= 3) text(Field::kMonth, count >= 4 ? 4 : 3);
        else number(Field::kMonth);
        break;
      case 'w': number(Field::kWeekOfYear); break;
      case 'W': number(Field::kWeekOfMonth); break;
      case 'D': number(Field::kDayOfYear); break;
      case 'd': number(Field::kDay); break;
      case 'F': number(Field::kAlignedDay); break;
      case 'E': text(Field::kDayOfWeek, count >= 4 ? 4 : 3); break;
      case 'u': number(Field::kDayOfWeek); break;
      case 'a': text(Field::kAmPm, 1); break;
      case 'H': number(Field::kHour); break;
      case 'k': number(Field::kClockHour); break;
      case 'K': number(Field::kHourOfAmPm); break;
      case 'h': number(Field::kClockHourOfAmPm); break;
      case 'm': number(Field::kMinute); break;
      case 's': number(Field::kSecond); break;
      case 'S': number(Field::kMillis); break;
      case 'z': elements_.push_back({.kind = Kind::kZoneName, .style = static_cast<uint8_t>(count >= 4 ? 4 : 1)}); break;
      case 'Z': elements_.push_back({.kind = Kind::kOffset, .style = 2, .literal = "+0000"}); break;
      case 'X':
        if (count > 3) return false;
        elements_.push_back({.kind = Kind::kOffset, .style = static_cast<uint8_t>(count == 1 ? 6 : count), .literal = "Z"});
        break;
      default: return false;
    }
  }
  return true;
}

namespace {

void AppendOffset(std::string& out, int32_t seconds, int style, std::string_view zero) {
  if (seconds == 0) {
    out += zero;
    return;
  }
  out.push_back(seconds < 0 ? '-' : '+');
  const int32_t total = seconds < 0 ? -seconds : seconds;
  const int32_t hours = total / 3600, minutes = total / 60 % 60, rest = total % 60;
  AppendPadded(out, hours, 2);
  if (style == 6) return;                    // hours only
  if (style == 1 && minutes == 0) return;    // +HHmm
  if (style == 3 || style == 5) out.push_back(':');
  AppendPadded(out, minutes, 2);
  if (style >= 4 && rest != 0) {
    if (style == 5) out.push_back(':');
    AppendPadded(out, rest, 2);
  }
}

void AppendLocalizedOffset(std::string& out, int32_t seconds, int style) {
  out += "GMT";
  if (seconds == 0) return;
  out.push_back(seconds < 0 ? '-' : '+');
  const int32_t total = seconds < 0 ? -seconds : seconds;
  const int32_t hours = total / 3600, minutes = total / 60 % 60, rest = total % 60;
  AppendPadded(out, hours, style == 4 ? 2 : 1);
  if (style == 4 || minutes != 0 || rest != 0) {
    out.push_back(':');
    AppendPadded(out, minutes, 2);
  }
  if (rest != 0) {
    out.push_back(':');
    AppendPadded(out, rest, 2);
  }
}

}  // namespace

void DateTimePattern::FormatElement(const Element& element, const DateTimeFields& f, std::string& out) const {
  const auto field_value = [&](Field field) -> int64_t {
    const int64_t hour = f.second_of_day / 3600;
    switch (field) {
      case Field::kEra: return f.date.year > 0 ? 1 : 0;
      case Field::kYear: return f.date.year;
      case Field::kYearOfEra: return f.date.year > 0 ? f.date.year : 1 - f.date.year;
      case Field::kQuarter: return (f.date.month - 1) / 3 + 1;
      case Field::kMonth: return f.date.month;
      case Field::kDay: return f.date.day;
      case Field::kDayOfYear: return f.days - DaysFromCivil(f.date.year, 1, 1) + 1;
      // SimpleDateFormat's F is the ordinal of the week day in the month; java.time's is the day within the aligned week.
      case Field::kAlignedDay: return is_legacy_ ? (f.date.day - 1) / 7 + 1 : (f.date.day - 1) % 7 + 1;
      case Field::kDayOfWeek: return IsoDayOfWeek(f.days);
      case Field::kAmPm: return hour / 12;
      case Field::kHour: return hour;
      case Field::kClockHour: return hour == 0 ? 24 : hour;
      case Field::kHourOfAmPm: return hour % 12;
      case Field::kClockHourOfAmPm: return hour % 12 == 0 ? 12 : hour % 12;
      case Field::kMinute: return f.second_of_day / 60 % 60;
      case Field::kSecond: return f.second_of_day % 60;
      case Field::kNano: return int64_t{f.micros} * 1000;
      case Field::kMillis: return f.micros / 1000;
      case Field::kWeekYear:
      case Field::kWeekOfYear:
      case Field::kWeekOfMonth: {
        // US weeks: Sunday first, one day is enough.
        const int64_t sunday_first = FloorModulo(f.days + 4, 7);  // 0 Sunday
        const int64_t year_start = DaysFromCivil(f.date.year, 1, 1);
        const int64_t next_start = DaysFromCivil(f.date.year + 1, 1, 1);
        const int64_t week_end = f.days + (6 - sunday_first);
        if (field == Field::kWeekYear) return week_end >= next_start ? f.date.year + 1 : f.date.year;
        if (field == Field::kWeekOfMonth) {
          const int64_t first = DaysFromCivil(f.date.year, f.date.month, 1);
          return (f.date.day - 1 + FloorModulo(first + 4, 7)) / 7 + 1;
        }
        if (week_end >= next_start) return 1;
        return (f.days - year_start + FloorModulo(year_start + 4, 7)) / 7 + 1;
      }
      case Field::kCount: break;
    }
    return 0;
  };
  switch (element.kind) {
    case Kind::kLiteral: out += element.literal; return;
    case Kind::kNumber: {
      const int64_t value = field_value(element.field);
      if (value < 0) {
        out.push_back('-');
        AppendPadded(out, static_cast<uint64_t>(-value), element.min_width);
        return;
      }
      if (element.sign == Sign::kExceedsPad && element.min_width < 19 && value >= (element.min_width < 10 ? kPowersOfTen[element.min_width] : INT64_MAX)) {
        out.push_back('+');
      }
      AppendPadded(out, static_cast<uint64_t>(value), element.min_width);
      return;
    }
    case Kind::kReducedYear: AppendPadded(out, static_cast<uint64_t>(std::abs(field_value(element.field)) % 100), 2); return;
    case Kind::kFraction: {
      const int64_t nanos = int64_t{f.micros} * 1000;
      AppendPadded(out, static_cast<uint64_t>(nanos / kPowersOfTen[9 - element.max_width]), element.max_width);
      return;
    }
    case Kind::kText: {
      const int64_t value = field_value(element.field);
      switch (element.field) {
        case Field::kMonth: out += element.style == 3 ? kMonths[value - 1].substr(0, 3) : kMonths[value - 1]; return;
        case Field::kDayOfWeek: out += element.style <= 3 ? kDays[value - 1].substr(0, 3) : kDays[value - 1]; return;
        case Field::kAmPm: out += value == 0 ? "AM" : "PM"; return;
        case Field::kQuarter:
          if (element.style == 3) out += fmt::format("Q{}", value);
          else out += kQuarters[value - 1];
          return;
        case Field::kEra:
          if (element.style == 4) out += value == 1 ? "Anno Domini" : "Before Christ";
          else out += value == 1 ? "AD" : "BC";
          return;
        default: return;
      }
    }
    case Kind::kOffset: AppendOffset(out, f.zone->OffsetSecondsAt(f.utc_micros), element.style, element.literal); return;
    case Kind::kLocalizedOffset: AppendLocalizedOffset(out, f.zone->OffsetSecondsAt(f.utc_micros), element.style); return;
    case Kind::kZoneId: out += f.zone->id(); return;
    case Kind::kZoneName: out += f.zone->Name(f.utc_micros, element.style == 4); return;
    case Kind::kGenericName: out += f.zone->GenericName(element.style == 4); return;
    case Kind::kOptionalStart:
    case Kind::kOptionalEnd: return;
  }
}

bool DateTimePattern::Format(int64_t local_micros, int64_t utc_micros, const TimeZone& zone, std::string& out) const {
  DateTimeFields f;
  f.days = DaysOfMicros(local_micros);
  f.date = CivilFromDays(f.days);
  const int64_t time = local_micros - f.days * kMicrosPerDay;
  f.second_of_day = time / kMicrosPerSecond;
  f.micros = static_cast<int32_t>(time % kMicrosPerSecond);
  f.utc_micros = utc_micros;
  f.zone = &zone;
  for (const Element& element : elements_) {
    // java.time refuses a three-digit day of year where two are the most ("DD").
    if (!is_legacy_ && element.kind == Kind::kNumber && element.field == Field::kDayOfYear && element.min_width == 2 && element.max_width == 2 &&
        f.days - DaysFromCivil(f.date.year, 1, 1) + 1 > 99) {
      return false;
    }
    FormatElement(element, f, out);
  }
  return true;
}

bool DateTimePattern::ParseRange(size_t begin, size_t end, State& state) const {
  for (size_t i = begin; i < end; ++i) {
    const Element& element = elements_[i];
    if (element.kind == Kind::kOptionalStart) {
      State saved = state;
      const auto partner = static_cast<size_t>(element.partner);
      if (!ParseRange(i + 1, partner, state)) state = std::move(saved);
      i = partner;
      continue;
    }
    if (is_legacy_ && (element.kind == Kind::kNumber || element.kind == Kind::kReducedYear)) {
      if (!ParseLegacyNumber(i, state)) return false;
      continue;
    }
    if (!ParseElement(element, state)) return false;
  }
  return true;
}

// java.time NumberPrinterParser.parse, strict.
bool DateTimePattern::ParseNumber(const Element& e, State& s) const {
  const size_t length = s.text.size();
  size_t position = s.position;
  const size_t start = position;
  if (position == length) return s.Fail(start);
  bool negative = false, positive = false;
  const char first = s.text[position];
  if (first == '+') {
    if (e.sign != Sign::kExceedsPad) return s.Fail(start);
    positive = true;
    ++position;
  } else if (first == '-') {
    if (e.sign == Sign::kNotNegative) return s.Fail(start);
    negative = true;
    ++position;
  }
  const size_t min_end = position + e.min_width;
  if (min_end > length) return s.Fail(position);
  int64_t widest = int64_t{e.max_width} + std::max(e.subsequent_width, 0);
  if (e.subsequent_width == -1 && e.min_width == e.max_width) widest = e.max_width;
  size_t at = position;
  uint64_t total = 0;
  for (int pass = 0; pass < 2; ++pass) {
    const size_t max_end = std::min(at + static_cast<size_t>(widest), length);
    while (at < max_end && IsDigit(s.text[at])) {
      if (at - position > 18) return s.Fail(start);
      total = total * 10 + static_cast<uint64_t>(s.text[at] - '0');
      ++at;
    }
    if (at < min_end) return s.Fail(position);
    if (e.subsequent_width > 0 && pass == 0) {
      widest = std::max<int64_t>(e.min_width, static_cast<int64_t>(at - position) - e.subsequent_width);
      at = position;
      total = 0;
    } else {
      break;
    }
  }
  auto value = static_cast<int64_t>(total);
  if (negative) {
    if (value == 0) return s.Fail(position - 1);
    value = -value;
  } else if (e.sign == Sign::kExceedsPad) {
    const size_t digits = at - position;
    if (positive) {
      if (digits <= e.min_width) return s.Fail(position - 1);
    } else if (digits > e.min_width) {
      return s.Fail(position);
    }
  }
  if (e.kind == Kind::kReducedYear) value += 2000;
  s.position = at;
  return s.Set(e.field, value, start);
}

bool DateTimePattern::ParseLegacyNumber(size_t index, State& s) const {
  const Element& e = elements_[index];
  while (s.position < s.text.size() && (s.text[s.position] == ' ' || s.text[s.position] == '\t')) ++s.position;
  const bool abuts = index + 1 < elements_.size() && (elements_[index + 1].kind == Kind::kNumber || elements_[index + 1].kind == Kind::kReducedYear);
  size_t at = s.position;
  bool negative = false;
  if (at < s.text.size() && s.text[at] == '-' && !abuts) {
    negative = true;
    ++at;
  }
  const size_t digits_start = at;
  const size_t limit = abuts ? std::min(s.text.size(), at + e.min_width) : s.text.size();
  int64_t value = 0;
  while (at < limit && IsDigit(s.text[at]) && at - digits_start < 18) value = value * 10 + (s.text[at++] - '0');
  if (at == digits_start) return s.Fail(s.position);
  if (e.kind == Kind::kReducedYear && at - digits_start == 2) {
    // SimpleDateFormat: within 80 years before and 20 years after now.
    value += value >= 46 ? 1900 : 2000;
  }
  s.position = at;
  s.present |= 1u << static_cast<int>(e.field);
  s.values[static_cast<size_t>(e.field)] = negative ? -value : value;
  return true;
}

bool DateTimePattern::ParseElement(const Element& e, State& s) const {
  const size_t start = s.position;
  const std::string_view rest = s.text.substr(start);
  switch (e.kind) {
    case Kind::kLiteral:
      if (is_legacy_ && e.literal == " ") {
        size_t at = start;
        while (at < s.text.size() && s.text[at] == ' ') ++at;
        if (at == start) return s.Fail(start);
        s.position = at;
        return true;
      }
      if (!StartsWithIgnoringCase(rest, e.literal)) return s.Fail(start);
      s.position += e.literal.size();
      return true;
    case Kind::kNumber:
    case Kind::kReducedYear: return ParseNumber(e, s);
    case Kind::kFraction: {
      size_t at = start;
      int64_t value = 0;
      int digits = 0;
      while (at < s.text.size() && digits < e.max_width && IsDigit(s.text[at])) {
        value = value * 10 + (s.text[at] - '0');
        ++at;
        ++digits;
      }
      if (digits < e.min_width) return s.Fail(start);
      s.position = at;
      return s.Set(Field::kNano, value * kPowersOfTen[9 - digits], start);
    }
    case Kind::kText: {
      const auto match = [&](std::string_view name, int64_t value) {
        if (!StartsWithIgnoringCase(rest, name)) return false;
        s.position = start + name.size();
        return s.Set(e.field, value, start);
      };
      switch (e.field) {
        case Field::kMonth:
          if (is_legacy_ || e.style >= 4) {
            for (int i = 0; i < 12; ++i) {
              if (StartsWithIgnoringCase(rest, kMonths[i])) return match(kMonths[i], i + 1);
            }
          }
          if (is_legacy_ || e.style == 3) {
            for (int i = 0; i < 12; ++i) {
              if (StartsWithIgnoringCase(rest, kMonths[i].substr(0, 3))) return match(kMonths[i].substr(0, 3), i + 1);
            }
          }
          return s.Fail(start);
        case Field::kDayOfWeek:
          for (int i = 0; i < 7; ++i) {
            if (StartsWithIgnoringCase(rest, kDays[i])) return match(kDays[i], i + 1);
          }
          for (int i = 0; i < 7; ++i) {
            if (StartsWithIgnoringCase(rest, kDays[i].substr(0, 3))) return match(kDays[i].substr(0, 3), i + 1);
          }
          return s.Fail(start);
        case Field::kAmPm: return match("AM", 0) || match("PM", 1) || s.Fail(start);
        case Field::kEra:
          if (e.style == 4) return match("Anno Domini", 1) || match("Before Christ", 0) || s.Fail(start);
          return match("AD", 1) || match("BC", 0) || s.Fail(start);
        default: return s.Fail(start);
      }
    }
    case Kind::kOffset:
    case Kind::kLocalizedOffset: {
      size_t at = start;
      if (e.kind == Kind::kLocalizedOffset) {
        if (!StartsWithIgnoringCase(rest, "GMT")) return s.Fail(start);
        at += 3;
      } else if (e.literal == "Z" && at < s.text.size() && Lower(s.text[at]) == 'z') {
        s.position = at + 1;
        s.zone = TimeZone::Utc();
        return true;
      } else if (is_legacy_ && StartsWithIgnoringCase(rest, "GMT")) {
        at += 3;
      }
      if (at == s.text.size() || (s.text[at] != '+' && s.text[at] != '-')) {
        if (e.kind == Kind::kLocalizedOffset) {
          s.position = at;
          s.zone = TimeZone::Utc();
          return true;
        }
        return s.Fail(start);
      }
      const size_t sign_at = at++;
      const auto two = [&](size_t from) { return from + 1 < s.text.size() && IsDigit(s.text[from]) && IsDigit(s.text[from + 1]); };
      if (e.kind == Kind::kLocalizedOffset) {
        while (at < s.text.size() && (IsDigit(s.text[at]) || s.text[at] == ':')) ++at;
      } else {
        if (!two(at)) return s.Fail(start);
        at += 2;
        const bool colon = e.style == 3 || e.style == 5;
        const bool colon_present = at < s.text.size() && s.text[at] == ':';
        if (colon || (is_legacy_ && colon_present)) {
          if (!(colon_present && two(at + 1))) return s.Fail(start);
          at += 3;
          if (e.style == 5 && at < s.text.size() && s.text[at] == ':' && two(at + 1)) at += 3;
        } else if (e.style != 6) {
          if (two(at)) at += 2;
          else if (e.style != 1) return s.Fail(start);
          if (e.style == 4 && two(at)) at += 2;
        }
      }
      auto zone = TimeZone::Find(s.text.substr(sign_at, at - sign_at));
      if (!zone) return s.Fail(start);
      s.zone = *zone;
      s.position = at;
      return true;
    }
    case Kind::kZoneId:
    case Kind::kZoneName:
    case Kind::kGenericName: {
      size_t at = start;
      while (at < s.text.size() && (IsLetter(s.text[at]) || IsDigit(s.text[at]) || std::strchr("/_+-:~", s.text[at]) != nullptr)) ++at;
      // The longest prefix that is a zone.
      for (size_t end = at; end > start; --end) {
        std::string_view id = s.text.substr(start, end - start);
        if (id == "PDT") id = "PST";
        else if (id == "EDT") id = "America/New_York";
        else if (id == "EST" && e.kind != Kind::kZoneId) id = "America/New_York";
        else if (id == "CDT") id = "CST";
        else if (id == "MDT" || (id == "MST" && e.kind != Kind::kZoneId)) id = "America/Denver";
        else if (id == "CEST") id = "CET";
        if (auto zone = TimeZone::Find(id)) {
          s.zone = *zone;
          s.position = end;
          return true;
        }
      }
      if (e.style == 4) {
        constexpr std::pair<std::string_view, std::string_view> kLong[] = {
            {"Pacific Standard Time", "PST"}, {"Pacific Daylight Time", "PST"}, {"Eastern Standard Time", "America/New_York"},
            {"Eastern Daylight Time", "America/New_York"}, {"Central Standard Time", "CST"}, {"Mountain Standard Time", "America/Denver"},
            {"Coordinated Universal Time", "UTC"}, {"Greenwich Mean Time", "GMT"}, {"Central European Standard Time", "CET"}};
        for (const auto& [name, id] : kLong) {
          if (!StartsWithIgnoringCase(rest, name)) continue;
          s.zone = *TimeZone::Find(id);
          s.position = start + name.size();
          return true;
        }
      }
      return s.Fail(start);
    }
    case Kind::kOptionalStart:
    case Kind::kOptionalEnd: return true;
  }
  return true;
}

Result<ParsedDateTime> DateTimePattern::Parse(std::string_view text) const {
  State state;
  state.text = text;
  const auto fail = [&](std::string message) -> Result<ParsedDateTime> {
    if (legacy_ != nullptr && legacy_->Parse(text).has_value()) {
      return Failure(ConditionError("INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER",
                                    {{"datetime", fmt::format("'{}'", text)}, {"config", "\"spark.sql.legacy.timeParserPolicy\""}}));
    }
    return Failure(ErrorCode::kInvalidParameterValue, std::move(message));
  };
  if (!ParseRange(0, elements_.size(), state)) {
    if (is_legacy_) return fail(fmt::format("Unparseable date: \"{}\"", text));
    return fail(fmt::format("Text '{}' could not be parsed at index {}", Abbreviated(text), state.error_index));
  }
  if (is_legacy_) return ResolveLegacy(text, state);
  if (state.position < text.size()) {
    return fail(fmt::format("Text '{}' could not be parsed, unparsed text found at index {}", Abbreviated(text), state.position));
  }
  auto resolved = Resolve(text, state);
  if (!resolved && legacy_ != nullptr) return fail(resolved.error().message);
  return resolved;
}

// java.time Parsed.resolve in STRICT style, then Spark's DateTimeFormatterHelper.toLocalDate and toLocalTime.
Result<ParsedDateTime> DateTimePattern::Resolve(std::string_view text, State& s) const {
  const auto refuse = [&](std::string message) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Text '{}' could not be parsed: {}", Abbreviated(text), message));
  };
  struct Bound {
    Field field;
    int64_t low, high;
    const char* high_text;
  };
  constexpr Bound kBounds[] = {
      {Field::kMonth, 1, 12, "12"},        {Field::kDay, 1, 31, "28/31"},      {Field::kDayOfYear, 1, 366, "365/366"}, {Field::kHour, 0, 23, "23"},
      {Field::kClockHour, 1, 24, "24"},    {Field::kHourOfAmPm, 0, 11, "11"},  {Field::kClockHourOfAmPm, 1, 12, "12"}, {Field::kMinute, 0, 59, "59"},
      {Field::kSecond, 0, 59, "59"},       {Field::kYear, -999999999, 999999999, "999999999"},
      {Field::kYearOfEra, 1, 999999999, "999999999/1000000000"}};
  for (const Bound& bound : kBounds) {
    if (s.Has(bound.field) && (s.Get(bound.field) < bound.low || s.Get(bound.field) > bound.high)) {
      return refuse(fmt::format("Invalid value for {} (valid values {} - {}): {}", kFieldNames[static_cast<size_t>(bound.field)], bound.low,
                                bound.high_text, s.Get(bound.field)));
    }
  }
  std::optional<int64_t> year;
  if (s.Has(Field::kYear)) year = s.Get(Field::kYear);
  if (s.Has(Field::kYearOfEra)) year = !s.Has(Field::kEra) || s.Get(Field::kEra) == 1 ? s.Get(Field::kYearOfEra) : 1 - s.Get(Field::kYearOfEra);
  constexpr const char* kUpperMonths[] = {"JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
                                          "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"};
  const auto date_text = [](int64_t days) {
    const CivilDate d = CivilFromDays(days);
    return fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day);
  };
  const auto invalid_day = [&](int64_t y, int64_t month, int64_t day) {
    if (day == 29) return fmt::format("Invalid date 'February 29' as '{}' is not a leap year", y);
    return fmt::format("Invalid date '{} {}'", kUpperMonths[month - 1], day);
  };
  int64_t days = 0;
  if (year && s.Has(Field::kMonth) && s.Has(Field::kDay)) {
    if (!IsValidDate(*year, s.Get(Field::kMonth), s.Get(Field::kDay))) return refuse(invalid_day(*year, s.Get(Field::kMonth), s.Get(Field::kDay)));
    days = DaysFromCivil(*year, static_cast<int32_t>(s.Get(Field::kMonth)), static_cast<int32_t>(s.Get(Field::kDay)));
    if (s.Has(Field::kDayOfYear) && DayOfYear(days) != s.Get(Field::kDayOfYear)) {
      return refuse(fmt::format("Conflict found: Field DayOfYear {} differs from DayOfYear {} derived from {}", DayOfYear(days),
                                s.Get(Field::kDayOfYear), date_text(days)));
    }
  } else if (s.Has(Field::kDayOfYear)) {
    // With a year java.time resolves the date itself and words its refusal around the text; else Spark does, with 1970.
    const int64_t known = year.value_or(1970);
    const int64_t day_of_year = s.Get(Field::kDayOfYear);
    const auto wrap = [&](std::string message) -> std::unexpected<Error> {
      return year ? refuse(std::move(message)) : Failure(ErrorCode::kInvalidParameterValue, std::move(message));
    };
    if (day_of_year == 366 && !IsLeapYear(known)) return wrap(fmt::format("Invalid date 'DayOfYear 366' as '{}' is not a leap year", known));
    days = DaysFromCivil(known, 1, 1) + day_of_year - 1;
    const CivilDate date = CivilFromDays(days);
    for (Field field : {Field::kMonth, Field::kDay}) {
      const int64_t derived = field == Field::kMonth ? date.month : date.day;
      if (!s.Has(field) || s.Get(field) == derived) continue;
      const auto name = kFieldNames[static_cast<size_t>(field)];
      if (year) {
        return refuse(fmt::format("Conflict found: Field {} {} differs from {} {} derived from {}", name, derived, name, s.Get(field), date_text(days)));
      }
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Conflict found: Field {} {} differs from {} {} derived from {}.", name,
                                                                    s.Get(field), name, derived, date_text(days)));
    }
  } else {
    const int64_t y = year.value_or(1970);
    const int64_t month = s.Has(Field::kMonth) ? s.Get(Field::kMonth) : 1, day = s.Has(Field::kDay) ? s.Get(Field::kDay) : 1;
    if (!IsValidDate(y, month, day)) return Failure(ErrorCode::kInvalidParameterValue, invalid_day(y, month, day));
    days = DaysFromCivil(y, static_cast<int32_t>(month), static_cast<int32_t>(day));
  }
  int64_t hour = 0;
  std::optional<int64_t> half_day;
  if (s.Has(Field::kHourOfAmPm)) half_day = s.Get(Field::kHourOfAmPm);
  if (s.Has(Field::kClockHourOfAmPm)) half_day = s.Get(Field::kClockHourOfAmPm) % 12;
  if (s.Has(Field::kHour)) hour = s.Get(Field::kHour);
  else if (s.Has(Field::kClockHour)) hour = s.Get(Field::kClockHour) % 24;
  else if (half_day) hour = *half_day + (s.Has(Field::kAmPm) ? 12 * s.Get(Field::kAmPm) : 0);
  else if (s.Has(Field::kAmPm)) hour = s.Get(Field::kAmPm) == 1 ? 12 : 0;
  ParsedDateTime out;
  const int64_t minute = s.Has(Field::kMinute) ? s.Get(Field::kMinute) : 0, second = s.Has(Field::kSecond) ? s.Get(Field::kSecond) : 0;
  const int64_t nanos = s.Has(Field::kNano) ? s.Get(Field::kNano) : 0;
  out.nano_of_day = ((hour * 60 + minute) * 60 + second) * 1000000000 + nanos;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &out.local_micros) ||
      __builtin_add_overflow(out.local_micros, out.nano_of_day / 1000, &out.local_micros)) {
    return Failure(ErrorCode::kInvalidParameterValue, "long overflow");
  }
  out.zone = std::move(s.zone);
  return out;
}

Result<ParsedDateTime> DateTimePattern::ResolveLegacy(std::string_view, State& s) const {
  const auto get = [&](Field field, int64_t otherwise) { return s.Has(field) ? s.Get(field) : otherwise; };
  int64_t year = get(Field::kYearOfEra, 1970);
  if (s.Has(Field::kEra) && s.Get(Field::kEra) == 0) year = 1 - year;
  const int64_t months = year * 12 + get(Field::kMonth, 1) - 1;
  int64_t days = DaysFromCivil(FloorDivide(months, 12), static_cast<int32_t>(FloorModulo(months, 12) + 1), 1) + get(Field::kDay, 1) - 1;
  if (s.Has(Field::kDayOfYear) && !s.Has(Field::kMonth)) days = DaysFromCivil(year, 1, 1) + s.Get(Field::kDayOfYear) - 1;
  int64_t hour = get(Field::kHour, 0);
  if (s.Has(Field::kClockHour)) hour = s.Get(Field::kClockHour) % 24;
  if (s.Has(Field::kHourOfAmPm)) hour = s.Get(Field::kHourOfAmPm) + 12 * get(Field::kAmPm, 0);
  if (s.Has(Field::kClockHourOfAmPm)) hour = s.Get(Field::kClockHourOfAmPm) % 12 + 12 * get(Field::kAmPm, 0);
  ParsedDateTime out;
  const int64_t seconds = (hour * 60 + get(Field::kMinute, 0)) * 60 + get(Field::kSecond, 0);
  out.local_micros = days * kMicrosPerDay + seconds * kMicrosPerSecond + get(Field::kMillis, 0) * 1000;
  out.nano_of_day = TimeOfDayMicros(out.local_micros) * 1000;
  out.zone = std::move(s.zone);
  return out;
}

}  // namespace crannog::engine::functions
