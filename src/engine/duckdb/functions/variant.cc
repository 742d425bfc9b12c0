#include "engine/functions/variant.h"

#include <cmath>
#include <limits>

#include "engine/duckdb/functions/lists.h"
#include "engine/duckdb/functions/text_values.h"
#include "engine/functions/datetime_text.h"
#include "engine/functions/digest.h"
#include "engine/functions/numbers.h"

/// parse_json, variant_get, schema_of_variant … over STRUCT(value, metadata). Source: Spark's variantExpressions.scala.
namespace crannog::engine::duck {
namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::idx_t;
using duckdb::string_t;
using duckdb::Vector;
using fn::VariantKind;
using fn::VariantView;

const KernelOptions kSees{.nulls = NullPolicy::kSeesNulls};

void PutVariant(Vector& vector, idx_t row, const fn::VariantBytes& bytes) {
  auto& parts = duckdb::StructVector::GetEntries(vector);
  duckdb::FlatVector::GetData<string_t>(*parts[0])[row] = duckdb::StringVector::AddStringOrBlob(*parts[0], bytes.value.data(), bytes.value.size());
  duckdb::FlatVector::GetData<string_t>(*parts[1])[row] = duckdb::StringVector::AddStringOrBlob(*parts[1], bytes.metadata.data(), bytes.metadata.size());
}

// Rows of a variant argument.
class Variants {
 public:
  Variants(Vector& vector, idx_t count) { Vector::RecursiveToUnifiedFormat(vector, count, format_); }
  bool IsNull(idx_t row) const { return !format_.unified.validity.RowIsValid(format_.unified.sel->get_index(row)); }
  VariantView operator[](idx_t row) const { return {Part(0, row), Part(1, row)}; }

