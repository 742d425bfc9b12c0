#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "services/catalog/access.h"
#include "services/catalog/securable.h"
#include "services/catalog/securables_store.h"
#include "services/iam/principals.h"
#include "store/database.h"
#include "store/scheduler.h"

namespace crannog::catalog {

struct CatalogOptions {
  std::string managed_root;  ///< URL of the folder where managed tables, volumes and models live: "file:///data/managed"
  std::string dbfs_root;     ///< URL of the folder that dbfs:/ is; "" when there is none
  int64_t retention_ms = int64_t{7} * 24 * 3600 * 1000;  ///< how long a dropped managed table can come back. Source: UNDROP docs, 7 days
};

/// What a new object is to be.
struct Draft {
  Kind kind = Kind::kCatalog;
  Names names;
  std::string comment;
  std::map<std::string, std::string> properties;
  std::string location;
  JsonValue details = JsonValue(JsonValue::Object{});
  std::string id;  ///< "" makes a new one
};

/// What is to change; what is absent stays.
struct Change {
  std::optional<Names> new_names;
  std::optional<std::string> owner;  ///< name of a principal
  std::optional<std::string> comment;
  std::optional<std::map<std::string, std::string>> properties;
  std::optional<std::string> location;
  std::optional<JsonValue> details;  ///< replaces all of them
  std::function<Result<>(Securable&)> edit;  ///< changes what depends on what is there; runs inside the transaction, maybe twice
};

enum class DropMode : uint8_t { kRestrict, kCascade };

struct Page {
  std::string after;            ///< name that the page before ended with
  int64_t count_max = 100'000;
};

struct Listing {
  std::vector<Securable> objects;
  std::vector<bool> browse_only;  ///< beside each object
  std::string next;               ///< "" at the end
};

/// The objects of Unity Catalog with their privileges: every rule of names, owners, grants and retention, no HTTP and no SQL.
/// Every call is one transaction for one actor. Who may not see an object gets the answer of an absent one. Threads: any.
class Catalog {
 public:
  Catalog(store::Database& database, iam::Principals& principals, const Clock& clock, Random& random, CatalogOptions options)
      : database_(database), principals_(principals), clock_(clock), random_(random), options_(std::move(options)) {}

  /// Brings the schema up to date; makes the metastore, the catalogs main, hive_metastore and system, and their first schemas.
  Result<> Prepare();
  /// Adds background work: data of tables whose retention ended is removed by `remove_data`, then their rows.
  Result<> Schedule(store::Scheduler& scheduler, std::function<Result<>(const std::string& location)> remove_data);

  Result<std::optional<Securable>> Find(const Actor& actor, Kind kind, const Names& names);
  /// Errors: *_NOT_FOUND, INSUFFICIENT_PERMISSIONS.
  Result<Securable> Get(const Actor& actor, Kind kind, const Names& names);
  /// Children of one kind that the actor may see, in the order of their names.
  Result<Listing> List(const Actor& actor, Kind kind, const Names& parent, const Page& page = {});

  /// Errors: *_ALREADY_EXISTS, *_NOT_FOUND of the parent, INSUFFICIENT_PERMISSIONS, kInvalidParameterValue (name, location).
  Result<Securable> Create(const Actor& actor, Draft draft);
  Result<Securable> Update(const Actor& actor, Kind kind, const Names& names, const Change& change);
  /// Errors: SCHEMA_NOT_EMPTY-like with kRestrict.
  Result<> Drop(const Actor& actor, Kind kind, const Names& names, DropMode mode);
  Result<Securable> Undrop(const Actor& actor, Kind kind, const Names& names);

  /// Fails unless the actor holds the privilege ("SELECT") with its USE chain.
  Result<> Require(const Actor& actor, std::string_view privilege, Kind kind, const Names& names);
  Result<> RequireManage(const Actor& actor, Kind kind, const Names& names);
  /// Fails unless the actor may use a path outside of the catalog's own objects: by the external location that covers it.
  /// `privilege` is READ_FILES, WRITE_FILES, CREATE_EXTERNAL_TABLE or CREATE_EXTERNAL_VOLUME.
  Result<> RequirePath(const Actor& actor, std::string_view privilege, const std::string& url);

  /// One row of SHOW GRANTS or of a permissions answer.
  struct GrantRow {
    std::string principal;  ///< "" when it was deleted
    int64_t principal_id = 0;
    PrivilegeSet privileges = 0;
    Kind on_kind = Kind::kCatalog;  ///< where it was granted
    std::string on_name;
  };
  enum class Inherited : uint8_t { kNo, kYes };
  /// Grants on the object (and above it), in the order of principals; only those of `principal` when it is given.
  Result<std::vector<GrantRow>> ListGrants(const Actor& actor, Kind kind, const Names& names, std::string_view principal,
                                           Inherited inherited);
  struct GrantChange {
    std::string principal;
    std::vector<std::string> add, remove;
  };
  /// All changes together or none. Errors: kInvalidParameterValue for a privilege that does not exist there; kNotFound for a principal.
  Result<> ChangeGrants(const Actor& actor, Kind kind, const Names& names, const std::vector<GrantChange>& changes);

  using Tag = securables_store::Tag;
  Result<std::vector<Tag>> ListTags(const Actor& actor, Kind kind, const Names& names);
  /// Needs APPLY TAG. `remove` takes (column, name) pairs.
  Result<> ChangeTags(const Actor& actor, Kind kind, const Names& names, const std::vector<Tag>& put,
                      const std::vector<std::pair<std::string, std::string>>& remove);

  /// A fresh folder for a managed object below that schema.
  Result<std::string> ManagedLocation(const Actor& actor, Kind kind, const Names& names);
  /// Name of a principal; "" when it is gone. Asks memory, then the database.
  std::string PrincipalName(int64_t id);
  /// Id of a principal by name. Errors: kNotFound (PRINCIPAL_DOES_NOT_EXIST in its message).
  Result<int64_t> PrincipalIdOf(std::string_view name);
  /// Who a principal is, for access checks. Errors: kUnauthenticated.
  Result<Actor> ActorOf(std::string_view principal_name);
  const std::string& MetastoreId() const { return metastore_id_; }
  const CatalogOptions& options() const { return options_; }

 private:
  Result<std::vector<Securable>> LoadChain(store::Reader& reader, Kind kind, const Names& names);
  Result<Access> LoadAccess(store::Reader& reader, const Actor& actor, Kind kind, const Names& names);
  Result<Securable> CreateIn(store::Transaction& transaction, const Actor& actor, const Draft& draft, const Access& parent);
  Result<> CheckPath(store::Reader& reader, const Actor& actor, std::string_view privilege, const std::string& url);
  Result<> CheckDraft(store::Reader& reader, const Actor& actor, Draft& draft, const Access& parent);
  Result<> EnsureCatalog(const Actor& system, const std::string& name, int64_t owner_id, int64_t everyone_id);
  std::string ManagedRootOf(const Access& schema) const;

  store::Database& database_;
  iam::Principals& principals_;
  const Clock& clock_;
  Random& random_;
  const CatalogOptions options_;
  std::string metastore_id_;
  int64_t system_owner_id_ = 0;  ///< the group admins
  int64_t everyone_id_ = 0;      ///< the group account users
  std::mutex names_mutex_;
  std::map<int64_t, std::pair<std::string, int64_t>> principal_names_;  ///< id -> name, good until (ms)
};

/// A name as the catalog keeps it: lower case where Unity Catalog does so. Errors: kInvalidParameterValue.
Result<Names> NormalizeNames(Kind kind, const Names& names);

}  // namespace crannog::catalog
