#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace crannog::server {

/// Threads that run handlers. Grows while work waits and nobody is free, shrinks after idleness; its queue has a limit, so that
/// overload is refused instead of hoarded. Threads: any.
class WorkerPool {
 public:
  using Work = std::move_only_function<void()>;

  WorkerPool(size_t threads_max, size_t queue_max);
  /// Waits for running work without end.
  ~WorkerPool();

  /// Takes work; false when the queue is full or the pool stops.
  [[nodiscard]] bool Post(Work work);
  /// Does what is queued, then ends every thread; Post gives false from now on. Gives false when work still runs after the time:
  /// then the pool must not be destroyed.
  bool Stop(int64_t timeout_s);

  size_t queued() const;
  size_t threads() const;

 private:
  void Run();

  const size_t threads_max_;
  const size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable all_gone_;
  std::deque<Work> queue_;
  size_t threads_ = 0;
  size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace crannog::server
