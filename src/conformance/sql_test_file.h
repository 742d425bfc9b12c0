#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crannog::conformance {

/// One record of a text test (tests/sql/**/*.test):
///   statement ok            then SQL lines
///   statement error NAME    then SQL lines: must fail with this condition (or a message that holds the text)
///   query [sort]            then SQL lines, "----", rows: cells by a tab or ' | '; [sort]: order does not matter
/// '#' starts a comment line; blank lines separate records.
struct SqlTestRecord {
  enum class Kind { kOk, kError, kQuery } kind = Kind::kOk;
  std::string sql;
  std::string condition;
  bool sorts = false;
  std::vector<std::string> rows;
  int line = 0;
};

/// Errors: kInvalidParameterValue with the line that is no record.
Result<std::vector<SqlTestRecord>> ParseSqlTest(std::string_view text);

}  // namespace crannog::conformance
