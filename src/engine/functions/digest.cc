#include "engine/functions/digest.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace crannog::engine::functions {
namespace {

std::string DigestHex(const EVP_MD* algorithm, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &length, algorithm, nullptr);
  std::string text(length * 2, '\0');
  for (unsigned i = 0; i < length; ++i) {
    text[i * 2] = "0123456789abcdef"[out[i] >> 4];
    text[i * 2 + 1] = "0123456789abcdef"[out[i] & 15];
  }
  return text;
}

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::string Upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

enum class AesMode : uint8_t { kEcb, kCbc, kGcm };

struct Cipher {
  AesMode mode;
  const EVP_CIPHER* algorithm;
  int iv_length;
};

Result<Cipher> ChooseCipher(std::string_view key, const AesOptions& options, const char* function) {
  const std::string mode = Upper(options.mode), padding = Upper(options.padding);
  const auto name = fmt::format("`{}`", function);
  Cipher out{};
  if (mode == "ECB" && (padding == "PKCS" || padding == "DEFAULT")) out.mode = AesMode::kEcb;
  else if (mode == "CBC" && (padding == "PKCS" || padding == "DEFAULT")) out.mode = AesMode::kCbc;
  else if (mode == "GCM" && (padding == "NONE" || padding == "DEFAULT")) out.mode = AesMode::kGcm;
  else {
    return Failure(ConditionError("UNSUPPORTED_FEATURE.AES_MODE",
                                  {{"mode", std::string(options.mode)}, {"padding", std::string(options.padding)}, {"functionName", name}}));
  }
  const size_t bits = key.size() * 8;
  if (bits != 128 && bits != 192 && bits != 256) {
    return Failure(ConditionError("INVALID_PARAMETER_VALUE.AES_KEY_LENGTH",
                                  {{"parameter", "`key`"}, {"functionName", name}, {"actualLength", fmt::format("{}", key.size())}}));
  }
  if (!options.iv.empty()) {
    if (out.mode == AesMode::kEcb) {
      return Failure(ConditionError("UNSUPPORTED_FEATURE.AES_MODE_IV", {{"mode", mode}, {"functionName", name}}));
    }
  }
  if (!options.aad.empty() && out.mode != AesMode::kGcm) {
    return Failure(ConditionError("UNSUPPORTED_FEATURE.AES_MODE_AAD", {{"mode", mode}, {"functionName", name}}));
  }
  const auto pick = [&](const EVP_CIPHER* a, const EVP_CIPHER* b, const EVP_CIPHER* c) { return bits == 128 ? a : bits == 192 ? b : c; };
  switch (out.mode) {
    case AesMode::kEcb: out.algorithm = pick(EVP_aes_128_ecb(), EVP_aes_192_ecb(), EVP_aes_256_ecb()); break;
    case AesMode::kCbc: out.algorithm = pick(EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc()); break;
    case AesMode::kGcm: out.algorithm = pick(EVP_aes_128_gcm(), EVP_aes_192_gcm(), EVP_aes_256_gcm()); break;
  }
  out.iv_length = out.mode == AesMode::kEcb ? 0 : out.mode == AesMode::kCbc ? 16 : 12;
  if (!options.iv.empty() && static_cast<int>(options.iv.size()) != out.iv_length) {
    return Failure(ConditionError("INVALID_PARAMETER_VALUE.AES_IV_LENGTH",
                                  {{"mode", mode}, {"parameter", "`iv`"}, {"functionName", name}, {"actualLength", fmt::format("{}", options.iv.size())}}));
  }
  return out;
}

Error CryptoError(const char* function, std::string detail) {
  ERR_clear_error();
  return ConditionError("INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR",
                        {{"parameter", "`expr`, `key`"}, {"functionName", fmt::format("`{}`", function)}, {"detailMessage", std::move(detail)}});
}

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
constexpr int kTagLength = 16;

