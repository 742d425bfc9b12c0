#include "services/catalog/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "services/catalog/information_schema.h"
#include "services/catalog/migrations.h"

namespace crannog::catalog {
namespace {

constexpr size_t kNameBytesMax = 255;
constexpr int64_t kListChunk = 500;
constexpr int64_t kPrincipalNameMs = 5'000;
constexpr int64_t kSweepMs = 600'000;
constexpr int64_t kSweepMax = 1'000;

bool KeepsCase(Kind kind) {
  switch (kind) {
    case Kind::kCatalog:
    case Kind::kSchema:
    case Kind::kTable:
    case Kind::kVolume:
    case Kind::kFunction:
    case Kind::kModel:
    case Kind::kModelVersion:
    case Kind::kMetastore: return false;
    case Kind::kStorageCredential:
    case Kind::kExternalLocation:
    case Kind::kConnection:
    case Kind::kShare:
    case Kind::kRecipient:
    case Kind::kProvider: return true;
  }
  return true;
}

Result<> CheckName(Kind kind, std::string_view name) {
  auto refuse = [&](std::string why) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid {} name '{}': {}", InfoOf(kind).title, name, why));
  };
  if (name.empty()) return refuse("it is empty");
  if (name.size() > kNameBytesMax) return refuse(fmt::format("it is longer than {} bytes", kNameBytesMax));
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    // Source: Databricks' rule of names: no period, space, slash or control character.
    if (c == '.' || c == ' ' || c == '/' || byte < 0x20 || byte == 0x7F) return refuse("it holds a period, space, slash or control character");
  }
  return {};
}

// One spelling for each place: no slash at the end, local paths as URLs.
std::string WithoutSlash(std::string url) {
  if (url.starts_with("/")) url.insert(0, "file://");
  else if (url.starts_with("file:/") && !url.starts_with("file://")) url.insert(5, "//");
  while (url.size() > 1 && url.ends_with('/') && !url.ends_with(":///")) url.pop_back();
  return url;
}

Names ParentNames(const Names& names) { return {names.begin(), names.end() - (names.empty() ? 0 : 1)}; }

Error NotEmptyError(const Securable& securable) {
  if (securable.kind == Kind::kSchema) {
    return ConditionError("SCHEMA_NOT_EMPTY", {{"schemaName", fmt::format("`{}`", securable.Name())}});
  }
  return MakeError(ErrorCode::kInvalidState, fmt::format("{} '{}' is not empty.", InfoOf(securable.kind).title, securable.FullName()),
                   "use force or CASCADE to delete what it holds, too");
}

}  // namespace

Result<Names> NormalizeNames(Kind kind, const Names& names) {
  if (names.size() != InfoOf(kind).name_parts) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} name '{}' must have {} parts", InfoOf(kind).title,
                                                                  JoinNames(names), InfoOf(kind).name_parts));
  }
  Names normal = names;
  for (std::string& name : normal) {
    TRY(CheckName(kind, name));
    if (KeepsCase(kind)) continue;
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return normal;
}

// ---------------------------------------------------------------------------------------------------------------- looking

Result<std::vector<Securable>> Catalog::LoadChain(store::Reader& reader, Kind kind, const Names& names) {
  TRY(std::optional<Securable> metastore, securables_store::FindMetastore(reader));
  if (!metastore) return Failure(ErrorCode::kInternal, "there is no metastore");
  std::vector<Kind> kinds;
  for (Kind k = kind; k != Kind::kMetastore; k = InfoOf(k).parent) kinds.push_back(k);
  std::ranges::reverse(kinds);
  CHECK(kinds.size() == names.size());
  std::vector<Securable> chain = {std::move(*metastore)};
  for (size_t i = 0; i < kinds.size(); ++i) {
    TRY(std::optional<Securable> child, securables_store::FindChild(reader, chain.back(), kinds[i], names[i]));
    // An absent parent is as absent as the object: the error speaks of what was asked for.
    if (!child) return Failure(NotFoundError(kind, JoinNames(names)));
    chain.push_back(std::move(*child));
  }
  return chain;
}

Result<Access> Catalog::LoadAccess(store::Reader& reader, const Actor& actor, Kind kind, const Names& names) {
  TRY(std::vector<Securable> chain, LoadChain(reader, kind, names));
  return Access::Load(reader, actor, std::move(chain));
}

