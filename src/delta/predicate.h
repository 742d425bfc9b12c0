#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "delta/value.h"

namespace crannog::delta {

/// A condition on rows, as far as files can be judged by it; what cannot be said here is kUnknown, which keeps every file.
/// Comparisons are Spark's: a null operand makes them null, NaN is above all. Values are of the column's type. A value, cheap to copy.
struct Predicate {
  enum class Kind : uint8_t { kUnknown, kConstant, kAnd, kOr, kNot, kCompare, kNullSafeEqual, kIn, kIsNull, kStartsWith };
  enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

  Kind kind = Kind::kUnknown;
  bool constant = false;                     ///< kConstant
  Comparison comparison = Comparison::kEqual;
  std::vector<std::string> column;           ///< logical names through structs
  std::vector<Value> values;                 ///< one for kCompare, kNullSafeEqual, kStartsWith; a null value is allowed
  std::vector<Predicate> children;

  static Predicate Unknown() { return {}; }
  static Predicate Constant(bool value);
  static Predicate And(std::vector<Predicate> children);
  static Predicate Or(std::vector<Predicate> children);
  static Predicate Not(Predicate child);
  static Predicate Compare(std::vector<std::string> column, Comparison comparison, Value value);
  static Predicate In(std::vector<std::string> column, std::vector<Value> values);
  static Predicate IsNull(std::vector<std::string> column);
  static Predicate IsNotNull(std::vector<std::string> column);
  static Predicate StartsWith(std::vector<std::string> column, std::string prefix);

  bool IsTrivial() const { return kind == Kind::kUnknown || (kind == Kind::kConstant && constant); }
};

}  // namespace crannog::delta
