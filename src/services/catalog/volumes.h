#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/object_store.h"
#include "services/catalog/catalog.h"

namespace crannog::catalog {

/// What is known of a file or directory. `path` is whole: "/Volumes/main/default/raw/a.csv".
struct FileStatus {
  std::string path;
  bool is_directory = false;
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;
};

/// Files by path, for an actor: "/Volumes/<catalog>/<schema>/<volume>/...", "/Models/<catalog>/<schema>/<model>/<version>/...",
/// and "dbfs:/..." (also "/..." where the caller says so). Volumes ask READ VOLUME and WRITE VOLUME.
/// On object stores a directory is there while something is in it. Threads: any.
class Volumes {
 public:
  enum class Intent : uint8_t { kRead, kWrite };
  enum class Removal : uint8_t { kOnlyEmpty, kRecursive };

  explicit Volumes(Catalog& catalog) : catalog_(catalog) {}

  /// Errors: kNotFound, INSUFFICIENT_PERMISSIONS, kInvalidParameterValue (a path that leaves its volume).
  Result<FileStatus> Head(const Actor& actor, std::string_view path);
  Result<std::string> Read(const Actor& actor, std::string_view path, io::ByteRange range);
  Result<std::unique_ptr<io::ObjectWriter>> OpenWriter(const Actor& actor, std::string_view path, io::WriteMode mode);
  Result<> DeleteFile(const Actor& actor, std::string_view path);
  /// In the order of names. Errors: kNotFound where there is no such directory.
  Result<std::vector<FileStatus>> List(const Actor& actor, std::string_view path);
  Result<> MakeDirectory(const Actor& actor, std::string_view path);
  /// Errors: kNotFound; kInvalidState where it is not empty.
  Result<> RemoveDirectory(const Actor& actor, std::string_view path, Removal removal);
  Result<> Move(const Actor& actor, std::string_view from, std::string_view to);

  /// Where a path is, checked for the intent: for whoever reads in other ways (COPY INTO, read_files).
  struct Place {
    std::shared_ptr<io::ObjectStore> store;
    std::string key;   ///< "" is the root of the volume
    std::string path;  ///< normalised
  };
  Result<Place> Resolve(const Actor& actor, std::string_view path, Intent intent);

 private:
  Catalog& catalog_;
};

}  // namespace crannog::catalog
