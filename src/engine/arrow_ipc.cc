#include "engine/arrow_ipc.h"

#include <nanoarrow/nanoarrow.hpp>
#include <nanoarrow/nanoarrow_ipc.hpp>

namespace crannog::engine {
namespace {

Error ArrowFailure(const char* step, const ArrowError& error) {
  return MakeError(ErrorCode::kInternal, std::string("Arrow ") + step + ": " + error.message);
}

Result<> AppendBatch(ArrowIpcWriter& writer, const ArrowBatch& batch) {
  ArrowError error{};
  nanoarrow::UniqueArrayView view;
  if (ArrowArrayViewInitFromSchema(view.get(), &batch.schema(), &error) != NANOARROW_OK) return Failure(ArrowFailure("view", error));
  if (ArrowArrayViewSetArray(view.get(), &batch.array(), &error) != NANOARROW_OK) return Failure(ArrowFailure("view", error));
  if (ArrowIpcWriterWriteArrayView(&writer, view.get(), &error) != NANOARROW_OK) return Failure(ArrowFailure("write", error));
  return {};
}

template <typename Batches>
Result<std::string> WriteStream(const ArrowSchema& schema, const Batches& batches) {
  ArrowError error{};
  nanoarrow::UniqueBuffer buffer;
  nanoarrow::ipc::UniqueOutputStream stream;
  if (ArrowIpcOutputStreamInitBuffer(stream.get(), buffer.get()) != NANOARROW_OK) return Failure(ErrorCode::kInternal, "Arrow output stream");
  nanoarrow::ipc::UniqueWriter writer;
  if (ArrowIpcWriterInit(writer.get(), stream.get()) != NANOARROW_OK) return Failure(ErrorCode::kInternal, "Arrow writer");
  if (ArrowIpcWriterWriteSchema(writer.get(), &schema, &error) != NANOARROW_OK) return Failure(ArrowFailure("write schema", error));
  for (const ArrowBatch* batch : batches) TRY(AppendBatch(*writer.get(), *batch));
  if (ArrowIpcWriterWriteArrayView(writer.get(), nullptr, &error) != NANOARROW_OK) return Failure(ArrowFailure("end", error));
  return std::string(reinterpret_cast<const char*>(buffer->data), static_cast<size_t>(buffer->size_bytes));
}

}  // namespace

Result<std::string> WriteArrowStream(const ArrowBatch& batch) {
  const ArrowBatch* one[] = {&batch};
  return WriteStream(batch.schema(), one);
}

Result<std::string> WriteArrowStream(const std::vector<ArrowBatch>& batches) {
  std::vector<const ArrowBatch*> pointers;
  for (const ArrowBatch& batch : batches) pointers.push_back(&batch);
  if (pointers.empty()) return Failure(ErrorCode::kInternal, "an Arrow stream needs a schema");
  return WriteStream(pointers[0]->schema(), pointers);
}

Result<std::vector<ArrowBatch>> ReadArrowStream(std::string_view bytes) {
  ArrowError error{};
  nanoarrow::UniqueBuffer buffer;
  if (ArrowBufferAppend(buffer.get(), bytes.data(), static_cast<int64_t>(bytes.size())) != NANOARROW_OK) {
    return Failure(ErrorCode::kResourceExhausted, "no memory for an Arrow stream");
  }
  nanoarrow::ipc::UniqueInputStream input;
  if (ArrowIpcInputStreamInitBuffer(input.get(), buffer.get()) != NANOARROW_OK) return Failure(ErrorCode::kInternal, "Arrow input stream");
  nanoarrow::UniqueArrayStream stream;
  if (ArrowIpcArrayStreamReaderInit(stream.get(), input.get(), nullptr) != NANOARROW_OK) return Failure(ErrorCode::kInternal, "Arrow reader");
  auto malformed = [&error] { return Failure(ErrorCode::kInvalidParameterValue, std::string("malformed Arrow stream: ") + error.message); };
  nanoarrow::UniqueSchema schema;
  if (ArrowArrayStreamGetSchema(stream.get(), schema.get(), &error) != NANOARROW_OK) return malformed();
  std::vector<ArrowBatch> batches;
  for (;;) {
    ArrowBatch batch;
    if (ArrowArrayStreamGetNext(stream.get(), &batch.array(), &error) != NANOARROW_OK) return malformed();
    if (batch.array().release == nullptr) break;
    if (ArrowSchemaDeepCopy(schema.get(), &batch.schema()) != NANOARROW_OK) return Failure(ErrorCode::kInternal, "Arrow schema copy");
    batches.push_back(std::move(batch));
  }
  return batches;
}

Result<ArrowBatch> EmptyBatch(const plan::Schema& schema) {
  ArrowError error{};
  ArrowBatch empty;
  TRY(ToArrowSchema(schema, empty.schema()));
  if (ArrowArrayInitFromSchema(&empty.array(), &empty.schema(), &error) != NANOARROW_OK) return Failure(ArrowFailure("init", error));
  if (ArrowArrayStartAppending(&empty.array()) != NANOARROW_OK) return Failure(ArrowFailure("start", error));
  if (ArrowArrayFinishBuildingDefault(&empty.array(), &error) != NANOARROW_OK) return Failure(ArrowFailure("finish", error));
  return empty;
}

}  // namespace crannog::engine
