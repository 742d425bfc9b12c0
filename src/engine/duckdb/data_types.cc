#include "engine/duckdb/data_types.h"

#include "base/check.h"
#include "duckdb/common/types/timestamp.hpp"
#include "engine/duckdb/kernel_error.h"

namespace crannog::engine::duck {
namespace {

using duckdb::LogicalType;
using duckdb::Value;
using plan::DataType;
using plan::Literal;
using plan::TypeKind;

// DuckDB wants field names unique without case; positions are all we use, so clashing names are numbered.
duckdb::child_list_t<LogicalType> StructChildren(const DataType& type) {
  duckdb::child_list_t<LogicalType> children;
  duckdb::case_insensitive_set_t seen;
  bool has_clash = false;
  for (const auto& field : type.fields()) has_clash |= !seen.insert(field.name).second || field.name.empty();
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const auto& field = type.fields()[i];
    children.emplace_back(has_clash ? "f" + std::to_string(i) : field.name, ToLogicalType(field.type));
  }
  if (children.empty()) children.emplace_back("empty", LogicalType::BOOLEAN);
  return children;
}

Value DecimalValue(plan::Int128 unscaled, const DataType& type) {
  auto width = static_cast<uint8_t>(type.precision()), scale = static_cast<uint8_t>(type.scale());
  if (width <= 4) return Value::DECIMAL(static_cast<int16_t>(unscaled), width, scale);
  if (width <= 9) return Value::DECIMAL(static_cast<int32_t>(unscaled), width, scale);
  if (width <= 18) return Value::DECIMAL(static_cast<int64_t>(unscaled), width, scale);
  return Value::DECIMAL(ToHugeint(unscaled), width, scale);
}

plan::Int128 DecimalUnscaled(const Value& value) {
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16: return value.GetValueUnsafe<int16_t>();
    case duckdb::PhysicalType::INT32: return value.GetValueUnsafe<int32_t>();
    case duckdb::PhysicalType::INT64: return value.GetValueUnsafe<int64_t>();
    default: return ToInt128(value.GetValueUnsafe<duckdb::hugeint_t>());
  }
}

Value NestedValue(const Literal& literal) {
  const auto& children = *std::get<Literal::Children>(literal.value);
  LogicalType type = ToLogicalType(literal.type);
  duckdb::vector<Value> values;
  if (literal.type.Is(TypeKind::kMap)) {
    duckdb::vector<Value> keys;
    for (size_t i = 0; i + 1 < children.size(); i += 2) {
      keys.push_back(ToValue(children[i]));
      values.push_back(ToValue(children[i + 1]));
    }
    return Value::MAP(duckdb::MapType::KeyType(type), duckdb::MapType::ValueType(type), std::move(keys), std::move(values));
  }
  if (literal.type.Is(TypeKind::kVariant)) return Value::STRUCT(type, {ToValue(children[1]), ToValue(children[0])});
  for (const Literal& child : children) values.push_back(ToValue(child));
  if (literal.type.Is(TypeKind::kArray)) return Value::LIST(duckdb::ListType::GetChildType(type), std::move(values));
  if (values.empty()) values.push_back(Value(LogicalType::BOOLEAN));
  return Value::STRUCT(type, std::move(values));
}

}  // namespace

LogicalType ToLogicalType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return LogicalType::INTEGER;
    case TypeKind::kBoolean: return LogicalType::BOOLEAN;
    case TypeKind::kByte: return LogicalType::TINYINT;
    case TypeKind::kShort: return LogicalType::SMALLINT;
    case TypeKind::kInt: return LogicalType::INTEGER;
    case TypeKind::kLong: return LogicalType::BIGINT;
    case TypeKind::kFloat: return LogicalType::FLOAT;
    case TypeKind::kDouble: return LogicalType::DOUBLE;
    case TypeKind::kDecimal: return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision()), static_cast<uint8_t>(type.scale()));
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: return LogicalType::VARCHAR;
    case TypeKind::kBinary: return LogicalType::BLOB;
    case TypeKind::kDate: return LogicalType::DATE;
    case TypeKind::kTime: return LogicalType::BIGINT;
    case TypeKind::kTimestamp: return LogicalType::TIMESTAMP_TZ;
    case TypeKind::kTimestampNtz: return LogicalType::TIMESTAMP;
    case TypeKind::kYearMonthInterval: return LogicalType::INTEGER;
    case TypeKind::kDayTimeInterval: return LogicalType::BIGINT;
    case TypeKind::kCalendarInterval: return LogicalType::INTERVAL;
    case TypeKind::kArray: return LogicalType::LIST(ToLogicalType(type.element()));
    case TypeKind::kMap: return LogicalType::MAP(ToLogicalType(type.key()), ToLogicalType(type.value()));
    case TypeKind::kStruct: return LogicalType::STRUCT(StructChildren(type));
    case TypeKind::kVariant: return LogicalType::STRUCT({{"value", LogicalType::BLOB}, {"metadata", LogicalType::BLOB}});
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: break;
  }
  Raise(NotImplemented("values of type " + type.Sql()));
}

