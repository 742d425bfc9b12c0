#include "analyze/type_coercion.h"

#include <algorithm>
#include <vector>

#include "analyze/expression_text.h"

namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::TypeKind;

bool IsIntervalKind(const DataType& type) { return type.IsAnsiInterval() || type.Is(TypeKind::kCalendarInterval); }

bool IsAtomic(const DataType& type) {
  return !type.IsNested() && !type.Is(TypeKind::kNull) && !type.Is(TypeKind::kCalendarInterval) && !type.Is(TypeKind::kUserDefined);
}

// Precedence of numbers that are not decimals.
int NumericRank(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte: return 0;
    case TypeKind::kShort: return 1;
    case TypeKind::kInt: return 2;
    case TypeKind::kLong: return 3;
    case TypeKind::kFloat: return 4;
    case TypeKind::kDouble: return 5;
    default: return -1;
  }
}

int DatetimeRank(const DataType& type) {
  return type.Is(TypeKind::kDate) ? 0 : type.Is(TypeKind::kTimestampNtz) ? 1 : type.Is(TypeKind::kTimestamp) ? 2 : -1;
}

std::optional<DataType> WiderInterval(const DataType& left, const DataType& right) {
  if (left.kind() != right.kind()) return {};
  const int start = std::min(left.start_field(), right.start_field()), end = std::max(left.end_field(), right.end_field());
  return left.Is(TypeKind::kYearMonthInterval) ? DataType::YearMonthInterval(start, end) : DataType::DayTimeInterval(start, end);
}

using Combine = std::optional<DataType> (*)(const DataType&, const DataType&, const CoercionRules&);

// Nested types meet element by element; of structs also the names must agree.
std::optional<DataType> CombineNested(const DataType& left, const DataType& right, const CoercionRules& rules, Combine combine) {
  if (left.kind() != right.kind()) return {};
  if (left.Is(TypeKind::kArray)) {
    auto element = combine(left.element(), right.element(), rules);
    if (!element) return {};
    return DataType::Array(*element, left.contains_null() || right.contains_null() || (!rules.is_ansi && (CastForcesNullable(left.element(), *element) || CastForcesNullable(right.element(), *element))));
  }
  if (left.Is(TypeKind::kMap)) {
    auto key = combine(left.key(), right.key(), rules);
    auto value = combine(left.value(), right.value(), rules);
    if (!key || !value) return {};
    return DataType::Map(*key, *value, left.value_contains_null() || right.value_contains_null());
  }
  if (left.Is(TypeKind::kStruct)) {
    if (left.fields().size() != right.fields().size()) return {};
    std::vector<plan::StructField> fields;
    for (size_t i = 0; i < left.fields().size(); ++i) {
      const auto& a = left.fields()[i];
      const auto& b = right.fields()[i];
      if (!EqualsIgnoreCase(a.name, b.name)) return {};
      auto type = combine(a.type, b.type, rules);
      if (!type) return {};
      fields.push_back({a.name, *type, a.nullable || b.nullable, ""});
    }
    return DataType::Struct(std::move(fields));
  }
  return {};
}

std::optional<DataType> CommonString(const DataType& left, const DataType& right) {
  if (!left.IsStringLike() || !right.IsStringLike()) return {};
  const std::string a = left.Is(TypeKind::kString) ? left.collation() : "", b = right.Is(TypeKind::kString) ? right.collation() : "";
  return DataType::String(a.empty() ? b : a);
}

std::optional<DataType> TightestAnsi(const DataType& left, const DataType& right) {
  const int a = NumericRank(left), b = NumericRank(right);
  if (a >= 0 && b >= 0) {
    // A float cannot hold every integer, so Spark goes on to double.
    if ((left.IsIntegral() && right.Is(TypeKind::kFloat)) || (right.IsIntegral() && left.Is(TypeKind::kFloat))) return DataType::Double();
    return a > b ? left : right;
  }
  return {};
}

std::optional<DataType> DecimalMeeting(const DataType& left, const DataType& right) {
  const bool l = left.Is(TypeKind::kDecimal), r = right.Is(TypeKind::kDecimal);
  if (l && r) return WiderDecimal(left, right);
  if (l && right.IsIntegral()) return WiderDecimal(left, DecimalForType(right));
  if (r && left.IsIntegral()) return WiderDecimal(DecimalForType(left), right);
  if ((l && right.IsFractional()) || (r && left.IsFractional())) return DataType::Double();
  return {};
}

