#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "sql/datetime_text.h"
#include "sql/parser_state.h"

namespace crannog::sql {
namespace {

void AppendUtf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

std::optional<uint32_t> Hex(std::string_view text) {
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool Parser::AtString(size_t ahead) const {
  T kind = Kind(ahead);
  return kind == T::kString || kind == T::kDollarString || (kind == T::kDoubleQuoted && !options_.double_quoted_identifiers);
}

// Source: SparkParserUtils.unescapeSQLString.
std::string Parser::Unescape(size_t token) const {
  std::string_view text = TextOf(token);
  if (tokens_[token].token == T::kDollarString) return std::string(text.substr(2, text.size() - 4));
  if (text[0] == 'r' || text[0] == 'R') return std::string(text.substr(2, text.size() - 3));
  char quote = text[0];
  text = text.substr(1, text.size() - 2);
  std::string out;
  if (options_.escaped_string_literals) return std::string(text);
  if (text.find('\\') == std::string_view::npos && text.find(quote) == std::string_view::npos) return std::string(text);
  out.reserve(text.size());
  uint32_t high_surrogate = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == quote && i + 1 < text.size() && text[i + 1] == quote) {
      out += quote;
      ++i;
      continue;
    }
    if (c != '\\' || i + 1 >= text.size()) {
      out += c;
      continue;
    }
    char next = text[i + 1];
    if (next == 'u' && i + 6 <= text.size()) {
      if (auto value = Hex(text.substr(i + 2, 4))) {
        i += 5;
        if (*value >= 0xD800 && *value < 0xDC00) {
          high_surrogate = *value;
        } else if (*value >= 0xDC00 && *value < 0xE000 && high_surrogate != 0) {
          AppendUtf8(out, 0x10000 + ((high_surrogate - 0xD800) << 10) + (*value - 0xDC00));
          high_surrogate = 0;
        } else {
          AppendUtf8(out, *value >= 0xD800 && *value < 0xE000 ? '?' : *value);
        }
        continue;
      }
    }
    if (next == 'U' && i + 10 <= text.size()) {
      if (auto value = Hex(text.substr(i + 2, 8)); value && *value <= 0x10FFFF) {
        i += 9;
        AppendUtf8(out, *value);
        continue;
      }
    }
    if ((next == '0' || next == '1') && i + 4 <= text.size() && text[i + 2] >= '0' && text[i + 2] <= '7' && text[i + 3] >= '0' && text[i + 3] <= '7') {
      AppendUtf8(out, static_cast<uint32_t>((next - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
      i += 3;
      continue;
    }
    ++i;
    switch (next) {
      case '0': out += '\0'; break;
      case 'b': out += '\b'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'Z': out += '\x1A'; break;
      case '%': out += "\\%"; break;
      case '_': out += "\\_"; break;
      default: out += next;
    }
  }
  return out;
}

std::string Parser::OneString() {
  if (!AtString()) Fail("a string");
  size_t token = pos_;
  Advance();
  return Unescape(token);
}

std::string Parser::StringLiteral() {
  std::string out = OneString();
  while (AtString()) out += OneString();
  return out;
}

std::optional<std::string> Parser::OptionalString() {
  if (!AtString()) return std::nullopt;
  return StringLiteral();
}

int64_t Parser::IntegerValue() {
  if (!At(T::kInteger)) Fail("an integer");
  int64_t value = 0;
  std::string_view text = Text();
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) value = INT64_MAX;
  Advance();
  return value;
}

namespace {

struct DecimalText {
  bool fits = false;
  Int128 unscaled = 0;
  int precision = 1;
  int scale = 0;
  int wanted_precision = 0;
};

// Reads digits[.digits][e[+-]digits] as java.math.BigDecimal and Spark's Decimal would.
DecimalText ReadDecimal(std::string_view text) {
  DecimalText out;
  std::string digits;
  int64_t scale = 0;
  bool after_dot = false;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      after_dot = true;
    } else {
      digits += text[i];
      scale += after_dot;
    }
  }
  if (i < text.size()) {
    int64_t exponent = 0;
    std::string_view rest = text.substr(i + 1);
    if (!rest.empty() && rest[0] == '+') rest.remove_prefix(1);
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc() || exponent > 100'000 || exponent < -100'000) {
      out.wanted_precision = 100'000;
      return out;
    }
    scale -= exponent;
  }
  size_t nonzero = digits.find_first_not_of('0');
  digits = nonzero == std::string::npos ? "0" : digits.substr(nonzero);
  if (scale < 0) {
    if (digits != "0" && digits.size() + static_cast<size_t>(-scale) < 200'000) digits.append(static_cast<size_t>(-scale), '0');
    scale = 0;
  }
  out.scale = static_cast<int>(scale);
  out.precision = static_cast<int>(std::max<int64_t>(static_cast<int64_t>(digits.size()), scale));
  out.wanted_precision = out.precision;
  if (out.precision > 38) return out;
  for (char c : digits) out.unscaled = out.unscaled * 10 + (c - '0');
  out.fits = true;
  return out;
}

}  // namespace

// Source: AstBuilder.visitIntegerLiteral, visitDecimalLiteral, numericLiteral and their kin.
ExpressionPtr Parser::NumberLiteral(bool negative) {
  size_t start = negative ? pos_ - 1 : pos_;
  T kind = Kind();
  std::string_view text = Text();
  Advance();
  Origin origin = From(start);
  std::string sign = negative ? "-" : "";
  auto out_of_range = [&](std::string_view stripped, const char* type, const char* least, const char* most) {
    Semantic(ConditionError("INVALID_NUMERIC_LITERAL_RANGE", {{"rawStrippedQualifier", sign + std::string(stripped)},
                                                              {"minValue", least}, {"maxValue", most}, {"typeName", type}}), origin);
    return MakeExpression(Literal::Null(), origin);
  };
  auto integer = [&](std::string_view digits, const DataType& type, int64_t most, const char* least_text, const char* most_text) {
    __int128 value = 0;
    bool fits = true;
    for (char c : digits) {
      value = value * 10 + (c - '0');
      if (value > static_cast<__int128>(INT64_MAX) + 1) {
        fits = false;
        break;
      }
    }
    if (negative) value = -value;
    if (!fits || value > most || value < -static_cast<__int128>(most) - 1) return out_of_range(digits, type.CatalogString().c_str(), least_text, most_text);
    return MakeExpression(Literal::OfInteger(type, static_cast<int64_t>(value)), origin);
  };
  auto decimal = [&](std::string_view digits) {
    DecimalText value = ReadDecimal(digits);
    if (!value.fits) {
      Semantic(ConditionError("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", {{"precision", std::to_string(value.wanted_precision)}, {"maxPrecision", "38"}}),
               origin);
      return MakeExpression(Literal::Null(), origin);
    }
    return MakeExpression(Literal::Decimal(negative ? -value.unscaled : value.unscaled, value.precision, value.scale), origin);
  };
  auto floating = [&](std::string_view digits, bool is_float) {
    double value = 0;
    float single = 0;
    std::string copy(digits);
    if (!copy.empty() && copy.back() == '.') copy += '0';
    std::from_chars_result result = is_float ? std::from_chars(copy.data(), copy.data() + copy.size(), single)
                                             : std::from_chars(copy.data(), copy.data() + copy.size(), value);
    if (result.ec == std::errc::result_out_of_range) {
      // Too small is zero, too large is an error.
      size_t mark = copy.find_first_of("eE");
      bool tiny = (mark != std::string::npos && copy[mark + 1] == '-') || (mark == std::string::npos && copy.find_first_not_of("0.") > 300);
      if (!tiny) {
        return is_float ? out_of_range(digits, "float", "-3.4028234663852886E+38", "3.4028234663852886E+38")
                        : out_of_range(digits, "double", "-1.7976931348623157E+308", "1.7976931348623157E+308");
      }
      value = single = 0;
    }
    if (is_float) value = static_cast<double>(single);
    return MakeExpression(Literal{is_float ? DataType::Float() : DataType::Double(), negative ? -value : value}, origin);
  };
  switch (kind) {
    case T::kInteger: {
      if (text.size() <= 19) {
        __int128 value = 0;
        for (char c : text) value = value * 10 + (c - '0');
        if (negative) value = -value;
        if (value >= INT32_MIN && value <= INT32_MAX) return MakeExpression(Literal::Int(static_cast<int32_t>(value)), origin);
        if (value >= INT64_MIN && value <= INT64_MAX) return MakeExpression(Literal::Long(static_cast<int64_t>(value)), origin);
      }
      return decimal(text);
    }
    case T::kBigintLiteral:
      return integer(text.substr(0, text.size() - 1), DataType::Long(), INT64_MAX, "-9223372036854775808", "9223372036854775807");
    case T::kSmallintLiteral: return integer(text.substr(0, text.size() - 1), DataType::Short(), INT16_MAX, "-32768", "32767");
    case T::kTinyintLiteral: return integer(text.substr(0, text.size() - 1), DataType::Byte(), INT8_MAX, "-128", "127");
    case T::kDecimalValue: return decimal(text);
    case T::kExponent: return options_.exponent_literal_as_decimal ? decimal(text) : floating(text, false);
    case T::kDoubleLiteral: return floating(text.substr(0, text.size() - 1), false);
    case T::kFloatLiteral: return floating(text.substr(0, text.size() - 1), true);
    case T::kBigDecimalLiteral: return decimal(text.substr(0, text.size() - 2));
    default: --pos_; Fail("a number");
  }
}

// literalType stringLit. Source: AstBuilder.visitTypeConstructor.
ExpressionPtr Parser::TypedLiteral() {
  size_t start = pos_;
  T kind = Kind();
  std::string type_name = UpperAscii(Text());
  if (kind == T::kBackquoted) type_name = UpperAscii(IdentifierText(pos_));
  Advance();
  std::string value = StringLiteral();
  Origin origin = From(start);
  auto invalid = [&](std::string_view type) {
    Semantic(ConditionError("INVALID_TYPED_LITERAL", {{"valueType", fmt::format("\"{}\"", type)}, {"value", fmt::format("'{}'", value)}}), origin);
    return MakeExpression(Literal::Null(), origin);
  };
  auto deferred = [&](const char* name) { return MakeCall(name, {MakeExpression(Literal::String(value), origin)}, origin); };
  switch (kind) {
    case T::kDate: {
      if (IsSpecialDatetime(value)) return deferred("date_literal");
      auto days = ParseDateText(value);
      if (!days) return invalid("DATE");
      return MakeExpression(Literal::OfInteger(DataType::Date(), *days), origin);
    }
    case T::kTime: {
      auto nanos = ParseTimeText(value);
      if (!nanos) return invalid("TIME");
      return MakeExpression(Literal::OfInteger(DataType::Time(), *nanos), origin);
    }
    case T::kTimestamp:
    case T::kTimestampLtz:
    case T::kTimestampNtz: {
      bool ntz = kind == T::kTimestampNtz || (kind == T::kTimestamp && options_.timestamp_ntz_by_default);
      if (IsSpecialDatetime(value)) return deferred(ntz ? "timestamp_ntz_literal" : "timestamp_literal");
      auto parsed = ParseTimestampText(value);
      if (!parsed) return invalid(type_name);
      if (ntz && parsed->zone && kind == T::kTimestampNtz) return invalid(type_name);
      if (ntz && !parsed->zone && parsed->has_date) {
        return MakeExpression(Literal::OfInteger(DataType::TimestampNtz(), parsed->local_micros), origin);
      }
      if (ntz && !parsed->has_date) return invalid(type_name);
      return deferred("timestamp_literal");
    }
    case T::kInterval: return nullptr;  // IntervalLiteral's
    case T::kBinaryHex: {
      std::string hex = value.size() % 2 != 0 ? "0" + value : value;
      std::string bytes;
      for (size_t i = 0; i < hex.size(); i += 2) {
        auto byte = Hex(std::string_view(hex).substr(i, 2));
        if (!byte) return invalid("X");
        bytes += static_cast<char>(*byte);
      }
      return MakeExpression(Literal{DataType::Binary(), std::move(bytes)}, origin);
    }
    default: break;
  }
  Semantic(ConditionError("UNSUPPORTED_TYPED_LITERAL",
                          {{"unsupportedType", fmt::format("\"{}\"", type_name)},
                           {"supportedTypes", R"("DATE", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ", "TIMESTAMP", "INTERVAL", "X", "TIME")"}}), origin);
  return MakeExpression(Literal::Null(), origin);
}

bool Parser::AtConstant() const {
  return AtString() || AtAny({T::kInteger, T::kExponent, T::kDecimalValue, T::kFloatLiteral, T::kDoubleLiteral, T::kBigDecimalLiteral, T::kBigintLiteral,
                              T::kSmallintLiteral, T::kTinyintLiteral, T::kMinus, T::kNull, T::kTrue, T::kFalse, T::kQuestion, T::kColon, T::kInterval}) ||
         (AtIdentifier() && AtString(1));
}

ExpressionPtr Parser::Constant() {
  if (!AtConstant()) Fail("a constant");
  return Unary();
}

}  // namespace crannog::sql
