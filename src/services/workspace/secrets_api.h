#pragma once

#include "api/secrets.h"
#include "services/workspace/secrets.h"

namespace crannog::workspace {

/// Secrets over http. Threads: any.
class SecretsApi final : public wire::Secrets {
 public:
  explicit SecretsApi(workspace::Secrets& secrets) : secrets_(secrets) {}

  Result<> CreateScope(const http::Caller& caller, const wire::CreateScopeRequest& request) override;
  Result<> DeleteScope(const http::Caller& caller, const wire::ScopeRequest& request) override;
  Result<wire::ListScopesResponse> ListScopes(const http::Caller& caller) override;
  Result<> PutSecret(const http::Caller& caller, const wire::PutSecretRequest& request) override;
  Result<> DeleteSecret(const http::Caller& caller, const wire::SecretRequest& request) override;
  Result<wire::ListSecretsResponse> ListSecrets(const http::Caller& caller, const wire::ScopeRequest& request) override;
  Result<wire::GetSecretResponse> GetSecret(const http::Caller& caller, const wire::SecretRequest& request) override;
  Result<> PutAcl(const http::Caller& caller, const wire::PutAclRequest& request) override;
  Result<> DeleteAcl(const http::Caller& caller, const wire::AclRequest& request) override;
  Result<wire::ListAclsResponse> ListAcls(const http::Caller& caller, const wire::ScopeRequest& request) override;
  Result<wire::AclItem> GetAcl(const http::Caller& caller, const wire::AclRequest& request) override;

 private:
  workspace::Secrets& secrets_;
};

}  // namespace crannog::workspace