Result<Securable> Catalog::Get(const Actor& actor, Kind kind, const Names& names) {
  TRY(Names normal, NormalizeNames(kind, names));
  Securable found;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Access access, LoadAccess(reader, actor, kind, normal));
    TRY(access.RequireVisible());
    found = access.Object();
    if (access.IsBrowseOnly()) {
      found.location.clear();
      found.details.Set("browse_only", true);
    }
    return {};
  }));
  return found;
}

Result<std::optional<Securable>> Catalog::Find(const Actor& actor, Kind kind, const Names& names) {
  auto found = Get(actor, kind, names);
  if (found) return std::move(*found);
  if (found.error().code == ErrorCode::kNotFound) return std::nullopt;
  return Failure(std::move(found).error());
}

Result<Listing> Catalog::List(const Actor& actor, Kind kind, const Names& parent_names, const Page& page) {
  const Kind parent_kind = InfoOf(kind).parent;
  TRY(Names normal, NormalizeNames(parent_kind, parent_names));
  Listing listing;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    listing = {};
    TRY(Access parent, LoadAccess(reader, actor, parent_kind, normal));
    TRY(auto rows, securables_store::ListChildGrants(reader, parent.Object().id, kind));
    std::map<std::string, PrivilegeSet> granted;
    for (const auto& [id, grant] : rows) {
      if (actor.Is(grant.principal_id)) granted[id] |= grant.privileges;
    }
    std::string after = page.after;
    while (true) {
      TRY(std::vector<Securable> children, securables_store::ListChildren(reader, parent.Object(), kind, after, kListChunk));
      const bool is_last = children.size() < static_cast<size_t>(kListChunk);
      for (Securable& child : children) {
        after = child.Name();
        const auto own = granted.find(child.id);
        const Access access = parent.Child(child, own == granted.end() ? 0 : own->second);
        if (!access.IsVisible()) continue;
        // One more than fits tells that there is another page, so that no page is empty.
        if (static_cast<int64_t>(listing.objects.size()) == page.count_max) {
          listing.next = listing.objects.back().Name();
          return {};
        }
        const bool browse_only = access.IsBrowseOnly();
        if (browse_only) child.location.clear();
        listing.objects.push_back(std::move(child));
        listing.browse_only.push_back(browse_only);
      }
      if (is_last) return {};
    }
  }));
  // A schema that may not be seen holds nothing to be seen; one that may not exist answers the same.
  if (listing.objects.empty() && page.after.empty() && parent_kind != Kind::kMetastore) TRY(Get(actor, parent_kind, normal));
  return listing;
}

Result<> Catalog::Require(const Actor& actor, std::string_view privilege, Kind kind, const Names& names) {
  TRY(Names normal, NormalizeNames(kind, names));
  return database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Access access, LoadAccess(reader, actor, kind, normal));
    return access.Require(privilege);
  });
}

Result<> Catalog::RequireManage(const Actor& actor, Kind kind, const Names& names) {
  TRY(Names normal, NormalizeNames(kind, names));
  return database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Access access, LoadAccess(reader, actor, kind, normal));
    return access.RequireManage();
  });
}

// ---------------------------------------------------------------------------------------------------------------- paths

Result<> Catalog::CheckPath(store::Reader& reader, const Actor& actor, std::string_view privilege, const std::string& url) {
  const std::string path = WithoutSlash(url);
  if (path.find("/../") != std::string::npos || path.ends_with("/..")) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("the path {} must not hold '..'", url));
  }
  // What the catalog manages is reached by name only, so that nobody walks around a table's privileges.
  if (!options_.managed_root.empty() && (path + "/").starts_with(WithoutSlash(options_.managed_root) + "/")) {
    return Failure(ErrorCode::kPermissionDenied, fmt::format("the path {} belongs to the catalog's managed storage", url),
                   "use the table or volume by its name");
  }
  TRY(std::vector<Securable> chain, LoadChain(reader, Kind::kMetastore, {}));
  TRY(std::vector<securables_store::Located> locations, securables_store::ListLocated(reader, Kind::kExternalLocation));
  for (const securables_store::Located& location : locations) {
    if (path != location.location && !path.starts_with(location.location + "/")) continue;
    TRY(Access access, LoadAccess(reader, actor, Kind::kExternalLocation, {location.name}));
    if (access.Require(privilege)) return {};
    break;  // the refusal below does not tell the location's name
  }
  TRY(Access metastore, Access::Load(reader, actor, std::move(chain)));
  if (metastore.CanManage()) return {};
  return Failure(ConditionError("INSUFFICIENT_PERMISSIONS",
                                {{"report", fmt::format("User does not have {} on any external location that holds '{}'.", SqlName(privilege), url)}}));
}

