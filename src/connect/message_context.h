#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/data_type.h"
#include "plan/expression.h"

namespace crannog::connect {

/// How text inside messages is read: Spark Connect sends expressions, names and types as SQL text here and there. Handed in by the endpoint,
/// which knows the SQL parser.
struct TextParsers {
  std::function<Result<plan::ExpressionPtr>(std::string_view)> expression;
  std::function<Result<std::vector<std::string>>(std::string_view)> identifier;
  std::function<Result<plan::DataType>(std::string_view)> data_type;  ///< DDL ("a INT, b STRING", "int") or JSON
};

}  // namespace crannog::connect
