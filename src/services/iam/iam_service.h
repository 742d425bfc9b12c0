#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "http/caller.h"
#include "http/router.h"
#include "services/iam/audit_log.h"
#include "services/iam/authenticator.h"
#include "services/iam/key_ring.h"
#include "services/iam/oauth_api.h"
#include "services/iam/principals.h"
#include "services/iam/scim_api.h"
#include "services/iam/tokens.h"
#include "services/iam/tokens_api.h"
#include "store/database.h"
#include "store/scheduler.h"

namespace crannog::iam {

struct IamOptions {
  std::string first_admin = "admin@localhost";  ///< user name of the administrator that a first start makes
  std::string loopback_principal;               ///< who a trusted loopback peer is; "" means `first_admin`
};

/// Sign-in, principals, tokens and the audit log of a server: everything the composition root needs of this service.
/// The references outlive it. Threads: any.
class IamService {
 public:
  /// Brings the schema up to date and loads keys. Errors: those of the database; kDataLoss when the key file is another's.
  static Result<std::unique_ptr<IamService>> Open(store::Database& database, KeyRing& keys, const Clock& clock, Random& random,
                                                  IamOptions options = {});

  /// Adds every route of this service.
  void Register(http::Router& router);
  /// Adds background work: expired tokens, times of last use.
  Result<> Schedule(store::Scheduler& scheduler);

  /// Makes the first administrator where there is none, and gives a token for it (shown this once); nothing on later starts.
  Result<std::optional<std::string>> EnsureAdmin();
  /// Makes a new token for the first administrator: for --ready-file and for whoever lost theirs.
  Result<std::string> CreateAdminToken(std::string comment, std::optional<int64_t> lifetime_seconds);

  http::Authenticator& authenticator() { return *authenticator_; }
  http::AuditSink& audit_sink() { return *audit_; }
  AuditLog& audit_log() { return *audit_; }
  Principals& principals() { return *principals_; }
  Tokens& tokens() { return *tokens_; }
  const WorkspaceIdentity& workspace() const { return workspace_; }

 private:
  IamService() = default;

  IamOptions options_;
  WorkspaceIdentity workspace_;
  std::unique_ptr<Principals> principals_;
  std::unique_ptr<Tokens> tokens_;
  std::unique_ptr<TokenAuthenticator> authenticator_;
  std::unique_ptr<AuditLog> audit_;
  std::unique_ptr<ScimApi> scim_api_;
  std::unique_ptr<TokensApi> tokens_api_;
  std::unique_ptr<OAuthApi> oauth_api_;
};

}  // namespace crannog::iam
