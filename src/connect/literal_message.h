#pragma once

#include "base/result.h"
#include "connect/message_context.h"
#include "plan/literal.h"

namespace spark::connect {
class Expression_Literal;
}

namespace crannog::connect {

/// Reads a constant. Errors: kInvalidParameterValue naming what is wrong.
Result<plan::Literal> FromMessage(const spark::connect::Expression_Literal& message, const TextParsers& parsers);

/// Writes a constant, as observed metrics carry it.
void ToMessage(const plan::Literal& literal, spark::connect::Expression_Literal& message);

}  // namespace crannog::connect
