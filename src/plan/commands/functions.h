#pragma once

#include "plan/commands/tables.h"

namespace crannog::plan {

struct RoutineParameter {
  std::string name;
  DataType type;
  std::optional<ExpressionText> default_value;
  std::optional<std::string> comment;
  std::string mode;   ///< "", "IN", "OUT", "INOUT" (procedures)
  Origin origin;
};

/// CREATE FUNCTION: a SQL body, a Python body, or a JVM class (which is answered as unsupported).
struct CreateFunction {
  Name name;
  IfExists if_exists = IfExists::kFail;
  bool if_not_exists = false;
  bool is_temporary = false;
  std::vector<RoutineParameter> parameters;
  std::optional<DataType> return_type;              ///< scalar
  bool is_table_function = false;
  std::vector<RoutineParameter> return_columns;     ///< RETURNS TABLE (…), empty when inferred
  std::string language;                             ///< "SQL", "PYTHON", …; "" is SQL
  std::optional<bool> is_deterministic;
  std::optional<bool> contains_sql;
  std::optional<bool> reads_sql_data;
  bool returns_null_on_null_input = false;
  std::optional<std::string> comment;
  std::optional<std::string> handler;               ///< HANDLER 'f'
  std::optional<std::string> environment;           ///< ENVIRONMENT (…) as written
  std::optional<std::string> default_collation;
  std::optional<ExpressionText> body_expression;    ///< RETURN expression
  std::optional<QueryText> body_query;              ///< RETURN query
  std::string body_text;                            ///< AS $$ … $$
  std::string class_name;                           ///< AS 'class' USING …
  std::vector<std::pair<std::string, std::string>> resources;
};

struct DropFunction { Name name; bool if_exists = false; bool is_temporary = false; bool is_procedure = false; };
struct RefreshFunction { Name name; };

/// CREATE VOLUME, DROP VOLUME; ALTER VOLUME is RenameObject, AlterOwner, AlterTags.
struct CreateVolume {
  Name name;
  IfExists if_exists = IfExists::kFail;
  bool is_external = false;
  std::optional<std::string> location;
  std::optional<std::string> comment;
};
struct DropVolume { Name name; bool if_exists = false; };

/// PUT, GET, REMOVE on volumes (connectors' staging statements).
struct StageFile { std::string verb, source, target; bool overwrite = false; };
/// LIST '/Volumes/…' [LIMIT n].
struct ListFiles { std::string path; std::optional<int64_t> limit; };

}  // namespace crannog::plan
