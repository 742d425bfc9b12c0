#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "plan/resolved_plan.h"

/// The only door from the compute plane to the catalog: names, privileges, locations and policies, for one principal.
/// Implementations: session/local_catalog (in memory or a folder, for the shell and tests), services/catalog/catalog_client_adapter (Unity Catalog).
namespace crannog::analyze {

/// catalog.schema.name, all parts filled in. Comparison ignores case, spelling is kept.
struct ObjectName {
  std::string catalog, schema, name;
  /// "catalog.schema.name", parts quoted with backticks where needed.
  std::string ToString() const;
};

struct SchemaName {
  std::string catalog, schema;
};

enum class TableKind : uint8_t { kManaged, kExternal, kView, kMaterializedView, kStreamingTable };

struct TableConstraint {
  std::string name;
  std::string kind;  ///< "PRIMARY KEY", "FOREIGN KEY", "CHECK"
  std::string text;  ///< as written after the kind
};

/// What the catalog keeps about a table or view. For Delta tables the log is the truth of schema and properties; the catalog's copy is a cache.
struct TableInfo {
  ObjectName name;
  TableKind kind = TableKind::kManaged;
  std::string format = "delta";
  std::string location;  ///< URL; "" for views
  plan::Schema schema;
  std::vector<std::string> partition_columns;
  std::vector<std::string> clustering_columns;
  plan::Options properties;
  plan::Options options;  ///< of file formats
  std::string comment;
  std::string owner;
  std::string table_id;  ///< UUID
  int64_t created_ms = 0, updated_ms = 0;
  std::string created_by;
  // Views: the text, and where its names resolve.
  std::string view_text;
  std::string view_catalog, view_schema;
  plan::Options view_settings;  ///< session settings captured at creation
  std::vector<TableConstraint> constraints;
  // Governance, filled in when the catalog has them; the analyzer applies them.
  std::string row_filter_function;
  std::vector<std::string> row_filter_columns;
  std::vector<std::pair<std::string, std::string>> column_masks;  ///< column, function
};

struct FunctionParameter {
  std::string name;
  plan::DataType type;
  std::optional<std::string> default_text;
  std::string comment;
};

/// A function that a person made: body in SQL (expression or query text) or Python.
struct FunctionInfo {
  ObjectName name;
  std::vector<FunctionParameter> parameters;
  std::optional<plan::DataType> return_type;  ///< scalar
  std::optional<plan::Schema> return_table;   ///< table function
  bool is_table_function = false;
  std::string language = "SQL";
  std::string body;
  bool is_deterministic = true;
  bool is_body_query = false;
  std::string comment;
  std::string owner;
  std::string view_catalog, view_schema;
  plan::Options settings;
};

struct SchemaInfo {
  SchemaName name;
  std::string comment, location, owner;
  plan::Options properties;
};

struct CatalogInfo {
  std::string name, comment, owner;
  plan::Options properties;
};

struct VolumeInfo {
  ObjectName name;
  std::string location, comment, owner;
  bool is_managed = true;
};

/// What a statement is about to do with an object; the catalog answers PERMISSION errors. Source: reference/governance.md section 3.
enum class Privilege : uint8_t {
  kSelect, kModify, kUseCatalog, kUseSchema, kCreateCatalog, kCreateSchema, kCreateTable, kCreateFunction, kCreateVolume, kCreateModel,
  kExecute, kReadVolume, kWriteVolume, kReadFiles, kWriteFiles, kManage, kApplyTag, kBrowse, kAllPrivileges, kOwner
};
enum class SecurableKind : uint8_t { kMetastore, kCatalog, kSchema, kTable, kView, kVolume, kFunction, kModel, kStorageCredential, kExternalLocation, kShare, kRecipient, kProvider, kConnection, kAnyFile };

struct Securable {
  SecurableKind kind = SecurableKind::kTable;
  std::vector<std::string> name;
};

struct Grant {
  std::string principal;
  std::string privilege;  ///< as SHOW GRANTS spells it ("USE CATALOG")
  Securable object;
};

/// Threads: any; each call is for the principal the client was made for. Find* give nothing for what is absent or may not be seen.
/// Errors: INSUFFICIENT_PERMISSIONS-like conditions, *_ALREADY_EXISTS, *_NOT_FOUND as Spark and Databricks name them.
class CatalogClient {
 public:
  virtual ~CatalogClient() = default;

