#include "engine/functions/hashing.h"

#include <array>
#include <bit>
#include <cstring>

namespace crannog::engine::functions {
namespace {

uint32_t MixK1(uint32_t k) { return std::rotl(k * 0xcc9e2d51u, 15) * 0x1b873593u; }
uint32_t MixH1(uint32_t h, uint32_t k) { return std::rotl(h ^ k, 13) * 5 + 0xe6546b64u; }
int32_t Finish(uint32_t h, uint32_t length) {
  h ^= length;
  h ^= h >> 16;
  h *= 0x85ebca6bu;
  h ^= h >> 13;
  h *= 0xc2b2ae35u;
  h ^= h >> 16;
  return static_cast<int32_t>(h);
}

template <typename T>
T Load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

constexpr uint64_t kP1 = 0x9E3779B185EBCA87u, kP2 = 0xC2B2AE3D27D4EB4Fu, kP3 = 0x165667B19E3779F9u, kP4 = 0x85EBCA77C2B2AE63u, kP5 = 0x27D4EB2F165667C5u;

int64_t Avalanche(uint64_t h) {
  h ^= h >> 33;
  h *= kP2;
  h ^= h >> 29;
  h *= kP3;
  h ^= h >> 32;
  return static_cast<int64_t>(h);
}

}  // namespace

int32_t Murmur3::OfInt(int32_t value, int32_t seed) { return Finish(MixH1(static_cast<uint32_t>(seed), MixK1(static_cast<uint32_t>(value))), 4); }

int32_t Murmur3::OfLong(int64_t value, int32_t seed) {
  uint32_t h = MixH1(static_cast<uint32_t>(seed), MixK1(static_cast<uint32_t>(value)));
  h = MixH1(h, MixK1(static_cast<uint32_t>(static_cast<uint64_t>(value) >> 32)));
  return Finish(h, 8);
}

int32_t Murmur3::OfBytes(std::string_view bytes, int32_t seed) {
  auto h = static_cast<uint32_t>(seed);
  const size_t aligned = bytes.size() & ~size_t{3};
  for (size_t i = 0; i < aligned; i += 4) h = MixH1(h, MixK1(Load<uint32_t>(bytes.data() + i)));
  // Spark mixes each trailing byte on its own, sign extended: not the standard tail.
  for (size_t i = aligned; i < bytes.size(); ++i) h = MixH1(h, MixK1(static_cast<uint32_t>(static_cast<int32_t>(static_cast<signed char>(bytes[i])))));
  return Finish(h, static_cast<uint32_t>(bytes.size()));
}

int64_t XxHash64::OfInt(int32_t value, int64_t seed) {
  uint64_t h = static_cast<uint64_t>(seed) + kP5 + 4;
  h ^= static_cast<uint64_t>(static_cast<uint32_t>(value)) * kP1;
  h = std::rotl(h, 23) * kP2 + kP3;
  return Avalanche(h);
}

int64_t XxHash64::OfLong(int64_t value, int64_t seed) {
  uint64_t h = static_cast<uint64_t>(seed) + kP5 + 8;
  h ^= std::rotl(static_cast<uint64_t>(value) * kP2, 31) * kP1;
  h = std::rotl(h, 27) * kP1 + kP4;
  return Avalanche(h);
}

int64_t XxHash64::OfBytes(std::string_view bytes, int64_t given) {
  const auto seed = static_cast<uint64_t>(given);
  const char* at = bytes.data();
  const char* end = at + bytes.size();
  uint64_t h;
  if (bytes.size() >= 32) {
    uint64_t v[4] = {seed + kP1 + kP2, seed + kP2, seed, seed - kP1};
    const char* limit = end - 32;
    do {
      for (auto& lane : v) {
        lane = std::rotl(lane + Load<uint64_t>(at) * kP2, 31) * kP1;
        at += 8;
      }
    } while (at <= limit);
    h = std::rotl(v[0], 1) + std::rotl(v[1], 7) + std::rotl(v[2], 12) + std::rotl(v[3], 18);
    for (uint64_t lane : v) h = (h ^ (std::rotl(lane * kP2, 31) * kP1)) * kP1 + kP4;
  } else {
    h = seed + kP5;
  }
  h += bytes.size();
  for (; at + 8 <= end; at += 8) h = std::rotl(h ^ (std::rotl(Load<uint64_t>(at) * kP2, 31) * kP1), 27) * kP1 + kP4;
  if (at + 4 <= end) {
    h = std::rotl(h ^ (static_cast<uint64_t>(Load<uint32_t>(at)) * kP1), 23) * kP2 + kP3;
    at += 4;
  }
  for (; at < end; ++at) h = std::rotl(h ^ (static_cast<uint64_t>(static_cast<unsigned char>(*at)) * kP5), 11) * kP1;
  return Avalanche(h);
}

size_t MinimalBytes(__int128 value, char (&buffer)[17]) {
  char all[16];
  for (int i = 15; i >= 0; --i) {
    all[i] = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  size_t skip = 0;
  while (skip < 15 && ((all[skip] == 0 && (all[skip + 1] & 0x80) == 0) || (static_cast<unsigned char>(all[skip]) == 0xFF && (all[skip + 1] & 0x80) != 0))) ++skip;
  std::memcpy(buffer, all + skip, 16 - skip);
  return 16 - skip;
}

uint32_t Crc32(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> made{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
      made[i] = c;
    }
    return made;
  }();
  uint32_t crc = 0xFFFFFFFFu;
  for (char c : bytes) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
  return crc ^ 0xFFFFFFFFu;
}

int32_t ScalaBytesHash(std::string_view bytes, int32_t seed) {
  auto h = static_cast<uint32_t>(seed);
  const size_t aligned = bytes.size() & ~size_t{3};
  for (size_t i = 0; i < aligned; i += 4) h = MixH1(h, MixK1(Load<uint32_t>(bytes.data() + i)));
  uint32_t k = 0;
  for (size_t i = bytes.size(); i-- > aligned;) k = k << 8 | static_cast<unsigned char>(bytes[i]);
  if (aligned < bytes.size()) h ^= MixK1(k);
  return Finish(h, static_cast<uint32_t>(bytes.size()));
}

}  // namespace crannog::engine::functions
