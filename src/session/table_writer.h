#pragma once

#include <optional>
#include <string>
#include <vector>

#include "delta/actions.h"
#include "delta/transaction.h"
#include "session/statement.h"

/// Rows into tables of any format, and commits of Delta tables.
namespace crannog::session {

enum class WriteKind : uint8_t {
  kAppend,
  kOverwrite,            ///< everything, or the rows of `replace_condition`
  kOverwritePartitions,  ///< the partitions that the new rows touch
};

struct WriteRequest {
  WriteKind kind = WriteKind::kAppend;
  plan::ExpressionPtr replace_condition;  ///< REPLACE WHERE; also of static PARTITION values
  std::string replace_text;               ///< the condition as text, for the log
  std::vector<std::pair<std::string, plan::Literal>> static_partitions;
  std::string operation = "WRITE";        ///< as DESCRIBE HISTORY shows it
  std::optional<std::string> transaction_app_id;
  std::optional<int64_t> transaction_version;
  bool evolved_schema = false;            ///< the table's schema is committed with the rows (mergeSchema, overwriteSchema)
  bool replaces_schema = false;
};

struct WriteOutcome {
  int64_t row_count = 0;
  int64_t deleted_row_count = 0;
  std::optional<int64_t> version;  ///< of Delta
};

/// Writes the plan's rows, whose output is the table's schema by position, and makes them visible.
/// Errors: those of the query; Delta's conflicts.
Result<WriteOutcome> WriteTable(const analyze::TableInfo& table, const plan::ResolvedPlan& rows, const WriteRequest& request, Statement& statement);

/// Creates a Delta table's log in table.location (version 0), with `rows` as its first content where given.
Result<WriteOutcome> CreateDeltaTable(const analyze::TableInfo& table, const plan::ResolvedPlan* rows, std::string_view operation, Statement& statement);
/// Replaces schema, properties and content of an existing Delta table in one commit.
Result<WriteOutcome> ReplaceDeltaTable(const analyze::TableInfo& table, const plan::ResolvedPlan* rows, std::string_view operation, Statement& statement);

/// Commits and turns a lost race into its error.
Result<int64_t> CommitTransaction(delta::Transaction transaction, const analyze::TableInfo& table);
/// The configuration of the delta.clustering domain.
std::string ClusteringDomain(const std::vector<std::string>& columns);

/// Removes every file of a table that is not Delta's (TRUNCATE).
Result<> RemoveFiles(const analyze::TableInfo& table);

}  // namespace crannog::session
