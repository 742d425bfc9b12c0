#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "api/dbfs.h"
#include "api/files.h"
#include "base/random.h"
#include "services/catalog/volumes.h"

namespace crannog::catalog {

/// /api/2.0/fs: files and directories as streams. Threads: any.
class FilesApi final : public wire::Files {
 public:
  explicit FilesApi(Volumes& volumes) : volumes_(volumes) {}

  Result<http::Response> UploadFile(const http::Caller& caller, http::Request& request) override;
  Result<http::Response> DownloadFile(const http::Caller& caller, http::Request& request) override;
  Result<> DeleteFile(const http::Caller& caller, const wire::DirectoryRequest& request) override;
  Result<> CreateDirectory(const http::Caller& caller, const wire::DirectoryRequest& request) override;
  Result<wire::ListDirectoryResponse> ListDirectory(const http::Caller& caller, const wire::ListDirectoryRequest& request) override;
  Result<> HeadDirectory(const http::Caller& caller, const wire::DirectoryRequest& request) override;
  Result<> DeleteDirectory(const http::Caller& caller, const wire::DirectoryRequest& request) override;

 private:
  Volumes& volumes_;
};

/// /api/2.0/dbfs: files by path, in blocks. Threads: any.
class DbfsApi final : public wire::Dbfs {
 public:
  static constexpr int64_t kBlockBytesMax = 1 << 20;  ///< of one read or block. Source: Databricks' DBFS limits
  static constexpr size_t kHandlesMax = 1'000;        ///< files being written at once; the oldest gives way

  DbfsApi(Volumes& volumes, Random& random) : volumes_(volumes), random_(random) {}

  Result<> Put(const http::Caller& caller, const wire::DbfsPutRequest& request) override;
  Result<wire::DbfsHandle> Create(const http::Caller& caller, const wire::DbfsCreateRequest& request) override;
  Result<> AddBlock(const http::Caller& caller, const wire::DbfsAddBlockRequest& request) override;
  Result<> Close(const http::Caller& caller, const wire::DbfsHandle& request) override;
  Result<wire::DbfsReadResponse> Read(const http::Caller& caller, const wire::DbfsReadRequest& request) override;
  Result<wire::DbfsListResponse> List(const http::Caller& caller, const wire::DbfsPathRequest& request) override;
  Result<wire::DbfsFileInfo> GetStatus(const http::Caller& caller, const wire::DbfsPathRequest& request) override;
  Result<> Mkdirs(const http::Caller& caller, const wire::DbfsPathRequest& request) override;
  Result<> Delete(const http::Caller& caller, const wire::DbfsDeleteRequest& request) override;
  Result<> Move(const http::Caller& caller, const wire::DbfsMoveRequest& request) override;

 private:
  struct OpenFile {
    std::string owner;
    std::mutex mutex;  ///< one block at a time
    std::unique_ptr<io::ObjectWriter> writer;
  };
  Result<std::shared_ptr<OpenFile>> FindHandle(const http::Caller& caller, int64_t handle);

  Volumes& volumes_;
  Random& random_;
  std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<OpenFile>> handles_;  ///< shared with a block that is being written while it closes
  std::vector<int64_t> handle_order_;
};

}  // namespace crannog::catalog