Result<> Catalog::RequirePath(const Actor& actor, std::string_view privilege, const std::string& url) {
  return database_.Read([&](store::Reader& reader) { return CheckPath(reader, actor, privilege, url); });
}

std::string Catalog::ManagedRootOf(const Access& schema) const {
  const std::vector<Securable> chain = schema.Chain();
  for (auto level = chain.rbegin(); level != chain.rend(); ++level) {
    if (!level->location.empty()) return WithoutSlash(level->location);
  }
  return WithoutSlash(options_.managed_root);
}

Result<std::string> Catalog::ManagedLocation(const Actor& actor, Kind kind, const Names& names) {
  TRY(Names normal, NormalizeNames(kind, names));
  std::string location;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Access schema, LoadAccess(reader, actor, Kind::kSchema, ParentNames(normal)));
    TRY(schema.Require(InfoOf(kind).create_privilege));
    const std::string_view folder = kind == Kind::kTable ? "tables" : kind == Kind::kVolume ? "volumes" : "models";
    location = fmt::format("{}/{}/{}", ManagedRootOf(schema), folder, random_.NextUuid());
    return {};
  }));
  return location;
}

// ---------------------------------------------------------------------------------------------------------------- changing

// Checks what only some kinds need, and fills in what they are given.
Result<> Catalog::CheckDraft(store::Reader& reader, const Actor& actor, Draft& draft, const Access& parent) {
  draft.location = WithoutSlash(draft.location);
  const bool is_managed = draft.details.StringOr("table_type", "") == "MANAGED" || draft.details.StringOr("volume_type", "") == "MANAGED";
  switch (draft.kind) {
    case Kind::kTable:
      if (!draft.location.empty() && !is_managed) TRY(CheckPath(reader, actor, "CREATE_EXTERNAL_TABLE", draft.location));
      return {};
    case Kind::kVolume:
      if (is_managed) {
        draft.location = fmt::format("{}/volumes/{}", ManagedRootOf(parent), draft.id);
      } else {
        if (draft.location.empty()) return Failure(ErrorCode::kInvalidParameterValue, "an external volume needs a storage_location");
        TRY(CheckPath(reader, actor, "CREATE_EXTERNAL_VOLUME", draft.location));
      }
      return {};
    case Kind::kModel:
      if (draft.location.empty()) draft.location = fmt::format("{}/models/{}", ManagedRootOf(parent), draft.id);
      return {};
    case Kind::kExternalLocation: {
      if (draft.location.empty()) return Failure(ErrorCode::kInvalidParameterValue, "an external location needs a url");
      TRY(std::vector<securables_store::Located> others, securables_store::ListLocated(reader, Kind::kExternalLocation));
      for (const securables_store::Located& other : others) {
        if ((draft.location + "/").starts_with(other.location + "/") || (other.location + "/").starts_with(draft.location + "/")) {
          return Failure(ErrorCode::kInvalidParameterValue,
                         fmt::format("the url {} overlaps with the external location {}", draft.location, other.name));
        }
      }
      const std::string credential = draft.details.StringOr("credential_name", "");
      if (!credential.empty()) {
        TRY(Access access, LoadAccess(reader, actor, Kind::kStorageCredential, {credential}));
        TRY(access.Require("CREATE_EXTERNAL_LOCATION"));
        draft.details.Set("credential_id", access.Object().id);
      }
      return {};
    }
    case Kind::kCatalog:
    case Kind::kSchema:
      if (!draft.location.empty()) TRY(CheckPath(reader, actor, "CREATE_MANAGED_STORAGE", draft.location));
      return {};
    case Kind::kMetastore:
    case Kind::kFunction:
    case Kind::kStorageCredential:
    case Kind::kConnection:
    case Kind::kShare:
    case Kind::kRecipient:
    case Kind::kProvider:
    case Kind::kModelVersion: return {};
  }
  return {};
}

