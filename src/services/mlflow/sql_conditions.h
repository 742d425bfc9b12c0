#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "services/mlflow/search_filter.h"
#include "store/value.h"

namespace crannog::mlflow {

/// Pieces of a WHERE clause with their parameters, joined by AND.
struct SqlConditions {
  std::string text;  ///< "" when there is none, else "a = ? AND b > ?"
  std::vector<store::Value> parameters;

  void Add(std::string condition, std::vector<store::Value> values);
};

/// Compares a text column: = != LIKE ILIKE IN, NULL tests.
Result<> AddTextCondition(SqlConditions& conditions, const std::string& column, const FilterClause& clause);
/// Compares a numeric column. Errors: kInvalidParameterValue when the value is no number.
Result<> AddNumberCondition(SqlConditions& conditions, const std::string& column, const FilterClause& clause);

/// Page tokens: opaque to clients, hold the offset of the next page. Error: kInvalidParameterValue for a token that is none of ours.
Result<int64_t> OffsetOfToken(const std::string& token);
std::string TokenOfOffset(int64_t offset);

}  // namespace crannog::mlflow
