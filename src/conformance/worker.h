#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "conformance/comparison.h"
#include "conformance/fixtures.h"

/// Statements run in a process of their own, so that a crash or a hang costs one statement and not the run.
/// The worker speaks lines of JSON on its standard output: {"begin":i} before statement i, {"index":i,…} after it.
namespace crannog::conformance {

struct Job {
  std::vector<std::string> statements;
  std::map<std::string, std::string> settings;
  std::vector<Fixture> fixtures;  ///< rows already read
  double statement_seconds_max = 20;
};

/// Runs every statement of the job but those in `skip` in a fresh session and gives each result to `report`.
/// Errors: when no session can be made.
Result<> RunStatements(const Job& job, const std::set<size_t>& skip, const std::function<void(size_t)>& begin,
                       const std::function<void(size_t, const Actual&)>& report);

/// Runs the job in child processes: when one dies in a statement, that statement is marked and the rest runs again without it.
/// Gives one Actual per statement; errors of set-up are in `error` of all of them.
std::vector<Actual> RunIsolated(const Job& job);

/// Tells whether Spark's runner keeps the order of the rows. Source: SQLQueryTestHelper.isSorted.
bool KeepsRowOrder(const std::string& sql, const std::string& schema);

}  // namespace crannog::conformance
