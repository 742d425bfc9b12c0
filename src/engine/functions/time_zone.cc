#include "engine/functions/time_zone.h"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/tzfmt.h>
#include <unicode/tznames.h>
#include <unicode/tztrans.h>
#include <unicode/tzrule.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "engine/functions/civil_time.h"

namespace crannog::engine::functions {
namespace {

// The Gregorian calendar repeats every 400 years: transitions are kept to the end of one such cycle and instants beyond are moved back.
constexpr int64_t kCycleMicros = 146097 * kMicrosPerDay;
constexpr int64_t kTableEndMicros = (DaysFromCivil(2440, 1, 1)) * kMicrosPerDay;

// java.time.ZoneId.SHORT_IDS.
const std::map<std::string, std::string, std::less<>>& ShortIds() {
  static const std::map<std::string, std::string, std::less<>> ids = {
      {"ACT", "Australia/Darwin"}, {"AET", "Australia/Sydney"}, {"AGT", "America/Argentina/Buenos_Aires"}, {"ART", "Africa/Cairo"},
      {"AST", "America/Anchorage"}, {"BET", "America/Sao_Paulo"}, {"BST", "Asia/Dhaka"}, {"CAT", "Africa/Harare"},
      {"CNT", "America/St_Johns"}, {"CST", "America/Chicago"}, {"CTT", "Asia/Shanghai"}, {"EAT", "Africa/Addis_Ababa"},
      {"ECT", "Europe/Paris"}, {"IET", "America/Indiana/Indianapolis"}, {"IST", "Asia/Kolkata"}, {"JST", "Asia/Tokyo"},
      {"MIT", "Pacific/Apia"}, {"NET", "Asia/Yerevan"}, {"NST", "Pacific/Auckland"}, {"PLT", "Asia/Karachi"},
      {"PNT", "America/Phoenix"}, {"PRT", "America/Puerto_Rico"}, {"PST", "America/Los_Angeles"}, {"SST", "Pacific/Guadalcanal"},
      {"VST", "Asia/Ho_Chi_Minh"}, {"EST", "-05:00"}, {"MST", "-07:00"}, {"HST", "-10:00"}};
  return ids;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "+h", "+hh", "+hh:mm", "+hhmm", "+hh:mm:ss", "+hhmmss" and Spark's "+h:mm", "+hh:m". Java: ZoneOffset.of.
std::optional<int32_t> ParseOffset(std::string_view text) {
  if (text == "Z") return 0;
  if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  int parts[3] = {0, 0, 0};
  if (text.find(':') == std::string_view::npos) {
    if (!std::all_of(text.begin(), text.end(), IsDigit)) return std::nullopt;
    if (text.size() == 1) {
      parts[0] = text[0] - '0';
    } else if (text.size() == 2 || text.size() == 4 || text.size() == 6) {
      for (size_t i = 0; i * 2 < text.size(); ++i) parts[i] = (text[i * 2] - '0') * 10 + text[i * 2 + 1] - '0';
    } else {
      return std::nullopt;
    }
  } else {
    size_t at = 0;
    for (int part = 0; at < text.size(); ++part) {
      if (part == 3) return std::nullopt;
      size_t digits = 0;
      while (at + digits < text.size() && IsDigit(text[at + digits])) ++digits;
      const bool is_last = at + digits == text.size();
      if (digits == 0 || digits > 2 || (digits == 1 && !(part == 0 || (part == 1 && is_last)))) return std::nullopt;
      for (size_t i = 0; i < digits; ++i) parts[part] = parts[part] * 10 + text[at + i] - '0';
      at += digits;
      if (at < text.size()) {
        if (text[at] != ':' || at + 1 == text.size()) return std::nullopt;
        ++at;
      }
    }
  }
  if (parts[0] > 18 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const int total = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (total > 18 * 3600) return std::nullopt;
  return sign * total;
}

struct ZoneCache {
  std::shared_mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<const TimeZone>> zones;
};
// The rules of zones are facts of the process, not state: a cache may be shared by all.
ZoneCache& Cache() {
  static ZoneCache cache;
  return cache;
}

bool IsKnownRegion(const std::string& id) {
  static const std::map<std::string, bool> extra = {{"UTC", true}, {"GMT", true}};
  if (extra.contains(id)) return true;
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(id)));
  icu::UnicodeString got;
  zone->getID(got);
  std::string text;
  got.toUTF8String(text);
  // ICU turns ids that it does not know into Etc/Unknown and reads "GMT+3" as a custom zone.
  return text == id && *zone != icu::TimeZone::getUnknown() && id.find_first_of("+") == std::string::npos;
}

std::string ToText(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// English abbreviations that the tz database knows and CLDR's English locale does not show.
struct Abbreviation {
  std::string_view region, standard, daylight;
};
constexpr Abbreviation kAbbreviations[] = {
    {"Europe/London", "GMT", "BST"},       {"Europe/Dublin", "GMT", "IST"},        {"Europe/Lisbon", "WET", "WEST"},
    {"Europe/Paris", "CET", "CEST"},       {"Europe/Berlin", "CET", "CEST"},       {"Europe/Madrid", "CET", "CEST"},
    {"Europe/Rome", "CET", "CEST"},        {"Europe/Amsterdam", "CET", "CEST"},    {"Europe/Brussels", "CET", "CEST"},
    {"Europe/Vienna", "CET", "CEST"},      {"Europe/Zurich", "CET", "CEST"},       {"Europe/Stockholm", "CET", "CEST"},
    {"Europe/Oslo", "CET", "CEST"},        {"Europe/Copenhagen", "CET", "CEST"},   {"Europe/Prague", "CET", "CEST"},
    {"Europe/Warsaw", "CET", "CEST"},      {"Europe/Budapest", "CET", "CEST"},     {"CET", "CET", "CEST"},
    {"Europe/Athens", "EET", "EEST"},      {"Europe/Helsinki", "EET", "EEST"},     {"Europe/Kiev", "EET", "EEST"},
    {"Europe/Bucharest", "EET", "EEST"},   {"EET", "EET", "EEST"},                 {"WET", "WET", "WEST"},
    {"Europe/Moscow", "MSK", "MSD"},       {"Asia/Tokyo", "JST", "JDT"},           {"Asia/Seoul", "KST", "KDT"},
    {"Asia/Shanghai", "CST", "CDT"},       {"Asia/Hong_Kong", "HKT", "HKST"},      {"Asia/Singapore", "SGT", "SGT"},
    {"Asia/Kolkata", "IST", "IST"},        {"Asia/Calcutta", "IST", "IST"},        {"Australia/Sydney", "AEST", "AEDT"},
    {"Australia/Melbourne", "AEST", "AEDT"}, {"Australia/Brisbane", "AEST", "AEDT"}, {"Australia/Perth", "AWST", "AWDT"},
    {"Pacific/Auckland", "NZST", "NZDT"},  {"Africa/Johannesburg", "SAST", "SAST"}, {"America/Sao_Paulo", "BRT", "BRST"},
    {"UTC", "UTC", "UTC"},                 {"Etc/UTC", "UTC", "UTC"},              {"GMT", "GMT", "GMT"},
};

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::Fixed(std::string id, int32_t offset_seconds, std::string icu_id) {
  std::shared_ptr<TimeZone> zone(new TimeZone());
  zone->id_ = std::move(id);
  zone->icu_id_ = std::move(icu_id);
  zone->starts_ = {std::numeric_limits<int64_t>::min()};
  zone->offsets_ = {offset_seconds};
  zone->daylight_ = {false};
  return zone;
}

std::shared_ptr<const TimeZone> TimeZone::Region(std::string id, const std::string& icu_id) {
  std::unique_ptr<icu::TimeZone> owned(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(icu_id)));
  const auto* rules = dynamic_cast<const icu::BasicTimeZone*>(owned.get());
  std::shared_ptr<TimeZone> zone(new TimeZone());
  zone->id_ = std::move(id);
  zone->icu_id_ = icu_id;
  UErrorCode status = U_ZERO_ERROR;
  int32_t raw = 0, saving = 0;
  constexpr double kBeginningMs = -1.0e15;
  owned->getOffset(kBeginningMs, false, raw, saving, status);
  zone->starts_ = {std::numeric_limits<int64_t>::min()};
  zone->offsets_ = {(raw + saving) / 1000};
  zone->daylight_ = {saving != 0};
  double at = kBeginningMs;
  icu::TimeZoneTransition transition;
  while (rules != nullptr && rules->getNextTransition(at, false, transition)) {
    at = transition.getTime();
    const auto micros = static_cast<int64_t>(at) * 1000;
    if (micros >= kTableEndMicros) break;
    const int32_t offset = (transition.getTo()->getRawOffset() + transition.getTo()->getDSTSavings()) / 1000;
    zone->starts_.push_back(micros);
    zone->offsets_.push_back(offset);
    zone->daylight_.push_back(transition.getTo()->getDSTSavings() != 0);
  }
  return zone;
}

std::shared_ptr<const TimeZone> TimeZone::Utc() {
  static const std::shared_ptr<const TimeZone> utc = Fixed("UTC", 0, "UTC");
  return utc;
}

Result<std::shared_ptr<const TimeZone>> TimeZone::Find(std::string_view id) {
  if (id == "UTC") return Utc();
  const std::string key(id);
  {
    std::shared_lock lock(Cache().mutex);
    if (auto found = Cache().zones.find(key); found != Cache().zones.end()) return found->second;
  }
  std::string_view name = id;
  if (auto alias = ShortIds().find(name); alias != ShortIds().end()) name = alias->second;
  std::shared_ptr<const TimeZone> zone;
  if (auto offset = ParseOffset(name)) {
    zone = Fixed(key, *offset, "UTC");
  } else {
    for (std::string_view prefix : {"UTC", "GMT", "UT"}) {
      if (zone || !name.starts_with(prefix)) continue;
      const std::string_view rest = name.substr(prefix.size());
      if (rest.empty()) zone = Fixed(key, 0, "UTC");
      else if (rest[0] == '+' || rest[0] == '-') {
        if (auto prefixed = ParseOffset(rest)) zone = Fixed(key, *prefixed, "UTC");
      }
    }
    if (!zone && name != "Etc/Unknown" && (IsKnownRegion(std::string(name)))) zone = Region(key, std::string(name));
    if (!zone && name.starts_with("Etc/GMT") && name.size() > 7) {
      // The tz database counts these west of Greenwich.
      if (auto west = ParseOffset(name.substr(7)); west && IsDigit(name.back())) zone = Fixed(key, -*west, "UTC");
    }
  }
  if (!zone) return Failure(ConditionError("INVALID_TIMEZONE", {{"timeZone", key}}));
  constexpr size_t kCachedZoneMax = 4096;  // ids come from data: convert_timezone(column, …)
  std::unique_lock lock(Cache().mutex);
  if (Cache().zones.size() < kCachedZoneMax) Cache().zones.emplace(key, zone);
  return zone;
}

size_t TimeZone::IndexAt(int64_t utc_micros) const {
  if (starts_.size() == 1) return 0;
  if (utc_micros >= kTableEndMicros) {
    const int64_t over = utc_micros - kTableEndMicros;
    utc_micros -= (over / kCycleMicros + 1) * kCycleMicros;
  }
  return static_cast<size_t>(std::upper_bound(starts_.begin() + 1, starts_.end(), utc_micros) - starts_.begin()) - 1;
}

int32_t TimeZone::OffsetSecondsAtLocal(int64_t local_micros) const {
  if (starts_.size() == 1) return offsets_[0];
  // Any offset is below a day: the ranges around cover every candidate.
  int64_t probe = local_micros;
  if (probe >= kTableEndMicros - kMicrosPerDay) {
    const int64_t over = probe - (kTableEndMicros - kMicrosPerDay);
    probe -= (over / kCycleMicros + 1) * kCycleMicros;
  }
  const int64_t low = probe < std::numeric_limits<int64_t>::min() + 2 * kMicrosPerDay ? probe : probe - kMicrosPerDay;
  size_t index = IndexAt(low);
  // java.time: the offset before a transition holds in an overlap and in a gap.
  while (index + 1 < starts_.size()) {
    const int64_t before = int64_t{offsets_[index]} * 1000000, after = int64_t{offsets_[index + 1]} * 1000000;
    if (probe < starts_[index + 1] + std::max(before, after)) {
      if (probe < starts_[index + 1] + before) return offsets_[index];
      return offsets_[index];  // inside the gap: the earlier offset moves the time forward by the gap
    }
    ++index;
  }
  return offsets_[index];
}

bool TimeZone::ToUtcChecked(int64_t local_micros, int64_t& utc_micros) const {
  return !__builtin_sub_overflow(local_micros, OffsetSecondsAtLocal(local_micros) * int64_t{1000000}, &utc_micros);
}

std::string TimeZone::Name(int64_t utc_micros, bool is_long) const {
  if (is_fixed() && icu_id_ == "UTC") {
    if (offsets_[0] == 0 && (id_ == "UTC" || id_ == "Etc/UTC")) return is_long ? "Coordinated Universal Time" : "UTC";
    if (offsets_[0] == 0 && id_ == "GMT") return is_long ? "Greenwich Mean Time" : "GMT";
    return id_;
  }
  const bool daylight = IsDaylightAt(utc_micros);
  if (!is_long) {
    for (const Abbreviation& row : kAbbreviations) {
      if (row.region == icu_id_) return std::string(daylight ? row.daylight : row.standard);
    }
  }
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(icu_id_)));
  icu::UnicodeString out;
  zone->getDisplayName(daylight, is_long ? icu::TimeZone::LONG : icu::TimeZone::SHORT, icu::Locale::getUS(), out);
  return ToText(out);
}

std::string TimeZone::GenericName(bool is_long) const {
  if (is_fixed()) return Name(0, is_long);
  std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(icu_id_)));
  icu::UnicodeString out;
  zone->getDisplayName(false, is_long ? icu::TimeZone::LONG_GENERIC : icu::TimeZone::SHORT_GENERIC, icu::Locale::getUS(), out);
  return ToText(out);
}

void TimeZone::Cursor::Seek(int64_t utc_micros) {
  offset_micros_ = zone_->OffsetSecondsAt(utc_micros) * int64_t{1000000};
  if (utc_micros >= kTableEndMicros) {
    start_ = utc_micros;
    end_ = utc_micros + 1;
    return;
  }
  const size_t index = zone_->IndexAt(utc_micros);
  start_ = zone_->starts_[index];
  end_ = index + 1 < zone_->starts_.size() ? zone_->starts_[index + 1] : kTableEndMicros;
  if (zone_->is_fixed()) end_ = std::numeric_limits<int64_t>::max();
}

}  // namespace crannog::engine::functions
