#include "delta/deletion_vector.h"

#include <fmt/format.h>

#include <array>

#include "base/check.h"
#include "delta/path.h"

namespace crannog::delta {
namespace {

constexpr std::string_view kZ85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr size_t kUuidText = 20;          // a UUID in Z85
constexpr int64_t kVectorBytesMax = int64_t{1} << 31;

Error Corrupt(std::string_view what) { return MakeError(ErrorCode::kDataLoss, fmt::format("malformed deletion vector: {}", what)); }

std::string UuidText(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += fmt::format("{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  return out;
}

std::string UuidBytes(std::string_view text) {
  std::string out;
  int high = -1;
  for (char c : text) {
    if (c == '-') continue;
    const int digit = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out += static_cast<char>(high * 16 + digit);
      high = -1;
    }
  }
  return out;
}

uint32_t BigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void PutBigEndian(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

Result<std::string> ReadStored(io::ObjectStore& table_store, const DeletionVectorDescriptor& descriptor) {
  TRY(const std::string path, DeletionVectorPath(descriptor));
  const FileLocation location = ResolvePath(EncodePath(path), table_store.RootUrl());
  const int64_t offset = descriptor.offset.value_or(1);
  const io::ByteRange range{offset, descriptor.size_bytes + 8};
  Result<std::string> bytes;
  if (location.inside) {
    bytes = table_store.Read(location.key, range);
  } else {
    TRY(std::shared_ptr<io::ObjectStore> other, io::OpenStore(location.key.substr(0, location.key.rfind('/')), {}));
    bytes = other->Read(location.key.substr(location.key.rfind('/') + 1), range);
  }
  if (!bytes) return Failure(WithContext(std::move(bytes).error(), fmt::format("reading deletion vector {}", path)));
  if (static_cast<int64_t>(bytes->size()) != descriptor.size_bytes + 8) return Failure(ConditionError("DELTA_DELETION_VECTOR_SIZE_MISMATCH"));
  if (BigEndian(*bytes) != static_cast<uint32_t>(descriptor.size_bytes)) return Failure(ConditionError("DELTA_DELETION_VECTOR_SIZE_MISMATCH"));
  std::string data = bytes->substr(4, static_cast<size_t>(descriptor.size_bytes));
  if (BigEndian(std::string_view(*bytes).substr(bytes->size() - 4)) != Crc32(data)) {
    return Failure(ConditionError("DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH"));
  }
  return data;
}

}  // namespace

uint32_t Crc32(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0);
      table[i] = value;
    }
    return table;
  }();
  uint32_t crc = 0xFFFFFFFFu;
  for (char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 255] ^ (crc >> 8);
  return ~crc;
}

std::string EncodeZ85(std::string_view bytes) {
  CHECK(bytes.size() % 4 == 0);
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 4) {
    uint32_t value = BigEndian(bytes.substr(i));
    char group[5];
    for (int j = 4; j >= 0; --j) {
      group[j] = kZ85[value % 85];
      value /= 85;
    }
    out.append(group, 5);
  }
  return out;
}

Result<std::string> DecodeZ85(std::string_view text) {
  if (text.size() % 5 != 0) return Failure(Corrupt("Z85 text of odd length"));
  std::string out;
  for (size_t i = 0; i < text.size(); i += 5) {
    uint64_t value = 0;
    for (size_t j = 0; j < 5; ++j) {
      const size_t digit = kZ85.find(text[i + j]);
      if (digit == std::string_view::npos) return Failure(Corrupt("Z85 text with a foreign character"));
      value = value * 85 + digit;
    }
    if (value > UINT32_MAX) return Failure(Corrupt("Z85 group out of range"));
    PutBigEndian(out, static_cast<uint32_t>(value));
  }
  return out;
}

Result<std::string> DeletionVectorPath(const DeletionVectorDescriptor& descriptor) {
  if (descriptor.storage_type == "p") return DecodePath(descriptor.path_or_inline);
  if (descriptor.storage_type == "u") {
    const std::string& text = descriptor.path_or_inline;
    if (text.size() < kUuidText) return Failure(Corrupt("path without UUID"));
    TRY(const std::string uuid, DecodeZ85(std::string_view(text).substr(text.size() - kUuidText)));
    const std::string prefix = text.substr(0, text.size() - kUuidText);
    return fmt::format("{}{}deletion_vector_{}.bin", prefix, prefix.empty() ? "" : "/", UuidText(uuid));
  }
  return Failure(Corrupt(fmt::format("storage type '{}' has no path", descriptor.storage_type)));
}

Result<RowSet> ReadDeletionVector(io::ObjectStore& table_store, const DeletionVectorDescriptor& descriptor) {
  if (descriptor.size_bytes < 0 || descriptor.size_bytes > kVectorBytesMax || descriptor.cardinality < 0 || descriptor.offset.value_or(0) < 0) {
    return Failure(Corrupt("size, offset or cardinality out of range"));
  }
  std::string data;
  if (descriptor.storage_type == "i") {
    TRY(data, DecodeZ85(descriptor.path_or_inline));
    // The text is padded to whole groups.
    if (static_cast<int64_t>(data.size()) < descriptor.size_bytes || static_cast<int64_t>(data.size()) > descriptor.size_bytes + 3) {
      return Failure(ConditionError("DELTA_DELETION_VECTOR_SIZE_MISMATCH"));
    }
    data.resize(static_cast<size_t>(descriptor.size_bytes));
  } else if (descriptor.storage_type == "u" || descriptor.storage_type == "p") {
    TRY(data, ReadStored(table_store, descriptor));
  } else {
    return Failure(Corrupt(fmt::format("unknown storage type '{}'", descriptor.storage_type)));
  }
  TRY(RowSet rows, RowSet::Deserialize(data));
  if (static_cast<int64_t>(rows.Cardinality()) != descriptor.cardinality) {
    return Failure(ConditionError("DELTA_DELETION_VECTOR_CARDINALITY_MISMATCH"));
  }
  return rows;
}

DeletionVectorFile::DeletionVectorFile(std::string uuid) : uuid_(std::move(uuid)), bytes_(1, '\1') {}

std::string DeletionVectorFile::Key() const { return fmt::format("deletion_vector_{}.bin", uuid_); }

DeletionVectorDescriptor DeletionVectorFile::Add(const RowSet& rows) {
  const std::string data = rows.Serialize();
  DeletionVectorDescriptor descriptor;
  descriptor.storage_type = "u";
  descriptor.path_or_inline = EncodeZ85(UuidBytes(uuid_));
  descriptor.offset = static_cast<int64_t>(bytes_.size());
  descriptor.size_bytes = static_cast<int64_t>(data.size());
  descriptor.cardinality = static_cast<int64_t>(rows.Cardinality());
  PutBigEndian(bytes_, static_cast<uint32_t>(data.size()));
  bytes_ += data;
  PutBigEndian(bytes_, Crc32(data));
  return descriptor;
}

DeletionVectorDescriptor InlineDeletionVector(const RowSet& rows) {
  std::string data = rows.Serialize();
  DeletionVectorDescriptor descriptor;
  descriptor.storage_type = "i";
  descriptor.size_bytes = static_cast<int64_t>(data.size());
  descriptor.cardinality = static_cast<int64_t>(rows.Cardinality());
  data.resize((data.size() + 3) / 4 * 4, '\0');
  descriptor.path_or_inline = EncodeZ85(data);
  return descriptor;
}

}  // namespace crannog::delta
