#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "store/database.h"

struct pg_conn;
struct pg_result;

namespace crannog::store {

/// One connection to PostgreSQL with its prepared statements. Threads: one at a time.
class PostgresConnection final : public Transaction {
 public:
  static Result<std::unique_ptr<PostgresConnection>> Open(const std::string& connection_string);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  Result<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& parameters) override;
  Result<int64_t> Execute(std::string_view sql, const std::vector<Value>& parameters) override;

  /// Runs a command without parameters and without an answer.
  Result<> Run(const char* command);
  /// Whether the last failure was a conflict with another transaction, so that running it again may succeed.
  bool ShouldRetry() const { return retry_; }
  /// Forgets the failure of an earlier transaction.
  void ClearFailure() {
    retry_ = false;
    failed_ = false;
  }
  bool Failed() const { return failed_; }
  bool IsAlive() const;

 private:
  PostgresConnection() = default;
  Result<std::string> Prepare(std::string_view sql);
  Error Describe(const pg_result* result, std::string_view what);

  struct Answer {
    std::vector<Row> rows;
    int64_t changed = 0;
  };
  Result<Answer> Step(std::string_view sql, const std::vector<Value>& parameters);

  pg_conn* handle_ = nullptr;
  std::unordered_map<std::string, std::string> statements_;  // our SQL -> name of the prepared statement
  bool retry_ = false;
  bool failed_ = false;
};

}  // namespace crannog::store
