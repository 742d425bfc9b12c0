#include "engine/functions/hashing.h"

#include <bit>
#include <cmath>

#include "engine/duckdb/functions/cells.h"
#include "engine/functions/digest.h"

/// hash, xxhash64, crc32, md5, sha1, sha2.
namespace crannog::engine::duck {
namespace {

using duckdb::idx_t;
using duckdb::string_t;

template <typename H>
typename H::Hash HashFloat(float value, typename H::Hash seed) {
  if (value == 0) value = 0;
  return H::OfInt(std::isnan(value) ? 0x7fc00000 : std::bit_cast<int32_t>(value), seed);
}

template <typename H>
typename H::Hash HashDouble(double value, typename H::Hash seed) {
  if (value == 0) value = 0;
  return H::OfLong(std::isnan(value) ? 0x7ff8000000000000 : std::bit_cast<int64_t>(value), seed);
}

template <typename H>
typename H::Hash HashDecimal(__int128 unscaled, int precision, typename H::Hash seed) {
  if (precision <= 18) return H::OfLong(static_cast<int64_t>(unscaled), seed);
  char buffer[17];
  const size_t length = fn::MinimalBytes(unscaled, buffer);
  return H::OfBytes({buffer, length}, seed);
}

template <typename H>
typename H::Hash HashCell(const CellReader& cell, idx_t row, typename H::Hash seed) {
  if (cell.IsNull(row)) return seed;
  const plan::DataType& type = cell.type();
  switch (type.kind()) {
    case TypeKind::kNull: return seed;
    case TypeKind::kBoolean: return H::OfInt(cell.Get<bool>(row) ? 1 : 0, seed);
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return H::OfInt(static_cast<int32_t>(cell.Integer(row)), seed);
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kTime:
    case TypeKind::kDayTimeInterval: return H::OfLong(cell.Integer(row), seed);
    case TypeKind::kFloat: return HashFloat<H>(cell.Get<float>(row), seed);
    case TypeKind::kDouble: return HashDouble<H>(cell.Get<double>(row), seed);
    case TypeKind::kDecimal: return HashDecimal<H>(cell.Decimal(row), type.precision(), seed);
    case TypeKind::kCalendarInterval: {
      const auto& i = cell.Get<duckdb::interval_t>(row);
      return H::OfInt(i.months, H::OfInt(i.days, H::OfLong(i.micros, seed)));
    }
    case TypeKind::kArray: {
      const CellReader elements = cell.Elements();
      const auto list = cell.List(row);
      for (idx_t i = 0; i < list.length; ++i) seed = HashCell<H>(elements, list.offset + i, seed);
      return seed;
    }
    case TypeKind::kMap: {
      const CellReader keys = cell.Keys(), values = cell.Values();
      const auto list = cell.List(row);
      for (idx_t i = 0; i < list.length; ++i) {
        const idx_t at = cell.EntryIndex(list.offset + i);
        seed = HashCell<H>(values, at, HashCell<H>(keys, at, seed));
      }
      return seed;
    }
    case TypeKind::kStruct: {
      const idx_t at = cell.Index(row);
      for (size_t i = 0; i < type.fields().size(); ++i) seed = HashCell<H>(cell.Field(i), at, seed);
      return seed;
    }
    default: return H::OfBytes(cell.Text(row), seed);
  }
}

// Column by column: the type is looked at once per vector for the plain types.
template <typename H>
ExprPtr BindHash(KernelCall& call, PlanBuilder& builder) {
  using Hash = typename H::Hash;
  if (call.arguments.empty()) {
    return PlanBuilder::Constant(std::is_same_v<Hash, int32_t> ? duckdb::Value::INTEGER(H::kSeed) : duckdb::Value::BIGINT(H::kSeed));
  }
  std::vector<plan::DataType> types;
  for (const auto& argument : call.resolved) types.push_back(argument->type);
  auto kernel = [types](duckdb::DataChunk& args, duckdb::ExpressionState&, duckdb::Vector& result) {
    const idx_t count = args.size();
    auto* out = duckdb::FlatVector::GetData<Hash>(result);
    std::fill(out, out + count, H::kSeed);
    for (size_t c = 0; c < types.size(); ++c) {
      const TypeKind kind = types[c].kind();
      if (kind == TypeKind::kInt || kind == TypeKind::kDate || kind == TypeKind::kLong || kind == TypeKind::kTimestamp || types[c].IsStringLike()) {
        duckdb::UnifiedVectorFormat format;
        args.data[c].ToUnifiedFormat(count, format);
        const auto each = [&](auto hash) {
          for (idx_t row = 0; row < count; ++row) {
            const idx_t at = format.sel->get_index(row);
            if (format.validity.RowIsValid(at)) out[row] = hash(at, out[row]);
          }
        };
        if (kind == TypeKind::kInt || kind == TypeKind::kDate) {
          const auto* data = duckdb::UnifiedVectorFormat::GetData<int32_t>(format);
          each([data](idx_t at, Hash seed) { return H::OfInt(data[at], seed); });
        } else if (types[c].IsStringLike()) {
          const auto* data = duckdb::UnifiedVectorFormat::GetData<string_t>(format);
          each([data](idx_t at, Hash seed) { return H::OfBytes(View(data[at]), seed); });
        } else {
          const auto* data = duckdb::UnifiedVectorFormat::GetData<int64_t>(format);
          each([data](idx_t at, Hash seed) { return H::OfLong(data[at], seed); });
        }
        continue;
      }
      const CellReader cell(args.data[c], count, types[c]);
      for (idx_t row = 0; row < count; ++row) out[row] = HashCell<H>(cell, row, out[row]);
    }
    if (args.AllConstant()) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  };
  return CallKernel(call, builder, kernel, {.nulls = NullPolicy::kSeesNulls, .fallibility = Fallibility::kNever});
}

}  // namespace

void RegisterHash(KernelRegistry& registry) {
  const KernelOptions safe{.fallibility = Fallibility::kNever};
  registry.Add({"hash"}, BindHash<fn::Murmur3>);
  registry.Add({"xxhash64"}, BindHash<fn::XxHash64>);
  registry.Add({"crc32"}, Rows<int64_t, string_t>([](KernelContext&, string_t v) { return static_cast<int64_t>(fn::Crc32(View(v))); }, safe));
  registry.Add({"md5"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::Md5Hex(View(v))); }, safe));
  registry.Add({"sha1", "sha"}, Rows<string_t, string_t>([](KernelContext& c, string_t v) { return c.String(fn::Sha1Hex(View(v))); }, safe));
  registry.Add({"sha2"}, Rows<string_t, string_t, int32_t>([](KernelContext& c, string_t v, int32_t bits) -> std::optional<string_t> {
                 const auto hex = fn::Sha2Hex(View(v), bits);
                 if (!hex) return std::nullopt;
                 return c.String(*hex);
               }, safe));
}

}  // namespace crannog::engine::duck
