#pragma once

#include "plan/commands/objects.h"

namespace crannog::plan {

/// GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY (START WITH … INCREMENT BY …).
struct IdentityColumn {
  bool is_always = true;
  int64_t start = 1;
  int64_t step = 1;
};

/// FIRST | AFTER column.
struct ColumnPosition {
  bool is_first = false;
  std::string after;
};

/// MASK function [USING COLUMNS (column or constant, …)].
struct ColumnMask {
  Name function;
  std::vector<ExpressionPtr> using_columns;
};

/// [WITH] ROW FILTER function ON (column or constant, …).
struct RowFilter {
  Name function;
  std::vector<ExpressionPtr> columns;
};

enum class ConstraintKind : uint8_t { kPrimaryKey, kForeignKey, kUnique, kCheck, kExpectation };
/// What CONSTRAINT … EXPECT does with a row that breaks it. Source: Databricks pipelines.
enum class ExpectationAction : uint8_t { kWarn, kDropRow, kFailUpdate };

struct Constraint {
  ConstraintKind kind = ConstraintKind::kCheck;
  std::string name;                      ///< "" when none was written
  std::vector<std::string> columns;
  std::string timeseries_column;         ///< PRIMARY KEY (k, ts TIMESERIES)
  std::optional<Name> referenced_table;
  std::vector<std::string> referenced_columns;
  ExpressionText condition;              ///< kCheck, kExpectation
  ExpectationAction action = ExpectationAction::kWarn;
  std::optional<bool> enforced;
  std::optional<bool> rely;
  std::vector<std::string> options;      ///< other characteristics, as written: "DEFERRABLE", "ON UPDATE NO ACTION", …
  Origin origin;
};

struct ColumnDefinition {
  std::vector<std::string> name;         ///< several parts only in ALTER TABLE (nested fields)
  std::optional<DataType> type;          ///< absent where only the name is given (views, CREATE TABLE … AS)
  bool not_null = false;
  std::optional<ExpressionText> default_value;
  std::optional<ExpressionText> generated;
  std::optional<IdentityColumn> identity;
  std::optional<std::string> comment;
  std::optional<ColumnMask> mask;
  std::vector<Constraint> constraints;
  std::optional<ColumnPosition> position;
  std::optional<std::string> watermark;
  Origin origin;
};

/// One element of PARTITIONED BY: a column by name, a column with its type (Hive), or a transform with arguments.
struct PartitionField {
  std::optional<ColumnDefinition> column;   ///< when a type was written
  std::string transform;                    ///< "identity", "bucket", "years", …
  std::vector<ExpressionPtr> arguments;     ///< columns and constants
};

struct BucketSpec {
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, SortDirection>> sort_columns;
  int32_t bucket_count = 0;
};

/// ROW FORMAT … and STORED AS …, kept for SHOW CREATE TABLE and honest errors.
struct SerdeSpec {
  std::string row_format;      ///< "", "SERDE", "DELIMITED"
  std::string serde_class;
  Options properties;
  std::string stored_as, input_format, output_format, stored_by;
  bool IsSet() const { return !row_format.empty() || !stored_as.empty() || !input_format.empty() || !stored_by.empty(); }
};

/// REFRESH clause of materialized views and streaming tables.
struct RefreshSchedule {
  std::string cron, time_zone;
  int64_t every = 0;
  std::string unit;            ///< "HOUR", "DAY", "WEEK"
  bool on_update = false;
  std::optional<int64_t> at_most_every_seconds;
};

/// What follows the name of CREATE TABLE, REPLACE TABLE, CREATE STREAMING TABLE, CREATE MATERIALIZED VIEW.
struct TableSpec {
  std::vector<ColumnDefinition> columns;
  std::vector<Constraint> constraints;
  std::string provider;                       ///< USING, lower or upper case as written; "" is the session's default
  ExpressionOptions options;
  std::vector<PartitionField> partitioning;
  std::optional<std::vector<std::vector<std::string>>> cluster_by;  ///< empty list: CLUSTER BY NONE
  bool cluster_by_auto = false;
  std::optional<BucketSpec> buckets;
  SerdeSpec serde;
  std::optional<std::string> location;
  std::optional<std::string> comment;
  std::optional<std::string> default_collation;
  Options properties;
  std::optional<RowFilter> row_filter;
  Tags tags;
  std::optional<RefreshSchedule> schedule;
  std::optional<std::string> storage_credential;
};

enum class CreateMode : uint8_t { kCreate, kCreateIfNotExists, kCreateOrReplace, kReplace, kCreateOrRefresh };

/// CREATE [OR REPLACE] [EXTERNAL] TABLE …, REPLACE TABLE …, with AS query or without.
struct CreateTable {
  Name name;
  CreateMode mode = CreateMode::kCreate;
  bool is_external = false;
  bool is_temporary = false;
  TableSpec spec;
  std::optional<QueryText> query;
};

/// CREATE TABLE a LIKE b.
struct CreateTableLike {
  Name name;
  Name source;
  bool if_not_exists = false;
  TableSpec spec;  ///< provider, location, properties, serde
};

/// CREATE [OR REPLACE] TABLE a [SHALLOW | DEEP] CLONE b [AT].
struct CloneTable {
  Name name;
  CreateMode mode = CreateMode::kCreate;
  Name source;
  TimeTravel time_travel;
  bool is_shallow = false;
  Options properties;
  std::optional<std::string> location;
};

struct DropTable {
  Name name;
  bool if_exists = false;
  bool purge = false;
};

/// UNDROP TABLE name | WITH ID 'uuid'; SHOW TABLES DROPPED is ShowObjects.
struct UndropTable {
  ObjectKind kind = ObjectKind::kTable;
  Name name;
  std::string id;
};

// The actions of ALTER TABLE (a few of them for views too).
struct AddColumns { std::vector<ColumnDefinition> columns; bool if_not_exists = false; };
struct DropTableColumns { std::vector<Name> columns; bool if_exists = false; };
struct RenameColumn { std::vector<std::string> column; std::string new_name; };
/// ALTER COLUMN c … ; what is set is what was written.
struct AlterColumn {
  std::vector<std::string> column;
  std::optional<DataType> type;
  std::optional<std::string> comment;
  std::optional<ColumnPosition> position;
  std::optional<bool> not_null;                 ///< SET NOT NULL / DROP NOT NULL
  std::optional<ExpressionText> default_value;
  bool drop_default = false;
  std::optional<ColumnMask> mask;
  bool drop_mask = false;
  bool sync_identity = false;
  std::optional<std::string> collation;
  Origin origin;
};
struct AlterColumns { std::vector<AlterColumn> columns; };
/// Hive's CHANGE COLUMN old new type [COMMENT] [position].
struct ChangeColumn { std::vector<std::string> column; ColumnDefinition definition; PartitionSpec partition; };
struct ReplaceColumns { std::vector<ColumnDefinition> columns; PartitionSpec partition; };
struct SetTableProperties { Options properties; };
struct UnsetTableProperties { std::vector<std::string> keys; bool if_exists = false; };
struct SetTableLocation { std::string location; PartitionSpec partition; };
struct SetTableSerde { std::optional<std::string> serde_class; Options properties; PartitionSpec partition; };
struct AddConstraint { Constraint constraint; };
struct DropConstraint {
  ConstraintKind kind = ConstraintKind::kCheck;  ///< kCheck: by name
  std::string name;
  std::vector<std::string> columns;
  bool if_exists = false;
  bool cascade = false;
};
struct SetRowFilter { RowFilter filter; };
struct DropRowFilter {};
struct AlterClusterBy { std::vector<std::vector<std::string>> columns; bool is_none = false; bool is_auto = false; };
struct AddPartitions {
  std::vector<std::pair<PartitionSpec, std::optional<std::string>>> partitions;  ///< with location
  bool if_not_exists = false;
};
struct DropPartitions { std::vector<PartitionSpec> partitions; bool if_exists = false; bool purge = false; };
struct RenamePartition { PartitionSpec from, to; };
struct RecoverPartitions {};
struct DropFeature { std::string feature; bool truncate_history = false; };
struct SetDefaultCollation { std::string collation; };
/// ENABLE | DISABLE | INHERIT PREDICTIVE OPTIMIZATION: true, false, unset.
struct SetPredictiveOptimization { std::optional<bool> enabled; };
struct SetManaged { bool truncate_history = false; };
struct AlterSchedule { std::optional<RefreshSchedule> schedule; };  ///< unset: DROP SCHEDULE

/// ALTER TABLE | VIEW | MATERIALIZED VIEW | STREAMING TABLE name action. RENAME, OWNER and TAGS: catalogs.h.
struct AlterTable {
  ObjectKind kind = ObjectKind::kTable;
  Name name;
  std::variant<AddColumns, DropTableColumns, RenameColumn, AlterColumns, ChangeColumn, ReplaceColumns, SetTableProperties,
               UnsetTableProperties, SetTableLocation, SetTableSerde, AddConstraint, DropConstraint, SetRowFilter, DropRowFilter,
               AlterClusterBy, AddPartitions, DropPartitions, RenamePartition, RecoverPartitions, DropFeature, SetDefaultCollation,
               SetPredictiveOptimization, SetManaged, AlterSchedule>
      action;
};

struct TruncateTable { Name name; PartitionSpec partition; };

enum class RepairOption : uint8_t { kAdd, kDrop, kSync };
/// [MSCK] REPAIR TABLE name [ADD | DROP | SYNC PARTITIONS] [SYNC METADATA].
struct RepairTable { Name name; RepairOption option = RepairOption::kAdd; bool sync_metadata = false; };

/// ANALYZE TABLE name [PARTITION] COMPUTE STATISTICS [NOSCAN | FOR COLUMNS … | FOR ALL COLUMNS | DELTA].
struct AnalyzeTable {
  Name name;
  PartitionSpec partition;
  bool no_scan = false;
  std::vector<std::string> columns;
  bool all_columns = false;
  bool is_delta = false;       ///< COMPUTE DELTA STATISTICS
};
/// ANALYZE TABLES IN schema COMPUTE STATISTICS.
struct AnalyzeTables { std::optional<Name> schema; bool no_scan = false; };

/// REFRESH [TABLE | MATERIALIZED VIEW | STREAMING TABLE] name [FULL] [SYNC | ASYNC].
struct RefreshTable { ObjectKind kind = ObjectKind::kTable; Name name; bool is_full = false; bool is_async = false; };
/// REFRESH 'path'.
struct RefreshPath { std::string path; };
/// REFRESH FOREIGN CATALOG | SCHEMA | TABLE name.
struct RefreshForeign { ObjectKind kind = ObjectKind::kTable; Name name; };

/// SYNC { SCHEMA | TABLE } target FROM source (from hive_metastore to Unity Catalog).
struct SyncObjects { ObjectKind kind = ObjectKind::kTable; Name target, source; bool as_external = false; bool dry_run = false; };

/// CREATE INDEX / DROP INDEX of Spark's grammar.
struct CreateIndex {
  std::string name;
  Name table;
  bool if_not_exists = false;
  std::string type;
  std::vector<std::pair<std::vector<std::string>, Options>> columns;
  Options options;
};
struct DropIndex { std::string name; Name table; bool if_exists = false; };

}  // namespace crannog::plan
