#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/command.h"
#include "plan/data_type.h"
#include "plan/expression.h"
#include "plan/relation.h"

/// Databricks SQL, text to plan. Source: Spark 4.1's grammar (SqlBaseLexer, SqlBaseParser) and AstBuilder's checks, with Databricks' additions.
///
/// Origins count characters (code points) of the text from 0, `stop` inclusive.
/// Literals: what needs no session is folded here; what needs the session's time zone, timestamp type or clock stays a call for the analyzer to fold:
///   DATE'…', TIME'…', TIMESTAMP_NTZ'…' (and TIMESTAMP'…' with timestamp_ntz_by_default and no zone in it), X'…', INTERVAL…: Literal.
///   TIMESTAMP'…', TIMESTAMP_LTZ'…': operator call "timestamp_literal"(STRING text), an instant; text without zone is meant in the session's zone.
///   DATE, TIMESTAMP, TIMESTAMP_NTZ of 'now', 'today', 'yesterday', 'tomorrow', 'epoch': "date_literal", "timestamp_literal", "timestamp_ntz_literal"(STRING text).
/// Their syntax is checked here, so that INVALID_TYPED_LITERAL comes from the parser as in Spark.
/// Errors: PARSE_SYNTAX_ERROR, PARSE_EMPTY_STATEMENT and the conditions that AstBuilder raises; the message ends with "(line l, pos p)" of the offending token,
/// `hint` says what was expected. Limits: kNestingMax levels of nesting, else FAILED_TO_PARSE_TOO_COMPLEX; time linear in the text.
/// Threads: any.
namespace crannog::sql {

inline constexpr int kNestingMax = 1000;

/// The settings that change what text means.
struct ParserOptions {
  bool ansi = true;                            ///< spark.sql.ansi.enabled
  bool enforce_reserved_keywords = false;      ///< spark.sql.ansi.enforceReservedKeywords (needs ansi)
  bool double_quoted_identifiers = false;      ///< spark.sql.ansi.doubleQuotedIdentifiers (needs ansi)
  bool exponent_literal_as_decimal = false;    ///< spark.sql.legacy.exponentLiteralAsDecimal.enabled
  bool escaped_string_literals = false;        ///< spark.sql.parser.escapedStringLiterals: backslashes stay as they are
  bool set_operation_precedence_legacy = false;///< spark.sql.legacy.setopsPrecedence.enabled
  bool single_character_pipe = true;           ///< spark.sql.parser.singleCharacterPipeOperator.enabled
  bool legacy_identifier_clause = false;       ///< spark.sql.legacy.identifierClause: IDENTIFIER('x') only where a table or function may be computed
  bool regex_column_names = false;             ///< spark.sql.parser.quotedRegexColumnNames
  bool timestamp_ntz_by_default = false;       ///< spark.sql.timestampType = TIMESTAMP_NTZ: what TIMESTAMP means in types and literals
  bool char_varchar_as_string = false;         ///< spark.sql.legacy.charVarcharAsString
  bool interval_legacy = false;                ///< spark.sql.legacy.interval.enabled: INTERVAL literals are CALENDAR INTERVAL
  bool create_hive_table_by_default = false;   ///< spark.sql.legacy.createHiveTableByDefault
  bool parse_query_without_eof = false;        ///< spark.sql.legacy.parseQueryWithoutEof
  bool variant_extract = true;                 ///< a:b is a path into a JSON string or VARIANT (Databricks); off: only parameter markers
  bool parse_script_declarations = true;       ///< BEGIN … END is a script (spark.sql.scripting.enabled)
};

/// Parses one statement; a trailing ';' is allowed. A query gives Statement::query, all else Statement::command.
Result<plan::Statement> ParseStatement(std::string_view text, const ParserOptions& options = {});

/// A statement of a script with the piece of the text that it came from.
struct ParsedStatement {
  plan::Statement statement;
  std::string text;
  plan::Origin origin;
};
/// Parses statements separated by ';'. Empty pieces are skipped.
Result<std::vector<ParsedStatement>> ParseStatements(std::string_view text, const ParserOptions& options = {});

/// Parses one expression, with an alias when one is written (Column expressions, filter strings).
Result<plan::ExpressionPtr> ParseExpression(std::string_view text, const ParserOptions& options = {});

/// Parses a type: "decimal(10, 2)", "struct<a: int, b: array<string>>".
Result<plan::DataType> ParseDataType(std::string_view text, const ParserOptions& options = {});

/// Parses what clients send as schema: "a INT, b STRING NOT NULL COMMENT 'x'", "struct<…>", Spark's JSON, or a single type (then a struct with the one field "value").
Result<plan::DataType> ParseTableSchema(std::string_view text, const ParserOptions& options = {});

/// Parses "[[catalog.]schema.]table".
Result<std::vector<std::string>> ParseMultipartIdentifier(std::string_view text, const ParserOptions& options = {});
/// Parses "[schema.]table"; more parts are an error.
Result<std::vector<std::string>> ParseTableIdentifier(std::string_view text, const ParserOptions& options = {});

/// Gives an identifier as SQL text, in backticks where it must be.
std::string QuoteIdentifier(std::string_view name);

}  // namespace crannog::sql
