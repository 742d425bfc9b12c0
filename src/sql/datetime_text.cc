#include "sql/datetime_text.h"

#include <fmt/format.h>

#include <map>
#include <variant>
#include <vector>

#include "sql/parser_state.h"

namespace crannog::sql {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What Java's trimAll takes off: control characters and spaces.
std::string_view Trim(std::string_view text) {
  auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool IsDay(int64_t year, int64_t month, int64_t day) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= kDays[month - 1] + (month == 2 && IsLeap(year) ? 1 : 0);
}

// Days since 1970-01-01, proleptic Gregorian.
int64_t DaysOf(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  int64_t year_of_era = year - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// Reads between `least` and `most` digits at `at`.
std::optional<int64_t> Digits(std::string_view text, size_t& at, size_t least, size_t most) {
  size_t begin = at;
  int64_t value = 0;
  while (at < text.size() && IsDigit(text[at]) && at - begin < most) value = value * 10 + (text[at++] - '0');
  if (at - begin < least || (at < text.size() && IsDigit(text[at]))) return std::nullopt;
  return value;
}

// Reads [+-]y{4,7}[-m[-d]]; `parts` tells how many fields were there.
std::optional<int64_t> DatePart(std::string_view text, size_t& at, int& parts) {
  int64_t sign = 1;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) sign = text[at++] == '-' ? -1 : 1;
  auto year = Digits(text, at, 4, 7);
  if (!year) return std::nullopt;
  int64_t month = 1, day = 1;
  parts = 1;
  if (at < text.size() && text[at] == '-') {
    ++at;
    auto value = Digits(text, at, 1, 2);
    if (!value) return std::nullopt;
    month = *value;
    parts = 2;
    if (at < text.size() && text[at] == '-') {
      ++at;
      value = Digits(text, at, 1, 2);
      if (!value) return std::nullopt;
      day = *value;
      parts = 3;
    }
  }
  if (!IsDay(sign * *year, month, day)) return std::nullopt;
  return DaysOf(sign * *year, month, day);
}

// Reads h[:m[:s[.f]]] as microseconds of the day.
std::optional<int64_t> ClockPart(std::string_view text, size_t& at, int& fields) {
  auto hour = Digits(text, at, 1, 2);
  if (!hour) return std::nullopt;
  int64_t minute = 0, second = 0, micros = 0;
  fields = 1;
  if (at < text.size() && text[at] == ':') {
    ++at;
    auto value = Digits(text, at, 1, 2);
    if (!value) return std::nullopt;
    minute = *value;
    fields = 2;
    if (at < text.size() && text[at] == ':') {
      ++at;
      value = Digits(text, at, 1, 2);
      if (!value) return std::nullopt;
      second = *value;
      fields = 3;
      if (at < text.size() && text[at] == '.') {
        ++at;
        int64_t scale = 100'000;
        while (at < text.size() && IsDigit(text[at])) {
          micros += (text[at++] - '0') * scale;
          scale /= 10;
        }
      }
    }
  }
  if (*hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return ((*hour * 60 + minute) * 60 + second) * kMicrosPerSecond + micros;
}

// The shape of a zone: Z, UTC, GMT+1, +01:00, Area/City. Regions are looked up by who knows the time zone database.
bool LooksLikeZone(std::string_view zone) {
  if (zone.empty()) return false;
  if (zone[0] == '+' || zone[0] == '-') {
    size_t at = 1;
    if (zone.find(':') == std::string_view::npos && zone.size() >= 5 && zone.size() <= 7) {
      // +hhmm, +hhmmss
      for (char c : zone.substr(1)) {
        if (!IsDigit(c)) return false;
      }
      return zone.size() != 6 && (zone[1] - '0') * 10 + (zone[2] - '0') <= 18;
    }
    auto hour = Digits(zone, at, 1, 2);
    if (!hour || *hour > 18) return false;
    for (int i = 0; i < 2 && at < zone.size(); ++i) {
      if (zone[at] != ':') return false;
      ++at;
      auto value = Digits(zone, at, 1, 2);
      if (!value || *value > 59) return false;
    }
    return at == zone.size();
  }
  for (std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (zone.starts_with(prefix) && zone.size() > prefix.size() && (zone[prefix.size()] == '+' || zone[prefix.size()] == '-')) {
      return LooksLikeZone(zone.substr(prefix.size()));
    }
  }
  for (char c : zone) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '/' || c == '_' || c == '-' || c == '+';
    if (!plain) return false;
  }
  return !IsDigit(zone[0]);
}

}  // namespace

