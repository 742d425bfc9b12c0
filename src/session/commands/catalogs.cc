#include <fmt/format.h>

#include "session/commands/commands.h"
#include "session/names.h"
#include "session/session_tables.h"

/// Catalogs and schemas, and what may be said of every object alike.
namespace crannog::session {

using analyze::CatalogInfo;
using analyze::ObjectName;
using analyze::SchemaInfo;
using analyze::SchemaName;
using analyze::Securable;
using analyze::SecurableKind;
using analyze::TableInfo;
using plan::ObjectKind;

namespace {

Result<SchemaInfo> GetSchema(const SchemaName& name, Statement& statement) {
  TRY(auto schema, statement.catalog().FindSchema(name));
  if (!schema) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(name)}}));
  return std::move(*schema);
}

Result<CatalogInfo> GetCatalog(const std::string& name, Statement& statement) {
  TRY(auto catalog, statement.catalog().FindCatalog(name));
  if (!catalog) {
    return Failure(statement.Condition("CATALOG_NOT_FOUND", {{"catalogName", QuotedName(std::vector{name})}, {"config", fmt::format("\"spark.sql.catalog.{}\"", name)}}));
  }
  return std::move(*catalog);
}

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
    case ObjectKind::kRecipient: return SecurableKind::kRecipient;
    case ObjectKind::kProvider: return SecurableKind::kProvider;
    case ObjectKind::kMetastore: return SecurableKind::kMetastore;
    default: return SecurableKind::kTable;
  }
}

// The full name of any object: catalogs have one part, schemas two, what lives in schemas three.
Result<Securable> ResolveSecurable(ObjectKind kind, const plan::Name& name, Statement& statement) {
  Securable object{SecurableOf(kind), {}};
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  switch (object.kind) {
    case SecurableKind::kSchema: {
      TRY(const SchemaName schema, ResolveSchema(name, statement));
      object.name = {schema.catalog, schema.schema};
      return object;
    }
    case SecurableKind::kTable:
    case SecurableKind::kView:
    case SecurableKind::kFunction:
    case SecurableKind::kVolume:
    case SecurableKind::kModel: {
      TRY(const ObjectName full, ToObjectName(parts, statement));
      object.name = {full.catalog, full.schema, full.name};
      return object;
    }
    default:
      object.name = parts;
      return object;
  }
}

}  // namespace

Result<CommandResult> Run(const plan::CreateCatalog& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const auto existing, statement.catalog().FindCatalog(parts[0]));
  if (existing && command.if_exists == plan::IfExists::kIgnore) return CommandResult{};
  CatalogInfo info;
  info.name = parts[0];
  info.comment = command.comment.value_or("");
  info.properties = command.options;
  if (command.location) info.properties["location"] = *command.location;
  TRY(statement.catalog().CreateCatalog(info));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropCatalog& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const auto existing, statement.catalog().FindCatalog(parts[0]));
  if (!existing && command.if_exists) return CommandResult{};
  if (!existing) TRY(GetCatalog(parts[0], statement));
  TRY(statement.catalog().DropCatalog(parts[0], command.cascade));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::CreateSchema& command, Statement& statement) {
  TRY(const SchemaName name, ResolveSchema(command.name, statement));
  TRY(const auto existing, statement.catalog().FindSchema(name));
  if (existing && command.if_exists == plan::IfExists::kIgnore) return CommandResult{};
  if (existing) return Failure(statement.Condition("SCHEMA_ALREADY_EXISTS", {{"schemaName", QuotedName(std::vector{name.schema})}}));
  SchemaInfo info;
  info.name = name;
  info.comment = command.comment.value_or("");
  info.properties = command.properties;
  if (command.default_collation) info.properties["collation"] = *command.default_collation;
  if (command.location) {
    TRY(info.location, NormalLocation(*command.location));
  } else if (command.managed_location) {
    TRY(info.location, NormalLocation(*command.managed_location));
  }
  TRY(statement.catalog().CreateSchema(info));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropSchema& command, Statement& statement) {
  TRY(const SchemaName name, ResolveSchema(command.name, statement));
  if (EqualsIgnoringCase(name.schema, "default")) {
    return Failure(statement.Condition("UNSUPPORTED_FEATURE.DROP_DATABASE", {{"database", QuotedName(name)}}));
  }
  TRY(const auto existing, statement.catalog().FindSchema(name));
  if (!existing && command.if_exists) return CommandResult{};
  if (!existing) return Failure(statement.Condition("SCHEMA_NOT_FOUND", {{"schemaName", QuotedName(name)}}));
  TRY(statement.catalog().DropSchema(name, command.cascade));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::AlterSchema& command, Statement& statement) {
  if (command.kind == ObjectKind::kCatalog) {
    TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
    TRY(CatalogInfo info, GetCatalog(parts[0], statement));
    for (const auto& [key, value] : command.set_properties) info.properties[key] = value;
    for (const std::string& key : command.unset_properties) info.properties.erase(key);
    for (const auto& [key, value] : command.options) info.properties[key] = value;
    TRY(statement.catalog().AlterCatalog(info));
    return CommandResult{};
  }
  TRY(const SchemaName name, ResolveSchema(command.name, statement));
  TRY(SchemaInfo info, GetSchema(name, statement));
  for (const auto& [key, value] : command.set_properties) info.properties[key] = value;
  for (const std::string& key : command.unset_properties) info.properties.erase(key);
  if (command.default_collation) info.properties["collation"] = *command.default_collation;
  if (command.location) {
    TRY(info.location, NormalLocation(*command.location));
  }
  TRY(statement.catalog().AlterSchema(info));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::CommentOn& command, Statement& statement) {
  const std::string comment = command.comment.value_or("");
  switch (command.kind) {
    case ObjectKind::kCatalog: {
      TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
      TRY(CatalogInfo info, GetCatalog(parts[0], statement));
      info.comment = comment;
      TRY(statement.catalog().AlterCatalog(info));
      return CommandResult{};
    }
    case ObjectKind::kSchema: {
      TRY(const SchemaName name, ResolveSchema(command.name, statement));
      TRY(SchemaInfo info, GetSchema(name, statement));
      info.comment = comment;
      TRY(statement.catalog().AlterSchema(info));
      return CommandResult{};
    }
    case ObjectKind::kTable:
    case ObjectKind::kView: {
      TRY(TableInfo info, GetTable(command.name, statement));
      info.comment = comment;
      TRY(statement.catalog().AlterTable(info));
      return CommandResult{};
    }
    default:
      return Failure(NotImplemented("COMMENT ON this kind of object"));
  }
}

