#include "store/postgres_database.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/postgres_connection.h"

namespace crannog::store {
namespace {

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(std::string connection_string, const DatabaseOptions& options,
                   std::unique_ptr<PostgresConnection> first)
      : connection_string_(std::move(connection_string)), options_(options), open_count_(1) {
    free_.push_back(std::move(first));
  }

  Result<> Write(const std::function<Result<>(Transaction&)>& work) override {
    return Run("BEGIN ISOLATION LEVEL SERIALIZABLE", [&work](PostgresConnection& connection) { return work(connection); });
  }

  Result<> Read(const std::function<Result<>(Reader&)>& work) override {
    return Run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
               [&work](PostgresConnection& connection) { return work(connection); });
  }

  Result<> Backup(const std::string&) override {
    return Failure(NotImplemented("backup of a PostgreSQL metadata database (use pg_dump)"));
  }

  std::string_view Dialect() const override { return "postgresql"; }

 private:
  template <typename Work>
  Result<> Run(const char* begin, const Work& work) {
    Result<> outcome;
    for (int32_t attempt = 0; attempt <= options_.retries_max; ++attempt) {
      TRY(std::unique_ptr<PostgresConnection> connection, Take());
      connection->ClearFailure();
      Result<> begun = connection->Run(begin);
      if (!begun && !connection->IsAlive()) {  // the server was restarted: nothing has happened yet
        Drop();
        outcome = std::move(begun);
        continue;
      }
      if (!begun) {
        Give(std::move(connection));
        return begun;
      }
      outcome = work(*connection);
      // An error that `work` swallowed still ended the transaction.
      if (outcome && connection->Failed()) outcome = Failure(ErrorCode::kInternal, "a statement of the transaction failed");
      if (outcome) {
        outcome = connection->Run("COMMIT");
        if (!outcome && !connection->IsAlive()) {
          Drop();
          return Failure(ErrorCode::kUnavailable, "the metadata database was lost while committing: the change may or may not be made");
        }
      }
      const bool retry = !outcome && connection->ShouldRetry();
      if (!outcome) (void)connection->Run("ROLLBACK");
      if (connection->IsAlive()) Give(std::move(connection));
      else Drop();
      if (!retry) return outcome;
      // Two that conflict step apart; the wait grows with the attempt.
      std::this_thread::sleep_for(std::chrono::microseconds(500 * (attempt + 1)));
    }
    return outcome;
  }

  Result<std::unique_ptr<PostgresConnection>> Take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !free_.empty() || open_count_ < options_.connections_max; });
    if (!free_.empty()) {
      std::unique_ptr<PostgresConnection> connection = std::move(free_.back());
      free_.pop_back();
      return connection;
    }
    ++open_count_;
    lock.unlock();
    auto connection = PostgresConnection::Open(connection_string_);
    if (!connection) Drop();
    return connection;
  }

  void Give(std::unique_ptr<PostgresConnection> connection) {
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(connection));
    freed_.notify_one();
  }

  void Drop() {
    std::lock_guard lock(mutex_);
    --open_count_;
    freed_.notify_one();
  }

  const std::string connection_string_;
  const DatabaseOptions options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<PostgresConnection>> free_;
  int32_t open_count_ = 0;
};

}  // namespace

Result<std::unique_ptr<Database>> OpenPostgres(std::string connection_string, const DatabaseOptions& options) {
  TRY(std::unique_ptr<PostgresConnection> first, PostgresConnection::Open(connection_string));
  return std::make_unique<PostgresDatabase>(std::move(connection_string), options, std::move(first));
}

}  // namespace crannog::store
