#pragma once

#include "api/tokens.h"
#include "services/iam/principals.h"
#include "services/iam/tokens.h"

namespace crannog::iam {

/// Personal access tokens, token management and OAuth secrets over http. Threads: any.
class TokensApi final : public wire::Tokens {
 public:
  TokensApi(Principals& principals, iam::Tokens& tokens, int64_t workspace_id)
      : principals_(principals), tokens_(tokens), workspace_id_(workspace_id) {}

  Result<wire::CreateTokenResponse> CreateToken(const http::Caller& caller, const wire::CreateTokenRequest& request) override;
  Result<wire::ListTokensResponse> ListTokens(const http::Caller& caller) override;
  Result<> RevokeToken(const http::Caller& caller, const wire::RevokeTokenRequest& request) override;
  Result<wire::CreateOnBehalfResponse> CreateOnBehalf(const http::Caller& caller, const wire::CreateOnBehalfRequest& request) override;
  Result<wire::ListManagedTokensResponse> ListManagedTokens(const http::Caller& caller, const wire::ListManagedTokensRequest& request) override;
  Result<wire::GetManagedTokenResponse> GetManagedToken(const http::Caller& caller, const wire::GetManagedTokenRequest& request) override;
  Result<> DeleteManagedToken(const http::Caller& caller, const wire::GetManagedTokenRequest& request) override;
  Result<wire::OAuthSecret> CreateSecret(const http::Caller& caller, const wire::CreateSecretRequest& request) override;
  Result<wire::ListSecretsResponse> ListSecrets(const http::Caller& caller, const wire::ListSecretsRequest& request) override;
  Result<> DeleteSecret(const http::Caller& caller, const wire::DeleteSecretRequest& request) override;

 private:
  Result<wire::ManagedTokenInfo> Describe(const TokenInfo& token);
  Result<Principal> GetServicePrincipal(const std::string& id);

  Principals& principals_;
  iam::Tokens& tokens_;
  const int64_t workspace_id_;
};

}  // namespace crannog::iam
