#pragma once

#include "plan/commands/tables.h"

namespace crannog::plan {

enum class ViewScope : uint8_t { kPersistent, kTemporary, kGlobalTemporary };
/// WITH SCHEMA …; source: Spark's view schema modes.
enum class ViewSchemaMode : uint8_t { kDefault, kBinding, kCompensation, kTypeEvolution, kEvolution };

/// CREATE [OR REPLACE] [GLOBAL] [TEMPORARY] VIEW.
struct CreateView {
  Name name;
  IfExists if_exists = IfExists::kFail;
  ViewScope scope = ViewScope::kPersistent;
  std::vector<ColumnDefinition> columns;  ///< name, comment, mask
  std::optional<std::string> comment;
  std::optional<std::string> default_collation;
  Options properties;
  Tags tags;
  ViewSchemaMode schema_mode = ViewSchemaMode::kDefault;
  bool is_metric_view = false;            ///< WITH METRICS LANGUAGE YAML AS $$ … $$; then query.text is the YAML
  QueryText query;
};

/// CREATE TEMPORARY VIEW v [(schema)] USING format OPTIONS (…).
struct CreateTemporaryViewUsing {
  Name name;
  IfExists if_exists = IfExists::kFail;
  ViewScope scope = ViewScope::kTemporary;
  std::optional<DataType> schema;
  std::string provider;
  Options options;
};

/// ALTER VIEW v AS query.
struct AlterViewQuery { Name name; QueryText query; };
/// ALTER VIEW v WITH SCHEMA ….
struct AlterViewSchemaMode { Name name; ViewSchemaMode mode = ViewSchemaMode::kDefault; };

/// DROP VIEW | DROP MATERIALIZED VIEW.
struct DropView { Name name; bool if_exists = false; bool is_materialized = false; };

/// CREATE [OR REFRESH | OR REPLACE] [PRIVATE] MATERIALIZED VIEW.
struct CreateMaterializedView {
  Name name;
  CreateMode mode = CreateMode::kCreate;
  bool is_private = false;
  TableSpec spec;
  QueryText query;
};

/// CREATE [OR REFRESH] [PRIVATE] STREAMING TABLE; the query may be absent (then flows feed it).
struct CreateStreamingTable {
  Name name;
  CreateMode mode = CreateMode::kCreate;
  bool is_private = false;
  TableSpec spec;
  std::optional<QueryText> query;
};

}  // namespace crannog::plan
