#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// The filter and order grammar of MLflow's searches. Source: reference/ml.md section 1.3; error wording as stock clients' tests match it.
namespace crannog::mlflow {

enum class FilterEntity : uint8_t { kAttribute, kMetric, kParam, kTag, kDataset };
enum class Comparator : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kLike, kILike, kIn, kNotIn, kIsNull, kIsNotNull };

/// One comparison; a filter is an AND of them.
struct FilterClause {
  FilterEntity entity = FilterEntity::kAttribute;
  std::string key;
  Comparator comparator = Comparator::kEqual;
  std::vector<std::string> values;  ///< one, or the list of IN
  bool is_quoted = false;           ///< the value was written as a string
};

struct OrderClause {
  FilterEntity entity = FilterEntity::kAttribute;
  std::string key;
  bool is_ascending = true;
};

/// Reads "metrics.acc > 0.9 AND params.`lr rate` = '0.1'". Errors: kInvalidParameterValue.
Result<std::vector<FilterClause>> ParseFilter(std::string_view text);

/// Reads "metrics.acc DESC". Errors: kInvalidParameterValue.
Result<OrderClause> ParseOrder(std::string_view text);

/// Gives the SQL word of a comparator, for columns and values that both databases compare alike ("=", "LIKE" …).
std::string_view SqlComparator(Comparator comparator);

}  // namespace crannog::mlflow
