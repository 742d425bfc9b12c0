#include "base/random.h"

#include <sys/random.h>

#include <vector>

#include "base/check.h"

namespace crannog {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

class OperatingSystemRandom final : public Random {
 public:
  void Fill(std::span<uint8_t> bytes) override {
    while (!bytes.empty()) {
      ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
      CHECK(got > 0);
      bytes = bytes.subspan(static_cast<size_t>(got));
    }
  }
};

std::string Hex(std::span<const uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (uint8_t byte : bytes) {
    text.push_back(kHexDigits[byte >> 4]);
    text.push_back(kHexDigits[byte & 15]);
  }
  return text;
}

}  // namespace

uint64_t Random::NextUint64() {
  uint64_t value = 0;
  Fill({reinterpret_cast<uint8_t*>(&value), sizeof(value)});
  return value;
}

std::string Random::NextUuid() {
  uint8_t bytes[16];
  Fill(bytes);
  bytes[6] = (bytes[6] & 0x0F) | 0x40;
  bytes[8] = (bytes[8] & 0x3F) | 0x80;
  std::string text = Hex(bytes);
  for (size_t position : {8, 13, 18, 23}) text.insert(position, 1, '-');
  return text;
}

std::string Random::NextHex(size_t count) {
  std::vector<uint8_t> bytes(count);
  Fill(bytes);
  return Hex(bytes);
}

Random& SystemRandom() {
  static OperatingSystemRandom random;
  return random;
}

}  // namespace crannog
