#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "plan/data_type.h"

namespace crannog::plan {

/// A 128-bit unscaled decimal value; |value| < 10^38.
using Int128 = __int128;

struct Literal;

/// Legacy interval: three independent parts.
struct CalendarIntervalValue {
  int32_t months = 0;
  int32_t days = 0;
  int64_t micros = 0;
  bool operator==(const CalendarIntervalValue&) const = default;
};

/// A constant with its type. How a type is held in `value`:
/// NULL of any type: std::monostate. BOOLEAN: bool. BYTE, SHORT, INT, LONG, DATE (days since 1970), TIME (nanoseconds of day), TIMESTAMP
/// and TIMESTAMP_NTZ (microseconds since 1970; UTC instant, wall clock), YEAR-MONTH (months), DAY-TIME (microseconds): int64_t.
/// FLOAT, DOUBLE: double. DECIMAL: Int128, unscaled. STRING, CHAR, VARCHAR, BINARY: std::string. ARRAY and STRUCT: children in order; MAP:
/// children key, value, key, value … CALENDAR INTERVAL: CalendarIntervalValue. VARIANT: children[0] metadata, [1] value, both BINARY.
struct Literal {
  using Children = std::shared_ptr<const std::vector<Literal>>;
  DataType type;
  std::variant<std::monostate, bool, int64_t, double, Int128, std::string, CalendarIntervalValue, Children> value;

  bool IsNull() const { return std::holds_alternative<std::monostate>(value); }

  static Literal Null(DataType type = DataType::Null()) { return {std::move(type), std::monostate{}}; }
  static Literal Boolean(bool value) { return {DataType::Boolean(), value}; }
  static Literal Int(int32_t value) { return {DataType::Int(), int64_t{value}}; }
  static Literal Long(int64_t value) { return {DataType::Long(), value}; }
  static Literal Double(double value) { return {DataType::Double(), value}; }
  static Literal String(std::string value) { return {DataType::String(), std::move(value)}; }
  static Literal OfInteger(DataType type, int64_t value) { return {std::move(type), value}; }
  static Literal Decimal(Int128 unscaled, int precision, int scale) { return {DataType::Decimal(precision, scale), unscaled}; }
  static Literal Nested(DataType type, std::vector<Literal> children) {
    return {std::move(type), std::make_shared<const std::vector<Literal>>(std::move(children))};
  }

  bool operator==(const Literal& other) const;
};

}  // namespace crannog::plan
