#pragma once

#include <string_view>

#include "base/result.h"
#include "plan/data_type.h"

namespace crannog::connect {

/// Reads the schema of an Arrow IPC stream as a Spark struct, for local data that a client sent without one.
/// Errors: kInvalidParameterValue for bytes that are no stream, NOT_IMPLEMENTED naming an Arrow type without a Spark type.
/// Source: PySpark's from_arrow_type.
Result<plan::DataType> SchemaOfArrowStream(std::string_view bytes);

}  // namespace crannog::connect
