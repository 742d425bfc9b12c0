#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "conformance/commands.h"

namespace {

struct SubCommand {
  std::string_view name;
  int (*run)(const std::vector<std::string>& arguments);
  std::string_view says;
};

constexpr SubCommand kSubCommands[] = {
    {"spark-sql", crannog::conformance::RunSparkSql, "recorded Spark SQL statements: value, schema, error condition"},
    {"functions", crannog::conformance::RunFunctions, "documented function examples: value and type"},
    {"delta", crannog::conformance::RunDelta, "Delta tables: rows against expected rows, or opened and counted"},
    {"parser", crannog::conformance::RunParser, "parser examples: accepted or refused"},
    {"sql-tests", crannog::conformance::RunSqlTests, "text tests of the own SQL: tests/sql"},
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (const SubCommand& command : kSubCommands) {
    if (!words.empty() && words[0] == command.name) return command.run({words.begin() + 1, words.end()});
  }
  fmt::print(stderr, "crannog-conformance COMMAND …\n");
  for (const SubCommand& command : kSubCommands) fmt::print(stderr, "  {:<12} {}\n", command.name, command.says);
  return 2;
}