std::optional<int32_t> ParseDateText(std::string_view text) {
  text = Trim(text);
  size_t at = 0;
  int parts = 0;
  auto days = DatePart(text, at, parts);
  if (!days) return std::nullopt;
  if (at < text.size() && (parts != 3 || (text[at] != ' ' && text[at] != 'T'))) return std::nullopt;
  if (*days < INT32_MIN || *days > INT32_MAX) return std::nullopt;
  return static_cast<int32_t>(*days);
}

std::optional<int64_t> ParseTimeText(std::string_view text) {
  text = Trim(text);
  bool pm = false, has_half = false;
  if (text.size() > 2 && (text.back() == 'M' || text.back() == 'm')) {
    char half = text[text.size() - 2];
    if (half == 'A' || half == 'a' || half == 'P' || half == 'p') {
      has_half = true;
      pm = half == 'P' || half == 'p';
      text = Trim(text.substr(0, text.size() - 2));
    }
  }
  size_t at = 0;
  int fields = 0;
  size_t dot = text.find('.');
  if (dot != std::string_view::npos && text.size() - dot - 1 > 9) return std::nullopt;
  auto micros = ClockPart(text, at, fields);
  if (!micros || at != text.size() || fields < 2) return std::nullopt;
  if (has_half) {
    constexpr int64_t kHour = 3600 * kMicrosPerSecond;
    if (*micros >= 13 * kHour || *micros < kHour) return std::nullopt;
    if (*micros >= 12 * kHour) *micros -= 12 * kHour;
    if (pm) *micros += 12 * kHour;
  }
  return *micros * 1000;  // finer digits are cut off: TIME(6)
}

std::optional<TimestampText> ParseTimestampText(std::string_view text) {
  text = Trim(text);
  if (text.empty()) return std::nullopt;
  TimestampText out;
  size_t at = 0;
  size_t clock_at = 0;
  bool time_only = text[0] == 'T' || (text.find(':') != std::string_view::npos && text.find(':') <= 2);
  int64_t days = 0;
  if (time_only) {
    out.has_date = false;
    if (text[0] == 'T') clock_at = 1;
  } else {
    int parts = 0;
    auto date = DatePart(text, at, parts);
    if (!date) return std::nullopt;
    days = *date;
    if (at == text.size()) {
      out.local_micros = days * kMicrosPerDay;
      return out;
    }
    if (parts != 3 || (text[at] != ' ' && text[at] != 'T')) return std::nullopt;
    clock_at = at + 1;
  }
  at = clock_at;
  int fields = 0;
  auto clock = ClockPart(text, at, fields);
  if (!clock) return std::nullopt;
  if (time_only && fields < 2) return std::nullopt;
  std::string_view rest = Trim(text.substr(at));
  if (!rest.empty()) {
    if (!LooksLikeZone(rest)) return std::nullopt;
    out.zone = std::string(rest);
  }
  int64_t micros;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) || __builtin_add_overflow(micros, *clock, &micros)) return std::nullopt;
  out.local_micros = micros;
  return out;
}

bool IsSpecialDatetime(std::string_view text) {
  std::string word = LowerAscii(Trim(text));
  for (std::string_view special : {"epoch", "now", "today", "tomorrow", "yesterday"}) {
    if (word == special) return true;
    if (word.starts_with(special) && word.size() > special.size() + 1 && word[special.size()] == ' ' &&
        LooksLikeZone(Trim(std::string_view(word).substr(special.size())))) {
      return true;
    }
  }
  return false;
}

