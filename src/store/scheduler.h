#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "store/database.h"

namespace crannog::store {

struct SchedulerOptions {
  int32_t threads = 2;
  int64_t poll_ms = 1000;        ///< how often other servers' additions are looked for
  int64_t lease_ms = 30'000;     ///< a server silent for this long loses its work to another
  int32_t attempts_max = 10;     ///< then a task rests with its error until somebody looks
  int64_t backoff_ms = 1'000;    ///< doubles with each failed attempt, up to an hour
};

/// A piece of background work being done.
struct Task {
  std::string id;
  std::string kind;
  std::string payload;
  int32_t attempt = 1;
};

/// Runs background work of all servers on one metadata database: each piece is leased in the database, so no two servers do it
/// at once; a server that dies loses its lease and another goes on. Work may thus be repeated: handlers are idempotent.
/// Threads: any; handlers run on the scheduler's own threads.
class Scheduler {
 public:
  Scheduler(Database& database, const Clock& clock, Random& random, SchedulerOptions options = {});
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Creates the table. Call once before anything else.
  Result<> Prepare();
  /// Names what does tasks of one kind. Before Start.
  void Handle(std::string kind, std::function<Result<>(const Task&)> handler);
  /// Names work that runs again `period_ms` after it ended. Before Start.
  Result<> Every(std::string kind, int64_t period_ms, std::function<Result<>(const Task&)> handler);

  /// Adds a task as part of a change: it exists exactly when the change does. An id that is there already stays as it is.
  static Result<> Enqueue(Transaction& transaction, std::string_view id, std::string_view kind, std::string_view payload,
                          int64_t due_ms);
  /// Takes a task back; nothing happens where it is done or running.
  static Result<> Cancel(Transaction& transaction, std::string_view id);
  /// Looks for work now instead of at the next poll.
  void Wake();

  void Start();
  /// Waits for running handlers, then stops.
  void Stop();
  /// Does everything that is due, on the calling thread; gives how many pieces. For tests and for the end of a command.
  Result<int32_t> RunDue();

 private:
  struct Kind {
    std::function<Result<>(const Task&)> handler;
    int64_t period_ms = 0;
  };
  Result<std::optional<Task>> Claim();
  void Perform(const Task& task);
  void ExtendLeases();
  void WorkLoop();
  void LeaseLoop();

  Database& database_;
  const Clock& clock_;
  const SchedulerOptions options_;
  const std::string holder_;
  std::map<std::string, Kind, std::less<>> kinds_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  uint64_t wakes_ = 0;
  std::vector<std::string> running_;
  std::vector<std::thread> threads_;
};

}  // namespace crannog::store