Result<Securable> Catalog::CreateIn(store::Transaction& transaction, const Actor& actor, const Draft& draft, const Access& parent) {
  TRY(std::optional<Securable> taken, securables_store::FindChild(transaction, parent.Object(), draft.kind, draft.names.back()));
  if (taken) return Failure(AlreadyExistsError(draft.kind, JoinNames(draft.names)));
  if (parent.Object().kind == Kind::kSchema && parent.Object().Name() == kInformationSchema) {
    return Failure(ErrorCode::kInvalidParameterValue, "nothing can be created in an information schema");
  }
  Securable created;
  created.id = draft.id;
  created.kind = draft.kind;
  created.parent_id = parent.Object().id;
  created.names = draft.names;
  created.owner_id = actor.id;
  created.comment = draft.comment;
  created.properties = draft.properties;
  created.location = draft.location;
  created.details = draft.details;
  created.created_ms = created.updated_ms = clock_.NowMillis();
  created.created_by = created.updated_by = actor.name;
  TRY(securables_store::Insert(transaction, created));
  if (draft.kind != Kind::kCatalog) return created;
  Securable schema = created;
  schema.kind = Kind::kSchema;
  schema.parent_id = created.id;
  schema.properties.clear();
  schema.location.clear();
  schema.details = JsonValue(JsonValue::Object{});
  schema.id = random_.NextUuid();
  schema.names = {created.Name(), "default"};
  schema.comment = "Default schema (auto-created)";
  TRY(securables_store::Insert(transaction, schema));
  if (created.Name() == "hive_metastore") return created;  // the old metastore never had one
  schema.id = random_.NextUuid();
  schema.names = {created.Name(), std::string(kInformationSchema)};
  schema.comment = "Information schema (auto-created)";
  schema.owner_id = system_owner_id_;
  TRY(securables_store::Insert(transaction, schema));
  TRY(securables_store::AddGrant(transaction, schema.id, everyone_id_, Privilege("USE_SCHEMA") | Privilege("SELECT")));
  return created;
}

Result<Securable> Catalog::Create(const Actor& actor, Draft draft) {
  TRY(draft.names, NormalizeNames(draft.kind, draft.names));
  if (draft.id.empty()) draft.id = random_.NextUuid();
  const KindInfo& info = InfoOf(draft.kind);
  Securable created;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    Draft checked = draft;
    TRY(Access parent, LoadAccess(transaction, actor, info.parent, ParentNames(draft.names)));
    TRY(parent.Require(info.create_privilege));
    TRY(CheckDraft(transaction, actor, checked, parent));
    TRY(created, CreateIn(transaction, actor, checked, parent));
    return {};
  }));
  return created;
}

Result<Securable> Catalog::Update(const Actor& actor, Kind kind, const Names& names, const Change& change) {
  TRY(Names normal, NormalizeNames(kind, names));
  std::optional<Names> new_names;
  if (change.new_names) {
    TRY(new_names, NormalizeNames(kind, *change.new_names));
  }
  std::optional<int64_t> owner_id;
  if (change.owner) {
    TRY(owner_id, PrincipalIdOf(*change.owner));
  }
  Securable saved;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Access access, LoadAccess(transaction, actor, kind, normal));
    // Who writes a table may note what changed in it; owner, name and the like are for those who manage it.
    const bool only_content = !new_names && !owner_id && !change.location;
    const bool may_modify = kind == Kind::kTable && only_content && access.Require("MODIFY").has_value();
    if (!may_modify) TRY(access.RequireManage());
    saved = access.Object();
    if (new_names && *new_names != normal) {
      TRY(Access target, LoadAccess(transaction, actor, InfoOf(kind).parent, ParentNames(*new_names)));
      if (ParentNames(*new_names) != ParentNames(normal)) TRY(target.Require(InfoOf(kind).create_privilege));
      TRY(std::optional<Securable> taken, securables_store::FindChild(transaction, target.Object(), kind, new_names->back()));
      if (taken) return Failure(AlreadyExistsError(kind, JoinNames(*new_names)));
      saved.parent_id = target.Object().id;
      saved.names = *new_names;
    }
    if (owner_id) saved.owner_id = *owner_id;
    if (change.comment) saved.comment = *change.comment;
    if (change.properties) saved.properties = *change.properties;
    if (change.location) saved.location = WithoutSlash(*change.location);
    if (change.details) saved.details = *change.details;
    if (change.edit) TRY(change.edit(saved));
    saved.updated_ms = clock_.NowMillis();
    saved.updated_by = actor.name;
    return securables_store::Update(transaction, saved);
  }));
  return saved;
}

