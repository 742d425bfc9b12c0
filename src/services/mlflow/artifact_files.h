#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "io/object_store.h"

namespace crannog::mlflow {

struct ArtifactFile {
  std::string path;  ///< relative to what was listed
  bool is_folder = false;
  int64_t size_bytes = 0;
};

/// The files behind "mlflow-artifacts:/…" URIs, in one object store. Paths are checked: relative, no "..". Threads: any.
/// Errors: kNotFound, kInvalidParameterValue for a path that leaves the root, NOT_IMPLEMENTED for URIs of other stores.
class ArtifactFiles {
 public:
  explicit ArtifactFiles(std::shared_ptr<io::ObjectStore> store) : store_(std::move(store)) {}

  /// Lists the children of a folder, sorted by path; empty where there is none.
  Result<std::vector<ArtifactFile>> List(const std::string& folder);
  /// Lists below an artifact URI; paths in the answer are relative to the URI.
  Result<std::vector<ArtifactFile>> ListUri(const std::string& uri, const std::string& below);
  /// Opens a file to stream it.
  Result<http::Response> Download(const std::string& path);
  Result<http::Response> DownloadUri(const std::string& uri, const std::string& below);
  Result<> Upload(const std::string& path, http::BodyReader& body);
  /// Deletes a file, or everything below a folder.
  Result<> Delete(const std::string& path);

 private:
  std::shared_ptr<io::ObjectStore> store_;
};

/// "mlflow-artifacts:/1/abc/artifacts" or "mlflow-artifacts://host/1/…" to "1/abc/artifacts".
Result<std::string> PathOfUri(const std::string& uri);

}  // namespace crannog::mlflow
