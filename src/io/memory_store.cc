#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>

#include "io/object_key.h"
#include "io/object_store.h"

namespace crannog::io {
namespace {

Error NotThere(std::string_view key) { return MakeError(ErrorCode::kNotFound, fmt::format("no such object: {}", key)); }

class MemoryStore final : public ObjectStore {
 public:
  explicit MemoryStore(std::string url) : url_(std::move(url)) {}

  std::string_view RootUrl() const override { return url_; }

  Result<ObjectInfo> Head(std::string_view key) override {
    TRY(CheckKey(key));
    std::lock_guard lock(mutex_);
    auto found = objects_.find(key);
    if (found == objects_.end()) return Failure(NotThere(key));
    return InfoOf(found->first, found->second);
  }

  Result<std::string> Read(std::string_view key, ByteRange range) override {
    TRY(CheckKey(key));
    std::lock_guard lock(mutex_);
    auto found = objects_.find(key);
    if (found == objects_.end()) return Failure(NotThere(key));
    const std::string& bytes = found->second.bytes;
    if (range.offset < 0 || range.offset > static_cast<int64_t>(bytes.size())) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("range starts beyond the end of {}", key));
    }
    const auto offset = static_cast<size_t>(range.offset);
    const size_t rest = bytes.size() - offset;
    return bytes.substr(offset, range.length_bytes ? std::min(rest, static_cast<size_t>(*range.length_bytes)) : rest);
  }

  Result<> Write(std::string_view key, std::string_view bytes, WriteMode mode) override {
    TRY(CheckKey(key));
    std::lock_guard lock(mutex_);
    auto found = objects_.find(key);
    if (found != objects_.end() && mode == WriteMode::kCreateOnly) {
      return Failure(ErrorCode::kAlreadyExists, fmt::format("object exists: {}", key));
    }
    objects_.insert_or_assign(std::string(key), Object{std::string(bytes), SystemMillis(), ++sequence_});
    return {};
  }

  Result<std::unique_ptr<ObjectWriter>> OpenWriter(std::string_view key, WriteMode mode) override {
    TRY(CheckKey(key));
    return std::make_unique<Writer>(*this, std::string(key), mode);
  }

  Result<> Delete(std::string_view key) override {
    TRY(CheckKey(key));
    std::lock_guard lock(mutex_);
    if (auto found = objects_.find(key); found != objects_.end()) objects_.erase(found);
    return {};
  }

  Result<std::vector<ObjectInfo>> List(std::string_view prefix, std::string_view start_after) override {
    std::lock_guard lock(mutex_);
    std::vector<ObjectInfo> infos;
    for (auto it = objects_.lower_bound(std::max(prefix, start_after)); it != objects_.end() && it->first.starts_with(prefix); ++it) {
      if (it->first > start_after) infos.push_back(InfoOf(it->first, it->second));
    }
    return infos;
  }

  std::optional<std::string> LocalPath(std::string_view) const override { return std::nullopt; }

 private:
  struct Object {
    std::string bytes;
    int64_t modified_ms;
    int64_t sequence;
  };

  class Writer final : public ObjectWriter {
   public:
    Writer(MemoryStore& store, std::string key, WriteMode mode) : store_(store), key_(std::move(key)), mode_(mode) {}
    Result<> Append(std::string_view bytes) override {
      bytes_ += bytes;
      return {};
    }
    Result<> Finish() override { return store_.Write(key_, bytes_, mode_); }

   private:
    MemoryStore& store_;
    std::string key_;
    WriteMode mode_;
    std::string bytes_;
  };

  static int64_t SystemMillis() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
  }
  static ObjectInfo InfoOf(const std::string& key, const Object& object) {
    return {key, static_cast<int64_t>(object.bytes.size()), object.modified_ms, fmt::format("{}", object.sequence)};
  }

  const std::string url_;
  std::mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_;
  int64_t sequence_ = 0;
};

}  // namespace

std::shared_ptr<ObjectStore> MakeMemoryStore() {
  static std::atomic<int> next{0};
  return std::make_shared<MemoryStore>(fmt::format("memory:///{}", next++));
}

}  // namespace crannog::io
