#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>

#include "base/clock.h"
#include "base/random.h"
#include "session/names.h"
#include "session/session.h"
#include "session/session_tables.h"

namespace crannog::session {
namespace {

using namespace analyze;
namespace fs = std::filesystem;

std::string Key(const SchemaName& name) { return Lower(name.catalog) + "\n" + Lower(name.schema); }
std::string Key(const ObjectName& name) { return Lower(name.catalog) + "\n" + Lower(name.schema) + "\n" + Lower(name.name); }

// Everything in maps under one lock; keys are lower case, values keep their spelling.
class LocalCatalog final : public CatalogClient {
 public:
  explicit LocalCatalog(std::string warehouse) : warehouse_(std::move(warehouse)) {
    catalogs_[kDefaultCatalog] = {kDefaultCatalog, "", "", {}};
    schemas_[Key(SchemaName{kDefaultCatalog, "default"})] = {{kDefaultCatalog, "default"}, "Default database", "file://" + warehouse_, "", {}};
  }

  std::string principal() const override { return "local"; }
  SchemaName DefaultSchema() const override { return {kDefaultCatalog, "default"}; }

  Result<std::optional<TableInfo>> FindTable(const ObjectName& name) override { return Find(tables_, Key(name)); }
  Result<std::optional<FunctionInfo>> FindFunction(const ObjectName& name) override { return Find(functions_, Key(name)); }
  Result<std::optional<SchemaInfo>> FindSchema(const SchemaName& name) override { return Find(schemas_, Key(name)); }
  Result<std::optional<CatalogInfo>> FindCatalog(std::string_view name) override { return Find(catalogs_, Lower(name)); }
  Result<std::optional<VolumeInfo>> FindVolume(const ObjectName& name) override { return Find(volumes_, Key(name)); }

  Result<std::vector<CatalogInfo>> ListCatalogs() override { return List(catalogs_, ""); }
  Result<std::vector<SchemaInfo>> ListSchemas(std::string_view catalog) override { return List(schemas_, Lower(catalog) + "\n"); }
  Result<std::vector<TableInfo>> ListTables(const SchemaName& schema) override { return List(tables_, Key(schema) + "\n"); }
  Result<std::vector<FunctionInfo>> ListFunctions(const SchemaName& schema) override { return List(functions_, Key(schema) + "\n"); }
  Result<std::vector<VolumeInfo>> ListVolumes(const SchemaName& schema) override { return List(volumes_, Key(schema) + "\n"); }

  Result<> Require(Privilege, const Securable&) override { return {}; }

  Result<> CreateCatalog(const CatalogInfo& info) override {
    std::lock_guard lock(mutex_);
    if (!catalogs_.emplace(Lower(info.name), info).second) {
      return Failure(ConditionError("CATALOG_ALREADY_EXISTS", {{"catalogName", QuotedName(std::vector{info.name})}}));
    }
    const SchemaName schema{info.name, "default"};
    schemas_[Key(schema)] = {schema, "Default database", SchemaFolder(schema), "", {}};
    return {};
  }

  Result<> DropCatalog(std::string_view name, bool cascade) override {
    std::lock_guard lock(mutex_);
    const std::string prefix = Lower(name) + "\n";
    if (!cascade && HasPrefix(tables_, prefix)) {
      return Failure(ConditionError("SCHEMA_NOT_EMPTY", {{"schemaName", QuotedName(std::vector{std::string(name)})}}));
    }
    for (auto it = tables_.lower_bound(prefix); it != tables_.end() && it->first.starts_with(prefix); it = tables_.erase(it)) RemoveData(it->second);
    ErasePrefix(schemas_, prefix);
    ErasePrefix(functions_, prefix);
    catalogs_.erase(Lower(name));
    return {};
  }

  Result<> AlterCatalog(const CatalogInfo& info) override { return Replace(catalogs_, Lower(info.name), info); }

  Result<> CreateSchema(const SchemaInfo& info) override {
    std::lock_guard lock(mutex_);
    if (!catalogs_.contains(Lower(info.name.catalog))) {
      return Failure(ConditionError("CATALOG_NOT_FOUND", {{"catalogName", QuotedName(std::vector{info.name.catalog})}, {"config", "\"spark.sql.catalog." + info.name.catalog + "\""}}));
    }
    SchemaInfo copy = info;
    if (copy.location.empty()) copy.location = SchemaFolder(info.name);
    if (!schemas_.emplace(Key(info.name), std::move(copy)).second) {
      return Failure(ConditionError("SCHEMA_ALREADY_EXISTS", {{"schemaName", QuotedName(info.name)}}));
    }
    return {};
  }

