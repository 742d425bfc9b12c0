#include "store/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace crannog::store {
namespace {

// Statements are literals of the services, so their number is small; the limit guards against generated IN lists.
constexpr size_t kStatementsMax = 512;

ErrorCode CodeOf(int extended) {
  switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
      if (extended == SQLITE_CONSTRAINT_FOREIGNKEY) return ErrorCode::kConflict;
      if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY) return ErrorCode::kAlreadyExists;
      return ErrorCode::kInternal;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: return ErrorCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kDataLoss;
    default: return ErrorCode::kInternal;
  }
}

struct Binder {
  sqlite3_stmt* statement;
  int index;
  int operator()(std::monostate) const { return sqlite3_bind_null(statement, index); }
  int operator()(int64_t value) const { return sqlite3_bind_int64(statement, index, value); }
  int operator()(double value) const { return sqlite3_bind_double(statement, index, value); }
  // The parameters outlive the step: no copy.
  int operator()(const std::string& value) const {
    return sqlite3_bind_text64(statement, index, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  int operator()(const Blob& value) const {
    // A null pointer would bind NULL, not an empty blob.
    const char* data = value.bytes.empty() ? "" : value.bytes.data();
    return sqlite3_bind_blob64(statement, index, data, value.bytes.size(), SQLITE_STATIC);
  }
};

Value ReadCell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return int64_t{sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
      return Blob{size == 0 ? std::string() : std::string(bytes, size)};
    }
    default: return {};
  }
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path, Mode mode,
                                                                 Durability durability) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection());
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (mode == Mode::kReadWrite ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(path.c_str(), &connection->handle_, flags, nullptr) != SQLITE_OK) {
    return crannog::Failure(connection->LastError(fmt::format("opening {}", path)));
  }
  sqlite3_extended_result_codes(connection->handle_, 1);
  sqlite3_busy_timeout(connection->handle_, 10'000);
  TRY(connection->Run("PRAGMA foreign_keys = ON; PRAGMA case_sensitive_like = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;"));
  if (mode == Mode::kReadOnly) {
    TRY(connection->Run("PRAGMA query_only = ON;"));
  } else {
    TRY(connection->Run("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000;"));
    // FULL: the log is flushed at every commit, so what was acknowledged survives a power cut.
    TRY(connection->Run(durability == Durability::kOnDisk ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = OFF;"));
  }
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error SqliteConnection::LastError(std::string_view what) const {
  const int code = sqlite3_extended_errcode(handle_);
  return MakeError(CodeOf(code), fmt::format("the metadata database failed while {}: {} (SQLite {})", what,
                                             sqlite3_errmsg(handle_), code));
}

Result<> SqliteConnection::Run(const char* script) {
  if (sqlite3_exec(handle_, script, nullptr, nullptr, nullptr) != SQLITE_OK) return crannog::Failure(LastError(script));
  return {};
}

Result<sqlite3_stmt*> SqliteConnection::Prepare(std::string_view sql) {
  std::string key(sql);
  if (auto found = statements_.find(key); found != statements_.end()) return found->second;
  if (statements_.size() >= kStatementsMax) {
    for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
    statements_.clear();
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK) {
    return crannog::Failure(LastError(sql));
  }
  statements_.emplace(std::move(key), statement);
  return statement;
}

Result<std::vector<Row>> SqliteConnection::Step(std::string_view sql, const std::vector<Value>& parameters) {
  if (failure_) return crannog::Failure(*failure_);
  auto prepared = Prepare(sql);
  if (!prepared) {
    failure_ = prepared.error();
    return crannog::Failure(*failure_);
  }
  sqlite3_stmt* statement = *prepared;
  CHECK(sqlite3_bind_parameter_count(statement) == static_cast<int>(parameters.size()));
  for (size_t i = 0; i < parameters.size(); ++i) {
    const int bound = std::visit(Binder{statement, static_cast<int>(i) + 1}, parameters[i].Variant());
    CHECK(bound == SQLITE_OK);
  }
  std::vector<Row> rows;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    const int columns = sqlite3_column_count(statement);
    std::vector<Value> values;
    values.reserve(static_cast<size_t>(columns));
    for (int column = 0; column < columns; ++column) values.push_back(ReadCell(statement, column));
    rows.emplace_back(std::move(values));
  }
  if (code != SQLITE_DONE) failure_ = LastError(sql);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (code != SQLITE_DONE) return crannog::Failure(*failure_);
  return rows;
}

Result<std::vector<Row>> SqliteConnection::Query(std::string_view sql, const std::vector<Value>& parameters) {
  return Step(sql, parameters);
}

Result<int64_t> SqliteConnection::Execute(std::string_view sql, const std::vector<Value>& parameters) {
  TRY(Step(sql, parameters));
  return int64_t{sqlite3_changes(handle_)};
}

}  // namespace crannog::store
