#pragma once

#include "api/scim.h"
#include "services/iam/principals.h"
#include "services/iam/tokens.h"

namespace crannog::iam {

/// SCIM over http. Threads: any.
class ScimApi final : public wire::Scim {
 public:
  static constexpr int64_t kCountMax = 10'000;  ///< resources in one page
  static constexpr int64_t kCountDefault = 100;

  ScimApi(Principals& principals, Tokens& tokens) : principals_(principals), tokens_(tokens) {}

  Result<wire::ScimResource> GetMe(const http::Caller& caller, const wire::GetScimRequest& request) override;
  Result<wire::ScimResource> CreateUser(const http::Caller& caller, const wire::CreateUserRequest& request) override;
  Result<wire::ScimResource> GetUser(const http::Caller& caller, const wire::GetScimRequest& request) override;
  Result<wire::ListScimResponse> ListUsers(const http::Caller& caller, const wire::ListScimRequest& request) override;
  Result<wire::ScimResource> ReplaceUser(const http::Caller& caller, const wire::ReplaceUserRequest& request) override;
  Result<wire::ScimResource> PatchUser(const http::Caller& caller, const wire::PatchUserRequest& request) override;
  Result<> DeleteUser(const http::Caller& caller, const wire::DeleteScimRequest& request) override;
  Result<wire::ScimResource> CreateGroup(const http::Caller& caller, const wire::CreateScimRequest& request) override;
  Result<wire::ScimResource> GetGroup(const http::Caller& caller, const wire::GetScimRequest& request) override;
  Result<wire::ListScimResponse> ListGroups(const http::Caller& caller, const wire::ListScimRequest& request) override;
  Result<wire::ScimResource> ReplaceGroup(const http::Caller& caller, const wire::ReplaceScimRequest& request) override;
  Result<wire::ScimResource> PatchGroup(const http::Caller& caller, const wire::PatchScimRequest& request) override;
  Result<> DeleteGroup(const http::Caller& caller, const wire::DeleteScimRequest& request) override;
  Result<wire::ScimResource> CreateServicePrincipal(const http::Caller& caller, const wire::CreateScimRequest& request) override;
  Result<wire::ScimResource> GetServicePrincipal(const http::Caller& caller, const wire::GetScimRequest& request) override;
  Result<wire::ListScimResponse> ListServicePrincipals(const http::Caller& caller, const wire::ListScimRequest& request) override;
  Result<wire::ScimResource> ReplaceServicePrincipal(const http::Caller& caller, const wire::ReplaceScimRequest& request) override;
  Result<wire::ScimResource> PatchServicePrincipal(const http::Caller& caller, const wire::PatchScimRequest& request) override;
  Result<> DeleteServicePrincipal(const http::Caller& caller, const wire::DeleteScimRequest& request) override;

 private:
  Result<JsonValue> Render(const Principal& principal);
  Result<wire::ScimResource> Answer(const Principal& principal);
  Result<wire::ScimResource> Create(PrincipalKind kind, const JsonValue& resource);
  Result<wire::ScimResource> Get(PrincipalKind kind, const wire::GetScimRequest& request);
  Result<wire::ListScimResponse> List(PrincipalKind kind, const wire::ListScimRequest& request);
  Result<wire::ScimResource> Replace(PrincipalKind kind, const std::string& id, const JsonValue& resource);
  Result<wire::ScimResource> Patch(PrincipalKind kind, const std::string& id, const JsonValue& patch);
  Result<> Delete(PrincipalKind kind, const std::string& id);
  Result<Principal> Find(PrincipalKind kind, const std::string& id);

  Principals& principals_;
  Tokens& tokens_;
};

/// Reads a principal's id from text. Error: kNotFound, for an id of another form exists as little as any other absent one.
Result<PrincipalId> ParsePrincipalId(const std::string& text);

}  // namespace crannog::iam
