#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include "engine/duckdb/functions/cast.h"
#include "engine/functions/datetime_text.h"
#include "engine/functions/interval_text.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using duckdb::string_t;
using plan::EvalMode;
using plan::TypeKind;

namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// UTF8String.toLong: sign, digits; with `allow_fraction` digits behind a point are dropped.
std::optional<int64_t> ParseInteger(std::string_view text, bool allow_fraction, int64_t min, int64_t max) {
  text = TrimAll(text);
  if (text.empty()) return std::nullopt;
  bool is_negative = text[0] == '-';
  size_t i = is_negative || text[0] == '+' ? 1 : 0;
  if (i == text.size()) return std::nullopt;
  __int128 value = 0;
  const size_t first = i;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    value = value * 10 + (text[i] - '0');
    if (value > __int128{1} << 64) return std::nullopt;
  }
  if (i < text.size()) {
    if (!allow_fraction || text[i] != '.') return std::nullopt;
    // ".5" gives 0, "." alone does not parse.
    if (text.size() - first == 1) return std::nullopt;
    for (++i; i < text.size(); ++i)
      if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  if (is_negative) value = -value;
  if (value < min || value > max) return std::nullopt;
  return static_cast<int64_t>(value);
}

// Double.parseDouble and Spark's special words.
std::optional<double> ParseDouble(std::string_view text, bool is_float) {
  text = TrimAll(text);
  if (text.empty()) return std::nullopt;
  std::string lower = Lower(text);
  if (lower == "inf" || lower == "+inf" || lower == "infinity" || lower == "+infinity") return std::numeric_limits<double>::infinity();
  if (lower == "-inf" || lower == "-infinity") return -std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  std::string_view number = lower;
  if (number.back() == 'd' || number.back() == 'f') number.remove_suffix(1);
  bool is_negative = false;
  if (!number.empty() && (number[0] == '+' || number[0] == '-')) {
    is_negative = number[0] == '-';
    number.remove_prefix(1);
  }
  if (number.empty() || !(std::isdigit(static_cast<unsigned char>(number[0])) || number[0] == '.')) return std::nullopt;
  double value = 0;
  std::from_chars_result result;
  if (is_float) {
    float narrow = 0;
    result = std::from_chars(number.data(), number.data() + number.size(), narrow);
    value = narrow;
  } else {
    result = std::from_chars(number.data(), number.data() + number.size(), value);
  }
  if (result.ptr != number.data() + number.size()) return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) {
    // Too large is infinite, too small is zero: the exponent tells.
    value = number.find("e-") != std::string_view::npos ? 0 : std::numeric_limits<double>::infinity();
  } else if (result.ec != std::errc()) {
    return std::nullopt;
  }
  return is_negative ? -value : value;
}

struct ParsedDecimal {
  bool is_valid = false;
  bool is_negative = false;
  std::string digits;  // without leading zeros
  int64_t scale = 0;   // of the last digit, may be negative
};

// java.math.BigDecimal's grammar.
ParsedDecimal ParseDecimal(std::string_view text) {
  ParsedDecimal out;
  text = TrimAll(text);
  size_t i = 0;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) out.is_negative = text[i++] == '-';
  bool has_digit = false, has_point = false;
  for (; i < text.size(); ++i) {
    char c = text[i];
    if (c >= '0' && c <= '9') {
      has_digit = true;
      if (has_point) ++out.scale;
      if (c != '0' || !out.digits.empty()) out.digits += c;
    } else if (c == '.' && !has_point) {
      has_point = true;
    } else {
      break;
    }
  }
  if (!has_digit) return out;
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return out;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int32_t exponent = 0;
    auto result = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return out;
    out.scale -= exponent;
  }
  out.is_valid = true;
  return out;
}

template <typename Out>
std::optional<Out> ToDecimal(KernelContext& context, const CastShape& shape, std::string_view text) {
  ParsedDecimal parsed = ParseDecimal(text);
  if (!parsed.is_valid) {
    if (shape.mode == EvalMode::kAnsi) FailCastInput(context, shape, QuotedText(text));
    return std::nullopt;
  }
  if (parsed.digits.empty()) return NarrowTo<Out>(0);
  functions::DecimalDigits number{.digits = parsed.digits, .exponent = 0, .negative = parsed.is_negative};
  const int64_t exponent = static_cast<int64_t>(parsed.digits.size()) - parsed.scale;
  if (exponent > 38) {
    if (shape.mode != EvalMode::kAnsi) return std::nullopt;
    context.Fail("NUMERIC_OUT_OF_SUPPORTED_RANGE", {{"value", std::string(TrimAll(text))}});
  }
  if (exponent < -80) return NarrowTo<Out>(0);
  number.exponent = static_cast<int>(exponent);
  functions::DecimalDigits rounded = number;
  functions::RoundDigits(rounded, shape.to.scale(), functions::Rounding::kHalfUp);
  std::string plain = functions::PlainText(rounded, shape.to.scale());
  std::erase(plain, '.');
  size_t start = plain.find_first_not_of('0');
  std::string significant = start == std::string::npos ? "0" : plain.substr(start);
  if (static_cast<int>(significant.size()) > shape.to.precision()) {
    if (shape.mode == EvalMode::kAnsi)
      FailDecimalRange(context, (parsed.is_negative ? "-" : "") + functions::PlainText(number, static_cast<int>(std::max<int64_t>(0, parsed.scale))),
                       shape.to.precision(), shape.to.scale());
    return std::nullopt;
  }
  Int128 unscaled = 0;
  for (char c : significant) unscaled = unscaled * 10 + (c - '0');
  return NarrowTo<Out>(parsed.is_negative ? -unscaled : unscaled);
}

