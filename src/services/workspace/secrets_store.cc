#include "services/workspace/secrets_store.h"

#include "services/iam/names.h"

namespace crannog::workspace::secrets_store {
namespace {

constexpr store::Migration kMigrations[] = {
    {1, "secrets", R"sql(
CREATE TABLE secret_scope (name_key TEXT PRIMARY KEY, name TEXT NOT NULL, created_ms BIGINT NOT NULL);
CREATE TABLE secret (
  scope_key TEXT NOT NULL REFERENCES secret_scope (name_key) ON DELETE CASCADE, name_key TEXT NOT NULL, name TEXT NOT NULL,
  sealed BLOB NOT NULL, updated_ms BIGINT NOT NULL, PRIMARY KEY (scope_key, name_key));
CREATE TABLE secret_acl (
  scope_key TEXT NOT NULL REFERENCES secret_scope (name_key) ON DELETE CASCADE, principal_id BIGINT NOT NULL, permission BIGINT NOT NULL,
  PRIMARY KEY (scope_key, principal_id))
)sql"},
};

std::string Key(const std::string& name) { return iam::NameKey(name); }

}  // namespace

std::span<const store::Migration> Migrations() { return kMigrations; }

Result<bool> HasScope(store::Reader& reader, const std::string& scope) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT name FROM secret_scope WHERE name_key = ?", {Key(scope)}));
  return !rows.empty();
}

Result<int64_t> CountScopes(store::Reader& reader) {
  TRY(store::Row row, reader.QueryRow("SELECT COUNT(*) FROM secret_scope"));
  return row.Int(0);
}

Result<> InsertScope(store::Transaction& transaction, const std::string& scope, int64_t now_ms) {
  TRY(transaction.Execute("INSERT INTO secret_scope VALUES (?, ?, ?)", {Key(scope), scope, now_ms}));
  return {};
}

Result<> DeleteScope(store::Transaction& transaction, const std::string& scope) {
  TRY(transaction.Execute("DELETE FROM secret_scope WHERE name_key = ?", {Key(scope)}));
  return {};
}

Result<std::vector<std::string>> ListScopes(store::Reader& reader) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT name FROM secret_scope ORDER BY name_key"));
  std::vector<std::string> scopes;
  for (const store::Row& row : rows) scopes.push_back(row.Text(0));
  return scopes;
}

Result<int64_t> CountSecrets(store::Reader& reader, const std::string& scope) {
  TRY(store::Row row, reader.QueryRow("SELECT COUNT(*) FROM secret WHERE scope_key = ?", {Key(scope)}));
  return row.Int(0);
}

Result<> PutSecret(store::Transaction& transaction, const std::string& scope, const std::string& key, const std::string& sealed, int64_t now_ms) {
  TRY(transaction.Execute("INSERT INTO secret VALUES (?, ?, ?, ?, ?) ON CONFLICT (scope_key, name_key) "
                          "DO UPDATE SET sealed = excluded.sealed, updated_ms = excluded.updated_ms",
                          {Key(scope), Key(key), key, store::Blob{sealed}, now_ms}));
  return {};
}

Result<int64_t> DeleteSecret(store::Transaction& transaction, const std::string& scope, const std::string& key) {
  return transaction.Execute("DELETE FROM secret WHERE scope_key = ? AND name_key = ?", {Key(scope), Key(key)});
}

Result<std::vector<SecretInfo>> ListSecrets(store::Reader& reader, const std::string& scope) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT name, updated_ms FROM secret WHERE scope_key = ? ORDER BY name_key", {Key(scope)}));
  std::vector<SecretInfo> secrets;
  for (const store::Row& row : rows) secrets.push_back({row.Text(0), row.Int(1)});
  return secrets;
}

Result<std::optional<std::string>> FindSealed(store::Reader& reader, const std::string& scope, const std::string& key) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT sealed FROM secret WHERE scope_key = ? AND name_key = ?", {Key(scope), Key(key)}));
  if (rows.empty()) return std::nullopt;
  return rows.front().Bytes(0);
}

Result<std::vector<Sealed>> ListSealed(store::Reader& reader) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT scope_key, name_key, sealed FROM secret"));
  std::vector<Sealed> secrets;
  for (const store::Row& row : rows) secrets.push_back({row.Text(0), row.Text(1), row.Bytes(2)});
  return secrets;
}

Result<> Reseal(store::Transaction& transaction, const Sealed& secret) {
  TRY(transaction.Execute("UPDATE secret SET sealed = ? WHERE scope_key = ? AND name_key = ?",
                          {store::Blob{secret.sealed}, secret.scope, secret.key}));
  return {};
}

Result<std::vector<Acl>> ListAcls(store::Reader& reader, const std::string& scope) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT principal_id, permission FROM secret_acl WHERE scope_key = ? ORDER BY principal_id", {Key(scope)}));
  std::vector<Acl> acls;
  for (const store::Row& row : rows) acls.push_back({row.Int(0), static_cast<ScopePermission>(row.Int(1))});
  return acls;
}

Result<> PutAcl(store::Transaction& transaction, const std::string& scope, int64_t principal_id, ScopePermission permission) {
  TRY(transaction.Execute("INSERT INTO secret_acl VALUES (?, ?, ?) ON CONFLICT (scope_key, principal_id) "
                          "DO UPDATE SET permission = excluded.permission",
                          {Key(scope), principal_id, static_cast<int64_t>(permission)}));
  return {};
}

Result<int64_t> DeleteAcl(store::Transaction& transaction, const std::string& scope, int64_t principal_id) {
  return transaction.Execute("DELETE FROM secret_acl WHERE scope_key = ? AND principal_id = ?", {Key(scope), principal_id});
}

}  // namespace crannog::workspace::secrets_store
