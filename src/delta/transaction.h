#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "delta/deletion_vector.h"
#include "delta/predicate.h"
#include "delta/snapshot.h"
#include "delta/table.h"

namespace crannog::delta {

enum class IsolationLevel : uint8_t { kWriteSerializable, kSerializable, kSnapshotIsolation };

/// What a commit calls itself in the history: Spark's operation name and parameters ("WRITE", {"mode":"Append","partitionBy":"[]"}).
struct Operation {
  std::string name;
  JsonValue parameters = JsonValue::Object{};
};

/// A commit that is done.
struct Committed {
  int64_t version = 0;
  SnapshotPtr snapshot;   ///< of that version; null when it could not be refreshed (the commit stands)
  int32_t attempts = 1;
};

/// A commit that lost against a concurrent one.
struct Conflicted {
  enum class Reason : uint8_t {
    kProtocolChanged, kMetadataChanged, kConcurrentAppend, kConcurrentDeleteRead, kConcurrentDeleteDelete, kConcurrentTransaction,
    kConcurrentDomain, kTooManyAttempts
  };
  Reason reason = Reason::kProtocolChanged;
  int64_t winning_version = 0;
  std::string operation;  ///< of the winner, "" when unknown
  std::string detail;     ///< partition, file, application or domain

  /// DELTA_CONCURRENT_APPEND and so on, with their parameters. `table` names the table in the message.
  Error ToError(std::string_view table) const;
};

using CommitOutcome = std::variant<Committed, Conflicted>;

/// Limits and surroundings of a commit. `sleep` waits between tries after a store failure (microseconds); null: no wait.
struct CommitOptions {
  int32_t attempts_max = 10000;       ///< versions lost to others before giving up (delta.commitRetries)
  int32_t store_attempts_max = 6;     ///< tries of one write that the store fails
  std::function<void(int64_t)> sleep;
  std::string engine_info = "Crannog/0.1.0";
  bool write_checksum = true;         ///< <version>.crc
  bool write_checkpoint = true;       ///< every delta.checkpointInterval versions
};

/// Changes to one table, collected, then committed at once. Belongs to one thread; spent by Commit.
/// What it read must be told, for conflicts are judged by it. Source: reference/delta.md section 5; PROTOCOL.md, "Actions".
class Transaction {
 public:
  /// Starts from a snapshot of an existing table. Errors: DELTA_UNSUPPORTED_FEATURES_FOR_WRITE, DELTA_INVALID_PROTOCOL_VERSION.
  static Result<Transaction> Begin(std::shared_ptr<Table> table, SnapshotPtr snapshot, Operation operation);
  /// Starts a table that does not exist yet: metadata (schema, partition columns, properties) becomes version 0. Fills in id, creation
  /// time, column mapping ids and the least protocol that the properties and the schema ask for.
  static Result<Transaction> Create(std::shared_ptr<Table> table, Metadata metadata, Operation operation);

  Transaction(Transaction&&) = default;
  Transaction& operator=(Transaction&&) = default;

  /// The version read; -1 for a new table.
  int64_t read_version() const { return base_ ? base_->version() : -1; }
  const SnapshotPtr& base() const { return base_; }
  /// Metadata and protocol as they will be after the commit.
  const Metadata& metadata() const { return metadata_ ? *metadata_ : base_->metadata(); }
  const Protocol& protocol() const { return protocol_ ? *protocol_ : base_->protocol(); }

  // What was read.
  void ReadWholeTable() { read_whole_table_ = true; }
  /// Rows for which the predicate is true were looked for. Partition-only predicates narrow conflicts to their partitions.
  void ReadRows(Predicate predicate) { read_predicates_.push_back(std::move(predicate)); }
  void ReadFile(const FileEntry& file);
  /// Gives the newest version recorded for an application, and counts as having read it.
  std::optional<int64_t> ReadApplication(const std::string& app_id);