// A kernel from a parser: what it cannot read is an error or NULL.
template <typename Out, typename F>
duckdb::scalar_function_t Parsing(const CastShape& shape, F parse) {
  return RowKernel<Out, string_t>([shape, parse](KernelContext& context, string_t value) -> std::optional<Out> {
    auto parsed = parse(View(value));
    if (parsed) return static_cast<Out>(*parsed);
    if (shape.mode == EvalMode::kAnsi) FailCastInput(context, shape, QuotedText(View(value)));
    return std::nullopt;
  });
}

template <typename Out>
duckdb::scalar_function_t ParsingInteger(const CastShape& shape) {
  const bool allow_fraction = shape.mode == EvalMode::kLegacy;
  return Parsing<Out>(shape, [allow_fraction](std::string_view text) {
    return ParseInteger(text, allow_fraction, std::numeric_limits<Out>::min(), std::numeric_limits<Out>::max());
  });
}

std::optional<bool> ParseBoolean(std::string_view text) {
  std::string lower = Lower(TrimAll(text));
  if (lower == "t" || lower == "true" || lower == "y" || lower == "yes" || lower == "1") return true;
  if (lower == "f" || lower == "false" || lower == "n" || lower == "no" || lower == "0") return false;
  return std::nullopt;
}

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

template <typename Out, typename F>
duckdb::scalar_function_t ParsingInterval(const CastShape& shape, F parse) {
  return RowKernel<Out, string_t>([shape, parse](KernelContext& context, string_t value) -> std::optional<Out> {
    auto parsed = parse(View(value));
    if (parsed) return *parsed;
    if (shape.mode == EvalMode::kAnsi) context.Fail(parsed.error());
    return std::nullopt;
  });
}

}  // namespace

duckdb::scalar_function_t CastFromString(const CastShape& shape, bool* can_raise) {
  *can_raise = true;
  auto zone = shape.zone;
  switch (shape.to.kind()) {
    case TypeKind::kByte: return ParsingInteger<int8_t>(shape);
    case TypeKind::kShort: return ParsingInteger<int16_t>(shape);
    case TypeKind::kInt: return ParsingInteger<int32_t>(shape);
    case TypeKind::kLong: return ParsingInteger<int64_t>(shape);
    case TypeKind::kFloat: return Parsing<float>(shape, [](std::string_view text) { return ParseDouble(text, true); });
    case TypeKind::kDouble: return Parsing<double>(shape, [](std::string_view text) { return ParseDouble(text, false); });
    case TypeKind::kBoolean: return Parsing<bool>(shape, ParseBoolean);
    case TypeKind::kDate: return Parsing<int32_t>(shape, [](std::string_view text) { return functions::ParseDate(text); });
    case TypeKind::kTimestamp:
      return Parsing<int64_t>(shape, [zone](std::string_view text) { return functions::ParseTimestamp(text, *zone, NowMicros()); });
    case TypeKind::kTimestampNtz:
      return Parsing<int64_t>(shape, [](std::string_view text) { return functions::ParseTimestampNtz(text, functions::ZoneInText::kIgnored); });
    case TypeKind::kTime: return Parsing<int64_t>(shape, [](std::string_view text) { return functions::ParseTime(text); });
    case TypeKind::kDecimal:
      return WithDecimalStorage(ToLogicalType(shape.to), [&](auto zero) -> duckdb::scalar_function_t {
        using Out = decltype(zero);
        return RowKernel<Out, string_t>([shape](KernelContext& context, string_t value) { return ToDecimal<Out>(context, shape, View(value)); });
      });
    case TypeKind::kYearMonthInterval:
      return ParsingInterval<int32_t>(shape, [start = shape.to.start_field(), end = shape.to.end_field()](std::string_view text) {
        return functions::ParseYearMonthInterval(text, start, end);
      });
    case TypeKind::kDayTimeInterval:
      return ParsingInterval<int64_t>(shape, [start = shape.to.start_field(), end = shape.to.end_field()](std::string_view text) {
        return functions::ParseDayTimeInterval(text, start, end);
      });
    case TypeKind::kCalendarInterval:
      return RowKernel<duckdb::interval_t, string_t>([shape](KernelContext& context, string_t value) -> std::optional<duckdb::interval_t> {
        auto parsed = functions::ParseCalendarInterval(View(value));
        if (parsed) return duckdb::interval_t{parsed->months, parsed->days, parsed->micros};
        if (shape.mode == EvalMode::kAnsi) context.Fail(parsed.error());
        return std::nullopt;
      });
    default: return nullptr;
  }
}

}  // namespace crannog::engine::duck
