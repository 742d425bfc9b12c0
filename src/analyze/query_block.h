#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyze/resolver.h"

namespace crannog::analyze {

/// One SELECT while it is put together: FROM and WHERE are done (`input`); grouping, HAVING, windows, QUALIFY, the list and ORDER BY are collected and
/// built at the end, so that HAVING and ORDER BY can ask for aggregates and columns that the list does not have.
struct QueryBlock {
  Rel input;
  std::vector<std::pair<std::string, plan::WindowSpec>> windows;
  plan::Origin origin;

  bool is_aggregate = false;
  std::vector<plan::NamedExpression> groups;
  std::vector<Bound> group_values;
  std::vector<plan::NamedExpression> aggregates;
  std::optional<std::vector<std::vector<int32_t>>> grouping_sets;
  plan::ColumnId grouping_id = 0;

  /// The list: values over the input (aggregates inside), and the same over the base (groups, aggregates and windows are columns).
  std::vector<Resolver::Item> items;
  std::vector<plan::ResolvedExpressionPtr> base_values;
  Columns output;

  std::vector<plan::ResolvedExpressionPtr> having;
  std::vector<plan::NamedExpression> window_calls;
  std::vector<plan::ResolvedExpressionPtr> qualify;
  std::vector<plan::NamedExpression> hidden;  ///< sort keys that are not in the list
  std::vector<std::vector<plan::ResolvedSortKey>> sorts;
  bool is_pass_through = false;  ///< not a SELECT: only sorted
};

}  // namespace crannog::analyze
