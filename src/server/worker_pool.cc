#include "server/worker_pool.h"

#include <chrono>
#include <thread>

namespace crannog::server {
namespace {

// A burst's threads stay for the next one; then their stacks are given back.
constexpr auto kIdleLife = std::chrono::seconds(20);
constexpr size_t kThreadsKept = 2;
constexpr int64_t kForeverSeconds = 1'000'000;

}  // namespace

WorkerPool::WorkerPool(size_t threads_max, size_t queue_max) : threads_max_(threads_max), queue_max_(queue_max) {}

WorkerPool::~WorkerPool() { Stop(kForeverSeconds); }

bool WorkerPool::Post(Work work) {
  std::scoped_lock lock(mutex_);
  if (stopping_ || queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(work));
  if (queue_.size() > idle_ && threads_ < threads_max_) {
    ++threads_;
    std::thread([this] { Run(); }).detach();
  } else {
    wake_.notify_one();
  }
  return true;
}

void WorkerPool::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !stopping_) {
      ++idle_;
      const std::cv_status status = wake_.wait_for(lock, kIdleLife);
      --idle_;
      if (status == std::cv_status::timeout && queue_.empty() && threads_ > kThreadsKept) break;
    }
    if (queue_.empty()) break;  // stopping, or idle for too long
    Work work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
  --threads_;
  // Notified while locked: the pool may be destroyed as soon as the lock is free.
  if (threads_ == 0) all_gone_.notify_all();
}

bool WorkerPool::Stop(int64_t timeout_s) {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  return all_gone_.wait_for(lock, std::chrono::seconds(timeout_s), [this] { return threads_ == 0; });
}

size_t WorkerPool::queued() const {
  std::scoped_lock lock(mutex_);
  return queue_.size();
}

size_t WorkerPool::threads() const {
  std::scoped_lock lock(mutex_);
  return threads_;
}

}  // namespace crannog::server