namespace {

IntervalProblem Problem(std::string sub, std::string_view input, std::map<std::string, std::string> more = {}) {
  more["input"] = std::string(input);
  return {std::move(sub), std::move(more)};
}

struct Unit {
  std::string_view name;
  int kind;        // 0 months, 1 days, 2 micros
  int64_t factor;
};

constexpr Unit kUnits[] = {{"year", 0, 12}, {"month", 0, 1}, {"week", 1, 7}, {"day", 1, 1}, {"hour", 2, 3'600 * kMicrosPerSecond},
                           {"minute", 2, 60 * kMicrosPerSecond}, {"second", 2, kMicrosPerSecond}, {"millisecond", 2, 1000},
                           {"microsecond", 2, 1}};

const Unit* FindUnit(std::string_view word) {
  for (const Unit& unit : kUnits) {
    if (word == unit.name || (word.size() == unit.name.size() + 1 && word.back() == 's' && word.starts_with(unit.name))) return &unit;
  }
  return nullptr;
}

}  // namespace

std::variant<plan::CalendarIntervalValue, IntervalProblem> ParseIntervalText(std::string_view input) {
  std::string lowered = LowerAscii(Trim(input));
  std::string_view text = lowered;
  if (text.empty()) return Problem("INPUT_IS_EMPTY", input);
  size_t at = 0;
  auto is_space = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  auto skip = [&] { while (at < text.size() && is_space(text[at])) ++at; };
  auto word_at = [&](size_t from) {
    size_t end = from;
    while (end < text.size() && !is_space(text[end])) ++end;
    return std::string(text.substr(from, end - from));
  };
  if (text.starts_with("interval")) {
    at = 8;
    if (at < text.size() && !is_space(text[at])) return Problem("INVALID_PREFIX", input, {{"prefix", word_at(0)}});
    skip();
    if (at == text.size()) return Problem("INPUT_IS_EMPTY", input);
  }
  plan::CalendarIntervalValue value;
  while (at < text.size()) {
    skip();
    if (at == text.size()) break;
    bool negative = false;
    if (text[at] == '+' || text[at] == '-') {
      negative = text[at] == '-';
      ++at;
      skip();
    }
    size_t number_at = at;
    int64_t number = 0;
    int64_t fraction_nanos = 0;
    bool has_fraction = false, has_digits = false;
    while (at < text.size() && IsDigit(text[at])) {
      int64_t digit = text[at] - '0';
      has_digits = true;
      if (__builtin_mul_overflow(number, int64_t{10}, &number) || __builtin_sub_overflow(number, digit, &number)) {
        return Problem("ARITHMETIC_EXCEPTION", input);
      }
      ++at;
    }
    if (at < text.size() && text[at] == '.') {
      has_fraction = true;
      ++at;
      int64_t scale = 100'000'000;
      size_t digits = 0;
      while (at < text.size() && IsDigit(text[at])) {
        if (++digits > 9) return Problem("INVALID_PRECISION", input, {{"value", word_at(number_at)}});
        fraction_nanos += (text[at++] - '0') * scale;
        scale /= 10;
      }
      if (!has_digits && digits == 0) return Problem("INVALID_VALUE", input, {{"value", word_at(number_at)}});
    } else if (!has_digits) {
      return Problem("UNRECOGNIZED_NUMBER", input, {{"number", word_at(number_at)}});
    }
    if (at == text.size()) return Problem("MISSING_UNIT", input, {{"word", word_at(number_at)}});
    if (!is_space(text[at])) return Problem("INVALID_VALUE", input, {{"value", word_at(number_at)}});
    // `number` was gathered as a negative, so that the least value fits.
    if (!negative && number == INT64_MIN) return Problem("ARITHMETIC_EXCEPTION", input);
    if (!negative) number = -number;
    if (negative) fraction_nanos = -fraction_nanos;
    skip();
    if (at == text.size()) return Problem("MISSING_UNIT", input, {{"word", word_at(number_at)}});
    std::string word = word_at(at);
    at += word.size();
    const Unit* unit = FindUnit(word);
    if (unit == nullptr) return Problem("INVALID_UNIT", input, {{"unit", word}});
    if (has_fraction && unit->name != "second") return Problem("INVALID_FRACTION", input, {{"unit", word}});
    int64_t scaled, total;
    if (__builtin_mul_overflow(number, unit->factor, &scaled)) return Problem("ARITHMETIC_EXCEPTION", input);
    if (unit->kind == 2) {
      if (__builtin_add_overflow(scaled, fraction_nanos / 1000, &scaled) || __builtin_add_overflow(value.micros, scaled, &value.micros)) {
        return Problem("ARITHMETIC_EXCEPTION", input);
      }
    } else {
      int32_t& target = unit->kind == 0 ? value.months : value.days;
      if (__builtin_add_overflow(int64_t{target}, scaled, &total) || total < INT32_MIN || total > INT32_MAX) {
        return Problem("ARITHMETIC_EXCEPTION", input);
      }
      target = static_cast<int32_t>(total);
    }
  }
  return value;
}

std::variant<int32_t, IntervalProblem> ParseYearMonthText(std::string_view input) {
  std::string_view text = Trim(input);
  auto wrong = [&] {
    return Problem("UNMATCHED_FORMAT_STRING", input,
                   {{"intervalStr", "year-month"}, {"supportedFormat", "`[+|-]y-m`, `INTERVAL [+|-]'[+|-]y-m' YEAR TO MONTH`"},
                    {"typeName", "interval year to month"}});
  };
  int64_t sign = 1;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  size_t at = 0;
  auto years = Digits(text, at, 1, 10);
  if (!years || at >= text.size() || text[at] != '-') return wrong();
  ++at;
  auto months = Digits(text, at, 1, 2);
  if (!months || at != text.size()) return wrong();
  if (*months > 11) {
    return Problem("INTERVAL_PARSING", input, {{"interval", fmt::format("requirement failed: month {} outside range [0, 11]", *months)}});
  }
  int64_t total = sign * (*years * 12 + *months);
  if (total < INT32_MIN || total > INT32_MAX) return Problem("INTERVAL_PARSING", input, {{"interval", "integer overflow"}});
  return static_cast<int32_t>(total);
}

std::variant<int64_t, IntervalProblem> ParseDayTimeText(std::string_view input, int from, int to) {
  static constexpr const char* kNames[] = {"day", "hour", "minute", "second"};
  static constexpr const char* kUpper[] = {"DAY", "HOUR", "MINUTE", "SECOND"};
  static constexpr const char* kForms[4][4] = {{"d", "d h", "d h:m", "d h:m:s.n"}, {"", "h", "h:m", "h:m:s.n"}, {"", "", "m", "m:s.n"}, {"", "", "", "s.n"}};
  auto wrong = [&] {
    return Problem("UNMATCHED_FORMAT_STRING_WITH_NOTICE", input,
                   {{"intervalStr", "day-time"},
                    {"supportedFormat", fmt::format("`[+|-]{}`, `INTERVAL [+|-]'[+|-]{}' {} TO {}`", kForms[from][to], kForms[from][to], kUpper[from], kUpper[to])},
                    {"typeName", fmt::format("interval {} to {}", kNames[from], kNames[to])},
                    {"fallBackNotice", ", set \"spark.sql.legacy.fromDayTimeString.enabled\" to \"true\" to restore the behavior before Spark 3.0."}});
  };
  std::string_view text = Trim(input);
  int64_t sign = 1;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    sign = text[0] == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  static constexpr int64_t kMicros[] = {kMicrosPerDay, 3'600 * kMicrosPerSecond, 60 * kMicrosPerSecond, kMicrosPerSecond};
  static constexpr int64_t kLimit[] = {INT32_MAX, 23, 59, 59};
  int64_t total = 0;
  size_t at = 0;
  for (int field = from; field <= to; ++field) {
    auto value = Digits(text, at, 1, field == from ? 10 : 2);
    if (!value) return wrong();
    if (field != from && *value > kLimit[field]) {
      return Problem("DAY_TIME_PARSING", input, {{"msg", fmt::format("requirement failed: {} {} outside range [0, {}]", kNames[field], *value, kLimit[field])}});
    }
    int64_t scaled;
    if (__builtin_mul_overflow(*value, kMicros[field], &scaled) || __builtin_add_overflow(total, scaled, &total)) {
      return Problem("ARITHMETIC_EXCEPTION", input);
    }
    if (field == 3 && at < text.size() && text[at] == '.') {
      ++at;
      int64_t scale = 100'000;
      size_t digits = 0;
      while (at < text.size() && IsDigit(text[at])) {
        if (++digits > 9) return wrong();
        total += (text[at++] - '0') * scale;
        scale /= 10;
      }
      if (digits == 0) return wrong();
    }
    if (field == to) break;
    char separator = field == 0 ? ' ' : ':';
    if (at >= text.size() || text[at] != separator) return wrong();
    ++at;
    if (separator == ' ') {
      while (at < text.size() && text[at] == ' ') ++at;
    }
  }
  if (at != text.size()) return wrong();
  return sign * total;
}

}  // namespace crannog::sql
