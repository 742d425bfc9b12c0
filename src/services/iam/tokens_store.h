#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/iam/tokens.h"
#include "store/database.h"

/// Every statement about tokens and this service's sealed settings.
namespace crannog::iam::tokens_store {

Result<> Insert(store::Transaction& transaction, const TokenInfo& token, const std::string& hash);
Result<std::optional<TokenInfo>> FindByHash(store::Reader& reader, const std::string& hash);
Result<std::optional<TokenInfo>> Find(store::Reader& reader, TokenKind kind, std::string_view id);
Result<std::vector<TokenInfo>> List(store::Reader& reader, const TokenQuery& query, int64_t now_ms);
Result<int64_t> Count(store::Reader& reader, TokenKind kind, PrincipalId principal);
Result<int64_t> Delete(store::Transaction& transaction, TokenKind kind, std::string_view id);
Result<int64_t> DeleteExpired(store::Transaction& transaction, int64_t before_ms);
Result<> NoteUse(store::Transaction& transaction, std::string_view id, int64_t used_ms);

Result<std::optional<std::string>> FindSetting(store::Reader& reader, std::string_view name);
Result<> PutSetting(store::Transaction& transaction, std::string_view name, const std::string& sealed);

}  // namespace crannog::iam::tokens_store
