#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/catalog/kinds.h"

namespace crannog::catalog {

/// A set of privileges as bits in the order of the table in privileges.cc; never stored in this form.
using PrivilegeSet = uint64_t;

/// Finds a privilege by any spelling ("USE CATALOG", "use_catalog"); nothing when unknown.
std::optional<PrivilegeSet> FindPrivilege(std::string_view name);
/// A privilege that the program names itself; an unknown one ends the process.
PrivilegeSet Privilege(std::string_view name);
/// The names in a set, as REST spells them ("USE_CATALOG"), in alphabetical order.
std::vector<std::string> PrivilegeNames(PrivilegeSet set);
/// What may be granted on a kind, for itself or for what it holds.
PrivilegeSet GrantableOn(Kind kind);
/// What makes sense on an object of that kind itself: what its owner has and what ALL PRIVILEGES means there.
PrivilegeSet ApplicableTo(Kind kind);
/// What ALL PRIVILEGES never stands for: MANAGE, EXTERNAL USE SCHEMA, EXTERNAL USE LOCATION.
PrivilegeSet BeyondAll();
/// "USE_CATALOG" as SQL spells it: "USE CATALOG".
std::string SqlName(std::string_view privilege);

}  // namespace crannog::catalog
