#include "delta/schema.h"

#include <fmt/format.h>

#include <charconv>

namespace crannog::delta {
namespace {

struct PrimitiveName {
  std::string_view name;
  std::string_view sql;
  TypeKind kind;
};
constexpr PrimitiveName kPrimitives[] = {
    {"boolean", "BOOLEAN", TypeKind::kBoolean}, {"byte", "TINYINT", TypeKind::kByte},
    {"short", "SMALLINT", TypeKind::kShort},    {"integer", "INT", TypeKind::kInteger},
    {"long", "BIGINT", TypeKind::kLong},        {"float", "FLOAT", TypeKind::kFloat},
    {"double", "DOUBLE", TypeKind::kDouble},    {"string", "STRING", TypeKind::kString},
    {"binary", "BINARY", TypeKind::kBinary},    {"date", "DATE", TypeKind::kDate},
    {"timestamp", "TIMESTAMP", TypeKind::kTimestamp}, {"timestamp_ntz", "TIMESTAMP_NTZ", TypeKind::kTimestampNtz},
    {"variant", "VARIANT", TypeKind::kVariant}, {"void", "VOID", TypeKind::kVoid},
    {"null", "VOID", TypeKind::kVoid},
};

Error SchemaError(std::string what) { return MakeError(ErrorCode::kDataLoss, fmt::format("malformed table schema: {}", what)); }

Result<Type> ParsePrimitive(const std::string& name) {
  for (const PrimitiveName& row : kPrimitives) {
    if (row.name == name) return PrimitiveType(row.kind);
  }
  if (name == "decimal") return DecimalType(10, 0);
  if (name.starts_with("decimal(") && name.ends_with(")")) {
    int32_t precision = 0, scale = 0;
    const char* end = name.data() + name.size() - 1;
    auto [comma, bad] = std::from_chars(name.data() + 8, end, precision);
    if (bad == std::errc() && comma != end && *comma == ',') {
      ++comma;
      while (comma != end && *comma == ' ') ++comma;
      auto [stop, bad_scale] = std::from_chars(comma, end, scale);
      if (bad_scale == std::errc() && stop == end && precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision) {
        return DecimalType(precision, scale);
      }
    }
    return Failure(SchemaError(fmt::format("type '{}'", name)));
  }
  if (name.starts_with("string collate ")) {
    Type type = PrimitiveType(TypeKind::kString);
    type.name = name;
    return type;
  }
  if (name.starts_with("char(") || name.starts_with("varchar(")) {
    Type type = PrimitiveType(TypeKind::kString);
    type.name = name;
    return type;
  }
  if (name.starts_with("interval ") || name.starts_with("time") || name.starts_with("geometry") || name.starts_with("geography") || name == "calendar_interval" || name == "interval") {
    Type type;
    type.kind = TypeKind::kOther;
    type.name = name;
    return type;
  }
  return Failure(SchemaError(fmt::format("unknown type '{}'", name)));
}

Result<std::vector<Field>> ParseFields(const JsonValue& json) {
  const JsonValue* list = json.Find("fields");
  if (list == nullptr || !list->IsArray()) return Failure(SchemaError("a struct without fields"));
  std::vector<Field> fields;
  for (const JsonValue& item : list->AsArray()) {
    const JsonValue* name = item.Find("name");
    const JsonValue* type = item.Find("type");
    if (name == nullptr || !name->IsString() || type == nullptr) return Failure(SchemaError("a field without name or type"));
    Field field;
    field.name = name->AsString();
    TRY(field.type, TypeFromJson(*type));
    field.nullable = item.BoolOr("nullable", true);
    if (const JsonValue* metadata = item.Find("metadata")) field.metadata = *metadata;
    fields.push_back(std::move(field));
  }
  return fields;
}

JsonValue StructToJson(const std::vector<Field>& fields) {
  JsonValue::Array list;
  for (const Field& field : fields) {
    JsonValue item;
    item.Set("name", field.name);
    item.Set("type", TypeToJson(field.type));
    item.Set("nullable", field.nullable);
    item.Set("metadata", field.metadata.IsObject() ? field.metadata : JsonValue(JsonValue::Object{}));
    list.push_back(std::move(item));
  }
  JsonValue json;
  json.Set("type", "struct");
  json.Set("fields", std::move(list));
  return json;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }

int IntegerDigits(TypeKind kind) {
  switch (kind) {
    case TypeKind::kByte: return 3;
    case TypeKind::kShort: return 5;
    case TypeKind::kInteger: return 10;
    case TypeKind::kLong: return 20;
    default: return 0;
  }
}

}  // namespace

std::string Field::PhysicalName() const { return metadata.StringOr("delta.columnMapping.physicalName", name); }

std::optional<int32_t> Field::FieldId() const {
  const JsonValue* id = metadata.Find("delta.columnMapping.id");
  if (id == nullptr || !id->IsInt()) return std::nullopt;
  return static_cast<int32_t>(id->AsInt());
}

Type PrimitiveType(TypeKind kind) {
  Type type;
  type.kind = kind;
  for (const PrimitiveName& row : kPrimitives) {
    if (row.kind == kind) {
      type.name = row.name;
      break;
    }
  }
  return type;
}

Type DecimalType(int32_t precision, int32_t scale) {
  Type type;
  type.kind = TypeKind::kDecimal;
  type.precision = precision;
  type.scale = scale;
  type.name = fmt::format("decimal({},{})", precision, scale);
  return type;
}

Type ArrayType(Type element, bool contains_null) {
  Type type;
  type.kind = TypeKind::kArray;
  type.element = std::make_shared<const Type>(std::move(element));
  type.contains_null = contains_null;
  return type;
}

Type MapType(Type key, Type value, bool value_contains_null) {
  Type type;
  type.kind = TypeKind::kMap;
  type.key = std::make_shared<const Type>(std::move(key));
  type.element = std::make_shared<const Type>(std::move(value));
  type.contains_null = value_contains_null;
  return type;
}

Type StructType(std::vector<Field> fields) {
  Type type;
  type.kind = TypeKind::kStruct;
  type.fields = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

Result<Type> TypeFromJson(const JsonValue& json) {
  if (json.IsString()) return ParsePrimitive(json.AsString());
  const std::string kind = json.StringOr("type", "");
  if (kind == "struct") {
    TRY(std::vector<Field> fields, ParseFields(json));
    return StructType(std::move(fields));
  }
  if (kind == "array") {
    const JsonValue* element = json.Find("elementType");
    if (element == nullptr) return Failure(SchemaError("an array without elementType"));
    TRY(Type element_type, TypeFromJson(*element));
    return ArrayType(std::move(element_type), json.BoolOr("containsNull", true));
  }
  if (kind == "map") {
    const JsonValue* key = json.Find("keyType");
    const JsonValue* value = json.Find("valueType");
    if (key == nullptr || value == nullptr) return Failure(SchemaError("a map without keyType or valueType"));
    TRY(Type key_type, TypeFromJson(*key));
    TRY(Type value_type, TypeFromJson(*value));
    return MapType(std::move(key_type), std::move(value_type), json.BoolOr("valueContainsNull", true));
  }
  if (kind == "udt") {
    if (const JsonValue* sql = json.Find("sqlType")) return TypeFromJson(*sql);
  }
  return Failure(SchemaError(fmt::format("unknown type '{}'", kind)));
}

JsonValue TypeToJson(const Type& type) {
  JsonValue json;
  switch (type.kind) {
    case TypeKind::kStruct: return StructToJson(type.Fields());
    case TypeKind::kArray:
      json.Set("type", "array");
      json.Set("elementType", TypeToJson(*type.element));
      json.Set("containsNull", type.contains_null);
      return json;
    case TypeKind::kMap:
      json.Set("type", "map");
      json.Set("keyType", TypeToJson(*type.key));
      json.Set("valueType", TypeToJson(*type.element));
      json.Set("valueContainsNull", type.contains_null);
      return json;
    default: return type.name;
  }
}

std::string TypeToSql(const Type& type) {
  switch (type.kind) {
    case TypeKind::kStruct: {
      std::string out;
      for (const Field& field : type.Fields()) {
        out += fmt::format("{}{}: {}{}", out.empty() ? "" : ", ", field.name, TypeToSql(field.type), field.nullable ? "" : " NOT NULL");
      }
      return fmt::format("STRUCT<{}>", out);
    }
    case TypeKind::kArray: return fmt::format("ARRAY<{}>", TypeToSql(*type.element));
    case TypeKind::kMap: return fmt::format("MAP<{}, {}>", TypeToSql(*type.key), TypeToSql(*type.element));
    default: break;
  }
  for (const PrimitiveName& row : kPrimitives) {
    if (row.name == type.name) return std::string(row.sql);
  }
  std::string out;
  for (char c : type.name) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

Result<Schema> ParseSchema(std::string_view schema_string) {
  if (schema_string.empty()) return Schema{};
  auto json = ParseJson(schema_string);
  if (!json) return Failure(SchemaError(json.error().message));
  if (json->StringOr("type", "") != "struct") return Failure(SchemaError("the table's type is no struct"));
  return ParseFields(*json);
}

std::string WriteSchema(const Schema& schema) { return WriteJson(StructToJson(schema)); }

bool SameType(const Type& left, const Type& right) {
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case TypeKind::kArray: return left.contains_null == right.contains_null && SameType(*left.element, *right.element);
    case TypeKind::kMap:
      return left.contains_null == right.contains_null && SameType(*left.key, *right.key) && SameType(*left.element, *right.element);
    case TypeKind::kStruct: {
      if (left.Fields().size() != right.Fields().size()) return false;
      for (size_t i = 0; i < left.Fields().size(); ++i) {
        const Field& a = left.Fields()[i];
        const Field& b = right.Fields()[i];
        if (a.name != b.name || a.nullable != b.nullable || !SameType(a.type, b.type)) return false;
      }
      return true;
    }
    default: return left.name == right.name;
  }
}

bool EqualIgnoringCase(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (Lower(left[i]) != Lower(right[i])) return false;
  }
  return true;
}

const Field* FindField(const Schema& schema, std::string_view name) {
  for (const Field& field : schema) {
    if (field.name == name) return &field;
  }
  for (const Field& field : schema) {
    if (EqualIgnoringCase(field.name, name)) return &field;
  }
  return nullptr;
}

const Field* FindField(const Schema& schema, const std::vector<std::string>& path) {
  const Schema* level = &schema;
  const Field* field = nullptr;
  for (const std::string& name : path) {
    if (level == nullptr) return nullptr;
    field = FindField(*level, name);
    if (field == nullptr) return nullptr;
    level = field->type.kind == TypeKind::kStruct ? field->type.fields.get() : nullptr;
  }
  return field;
}

bool IsSupportedTypeChange(const Type& from, const Type& to) {
  if (from.kind == to.kind && from.kind != TypeKind::kDecimal) return !from.IsNested();
  const int digits = IntegerDigits(from.kind);
  switch (to.kind) {
    case TypeKind::kShort: return from.kind == TypeKind::kByte;
    case TypeKind::kInteger: return from.kind == TypeKind::kByte || from.kind == TypeKind::kShort;
    case TypeKind::kLong: return from.kind >= TypeKind::kByte && from.kind <= TypeKind::kInteger;
    case TypeKind::kDouble: return from.kind == TypeKind::kFloat || (from.kind >= TypeKind::kByte && from.kind <= TypeKind::kInteger);
    case TypeKind::kTimestampNtz: return from.kind == TypeKind::kDate;
    case TypeKind::kDecimal:
      if (from.kind == TypeKind::kDecimal) {
        return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
      }
      // Byte, short and int need Decimal(10 + k1, k2), long Decimal(20 + k1, k2) with k1 >= k2 >= 0.
      return digits > 0 && to.precision - to.scale >= (digits == 20 ? 20 : 10);
    default: return false;
  }
}

}  // namespace crannog::delta
