#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sql/parser.h"
#include "sql/printer.h"

namespace crannog::sql {

using namespace plan;  // NOLINT: prints nothing but plans

namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;

struct Day {
  int64_t year, month, day;
};

// The calendar day of a count since 1970, proleptic Gregorian.
Day DayOf(int64_t days) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  int64_t day_of_era = days - era * 146097;
  int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  int64_t shifted = (5 * day_of_year + 2) / 153;
  int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

std::string DateText(int64_t days) {
  Day day = DayOf(days);
  return fmt::format("{}{:04}-{:02}-{:02}", day.year < 0 ? "-" : "", std::abs(day.year), day.month, day.day);
}

std::string ClockText(int64_t micros) {
  std::string out = fmt::format("{:02}:{:02}:{:02}", micros / 3'600'000'000, micros / 60'000'000 % 60, micros / 1'000'000 % 60);
  if (micros % 1'000'000 != 0) out += fmt::format(".{:06}", micros % 1'000'000);
  return out;
}

std::string TimestampText(int64_t micros) {
  int64_t days = micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
  return DateText(days) + " " + ClockText(micros - days * kMicrosPerDay);
}

std::string DecimalText(Int128 unscaled, int scale) {
  bool negative = unscaled < 0;
  unsigned __int128 rest = negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest != 0);
  if (scale > 0) {
    while (static_cast<int>(digits.size()) <= scale) digits.insert(digits.begin(), '0');
    digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  }
  return (negative ? "-" : "") + digits;
}

std::string FloatingText(double value, const char* suffix, const char* type, bool is_float) {
  if (std::isnan(value)) return fmt::format("CAST('NaN' AS {})", type);
  if (std::isinf(value)) return fmt::format("CAST('{}Infinity' AS {})", value < 0 ? "-" : "", type);
  return (is_float ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value)) + suffix;
}

std::string YearMonthText(const DataType& type, int64_t months) {
  if (type.start_field() == 1) return fmt::format("INTERVAL '{}' MONTH", months);
  if (type.end_field() == 0) return fmt::format("INTERVAL '{}' YEAR", months / 12);
  int64_t size = std::abs(months);
  return fmt::format("INTERVAL '{}{}-{}' YEAR TO MONTH", months < 0 ? "-" : "", size / 12, size % 12);
}

std::string DayTimeText(const DataType& type, int64_t micros) {
  static constexpr const char* kNames[] = {"DAY", "HOUR", "MINUTE", "SECOND"};
  static constexpr uint64_t kSizes[] = {86'400'000'000, 3'600'000'000, 60'000'000, 1'000'000};
  uint64_t rest = micros < 0 ? -static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string out;
  for (int field = type.start_field(); field <= type.end_field(); ++field) {
    uint64_t value = rest / kSizes[field];
    rest %= kSizes[field];
    if (field > type.start_field()) out += field == 1 ? " " : ":";
    out += field == type.start_field() ? fmt::format("{}", value) : fmt::format("{:02}", value);
    if (field == 3 && rest != 0) out += fmt::format(".{:06}", rest);
  }
  std::string unit = kNames[type.start_field()];
  if (type.start_field() != type.end_field()) unit += fmt::format(" TO {}", kNames[type.end_field()]);
  return fmt::format("INTERVAL '{}{}' {}", micros < 0 ? "-" : "", out, unit);
}

}  // namespace

std::string PrintString(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    if (c == '\0') out += "\\0";
    else out += c;
  }
  return out + "'";
}

std::string PrintType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kTimestamp: return "TIMESTAMP_LTZ";
    case TypeKind::kArray: return fmt::format("ARRAY<{}>", PrintType(type.element()));
    case TypeKind::kMap: return fmt::format("MAP<{}, {}>", PrintType(type.key()), PrintType(type.value()));
    case TypeKind::kStruct: {
      std::string out = "STRUCT<";
      for (const StructField& field : type.fields()) {
        if (out.size() > 7) out += ", ";
        out += QuoteIdentifier(field.name) + ": " + PrintType(field.type) + (field.nullable ? "" : " NOT NULL");
      }
      return out + ">";
    }
    default: return type.Sql();
  }
}

