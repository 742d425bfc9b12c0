// Which files may hold a row for which a predicate is true. Every node is judged by two questions: may it be true, may it be false
// for some row of the file? Null is neither, so NOT only swaps the answers and all rules stay sound for three-valued logic.
#include <cmath>

#include "base/check.h"
#include "delta/scan.h"
#include "delta/stats.h"

namespace crannog::delta {
namespace {

constexpr uint8_t kMayBeTrue = 1, kMayBeFalse = 2, kEither = 3;
using Verdicts = std::vector<uint8_t>;

struct ColumnRef {
  std::shared_ptr<const ColumnBounds> bounds;
  Type type;
};

class Judge {
 public:
  Judge(const Snapshot& snapshot, const FileSegment& segment) : snapshot_(snapshot), segment_(segment), count_(segment.entries().size()) {}

  Verdicts Visit(const Predicate& predicate) const {
    switch (predicate.kind) {
      case Predicate::Kind::kUnknown: return Verdicts(count_, kEither);
      case Predicate::Kind::kConstant: return Verdicts(count_, predicate.constant ? kMayBeTrue : kMayBeFalse);
      case Predicate::Kind::kAnd: {
        Verdicts all(count_, kMayBeTrue);
        for (const Predicate& child : predicate.children) {
          const Verdicts one = Visit(child);
          for (size_t i = 0; i < count_; ++i) all[i] = static_cast<uint8_t>((all[i] & one[i] & kMayBeTrue) | ((all[i] | one[i]) & kMayBeFalse));
        }
        return all;
      }
      case Predicate::Kind::kOr: {
        Verdicts all(count_, kMayBeFalse);
        for (const Predicate& child : predicate.children) {
          const Verdicts one = Visit(child);
          for (size_t i = 0; i < count_; ++i) all[i] = static_cast<uint8_t>(((all[i] | one[i]) & kMayBeTrue) | (all[i] & one[i] & kMayBeFalse));
        }
        return all;
      }
      case Predicate::Kind::kNot: {
        Verdicts all = Visit(predicate.children.front());
        for (uint8_t& one : all) one = static_cast<uint8_t>(((one & kMayBeTrue) << 1) | ((one & kMayBeFalse) >> 1));
        return all;
      }
      case Predicate::Kind::kIsNull: return IsNullVerdicts(predicate);
      case Predicate::Kind::kCompare: return Compare(predicate);
      case Predicate::Kind::kNullSafeEqual: {
        if (IsNull(predicate.values.front())) return IsNullVerdicts(predicate);
        Predicate equal = predicate;
        equal.kind = Predicate::Kind::kCompare;
        equal.comparison = Predicate::Comparison::kEqual;
        Verdicts all = Compare(equal);
        for (uint8_t& one : all) one |= kMayBeFalse;  // null rows give false here
        return all;
      }
      case Predicate::Kind::kIn: {
        Verdicts all(count_, 0);
        bool any_null = false;
        for (const Value& value : predicate.values) {
          if (IsNull(value)) {
            any_null = true;
            continue;
          }
          const Verdicts one = Compare(Predicate::Compare(predicate.column, Predicate::Comparison::kEqual, value));
          for (size_t i = 0; i < count_; ++i) all[i] |= one[i];
        }
        if (any_null) {
          for (uint8_t& one : all) one &= kMayBeTrue;  // x IN (…, NULL) is never false
        }
        return all;
      }
      case Predicate::Kind::kStartsWith: return StartsWith(predicate);
    }
    return Verdicts(count_, kEither);
  }

 private:
  std::optional<ColumnRef> Resolve(const std::vector<std::string>& column) const {
    const Field* field = FindField(snapshot_.schema(), column);
    if (field == nullptr) return std::nullopt;
    if (column.size() == 1) {
      for (const std::string& name : snapshot_.partition_columns()) {
        if (EqualIgnoringCase(name, field->name)) return ColumnRef{PartitionBoundsOf(segment_, field->PhysicalName(), field->type), field->type};
      }
    }
    std::vector<std::string> physical;
    const Schema* level = &snapshot_.schema();
    for (const std::string& name : column) {
      const Field* part = FindField(*level, name);
      physical.push_back(part->PhysicalName());
      level = part->type.fields.get();
    }
    return ColumnRef{BoundsOf(segment_, physical, field->type), field->type};
  }

