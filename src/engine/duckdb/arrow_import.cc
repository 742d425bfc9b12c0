#include "engine/duckdb/arrow_import.h"

#include <nanoarrow/nanoarrow.h>
#include <nanoarrow/nanoarrow_ipc.h>

#include <algorithm>

#include "engine/duckdb/kernel_error.h"

namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using plan::DataType;
using plan::TypeKind;

[[noreturn]] void FailImport(const std::string& what) {
  RaiseCondition("INTERNAL_ERROR", {{"message", "local data could not be read: " + what}});
}

template <typename T>
void CopyIntegers(const ArrowArrayView* view, int64_t from, idx_t rows, duckdb::Vector& out) {
  T* data = duckdb::FlatVector::GetData<T>(out);
  for (idx_t i = 0; i < rows; ++i) data[i] = static_cast<T>(ArrowArrayViewGetIntUnsafe(view, from + static_cast<int64_t>(i)));
}

// Arrow's time units to Spark's: microseconds (nanoseconds for TIME).
int64_t UnitFactor(ArrowTimeUnit unit, int64_t per_second) {
  switch (unit) {
    case NANOARROW_TIME_UNIT_SECOND: return per_second;
    case NANOARROW_TIME_UNIT_MILLI: return per_second / 1000;
    case NANOARROW_TIME_UNIT_MICRO: return per_second / 1000000;
    case NANOARROW_TIME_UNIT_NANO: return per_second == 1000000000 ? 1 : -1000;
  }
  return 1;
}

void CopyTimes(const ArrowArrayView* view, const ArrowSchema* schema, int64_t from, idx_t rows, duckdb::Vector& out, int64_t per_second) {
  ArrowSchemaView type;
  ArrowError error;
  if (ArrowSchemaViewInit(&type, schema, &error) != NANOARROW_OK) FailImport(error.message);
  int64_t factor = UnitFactor(type.time_unit, per_second);
  auto* data = duckdb::FlatVector::GetData<int64_t>(out);
  for (idx_t i = 0; i < rows; ++i) {
    int64_t value = ArrowArrayViewGetIntUnsafe(view, from + static_cast<int64_t>(i));
    data[i] = factor > 0 ? value * factor : (value >= 0 ? value / -factor : (value + factor + 1) / -factor);
  }
}

void CopyDecimals(const ArrowArrayView* view, const DataType& type, int64_t from, idx_t rows, duckdb::Vector& out) {
  ArrowDecimal decimal;
  for (idx_t i = 0; i < rows; ++i) {
    int64_t at = from + static_cast<int64_t>(i);
    __int128 value = 0;
    if (view->storage_type == NANOARROW_TYPE_DECIMAL128) {
      ArrowDecimalInit(&decimal, 128, type.precision(), type.scale());
      ArrowArrayViewGetDecimalUnsafe(view, at, &decimal);
      uint64_t words[2];
      ArrowDecimalGetBytes(&decimal, reinterpret_cast<uint8_t*>(words));
      value = static_cast<__int128>(static_cast<unsigned __int128>(words[1]) << 64 | words[0]);
    } else {
      FailImport("decimal column is not decimal128");
    }
    switch (out.GetType().InternalType()) {
      case duckdb::PhysicalType::INT16: duckdb::FlatVector::GetData<int16_t>(out)[i] = static_cast<int16_t>(value); break;
      case duckdb::PhysicalType::INT32: duckdb::FlatVector::GetData<int32_t>(out)[i] = static_cast<int32_t>(value); break;
      case duckdb::PhysicalType::INT64: duckdb::FlatVector::GetData<int64_t>(out)[i] = static_cast<int64_t>(value); break;
      default: duckdb::FlatVector::GetData<duckdb::hugeint_t>(out)[i] = ToHugeint(value);
    }
  }
}

void CopyColumn(const ArrowArrayView* view, const ArrowSchema* schema, const DataType& type, int64_t from, idx_t rows, duckdb::Vector& out);

