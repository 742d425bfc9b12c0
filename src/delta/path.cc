#include "delta/path.h"

#include <fmt/format.h>

namespace crannog::delta {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The scheme of a URL ("s3a"), or "".
std::string_view SchemeOf(std::string_view path) {
  const size_t colon = path.find(':');
  if (colon == std::string_view::npos || colon == 0 || path.find('/') < colon) return "";
  for (size_t i = 0; i < colon; ++i) {
    const char c = path[i];
    const bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
    const bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!letter && (i == 0 || !later)) return "";
  }
  return path.substr(0, colon);
}

// "file:/a", "file:///a", "/a" to "/a".
std::string_view StripFileScheme(std::string_view path) {
  path.remove_prefix(5);
  if (path.starts_with("///")) path.remove_prefix(2);
  else if (path.starts_with("//") && path.substr(2).starts_with("localhost/")) path.remove_prefix(11);
  return path;
}

}  // namespace

std::string DecodePath(std::string_view uri) {
  std::string out;
  out.reserve(uri.size());
  for (size_t i = 0; i < uri.size(); ++i) {
    if (uri[i] == '%' && i + 2 < uri.size() && HexDigit(uri[i + 1]) >= 0 && HexDigit(uri[i + 2]) >= 0) {
      out += static_cast<char>(HexDigit(uri[i + 1]) * 16 + HexDigit(uri[i + 2]));
      i += 2;
    } else {
      out += uri[i];
    }
  }
  return out;
}

std::string EncodePath(std::string_view key) {
  std::string out;
  for (char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 32 || byte == 127 || std::string_view("%#?\"<>[]^`{|}\\").find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string EscapePartitionName(std::string_view text) {
  std::string out;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 32 || byte == 127 || std::string_view("\"#%'*/:=?\\{[]^").find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string CanonicalPath(std::string_view path) {
  std::string decoded = path.find('%') == std::string_view::npos ? std::string(path) : DecodePath(path);
  if (decoded.starts_with("file:")) decoded = StripFileScheme(decoded);
  return decoded;
}

FileLocation ResolvePath(std::string_view path, std::string_view root_url) {
  const std::string canonical = CanonicalPath(path);
  std::string root(root_url);
  if (root.starts_with("file:")) root = StripFileScheme(root);
  if (!root.ends_with('/')) root += '/';
  const bool absolute = canonical.starts_with('/') || !SchemeOf(path).empty();
  if (!absolute) return {true, canonical};
  if (canonical.starts_with(root)) return {true, canonical.substr(root.size())};
  return {false, canonical};
}

}  // namespace crannog::delta
