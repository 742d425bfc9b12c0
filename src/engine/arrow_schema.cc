#include <nanoarrow/nanoarrow.hpp>

#include "engine/arrow_ipc.h"

namespace crannog::engine {
namespace {

using plan::DataType;
using plan::TypeKind;

ArrowErrorCode SetType(const DataType& type, ArrowSchema& out);

ArrowErrorCode SetField(const plan::StructField& field, ArrowSchema& out) {
  NANOARROW_RETURN_NOT_OK(SetType(field.type, out));
  NANOARROW_RETURN_NOT_OK(ArrowSchemaSetName(&out, field.name.c_str()));
  out.flags = field.nullable ? out.flags | ARROW_FLAG_NULLABLE : out.flags & ~ARROW_FLAG_NULLABLE;
  return NANOARROW_OK;
}

ArrowErrorCode SetStruct(const std::vector<plan::StructField>& fields, ArrowSchema& out) {
  NANOARROW_RETURN_NOT_OK(ArrowSchemaSetTypeStruct(&out, static_cast<int64_t>(fields.size())));
  for (size_t i = 0; i < fields.size(); ++i) NANOARROW_RETURN_NOT_OK(SetField(fields[i], *out.children[i]));
  return NANOARROW_OK;
}

// A VARIANT travels as a struct whose second field says so in its metadata. Source: PySpark's to_arrow_type.
ArrowErrorCode SetVariant(ArrowSchema& out) {
  NANOARROW_RETURN_NOT_OK(SetStruct({{"value", DataType::Binary(), false, ""}, {"metadata", DataType::Binary(), false, ""}}, out));
  nanoarrow::UniqueBuffer metadata;
  NANOARROW_RETURN_NOT_OK(ArrowMetadataBuilderInit(metadata.get(), nullptr));
  NANOARROW_RETURN_NOT_OK(ArrowMetadataBuilderAppend(metadata.get(), ArrowCharView("variant"), ArrowCharView("true")));
  return ArrowSchemaSetMetadata(out.children[1], reinterpret_cast<const char*>(metadata->data));
}

ArrowErrorCode SetSimple(ArrowSchema& out, ArrowType type) { return ArrowSchemaSetType(&out, type); }

ArrowErrorCode SetType(const DataType& type, ArrowSchema& out) {
  switch (type.kind()) {
    case TypeKind::kNull: return SetSimple(out, NANOARROW_TYPE_NA);
    case TypeKind::kBoolean: return SetSimple(out, NANOARROW_TYPE_BOOL);
    case TypeKind::kByte: return SetSimple(out, NANOARROW_TYPE_INT8);
    case TypeKind::kShort: return SetSimple(out, NANOARROW_TYPE_INT16);
    case TypeKind::kInt:
    case TypeKind::kYearMonthInterval: return SetSimple(out, NANOARROW_TYPE_INT32);
    case TypeKind::kLong: return SetSimple(out, NANOARROW_TYPE_INT64);
    case TypeKind::kFloat: return SetSimple(out, NANOARROW_TYPE_FLOAT);
    case TypeKind::kDouble: return SetSimple(out, NANOARROW_TYPE_DOUBLE);
    case TypeKind::kDecimal: return ArrowSchemaSetTypeDecimal(&out, NANOARROW_TYPE_DECIMAL128, type.precision(), type.scale());
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kUserDefined: return SetSimple(out, NANOARROW_TYPE_STRING);
    case TypeKind::kBinary:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: return SetSimple(out, NANOARROW_TYPE_BINARY);
    case TypeKind::kDate: return SetSimple(out, NANOARROW_TYPE_DATE32);
    case TypeKind::kTime: return ArrowSchemaSetTypeDateTime(&out, NANOARROW_TYPE_TIME64, NANOARROW_TIME_UNIT_NANO, nullptr);
    case TypeKind::kTimestamp: return ArrowSchemaSetTypeDateTime(&out, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_MICRO, "UTC");
    case TypeKind::kTimestampNtz: return ArrowSchemaSetTypeDateTime(&out, NANOARROW_TYPE_TIMESTAMP, NANOARROW_TIME_UNIT_MICRO, nullptr);
    case TypeKind::kDayTimeInterval: return ArrowSchemaSetTypeDateTime(&out, NANOARROW_TYPE_DURATION, NANOARROW_TIME_UNIT_MICRO, nullptr);
    case TypeKind::kCalendarInterval: return SetSimple(out, NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO);
    case TypeKind::kArray:
      NANOARROW_RETURN_NOT_OK(SetSimple(out, NANOARROW_TYPE_LIST));
      return SetField({"element", type.element(), type.contains_null(), ""}, *out.children[0]);
    case TypeKind::kMap:
      NANOARROW_RETURN_NOT_OK(SetSimple(out, NANOARROW_TYPE_MAP));
      NANOARROW_RETURN_NOT_OK(SetField({"key", type.key(), false, ""}, *out.children[0]->children[0]));
      return SetField({"value", type.value(), type.value_contains_null(), ""}, *out.children[0]->children[1]);
    case TypeKind::kStruct: return SetStruct(type.fields(), out);
    case TypeKind::kVariant: return SetVariant(out);
  }
  return EINVAL;
}

}  // namespace

Result<> ToArrowSchema(const plan::Schema& schema, ArrowSchema& out) {
  ArrowSchemaInit(&out);
  if (SetStruct(schema, out) != NANOARROW_OK) return Failure(ErrorCode::kInternal, "an Arrow schema could not be made");
  return {};
}

}  // namespace crannog::engine