Result<> Catalog::Drop(const Actor& actor, Kind kind, const Names& names, DropMode mode) {
  TRY(Names normal, NormalizeNames(kind, names));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Access access, LoadAccess(transaction, actor, kind, normal));
    TRY(access.RequireManage());
    const Securable& object = access.Object();
    if (kind == Kind::kSchema && object.Name() == kInformationSchema) {
      return Failure(ErrorCode::kInvalidParameterValue, "an information schema cannot be dropped");
    }
    if (kind == Kind::kMetastore) return Failure(ErrorCode::kInvalidState, "the metastore of this server cannot be dropped");
    TRY(bool has_children, securables_store::HasChildren(transaction, object.id));
    if (has_children && mode == DropMode::kRestrict && kind != Kind::kModel) {
      // A catalog that holds nothing but what it was made with counts as empty.
      bool is_empty = false;
      if (kind == Kind::kCatalog) {
        TRY(std::vector<Securable> schemas, securables_store::ListChildren(transaction, object, Kind::kSchema, "", 3));
        is_empty = true;
        for (const Securable& schema : schemas) {
          TRY(bool inner, securables_store::HasChildren(transaction, schema.id));
          if (inner || (schema.Name() != "default" && schema.Name() != kInformationSchema)) is_empty = false;
        }
      }
      if (!is_empty) return Failure(NotEmptyError(object));
    }
    return securables_store::SetDropped(transaction, object.id, 0, clock_.NowMillis());
  });
}

Result<Securable> Catalog::Undrop(const Actor& actor, Kind kind, const Names& names) {
  TRY(Names normal, NormalizeNames(kind, names));
  Securable restored;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Access parent, LoadAccess(transaction, actor, InfoOf(kind).parent, ParentNames(normal)));
    TRY(std::optional<Securable> dropped, securables_store::FindDropped(transaction, parent.Object(), kind, normal.back()));
    if (!dropped || dropped->dropped_ms + options_.retention_ms < clock_.NowMillis()) {
      return Failure(NotFoundError(kind, JoinNames(normal)));
    }
    TRY(parent.Require(InfoOf(kind).create_privilege));
    std::vector<Securable> chain = parent.Chain();
    chain.push_back(*dropped);
    TRY(Access access, Access::Load(transaction, actor, std::move(chain)));
    TRY(access.RequireManage());
    TRY(std::optional<Securable> taken, securables_store::FindChild(transaction, parent.Object(), kind, normal.back()));
    if (taken) return Failure(AlreadyExistsError(kind, JoinNames(normal)));
    TRY(securables_store::SetDropped(transaction, dropped->id, dropped->dropped_ms, 0));
    restored = *dropped;
    restored.dropped_ms = 0;
    return {};
  }));
  return restored;
}

// ---------------------------------------------------------------------------------------------------------------- grants, tags

Result<std::vector<Catalog::GrantRow>> Catalog::ListGrants(const Actor& actor, Kind kind, const Names& names, std::string_view principal,
                                                           Inherited inherited) {
  TRY(Names normal, NormalizeNames(kind, names));
  std::optional<int64_t> only;
  if (!principal.empty()) {
    TRY(only, PrincipalIdOf(principal));
  }
  std::vector<GrantRow> rows;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    rows.clear();
    TRY(Access access, LoadAccess(reader, actor, kind, normal));
    TRY(access.RequireVisible());
    const bool sees_all = access.CanManage();
    const std::vector<Securable> chain = access.Chain();
    for (size_t i = chain.size(); i-- > 0;) {
      const bool is_object = i + 1 == chain.size();
      if (!is_object && (inherited == Inherited::kNo || chain[i].kind == Kind::kMetastore)) continue;
      TRY(std::vector<Grant> grants, securables_store::ListGrants(reader, chain[i].id));
      for (const Grant& grant : grants) {
        if (only && grant.principal_id != *only) continue;
        if (!sees_all && !actor.Is(grant.principal_id)) continue;  // others' grants are for those who manage it
        const PrivilegeSet privileges = is_object ? grant.privileges : grant.privileges & GrantableOn(kind);
        if (privileges != 0) rows.push_back({"", grant.principal_id, privileges, chain[i].kind, chain[i].FullName()});
      }
    }
    return {};
  }));
  for (GrantRow& row : rows) row.principal = PrincipalName(row.principal_id);
  std::ranges::stable_sort(rows, {}, &GrantRow::principal);
  return rows;
}

