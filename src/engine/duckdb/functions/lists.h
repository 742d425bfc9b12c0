#pragma once

#include <vector>

#include "duckdb/function/create_sort_key.hpp"
#include "engine/duckdb/functions/cells.h"

/// Arrays and maps row by row: reading entries, comparing elements of any type, building results by picking elements.
namespace crannog::engine::duck {

/// The lists of one argument. Borrows the vector.
class Lists {
 public:
  Lists(duckdb::Vector& vector, duckdb::idx_t count) : child_(&duckdb::ListVector::GetEntry(vector)), child_count_(duckdb::ListVector::GetListSize(vector)) {
    vector.ToUnifiedFormat(count, format_);
    entries_ = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(format_);
    child_->ToUnifiedFormat(child_count_, child_format_);
  }
  bool IsNull(duckdb::idx_t row) const { return !format_.validity.RowIsValid(format_.sel->get_index(row)); }
  duckdb::list_entry_t operator[](duckdb::idx_t row) const { return entries_[format_.sel->get_index(row)]; }
  bool ElementIsNull(duckdb::idx_t at) const { return !child_format_.validity.RowIsValid(child_format_.sel->get_index(at)); }
  duckdb::Vector& child() const { return *child_; }
  duckdb::idx_t child_count() const { return child_count_; }

 private:
  duckdb::Vector* child_;
  duckdb::idx_t child_count_;
  duckdb::UnifiedVectorFormat format_, child_format_;
  const duckdb::list_entry_t* entries_;
};

/// Byte strings whose order and equality are those of the values (Spark's: NaN equals NaN and is greatest, 0.0 equals -0.0).
class SortKeys {
 public:
  SortKeys(duckdb::Vector& values, duckdb::idx_t count, duckdb::OrderType order = duckdb::OrderType::ASCENDING,
           duckdb::OrderByNullType nulls = duckdb::OrderByNullType::NULLS_FIRST);
  std::string_view operator[](duckdb::idx_t at) const { return View(data_[at]); }

 private:
  duckdb::Vector keys_;
  const duckdb::string_t* data_ = nullptr;
};

/// Collects which elements make up the result lists, then copies them at once.
class ListPicker {
 public:
  ListPicker(duckdb::Vector& result, duckdb::idx_t rows) : result_(result), rows_(rows), base_(duckdb::ListVector::GetListSize(result)) {
    entries_ = duckdb::FlatVector::GetData<duckdb::list_entry_t>(result);
  }
  void Start(duckdb::idx_t row) { row_ = row, begin_ = picks_.size(); }
  void Pick(duckdb::idx_t at) { picks_.push_back(static_cast<duckdb::sel_t>(at)); }
  void PickNull() {
    nulls_.push_back(picks_.size());
    picks_.push_back(0);
  }
  void Finish() { entries_[row_] = {base_ + begin_, picks_.size() - begin_}; }
  void Null(duckdb::idx_t row) {
    duckdb::FlatVector::SetNull(result_, row, true);
    entries_[row] = {base_ + picks_.size(), 0};
  }
  size_t size() const { return picks_.size(); }
  /// Copies the picked elements of `source` behind what the result holds.
  void Copy(const duckdb::Vector& source, duckdb::idx_t source_count);

 private:
  duckdb::Vector& result_;
  duckdb::idx_t rows_, base_, row_ = 0;
  size_t begin_ = 0;
  duckdb::list_entry_t* entries_;
  std::vector<duckdb::sel_t> picks_;
  std::vector<size_t> nulls_;
};

/// One vector with the elements of both: right elements start at left_count.
duckdb::Vector Concatenate(duckdb::Vector& left, duckdb::idx_t left_count, duckdb::Vector& right, duckdb::idx_t right_count);

/// Rows to compute, and marks the result constant at the end when all arguments are.
inline duckdb::idx_t RowsOf(duckdb::DataChunk& args) { return args.AllConstant() ? 1 : args.size(); }
inline void FinishRows(duckdb::DataChunk& args, duckdb::Vector& result) {
  if (args.AllConstant()) result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
}

/// Refuses NULL and repeated keys, or keeps the last of them. Source: Spark's ArrayBasedMapBuilder.
struct MapKeyPolicy {
  bool last_wins = false;
};
[[noreturn]] void FailDuplicateKey(KernelContext& context, const std::string& key);

}  // namespace crannog::engine::duck
