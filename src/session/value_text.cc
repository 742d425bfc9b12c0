#include "session/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/functions/civil_time.h"
#include "engine/functions/time_zone.h"
#include "plan/data_type.h"
#include "session/variant_text.h"

namespace crannog::session {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;
namespace functions = engine::functions;

namespace {

// The shortest decimal digits that read back as the value, without leading or trailing zeros, and the exponent of the first.
struct ShortestDigits {
  std::string digits;
  int exponent = 0;
};

template <typename T>
ShortestDigits ShortestOf(T positive) {
  std::string text = fmt::format("{}", positive);
  ShortestDigits out;
  if (const size_t e = text.find('e'); e != std::string::npos) {
    out.exponent = std::stoi(text.substr(e + 1));
    text.erase(e);
  }
  const size_t dot = std::min(text.find('.'), text.size());
  out.exponent += static_cast<int>(dot) - 1;
  text.erase(dot, 1);
  const size_t first = text.find_first_not_of('0');
  out.exponent -= static_cast<int>(first);
  out.digits = text.substr(first, text.find_last_not_of('0') - first + 1);
  return out;
}

// Java writes plain digits between 1e-3 and 1e7, else d.dddE±n.
template <typename T>
std::string JavaFloatingText(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  const std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0) return sign + "0.0";
  const auto [digits, exponent] = ShortestOf(std::abs(value));
  const int count = static_cast<int>(digits.size());
  if (exponent < -3 || exponent >= 7) {
    return fmt::format("{}{}.{}E{}", sign, digits[0], count > 1 ? digits.substr(1) : "0", exponent);
  }
  if (exponent < 0) return fmt::format("{}0.{}{}", sign, std::string(static_cast<size_t>(-exponent - 1), '0'), digits);
  const auto whole = static_cast<size_t>(exponent + 1);
  if (count <= exponent + 1) return fmt::format("{}{}{}.0", sign, digits, std::string(whole - digits.size(), '0'));
  return fmt::format("{}{}.{}", sign, digits.substr(0, whole), digits.substr(whole));
}

std::string TimeText(int64_t nanos) {
  const int64_t seconds = nanos / 1000000000;
  std::string text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (const int64_t fraction = nanos % 1000000000; fraction != 0) {
    std::string digits = fmt::format("{:09}", fraction);
    while (digits.back() == '0') digits.pop_back();
    text += "." + digits;
  }
  return text;
}

// "1-2": years and months. Source: Spark's IntervalUtils, HIVE_STYLE.
std::string YearMonthText(int64_t months) {
  const char* sign = months < 0 ? "-" : "";
  const auto absolute = static_cast<uint64_t>(months < 0 ? -months : months);
  return fmt::format("{}{}-{}", sign, absolute / 12, absolute % 12);
}

// "1 02:03:04.000000000".
std::string DayTimeText(int64_t micros) {
  const char* sign = micros < 0 ? "-" : "";
  const uint64_t absolute = micros < 0 ? ~static_cast<uint64_t>(micros) + 1 : static_cast<uint64_t>(micros);
  const uint64_t seconds = absolute / 1000000;
  return fmt::format("{}{} {:02}:{:02}:{:02}.{:09}", sign, seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60,
                     absolute % 1000000 * 1000);
}

// ANSI style: INTERVAL '1-2' YEAR TO MONTH, cut to the type's fields.
std::string AnsiYearMonth(int64_t months, const DataType& type) {
  const char* sign = months < 0 ? "-" : "";
  const auto absolute = static_cast<uint64_t>(months < 0 ? -months : months);
  if (type.start_field() == 0 && type.end_field() == 0) return fmt::format("INTERVAL '{}{}' YEAR", sign, absolute / 12);
  if (type.start_field() == 1) return fmt::format("INTERVAL '{}{}' MONTH", sign, absolute);
  return fmt::format("INTERVAL '{}{}-{}' YEAR TO MONTH", sign, absolute / 12, absolute % 12);
}

std::string FractionText(uint64_t micros) {
  if (micros == 0) return "";
  std::string digits = fmt::format("{:06}", micros);
  while (digits.back() == '0') digits.pop_back();
  return "." + digits;
}

std::string AnsiDayTime(int64_t micros, const DataType& type) {
  static constexpr const char* kNames[] = {"DAY", "HOUR", "MINUTE", "SECOND"};
  const int start = type.start_field(), end = type.end_field();
  const std::string sign = micros < 0 ? "-" : "";
  uint64_t rest = micros < 0 ? ~static_cast<uint64_t>(micros) + 1 : static_cast<uint64_t>(micros);
  static constexpr uint64_t kUnits[] = {86400000000ULL, 3600000000ULL, 60000000ULL, 1000000ULL};
  std::string text;
  for (int field = start; field <= end; ++field) {
    const uint64_t count = rest / kUnits[field];
    rest %= kUnits[field];
    if (field > start) text += field == 1 ? " " : ":";
    text += field > start ? fmt::format("{:02}", count) : (field == 3 && start == 3 ? fmt::format("{:02}", count) : std::to_string(count));
    if (field == 3) text += FractionText(rest);
  }
  const std::string unit = start == end ? kNames[start] : fmt::format("{} TO {}", kNames[start], kNames[end]);
  return fmt::format("INTERVAL '{}{}' {}", sign, text, unit);
}

// "1 years 2 months 3 days 4 hours": Spark's CalendarInterval.toString.
std::string CalendarText(const plan::CalendarIntervalValue& value) {
  std::string text;
  const auto add = [&text](int64_t count, const char* unit) {
    if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : " ", count, unit);
  };
  add(value.months / 12, "years");
  add(value.months % 12, "months");
  add(value.days, "days");
  const int64_t hour = 3600000000, minute = 60000000;
  add(value.micros / hour, "hours");
  add(value.micros % hour / minute, "minutes");
  if (const int64_t rest = value.micros % minute; rest != 0) {
    const int64_t absolute = rest < 0 ? -rest : rest;
    text += fmt::format("{}{}{}{} seconds", text.empty() ? "" : " ", rest < 0 ? "-" : "", absolute / 1000000,
                        FractionText(static_cast<uint64_t>(absolute % 1000000)));
  }
  return text.empty() ? "0 seconds" : text;
}

