#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/workspace/secrets.h"
#include "store/database.h"

/// Every statement about secret scopes. Names compare without case, so their lower-case form is the key.
namespace crannog::workspace::secrets_store {

std::span<const store::Migration> Migrations();

Result<bool> HasScope(store::Reader& reader, const std::string& scope);
Result<int64_t> CountScopes(store::Reader& reader);
Result<> InsertScope(store::Transaction& transaction, const std::string& scope, int64_t now_ms);
Result<> DeleteScope(store::Transaction& transaction, const std::string& scope);
Result<std::vector<std::string>> ListScopes(store::Reader& reader);

Result<int64_t> CountSecrets(store::Reader& reader, const std::string& scope);
Result<> PutSecret(store::Transaction& transaction, const std::string& scope, const std::string& key, const std::string& sealed, int64_t now_ms);
Result<int64_t> DeleteSecret(store::Transaction& transaction, const std::string& scope, const std::string& key);
Result<std::vector<SecretInfo>> ListSecrets(store::Reader& reader, const std::string& scope);
Result<std::optional<std::string>> FindSealed(store::Reader& reader, const std::string& scope, const std::string& key);

struct Sealed {
  std::string scope, key, sealed;
};
Result<std::vector<Sealed>> ListSealed(store::Reader& reader);
Result<> Reseal(store::Transaction& transaction, const Sealed& secret);

struct Acl {
  int64_t principal_id = 0;
  ScopePermission permission = ScopePermission::kRead;
};
Result<std::vector<Acl>> ListAcls(store::Reader& reader, const std::string& scope);
Result<> PutAcl(store::Transaction& transaction, const std::string& scope, int64_t principal_id, ScopePermission permission);
Result<int64_t> DeleteAcl(store::Transaction& transaction, const std::string& scope, int64_t principal_id);

}  // namespace crannog::workspace::secrets_store
