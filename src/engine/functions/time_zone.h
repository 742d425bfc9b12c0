#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crannog::engine::functions {

/// A time zone by the ids that Spark accepts: regions ("America/Los_Angeles"), offsets ("+01:00", "+1:0", "Z"), prefixed offsets
/// ("UTC+1", "GMT-03:30") and Java's short ids ("PST", "CET"). Rules come from ICU's copy of the tz database.
/// Gaps and overlaps of local time are resolved as java.time does: a gap moves forward, an overlap takes the earlier offset.
/// Threads: immutable, shared.
class TimeZone {
 public:
  /// Finds a zone; results are cached for the process. Error: INVALID_TIMEZONE.
  static Result<std::shared_ptr<const TimeZone>> Find(std::string_view id);
  static std::shared_ptr<const TimeZone> Utc();

  /// The id as asked for.
  const std::string& id() const { return id_; }
  bool is_fixed() const { return starts_.size() == 1; }

  /// Offset east of UTC in seconds, at an instant or at a wall-clock time, both in microseconds.
  int32_t OffsetSecondsAt(int64_t utc_micros) const { return offsets_[IndexAt(utc_micros)]; }
  int32_t OffsetSecondsAtLocal(int64_t local_micros) const;
  /// Is daylight saving in force? For zone names only.
  bool IsDaylightAt(int64_t utc_micros) const { return daylight_[IndexAt(utc_micros)]; }

  int64_t ToLocal(int64_t utc_micros) const { return utc_micros + OffsetSecondsAt(utc_micros) * int64_t{1000000}; }
  int64_t ToUtc(int64_t local_micros) const { return local_micros - OffsetSecondsAtLocal(local_micros) * int64_t{1000000}; }
  /// As ToUtc, without daring to overflow: false when the result leaves int64.
  bool ToUtcChecked(int64_t local_micros, int64_t& utc_micros) const;

  /// "PST", "Pacific Standard Time" in English at an instant.
  std::string Name(int64_t utc_micros, bool is_long) const;
  /// "PT", "Pacific Time": without daylight saving.
  std::string GenericName(bool is_long) const;

  /// Remembers the last range looked up: for loops over neighbouring instants. Borrows the zone.
  class Cursor {
   public:
    explicit Cursor(const TimeZone& zone) : zone_(&zone) {}
    int64_t ToLocal(int64_t utc_micros) {
      if (utc_micros < start_ || utc_micros >= end_) Seek(utc_micros);
      return utc_micros + offset_micros_;
    }

   private:
    void Seek(int64_t utc_micros);
    const TimeZone* zone_;
    int64_t start_ = 1, end_ = 0, offset_micros_ = 0;
  };

 private:
  TimeZone() = default;
  static std::shared_ptr<const TimeZone> Fixed(std::string id, int32_t offset_seconds, std::string icu_id);
  static std::shared_ptr<const TimeZone> Region(std::string id, const std::string& icu_id);
  size_t IndexAt(int64_t utc_micros) const;

  std::string id_, icu_id_;
  std::vector<int64_t> starts_;  // UTC microseconds; starts_[0] is the beginning of time
  std::vector<int32_t> offsets_;
  std::vector<bool> daylight_;
};

}  // namespace crannog::engine::functions
