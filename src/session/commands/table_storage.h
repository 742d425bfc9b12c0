#pragma once

#include "session/table_writer.h"

namespace crannog::session {

/// Columns of a new table from a query: its names and types, every value nullable; CHAR and VARCHAR come back from what STRING remembers.
/// Errors: COLUMN_ALREADY_EXISTS.
Result<> SetSchemaOfQuery(const plan::ResolvedPlan& query, analyze::TableInfo& table, Statement& statement);
/// Makes the folder or log of a table, with rows where given; an existing log is replaced or left alone.
Result<WriteOutcome> MakeStorage(const analyze::TableInfo& table, const plan::ResolvedPlan* rows, bool replaces, std::string_view operation, Statement& statement);

}  // namespace crannog::session
