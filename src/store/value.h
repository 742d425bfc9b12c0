#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"

namespace crannog::store {

/// Bytes that are no text.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

/// One cell of the metadata database, or one parameter of a statement: null, a 64-bit integer (also truth, as 0 and 1),
/// a double, UTF-8 text, or bytes. Threads: a value.
class Value {
 public:
  Value() = default;
  Value(std::nullopt_t) {}
  Value(bool value) : value_(int64_t{value}) {}
  Value(int value) : value_(int64_t{value}) {}
  Value(int64_t value) : value_(value) {}
  Value(double value) : value_(value) {}
  Value(const char* value) : value_(std::string(value)) {}
  Value(std::string value) : value_(std::move(value)) {}
  Value(std::string_view value) : value_(std::string(value)) {}
  Value(Blob value) : value_(std::move(value)) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }

  bool IsNull() const { return std::holds_alternative<std::monostate>(value_); }
  const auto& Variant() const { return value_; }
  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, int64_t, double, std::string, Blob> value_;
};

/// One row of an answer; columns are counted from 0 in the order of the SELECT list.
/// Each getter needs a cell of that kind: anything else is a mistake in our own SQL.
class Row {
 public:
  Row() = default;
  explicit Row(std::vector<Value> values) : values_(std::move(values)) {}

  size_t Count() const { return values_.size(); }
  const Value& At(size_t column) const {
    CHECK(column < values_.size());
    return values_[column];
  }
  bool IsNull(size_t column) const { return At(column).IsNull(); }
  int64_t Int(size_t column) const { return Get<int64_t>(column); }
  bool Bool(size_t column) const { return Int(column) != 0; }
  double Double(size_t column) const { return Get<double>(column); }
  const std::string& Text(size_t column) const { return Get<std::string>(column); }
  const std::string& Bytes(size_t column) const { return Get<Blob>(column).bytes; }
  int64_t IntOr(size_t column, int64_t otherwise) const { return IsNull(column) ? otherwise : Int(column); }
  std::string TextOr(size_t column, std::string otherwise) const {
    return IsNull(column) ? std::move(otherwise) : Text(column);
  }
  std::optional<int64_t> OptionalInt(size_t column) const {
    return IsNull(column) ? std::nullopt : std::optional(Int(column));
  }
  std::optional<std::string> OptionalText(size_t column) const {
    return IsNull(column) ? std::nullopt : std::optional(Text(column));
  }

 private:
  template <typename T>
  const T& Get(size_t column) const {
    const T* value = std::get_if<T>(&At(column).Variant());
    CHECK(value != nullptr);
    return *value;
  }

  std::vector<Value> values_;
};

}  // namespace crannog::store
