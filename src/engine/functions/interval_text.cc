#include "engine/functions/interval_text.h"

#include <fmt/format.h>

#include <cctype>
#include <limits>
#include <map>

#include "engine/functions/civil_time.h"

namespace crannog::engine::functions {
namespace {

constexpr const char* kYearMonthFields[] = {"YEAR", "MONTH"};
constexpr const char* kDayTimeFields[] = {"DAY", "HOUR", "MINUTE", "SECOND"};

std::string FieldRange(const char* const* names, int start, int end) {
  return start == end ? names[start] : fmt::format("{} TO {}", names[start], names[end]);
}

// Seconds with their microseconds, without trailing zeros: "4.5".
std::string PlainSeconds(int64_t micros) {
  std::string out = fmt::format("{}", micros / kMicrosPerSecond);
  int64_t fraction = micros % kMicrosPerSecond;
  if (fraction == 0) return out;
  std::string digits = fmt::format("{:06}", fraction);
  while (digits.back() == '0') digits.pop_back();
  return out + "." + digits;
}

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string FormatYearMonthInterval(int32_t months, IntervalStyle style, int start, int end) {
  const int64_t total = months;
  const int64_t absolute = total < 0 ? -total : total;
  const char* sign = total < 0 ? "-" : "";
  const std::string both = fmt::format("{}{}-{}", sign, absolute / 12, absolute % 12);
  if (style == IntervalStyle::kHive) return both;
  if (start == end) {
    return start == 0 ? fmt::format("INTERVAL '{}{}' YEAR", sign, absolute / 12) : fmt::format("INTERVAL '{}' MONTH", total);
  }
  return fmt::format("INTERVAL '{}' YEAR TO MONTH", both);
}

std::string FormatDayTimeInterval(int64_t micros, IntervalStyle style, int start, int end) {
  const bool negative = micros < 0;
  uint64_t rest = negative ? ~static_cast<uint64_t>(micros) + 1 : static_cast<uint64_t>(micros);
  const uint64_t day = kMicrosPerDay, hour = kMicrosPerHour, minute = kMicrosPerMinute, second = kMicrosPerSecond;
  if (style == IntervalStyle::kHive) {
    return fmt::format("{}{} {:02}:{:02}:{:02}.{:09}", negative ? "-" : "", rest / day, rest % day / hour, rest % hour / minute,
                       rest % minute / second, rest % second * 1000);
  }
  std::string out = negative ? "INTERVAL '-" : "INTERVAL '";
  const auto seconds = [&](uint64_t value) { return (value < 10 * second ? "0" : "") + PlainSeconds(static_cast<int64_t>(value)); };
  switch (start) {
    case 0: out += fmt::format("{}", rest / day); rest %= day; break;
    case 1: out += fmt::format("{:02}", rest / hour); rest %= hour; break;
    case 2: out += fmt::format("{:02}", rest / minute); rest %= minute; break;
    default: out += (rest < 10 * second ? "0" : "") + fmt::format("{}", rest / second) + PlainSeconds(static_cast<int64_t>(rest % second)).substr(1);
  }
  if (start < 1 && end >= 1) out += fmt::format(" {:02}", rest / hour), rest %= hour;
  if (start < 2 && end >= 2) out += fmt::format(":{:02}", rest / minute), rest %= minute;
  if (start < 3 && end >= 3) out += ":" + seconds(rest);
  return out + "' " + FieldRange(kDayTimeFields, start, end);
}

std::string FormatCalendarInterval(const CalendarInterval& interval) {
  std::string out;
  const auto unit = [&](int64_t value, const char* name) {
    if (value == 0) return;
    if (!out.empty()) out.push_back(' ');
    out += fmt::format("{} {}", value, name);
  };
  unit(interval.months / 12, "years");
  unit(interval.months % 12, "months");
  unit(interval.days, "days");
  int64_t rest = interval.micros;
  unit(rest / kMicrosPerHour, "hours");
  rest %= kMicrosPerHour;
  unit(rest / kMicrosPerMinute, "minutes");
  rest %= kMicrosPerMinute;
  if (rest != 0) {
    if (!out.empty()) out.push_back(' ');
    if (rest < 0) out.push_back('-');
    out += PlainSeconds(rest < 0 ? -rest : rest) + " seconds";
  }
  return out.empty() ? "0 seconds" : out;
}

// IntervalUtils.stringToInterval.
Result<CalendarInterval> ParseCalendarInterval(std::string_view input) {
  const auto refuse = [&](const char* reason, std::map<std::string, std::string> parameters) {
    parameters.emplace("input", std::string(input));
    return Failure(ConditionError(std::string("INVALID_INTERVAL_FORMAT.") + reason, std::move(parameters)));
  };
  std::string s(Trim(input));
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (s.empty()) return refuse("INPUT_IS_EMPTY", {});
  size_t i = 0;
  const auto word_at = [&](size_t at) {
    size_t begin = at, end = at;
    while (begin > 0 && !IsSpace(s[begin - 1])) --begin;
    while (end < s.size() && !IsSpace(s[end])) ++end;
    return "'" + s.substr(begin, end - begin) + "'";
  };
  if (s.starts_with("interval")) {
    if (s.size() == 8) return refuse("INPUT_IS_EMPTY", {});
    if (!IsSpace(s[8])) return refuse("INVALID_PREFIX", {{"prefix", word_at(0)}});
    i = 9;
  }
  CalendarInterval out;
  int64_t months = 0, days = 0;
  bool any = false;
  while (true) {
    while (i < s.size() && IsSpace(s[i])) ++i;
    if (i == s.size()) break;
    any = true;
    bool negative = false;
    const size_t item = i;
    if (s[i] == '-' || s[i] == '+') {
      negative = s[i] == '-';
      ++i;
      while (i < s.size() && IsSpace(s[i])) ++i;
      if (i == s.size()) return refuse("MISSING_NUMBER", {{"word", word_at(item)}});
    }
    int64_t value = 0, fraction = 0;
    bool has_fraction = false, has_point = false;
    if (!IsDigit(s[i]) && s[i] != '.') return refuse("UNRECOGNIZED_NUMBER", {{"number", word_at(i)}});
    bool has_digits = false;
    while (i < s.size() && IsDigit(s[i])) {
      has_digits = true;
      const int64_t digit = s[i] - '0';
      // Negative numbers are built downwards so that the least value fits.
      if (__builtin_mul_overflow(value, int64_t{10}, &value) || __builtin_sub_overflow(value, digit, &value)) {
        return refuse("ARITHMETIC_EXCEPTION", {});
      }
      ++i;
    }
    if (!negative) {
      if (value == std::numeric_limits<int64_t>::min()) return refuse("ARITHMETIC_EXCEPTION", {});
      value = -value;
    }
    if (i < s.size() && s[i] == '.') {
      has_point = true;
      ++i;
      int64_t scale = 100000000;
      while (i < s.size() && IsDigit(s[i])) {
        if (scale == 0) return refuse("INVALID_PRECISION", {{"value", word_at(i)}});
        fraction += (s[i] - '0') * scale;
        scale /= 10;
        has_fraction = true;
        ++i;
      }
      if (!has_digits && !has_fraction) return refuse("INVALID_VALUE", {{"value", word_at(item)}});
    }
    if (i < s.size() && !IsSpace(s[i])) return refuse("INVALID_VALUE", {{"value", word_at(i)}});
    while (i < s.size() && IsSpace(s[i])) ++i;
    if (i == s.size()) return refuse("MISSING_UNIT", {{"word", word_at(s.size() - 1)}});
    const size_t unit_at = i;
    while (i < s.size() && !IsSpace(s[i])) ++i;
    std::string unit = s.substr(unit_at, i - unit_at);
    std::string singular = unit;
    if (singular.size() > 1 && singular.back() == 's') singular.pop_back();
    if (has_point && singular != "second") return refuse("INVALID_FRACTION", {{"unit", word_at(unit_at)}});
    bool overflow = false;
    const auto add = [&](int64_t& target, int64_t factor) {
      int64_t scaled;
      overflow |= __builtin_mul_overflow(value, factor, &scaled) || __builtin_add_overflow(target, scaled, &target);
    };
    if (singular == "year") add(months, 12);
    else if (singular == "month") add(months, 1);
    else if (singular == "week") add(days, 7);
    else if (singular == "day") add(days, 1);
    else if (singular == "hour") add(out.micros, kMicrosPerHour);
    else if (singular == "minute") add(out.micros, kMicrosPerMinute);
    else if (singular == "second") {
      add(out.micros, kMicrosPerSecond);
      const int64_t part = fraction / 1000;
      overflow |= __builtin_add_overflow(out.micros, negative ? -part : part, &out.micros);
    } else if (singular == "millisecond") add(out.micros, 1000);
    else if (singular == "microsecond") add(out.micros, 1);
    else return refuse("INVALID_UNIT", {{"unit", word_at(unit_at)}});
    constexpr int64_t kMax = std::numeric_limits<int32_t>::max(), kMin = std::numeric_limits<int32_t>::min();
    if (overflow || months > kMax || months < kMin || days > kMax || days < kMin) return refuse("ARITHMETIC_EXCEPTION", {});
  }
  if (!any) return refuse("INPUT_IS_EMPTY", {});
  out.months = static_cast<int32_t>(months);
  out.days = static_cast<int32_t>(days);
  return out;
}

namespace {

// The body of "INTERVAL [sign] 'body' FIELD [TO FIELD]", or the text itself.
struct Quoted {
  std::string_view body;
  bool negated = false;
  bool is_literal = false;
};

std::optional<Quoted> Unquote(std::string_view text, const std::string& fields) {
  text = Trim(text);
  const auto word = [&](std::string_view expected) {
    if (text.size() < expected.size()) return false;
    for (size_t i = 0; i < expected.size(); ++i) {
      if (std::toupper(static_cast<unsigned char>(text[i])) != expected[i]) return false;
    }
    text.remove_prefix(expected.size());
    return true;
  };
  const auto spaces = [&]() {
    size_t count = 0;
    while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1), ++count;
    return count > 0;
  };
  if (text.size() < 8 || std::toupper(static_cast<unsigned char>(text[0])) != 'I') return Quoted{text};
  Quoted out;
  out.is_literal = true;
  if (!word("INTERVAL") || !spaces()) return std::nullopt;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    out.negated = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text[0] != '\'') return std::nullopt;
  const size_t close = text.find('\'', 1);
  if (close == std::string_view::npos) return std::nullopt;
  out.body = text.substr(1, close - 1);
  text.remove_prefix(close + 1);
  if (!spaces()) return std::nullopt;
  std::string rest;
  for (char c : text) {
    if (IsSpace(c)) {
      if (!rest.empty() && rest.back() != ' ') rest.push_back(' ');
    } else {
      rest.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
  }
  if (rest != fields) return std::nullopt;
  return out;
}

bool TakeNumber(std::string_view& text, int64_t& value, size_t digits_max = 19) {
  size_t count = 0;
  value = 0;
  while (count < text.size() && IsDigit(text[count])) {
    if (count >= digits_max || __builtin_mul_overflow(value, int64_t{10}, &value) || __builtin_add_overflow(value, int64_t{text[count] - '0'}, &value)) {
      return false;
    }
    ++count;
  }
  text.remove_prefix(count);
  return count > 0;
}

std::unexpected<Error> Unmatched(std::string_view input, const char* kind, const std::string& type, const std::string& supported) {
  return Failure(ConditionError("INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING", {{"input", std::string(input)},
                                                                                   {"intervalStr", kind},
                                                                                   {"typeName", type},
                                                                                   {"supportedFormat", supported}}));
}

}  // namespace

Result<int32_t> ParseYearMonthInterval(std::string_view input, int start, int end) {
  const std::string fields = FieldRange(kYearMonthFields, start, end);
  const auto refuse = [&]() {
    const std::string body = start == end ? (start == 0 ? "[+|-]y" : "[+|-]m") : "[+|-]y-m";
    return Unmatched(input, "year-month", "interval " + std::string(start == end ? (start == 0 ? "year" : "month") : "year to month"),
                     fmt::format("`{}`, `INTERVAL [+|-]'{}' {}`", body, body, fields));
  };
  const auto quoted = Unquote(input, fields);
  if (!quoted) return refuse();
  std::string_view text = quoted->body;
  bool negative = quoted->negated;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative ^= text[0] == '-';
    text.remove_prefix(1);
  }
  int64_t years = 0, months = 0;
  if (!TakeNumber(text, years)) return refuse();
  if (start != end) {
    if (text.empty() || text[0] != '-') return refuse();
    text.remove_prefix(1);
    if (!TakeNumber(text, months) || months > 11) return refuse();
  } else if (start == 1) {
    months = years;
    years = 0;
  }
  if (!text.empty()) return refuse();
  const __int128 total = (static_cast<__int128>(years) * 12 + months) * (negative ? -1 : 1);
  if (total > std::numeric_limits<int32_t>::max() || total < std::numeric_limits<int32_t>::min()) {
    return Failure(ConditionError("INVALID_INTERVAL_FORMAT.INTERVAL_PARSING", {{"input", std::string(input)}, {"interval", "year-month"}}));
  }
  return static_cast<int32_t>(total);
}

