#include "services/iam/oauth_api.h"

#include <fmt/format.h>

#include "base/json.h"
#include "http/contract.h"

namespace crannog::iam {
namespace {

// Names the failure as RFC 6749 section 5.2 does.
Error OAuthError(std::string_view name, ErrorCode code, std::string message) {
  Error error = MakeError(code, std::move(message));
  error.condition = name;
  return error;
}

struct ClientCredentials {
  std::string id;
  std::string secret;
};

std::string_view FindField(const std::vector<http::Parameter>& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return "";
}

// RFC 6749 section 2.3.1: Basic with both parts form-encoded, or two fields of the form.
ClientCredentials ReadClient(const http::Request& request, const std::vector<http::Parameter>& form) {
  const std::string_view header = request.headers.ValueOr("authorization", "");
  if (header.size() > 6 && http::EqualsNoCase(header.substr(0, 6), "Basic ")) {
    const std::string plain = http::Base64Decode(header.substr(6)).value_or("");
    const size_t colon = plain.find(':');
    if (colon != std::string::npos) {
      return {http::PercentDecode(plain.substr(0, colon), http::Plus::kSpace),
              http::PercentDecode(plain.substr(colon + 1), http::Plus::kSpace)};
    }
  }
  return {std::string(FindField(form, "client_id")), std::string(FindField(form, "client_secret"))};
}

}  // namespace

Result<wire::DatabricksConfig> OAuthApi::GetDatabricksConfig(const http::Caller& caller) {
  wire::DatabricksConfig config;
  config.oidc_endpoint = caller.base_url + "/oidc";
  config.account_id = identity_.account_id;
  config.workspace_id = std::to_string(identity_.workspace_id);
  config.cloud = "AWS";
  config.host_type = "workspace";
  return config;
}

Result<wire::AuthorizationServer> OAuthApi::GetAuthorizationServer(const http::Caller& caller) {
  const std::string& base = caller.base_url;
  return wire::AuthorizationServer{.issuer = base + "/oidc",
                                   .authorization_endpoint = base + "/oidc/v1/authorize",
                                   .token_endpoint = base + "/oidc/v1/token",
                                   .grant_types_supported = {"client_credentials"},
                                   .response_types_supported = {"code"},
                                   .scopes_supported = {"all-apis"},
                                   .token_endpoint_auth_methods_supported = {"client_secret_basic", "client_secret_post"}};
}

Result<http::Response> OAuthApi::CreateAccessToken(const http::Caller& caller, http::Request& request) {
  const std::vector<http::Parameter> form = http::ParseQuery(request.body);
  const std::string_view grant = FindField(form, "grant_type");
  const ClientCredentials client = ReadClient(request, form);
  request.audit_parameters = WriteJson(JsonValue(JsonValue::Object{{"grant_type", grant}, {"client_id", client.id}}));
  if (grant != "client_credentials") {
    return Failure(OAuthError("unsupported_grant_type", ErrorCode::kBadRequest,
                              fmt::format("the grant type {} is not built; client_credentials is", grant)));
  }
  const std::string_view peer = PeerHost(caller.peer_address);
  if (!limit_.MayTry(peer, clock_.NowMillis())) {
    return Failure(OAuthError("slow_down", ErrorCode::kRequestLimitExceeded, "too many failed sign-ins from this address"));
  }
  Result<PrincipalId> principal = tokens_.CheckSecret(client.id, client.secret);
  if (!principal) {
    if (principal.error().code != ErrorCode::kUnauthenticated) return Failure(std::move(principal).error());
    limit_.NoteFailure(peer, clock_.NowMillis());
    return Failure(OAuthError("invalid_client", ErrorCode::kUnauthenticated, "Client authentication failed"));
  }
  TRY(CreatedToken token, tokens_.Create({.kind = TokenKind::kOAuth, .principal = *principal, .creator = *principal,
                                          .lifetime_seconds = kAccessTokenSeconds}));
  std::string_view scope = FindField(form, "scope");
  if (scope.empty()) scope = "all-apis";
  JsonValue answer(JsonValue::Object{{"access_token", token.value}, {"token_type", "Bearer"},
                                     {"expires_in", kAccessTokenSeconds}, {"scope", scope}});
  http::Response response = http::JsonResponse(WriteJson(answer));
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

}  // namespace crannog::iam
