#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "plan/literal.h"
#include "services/warehouse/statements.h"
#include "services/warehouse/thrift_value.h"

namespace crannog::warehouse {

/// How many bytes of Arrow one answer carries when the client names no limit.
inline constexpr int64_t kRowSetBytesMax = 10 << 20;

/// TGetResultSetMetadataResp: column types, Arrow format, the Arrow schema's own message.
Result<ThriftStruct> ResultSetMetadata(const Statement& statement);

/// TFetchResultsResp with Arrow batches from `next_batch` on, at least one, up to `bytes_max`; moves `next_batch`.
Result<ThriftStruct> RowSet(const Statement& statement, int64_t& next_batch, int64_t bytes_max);

/// Reads a statement parameter's text as its type ("INT", "DATE", "DECIMAL(10,2)" …). Error: kInvalidParameterValue.
Result<plan::Literal> LiteralOfText(const std::string& text, const std::string& type);

}  // namespace crannog::warehouse
