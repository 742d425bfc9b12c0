#include "engine/duckdb/functions/cast.h"
#include "engine/functions/datetime_text.h"
#include "engine/functions/interval_text.h"
#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

using duckdb::idx_t;
using duckdb::string_t;
using plan::DataType;
using plan::TypeKind;

namespace {

using Format = duckdb::RecursiveUnifiedVectorFormat;

// BigDecimal.toString: scientific below 10^-6.
void AppendJavaDecimal(std::string& out, Int128 unscaled, int scale) {
  std::string digits;
  functions::AppendDecimal(digits, unscaled < 0 ? -unscaled : unscaled, 0);
  const int exponent = static_cast<int>(digits.size()) - 1 - scale;
  if (scale == 0 || exponent >= -6) {
    functions::AppendDecimal(out, unscaled, scale);
    return;
  }
  if (unscaled < 0) out += '-';
  out += digits[0];
  if (digits.size() > 1) out += "." + digits.substr(1);
  out += "E" + std::to_string(exponent);
}

// Appends one value; nested values go through their element formats.
void AppendValue(std::string& out, const CastShape& shape, const DataType& type, const Format& format, idx_t row) {
  const idx_t at = format.unified.sel->get_index(row);
  if (!format.unified.validity.RowIsValid(at)) {
    out += "null";
    return;
  }
  auto get = [&]<typename T>(T) { return duckdb::UnifiedVectorFormat::GetData<T>(format.unified)[at]; };
  switch (type.kind()) {
    case TypeKind::kNull: out += "null"; return;
    case TypeKind::kBoolean: out += get(bool{}) ? "true" : "false"; return;
    case TypeKind::kByte: functions::AppendInteger(out, get(int8_t{})); return;
    case TypeKind::kShort: functions::AppendInteger(out, get(int16_t{})); return;
    case TypeKind::kInt: functions::AppendInteger(out, get(int32_t{})); return;
    case TypeKind::kLong: functions::AppendInteger(out, get(int64_t{})); return;
    case TypeKind::kFloat: functions::AppendFloat(out, get(float{})); return;
    case TypeKind::kDouble: functions::AppendDouble(out, get(double{})); return;
    case TypeKind::kDecimal: {
      Int128 unscaled = WithDecimalStorage(ToLogicalType(type), [&](auto zero) { return Widen(get(zero)); });
      if (shape.mode == plan::EvalMode::kLegacy) {
        AppendJavaDecimal(out, unscaled, type.scale());
      } else {
        functions::AppendDecimal(out, unscaled, type.scale());
      }
      return;
    }
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: out += View(duckdb::UnifiedVectorFormat::GetData<string_t>(format.unified)[at]); return;
    case TypeKind::kDate: functions::AppendDate(out, get(int32_t{})); return;
    case TypeKind::kTime: functions::AppendTime(out, get(int64_t{})); return;
    case TypeKind::kTimestamp: functions::AppendTimestamp(out, shape.zone->ToLocal(get(int64_t{}))); return;
    case TypeKind::kTimestampNtz: functions::AppendTimestamp(out, get(int64_t{})); return;
    case TypeKind::kYearMonthInterval:
      out += functions::FormatYearMonthInterval(get(int32_t{}), functions::IntervalStyle::kAnsi, type.start_field(), type.end_field());
      return;
    case TypeKind::kDayTimeInterval:
      out += functions::FormatDayTimeInterval(get(int64_t{}), functions::IntervalStyle::kAnsi, type.start_field(), type.end_field());
      return;
    case TypeKind::kCalendarInterval: {
      auto interval = duckdb::UnifiedVectorFormat::GetData<duckdb::interval_t>(format.unified)[at];
      out += functions::FormatCalendarInterval({interval.months, interval.days, interval.micros});
      return;
    }
    case TypeKind::kArray: {
      auto list = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format.unified)[at];
      out += '[';
      for (idx_t i = 0; i < list.length; ++i) {
        if (i > 0) out += ", ";
        AppendValue(out, shape, type.element(), format.children[0], list.offset + i);
      }
      out += ']';
      return;
    }
    case TypeKind::kMap: {
      auto list = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format.unified)[at];
      const Format& entries = format.children[0];
      out += '{';
      for (idx_t i = 0; i < list.length; ++i) {
        if (i > 0) out += ", ";
        const idx_t entry = entries.unified.sel->get_index(list.offset + i);
        AppendValue(out, shape, type.key(), entries.children[0], entry);
        out += " -> ";
        AppendValue(out, shape, type.value(), entries.children[1], entry);
      }
      out += '}';
      return;
    }
    case TypeKind::kStruct: {
      out += '{';
      for (size_t i = 0; i < type.fields().size(); ++i) {
        if (i > 0) out += ", ";
        AppendValue(out, shape, type.fields()[i].type, format.children[i], at);
      }
      out += '}';
      return;
    }
    case TypeKind::kVariant:
    case TypeKind::kUserDefined:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: Raise(NotImplemented("CAST from " + type.Sql() + " to STRING"));
  }
}

}  // namespace

duckdb::scalar_function_t CastToString(const CastShape& shape) {
  if (shape.from.Is(TypeKind::kVariant)) return nullptr;
  return [shape](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
    duckdb::Vector& input = args.data[0];
    const bool is_constant = input.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
    Format format;
    duckdb::Vector::RecursiveToUnifiedFormat(input, args.size(), format);
    const idx_t rows = is_constant ? 1 : args.size();
    result.SetVectorType(is_constant ? duckdb::VectorType::CONSTANT_VECTOR : duckdb::VectorType::FLAT_VECTOR);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    std::string text;
    for (idx_t row = 0; row < rows; ++row) {
      if (!format.unified.validity.RowIsValid(format.unified.sel->get_index(row))) {
        if (is_constant) {
          duckdb::ConstantVector::SetNull(result, true);
        } else {
          duckdb::FlatVector::SetNull(result, row, true);
        }
        continue;
      }
      text.clear();
      AppendValue(text, shape, shape.from, format, row);
      out[row] = duckdb::StringVector::AddStringOrBlob(result, text.data(), text.size());
    }
  };
}

}  // namespace crannog::engine::duck
