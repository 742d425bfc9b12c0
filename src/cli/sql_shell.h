#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crannog::cli {

/// Splits what a person typed into statements at ';' outside of quotes, comments and BEGIN … END. The rest after the last ';' is the last element
/// when it holds more than blanks; `is_complete` tells whether the text ended with ';'.
struct SplitStatements {
  std::vector<std::string> statements;
  bool is_complete = false;
};
SplitStatements SplitSql(std::string_view text);

}  // namespace crannog::cli
