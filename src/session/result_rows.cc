#include "session/result_rows.h"

#include <fmt/format.h>
#include <nanoarrow/nanoarrow.h>

#include "engine/arrow_ipc.h"

namespace crannog::session {

using plan::DataType;
using plan::Literal;
using plan::TypeKind;

namespace {

std::unexpected<Error> Misfit(const DataType& type, std::string_view format) {
  return Failure(ErrorCode::kInternal, fmt::format("arrow layout '{}' does not hold {}", format, type.Sql()));
}

plan::Int128 Decimal128At(const ArrowArrayView& view, int64_t index) {
  plan::Int128 value;
  std::memcpy(&value, view.buffer_views[1].data.as_uint8 + 16 * (view.offset + index), 16);
  return value;
}

// One column (or child) of a batch with its Spark type.
struct Column {
  const ArrowArrayView* view;
  const ArrowSchema* schema;
  const DataType* type;
};

Result<Literal> ValueAt(const Column& column, int64_t index);

// Arrow decimal arrays of 32, 64 or 128 bits.
Result<Literal> DecimalAt(const Column& column, int64_t index) {
  const ArrowArrayView& view = *column.view;
  switch (view.storage_type) {
    case NANOARROW_TYPE_DECIMAL128:
      return Literal{*column.type, Decimal128At(view, index)};
    case NANOARROW_TYPE_DECIMAL32:
      return Literal{*column.type, plan::Int128{view.buffer_views[1].data.as_int32[view.offset + index]}};
    case NANOARROW_TYPE_DECIMAL64:
      return Literal{*column.type, plan::Int128{view.buffer_views[1].data.as_int64[view.offset + index]}};
    default:
      return Misfit(*column.type, column.schema->format);
  }
}

Result<Literal> ListAt(const Column& column, int64_t index) {
  const ArrowArrayView& view = *column.view;
  const int64_t begin = ArrowArrayViewListChildOffset(&view, view.offset + index);
  const int64_t end = ArrowArrayViewListChildOffset(&view, view.offset + index + 1);
  const Column child{view.children[0], column.schema->children[0], &column.type->element()};
  std::vector<Literal> children;
  children.reserve(static_cast<size_t>(end - begin));
  for (int64_t at = begin; at < end; ++at) {
    TRY(Literal value, ValueAt(child, at));
    children.push_back(std::move(value));
  }
  return Literal::Nested(*column.type, std::move(children));
}

Result<Literal> MapAt(const Column& column, int64_t index) {
  const ArrowArrayView& view = *column.view;
  const int64_t begin = ArrowArrayViewListChildOffset(&view, view.offset + index);
  const int64_t end = ArrowArrayViewListChildOffset(&view, view.offset + index + 1);
  const ArrowArrayView* entries = view.children[0];
  const ArrowSchema* entries_schema = column.schema->children[0];
  const Column key{entries->children[0], entries_schema->children[0], &column.type->key()};
  const Column value{entries->children[1], entries_schema->children[1], &column.type->value()};
  std::vector<Literal> children;
  for (int64_t at = begin; at < end; ++at) {
    // A child of a struct view does not see the struct's own offset.
    TRY(Literal k, ValueAt(key, at + entries->offset));
    TRY(Literal v, ValueAt(value, at + entries->offset));
    children.push_back(std::move(k));
    children.push_back(std::move(v));
  }
  return Literal::Nested(*column.type, std::move(children));
}

Result<Literal> StructAt(const Column& column, int64_t index) {
  const auto& fields = column.type->fields();
  if (static_cast<int64_t>(fields.size()) != column.view->n_children) return Misfit(*column.type, column.schema->format);
  std::vector<Literal> children;
  for (size_t i = 0; i < fields.size(); ++i) {
    TRY(Literal value, ValueAt({column.view->children[i], column.schema->children[i], &fields[i].type}, index + column.view->offset));
    children.push_back(std::move(value));
  }
  return Literal::Nested(*column.type, std::move(children));
}

// VARIANT travels as struct<value: binary, metadata: binary>; the literal holds metadata first.
Result<Literal> VariantAt(const Column& column, int64_t index) {
  if (column.view->n_children != 2) return Misfit(*column.type, column.schema->format);
  Literal parts[2];
  for (int i = 0; i < 2; ++i) {
    static const DataType binary = DataType::Binary();
    TRY(Literal value, ValueAt({column.view->children[i], column.schema->children[i], &binary}, index + column.view->offset));
    const bool is_metadata = std::string_view(column.schema->children[i]->name) == "metadata";
    parts[is_metadata ? 0 : 1] = std::move(value);
  }
  return Literal::Nested(*column.type, {std::move(parts[0]), std::move(parts[1])});
}

Result<Literal> IntervalAt(const Column& column, int64_t index) {
  ArrowInterval interval;
  ArrowIntervalInit(&interval, column.view->storage_type);
  ArrowArrayViewGetIntervalUnsafe(column.view, index, &interval);
  return Literal{*column.type, plan::CalendarIntervalValue{interval.months, interval.days, interval.ns / 1000 + interval.ms * 1000}};
}

Result<Literal> ValueAt(const Column& column, int64_t index) {
  const ArrowArrayView& view = *column.view;
  const DataType& type = *column.type;
  if (type.Is(TypeKind::kNull) || ArrowArrayViewIsNull(&view, index)) return Literal::Null(type);
  switch (type.kind()) {
    case TypeKind::kBoolean:
      return Literal{type, ArrowArrayViewGetIntUnsafe(&view, index) != 0};
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return Literal{type, ArrowArrayViewGetDoubleUnsafe(&view, index)};
    case TypeKind::kDecimal:
      return DecimalAt(column, index);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary:
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: {
      const ArrowBufferView bytes = ArrowArrayViewGetBytesUnsafe(&view, index);
      return Literal{type, std::string(bytes.data.as_char, static_cast<size_t>(bytes.size_bytes))};
    }
    case TypeKind::kTime: {
      const int64_t unit = std::string_view(column.schema->format) == "ttu" ? 1000 : 1;
      return Literal{type, ArrowArrayViewGetIntUnsafe(&view, index) * unit};
    }
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kYearMonthInterval:
    case TypeKind::kDayTimeInterval: {
      switch (view.storage_type) {
        case NANOARROW_TYPE_INT8:
        case NANOARROW_TYPE_INT16:
        case NANOARROW_TYPE_INT32:
        case NANOARROW_TYPE_INT64:
        case NANOARROW_TYPE_UINT8:
        case NANOARROW_TYPE_UINT16:
        case NANOARROW_TYPE_UINT32:
        case NANOARROW_TYPE_UINT64:
          return Literal{type, ArrowArrayViewGetIntUnsafe(&view, index)};
        case NANOARROW_TYPE_INTERVAL_MONTHS: {
          ArrowInterval interval;
          ArrowIntervalInit(&interval, NANOARROW_TYPE_INTERVAL_MONTHS);
          ArrowArrayViewGetIntervalUnsafe(&view, index, &interval);
          return Literal{type, int64_t{interval.months}};
        }
        default:
          return Misfit(type, column.schema->format);
      }
    }
    case TypeKind::kCalendarInterval:
      return IntervalAt(column, index);
    case TypeKind::kArray:
      return ListAt(column, index);
    case TypeKind::kMap:
      return MapAt(column, index);
    case TypeKind::kStruct:
      return StructAt(column, index);
    case TypeKind::kVariant:
      return VariantAt(column, index);
    case TypeKind::kNull:
      break;
  }
  return Literal::Null(type);
}

ArrowErrorCode Append(ArrowArray* array, const Literal& value, const DataType& type);

ArrowErrorCode AppendBytes(ArrowArray* array, const std::string& bytes) {
  ArrowBufferView view;
  view.data.as_char = bytes.data();
  view.size_bytes = static_cast<int64_t>(bytes.size());
  return ArrowArrayAppendBytes(array, view);
}

ArrowErrorCode AppendNested(ArrowArray* array, const Literal& value, const DataType& type) {
  const auto& children = *std::get<Literal::Children>(value.value);
  switch (type.kind()) {
    case TypeKind::kArray:
      for (const Literal& child : children) NANOARROW_RETURN_NOT_OK(Append(array->children[0], child, type.element()));
      break;
    case TypeKind::kMap:
      for (size_t i = 0; i + 1 < children.size(); i += 2) {
        NANOARROW_RETURN_NOT_OK(Append(array->children[0]->children[0], children[i], type.key()));
        NANOARROW_RETURN_NOT_OK(Append(array->children[0]->children[1], children[i + 1], type.value()));
        NANOARROW_RETURN_NOT_OK(ArrowArrayFinishElement(array->children[0]));
      }
      break;
    case TypeKind::kStruct:
      for (size_t i = 0; i < children.size(); ++i) {
        NANOARROW_RETURN_NOT_OK(Append(array->children[i], children[i], type.fields()[i].type));
      }
      break;
    case TypeKind::kVariant:
      NANOARROW_RETURN_NOT_OK(AppendBytes(array->children[0], std::get<std::string>(children[1].value)));
      NANOARROW_RETURN_NOT_OK(AppendBytes(array->children[1], std::get<std::string>(children[0].value)));
      break;
    default:
      return EINVAL;
  }
  return ArrowArrayFinishElement(array);
}

ArrowErrorCode AppendScalar(ArrowArray* array, const Literal& value, const DataType& type) {
  if (const auto* flag = std::get_if<bool>(&value.value)) return ArrowArrayAppendInt(array, *flag);
  if (const auto* number = std::get_if<double>(&value.value)) return ArrowArrayAppendDouble(array, *number);
  if (const auto* text = std::get_if<std::string>(&value.value)) return AppendBytes(array, *text);
  if (const auto* unscaled = std::get_if<plan::Int128>(&value.value)) {
    ArrowDecimal decimal;
    ArrowDecimalInit(&decimal, 128, type.precision(), type.scale());
    std::memcpy(decimal.words, unscaled, 16);
    return ArrowArrayAppendDecimal(array, &decimal);
  }
  ArrowInterval interval;
  if (const auto* calendar = std::get_if<plan::CalendarIntervalValue>(&value.value)) {
    ArrowIntervalInit(&interval, NANOARROW_TYPE_INTERVAL_MONTH_DAY_NANO);
    interval.months = calendar->months;
    interval.days = calendar->days;
    interval.ns = calendar->micros * 1000;
    return ArrowArrayAppendInterval(array, &interval);
  }
  const auto* integer = std::get_if<int64_t>(&value.value);
  if (integer == nullptr) return EINVAL;
  return ArrowArrayAppendInt(array, *integer);
}

ArrowErrorCode Append(ArrowArray* array, const Literal& value, const DataType& type) {
  if (value.IsNull()) return ArrowArrayAppendNull(array, 1);
  if (type.IsNested() || type.Is(TypeKind::kVariant)) return AppendNested(array, value, type);
  return AppendScalar(array, value, type);
}

class RowsStream final : public engine::ResultStream {
 public:
  RowsStream(plan::Schema schema, Rows rows) : schema_(std::move(schema)), rows_(std::move(rows)) {}
  const plan::Schema& schema() const override { return schema_; }
  Result<std::optional<engine::ArrowBatch>> Next() override {
    if (rows_.empty()) return std::optional<engine::ArrowBatch>();
    TRY(engine::ArrowBatch batch, BatchOfRows(rows_, schema_));
    rows_.clear();
    return std::optional<engine::ArrowBatch>(std::move(batch));
  }
  void Cancel() override {}

