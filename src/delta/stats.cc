// Typed statistics out of the JSON of `add.stats`. Source: PROTOCOL.md, "Per-file Statistics".
#include "delta/stats.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>

namespace crannog::delta {
namespace {

using Element = simdjson::dom::element;

constexpr int64_t kMicrosPerMilli = 1000;
constexpr int64_t kDayMicros = 86400000000;
// Offsets of zones had seconds before 1900, which `stats` texts with a zone lose (delta-io/delta issue 5249).
constexpr int64_t kZoneSecondsUntil = -2208902400000000;  // 1900-01-02
constexpr int64_t kZoneSecondsSlack = 60000000;
// Strings are cut off at 32 characters; a maximum of that length may be a prefix of greater values.
constexpr size_t kStringPrefix = 32;

size_t CodePoints(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

ColumnBounds::Form FormOf(const Type& type) {
  switch (type.kind) {
    case TypeKind::kFloat: case TypeKind::kDouble: return ColumnBounds::Form::kDouble;
    case TypeKind::kDecimal: return ColumnBounds::Form::kDecimal;
    case TypeKind::kString: case TypeKind::kBinary: case TypeKind::kOther: return ColumnBounds::Form::kText;
    default: return ColumnBounds::Form::kInteger;
  }
}

bool IsTimestamp(const Type& type) { return type.kind == TypeKind::kTimestamp || type.kind == TypeKind::kTimestampNtz; }

// Finds the member at a path; false when it is absent or null.
bool At(Element from, std::string_view first, const std::vector<std::string>& path, Element& out) {
  if (from[first].get(out) != simdjson::SUCCESS) return false;
  for (const std::string& name : path) {
    Element next;
    if (out.type() != simdjson::dom::element_type::OBJECT || out[name].get(next) != simdjson::SUCCESS) return false;
    out = next;
  }
  return !out.is_null();
}

class Filler {
 public:
  Filler(ColumnBounds& bounds, const Type& type, size_t count) : bounds_(bounds), type_(type) {
    bounds.form = FormOf(type);
    bounds.flags.assign(count, 0);
    bounds.null_count.assign(count, 0);
    switch (bounds.form) {
      case ColumnBounds::Form::kInteger: bounds.min_integer.assign(count, 0), bounds.max_integer.assign(count, 0); break;
      case ColumnBounds::Form::kDouble: bounds.min_double.assign(count, 0), bounds.max_double.assign(count, 0); break;
      case ColumnBounds::Form::kDecimal: bounds.min_decimal.assign(count, 0), bounds.max_decimal.assign(count, 0); break;
      case ColumnBounds::Form::kText: bounds.min_text.resize(count), bounds.max_text.resize(count); break;
    }
  }

  void SetNullCount(size_t file, int64_t count) {
    bounds_.flags[file] |= ColumnBounds::kHasNullCount;
    bounds_.null_count[file] = count;
  }

  // Takes one bound out of JSON, widened outwards where the text may be less exact than the values.
  void SetBound(size_t file, Element json, bool is_max) {
    Value value;
    bool exact = true;
    if (type_.kind == TypeKind::kDecimal && json.is<double>() && !json.is<int64_t>()) {
      const double number = double{json};
      const double scaled = number * std::pow(10.0, type_.scale);
      if (!(std::abs(scaled) < 1e37)) return;
      const bool few_digits = type_.precision <= 15;
      const double slack = few_digits ? 0 : std::abs(scaled) * 4e-16 + 1;
      value = static_cast<Int128>(few_digits ? std::round(scaled) : is_max ? std::ceil(scaled + slack) : std::floor(scaled - slack));
      exact = few_digits;
    } else {
      std::optional<Value> parsed = ParseStatsValue(ToJson(json), type_);
      if (!parsed || IsNull(*parsed)) return;
      value = *std::move(parsed);
    }
    if (IsTimestamp(type_)) {
      int64_t micros = std::get<int64_t>(value);
      exact = false;
      if (is_max) micros += kMicrosPerMilli - 1;
      if (micros < kZoneSecondsUntil) micros += is_max ? kZoneSecondsSlack : -kZoneSecondsSlack;
      value = micros;
    }
    if (bounds_.form == ColumnBounds::Form::kText) exact = false;
    Store(file, value, is_max);
    if (!exact) bounds_.flags[file] &= static_cast<uint8_t>(~ColumnBounds::kExact);
  }

  void Store(size_t file, const Value& value, bool is_max) {
    switch (bounds_.form) {
      case ColumnBounds::Form::kInteger:
        (is_max ? bounds_.max_integer : bounds_.min_integer)[file] = std::holds_alternative<bool>(value) ? std::get<bool>(value) : std::get<int64_t>(value);
        break;
      case ColumnBounds::Form::kDouble: (is_max ? bounds_.max_double : bounds_.min_double)[file] = std::get<double>(value); break;
      case ColumnBounds::Form::kDecimal: (is_max ? bounds_.max_decimal : bounds_.min_decimal)[file] = std::get<Int128>(value); break;
      case ColumnBounds::Form::kText: {
        const std::string& kept = bounds_.texts.emplace_back(std::get<std::string>(value));
        (is_max ? bounds_.max_text : bounds_.min_text)[file] = kept;
        if (is_max && CodePoints(kept) >= kStringPrefix) bounds_.flags[file] |= ColumnBounds::kMaxIsPrefix;
        break;
      }
    }
    bounds_.flags[file] |= is_max ? ColumnBounds::kHasMax : ColumnBounds::kHasMin;
  }

 private:
  static JsonValue ToJson(Element json) {
    switch (json.type()) {
      case simdjson::dom::element_type::BOOL: return bool{json};
      case simdjson::dom::element_type::INT64: return int64_t{json};
      case simdjson::dom::element_type::UINT64: return static_cast<double>(uint64_t{json});
      case simdjson::dom::element_type::DOUBLE: return double{json};
      case simdjson::dom::element_type::STRING: return std::string_view(json);
      default: return {};
    }
  }
  ColumnBounds& bounds_;
  const Type& type_;
};

std::shared_ptr<const void> MakeCounts(const FileSegment& segment) {
  auto counts = std::make_shared<RecordCounts>();
  simdjson::dom::parser parser;
  for (const FileEntry& entry : segment.entries()) {
    int64_t records = -1;
    bool tight = true;
    Element document;
    if (!entry.stats.empty() && parser.parse(entry.stats.data(), entry.stats.size()).get(document) == simdjson::SUCCESS) {
      if (document["numRecords"].get(records) != simdjson::SUCCESS || records < 0) records = -1;
      if (document["tightBounds"].get(tight) != simdjson::SUCCESS) tight = true;
    }
    counts->records.push_back(records);
    counts->tight.push_back(tight);
  }
  return counts;
}

std::shared_ptr<const void> MakeBounds(const FileSegment& segment, const std::vector<std::string>& path, const Type& type) {
  auto bounds = std::make_shared<ColumnBounds>();
  const auto entries = segment.entries();
  Filler filler(*bounds, type, entries.size());
  const auto counts = CountsOf(segment);
  simdjson::dom::parser parser;
  for (size_t file = 0; file < entries.size(); ++file) {
    const std::string_view stats = entries[file].stats;
    Element document, found;
    if (stats.empty() || parser.parse(stats.data(), stats.size()).get(document) != simdjson::SUCCESS) continue;
    if (document.type() != simdjson::dom::element_type::OBJECT) continue;
    int64_t nulls = 0;
    const int64_t records = counts->records[file];
    if (At(document, "nullCount", path, found) && found.get(nulls) == simdjson::SUCCESS) {
      // With wide bounds only "none" and "all" say something.
      if (counts->tight[file] || nulls == 0 || nulls == records) filler.SetNullCount(file, nulls);
      if (records >= 0 && nulls == records) bounds->flags[file] |= ColumnBounds::kAllNull;
    }
    if (counts->tight[file]) bounds->flags[file] |= ColumnBounds::kExact;
    if (!type.IsNested() && type.kind != TypeKind::kVariant) {
      if (At(document, "minValues", path, found)) filler.SetBound(file, found, false);
      if (At(document, "maxValues", path, found)) filler.SetBound(file, found, true);
    }
  }
  return bounds;
}

std::shared_ptr<const void> MakePartitionBounds(const FileSegment& segment, const std::string& name, const Type& type) {
  auto bounds = std::make_shared<ColumnBounds>();
  const auto entries = segment.entries();
  Filler filler(*bounds, type, entries.size());
  simdjson::dom::parser parser;
  for (size_t file = 0; file < entries.size(); ++file) {
    const std::string_view text = entries[file].partition_values;
    Element document, found;
    std::optional<std::string> value;
    if (parser.parse(text.data(), text.size()).get(document) == simdjson::SUCCESS && document[name].get(found) == simdjson::SUCCESS) {
      std::string_view view;
      if (found.get(view) == simdjson::SUCCESS) value = std::string(view);
    }
    Result<Value> parsed = ParsePartitionValue(value, type);
    if (!parsed) continue;  // unreadable: nothing known; reading the file will say so
    if (IsNull(*parsed)) {
      bounds->flags[file] |= ColumnBounds::kAllNull | ColumnBounds::kExact;
      continue;
    }
    filler.SetNullCount(file, 0);
    // Wall-clock text: the zone is the reader's, so the instant is only known to a day.
    const int64_t slack = type.kind == TypeKind::kTimestamp && !HasZone(*value) ? kDayMicros : 0;
    if (slack != 0) {
      filler.Store(file, std::get<int64_t>(*parsed) - slack, false);
      filler.Store(file, std::get<int64_t>(*parsed) + slack, true);
    } else {
      filler.Store(file, *parsed, false);
      filler.Store(file, *parsed, true);
      bounds->flags[file] |= ColumnBounds::kExact;
    }
    bounds->flags[file] &= static_cast<uint8_t>(~ColumnBounds::kMaxIsPrefix);
  }
  return bounds;
}

Value ValueOf(ColumnBounds::Form form, const Type& type, int64_t integer, double number, Int128 decimal, std::string_view text) {
  switch (form) {
    case ColumnBounds::Form::kInteger: return type.kind == TypeKind::kBoolean ? Value(integer != 0) : Value(integer);
    case ColumnBounds::Form::kDouble: return number;
    case ColumnBounds::Form::kDecimal: return decimal;
    case ColumnBounds::Form::kText: return std::string(text);
  }
  return {};
}

template <typename T>
T Pick(const std::vector<T>& values, size_t file) {
  return values.empty() ? T{} : values[file];
}

}  // namespace

Value ColumnBounds::Min(size_t file, const Type& type) const {
  if (!(flags[file] & kHasMin)) return {};
  return ValueOf(form, type, Pick(min_integer, file), Pick(min_double, file), Pick(min_decimal, file), Pick(min_text, file));
}

Value ColumnBounds::Max(size_t file, const Type& type) const {
  if (!(flags[file] & kHasMax)) return {};
  return ValueOf(form, type, Pick(max_integer, file), Pick(max_double, file), Pick(max_decimal, file), Pick(max_text, file));
}

std::shared_ptr<const RecordCounts> CountsOf(const FileSegment& segment) {
  return std::static_pointer_cast<const RecordCounts>(segment.Cached("counts", [&segment] { return MakeCounts(segment); }));
}

std::shared_ptr<const ColumnBounds> BoundsOf(const FileSegment& segment, const std::vector<std::string>& physical_path, const Type& type) {
  std::string name = "bounds/" + (type.IsNested() ? "nested" : type.name);
  for (const std::string& part : physical_path) name += '\0' + part;
  return std::static_pointer_cast<const ColumnBounds>(segment.Cached(name, [&] { return MakeBounds(segment, physical_path, type); }));
}

std::shared_ptr<const ColumnBounds> PartitionBoundsOf(const FileSegment& segment, const std::string& physical_name, const Type& type) {
  const std::string name = "partition/" + type.name + '\0' + physical_name;
  return std::static_pointer_cast<const ColumnBounds>(segment.Cached(name, [&] { return MakePartitionBounds(segment, physical_name, type); }));
}

}  // namespace crannog::delta
