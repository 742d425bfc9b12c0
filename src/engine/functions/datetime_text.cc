#include "engine/functions/datetime_text.h"

#include <array>
#include <chrono>
#include <limits>

#include "engine/functions/civil_time.h"

namespace crannog::engine::functions {
namespace {

bool IsTrimmed(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u <= 0x20 || u == 0x7f;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsTrimmed(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsTrimmed(text.back())) text.remove_suffix(1);
  return text;
}

void AppendFixed(std::string& out, int64_t value, int width) {
  char digits[20];
  for (int i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<size_t>(width));
}

struct Segments {
  std::array<int64_t, 9> values{1, 1, 1, 0, 0, 0, 0, 0, 0};
  std::string_view zone;
  bool has_zone = false, is_time_only = false;
};

bool ValidDigits(int segment, int digits) {
  if (segment == 6) return true;
  if (segment == 0) return digits >= 4 && digits <= 6;
  if (segment == 7) return digits <= 2;
  return digits > 0 && digits <= 2;
}

// SparkDateTimeUtils.parseTimestampString.
bool Split(std::string_view whole, Segments& out) {
  const std::string_view text = Trim(whole);
  if (text.empty()) return false;
  size_t j = 0;
  int i = 0, digits = 0, fraction_digits = 0;
  int64_t value = 0, sign = 1;
  bool signed_year = false;
  if (text[0] == '-' || text[0] == '+') {
    sign = text[0] == '-' ? -1 : 1;
    signed_year = true;
    j = 1;
  }
  const auto close = [&](int segment) {
    if (!ValidDigits(segment, digits)) return false;
    out.values[segment] = value;
    value = 0;
    digits = 0;
    return true;
  };
  for (; j < text.size(); ++j) {
    const char c = text[j];
    if (c >= '0' && c <= '9') {
      if (i == 6) ++fraction_digits;
      if (i != 6 || digits < 6) value = value * 10 + (c - '0');
      if (value > 100000000) return false;
      ++digits;
      continue;
    }
    if (j == 0 && c == 'T') {
      out.is_time_only = true;
      i += 3;
    } else if (i < 2) {
      if (c == '-') {
        if (!close(i)) return false;
        ++i;
      } else if (i == 0 && c == ':' && !signed_year) {
        out.is_time_only = true;
        if (!close(3)) return false;
        i = 4;
      } else {
        return false;
      }
    } else if (i == 2) {
      if (c != ' ' && c != 'T') return false;
      if (!close(i)) return false;
      ++i;
    } else if (i == 3 || i == 4) {
      if (c != ':' || !close(i)) return false;
      ++i;
    } else if (i == 5 || i == 6) {
      if (!close(i)) return false;
      const bool fraction_follows = c == '.' && i == 5;
      ++i;
      if (!fraction_follows) {
        out.zone = text.substr(j);
        out.has_zone = true;
        j = text.size() - 1;
      }
      if (i == 6 && c != '.') ++i;
    } else {
      return false;
    }
  }
  if (!ValidDigits(i, digits)) return false;
  out.values[i] = value;
  for (; fraction_digits < 6; ++fraction_digits) out.values[6] *= 10;
  out.values[0] *= sign;
  return true;
}

std::optional<int64_t> TimeMicros(const Segments& s) {
  if (s.values[3] > 23 || s.values[4] > 59 || s.values[5] > 59) return std::nullopt;
  return ((s.values[3] * 60 + s.values[4]) * 60 + s.values[5]) * kMicrosPerSecond + s.values[6];
}

std::optional<int64_t> LocalMicros(int64_t days, int64_t time) {
  int64_t micros;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) || __builtin_add_overflow(micros, time, &micros)) return std::nullopt;
  return micros;
}

std::optional<int64_t> SegmentDays(const Segments& s) {
  if (!IsValidDate(s.values[0], s.values[1], s.values[2])) return std::nullopt;
  return DaysFromCivil(s.values[0], static_cast<int32_t>(s.values[1]), static_cast<int32_t>(s.values[2]));
}

