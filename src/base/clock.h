#pragma once

#include <cstdint>

namespace crannog {

/// Tells the time; handed in wherever time matters, so that tests and simulation replace it. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Microseconds since 1970-01-01T00:00:00Z by the wall clock; may go backwards.
  virtual int64_t NowMicros() const = 0;
  /// Nanoseconds of a clock that never goes backwards; only differences mean something.
  virtual int64_t MonotonicNanos() const = 0;
  int64_t NowMillis() const { return NowMicros() / 1000; }
};

/// The clock of the operating system. Lives for the whole process.
const Clock& SystemClock();

}  // namespace crannog
