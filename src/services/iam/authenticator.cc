#include "services/iam/authenticator.h"

#include <fmt/format.h>

#include "http/contract.h"
#include "services/iam/names.h"

namespace crannog::iam {
namespace {

// Cuts the token out of an Authorization header into `decoded` or the header itself; "" when there is none.
// Source: RFC 6750 section 2.1, RFC 7617; reference/rest.md section 1.1.
std::string_view TokenOf(std::string_view authorization, std::string& decoded) {
  const size_t space = authorization.find(' ');
  if (space == std::string_view::npos) return "";
  std::string_view scheme = authorization.substr(0, space);
  std::string_view rest = authorization.substr(space + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (http::EqualsNoCase(scheme, "Bearer")) return rest;
  if (!http::EqualsNoCase(scheme, "Basic")) return "";
  std::optional<std::string> plain = http::Base64Decode(rest);
  if (!plain || !plain->starts_with("token:")) return "";
  decoded = plain->substr(6);
  return decoded;
}

http::SignInMethod MethodOf(TokenKind kind) {
  return kind == TokenKind::kOAuth ? http::SignInMethod::kOAuth : http::SignInMethod::kToken;
}

http::Caller CallerOf(const Tokens::Checked& checked) {
  http::Caller caller = ToCaller(*checked.identity);
  caller.sign_in = MethodOf(checked.kind);
  caller.token_id = checked.token_id;
  return caller;
}

}  // namespace

http::Caller ToCaller(const Identity& identity) {
  http::Caller caller;
  caller.id = identity.id.ToString();
  caller.name = identity.name;
  caller.kind = identity.kind == PrincipalKind::kServicePrincipal ? http::PrincipalKind::kServicePrincipal : http::PrincipalKind::kUser;
  caller.group_names = identity.group_names;
  caller.group_ids.reserve(identity.group_ids.size());
  for (PrincipalId id : identity.group_ids) caller.group_ids.push_back(id.ToString());
  caller.is_admin = identity.is_admin;
  return caller;
}

std::optional<http::Caller> TokenAuthenticator::FindSignedIn(const http::Credentials& credentials) {
  std::string decoded;
  const std::string_view token = TokenOf(credentials.authorization, decoded);
  if (token.empty()) return std::nullopt;
  std::optional<Tokens::Checked> checked = tokens_.FindCached(token);
  if (!checked) return std::nullopt;
  return CallerOf(*checked);
}

Result<http::Caller> TokenAuthenticator::SignIn(const http::Credentials& credentials) {
  std::string decoded;
  const std::string_view token = TokenOf(credentials.authorization, decoded);
  if (token.empty()) {
    if (credentials.authorization.empty() && credentials.is_trusted_loopback) return SignInLoopback();
    return Failure(ErrorCode::kUnauthenticated, "Credential was not sent or was of an unsupported type for this API.",
                   "send the header Authorization: Bearer <token>");
  }
  const std::string_view peer = PeerHost(credentials.peer_address);
  if (!limit_.MayTry(peer, clock_.NowMillis())) {
    return Failure(ErrorCode::kRequestLimitExceeded, "too many failed sign-ins from this address", "try again in a minute");
  }
  Result<Tokens::Checked> checked = tokens_.Check(token);
  if (!checked) {
    if (checked.error().code == ErrorCode::kUnauthenticated) limit_.NoteFailure(peer, clock_.NowMillis());
    return Failure(std::move(checked).error());
  }
  limit_.NoteSuccess(peer);
  return CallerOf(*checked);
}

Result<http::Caller> TokenAuthenticator::SignInLoopback() {
  TRY(std::optional<Principal> principal, principals_.FindByName(loopback_principal_));
  if (!principal) {
    return Failure(ErrorCode::kUnauthenticated, fmt::format("the loopback principal {} does not exist", loopback_principal_));
  }
  TRY(Identity identity, principals_.IdentityOf(principal->id));
  http::Caller caller = ToCaller(identity);
  caller.sign_in = http::SignInMethod::kLoopback;
  return caller;
}

}  // namespace crannog::iam
