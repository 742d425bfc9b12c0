// A folder as an object store. Durable create-if-absent: temporary file, fdatasync, link (fails when the name exists), directory sync.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "io/object_key.h"
#include "io/object_store.h"

namespace crannog::io {
namespace {

// Names of files being written; never listed.
constexpr std::string_view kTemporaryPrefix = ".crannog-tmp-";

Error OsError(std::string_view what, std::string_view path, int error_number) {
  ErrorCode code = ErrorCode::kUnavailable;
  switch (error_number) {
    case ENOENT: case ENOTDIR: code = ErrorCode::kNotFound; break;
    case EEXIST: code = ErrorCode::kAlreadyExists; break;
    case EACCES: case EPERM: case EROFS: code = ErrorCode::kPermissionDenied; break;
    case ENAMETOOLONG: case EISDIR: case EINVAL: code = ErrorCode::kInvalidParameterValue; break;
    case ENOSPC: case EDQUOT: case EMFILE: case ENFILE: code = ErrorCode::kResourceExhausted; break;
    default: break;
  }
  return MakeError(code, fmt::format("cannot {} {}: {}", what, path, std::strerror(error_number)));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Result<> WriteAll(int fd, std::string_view bytes, std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failure(OsError("write", path, errno));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

std::string_view FolderOf(std::string_view path) { return path.substr(0, std::max<size_t>(path.rfind('/'), 1)); }

Result<> SyncFolder(const std::string& folder) {
  FileDescriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok() || fsync(fd.get()) != 0) return Failure(OsError("sync", folder, errno));
  return {};
}

// Makes the folder and its missing parents, and makes them durable.
Result<> EnsureFolder(const std::string& folder) {
  struct stat status{};
  if (stat(folder.c_str(), &status) == 0) return {};
  const std::string parent(FolderOf(folder));
  if (parent != folder) TRY(EnsureFolder(parent));
  if (mkdir(folder.c_str(), 0777) != 0) {
    if (errno == EEXIST) return {};
    return Failure(OsError("create folder", folder, errno));
  }
  return SyncFolder(parent);
}

ObjectInfo InfoOf(std::string key, const struct stat& status) {
  const int64_t modified_ms = status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
  return {std::move(key), status.st_size, modified_ms,
          fmt::format("{:x}-{:x}-{:x}", status.st_ino, status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec, status.st_size)};
}

class LocalWriter final : public ObjectWriter {
 public:
  LocalWriter(std::string path, WriteMode mode) : path_(std::move(path)), mode_(mode) {}
  ~LocalWriter() override {
    if (!temporary_.empty()) unlink(temporary_.c_str());
    if (fd_ >= 0) close(fd_);
  }

  Result<> Open() {
    static std::atomic<uint64_t> next{0};
    const std::string folder(FolderOf(path_));
    TRY(EnsureFolder(folder));
    std::string temporary = fmt::format("{}/{}{}-{}", folder, kTemporaryPrefix, getpid(), next++);
    fd_ = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno == EEXIST) {  // left over by a dead process of the same number
      unlink(temporary.c_str());
      fd_ = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (fd_ < 0) return Failure(OsError("create", temporary, errno));
    temporary_ = std::move(temporary);
    return {};
  }

  Result<> Append(std::string_view bytes) override { return WriteAll(fd_, bytes, temporary_); }

  Result<> Finish() override {
    if (fdatasync(fd_) != 0) return Failure(OsError("sync", temporary_, errno));
    const int failed = mode_ == WriteMode::kCreateOnly ? link(temporary_.c_str(), path_.c_str()) : rename(temporary_.c_str(), path_.c_str());
    if (failed != 0) {
      if (errno == EEXIST) return Failure(ErrorCode::kAlreadyExists, fmt::format("object exists: {}", path_));
      return Failure(OsError("create", path_, errno));
    }
    if (mode_ == WriteMode::kCreateOnly) unlink(temporary_.c_str());
    temporary_.clear();
    return SyncFolder(std::string(FolderOf(path_)));
  }

 private:
  const std::string path_;
  const WriteMode mode_;
  int fd_ = -1;
  std::string temporary_;
};

class LocalStore final : public ObjectStore {
 public:
  explicit LocalStore(std::string folder) : folder_(std::move(folder)), url_("file://" + folder_) {}

  std::string_view RootUrl() const override { return url_; }

  Result<ObjectInfo> Head(std::string_view key) override {
    TRY(CheckKey(key));
    struct stat status{};
    const std::string path = PathOf(key);
    if (stat(path.c_str(), &status) != 0) return Failure(OsError("read", path, errno));
    if (!S_ISREG(status.st_mode)) return Failure(OsError("read", path, ENOENT));
    return InfoOf(std::string(key), status);
  }

  Result<std::string> Read(std::string_view key, ByteRange range) override {
    TRY(CheckKey(key));
    const std::string path = PathOf(key);
    FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!fd.ok() || fstat(fd.get(), &status) != 0) return Failure(OsError("read", path, errno));
    if (!S_ISREG(status.st_mode)) return Failure(OsError("read", path, ENOENT));
    if (range.offset < 0 || range.offset > status.st_size) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("range starts beyond the end of {}", path));
    }
    int64_t length = status.st_size - range.offset;
    if (range.length_bytes) length = std::min(length, *range.length_bytes);
    std::string bytes(static_cast<size_t>(length), '\0');
    size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = pread(fd.get(), bytes.data() + done, bytes.size() - done, range.offset + static_cast<int64_t>(done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Failure(OsError("read", path, errno));
      if (got == 0) break;  // cut short by someone else: give what there is
      done += static_cast<size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<> Write(std::string_view key, std::string_view bytes, WriteMode mode) override {
    TRY(std::unique_ptr<ObjectWriter> writer, OpenWriter(key, mode));
    TRY(writer->Append(bytes));
    return writer->Finish();
  }

  Result<std::unique_ptr<ObjectWriter>> OpenWriter(std::string_view key, WriteMode mode) override {
    TRY(CheckKey(key));
    std::string path = PathOf(key);
    // Saves the work when it is bound to fail; the link decides in the end.
    if (mode == WriteMode::kCreateOnly && access(path.c_str(), F_OK) == 0) {
      return Failure(ErrorCode::kAlreadyExists, fmt::format("object exists: {}", path));
    }
    auto writer = std::make_unique<LocalWriter>(std::move(path), mode);
    TRY(writer->Open());
    return writer;
  }

  Result<> Delete(std::string_view key) override {
    TRY(CheckKey(key));
    const std::string path = PathOf(key);
    if (unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return Failure(OsError("delete", path, errno));
    return {};
  }

  Result<std::vector<ObjectInfo>> List(std::string_view prefix, std::string_view start_after) override {
    std::vector<ObjectInfo> infos;
    const size_t slash = prefix.rfind('/');
    TRY(ListFolder(slash == std::string_view::npos ? "" : std::string(prefix.substr(0, slash + 1)), prefix, start_after, infos));
    std::sort(infos.begin(), infos.end(), [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
    return infos;
  }

  std::optional<std::string> LocalPath(std::string_view key) const override { return PathOf(key); }

 private:
  std::string PathOf(std::string_view key) const { return key.empty() ? folder_ : fmt::format("{}/{}", folder_, key); }

  // `folder` is "" or ends with '/'.
  Result<> ListFolder(const std::string& folder, std::string_view prefix, std::string_view start_after, std::vector<ObjectInfo>& out) {
    const std::string path = folder.empty() ? folder_ : fmt::format("{}/{}", folder_, folder.substr(0, folder.size() - 1));
    DIR* directory = opendir(path.c_str());
    if (directory == nullptr) {
      if (errno == ENOENT || errno == ENOTDIR) return {};
      return Failure(OsError("list", path, errno));
    }
    std::vector<std::string> folders;
    while (dirent* entry = readdir(directory)) {
      const std::string_view name = entry->d_name;
      if (name == "." || name == ".." || name.starts_with(kTemporaryPrefix)) continue;
      std::string key = folder + entry->d_name;
      bool is_folder = entry->d_type == DT_DIR;
      struct stat status{};
      const bool known = entry->d_type == DT_DIR || entry->d_type == DT_REG;
      if (!known) {
        if (fstatat(dirfd(directory), entry->d_name, &status, 0) != 0) continue;  // gone meanwhile
        is_folder = S_ISDIR(status.st_mode);
      }
      if (is_folder) {
        key += '/';
        const bool below = key.starts_with(prefix) || prefix.starts_with(key);
        // Every key in a folder sorts before its name with the last '/' replaced by the next byte, '0'.
        std::string after = key;
        after.back() = '0';
        if (below && after > start_after) folders.push_back(std::move(key));
        continue;
      }
      if (!key.starts_with(prefix) || key <= start_after) continue;
      if (known && fstatat(dirfd(directory), entry->d_name, &status, 0) != 0) continue;
      if (S_ISREG(status.st_mode)) out.push_back(InfoOf(std::move(key), status));
    }
    closedir(directory);
    for (const std::string& child : folders) TRY(ListFolder(child, prefix, start_after, out));
    return {};
  }

  const std::string folder_;
  const std::string url_;
};

}  // namespace

Result<std::shared_ptr<ObjectStore>> OpenLocalStore(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  if (folder.empty() || folder.front() != '/' || folder.find('\0') != std::string::npos) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("a local store needs an absolute path, not '{}'", folder));
  }
  return std::make_shared<LocalStore>(std::move(folder));
}

}  // namespace crannog::io