void CopyLists(const ArrowArrayView* view, const ArrowSchema* schema, const DataType& type, int64_t from, idx_t rows, duckdb::Vector& out) {
  auto* entries = duckdb::FlatVector::GetData<duckdb::list_entry_t>(out);
  auto offset = [&](int64_t row) { return ArrowArrayViewListChildOffset(view, row); };
  const int64_t first = offset(from), last = offset(from + static_cast<int64_t>(rows));
  for (idx_t i = 0; i < rows; ++i) {
    const int64_t row = from + static_cast<int64_t>(i);
    entries[i] = {static_cast<idx_t>(offset(row) - first), static_cast<idx_t>(offset(row + 1) - offset(row))};
  }
  const auto count = static_cast<idx_t>(last - first);
  duckdb::ListVector::Reserve(out, count);
  duckdb::ListVector::SetListSize(out, count);
  duckdb::Vector& child = duckdb::ListVector::GetEntry(out);
  if (type.Is(TypeKind::kArray)) {
    CopyColumn(view->children[0], schema->children[0], type.element(), first, count, child);
    return;
  }
  auto& fields = duckdb::StructVector::GetEntries(child);
  CopyColumn(view->children[0]->children[0], schema->children[0]->children[0], type.key(), first, count, *fields[0]);
  CopyColumn(view->children[0]->children[1], schema->children[0]->children[1], type.value(), first, count, *fields[1]);
}

void CopyStructs(const ArrowArrayView* view, const ArrowSchema* schema, const plan::Schema& fields, int64_t from, idx_t rows, duckdb::Vector& out) {
  auto& children = duckdb::StructVector::GetEntries(out);
  if (static_cast<size_t>(view->n_children) != fields.size()) FailImport("a struct's fields do not match its type");
  for (size_t i = 0; i < fields.size(); ++i)
    CopyColumn(view->children[i], schema->children[i], fields[i].type, from + view->offset, rows, *children[i]);
}

void CopyColumn(const ArrowArrayView* view, const ArrowSchema* schema, const DataType& type, int64_t from, idx_t rows, duckdb::Vector& out) {
  auto& validity = duckdb::FlatVector::Validity(out);
  const bool is_all_null = view->storage_type == NANOARROW_TYPE_NA;
  for (idx_t i = 0; i < rows; ++i)
    if (is_all_null || ArrowArrayViewIsNull(view, from + static_cast<int64_t>(i))) duckdb::FlatVector::SetNull(out, i, true);
  (void)validity;
  if (is_all_null) return;
  switch (type.kind()) {
    case TypeKind::kNull:
      for (idx_t i = 0; i < rows; ++i) duckdb::FlatVector::SetNull(out, i, true);
      return;
    case TypeKind::kBoolean: {
      auto* data = duckdb::FlatVector::GetData<bool>(out);
      for (idx_t i = 0; i < rows; ++i) data[i] = ArrowArrayViewGetIntUnsafe(view, from + static_cast<int64_t>(i)) != 0;
      return;
    }
    case TypeKind::kByte: return CopyIntegers<int8_t>(view, from, rows, out);
    case TypeKind::kShort: return CopyIntegers<int16_t>(view, from, rows, out);
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDate:
    case TypeKind::kInt: return CopyIntegers<int32_t>(view, from, rows, out);
    case TypeKind::kLong: return CopyIntegers<int64_t>(view, from, rows, out);
    case TypeKind::kFloat: {
      auto* data = duckdb::FlatVector::GetData<float>(out);
      for (idx_t i = 0; i < rows; ++i) data[i] = static_cast<float>(ArrowArrayViewGetDoubleUnsafe(view, from + static_cast<int64_t>(i)));
      return;
    }
    case TypeKind::kDouble: {
      auto* data = duckdb::FlatVector::GetData<double>(out);
      for (idx_t i = 0; i < rows; ++i) data[i] = ArrowArrayViewGetDoubleUnsafe(view, from + static_cast<int64_t>(i));
      return;
    }
    case TypeKind::kDecimal: return CopyDecimals(view, type, from, rows, out);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: {
      auto* data = duckdb::FlatVector::GetData<duckdb::string_t>(out);
      for (idx_t i = 0; i < rows; ++i) {
        if (duckdb::FlatVector::IsNull(out, i)) continue;
        ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(view, from + static_cast<int64_t>(i));
        data[i] = duckdb::StringVector::AddStringOrBlob(out, bytes.data.as_char, static_cast<idx_t>(bytes.size_bytes));
      }
      return;
    }
    case TypeKind::kTime: return CopyTimes(view, schema, from, rows, out, 1000000000);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: return CopyTimes(view, schema, from, rows, out, 1000000);
    case TypeKind::kCalendarInterval: {
      ArrowInterval interval;
      ArrowIntervalInit(&interval, NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO);
      auto* data = duckdb::FlatVector::GetData<duckdb::interval_t>(out);
      for (idx_t i = 0; i < rows; ++i) {
        ArrowArrayViewGetIntervalUnsafe(view, from + static_cast<int64_t>(i), &interval);
        data[i] = {interval.months, interval.days, interval.ns / 1000};
      }
      return;
    }
    case TypeKind::kArray:
    case TypeKind::kMap: return CopyLists(view, schema, type, from, rows, out);
    case TypeKind::kStruct: return CopyStructs(view, schema, type.fields(), from, rows, out);
    case TypeKind::kVariant:
      return CopyStructs(view, schema, {{"value", DataType::Binary()}, {"metadata", DataType::Binary()}}, from, rows, out);
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: break;
  }
  Raise(NotImplemented("local data of type " + type.Sql()));
}