// ANSI: a string becomes what it meets; integers widen to BIGINT and fractions to DOUBLE.
std::optional<DataType> PromoteStringAnsi(const DataType& other) {
  if (other.IsIntegral()) return DataType::Long();
  if (other.IsFractional()) return DataType::Double();
  if (other.Is(TypeKind::kNull)) return DataType::String();
  if (IsIntervalKind(other)) return {};
  if (IsAtomic(other) && !other.Is(TypeKind::kVariant)) return other;
  return {};
}

std::optional<DataType> PromoteStringLegacy(const DataType& other) {
  if (IsAtomic(other) && !other.Is(TypeKind::kBinary) && !other.Is(TypeKind::kBoolean) && !other.Is(TypeKind::kVariant)) return DataType::String();
  return {};
}

}  // namespace

bool ContainsKind(const DataType& type, TypeKind kind) {
  if (type.Is(kind)) return true;
  if (type.Is(TypeKind::kArray)) return ContainsKind(type.element(), kind);
  if (type.Is(TypeKind::kMap)) return ContainsKind(type.key(), kind) || ContainsKind(type.value(), kind);
  if (type.Is(TypeKind::kStruct)) {
    for (const auto& field : type.fields()) {
      if (ContainsKind(field.type, kind)) return true;
    }
  }
  return false;
}

std::optional<DataType> TightestCommonType(const DataType& left, const DataType& right, const CoercionRules& rules) {
  if (left == right) return left;
  if (left.Is(TypeKind::kNull)) return right;
  if (right.Is(TypeKind::kNull)) return left;
  if (auto text = CommonString(left, right)) return text;
  if (rules.is_ansi) {
    if (auto wider = TightestAnsi(left, right)) return wider;
  } else if (const int a = NumericRank(left), b = NumericRank(right); a >= 0 && b >= 0) {
    return a > b ? left : right;
  }
  // An integer and a decimal meet without loss only when the decimal is wide enough.
  if (left.Is(TypeKind::kDecimal) && right.IsIntegral()) {
    const DataType need = DecimalForType(right);
    if (left.precision() - left.scale() >= need.precision()) return left;
  }
  if (right.Is(TypeKind::kDecimal) && left.IsIntegral()) {
    const DataType need = DecimalForType(left);
    if (right.precision() - right.scale() >= need.precision()) return right;
  }
  if (const int a = DatetimeRank(left), b = DatetimeRank(right); a >= 0 && b >= 0) return a > b ? left : right;
  if (left.Is(TypeKind::kTime) && right.Is(TypeKind::kTime)) return DataType::Time(std::max(left.precision(), right.precision()));
  if (left.IsAnsiInterval() && right.IsAnsiInterval()) return WiderInterval(left, right);
  return CombineNested(left, right, rules, TightestCommonType);
}

std::optional<DataType> WiderTypeWithoutStrings(const DataType& left, const DataType& right, const CoercionRules& rules) {
  if (auto type = TightestCommonType(left, right, rules)) return type;
  if (auto type = DecimalMeeting(left, right)) return type;
  return CombineNested(left, right, rules, WiderTypeWithoutStrings);
}

std::optional<DataType> WiderType(const DataType& left, const DataType& right, const CoercionRules& rules) {
  if (auto type = TightestCommonType(left, right, rules)) return type;
  if (auto type = DecimalMeeting(left, right)) return type;
  if (left.IsStringLike() != right.IsStringLike()) {
    const DataType& other = left.IsStringLike() ? right : left;
    if (auto type = rules.is_ansi ? PromoteStringAnsi(other) : PromoteStringLegacy(other)) return type;
  }
  return CombineNested(left, right, rules, WiderType);
}

std::optional<DataType> WiderType(std::span<const DataType> types, const CoercionRules& rules) {
  // Strings come first without ANSI: the order would matter otherwise (Spark: findWiderCommonType partitions them).
  std::vector<DataType> ordered(types.begin(), types.end());
  std::stable_partition(ordered.begin(), ordered.end(), [](const DataType& type) { return type.IsStringLike() || ContainsKind(type, TypeKind::kString); });
  if (ordered.empty()) return {};
  DataType wide = ordered[0];
  for (size_t i = 1; i < ordered.size(); ++i) {
    auto next = WiderType(wide, ordered[i], rules);
    if (!next) return {};
    wide = *next;
  }
  return wide;
}

