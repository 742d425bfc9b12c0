#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crannog::delta {

/// Undoes percent-encoding of a URI path; a '%' without two hexadecimal digits stays.
std::string DecodePath(std::string_view uri);
/// Percent-encodes a key for `path` fields as Java's URI does (spaces, '%', '#', '?', quotes, brackets, control and non-ASCII bytes stay UTF-8).
std::string EncodePath(std::string_view key);

/// Escapes a partition value or column for a folder's name as Hive does ("a/b" to "a%2Fb").
std::string EscapePartitionName(std::string_view text);

/// Brings a path of the log into one spelling, so that equal files compare equal.
std::string CanonicalPath(std::string_view path);

/// Where a path of the log leads: a key inside the table's store, or an absolute location outside of it.
struct FileLocation {
  bool inside = true;
  std::string key;  ///< key in the store when inside, else absolute path or URL
};
/// `root_url` as ObjectStore::RootUrl gives it. Absolute paths below the root come back as keys.
FileLocation ResolvePath(std::string_view path, std::string_view root_url);

}  // namespace crannog::delta
