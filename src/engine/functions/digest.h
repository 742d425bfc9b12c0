#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// Digests, encodings and ciphers of binary values (OpenSSL).
namespace crannog::engine::functions {

/// Lower-case hexadecimal digests. `bits` of sha2: 0 or 256, 224, 384, 512; nothing for others.
std::string Md5Hex(std::string_view bytes);
std::string Sha1Hex(std::string_view bytes);
std::optional<std::string> Sha2Hex(std::string_view bytes, int32_t bits);

std::string Base64(std::string_view bytes);
/// Java's MIME decoder: skips what is no letter of the alphabet. Nothing for impossible lengths.
std::optional<std::string> DecodeBase64(std::string_view text);
/// Is the text strictly base64, white space aside? For to_binary.
bool IsBase64(std::string_view text);

struct AesOptions {
  std::string_view mode = "GCM", padding = "DEFAULT";
  std::string_view iv, aad;  ///< encryption: "" iv means a random one
};
/// Errors: INVALID_PARAMETER_VALUE.AES_*, UNSUPPORTED_FEATURE.AES_MODE*. Source: Spark's ExpressionImplUtils.
Result<std::string> AesEncrypt(std::string_view bytes, std::string_view key, const AesOptions& options);
Result<std::string> AesDecrypt(std::string_view bytes, std::string_view key, const AesOptions& options);

/// Character sets of encode and decode: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16, UTF-32. Nothing: unknown set.
/// What cannot be mapped becomes '?' (U+FFFD), or sets `malformed`.
std::optional<std::string> EncodeCharset(std::string_view utf8, std::string_view charset, bool& malformed);
std::optional<std::string> DecodeCharset(std::string_view bytes, std::string_view charset, bool& malformed);

bool IsValidUtf8(std::string_view bytes);
/// Replaces each ill-formed part by U+FFFD, as Java's decoder groups them.
std::string MakeValidUtf8(std::string_view bytes);

}  // namespace crannog::engine::functions
