#pragma once

#include "engine/duckdb/kernel_registry.h"

/// Building blocks for arrays, maps and structs.
namespace crannog::engine::duck {

/// A struct of `type` (ToLogicalType of a Spark struct) from its fields' values; never NULL.
ExprPtr MakeStruct(PlanBuilder& builder, duckdb::LogicalType type, ExprList fields);
/// An array of the elements, all of one type.
ExprPtr MakeArray(PlanBuilder& builder, duckdb::LogicalType element, ExprList elements);
/// Field `index` of a struct; NULL for a NULL struct.
ExprPtr GetField(PlanBuilder& builder, ExprPtr value, size_t index);
/// A map as the array of its entries, STRUCT(key, value): the same bits.
ExprPtr MapEntries(PlanBuilder& builder, ExprPtr map);
/// INTEGER positions 0, 1, … of an array's elements; NULL for a NULL array.
ExprPtr ArrayPositions(PlanBuilder& builder, ExprPtr array);
/// Whether an array has no element or is NULL; never NULL.
ExprPtr IsEmptyOrNull(PlanBuilder& builder, ExprPtr array);

/// A map from the array of its entries. Raises NULL_MAP_KEY and DUPLICATED_MAP_KEY (unless `policy` is LAST_WIN); NULL for a NULL entry.
ExprPtr MakeMapFromEntries(PlanBuilder& builder, ExprPtr entries, duckdb::LogicalType map, const std::string& policy, plan::Origin origin);

}  // namespace crannog::engine::duck
