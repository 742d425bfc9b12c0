#include "delta/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/check.h"

namespace crannog::delta {
namespace {

constexpr int64_t kMicrosPerDay = 86400000000;

// Howard Hinnant's civil calendar arithmetic: days since 1970 of a proleptic Gregorian date.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + static_cast<int64_t>(day_of_era) - 719468;
}

struct CivilDate {
  int64_t year;
  unsigned month, day;
};

CivilDate CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto day_of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned DaysInMonth(int64_t year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

// Takes digits from the front; fails on none or too many.
bool TakeNumber(std::string_view& text, size_t digits_max, int64_t& out) {
  size_t count = 0;
  out = 0;
  while (count < text.size() && count < digits_max && text[count] >= '0' && text[count] <= '9') out = out * 10 + (text[count++] - '0');
  text.remove_prefix(count);
  return count > 0;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeDate(std::string_view& text, int64_t& days) {
  const bool negative = TakeChar(text, '-');
  if (!negative) TakeChar(text, '+');
  int64_t year = 0, month = 0, day = 0;
  if (!TakeNumber(text, 6, year) || !TakeChar(text, '-') || !TakeNumber(text, 2, month) || !TakeChar(text, '-') || !TakeNumber(text, 2, day)) return false;
  if (negative) year = -year;
  if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, static_cast<unsigned>(month))) return false;
  days = DaysFromCivil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  return true;
}

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> ParseDouble(std::string_view text) {
  if (text == "NaN") return std::nan("");
  if (text == "Infinity" || text == "+Infinity" || text == "inf") return HUGE_VAL;
  if (text == "-Infinity" || text == "-inf") return -HUGE_VAL;
  double value = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (bad != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::pair<int64_t, int64_t> IntegerRange(TypeKind kind) {
  switch (kind) {
    case TypeKind::kByte: return {INT8_MIN, INT8_MAX};
    case TypeKind::kShort: return {INT16_MIN, INT16_MAX};
    case TypeKind::kInteger: return {INT32_MIN, INT32_MAX};
    default: return {INT64_MIN, INT64_MAX};
  }
}

// Reads the text form of a value that is not null.
std::optional<Value> ParseText(std::string_view text, const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (EqualIgnoringCase(text, "true")) return true;
      if (EqualIgnoringCase(text, "false")) return false;
      return std::nullopt;
    case TypeKind::kByte: case TypeKind::kShort: case TypeKind::kInteger: case TypeKind::kLong: {
      const std::optional<int64_t> value = ParseInteger(text);
      const auto [low, high] = IntegerRange(type.kind);
      if (!value || *value < low || *value > high) return std::nullopt;
      return *value;
    }
    case TypeKind::kFloat: case TypeKind::kDouble: {
      const std::optional<double> value = ParseDouble(text);
      if (!value) return std::nullopt;
      return type.kind == TypeKind::kFloat ? static_cast<double>(static_cast<float>(*value)) : *value;
    }
    case TypeKind::kDecimal:
      if (const auto value = ParseDecimal(text, type.scale)) return *value;
      return std::nullopt;
    case TypeKind::kDate:
      if (const auto days = ParseDate(text)) return *days;
      if (const auto micros = ParseTimestamp(text)) {
        return *micros >= 0 ? *micros / kMicrosPerDay : -((-*micros + kMicrosPerDay - 1) / kMicrosPerDay);
      }
      return std::nullopt;
    case TypeKind::kTimestamp: case TypeKind::kTimestampNtz:
      if (const auto micros = ParseTimestamp(text)) return *micros;
      return std::nullopt;
    case TypeKind::kString: case TypeKind::kBinary: case TypeKind::kOther: return std::string(text);
    case TypeKind::kVoid: case TypeKind::kVariant: case TypeKind::kArray: case TypeKind::kMap: case TypeKind::kStruct: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

int CompareValues(const Value& left, const Value& right) {
  CHECK(left.index() == right.index());
  if (const auto* a = std::get_if<double>(&left)) {
    const double b = std::get<double>(right);
    if (std::isnan(*a) || std::isnan(b)) return static_cast<int>(std::isnan(*a)) - static_cast<int>(std::isnan(b));
    return *a < b ? -1 : *a > b ? 1 : 0;
  }
  return left < right ? -1 : right < left ? 1 : 0;
}

std::optional<int64_t> ParseDate(std::string_view text) {
  int64_t days = 0;
  if (!TakeDate(text, days) || !text.empty()) return std::nullopt;
  return days;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  int64_t days = 0;
  if (!TakeDate(text, days)) return std::nullopt;
  int64_t micros = days * kMicrosPerDay;
  if (text.empty()) return micros;
  if (!TakeChar(text, ' ') && !TakeChar(text, 'T')) return std::nullopt;
  int64_t hour = 0, minute = 0, second = 0;
  if (!TakeNumber(text, 2, hour) || !TakeChar(text, ':') || !TakeNumber(text, 2, minute)) return std::nullopt;
  if (TakeChar(text, ':') && !TakeNumber(text, 2, second)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  micros += ((hour * 60 + minute) * 60 + second) * 1000000;
  if (TakeChar(text, '.')) {
    int64_t unit = 100000;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
      micros += (text.front() - '0') * unit;  // digits beyond the sixth are cut off
      unit /= 10;
      any = true;
      text.remove_prefix(1);
    }
    if (!any) return std::nullopt;
  }
  if (text.empty() || text == "Z" || text == "UTC" || text == "z") return micros;
  const int64_t sign = text.front() == '-' ? -1 : 1;
  if (!TakeChar(text, '-') && !TakeChar(text, '+')) return std::nullopt;
  int64_t zone_hour = 0, zone_minute = 0, zone_second = 0;
  if (!TakeNumber(text, 2, zone_hour)) return std::nullopt;
  if (!text.empty() && (TakeChar(text, ':'), !TakeNumber(text, 2, zone_minute))) return std::nullopt;
  if (TakeChar(text, ':') && !TakeNumber(text, 2, zone_second)) return std::nullopt;
  if (!text.empty() || zone_hour > 18 || zone_minute > 59 || zone_second > 59) return std::nullopt;
  return micros - sign * ((zone_hour * 60 + zone_minute) * 60 + zone_second) * 1000000;
}

bool HasZone(std::string_view text) {
  const size_t time = text.find(':');
  return time != std::string_view::npos && text.find_first_of("Zz+-U", time) != std::string_view::npos;
}

std::string FormatDate(int64_t days) {
  const CivilDate date = CivilFromDays(days);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

namespace {
// Splits into days and microseconds of the day.
std::pair<int64_t, int64_t> SplitMicros(int64_t micros) {
  int64_t days = micros / kMicrosPerDay;
  int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  return {days, rest};
}
}  // namespace

std::string FormatTimestamp(int64_t micros) {
  const auto [days, rest] = SplitMicros(micros);
  const int64_t seconds = rest / 1000000;
  std::string out = fmt::format("{} {:02}:{:02}:{:02}", FormatDate(days), seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (rest % 1000000 != 0) {
    out += fmt::format(".{:06}", rest % 1000000);
    while (out.back() == '0') out.pop_back();
  }
  return out;
}

std::string FormatIsoMillis(int64_t micros) {
  const auto [days, rest] = SplitMicros(micros);
  const int64_t seconds = rest / 1000000;
  return fmt::format("{}T{:02}:{:02}:{:02}.{:03}Z", FormatDate(days), seconds / 3600, seconds / 60 % 60, seconds % 60, rest % 1000000 / 1000);
}

std::string FormatDecimal(Int128 unscaled, int32_t scale) {
  const bool negative = unscaled < 0;
  auto rest = negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  while (static_cast<int32_t>(digits.size()) <= scale) digits += '0';
  if (scale > 0) digits.insert(static_cast<size_t>(scale), 1, '.');
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::optional<Int128> ParseDecimal(std::string_view text, int32_t scale) {
  const bool negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  int64_t exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    const std::optional<int64_t> parsed = ParseInteger(text.substr(e + 1));
    if (!parsed || *parsed > 100 || *parsed < -100) return std::nullopt;
    exponent = *parsed;
    text = text.substr(0, e);
  }
  std::string digits;
  int64_t fraction = 0;
  bool seen_point = false;
  for (char c : text) {
    if (c == '.' && !seen_point) {
      seen_point = true;
    } else if (c >= '0' && c <= '9') {
      digits += c;
      fraction += seen_point;
    } else {
      return std::nullopt;
    }
  }
  if (digits.empty()) return std::nullopt;
  for (int64_t missing = scale - (fraction - exponent); missing > 0; --missing) digits += '0';
  for (int64_t surplus = (fraction - exponent) - scale; surplus > 0 && !digits.empty(); --surplus) {
    if (digits.back() != '0') return std::nullopt;
    digits.pop_back();
  }
  Int128 value = 0;
  size_t significant = 0;
  for (char c : digits) {
    if (significant > 0 || c != '0') ++significant;
    if (significant > 38) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

Result<Value> ParsePartitionValue(const std::optional<std::string>& text, const Type& type) {
  if (!text || (text->empty() && type.kind != TypeKind::kBinary)) return Value();
  std::optional<Value> value = ParseText(*text, type);
  if (!value) {
    return Failure(ErrorCode::kDataLoss, fmt::format("partition value '{}' is no {}", *text, TypeToSql(type)));
  }
  return *std::move(value);
}

std::optional<std::string> WritePartitionValue(const Value& value, const Type& type) {
  if (IsNull(value)) return std::nullopt;
  switch (type.kind) {
    case TypeKind::kBoolean: return std::get<bool>(value) ? "true" : "false";
    case TypeKind::kByte: case TypeKind::kShort: case TypeKind::kInteger: case TypeKind::kLong: return fmt::format("{}", std::get<int64_t>(value));
    case TypeKind::kFloat: case TypeKind::kDouble: {
      const double number = std::get<double>(value);
      if (std::isnan(number)) return "NaN";
      if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
      std::string text = type.kind == TypeKind::kFloat ? fmt::format("{}", static_cast<float>(number)) : fmt::format("{}", number);
      if (text.find_first_of(".e") == std::string::npos) text += ".0";
      return text;
    }
    case TypeKind::kDecimal: return FormatDecimal(std::get<Int128>(value), type.scale);
    case TypeKind::kDate: return FormatDate(std::get<int64_t>(value));
    case TypeKind::kTimestamp: {
      const int64_t micros = std::get<int64_t>(value);
      const auto [days, rest] = SplitMicros(micros);
      return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", FormatDate(days), rest / 3600000000, rest / 60000000 % 60, rest / 1000000 % 60, rest % 1000000);
    }
    case TypeKind::kTimestampNtz: return FormatTimestamp(std::get<int64_t>(value));
    default: {
      const std::string& text = std::get<std::string>(value);
      if (text.empty()) return std::nullopt;  // the protocol knows no empty string
      return text;
    }
  }
}

std::optional<Value> ParseStatsValue(const JsonValue& json, const Type& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (json.IsBool()) return json.AsBool();
      return std::nullopt;
    case TypeKind::kByte: case TypeKind::kShort: case TypeKind::kInteger: case TypeKind::kLong:
      if (json.IsInt()) return json.AsInt();
      return std::nullopt;
    case TypeKind::kFloat: case TypeKind::kDouble:
      if (json.IsNumber()) return json.AsDouble();
      if (json.IsString()) {
        if (const auto value = ParseDouble(json.AsString())) return *value;
      }
      return std::nullopt;
    case TypeKind::kDecimal:
      if (json.IsInt()) {
        if (const auto value = ParseDecimal(fmt::format("{}", json.AsInt()), type.scale)) return *value;
      } else if (json.IsString()) {
        if (const auto value = ParseDecimal(json.AsString(), type.scale)) return *value;
      }
      return std::nullopt;  // a double may have lost digits: see stats.cc, which reads the raw text
    case TypeKind::kDate: case TypeKind::kTimestamp: case TypeKind::kTimestampNtz: case TypeKind::kString:
      if (json.IsString()) return ParseText(json.AsString(), type);
      return std::nullopt;
    default: return std::nullopt;
  }
}

JsonValue WriteStatsValue(const Value& value, const Type& type) {
  if (IsNull(value)) return {};
  switch (type.kind) {
    case TypeKind::kBoolean: return std::get<bool>(value);
    case TypeKind::kByte: case TypeKind::kShort: case TypeKind::kInteger: case TypeKind::kLong: return std::get<int64_t>(value);
    case TypeKind::kFloat: case TypeKind::kDouble: return std::get<double>(value);
    case TypeKind::kDate: return FormatDate(std::get<int64_t>(value));
    case TypeKind::kTimestamp: return FormatIsoMillis(std::get<int64_t>(value));
    case TypeKind::kTimestampNtz: {
      std::string text = FormatIsoMillis(std::get<int64_t>(value));
      text.pop_back();
      return text;
    }
    case TypeKind::kDecimal: return FormatDecimal(std::get<Int128>(value), type.scale);
    default: return std::get<std::string>(value);
  }
}

}  // namespace crannog::delta
