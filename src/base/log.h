#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace crannog {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarning, kError };

/// Finds a level by its name ("debug", "info", "warning", "error").
std::optional<LogLevel> FindLogLevel(std::string_view name);

/// A log value: text, whole number, duration or truth, ready to be written.
class LogValue {
 public:
  LogValue(std::string_view text) : text_(text) {}
  LogValue(const std::string& text) : text_(text) {}
  LogValue(const char* text) : text_(text) {}
  LogValue(int64_t number) : text_(std::to_string(number)), is_bare_(true) {}
  LogValue(uint64_t number) : text_(std::to_string(number)), is_bare_(true) {}
  LogValue(int number) : LogValue(int64_t{number}) {}
  LogValue(bool truth) : text_(truth ? "true" : "false"), is_bare_(true) {}
  const std::string& text() const { return text_; }
  bool is_bare() const { return is_bare_; }

 private:
  std::string text_;
  bool is_bare_ = false;
};

using LogField = std::pair<std::string_view, LogValue>;

/// Writes one line per event: `time=… level=info event=request status=200 principal=ann@x`. Values with spaces, quotes or
/// control characters are written as JSON strings, so one event is one line whatever a client sends.
/// Lines reach the file within 100 ms; warnings and errors at once. Never give it a secret. Threads: any.
class Log {
 public:
  /// Writes to a file descriptor that stays open (2 = standard error).
  Log(int descriptor, LogLevel level, const Clock& clock);
  ~Log();

  bool IsOn(LogLevel level) const { return level >= level_; }
  void Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);
  void Debug(std::string_view event, std::initializer_list<LogField> fields = {}) { Write(LogLevel::kDebug, event, fields); }
  void Info(std::string_view event, std::initializer_list<LogField> fields = {}) { Write(LogLevel::kInfo, event, fields); }
  void Warning(std::string_view event, std::initializer_list<LogField> fields = {}) { Write(LogLevel::kWarning, event, fields); }
  void Error(std::string_view event, std::initializer_list<LogField> fields = {}) { Write(LogLevel::kError, event, fields); }
  /// Waits until what was written so far is in the file.
  void Flush();

 private:
  struct State;
  const LogLevel level_;
  const Clock& clock_;
  std::unique_ptr<State> state_;
};

}  // namespace crannog