std::optional<DataType> ComparisonType(const DataType& left, const DataType& right, const CoercionRules& rules) {
  if (left == right) return left;
  if (rules.is_ansi) return WiderType(left, right, rules);
  if (left.IsStringLike() != right.IsStringLike()) {
    const DataType& other = left.IsStringLike() ? right : left;
    if (other.Is(TypeKind::kNull)) return DataType::String();
    if (other.Is(TypeKind::kDate) || other.Is(TypeKind::kTimestamp) || other.Is(TypeKind::kTimestampNtz)) return other;
    if (other.Is(TypeKind::kDecimal)) return DataType::Double();
    if (other.IsAnsiInterval() || other.Is(TypeKind::kCalendarInterval)) return other;
    if (IsAtomic(other) && !other.Is(TypeKind::kVariant)) return other;
    return {};
  }
  if (auto type = TightestCommonType(left, right, rules)) return type;
  if (auto type = DecimalMeeting(left, right)) return type;
  return CombineNested(left, right, rules, WiderType);
}

DataType DecimalForType(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kByte: return DataType::Decimal(3, 0);
    case TypeKind::kShort: return DataType::Decimal(5, 0);
    case TypeKind::kInt: return DataType::Decimal(10, 0);
    case TypeKind::kLong: return DataType::Decimal(20, 0);
    case TypeKind::kFloat: return DataType::Decimal(14, 7);
    case TypeKind::kDouble: return DataType::Decimal(30, 15);
    case TypeKind::kDecimal: return type;
    default: return DataType::Decimal(10, 0);
  }
}

DataType DecimalForLiteral(const plan::Literal& literal) {
  if (const int64_t* value = std::get_if<int64_t>(&literal.value)) {
    uint64_t magnitude = *value < 0 ? -static_cast<uint64_t>(*value) : static_cast<uint64_t>(*value);
    int digits = 1;
    while (magnitude >= 10) {
      magnitude /= 10;
      ++digits;
    }
    return DataType::Decimal(digits, 0);
  }
  return DecimalForType(literal.type);
}

DataType BoundedDecimal(int precision, int scale) { return DataType::Decimal(std::min(precision, 38), std::min(scale, 38)); }

DataType AdjustedDecimal(int precision, int scale, const CoercionRules& rules) {
  if (!rules.allow_precision_loss) return BoundedDecimal(precision, scale);
  if (precision <= 38) return DataType::Decimal(precision, scale);
  if (scale < 0) return DataType::Decimal(38, scale);
  const int whole = precision - scale;
  return DataType::Decimal(38, std::max(38 - whole, std::min(scale, 6)));
}

DataType WiderDecimal(const DataType& left, const DataType& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int precision = std::max(left.precision() - left.scale(), right.precision() - right.scale()) + scale;
  if (precision <= 38) return DataType::Decimal(precision, scale);
  return DataType::Decimal(38, std::max(0, scale - (precision - 38)));
}

DataType DecimalResult(char operation, const DataType& left, const DataType& right, const CoercionRules& rules) {
  const int p1 = left.precision(), s1 = left.scale(), p2 = right.precision(), s2 = right.scale();
  const int scale = std::max(s1, s2);
  switch (operation) {
    case '*': return AdjustedDecimal(p1 + p2 + 1, s1 + s2, rules);
    case '/': {
      if (rules.allow_precision_loss) {
        const int result_scale = std::max(6, s1 + p2 + 1);
        return AdjustedDecimal(p1 - s1 + s2 + result_scale, result_scale, rules);
      }
      int whole = std::min(38, p1 - s1 + s2), fraction = std::min(38, std::max(6, s1 + p2 + 1));
      if (const int over = whole + fraction - 38; over > 0) {
        fraction -= over / 2 + 1;
        whole = 38 - fraction;
      }
      return BoundedDecimal(whole + fraction, fraction);
    }
    case '%': return AdjustedDecimal(std::min(p1 - s1, p2 - s2) + scale, scale, rules);
    case 'd': return AdjustedDecimal(std::max(1, p1 - s1 + s2), 0, rules);
    default: return AdjustedDecimal(std::max(p1 - s1, p2 - s2) + scale + 1, scale, rules);
  }
}

