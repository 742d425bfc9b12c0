#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "store/database.h"

struct sqlite3;
struct sqlite3_stmt;

namespace crannog::store {

/// One connection to a SQLite file with its prepared statements. Threads: one at a time.
class SqliteConnection final : public Transaction {
 public:
  enum class Mode : uint8_t { kReadOnly, kReadWrite };

  static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path, Mode mode, Durability durability);
  ~SqliteConnection() override;
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Result<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& parameters) override;
  Result<int64_t> Execute(std::string_view sql, const std::vector<Value>& parameters) override;

  /// Runs a script of statements without parameters and without answers.
  Result<> Run(const char* script);
  /// Forgets the failure of an earlier statement; called when a transaction or savepoint starts.
  void ClearFailure() { failure_.reset(); }
  /// The first failure since ClearFailure: PostgreSQL refuses to go on after one, so SQLite does too.
  const std::optional<Error>& Failure() const { return failure_; }
  sqlite3* Handle() { return handle_; }

 private:
  SqliteConnection() = default;
  Result<sqlite3_stmt*> Prepare(std::string_view sql);
  Error LastError(std::string_view what) const;
  Result<std::vector<Row>> Step(std::string_view sql, const std::vector<Value>& parameters);

  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
  std::optional<Error> failure_;
};

}  // namespace crannog::store
