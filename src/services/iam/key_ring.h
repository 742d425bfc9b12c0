#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"

namespace crannog::iam {

/// The server's master keys: seals what is secret at rest with AES-256-GCM. The newest key seals, every kept key opens.
/// A sealed text tells by which key; it opens only with the context it was sealed for, so that it cannot be moved elsewhere.
/// Threads: any.
class KeyRing {
 public:
  /// Opens the keys. `environment_keys` (hexadecimal keys of 64 digits, parted by commas, the last one newest) beats the file;
  /// an absent file is made with one new key, readable by its owner only.
  /// Errors: kInvalidParameterValue for malformed keys; kPermissionDenied for a file that others can read.
  static Result<std::unique_ptr<KeyRing>> Open(std::string key_file, std::string_view environment_keys, Random& random);

  /// Encrypts and authenticates; gives bytes.
  std::string Seal(std::string_view plain, std::string_view context);
  /// Errors: kDataLoss when the bytes were changed, belong to another context, or their key is gone.
  Result<std::string> Open(std::string_view sealed, std::string_view context) const;
  /// Whether the newest key sealed it: what is not gets sealed anew after a rotation.
  bool IsCurrent(std::string_view sealed) const;
  /// Adds a new key to the file and seals with it from now on. Errors: kInvalidState when the keys come from the environment.
  Result<> Rotate();

 private:
  using Key = std::array<uint8_t, 32>;
  struct NamedKey {
    uint32_t id = 0;
    Key key{};
  };

  explicit KeyRing(Random& random) : random_(random) {}
  Result<> AddKeys(std::string_view text, char separator);
  Result<> AppendToFile(const Key& key) const;
  const NamedKey* Find(uint32_t id) const;

  Random& random_;
  std::string file_;  ///< "" when the keys come from the environment
  mutable std::shared_mutex mutex_;
  std::vector<NamedKey> keys_;
};

/// Keyed SHA-256 (HMAC) of a token: what is stored and looked up instead of it. 32 bytes. Threads: any.
class TokenHasher {
 public:
  explicit TokenHasher(std::string_view key);
  std::string Hash(std::string_view token) const;

 private:
  std::array<uint8_t, 128> inner_{}, outer_{};  ///< SHA-256 states after the padded key: one check costs two short hashes
};

}  // namespace crannog::iam
