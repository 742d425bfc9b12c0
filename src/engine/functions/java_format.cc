#include "engine/functions/java_format.h"

#include <fmt/format.h>

#include <cmath>

namespace crannog::engine::functions {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string Upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

std::string Grouped(const std::string& digits) {
  const size_t point = std::min(digits.find('.'), digits.size());
  std::string out;
  for (size_t i = 0; i < point; ++i) {
    if (i > 0 && (point - i) % 3 == 0) out.push_back(',');
    out.push_back(digits[i]);
  }
  return out + digits.substr(point);
}

const char* JavaName(const FormatArgument& argument) {
  if (std::holds_alternative<bool>(argument.value)) return "java.lang.Boolean";
  if (const auto* integer = std::get_if<FormatArgument::Integer>(&argument.value)) {
    return integer->bits == 64 ? "java.lang.Long" : integer->bits == 16 ? "java.lang.Short" : integer->bits == 8 ? "java.lang.Byte" : "java.lang.Integer";
  }
  if (std::holds_alternative<double>(argument.value)) return "java.lang.Double";
  if (std::holds_alternative<FormatArgument::Decimal>(argument.value)) return "org.apache.spark.sql.types.Decimal";
  return "org.apache.spark.unsafe.types.UTF8String";
}

}  // namespace

JavaFormat JavaFormat::Compile(std::string_view format) {
  JavaFormat out;
  std::string literal;
  const auto flush = [&]() {
    if (!literal.empty()) {
      Piece piece;
      piece.literal = std::move(literal);
      out.pieces_.push_back(std::move(piece));
    }
    literal.clear();
  };
  for (size_t i = 0; i < format.size();) {
    if (format[i] != '%') {
      literal.push_back(format[i++]);
      continue;
    }
    const size_t begin = i++;
    Piece piece;
    const auto number = [&]() {
      int value = 0;
      while (i < format.size() && IsDigit(format[i]) && value < 100000000) value = value * 10 + (format[i++] - '0');
      return value;
    };
    size_t look = i;
    while (look < format.size() && IsDigit(format[look])) ++look;
    if (look > i && look < format.size() && format[look] == '$') {
      piece.index = number();
      ++i;
    } else if (i < format.size() && format[i] == '<') {
      piece.index = -1;
      ++i;
    }
    for (bool flags = true; flags && i < format.size();) {
      switch (format[i]) {
        case '-': piece.left = true; break;
        case '+': piece.plus = true; break;
        case ' ': piece.space = true; break;
        case '0': piece.zero = true; break;
        case ',': piece.comma = true; break;
        case '(': piece.parenthesis = true; break;
        case '#': piece.alternate = true; break;
        default: flags = false;
      }
      if (flags) ++i;
    }
    if (i < format.size() && IsDigit(format[i])) piece.width = number();
    if (i < format.size() && format[i] == '.') {
      ++i;
      if (i < format.size() && IsDigit(format[i])) piece.precision = number();
    }
    if (i >= format.size()) {
      out.error_ = "Conversion = '%'";
      break;
    }
    char c = format[i++];
    if (c == 't' || c == 'T') {
      // Date and time conversions need Java objects that Spark never hands over.
      if (i < format.size()) ++i;
    }
    piece.specifier = format.substr(begin, i - begin);
    piece.upper = c >= 'A' && c <= 'Z';
    const char lower = piece.upper ? static_cast<char>(c + 32) : c;
    if (std::string_view("bhscdoxefgant%").find(lower) == std::string_view::npos || (piece.upper && std::string_view("BHSCXEGAT").find(c) == std::string_view::npos)) {
      out.error_ = fmt::format("Conversion = '{}'", c);
      break;
    }
    piece.conversion = lower;
    if (lower == '%' && piece.width < 0) {
      literal.push_back('%');
      continue;
    }
    if (lower == 'n') {
      literal.push_back('\n');
      continue;
    }
    flush();
    out.pieces_.push_back(std::move(piece));
  }
  flush();
  return out;
}

