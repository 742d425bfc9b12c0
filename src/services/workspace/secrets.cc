#include "services/workspace/secrets.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/iam/names.h"
#include "services/workspace/secrets_store.h"

namespace crannog::workspace {
namespace {

constexpr size_t kNameBytesMax = 128;

Error NoSuchScope(std::string_view scope) { return MakeError(ErrorCode::kNotFound, fmt::format("Scope {} does not exist!", scope)); }

Error NoSuchSecret(std::string_view scope, std::string_view key) {
  return MakeError(ErrorCode::kNotFound, fmt::format("Failed to find secret '{}' in scope {}.", key, scope));
}

std::string_view PermissionName(ScopePermission permission) {
  switch (permission) {
    case ScopePermission::kRead: return "READ";
    case ScopePermission::kWrite: return "WRITE";
    case ScopePermission::kManage: return "MANAGE";
  }
  return "";
}

// Source: Databricks' rule of scope and key names: letters, digits, dashes, underscores, @, periods; 128 characters.
Result<> CheckName(std::string_view what, std::string_view name) {
  bool good = !name.empty() && name.size() <= kNameBytesMax;
  for (char c : name) good = good && (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '@');
  if (good) return {};
  return Failure(ErrorCode::kInvalidParameterValue,
                 fmt::format("{} '{}' must have 1 to {} letters, digits, dashes, underscores, periods or @", what, name, kNameBytesMax));
}

// A sealed value opens only at its own place.
std::string SealContext(const std::string& scope, const std::string& key) {
  return fmt::format("secret/{}/{}", iam::NameKey(scope), iam::NameKey(key));
}

bool Holds(const http::Caller& caller, int64_t principal_id) {
  const std::string id = std::to_string(principal_id);
  return caller.id == id || std::ranges::find(caller.group_ids, id) != caller.group_ids.end();
}

}  // namespace

void RedactionRegistry::Add(std::string value) {
  if (value.size() < kValueBytesMin) return;
  std::unique_lock lock(mutex_);
  if (values_.size() < kValuesMax) values_.insert(std::move(value));
}

std::string RedactionRegistry::Redact(std::string text) const {
  std::shared_lock lock(mutex_);
  for (const std::string& value : values_) {
    for (size_t at = text.find(value); at != std::string::npos; at = text.find(value, at + 10)) text.replace(at, value.size(), "[REDACTED]");
  }
  return text;
}

bool RedactionRegistry::IsEmpty() const {
  std::shared_lock lock(mutex_);
  return values_.empty();
}

Result<> Secrets::Prepare() {
  TRY(database_.Migrate("workspace.secrets", secrets_store::Migrations(), clock_));
  return database_.Write([this](store::Transaction& transaction) -> Result<> {
    TRY(std::vector<secrets_store::Sealed> all, secrets_store::ListSealed(transaction));
    for (secrets_store::Sealed& secret : all) {
      if (keys_.IsCurrent(secret.sealed)) continue;
      const std::string context = SealContext(secret.scope, secret.key);
      TRY(std::string plain, keys_.Open(secret.sealed, context));
      secret.sealed = keys_.Seal(plain, context);
      TRY(secrets_store::Reseal(transaction, secret));
    }
    return {};
  });
}

Result<> Secrets::Require(store::Reader& reader, const http::Caller& caller, const std::string& scope, ScopePermission permission) {
  TRY(bool is_there, secrets_store::HasScope(reader, scope));
  if (!is_there) return Failure(NoSuchScope(scope));
  if (caller.is_admin) return {};
  TRY(std::vector<secrets_store::Acl> acls, secrets_store::ListAcls(reader, scope));
  for (const secrets_store::Acl& acl : acls) {
    if (Holds(caller, acl.principal_id) && acl.permission >= permission) return {};
  }
  return Failure(ErrorCode::kPermissionDenied, fmt::format("User {} does not have {} permission on scope {}", caller.name, PermissionName(permission), scope));
}

Result<iam::Principal> Secrets::FindPrincipal(const std::string& name) {
  TRY(std::optional<iam::Principal> principal, principals_.FindByName(name));
  if (!principal) return Failure(ErrorCode::kNotFound, fmt::format("Principal {} does not exist.", name));
  return std::move(*principal);
}

std::string Secrets::NameOf(int64_t principal_id) {
  auto principal = principals_.Find({principal_id});
  return principal && *principal ? (*principal)->name : "";
}

Result<> Secrets::CreateScope(const http::Caller& caller, const std::string& scope, std::string_view initial_manage_principal) {
  TRY(CheckName("Scope name", scope));
  int64_t manager = std::strtoll(caller.id.c_str(), nullptr, 10);
  if (!initial_manage_principal.empty()) {
    if (initial_manage_principal != "users") {
      return Failure(ErrorCode::kInvalidParameterValue, "initial_manage_principal must be users, or left out");
    }
    TRY(iam::Principal users, FindPrincipal(std::string(iam::kUsersGroup)));
    manager = users.id.value;
  }
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(bool is_there, secrets_store::HasScope(transaction, scope));
    if (is_there) return Failure(ErrorCode::kAlreadyExists, fmt::format("Scope {} already exists!", scope));
    TRY(int64_t count, secrets_store::CountScopes(transaction));
    if (count >= kScopesMax) return Failure(ErrorCode::kResourceExhausted, fmt::format("there are {} scopes already", kScopesMax));
    TRY(secrets_store::InsertScope(transaction, scope, clock_.NowMillis()));
    return secrets_store::PutAcl(transaction, scope, manager, ScopePermission::kManage);
  });
}