namespace {

bool CastNested(const DataType& from, const DataType& to, bool (*can)(const DataType&, const DataType&)) {
  if (from.kind() != to.kind()) return false;
  if (from.Is(TypeKind::kArray)) return (to.contains_null() || !from.contains_null()) && can(from.element(), to.element());
  if (from.Is(TypeKind::kMap)) {
    return can(from.key(), to.key()) && can(from.value(), to.value()) && (to.value_contains_null() || !from.value_contains_null());
  }
  if (!from.Is(TypeKind::kStruct) || from.fields().size() != to.fields().size()) return false;
  for (size_t i = 0; i < from.fields().size(); ++i) {
    if (!can(from.fields()[i].type, to.fields()[i].type) || (from.fields()[i].nullable && !to.fields()[i].nullable)) return false;
  }
  return true;
}

bool CastIntervals(const DataType& from, const DataType& to) {
  if (from.IsAnsiInterval() && to.IsAnsiInterval()) return from.kind() == to.kind();
  if (to.IsAnsiInterval()) return from.IsStringLike() || from.IsIntegral() || from.Is(TypeKind::kDecimal);
  if (from.IsAnsiInterval()) return to.IsIntegral() || to.Is(TypeKind::kDecimal);
  return to.Is(TypeKind::kCalendarInterval) && from.IsStringLike();
}

bool CanCastAnsi(const DataType& from, const DataType& to) {
  if (from == to || from.Is(TypeKind::kNull)) return true;
  if (to.Is(TypeKind::kVariant)) return !from.Is(TypeKind::kCalendarInterval) && !from.IsAnsiInterval() ? true : false;
  if (from.Is(TypeKind::kVariant)) return !to.IsAnsiInterval() && !to.Is(TypeKind::kCalendarInterval);
  if (to.IsStringLike()) return true;
  if (from.IsAnsiInterval() || to.IsAnsiInterval() || to.Is(TypeKind::kCalendarInterval)) return CastIntervals(from, to);
  switch (to.kind()) {
    case TypeKind::kBinary: return from.IsStringLike();
    case TypeKind::kBoolean: return from.IsStringLike() || from.IsNumeric();
    case TypeKind::kTimestamp: return from.IsStringLike() || from.IsDatetime() || from.IsNumeric();
    case TypeKind::kTimestampNtz: return from.IsStringLike() || from.IsDatetime() || from.Is(TypeKind::kTime);
    case TypeKind::kDate: return from.IsStringLike() || from.IsDatetime();
    case TypeKind::kTime: return from.IsStringLike() || from.Is(TypeKind::kTime) || from.Is(TypeKind::kTimestampNtz) || from.Is(TypeKind::kTimestamp);
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal: return from.IsStringLike() || from.IsNumeric() || from.Is(TypeKind::kBoolean) || from.Is(TypeKind::kTimestamp) || (from.Is(TypeKind::kTime) && (to.Is(TypeKind::kDecimal) || to.Is(TypeKind::kLong) || to.Is(TypeKind::kInt)));
    default: return CastNested(from, to, CanCastAnsi);
  }
}

bool CanCastLegacy(const DataType& from, const DataType& to) {
  if (CanCastAnsi(from, to)) return true;
  switch (to.kind()) {
    case TypeKind::kBinary: return from.IsIntegral();
    case TypeKind::kBoolean: return from.Is(TypeKind::kDate) || from.Is(TypeKind::kTimestamp);
    case TypeKind::kTimestamp: return from.Is(TypeKind::kBoolean);
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInt:
    case TypeKind::kLong:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal: return from.Is(TypeKind::kDate);
    default: return CastNested(from, to, CanCastLegacy);
  }
}

// Without ANSI, and in TRY_CAST, elements that cannot be cast become NULL, so a target that forbids NULL is refused.
DataType Relax(const DataType& type) { return plan::AsNullable(type); }

}  // namespace

bool CanCast(const DataType& from, const DataType& to, bool is_ansi) {
  return is_ansi ? CanCastAnsi(from, to) : CanCastLegacy(from, to);
}

bool CanTryCast(const DataType& from, const DataType& to, bool is_ansi) { return CanCast(from, Relax(to), is_ansi); }

