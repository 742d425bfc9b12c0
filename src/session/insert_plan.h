#pragma once

#include "session/statement.h"

/// Rows of a query fitted to a table's columns. Source: Spark 4.1, TableOutputResolver, ResolveDefaultColumns, PreprocessTableInsertion.
namespace crannog::session {

struct InsertColumns {
  std::vector<std::string> columns;  ///< explicit list, may be empty
  bool by_name = false;
  plan::PartitionSpec partition;
};

/// Gives a plan whose output is the table's schema by position: cast by store assignment, defaults, generated columns and static partition values
/// filled in, NOT NULL and CHECK constraints tested. Errors: INSERT_COLUMN_ARITY_MISMATCH.*, INCOMPATIBLE_DATA_FOR_TABLE.*, NOT_NULL_ASSERT_VIOLATION,
/// DELTA_VIOLATE_CONSTRAINT_WITH_VALUES.
Result<plan::ResolvedPlanPtr> PlanInsert(const analyze::TableInfo& table, const plan::RelationPtr& source, const InsertColumns& columns, Statement& statement);

/// The same for a query that is analysed already.
Result<plan::ResolvedPlanPtr> FitRows(const analyze::TableInfo& table, const plan::ResolvedPlanPtr& rows, const InsertColumns& columns, Statement& statement);

/// Schema and properties of a table as its log says (for Delta) or its catalog (for others).
Result<analyze::TableInfo> WithCurrentSchema(analyze::TableInfo table, Statement& statement);

/// Puts a projection on top of a plan.
plan::ResolvedPlanPtr ProjectOf(plan::ResolvedPlanPtr input, std::vector<plan::NamedExpression> expressions);
/// A reference to a column that a plan gives out.
plan::ResolvedExpressionPtr ReferenceTo(const plan::OutputColumn& column);

/// The value of a column that no row gives: its default, or NULL. Errors: INVALID_DEFAULT_VALUE.*, of the parser.
Result<plan::ResolvedExpressionPtr> DefaultValueOf(const plan::StructField& field, std::string_view table_name, Statement& statement);

/// Computes generated columns over the others and tests constraints; `rows` gives the table's schema by position.
Result<plan::ResolvedPlanPtr> WithConstraints(const analyze::TableInfo& table, plan::ResolvedPlanPtr rows, const std::vector<bool>& is_given, Statement& statement);

}  // namespace crannog::session
