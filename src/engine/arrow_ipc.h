#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/arrow_batch.h"
#include "plan/data_type.h"

namespace crannog::engine {

/// Writes a batch as one Arrow IPC stream: schema, the batch, end. Uncompressed. Source: Arrow columnar format, "IPC Streaming Format".
Result<std::string> WriteArrowStream(const ArrowBatch& batch);

/// The same with several batches of one schema; at least one.
Result<std::string> WriteArrowStream(const std::vector<ArrowBatch>& batches);

/// Reads all batches of an IPC stream. Errors: kInvalidParameterValue for malformed bytes.
Result<std::vector<ArrowBatch>> ReadArrowStream(std::string_view bytes);

/// Makes a batch without rows for a schema.
Result<ArrowBatch> EmptyBatch(const plan::Schema& schema);

/// Writes a Spark schema as an Arrow schema (struct), in the types that PySpark expects: see ArrowBatch.
Result<> ToArrowSchema(const plan::Schema& schema, ArrowSchema& out);

}  // namespace crannog::engine
