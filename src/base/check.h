#pragma once

namespace crannog {

/// Prints the broken condition and where it stands, then ends the process.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace crannog

// For what is impossible unless the program is wrong: going on could write wrong data. Never for anyone's input.
#define CHECK(condition)           \
  if (!(condition)) [[unlikely]]   \
  ::crannog::CheckFailed(#condition, __FILE__, __LINE__)
