#include "engine/duckdb/functions/cells.h"

#include "engine/functions/datetime_text.h"
#include "engine/functions/interval_text.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using duckdb::idx_t;

__int128 CellReader::Decimal(idx_t row) const {
  switch (ToLogicalType(*type_).InternalType()) {
    case duckdb::PhysicalType::INT16: return Get<int16_t>(row);
    case duckdb::PhysicalType::INT32: return Get<int32_t>(row);
    case duckdb::PhysicalType::INT64: return Get<int64_t>(row);
    default: return ToInt128(Get<duckdb::hugeint_t>(row));
  }
}

int64_t CellReader::Integer(idx_t row) const {
  switch (type_->kind()) {
    case TypeKind::kByte: return Get<int8_t>(row);
    case TypeKind::kShort: return Get<int16_t>(row);
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return Get<int32_t>(row);
    default: return Get<int64_t>(row);
  }
}

void PutDecimal(duckdb::Vector& vector, idx_t row, __int128 unscaled) {
  switch (vector.GetType().InternalType()) {
    case duckdb::PhysicalType::INT16: duckdb::FlatVector::GetData<int16_t>(vector)[row] = static_cast<int16_t>(unscaled); return;
    case duckdb::PhysicalType::INT32: duckdb::FlatVector::GetData<int32_t>(vector)[row] = static_cast<int32_t>(unscaled); return;
    case duckdb::PhysicalType::INT64: duckdb::FlatVector::GetData<int64_t>(vector)[row] = static_cast<int64_t>(unscaled); return;
    default: duckdb::FlatVector::GetData<duckdb::hugeint_t>(vector)[row] = ToHugeint(unscaled);
  }
}

fn::FormatArgument ReadFormatArgument(const CellReader& cell, idx_t row, const fn::TimeZone& zone) {
  if (cell.IsNull(row)) return {};
  switch (cell.type().kind()) {
    case TypeKind::kBoolean: return {cell.Get<bool>(row)};
    case TypeKind::kByte: return {fn::FormatArgument::Integer{cell.Integer(row), 8}};
    case TypeKind::kShort: return {fn::FormatArgument::Integer{cell.Integer(row), 16}};
    case TypeKind::kInt:
    case TypeKind::kDate: return {fn::FormatArgument::Integer{cell.Integer(row), 32}};
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz: return {fn::FormatArgument::Integer{cell.Integer(row), 64}};
    case TypeKind::kFloat: return {static_cast<double>(cell.Get<float>(row))};
    case TypeKind::kDouble: return {cell.Get<double>(row)};
    case TypeKind::kDecimal: return {fn::FormatArgument::Decimal{cell.Decimal(row), cell.type().scale()}};
    default: {
      std::string text;
      AppendCellText(text, cell, row, zone);
      return {std::move(text)};
    }
  }
}

void AppendCellText(std::string& out, const CellReader& cell, idx_t row, const fn::TimeZone& zone) {
  if (cell.IsNull(row)) {
    out += "null";
    return;
  }
  const plan::DataType& type = cell.type();
  switch (type.kind()) {
    case TypeKind::kNull: out += "null"; return;
    case TypeKind::kBoolean: out += cell.Get<bool>(row) ? "true" : "false"; return;
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong: fn::AppendInteger(out, cell.Integer(row)); return;
    case TypeKind::kFloat: fn::AppendFloat(out, cell.Get<float>(row)); return;
    case TypeKind::kDouble: fn::AppendDouble(out, cell.Get<double>(row)); return;
    case TypeKind::kDecimal: fn::AppendDecimal(out, cell.Decimal(row), type.scale()); return;
    case TypeKind::kDate: fn::AppendDate(out, cell.Integer(row)); return;
    case TypeKind::kTime: fn::AppendTime(out, cell.Integer(row)); return;
    case TypeKind::kTimestamp: fn::AppendTimestamp(out, zone.ToLocal(cell.Integer(row))); return;
    case TypeKind::kTimestampNtz: fn::AppendTimestamp(out, cell.Integer(row)); return;
    case TypeKind::kYearMonthInterval:
      out += fn::FormatYearMonthInterval(static_cast<int32_t>(cell.Integer(row)), fn::IntervalStyle::kAnsi, type.start_field(), type.end_field());
      return;
    case TypeKind::kDayTimeInterval: out += fn::FormatDayTimeInterval(cell.Integer(row), fn::IntervalStyle::kAnsi, type.start_field(), type.end_field()); return;
    case TypeKind::kCalendarInterval: {
      const auto& i = cell.Get<duckdb::interval_t>(row);
      out += fn::FormatCalendarInterval({i.months, i.days, i.micros});
      return;
    }
    case TypeKind::kArray: {
      const CellReader elements = cell.Elements();
      const auto list = cell.List(row);
      out.push_back('[');
      for (idx_t i = 0; i < list.length; ++i) {
        if (i > 0) out += ", ";
        AppendCellText(out, elements, list.offset + i, zone);
      }
      out.push_back(']');
      return;
    }
    case TypeKind::kMap: {
      const CellReader keys = cell.Keys(), values = cell.Values();
      const auto list = cell.List(row);
      out.push_back('{');
      for (idx_t i = 0; i < list.length; ++i) {
        if (i > 0) out += ", ";
        const idx_t at = cell.EntryIndex(list.offset + i);
        AppendCellText(out, keys, at, zone);
        out += " -> ";
        AppendCellText(out, values, at, zone);
      }
      out.push_back('}');
      return;
    }
    case TypeKind::kStruct: {
      const idx_t at = cell.Index(row);
      out.push_back('{');
      for (size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) out += ", ";
        AppendCellText(out, cell.Field(i), at, zone);
      }
      out.push_back('}');
      return;
    }
    case TypeKind::kVariant: fn::AppendVariantJson(out, ReadVariant(cell, row), zone); return;
    default: out += cell.Text(row);
  }
}

fn::VariantView ReadVariant(const CellReader& cell, idx_t row) {
  static const plan::DataType kBytes = plan::DataType::Binary();
  const idx_t at = cell.Index(row);
  return {cell.Field(0, kBytes).Text(at), cell.Field(1, kBytes).Text(at)};
}

}  // namespace crannog::engine::duck
