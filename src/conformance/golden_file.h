#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"

/// What Spark recorded: *.sql.out files and the settings and tables they expect. Source: ../shared/corpora/spark-sql.
namespace crannog::conformance {

/// A failure as a golden file records it. Statements whose failure Spark printed as plain text have no condition.
struct ExpectedError {
  std::string java_class;
  std::string condition;
  std::string sql_state;
  std::map<std::string, std::string> parameters;
  std::vector<QueryContext> contexts;
  std::string text;  ///< what was printed when it was no JSON
};

struct GoldenStatement {
  std::string sql;
  std::string schema;   ///< "struct<…>", "struct<>" for commands and failures
  std::string output;   ///< rows by '\n', cells by '\t'; trailing white space cut
  std::optional<ExpectedError> error;
  int32_t line = 0;     ///< of "-- !query", from 1
};

/// Splits a golden file. Errors: kInvalidParameterValue for text that is no golden file.
Result<std::vector<GoldenStatement>> ParseGoldenFile(std::string_view text);

/// SETTINGS.tsv: settings for all files, for a folder, for one file.
class GoldenSettings {
 public:
  static Result<GoldenSettings> Parse(std::string_view text);
  /// Gives the settings of a file by its path below the corpus ("nonansi/array.sql.out"): the most specific wins.
  std::map<std::string, std::string> For(std::string_view relative_path) const;

 private:
  struct Entry {
    std::string scope, key, value;
  };
  std::vector<Entry> entries_;
};

}  // namespace crannog::conformance
