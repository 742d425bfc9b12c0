#include "cli/cli.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "base/settings.h"
#include "cli/command.h"

namespace crannog::cli {
namespace {

constexpr Command kCommands[] = {
    {"serve", "run the server", RunServe},
    {"backup", "copy the metadata of a running server to a file", RunBackup},
    {"restore", "put a backup in the place of a stopped server's metadata", RunRestore},
    {"delta", "look at a Delta table and look after it", RunDelta},
    {"sql", "run Databricks SQL in this process", RunSql},
};

void PrintHelp() {
  fmt::print("crannog {}: an open lakehouse and ML platform that speaks Databricks' protocols\n\nusage: crannog COMMAND [OPTIONS]\n\n",
             CRANNOG_VERSION);
  for (const Command& command : kCommands) fmt::print("  {:<10} {}\n", command.name, command.summary);
  fmt::print("\ncrannog COMMAND --help tells about one of them; crannog --version tells the version.\n");
}

}  // namespace

std::span<const Command> AllCommands() { return kCommands; }

int Main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    PrintHelp();
    return arguments.empty() ? 2 : 0;
  }
  if (arguments[0] == "--version" || arguments[0] == "version") {
    fmt::print("crannog {}\n", CRANNOG_VERSION);
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (command.name == arguments[0]) return command.run({arguments.begin() + 1, arguments.end()});
    names.emplace_back(command.name);
  }
  fmt::print(stderr, "crannog: there is no command {}\n", arguments[0]);
  const std::string nearest = NearestWord(arguments[0], names);
  fmt::print(stderr, "try: {}\n", nearest.empty() ? "crannog --help" : fmt::format("crannog {}", nearest));
  return 2;
}

}  // namespace crannog::cli
