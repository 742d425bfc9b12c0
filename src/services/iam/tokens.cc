#include "services/iam/tokens.h"

#include <fmt/format.h>

#include "services/iam/tokens_store.h"

namespace crannog::iam {
namespace {

constexpr std::string_view kHashKeySetting = "token-hash-key";
constexpr int64_t kLifetimeSecondsMax = int64_t{10} * 366 * 24 * 3600;

std::string_view Prefix(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPersonal: return "dapi";
    case TokenKind::kOAuth: return "crno";
    case TokenKind::kSecret: return "dose";
  }
  return "";
}

Error Unauthenticated() {
  return MakeError(ErrorCode::kUnauthenticated, "Invalid access token.", "create a token, or check that it was not revoked");
}

bool IsExpired(int64_t expires_ms, int64_t now_ms) { return expires_ms >= 0 && expires_ms <= now_ms; }

Error NoSuchToken(std::string_view id) {
  return MakeError(ErrorCode::kNotFound, fmt::format("Token with id {} does not exist.", id));
}

}  // namespace

Result<> Tokens::Prepare() {
  std::string key;
  TRY(database_.Write([this, &key](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<std::string> sealed, tokens_store::FindSetting(transaction, kHashKeySetting));
    if (sealed) {
      TRY(key, keys_.Open(*sealed, kHashKeySetting));
      if (keys_.IsCurrent(*sealed)) return {};
    } else {
      key = random_.NextHex(16);
    }
    return tokens_store::PutSetting(transaction, kHashKeySetting, keys_.Seal(key, kHashKeySetting));
  }));
  hasher_.emplace(key);
  return {};
}

Result<CreatedToken> Tokens::Create(const TokenRequest& request) {
  if (request.lifetime_seconds && (*request.lifetime_seconds <= 0 || *request.lifetime_seconds > kLifetimeSecondsMax)) {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("lifetime_seconds must be between 1 and {}; it is {}", kLifetimeSecondsMax, *request.lifetime_seconds));
  }
  CreatedToken created;
  created.value = std::string(Prefix(request.kind)) + random_.NextHex(16);
  created.info = TokenInfo{.id = random_.NextHex(32), .kind = request.kind, .principal = request.principal,
                           .creator = request.creator, .comment = request.comment, .created_ms = clock_.NowMillis()};
  if (request.lifetime_seconds) created.info.expires_ms = created.info.created_ms + *request.lifetime_seconds * 1000;
  const std::string hash = hasher_->Hash(created.value);
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    if (request.kind != TokenKind::kOAuth) {
      TRY(int64_t count, tokens_store::Count(transaction, request.kind, request.principal));
      if (count >= kPerPrincipalMax) {
        return Failure(ErrorCode::kResourceExhausted, fmt::format("the quota of {} tokens is used up", kPerPrincipalMax),
                       "delete tokens that are no longer used");
      }
    }
    return tokens_store::Insert(transaction, created.info, hash);
  }));
  return created;
}

Result<std::vector<TokenInfo>> Tokens::List(const TokenQuery& query) {
  std::vector<TokenInfo> tokens;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(tokens, tokens_store::List(reader, query, clock_.NowMillis()));
    return {};
  }));
  return tokens;
}

Result<TokenInfo> Tokens::Get(TokenKind kind, std::string_view id) {
  std::optional<TokenInfo> token;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(token, tokens_store::Find(reader, kind, id));
    return {};
  }));
  if (!token) return Failure(NoSuchToken(id));
  return std::move(*token);
}

Result<> Tokens::Revoke(TokenKind kind, std::string_view id) {
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(int64_t deleted, tokens_store::Delete(transaction, kind, id));
    if (deleted == 0) return Failure(NoSuchToken(id));
    return {};
  }));
  ForgetCached();
  return {};
}

// The hash is keyed, so comparing it tells an attacker nothing about the token: no prefix of it can be guessed.
std::optional<Tokens::Checked> Tokens::FindCached(std::string_view token) {
  const std::string hash = hasher_->Hash(token);
  const int64_t now = clock_.NowMillis();
  std::shared_lock lock(cache_mutex_);
  auto found = cache_.find(hash);
  if (found == cache_.end() || found->second.until_ms < now || IsExpired(found->second.expires_ms, now)) return std::nullopt;
  return found->second.checked;
}

Result<Tokens::Checked> Tokens::Check(std::string_view token) {
  if (auto cached = FindCached(token)) return std::move(*cached);
  const std::string hash = hasher_->Hash(token);
  uint64_t generation = 0;
  {
    std::shared_lock lock(cache_mutex_);
    generation = cache_generation_;
  }
  TRY(std::optional<TokenInfo> info, FindByHash(hash));
  const int64_t now = clock_.NowMillis();
  if (!info || info->kind == TokenKind::kSecret || IsExpired(info->expires_ms, now)) return Failure(Unauthenticated());
  TRY(Identity identity, principals_.IdentityOf(info->principal));
  Cached cached{.checked = {std::make_shared<const Identity>(std::move(identity)), info->id, info->kind},
                .expires_ms = info->expires_ms, .until_ms = now + kCacheMs};
  {
    std::lock_guard lock(used_mutex_);
    used_[info->id] = now;
  }
  std::unique_lock lock(cache_mutex_);
  // What was revoked while we read must not come back into the cache.
  if (generation == cache_generation_) {
    if (cache_.size() >= kCachedMax) cache_.clear();
    cache_[hash] = cached;
  }
  return std::move(cached.checked);
}

Result<PrincipalId> Tokens::CheckSecret(std::string_view application_id, std::string_view secret) {
  TRY(std::optional<Principal> principal, principals_.FindByName(application_id));
  TRY(std::optional<TokenInfo> info, FindByHash(hasher_->Hash(secret)));
  const bool good = principal && principal->active && principal->kind == PrincipalKind::kServicePrincipal && info &&
                    info->kind == TokenKind::kSecret && info->principal == principal->id &&
                    !IsExpired(info->expires_ms, clock_.NowMillis());
  if (!good) return Failure(Unauthenticated());
  return principal->id;
}

Result<std::optional<TokenInfo>> Tokens::FindByHash(const std::string& hash) {
  std::optional<TokenInfo> info;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(info, tokens_store::FindByHash(reader, hash));
    return {};
  }));
  return info;
}

void Tokens::ForgetCached() {
  std::unique_lock lock(cache_mutex_);
  ++cache_generation_;
  cache_.clear();
}

Result<> Tokens::Sweep() {
  std::unordered_map<std::string, int64_t> used;
  {
    std::lock_guard lock(used_mutex_);
    used.swap(used_);
  }
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    for (const auto& [id, time] : used) TRY(tokens_store::NoteUse(transaction, id, time));
    TRY(tokens_store::DeleteExpired(transaction, clock_.NowMillis()));
    return {};
  });
}

}  // namespace crannog::iam
