#pragma once

#include "session/statement.h"

namespace crannog::session {

/// New values of a table's columns by position; null where a column keeps its value.
struct ResolvedAssignments {
  std::vector<plan::ResolvedExpressionPtr> values;
};

/// Resolves SET c = …, s.f = … of UPDATE and MERGE: values cast by store assignment, DEFAULT replaced. `qualifier` is the target's name in the statement.
/// Errors: UNRESOLVED_COLUMN.*, DUPLICATE_ASSIGNMENTS, those of store assignment.
Result<ResolvedAssignments> ResolveAssignments(const analyze::TableInfo& table, const std::string& qualifier, const std::vector<plan::Assignment>& assignments,
                                               const analyze::ExpressionScope& scope, Statement& statement);

}  // namespace crannog::session
