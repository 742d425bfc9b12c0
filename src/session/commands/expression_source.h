#pragma once

#include <string>

#include "session/statement.h"

namespace crannog::session {

/// The text that an expression was written as, for histories; "" when it has none.
std::string SourceText(const plan::Expression& expression, const Statement& statement);

}  // namespace crannog::session