Result<CommandResult> Run(const plan::AlterOwner& command, Statement& statement) {
  TRY(const Securable object, ResolveSecurable(command.kind, command.name, statement));
  TRY(statement.catalog().SetOwner(object, command.principal));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::AlterTags& command, Statement& statement) {
  plan::Name name = command.name;
  std::string column = command.column.empty() ? "" : fmt::format("{}", fmt::join(command.column, "."));
  ObjectKind kind = command.kind;
  if (kind == ObjectKind::kColumn) {
    TRY(name.parts, NameParts(command.name, statement));
    name.identifier = nullptr;
    column = name.parts.back();
    name.parts.pop_back();
    kind = ObjectKind::kTable;
  }
  TRY(const Securable object, ResolveSecurable(kind, name, statement));
  if (!command.set.empty()) {
    TRY(statement.catalog().SetTags(object, column, plan::Options(command.set.begin(), command.set.end())));
  }
  if (!command.unset.empty()) {
    TRY(statement.catalog().UnsetTags(object, column, command.unset));
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::RenameObject& command, Statement& statement) {
  if (command.kind != ObjectKind::kTable && command.kind != ObjectKind::kView) return Failure(NotImplemented("RENAME of this kind of object"));
  TRY(const FoundRelation found, GetRelation(command.name, statement));
  TRY(const std::vector<std::string> new_parts, NameParts(command.new_name, statement));
  if (found.temporary != nullptr) {
    const std::string key = Lower(new_parts.back());
    if (statement.facts->views.contains(key)) {
      return Failure(statement.Condition("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(new_parts)}}));
    }
    statement.core.Update([&](SessionFacts& facts) {
      auto view = facts.views.extract(found.view_name);
      if (view.empty()) return;
      view.key() = key;
      facts.views.insert(std::move(view));
    });
    return CommandResult{};
  }
  ObjectName target;
  if (new_parts.size() == 1) target = {found.table->name.catalog, found.table->name.schema, new_parts[0]};
  else {
    TRY(target, ToObjectName(new_parts, statement));
  }
  if (!EqualsIgnoringCase(target.schema, found.table->name.schema) && EqualsIgnoringCase(found.table->name.catalog, "spark_catalog")) {
    return Failure(statement.Condition("CANNOT_RENAME_ACROSS_SCHEMA", {{"type", "table"}}));
  }
  TRY(statement.catalog().RenameTable(found.table->name, target));
  if (found.table->kind == analyze::TableKind::kManaged) {
    // A managed table's folder keeps its name: its files are found through the catalog.
    statement.core.tables->Forget(found.table->location);
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::Use& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  if (command.kind == ObjectKind::kCatalog) return Run(plan::SetCatalog{command.name}, statement);
  SchemaName target{statement.facts->current.catalog, parts.back()};
  if (parts.size() == 2) target.catalog = parts[0];
  if (parts.size() == 1 && !command.kind) {
    // USE x: a catalog of that name wins over a schema.
    TRY(const auto catalog, statement.catalog().FindCatalog(parts[0]));
    TRY(const auto schema, statement.catalog().FindSchema(target));
    if (catalog && !schema) return Run(plan::SetCatalog{command.name}, statement);
  }
  if (parts.size() > 2) {
    return Failure(statement.Condition("REQUIRES_SINGLE_PART_NAMESPACE", {{"sessionCatalog", "spark_catalog"}, {"namespace", QuotedName(parts)}}));
  }
  TRY(const SchemaInfo schema, GetSchema(target, statement));
  statement.core.Update([&](SessionFacts& facts) { facts.current = schema.name; });
  return CommandResult{};
}

}  // namespace crannog::session