void AppendUtf8(std::string& out, uint32_t c) {
  if (c < 0x80) out.push_back(static_cast<char>(c));
  else if (c < 0x800) out += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
  else if (c < 0x10000) out += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
  else out += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)), static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
}

// Length of the well-formed character at the beginning, 0 when there is none; `broken` then is how many bytes belong together.
size_t WellFormed(std::string_view s, size_t& broken) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto c = at(0);
  broken = 1;
  if (c < 0x80) return 1;
  if (c < 0xC2 || c > 0xF4) return 0;
  const size_t length = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  unsigned char low = 0x80, high = 0xBF;
  if (c == 0xE0) low = 0xA0;
  if (c == 0xED) high = 0x9F;
  if (c == 0xF0) low = 0x90;
  if (c == 0xF4) high = 0x8F;
  for (size_t i = 1; i < length; ++i) {
    if (i >= s.size() || at(i) < low || at(i) > high) {
      broken = i;
      return 0;
    }
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

}  // namespace

std::string Md5Hex(std::string_view bytes) { return DigestHex(EVP_md5(), bytes); }
std::string Sha1Hex(std::string_view bytes) { return DigestHex(EVP_sha1(), bytes); }
std::optional<std::string> Sha2Hex(std::string_view bytes, int32_t bits) {
  switch (bits) {
    case 224: return DigestHex(EVP_sha224(), bytes);
    case 0:
    case 256: return DigestHex(EVP_sha256(), bytes);
    case 384: return DigestHex(EVP_sha384(), bytes);
    case 512: return DigestHex(EVP_sha512(), bytes);
    default: return std::nullopt;
  }
}

std::string Base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  const auto at = [&](size_t k) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[k])); };
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t v = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += {kAlphabet[v >> 18], kAlphabet[v >> 12 & 63], kAlphabet[v >> 6 & 63], kAlphabet[v & 63]};
  }
  if (i + 1 == bytes.size()) {
    const uint32_t v = at(i) << 16;
    out += {kAlphabet[v >> 18], kAlphabet[v >> 12 & 63], '=', '='};
  } else if (i + 2 == bytes.size()) {
    const uint32_t v = at(i) << 16 | at(i + 1) << 8;
    out += {kAlphabet[v >> 18], kAlphabet[v >> 12 & 63], kAlphabet[v >> 6 & 63], '='};
  }
  return out;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  std::string out;
  uint32_t value = 0;
  int count = 0;
  for (char c : text) {
    if (c == '=') break;
    const int digit = Base64Value(c);
    if (digit < 0) continue;
    value = value << 6 | static_cast<uint32_t>(digit);
    if (++count == 4) {
      out += {static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
      value = 0;
      count = 0;
    }
  }
  if (count == 1) return std::nullopt;
  if (count == 2) out.push_back(static_cast<char>(value >> 4));
  if (count == 3) out += {static_cast<char>(value >> 10), static_cast<char>(value >> 2)};
  return out;
}

bool IsBase64(std::string_view text) {
  size_t letters = 0, pads = 0;
  for (char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f') continue;
    if (c == '=') {
      ++pads;
      continue;
    }
    if (Base64Value(c) < 0 || pads > 0) return false;
    ++letters;
  }
  if (pads > 2) return false;
  return pads == 0 ? letters % 4 != 1 : (letters + pads) % 4 == 0;
}

