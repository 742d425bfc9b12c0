#include "connect/literal_message.h"

#include <algorithm>

#include "connect/data_type_message.h"
#include "spark/connect/expressions.pb.h"

namespace crannog::connect {

namespace sc = spark::connect;
using plan::DataType;
using plan::Int128;
using plan::Literal;
using plan::TypeKind;

namespace {

constexpr int kDecimalDigitsMax = 38;

// "-12.340" with optional precision and scale; without them they follow from the digits, as Spark derives them.
Result<Literal> DecimalLiteral(const sc::Expression_Literal_Decimal& message) {
  Int128 unscaled = 0;
  int digits = 0, fraction = 0;
  bool negative = false, after_point = false;
  for (size_t i = 0; i < message.value().size(); ++i) {
    char c = message.value()[i];
    if (i == 0 && (c == '-' || c == '+')) {
      negative = c == '-';
    } else if (c == '.' && !after_point) {
      after_point = true;
    } else if (c >= '0' && c <= '9' && digits < kDecimalDigitsMax) {
      unscaled = unscaled * 10 + (c - '0');
      if (unscaled != 0) ++digits;
      if (after_point) ++fraction;
    } else {
      return Failure(ErrorCode::kInvalidParameterValue, "malformed decimal literal: " + message.value());
    }
  }
  int scale = message.has_scale() ? message.scale() : fraction;
  for (; fraction < scale; ++fraction) unscaled *= 10;
  int precision = message.has_precision() ? message.precision() : std::max({digits, scale, 1});
  return Literal::Decimal(negative ? -unscaled : unscaled, precision, scale);
}

DataType TypeOfElements(const std::vector<Literal>& elements, const DataType& declared) {
  if (!declared.Is(TypeKind::kNull) || elements.empty()) return declared;
  for (const Literal& element : elements) {
    if (!element.type.Is(TypeKind::kNull)) return element.type;
  }
  return declared;
}

template <typename Messages>
Result<std::vector<Literal>> ReadAll(const Messages& messages, const TextParsers& parsers) {
  std::vector<Literal> out;
  for (const auto& message : messages) {
    TRY(Literal literal, FromMessage(message, parsers));
    out.push_back(std::move(literal));
  }
  return out;
}

Result<DataType> ReadOptionalType(bool present, const sc::DataType& message, const TextParsers& parsers) {
  if (!present || message.kind_case() == sc::DataType::KIND_NOT_SET) return DataType::Null();
  return FromMessage(message, parsers);
}

bool AnyNull(const std::vector<Literal>& elements) {
  return std::any_of(elements.begin(), elements.end(), [](const Literal& e) { return e.IsNull(); });
}

Result<Literal> ArrayLiteral(const sc::Expression_Literal& outer, const TextParsers& parsers) {
  const auto& message = outer.array();
  TRY(std::vector<Literal> elements, ReadAll(message.elements(), parsers));
  TRY(DataType declared, ReadOptionalType(message.has_element_type(), message.element_type(), parsers));
  if (outer.has_data_type() && outer.data_type().has_array()) {
    TRY(declared, FromMessage(outer.data_type().array().element_type(), parsers));
  }
  DataType element = TypeOfElements(elements, declared);
  for (Literal& value : elements) {
    if (value.IsNull()) value.type = element;
  }
  return Literal::Nested(DataType::Array(element, AnyNull(elements)), std::move(elements));
}

Result<Literal> MapLiteral(const sc::Expression_Literal& outer, const TextParsers& parsers) {
  const auto& message = outer.map();
  TRY(std::vector<Literal> keys, ReadAll(message.keys(), parsers));
  TRY(std::vector<Literal> values, ReadAll(message.values(), parsers));
  TRY(DataType key_type, ReadOptionalType(message.has_key_type(), message.key_type(), parsers));
  TRY(DataType value_type, ReadOptionalType(message.has_value_type(), message.value_type(), parsers));
  if (outer.has_data_type() && outer.data_type().has_map()) {
    TRY(key_type, FromMessage(outer.data_type().map().key_type(), parsers));
    TRY(value_type, FromMessage(outer.data_type().map().value_type(), parsers));
  }
  if (keys.size() != values.size()) return Failure(ErrorCode::kInvalidParameterValue, "a map literal has as many keys as values");
  DataType type = DataType::Map(TypeOfElements(keys, key_type), TypeOfElements(values, value_type), AnyNull(values));
  std::vector<Literal> children;
  for (size_t i = 0; i < keys.size(); ++i) {
    children.push_back(std::move(keys[i]));
    children.push_back(std::move(values[i]));
  }
  return Literal::Nested(std::move(type), std::move(children));
}

Result<Literal> StructLiteral(const sc::Expression_Literal& outer, const TextParsers& parsers) {
  const auto& message = outer.struct_();
  TRY(std::vector<Literal> elements, ReadAll(message.elements(), parsers));
  bool from_outer = outer.has_data_type() && outer.data_type().has_struct_();
  if (!from_outer && !message.has_struct_type()) return Failure(ErrorCode::kInvalidParameterValue, "a struct literal needs its type");
  TRY(DataType type, FromMessage(from_outer ? outer.data_type() : message.struct_type(), parsers));
  if (!type.Is(TypeKind::kStruct) || type.fields().size() != elements.size()) {
    return Failure(ErrorCode::kInvalidParameterValue, "a struct literal has one value per field");
  }
  return Literal::Nested(std::move(type), std::move(elements));
}

template <typename Values, typename Make>
Literal ArrayOf(DataType element, const Values& values, Make make) {
  std::vector<Literal> children;
  for (const auto& value : values.values()) children.push_back(make(value));
  return Literal::Nested(DataType::Array(std::move(element), false), std::move(children));
}

Result<Literal> SpecializedArrayLiteral(const sc::Expression_Literal_SpecializedArray& message) {
  switch (message.value_type_case()) {
    case sc::Expression_Literal_SpecializedArray::kBools: return ArrayOf(DataType::Boolean(), message.bools(), [](bool v) { return Literal::Boolean(v); });
    case sc::Expression_Literal_SpecializedArray::kInts: return ArrayOf(DataType::Int(), message.ints(), [](int32_t v) { return Literal::Int(v); });
    case sc::Expression_Literal_SpecializedArray::kLongs: return ArrayOf(DataType::Long(), message.longs(), [](int64_t v) { return Literal::Long(v); });
    case sc::Expression_Literal_SpecializedArray::kFloats:
      return ArrayOf(DataType::Float(), message.floats(), [](float v) { return Literal{DataType::Float(), double{v}}; });
    case sc::Expression_Literal_SpecializedArray::kDoubles: return ArrayOf(DataType::Double(), message.doubles(), [](double v) { return Literal::Double(v); });
    case sc::Expression_Literal_SpecializedArray::kStrings: return ArrayOf(DataType::String(), message.strings(), [](const std::string& v) { return Literal::String(v); });
    case sc::Expression_Literal_SpecializedArray::VALUE_TYPE_NOT_SET: break;
  }
  return Literal::Nested(DataType::Array(DataType::Null()), {});
}

}  // namespace

Result<Literal> FromMessage(const sc::Expression_Literal& message, const TextParsers& parsers) {
  switch (message.literal_type_case()) {
    case sc::Expression_Literal::kNull: {
      TRY(DataType type, FromMessage(message.null(), parsers));
      return Literal::Null(std::move(type));
    }
    case sc::Expression_Literal::kBinary: return Literal{DataType::Binary(), message.binary()};
    case sc::Expression_Literal::kBoolean: return Literal::Boolean(message.boolean());
    case sc::Expression_Literal::kByte: return Literal::OfInteger(DataType::Byte(), message.byte());
    case sc::Expression_Literal::kShort: return Literal::OfInteger(DataType::Short(), message.short_());
    case sc::Expression_Literal::kInteger: return Literal::Int(message.integer());
    case sc::Expression_Literal::kLong: return Literal::Long(message.long_());
    case sc::Expression_Literal::kFloat: return Literal{DataType::Float(), double{message.float_()}};
    case sc::Expression_Literal::kDouble: return Literal::Double(message.double_());
    case sc::Expression_Literal::kDecimal: return DecimalLiteral(message.decimal());
    case sc::Expression_Literal::kString: return Literal::String(message.string());
    case sc::Expression_Literal::kDate: return Literal::OfInteger(DataType::Date(), message.date());
    case sc::Expression_Literal::kTimestamp: return Literal::OfInteger(DataType::Timestamp(), message.timestamp());
    case sc::Expression_Literal::kTimestampNtz: return Literal::OfInteger(DataType::TimestampNtz(), message.timestamp_ntz());
    case sc::Expression_Literal::kCalendarInterval: {
      const auto& value = message.calendar_interval();
      return Literal{DataType::CalendarInterval(), plan::CalendarIntervalValue{value.months(), value.days(), value.microseconds()}};
    }
    case sc::Expression_Literal::kYearMonthInterval: return Literal::OfInteger(DataType::YearMonthInterval(), message.year_month_interval());
    case sc::Expression_Literal::kDayTimeInterval: return Literal::OfInteger(DataType::DayTimeInterval(), message.day_time_interval());
    case sc::Expression_Literal::kArray: return ArrayLiteral(message, parsers);
    case sc::Expression_Literal::kMap: return MapLiteral(message, parsers);
    case sc::Expression_Literal::kStruct: return StructLiteral(message, parsers);
    case sc::Expression_Literal::kSpecializedArray: return SpecializedArrayLiteral(message.specialized_array());
    case sc::Expression_Literal::kTime:
      return Literal::OfInteger(DataType::Time(message.time().has_precision() ? message.time().precision() : 6), message.time().nano());
    case sc::Expression_Literal::LITERAL_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a literal message holds no value");
}

namespace {

std::string DecimalText(Int128 unscaled, int scale) {
  bool negative = unscaled < 0;
  unsigned __int128 magnitude = negative ? -static_cast<unsigned __int128>(unscaled) : static_cast<unsigned __int128>(unscaled);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
    magnitude /= 10;
  } while (magnitude != 0);
  while (static_cast<int>(digits.size()) <= scale) digits.insert(digits.begin(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), ".");
  return negative ? "-" + digits : digits;
}

void NestedToMessage(const Literal& literal, sc::Expression_Literal& message) {
  const auto& children = *std::get<Literal::Children>(literal.value);
  if (literal.type.Is(TypeKind::kArray)) {
    ToMessage(literal.type.element(), *message.mutable_array()->mutable_element_type());
    for (const Literal& child : children) ToMessage(child, *message.mutable_array()->add_elements());
  } else if (literal.type.Is(TypeKind::kMap)) {
    ToMessage(literal.type.key(), *message.mutable_map()->mutable_key_type());
    ToMessage(literal.type.value(), *message.mutable_map()->mutable_value_type());
    for (size_t i = 0; i + 1 < children.size(); i += 2) {
      ToMessage(children[i], *message.mutable_map()->add_keys());
      ToMessage(children[i + 1], *message.mutable_map()->add_values());
    }
  } else {
    ToMessage(literal.type, *message.mutable_struct_()->mutable_struct_type());
    for (const Literal& child : children) ToMessage(child, *message.mutable_struct_()->add_elements());
  }
}

}  // namespace

void ToMessage(const Literal& literal, sc::Expression_Literal& message) {
  if (literal.IsNull()) {
    ToMessage(literal.type, *message.mutable_null());
    return;
  }
  auto integer = [&literal] { return std::get<int64_t>(literal.value); };
  switch (literal.type.kind()) {
    case TypeKind::kBoolean: message.set_boolean(std::get<bool>(literal.value)); break;
    case TypeKind::kByte: message.set_byte(static_cast<int32_t>(integer())); break;
    case TypeKind::kShort: message.set_short_(static_cast<int32_t>(integer())); break;
    case TypeKind::kInt: message.set_integer(static_cast<int32_t>(integer())); break;
    case TypeKind::kLong: message.set_long_(integer()); break;
    case TypeKind::kFloat: message.set_float_(static_cast<float>(std::get<double>(literal.value))); break;
    case TypeKind::kDouble: message.set_double_(std::get<double>(literal.value)); break;
    case TypeKind::kDecimal:
      message.mutable_decimal()->set_value(DecimalText(std::get<Int128>(literal.value), literal.type.scale()));
      message.mutable_decimal()->set_precision(literal.type.precision());
      message.mutable_decimal()->set_scale(literal.type.scale());
      break;
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: message.set_string(std::get<std::string>(literal.value)); break;
    case TypeKind::kBinary: message.set_binary(std::get<std::string>(literal.value)); break;
    case TypeKind::kDate: message.set_date(static_cast<int32_t>(integer())); break;
    case TypeKind::kTimestamp: message.set_timestamp(integer()); break;
    case TypeKind::kTimestampNtz: message.set_timestamp_ntz(integer()); break;
    case TypeKind::kTime:
      message.mutable_time()->set_nano(integer());
      message.mutable_time()->set_precision(literal.type.precision());
      break;
    case TypeKind::kYearMonthInterval: message.set_year_month_interval(static_cast<int32_t>(integer())); break;
    case TypeKind::kDayTimeInterval: message.set_day_time_interval(integer()); break;
    case TypeKind::kCalendarInterval: {
      const auto& value = std::get<plan::CalendarIntervalValue>(literal.value);
      message.mutable_calendar_interval()->set_months(value.months);
      message.mutable_calendar_interval()->set_days(value.days);
      message.mutable_calendar_interval()->set_microseconds(value.micros);
      break;
    }
    default: NestedToMessage(literal, message);
  }
}

}  // namespace crannog::connect
