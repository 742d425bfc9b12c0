// The one-shot EVP interface looks algorithms up by name at each call; the token check has 5 microseconds in all.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "services/iam/key_ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>

#include "base/check.h"

namespace crannog::iam {
namespace {

// Sealed bytes: form (1), key id (4), nonce (12), tag (16), ciphertext.
constexpr char kForm = 1;
constexpr size_t kKeyIdAt = 1, kNonceAt = 5, kTagAt = 17, kTextAt = 33;
constexpr int kNonceBytes = 12, kTagBytes = 16;

struct CipherDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;

uint32_t IdOf(const std::array<uint8_t, 32>& key) {
  SHA256_CTX state;
  uint8_t digest[32];
  SHA256_Init(&state);
  SHA256_Update(&state, "crannog key id", 14);
  SHA256_Update(&state, key.data(), key.size());
  SHA256_Final(digest, &state);
  uint32_t id = 0;
  std::memcpy(&id, digest, sizeof(id));
  return id;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

const uint8_t* Bytes(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// Names what seals and where: bound into the tag together with the header.
std::string Associated(std::string_view header, std::string_view context) {
  return std::string(header) + std::string(context);
}

}  // namespace

Result<std::unique_ptr<KeyRing>> KeyRing::Open(std::string key_file, std::string_view environment_keys, Random& random) {
  std::unique_ptr<KeyRing> ring(new KeyRing(random));
  if (!environment_keys.empty()) {
    TRY(ring->AddKeys(environment_keys, ','));
    return ring;
  }
  ring->file_ = std::move(key_file);
  struct stat status{};
  if (stat(ring->file_.c_str(), &status) != 0) {
    TRY(ring->Rotate());
    return ring;
  }
  if ((status.st_mode & 077) != 0) {
    return Failure(ErrorCode::kPermissionDenied, fmt::format("the key file {} can be read by others", ring->file_),
                   fmt::format("chmod 600 {}", ring->file_));
  }
  std::ifstream file(ring->file_);
  std::stringstream text;
  text << file.rdbuf();
  TRY(ring->AddKeys(text.str(), '\n'));
  return ring;
}

Result<> KeyRing::AddKeys(std::string_view text, char separator) {
  while (!text.empty()) {
    const size_t end = text.find(separator);
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? "" : text.substr(end + 1);
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back()))) line.remove_suffix(1);
    while (!line.empty() && std::isspace(static_cast<unsigned char>(line.front()))) line.remove_prefix(1);
    if (line.empty()) continue;
    NamedKey named;
    bool good = line.size() == 64;
    for (size_t i = 0; good && i < 32; ++i) {
      const int high = HexDigit(line[2 * i]), low = HexDigit(line[2 * i + 1]);
      good = high >= 0 && low >= 0;
      named.key[i] = static_cast<uint8_t>(high * 16 + low);
    }
    if (!good) {
      return Failure(ErrorCode::kInvalidParameterValue, "a master key is not made of 64 hexadecimal digits",
                     "make one with: openssl rand -hex 32");
    }
    named.id = IdOf(named.key);
    keys_.push_back(named);
  }
  if (keys_.empty()) return Failure(ErrorCode::kInvalidParameterValue, "there is no master key", "restore the key file");
  return {};
}

const KeyRing::NamedKey* KeyRing::Find(uint32_t id) const {
  for (const NamedKey& key : keys_) {
    if (key.id == id) return &key;
  }
  return nullptr;
}

std::string KeyRing::Seal(std::string_view plain, std::string_view context) {
  NamedKey key;
  {
    std::shared_lock lock(mutex_);
    key = keys_.back();
  }
  std::string sealed(kTextAt + plain.size(), '\0');
  auto* out = reinterpret_cast<uint8_t*>(sealed.data());
  out[0] = kForm;
  std::memcpy(out + kKeyIdAt, &key.id, sizeof(key.id));
  random_.Fill({out + kNonceAt, kNonceBytes});
  const std::string associated = Associated(std::string_view(sealed).substr(0, kNonceAt), context);
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  CHECK(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.key.data(), out + kNonceAt) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), nullptr, &length, Bytes(associated), static_cast<int>(associated.size())) == 1);
  CHECK(EVP_EncryptUpdate(cipher.get(), out + kTextAt, &length, Bytes(plain), static_cast<int>(plain.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(cipher.get(), out + kTextAt + length, &length) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, out + kTagAt) == 1);
  return sealed;
}

