#pragma once

#include <string>
#include <vector>

/// The sub-commands of crannog-conformance. Each takes the words after its name and gives the exit status: 0 all passed, 1 some failed, 2 wrong use.
namespace crannog::conformance {

int RunSparkSql(const std::vector<std::string>& arguments);
int RunFunctions(const std::vector<std::string>& arguments);
int RunDelta(const std::vector<std::string>& arguments);
int RunParser(const std::vector<std::string>& arguments);
int RunSqlTests(const std::vector<std::string>& arguments);

}  // namespace crannog::conformance
