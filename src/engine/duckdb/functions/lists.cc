#include "engine/duckdb/functions/lists.h"

namespace crannog::engine::duck {

using duckdb::idx_t;

SortKeys::SortKeys(duckdb::Vector& values, idx_t count, duckdb::OrderType order, duckdb::OrderByNullType nulls)
    : keys_(duckdb::LogicalType::BLOB, std::max<idx_t>(count, 1)) {
  if (count == 0) return;
  duckdb::CreateSortKeyHelpers::CreateSortKey(values, count, duckdb::OrderModifiers(order, nulls), keys_);
  keys_.Flatten(count);
  data_ = duckdb::FlatVector::GetData<duckdb::string_t>(keys_);
}

void ListPicker::Copy(const duckdb::Vector& source, idx_t source_count) {
  const idx_t total = base_ + picks_.size();
  duckdb::ListVector::Reserve(result_, total);
  duckdb::Vector& child = duckdb::ListVector::GetEntry(result_);
  if (!picks_.empty() && source_count > 0) {
    duckdb::SelectionVector selection(picks_.data());
    duckdb::VectorOperations::Copy(source, child, selection, picks_.size(), 0, base_);
  }
  for (size_t at : nulls_) duckdb::FlatVector::SetNull(child, base_ + at, true);
  duckdb::ListVector::SetListSize(result_, total);
}

duckdb::Vector Concatenate(duckdb::Vector& left, idx_t left_count, duckdb::Vector& right, idx_t right_count) {
  duckdb::Vector out(left.GetType(), std::max<idx_t>(left_count + right_count, 1));
  if (left_count > 0) duckdb::VectorOperations::Copy(left, out, left_count, 0, 0);
  if (right_count > 0) duckdb::VectorOperations::Copy(right, out, right_count, 0, left_count);
  return out;
}

void FailDuplicateKey(KernelContext& context, const std::string& key) {
  context.Fail("DUPLICATED_MAP_KEY", {{"key", key}, {"mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\""}});
}

}  // namespace crannog::engine::duck