  Verdicts IsNullVerdicts(const Predicate& predicate) const {
    const std::optional<ColumnRef> column = Resolve(predicate.column);
    Verdicts all(count_, kEither);
    // A field inside a struct is null where the struct is: its null count covers that. Nested types have no counts of their own.
    if (!column || column->type.IsNested()) return all;
    for (size_t i = 0; i < count_; ++i) {
      const uint8_t flags = column->bounds->flags[i];
      if (flags & ColumnBounds::kAllNull) all[i] = kMayBeTrue;
      else if ((flags & ColumnBounds::kHasNullCount) && column->bounds->null_count[i] == 0) all[i] = kMayBeFalse;
    }
    return all;
  }

  template <typename T, typename Less>
  static void CompareBounds(Verdicts& all, const ColumnBounds& bounds, const std::vector<T>& min, const std::vector<T>& max, const T& value,
                            Predicate::Comparison comparison, Less less) {
    using enum Predicate::Comparison;
    for (size_t i = 0; i < all.size(); ++i) {
      const uint8_t flags = bounds.flags[i];
      if (flags & ColumnBounds::kAllNull) {
        all[i] = 0;
        continue;
      }
      const bool has_min = flags & ColumnBounds::kHasMin, has_max = flags & ColumnBounds::kHasMax;
      // Sure facts about every row that is not null.
      const bool all_above = has_min && less(value, min[i]);        // min > value
      const bool all_at_least = has_min && !less(min[i], value);    // min >= value
      const bool all_below = has_max && less(max[i], value);        // max < value
      const bool all_at_most = has_max && !less(value, max[i]);     // max <= value
      bool may_true = true, may_false = true;
      switch (comparison) {
        case kEqual: may_true = !all_above && !all_below, may_false = !(all_at_least && all_at_most); break;
        case kNotEqual: may_true = !(all_at_least && all_at_most), may_false = !all_above && !all_below; break;
        case kLess: may_true = !all_at_least, may_false = !all_below; break;
        case kLessEqual: may_true = !all_above, may_false = !all_at_most; break;
        case kGreater: may_true = !all_at_most, may_false = !all_above; break;
        case kGreaterEqual: may_true = !all_below, may_false = !all_at_least; break;
      }
      all[i] = static_cast<uint8_t>((may_true ? kMayBeTrue : 0) | (may_false ? kMayBeFalse : 0));
    }
  }

