#include "services/iam/principals.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/iam/migrations.h"
#include "services/iam/names.h"
#include "services/iam/principals_store.h"

namespace crannog::iam {
namespace {

constexpr size_t kNameBytesMax = 255;
constexpr int64_t kIdMax = (int64_t{1} << 53) - 1;

std::string_view KindName(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kUser: return "User";
    case PrincipalKind::kServicePrincipal: return "Service principal";
    case PrincipalKind::kGroup:
    case PrincipalKind::kSystemGroup: return "Group";
  }
  return "Principal";
}

bool IsGroup(PrincipalKind kind) { return kind == PrincipalKind::kGroup || kind == PrincipalKind::kSystemGroup; }

Error Absent(PrincipalKind kind, PrincipalId id) {
  return MakeError(ErrorCode::kNotFound, fmt::format("{} with id {} not found.", KindName(kind), id.value));
}

Result<> CheckName(const Principal& principal) {
  if (principal.name.empty() || principal.name.size() > kNameBytesMax) {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("{} name must have between 1 and {} bytes", KindName(principal.kind), kNameBytesMax));
  }
  return {};
}

// Writes the members of a group and refuses unknown ones and cycles.
Result<> WriteMembers(store::Transaction& transaction, const Principal& group) {
  for (PrincipalId member : group.members) {
    TRY(std::optional<Principal> found, principals_store::Find(transaction, member));
    if (!found) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Member with id {} does not exist.", member.value));
    }
  }
  TRY(principals_store::ReplaceMembers(transaction, group.id, group.members));
  TRY(std::vector<PrincipalReference> above, principals_store::GroupsOf(transaction, group.id));
  for (const PrincipalReference& reference : above) {
    if (reference.id == group.id) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Group {} would be a member of itself.", group.name));
    }
  }
  return {};
}

Result<int64_t> CountAdmins(store::Transaction& transaction) {
  TRY(std::optional<Principal> admins, principals_store::FindByName(transaction, kAdminsGroup));
  return principals_store::CountActiveBelow(transaction, admins->id);
}

// A server without an admin could never be administered again.
Result<> RequireAnAdmin(store::Transaction& transaction, int64_t before) {
  TRY(int64_t left, CountAdmins(transaction));
  if (left == 0 && before > 0) {
    return Failure(ErrorCode::kInvalidState, "no active member of the group admins would be left",
                   "add another member to admins first");
  }
  return {};
}

}  // namespace

Result<> Principals::Prepare() {
  TRY(database_.Migrate("iam", Migrations(), clock_));
  for (std::string_view name : {kAdminsGroup, kUsersGroup, kAccountUsersGroup}) {
    TRY(std::optional<Principal> found, FindByName(name));
    if (found) continue;
    Principal group;
    group.kind = name == kAccountUsersGroup ? PrincipalKind::kSystemGroup : PrincipalKind::kGroup;
    group.name = group.display_name = name;
    group.attributes = JsonValue(JsonValue::Object{});
    // Another server may be starting too: its group is as good.
    if (auto created = Create(std::move(group)); !created && created.error().code != ErrorCode::kConflict) {
      return Failure(std::move(created).error());
    }
  }
  return {};
}

Result<Principal> Principals::Create(Principal draft) {
  draft.id = {static_cast<int64_t>(random_.NextUint64() % static_cast<uint64_t>(kIdMax - 1'000'000'000'000)) + 1'000'000'000'000};
  if (draft.kind == PrincipalKind::kServicePrincipal && draft.name.empty()) draft.name = random_.NextUuid();
  TRY(CheckName(draft));
  draft.created_ms = draft.updated_ms = clock_.NowMillis();
  TRY(database_.Write([&draft](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<Principal> taken, principals_store::FindByName(transaction, draft.name));
    if (taken) {
      return Failure(ErrorCode::kConflict, fmt::format("{} with name {} already exists.", KindName(taken->kind), draft.name));
    }
    TRY(principals_store::Insert(transaction, draft));
    if (IsGroup(draft.kind)) return WriteMembers(transaction, draft);
    TRY(std::optional<Principal> users, principals_store::FindByName(transaction, kUsersGroup));
    if (users) TRY(principals_store::AddMember(transaction, users->id, draft.id));
    return {};
  }));
  ++generation_;
  return draft;
}

