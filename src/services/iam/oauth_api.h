#pragma once

#include <string>

#include "api/oauth.h"
#include "services/iam/sign_in_limit.h"
#include "services/iam/tokens.h"

namespace crannog::iam {

/// Names this server to its clients; the same for ever.
struct WorkspaceIdentity {
  int64_t workspace_id = 0;  ///< what X-Databricks-Org-Id says
  std::string account_id;    ///< UUID
};

/// Discovery and the token endpoint over http. Threads: any.
class OAuthApi final : public wire::OAuth {
 public:
  static constexpr int64_t kAccessTokenSeconds = 3600;

  OAuthApi(Tokens& tokens, const Clock& clock, WorkspaceIdentity identity)
      : tokens_(tokens), clock_(clock), identity_(std::move(identity)) {}

  Result<wire::DatabricksConfig> GetDatabricksConfig(const http::Caller& caller) override;
  Result<wire::AuthorizationServer> GetAuthorizationServer(const http::Caller& caller) override;
  Result<http::Response> CreateAccessToken(const http::Caller& caller, http::Request& request) override;

 private:
  Tokens& tokens_;
  const Clock& clock_;
  const WorkspaceIdentity identity_;
  SignInLimit limit_;
};

}  // namespace crannog::iam
