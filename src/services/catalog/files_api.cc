#include "services/catalog/files_api.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "services/catalog/unity_catalog_api.h"

namespace crannog::catalog {
namespace {

constexpr int64_t kChunkBytes = 1 << 20;
constexpr int64_t kListDefault = 1'000;

// Streams one object; every chunk is a range read, so that any store can serve it.
class FileSource final : public http::BodySource {
 public:
  FileSource(Volumes::Place place, int64_t size_bytes) : place_(std::move(place)), size_bytes_(size_bytes) {}

  std::optional<uint64_t> Size() const override { return static_cast<uint64_t>(size_bytes_); }
  bool CanSeek() const override { return true; }
  Result<> Seek(uint64_t offset) override {
    offset_ = static_cast<int64_t>(offset);
    chunk_.clear();
    taken_ = 0;
    return {};
  }
  Result<size_t> Read(std::span<char> buffer) override {
    if (taken_ == chunk_.size()) {
      if (offset_ >= size_bytes_) return size_t{0};
      TRY(chunk_, place_.store->Read(place_.key, {offset_, std::min(kChunkBytes, size_bytes_ - offset_)}));
      if (chunk_.empty()) return Failure(ErrorCode::kDataLoss, fmt::format("{} became shorter while it was read", place_.path));
      offset_ += static_cast<int64_t>(chunk_.size());
      taken_ = 0;
    }
    const size_t count = std::min(buffer.size(), chunk_.size() - taken_);
    std::memcpy(buffer.data(), chunk_.data() + taken_, count);
    taken_ += count;
    return count;
  }

 private:
  Volumes::Place place_;
  int64_t size_bytes_;
  int64_t offset_ = 0;
  std::string chunk_;
  size_t taken_ = 0;
};

std::string PathOf(const http::Request& request) {
  const std::string* path = request.FindPathParameter("path");
  return path == nullptr ? "" : *path;
}

// RFC 9110 section 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT"
std::string HttpDate(int64_t time_ms) { return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(static_cast<std::time_t>(time_ms / 1000))); }

void NoteForAudit(http::Request& request) {
  request.audit_parameters = WriteJson(JsonValue(JsonValue::Object{{"path", PathOf(request)}}));
}

http::Response NoContent() {
  http::Response response;
  response.status = 204;
  return response;
}

wire::DbfsFileInfo ToDbfs(const FileStatus& status) {
  return {.path = status.path, .is_dir = status.is_directory, .file_size = status.size_bytes, .modification_time = status.modified_ms};
}

io::WriteMode ModeOf(const std::optional<bool>& overwrite) {
  return overwrite.value_or(false) ? io::WriteMode::kOverwrite : io::WriteMode::kCreateOnly;
}

}  // namespace

Result<http::Response> FilesApi::UploadFile(const http::Caller& caller, http::Request& request) {
  NoteForAudit(request);
  const std::string* overwrite = request.FindQuery("overwrite");
  const bool replaces = overwrite == nullptr || *overwrite != "false";
  TRY(auto writer, volumes_.OpenWriter(ToActor(caller), PathOf(request), replaces ? io::WriteMode::kOverwrite : io::WriteMode::kCreateOnly));
  if (request.body_stream == nullptr) {
    TRY(writer->Append(request.body));
  } else {
    std::vector<char> buffer(static_cast<size_t>(kChunkBytes));
    while (true) {
      TRY(size_t count, request.body_stream->Read(buffer));
      if (count == 0) break;
      TRY(writer->Append({buffer.data(), count}));
    }
  }
  TRY(writer->Finish());
  return NoContent();
}

Result<http::Response> FilesApi::DownloadFile(const http::Caller& caller, http::Request& request) {
  NoteForAudit(request);
  const Actor actor = ToActor(caller);
  const std::string path = PathOf(request);
  TRY(FileStatus status, volumes_.Head(actor, path));
  if (status.is_directory) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} is a directory", status.path));
  TRY(Volumes::Place place, volumes_.Resolve(actor, path, Volumes::Intent::kRead));
  http::Response response = http::StreamResponse(std::make_unique<FileSource>(std::move(place), status.size_bytes), "application/octet-stream");
  response.headers.Set("Last-Modified", HttpDate(status.modified_ms));
  return response;
}