// Replaces what is no UTF-8 by U+FFFD, as Java's decoder does.
std::string LossyUtf8(const std::string& bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    size_t good = length == 0 ? 0 : 1;
    while (good != 0 && good < length && i + good < bytes.size()) {
      const auto next = static_cast<unsigned char>(bytes[i + good]);
      unsigned char low = 0x80, high = 0xBF;
      if (good == 1 && lead == 0xE0) low = 0xA0;
      if (good == 1 && lead == 0xED) high = 0x9F;
      if (good == 1 && lead == 0xF0) low = 0x90;
      if (good == 1 && lead == 0xF4) high = 0x8F;
      if (next < low || next > high) break;
      ++good;
    }
    if (length != 0 && good == length) {
      out.append(bytes, i, length);
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      i += std::max<size_t>(good, 1);
    }
  }
  return out;
}

}  // namespace

std::string Base64Text(const std::string& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string JavaDoubleText(double value) { return JavaFloatingText(value); }
std::string JavaFloatText(float value) { return JavaFloatingText(value); }

std::string DecimalText(plan::Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  auto rest = static_cast<unsigned __int128>(negative ? -unscaled : unscaled);
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  while (static_cast<int>(digits.size()) <= scale) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return (negative ? "-" : "") + digits;
}

std::string DateText(int64_t days) {
  const functions::CivilDate date = functions::CivilFromDays(days);
  // java.time's uuuu: at least four digits, a sign beyond 9999.
  const char* sign = date.year < 0 ? "-" : date.year > 9999 ? "+" : "";
  return fmt::format("{}{:04}-{:02}-{:02}", sign, date.year < 0 ? -date.year : date.year, date.month, date.day);
}

std::string TimestampText(int64_t local_micros) {
  const int64_t days = functions::DaysOfMicros(local_micros);
  const int64_t time = functions::TimeOfDayMicros(local_micros);
  return DateText(days) + " " + TimeText(time * 1000);
}

Result<TextFormat> TextFormat::Make(std::string_view time_zone, std::string_view binary_style) {
  TextFormat format;
  TRY(format.zone_, functions::TimeZone::Find(time_zone));
  format.has_binary_style_ = !binary_style.empty();
  if (binary_style == "BASIC") format.binary_style_ = BinaryStyle::kBasic;
  if (binary_style == "BASE64") format.binary_style_ = BinaryStyle::kBase64;
  if (binary_style == "HEX") format.binary_style_ = BinaryStyle::kHex;
  if (binary_style == "HEX_DISCRETE") format.binary_style_ = BinaryStyle::kHexDiscrete;
  return format;
}

std::string TextFormat::Binary(const std::string& bytes, BinaryStyle style) const {
  std::string out;
  switch (style) {
    case BinaryStyle::kUtf8:
      return LossyUtf8(bytes);
    case BinaryStyle::kBase64:
      out = Base64Text(bytes);
      while (!out.empty() && out.back() == '=') out.pop_back();
      return out;
    case BinaryStyle::kBasic:
      for (char c : bytes) out += fmt::format("{}{}", out.empty() ? "" : ", ", static_cast<int>(static_cast<signed char>(c)));
      return "[" + out + "]";
    case BinaryStyle::kHex:
      for (char c : bytes) out += fmt::format("{:02X}", static_cast<unsigned char>(c));
      return out;
    case BinaryStyle::kHexDiscrete:
      for (char c : bytes) out += fmt::format("{}{:02X}", out.empty() ? "" : " ", static_cast<unsigned char>(c));
      return "[" + out + "]";
  }
  return out;
}

std::string TextFormat::Scalar(const Literal& value, const DataType& type) const {
  switch (type.kind()) {
    case TypeKind::kBoolean: return std::get<bool>(value.value) ? "true" : "false";
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong: return std::to_string(std::get<int64_t>(value.value));
    case TypeKind::kFloat: return JavaFloatText(static_cast<float>(std::get<double>(value.value)));
    case TypeKind::kDouble: return JavaDoubleText(std::get<double>(value.value));
    case TypeKind::kDecimal: return DecimalText(std::get<plan::Int128>(value.value), type.scale());
    case TypeKind::kDate: return DateText(std::get<int64_t>(value.value));
    case TypeKind::kTime: return TimeText(std::get<int64_t>(value.value));
    case TypeKind::kTimestamp: return TimestampText(zone_->ToLocal(std::get<int64_t>(value.value)));
    case TypeKind::kTimestampNtz: return TimestampText(std::get<int64_t>(value.value));
    case TypeKind::kCalendarInterval: return CalendarText(std::get<plan::CalendarIntervalValue>(value.value));
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: return std::get<std::string>(value.value);
    case TypeKind::kYearMonthInterval: return AnsiYearMonth(std::get<int64_t>(value.value), type);
    case TypeKind::kDayTimeInterval: return AnsiDayTime(std::get<int64_t>(value.value), type);
    case TypeKind::kVariant: return VariantText(value, *zone_);
    case TypeKind::kNull:
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: break;
  }
  return "NULL";
}

std::string TextFormat::Hive(const Literal& value, const DataType& type, bool nested) const {
  if (value.IsNull()) return nested ? "null" : "NULL";
  switch (type.kind()) {
    case TypeKind::kBinary:
      return Binary(std::get<std::string>(value.value), binary_style_);
    case TypeKind::kYearMonthInterval:
      return YearMonthText(std::get<int64_t>(value.value));
    case TypeKind::kDayTimeInterval:
      return DayTimeText(std::get<int64_t>(value.value));
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: {
      const auto& text = std::get<std::string>(value.value);
      return nested ? "\"" + LossyUtf8(text) + "\"" : LossyUtf8(text);
    }
    default:
      break;
  }
  if (!type.IsNested()) return Scalar(value, type);
  const auto& children = *std::get<Literal::Children>(value.value);
  std::vector<std::string> parts;
  if (type.Is(TypeKind::kArray)) {
    for (const Literal& child : children) parts.push_back(Hive(child, type.element(), /*nested=*/true));
    return fmt::format("[{}]", fmt::join(parts, ","));
  }
  if (type.Is(TypeKind::kMap)) {
    for (size_t i = 0; i + 1 < children.size(); i += 2) {
      parts.push_back(Hive(children[i], type.key(), /*nested=*/true) + ":" + Hive(children[i + 1], type.value(), /*nested=*/true));
    }
    std::sort(parts.begin(), parts.end());
    return fmt::format("{{{}}}", fmt::join(parts, ","));
  }
  for (size_t i = 0; i < children.size(); ++i) {
    const auto& field = type.fields()[i];
    parts.push_back(fmt::format("\"{}\":{}", field.name, Hive(children[i], field.type, /*nested=*/true)));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

std::string TextFormat::Pretty(const Literal& value, const DataType& type) const {
  if (value.IsNull()) return "NULL";
  if (type.Is(TypeKind::kBinary)) {
    return Binary(std::get<std::string>(value.value), has_binary_style_ ? binary_style_ : BinaryStyle::kHexDiscrete);
  }
  if (!type.IsNested()) return Scalar(value, type);
  const auto& children = *std::get<Literal::Children>(value.value);
  std::vector<std::string> parts;
  if (type.Is(TypeKind::kArray)) {
    for (const Literal& child : children) parts.push_back(Pretty(child, type.element()));
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  if (type.Is(TypeKind::kMap)) {
    for (size_t i = 0; i + 1 < children.size(); i += 2) {
      parts.push_back(Pretty(children[i], type.key()) + " -> " + Pretty(children[i + 1], type.value()));
    }
  } else {
    for (size_t i = 0; i < children.size(); ++i) parts.push_back(Pretty(children[i], type.fields()[i].type));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string TextFormat::Plain(const Literal& value, const DataType& type) const {
  if (!value.IsNull() && type.Is(TypeKind::kBinary)) return std::get<std::string>(value.value);
  return Pretty(value, type);
}

}  // namespace crannog::session