Result<> Secrets::DeleteScope(const http::Caller& caller, const std::string& scope) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Require(transaction, caller, scope, ScopePermission::kManage));
    return secrets_store::DeleteScope(transaction, scope);
  });
}

Result<std::vector<std::string>> Secrets::ListScopes(const http::Caller& caller) {
  std::vector<std::string> seen;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    seen.clear();
    TRY(std::vector<std::string> scopes, secrets_store::ListScopes(reader));
    for (std::string& scope : scopes) {
      if (Require(reader, caller, scope, ScopePermission::kRead)) seen.push_back(std::move(scope));
    }
    return {};
  }));
  return seen;
}

Result<> Secrets::Put(const http::Caller& caller, const std::string& scope, const std::string& key, const std::string& value) {
  TRY(CheckName("Secret key", key));
  if (value.size() > kValueBytesMax) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("a secret may hold {} bytes; this one has {}", kValueBytesMax, value.size()));
  }
  const std::string sealed = keys_.Seal(value, SealContext(scope, key));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Require(transaction, caller, scope, ScopePermission::kWrite));
    TRY(int64_t count, secrets_store::CountSecrets(transaction, scope));
    if (count >= kSecretsPerScopeMax) return Failure(ErrorCode::kResourceExhausted, fmt::format("scope {} holds {} secrets already", scope, count));
    return secrets_store::PutSecret(transaction, scope, key, sealed, clock_.NowMillis());
  });
}

Result<> Secrets::Delete(const http::Caller& caller, const std::string& scope, const std::string& key) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Require(transaction, caller, scope, ScopePermission::kWrite));
    TRY(int64_t deleted, secrets_store::DeleteSecret(transaction, scope, key));
    if (deleted == 0) return Failure(NoSuchSecret(scope, key));
    return {};
  });
}

Result<std::vector<SecretInfo>> Secrets::List(const http::Caller& caller, const std::string& scope) {
  std::vector<SecretInfo> secrets;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Require(reader, caller, scope, ScopePermission::kRead));
    TRY(secrets, secrets_store::ListSecrets(reader, scope));
    return {};
  }));
  return secrets;
}

Result<std::string> Secrets::Get(const http::Caller& caller, const std::string& scope, const std::string& key) {
  std::optional<std::string> sealed;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Require(reader, caller, scope, ScopePermission::kRead));
    TRY(sealed, secrets_store::FindSealed(reader, scope, key));
    return {};
  }));
  if (!sealed) return Failure(NoSuchSecret(scope, key));
  TRY(std::string value, keys_.Open(*sealed, SealContext(scope, key)));
  redaction_.Add(value);
  return value;
}

Result<> Secrets::PutAcl(const http::Caller& caller, const std::string& scope, const std::string& principal, ScopePermission permission) {
  TRY(iam::Principal found, FindPrincipal(principal));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Require(transaction, caller, scope, ScopePermission::kManage));
    return secrets_store::PutAcl(transaction, scope, found.id.value, permission);
  });
}

Result<> Secrets::DeleteAcl(const http::Caller& caller, const std::string& scope, const std::string& principal) {
  TRY(iam::Principal found, FindPrincipal(principal));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Require(transaction, caller, scope, ScopePermission::kManage));
    TRY(int64_t deleted, secrets_store::DeleteAcl(transaction, scope, found.id.value));
    if (deleted == 0) return Failure(ErrorCode::kNotFound, fmt::format("{} has no permission on scope {}.", principal, scope));
    return {};
  });
}

Result<std::vector<ScopeAcl>> Secrets::ListAcls(const http::Caller& caller, const std::string& scope) {
  std::vector<secrets_store::Acl> acls;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Require(reader, caller, scope, ScopePermission::kRead));
    TRY(acls, secrets_store::ListAcls(reader, scope));
    return {};
  }));
  std::vector<ScopeAcl> named;
  for (const secrets_store::Acl& acl : acls) named.push_back({NameOf(acl.principal_id), acl.permission});
  std::ranges::sort(named, {}, &ScopeAcl::principal);
  return named;
}

Result<ScopeAcl> Secrets::GetAcl(const http::Caller& caller, const std::string& scope, const std::string& principal) {
  TRY(std::vector<ScopeAcl> acls, ListAcls(caller, scope));
  for (ScopeAcl& acl : acls) {
    if (iam::NameKey(acl.principal) == iam::NameKey(principal)) return std::move(acl);
  }
  return Failure(ErrorCode::kNotFound, fmt::format("{} has no permission on scope {}.", principal, scope));
}

}  // namespace crannog::workspace