Result<> Catalog::ChangeGrants(const Actor& actor, Kind kind, const Names& names, const std::vector<GrantChange>& changes) {
  TRY(Names normal, NormalizeNames(kind, names));
  struct Step {
    int64_t principal_id;
    PrivilegeSet add = 0, remove = 0;
  };
  auto collect = [kind](const std::vector<std::string>& list) -> Result<PrivilegeSet> {
    PrivilegeSet set = 0;
    for (const std::string& name : list) {
      const std::optional<PrivilegeSet> found = FindPrivilege(name);
      if (!found || (*found & GrantableOn(kind)) == 0) {
        return Failure(ErrorCode::kInvalidParameterValue,
                       fmt::format("Privilege {} is not applicable to this entity [{}].", name, InfoOf(kind).wire_name));
      }
      set |= *found;
    }
    return set;
  };
  std::vector<Step> steps;
  for (const GrantChange& change : changes) {
    Step step{};
    TRY(step.principal_id, PrincipalIdOf(change.principal));
    TRY(step.add, collect(change.add));
    TRY(step.remove, collect(change.remove));
    steps.push_back(step);
  }
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Access access, LoadAccess(transaction, actor, kind, normal));
    TRY(access.RequireManage());
    for (const Step& step : steps) {
      TRY(securables_store::RemoveGrant(transaction, access.Object().id, step.principal_id, step.remove));
      TRY(securables_store::AddGrant(transaction, access.Object().id, step.principal_id, step.add));
    }
    return {};
  });
}

Result<std::vector<Catalog::Tag>> Catalog::ListTags(const Actor& actor, Kind kind, const Names& names) {
  TRY(Names normal, NormalizeNames(kind, names));
  std::vector<Tag> tags;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(Access access, LoadAccess(reader, actor, kind, normal));
    TRY(access.RequireVisible());
    TRY(tags, securables_store::ListTags(reader, access.Object().id));
    return {};
  }));
  return tags;
}

Result<> Catalog::ChangeTags(const Actor& actor, Kind kind, const Names& names, const std::vector<Tag>& put,
                             const std::vector<std::pair<std::string, std::string>>& remove) {
  TRY(Names normal, NormalizeNames(kind, names));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(Access access, LoadAccess(transaction, actor, kind, normal));
    if (!access.CanManage()) TRY(access.Require("APPLY_TAG"));
    for (Tag tag : put) {
      tag.updated_ms = clock_.NowMillis();
      tag.updated_by = actor.name;
      TRY(securables_store::PutTag(transaction, access.Object().id, tag));
    }
    for (const auto& [column, name] : remove) {
      TRY(securables_store::DeleteTag(transaction, access.Object().id, column, name));
    }
    return {};
  });
}

// ---------------------------------------------------------------------------------------------------------------- principals

std::string Catalog::PrincipalName(int64_t id) {
  const int64_t now = clock_.NowMillis();
  {
    std::lock_guard lock(names_mutex_);
    auto found = principal_names_.find(id);
    if (found != principal_names_.end() && found->second.second >= now) return found->second.first;
  }
  auto principal = principals_.Find({id});
  std::string name = principal && *principal ? (*principal)->name : "";
  std::lock_guard lock(names_mutex_);
  principal_names_[id] = {name, now + kPrincipalNameMs};
  return name;
}

Result<int64_t> Catalog::PrincipalIdOf(std::string_view name) {
  TRY(std::optional<iam::Principal> principal, principals_.FindByName(name));
  if (!principal) {
    return Failure(ErrorCode::kNotFound, fmt::format("Could not find principal with name {}", name),
                   "name a user, a group, or a service principal by its application id");
  }
  return principal->id.value;
}

Result<Actor> Catalog::ActorOf(std::string_view principal_name) {
  TRY(int64_t id, PrincipalIdOf(principal_name));
  TRY(iam::Identity identity, principals_.IdentityOf({id}));
  Actor actor{.name = identity.name, .id = id, .is_admin = identity.is_admin};
  actor.ids.push_back(id);
  for (iam::PrincipalId group : identity.group_ids) actor.ids.push_back(group.value);
  std::ranges::sort(actor.ids);
  return actor;
}

