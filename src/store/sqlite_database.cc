#include "store/sqlite_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "store/sqlite_connection.h"

namespace crannog::store {
namespace {

// One flush serves at most this many transactions, so that the first of them does not wait for ever.
constexpr size_t kGroupMax = 256;

// A caller's transaction, waiting. Lives in the caller's frame.
struct PendingWrite {
  const std::function<Result<>(Transaction&)>* work = nullptr;
  Result<> outcome;
  bool done = false;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string path, const DatabaseOptions& options, std::unique_ptr<SqliteConnection> writer)
      : path_(std::move(path)), options_(options), writer_(std::move(writer)), writer_thread_([this] { WriteLoop(); }) {}

  ~SqliteDatabase() override {
    {
      std::lock_guard lock(write_mutex_);
      stopping_ = true;
    }
    write_arrived_.notify_all();
    writer_thread_.join();
  }

  Result<> Write(const std::function<Result<>(Transaction&)>& work) override {
    CHECK(std::this_thread::get_id() != writer_thread_.get_id());  // a transaction never calls the database
    PendingWrite pending;
    pending.work = &work;
    std::unique_lock lock(write_mutex_);
    if (waiting_.size() >= static_cast<size_t>(options_.waiting_writes_max)) {
      return Failure(ErrorCode::kResourceExhausted, "too many metadata changes are waiting", "try again in a moment");
    }
    waiting_.push_back(&pending);
    if (waiting_.size() == 1) write_arrived_.notify_one();
    write_done_.wait(lock, [&pending] { return pending.done; });
    return std::move(pending.outcome);
  }

  Result<> Read(const std::function<Result<>(Reader&)>& work) override {
    TRY(std::unique_ptr<SqliteConnection> connection, TakeReader());
    connection->ClearFailure();
    Result<> outcome = connection->Run("BEGIN");
    if (outcome) {
      outcome = work(*connection);
      if (auto ended = connection->Run("COMMIT"); !ended && outcome) outcome = std::move(ended);
    }
    GiveReader(std::move(connection));
    return outcome;
  }

  Result<> Backup(const std::string& path) override {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
      return Failure(ErrorCode::kAlreadyExists, fmt::format("there is a file {} already", path), "name a new file");
    }
    TRY(std::unique_ptr<SqliteConnection> source, TakeReader());
    Result<> outcome = CopyTo(*source, path);
    GiveReader(std::move(source));
    if (!outcome) std::filesystem::remove(path, ignored);
    return outcome;
  }

  std::string_view Dialect() const override { return "sqlite"; }

 private:
  static Result<> CopyTo(SqliteConnection& source, const std::string& path) {
    sqlite3* target = nullptr;
    if (sqlite3_open(path.c_str(), &target) != SQLITE_OK) {
      Error error = MakeError(ErrorCode::kUnavailable, fmt::format("cannot write {}: {}", path, sqlite3_errmsg(target)));
      sqlite3_close(target);
      return Failure(std::move(error));
    }
    // One step copies one snapshot; in write-ahead mode writers go on meanwhile.
    sqlite3_backup* backup = sqlite3_backup_init(target, "main", source.Handle(), "main");
    int code = backup == nullptr ? SQLITE_ERROR : sqlite3_backup_step(backup, -1);
    if (backup != nullptr) sqlite3_backup_finish(backup);
    std::string why = sqlite3_errmsg(target);
    sqlite3_close(target);
    if (code != SQLITE_DONE) return Failure(ErrorCode::kUnavailable, fmt::format("the backup to {} failed: {}", path, why));
    const int file = open(path.c_str(), O_RDONLY);
    const bool flushed = file >= 0 && fsync(file) == 0;
    if (file >= 0) close(file);
    if (!flushed) return Failure(ErrorCode::kUnavailable, fmt::format("the backup {} could not be flushed to disk", path));
    return {};
  }

  Result<std::unique_ptr<SqliteConnection>> TakeReader() {
    std::unique_lock lock(reader_mutex_);
    reader_free_.wait(lock, [this] { return !free_readers_.empty() || open_readers_ < options_.connections_max; });
    if (!free_readers_.empty()) {
      std::unique_ptr<SqliteConnection> reader = std::move(free_readers_.back());
      free_readers_.pop_back();
      return reader;
    }
    ++open_readers_;
    lock.unlock();
    auto reader = SqliteConnection::Open(path_, SqliteConnection::Mode::kReadOnly, options_.durability);
    if (!reader) {
      lock.lock();
      --open_readers_;
      reader_free_.notify_one();
    }
    return reader;
  }

