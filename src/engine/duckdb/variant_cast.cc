#include "engine/duckdb/variant_cast.h"

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/function/cast/cast_function_set.hpp"
#include "duckdb/function/function_binder.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/storage/object_cache.hpp"

namespace crannog::engine {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using duckdb::StructVector;
using duckdb::Vector;

// DuckDB's own encoder, applied to column 0.
struct Encoder final : duckdb::BoundCastData {
  explicit Encoder(duckdb::unique_ptr<duckdb::Expression> expression) : expression(std::move(expression)) {}
  duckdb::unique_ptr<duckdb::BoundCastData> Copy() const override { return duckdb::make_uniq<Encoder>(expression->Copy()); }
  duckdb::unique_ptr<duckdb::Expression> expression;
};

struct EncoderState final : duckdb::FunctionLocalState {
  EncoderState(duckdb::ClientContext& context, const duckdb::Expression& expression) : executor(context, expression) {}
  duckdb::ExpressionExecutor executor;
};

duckdb::unique_ptr<duckdb::FunctionLocalState> InitEncoder(duckdb::CastLocalStateParameters& parameters) {
  if (!parameters.context) return nullptr;
  return duckdb::make_uniq<EncoderState>(*parameters.context, *parameters.cast_data->Cast<Encoder>().expression);
}

bool EncodeVariants(Vector& source, Vector& result, idx_t count, duckdb::CastParameters& parameters) {
  const auto& encoder = parameters.cast_data->Cast<Encoder>();
  if (!parameters.local_state) throw duckdb::NotImplementedException("casting VARIANT without a session");
  auto& state = parameters.local_state->Cast<EncoderState>();
  for (idx_t done = 0; done < count; done += STANDARD_VECTOR_SIZE) {
    const idx_t size = std::min<idx_t>(STANDARD_VECTOR_SIZE, count - done);
    duckdb::DataChunk input;
    input.InitializeEmpty({source.GetType()});
    Vector slice(source, done, done + size);
    input.data[0].Reference(slice);
    input.SetCardinality(size);
    Vector encoded(encoder.expression->return_type);
    state.executor.ExecuteExpression(input, encoded);
    encoded.Flatten(size);
    duckdb::UnifiedVectorFormat nulls;
    source.ToUnifiedFormat(count, nulls);
    auto& from = StructVector::GetEntries(encoded);  // metadata, value
    auto& to = StructVector::GetEntries(result);     // value, metadata
    result.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
    duckdb::VectorOperations::Copy(*from[1], *to[0], size, 0, done);
    duckdb::VectorOperations::Copy(*from[0], *to[1], size, 0, done);
    for (idx_t row = done; row < done + size; ++row) {
      if (!nulls.validity.RowIsValid(nulls.sel->get_index(row))) duckdb::FlatVector::SetNull(result, row, true);
    }
  }
  return true;
}

struct Registered final : duckdb::ObjectCacheEntry {
  static std::string ObjectType() { return "crannog_variant_cast"; }
  std::string GetObjectType() override { return ObjectType(); }
  duckdb::optional_idx GetEstimatedCacheMemory() const override { return duckdb::optional_idx(); }
  std::once_flag once;
};

}  // namespace

void EnsureVariantCast(duckdb::ClientContext& context) {
  auto state = duckdb::ObjectCache::GetObjectCache(context).GetOrCreate<Registered>("crannog_variant_cast");
  std::call_once(state->once, [&context] {
    auto& entry = duckdb::Catalog::GetSystemCatalog(context).GetEntry<duckdb::ScalarFunctionCatalogEntry>(context, DEFAULT_SCHEMA, "variant_to_parquet_variant");
    duckdb::ScalarFunction function = entry.functions.GetFunctionByArguments(context, {LogicalType::VARIANT()});
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> children;
    children.push_back(duckdb::make_uniq<duckdb::BoundReferenceExpression>(LogicalType::VARIANT(), 0));
    auto expression = duckdb::FunctionBinder(context).BindScalarFunction(std::move(function), std::move(children));
    const LogicalType target = LogicalType::STRUCT({{"value", LogicalType::BLOB}, {"metadata", LogicalType::BLOB}});
    duckdb::CastFunctionSet::Get(context).RegisterCastFunction(LogicalType::VARIANT(), target,
                                                              duckdb::BoundCastInfo(EncodeVariants, duckdb::make_uniq<Encoder>(std::move(expression)), InitEncoder));
  });
}

}  // namespace crannog::engine
