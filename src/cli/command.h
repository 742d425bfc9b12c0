#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace crannog::cli {

/// A sub-command of `crannog`. `run` gets what follows its name and gives the exit status: 0 done, 1 failed, 2 wrong use.
struct Command {
  std::string_view name;
  std::string_view summary;  // one line of `crannog --help`
  int (*run)(const std::vector<std::string>& arguments);
};

/// All of them, in the order of the help. A new one is a file of its own and a row in cli.cc.
std::span<const Command> AllCommands();

int RunServe(const std::vector<std::string>& arguments);
int RunBackup(const std::vector<std::string>& arguments);
int RunRestore(const std::vector<std::string>& arguments);
int RunDelta(const std::vector<std::string>& arguments);
int RunSql(const std::vector<std::string>& arguments);

}  // namespace crannog::cli
