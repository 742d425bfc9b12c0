#pragma once

#include "plan/commands/objects.h"

/// Grants and sharing. Source: reference/governance.md.
namespace crannog::plan {

/// GRANT | REVOKE | DENY privileges ON kind name TO | FROM principal.
enum class GrantAction : uint8_t { kGrant, kRevoke, kDeny };
struct Grant {
  GrantAction action = GrantAction::kGrant;
  std::vector<std::string> privileges;   ///< "SELECT", "USE CATALOG", "ALL PRIVILEGES": upper case, one blank between words
  ObjectKind kind = ObjectKind::kTable;
  std::optional<Name> name;              ///< absent for METASTORE, ANY FILE
  std::string principal;
  bool is_share_to_recipient = false;    ///< GRANT SELECT ON SHARE s TO RECIPIENT r
};

/// SHOW GRANTS [principal] ON kind name; SHOW GRANT TO RECIPIENT r.
struct ShowGrants {
  std::string principal;
  std::optional<ObjectKind> kind;
  std::optional<Name> name;
  std::optional<std::string> recipient;
};

/// CREATE SHARE.
struct CreateShare { Name name; bool if_not_exists = false; std::optional<std::string> comment; };

enum class ShareChange : uint8_t { kAdd, kRemove, kUpdate };
/// ALTER SHARE s ADD TABLE t [PARTITION (…)] [AS alias] [WITH HISTORY] ….
struct AlterShare {
  Name share;
  ShareChange change = ShareChange::kAdd;
  ObjectKind kind = ObjectKind::kTable;
  Name object;
  std::optional<std::string> comment;
  std::optional<Name> alias;
  std::vector<std::vector<std::pair<std::string, ExpressionPtr>>> partitions;  ///< column = value; value may be a call of CURRENT_RECIPIENT
  std::optional<bool> with_history;
  bool with_change_data_feed = false;
  std::optional<int64_t> start_version;
};

/// CREATE RECIPIENT r [USING ID 'id'] [COMMENT] [PROPERTIES (…)].
struct CreateRecipient {
  Name name;
  bool if_not_exists = false;
  std::optional<std::string> sharing_id;
  std::optional<std::string> comment;
  Options properties;
};
/// ALTER RECIPIENT r SET PROPERTIES | UNSET PROPERTIES.
struct AlterRecipient { Name name; Options set_properties; std::vector<std::string> unset_properties; };

}  // namespace crannog::plan
