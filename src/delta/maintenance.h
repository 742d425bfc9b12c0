#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/predicate.h"
#include "delta/snapshot.h"
#include "delta/transaction.h"

/// What keeps a table in shape, as plans and commits; the data work (reading and writing rows) is the caller's.
namespace crannog::delta {

enum class VacuumMode : uint8_t {
  kFull,  ///< lists the table's folder
  kLite,  ///< goes by the log alone
};
enum class VacuumAction : uint8_t { kDelete, kDryRun };
enum class RetentionCheck : uint8_t { kEnforced, kDisabled };

struct VacuumOptions {
  VacuumMode mode = VacuumMode::kFull;
  VacuumAction action = VacuumAction::kDelete;
  RetentionCheck check = RetentionCheck::kEnforced;  ///< spark.databricks.delta.retentionDurationCheck.enabled
  std::optional<int64_t> retention_ms;               ///< nothing: delta.deletedFileRetentionDuration, else 7 days
};

struct VacuumResult {
  std::vector<std::string> keys;  ///< of the files deleted (or that would be), in the table's store
  int64_t size_bytes = 0;
  int64_t listed_count = 0;
};

/// Deletes files that no version within the retention needs: not live, removed longer ago, older than the retention.
/// Errors: DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT, DELTA_VACUUM_RETENTION_PERIOD_NEGATIVE, DELTA_CANNOT_VACUUM_LITE,
/// DELTA_UNSUPPORTED_FEATURES_FOR_WRITE, of the store. Source: Delta Spark's VacuumCommand; PROTOCOL.md, "VACUUM Protocol Check".
Result<VacuumResult> Vacuum(Table& table, const VacuumOptions& options);

struct OptimizeOptions {
  int64_t min_file_bytes = int64_t{1} << 30;   ///< smaller files are packed
  int64_t max_file_bytes = int64_t{1} << 30;   ///< size of a bin
  double deleted_rows_ratio_max = 0.05;        ///< files with more deleted rows are rewritten whatever their size
  bool rewrite_everything = false;             ///< every file (ZORDER BY, OPTIMIZE FULL)
  bool purge_deleted_rows = false;             ///< every file with a deletion vector (REORG … APPLY (PURGE))
};
/// Files of one partition to be rewritten together.
struct FileBin {
  std::vector<const FileEntry*> files;  ///< borrow from the snapshot
  int64_t size_bytes = 0;
};
/// Packs the files that a partition predicate selects. A bin of one file is only made where that file has rows to purge.
/// Source: Delta Spark's OptimizeExecutor.
std::vector<FileBin> PlanOptimize(const Snapshot& snapshot, const Predicate& predicate, const OptimizeOptions& options);

/// Records a rewritten bin in a transaction: the old files go, the new ones come, no data changes.
void ReplaceFiles(Transaction& transaction, const FileBin& bin, std::vector<AddFile> written);

struct RestoreMetrics {
  int64_t table_size_after_restore = 0, num_of_files_after_restore = 0, num_removed_files = 0, num_restored_files = 0;
  int64_t removed_files_size = 0, restored_files_size = 0;
};
/// Makes the transaction that brings the table back to `target` (an older snapshot of it), metrics set. The caller commits.
/// Errors: DELTA_UNSUPPORTED_FEATURES_FOR_WRITE; kNotFound when a data file of the target is gone.
Result<Transaction> BeginRestore(std::shared_ptr<Table> table, const SnapshotPtr& target, Operation operation, RestoreMetrics* metrics);

enum class CloneKind : uint8_t { kShallow, kDeep };
struct FileCopy {
  std::string source;  ///< absolute path or URL
  std::string key;     ///< in the target's store
  int64_t size_bytes = 0;
};
/// Makes the transaction that creates `target` as a clone. A shallow clone refers to the source's files by absolute paths; for a deep
/// clone `copies` says which files the caller copies before the commit. Properties are those of the source overlaid with `properties`.
Result<Transaction> BeginClone(std::shared_ptr<Table> target, const SnapshotPtr& source, CloneKind kind, const StringMap& properties, Operation operation,
                               std::vector<FileCopy>* copies);

/// DESCRIBE DETAIL, but for the name of the catalog's table.
struct TableDetail {
  std::string format = "delta", id, location;
  std::optional<std::string> name, description;
  std::optional<int64_t> created_at_ms;
  int64_t last_modified_ms = 0;
  std::vector<std::string> partition_columns, clustering_columns;
  int64_t num_files = 0, size_in_bytes = 0;
  StringMap properties;
  int32_t min_reader_version = 1, min_writer_version = 2;
  std::vector<std::string> table_features;
};
Result<TableDetail> DetailOf(const Snapshot& snapshot);

/// Clustering columns by logical names, joined with '.'; empty when the table is not clustered. Source: domain "delta.clustering".
std::vector<std::string> ClusteringColumns(const Snapshot& snapshot);
/// The domain that says so. Errors: DELTA_COLUMN_NOT_FOUND_IN_SCHEMA.
Result<DomainMetadata> ClusteringDomain(const Schema& schema, const std::vector<std::vector<std::string>>& columns);

/// Checks everything that can be checked without reading data: log, checkpoint, checksum, presence of files. One line per finding.
Result<std::vector<std::string>> VerifyTable(Table& table);

/// Place of a row on the Z-order or Hilbert curve, as bytes that sort: `ranks` [columns], each below 2^bits.
std::string ZOrderKey(const std::vector<uint32_t>& ranks, int32_t bits);
std::string HilbertKey(std::vector<uint32_t> ranks, int32_t bits);

}  // namespace crannog::delta
