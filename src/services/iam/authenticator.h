#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "http/caller.h"
#include "services/iam/principals.h"
#include "services/iam/sign_in_limit.h"
#include "services/iam/tokens.h"

namespace crannog::iam {

/// Signs callers in by token: `Bearer <token>`, or Basic with the user "token". Threads: any.
class TokenAuthenticator final : public http::Authenticator {
 public:
  /// `loopback_principal` is who a trusted loopback peer without a token is.
  TokenAuthenticator(Principals& principals, Tokens& tokens, const Clock& clock, std::string loopback_principal)
      : principals_(principals), tokens_(tokens), clock_(clock), loopback_principal_(std::move(loopback_principal)) {}

  std::optional<http::Caller> FindSignedIn(const http::Credentials& credentials) override;
  Result<http::Caller> SignIn(const http::Credentials& credentials) override;

 private:
  Result<http::Caller> SignInLoopback();

  Principals& principals_;
  Tokens& tokens_;
  const Clock& clock_;
  const std::string loopback_principal_;
  SignInLimit limit_;
};

/// Writes who acts in http's words.
http::Caller ToCaller(const Identity& identity);

}  // namespace crannog::iam