Result<std::string> KeyRing::Open(std::string_view sealed, std::string_view context) const {
  auto damaged = [](const char* why) {
    return Failure(ErrorCode::kDataLoss, fmt::format("a sealed value cannot be opened: {}", why),
                   "check that the key file belongs to this metadata database");
  };
  if (sealed.size() < kTextAt || sealed[0] != kForm) return damaged("its form is unknown");
  uint32_t id = 0;
  std::memcpy(&id, sealed.data() + kKeyIdAt, sizeof(id));
  NamedKey key;
  {
    std::shared_lock lock(mutex_);
    const NamedKey* found = Find(id);
    if (found == nullptr) return damaged("its key is not in the key file");
    key = *found;
  }
  const std::string associated = Associated(sealed.substr(0, kNonceAt), context);
  std::string plain(sealed.size() - kTextAt, '\0');
  std::string tag(sealed.substr(kTagAt, kTagBytes));
  Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  auto* out = reinterpret_cast<uint8_t*>(plain.data());
  const bool good =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.key.data(), Bytes(sealed) + kNonceAt) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, Bytes(associated), static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), out, &length, Bytes(sealed) + kTextAt, static_cast<int>(plain.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), out + length, &length) == 1;
  if (!good) return damaged("it was changed or belongs to another place");
  return plain;
}

bool KeyRing::IsCurrent(std::string_view sealed) const {
  if (sealed.size() < kTextAt) return false;
  std::shared_lock lock(mutex_);
  return std::memcmp(sealed.data() + kKeyIdAt, &keys_.back().id, sizeof(uint32_t)) == 0;
}

Result<> KeyRing::Rotate() {
  if (file_.empty()) {
    return Failure(ErrorCode::kInvalidState, "the master keys come from the environment",
                   "append a key there and start the server again");
  }
  NamedKey named;
  random_.Fill(named.key);
  named.id = IdOf(named.key);
  std::unique_lock lock(mutex_);
  TRY(AppendToFile(named.key));
  keys_.push_back(named);
  return {};
}

Result<> KeyRing::AppendToFile(const Key& key) const {
  std::string line;
  for (uint8_t byte : key) line += fmt::format("{:02x}", byte);
  line += '\n';
  const int file = open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  bool good = file >= 0 && write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(file) == 0;
  if (file >= 0) close(file);
  OPENSSL_cleanse(line.data(), line.size());
  if (!good) return Failure(ErrorCode::kUnavailable, fmt::format("the key file {} cannot be written", file_));
  return {};
}

// RFC 2104, with the two states after the padded key kept.
TokenHasher::TokenHasher(std::string_view key) {
  static_assert(sizeof(SHA256_CTX) <= sizeof(inner_));
  CHECK(key.size() <= 64);
  for (auto [pad, state] : {std::pair<uint8_t, uint8_t*>{0x36, inner_.data()}, {0x5c, outer_.data()}}) {
    uint8_t block[64];
    std::memset(block, pad, sizeof(block));
    for (size_t i = 0; i < key.size(); ++i) block[i] ^= static_cast<uint8_t>(key[i]);
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block, sizeof(block));
    std::memcpy(state, &context, sizeof(context));
    OPENSSL_cleanse(block, sizeof(block));
  }
}

std::string TokenHasher::Hash(std::string_view token) const {
  SHA256_CTX context;
  uint8_t digest[32];
  std::memcpy(&context, inner_.data(), sizeof(context));
  SHA256_Update(&context, token.data(), token.size());
  SHA256_Final(digest, &context);
  std::memcpy(&context, outer_.data(), sizeof(context));
  SHA256_Update(&context, digest, sizeof(digest));
  SHA256_Final(digest, &context);
  return std::string(reinterpret_cast<const char*>(digest), sizeof(digest));
}

}  // namespace crannog::iam
