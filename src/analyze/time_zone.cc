#include "analyze/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace crannog::analyze {
namespace {

struct Zone {
  std::vector<int64_t> transitions;
  std::vector<int64_t> offsets;  // one more than transitions: the first is before all
};

int64_t BigEndian(const std::string& bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return width == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
}

// RFC 8536, the 64-bit block of a version 2 file.
Zone ReadZone(const std::string& bytes) {
  Zone zone;
  auto counts = [&](size_t base, size_t index) { return static_cast<size_t>(BigEndian(bytes, base + 20 + index * 4, 4)); };
  if (bytes.size() < 44 || bytes.compare(0, 4, "TZif") != 0) return {{}, {0}};
  size_t base = 44 + counts(0, 3) * 5 + counts(0, 4) * 6 + counts(0, 5) + counts(0, 2) * 8 + counts(0, 1) + counts(0, 0);
  if (bytes.size() < base + 44) return {{}, {0}};
  const size_t times = counts(base, 3), types = counts(base, 4);
  const size_t first = base + 44, indexes = first + times * 8, infos = indexes + times;
  if (bytes.size() < infos + types * 6 || types == 0) return {{}, {0}};
  zone.offsets.push_back(BigEndian(bytes, infos, 4));
  for (size_t i = 0; i < times; ++i) {
    zone.transitions.push_back(BigEndian(bytes, first + i * 8, 8));
    const auto type = static_cast<unsigned char>(bytes[indexes + i]);
    zone.offsets.push_back(BigEndian(bytes, infos + type * 6, 4));
  }
  return zone;
}

std::shared_ptr<const Zone> FindZone(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<const Zone>, std::less<>> zones;
  std::lock_guard lock(mutex);
  if (auto found = zones.find(name); found != zones.end()) return found->second;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  return zones.emplace(name, std::make_shared<const Zone>(ReadZone(bytes))).first->second;
}

}  // namespace

int64_t ZoneOffsetSeconds(std::string_view zone, int64_t instant_seconds) {
  if (zone.starts_with("GMT") || zone.starts_with("UTC") || zone.starts_with("UT")) zone.remove_prefix(zone[2] == 'C' || zone[2] == 'T' ? 3 : 2);
  if (zone.empty() || zone == "Z" || zone.find("..") != zone.npos) return 0;
  if (zone[0] == '+' || zone[0] == '-') {
    const std::string text(zone.substr(1));
    const int64_t hours = std::atoi(text.c_str());
    const size_t colon = text.find(':');
    const int64_t minutes = colon == text.npos ? 0 : std::atoi(text.c_str() + colon + 1);
    return (zone[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  auto found = FindZone(zone);
  const auto at = std::upper_bound(found->transitions.begin(), found->transitions.end(), instant_seconds) - found->transitions.begin();
  return found->offsets[static_cast<size_t>(at)];
}

}  // namespace crannog::analyze
