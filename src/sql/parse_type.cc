#include <fmt/format.h>

#include "base/json.h"
#include "sql/parser_state.h"

/// Types. Source: DataTypeAstBuilder.
namespace crannog::sql {

// Two or three '>' may be one token: it is used up piece by piece.
void Parser::CloseAngle() {
  if (!AtAny({T::kShiftRight, T::kShiftRightUnsigned})) return Expect(T::kGreater);
  int size = At(T::kShiftRight) ? 2 : 3;
  if (++angles_used_ < size) return;
  angles_used_ = 0;
  Advance();
}

std::string Parser::CollationName() {
  std::vector<std::string> parts = MultipartIdentifier();
  return UpperAscii(parts.back());
}

StructField Parser::ComplexColumn() {
  StructField field;
  field.name = ErrorCapturingIdentifier();
  Accept(T::kColon);
  field.type = ParseType();
  if (AtAny({T::kNot, T::kBang})) {
    Advance();
    Expect(T::kNull);
    field.nullable = false;
  }
  if (Accept(T::kComment)) {
    std::string comment = StringLiteral();
    field.metadata_json = "{\"comment\":";
    AppendJsonString(field.metadata_json, comment);
    field.metadata_json += "}";
  }
  return field;
}

StructField Parser::ColumnOfType() {
  StructField field;
  field.name = ErrorCapturingIdentifier();
  field.type = ParseType();
  for (;;) {
    if (AtAny({T::kNot, T::kBang}) && Kind(1) == T::kNull) {
      Advance();
      Advance();
      field.nullable = false;
    } else if (At(T::kComment) && AtString(1)) {
      Advance();
      field.metadata_json = "{\"comment\":";
      AppendJsonString(field.metadata_json, StringLiteral());
      field.metadata_json += "}";
    } else {
      return field;
    }
  }
}

DataType Parser::ParseType() {
  Deeper deeper(*this);
  size_t start = pos_;
  T kind = Kind();
  if (!IsIdentifierToken(kind) && !IsKeyword(kind)) Fail("a type");
  if (kind != T::kIdentifier_ && kind != T::kBackquoted && options_.enforce_reserved_keywords && IsReserved(kind) && kind != T::kTime) Fail("a type");
  // Complex types.
  if (kind == T::kArray && Kind(1) == T::kLess) {
    Advance();
    Advance();
    DataType element = ParseType();
    CloseAngle();
    return DataType::Array(std::move(element));
  }
  if (kind == T::kMap && Kind(1) == T::kLess) {
    Advance();
    Advance();
    DataType key = ParseType();
    Expect(T::kComma);
    DataType value = ParseType();
    CloseAngle();
    return DataType::Map(std::move(key), std::move(value));
  }
  if (kind == T::kStruct && KindIn(1, {T::kLess, T::kNotEq})) {
    Advance();
    if (Accept(T::kNotEq)) return DataType::Struct({});
    Advance();
    std::vector<StructField> fields;
    if (!At(T::kGreater)) CommaList([&] { fields.push_back(ComplexColumn()); });
    CloseAngle();
    return DataType::Struct(std::move(fields));
  }
  if (kind == T::kInterval && KindIn(1, {T::kYear, T::kMonth, T::kDay, T::kHour, T::kMinute, T::kSecond})) {
    Advance();
    auto field = [](T token) {
      switch (token) {
        case T::kYear: return -2;
        case T::kMonth: return -1;
        case T::kDay: return 0;
        case T::kHour: return 1;
        case T::kMinute: return 2;
        default: return 3;
      }
    };
    int from = field(Kind());
    std::string from_text = UpperAscii(Text());
    Advance();
    int to = from;
    std::string to_text = from_text;
    bool can_extend = from < 0 ? Kind(1) == T::kMonth : KindIn(1, {T::kHour, T::kMinute, T::kSecond});
    if (At(T::kTo) && can_extend) {
      Advance();
      to = field(Kind());
      to_text = UpperAscii(Text());
      Advance();
      if (to <= from) {
        Semantic(ConditionError("_LEGACY_ERROR_TEMP_0064", {{"msg", fmt::format("Intervals FROM {} TO {} are not supported", from_text, to_text)}}), start);
        to = from;
      }
    }
    return from < 0 ? DataType::YearMonthInterval(from + 2, to + 2) : DataType::DayTimeInterval(from, to);
  }
  if (kind == T::kTimestamp && Kind(1) == T::kWithout && Kind(2) == T::kTime && Kind(3) == T::kZone) {
    pos_ += 4;
    return DataType::TimestampNtz();
  }
  if (kind == T::kTimestamp && Kind(1) == T::kWith && AtWord("LOCAL", 2) && Kind(3) == T::kTime && Kind(4) == T::kZone) {
    pos_ += 5;
    return DataType::Timestamp();
  }
  std::string name = UpperAscii(kind == T::kBackquoted ? IdentifierText(pos_) : std::string(Text()));
  Advance();
  // Parameters.
  std::vector<int64_t> parameters;
  std::string parameter_text;
  bool has_parameters = false;
  if (At(T::kLeftParen) && ((Kind(1) == T::kInteger && KindIn(2, {T::kComma, T::kRightParen})) || (Kind(1) == T::kAny && Kind(2) == T::kRightParen))) {
    has_parameters = true;
    Advance();
    CommaList([&] {
      if (!parameter_text.empty()) parameter_text += ", ";
      parameter_text += std::string(Text());
      if (Accept(T::kAny)) parameters.push_back(-1);
      else parameters.push_back(IntegerValue());
    });
    Expect(T::kRightParen);
  } else if (At(T::kLeftParen) && (kind == T::kDecimal || kind == T::kVarchar || kind == T::kChar)) {
    Advance();
    Fail("a number");
  }
  auto single = [&](DataType type) -> std::optional<DataType> {
    if (has_parameters) return std::nullopt;
    return type;
  };
  auto unsupported = [&] {
    std::string text = has_parameters ? fmt::format("{}({})", name, parameter_text) : name;
    Semantic(ConditionError("UNSUPPORTED_DATATYPE", {{"typeName", fmt::format("\"{}\"", text)}}), start);
    return DataType::Null();
  };
  std::optional<DataType> type;
  switch (kind) {
    case T::kBoolean: type = single(DataType::Boolean()); break;
    case T::kTinyint: case T::kByte: type = single(DataType::Byte()); break;
    case T::kSmallint: case T::kShort: type = single(DataType::Short()); break;
    case T::kInt: case T::kInteger_: type = single(DataType::Int()); break;
    case T::kBigint: case T::kLong: type = single(DataType::Long()); break;
    case T::kFloat: case T::kReal: type = single(DataType::Float()); break;
    case T::kDouble: type = single(DataType::Double()); break;
    case T::kDate: type = single(DataType::Date()); break;
    case T::kTimestamp: type = single(options_.timestamp_ntz_by_default ? DataType::TimestampNtz() : DataType::Timestamp()); break;
    case T::kTimestampNtz: type = single(DataType::TimestampNtz()); break;
    case T::kTimestampLtz: type = single(DataType::Timestamp()); break;
    case T::kTime: {
      if (At(T::kWithout) && Kind(1) == T::kTime && Kind(2) == T::kZone) pos_ += 3;
      if (parameters.size() > 1) return unsupported();
      int64_t precision = parameters.empty() ? 6 : parameters[0];
      if (precision < 0 || precision > 6) {
        Semantic(ConditionError("UNSUPPORTED_TIME_PRECISION", {{"precision", std::to_string(precision)}}), start);
        precision = 6;
      }
      return DataType::Time(static_cast<int>(precision));
    }
    case T::kString_: {
      if (has_parameters) return unsupported();
      if (At(T::kCollate) && AtIdentifier(1)) {
        Advance();
        return DataType::String(CollationName());
      }
      return DataType::String();
    }
    case T::kChar: case T::kCharacter: case T::kVarchar: {
      bool is_varchar = kind == T::kVarchar;
      if (!has_parameters) {
        Semantic(ConditionError("DATATYPE_MISSING_SIZE", {{"type", fmt::format("\"{}\"", name)}}), start);
        return DataType::String();
      }
      if (parameters.size() != 1) return unsupported();
      if (At(T::kCollate) && AtIdentifier(1)) {
        Advance();
        CollationName();
      }
      if (options_.char_varchar_as_string) return DataType::String();
      int length = static_cast<int>(std::min<int64_t>(parameters[0], INT32_MAX));
      return is_varchar ? DataType::Varchar(length) : DataType::Char(length);
    }
    case T::kBinary: type = single(DataType::Binary()); break;
    case T::kDecimal: case T::kDec: case T::kNumeric: {
      if (parameters.size() > 2) return unsupported();
      int64_t precision = parameters.empty() ? 10 : parameters[0];
      int64_t scale = parameters.size() < 2 ? 0 : parameters[1];
      if (precision > 38) {
        Semantic(ConditionError("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", {{"precision", std::to_string(precision)}, {"maxPrecision", "38"}}), start);
        return DataType::Decimal(38, 0);
      }
      if (scale > precision) {
        SemanticWithoutContext(ConditionError("INVALID_PARAMETER_VALUE", {}));
        semantic_error_ = MakeError(ErrorCode::kBadRequest, fmt::format("Decimal scale ({}) cannot be greater than precision ({}).", scale, precision));
        return DataType::Decimal(38, 0);
      }
      return DataType::Decimal(static_cast<int>(precision), static_cast<int>(scale));
    }
    case T::kVoid: type = single(DataType::Null()); break;
    case T::kInterval: type = single(DataType::CalendarInterval()); break;
    case T::kVariant: type = single(DataType::Variant()); break;
    case T::kGeometry: case T::kGeography:
      if (!has_parameters) return unsupported();
      return DataType(kind == T::kGeometry ? TypeKind::kGeometry : TypeKind::kGeography);
    case T::kArray: case T::kStruct: case T::kMap:
      if (has_parameters) return unsupported();
      Semantic(ConditionError("INCOMPLETE_TYPE_DEFINITION." + name), start);
      return DataType::Null();
    default: break;
  }
  if (!type) return unsupported();
  return *type;
}

}  // namespace crannog::sql
