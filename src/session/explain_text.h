#pragma once

#include "session/statement.h"

namespace crannog::session {

/// EXPLAIN text of a query; mode "simple", "extended", "codegen", "cost" or "formatted". Errors: of analysis.
Result<std::string> ExplainText(const plan::Relation& relation, std::string_view mode, Statement& statement);

}  // namespace crannog::session
