#pragma once

#include <map>
#include <string>
#include <vector>

#include "conformance/comparison.h"

namespace crannog::conformance {

struct ReportOptions {
  bool list_failures = false;
  int show = 0;             ///< failures printed in full, of each reason
  std::string json_path;    ///< machine-readable results
};

/// Collects verdicts and prints the summary: per file, per reason, the most frequent details, "N passed, N failed".
class Report {
 public:
  explicit Report(ReportOptions options) : options_(std::move(options)) {}
  /// Adds one statement's verdict; `expected` and `actual` are texts for a person.
  void Add(const std::string& file, int32_t line, const std::string& sql, const Verdict& verdict, const std::string& expected,
           const std::string& actual);
  /// Prints and gives the exit status.
  int Finish() const;

 private:
  struct Entry {
    std::string file;
    int32_t line;
    std::string sql;
    Verdict verdict;
    std::string expected, actual;
  };
  ReportOptions options_;
  std::vector<Entry> entries_;
};

/// What Compare saw, for a person.
std::string Describe(const GoldenStatement& expected);
std::string Describe(const Actual& actual);

}  // namespace crannog::conformance