  void GiveReader(std::unique_ptr<SqliteConnection> reader) {
    std::lock_guard lock(reader_mutex_);
    free_readers_.push_back(std::move(reader));
    reader_free_.notify_one();
  }

  void WriteLoop() {
    std::vector<PendingWrite*> group;
    std::unique_lock lock(write_mutex_);
    while (true) {
      write_arrived_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;  // stopping, and everything accepted is done
      const size_t count = std::min(waiting_.size(), kGroupMax);
      group.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
      lock.unlock();
      CommitGroup(group);
      lock.lock();
      for (PendingWrite* write : group) write->done = true;
      write_done_.notify_all();
    }
  }

  // Every caller's work is a savepoint in one transaction: one flush makes all of them durable, a failed one undoes itself only.
  void CommitGroup(const std::vector<PendingWrite*>& group) {
    auto fail_all = [this, &group](const Error& error) {
      (void)writer_->Run("ROLLBACK");
      for (PendingWrite* write : group) write->outcome = Failure(error);
    };
    if (auto begun = writer_->Run("BEGIN IMMEDIATE"); !begun) return fail_all(begun.error());
    for (PendingWrite* write : group) {
      if (auto broken = RunOne(*write); !broken) return fail_all(broken.error());
    }
    if (auto committed = writer_->Run("COMMIT"); !committed) fail_all(committed.error());
  }

  // Fails only when the whole group is lost (the disk is full, say): SQLite may then have rolled back by itself.
  Result<> RunOne(PendingWrite& write) {
    TRY(writer_->Run("SAVEPOINT one"));
    writer_->ClearFailure();
    write.outcome = (*write.work)(*writer_);
    if (write.outcome && writer_->Failure()) write.outcome = Failure(*writer_->Failure());
    if (sqlite3_get_autocommit(writer_->Handle()) != 0) {
      return Failure(write.outcome ? MakeError(ErrorCode::kInternal, "the transaction ended early") : write.outcome.error());
    }
    if (!write.outcome) TRY(writer_->Run("ROLLBACK TO one"));
    return writer_->Run("RELEASE one");
  }

  const std::string path_;
  const DatabaseOptions options_;

  std::mutex reader_mutex_;
  std::condition_variable reader_free_;
  std::vector<std::unique_ptr<SqliteConnection>> free_readers_;
  int32_t open_readers_ = 0;

  std::mutex write_mutex_;
  std::condition_variable write_arrived_;
  std::condition_variable write_done_;
  std::deque<PendingWrite*> waiting_;
  bool stopping_ = false;
  std::unique_ptr<SqliteConnection> writer_;
  std::thread writer_thread_;  // last: it uses everything above
};

}  // namespace

Result<std::unique_ptr<Database>> OpenSqlite(std::string path, const DatabaseOptions& options) {
  if (path.starts_with("//")) path.erase(0, 2);
  TRY(auto writer, SqliteConnection::Open(path, SqliteConnection::Mode::kReadWrite, options.durability));
  return std::make_unique<SqliteDatabase>(std::move(path), options, std::move(writer));
}

Result<> RestoreBackup(const std::string& backup_path, std::string_view url) {
  if (!url.starts_with("sqlite:")) return Failure(NotImplemented("restore into PostgreSQL (use pg_restore)"));
  const std::string path(url.substr(7));
  TRY(auto backup, SqliteConnection::Open(backup_path, SqliteConnection::Mode::kReadOnly, Durability::kOnDisk));
  TRY(auto checked, backup->QueryOne("PRAGMA integrity_check"));
  if (!checked || checked->Text(0) != "ok") {
    return Failure(ErrorCode::kDataLoss, fmt::format("the backup {} is damaged", backup_path), "restore an older backup");
  }
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    TRY(auto target, SqliteConnection::Open(path, SqliteConnection::Mode::kReadWrite, Durability::kOnDisk));
    sqlite3_busy_timeout(target->Handle(), 0);
    // Leaving write-ahead mode needs to be alone: the test whether a server still has it open.
    if (!target->Run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT;")) {
      return Failure(ErrorCode::kConflict, fmt::format("{} is in use", path), "stop the server first");
    }
    TRY(auto mode, target->QueryOne("PRAGMA journal_mode"));
    if (mode && mode->Text(0) == "wal") {
      return Failure(ErrorCode::kConflict, fmt::format("{} is in use", path), "stop the server first");
    }
    target.reset();
    std::filesystem::rename(path, path + ".before-restore", error);
    if (error) return Failure(ErrorCode::kUnavailable, fmt::format("cannot move {}: {}", path, error.message()));
  }
  TRY(std::unique_ptr<Database> source, OpenSqlite(backup_path, {}));
  return source->Backup(path);
}

}  // namespace crannog::store
