#include "services/iam/tokens_store.h"

namespace crannog::iam::tokens_store {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, kind, principal_id, creator_id, comment, created_ms, expires_ms, used_ms FROM token ";

std::string_view KindText(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPersonal: return "personal";
    case TokenKind::kOAuth: return "oauth";
    case TokenKind::kSecret: return "secret";
  }
  return "";
}

TokenKind KindFromText(std::string_view text) {
  if (text == "oauth") return TokenKind::kOAuth;
  return text == "secret" ? TokenKind::kSecret : TokenKind::kPersonal;
}

TokenInfo FromRow(const store::Row& row) {
  return {.id = row.Text(0), .kind = KindFromText(row.Text(1)), .principal = {row.Int(2)}, .creator = {row.Int(3)},
          .comment = row.Text(4), .created_ms = row.Int(5), .expires_ms = row.Int(6), .used_ms = row.Int(7)};
}

Result<std::optional<TokenInfo>> FindOne(store::Reader& reader, std::string_view where, const std::vector<store::Value>& keys) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + std::string(where), keys));
  if (!row) return std::nullopt;
  return FromRow(*row);
}

}  // namespace

Result<> Insert(store::Transaction& transaction, const TokenInfo& token, const std::string& hash) {
  TRY(transaction.Execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          {token.id, KindText(token.kind), token.principal.value, token.creator.value, store::Blob{hash},
                           token.comment, token.created_ms, token.expires_ms, token.used_ms}));
  return {};
}

Result<std::optional<TokenInfo>> FindByHash(store::Reader& reader, const std::string& hash) {
  return FindOne(reader, "WHERE hash = ?", {store::Blob{hash}});
}

Result<std::optional<TokenInfo>> Find(store::Reader& reader, TokenKind kind, std::string_view id) {
  return FindOne(reader, "WHERE id = ? AND kind = ?", {id, KindText(kind)});
}

Result<std::vector<TokenInfo>> List(store::Reader& reader, const TokenQuery& query, int64_t now_ms) {
  std::string where = "WHERE kind = ? AND (expires_ms < 0 OR expires_ms > ?)";
  std::vector<store::Value> parameters = {KindText(query.kind), now_ms};
  if (query.principal) {
    where += " AND principal_id = ?";
    parameters.emplace_back(query.principal->value);
  }
  if (query.creator) {
    where += " AND creator_id = ?";
    parameters.emplace_back(query.creator->value);
  }
  TRY(std::vector<store::Row> rows, reader.Query(std::string(kColumns) + where + " ORDER BY created_ms, id", parameters));
  std::vector<TokenInfo> tokens;
  for (const store::Row& row : rows) tokens.push_back(FromRow(row));
  return tokens;
}

Result<int64_t> Count(store::Reader& reader, TokenKind kind, PrincipalId principal) {
  TRY(store::Row row,
      reader.QueryRow("SELECT COUNT(*) FROM token WHERE kind = ? AND principal_id = ?", {KindText(kind), principal.value}));
  return row.Int(0);
}

Result<int64_t> Delete(store::Transaction& transaction, TokenKind kind, std::string_view id) {
  return transaction.Execute("DELETE FROM token WHERE id = ? AND kind = ?", {id, KindText(kind)});
}

Result<int64_t> DeleteExpired(store::Transaction& transaction, int64_t before_ms) {
  return transaction.Execute("DELETE FROM token WHERE expires_ms >= 0 AND expires_ms < ?", {before_ms});
}

Result<> NoteUse(store::Transaction& transaction, std::string_view id, int64_t used_ms) {
  TRY(transaction.Execute("UPDATE token SET used_ms = ? WHERE id = ? AND used_ms < ?", {used_ms, id, used_ms}));
  return {};
}

Result<std::optional<std::string>> FindSetting(store::Reader& reader, std::string_view name) {
  TRY(std::optional<store::Row> row, reader.QueryOne("SELECT sealed FROM iam_setting WHERE name = ?", {name}));
  if (!row) return std::nullopt;
  return row->Bytes(0);
}

Result<> PutSetting(store::Transaction& transaction, std::string_view name, const std::string& sealed) {
  TRY(transaction.Execute("INSERT INTO iam_setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
                          {name, store::Blob{sealed}}));
  return {};
}

}  // namespace crannog::iam::tokens_store
