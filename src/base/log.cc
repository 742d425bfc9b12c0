#include "base/log.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/json.h"

namespace crannog {
namespace {

constexpr std::string_view kLevelNames[] = {"debug", "info", "warning", "error"};
// A burst larger than this is written by the thread that makes it, so that memory stays bounded.
constexpr size_t kBufferBytesMax = 256 * 1024;
constexpr auto kFlushInterval = std::chrono::milliseconds(100);

bool NeedsQuotes(std::string_view text) {
  return text.empty() || std::ranges::any_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f;
         });
}

void AppendTime(std::string& out, int64_t time_us) {
  const time_t seconds = time_us / 1'000'000;
  // The calendar part changes once a second.
  thread_local time_t last_seconds = -1;
  thread_local std::string calendar;
  if (seconds != last_seconds) {
    tm parts{};
    gmtime_r(&seconds, &parts);
    calendar = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                           parts.tm_hour, parts.tm_min, parts.tm_sec);
    last_seconds = seconds;
  }
  fmt::format_to(std::back_inserter(out), "{}.{:06}Z", calendar, time_us % 1'000'000);
}

void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written <= 0) return;  // a log that cannot be written must not stop the server
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

std::optional<LogLevel> FindLogLevel(std::string_view name) {
  for (size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

struct Log::State {
  explicit State(int file) : descriptor(file), flusher([this](std::stop_token stop) { Run(stop); }) {}

  void Run(std::stop_token stop) {
    std::unique_lock lock(mutex);
    while (!stop.stop_requested()) {
      // Sleeps until there is something, then gathers for one interval.
      filled.wait(lock, stop, [this] { return !buffer.empty(); });
      filled.wait_for(lock, stop, kFlushInterval, [] { return false; });
      Drain(lock);
    }
  }

  // Lines leave in the order they came: whoever drains holds `order` while writing.
  void Drain(std::unique_lock<std::mutex>& lock) {
    std::string out;
    lock.unlock();
    {
      std::scoped_lock writing(order);
      lock.lock();
      out.swap(buffer);
      lock.unlock();
      WriteAll(descriptor, out);
    }
    lock.lock();
  }

  const int descriptor;
  std::mutex order;
  std::mutex mutex;
  std::condition_variable_any filled;
  std::string buffer;
  std::jthread flusher;
};

Log::Log(int descriptor, LogLevel level, const Clock& clock)
    : level_(level), clock_(clock), state_(std::make_unique<State>(descriptor)) {}

Log::~Log() {
  state_->flusher.request_stop();
  state_->flusher.join();
  Flush();
}

void Log::Write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!IsOn(level)) return;
  std::string line = "time=";
  AppendTime(line, clock_.NowMicros());
  line.append(" level=").append(kLevelNames[static_cast<size_t>(level)]).append(" event=").append(event);
  for (const auto& [name, value] : fields) {
    line.append(" ").append(name).append("=");
    if (!value.is_bare() && NeedsQuotes(value.text())) AppendJsonString(line, value.text());
    else line += value.text();
  }
  line += '\n';
  std::unique_lock lock(state_->mutex);
  const bool was_empty = state_->buffer.empty();
  state_->buffer += line;
  if (level >= LogLevel::kWarning || state_->buffer.size() > kBufferBytesMax) state_->Drain(lock);
  else if (was_empty) state_->filled.notify_one();
}

void Log::Flush() {
  std::unique_lock lock(state_->mutex);
  state_->Drain(lock);
}

}  // namespace crannog
