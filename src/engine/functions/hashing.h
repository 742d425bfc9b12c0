#pragma once

#include <cstdint>
#include <string_view>

/// Spark's hash() and xxhash64() on single values; nested values fold their parts through the seed. Source: Spark's Murmur3_x86_32, XXH64, HashExpression.
namespace crannog::engine::functions {

struct Murmur3 {
  using Hash = int32_t;
  static constexpr Hash kSeed = 42;
  static Hash OfInt(int32_t value, Hash seed);
  static Hash OfLong(int64_t value, Hash seed);
  static Hash OfBytes(std::string_view bytes, Hash seed);
};

struct XxHash64 {
  using Hash = int64_t;
  static constexpr Hash kSeed = 42;
  static Hash OfInt(int32_t value, Hash seed);
  static Hash OfLong(int64_t value, Hash seed);
  static Hash OfBytes(std::string_view bytes, Hash seed);
};

/// Big-endian two's complement of least length (BigInteger.toByteArray), as wide decimals are hashed. Gives the length in `buffer`.
size_t MinimalBytes(__int128 value, char (&buffer)[17]);

/// CRC-32 (IEEE), as java.util.zip.CRC32.
uint32_t Crc32(std::string_view bytes);

/// scala.util.hashing.MurmurHash3.bytesHash.
int32_t ScalaBytesHash(std::string_view bytes, int32_t seed);

}  // namespace crannog::engine::functions
