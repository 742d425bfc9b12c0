#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/caller.h"
#include "services/iam/key_ring.h"
#include "services/iam/principals.h"
#include "store/database.h"

namespace crannog::workspace {

/// What a principal may do in a scope; each holds those before it.
enum class ScopePermission : uint8_t { kRead = 1, kWrite = 2, kManage = 3 };

/// Values that must not appear in logs, results or notebook output, because they were read as secrets here. Threads: any.
class RedactionRegistry {
 public:
  static constexpr size_t kValueBytesMin = 3;  ///< shorter values would tear up every text
  static constexpr size_t kValuesMax = 10'000;

  void Add(std::string value);
  /// Replaces every value in the text by "[REDACTED]".
  std::string Redact(std::string text) const;
  bool IsEmpty() const;

 private:
  mutable std::shared_mutex mutex_;
  std::set<std::string> values_;
};

struct SecretInfo {
  std::string key;
  int64_t updated_ms = 0;
};
struct ScopeAcl {
  std::string principal;  ///< name; "" when it was deleted
  ScopePermission permission = ScopePermission::kRead;
};

/// Secret scopes: values sealed at rest, permissions per scope. Administrators manage every scope. Threads: any.
/// Source: Databricks' Secrets API; reference/rest.md section 1.8.
class Secrets {
 public:
  static constexpr size_t kValueBytesMax = 128 * 1024;
  static constexpr int64_t kScopesMax = 1'000;
  static constexpr int64_t kSecretsPerScopeMax = 1'000;

  Secrets(store::Database& database, iam::Principals& principals, iam::KeyRing& keys, const Clock& clock)
      : database_(database), principals_(principals), keys_(keys), clock_(clock) {}

  /// Brings the schema up to date; seals anew what an older master key sealed.
  Result<> Prepare();

  /// Errors: kAlreadyExists; kInvalidParameterValue for a name; kResourceExhausted.
  Result<> CreateScope(const http::Caller& caller, const std::string& scope, std::string_view initial_manage_principal);
  Result<> DeleteScope(const http::Caller& caller, const std::string& scope);
  Result<std::vector<std::string>> ListScopes(const http::Caller& caller);

  Result<> Put(const http::Caller& caller, const std::string& scope, const std::string& key, const std::string& value);
  Result<> Delete(const http::Caller& caller, const std::string& scope, const std::string& key);
  Result<std::vector<SecretInfo>> List(const http::Caller& caller, const std::string& scope);
  /// The value is remembered for redaction. Errors: kNotFound, kPermissionDenied.
  Result<std::string> Get(const http::Caller& caller, const std::string& scope, const std::string& key);

  Result<> PutAcl(const http::Caller& caller, const std::string& scope, const std::string& principal, ScopePermission permission);
  Result<> DeleteAcl(const http::Caller& caller, const std::string& scope, const std::string& principal);
  Result<std::vector<ScopeAcl>> ListAcls(const http::Caller& caller, const std::string& scope);
  Result<ScopeAcl> GetAcl(const http::Caller& caller, const std::string& scope, const std::string& principal);

  RedactionRegistry& redaction() { return redaction_; }

 private:
  Result<> Require(store::Reader& reader, const http::Caller& caller, const std::string& scope, ScopePermission permission);
  Result<iam::Principal> FindPrincipal(const std::string& name);
  std::string NameOf(int64_t principal_id);

  store::Database& database_;
  iam::Principals& principals_;
  iam::KeyRing& keys_;
  const Clock& clock_;
  RedactionRegistry redaction_;
};

}  // namespace crannog::workspace
