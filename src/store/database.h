#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/value.h"

namespace crannog::store {

/// Reads within one snapshot of the database. Statements are written once, in the SQL that SQLite and PostgreSQL share, with `?`
/// for parameters in order; where the type of a parameter does not follow from its place write CAST(? AS TEXT).
/// Threads: one at a time; valid only inside the call that handed it over.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual Result<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& parameters = {}) = 0;
  /// The first row, or nothing.
  Result<std::optional<Row>> QueryOne(std::string_view sql, const std::vector<Value>& parameters = {});
  /// The first row of a statement that always has one (an aggregate, RETURNING). Error: kInternal when there is none.
  Result<Row> QueryRow(std::string_view sql, const std::vector<Value>& parameters = {});
};

/// Changes the database: all that happens in it becomes durable together or not at all.
class Transaction : public Reader {
 public:
  /// Runs one statement; gives the count of rows that it changed.
  /// Errors: kAlreadyExists (a unique key is taken), kConflict (a foreign key is broken). After an error the transaction only
  /// rolls back: the function that got it returns it.
  virtual Result<int64_t> Execute(std::string_view sql, const std::vector<Value>& parameters = {}) = 0;
};

/// One numbered change of the schema. `sql` holds statements parted by ';', in SQLite's words (TEXT, BIGINT, BLOB,
/// DOUBLE PRECISION, INTEGER PRIMARY KEY); the PostgreSQL form follows from them. An applied migration is never edited.
struct Migration {
  int32_t number = 0;  ///< 1, 2, 3 ... without holes
  std::string_view name;
  std::string_view sql;
};

/// Says whether a commit waits until the disk has it. kOnDisk everywhere but in tests.
enum class Durability : uint8_t { kOnDisk, kInMemory };

struct DatabaseOptions {
  Durability durability = Durability::kOnDisk;
  int32_t connections_max = 16;       ///< readers (SQLite), all connections (PostgreSQL)
  int32_t waiting_writes_max = 4096;  ///< more callers than this get kResourceExhausted
  int32_t retries_max = 20;           ///< of a transaction that PostgreSQL could not serialise
};

/// The metadata database of a server. Calls block the calling thread. Threads: any.
class Database {
 public:
  virtual ~Database() = default;

  /// Runs `work` in a serialisable transaction and returns once its changes are durable; an error of `work` rolls all back
  /// and is returned. `work` may run more than once, and on another thread: it starts from nothing each time and never calls
  /// the database itself. Small writes of many callers share one flush (SQLite: one writer, group commit).
  virtual Result<> Write(const std::function<Result<>(Transaction&)>& work) = 0;
  /// Runs `work` on one snapshot; it sees every Write that returned before.
  virtual Result<> Read(const std::function<Result<>(Reader&)>& work) = 0;
  /// Writes a consistent copy of the running database to a new file.
  /// Errors: NOT_IMPLEMENTED on PostgreSQL (its own pg_dump does it); kAlreadyExists where the file is there.
  virtual Result<> Backup(const std::string& path) = 0;
  /// "sqlite" or "postgresql".
  virtual std::string_view Dialect() const = 0;

  /// Reads one statement's rows.
  Result<std::vector<Row>> Query(std::string_view sql, const std::vector<Value>& parameters = {});
  Result<std::optional<Row>> QueryOne(std::string_view sql, const std::vector<Value>& parameters = {});
  /// Runs one changing statement as a transaction of its own; gives the count of rows changed.
  Result<int64_t> Execute(std::string_view sql, const std::vector<Value>& parameters = {});

  /// Brings the part of the schema that belongs to `component` ("iam") to the newest of `migrations`, each in its own
  /// transaction; two servers that start together apply each once.
  /// Errors: kInvalidState when the database has a newer number than we know, or an applied migration was edited.
  Result<> Migrate(std::string_view component, std::span<const Migration> migrations, const Clock& clock);
};

/// Opens "sqlite:/path/to/file.db" (created when absent) or "postgresql://user@host/database" (also libpq's "key=value" form
/// after "postgresql:"). Errors: kInvalidParameterValue for another scheme; kUnavailable when it cannot be reached.
Result<std::unique_ptr<Database>> OpenDatabase(std::string_view url, const DatabaseOptions& options = {});

/// Puts a backup in the place of a SQLite database that nobody has open; the old file is kept beside it as `<file>.before-restore`.
/// Errors: kDataLoss when the backup is damaged; kConflict when the database is in use.
Result<> RestoreBackup(const std::string& backup_path, std::string_view url);

}  // namespace crannog::store
