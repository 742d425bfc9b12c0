#include "services/catalog/catalog_client_adapter.h"

#include <fmt/format.h>

#include "services/catalog/information_schema.h"
#include "services/catalog/object_json.h"

namespace crannog::catalog {
namespace {

using analyze::SecurableKind;

std::string Lower(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string CatalogName(std::string_view name) {
  std::string lower = Lower(name);
  return lower == "spark_catalog" ? "hive_metastore" : lower;
}

Names ToNames(const analyze::ObjectName& name) { return {CatalogName(name.catalog), name.schema, name.name}; }
Names ToNames(const analyze::SchemaName& name) { return {CatalogName(name.catalog), name.schema}; }

struct Target {
  Kind kind;
  Names names;
};

Result<Target> ToTarget(const analyze::Securable& object) {
  Target target{Kind::kTable, object.name};
  switch (object.kind) {
    case SecurableKind::kMetastore: return Target{Kind::kMetastore, {}};
    case SecurableKind::kCatalog: target.kind = Kind::kCatalog; break;
    case SecurableKind::kSchema: target.kind = Kind::kSchema; break;
    case SecurableKind::kTable:
    case SecurableKind::kView: target.kind = Kind::kTable; break;
    case SecurableKind::kVolume: target.kind = Kind::kVolume; break;
    case SecurableKind::kFunction: target.kind = Kind::kFunction; break;
    case SecurableKind::kModel: target.kind = Kind::kModel; break;
    case SecurableKind::kStorageCredential: return Target{Kind::kStorageCredential, object.name};
    case SecurableKind::kExternalLocation: return Target{Kind::kExternalLocation, object.name};
    case SecurableKind::kShare: return Target{Kind::kShare, object.name};
    case SecurableKind::kRecipient: return Target{Kind::kRecipient, object.name};
    case SecurableKind::kProvider: return Target{Kind::kProvider, object.name};
    case SecurableKind::kConnection: return Target{Kind::kConnection, object.name};
    case SecurableKind::kAnyFile: return Failure(NotImplemented("grants on ANY FILE"));
  }
  if (!target.names.empty()) target.names[0] = CatalogName(target.names[0]);
  return target;
}

std::string_view PrivilegeName(analyze::Privilege privilege) {
  switch (privilege) {
    case analyze::Privilege::kSelect: return "SELECT";
    case analyze::Privilege::kModify: return "MODIFY";
    case analyze::Privilege::kUseCatalog: return "USE_CATALOG";
    case analyze::Privilege::kUseSchema: return "USE_SCHEMA";
    case analyze::Privilege::kCreateCatalog: return "CREATE_CATALOG";
    case analyze::Privilege::kCreateSchema: return "CREATE_SCHEMA";
    case analyze::Privilege::kCreateTable: return "CREATE_TABLE";
    case analyze::Privilege::kCreateFunction: return "CREATE_FUNCTION";
    case analyze::Privilege::kCreateVolume: return "CREATE_VOLUME";
    case analyze::Privilege::kCreateModel: return "CREATE_MODEL";
    case analyze::Privilege::kExecute: return "EXECUTE";
    case analyze::Privilege::kReadVolume: return "READ_VOLUME";
    case analyze::Privilege::kWriteVolume: return "WRITE_VOLUME";
    case analyze::Privilege::kReadFiles: return "READ_FILES";
    case analyze::Privilege::kWriteFiles: return "WRITE_FILES";
    case analyze::Privilege::kManage: return "MANAGE";
    case analyze::Privilege::kApplyTag: return "APPLY_TAG";
    case analyze::Privilege::kBrowse: return "BROWSE";
    case analyze::Privilege::kAllPrivileges: return "ALL_PRIVILEGES";
    case analyze::Privilege::kOwner: return "MANAGE";
  }
  return "MANAGE";
}

bool IsPath(const analyze::Securable& object) {
  return (object.kind == SecurableKind::kAnyFile || object.kind == SecurableKind::kExternalLocation) && object.name.size() == 1 &&
         object.name[0].find('/') != std::string::npos;
}

DropMode ModeOf(bool cascade) { return cascade ? DropMode::kCascade : DropMode::kRestrict; }

}  // namespace

Result<std::shared_ptr<const Actor>> CatalogClientAdapter::Who() {
  const uint64_t generation = principals_.Generation();
  const int64_t now = clock_.NowMillis();
  {
    std::lock_guard lock(mutex_);
    if (actor_ && actor_generation_ == generation && now < actor_until_ms_) return actor_;
  }
  TRY(Actor actor, catalog_.ActorOf(principal_));
  std::lock_guard lock(mutex_);
  actor_ = std::make_shared<const Actor>(std::move(actor));
  actor_generation_ = generation;
  actor_until_ms_ = now + kActorMs;
  return actor_;
}

Result<std::optional<Securable>> CatalogClientAdapter::Find(Kind kind, const Names& names) {
  TRY(auto actor, Who());
  auto found = catalog_.Find(*actor, kind, names);
  // A name that no object can have names nothing.
  if (!found && found.error().code == ErrorCode::kInvalidParameterValue) return std::nullopt;
  return found;
}

Result<Listing> CatalogClientAdapter::List(Kind kind, const Names& parent) {
  TRY(auto actor, Who());
  return catalog_.List(*actor, kind, parent);
}

Result<std::optional<analyze::TableInfo>> CatalogClientAdapter::FindTable(const analyze::ObjectName& name) {
  if (Lower(name.schema) == kInformationSchema) {
    TRY(std::optional<Securable> schema, Find(Kind::kSchema, {CatalogName(name.catalog), std::string(kInformationSchema)}));
    if (!schema) return std::nullopt;
    TRY(auto actor, Who());
    return InformationSchema(catalog_).Find(*actor, schema->names[0], Lower(name.name));
  }
  TRY(std::optional<Securable> found, Find(Kind::kTable, ToNames(name)));
  if (!found) return std::nullopt;
  TRY(analyze::TableInfo info, ToTableInfo(*found, OwnerOf(*found)));
  return info;
}

Result<std::optional<analyze::FunctionInfo>> CatalogClientAdapter::FindFunction(const analyze::ObjectName& name) {
  TRY(std::optional<Securable> found, Find(Kind::kFunction, ToNames(name)));
  if (!found) return std::nullopt;
  TRY(analyze::FunctionInfo info, ToFunctionInfo(*found, OwnerOf(*found)));
  return info;
}

Result<std::optional<analyze::SchemaInfo>> CatalogClientAdapter::FindSchema(const analyze::SchemaName& name) {
  TRY(std::optional<Securable> found, Find(Kind::kSchema, ToNames(name)));
  if (!found) return std::nullopt;
  return analyze::SchemaInfo{{found->names[0], found->names[1]}, found->comment, found->location, OwnerOf(*found), found->properties};
}

Result<std::optional<analyze::CatalogInfo>> CatalogClientAdapter::FindCatalog(std::string_view name) {
  TRY(std::optional<Securable> found, Find(Kind::kCatalog, {CatalogName(name)}));
  if (!found) return std::nullopt;
  return analyze::CatalogInfo{found->Name(), found->comment, OwnerOf(*found), found->properties};
}

Result<std::optional<analyze::VolumeInfo>> CatalogClientAdapter::FindVolume(const analyze::ObjectName& name) {
  TRY(std::optional<Securable> found, Find(Kind::kVolume, ToNames(name)));
  if (!found) return std::nullopt;
  return ToVolumeInfo(*found, OwnerOf(*found));
}

Result<std::vector<analyze::CatalogInfo>> CatalogClientAdapter::ListCatalogs() {
  TRY(Listing listing, List(Kind::kCatalog, {}));
  std::vector<analyze::CatalogInfo> infos;
  for (const Securable& one : listing.objects) infos.push_back({one.Name(), one.comment, OwnerOf(one), one.properties});
  return infos;
}

Result<std::vector<analyze::SchemaInfo>> CatalogClientAdapter::ListSchemas(std::string_view catalog) {
  TRY(Listing listing, List(Kind::kSchema, {CatalogName(catalog)}));
  std::vector<analyze::SchemaInfo> infos;
  for (const Securable& one : listing.objects) {
    infos.push_back({{one.names[0], one.names[1]}, one.comment, one.location, OwnerOf(one), one.properties});
  }
  return infos;
}

Result<std::vector<analyze::TableInfo>> CatalogClientAdapter::ListTables(const analyze::SchemaName& schema) {
  TRY(Listing listing, List(Kind::kTable, ToNames(schema)));
  if (Lower(schema.schema) == kInformationSchema) {
    std::vector<analyze::TableInfo> views;
    for (const std::string& view : InformationSchema::ViewNames()) views.push_back(*InformationSchema::Describe(CatalogName(schema.catalog), view));
    return views;
  }
  std::vector<analyze::TableInfo> infos;
  for (const Securable& one : listing.objects) {
    TRY(analyze::TableInfo info, ToTableInfo(one, OwnerOf(one)));
    infos.push_back(std::move(info));
  }
  return infos;
}

Result<std::vector<analyze::FunctionInfo>> CatalogClientAdapter::ListFunctions(const analyze::SchemaName& schema) {
  TRY(Listing listing, List(Kind::kFunction, ToNames(schema)));
  std::vector<analyze::FunctionInfo> infos;
  for (const Securable& one : listing.objects) {
    TRY(analyze::FunctionInfo info, ToFunctionInfo(one, OwnerOf(one)));
    infos.push_back(std::move(info));
  }
  return infos;
}

Result<std::vector<analyze::VolumeInfo>> CatalogClientAdapter::ListVolumes(const analyze::SchemaName& schema) {
  TRY(Listing listing, List(Kind::kVolume, ToNames(schema)));
  std::vector<analyze::VolumeInfo> infos;
  for (const Securable& one : listing.objects) infos.push_back(ToVolumeInfo(one, OwnerOf(one)));
  return infos;
}

Result<> CatalogClientAdapter::Require(analyze::Privilege privilege, const analyze::Securable& object) {
  TRY(auto actor, Who());
  // The views of the information schema are everybody's who may use it.
  if (object.name.size() == 3 && Lower(object.name[1]) == kInformationSchema) {
    return catalog_.Require(*actor, PrivilegeName(privilege), Kind::kSchema, {CatalogName(object.name[0]), std::string(kInformationSchema)});
  }
  if (IsPath(object)) return catalog_.RequirePath(*actor, PrivilegeName(privilege), object.name[0]);
  TRY(Target target, ToTarget(object));
  if (privilege == analyze::Privilege::kManage || privilege == analyze::Privilege::kOwner) {
    return catalog_.RequireManage(*actor, target.kind, target.names);
  }
  return catalog_.Require(*actor, PrivilegeName(privilege), target.kind, target.names);
}

Result<> CatalogClientAdapter::CreateCatalog(const analyze::CatalogInfo& info) {
  TRY(auto actor, Who());
  Draft draft{.kind = Kind::kCatalog, .names = {info.name}, .comment = info.comment, .properties = info.properties};
  draft.details.Set("catalog_type", "MANAGED_CATALOG");
  TRY(catalog_.Create(*actor, std::move(draft)));
  return {};
}

Result<> CatalogClientAdapter::DropCatalog(std::string_view name, bool cascade) {
  TRY(auto actor, Who());
  return catalog_.Drop(*actor, Kind::kCatalog, {CatalogName(name)}, ModeOf(cascade));
}

Result<> CatalogClientAdapter::AlterCatalog(const analyze::CatalogInfo& info) {
  TRY(auto actor, Who());
  TRY(catalog_.Update(*actor, Kind::kCatalog, {CatalogName(info.name)}, {.comment = info.comment, .properties = info.properties}));
  return {};
}

Result<> CatalogClientAdapter::CreateSchema(const analyze::SchemaInfo& info) {
  TRY(auto actor, Who());
  TRY(catalog_.Create(*actor, {.kind = Kind::kSchema, .names = ToNames(info.name), .comment = info.comment, .properties = info.properties,
                               .location = info.location}));
  return {};
}

Result<> CatalogClientAdapter::DropSchema(const analyze::SchemaName& name, bool cascade) {
  TRY(auto actor, Who());
  return catalog_.Drop(*actor, Kind::kSchema, ToNames(name), ModeOf(cascade));
}

Result<> CatalogClientAdapter::AlterSchema(const analyze::SchemaInfo& info) {
  TRY(auto actor, Who());
  TRY(catalog_.Update(*actor, Kind::kSchema, ToNames(info.name), {.comment = info.comment, .properties = info.properties}));
  return {};
}

Result<std::string> CatalogClientAdapter::ManagedLocation(const analyze::ObjectName& name) {
  TRY(auto actor, Who());
  return catalog_.ManagedLocation(*actor, Kind::kTable, ToNames(name));
}

Result<> CatalogClientAdapter::CreateTable(const analyze::TableInfo& info) {
  TRY(auto actor, Who());
  Draft draft = ToDraft(info);
  draft.names[0] = CatalogName(draft.names[0]);
  draft.id.clear();  // a table's id in the catalog is its own; Delta's is in the log
  TRY(catalog_.Create(*actor, std::move(draft)));
  return {};
}

Result<> CatalogClientAdapter::AlterTable(const analyze::TableInfo& info) {
  TRY(auto actor, Who());
  Draft draft = ToDraft(info);
  Change change{.comment = draft.comment, .properties = draft.properties, .details = draft.details};
  TRY(std::optional<Securable> old, Find(Kind::kTable, ToNames(info.name)));
  if (old && old->location != draft.location) change.location = draft.location;
  TRY(catalog_.Update(*actor, Kind::kTable, ToNames(info.name), change));
  return {};
}

Result<> CatalogClientAdapter::RenameTable(const analyze::ObjectName& from, const analyze::ObjectName& to) {
  TRY(auto actor, Who());
  TRY(catalog_.Update(*actor, Kind::kTable, ToNames(from), {.new_names = ToNames(to)}));
  return {};
}

Result<> CatalogClientAdapter::DropTable(const analyze::ObjectName& name) {
  TRY(auto actor, Who());
  return catalog_.Drop(*actor, Kind::kTable, ToNames(name), DropMode::kRestrict);
}

Result<> CatalogClientAdapter::UndropTable(const analyze::ObjectName& name) {
  TRY(auto actor, Who());
  TRY(catalog_.Undrop(*actor, Kind::kTable, ToNames(name)));
  return {};
}

Result<> CatalogClientAdapter::CreateFunction(const analyze::FunctionInfo& info, bool replace) {
  TRY(auto actor, Who());
  Draft draft = ToDraft(info);
  draft.names[0] = CatalogName(draft.names[0]);
  if (replace) {
    TRY(std::optional<Securable> old, Find(Kind::kFunction, draft.names));
    if (old) {
      TRY(catalog_.Update(*actor, Kind::kFunction, draft.names, {.comment = draft.comment, .details = draft.details}));
      return {};
    }
  }
  TRY(catalog_.Create(*actor, std::move(draft)));
  return {};
}

Result<> CatalogClientAdapter::DropFunction(const analyze::ObjectName& name) {
  TRY(auto actor, Who());
  return catalog_.Drop(*actor, Kind::kFunction, ToNames(name), DropMode::kRestrict);
}

Result<> CatalogClientAdapter::CreateVolume(const analyze::VolumeInfo& info) {
  TRY(auto actor, Who());
  Draft draft = ToDraft(info);
  draft.names[0] = CatalogName(draft.names[0]);
  TRY(catalog_.Create(*actor, std::move(draft)));
  return {};
}

Result<> CatalogClientAdapter::DropVolume(const analyze::ObjectName& name) {
  TRY(auto actor, Who());
  return catalog_.Drop(*actor, Kind::kVolume, ToNames(name), DropMode::kRestrict);
}

Result<> CatalogClientAdapter::SetTags(const analyze::Securable& object, std::string_view column, const plan::Options& tags) {
  TRY(auto actor, Who());
  TRY(Target target, ToTarget(object));
  std::vector<Catalog::Tag> put;
  for (const auto& [name, value] : tags) put.push_back({.column = std::string(column), .name = name, .value = value});
  return catalog_.ChangeTags(*actor, target.kind, target.names, put, {});
}

Result<> CatalogClientAdapter::UnsetTags(const analyze::Securable& object, std::string_view column, const std::vector<std::string>& keys) {
  TRY(auto actor, Who());
  TRY(Target target, ToTarget(object));
  std::vector<std::pair<std::string, std::string>> remove;
  for (const std::string& key : keys) remove.emplace_back(column, key);
  return catalog_.ChangeTags(*actor, target.kind, target.names, {}, remove);
}

Result<> CatalogClientAdapter::GrantPrivileges(const analyze::Securable& object, std::string_view principal,
                                               const std::vector<std::string>& privileges) {
  TRY(auto actor, Who());
  TRY(Target target, ToTarget(object));
  return catalog_.ChangeGrants(*actor, target.kind, target.names, {{.principal = std::string(principal), .add = privileges}});
}

Result<> CatalogClientAdapter::RevokePrivileges(const analyze::Securable& object, std::string_view principal,
                                                const std::vector<std::string>& privileges) {
  TRY(auto actor, Who());
  TRY(Target target, ToTarget(object));
  return catalog_.ChangeGrants(*actor, target.kind, target.names, {{.principal = std::string(principal), .remove = privileges}});
}

Result<std::vector<analyze::Grant>> CatalogClientAdapter::ListGrants(const analyze::Securable& object, std::string_view principal) {
  TRY(auto actor, Who());
  TRY(Target target, ToTarget(object));
  TRY(auto rows, catalog_.ListGrants(*actor, target.kind, target.names, principal, Catalog::Inherited::kYes));
  std::vector<analyze::Grant> grants;
  for (const Catalog::GrantRow& row : rows) {
    SecurableKind kind = object.kind;
    if (row.on_kind == Kind::kCatalog) kind = SecurableKind::kCatalog;
    if (row.on_kind == Kind::kSchema) kind = SecurableKind::kSchema;
    for (const std::string& name : PrivilegeNames(row.privileges)) {
      grants.push_back({row.principal, SqlName(name), {kind, row.on_name.empty() ? Names{} : SplitNames(row.on_name)}});
    }
  }
  return grants;
}

Result<> CatalogClientAdapter::SetOwner(const analyze::Securable& object, std::string_view principal) {
  TRY(auto actor, Who());
  TRY(Target target, ToTarget(object));
  TRY(catalog_.Update(*actor, target.kind, target.names, {.owner = std::string(principal)}));
  return {};
}

}  // namespace crannog::catalog
