#include "services/iam/tokens_api.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>

#include "services/iam/scim_api.h"

namespace crannog::iam {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kSecretLifetimeSeconds = 63'072'000;  // 730 days, as Databricks

wire::PublicTokenInfo ToWire(const TokenInfo& token) {
  return {.token_id = token.id, .creation_time = token.created_ms, .expiry_time = token.expires_ms, .comment = token.comment};
}

std::string Rfc3339(int64_t time_ms) {
  const std::time_t seconds = time_ms / 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(seconds));
}

wire::OAuthSecret SecretToWire(const TokenInfo& token) {
  wire::OAuthSecret secret{.id = token.id, .status = "ACTIVE", .create_time = Rfc3339(token.created_ms),
                           .update_time = Rfc3339(token.created_ms)};
  if (token.expires_ms >= 0) secret.expire_time = Rfc3339(token.expires_ms);
  return secret;
}

// "63072000s"
Result<int64_t> ParseLifetime(std::string_view text) {
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || std::string_view(end, text.data() + text.size()) != "s") {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("lifetime must look like 86400s; it is {}", text));
  }
  return seconds;
}

}  // namespace

Result<wire::CreateTokenResponse> TokensApi::CreateToken(const http::Caller& caller, const wire::CreateTokenRequest& request) {
  TRY(PrincipalId self, ParsePrincipalId(caller.id));
  TRY(CreatedToken created, tokens_.Create({.principal = self, .creator = self, .comment = request.comment.value_or(""),
                                            .lifetime_seconds = request.lifetime_seconds}));
  return wire::CreateTokenResponse{.token_value = created.value, .token_info = ToWire(created.info)};
}

Result<wire::ListTokensResponse> TokensApi::ListTokens(const http::Caller& caller) {
  TRY(PrincipalId self, ParsePrincipalId(caller.id));
  TRY(std::vector<TokenInfo> tokens, tokens_.List({.principal = self}));
  wire::ListTokensResponse response;
  for (const TokenInfo& token : tokens) response.token_infos.push_back(ToWire(token));
  return response;
}

Result<> TokensApi::RevokeToken(const http::Caller& caller, const wire::RevokeTokenRequest& request) {
  TRY(TokenInfo token, tokens_.Get(TokenKind::kPersonal, request.token_id));
  // Another's token is as absent as one that never was.
  if (token.principal.ToString() != caller.id) {
    return Failure(ErrorCode::kNotFound, fmt::format("Token with id {} does not exist.", request.token_id));
  }
  return tokens_.Revoke(TokenKind::kPersonal, request.token_id);
}

Result<wire::ManagedTokenInfo> TokensApi::Describe(const TokenInfo& token) {
  TRY(std::optional<Principal> creator, principals_.Find(token.creator));
  wire::ManagedTokenInfo info{.token_id = token.id, .creation_time = token.created_ms, .expiry_time = token.expires_ms,
                              .comment = token.comment, .created_by_id = token.creator.value,
                              .created_by_username = creator ? creator->name : "", .owner_id = token.principal.value,
                              .workspace_id = workspace_id_};
  if (token.used_ms > 0) info.last_used_day = token.used_ms / kDayMs * kDayMs;
  return info;
}

Result<wire::CreateOnBehalfResponse> TokensApi::CreateOnBehalf(const http::Caller& caller, const wire::CreateOnBehalfRequest& request) {
  TRY(PrincipalId self, ParsePrincipalId(caller.id));
  TRY(std::optional<Principal> principal, principals_.FindByName(request.application_id));
  if (!principal || principal->kind != PrincipalKind::kServicePrincipal) {
    return Failure(ErrorCode::kNotFound, fmt::format("Service principal {} does not exist.", request.application_id));
  }
  TRY(CreatedToken created, tokens_.Create({.principal = principal->id, .creator = self, .comment = request.comment.value_or(""),
                                            .lifetime_seconds = request.lifetime_seconds}));
  TRY(wire::ManagedTokenInfo info, Describe(created.info));
  return wire::CreateOnBehalfResponse{.token_value = created.value, .token_info = std::move(info)};
}

Result<wire::ListManagedTokensResponse> TokensApi::ListManagedTokens(const http::Caller&, const wire::ListManagedTokensRequest& request) {
  TokenQuery query;
  if (request.created_by_id) query.creator = PrincipalId{*request.created_by_id};
  wire::ListManagedTokensResponse response;
  if (request.created_by_username) {
    TRY(std::optional<Principal> creator, principals_.FindByName(*request.created_by_username));
    if (!creator || (query.creator && *query.creator != creator->id)) return response;
    query.creator = creator->id;
  }
  TRY(std::vector<TokenInfo> tokens, tokens_.List(query));
  for (const TokenInfo& token : tokens) {
    TRY(wire::ManagedTokenInfo info, Describe(token));
    response.token_infos.push_back(std::move(info));
  }
  return response;
}

Result<wire::GetManagedTokenResponse> TokensApi::GetManagedToken(const http::Caller&, const wire::GetManagedTokenRequest& request) {
  TRY(TokenInfo token, tokens_.Get(TokenKind::kPersonal, request.token_id));
  TRY(wire::ManagedTokenInfo info, Describe(token));
  return wire::GetManagedTokenResponse{.token_info = std::move(info)};
}

Result<> TokensApi::DeleteManagedToken(const http::Caller&, const wire::GetManagedTokenRequest& request) {
  return tokens_.Revoke(TokenKind::kPersonal, request.token_id);
}

Result<Principal> TokensApi::GetServicePrincipal(const std::string& id) {
  TRY(PrincipalId parsed, ParsePrincipalId(id));
  return principals_.Get(PrincipalKind::kServicePrincipal, parsed);
}

Result<wire::OAuthSecret> TokensApi::CreateSecret(const http::Caller& caller, const wire::CreateSecretRequest& request) {
  TRY(PrincipalId self, ParsePrincipalId(caller.id));
  TRY(Principal principal, GetServicePrincipal(request.service_principal_id));
  int64_t lifetime = kSecretLifetimeSeconds;
  if (request.lifetime) {
    TRY(lifetime, ParseLifetime(*request.lifetime));
  }
  TRY(CreatedToken created, tokens_.Create({.kind = TokenKind::kSecret, .principal = principal.id, .creator = self,
                                            .lifetime_seconds = lifetime}));
  wire::OAuthSecret secret = SecretToWire(created.info);
  secret.secret = created.value;
  return secret;
}

Result<wire::ListSecretsResponse> TokensApi::ListSecrets(const http::Caller&, const wire::ListSecretsRequest& request) {
  TRY(Principal principal, GetServicePrincipal(request.service_principal_id));
  TRY(std::vector<TokenInfo> tokens, tokens_.List({.kind = TokenKind::kSecret, .principal = principal.id}));
  wire::ListSecretsResponse response;
  for (const TokenInfo& token : tokens) response.secrets.push_back(SecretToWire(token));
  return response;
}

Result<> TokensApi::DeleteSecret(const http::Caller&, const wire::DeleteSecretRequest& request) {
  TRY(Principal principal, GetServicePrincipal(request.service_principal_id));
  TRY(TokenInfo token, tokens_.Get(TokenKind::kSecret, request.secret_id));
  if (token.principal != principal.id) {
    return Failure(ErrorCode::kNotFound, fmt::format("Secret with id {} does not exist.", request.secret_id));
  }
  return tokens_.Revoke(TokenKind::kSecret, request.secret_id);
}

}  // namespace crannog::iam
