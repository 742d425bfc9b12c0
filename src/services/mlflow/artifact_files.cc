#include "services/mlflow/artifact_files.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace crannog::mlflow {
namespace {

constexpr size_t kCopyBytes = 1 << 20;

// Empty parts and "." are dropped, "..", backslashes and control characters refused. Source: MLflow's validate_path_is_safe.
Result<std::string> CleanPath(std::string_view path) {
  std::string out;
  auto refuse = [path] { return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid path: {}", path)); };
  if (path.starts_with('/') || path.find('\\') != std::string_view::npos || path.find('\0') != std::string_view::npos) return refuse();
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse();
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

std::string Join(std::string_view folder, std::string_view name) {
  if (folder.empty()) return std::string(name);
  if (name.empty()) return std::string(folder);
  return fmt::format("{}/{}", folder, name);
}

std::string_view ContentType(std::string_view path) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".json", "application/json"}, {".html", "text/html"}, {".txt", "text/plain"}, {".csv", "text/csv"},   {".png", "image/png"},
      {".jpg", "image/jpeg"},        {".svg", "image/svg+xml"}, {".md", "text/plain"}, {".yaml", "text/plain"}, {".yml", "text/plain"},
      {"MLmodel", "text/plain"},     {".log", "text/plain"},   {".py", "text/plain"}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// Streams an object by ranges, so that memory stays flat whatever its size.
class ObjectSource final : public http::BodySource {
 public:
  ObjectSource(std::shared_ptr<io::ObjectStore> store, std::string key, int64_t size) : store_(std::move(store)), key_(std::move(key)), size_(size) {}
  std::optional<uint64_t> Size() const override { return static_cast<uint64_t>(size_); }
  bool CanSeek() const override { return true; }
  Result<> Seek(uint64_t offset) override {
    at_ = static_cast<int64_t>(offset);
    return {};
  }
  Result<size_t> Read(std::span<char> buffer) override {
    const int64_t count = std::min<int64_t>(static_cast<int64_t>(buffer.size()), size_ - at_);
    if (count <= 0) return size_t{0};
    TRY(std::string bytes, store_->Read(key_, {at_, count}));
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    at_ += static_cast<int64_t>(bytes.size());
    return bytes.size();
  }

 private:
  std::shared_ptr<io::ObjectStore> store_;
  std::string key_;
  int64_t size_;
  int64_t at_ = 0;
};

}  // namespace

Result<std::string> PathOfUri(const std::string& uri) {
  constexpr std::string_view kScheme = "mlflow-artifacts:";
  if (!uri.starts_with(kScheme)) return Failure(NotImplemented("listing artifacts of " + uri));
  std::string_view rest = std::string_view(uri).substr(kScheme.size());
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    size_t slash = rest.find('/');
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash);
  }
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return CleanPath(rest);
}

Result<std::vector<ArtifactFile>> ArtifactFiles::List(const std::string& folder) {
  TRY(std::string clean, CleanPath(folder));
  const std::string prefix = clean.empty() ? "" : clean + "/";
  TRY(std::vector<io::ObjectInfo> objects, store_->List(prefix));
  std::map<std::string, ArtifactFile> children;
  for (const io::ObjectInfo& object : objects) {
    std::string rest = object.key.substr(prefix.size());
    size_t slash = rest.find('/');
    if (slash == std::string::npos) children[rest] = {rest, false, object.size_bytes};
    else children[rest.substr(0, slash)] = {rest.substr(0, slash), true, 0};
  }
  std::vector<ArtifactFile> files;
  for (auto& [name, file] : children) files.push_back(std::move(file));
  return files;
}

Result<std::vector<ArtifactFile>> ArtifactFiles::ListUri(const std::string& uri, const std::string& below) {
  TRY(std::string root, PathOfUri(uri));
  TRY(std::string inner, CleanPath(below));
  TRY(std::vector<ArtifactFile> files, List(Join(root, inner)));
  for (ArtifactFile& file : files) file.path = Join(inner, file.path);
  return files;
}

Result<http::Response> ArtifactFiles::Download(const std::string& path) {
  TRY(std::string key, CleanPath(path));
  Result<io::ObjectInfo> info = store_->Head(key);
  if (!info) {
    if (info.error().code == ErrorCode::kNotFound) return Failure(ErrorCode::kNotFound, fmt::format("No such artifact: '{}'", path));
    return Failure(info.error());
  }
  http::Response response = http::StreamResponse(std::make_unique<ObjectSource>(store_, key, info->size_bytes), ContentType(key));
  const std::string name = key.substr(key.rfind('/') + 1);
  response.headers.Set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", http::PercentEncode(name)));
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

Result<http::Response> ArtifactFiles::DownloadUri(const std::string& uri, const std::string& below) {
  TRY(std::string root, PathOfUri(uri));
  TRY(std::string inner, CleanPath(below));
  return Download(Join(root, inner));
}

Result<> ArtifactFiles::Upload(const std::string& path, http::BodyReader& body) {
  TRY(std::string key, CleanPath(path));
  if (key.empty()) return Failure(ErrorCode::kInvalidParameterValue, "Invalid path: ''");
  TRY(std::unique_ptr<io::ObjectWriter> writer, store_->OpenWriter(key, io::WriteMode::kOverwrite));
  std::string buffer(kCopyBytes, '\0');
  for (;;) {
    TRY(size_t count, body.Read({buffer.data(), buffer.size()}));
    if (count == 0) break;
    TRY(writer->Append(std::string_view(buffer).substr(0, count)));
  }
  return writer->Finish();
}

Result<> ArtifactFiles::Delete(const std::string& path) {
  TRY(std::string key, CleanPath(path));
  if (key.empty()) return Failure(ErrorCode::kInvalidParameterValue, "Invalid path: ''");
  TRY(std::vector<io::ObjectInfo> below, store_->List(key + "/"));
  for (const io::ObjectInfo& object : below) TRY(store_->Delete(object.key));
  return store_->Delete(key);
}

}  // namespace crannog::mlflow
