#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "plan/literal.h"

/// Rows as values: what commands, tests and text output work with. Queries stream Arrow batches; these conversions are for small results.
namespace crannog::session {

using Row = std::vector<plan::Literal>;
using Rows = std::vector<Row>;

/// Reads all rows of an Arrow batch as values of the types of `schema` (by position). Errors: kInternal when the Arrow layout does not fit the type.
Result<Rows> RowsOfBatch(const engine::ArrowBatch& batch, const plan::Schema& schema);

/// Drains a stream, up to `row_count_max` rows (0: all). Errors: the stream's.
Result<Rows> ReadAllRows(engine::ResultStream& stream, int64_t row_count_max = 0);

/// Makes one Arrow batch of values that fit `schema`. Layout: engine/arrow_batch.h.
Result<engine::ArrowBatch> BatchOfRows(const Rows& rows, const plan::Schema& schema);

/// Makes a stream of one batch (none when there are no rows).
std::unique_ptr<engine::ResultStream> StreamOfRows(plan::Schema schema, Rows rows);

}  // namespace crannog::session
