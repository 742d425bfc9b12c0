#pragma once

#include <optional>
#include <vector>

#include "services/iam/principals.h"
#include "store/database.h"

/// Every statement about principals and their memberships.
namespace crannog::iam::principals_store {

Result<> Insert(store::Transaction& transaction, const Principal& principal);
Result<int64_t> Update(store::Transaction& transaction, const Principal& principal);
Result<int64_t> Delete(store::Transaction& transaction, PrincipalId id);
Result<std::optional<Principal>> Find(store::Reader& reader, PrincipalId id);
Result<std::optional<Principal>> FindByName(store::Reader& reader, std::string_view name);
Result<std::vector<Principal>> List(store::Reader& reader, const PrincipalQuery& query);
Result<int64_t> Count(store::Reader& reader, const PrincipalQuery& query);

Result<> AddMember(store::Transaction& transaction, PrincipalId group, PrincipalId member);
Result<> ReplaceMembers(store::Transaction& transaction, PrincipalId group, const std::vector<PrincipalId>& members);
Result<std::vector<PrincipalReference>> MembersOf(store::Reader& reader, PrincipalId group);
/// All groups above, each once; direct ones first.
Result<std::vector<PrincipalReference>> GroupsOf(store::Reader& reader, PrincipalId member);
/// Counts active users and service principals in a group, through nesting.
Result<int64_t> CountActiveBelow(store::Reader& reader, PrincipalId group);

}  // namespace crannog::iam::principals_store