std::string LowerTrimmed(std::string_view text) {
  std::string out(Trim(text));
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// "yyyy-MM-dd[ T]HH:mm:ss[.f{1,6}]" without checks of Split: the form that data mostly has.
bool ParsePlain(std::string_view t, int64_t& days, int64_t& time) {
  if (t.size() < 19 || t.size() > 26 || t[4] != '-' || t[7] != '-' || (t[10] != ' ' && t[10] != 'T') || t[13] != ':' || t[16] != ':') return false;
  const auto two = [&](size_t at, int& out) {
    const unsigned high = static_cast<unsigned char>(t[at]) - '0', low = static_cast<unsigned char>(t[at + 1]) - '0';
    out = static_cast<int>(high * 10 + low);
    return high <= 9 && low <= 9;
  };
  int century, year, month, day, hour, minute, second;
  if (!two(0, century) || !two(2, year) || !two(5, month) || !two(8, day) || !two(11, hour) || !two(14, minute) || !two(17, second)) return false;
  int64_t fraction = 0;
  if (t.size() > 19) {
    if (t[19] != '.' || t.size() == 20) return false;
    int64_t scale = 100000;
    for (size_t i = 20; i < t.size(); ++i, scale /= 10) {
      const unsigned digit = static_cast<unsigned char>(t[i]) - '0';
      if (digit > 9) return false;
      fraction += digit * scale;
    }
  }
  year += century * 100;
  if (!IsValidDate(year, month, day) || hour > 23 || minute > 59 || second > 59) return false;
  days = DaysFromCivil(year, month, day);
  time = ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + fraction;
  return true;
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view whole) {
  size_t begin = 0, end = whole.size();
  while (begin < end && IsTrimmed(whole[begin])) ++begin;
  while (end > begin && IsTrimmed(whole[end - 1])) --end;
  if (begin == end) return std::nullopt;
  int64_t values[3] = {1, 1, 1}, value = 0, sign = 1;
  int i = 0, digits = 0;
  size_t j = begin;
  if (whole[j] == '-' || whole[j] == '+') {
    sign = whole[j] == '-' ? -1 : 1;
    ++j;
  }
  const auto valid = [&]() { return i == 0 ? digits >= 4 && digits <= 7 : digits > 0 && digits <= 2; };
  for (; j < end && !(whole[j] == ' ' || whole[j] == 'T'); ++j) {
    const char c = whole[j];
    if (i < 2 && c == '-') {
      if (!valid()) return std::nullopt;
      values[i++] = value;
      value = 0;
      digits = 0;
    } else {
      if (c < '0' || c > '9' || digits > 7) return std::nullopt;
      value = value * 10 + (c - '0');
      ++digits;
    }
  }
  if (!valid()) return std::nullopt;
  if (i < 2 && j < whole.size()) return std::nullopt;
  values[i] = value;
  if (!IsValidDate(sign * values[0], values[1], values[2])) return std::nullopt;
  const int64_t days = DaysFromCivil(sign * values[0], static_cast<int32_t>(values[1]), static_cast<int32_t>(values[2]));
  if (days < std::numeric_limits<int32_t>::min() || days > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return static_cast<int32_t>(days);
}

std::optional<int32_t> ParseSpecialDate(std::string_view text, const TimeZone& zone, int64_t now_micros) {
  const std::string word = LowerTrimmed(text);
  if (word.size() < 3 || word.size() > 9) return std::nullopt;
  const auto today = static_cast<int32_t>(DaysOfMicros(zone.ToLocal(now_micros)));
  if (word == "epoch") return 0;
  if (word == "now" || word == "today") return today;
  if (word == "tomorrow") return today + 1;
  if (word == "yesterday") return today - 1;
  return std::nullopt;
}

std::optional<int64_t> ParseSpecialTimestamp(std::string_view text, const TimeZone& zone, int64_t now_micros) {
  const std::string word = LowerTrimmed(text);
  if (word == "epoch") return 0;
  if (word == "now") return now_micros;
  const auto day = ParseSpecialDate(text, zone, now_micros);
  if (!day) return std::nullopt;
  return zone.ToUtc(int64_t{*day} * kMicrosPerDay);
}

std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone, int64_t now_micros) {
  int64_t days, time, utc;
  if (ParsePlain(text, days, time)) return zone.ToUtc(days * kMicrosPerDay + time);
  Segments segments;
  if (!Split(text, segments)) return std::nullopt;
  std::shared_ptr<const TimeZone> named;
  if (segments.has_zone) {
    auto found = TimeZone::Find(Trim(segments.zone));
    if (!found) return std::nullopt;
    named = *found;
  }
  const TimeZone& effective = named ? *named : zone;
  const auto parsed_time = TimeMicros(segments);
  if (!parsed_time) return std::nullopt;
  const auto parsed_days = segments.is_time_only ? std::optional<int64_t>(DaysOfMicros(effective.ToLocal(now_micros))) : SegmentDays(segments);
  if (!parsed_days) return std::nullopt;
  const auto local = LocalMicros(*parsed_days, *parsed_time);
  if (!local || !effective.ToUtcChecked(*local, utc)) return std::nullopt;
  return utc;
}

std::optional<int64_t> ParseTimestampNtz(std::string_view text, ZoneInText zone_in_text) {
  int64_t days, time;
  if (ParsePlain(text, days, time)) return days * kMicrosPerDay + time;
  Segments segments;
  if (!Split(text, segments) || segments.is_time_only) return std::nullopt;
  if (segments.has_zone && (zone_in_text == ZoneInText::kRefused || !TimeZone::Find(Trim(segments.zone)))) return std::nullopt;
  const auto parsed_time = TimeMicros(segments);
  const auto parsed_days = SegmentDays(segments);
  if (!parsed_time || !parsed_days) return std::nullopt;
  return LocalMicros(*parsed_days, *parsed_time);
}

bool HasZone(std::string_view text) {
  Segments segments;
  return Split(text, segments) && segments.has_zone;
}

std::optional<int64_t> ParseTime(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  bool is_am = false, is_pm = false;
  if (text.size() > 2 && (text.back() | 0x20) == 'm') {
    const char half = static_cast<char>(text[text.size() - 2] | 0x20);
    is_am = half == 'a';
    is_pm = half == 'p';
    if (is_am || is_pm) text.remove_suffix(2);
  }
  Segments segments;
  if (!Split(text, segments) || !segments.is_time_only || segments.has_zone) return std::nullopt;
  if (is_am || is_pm) {
    int64_t& hour = segments.values[3];
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (is_pm ? 12 : 0);
  }
  const auto micros = TimeMicros(segments);
  if (!micros) return std::nullopt;
  return *micros * 1000;
}

void AppendDate(std::string& out, int64_t days) {
  const CivilDate date = CivilFromDays(days);
  if (date.year >= 0 && date.year <= 9999) {
    AppendFixed(out, date.year, 4);
  } else {
    out.push_back(date.year < 0 ? '-' : '+');
    const int64_t year = date.year < 0 ? -date.year : date.year;
    int width = 4;
    for (int64_t top = 10000; year >= top; top *= 10) ++width;
    AppendFixed(out, year, width);
  }
  out.push_back('-');
  AppendFixed(out, date.month, 2);
  out.push_back('-');
  AppendFixed(out, date.day, 2);
}

namespace {
void AppendClock(std::string& out, int64_t seconds) {
  AppendFixed(out, seconds / 3600, 2);
  out.push_back(':');
  AppendFixed(out, seconds / 60 % 60, 2);
  out.push_back(':');
  AppendFixed(out, seconds % 60, 2);
}
void AppendFraction(std::string& out, int64_t fraction, int digits) {
  if (fraction == 0) return;
  out.push_back('.');
  while (fraction % 10 == 0) {
    fraction /= 10;
    --digits;
  }
  AppendFixed(out, fraction, digits);
}
}  // namespace

void AppendTimestamp(std::string& out, int64_t local_micros) {
  const int64_t days = DaysOfMicros(local_micros);
  const int64_t time = local_micros - days * kMicrosPerDay;
  AppendDate(out, days);
  out.push_back(' ');
  AppendClock(out, time / kMicrosPerSecond);
  AppendFraction(out, time % kMicrosPerSecond, 6);
}

void AppendTime(std::string& out, int64_t nanos) {
  AppendClock(out, nanos / 1000000000);
  AppendFraction(out, nanos % 1000000000, 9);
}

}  // namespace crannog::engine::functions
