#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

/// The generators behind rand, randn, randstr (XORShift) and shuffle, uuid (Mersenne twister), number for number.
/// Source: Spark's XORShiftRandom, RandomIndicesGenerator, RandomUUIDGenerator; java.util.Random; commons-math BitsStreamGenerator.
namespace crannog::engine::functions {

class XorShiftRandom {
 public:
  explicit XorShiftRandom(int64_t seed);
  double NextDouble();
  double NextGaussian();
  int32_t NextInt() { return Next(32); }
  /// Characters 0-9a-zA-Z, as randstr.
  std::string NextText(int32_t length);

 private:
  int32_t Next(int bits);
  uint64_t seed_;
  double spare_ = 0;
  bool has_spare_ = false;
};

class MersenneTwister {
 public:
  explicit MersenneTwister(int64_t seed);
  uint32_t Next(int bits);
  int32_t NextInt(int32_t bound);
  int64_t NextLong();
  /// A random permutation of 0 … length-1.
  std::vector<int32_t> NextIndices(int32_t length);
  std::string NextUuid();

 private:
  std::array<uint32_t, 624> state_;
  size_t at_ = 624;
};

}  // namespace crannog::engine::functions
