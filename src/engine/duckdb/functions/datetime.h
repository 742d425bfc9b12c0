#pragma once

#include "engine/functions/numbers.h"

namespace crannog::engine::duck {

class KernelRegistry;

/// Formats and parsing of dates and times (datetime_format.cc); part of RegisterDatetime.
void RegisterDatetimeFormats(KernelRegistry& registry);

}  // namespace crannog::engine::duck
