#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "base/result.h"
#include "store/database.h"

namespace crannog::iam {

/// Names a principal for ever; grants are bound to it, never to a name. Below 2^53, so that JavaScript clients keep it.
struct PrincipalId {
  int64_t value = 0;
  auto operator<=>(const PrincipalId&) const = default;
  std::string ToString() const { return std::to_string(value); }
};

enum class PrincipalKind : uint8_t { kUser = 1, kServicePrincipal = 2, kGroup = 3, kSystemGroup = 4 };

/// A user, service principal or group as it is kept.
struct Principal {
  PrincipalId id;
  PrincipalKind kind = PrincipalKind::kUser;
  std::string name;          ///< user name (mostly an e-mail address), application id (UUID), or group name; unique among all
  std::string display_name;
  bool active = true;
  JsonValue attributes;      ///< the rest of its SCIM resource: name, emails, entitlements, roles, externalId; an object
  std::vector<PrincipalId> members;  ///< direct ones; groups only
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
};

/// A group that a principal is in, or a member of a group.
struct PrincipalReference {
  PrincipalId id;
  PrincipalKind kind = PrincipalKind::kGroup;
  std::string name;
  std::string display_name;
  bool is_direct = true;
};

/// Who is acting: a user or service principal with all groups it is in, through nesting. Includes "account users".
struct Identity {
  PrincipalId id;
  PrincipalKind kind = PrincipalKind::kUser;
  std::string name;
  std::string display_name;
  bool is_admin = false;
  std::vector<PrincipalId> group_ids;
  std::vector<std::string> group_names;
};

/// Which principals a list gives, in the order of their ids... `name` compares without case.
struct PrincipalQuery {
  PrincipalKind kind = PrincipalKind::kUser;
  std::optional<std::string> name;
  std::optional<std::string> display_name;
  int64_t offset = 0;
  int64_t count_max = INT64_MAX;
};

inline constexpr std::string_view kAdminsGroup = "admins";
inline constexpr std::string_view kUsersGroup = "users";
inline constexpr std::string_view kAccountUsersGroup = "account users";

/// Users, service principals and groups, with nesting. Threads: any.
class Principals {
 public:
  Principals(store::Database& database, const Clock& clock, Random& random)
      : database_(database), clock_(clock), random_(random) {}

  /// Brings the schema up to date and makes the system groups: admins, users, account users.
  Result<> Prepare();

  /// Creates what `draft` says (its id is given here; a service principal without a name gets a new application id).
  /// Errors: kConflict where the name is taken; kInvalidParameterValue for an empty name, an unknown member, or a cycle of groups.
  Result<Principal> Create(Principal draft);
  Result<Principal> Get(PrincipalKind kind, PrincipalId id);
  Result<std::optional<Principal>> FindByName(std::string_view name);
  /// Finds any kind by id.
  Result<std::optional<Principal>> Find(PrincipalId id);
  Result<std::vector<Principal>> List(const PrincipalQuery& query);
  Result<int64_t> Count(const PrincipalQuery& query);
  /// Puts `principal` in the place of the one with its id. Errors: as Create; kInvalidState where no active admin would be left.
  Result<Principal> Replace(const Principal& principal);
  /// Removes it with its memberships and tokens; grants to it stay and reach nobody.
  /// Errors: kNotFound; kInvalidState for a system group or the last active admin.
  Result<> Delete(PrincipalKind kind, PrincipalId id);

  /// Errors: kUnauthenticated where it is absent or not active.
  Result<Identity> IdentityOf(PrincipalId id);
  /// The groups it is in, direct ones first.
  Result<std::vector<PrincipalReference>> GroupsOf(PrincipalId id);
  Result<std::vector<PrincipalReference>> MembersOf(PrincipalId group);
  /// Changes with every change made through this object: what was remembered of principals before is old.
  uint64_t Generation() const { return generation_.load(); }

 private:
  store::Database& database_;
  const Clock& clock_;
  Random& random_;
  std::atomic<uint64_t> generation_{0};
};

}  // namespace crannog::iam