  // What changes.
  void Add(AddFile file) { adds_.push_back(std::move(file)); }
  void Add(std::vector<AddFile> files);
  /// Removes a live file of the base (reads it too).
  void Remove(const FileEntry& file, bool data_change = true);
  /// Removes every live file, or those that may match (static overwrite).
  void RemoveAll(bool data_change = true);
  /// Deletes rows of a live file by a deletion vector; several calls for one file add up. The whole file is removed when nothing is left.
  /// Concurrent changes of other rows of the file do not conflict (row-level concurrency) where the table has deletion vectors.
  void DeleteRows(const FileEntry& file, const RowSet& rows);
  void AddChangeData(AddCdcFile file) { cdc_.push_back(std::move(file)); }
  /// Replaces the metadata (same id unless the table is replaced). Features that properties or schema ask for are added to the protocol.
  /// Errors: schema or property rules (column mapping mode changes, unknown features).
  Result<> SetMetadata(Metadata metadata);
  Result<> AddFeature(std::string_view feature);
  /// Sets the protocol outright (dropping a feature).
  void SetProtocol(Protocol protocol) { protocol_ = std::move(protocol); }
  void SetApplication(SetTransaction transaction) { transactions_.push_back(std::move(transaction)); }
  void SetDomain(DomainMetadata domain) { domains_[domain.domain] = std::move(domain); }
  /// An entry of operationMetrics ("numOutputRows").
  void SetMetric(const std::string& name, int64_t value) { metrics_[name] = value; }
  void SetUserMetadata(std::string text) { user_metadata_ = std::move(text); }
  /// Overrides the table's level (delta.isolationLevel).
  void SetIsolation(IsolationLevel level) { isolation_ = level; }
  /// Tag of commitInfo ("restoresDeletedRows").
  void SetTag(const std::string& name, std::string value) { tags_[name] = std::move(value); }

  bool HasChanges() const;

  /// Writes the next version, or says why another commit makes that wrong. A blind append is rebased on whatever came between.
  /// Errors: DELTA_CANNOT_MODIFY_APPEND_ONLY, of the store (the commit may then stand or not: Table::Latest tells).
  Result<CommitOutcome> Commit(const CommitOptions& options = {}) &&;

 private:
  struct RowDeletion {
    AddFile file;    // as it was when read
    RowSet rows;
  };
  friend class ConflictCheck;

  Transaction(std::shared_ptr<Table> table, SnapshotPtr base, Operation operation)
      : table_(std::move(table)), base_(std::move(base)), operation_(std::move(operation)) {}

  Result<std::vector<Action>> Assemble(int64_t version, const SnapshotPtr& current, const CommitOptions& options);
  Result<> CheckAppendOnly() const;
  Result<> WriteVectors(const SnapshotPtr& current, std::vector<Action>& actions);
  Result<> AssignRowIds(int64_t version, const SnapshotPtr& current, std::vector<Action>& actions);
  JsonValue InfoOf(int64_t version, int64_t now_ms, const std::vector<Action>& actions, const CommitOptions& options) const;
  bool IsBlindAppend() const;
  bool ChangesData() const;
  IsolationLevel EffectiveIsolation() const;
  Result<CommitOutcome> Finish(int64_t version, int32_t attempts, const SnapshotPtr& current, std::vector<Action> actions, const CommitOptions& options);

  std::shared_ptr<Table> table_;
  SnapshotPtr base_;
  Operation operation_;
  std::string transaction_id_;

  bool read_whole_table_ = false;
  std::vector<Predicate> read_predicates_;
  std::set<std::string> read_keys_;
  std::set<std::string> read_applications_;

  std::vector<AddFile> adds_;
  std::map<std::string, RemoveFile> removes_;      // by file key
  std::map<std::string, RowDeletion> row_deletions_;  // by canonical path
  std::vector<AddCdcFile> cdc_;
  std::optional<Metadata> metadata_;
  std::optional<Protocol> protocol_;
  std::vector<SetTransaction> transactions_;
  std::map<std::string, DomainMetadata> domains_;
  std::map<std::string, int64_t> metrics_;
  StringMap tags_;
  std::optional<std::string> user_metadata_;
  std::optional<IsolationLevel> isolation_;
};

}  // namespace crannog::delta
