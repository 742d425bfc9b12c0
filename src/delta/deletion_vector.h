#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "delta/actions.h"
#include "io/object_store.h"

namespace crannog::delta {

/// A set of row numbers (0 ... 2^63-1), compressed in blocks of 65536 as sorted list, bitmap or runs. A value.
/// Memory: at most 8 KiB per block that holds a row. Source: RoaringFormatSpec; PROTOCOL.md, "Deletion Vector Format".
class RowSet {
 public:
  void Add(uint64_t row);
  /// Adds rows [first, first + count).
  void AddRange(uint64_t first, uint64_t count);
  bool Contains(uint64_t row) const;
  bool Empty() const { return blocks_.empty(); }
  uint64_t Cardinality() const;
  /// Counts members in [first, first + count).
  uint64_t CountRange(uint64_t first, uint64_t count) const;
  void UnionWith(const RowSet& other);
  bool Intersects(const RowSet& other) const;
  /// Gives the members in order.
  std::vector<uint64_t> ToVector() const;

  /// Writes to `keep` the offsets i in [0, count) whose row first + i is no member; gives how many. `keep` has room for `count`.
  uint64_t SelectAbsent(uint64_t first, uint64_t count, uint32_t* keep) const;

  /// Writes magic number and the portable 64-bit format.
  std::string Serialize() const;
  /// Reads what Serialize writes, or the older "native" format of the same magic family. Errors: kDataLoss.
  static Result<RowSet> Deserialize(std::string_view bytes);

  bool operator==(const RowSet& other) const { return ToVector() == other.ToVector(); }

 private:
  using List = std::vector<uint16_t>;
  using Bitmap = std::vector<uint64_t>;            // 1024 words
  struct Run { uint16_t first; uint16_t last; };   // inclusive
  using Runs = std::vector<Run>;
  struct Block {
    std::variant<List, Bitmap, Runs> data;
    uint32_t cardinality = 0;
  };
  static bool BlockContains(const Block& block, uint16_t low);
  static void ToBitmap(Block& block);
  static void Shrink(Block& block);
  static Result<> DeserializeBucket(std::string_view& bytes, uint64_t high, std::map<uint64_t, Block>& out);

  std::map<uint64_t, Block> blocks_;  // row >> 16
};

/// Reads the rows that a descriptor names; checks size, checksum, magic number and cardinality.
/// Errors: DELTA_DELETION_VECTOR_*_MISMATCH, kDataLoss for unknown storage types and formats, kNotFound.
/// Source: PROTOCOL.md, "Deletion Vectors".
Result<RowSet> ReadDeletionVector(io::ObjectStore& table_store, const DeletionVectorDescriptor& descriptor);

/// Where a stored vector lies: the path as the log means it, relative to the table's root ("u") or absolute ("p").
/// Errors: kDataLoss for inline or unknown kinds.
Result<std::string> DeletionVectorPath(const DeletionVectorDescriptor& descriptor);

/// Collects several vectors into one file `deletion_vector_<uuid>.bin` in the table's root.
class DeletionVectorFile {
 public:
  /// `uuid` in text form.
  explicit DeletionVectorFile(std::string uuid);
  /// Adds a set and gives its descriptor (storage type "u").
  DeletionVectorDescriptor Add(const RowSet& rows);
  bool Empty() const { return bytes_.size() <= 1; }
  std::string Key() const;
  const std::string& Bytes() const { return bytes_; }

 private:
  std::string uuid_;
  std::string bytes_;
};

/// Makes an inline descriptor (storage type "i").
DeletionVectorDescriptor InlineDeletionVector(const RowSet& rows);

/// Z85 (ZeroMQ RFC 32); length must be a multiple of 4 (encode) or 5 (decode). Errors: kDataLoss.
std::string EncodeZ85(std::string_view bytes);
Result<std::string> DecodeZ85(std::string_view text);

/// CRC-32 (IEEE 802.3, as java.util.zip.CRC32).
uint32_t Crc32(std::string_view bytes);

}  // namespace crannog::delta
