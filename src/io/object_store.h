#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crannog::io {

/// What a store knows of one object. `key` is relative to the store's root, with '/' between parts.
struct ObjectInfo {
  std::string key;
  int64_t size_bytes = 0;
  int64_t modified_ms = 0;  ///< milliseconds since 1970 UTC
  std::string etag;         ///< empty where the store has none
};

/// Which bytes of an object: `offset` from its start; no `length_bytes` means to its end.
struct ByteRange {
  int64_t offset = 0;
  std::optional<int64_t> length_bytes;
};

/// Says whether a write replaces an existing object.
enum class WriteMode : uint8_t {
  kCreateOnly,  ///< put-if-absent: atomic, durable when it returns; fails kAlreadyExists where the object is there
  kOverwrite,
};

/// A file being written in pieces; nothing is visible under its key before Finish returns. Destroying it unfinished aborts.
/// Threads: one at a time.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Result<> Append(std::string_view bytes) = 0;
  /// Makes the object visible and durable.
  virtual Result<> Finish() = 0;
};

/// One root (a local folder, a bucket prefix) of objects, with its credentials inside. Keys never start with '/' nor hold "..".
/// Errors: kNotFound, kAlreadyExists (kCreateOnly), kPermissionDenied, kUnavailable (try again), kInvalidParameterValue (bad key).
/// Threads: any. Source: reference/delta.md section 5 (storage need); DESIGN.md, seam Io.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  /// Gives the root as a URL with scheme: "file:///data/t", "s3://bucket/prefix", "memory:///x".
  virtual std::string_view RootUrl() const = 0;

  virtual Result<ObjectInfo> Head(std::string_view key) = 0;
  virtual Result<std::string> Read(std::string_view key, ByteRange range = {}) = 0;
  /// Writes a whole object, durable when it returns. With kCreateOnly exactly one of any number of writers succeeds.
  virtual Result<> Write(std::string_view key, std::string_view bytes, WriteMode mode) = 0;
  virtual Result<std::unique_ptr<ObjectWriter>> OpenWriter(std::string_view key, WriteMode mode) = 0;
  /// Succeeds also where nothing was there.
  virtual Result<> Delete(std::string_view key) = 0;

  /// Lists every object below `prefix` (a key prefix, may be ""), recursively, in byte order of their keys, from the first
  /// key strictly greater than `start_after`. Hidden and temporary files of the store itself are left out.
  virtual Result<std::vector<ObjectInfo>> List(std::string_view prefix, std::string_view start_after = "") = 0;

  /// Gives the path that the operating system opens, for local stores; nothing for remote ones.
  virtual std::optional<std::string> LocalPath(std::string_view key) const = 0;
};

/// Opens the local folder as a store; it is created at the first write. `folder` must be absolute.
Result<std::shared_ptr<ObjectStore>> OpenLocalStore(std::string folder);

/// Makes an empty store in memory, for tests.
std::shared_ptr<ObjectStore> MakeMemoryStore();

/// Where remote objects are and with which credentials; only the fields of the URL's scheme are read.
struct StoreOptions {
  std::string s3_endpoint;  ///< "" means AWS's own; else "http://127.0.0.1:9000"
  std::string s3_region = "us-east-1";
  std::string s3_access_key_id;
  std::string s3_secret_access_key;
  std::string s3_session_token;
};

/// Opens a URL ("/abs/path", "file:///…", "s3://…", "s3a://…") as a store.
/// Errors: NOT_IMPLEMENTED for abfss:// and gs:// until they are built; kInvalidParameterValue for other schemes.
Result<std::shared_ptr<ObjectStore>> OpenStore(std::string_view url, const StoreOptions& options);

}  // namespace crannog::io