Result<std::string> AesEncrypt(std::string_view bytes, std::string_view key, const AesOptions& options) {
  TRY(Cipher cipher, ChooseCipher(key, options, "aes_encrypt"));
  std::string iv(options.iv);
  if (iv.empty() && cipher.iv_length > 0) {
    iv.resize(static_cast<size_t>(cipher.iv_length));
    if (RAND_bytes(reinterpret_cast<unsigned char*>(iv.data()), cipher.iv_length) != 1) return Failure(CryptoError("aes_encrypt", "no random bytes"));
  }
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::vector<unsigned char> out(bytes.size() + 32);
  int length = 0, rest = 0;
  bool ok = EVP_EncryptInit_ex(context.get(), cipher.algorithm, nullptr, Bytes(key), iv.empty() ? nullptr : Bytes(iv)) == 1;
  if (ok && cipher.mode == AesMode::kGcm && !options.aad.empty()) {
    ok = EVP_EncryptUpdate(context.get(), nullptr, &length, Bytes(options.aad), static_cast<int>(options.aad.size())) == 1;
  }
  ok = ok && EVP_EncryptUpdate(context.get(), out.data(), &length, Bytes(bytes), static_cast<int>(bytes.size())) == 1;
  ok = ok && EVP_EncryptFinal_ex(context.get(), out.data() + length, &rest) == 1;
  if (!ok) return Failure(CryptoError("aes_encrypt", "encryption failed"));
  std::string result = iv + std::string(reinterpret_cast<char*>(out.data()), static_cast<size_t>(length + rest));
  if (cipher.mode == AesMode::kGcm) {
    char tag[kTagLength];
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagLength, tag);
    result.append(tag, kTagLength);
  }
  return result;
}

Result<std::string> AesDecrypt(std::string_view bytes, std::string_view key, const AesOptions& options) {
  TRY(Cipher cipher, ChooseCipher(key, options, "aes_decrypt"));
  const size_t overhead = static_cast<size_t>(cipher.iv_length) + (cipher.mode == AesMode::kGcm ? kTagLength : 0);
  if (bytes.size() < overhead) {
    return Failure(CryptoError("aes_decrypt", cipher.mode == AesMode::kGcm ? "Invalid buffer arguments" : "Wrong IV length: must be 16 bytes long"));
  }
  const std::string_view iv = bytes.substr(0, static_cast<size_t>(cipher.iv_length));
  bytes.remove_prefix(iv.size());
  std::string tag;
  if (cipher.mode == AesMode::kGcm) {
    tag = bytes.substr(bytes.size() - kTagLength);
    bytes.remove_suffix(kTagLength);
  }
  Context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  std::vector<unsigned char> out(bytes.size() + 32);
  int length = 0, rest = 0;
  bool ok = EVP_DecryptInit_ex(context.get(), cipher.algorithm, nullptr, Bytes(key), iv.empty() ? nullptr : Bytes(iv)) == 1;
  if (ok && cipher.mode == AesMode::kGcm) {
    if (!options.aad.empty()) ok = EVP_DecryptUpdate(context.get(), nullptr, &length, Bytes(options.aad), static_cast<int>(options.aad.size())) == 1;
    ok = ok && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagLength, tag.data()) == 1;
  }
  ok = ok && EVP_DecryptUpdate(context.get(), out.data(), &length, Bytes(bytes), static_cast<int>(bytes.size())) == 1;
  ok = ok && EVP_DecryptFinal_ex(context.get(), out.data() + length, &rest) == 1;
  if (!ok) {
    return Failure(CryptoError("aes_decrypt", cipher.mode == AesMode::kGcm
                                                  ? "Tag mismatch"
                                                  : "Given final block not properly padded. Such issues can arise if a bad key is used during decryption."));
  }
  return std::string(reinterpret_cast<char*>(out.data()), static_cast<size_t>(length + rest));
}