Value ToValue(const Literal& literal) {
  if (literal.IsNull()) return Value(ToLogicalType(literal.type));
  auto integer = [&] { return std::get<int64_t>(literal.value); };
  auto text = [&]() -> const std::string& { return std::get<std::string>(literal.value); };
  switch (literal.type.kind()) {
    case TypeKind::kBoolean: return Value::BOOLEAN(std::get<bool>(literal.value));
    case TypeKind::kByte: return Value::TINYINT(static_cast<int8_t>(integer()));
    case TypeKind::kShort: return Value::SMALLINT(static_cast<int16_t>(integer()));
    case TypeKind::kYearMonthInterval:
    case TypeKind::kInt: return Value::INTEGER(static_cast<int32_t>(integer()));
    case TypeKind::kTime:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kLong: return Value::BIGINT(integer());
    case TypeKind::kFloat: return Value::FLOAT(static_cast<float>(std::get<double>(literal.value)));
    case TypeKind::kDouble: return Value::DOUBLE(std::get<double>(literal.value));
    case TypeKind::kDecimal: return DecimalValue(std::get<plan::Int128>(literal.value), literal.type);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: {
      // Value's text constructor checks UTF-8; Spark tolerates anything.
      if (duckdb::Value::StringIsValid(text())) return Value(text());
      Value raw = Value::BLOB_RAW(text());
      raw.Reinterpret(LogicalType::VARCHAR);
      return raw;
    }
    case TypeKind::kBinary: return Value::BLOB_RAW(text());
    case TypeKind::kDate: return Value::DATE(duckdb::date_t(static_cast<int32_t>(integer())));
    case TypeKind::kTimestamp: return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(integer()));
    case TypeKind::kTimestampNtz: return Value::TIMESTAMP(duckdb::timestamp_t(integer()));
    case TypeKind::kCalendarInterval: {
      const auto& interval = std::get<plan::CalendarIntervalValue>(literal.value);
      return Value::INTERVAL(interval.months, interval.days, interval.micros);
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kVariant:
    case TypeKind::kStruct: return NestedValue(literal);
    case TypeKind::kNull:
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: break;
  }
  Raise(NotImplemented("literals of type " + literal.type.Sql()));
}

Literal ToLiteral(const Value& value, const DataType& type) {
  if (value.IsNull()) return Literal::Null(type);
  switch (type.kind()) {
    case TypeKind::kBoolean: return {type, value.GetValueUnsafe<bool>()};
    case TypeKind::kByte: return {type, int64_t{value.GetValueUnsafe<int8_t>()}};
    case TypeKind::kShort: return {type, int64_t{value.GetValueUnsafe<int16_t>()}};
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDate:
    case TypeKind::kInt: return {type, int64_t{value.GetValueUnsafe<int32_t>()}};
    case TypeKind::kTime:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kLong: return {type, value.GetValueUnsafe<int64_t>()};
    case TypeKind::kFloat: return {type, double{value.GetValueUnsafe<float>()}};
    case TypeKind::kDouble: return {type, value.GetValueUnsafe<double>()};
    case TypeKind::kDecimal: return {type, DecimalUnscaled(value)};
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: return {type, duckdb::StringValue::Get(value)};
    case TypeKind::kCalendarInterval: {
      auto interval = value.GetValueUnsafe<duckdb::interval_t>();
      return {type, plan::CalendarIntervalValue{interval.months, interval.days, interval.micros}};
    }
    case TypeKind::kArray: {
      std::vector<Literal> children;
      for (const Value& child : duckdb::ListValue::GetChildren(value)) children.push_back(ToLiteral(child, type.element()));
      return Literal::Nested(type, std::move(children));
    }
    case TypeKind::kMap: {
      std::vector<Literal> children;
      for (const Value& entry : duckdb::MapValue::GetChildren(value)) {
        const auto& pair = duckdb::StructValue::GetChildren(entry);
        children.push_back(ToLiteral(pair[0], type.key()));
        children.push_back(ToLiteral(pair[1], type.value()));
      }
      return Literal::Nested(type, std::move(children));
    }
    case TypeKind::kStruct: {
      std::vector<Literal> children;
      const auto& values = duckdb::StructValue::GetChildren(value);
      for (size_t i = 0; i < type.fields().size(); ++i) children.push_back(ToLiteral(values[i], type.fields()[i].type));
      return Literal::Nested(type, std::move(children));
    }
    case TypeKind::kVariant: {
      const auto& values = duckdb::StructValue::GetChildren(value);
      return Literal::Nested(type, {ToLiteral(values[1], DataType::Binary()), ToLiteral(values[0], DataType::Binary())});
    }
    case TypeKind::kNull: return Literal::Null(type);
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: break;
  }
  Raise(NotImplemented("values of type " + type.Sql()));
}

}  // namespace crannog::engine::duck
