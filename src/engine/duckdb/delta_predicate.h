#pragma once

#include <functional>
#include <optional>

#include "delta/predicate.h"
#include "delta/snapshot.h"
#include "duckdb/planner/column_binding.hpp"
#include "duckdb/planner/expression.hpp"
#include "duckdb/planner/table_filter.hpp"

/// DuckDB's conditions as Delta predicates for judging files. What has no exact counterpart becomes kUnknown.
namespace crannog::engine {

/// Tells which top-level table column a bound column is; nothing for others.
using ColumnOfBinding = std::function<std::optional<size_t>(const duckdb::ColumnBinding&)>;

delta::Predicate PredicateOfExpression(const duckdb::Expression& expression, const delta::Snapshot& snapshot, const ColumnOfBinding& column);
delta::Predicate PredicateOfFilter(const duckdb::TableFilter& filter, const delta::Field& field);

}  // namespace crannog::engine
