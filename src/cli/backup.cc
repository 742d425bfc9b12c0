#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "cli/command.h"
#include "store/database.h"

namespace crannog::cli {
namespace {

struct BackupArguments {
  std::string metadata_url;
  std::string file;
};

void PrintHelp(std::string_view command) {
  if (command == "backup") {
    fmt::print("usage: crannog backup [--data-dir DIR | --metadata sqlite:FILE] FILE\n\n"
               "Writes a consistent copy of the metadata (principals, catalog, secrets, experiments ...) to FILE while the server runs.\n"
               "Tables' data and the file master.keys are not in it: copy them, too; without the keys secrets cannot be opened.\n");
  } else {
    fmt::print("usage: crannog restore [--data-dir DIR | --metadata sqlite:FILE] FILE\n\n"
               "Puts a backup in the place of the metadata of a stopped server. The old file is kept beside it as *.before-restore.\n");
  }
}

Result<BackupArguments> Parse(const std::vector<std::string>& arguments) {
  BackupArguments parsed;
  std::string data_dir = "crannog-data";
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--data-dir" || argument == "--metadata") {
      if (i + 1 == arguments.size()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} needs a value", argument));
      (argument == "--data-dir" ? data_dir : parsed.metadata_url) = arguments[++i];
    } else if (argument.starts_with("--data-dir=")) {
      data_dir = argument.substr(11);
    } else if (argument.starts_with("--metadata=")) {
      parsed.metadata_url = argument.substr(11);
    } else if (argument.starts_with("-") || !parsed.file.empty()) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("unexpected argument {}", argument));
    } else {
      parsed.file = argument;
    }
  }
  if (parsed.file.empty()) return Failure(ErrorCode::kInvalidParameterValue, "name the file of the backup");
  if (parsed.metadata_url.empty()) parsed.metadata_url = "sqlite:" + data_dir + "/metadata.db";
  return parsed;
}

Result<> Backup(const BackupArguments& arguments) {
  if (arguments.metadata_url.starts_with("sqlite:") && !std::filesystem::exists(arguments.metadata_url.substr(7))) {
    return Failure(ErrorCode::kNotFound, fmt::format("there is no metadata at {}", arguments.metadata_url), "name it with --data-dir");
  }
  TRY(std::unique_ptr<store::Database> database, store::OpenDatabase(arguments.metadata_url));
  TRY(database->Backup(arguments.file));
  fmt::print("backup written to {}\n", arguments.file);
  return {};
}

Result<> Restore(const BackupArguments& arguments) {
  TRY(store::RestoreBackup(arguments.file, arguments.metadata_url));
  fmt::print("restored from {}\n", arguments.file);
  return {};
}

int Run(std::string_view command, const std::vector<std::string>& arguments, Result<> (*work)(const BackupArguments&)) {
  for (const std::string& argument : arguments) {
    if (argument != "--help" && argument != "-h") continue;
    PrintHelp(command);
    return 0;
  }
  Result<BackupArguments> parsed = Parse(arguments);
  Result<> done = parsed ? work(*parsed) : Result<>(Failure(parsed.error()));
  if (done) return 0;
  fmt::print(stderr, "crannog {}: {}\n", command, done.error().ToString());
  return parsed ? 1 : 2;
}

}  // namespace

int RunBackup(const std::vector<std::string>& arguments) { return Run("backup", arguments, Backup); }
int RunRestore(const std::vector<std::string>& arguments) { return Run("restore", arguments, Restore); }

}  // namespace crannog::cli