// ---------------------------------------------------------------------------------------------------------------- start, retention

Result<> Catalog::EnsureCatalog(const Actor& system, const std::string& name, int64_t owner_id, int64_t everyone_id) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::vector<Securable> top, LoadChain(transaction, Kind::kMetastore, {}));
    TRY(std::optional<Securable> there, securables_store::FindChild(transaction, top[0], Kind::kCatalog, name));
    if (there) return {};
    TRY(Access metastore, Access::Load(transaction, system, std::move(top)));
    Draft draft{.kind = Kind::kCatalog, .names = {name}, .id = random_.NextUuid()};
    draft.details.Set("catalog_type", name == "system" ? "SYSTEM_CATALOG" : "MANAGED_CATALOG");
    draft.comment = name == "main" ? "Main catalog (auto-created)" : "";
    Actor owner = system;
    owner.id = owner_id;
    TRY(Securable created, CreateIn(transaction, owner, draft, metastore));
    // Databricks' defaults of a workspace catalog: everybody uses it and may create in its default schema.
    TRY(std::optional<Securable> schema, securables_store::FindChild(transaction, created, Kind::kSchema, "default"));
    PrivilegeSet in_catalog = Privilege("USE_CATALOG"), in_schema = 0;
    if (name == "main") {
      in_schema = Privilege("USE_SCHEMA") | Privilege("CREATE_TABLE") | Privilege("CREATE_MATERIALIZED_VIEW") | Privilege("CREATE_FUNCTION") |
                  Privilege("CREATE_MODEL") | Privilege("CREATE_VOLUME");
    } else if (name == "hive_metastore") {  // had no privileges of Unity Catalog: everybody did everything
      in_catalog = Privilege("ALL_PRIVILEGES");
    }
    TRY(securables_store::AddGrant(transaction, created.id, everyone_id, in_catalog));
    return securables_store::AddGrant(transaction, schema->id, everyone_id, in_schema);
  });
}

Result<> Catalog::Prepare() {
  TRY(database_.Migrate("catalog", Migrations(), clock_));
  TRY(int64_t admins, PrincipalIdOf(iam::kAdminsGroup));
  TRY(int64_t everyone, PrincipalIdOf(iam::kAccountUsersGroup));
  system_owner_id_ = admins;
  everyone_id_ = everyone;
  const Actor system{.name = "System user", .id = admins, .ids = {admins}, .is_admin = true};
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<Securable> metastore, securables_store::FindMetastore(transaction));
    if (!metastore) {
      metastore.emplace();
      metastore->id = random_.NextUuid();
      metastore->kind = Kind::kMetastore;
      metastore->owner_id = admins;
      metastore->created_ms = metastore->updated_ms = clock_.NowMillis();
      metastore->created_by = metastore->updated_by = system.name;
      TRY(securables_store::Insert(transaction, *metastore));
    }
    metastore_id_ = metastore->id;
    return {};
  }));
  for (const char* name : {"main", "hive_metastore", "system"}) TRY(EnsureCatalog(system, name, admins, everyone));
  return {};
}

Result<> Catalog::Schedule(store::Scheduler& scheduler, std::function<Result<>(const std::string& location)> remove_data) {
  return scheduler.Every("catalog.sweep", kSweepMs, [this, remove_data = std::move(remove_data)](const store::Task&) -> Result<> {
    std::vector<securables_store::Dropped> ended;
    TRY(database_.Read([&](store::Reader& reader) -> Result<> {
      TRY(ended, securables_store::ListDroppedBefore(reader, clock_.NowMillis() - options_.retention_ms, kSweepMax));
      return {};
    }));
    for (const securables_store::Dropped& dropped : ended) {
      const bool is_managed = dropped.details.StringOr("table_type", "") == "MANAGED" ||
                              dropped.details.StringOr("volume_type", "") == "MANAGED" || dropped.kind == Kind::kModel;
      // Data first: were the row gone, nobody would know of the data any more.
      if (is_managed && !dropped.location.empty()) TRY(remove_data(dropped.location));
      TRY(database_.Write([&](store::Transaction& transaction) { return securables_store::Delete(transaction, dropped.id); }));
    }
    return {};
  });
}

}  // namespace crannog::catalog
