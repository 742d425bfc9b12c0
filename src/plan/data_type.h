#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace crannog::plan {

/// Spark SQL's types. Source: Spark 4.1 org.apache.spark.sql.types.
enum class TypeKind : uint8_t {
  kNull,  // VOID
  kBoolean,
  kByte,
  kShort,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kChar,
  kVarchar,
  kBinary,
  kDate,
  kTime,
  kTimestamp,     // with local time zone: an instant
  kTimestampNtz,  // wall clock without zone
  kYearMonthInterval,
  kDayTimeInterval,
  kCalendarInterval,  // legacy months, days, microseconds
  kArray,
  kMap,
  kStruct,
  kVariant,
  kUserDefined,
  kGeometry,
  kGeography,
};

/// Fields of interval types; year-month uses kYear and kMonth, day-time the others.
enum class IntervalField : uint8_t { kYear = 0, kMonth = 1, kDay = 0, kHour = 1, kMinute = 2, kSecond = 3 };

class DataType;
struct StructField;

/// A Spark data type: an immutable value, cheap to copy (children are shared). Threads: any.
/// Equality is exact (nullability, field names and their case, collation, metadata); see the Same* functions for weaker ones.
class DataType {
 public:
  DataType() : DataType(TypeKind::kNull) {}
  /// Makes a type without parameters (kString is UTF8_BINARY).
  explicit DataType(TypeKind kind) : kind_(kind) {}

  static DataType Null() { return DataType(TypeKind::kNull); }
  static DataType Boolean() { return DataType(TypeKind::kBoolean); }
  static DataType Byte() { return DataType(TypeKind::kByte); }
  static DataType Short() { return DataType(TypeKind::kShort); }
  static DataType Int() { return DataType(TypeKind::kInt); }
  static DataType Long() { return DataType(TypeKind::kLong); }
  static DataType Float() { return DataType(TypeKind::kFloat); }
  static DataType Double() { return DataType(TypeKind::kDouble); }
  static DataType Decimal(int precision, int scale);
  static DataType String(std::string collation = "");
  static DataType Char(int length);
  static DataType Varchar(int length);
  static DataType Binary() { return DataType(TypeKind::kBinary); }
  static DataType Date() { return DataType(TypeKind::kDate); }
  static DataType Time(int precision = 6);
  static DataType Timestamp() { return DataType(TypeKind::kTimestamp); }
  static DataType TimestampNtz() { return DataType(TypeKind::kTimestampNtz); }
  /// Fields 0 YEAR, 1 MONTH.
  static DataType YearMonthInterval(int start_field = 0, int end_field = 1);
  /// Fields 0 DAY, 1 HOUR, 2 MINUTE, 3 SECOND.
  static DataType DayTimeInterval(int start_field = 0, int end_field = 3);
  static DataType CalendarInterval() { return DataType(TypeKind::kCalendarInterval); }
  static DataType Variant() { return DataType(TypeKind::kVariant); }
  static DataType Array(DataType element, bool contains_null = true);
  static DataType Map(DataType key, DataType value, bool value_contains_null = true);
  static DataType Struct(std::vector<StructField> fields);

  TypeKind kind() const { return kind_; }
  bool Is(TypeKind kind) const { return kind_ == kind; }

  int precision() const { return first_; }    ///< kDecimal, kTime
  int scale() const { return second_; }       ///< kDecimal
  int length() const { return first_; }       ///< kChar, kVarchar
  int start_field() const { return first_; }  ///< intervals
  int end_field() const { return second_; }   ///< intervals
  /// Collation name; "" is UTF8_BINARY. kString only.
  const std::string& collation() const;

  const DataType& element() const;    ///< kArray
  bool contains_null() const;         ///< kArray
  const DataType& key() const;        ///< kMap
  const DataType& value() const;      ///< kMap
  bool value_contains_null() const;   ///< kMap
  const std::vector<StructField>& fields() const;  ///< kStruct

  bool IsIntegral() const { return kind_ >= TypeKind::kByte && kind_ <= TypeKind::kLong; }
  bool IsFractional() const { return kind_ == TypeKind::kFloat || kind_ == TypeKind::kDouble || kind_ == TypeKind::kDecimal; }
  bool IsNumeric() const { return IsIntegral() || IsFractional(); }
  bool IsStringLike() const { return kind_ == TypeKind::kString || kind_ == TypeKind::kChar || kind_ == TypeKind::kVarchar; }
  bool IsDatetime() const { return kind_ == TypeKind::kDate || kind_ == TypeKind::kTimestamp || kind_ == TypeKind::kTimestampNtz; }
  bool IsAnsiInterval() const { return kind_ == TypeKind::kYearMonthInterval || kind_ == TypeKind::kDayTimeInterval; }
  bool IsNested() const { return kind_ == TypeKind::kArray || kind_ == TypeKind::kMap || kind_ == TypeKind::kStruct; }

  /// "struct<a:int,b:array<string>>", "decimal(10,2)": Spark's catalogString, as golden files and DESCRIBE show it.
  std::string CatalogString() const;
  /// "STRUCT<a: INT NOT NULL, b: ARRAY<STRING>>": Spark's sql, as error messages show it.
  std::string Sql() const;
  /// Spark's JSON form of a type, as Delta's schemaString uses it.
  std::string Json() const;

  bool operator==(const DataType& other) const;

 private:
  struct Nested;
  TypeKind kind_;
  int first_ = 0;
  int second_ = 0;
  std::shared_ptr<const Nested> nested_;
};

/// A field of a struct, or a column of a schema. `metadata_json` is a JSON object text ("" when empty): comments, char/varchar
/// raw types, Delta's column mapping and defaults live there.
struct StructField {
  std::string name;
  DataType type;
  bool nullable = true;
  std::string metadata_json;
  bool operator==(const StructField&) const = default;
};

/// Names and types of the columns of a relation.
using Schema = std::vector<StructField>;

/// Tells equality without nullability and metadata; names exact.
bool SameTypeIgnoringNullability(const DataType& left, const DataType& right);
/// Gives the type with every nested value nullable.
DataType AsNullable(const DataType& type);

/// Reads Spark's JSON form (DataType::Json), of a struct or any other type.
Result<DataType> ParseTypeJson(std::string_view json);

}  // namespace crannog::plan