  virtual std::string principal() const = 0;
  /// The catalog a new session starts in ("spark_catalog" locally, "main" in the server) and its schema ("default").
  virtual SchemaName DefaultSchema() const = 0;

  virtual Result<std::optional<TableInfo>> FindTable(const ObjectName& name) = 0;
  virtual Result<std::optional<FunctionInfo>> FindFunction(const ObjectName& name) = 0;
  virtual Result<std::optional<SchemaInfo>> FindSchema(const SchemaName& name) = 0;
  virtual Result<std::optional<CatalogInfo>> FindCatalog(std::string_view name) = 0;
  virtual Result<std::optional<VolumeInfo>> FindVolume(const ObjectName& name) = 0;
  virtual Result<std::vector<CatalogInfo>> ListCatalogs() = 0;
  virtual Result<std::vector<SchemaInfo>> ListSchemas(std::string_view catalog) = 0;
  virtual Result<std::vector<TableInfo>> ListTables(const SchemaName& schema) = 0;
  virtual Result<std::vector<FunctionInfo>> ListFunctions(const SchemaName& schema) = 0;
  virtual Result<std::vector<VolumeInfo>> ListVolumes(const SchemaName& schema) = 0;

  /// Fails unless the principal may do this (USE chain included).
  virtual Result<> Require(Privilege privilege, const Securable& object) = 0;

  virtual Result<> CreateCatalog(const CatalogInfo& info) = 0;
  virtual Result<> DropCatalog(std::string_view name, bool cascade) = 0;
  virtual Result<> AlterCatalog(const CatalogInfo& info) = 0;
  virtual Result<> CreateSchema(const SchemaInfo& info) = 0;
  virtual Result<> DropSchema(const SchemaName& name, bool cascade) = 0;
  virtual Result<> AlterSchema(const SchemaInfo& info) = 0;
  /// Gives the location where a managed table of that name is to be created (a fresh folder URL).
  virtual Result<std::string> ManagedLocation(const ObjectName& name) = 0;
  virtual Result<> CreateTable(const TableInfo& info) = 0;  ///< also views
  virtual Result<> AlterTable(const TableInfo& info) = 0;   ///< replaces the row of info.name
  virtual Result<> RenameTable(const ObjectName& from, const ObjectName& to) = 0;
  virtual Result<> DropTable(const ObjectName& name) = 0;   ///< keeps a managed table's data for UNDROP where it can
  virtual Result<> UndropTable(const ObjectName& name) = 0;
  virtual Result<> CreateFunction(const FunctionInfo& info, bool replace) = 0;
  virtual Result<> DropFunction(const ObjectName& name) = 0;
  virtual Result<> CreateVolume(const VolumeInfo& info) = 0;
  virtual Result<> DropVolume(const ObjectName& name) = 0;
  virtual Result<> SetTags(const Securable& object, std::string_view column, const plan::Options& tags) = 0;
  virtual Result<> UnsetTags(const Securable& object, std::string_view column, const std::vector<std::string>& keys) = 0;
  virtual Result<> GrantPrivileges(const Securable& object, std::string_view principal, const std::vector<std::string>& privileges) = 0;
  virtual Result<> RevokePrivileges(const Securable& object, std::string_view principal, const std::vector<std::string>& privileges) = 0;
  virtual Result<std::vector<Grant>> ListGrants(const Securable& object, std::string_view principal) = 0;
  virtual Result<> SetOwner(const Securable& object, std::string_view principal) = 0;
};

}  // namespace crannog::analyze