Result<> FilesApi::DeleteFile(const http::Caller& caller, const wire::DirectoryRequest& request) {
  return volumes_.DeleteFile(ToActor(caller), request.path);
}

Result<> FilesApi::CreateDirectory(const http::Caller& caller, const wire::DirectoryRequest& request) {
  return volumes_.MakeDirectory(ToActor(caller), request.path);
}

Result<wire::ListDirectoryResponse> FilesApi::ListDirectory(const http::Caller& caller, const wire::ListDirectoryRequest& request) {
  TRY(std::vector<FileStatus> entries, volumes_.List(ToActor(caller), request.path));
  const int64_t count_max = request.page_size.value_or(0) <= 0 ? kListDefault : *request.page_size;
  const std::string after = request.page_token.value_or("");
  wire::ListDirectoryResponse response;
  for (const FileStatus& status : entries) {
    if (status.path <= after) continue;
    if (static_cast<int64_t>(response.contents.size()) == count_max) {
      response.next_page_token = response.contents.back().path;
      break;
    }
    wire::DirectoryEntry entry{.path = status.path, .name = status.path.substr(status.path.rfind('/') + 1), .is_directory = status.is_directory};
    if (!status.is_directory) entry.file_size = status.size_bytes;
    if (status.modified_ms > 0) entry.last_modified = status.modified_ms;
    response.contents.push_back(std::move(entry));
  }
  return response;
}

Result<> FilesApi::HeadDirectory(const http::Caller& caller, const wire::DirectoryRequest& request) {
  TRY(FileStatus status, volumes_.Head(ToActor(caller), request.path));
  if (!status.is_directory) return Failure(ErrorCode::kNotFound, fmt::format("{} is no directory", status.path));
  return {};
}

Result<> FilesApi::DeleteDirectory(const http::Caller& caller, const wire::DirectoryRequest& request) {
  return volumes_.RemoveDirectory(ToActor(caller), request.path, Volumes::Removal::kOnlyEmpty);
}

// ---------------------------------------------------------------------------------------------------------------- dbfs

Result<> DbfsApi::Put(const http::Caller& caller, const wire::DbfsPutRequest& request) {
  if (static_cast<int64_t>(request.contents.data.size()) > kBlockBytesMax) {
    return Failure(ErrorCode::kInvalidParameterValue, "MAX_BLOCK_SIZE_EXCEEDED: contents may hold 1 MiB", "use create, add-block and close");
  }
  TRY(auto writer, volumes_.OpenWriter(ToActor(caller), request.path, ModeOf(request.overwrite)));
  TRY(writer->Append(request.contents.data));
  return writer->Finish();
}

Result<wire::DbfsHandle> DbfsApi::Create(const http::Caller& caller, const wire::DbfsCreateRequest& request) {
  auto file = std::make_shared<OpenFile>();
  file->owner = caller.id;
  TRY(file->writer, volumes_.OpenWriter(ToActor(caller), request.path, ModeOf(request.overwrite)));
  const auto handle = static_cast<int64_t>(random_.NextUint64() >> 12);  // below 2^53
  std::lock_guard lock(mutex_);
  if (handle_order_.size() >= kHandlesMax) {
    handles_.erase(handle_order_.front());
    handle_order_.erase(handle_order_.begin());
  }
  handles_[handle] = std::move(file);
  handle_order_.push_back(handle);
  return wire::DbfsHandle{handle};
}

Result<std::shared_ptr<DbfsApi::OpenFile>> DbfsApi::FindHandle(const http::Caller& caller, int64_t handle) {
  std::lock_guard lock(mutex_);
  auto found = handles_.find(handle);
  if (found == handles_.end() || found->second->owner != caller.id) {
    return Failure(ErrorCode::kNotFound, fmt::format("No file handle {} exists.", handle));
  }
  return found->second;
}

