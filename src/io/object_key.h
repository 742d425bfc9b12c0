#pragma once

#include <string_view>

#include "base/result.h"

namespace crannog::io {

/// Refuses keys that could leave a store's root: empty, absolute, with a ".." part or a NUL.
Result<> CheckKey(std::string_view key);

}  // namespace crannog::io
