#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/literal.h"

namespace crannog::conformance {

/// A table that recorded statements expect to find, as FIXTURES.md describes it.
struct Fixture {
  std::string name;
  std::vector<std::pair<std::string, std::string>> columns;  ///< name, type as SQL
  std::vector<std::string> rows;  ///< SQL text of VALUES rows: "(1, '1')"
  std::string file;               ///< tab-separated values, gzip; relative to the corpus
  bool is_missing = false;        ///< described, but its rows are not there
};

/// Reads the table of tables in FIXTURES.md. Errors: kInvalidParameterValue for a row that it cannot read.
Result<std::vector<Fixture>> ParseFixtures(std::string_view markdown);

/// Reads the rows of a gzip file of tab-separated values as SQL VALUES rows, typed by `columns`.
Result<std::vector<std::string>> ReadFixtureFile(const std::string& path, const Fixture& fixture);

/// Tells whether a statement names the fixture (as a word, any case).
bool Mentions(std::string_view sql, std::string_view table_name);

}  // namespace crannog::conformance
