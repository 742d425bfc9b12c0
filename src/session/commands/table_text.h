#pragma once

#include "session/statement.h"

/// How tables and views describe themselves. Source: Spark 4.1 CatalogTable.toJsonLinkedHashMap, ShowCreateTableCommand.
namespace crannog::session {

/// Rows of "# Detailed Table Information": name, value.
std::vector<std::pair<std::string, std::string>> DetailsOf(const analyze::TableInfo& table);
/// The text of SHOW TABLE EXTENDED.
std::string TableInformation(const analyze::TableInfo& table);
Result<std::string> TemporaryViewInformation(const std::string& name, const analyze::TemporaryView& view, Statement& statement);
Result<plan::Schema> TemporaryViewSchema(const analyze::TemporaryView& view, Statement& statement);
/// The CREATE statement that would make the table or view.
std::string CreateStatementOf(const analyze::TableInfo& table);
/// Properties that a person sees: without what views keep for themselves, secrets redacted, sorted by key.
plan::Options VisibleProperties(const analyze::TableInfo& table);
/// "root\n |-- a: integer (nullable = true)\n": Spark's tree form of a schema.
std::string SchemaTree(const plan::Schema& schema);

}  // namespace crannog::session
