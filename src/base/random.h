#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace crannog {

/// Gives random bytes; handed in, so that tests and simulation replay. Threads: any.
class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(std::span<uint8_t> bytes) = 0;
  uint64_t NextUint64();
  /// A version 4 UUID in lower-case text form.
  std::string NextUuid();
  /// `count` random bytes as lower-case hexadecimal text (2 * count characters).
  std::string NextHex(size_t count);
};

/// The operating system's generator, fit for secrets. Lives for the whole process.
Random& SystemRandom();

}  // namespace crannog
