#include "connect/local_schema.h"

#include <nanoarrow/nanoarrow.hpp>
#include <nanoarrow/nanoarrow_ipc.hpp>

namespace crannog::connect {
namespace {

using plan::DataType;
using plan::StructField;

Result<DataType> TypeOf(const ArrowSchema& schema);

Result<std::vector<StructField>> FieldsOf(const ArrowSchema& schema) {
  std::vector<StructField> fields;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const ArrowSchema& child = *schema.children[i];
    TRY(DataType type, TypeOf(child));
    fields.push_back({child.name == nullptr ? "" : child.name, std::move(type), (child.flags & ARROW_FLAG_NULLABLE) != 0, ""});
  }
  return fields;
}

Result<DataType> TypeOf(const ArrowSchema& schema) {
  ArrowSchemaView view;
  ArrowError error{};
  if (ArrowSchemaViewInit(&view, &schema, &error) != NANOARROW_OK) return Failure(ErrorCode::kInvalidParameterValue, std::string("malformed Arrow schema: ") + error.message);
  switch (view.type) {
    case NANOARROW_TYPE_NA: return DataType::Null();
    case NANOARROW_TYPE_BOOL: return DataType::Boolean();
    case NANOARROW_TYPE_INT8: return DataType::Byte();
    case NANOARROW_TYPE_INT16:
    case NANOARROW_TYPE_UINT8: return DataType::Short();
    case NANOARROW_TYPE_INT32:
    case NANOARROW_TYPE_UINT16: return DataType::Int();
    case NANOARROW_TYPE_INT64:
    case NANOARROW_TYPE_UINT32: return DataType::Long();
    case NANOARROW_TYPE_FLOAT: return DataType::Float();
    case NANOARROW_TYPE_DOUBLE: return DataType::Double();
    case NANOARROW_TYPE_DECIMAL128: return DataType::Decimal(view.decimal_precision, view.decimal_scale);
    case NANOARROW_TYPE_STRING:
    case NANOARROW_TYPE_LARGE_STRING: return DataType::String();
    case NANOARROW_TYPE_BINARY:
    case NANOARROW_TYPE_LARGE_BINARY:
    case NANOARROW_TYPE_FIXED_SIZE_BINARY: return DataType::Binary();
    case NANOARROW_TYPE_DATE32: return DataType::Date();
    case NANOARROW_TYPE_TIME64: return DataType::Time();
    case NANOARROW_TYPE_TIMESTAMP: return view.timezone != nullptr && view.timezone[0] != '\0' ? DataType::Timestamp() : DataType::TimestampNtz();
    case NANOARROW_TYPE_DURATION: return DataType::DayTimeInterval();
    case NANOARROW_TYPE_LIST:
    case NANOARROW_TYPE_LARGE_LIST: {
      TRY(DataType element, TypeOf(*schema.children[0]));
      return DataType::Array(std::move(element), (schema.children[0]->flags & ARROW_FLAG_NULLABLE) != 0);
    }
    case NANOARROW_TYPE_MAP: {
      TRY(DataType key, TypeOf(*schema.children[0]->children[0]));
      TRY(DataType value, TypeOf(*schema.children[0]->children[1]));
      return DataType::Map(std::move(key), std::move(value), (schema.children[0]->children[1]->flags & ARROW_FLAG_NULLABLE) != 0);
    }
    case NANOARROW_TYPE_STRUCT: {
      TRY(std::vector<StructField> fields, FieldsOf(schema));
      return DataType::Struct(std::move(fields));
    }
    default: return Failure(NotImplemented(std::string("local data of the Arrow type ") + ArrowTypeString(view.type)));
  }
}

}  // namespace

Result<DataType> SchemaOfArrowStream(std::string_view bytes) {
  ArrowError error{};
  auto malformed = [&error] { return Failure(ErrorCode::kInvalidParameterValue, std::string("malformed Arrow stream: ") + error.message); };
  nanoarrow::UniqueBuffer buffer;
  if (ArrowBufferAppend(buffer.get(), bytes.data(), static_cast<int64_t>(bytes.size())) != NANOARROW_OK) return malformed();
  nanoarrow::ipc::UniqueInputStream input;
  if (ArrowIpcInputStreamInitBuffer(input.get(), buffer.get()) != NANOARROW_OK) return malformed();
  nanoarrow::UniqueArrayStream stream;
  if (ArrowIpcArrayStreamReaderInit(stream.get(), input.get(), nullptr) != NANOARROW_OK) return malformed();
  nanoarrow::UniqueSchema schema;
  if (ArrowArrayStreamGetSchema(stream.get(), schema.get(), &error) != NANOARROW_OK) return malformed();
  TRY(std::vector<StructField> fields, FieldsOf(*schema.get()));
  return DataType::Struct(std::move(fields));
}

}  // namespace crannog::connect
