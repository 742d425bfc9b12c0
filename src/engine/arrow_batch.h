#pragma once

#include <cstdint>
#include <memory>

struct ArrowArray;
struct ArrowSchema;

namespace crannog::engine {

/// Owns one Arrow record batch in the C data interface (a struct array) with its schema. Movable. Threads: one at a time.
/// Arrow types of Spark types: as PySpark expects them (TIMESTAMP us with zone "UTC", TIMESTAMP_NTZ us, DECIMAL 128, intervals as INT32/INT64 months
/// and duration[us], VARIANT struct<value, metadata>).
class ArrowBatch {
 public:
  ArrowBatch();
  ArrowBatch(ArrowBatch&&) noexcept;
  ArrowBatch& operator=(ArrowBatch&&) noexcept;
  ~ArrowBatch();

  ArrowArray& array() { return *array_; }
  ArrowSchema& schema() { return *schema_; }
  const ArrowArray& array() const { return *array_; }
  const ArrowSchema& schema() const { return *schema_; }
  int64_t row_count() const;

 private:
  std::unique_ptr<ArrowArray> array_;
  std::unique_ptr<ArrowSchema> schema_;
};

}  // namespace crannog::engine