  Result<> DropSchema(const SchemaName& name, bool cascade) override {
    std::lock_guard lock(mutex_);
    const std::string prefix = Key(name) + "\n";
    if (!cascade && (HasPrefix(tables_, prefix) || HasPrefix(functions_, prefix))) {
      return Failure(ConditionError("SCHEMA_NOT_EMPTY", {{"schemaName", QuotedName(name)}}));
    }
    for (auto it = tables_.lower_bound(prefix); it != tables_.end() && it->first.starts_with(prefix); it = tables_.erase(it)) RemoveData(it->second);
    ErasePrefix(functions_, prefix);
    schemas_.erase(Key(name));
    return {};
  }

  Result<> AlterSchema(const SchemaInfo& info) override { return Replace(schemas_, Key(info.name), info); }

  Result<std::string> ManagedLocation(const ObjectName& name) override {
    std::lock_guard lock(mutex_);
    const auto schema = schemas_.find(Key(SchemaName{name.catalog, name.schema}));
    if (schema == schemas_.end()) {
      return Failure(ConditionError("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(SchemaName{name.catalog, name.schema})}}));
    }
    return schema->second.location + "/" + Lower(name.name);
  }

  Result<> CreateTable(const TableInfo& info) override {
    std::lock_guard lock(mutex_);
    const SchemaName schema{info.name.catalog, info.name.schema};
    if (!schemas_.contains(Key(schema))) return Failure(ConditionError("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(schema)}}));
    TableInfo copy = info;
    if (copy.table_id.empty()) copy.table_id = SystemRandom().NextUuid();
    if (copy.created_ms == 0) copy.created_ms = SystemClock().NowMillis();
    copy.updated_ms = copy.created_ms;
    if (copy.owner.empty()) copy.owner = principal();
    if (!tables_.emplace(Key(info.name), std::move(copy)).second) {
      return Failure(ConditionError("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(info.name)}}));
    }
    return {};
  }

  Result<> AlterTable(const TableInfo& info) override { return Replace(tables_, Key(info.name), info); }

  Result<> RenameTable(const ObjectName& from, const ObjectName& to) override {
    std::lock_guard lock(mutex_);
    const auto found = tables_.find(Key(from));
    if (found == tables_.end()) return Failure(ConditionError("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", QuotedName(from)}}));
    if (tables_.contains(Key(to))) return Failure(ConditionError("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(to)}}));
    TableInfo info = std::move(found->second);
    tables_.erase(found);
    info.name = to;
    tables_.emplace(Key(to), std::move(info));
    return {};
  }

  Result<> DropTable(const ObjectName& name) override {
    std::lock_guard lock(mutex_);
    const auto found = tables_.find(Key(name));
    if (found == tables_.end()) return Failure(ConditionError("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", QuotedName(name)}}));
    RemoveData(found->second);
    tables_.erase(found);
    return {};
  }

  Result<> UndropTable(const ObjectName&) override { return Failure(NotImplemented("UNDROP in the local catalog")); }

  Result<> CreateFunction(const FunctionInfo& info, bool replace) override {
    std::lock_guard lock(mutex_);
    if (!replace && functions_.contains(Key(info.name))) {
      return Failure(ConditionError("ROUTINE_ALREADY_EXISTS", {{"routineName", QuotedName(info.name)}, {"newRoutineType", "routine"}, {"existingRoutineType", "routine"}}));
    }
    functions_[Key(info.name)] = info;
    return {};
  }
  Result<> DropFunction(const ObjectName& name) override {
    std::lock_guard lock(mutex_);
    if (functions_.erase(Key(name)) == 0) return Failure(ConditionError("ROUTINE_NOT_FOUND", {{"routineName", QuotedName(name)}}));
    return {};
  }
  Result<> CreateVolume(const VolumeInfo& info) override {
    std::lock_guard lock(mutex_);
    VolumeInfo copy = info;
    if (copy.location.empty()) copy.location = SchemaFolder({info.name.catalog, info.name.schema}) + "/__volumes/" + Lower(info.name.name);
    if (!volumes_.emplace(Key(info.name), copy).second) {
      return Failure(ErrorCode::kAlreadyExists, "volume already exists: " + info.name.ToString());
    }
    if (const std::string path = LocalPathOf(copy.location); !path.empty()) fs::create_directories(path);
    return {};
  }
  Result<> DropVolume(const ObjectName& name) override {
    std::lock_guard lock(mutex_);
    if (volumes_.erase(Key(name)) == 0) return Failure(ErrorCode::kNotFound, "there is no volume " + name.ToString());
    return {};
  }

  Result<> SetTags(const Securable& object, std::string_view column, const plan::Options& tags) override {
    std::lock_guard lock(mutex_);
    auto& known = tags_[Key(object) + "\n" + std::string(column)];
    for (const auto& [key, value] : tags) known[key] = value;
    return {};
  }
  Result<> UnsetTags(const Securable& object, std::string_view column, const std::vector<std::string>& keys) override {
    std::lock_guard lock(mutex_);
    for (const std::string& key : keys) tags_[Key(object) + "\n" + std::string(column)].erase(key);
    return {};
  }
  Result<> GrantPrivileges(const Securable& object, std::string_view principal, const std::vector<std::string>& privileges) override {
    std::lock_guard lock(mutex_);
    for (const std::string& privilege : privileges) {
      const bool known = std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
        return grant.principal == principal && grant.privilege == privilege && Key(grant.object) == Key(object);
      });
      if (!known) grants_.push_back({std::string(principal), privilege, object});
    }
    return {};
  }
  Result<> RevokePrivileges(const Securable& object, std::string_view principal, const std::vector<std::string>& privileges) override {
    std::lock_guard lock(mutex_);
    std::erase_if(grants_, [&](const Grant& grant) {
      const bool named = std::any_of(privileges.begin(), privileges.end(), [&](const std::string& p) { return p == grant.privilege || p == "ALL PRIVILEGES"; });
      return named && grant.principal == principal && Key(grant.object) == Key(object);
    });
    return {};
  }
  Result<std::vector<Grant>> ListGrants(const Securable& object, std::string_view principal) override {
    std::lock_guard lock(mutex_);
    std::vector<Grant> out;
    for (const Grant& grant : grants_) {
      if (Key(grant.object) == Key(object) && (principal.empty() || grant.principal == principal)) out.push_back(grant);
    }
    return out;
  }
  Result<> SetOwner(const Securable& object, std::string_view principal) override {
    std::lock_guard lock(mutex_);
    if (object.name.size() == 3) {
      if (const auto found = tables_.find(Key(ObjectName{object.name[0], object.name[1], object.name[2]})); found != tables_.end()) {
        found->second.owner = std::string(principal);
      }
    }
    return {};
  }

 private:
  static constexpr const char* kDefaultCatalog = "spark_catalog";

  static std::string Key(const Securable& object) {
    return fmt::format("{}\n{}", static_cast<int>(object.kind), Lower(fmt::format("{}", fmt::join(object.name, "\n"))));
  }
  static std::string Key(const SchemaName& name) { return session::Key(name); }
  static std::string Key(const ObjectName& name) { return session::Key(name); }

  // "/w/db.db" in the session catalog, "/w/cat/db.db" elsewhere, "/w" for the session catalog's default schema.
  std::string SchemaFolder(const SchemaName& name) const {
    const std::string root = EqualsIgnoringCase(name.catalog, kDefaultCatalog) ? warehouse_ : warehouse_ + "/" + Lower(name.catalog);
    return fmt::format("file://{}/{}.db", root, Lower(name.schema));
  }

  static void RemoveData(const TableInfo& info) {
    if (info.kind != TableKind::kManaged && info.kind != TableKind::kStreamingTable && info.kind != TableKind::kMaterializedView) return;
    std::error_code ignored;
    if (const std::string path = LocalPathOf(info.location); !path.empty()) fs::remove_all(path, ignored);
  }

  template <typename Value>
  Result<std::optional<Value>> Find(const std::map<std::string, Value>& map, const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto found = map.find(key);
    return found == map.end() ? std::optional<Value>() : std::optional<Value>(found->second);
  }
  template <typename Value>
  Result<std::vector<Value>> List(const std::map<std::string, Value>& map, const std::string& prefix) {
    std::lock_guard lock(mutex_);
    std::vector<Value> out;
    for (auto it = map.lower_bound(prefix); it != map.end() && it->first.starts_with(prefix); ++it) out.push_back(it->second);
    return out;
  }
  template <typename Value>
  Result<> Replace(std::map<std::string, Value>& map, const std::string& key, const Value& value) {
    std::lock_guard lock(mutex_);
    map[key] = value;
    return {};
  }
  template <typename Value>
  static bool HasPrefix(const std::map<std::string, Value>& map, const std::string& prefix) {
    const auto found = map.lower_bound(prefix);
    return found != map.end() && found->first.starts_with(prefix);
  }
  template <typename Value>
  static void ErasePrefix(std::map<std::string, Value>& map, const std::string& prefix) {
    for (auto it = map.lower_bound(prefix); it != map.end() && it->first.starts_with(prefix);) it = map.erase(it);
  }

  const std::string warehouse_;
  std::mutex mutex_;
  std::map<std::string, CatalogInfo> catalogs_;
  std::map<std::string, SchemaInfo> schemas_;
  std::map<std::string, TableInfo> tables_;
  std::map<std::string, FunctionInfo> functions_;
  std::map<std::string, VolumeInfo> volumes_;
  std::map<std::string, plan::Options> tags_;
  std::vector<Grant> grants_;
};

}  // namespace

std::unique_ptr<CatalogClient> MakeLocalCatalog(std::string warehouse_folder) {
  while (warehouse_folder.size() > 1 && warehouse_folder.ends_with('/')) warehouse_folder.pop_back();
  return std::make_unique<LocalCatalog>(std::move(warehouse_folder));
}

}  // namespace crannog::session
