#include "engine/duckdb/arrow_export.h"

#include <nanoarrow/nanoarrow.h>

#include "base/check.h"
#include "engine/duckdb/kernel_error.h"

namespace crannog::engine::duck {
namespace {

using plan::DataType;
using plan::TypeKind;

void Need(int code) { CHECK(code == NANOARROW_OK); }

// The types given to the appender: as carried, but VOID columns become Arrow's null type.
duckdb::LogicalType AppenderType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return duckdb::LogicalType::SQLNULL;
    case TypeKind::kArray: return duckdb::LogicalType::LIST(AppenderType(type.element()));
    case TypeKind::kMap: return duckdb::LogicalType::MAP(AppenderType(type.key()), AppenderType(type.value()));
    case TypeKind::kStruct: {
      auto carried = ToLogicalType(type);
      duckdb::child_list_t<duckdb::LogicalType> children = duckdb::StructType::GetChildTypes(carried);
      for (size_t i = 0; i < type.fields().size(); ++i) children[i].second = AppenderType(type.fields()[i].type);
      return duckdb::LogicalType::STRUCT(std::move(children));
    }
    default: return ToLogicalType(type);
  }
}

void SetField(ArrowSchema* out, const std::string& name, const DataType& type, bool nullable);

void SetStruct(ArrowSchema* out, const plan::Schema& fields) {
  Need(ArrowSchemaSetTypeStruct(out, static_cast<int64_t>(fields.size())));
  for (size_t i = 0; i < fields.size(); ++i) SetField(out->children[i], fields[i].name, fields[i].type, fields[i].nullable);
}

void SetType(ArrowSchema* out, const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: Need(ArrowSchemaSetFormat(out, "n")); return;
    case TypeKind::kBoolean: Need(ArrowSchemaSetFormat(out, "b")); return;
    case TypeKind::kByte: Need(ArrowSchemaSetFormat(out, "c")); return;
    case TypeKind::kShort: Need(ArrowSchemaSetFormat(out, "s")); return;
    case TypeKind::kInt: Need(ArrowSchemaSetFormat(out, "i")); return;
    case TypeKind::kLong: Need(ArrowSchemaSetFormat(out, "l")); return;
    case TypeKind::kFloat: Need(ArrowSchemaSetFormat(out, "f")); return;
    case TypeKind::kDouble: Need(ArrowSchemaSetFormat(out, "g")); return;
    case TypeKind::kDecimal:
      Need(ArrowSchemaSetFormat(out, ("d:" + std::to_string(type.precision()) + "," + std::to_string(type.scale())).c_str()));
      return;
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: Need(ArrowSchemaSetFormat(out, "u")); return;
    case TypeKind::kBinary: Need(ArrowSchemaSetFormat(out, "z")); return;
    case TypeKind::kDate: Need(ArrowSchemaSetFormat(out, "tdD")); return;
    case TypeKind::kTime: Need(ArrowSchemaSetFormat(out, "ttn")); return;
    case TypeKind::kTimestamp: Need(ArrowSchemaSetFormat(out, "tsu:UTC")); return;
    case TypeKind::kTimestampNtz: Need(ArrowSchemaSetFormat(out, "tsu:")); return;
    case TypeKind::kYearMonthInterval: Need(ArrowSchemaSetFormat(out, "tiM")); return;
    case TypeKind::kDayTimeInterval: Need(ArrowSchemaSetFormat(out, "tDu")); return;
    case TypeKind::kCalendarInterval: Need(ArrowSchemaSetFormat(out, "tin")); return;
    case TypeKind::kArray:
      Need(ArrowSchemaSetFormat(out, "+l"));
      Need(ArrowSchemaAllocateChildren(out, 1));
      ArrowSchemaInit(out->children[0]);
      SetField(out->children[0], "element", type.element(), type.contains_null());
      return;
    case TypeKind::kMap: {
      Need(ArrowSchemaSetFormat(out, "+m"));
      Need(ArrowSchemaAllocateChildren(out, 1));
      ArrowSchema* entries = out->children[0];
      ArrowSchemaInit(entries);
      SetStruct(entries, {{"key", type.key(), false, ""}, {"value", type.value(), type.value_contains_null(), ""}});
      Need(ArrowSchemaSetName(entries, "entries"));
      entries->flags &= ~ARROW_FLAG_NULLABLE;
      return;
    }
    case TypeKind::kStruct: SetStruct(out, type.fields()); return;
    case TypeKind::kVariant: {
      SetStruct(out, {{"value", DataType::Binary(), false, ""}, {"metadata", DataType::Binary(), false, ""}});
      // How PySpark tells a variant from a struct.
      ArrowBuffer metadata;
      Need(ArrowMetadataBuilderInit(&metadata, nullptr));
      Need(ArrowMetadataBuilderAppend(&metadata, ArrowCharView("variant"), ArrowCharView("true")));
      Need(ArrowSchemaSetMetadata(out->children[1], reinterpret_cast<const char*>(metadata.data)));
      ArrowBufferReset(&metadata);
      return;
    }
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: break;
  }
  Raise(NotImplemented("results of type " + type.Sql()));
}

