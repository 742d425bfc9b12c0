#pragma once

#include <cstdint>
#include <string_view>

namespace crannog::analyze {

/// Seconds east of UTC of a zone at an instant; for texts of timestamp constants only. Knows region names, "UTC", "Z" and "+hh:mm"; unknown zones are UTC.
int64_t ZoneOffsetSeconds(std::string_view zone, int64_t instant_seconds);

}  // namespace crannog::analyze