Result<int64_t> ParseDayTimeInterval(std::string_view input, int start, int end) {
  const std::string fields = FieldRange(kDayTimeFields, start, end);
  const auto refuse = [&]() {
    constexpr const char* kParts[] = {"d", "h", "m", "s.n"};
    std::string body = "[+|-]";
    std::string lower = fields;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (int f = start; f <= end; ++f) body += std::string(f == start ? "" : f == 1 ? " " : ":") + kParts[f];
    return Unmatched(input, "day-time", "interval " + lower, fmt::format("`{}`, `INTERVAL [+|-]'{}' {}`", body, body, fields));
  };
  const auto quoted = Unquote(input, fields);
  if (!quoted) return refuse();
  std::string_view text = quoted->body;
  bool negative = quoted->negated;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative ^= text[0] == '-';
    text.remove_prefix(1);
  }
  constexpr int64_t kUnits[] = {kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute, kMicrosPerSecond};
  constexpr int64_t kLimits[] = {0, 23, 59, 59};
  __int128 total = 0;
  for (int field = start; field <= end; ++field) {
    if (field != start) {
      const char separator = field == 1 ? ' ' : ':';
      if (text.empty() || text[0] != separator) return refuse();
      text.remove_prefix(1);
    }
    int64_t value;
    if (!TakeNumber(text, value, field == start ? 19 : 2)) return refuse();
    if (field != start && value > kLimits[field]) return refuse();
    total += static_cast<__int128>(value) * kUnits[field];
    if (field == 3 && !text.empty() && text[0] == '.') {
      text.remove_prefix(1);
      int64_t scale = 100000000, nanos = 0;
      while (!text.empty() && IsDigit(text[0])) {
        if (scale == 0) return refuse();
        nanos += (text[0] - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
      }
      total += nanos / 1000;
    }
  }
  if (!text.empty()) return refuse();
  if (negative) total = -total;
  if (total > std::numeric_limits<int64_t>::max() || total < std::numeric_limits<int64_t>::min()) {
    return Failure(ConditionError("INVALID_INTERVAL_FORMAT.INTERVAL_PARSING", {{"input", std::string(input)}, {"interval", "day-time"}}));
  }
  return static_cast<int64_t>(total);
}

}  // namespace crannog::engine::functions