  Verdicts Compare(const Predicate& predicate) const {
    const Value& value = predicate.values.front();
    if (IsNull(value)) return Verdicts(count_, 0);
    const std::optional<ColumnRef> column = Resolve(predicate.column);
    Verdicts all(count_, kEither);
    if (!column || column->type.IsNested()) return all;
    const ColumnBounds& bounds = *column->bounds;
    switch (bounds.form) {
      case ColumnBounds::Form::kInteger: {
        int64_t wanted = 0;
        if (const auto* number = std::get_if<int64_t>(&value)) wanted = *number;
        else if (const auto* truth = std::get_if<bool>(&value)) wanted = *truth;
        else return all;
        CompareBounds(all, bounds, bounds.min_integer, bounds.max_integer, wanted, predicate.comparison, std::less<int64_t>());
        return all;
      }
      case ColumnBounds::Form::kDecimal: {
        const auto* wanted = std::get_if<Int128>(&value);
        if (wanted == nullptr) return all;
        CompareBounds(all, bounds, bounds.min_decimal, bounds.max_decimal, *wanted, predicate.comparison, std::less<Int128>());
        return all;
      }
      case ColumnBounds::Form::kDouble: {
        const auto* wanted = std::get_if<double>(&value);
        if (wanted == nullptr) return all;
        auto less = [](double a, double b) { return std::isnan(a) ? false : std::isnan(b) ? true : a < b; };
        CompareBounds(all, bounds, bounds.min_double, bounds.max_double, *wanted, predicate.comparison, less);
        // Some writers leave NaN out of the bounds: a NaN row may hide in any file, and it is above every value.
        Verdicts nan(count_, kEither);
        using enum Predicate::Comparison;
        const bool is_nan = std::isnan(*wanted);
        uint8_t for_nan = 0;
        switch (predicate.comparison) {
          case kEqual: for_nan = is_nan ? kMayBeTrue : kMayBeFalse; break;
          case kNotEqual: for_nan = is_nan ? kMayBeFalse : kMayBeTrue; break;
          case kLess: for_nan = kMayBeFalse; break;
          case kLessEqual: for_nan = is_nan ? kMayBeTrue : kMayBeFalse; break;
          case kGreater: for_nan = is_nan ? kMayBeFalse : kMayBeTrue; break;
          case kGreaterEqual: for_nan = kMayBeTrue; break;
        }
        for (size_t i = 0; i < count_; ++i) {
          if (!(bounds.flags[i] & ColumnBounds::kAllNull)) all[i] |= for_nan;
        }
        return all;
      }
      case ColumnBounds::Form::kText: {
        const auto* wanted = std::get_if<std::string>(&value);
        // Collated and padded strings do not compare by bytes.
        if (wanted == nullptr || (column->type.kind == TypeKind::kString && column->type.name.starts_with("string collate"))) return all;
        const std::string_view text = *wanted;
        CompareBounds(all, bounds, bounds.min_text, bounds.max_text, text, predicate.comparison, std::less<std::string_view>());
        for (size_t i = 0; i < count_; ++i) {
          // A maximum cut off may stand for greater values that begin with it.
          if ((bounds.flags[i] & ColumnBounds::kMaxIsPrefix) && text.starts_with(bounds.max_text[i])) all[i] = kEither;
          if ((bounds.flags[i] & ColumnBounds::kMaxIsPrefix) && bounds.min_text[i] == bounds.max_text[i]) all[i] = kEither;
        }
        return all;
      }
    }
    return all;
  }

  Verdicts StartsWith(const Predicate& predicate) const {
    Verdicts all(count_, kEither);
    const auto* prefix = std::get_if<std::string>(&predicate.values.front());
    const std::optional<ColumnRef> column = Resolve(predicate.column);
    if (prefix == nullptr || !column || column->bounds->form != ColumnBounds::Form::kText || column->type.name.starts_with("string collate")) return all;
    const ColumnBounds& bounds = *column->bounds;
    for (size_t i = 0; i < count_; ++i) {
      const uint8_t flags = bounds.flags[i];
      if (flags & ColumnBounds::kAllNull) {
        all[i] = 0;
        continue;
      }
      const bool below = (flags & ColumnBounds::kHasMax) && bounds.max_text[i] < *prefix && !prefix->starts_with(bounds.max_text[i]);
      const bool above = (flags & ColumnBounds::kHasMin) && bounds.min_text[i] > *prefix && !bounds.min_text[i].starts_with(*prefix);
      if (below || above) all[i] = kMayBeFalse;
      // A maximum that is a whole, shorter value cannot start with the prefix either.
      else if ((flags & ColumnBounds::kHasMax) && !(flags & ColumnBounds::kMaxIsPrefix) && bounds.max_text[i] < *prefix) all[i] = kMayBeFalse;
    }
    return all;
  }

  const Snapshot& snapshot_;
  const FileSegment& segment_;
  const size_t count_;
};

}  // namespace

std::vector<std::vector<uint8_t>> MatchingFiles(const Snapshot& snapshot, const Predicate& predicate) {
  std::vector<std::vector<uint8_t>> marks;
  for (const LiveFiles::Part& part : snapshot.files().parts()) {
    Verdicts verdicts = Judge(snapshot, *part.segment).Visit(predicate);
    for (uint8_t& one : verdicts) one &= kMayBeTrue;
    marks.push_back(std::move(verdicts));
  }
  return marks;
}

}  // namespace crannog::delta