Result<Principal> Principals::Get(PrincipalKind kind, PrincipalId id) {
  TRY(std::optional<Principal> found, Find(id));
  if (!found || found->kind != kind) return Failure(Absent(kind, id));
  return std::move(*found);
}

Result<std::optional<Principal>> Principals::Find(PrincipalId id) {
  std::optional<Principal> found;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(found, principals_store::Find(reader, id));
    return {};
  }));
  return found;
}

Result<std::optional<Principal>> Principals::FindByName(std::string_view name) {
  std::optional<Principal> found;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(found, principals_store::FindByName(reader, name));
    return {};
  }));
  return found;
}

Result<std::vector<Principal>> Principals::List(const PrincipalQuery& query) {
  std::vector<Principal> principals;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(principals, principals_store::List(reader, query));
    return {};
  }));
  return principals;
}

Result<int64_t> Principals::Count(const PrincipalQuery& query) {
  int64_t count = 0;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(count, principals_store::Count(reader, query));
    return {};
  }));
  return count;
}

Result<Principal> Principals::Replace(const Principal& principal) {
  TRY(CheckName(principal));
  Principal saved = principal;
  saved.updated_ms = clock_.NowMillis();
  TRY(database_.Write([&saved](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<Principal> old, principals_store::Find(transaction, saved.id));
    if (!old || old->kind != saved.kind) return Failure(Absent(saved.kind, saved.id));
    saved.created_ms = old->created_ms;
    if (NameKey(old->name) != NameKey(saved.name)) {
      if (old->name == kAdminsGroup || old->name == kUsersGroup) {
        return Failure(ErrorCode::kInvalidParameterValue, fmt::format("The system group {} cannot be renamed.", old->name));
      }
      TRY(std::optional<Principal> taken, principals_store::FindByName(transaction, saved.name));
      if (taken) {
        return Failure(ErrorCode::kConflict, fmt::format("{} with name {} already exists.", KindName(taken->kind), saved.name));
      }
    }
    TRY(int64_t admins, CountAdmins(transaction));
    TRY(principals_store::Update(transaction, saved));
    if (IsGroup(saved.kind)) TRY(WriteMembers(transaction, saved));
    return RequireAnAdmin(transaction, admins);
  }));
  ++generation_;
  return saved;
}

Result<> Principals::Delete(PrincipalKind kind, PrincipalId id) {
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<Principal> old, principals_store::Find(transaction, id));
    if (!old || old->kind != kind) return Failure(Absent(kind, id));
    if (IsGroup(kind) && (old->name == kAdminsGroup || old->name == kUsersGroup)) {
      return Failure(ErrorCode::kInvalidState, fmt::format("The system group {} cannot be deleted.", old->name));
    }
    TRY(int64_t admins, CountAdmins(transaction));
    TRY(principals_store::Delete(transaction, id));
    return RequireAnAdmin(transaction, admins);
  }));
  ++generation_;
  return {};
}

Result<Identity> Principals::IdentityOf(PrincipalId id) {
  Identity identity;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(std::optional<Principal> principal, principals_store::Find(reader, id));
    if (!principal || !principal->active) {
      return Failure(ErrorCode::kUnauthenticated, "this principal is no longer active");
    }
    identity = Identity{.id = id, .kind = principal->kind, .name = principal->name, .display_name = principal->display_name};
    TRY(std::vector<PrincipalReference> groups, principals_store::GroupsOf(reader, id));
    TRY(std::optional<Principal> everyone, principals_store::FindByName(reader, kAccountUsersGroup));
    if (everyone) groups.push_back({everyone->id, everyone->kind, everyone->name, everyone->display_name, true});
    for (const PrincipalReference& group : groups) {
      identity.group_ids.push_back(group.id);
      identity.group_names.push_back(group.name);
      identity.is_admin = identity.is_admin || group.name == kAdminsGroup;
    }
    return {};
  }));
  return identity;
}

Result<std::vector<PrincipalReference>> Principals::GroupsOf(PrincipalId id) {
  std::vector<PrincipalReference> groups;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(groups, principals_store::GroupsOf(reader, id));
    return {};
  }));
  return groups;
}

Result<std::vector<PrincipalReference>> Principals::MembersOf(PrincipalId group) {
  std::vector<PrincipalReference> members;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(members, principals_store::MembersOf(reader, group));
    return {};
  }));
  return members;
}

}  // namespace crannog::iam
