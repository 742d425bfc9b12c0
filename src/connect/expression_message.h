#pragma once

#include "base/result.h"
#include "connect/message_context.h"
#include "plan/expression.h"

namespace spark::connect {
class Expression;
class Expression_SortOrder;
class CommonInlineUserDefinedFunction;
}  // namespace spark::connect

namespace crannog::connect {

/// Reads an expression. Errors: what the text parsers say, NOT_IMPLEMENTED naming JVM-only kinds.
Result<plan::ExpressionPtr> FromMessage(const spark::connect::Expression& message, const TextParsers& parsers);
Result<plan::SortOrder> FromMessage(const spark::connect::Expression_SortOrder& message, const TextParsers& parsers);

/// Reads a Python function with its arguments.
Result<plan::PythonFunction> FromMessage(const spark::connect::CommonInlineUserDefinedFunction& message, const TextParsers& parsers);

}  // namespace crannog::connect
