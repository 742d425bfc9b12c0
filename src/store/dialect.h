#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crannog::store {

/// Rewrites `?` placeholders to $1, $2 ...; quoted text, quoted names and comments stay as they are.
std::string NumberPlaceholders(std::string_view sql);

/// Rewrites the words of a schema statement that PostgreSQL spells otherwise: BLOB is BYTEA, TEXT sorts by bytes as SQLite's
/// does, INTEGER PRIMARY KEY is an identity column.
std::string SchemaForPostgres(std::string_view sql);

/// Cuts a script at the ';' that end its statements; empty statements are left out.
std::vector<std::string> SplitStatements(std::string_view script);

}  // namespace crannog::store
