#pragma once

#include "plan/commands/objects.h"

/// Statements of Delta tables that keep their meaning and change their files, and the cache.
/// A table given by a path in quotes has the name delta.`path`.
namespace crannog::plan {

/// OPTIMIZE t [FULL] [WHERE …] [ZORDER BY (…)].
struct Optimize {
  Name table;
  ExpressionPtr condition;
  bool is_full = false;
  std::vector<std::vector<std::string>> zorder_by;
};

/// VACUUM t [FULL | LITE] [RETAIN n HOURS] [USING INVENTORY …] [DRY RUN].
struct Vacuum {
  Name table;
  std::optional<double> retain_hours;
  bool dry_run = false;
  bool is_lite = false;
  RelationPtr inventory;
};

/// RESTORE [TABLE] t TO VERSION | TIMESTAMP AS OF.
struct Restore { Name table; TimeTravel to; };

/// CONVERT TO DELTA parquet.`path` [NO STATISTICS] [PARTITIONED BY (…)].
struct ConvertToDelta { Name table; bool no_statistics = false; std::vector<std::pair<std::string, DataType>> partition_columns; };

/// REORG TABLE t [WHERE …] APPLY (PURGE | UPGRADE UNIFORM (…)).
struct Reorg { Name table; ExpressionPtr condition; bool is_purge = true; Options uniform; };

/// DESCRIBE HISTORY t; DESCRIBE DETAIL t.
struct DescribeHistory { Name table; std::optional<int64_t> limit; };
struct DescribeDetail { Name table; };

/// DeltaTable.isDeltaTable(path): one row, one BOOLEAN column "value".
struct IsDeltaTable { std::string path; };

/// GENERATE symlink_format_manifest FOR TABLE t.
struct GenerateManifest { std::string mode; Name table; };

/// FSCK REPAIR TABLE t [DRY RUN].
struct FsckRepair { Name table; bool dry_run = false; };

/// CACHE [LAZY] TABLE t [OPTIONS (…)] [AS query].
struct CacheTable { Name table; bool is_lazy = false; Options options; std::optional<QueryText> query; };
struct UncacheTable { Name table; bool if_exists = false; };
struct ClearCache {};
/// CACHE SELECT …: warms the disk cache.
struct CacheSelect { RelationPtr query; };

}  // namespace crannog::plan
