#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace crannog::delta {

/// Types that a Delta schema may hold. Source: PROTOCOL.md, "Schema Serialization Format".
enum class TypeKind : uint8_t {
  kBoolean, kByte, kShort, kInteger, kLong, kFloat, kDouble, kDecimal, kString, kBinary,
  kDate, kTimestamp, kTimestampNtz, kVariant, kVoid,
  kOther,  ///< char, varchar, intervals and what a later protocol may add: carried by name
  kArray, kMap, kStruct,
};

struct Field;

/// A type of a Delta schema: an immutable value, children shared.
struct Type {
  TypeKind kind = TypeKind::kVoid;
  int32_t precision = 0, scale = 0;           ///< kDecimal
  std::string name;                           ///< the primitive's spelling ("string collate UTF8_LCASE", "interval day")
  std::shared_ptr<const std::vector<Field>> fields;  ///< kStruct
  std::shared_ptr<const Type> key;            ///< kMap
  std::shared_ptr<const Type> element;        ///< kArray's element, kMap's value
  bool contains_null = true;                  ///< kArray, kMap

  bool IsNested() const { return kind >= TypeKind::kArray; }
  const std::vector<Field>& Fields() const { return *fields; }  ///< kStruct
};

/// A column or a struct's field. `metadata` is a JSON object (or null): comments, column mapping, defaults, type changes.
struct Field {
  std::string name;
  Type type;
  bool nullable = true;
  JsonValue metadata;

  /// Name in data files: delta.columnMapping.physicalName where present, else the name.
  std::string PhysicalName() const;
  /// delta.columnMapping.id, or nothing.
  std::optional<int32_t> FieldId() const;
};

using Schema = std::vector<Field>;

Type PrimitiveType(TypeKind kind);
Type DecimalType(int32_t precision, int32_t scale);
Type ArrayType(Type element, bool contains_null);
Type MapType(Type key, Type value, bool value_contains_null);
Type StructType(std::vector<Field> fields);

/// Reads a schemaString. Errors: kDataLoss with what is wrong. Limits: nesting of JSON.
Result<Schema> ParseSchema(std::string_view schema_string);
/// Writes a schemaString as Spark does.
std::string WriteSchema(const Schema& schema);
/// Writes one type in Spark's JSON form ("long", {"type":"array",…}).
JsonValue TypeToJson(const Type& type);
Result<Type> TypeFromJson(const JsonValue& json);
/// Shows a type as SQL does: "STRUCT<a: INT>".
std::string TypeToSql(const Type& type);

bool SameType(const Type& left, const Type& right);

/// Finds a top-level column, ignoring case; null when absent.
const Field* FindField(const Schema& schema, std::string_view name);
/// Finds a column by its path of names, ignoring case, through structs; null when absent.
const Field* FindField(const Schema& schema, const std::vector<std::string>& path);

/// Tells whether a file of type `from` may be read as `to`: equal, or one of the protocol's type changes.
/// Source: PROTOCOL.md, "Type Widening", Supported type changes.
bool IsSupportedTypeChange(const Type& from, const Type& to);

bool EqualIgnoringCase(std::string_view left, std::string_view right);

}  // namespace crannog::delta