void SetField(ArrowSchema* out, const std::string& name, const DataType& type, bool nullable) {
  SetType(out, type);
  Need(ArrowSchemaSetName(out, name.c_str()));
  if (nullable) {
    out->flags |= ARROW_FLAG_NULLABLE;
  } else {
    out->flags &= ~ARROW_FLAG_NULLABLE;
  }
}

// DuckDB has no struct without fields; Arrow does.
void DropPlaceholders(ArrowArray* array, const DataType& type);
void DropPlaceholdersOfFields(ArrowArray* array, const plan::Schema& fields) {
  if (fields.empty()) {
    for (int64_t i = 0; i < array->n_children; ++i) array->children[i]->release(array->children[i]);
    array->n_children = 0;
    return;
  }
  for (size_t i = 0; i < fields.size(); ++i) DropPlaceholders(array->children[i], fields[i].type);
}
void DropPlaceholders(ArrowArray* array, const DataType& type) {
  if (type.Is(TypeKind::kStruct)) DropPlaceholdersOfFields(array, type.fields());
  if (type.Is(TypeKind::kArray)) DropPlaceholders(array->children[0], type.element());
  if (type.Is(TypeKind::kMap)) {
    DropPlaceholders(array->children[0]->children[0], type.key());
    DropPlaceholders(array->children[0]->children[1], type.value());
  }
}

}  // namespace

void MakeArrowSchema(const plan::Schema& schema, ArrowSchema* out) {
  ArrowSchemaInit(out);
  SetStruct(out, schema);
  out->flags = 0;
}

ArrowExport::ArrowExport(const plan::Schema& schema) : schema_(schema) {
  for (const auto& field : schema) types_.push_back(AppenderType(field.type));
  if (types_.empty()) types_.push_back(duckdb::LogicalType::BOOLEAN);
  Begin();
}

void ArrowExport::Begin() {
  duckdb::ClientProperties properties;
  appender_ = duckdb::make_uniq<duckdb::ArrowAppender>(
      types_, STANDARD_VECTOR_SIZE, properties,
      duckdb::unordered_map<duckdb::idx_t, const duckdb::shared_ptr<duckdb::ArrowTypeExtensionData>>());
  rows_ = 0;
}

void ArrowExport::Append(duckdb::DataChunk& chunk, duckdb::idx_t from, duckdb::idx_t to) {
  appender_->Append(chunk, from, to, chunk.size());
  rows_ += to - from;
}

ArrowBatch ArrowExport::Take() {
  ArrowBatch batch;
  batch.array() = appender_->Finalize();
  DropPlaceholdersOfFields(&batch.array(), schema_);
  MakeArrowSchema(schema_, &batch.schema());
  Begin();
  return batch;
}

}  // namespace crannog::engine::duck
