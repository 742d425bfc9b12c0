#include "services/workspace/secrets_api.h"

#include <fmt/format.h>

namespace crannog::workspace {
namespace {

constexpr std::pair<std::string_view, ScopePermission> kPermissions[] = {
    {"READ", ScopePermission::kRead}, {"WRITE", ScopePermission::kWrite}, {"MANAGE", ScopePermission::kManage}};

Result<ScopePermission> ParsePermission(std::string_view text) {
  for (const auto& [name, permission] : kPermissions) {
    if (name == text) return permission;
  }
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("permission must be READ, WRITE or MANAGE; it is {}", text));
}

wire::AclItem ToWire(const ScopeAcl& acl) {
  wire::AclItem item{.principal = acl.principal};
  for (const auto& [name, permission] : kPermissions) {
    if (permission == acl.permission) item.permission = name;
  }
  return item;
}

}  // namespace

Result<> SecretsApi::CreateScope(const http::Caller& caller, const wire::CreateScopeRequest& request) {
  if (request.scope_backend_type.value_or("DATABRICKS") != "DATABRICKS") return Failure(NotImplemented("secret scopes kept in Azure Key Vault"));
  return secrets_.CreateScope(caller, request.scope, request.initial_manage_principal.value_or(""));
}

Result<> SecretsApi::DeleteScope(const http::Caller& caller, const wire::ScopeRequest& request) {
  return secrets_.DeleteScope(caller, request.scope);
}

Result<wire::ListScopesResponse> SecretsApi::ListScopes(const http::Caller& caller) {
  TRY(std::vector<std::string> scopes, secrets_.ListScopes(caller));
  wire::ListScopesResponse response;
  for (std::string& scope : scopes) response.scopes.push_back({std::move(scope), "DATABRICKS"});
  return response;
}

Result<> SecretsApi::PutSecret(const http::Caller& caller, const wire::PutSecretRequest& request) {
  if (request.string_value.has_value() == request.bytes_value.has_value()) {
    return Failure(ErrorCode::kInvalidParameterValue, "give either string_value or bytes_value");
  }
  return secrets_.Put(caller, request.scope, request.key, request.string_value ? *request.string_value : request.bytes_value->data);
}

Result<> SecretsApi::DeleteSecret(const http::Caller& caller, const wire::SecretRequest& request) {
  return secrets_.Delete(caller, request.scope, request.key);
}

Result<wire::ListSecretsResponse> SecretsApi::ListSecrets(const http::Caller& caller, const wire::ScopeRequest& request) {
  TRY(std::vector<SecretInfo> secrets, secrets_.List(caller, request.scope));
  wire::ListSecretsResponse response;
  for (const SecretInfo& secret : secrets) response.secrets.push_back({secret.key, secret.updated_ms});
  return response;
}

Result<wire::GetSecretResponse> SecretsApi::GetSecret(const http::Caller& caller, const wire::SecretRequest& request) {
  TRY(std::string value, secrets_.Get(caller, request.scope, request.key));
  return wire::GetSecretResponse{request.key, {std::move(value)}};
}

Result<> SecretsApi::PutAcl(const http::Caller& caller, const wire::PutAclRequest& request) {
  TRY(ScopePermission permission, ParsePermission(request.permission));
  return secrets_.PutAcl(caller, request.scope, request.principal, permission);
}

Result<> SecretsApi::DeleteAcl(const http::Caller& caller, const wire::AclRequest& request) {
  return secrets_.DeleteAcl(caller, request.scope, request.principal);
}

Result<wire::ListAclsResponse> SecretsApi::ListAcls(const http::Caller& caller, const wire::ScopeRequest& request) {
  TRY(std::vector<ScopeAcl> acls, secrets_.ListAcls(caller, request.scope));
  wire::ListAclsResponse response;
  for (const ScopeAcl& acl : acls) response.items.push_back(ToWire(acl));
  return response;
}

Result<wire::AclItem> SecretsApi::GetAcl(const http::Caller& caller, const wire::AclRequest& request) {
  TRY(ScopeAcl acl, secrets_.GetAcl(caller, request.scope, request.principal));
  return ToWire(acl);
}

}  // namespace crannog::workspace