std::string PrintLiteral(const Literal& literal) {
  if (literal.IsNull()) return literal.type.Is(TypeKind::kNull) ? "NULL" : fmt::format("CAST(NULL AS {})", PrintType(literal.type));
  auto integer = [&] { return std::get<int64_t>(literal.value); };
  switch (literal.type.kind()) {
    case TypeKind::kBoolean: return std::get<bool>(literal.value) ? "TRUE" : "FALSE";
    case TypeKind::kByte: return fmt::format("{}Y", integer());
    case TypeKind::kShort: return fmt::format("{}S", integer());
    case TypeKind::kInt: return fmt::format("{}", integer());
    case TypeKind::kLong: return fmt::format("{}L", integer());
    case TypeKind::kFloat: return FloatingText(std::get<double>(literal.value), "F", "FLOAT", true);
    case TypeKind::kDouble: return FloatingText(std::get<double>(literal.value), "D", "DOUBLE", false);
    case TypeKind::kDecimal: {
      std::string text = DecimalText(std::get<Int128>(literal.value), literal.type.scale());
      int digits = 0;
      bool leading = true;
      for (char c : text) {
        if (c < '0' || c > '9' || (leading && c == '0')) continue;
        leading = false;
        ++digits;
      }
      int natural = std::max({digits, literal.type.scale(), 1});
      if (natural == literal.type.precision()) return text + "BD";
      return fmt::format("CAST({}BD AS {})", text, literal.type.Sql());
    }
    case TypeKind::kString: case TypeKind::kChar: case TypeKind::kVarchar: {
      std::string text = PrintString(std::get<std::string>(literal.value));
      return literal.type.Is(TypeKind::kString) && !literal.type.collation().empty() ? text + " COLLATE " + literal.type.collation() : text;
    }
    case TypeKind::kBinary: {
      std::string out = "X'";
      for (char c : std::get<std::string>(literal.value)) out += fmt::format("{:02X}", static_cast<unsigned char>(c));
      return out + "'";
    }
    case TypeKind::kDate: return fmt::format("DATE '{}'", DateText(integer()));
    case TypeKind::kTime: return fmt::format("TIME '{}'", ClockText(integer() / 1000));
    case TypeKind::kTimestamp: return fmt::format("TIMESTAMP_LTZ '{}Z'", TimestampText(integer()));
    case TypeKind::kTimestampNtz: return fmt::format("TIMESTAMP_NTZ '{}'", TimestampText(integer()));
    case TypeKind::kYearMonthInterval: return YearMonthText(literal.type, integer());
    case TypeKind::kDayTimeInterval: return DayTimeText(literal.type, integer());
    case TypeKind::kCalendarInterval: {
      const auto& value = std::get<CalendarIntervalValue>(literal.value);
      return fmt::format("make_interval(0, {}, 0, {}, 0, 0, {})", value.months, value.days, DecimalText(value.micros, 6));
    }
    case TypeKind::kArray: case TypeKind::kMap: case TypeKind::kStruct: {
      std::string out = literal.type.Is(TypeKind::kArray) ? "array(" : literal.type.Is(TypeKind::kMap) ? "map(" : "named_struct(";
      const auto& children = *std::get<Literal::Children>(literal.value);
      for (size_t i = 0; i < children.size(); ++i) {
        if (i > 0) out += ", ";
        if (literal.type.Is(TypeKind::kStruct)) out += PrintString(literal.type.fields()[i].name) + ", ";
        out += PrintLiteral(children[i]);
      }
      return out + ")";
    }
    case TypeKind::kNull: case TypeKind::kVariant: case TypeKind::kUserDefined: case TypeKind::kGeometry: case TypeKind::kGeography: return "NULL";
  }
  return "NULL";
}

}  // namespace crannog::sql
