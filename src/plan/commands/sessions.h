#pragma once

#include "plan/commands/objects.h"

/// Statements about the session itself.
namespace crannog::plan {

/// SET key = value; SET key (then `value` is absent); SET (all); SET -v (`verbose`).
struct SetConfig {
  std::string key;
  std::optional<std::string> value;
  bool verbose = false;
};
/// RESET [key].
struct ResetConfig { std::optional<std::string> key; };
/// SET TIME ZONE 'zone' | LOCAL | INTERVAL ….
struct SetTimeZone { std::string zone; bool is_local = false; ExpressionPtr interval; };
struct SetCatalog { Name name; };
/// SET COLLATION name.
struct SetCollation { std::string name; };
/// SET PATH = (schema, …), kept as written.
struct SetPath { std::vector<Name> entries; };

/// DECLARE [OR REPLACE] [VARIABLE] a, b [type] [DEFAULT value].
struct DeclareVariable {
  std::vector<Name> names;
  bool replace = false;
  std::optional<DataType> type;
  std::optional<ExpressionText> default_value;
};
/// SET VAR a = 1, b = 2 (one value per name), or SET VAR (a, b) = (query).
struct SetVariable {
  std::vector<Name> names;
  std::vector<ExpressionPtr> values;
  RelationPtr query;
};
struct DropVariable { Name name; bool if_exists = false; };

enum class ExplainMode : uint8_t { kSimple, kExtended, kFormatted, kCost, kCodegen, kLogical };
struct Explain { ExplainMode mode = ExplainMode::kSimple; Statement statement; std::string text; };

/// EXECUTE IMMEDIATE text [INTO variables] [USING arguments].
struct ExecuteImmediate {
  ExpressionPtr text;
  std::vector<Name> into;
  std::vector<ExpressionPtr> arguments;   ///< Alias for a named one
};

/// ADD JAR | FILE | ARCHIVE path; LIST JARS.
struct ManageResource { bool is_add = true; std::string kind; std::vector<std::string> paths; };

/// Parsed by Spark only to be refused: names the words, as its message does.
struct UnsupportedStatement { std::string feature; };

}  // namespace crannog::plan