bool CanUpCast(const DataType& from, const DataType& to) {
  if (from == to || from.Is(TypeKind::kNull)) return true;
  if (from.Is(TypeKind::kDecimal) && to.IsNumeric()) {
    if (to.Is(TypeKind::kDecimal)) return to.precision() - to.scale() >= from.precision() - from.scale() && to.scale() >= from.scale();
    return false;
  }
  if (to.Is(TypeKind::kDecimal) && from.IsIntegral()) return to.precision() - to.scale() >= DecimalForType(from).precision();
  if (NumericRank(from) >= 0 && NumericRank(to) >= 0) return NumericRank(from) <= NumericRank(to);
  if (DatetimeRank(from) >= 0 && DatetimeRank(to) >= 0) return from.Is(TypeKind::kDate) || (from.Is(TypeKind::kTimestampNtz) == to.Is(TypeKind::kTimestampNtz)) || true;
  if (to.IsStringLike()) return IsAtomic(from) || from.Is(TypeKind::kCalendarInterval);
  if (from.IsAnsiInterval() && from.kind() == to.kind()) return from.start_field() >= to.start_field() && from.end_field() <= to.end_field();
  if (from.Is(TypeKind::kTime) && to.Is(TypeKind::kTime)) return from.precision() <= to.precision();
  return CastNested(from, to, CanUpCast);
}

bool CanAnsiStoreAssign(const DataType& from, const DataType& to) {
  if (from == to || from.Is(TypeKind::kNull)) return true;
  if (from.IsNumeric() && to.IsNumeric()) return true;
  if (to.IsStringLike()) return IsAtomic(from) || from.Is(TypeKind::kCalendarInterval);
  if (from.IsDatetime() && to.IsDatetime()) return true;
  if (from.Is(TypeKind::kTime) && to.Is(TypeKind::kTime)) return true;
  if (from.IsAnsiInterval() && to.IsAnsiInterval()) return from.kind() == to.kind();
  return CastNested(from, to, CanAnsiStoreAssign);
}

bool CastNeedsZone(const DataType& from, const DataType& to) {
  if (from.IsNested() && from.kind() == to.kind()) {
    if (from.Is(TypeKind::kArray)) return CastNeedsZone(from.element(), to.element());
    if (from.Is(TypeKind::kMap)) return CastNeedsZone(from.key(), to.key()) || CastNeedsZone(from.value(), to.value());
    for (size_t i = 0; i < from.fields().size() && i < to.fields().size(); ++i) {
      if (CastNeedsZone(from.fields()[i].type, to.fields()[i].type)) return true;
    }
    return false;
  }
  if (to.IsStringLike()) return ContainsKind(from, TypeKind::kTimestamp) || from.Is(TypeKind::kVariant);
  if (from.Is(TypeKind::kVariant) || to.Is(TypeKind::kVariant)) return true;
  const bool from_zone = from.IsStringLike() || from.IsDatetime(), to_zone = to.IsDatetime() || to.Is(TypeKind::kTime);
  return (from_zone && to_zone) && !(from == to) && (to.Is(TypeKind::kTimestamp) || from.Is(TypeKind::kTimestamp) || from.IsStringLike());
}

bool CastForcesNullable(const DataType& from, const DataType& to) {
  if (from == to) return false;
  if (from.Is(TypeKind::kNull)) return true;
  if (from.IsStringLike()) return !to.IsStringLike() && !to.Is(TypeKind::kBinary);
  if (to.IsStringLike()) return false;
  if (from.Is(TypeKind::kTimestamp) && (to.Is(TypeKind::kByte) || to.Is(TypeKind::kShort) || to.Is(TypeKind::kInt))) return true;
  if ((from.Is(TypeKind::kFloat) || from.Is(TypeKind::kDouble)) && to.Is(TypeKind::kTimestamp)) return true;
  if (to.Is(TypeKind::kDate) && from.Is(TypeKind::kTimestamp)) return false;
  if (from.Is(TypeKind::kDate)) return !to.IsDatetime();
  if (to.Is(TypeKind::kCalendarInterval)) return true;
  if (to.Is(TypeKind::kDecimal)) return !CanUpCast(from, to);
  if (from.IsFractional() && to.IsIntegral()) return true;
  return from.Is(TypeKind::kVariant);
}

bool IsOrderable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kVariant:
    case TypeKind::kCalendarInterval:
    case TypeKind::kGeometry:
    case TypeKind::kGeography: return false;
    case TypeKind::kArray: return IsOrderable(type.element());
    case TypeKind::kStruct: return std::all_of(type.fields().begin(), type.fields().end(), [](const auto& field) { return IsOrderable(field.type); });
    default: return true;
  }
}

}  // namespace crannog::analyze
