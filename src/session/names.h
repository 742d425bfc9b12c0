#pragma once

#include <string>
#include <vector>

#include "session/statement.h"

/// What names in commands mean. Source: Spark 4.1, ResolveIdentifierClause and LookupCatalog.
namespace crannog::session {

/// Gives the parts of a name; IDENTIFIER(…) is evaluated. Errors: NOT_A_CONSTANT_STRING, of the parser.
Result<std::vector<std::string>> NameParts(const plan::Name& name, Statement& statement);

/// "`a`.`b`", every part in backticks.
std::string QuotedName(const std::vector<std::string>& parts);
std::string QuotedName(const analyze::ObjectName& name);
std::string QuotedName(const analyze::SchemaName& name);
/// A part in backticks only where it must be: Spark's quoteIfNeeded.
std::string QuoteIfNeeded(std::string_view part);
/// "a.b.c" with quoteIfNeeded.
std::string PlainName(const std::vector<std::string>& parts);
std::string PlainName(const analyze::ObjectName& name);

/// Fills in catalog and schema. Errors: IDENTIFIER_TOO_MANY_NAME_PARTS.
Result<analyze::ObjectName> ToObjectName(const std::vector<std::string>& parts, const Statement& statement);
Result<analyze::ObjectName> ResolveObject(const plan::Name& name, Statement& statement);
/// A schema's name: one part is a schema of the current catalog; absent: the current schema.
Result<analyze::SchemaName> ResolveSchema(const plan::Name& name, Statement& statement);

std::string Lower(std::string_view text);
std::string Upper(std::string_view text);
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

/// SHOW … LIKE: '*' any text, '|' alternatives, case ignored. Source: Spark's StringUtils.filterPattern.
bool MatchesPattern(std::string_view name, const plan::Pattern& pattern);

/// What a name speaks of, in the order in which Spark looks: temporary view, then the catalog.
struct FoundRelation {
  const analyze::TemporaryView* temporary = nullptr;  ///< borrows from the statement's facts
  bool is_global = false;
  std::string view_name;                              ///< key of the temporary view
  std::optional<analyze::TableInfo> table;
  bool exists() const { return temporary != nullptr || table.has_value(); }
};
Result<FoundRelation> FindRelation(const plan::Name& name, Statement& statement);
/// Errors: TABLE_OR_VIEW_NOT_FOUND with the name as written and its place.
Result<FoundRelation> GetRelation(const plan::Name& name, Statement& statement);
/// As GetRelation, but only of the catalog. `expected` names the statement in errors about views.
Result<analyze::TableInfo> GetTable(const plan::Name& name, Statement& statement);
Error RelationNotFound(const plan::Name& name, const std::vector<std::string>& parts, const Statement& statement);

}  // namespace crannog::session
