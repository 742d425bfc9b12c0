#include "engine/arrow_batch.h"

#include <nanoarrow/nanoarrow.h>

namespace crannog::engine {

ArrowBatch::ArrowBatch() : array_(std::make_unique<ArrowArray>()), schema_(std::make_unique<ArrowSchema>()) {
  array_->release = nullptr;
  schema_->release = nullptr;
}

ArrowBatch::ArrowBatch(ArrowBatch&&) noexcept = default;
ArrowBatch& ArrowBatch::operator=(ArrowBatch&& other) noexcept {
  std::swap(array_, other.array_);
  std::swap(schema_, other.schema_);
  return *this;
}

ArrowBatch::~ArrowBatch() {
  if (array_ && array_->release != nullptr) array_->release(array_.get());
  if (schema_ && schema_->release != nullptr) schema_->release(schema_.get());
}

int64_t ArrowBatch::row_count() const { return array_->length; }

}  // namespace crannog::engine
