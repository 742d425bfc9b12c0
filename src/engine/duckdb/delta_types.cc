#include "engine/duckdb/delta_types.h"

#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/timestamp.hpp"

namespace crannog::engine {
namespace {

using delta::TypeKind;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;

duckdb::hugeint_t ToHugeint(delta::Int128 value) {
  duckdb::hugeint_t out;
  out.lower = static_cast<uint64_t>(value);
  out.upper = static_cast<int64_t>(value >> 64);
  return out;
}

duckdb::Value DecimalValue(delta::Int128 value, int32_t precision, int32_t scale) {
  const auto width = static_cast<uint8_t>(precision);
  const auto digits = static_cast<uint8_t>(scale);
  if (precision <= 4) return duckdb::Value::DECIMAL(static_cast<int16_t>(value), width, digits);
  if (precision <= 9) return duckdb::Value::DECIMAL(static_cast<int32_t>(value), width, digits);
  if (precision <= 18) return duckdb::Value::DECIMAL(static_cast<int64_t>(value), width, digits);
  return duckdb::Value::DECIMAL(ToHugeint(value), width, digits);
}

}  // namespace

LogicalType ToDuckDbType(const delta::Type& type, FieldNames names) {
  switch (type.kind) {
    case TypeKind::kBoolean: return LogicalType::BOOLEAN;
    case TypeKind::kByte: return LogicalType::TINYINT;
    case TypeKind::kShort: return LogicalType::SMALLINT;
    case TypeKind::kInteger: return LogicalType::INTEGER;
    case TypeKind::kLong: return LogicalType::BIGINT;
    case TypeKind::kFloat: return LogicalType::FLOAT;
    case TypeKind::kDouble: return LogicalType::DOUBLE;
    case TypeKind::kDecimal: return LogicalType::DECIMAL(static_cast<uint8_t>(type.precision), static_cast<uint8_t>(type.scale));
    case TypeKind::kString: return LogicalType::VARCHAR;
    case TypeKind::kBinary: return LogicalType::BLOB;
    case TypeKind::kDate: return LogicalType::DATE;
    case TypeKind::kTimestamp: return LogicalType::TIMESTAMP_TZ;
    case TypeKind::kTimestampNtz: return LogicalType::TIMESTAMP;
    case TypeKind::kVariant: return LogicalType::STRUCT({{"value", LogicalType::BLOB}, {"metadata", LogicalType::BLOB}});
    case TypeKind::kVoid: return LogicalType::INTEGER;
    case TypeKind::kOther: {
      // Year-month intervals are int32 months, day-time intervals int64 microseconds in files.
      const bool months = type.name.starts_with("interval year") || type.name.starts_with("interval month");
      if (type.name.starts_with("time")) return LogicalType::BIGINT;
      if (type.name.starts_with("interval")) return months ? LogicalType::INTEGER : LogicalType::BIGINT;
      return LogicalType::BLOB;
    }
    case TypeKind::kArray: return LogicalType::LIST(ToDuckDbType(*type.element, names));
    case TypeKind::kMap: return LogicalType::MAP(ToDuckDbType(*type.key, names), ToDuckDbType(*type.element, names));
    case TypeKind::kStruct: {
      duckdb::child_list_t<LogicalType> children;
      for (const delta::Field& field : type.Fields()) {
        children.emplace_back(names == FieldNames::kLogical ? field.name : field.PhysicalName(), ToDuckDbType(field.type, names));
      }
      return LogicalType::STRUCT(std::move(children));
    }
  }
  return LogicalType::BLOB;
}

duckdb::Value ToDuckDbValue(const delta::Value& value, const delta::Type& type) {
  if (delta::IsNull(value)) return duckdb::Value(ToDuckDbType(type));
  switch (type.kind) {
    case TypeKind::kBoolean: return duckdb::Value::BOOLEAN(std::get<bool>(value));
    case TypeKind::kByte: return duckdb::Value::TINYINT(static_cast<int8_t>(std::get<int64_t>(value)));
    case TypeKind::kShort: return duckdb::Value::SMALLINT(static_cast<int16_t>(std::get<int64_t>(value)));
    case TypeKind::kInteger: return duckdb::Value::INTEGER(static_cast<int32_t>(std::get<int64_t>(value)));
    case TypeKind::kLong: return duckdb::Value::BIGINT(std::get<int64_t>(value));
    case TypeKind::kFloat: return duckdb::Value::FLOAT(static_cast<float>(std::get<double>(value)));
    case TypeKind::kDouble: return duckdb::Value::DOUBLE(std::get<double>(value));
    case TypeKind::kDecimal: return DecimalValue(std::get<delta::Int128>(value), type.precision, type.scale);
    case TypeKind::kDate: return duckdb::Value::DATE(duckdb::date_t(static_cast<int32_t>(std::get<int64_t>(value))));
    case TypeKind::kTimestamp: return duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(std::get<int64_t>(value)));
    case TypeKind::kTimestampNtz: return duckdb::Value::TIMESTAMP(duckdb::timestamp_t(std::get<int64_t>(value)));
    case TypeKind::kBinary: {
      const std::string& bytes = std::get<std::string>(value);
      return duckdb::Value::BLOB(reinterpret_cast<duckdb::const_data_ptr_t>(bytes.data()), bytes.size());
    }
    default: return duckdb::Value(std::get<std::string>(value));
  }
}

std::optional<delta::Value> ToDeltaValue(const duckdb::Value& value, const delta::Type& type) {
  if (type.IsNested() || value.type() != ToDuckDbType(type)) return std::nullopt;
  if (value.IsNull()) return delta::Value();
  switch (type.kind) {
    case TypeKind::kBoolean: return delta::Value(value.GetValueUnsafe<bool>());
    case TypeKind::kByte: return delta::Value(int64_t{value.GetValueUnsafe<int8_t>()});
    case TypeKind::kShort: return delta::Value(int64_t{value.GetValueUnsafe<int16_t>()});
    case TypeKind::kInteger: return delta::Value(int64_t{value.GetValueUnsafe<int32_t>()});
    case TypeKind::kLong: return delta::Value(value.GetValueUnsafe<int64_t>());
    case TypeKind::kFloat: return delta::Value(double{value.GetValueUnsafe<float>()});
    case TypeKind::kDouble: return delta::Value(value.GetValueUnsafe<double>());
    case TypeKind::kDate: return delta::Value(int64_t{value.GetValueUnsafe<duckdb::date_t>().days});
    case TypeKind::kTimestamp: case TypeKind::kTimestampNtz: return delta::Value(value.GetValueUnsafe<duckdb::timestamp_t>().value);
    case TypeKind::kString: return delta::Value(duckdb::StringValue::Get(value));
    case TypeKind::kDecimal:
      switch (value.type().InternalType()) {
        case duckdb::PhysicalType::INT16: return delta::Value(delta::Int128{value.GetValueUnsafe<int16_t>()});
        case duckdb::PhysicalType::INT32: return delta::Value(delta::Int128{value.GetValueUnsafe<int32_t>()});
        case duckdb::PhysicalType::INT64: return delta::Value(delta::Int128{value.GetValueUnsafe<int64_t>()});
        case duckdb::PhysicalType::INT128: {
          const auto huge = value.GetValueUnsafe<duckdb::hugeint_t>();
          return delta::Value(static_cast<delta::Int128>((static_cast<unsigned __int128>(static_cast<uint64_t>(huge.upper)) << 64) | huge.lower));
        }
        default: return std::nullopt;
      }
    default: return std::nullopt;
  }
}

}  // namespace crannog::engine
