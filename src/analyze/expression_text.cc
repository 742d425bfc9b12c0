#include "analyze/expression_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "analyze/time_zone.h"

namespace crannog::analyze {
namespace {

using plan::Literal;
using plan::TypeKind;

// Java prints plain digits from 10^-3 to 10^7, else scientific notation with at least one fraction digit.
template <typename T>
std::string JavaFloating(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const bool is_negative = text[0] == '-';
  if (is_negative) text.remove_prefix(1);
  const size_t e = text.find('e');
  std::string digits;
  for (char c : text.substr(0, e)) {
    if (c != '.') digits += c;
  }
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  std::string out = is_negative ? "-" : "";
  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
    const auto whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    out += digits.substr(0, whole) + ".";
    return out + (digits.size() > whole ? digits.substr(whole) : "0");
  }
  out += digits.substr(0, 1) + "." + (digits.size() > 1 ? digits.substr(1) : "0");
  return out + "E" + std::to_string(exponent);
}

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

std::string SqlString(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string LiteralSql(const Literal& literal, std::string_view zone, bool is_pretty);

// Java's BigDecimal.toString: very small values in scientific notation.
std::string BigDecimalText(plan::Int128 unscaled, int scale) {
  std::string digits = DecimalText(unscaled < 0 ? -unscaled : unscaled, 0);
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (scale == 0 || exponent >= -6) return DecimalText(unscaled, scale);
  if (digits.size() > 1) digits.insert(1, ".");
  return fmt::format("{}{}E{}", unscaled < 0 ? "-" : "", digits, exponent);
}

std::string JoinLiterals(const std::vector<Literal>& children, std::string_view zone, bool is_pretty) {
  std::string out;
  for (size_t i = 0; i < children.size(); ++i) out += (i > 0 ? ", " : "") + LiteralSql(children[i], zone, is_pretty);
  return out;
}

std::string NestedSql(const Literal& literal, std::string_view zone, bool is_pretty) {
  const auto& children = *std::get<Literal::Children>(literal.value);
  if (literal.type.Is(TypeKind::kArray)) return "ARRAY(" + JoinLiterals(children, zone, is_pretty) + ")";
  if (literal.type.Is(TypeKind::kMap)) return "MAP(" + JoinLiterals(children, zone, is_pretty) + ")";
  std::string out;
  for (size_t i = 0; i < children.size(); ++i) {
    out += fmt::format("{}'{}', {}", i > 0 ? ", " : "", literal.type.fields()[i].name, LiteralSql(children[i], zone, is_pretty));
  }
  return "NAMED_STRUCT(" + out + ")";
}

std::string HexText(const std::string& bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{:02X}", c);
  return out;
}

std::string LiteralSql(const Literal& literal, std::string_view zone, bool is_pretty) {
  const auto kind = literal.type.kind();
  if (literal.IsNull()) {
    if (is_pretty || kind == TypeKind::kNull) return "NULL";
    return "CAST(NULL AS " + literal.type.Sql() + ")";
  }
  const int64_t* integer = std::get_if<int64_t>(&literal.value);
  switch (kind) {
    case TypeKind::kNull: return "NULL";
    case TypeKind::kBoolean: return std::get<bool>(literal.value) ? "true" : "false";
    case TypeKind::kByte: return fmt::format("{}{}", *integer, is_pretty ? "" : "Y");
    case TypeKind::kShort: return fmt::format("{}{}", *integer, is_pretty ? "" : "S");
    case TypeKind::kInt: return std::to_string(*integer);
    case TypeKind::kLong: return fmt::format("{}{}", *integer, is_pretty ? "" : "L");
    case TypeKind::kFloat: {
      const std::string text = JavaFloatText(static_cast<float>(std::get<double>(literal.value)));
      return is_pretty ? text : "CAST('" + text + "' AS FLOAT)";
    }
    case TypeKind::kDouble: return JavaDoubleText(std::get<double>(literal.value)) + (is_pretty ? "" : "D");
    case TypeKind::kDecimal: return BigDecimalText(std::get<plan::Int128>(literal.value), literal.type.scale()) + (is_pretty ? "" : "BD");
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: return is_pretty && literal.type.collation().empty() ? std::get<std::string>(literal.value) : SqlString(std::get<std::string>(literal.value));
    case TypeKind::kBinary: return "X'" + HexText(std::get<std::string>(literal.value)) + "'";
    case TypeKind::kDate: return "DATE '" + DateText(*integer) + "'";
    case TypeKind::kTime: return "TIME '" + TimeText(*integer) + "'";
    case TypeKind::kTimestamp: return "TIMESTAMP '" + TimestampText(*integer, zone) + "'";
    case TypeKind::kTimestampNtz: return "TIMESTAMP_NTZ '" + TimestampText(*integer, "UTC") + "'";
    case TypeKind::kYearMonthInterval: return YearMonthIntervalText(*integer, literal.type.start_field(), literal.type.end_field());
    case TypeKind::kDayTimeInterval: return DayTimeIntervalText(*integer, literal.type.start_field(), literal.type.end_field());
    case TypeKind::kCalendarInterval: return "INTERVAL '" + CalendarIntervalText(std::get<plan::CalendarIntervalValue>(literal.value)) + "'";
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return NestedSql(literal, zone, is_pretty);
    case TypeKind::kVariant:
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: return literal.type.Sql();
  }
  return "";
}

}  // namespace

std::string JavaDoubleText(double value) { return JavaFloating(value); }
std::string JavaFloatText(float value) { return JavaFloating(value); }

std::string DecimalText(plan::Int128 unscaled, int scale) {
  const bool is_negative = unscaled < 0;
  auto magnitude = is_negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  if (scale > 0) {
    const auto width = static_cast<size_t>(scale);
    if (digits.size() <= width) digits.insert(0, width + 1 - digits.size(), '0');
    digits.insert(digits.size() - width, ".");
  } else if (scale < 0) {
    digits.append(static_cast<size_t>(-scale), '0');
  }
  return (is_negative ? "-" : "") + digits;
}

// Howard Hinnant's civil-from-days.
std::string DateText(int64_t days) {
  const int64_t z = days + 719468;
  const int64_t era = FloorDiv(z, 146097);
  const int64_t doe = z - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153;
  const int64_t day = doy - (153 * mp + 2) / 5 + 1;
  const int64_t month = mp < 10 ? mp + 3 : mp - 9;
  const int64_t year = yoe + era * 400 + (month <= 2);
  if (year < 0) return fmt::format("-{:04}-{:02}-{:02}", -year, month, day);
  return fmt::format("{}{:04}-{:02}-{:02}", year > 9999 ? "+" : "", year, month, day);
}

std::string TimeText(int64_t nanos) {
  const int64_t seconds = nanos / 1'000'000'000;
  std::string out = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (const int64_t rest = nanos % 1'000'000'000; rest != 0) {
    std::string fraction = fmt::format("{:09}", rest);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += "." + fraction;
  }
  return out;
}

std::string TimestampText(int64_t micros, std::string_view zone) {
  const int64_t local = micros + ZoneOffsetSeconds(zone, FloorDiv(micros, 1'000'000)) * 1'000'000;
  const int64_t days = FloorDiv(local, 86'400'000'000);
  return DateText(days) + " " + TimeText((local - days * 86'400'000'000) * 1000);
}

std::string YearMonthIntervalText(int64_t months, int start_field, int end_field) {
  const char* sign = months < 0 ? "-" : "";
  const uint64_t magnitude = months < 0 ? -static_cast<uint64_t>(months) : static_cast<uint64_t>(months);
  if (start_field == 0 && end_field == 0) return fmt::format("INTERVAL '{}{}' YEAR", sign, magnitude / 12);
  if (start_field == 1) return fmt::format("INTERVAL '{}{}' MONTH", sign, magnitude);
  return fmt::format("INTERVAL '{}{}-{}' YEAR TO MONTH", sign, magnitude / 12, magnitude % 12);
}

std::string DayTimeIntervalText(int64_t micros, int start_field, int end_field) {
  static constexpr const char* kFields[] = {"DAY", "HOUR", "MINUTE", "SECOND"};
  uint64_t rest = micros < 0 ? -static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string out = micros < 0 ? "-" : "";
  static constexpr uint64_t kUnits[] = {86'400'000'000, 3'600'000'000, 60'000'000, 1'000'000};
  for (int field = start_field; field <= end_field; ++field) {
    const uint64_t value = rest / kUnits[field];
    rest %= kUnits[field];
    if (field > start_field) out += field == 1 ? " " : ":";
    out += field > start_field ? fmt::format("{:02}", value) : std::to_string(value);
  }
  if (end_field == 3 && start_field == 3 && out.size() > 0) {
    // A single SECOND field is printed with at least two digits.
    const size_t at = out[0] == '-' ? 1 : 0;
    if (out.size() - at < 2) out.insert(at, "0");
  }
  if (end_field == 3 && rest != 0) {
    std::string fraction = fmt::format("{:06}", rest);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    out += "." + fraction;
  }
  const std::string unit = start_field == end_field ? kFields[start_field] : fmt::format("{} TO {}", kFields[start_field], kFields[end_field]);
  return fmt::format("INTERVAL '{}' {}", out, unit);
}

std::string CalendarIntervalText(const plan::CalendarIntervalValue& value) {
  std::string out;
  auto add = [&out](int64_t count, const char* unit) {
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", count, unit);
  };
  add(value.months / 12, "years");
  add(value.months % 12, "months");
  add(value.days, "days");
  int64_t rest = value.micros;
  add(rest / 3'600'000'000, "hours");
  rest %= 3'600'000'000;
  add(rest / 60'000'000, "minutes");
  rest %= 60'000'000;
  if (rest != 0) {
    std::string seconds = DecimalText(rest, 6);
    seconds.erase(seconds.find_last_not_of('0') + 1);
    if (seconds.back() == '.') seconds.pop_back();
    out += fmt::format("{}{} seconds", out.empty() ? "" : " ", seconds);
  }
  return out.empty() ? "0 seconds" : out;
}

void ExpressionText::Append(std::string& out, bool is_full) const {
  for (const Piece& piece : pieces_) {
    if (piece.only_full && !is_full) continue;
    if (piece.child != nullptr) {
      piece.child->Append(out, is_full);
    } else {
      out += is_full && piece.full.has_value() ? *piece.full : piece.pretty;
    }
  }
}

std::string ExpressionText::Pretty() const {
  std::string out;
  Append(out, false);
  return out;
}

std::string ExpressionText::Full() const {
  std::string out;
  Append(out, true);
  return out;
}

TextPtr MakeText(std::string text) {
  return std::make_shared<const ExpressionText>(std::vector<ExpressionText::Piece>{{.pretty = std::move(text)}});
}

TextPtr ColumnText(std::string name, std::string qualified) {
  return std::make_shared<const ExpressionText>(std::vector<ExpressionText::Piece>{{.pretty = std::move(name), .full = std::move(qualified)}});
}

TextPtr LiteralText(const Literal& literal, std::string_view zone) {
  return ColumnText(LiteralSql(literal, zone, true), LiteralSql(literal, zone, false));
}

TextPtr CallText(std::string_view name, const std::vector<TextPtr>& arguments, bool is_distinct) {
  std::vector<ExpressionText::Piece> pieces;
  pieces.reserve(arguments.size() * 2 + 2);
  pieces.push_back({.pretty = std::string(name) + (is_distinct ? "(DISTINCT " : "(")});
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) pieces.push_back({.pretty = ", "});
    pieces.push_back({.child = arguments[i]});
  }
  pieces.push_back({.pretty = ")"});
  return std::make_shared<const ExpressionText>(std::move(pieces));
}

TextPtr BinaryText(const TextPtr& left, std::string_view symbol, const TextPtr& right) {
  return std::make_shared<const ExpressionText>(std::vector<ExpressionText::Piece>{
      {.pretty = "("}, {.child = left}, {.pretty = fmt::format(" {} ", symbol)}, {.child = right}, {.pretty = ")"}});
}

TextPtr SpliceText(std::vector<TextPtr> parts) {
  std::vector<ExpressionText::Piece> pieces;
  pieces.reserve(parts.size());
  for (TextPtr& part : parts) pieces.push_back({.child = std::move(part)});
  return std::make_shared<const ExpressionText>(std::move(pieces));
}

TextPtr ImplicitCastText(const TextPtr& child, const plan::DataType& type) {
  return std::make_shared<const ExpressionText>(std::vector<ExpressionText::Piece>{
      {.pretty = "CAST(", .only_full = true}, {.child = child}, {.pretty = " AS " + type.Sql() + ")", .only_full = true}});
}

std::string QuoteName(std::string_view part) {
  std::string out = "`";
  for (char c : part) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

std::string QuoteName(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ".") + QuoteName(part);
  return out;
}

std::string QuoteIfNeeded(std::string_view part) {
  bool is_plain = !part.empty();
  bool only_digits = true;
  for (char c : part) {
    const bool is_digit = c >= '0' && c <= '9';
    only_digits = only_digits && is_digit;
    is_plain = is_plain && (is_digit || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
  }
  return is_plain && !only_digits ? std::string(part) : QuoteName(part);
}

std::string QuoteType(const plan::DataType& type) { return "\"" + type.Sql() + "\""; }
std::string QuoteExpression(std::string_view text) { return fmt::format("\"{}\"", text); }

std::string ToLower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return out;
}

std::string ToUpper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}

bool EqualsIgnoreCase(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(left[i]) != lower(right[i])) return false;
  }
  return true;
}

}  // namespace crannog::analyze
