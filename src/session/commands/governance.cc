#include <fmt/format.h>

#include "session/commands/commands.h"
#include "session/names.h"

/// GRANT, REVOKE, SHOW GRANTS. Source: reference/governance.md section 3.
namespace crannog::session {

using analyze::Securable;
using analyze::SecurableKind;
using plan::DataType;
using plan::Literal;
using plan::ObjectKind;

namespace {

SecurableKind SecurableOf(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kCatalog: return SecurableKind::kCatalog;
    case ObjectKind::kSchema: return SecurableKind::kSchema;
    case ObjectKind::kView: return SecurableKind::kView;
    case ObjectKind::kFunction: return SecurableKind::kFunction;
    case ObjectKind::kVolume: return SecurableKind::kVolume;
    case ObjectKind::kModel: return SecurableKind::kModel;
    case ObjectKind::kConnection: return SecurableKind::kConnection;
    case ObjectKind::kExternalLocation: return SecurableKind::kExternalLocation;
    case ObjectKind::kStorageCredential: return SecurableKind::kStorageCredential;
    case ObjectKind::kShare: return SecurableKind::kShare;
    case ObjectKind::kMetastore: return SecurableKind::kMetastore;
    case ObjectKind::kAnyFile: return SecurableKind::kAnyFile;
    default: return SecurableKind::kTable;
  }
}

const char* KindName(SecurableKind kind) {
  switch (kind) {
    case SecurableKind::kMetastore: return "METASTORE";
    case SecurableKind::kCatalog: return "CATALOG";
    case SecurableKind::kSchema: return "SCHEMA";
    case SecurableKind::kView: return "VIEW";
    case SecurableKind::kVolume: return "VOLUME";
    case SecurableKind::kFunction: return "FUNCTION";
    case SecurableKind::kModel: return "MODEL";
    case SecurableKind::kStorageCredential: return "STORAGE CREDENTIAL";
    case SecurableKind::kExternalLocation: return "EXTERNAL LOCATION";
    case SecurableKind::kShare: return "SHARE";
    case SecurableKind::kRecipient: return "RECIPIENT";
    case SecurableKind::kProvider: return "PROVIDER";
    case SecurableKind::kConnection: return "CONNECTION";
    case SecurableKind::kAnyFile: return "ANY FILE";
    case SecurableKind::kTable: return "TABLE";
  }
  return "";
}

Result<Securable> Resolve(ObjectKind kind, const std::optional<plan::Name>& name, Statement& statement) {
  Securable object{SecurableOf(kind), {}};
  if (!name) return object;
  TRY(const std::vector<std::string> parts, NameParts(*name, statement));
  switch (object.kind) {
    case SecurableKind::kSchema: {
      TRY(const analyze::SchemaName schema, ResolveSchema(*name, statement));
      TRY(const auto found, statement.catalog().FindSchema(schema));
      if (!found) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(schema)}}));
      object.name = {schema.catalog, schema.schema};
      return object;
    }
    case SecurableKind::kTable:
    case SecurableKind::kView: {
      TRY(const analyze::TableInfo table, GetTable(*name, statement));
      object.name = {table.name.catalog, table.name.schema, table.name.name};
      if (table.kind == analyze::TableKind::kView) object.kind = SecurableKind::kView;
      return object;
    }
    case SecurableKind::kFunction:
    case SecurableKind::kVolume:
    case SecurableKind::kModel: {
      TRY(const analyze::ObjectName full, ToObjectName(parts, statement));
      object.name = {full.catalog, full.schema, full.name};
      return object;
    }
    default:
      object.name = parts;
      return object;
  }
}

}  // namespace

Result<CommandResult> Run(const plan::Grant& command, Statement& statement) {
  if (command.action == plan::GrantAction::kDeny) return Failure(NotImplemented("DENY"));
  TRY(const Securable object, Resolve(command.kind, command.name, statement));
  if (command.action == plan::GrantAction::kGrant) {
    TRY(statement.catalog().GrantPrivileges(object, command.principal, command.privileges));
  } else {
    TRY(statement.catalog().RevokePrivileges(object, command.principal, command.privileges));
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::ShowGrants& command, Statement& statement) {
  if (command.recipient) return Failure(NotImplemented("SHOW GRANTS TO RECIPIENT"));
  TRY(const Securable object, Resolve(command.kind.value_or(ObjectKind::kMetastore), command.name, statement));
  TRY(const auto grants, statement.catalog().ListGrants(object, command.principal));
  CommandResult result;
  for (const char* name : {"Principal", "ActionType", "ObjectType", "ObjectKey"}) result.schema.push_back({name, DataType::String(), true, ""});
  for (const auto& grant : grants) {
    result.rows.push_back({Literal::String(grant.principal), Literal::String(grant.privilege), Literal::String(KindName(grant.object.kind)),
                           Literal::String(fmt::format("{}", fmt::join(grant.object.name, ".")))});
  }
  return result;
}

}  // namespace crannog::session
