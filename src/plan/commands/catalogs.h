#pragma once

#include "plan/commands/objects.h"

/// Catalogs and schemas, and what may be said of every object alike.
namespace crannog::plan {

/// CREATE [FOREIGN] CATALOG.
struct CreateCatalog {
  Name name;
  IfExists if_exists = IfExists::kFail;
  std::optional<std::string> comment;
  std::optional<std::string> location;    ///< MANAGED LOCATION
  std::optional<Name> share;              ///< USING SHARE provider.share
  std::optional<Name> connection;         ///< FOREIGN … USING CONNECTION
  std::optional<std::string> default_collation;
  Options options;
};

/// CREATE SCHEMA | DATABASE | NAMESPACE.
struct CreateSchema {
  Name name;
  IfExists if_exists = IfExists::kFail;
  std::optional<std::string> comment;
  std::optional<std::string> location;
  std::optional<std::string> managed_location;
  std::optional<std::string> default_collation;
  Options properties;
};

struct DropCatalog {
  Name name;
  bool if_exists = false;
  bool cascade = false;
};

struct DropSchema {
  Name name;
  bool if_exists = false;
  bool cascade = false;
};

/// ALTER CATALOG | SCHEMA name …; one action is set. OWNER TO, SET TAGS and COMMENT ON are the statements below.
struct AlterSchema {
  ObjectKind kind = ObjectKind::kSchema;
  Name name;
  Options set_properties;
  std::vector<std::string> unset_properties;
  std::optional<std::string> location;
  std::optional<std::string> default_collation;
  std::optional<bool> predictive_optimization;  ///< unset in INHERIT
  bool inherit_predictive_optimization = false;
  Options options;
};

/// COMMENT ON kind name IS 'text' | NULL.
struct CommentOn {
  ObjectKind kind = ObjectKind::kTable;
  Name name;
  std::optional<std::string> comment;
};

/// ALTER kind name [SET] OWNER TO `principal`.
struct AlterOwner {
  ObjectKind kind = ObjectKind::kTable;
  Name name;
  std::string principal;
};

/// ALTER kind name SET TAGS (…) | UNSET TAGS (…); SET TAG ON kind name k = v. For kColumn the last part names the column.
struct AlterTags {
  ObjectKind kind = ObjectKind::kTable;
  Name name;
  std::vector<std::string> column;  ///< ALTER TABLE … ALTER COLUMN c SET TAGS
  Tags set;
  std::vector<std::string> unset;
};

/// ALTER kind name RENAME TO new_name.
struct RenameObject {
  ObjectKind kind = ObjectKind::kTable;
  Name name;
  Name new_name;
};

/// DROP CONNECTION, EXTERNAL LOCATION, STORAGE CREDENTIAL, POLICY … and other objects that have no noun file of their own.
struct DropObject {
  ObjectKind kind = ObjectKind::kConnection;
  Name name;
  bool if_exists = false;
  bool force = false;
  std::optional<Name> on;  ///< DROP POLICY p ON TABLE t
  ObjectKind on_kind = ObjectKind::kTable;
};

/// CREATE EXTERNAL LOCATION n URL '…' WITH (STORAGE CREDENTIAL c).
struct CreateExternalLocation {
  Name name;
  IfExists if_exists = IfExists::kFail;
  std::string url;
  std::string credential;
  std::optional<std::string> comment;
};

/// CREATE CONNECTION n TYPE t OPTIONS (…).
struct CreateConnection {
  Name name;
  IfExists if_exists = IfExists::kFail;
  std::string type;
  ExpressionOptions options;
  std::optional<std::string> comment;
};

/// CREATE POLICY (attribute-based access control).
struct CreatePolicy {
  Name name;
  IfExists if_exists = IfExists::kFail;
  ObjectKind on_kind = ObjectKind::kTable;
  Name on;
  std::optional<std::string> comment;
  bool is_column_mask = false;  ///< else ROW FILTER
  Name function;
  std::vector<std::string> to_principals;
  std::vector<std::string> except_principals;
  ExpressionPtr when;
  std::vector<std::pair<ExpressionPtr, std::string>> match_columns;  ///< condition, alias
  std::string on_column;
  std::vector<ExpressionPtr> using_columns;
};

/// USE [CATALOG | SCHEMA] name.
struct Use {
  std::optional<ObjectKind> kind;
  Name name;
};

}  // namespace crannog::plan
