#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "services/iam/key_ring.h"
#include "services/iam/principals.h"
#include "store/database.h"

namespace crannog::iam {

/// What a stored token is for.
enum class TokenKind : uint8_t {
  kPersonal,  ///< dapi...: a personal access token
  kOAuth,     ///< an access token that client credentials were changed into
  kSecret,    ///< dose...: a service principal's OAuth secret; signs in nowhere but at the token endpoint
};

/// What is known of a token; the token itself is kept nowhere.
struct TokenInfo {
  std::string id;
  TokenKind kind = TokenKind::kPersonal;
  PrincipalId principal;
  PrincipalId creator;
  std::string comment;
  int64_t created_ms = 0;
  int64_t expires_ms = -1;  ///< -1: never
  int64_t used_ms = 0;      ///< 0: never yet; exact to a minute
};

struct CreatedToken {
  std::string value;  ///< shown this once
  TokenInfo info;
};

struct TokenRequest {
  TokenKind kind = TokenKind::kPersonal;
  PrincipalId principal;
  PrincipalId creator;
  std::string comment;
  std::optional<int64_t> lifetime_seconds;  ///< nothing: never expires
};

/// Which tokens a list gives.
struct TokenQuery {
  TokenKind kind = TokenKind::kPersonal;
  std::optional<PrincipalId> principal;
  std::optional<PrincipalId> creator;
};

/// Tokens: made, shown once, kept as keyed hashes, checked from memory. Threads: any.
class Tokens {
 public:
  /// How long another server's revocation may go unnoticed here.
  static constexpr int64_t kCacheMs = 5'000;
  static constexpr size_t kCachedMax = 100'000;
  /// Databricks' own limit of tokens per principal. Source: docs, "quota of 600 tokens".
  static constexpr int64_t kPerPrincipalMax = 600;

  Tokens(store::Database& database, Principals& principals, KeyRing& keys, const Clock& clock, Random& random)
      : database_(database), principals_(principals), keys_(keys), clock_(clock), random_(random) {}

  /// Loads or makes the key of the hashes. After Principals::Prepare.
  Result<> Prepare();

  /// Errors: kInvalidParameterValue for a lifetime that is not positive; kResourceExhausted at the quota.
  Result<CreatedToken> Create(const TokenRequest& request);
  /// Newest last; expired ones are left out.
  Result<std::vector<TokenInfo>> List(const TokenQuery& query);
  Result<TokenInfo> Get(TokenKind kind, std::string_view id);
  /// Ends a token; the next request with it fails. Errors: kNotFound.
  Result<> Revoke(TokenKind kind, std::string_view id);

  /// A token that checked out, and who it stands for.
  struct Checked {
    std::shared_ptr<const Identity> identity;  ///< shared by all requests of one token while it is cached
    std::string token_id;
    TokenKind kind = TokenKind::kPersonal;
  };
  /// Answers from memory only; nothing when the database must be asked. Takes well under 5 us.
  std::optional<Checked> FindCached(std::string_view token);
  /// Checks a personal or OAuth token. Errors: kUnauthenticated, the same for absent, expired and revoked.
  Result<Checked> Check(std::string_view token);
  /// Checks a service principal's secret. Errors: kUnauthenticated.
  Result<PrincipalId> CheckSecret(std::string_view application_id, std::string_view secret);

  /// Forgets what is cached: called after any change of principals or groups.
  void ForgetCached();
  /// Writes the times of last use and removes what expired; background work, once a minute.
  Result<> Sweep();

 private:
  struct Cached {
    Checked checked;
    int64_t expires_ms = -1;
    int64_t until_ms = 0;
  };
  Result<std::optional<TokenInfo>> FindByHash(const std::string& hash);

  store::Database& database_;
  Principals& principals_;
  KeyRing& keys_;
  const Clock& clock_;
  Random& random_;
  std::optional<TokenHasher> hasher_;
  std::shared_mutex cache_mutex_;
  std::unordered_map<std::string, Cached> cache_;  ///< by hash
  uint64_t cache_generation_ = 0;
  std::mutex used_mutex_;
  std::unordered_map<std::string, int64_t> used_;  ///< token id -> time of last check
};

}  // namespace crannog::iam
