#pragma once

#include <optional>

#include "delta/transaction.h"

namespace crannog::delta {

/// Judges one transaction against one commit that came first, and rebases what can be rebased (row deletions in the same file).
/// Source: reference/delta.md section 5 (the order and the matrix of Delta Spark's ConflictChecker).
class ConflictCheck {
 public:
  /// `before`: the snapshot just below the winner; `after`: with it.
  ConflictCheck(Transaction& transaction, int64_t version, const std::vector<Action>& winner, const Snapshot& before, const Snapshot& after);

  /// Gives the conflict, or nothing when the transaction may go on. Errors: of the store (deletion vectors are read).
  Result<std::optional<Conflicted>> Run();

 private:
  std::optional<Conflicted> ProtocolAndMetadata() const;
  std::optional<Conflicted> DomainsAndApplications() const;
  std::optional<Conflicted> AddedFiles() const;
  Result<std::optional<Conflicted>> RemovedFiles();
  Result<std::optional<Conflicted>> RebaseRows(Transaction::RowDeletion& deletion);
  Conflicted Make(Conflicted::Reason reason, std::string detail) const;
  bool RowLevel() const;

  Transaction& transaction_;
  const int64_t version_;
  const std::vector<Action>& winner_;
  const Snapshot& before_;
  const Snapshot& after_;
  std::string operation_;
  bool blind_append_ = false;
};

}  // namespace crannog::delta
