#pragma once

#include <map>
#include <vector>

#include "delta/scan.h"
#include "delta/transaction.h"
#include "session/statement.h"

/// UPDATE, DELETE and MERGE stand on this: a Delta table's rows with the places where they are stored.
namespace crannog::session {

/// A table about to be changed: one snapshot, and a plan of its rows whose last two columns are file number and row index.
struct DeltaRows {
  analyze::TableInfo table;  ///< schema as the snapshot has it
  std::shared_ptr<delta::Table> delta;
  delta::SnapshotPtr snapshot;
  std::shared_ptr<const delta::Scan> scan;
  plan::ResolvedPlanPtr plan;
  plan::ColumnId file_id = 0, row_id = 0;

  plan::ResolvedExpressionPtr FileNumber() const;
  plan::ResolvedExpressionPtr RowIndex() const;
  /// The table's columns as the plan gives them, without the two positions.
  std::vector<plan::OutputColumn> Columns() const;
};
/// Errors: DELTA_TABLE_ONLY_OPERATION for other formats, EXPECT_TABLE_NOT_VIEW.
Result<DeltaRows> OpenDeltaRows(const plan::Name& name, std::string_view operation, Statement& statement);

/// The table's columns of some of its files.
Result<plan::ResolvedPlanPtr> PlanOfFiles(const DeltaRows& rows, std::shared_ptr<const delta::Scan> scan);

/// File number to the row indexes in it.
using RowPositions = std::map<int64_t, delta::RowSet>;

/// Columns of the table's type for a scope: names and their relation.
analyze::ExpressionScope ScopeOf(const std::vector<plan::OutputColumn>& columns, const std::string& qualifier);

/// What a change did, for results and history.
struct ChangeCounts {
  int64_t updated = 0, deleted = 0, inserted = 0, copied = 0;
  int64_t files_removed = 0, files_added = 0;
};

/// Puts the removal of rows into the transaction: deletion vectors where the table has them enabled, else the rest of each touched file is written anew.
Result<> RemoveRows(const DeltaRows& rows, const RowPositions& positions, delta::Transaction& transaction, ChangeCounts& counts, Statement& statement);

/// Writes the plan's rows (the table's schema by position) as new files of the transaction.
Result<> AddRows(const DeltaRows& rows, const plan::ResolvedPlan& plan, delta::Transaction& transaction, ChangeCounts& counts, Statement& statement);

/// Writes a change file where the table has a change feed: the plan's rows with `change_type` ("insert", "delete", "update_preimage", …).
Result<> AddChanges(const DeltaRows& rows, const plan::ResolvedPlanPtr& plan, std::string_view change_type, delta::Transaction& transaction, Statement& statement);

/// The plan's two position columns, read to the end.
Result<RowPositions> ReadPositions(const plan::ResolvedPlan& plan, Statement& statement);

int64_t CountOf(const RowPositions& positions);

/// "num_affected_rows" and kin, in this order.
CommandResult CountsResult(const std::vector<std::pair<std::string, int64_t>>& counts);

}  // namespace crannog::session
