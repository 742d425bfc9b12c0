#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conformance/golden_file.h"

namespace crannog::conformance {

/// What a statement gave here.
struct Actual {
  std::optional<Error> error;
  std::string schema = "struct<>";
  std::vector<std::string> rows;  ///< each as Spark's runner prints it
  bool is_sorted = false;         ///< the statement orders its rows, or they are a description
  std::optional<std::string> death;  ///< "crash", "timeout": the process did not answer
  double seconds = 0;
};

/// Why a statement does not match; kNone when it does.
enum class Mismatch : uint8_t {
  kNone, kSkipped, kSchema, kValue, kWrongCondition, kWrongSqlState, kWrongParameters, kShouldFail, kShouldPass, kMissingFunction,
  kParser, kNotImplemented, kEngineLeak, kCrash, kTimeout
};
std::string_view MismatchName(Mismatch mismatch);

struct Verdict {
  Mismatch mismatch = Mismatch::kNone;
  std::string detail;             ///< one line: the condition, function or feature that the summary groups by
  bool context_differs = false;   ///< reported, never a failure
};

/// Compares strictly: schema, rows (sorted unless the statement orders them), condition with SQLSTATE and parameters.
/// A failure without any condition counts as an engine leak. Source: FIXTURES.md, Spark's SQLQueryTestSuite.
Verdict Compare(const GoldenStatement& expected, const Actual& actual);

/// Replaces what differs from run to run: expression ids, the warehouse's location, times, owners. Source: SQLQueryTestHelper.replaceNotIncludedMsg.
std::string Masked(std::string text, std::string_view warehouse_folder);

}  // namespace crannog::conformance