bool IsValidUtf8(std::string_view bytes) {
  size_t broken;
  while (!bytes.empty()) {
    const size_t length = WellFormed(bytes, broken);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string MakeValidUtf8(std::string_view bytes) {
  std::string out;
  size_t broken;
  while (!bytes.empty()) {
    const size_t length = WellFormed(bytes, broken);
    if (length == 0) out += "\xEF\xBF\xBD";
    else out += bytes.substr(0, length);
    bytes.remove_prefix(length == 0 ? broken : length);
  }
  return out;
}

std::optional<std::string> EncodeCharset(std::string_view utf8, std::string_view charset, bool& malformed) {
  const std::string name = Upper(charset);
  malformed = false;
  if (name == "UTF-8") return std::string(utf8);
  const int unit = name == "US-ASCII" || name == "ISO-8859-1" ? 1 : name == "UTF-16" || name == "UTF-16BE" || name == "UTF-16LE" ? 2 : name == "UTF-32" ? 4 : 0;
  if (unit == 0) return std::nullopt;
  std::string out;
  if (name == "UTF-16" && !utf8.empty()) out = "\xFE\xFF";
  const bool little = name == "UTF-16LE";
  const auto put16 = [&](uint32_t v) {
    const char high = static_cast<char>(v >> 8), low = static_cast<char>(v);
    if (little) out += {low, high};
    else out += {high, low};
  };
  for (size_t i = 0; i < utf8.size();) {
    const auto first = static_cast<unsigned char>(utf8[i]);
    const int extra = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    uint32_t c = extra == 0 ? first : first & (0x3Fu >> extra);
    ++i;
    for (int k = 0; k < extra && i < utf8.size(); ++k) c = c << 6 | (static_cast<unsigned char>(utf8[i++]) & 0x3Fu);
    if (unit == 1) {
      const uint32_t limit = name == "US-ASCII" ? 0x80 : 0x100;
      if (c >= limit) malformed = true;
      out.push_back(c < limit ? static_cast<char>(c) : '?');
    } else if (unit == 2) {
      if (c >= 0x10000) {
        put16(0xD800 + ((c - 0x10000) >> 10));
        put16(0xDC00 + ((c - 0x10000) & 0x3FF));
      } else {
        put16(c);
      }
    } else {
      out += {static_cast<char>(c >> 24), static_cast<char>(c >> 16), static_cast<char>(c >> 8), static_cast<char>(c)};
    }
  }
  return out;
}

std::optional<std::string> DecodeCharset(std::string_view bytes, std::string_view charset, bool& malformed) {
  const std::string name = Upper(charset);
  malformed = false;
  std::string out;
  const auto replace = [&]() {
    malformed = true;
    out += "\xEF\xBF\xBD";
  };
  if (name == "UTF-8") {
    malformed = !IsValidUtf8(bytes);
    return malformed ? MakeValidUtf8(bytes) : std::string(bytes);
  }
  if (name == "US-ASCII" || name == "ISO-8859-1") {
    for (char c : bytes) {
      const auto u = static_cast<unsigned char>(c);
      if (u >= 0x80 && name == "US-ASCII") replace();
      else AppendUtf8(out, u);
    }
    return out;
  }
  if (name == "UTF-16" || name == "UTF-16BE" || name == "UTF-16LE") {
    bool little = name == "UTF-16LE";
    if (name == "UTF-16" && bytes.size() >= 2) {
      if (bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
      else if (bytes.starts_with("\xFF\xFE")) little = true, bytes.remove_prefix(2);
    }
    const auto get = [&](size_t i) {
      const uint32_t a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
      return little ? b << 8 | a : a << 8 | b;
    };
    size_t i = 0;
    for (; i + 2 <= bytes.size(); i += 2) {
      const uint32_t c = get(i);
      if (c >= 0xD800 && c < 0xDC00 && i + 4 <= bytes.size() && get(i + 2) >= 0xDC00 && get(i + 2) < 0xE000) {
        AppendUtf8(out, 0x10000 + ((c - 0xD800) << 10) + (get(i + 2) - 0xDC00));
        i += 2;
      } else if (c >= 0xD800 && c < 0xE000) {
        replace();
      } else {
        AppendUtf8(out, c);
      }
    }
    if (i < bytes.size()) replace();
    return out;
  }
  if (name == "UTF-32") {
    size_t i = 0;
    for (; i + 4 <= bytes.size(); i += 4) {
      uint32_t c = 0;
      for (size_t k = 0; k < 4; ++k) c = c << 8 | static_cast<unsigned char>(bytes[i + k]);
      if (i == 0 && c == 0xFEFF) continue;
      if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) replace();
      else AppendUtf8(out, c);
    }
    if (i < bytes.size()) replace();
    return out;
  }
  return std::nullopt;
}

}  // namespace crannog::engine::functions
