#pragma once

#include "base/result.h"
#include "connect/message_context.h"
#include "plan/data_type.h"

namespace spark::connect {
class DataType;
}

namespace crannog::connect {

/// Reads a type message; `parsers` reads DataType.unparsed. Errors: PARSE_DATATYPE_ERROR-like conditions, NOT_IMPLEMENTED for kinds without a plan type.
Result<plan::DataType> FromMessage(const spark::connect::DataType& message, const TextParsers& parsers);

/// Writes a type message.
void ToMessage(const plan::DataType& type, spark::connect::DataType& message);

}  // namespace crannog::connect
