#pragma once

#include "plan/commands/objects.h"

/// Statements that show metadata.
namespace crannog::plan {

/// Which list SHOW gives.
enum class ShowKind : uint8_t {
  kCatalogs, kSchemas, kTables, kTableExtended, kTablesDropped, kViews, kMaterializedViews, kColumns, kPartitions, kTableProperties, kCreateTable,
  kFunctions, kProcedures, kVolumes, kModels, kCurrentNamespace, kConnections, kCredentials, kExternalLocations, kShares, kRecipients,
  kProviders, kAllInShare, kAllInProvider, kSharesInProvider, kGroups, kUsers, kPolicies, kEffectivePolicies, kCreateView, kVariables, kCollations, kArchivedFiles
};

/// SHOW … [FROM | IN name] [LIKE pattern] and its kin.
struct Show {
  ShowKind kind = ShowKind::kTables;
  std::optional<Name> in;                ///< schema or catalog; for kColumns, kPartitions, kTableProperties, kCreateTable the table
  std::optional<Name> schema;            ///< SHOW COLUMNS IN t IN schema
  Pattern pattern;
  std::optional<Name> legacy_name;       ///< SHOW FUNCTIONS name
  PartitionSpec partition;
  std::string property_key;              ///< SHOW TBLPROPERTIES t (key)
  std::string function_scope;            ///< "USER", "SYSTEM", "ALL"; "" is ALL
  bool as_serde = false;
  ObjectKind on_kind = ObjectKind::kTable;
};

/// DESCRIBE [EXTENDED] kind name [AS JSON].
struct Describe {
  ObjectKind kind = ObjectKind::kTable;  ///< kTable also for views
  Name name;
  bool is_extended = false;
  bool as_json = false;
  PartitionSpec partition;
  std::vector<std::string> column;       ///< DESCRIBE t c
};

/// DESCRIBE [QUERY] query.
struct DescribeQuery { RelationPtr query; std::string text; };

}  // namespace crannog::plan