struct StreamCloser {
  ArrowArrayStream stream{};
  ArrowSchema schema{};
  ArrowArray array{};
  ArrowArrayView view{};
  ~StreamCloser() {
    ArrowArrayViewReset(&view);
    if (array.release != nullptr) array.release(&array);
    if (schema.release != nullptr) schema.release(&schema);
    if (stream.release != nullptr) stream.release(&stream);
  }
};

}  // namespace

std::shared_ptr<duckdb::ColumnDataCollection> ReadArrowIpc(const std::string& ipc, const plan::Schema& schema) {
  duckdb::vector<duckdb::LogicalType> types;
  for (const auto& field : schema) types.push_back(ToLogicalType(field.type));
  if (types.empty()) types.push_back(duckdb::LogicalType::BOOLEAN);
  auto rows = std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), types);
  if (ipc.empty()) return rows;

  ArrowBuffer buffer;
  ArrowBufferInit(&buffer);
  if (ArrowBufferAppend(&buffer, ipc.data(), static_cast<int64_t>(ipc.size())) != NANOARROW_OK) FailImport("out of memory");
  ArrowIpcInputStream input;
  if (ArrowIpcInputStreamInitBuffer(&input, &buffer) != NANOARROW_OK) FailImport("out of memory");
  StreamCloser in;
  if (ArrowIpcArrayStreamReaderInit(&in.stream, &input, nullptr) != NANOARROW_OK) FailImport("not an Arrow IPC stream");
  ArrowError error;
  error.message[0] = 0;
  if (ArrowArrayStreamGetSchema(&in.stream, &in.schema, &error) != NANOARROW_OK) FailImport(error.message);
  if (static_cast<size_t>(in.schema.n_children) != schema.size()) FailImport("the number of columns differs from the schema");
  if (ArrowArrayViewInitFromSchema(&in.view, &in.schema, &error) != NANOARROW_OK) FailImport(error.message);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::DefaultAllocator(), types);
  while (true) {
    if (in.array.release != nullptr) in.array.release(&in.array);
    if (ArrowArrayStreamGetNext(&in.stream, &in.array, &error) != NANOARROW_OK) FailImport(error.message);
    if (in.array.release == nullptr) break;
    if (ArrowArrayViewSetArray(&in.view, &in.array, &error) != NANOARROW_OK) FailImport(error.message);
    for (int64_t from = 0; from < in.array.length; from += STANDARD_VECTOR_SIZE) {
      const auto count = static_cast<idx_t>(std::min<int64_t>(STANDARD_VECTOR_SIZE, in.array.length - from));
      chunk.Reset();
      for (size_t i = 0; i < schema.size(); ++i)
        CopyColumn(in.view.children[i], in.schema.children[i], schema[i].type, from + in.view.offset, count, chunk.data[i]);
      chunk.SetCardinality(count);
      rows->Append(chunk);
    }
  }
  return rows;
}

}  // namespace crannog::engine::duck
