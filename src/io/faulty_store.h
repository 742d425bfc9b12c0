#pragma once

#include <cstdint>
#include <memory>

#include "io/object_store.h"

namespace crannog::io {

/// How often each fault happens, per call, in thousandths.
struct FaultRates {
  int32_t unavailable_permille = 0;  ///< the call does nothing and fails with kUnavailable
  int32_t lost_reply_permille = 0;   ///< a write or delete happens, the caller is told kUnavailable
  int32_t torn_list_permille = 0;    ///< a listing misses its last entry (it was not there yet)
};

/// A store that fails on purpose, the same way for the same seed and sequence of calls. For tests and simulation.
/// Threads: one (the sequence of calls is the seed's).
class FaultyStore : public ObjectStore {
 public:
  /// Lets `calls` mutating calls happen, then every call fails with kUnavailable as if the process had died. Negative: never.
  virtual void CrashAfter(int64_t calls) = 0;
  virtual bool crashed() const = 0;
  virtual int64_t mutation_count() const = 0;  ///< mutating calls so far
  virtual int64_t read_count() const = 0;      ///< Head, Read and List calls so far
};

/// Wraps `inner`. `seed` decides every fault.
std::shared_ptr<FaultyStore> MakeFaultyStore(std::shared_ptr<ObjectStore> inner, uint64_t seed, FaultRates rates);

}  // namespace crannog::io
