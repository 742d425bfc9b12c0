#pragma once

#include <string>

#include "engine/duckdb/functions/kit.h"
#include "engine/functions/java_format.h"
#include "engine/functions/variant.h"

/// Values of any Spark type inside DuckDB vectors, one at a time: for kernels that look into nested values.
namespace crannog::engine::duck {

/// Reads rows of a vector, nested ones by child readers. Borrows the vector. Rows are those of the vector (or of its list's child).
class CellReader {
 public:
  CellReader(duckdb::Vector& vector, duckdb::idx_t count, const plan::DataType& type) : owned_(std::make_unique<duckdb::RecursiveUnifiedVectorFormat>()), format_(owned_.get()), type_(&type) {
    duckdb::Vector::RecursiveToUnifiedFormat(vector, count, *owned_);
  }
  CellReader(const duckdb::RecursiveUnifiedVectorFormat& format, const plan::DataType& type) : format_(&format), type_(&type) {}

  const plan::DataType& type() const { return *type_; }
  duckdb::idx_t Index(duckdb::idx_t row) const { return format_->unified.sel->get_index(row); }
  bool IsNull(duckdb::idx_t row) const { return !format_->unified.validity.RowIsValid(Index(row)); }
  template <typename T>
  const T& Get(duckdb::idx_t row) const { return duckdb::UnifiedVectorFormat::GetData<T>(format_->unified)[Index(row)]; }
  std::string_view Text(duckdb::idx_t row) const { return View(Get<duckdb::string_t>(row)); }
  duckdb::list_entry_t List(duckdb::idx_t row) const { return Get<duckdb::list_entry_t>(row); }
  /// Elements of arrays: rows list.offset + i.
  CellReader Elements() const { return CellReader(format_->children[0], type_->element()); }
  /// Keys and values of maps: rows list.offset + i (through the entry's index).
  CellReader Keys() const { return CellReader(format_->children[0].children[0], type_->key()); }
  CellReader Values() const { return CellReader(format_->children[0].children[1], type_->value()); }
  duckdb::idx_t EntryIndex(duckdb::idx_t at) const { return format_->children[0].unified.sel->get_index(at); }
  /// Field of a struct: its row is Index(row) of the struct.
  CellReader Field(size_t i) const { return CellReader(format_->children[i], type_->fields()[i].type); }
  CellReader Field(size_t i, const plan::DataType& type) const { return CellReader(format_->children[i], type); }
  /// A decimal's unscaled value.
  __int128 Decimal(duckdb::idx_t row) const;
  /// An integer of any width, DATE and intervals too.
  int64_t Integer(duckdb::idx_t row) const;

 private:
  std::unique_ptr<duckdb::RecursiveUnifiedVectorFormat> owned_;
  const duckdb::RecursiveUnifiedVectorFormat* format_;
  const plan::DataType* type_;
};

/// Value of a primitive cell for format_string.
fn::FormatArgument ReadFormatArgument(const CellReader& cell, duckdb::idx_t row, const fn::TimeZone& zone);

/// Appends Spark's CAST(… AS STRING) of a cell. Arrays, maps and structs as "[1, 2]", "{a -> 1}", "{1, x}".
void AppendCellText(std::string& out, const CellReader& cell, duckdb::idx_t row, const fn::TimeZone& zone);

/// The variant in a cell that is not NULL; borrows the vector's bytes.
fn::VariantView ReadVariant(const CellReader& cell, duckdb::idx_t row);

/// Makes a decimal cell of the vector's physical type.
void PutDecimal(duckdb::Vector& vector, duckdb::idx_t row, __int128 unscaled);

}  // namespace crannog::engine::duck
