#include "engine/functions/spark_random.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "engine/functions/hashing.h"

namespace crannog::engine::functions {

XorShiftRandom::XorShiftRandom(int64_t seed) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(static_cast<uint64_t>(seed) >> (56 - 8 * i));
  constexpr int32_t kArraySeed = 0x3c074a61;
  const int32_t low = ScalaBytesHash({bytes, 8}, kArraySeed);
  const int32_t high = ScalaBytesHash({bytes, 8}, low);
  seed_ = static_cast<uint64_t>(static_cast<uint32_t>(high)) << 32 | static_cast<uint32_t>(low);
}

int32_t XorShiftRandom::Next(int bits) {
  uint64_t next = seed_ ^ (seed_ << 21);
  next ^= next >> 35;
  next ^= next << 4;
  seed_ = next;
  return static_cast<int32_t>(next & ((uint64_t{1} << bits) - 1));
}

double XorShiftRandom::NextDouble() {
  const int64_t high = static_cast<int64_t>(Next(26)) << 27;
  return static_cast<double>(high + Next(27)) * 0x1.0p-53;
}

double XorShiftRandom::NextGaussian() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double v1, v2, s;
  do {
    v1 = 2 * NextDouble() - 1;
    v2 = 2 * NextDouble() - 1;
    s = v1 * v1 + v2 * v2;
  } while (s >= 1 || s == 0);
  const double multiplier = std::sqrt(-2 * std::log(s) / s);
  spare_ = v2 * multiplier;
  has_spare_ = true;
  return v1 * multiplier;
}

std::string XorShiftRandom::NextText(int32_t length) {
  std::string out;
  for (int32_t i = 0; i < length; ++i) {
    const int v = std::abs(NextInt() % 62);
    out.push_back(v < 10 ? static_cast<char>('0' + v) : v < 36 ? static_cast<char>('a' + v - 10) : static_cast<char>('A' + v - 36));
  }
  return out;
}

MersenneTwister::MersenneTwister(int64_t seed) {
  const uint32_t key[2] = {static_cast<uint32_t>(static_cast<uint64_t>(seed) >> 32), static_cast<uint32_t>(seed)};
  state_[0] = 19650218u;
  for (uint32_t i = 1; i < 624; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + i;
  size_t i = 1, j = 0;
  for (int k = 624; k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1664525u)) + key[j] + static_cast<uint32_t>(j);
    if (++i >= 624) state_[0] = state_[623], i = 1;
    if (++j >= 2) j = 0;
  }
  for (int k = 623; k > 0; --k) {
    state_[i] = (state_[i] ^ ((state_[i - 1] ^ (state_[i - 1] >> 30)) * 1566083941u)) - static_cast<uint32_t>(i);
    if (++i >= 624) state_[0] = state_[623], i = 1;
  }
  state_[0] = 0x80000000u;
}

uint32_t MersenneTwister::Next(int bits) {
  if (at_ >= 624) {
    for (size_t k = 0; k < 624; ++k) {
      const uint32_t y = (state_[k] & 0x80000000u) | (state_[(k + 1) % 624] & 0x7fffffffu);
      state_[k] = state_[(k + 397) % 624] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    at_ = 0;
  }
  uint32_t y = state_[at_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  y ^= y >> 18;
  return y >> (32 - bits);
}

int32_t MersenneTwister::NextInt(int32_t n) {
  if ((n & -n) == n) return static_cast<int32_t>((static_cast<int64_t>(n) * static_cast<int64_t>(Next(31))) >> 31);
  int64_t bits, value;
  do {
    bits = Next(31);
    value = bits % n;
  } while (bits - value + (n - 1) > INT32_MAX);
  return static_cast<int32_t>(value);
}

int64_t MersenneTwister::NextLong() {
  const uint64_t high = static_cast<uint64_t>(Next(32)) << 32;
  return static_cast<int64_t>(high | Next(32));
}

std::vector<int32_t> MersenneTwister::NextIndices(int32_t length) {
  std::vector<int32_t> indices(static_cast<size_t>(length));
  for (int32_t i = 0; i < length; ++i) {
    const int32_t j = NextInt(i + 1);
    if (j != i) indices[static_cast<size_t>(i)] = indices[static_cast<size_t>(j)];
    indices[static_cast<size_t>(j)] = i;
  }
  return indices;
}

std::string MersenneTwister::NextUuid() {
  const uint64_t most = (static_cast<uint64_t>(NextLong()) & 0xFFFFFFFFFFFF0FFFu) | 0x4000u;
  const uint64_t least = (static_cast<uint64_t>(NextLong()) | 0x8000000000000000u) & 0xBFFFFFFFFFFFFFFFu;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", most >> 32, most >> 16 & 0xFFFF, most & 0xFFFF, least >> 48, least & 0xFFFFFFFFFFFFu);
}

}  // namespace crannog::engine::functions
