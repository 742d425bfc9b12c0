#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/json.h"
#include "base/settings.h"
#include "cli/command.h"
#include "server/composition.h"

namespace crannog::cli {
namespace {

constexpr std::string_view kConfigFile = "crannog.toml";
// Each arena keeps what its threads once freed; few of them keep a server with many threads small.
constexpr int kMallocArenas = 4;

int Report(const Error& error) {
  fmt::print(stderr, "crannog serve: {}\n", error.ToString());
  return error.code == ErrorCode::kInvalidParameterValue ? 2 : 1;
}

void PrintHelp() {
  fmt::print("usage: crannog serve [OPTIONS]\n\n"
             "Serves REST, Thrift, WebSocket and gRPC on one port, plain and (with --tls) encrypted. The first start creates the data\n"
             "directory and an administrator, whose token is printed once.\n\n");
  for (const Setting& setting : AllSettings()) {
    const std::string value = setting.kind == SettingKind::kTruth ? "" : setting.kind == SettingKind::kBytes ? " SIZE"
                              : setting.kind == SettingKind::kNumber ? " N" : " TEXT";
    const std::string standard = setting.default_text.empty() ? "" : fmt::format(" [{}]", setting.default_text);
    fmt::print("  {}{}{}\n      {}\n", setting.Flag(), value, standard, setting.doc);
  }
  fmt::print("  --config FILE [crannog.toml, if it is there]\n      File of `name = value` lines; the names are the flags' with dots and underscores.\n"
             "\nA flag wins over the environment (CRANNOG_DATA_DIR for --data-dir), the environment over the file.\n");
}

// Takes `--config FILE` out of the arguments; the environment's CRANNOG_CONFIG, then crannog.toml in this folder, stand in for it.
Result<std::string> TakeConfigFile(std::vector<std::string>& arguments) {
  for (auto it = arguments.begin(); it != arguments.end(); ++it) {
    if (it->starts_with("--config=")) {
      std::string path = it->substr(9);
      arguments.erase(it);
      return path;
    }
    if (*it != "--config") continue;
    if (it + 1 == arguments.end()) return Failure(ErrorCode::kInvalidParameterValue, "--config needs a file");
    std::string path = *(it + 1);
    arguments.erase(it, it + 2);
    return path;
  }
  if (const char* path = std::getenv("CRANNOG_CONFIG")) return std::string(path);
  return ::access(std::string(kConfigFile).c_str(), R_OK) == 0 ? std::string(kConfigFile) : std::string();
}

Result<> ReadSettings(std::vector<std::string> arguments, Settings& settings) {
  TRY(std::string file, TakeConfigFile(arguments));
  if (!file.empty()) TRY(settings.ReadFile(file));
  TRY(settings.ReadEnvironment(environ));
  TRY(std::vector<std::string> rest, settings.ReadFlags(arguments));
  if (!rest.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("unexpected argument {}", rest[0]), "crannog serve --help");
  return {};
}

// Written beside and moved into place: a reader sees nothing or all of it. Only the owner may read the token.
Result<> WriteReadyFile(const std::string& path, const JsonValue& content) {
  const std::string temporary = path + ".new";
  const int descriptor = ::open(temporary.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  const std::string text = WriteJson(content) + "\n";
  const bool written = descriptor >= 0 && ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (descriptor >= 0) ::close(descriptor);
  if (!written || std::rename(temporary.c_str(), path.c_str()) != 0) {
    return Failure(ErrorCode::kUnavailable, fmt::format("the ready file {} cannot be written", path));
  }
  return {};
}

Result<> Announce(const Settings& settings, server::Application& application) {
  for (const std::string& url : application.urls()) fmt::print("Crannog serves on {}\n", url);
  if (!application.ca_file().empty()) fmt::print("clients over https trust {}\n", application.ca_file());
  if (application.first_token()) {
    fmt::print("administrator {}, token (shown only now): {}\n", settings.Text("admin"), *application.first_token());
  }
  std::fflush(stdout);
  const std::string& ready_file = settings.Text("ready_file");
  if (ready_file.empty()) return {};
  std::string token = application.first_token().value_or("");
  if (token.empty()) {
    TRY(token, application.CreateAdminToken());
  }
  JsonValue content = JsonValue::Object{{"url", application.urls()[0]}, {"token", token}, {"pid", int64_t{::getpid()}}};
  if (!settings.Text("tls").empty()) {
    content.Set("https_url", "https" + application.urls()[0].substr(4));
    content.Set("ca_file", application.ca_file());
  }
  return WriteReadyFile(ready_file, content);
}

}  // namespace

int RunServe(const std::vector<std::string>& arguments) {
  if (std::ranges::find(arguments, "--help") != arguments.end() || std::ranges::find(arguments, "-h") != arguments.end()) {
    PrintHelp();
    return 0;
  }
  ::mallopt(M_ARENA_MAX, kMallocArenas);
  Settings settings;
  if (const Result<> read = ReadSettings(arguments, settings); !read) return Report(read.error());
  const std::optional<LogLevel> level = FindLogLevel(settings.Text("log.level"));
  if (!level) return Report(MakeError(ErrorCode::kInvalidParameterValue, "log.level is debug, info, warning or error"));
  int log_descriptor = STDERR_FILENO;
  if (const std::string& file = settings.Text("log.file"); !file.empty()) {
    log_descriptor = ::open(file.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0640);
    if (log_descriptor < 0) return Report(MakeError(ErrorCode::kUnavailable, fmt::format("the log file {} cannot be opened", file)));
  }
  // Every thread inherits the mask; this one takes the signals.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Log log(log_descriptor, *level, SystemClock());
  Result<std::unique_ptr<server::Application>> application = server::Application::Start(settings, log);
  if (!application) return Report(application.error());
  if (const Result<> announced = Announce(settings, **application); !announced) return Report(announced.error());
  log.Info("serving", {{"url", (*application)->urls()[0]}, {"pid", int64_t{::getpid()}}});
  int signal = 0;
  sigwait(&signals, &signal);
  log.Info("stopping", {{"signal", signal}});
  if (!(*application)->Stop()) {
    // A handler does not end; destroying what it uses would be worse than leaving. What was acknowledged is on disk.
    log.Warning("stopped_hard", {{"why", "a request ran longer than stop_timeout_seconds"}});
    log.Flush();
    std::_Exit(0);
  }
  if (const std::string& ready_file = settings.Text("ready_file"); !ready_file.empty()) ::unlink(ready_file.c_str());
  log.Info("stopped");
  return 0;
}

}  // namespace crannog::cli
