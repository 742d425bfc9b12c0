#pragma once

#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/duckdb/data_types.h"
#include "engine/duckdb/kernel_error.h"

/// What kernels are written with: bind data, error raising, and row-wise templates without virtual calls in the loop.
namespace crannog::engine::duck {

/// What a bound kernel carries. `payload` is whatever the kernel's family wants (a compiled pattern, a zone, a type); it belongs to the behaviour
/// that the kernel's name spells out, so equal names have equal payloads.
struct KernelData : duckdb::FunctionData {
  plan::Origin origin;
  std::shared_ptr<const void> payload;

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    auto copy = duckdb::make_uniq<KernelData>();
    copy->origin = origin;
    copy->payload = payload;
    return copy;
  }
  // Rule 2: the name is the behaviour, so bind data never tells two calls apart.
  bool Equals(const duckdb::FunctionData&) const override { return true; }

  template <typename T>
  const T& Payload() const { return *static_cast<const T*>(payload.get()); }
};

/// Handed to each row's function.
struct KernelContext {
  const KernelData& data;
  duckdb::Vector& result;

  plan::Origin origin() const { return data.origin; }
  template <typename T>
  const T& Payload() const { return data.Payload<T>(); }
  /// Copies a text (or bytes) into the result vector.
  duckdb::string_t String(std::string_view text) { return duckdb::StringVector::AddStringOrBlob(result, text.data(), text.size()); }
  [[noreturn]] void Fail(std::string_view condition, std::map<std::string, std::string> parameters = {}) const {
    RaiseCondition(condition, std::move(parameters), data.origin);
  }
  [[noreturn]] void Fail(Error error) const { Raise(std::move(error), data.origin); }
};

inline std::string_view View(const duckdb::string_t& text) { return {text.GetData(), text.GetSize()}; }

inline const KernelData& DataOf(duckdb::ExpressionState& state) {
  return state.expr.Cast<duckdb::BoundFunctionExpression>().bind_info->Cast<KernelData>();
}

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename R, typename... A, typename F, size_t... I>
void ExecuteRows(duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result, const F& f, std::index_sequence<I...>) {
  using Out = std::invoke_result_t<const F&, KernelContext&, A...>;
  const auto constant = duckdb::VectorType::CONSTANT_VECTOR;
  KernelContext context{DataOf(state), result};
  const bool all_constant = ((args.data[I].GetVectorType() == constant) && ...);
  const duckdb::idx_t rows = all_constant ? 1 : args.size();
  duckdb::UnifiedVectorFormat formats[sizeof...(A) + 1];
  (args.data[I].ToUnifiedFormat(args.size(), formats[I]), ...);
  result.SetVectorType(all_constant ? constant : duckdb::VectorType::FLAT_VECTOR);
  R* out = all_constant ? duckdb::ConstantVector::GetData<R>(result) : duckdb::FlatVector::GetData<R>(result);
  auto& validity = all_constant ? duckdb::ConstantVector::Validity(result) : duckdb::FlatVector::Validity(result);
  const bool no_nulls = (formats[I].validity.AllValid() && ...);
  auto store = [&](duckdb::idx_t row) {
    if constexpr (kIsOptional<Out>) {
      Out value = f(context, duckdb::UnifiedVectorFormat::GetData<A>(formats[I])[formats[I].sel->get_index(row)]...);
      if (value) {
        out[row] = *value;
      } else {
        validity.SetInvalid(row);
      }
    } else {
      out[row] = f(context, duckdb::UnifiedVectorFormat::GetData<A>(formats[I])[formats[I].sel->get_index(row)]...);
    }
  };
  if (no_nulls) {
    for (duckdb::idx_t row = 0; row < rows; ++row) store(row);
    return;
  }
  for (duckdb::idx_t row = 0; row < rows; ++row) {
    if ((formats[I].validity.RowIsValid(formats[I].sel->get_index(row)) && ...)) {
      store(row);
    } else {
      validity.SetInvalid(row);
    }
  }
}

/// Makes a vectorised kernel from a function of one row: f(KernelContext&, A...) gives R or optional<R>. NULL in any argument gives NULL without a
/// call. R and A are physical types: bool, int8_t … int64_t, hugeint_t, float, double, string_t, interval_t.
template <typename R, typename... A, typename F>
duckdb::scalar_function_t RowKernel(F f) {
  return [f](duckdb::DataChunk& args, duckdb::ExpressionState& state, duckdb::Vector& result) {
    ExecuteRows<R, A...>(args, state, result, f, std::index_sequence_for<A...>{});
  };
}

}  // namespace crannog::engine::duck