 private:
  std::string_view Part(size_t i, idx_t row) const {
    const auto& part = format_.children[i].unified;
    const idx_t at = part.sel->get_index(format_.unified.sel->get_index(row));
    if (!part.validity.RowIsValid(at)) return {};
    return View(duckdb::UnifiedVectorFormat::GetData<string_t>(part)[at]);
  }
  duckdb::RecursiveUnifiedVectorFormat format_;
};

ExprPtr BindParseJson(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode != plan::EvalMode::kTry;
  auto kernel = [raise](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    duckdb::UnifiedVectorFormat format;
    args.data[0].ToUnifiedFormat(rows, format);
    fn::JsonDocument document;
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = format.sel->get_index(row);
      if (!format.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const auto text = View(duckdb::UnifiedVectorFormat::GetData<string_t>(format)[at]);
      const fn::JsonNode* root = document.Parse(text, {.single_quotes = false, .non_numeric = false});
      fn::VariantBuilder variant;
      const bool unique = root != nullptr && AppendJsonVariant(variant, *root);
      if (unique) {
        PutVariant(result, row, variant.Finish());
        continue;
      }
      if (raise && root == nullptr) context.Fail("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", {{"badRecord", std::string(text)}, {"failFastMode", "FAILFAST"}});
      if (raise) context.Fail("VARIANT_DUPLICATE_KEY", {{"key", ""}});
      duckdb::FlatVector::SetNull(result, row, true);
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

ExprPtr BindIsVariantNull(KernelCall& call, PlanBuilder& builder) {
  auto kernel = [](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const Variants variants(args.data[0], rows);
    auto* out = duckdb::FlatVector::GetData<bool>(result);
    for (idx_t row = 0; row < rows; ++row) out[row] = !variants.IsNull(row) && variants[row].kind() == VariantKind::kNull;
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls, .fallibility = Fallibility::kNever});
}

// A text of every variant: f(view, zone).
template <typename F>
ExprPtr BindTextOf(KernelCall& call, PlanBuilder& builder, F f) {
  auto zone = ZoneOf(call);
  auto kernel = [f, zone](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const Variants variants(args.data[0], rows);
    auto* out = duckdb::FlatVector::GetData<string_t>(result);
    for (idx_t row = 0; row < rows; ++row) {
      if (variants.IsNull(row)) duckdb::FlatVector::SetNull(result, row, true);
      else out[row] = context.String(f(variants[row], *zone));
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

// Casts a variant to a cell; false when Spark would refuse.
class VariantCaster {
 public:
  explicit VariantCaster(std::shared_ptr<const fn::TimeZone> zone) : zone_(zone) { formats_.zone = std::move(zone); }

  bool Put(Vector& vector, idx_t row, const plan::DataType& type, const VariantView& view) const {
    if (type.Is(TypeKind::kVariant)) {
      fn::VariantBuilder builder;
      builder.Append(view);
      PutVariant(vector, row, builder.Finish());
      return true;
    }
    if (view.kind() == VariantKind::kNull) {
      duckdb::FlatVector::SetNull(vector, row, true);
      return true;
    }
    switch (type.kind()) {
      case TypeKind::kString:
      case TypeKind::kChar:
      case TypeKind::kVarchar: return PutText(vector, row, type, Text(view), formats_);
      case TypeKind::kArray: return PutArray(vector, row, type, view);
      case TypeKind::kMap: return PutMap(vector, row, type, view);
      case TypeKind::kStruct: return PutStruct(vector, row, type, view);
      default: return PutScalar(vector, row, type, view);
    }
  }

 private:
  std::string Text(const VariantView& view) const {
    switch (view.kind()) {
      case VariantKind::kString:
      case VariantKind::kBinary: return std::string(view.Text());
      default: break;
    }
    std::string out;
    fn::AppendVariantJson(out, view, *zone_);
    // Dates and timestamps are quoted in JSON only; timestamps lose their offset.
    if (view.kind() == VariantKind::kDate || view.kind() == VariantKind::kTimestampNtz) out = out.substr(1, out.size() - 2);
    if (view.kind() == VariantKind::kTimestamp) {
      out.clear();
      fn::AppendTimestamp(out, zone_->ToLocal(view.Long()));
    }
    return out;
  }

  bool PutScalar(Vector& vector, idx_t row, const plan::DataType& type, const VariantView& view) const {
    const VariantKind kind = view.kind();
    if (kind == VariantKind::kArray || kind == VariantKind::kObject || kind == VariantKind::kInvalid) return false;
    if (type.IsIntegral()) {
      switch (kind) {
        case VariantKind::kLong: return PutInteger(vector, row, type.kind(), view.Long());
        case VariantKind::kBoolean: return PutInteger(vector, row, type.kind(), view.Boolean() ? 1 : 0);
        case VariantKind::kDouble:
        case VariantKind::kFloat: {
          const double value = std::trunc(view.Double());
          return std::isfinite(value) && std::abs(value) < 9.2e18 && PutInteger(vector, row, type.kind(), static_cast<int64_t>(value));
        }
        case VariantKind::kDecimal: {
          int scale;
          const __int128 value = view.Decimal(scale) / fn::PowerOfTen(scale);
          return value == static_cast<int64_t>(value) && PutInteger(vector, row, type.kind(), static_cast<int64_t>(value));
        }
        case VariantKind::kTimestamp: return type.Is(TypeKind::kLong) && PutInteger(vector, row, type.kind(), view.Long() / 1000000);
        case VariantKind::kString: return PutText(vector, row, type, view.Text(), formats_);
        default: return false;
      }
    }
    switch (type.kind()) {
      case TypeKind::kBoolean:
        if (kind == VariantKind::kBoolean || kind == VariantKind::kLong) {
          duckdb::FlatVector::GetData<bool>(vector)[row] = kind == VariantKind::kBoolean ? view.Boolean() : view.Long() != 0;
          return true;
        }
        return kind == VariantKind::kString && PutText(vector, row, type, view.Text(), formats_);
      case TypeKind::kFloat:
      case TypeKind::kDouble: {
        double value;
        if (kind == VariantKind::kLong) value = static_cast<double>(view.Long());
        else if (kind == VariantKind::kDouble || kind == VariantKind::kFloat) value = view.Double();
        else if (kind == VariantKind::kBoolean) value = view.Boolean() ? 1 : 0;
        else if (kind == VariantKind::kDecimal || kind == VariantKind::kString) return PutText(vector, row, type, Text(view), formats_);
        else return false;
        if (type.Is(TypeKind::kFloat)) duckdb::FlatVector::GetData<float>(vector)[row] = static_cast<float>(value);
        else duckdb::FlatVector::GetData<double>(vector)[row] = value;
        return true;
      }
      case TypeKind::kDecimal:
        if (kind == VariantKind::kBoolean) return PutText(vector, row, type, view.Boolean() ? "1" : "0", formats_);
        if (kind == VariantKind::kDate || kind == VariantKind::kTimestamp || kind == VariantKind::kTimestampNtz || kind == VariantKind::kBinary) return false;
        return PutText(vector, row, type, Text(view), formats_);
      case TypeKind::kDate:
      case TypeKind::kTimestamp:
      case TypeKind::kTimestampNtz:
        if (kind != VariantKind::kDate && kind != VariantKind::kTimestamp && kind != VariantKind::kTimestampNtz && kind != VariantKind::kString) return false;
        return PutText(vector, row, type, Text(view), formats_);
      case TypeKind::kBinary: return (kind == VariantKind::kBinary || kind == VariantKind::kString) && PutText(vector, row, type, view.Text(), formats_);
      default: return false;
    }
  }

  static idx_t Claim(Vector& vector, idx_t row, idx_t count) {
    const idx_t begin = duckdb::ListVector::GetListSize(vector);
    duckdb::ListVector::Reserve(vector, begin + count);
    duckdb::ListVector::SetListSize(vector, begin + count);
    duckdb::FlatVector::GetData<duckdb::list_entry_t>(vector)[row] = {begin, count};
    return begin;
  }

  bool PutArray(Vector& vector, idx_t row, const plan::DataType& type, const VariantView& view) const {
    if (view.kind() != VariantKind::kArray) return false;
    const idx_t begin = Claim(vector, row, view.size());
    for (size_t i = 0; i < view.size(); ++i) {
      if (!Put(duckdb::ListVector::GetEntry(vector), begin + i, type.element(), view.Element(i))) return false;
    }
    return true;
  }
  bool PutMap(Vector& vector, idx_t row, const plan::DataType& type, const VariantView& view) const {
    if (view.kind() != VariantKind::kObject || !type.key().IsStringLike()) return false;
    const idx_t begin = Claim(vector, row, view.size());
    for (size_t i = 0; i < view.size(); ++i) {
      PutText(duckdb::MapVector::GetKeys(vector), begin + i, type.key(), view.MemberName(i), formats_);
      if (!Put(duckdb::MapVector::GetValues(vector), begin + i, type.value(), view.Element(i))) return false;
    }
    return true;
  }
  bool PutStruct(Vector& vector, idx_t row, const plan::DataType& type, const VariantView& view) const {
    if (view.kind() != VariantKind::kObject) return false;
    auto& fields = duckdb::StructVector::GetEntries(vector);
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto member = view.Member(type.fields()[i].name);
      if (!member) duckdb::FlatVector::SetNull(*fields[i], row, true);
      else if (!Put(*fields[i], row, type.fields()[i].type, *member)) return false;
    }
    return true;
  }

  std::shared_ptr<const fn::TimeZone> zone_;
  ValueFormats formats_;
};

ExprPtr BindVariantGet(KernelCall& call, PlanBuilder& builder) {
  const bool raise = call.mode != plan::EvalMode::kTry;
  const plan::DataType type = call.type;
  auto zone = ZoneOf(call);
  auto caster = std::make_shared<const VariantCaster>(zone);
  auto kernel = [raise, type, zone, caster](DataChunk& args, ExpressionState& state, Vector& result) {
    const idx_t rows = RowsOf(args);
    KernelContext context{DataOf(state), result};
    const Variants variants(args.data[0], rows);
    duckdb::UnifiedVectorFormat paths;
    args.data[1].ToUnifiedFormat(rows, paths);
    std::optional<fn::VariantPath> path;
    std::string path_text;
    for (idx_t row = 0; row < rows; ++row) {
      const idx_t at = paths.sel->get_index(row);
      if (variants.IsNull(row) || !paths.validity.RowIsValid(at)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      const auto text = View(duckdb::UnifiedVectorFormat::GetData<string_t>(paths)[at]);
      if (!path || path_text != text) {
        path = fn::VariantPath::Compile(text);
        path_text = text;
        if (!path) context.Fail("INVALID_VARIANT_GET_PATH", {{"path", path_text}, {"functionName", raise ? "`variant_get`" : "`try_variant_get`"}});
      }
      const auto found = path->Find(variants[row]);
      if (!found) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      if (caster->Put(result, row, type, *found)) continue;
      if (raise) {
        std::string json;
        fn::AppendVariantJson(json, *found, *zone);
        context.Fail("INVALID_VARIANT_CAST", {{"value", json}, {"dataType", "\"" + type.Sql() + "\""}});
      }
      duckdb::FlatVector::SetNull(result, row, true);
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

void AppendCell(fn::VariantBuilder& builder, const CellReader& cell, idx_t row) {
  if (cell.IsNull(row)) {
    builder.Null();
    return;
  }
  const plan::DataType& type = cell.type();
  switch (type.kind()) {
    case TypeKind::kNull: builder.Null(); return;
    case TypeKind::kBoolean: builder.Boolean(cell.Get<bool>(row)); return;
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong: builder.Long(cell.Integer(row)); return;
    case TypeKind::kFloat: builder.Float(cell.Get<float>(row)); return;
    case TypeKind::kDouble: builder.Double(cell.Get<double>(row)); return;
    case TypeKind::kDecimal: builder.Decimal(cell.Decimal(row), type.precision(), type.scale()); return;
    case TypeKind::kBinary: builder.Binary(cell.Text(row)); return;
    case TypeKind::kDate: builder.Date(static_cast<int32_t>(cell.Integer(row))); return;
    case TypeKind::kTimestamp: builder.Timestamp(cell.Integer(row), false); return;
    case TypeKind::kTimestampNtz: builder.Timestamp(cell.Integer(row), true); return;
    case TypeKind::kArray: {
      const CellReader elements = cell.Elements();
      const auto list = cell.List(row);
      builder.StartArray();
      for (idx_t i = 0; i < list.length; ++i) AppendCell(builder, elements, list.offset + i);
      builder.EndArray();
      return;
    }
    case TypeKind::kMap: {
      const CellReader keys = cell.Keys(), values = cell.Values();
      const auto list = cell.List(row);
      builder.StartObject();
      for (idx_t i = 0; i < list.length; ++i) {
        const idx_t at = cell.EntryIndex(list.offset + i);
        builder.Key(keys.Text(at));
        AppendCell(builder, values, at);
      }
      builder.EndObject();
      return;
    }
    case TypeKind::kStruct: {
      const idx_t at = cell.Index(row);
      builder.StartObject();
      for (size_t i = 0; i < type.fields().size(); ++i) {
        builder.Key(type.fields()[i].name);
        AppendCell(builder, cell.Field(i), at);
      }
      builder.EndObject();
      return;
    }
    case TypeKind::kVariant: builder.Append(ReadVariant(cell, row)); return;
    default: builder.String(cell.Text(row));
  }
}

ExprPtr BindToVariant(KernelCall& call, PlanBuilder& builder) {
  const plan::DataType type = call.ArgumentType(0);
  auto kernel = [type](DataChunk& args, ExpressionState&, Vector& result) {
    const idx_t rows = RowsOf(args);
    const CellReader cell(args.data[0], rows, type);
    for (idx_t row = 0; row < rows; ++row) {
      if (cell.IsNull(row)) {
        duckdb::FlatVector::SetNull(result, row, true);
        continue;
      }
      fn::VariantBuilder variant;
      AppendCell(variant, cell, row);
      PutVariant(result, row, variant.Finish());
    }
    FinishRows(args, result);
  };
  return CallKernel(call, builder, kernel, kSees);
}

}  // namespace

void RegisterVariant(KernelRegistry& registry) {
  registry.Add({"parse_json", "try_parse_json"}, BindParseJson);
  registry.Add({"is_variant_null"}, BindIsVariantNull);
  registry.Add({"variant_get", "try_variant_get"}, BindVariantGet);
  registry.Add({"schema_of_variant"}, [](KernelCall& call, PlanBuilder& builder) {
    return BindTextOf(call, builder, [](const VariantView& view, const fn::TimeZone&) { return fn::VariantSchema(view); });
  });
  registry.Add({"variant_to_json"}, [](KernelCall& call, PlanBuilder& builder) {
    return BindTextOf(call, builder, [](const VariantView& view, const fn::TimeZone& zone) {
      std::string out;
      fn::AppendVariantJson(out, view, zone);
      return out;
    });
  });
  registry.Add({"to_variant_object", "to_variant"}, BindToVariant);
  registry.Add({"is_valid_variant"}, [](KernelCall& call, PlanBuilder& builder) {
    auto kernel = [](DataChunk& args, ExpressionState&, Vector& result) {
      const idx_t rows = RowsOf(args);
      const Variants variants(args.data[0], rows);
      auto* out = duckdb::FlatVector::GetData<bool>(result);
      for (idx_t row = 0; row < rows; ++row) {
        if (variants.IsNull(row)) duckdb::FlatVector::SetNull(result, row, true);
        else out[row] = variants[row].kind() != VariantKind::kInvalid;
      }
      FinishRows(args, result);
    };
    return CallKernel(call, builder, kernel, kSees);
  });
}

}  // namespace crannog::engine::duck
