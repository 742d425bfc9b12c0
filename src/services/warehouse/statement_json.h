#pragma once

#include "api/sql_statements.h"
#include "base/result.h"
#include "services/warehouse/statements.h"

namespace crannog::warehouse {

/// Renders a statement as the Statement Execution API does: state, manifest, and the rows of the first chunk as texts (JSON_ARRAY).
Result<wire::StatementResponse> StatementToJson(const Statement& statement);
/// Renders one chunk; a chunk is one Arrow batch. Error: kInvalidParameterValue for an index that is not there.
Result<wire::ResultData> ChunkToJson(const Statement& statement, int64_t chunk_index);
/// "INT", "DECIMAL", "STRING" …: the API's name of a type.
std::string TypeName(const plan::DataType& type);

}  // namespace crannog::warehouse
