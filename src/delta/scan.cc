#include "delta/scan.h"

#include <fmt/format.h>

#include "delta/path.h"
#include "delta/stats.h"

namespace crannog::delta {

std::optional<int64_t> Scan::RowCount() const {
  int64_t total = 0;
  for (const FileEntry* file : files) {
    // Few files: their own statistics; the columnar form is for whole snapshots.
    Result<JsonValue> stats = ParseJson(file->stats);
    const JsonValue* records = stats ? stats->Find("numRecords") : nullptr;
    if (records == nullptr || !records->IsInt()) return std::nullopt;
    total += records->AsInt() - (file->deletion_vector != nullptr ? file->deletion_vector->cardinality : 0);
  }
  return total;
}

int64_t Scan::TotalBytes() const {
  int64_t total = 0;
  for (const FileEntry* file : files) total += file->size_bytes;
  return total;
}

Scan PlanScan(SnapshotPtr snapshot, const Predicate& predicate) {
  Scan scan;
  const LiveFiles& live = snapshot->files();
  scan.files.reserve(static_cast<size_t>(predicate.IsTrivial() ? live.count() : 0));
  std::vector<std::vector<uint8_t>> marks;
  if (!predicate.IsTrivial()) marks = MatchingFiles(*snapshot, predicate);
  for (size_t p = 0; p < live.parts().size(); ++p) {
    const LiveFiles::Part& part = live.parts()[p];
    const auto entries = part.segment->entries();
    for (size_t row = 0; row < entries.size(); ++row) {
      if (part.IsDead(row)) continue;
      if (marks.empty() || marks[p][row]) scan.files.push_back(&entries[row]);
      else ++scan.skipped_count;
    }
  }
  scan.snapshot = std::move(snapshot);
  return scan;
}

std::optional<int64_t> CountFromMetadata(const Snapshot& snapshot) {
  int64_t total = 0;
  for (const LiveFiles::Part& part : snapshot.files().parts()) {
    const auto counts = CountsOf(*part.segment);
    const auto entries = part.segment->entries();
    for (size_t row = 0; row < entries.size(); ++row) {
      if (part.IsDead(row)) continue;
      if (counts->records[row] < 0) return std::nullopt;
      total += counts->records[row] - (entries[row].deletion_vector != nullptr ? entries[row].deletion_vector->cardinality : 0);
    }
  }
  return total;
}

std::optional<MinMax> MinMaxFromMetadata(const Snapshot& snapshot, const std::vector<std::string>& column) {
  const Field* field = FindField(snapshot.schema(), column);
  if (field == nullptr || field->type.IsNested()) return std::nullopt;
  bool is_partition = false;
  if (column.size() == 1) {
    for (const std::string& name : snapshot.partition_columns()) is_partition |= EqualIgnoringCase(name, field->name);
  }
  if (!is_partition) {
    switch (field->type.kind) {
      case TypeKind::kByte: case TypeKind::kShort: case TypeKind::kInteger: case TypeKind::kLong: case TypeKind::kDate: case TypeKind::kDecimal: break;
      default: return std::nullopt;  // cut off (strings, timestamps) or NaN (floating point)
    }
  }
  std::vector<std::string> physical;
  const Schema* level = &snapshot.schema();
  for (const std::string& name : column) {
    const Field* part = FindField(*level, name);
    physical.push_back(part->PhysicalName());
    level = part->type.fields.get();
  }
  MinMax result;
  for (const LiveFiles::Part& part : snapshot.files().parts()) {
    const auto counts = CountsOf(*part.segment);
    const auto bounds = is_partition ? PartitionBoundsOf(*part.segment, physical.front(), field->type) : BoundsOf(*part.segment, physical, field->type);
    const auto entries = part.segment->entries();
    for (size_t row = 0; row < entries.size(); ++row) {
      if (part.IsDead(row)) continue;
      const auto* vector = entries[row].deletion_vector;
      if (is_partition) {
        // A partition value only counts when a row is left.
        if (counts->records[row] < 0) return std::nullopt;
        if (counts->records[row] - (vector != nullptr ? vector->cardinality : 0) == 0) continue;
      } else if (vector != nullptr) {
        return std::nullopt;
      }
      const uint8_t flags = bounds->flags[row];
      if (counts->records[row] == 0 || (flags & ColumnBounds::kAllNull)) continue;
      constexpr uint8_t kNeeded = ColumnBounds::kHasMin | ColumnBounds::kHasMax | ColumnBounds::kExact;
      if ((flags & kNeeded) != kNeeded) return std::nullopt;
      const Value min = bounds->Min(row, field->type), max = bounds->Max(row, field->type);
      if (IsNull(result.min) || CompareValues(min, result.min) < 0) result.min = min;
      if (IsNull(result.max) || CompareValues(max, result.max) > 0) result.max = max;
    }
  }
  return result;
}

Result<std::vector<Value>> PartitionValuesOf(const Snapshot& snapshot, const FileEntry& file, const LocalToUtc& local_to_utc) {
  std::vector<Value> values;
  if (snapshot.partition_columns().empty()) return values;
  const PartitionValues texts = file.Partitions();
  for (const std::string& name : snapshot.partition_columns()) {
    const Field* field = FindField(snapshot.schema(), name);
    const std::string physical = field->PhysicalName();
    std::optional<std::string> text;
    for (const auto& [key, value] : texts) {
      if (key == physical) text = value;
    }
    if (!text) {
      // Writers without regard for case spell the key as the schema does not.
      for (const auto& [key, value] : texts) {
        if (EqualIgnoringCase(key, physical)) text = value;
      }
    }
    Result<Value> value = ParsePartitionValue(text, field->type);
    if (!value) return Failure(WithContext(std::move(value).error(), fmt::format("reading partition column {} of {}", name, file.path)));
    if (local_to_utc && field->type.kind == TypeKind::kTimestamp && !IsNull(*value) && !HasZone(*text)) value = Value(local_to_utc(std::get<int64_t>(*value)));
    values.push_back(*std::move(value));
  }
  return values;
}

Result<std::shared_ptr<const RowSet>> DeletedRowsOf(const Snapshot& snapshot, const FileEntry& file) {
  if (file.deletion_vector == nullptr) return std::shared_ptr<const RowSet>();
  Result<RowSet> rows = ReadDeletionVector(snapshot.store(), *file.deletion_vector);
  if (!rows) return Failure(WithContext(std::move(rows).error(), fmt::format("reading the deletion vector of {} at version {}", file.path, snapshot.version())));
  return std::make_shared<const RowSet>(*std::move(rows));
}

std::string AbsolutePath(const Snapshot& snapshot, std::string_view path) {
  const FileLocation location = ResolvePath(path, snapshot.root_url());
  if (!location.inside) return location.key;
  if (std::optional<std::string> local = snapshot.store().LocalPath(location.key)) return *std::move(local);
  return fmt::format("{}/{}", snapshot.root_url(), location.key);
}

}  // namespace crannog::delta