Result<> DbfsApi::AddBlock(const http::Caller& caller, const wire::DbfsAddBlockRequest& request) {
  if (static_cast<int64_t>(request.data.data.size()) > kBlockBytesMax) {
    return Failure(ErrorCode::kInvalidParameterValue, "MAX_BLOCK_SIZE_EXCEEDED: a block may hold 1 MiB");
  }
  TRY(std::shared_ptr<OpenFile> file, FindHandle(caller, request.handle));
  std::lock_guard lock(file->mutex);
  return file->writer->Append(request.data.data);
}

Result<> DbfsApi::Close(const http::Caller& caller, const wire::DbfsHandle& request) {
  TRY(std::shared_ptr<OpenFile> file, FindHandle(caller, request.handle));
  {
    std::lock_guard lock(mutex_);
    handles_.erase(request.handle);
    std::erase(handle_order_, request.handle);
  }
  std::lock_guard lock(file->mutex);
  return file->writer->Finish();
}

Result<wire::DbfsReadResponse> DbfsApi::Read(const http::Caller& caller, const wire::DbfsReadRequest& request) {
  const int64_t offset = request.offset.value_or(0);
  const int64_t length = request.length.value_or(kBlockBytesMax / 2);
  if (offset < 0 || length < 0) return Failure(ErrorCode::kInvalidParameterValue, "offset and length must not be negative");
  if (length > kBlockBytesMax) return Failure(ErrorCode::kInvalidParameterValue, "MAX_READ_SIZE_EXCEEDED: a read gives 1 MiB at most");
  const Actor actor = ToActor(caller);
  TRY(FileStatus status, volumes_.Head(actor, request.path));
  if (status.is_directory) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} is a directory", status.path));
  wire::DbfsReadResponse response;
  if (offset < status.size_bytes) {
    TRY(response.data.data, volumes_.Read(actor, request.path, {offset, std::min(length, status.size_bytes - offset)}));
  }
  response.bytes_read = static_cast<int64_t>(response.data.data.size());
  return response;
}

Result<wire::DbfsListResponse> DbfsApi::List(const http::Caller& caller, const wire::DbfsPathRequest& request) {
  const Actor actor = ToActor(caller);
  TRY(FileStatus status, volumes_.Head(actor, request.path));
  wire::DbfsListResponse response;
  if (!status.is_directory) {
    response.files.push_back(ToDbfs(status));
    return response;
  }
  TRY(std::vector<FileStatus> entries, volumes_.List(actor, request.path));
  for (const FileStatus& entry : entries) response.files.push_back(ToDbfs(entry));
  return response;
}

Result<wire::DbfsFileInfo> DbfsApi::GetStatus(const http::Caller& caller, const wire::DbfsPathRequest& request) {
  TRY(FileStatus status, volumes_.Head(ToActor(caller), request.path));
  return ToDbfs(status);
}

Result<> DbfsApi::Mkdirs(const http::Caller& caller, const wire::DbfsPathRequest& request) {
  return volumes_.MakeDirectory(ToActor(caller), request.path);
}

Result<> DbfsApi::Delete(const http::Caller& caller, const wire::DbfsDeleteRequest& request) {
  const Actor actor = ToActor(caller);
  auto status = volumes_.Head(actor, request.path);
  if (!status && status.error().code == ErrorCode::kNotFound) return {};
  if (!status) return Failure(std::move(status).error());
  if (!status->is_directory) return volumes_.DeleteFile(actor, request.path);
  return volumes_.RemoveDirectory(actor, request.path, request.recursive.value_or(false) ? Volumes::Removal::kRecursive : Volumes::Removal::kOnlyEmpty);
}

Result<> DbfsApi::Move(const http::Caller& caller, const wire::DbfsMoveRequest& request) {
  return volumes_.Move(ToActor(caller), request.source_path, request.destination_path);
}

}  // namespace crannog::catalog
