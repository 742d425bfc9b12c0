#include "services/iam/iam_service.h"

#include <charconv>

#include "services/iam/tokens_store.h"

namespace crannog::iam {
namespace {

constexpr std::string_view kWorkspaceSetting = "workspace-identity";
constexpr int64_t kSweepMs = 60'000;

// "<workspace id> <account id>", made once. Not secret, but kept where the other settings are.
Result<WorkspaceIdentity> LoadWorkspace(store::Database& database, KeyRing& keys, Random& random) {
  std::string text;
  TRY(database.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<std::string> sealed, tokens_store::FindSetting(transaction, kWorkspaceSetting));
    if (sealed) {
      TRY(text, keys.Open(*sealed, kWorkspaceSetting));
      return {};
    }
    const uint64_t id = 1'000'000'000'000'000 + random.NextUint64() % 8'000'000'000'000'000;
    text = std::to_string(id) + " " + random.NextUuid();
    return tokens_store::PutSetting(transaction, kWorkspaceSetting, keys.Seal(text, kWorkspaceSetting));
  }));
  WorkspaceIdentity identity;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), identity.workspace_id);
  if (error != std::errc() || *end != ' ') return Failure(ErrorCode::kDataLoss, "the identity of this workspace is damaged");
  identity.account_id = end + 1;
  return identity;
}

}  // namespace

Result<std::unique_ptr<IamService>> IamService::Open(store::Database& database, KeyRing& keys, const Clock& clock,
                                                     Random& random, IamOptions options) {
  std::unique_ptr<IamService> service(new IamService());
  service->options_ = std::move(options);
  if (service->options_.loopback_principal.empty()) service->options_.loopback_principal = service->options_.first_admin;
  service->principals_ = std::make_unique<Principals>(database, clock, random);
  TRY(service->principals_->Prepare());
  service->tokens_ = std::make_unique<Tokens>(database, *service->principals_, keys, clock, random);
  TRY(service->tokens_->Prepare());
  TRY(service->workspace_, LoadWorkspace(database, keys, random));
  service->authenticator_ = std::make_unique<TokenAuthenticator>(*service->principals_, *service->tokens_, clock,
                                                                 service->options_.loopback_principal);
  service->audit_ = std::make_unique<AuditLog>(database);
  service->scim_api_ = std::make_unique<ScimApi>(*service->principals_, *service->tokens_);
  service->tokens_api_ = std::make_unique<TokensApi>(*service->principals_, *service->tokens_, service->workspace_.workspace_id);
  service->oauth_api_ = std::make_unique<OAuthApi>(*service->tokens_, clock, service->workspace_);
  return service;
}

void IamService::Register(http::Router& router) {
  wire::RegisterScim(router, *scim_api_);
  wire::RegisterTokens(router, *tokens_api_);
  wire::RegisterOAuth(router, *oauth_api_);
}

Result<> IamService::Schedule(store::Scheduler& scheduler) {
  return scheduler.Every("iam.sweep", kSweepMs, [this](const store::Task&) { return tokens_->Sweep(); });
}

Result<std::optional<std::string>> IamService::EnsureAdmin() {
  TRY(std::optional<Principal> admins, principals_->FindByName(kAdminsGroup));
  if (!admins) return Failure(ErrorCode::kInternal, "the group admins is missing");
  if (!admins->members.empty()) return std::nullopt;
  TRY(std::optional<Principal> admin, principals_->FindByName(options_.first_admin));
  if (!admin) {
    Principal draft;
    draft.name = draft.display_name = options_.first_admin;
    draft.attributes = JsonValue(JsonValue::Object{});
    JsonValue email(JsonValue::Object{{"type", "work"}, {"value", options_.first_admin}, {"primary", true}});
    draft.attributes.Set("emails", JsonValue::Array{std::move(email)});
    TRY(admin, principals_->Create(std::move(draft)));
  }
  admins->members.push_back(admin->id);
  TRY(principals_->Replace(*admins));
  TRY(std::string token, CreateAdminToken("made at the first start", std::nullopt));
  return token;
}

Result<std::string> IamService::CreateAdminToken(std::string comment, std::optional<int64_t> lifetime_seconds) {
  TRY(std::optional<Principal> admin, principals_->FindByName(options_.first_admin));
  if (!admin) {
    return Failure(ErrorCode::kNotFound, "the first administrator " + options_.first_admin + " was removed",
                   "sign in as another administrator and create a token there");
  }
  TRY(CreatedToken created, tokens_->Create({.principal = admin->id, .creator = admin->id, .comment = std::move(comment),
                                             .lifetime_seconds = lifetime_seconds}));
  return created.value;
}

}  // namespace crannog::iam