 private:
  plan::Schema schema_;
  Rows rows_;
};

}  // namespace

Result<Rows> RowsOfBatch(const engine::ArrowBatch& batch, const plan::Schema& schema) {
  ArrowArrayView view;
  ArrowError error;
  if (ArrowArrayViewInitFromSchema(&view, &batch.schema(), &error) != NANOARROW_OK) {
    return Failure(ErrorCode::kInternal, fmt::format("arrow schema: {}", error.message));
  }
  std::unique_ptr<ArrowArrayView, decltype(&ArrowArrayViewReset)> owner(&view, &ArrowArrayViewReset);
  if (ArrowArrayViewSetArray(&view, &batch.array(), &error) != NANOARROW_OK) {
    return Failure(ErrorCode::kInternal, fmt::format("arrow array: {}", error.message));
  }
  if (view.n_children != static_cast<int64_t>(schema.size())) {
    return Failure(ErrorCode::kInternal, fmt::format("arrow batch has {} columns, schema has {}", view.n_children, schema.size()));
  }
  Rows rows(static_cast<size_t>(view.length), Row(schema.size()));
  for (size_t c = 0; c < schema.size(); ++c) {
    const Column column{view.children[c], batch.schema().children[c], &schema[c].type};
    for (int64_t r = 0; r < view.length; ++r) {
      TRY(rows[static_cast<size_t>(r)][c], ValueAt(column, r + view.offset));
    }
  }
  return rows;
}

Result<Rows> ReadAllRows(engine::ResultStream& stream, int64_t row_count_max) {
  Rows rows;
  while (true) {
    TRY(auto batch, stream.Next());
    if (!batch) return rows;
    TRY(Rows more, RowsOfBatch(*batch, stream.schema()));
    std::move(more.begin(), more.end(), std::back_inserter(rows));
    if (row_count_max > 0 && static_cast<int64_t>(rows.size()) >= row_count_max) {
      rows.resize(static_cast<size_t>(row_count_max));
      stream.Cancel();
      return rows;
    }
  }
}

Result<engine::ArrowBatch> BatchOfRows(const Rows& rows, const plan::Schema& schema) {
  engine::ArrowBatch batch;
  TRY(engine::ToArrowSchema(schema, batch.schema()));
  ArrowError error;
  error.message[0] = 0;
  ArrowErrorCode code = ArrowArrayInitFromSchema(&batch.array(), &batch.schema(), &error);
  if (code == NANOARROW_OK) code = ArrowArrayStartAppending(&batch.array());
  for (size_t r = 0; code == NANOARROW_OK && r < rows.size(); ++r) {
    for (size_t c = 0; code == NANOARROW_OK && c < schema.size(); ++c) code = Append(batch.array().children[c], rows[r][c], schema[c].type);
    if (code == NANOARROW_OK) code = ArrowArrayFinishElement(&batch.array());
  }
  if (code == NANOARROW_OK) code = ArrowArrayFinishBuildingDefault(&batch.array(), &error);
  if (code != NANOARROW_OK) return Failure(ErrorCode::kInternal, fmt::format("rows do not fit their schema: {} ({})", error.message, code));
  return batch;
}

std::unique_ptr<engine::ResultStream> StreamOfRows(plan::Schema schema, Rows rows) {
  return std::make_unique<RowsStream>(std::move(schema), std::move(rows));
}

}  // namespace crannog::session