Result<std::string> JavaFormat::Format(const std::vector<FormatArgument>& arguments) const {
  if (!error_.empty()) return Failure(ErrorCode::kInvalidParameterValue, error_);
  std::string out;
  size_t ordinary = 0, last = 0;
  for (const Piece& piece : pieces_) {
    if (piece.conversion == 0) {
      out += piece.literal;
      continue;
    }
    if (piece.conversion == '%') {
      out.append(static_cast<size_t>(std::max(piece.width - 1, 0)), ' ');
      out.push_back('%');
      continue;
    }
    size_t at = piece.index > 0 ? static_cast<size_t>(piece.index) - 1 : piece.index < 0 ? last : ordinary++;
    if (at >= arguments.size()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Format specifier '{}'", piece.specifier));
    last = at;
    TRY(std::string text, FormatPiece(piece, arguments[at]));
    out += text;
  }
  return out;
}

Result<std::string> JavaFormat::FormatPiece(const Piece& piece, const FormatArgument& argument) const {
  const bool is_null = std::holds_alternative<std::monostate>(argument.value);
  const auto pad = [&](std::string text) {
    if (piece.upper) text = Upper(std::move(text));
    const auto count = static_cast<int>(CharacterCount(text));
    if (piece.width <= count) return text;
    const std::string spaces(static_cast<size_t>(piece.width - count), ' ');
    return piece.left ? text + spaces : spaces + text;
  };
  const auto cut = [&](std::string text) {
    if (piece.precision >= 0 && static_cast<int>(CharacterCount(text)) > piece.precision) {
      size_t at = 0;
      for (int left = piece.precision; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && left-- == 0) break;
      }
      text.resize(at);
    }
    return text;
  };
  const auto mismatch = [&]() {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("{} != {}", piece.upper ? static_cast<char>(piece.conversion - 32) : piece.conversion, JavaName(argument)));
  };
  // Sign, grouping and zero padding of a number's absolute digits.
  const auto number = [&](bool negative, std::string digits) {
    if (piece.comma) digits = Grouped(digits);
    std::string before = negative ? (piece.parenthesis ? "(" : "-") : piece.plus ? "+" : piece.space ? " " : "";
    std::string after = negative && piece.parenthesis ? ")" : "";
    if (piece.zero && piece.width > 0) {
      const auto used = static_cast<int>(before.size() + digits.size() + after.size());
      if (used < piece.width) digits.insert(0, static_cast<size_t>(piece.width - used), '0');
    }
    return pad(before + digits + after);
  };
  switch (piece.conversion) {
    case 's': {
      std::string text;
      if (is_null) text = "null";
      else if (const auto* flag = std::get_if<bool>(&argument.value)) text = *flag ? "true" : "false";
      else if (const auto* integer = std::get_if<FormatArgument::Integer>(&argument.value)) AppendInteger(text, integer->value);
      else if (const auto* real = std::get_if<double>(&argument.value)) AppendDouble(text, *real);
      else if (const auto* decimal = std::get_if<FormatArgument::Decimal>(&argument.value)) AppendDecimal(text, decimal->unscaled, decimal->scale);
      else text = std::get<std::string>(argument.value);
      return pad(cut(std::move(text)));
    }
    case 'b':
      if (const auto* flag = std::get_if<bool>(&argument.value)) return pad(cut(*flag ? "true" : "false"));
      return pad(cut(is_null ? "false" : "true"));
    case 'h': {
      if (is_null) return pad("null");
      int32_t hash = 0;
      if (const auto* integer = std::get_if<FormatArgument::Integer>(&argument.value)) {
        hash = integer->bits == 64 ? static_cast<int32_t>(integer->value ^ static_cast<int64_t>(static_cast<uint64_t>(integer->value) >> 32))
                                   : static_cast<int32_t>(integer->value);
      } else if (const auto* text = std::get_if<std::string>(&argument.value)) {
        for (char c : *text) hash = static_cast<int32_t>(31u * static_cast<uint32_t>(hash) + static_cast<unsigned char>(c));
      }
      return pad(fmt::format("{:x}", static_cast<uint32_t>(hash)));
    }
    case 'c': {
      if (is_null) return pad("null");
      const auto* integer = std::get_if<FormatArgument::Integer>(&argument.value);
      if (integer == nullptr || integer->bits == 64) return mismatch();
      if (integer->value < 0 || integer->value > 0x10FFFF) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Code point = 0x{:x}", integer->value));
      std::string text;
      const auto c = static_cast<uint32_t>(integer->value);
      if (c < 0x80) text.push_back(static_cast<char>(c));
      else if (c < 0x800) text = {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
      else if (c < 0x10000) text = {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
      else text = {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
      return pad(text);
    }
    case 'd':
    case 'x':
    case 'o': {
      if (is_null) return pad("null");
      const auto* integer = std::get_if<FormatArgument::Integer>(&argument.value);
      if (integer == nullptr) return mismatch();
      if (piece.conversion == 'd') {
        const bool negative = integer->value < 0;
        const uint64_t absolute = negative ? ~static_cast<uint64_t>(integer->value) + 1 : static_cast<uint64_t>(integer->value);
        return number(negative, fmt::format("{}", absolute));
      }
      uint64_t bits = static_cast<uint64_t>(integer->value);
      if (integer->bits < 64) bits &= (uint64_t{1} << integer->bits) - 1;
      std::string digits = piece.conversion == 'x' ? fmt::format("{:x}", bits) : fmt::format("{:o}", bits);
      if (piece.alternate) digits.insert(0, piece.conversion == 'x' ? "0x" : "0");
      if (piece.zero && piece.width > static_cast<int>(digits.size())) digits.insert(0, static_cast<size_t>(piece.width) - digits.size(), '0');
      return pad(digits);
    }
    case 'e':
    case 'f':
    case 'g':
    case 'a': {
      if (is_null) return pad("null");
      DecimalDigits digits;
      if (const auto* real = std::get_if<double>(&argument.value)) {
        if (std::isnan(*real)) return pad("NaN");
        if (std::isinf(*real)) return pad(*real < 0 ? (piece.parenthesis ? "(Infinity)" : "-Infinity") : piece.plus ? "+Infinity" : "Infinity");
        if (piece.conversion == 'a') return pad(fmt::format("{:a}", *real));
        digits = ShortestDigits(*real);
      } else if (const auto* decimal = std::get_if<FormatArgument::Decimal>(&argument.value)) {
        digits = DigitsOf(decimal->unscaled, decimal->scale);
      } else {
        return mismatch();
      }
      int precision = piece.precision < 0 ? 6 : piece.precision;
      char form = piece.conversion;
      if (form == 'g') {
        if (precision == 0) precision = 1;
        // Between 10^-4 and 10^precision, after rounding, the plain form.
        DecimalDigits rounded = digits;
        RoundDigits(rounded, precision - rounded.exponent, Rounding::kHalfUp);
        const bool plain = rounded.digits.empty() || (rounded.exponent > -4 && rounded.exponent <= precision);
        form = plain ? 'f' : 'e';
        precision = plain ? precision - (rounded.digits.empty() ? 1 : rounded.exponent) : precision - 1;
      }
      const bool negative = digits.negative;
      if (form == 'f') {
        RoundDigits(digits, precision, Rounding::kHalfUp);
        return number(negative, PlainText(digits, precision));
      }
      int exponent = 0;
      if (!digits.digits.empty()) {
        exponent = digits.exponent - 1;
        digits.exponent = 1;
        RoundDigits(digits, precision, Rounding::kHalfUp);
        if (digits.exponent == 2) {
          ++exponent;
          digits.exponent = 1;
        }
      }
      return number(negative, PlainText(digits, precision) + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent)));
    }
    default: return mismatch();
  }
}

}  // namespace crannog::engine::functions
