#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "plan/data_type.h"
#include "plan/literal.h"

/// Spark's rules of which type two values meet in and what can be cast to what. Source: Spark 4.1 TypeCoercion, AnsiTypeCoercion, DecimalPrecision, Cast.
namespace crannog::analyze {

/// Which set of rules is on: spark.sql.ansi.enabled and its companions.
struct CoercionRules {
  bool is_ansi = true;
  bool allow_precision_loss = true;  ///< spark.sql.decimalOperations.allowPrecisionLoss
};

/// The wider of two types where no value changes (numbers, dates, intervals, NULL); nothing when there is none.
std::optional<plan::DataType> TightestCommonType(const plan::DataType& left, const plan::DataType& right, const CoercionRules& rules);
/// As above with decimals, string promotion and nested types: CASE, coalesce, UNION, array().
std::optional<plan::DataType> WiderType(const plan::DataType& left, const plan::DataType& right, const CoercionRules& rules);
/// The same over many types.
std::optional<plan::DataType> WiderType(std::span<const plan::DataType> types, const CoercionRules& rules);
/// As WiderType without promotion of strings.
std::optional<plan::DataType> WiderTypeWithoutStrings(const plan::DataType& left, const plan::DataType& right, const CoercionRules& rules);
/// What two sides of =, <, … are cast to.
std::optional<plan::DataType> ComparisonType(const plan::DataType& left, const plan::DataType& right, const CoercionRules& rules);

/// The decimal that holds every value of a numeric type.
plan::DataType DecimalForType(const plan::DataType& type);
/// The narrowest decimal of an integer constant.
plan::DataType DecimalForLiteral(const plan::Literal& literal);
/// DECIMAL(precision, scale) cut to 38 digits as arithmetic does.
plan::DataType AdjustedDecimal(int precision, int scale, const CoercionRules& rules);
plan::DataType BoundedDecimal(int precision, int scale);
plan::DataType WiderDecimal(const plan::DataType& left, const plan::DataType& right);
/// Result of left OP right for decimals; `operation` one of + - * / % d (div).
plan::DataType DecimalResult(char operation, const plan::DataType& left, const plan::DataType& right, const CoercionRules& rules);

/// Whether CAST is defined between the types.
bool CanCast(const plan::DataType& from, const plan::DataType& to, bool is_ansi);
bool CanTryCast(const plan::DataType& from, const plan::DataType& to, bool is_ansi);
/// Whether a cast can never fail or lose anything.
bool CanUpCast(const plan::DataType& from, const plan::DataType& to);
bool CanAnsiStoreAssign(const plan::DataType& from, const plan::DataType& to);
/// Whether a cast depends on the session's time zone.
bool CastNeedsZone(const plan::DataType& from, const plan::DataType& to);
/// Whether a cast of a value that is not NULL may give NULL without ANSI (or in TRY_CAST).
bool CastForcesNullable(const plan::DataType& from, const plan::DataType& to);
/// Whether values can be compared with < (RowOrdering.isOrderable).
bool IsOrderable(const plan::DataType& type);
bool ContainsKind(const plan::DataType& type, plan::TypeKind kind);

}  // namespace crannog::analyze
