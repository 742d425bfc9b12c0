#pragma once

#include <string>

#include "base/result.h"
#include "plan/expression.h"
#include "plan/literal.h"
#include "plan/relation.h"

/// Plans as Databricks SQL text: what EXPLAIN, views made of DataFrames, remote execution and error messages need.
/// Invariant: parsing what is printed gives a plan that prints the same. Limits: the parser's nesting.
/// Errors: NOT_IMPLEMENTED for relations and expressions that SQL cannot say (data sent by a client, Python functions, plan ids).
/// Threads: any.
namespace crannog::sql {

Result<std::string> PrintExpression(const plan::Expression& expression);
Result<std::string> PrintQuery(const plan::Relation& relation);

/// A literal as SQL text that reads back as the same literal: 5L, 1.50BD, DATE '2024-01-01', INTERVAL '1-2' YEAR TO MONTH.
std::string PrintLiteral(const plan::Literal& literal);
/// A type as SQL text; TIMESTAMP is TIMESTAMP_LTZ, so that it does not depend on a setting.
std::string PrintType(const plan::DataType& type);
/// A string in single quotes with escapes.
std::string PrintString(std::string_view text);

}  // namespace crannog::sql
