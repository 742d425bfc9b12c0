#include "store/database.h"

#include <fmt/format.h>

#include "store/dialect.h"
#include "store/postgres_database.h"
#include "store/sqlite_database.h"

namespace crannog::store {
namespace {

// FNV-1a: tells an edited migration from the one that was applied; no secret depends on it.
std::string Checksum(std::string_view text) {
  uint64_t hash = 14695981039346656037ull;
  for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ull;
  return fmt::format("{:016x}", hash);
}

constexpr std::string_view kMigrationsTable =
    "CREATE TABLE IF NOT EXISTS crannog_migrations (component TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, "
    "checksum TEXT NOT NULL, applied_ms BIGINT NOT NULL, PRIMARY KEY (component, number))";

Result<> CheckApplied(std::string_view component, const Row& applied, std::span<const Migration> migrations) {
  const int64_t number = applied.Int(0);
  if (number > static_cast<int64_t>(migrations.size())) {
    return Failure(ErrorCode::kInvalidState,
                   fmt::format("the metadata database was last used by a newer Crannog: {} migration {} is not known here",
                               component, number),
                   "start the newer version, or restore a backup made before the upgrade");
  }
  if (applied.Text(1) != Checksum(migrations[static_cast<size_t>(number - 1)].sql)) {
    return Failure(ErrorCode::kInvalidState,
                   fmt::format("{} migration {} differs from the one applied to this database", component, number),
                   "start the version that made this database");
  }
  return {};
}

Result<> Apply(Transaction& transaction, std::string_view component, const Migration& migration, bool postgres,
               int64_t now_ms) {
  const std::string script = postgres ? SchemaForPostgres(migration.sql) : std::string(migration.sql);
  for (const std::string& statement : SplitStatements(script)) {
    if (auto done = transaction.Execute(statement); !done) {
      return Failure(WithContext(std::move(done).error(),
                                 fmt::format("applying {} migration {} ({})", component, migration.number, migration.name)));
    }
  }
  TRY(transaction.Execute("INSERT INTO crannog_migrations VALUES (?, ?, ?, ?, ?)",
                          {component, int64_t{migration.number}, migration.name, Checksum(migration.sql), now_ms}));
  return {};
}

}  // namespace

Result<std::optional<Row>> Reader::QueryOne(std::string_view sql, const std::vector<Value>& parameters) {
  TRY(std::vector<Row> rows, Query(sql, parameters));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<Row> Reader::QueryRow(std::string_view sql, const std::vector<Value>& parameters) {
  TRY(std::vector<Row> rows, Query(sql, parameters));
  if (rows.empty()) return Failure(ErrorCode::kInternal, fmt::format("the metadata database gave no row for {}", sql));
  return std::move(rows.front());
}

Result<std::vector<Row>> Database::Query(std::string_view sql, const std::vector<Value>& parameters) {
  std::vector<Row> rows;
  TRY(Read([&](Reader& reader) -> Result<> {
    TRY(rows, reader.Query(sql, parameters));
    return {};
  }));
  return rows;
}

Result<std::optional<Row>> Database::QueryOne(std::string_view sql, const std::vector<Value>& parameters) {
  TRY(std::vector<Row> rows, Query(sql, parameters));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

Result<int64_t> Database::Execute(std::string_view sql, const std::vector<Value>& parameters) {
  int64_t changed = 0;
  TRY(Write([&](Transaction& transaction) -> Result<> {
    TRY(changed, transaction.Execute(sql, parameters));
    return {};
  }));
  return changed;
}

Result<> Database::Migrate(std::string_view component, std::span<const Migration> migrations, const Clock& clock) {
  const bool postgres = Dialect() == "postgresql";
  for (size_t i = 0; i < migrations.size(); ++i) CHECK(migrations[i].number == static_cast<int32_t>(i + 1));
  TRY(Write([&](Transaction& transaction) -> Result<> {
    if (postgres) TRY(transaction.Query("SELECT pg_advisory_xact_lock(4710)"));
    TRY(transaction.Execute(postgres ? SchemaForPostgres(kMigrationsTable) : std::string(kMigrationsTable)));
    return {};
  }));
  for (const Migration& migration : migrations) {
    TRY(Write([&](Transaction& transaction) -> Result<> {
      if (postgres) TRY(transaction.Execute("LOCK TABLE crannog_migrations IN EXCLUSIVE MODE"));
      TRY(std::vector<Row> applied,
          transaction.Query("SELECT number, checksum FROM crannog_migrations WHERE component = ? ORDER BY number",
                            {component}));
      for (const Row& row : applied) TRY(CheckApplied(component, row, migrations));
      if (applied.size() >= static_cast<size_t>(migration.number)) return {};
      return Apply(transaction, component, migration, postgres, clock.NowMillis());
    }));
  }
  return {};
}

Result<std::unique_ptr<Database>> OpenDatabase(std::string_view url, const DatabaseOptions& options) {
  if (url.starts_with("sqlite:")) return OpenSqlite(std::string(url.substr(7)), options);
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return OpenPostgres(std::string(url), options);
  if (url.starts_with("postgresql:")) return OpenPostgres(std::string(url.substr(11)), options);
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("no metadata database is known by the URL {}", url),
                 "use sqlite:/path/to/metadata.db or postgresql://user@host/database");
}

}  // namespace crannog::store
