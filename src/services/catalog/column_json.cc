#include "services/catalog/column_json.h"

#include <fmt/format.h>

#include <algorithm>

namespace crannog::catalog {
namespace {

using plan::TypeKind;

JsonValue MetadataOf(const plan::StructField& field) {
  if (!field.metadata_json.empty()) {
    if (auto metadata = ParseJson(field.metadata_json); metadata && metadata->IsObject()) return std::move(*metadata);
  }
  return JsonValue(JsonValue::Object{});
}

// Spark's JSON of a whole field, as Databricks puts it into type_json.
std::string FieldJson(const plan::StructField& field) {
  std::string out = "{\"name\":";
  AppendJsonString(out, field.name);
  out += fmt::format(",\"type\":{},\"nullable\":{},\"metadata\":{}}}", field.type.Json(), field.nullable, WriteJson(MetadataOf(field)));
  return out;
}

// Clients that know no Spark send a type_name only.
std::optional<plan::DataType> SimpleType(std::string_view name, int64_t precision, int64_t scale) {
  if (name == "BOOLEAN") return plan::DataType::Boolean();
  if (name == "BYTE") return plan::DataType::Byte();
  if (name == "SHORT") return plan::DataType::Short();
  if (name == "INT") return plan::DataType::Int();
  if (name == "LONG") return plan::DataType::Long();
  if (name == "FLOAT") return plan::DataType::Float();
  if (name == "DOUBLE") return plan::DataType::Double();
  if (name == "STRING") return plan::DataType::String();
  if (name == "BINARY") return plan::DataType::Binary();
  if (name == "DATE") return plan::DataType::Date();
  if (name == "TIMESTAMP") return plan::DataType::Timestamp();
  if (name == "TIMESTAMP_NTZ") return plan::DataType::TimestampNtz();
  if (name == "VARIANT") return plan::DataType::Variant();
  if (name == "DECIMAL" && precision > 0 && precision <= 38 && scale >= 0 && scale <= precision) {
    return plan::DataType::Decimal(static_cast<int>(precision), static_cast<int>(scale));
  }
  return std::nullopt;
}

Result<plan::DataType> ReadType(const JsonValue& column, plan::StructField& field) {
  const std::string name = column.StringOr("name", "");
  const std::string text = column.StringOr("type_json", "");
  if (!text.empty()) {
    auto json = ParseJson(text);
    if (json && json->IsObject() && json->Find("name") != nullptr) {
      if (const JsonValue* metadata = json->Find("metadata"); metadata != nullptr && !metadata->AsObject().empty()) {
        field.metadata_json = WriteJson(*metadata);
      }
      if (const JsonValue* type = json->Find("type")) return plan::ParseTypeJson(WriteJson(*type));
    }
    if (auto type = plan::ParseTypeJson(json ? text : WriteJson(JsonValue(text)))) return type;
  }
  if (auto type = SimpleType(column.StringOr("type_name", ""), column.IntOr("type_precision", 0), column.IntOr("type_scale", 0))) return *type;
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("column {} has no type_json that Spark can read", name),
                 "send the JSON of the Spark type in type_json");
}

}  // namespace

std::string ColumnTypeName(const plan::DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return "NULL";
    case TypeKind::kBoolean: return "BOOLEAN";
    case TypeKind::kByte: return "BYTE";
    case TypeKind::kShort: return "SHORT";
    case TypeKind::kInt: return "INT";
    case TypeKind::kLong: return "LONG";
    case TypeKind::kFloat: return "FLOAT";
    case TypeKind::kDouble: return "DOUBLE";
    case TypeKind::kDecimal: return "DECIMAL";
    case TypeKind::kString:
    case TypeKind::kVarchar: return "STRING";
    case TypeKind::kChar: return "CHAR";
    case TypeKind::kBinary: return "BINARY";
    case TypeKind::kDate: return "DATE";
    case TypeKind::kTime: return "TIME";
    case TypeKind::kTimestamp: return "TIMESTAMP";
    case TypeKind::kTimestampNtz: return "TIMESTAMP_NTZ";
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kCalendarInterval: return "INTERVAL";
    case TypeKind::kArray: return "ARRAY";
    case TypeKind::kMap: return "MAP";
    case TypeKind::kStruct: return "STRUCT";
    case TypeKind::kVariant: return "VARIANT";
    case TypeKind::kUserDefined: return "USER_DEFINED_TYPE";
    case TypeKind::kGeometry: return "GEOMETRY";
    case TypeKind::kGeography: return "GEOGRAPHY";
  }
  return "STRING";
}

JsonValue::Array ToColumnInfos(const plan::Schema& schema, const std::vector<std::string>& partition_columns) {
  JsonValue::Array columns;
  for (size_t i = 0; i < schema.size(); ++i) {
    const plan::StructField& field = schema[i];
    JsonValue column(JsonValue::Object{});
    column.Set("name", field.name);
    column.Set("type_text", field.type.CatalogString());
    column.Set("type_name", ColumnTypeName(field.type));
    column.Set("position", static_cast<int64_t>(i));
    if (field.type.Is(TypeKind::kDecimal)) {
      column.Set("type_precision", int64_t{field.type.precision()});
      column.Set("type_scale", int64_t{field.type.scale()});
    }
    if (const std::string comment = MetadataOf(field).StringOr("comment", ""); !comment.empty()) column.Set("comment", comment);
    column.Set("nullable", field.nullable);
    column.Set("type_json", FieldJson(field));
    const auto partition = std::ranges::find(partition_columns, field.name);
    if (partition != partition_columns.end()) column.Set("partition_index", static_cast<int64_t>(partition - partition_columns.begin()));
    columns.push_back(std::move(column));
  }
  return columns;
}

Result<plan::Schema> FromColumnInfos(const JsonValue& columns) {
  plan::Schema schema;
  if (!columns.IsArray()) return schema;
  for (const JsonValue& column : columns.AsArray()) {
    plan::StructField field;
    field.name = column.StringOr("name", "");
    TRY(field.type, ReadType(column, field));
    field.nullable = column.BoolOr("nullable", true);
    if (const std::string comment = column.StringOr("comment", ""); !comment.empty()) {
      JsonValue metadata = MetadataOf(field);
      metadata.Set("comment", comment);
      field.metadata_json = WriteJson(metadata);
    }
    schema.push_back(std::move(field));
  }
  return schema;
}

}  // namespace crannog::catalog
