#pragma once

#include <sys/socket.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <thread>

namespace crannog::server {

class Guard;

/// One thread with its own event loop. A connection lives on one of them from accept to close, so its state needs no locks.
struct IoThread {
  boost::asio::io_context io{1};
  boost::asio::steady_timer tick{io};
  std::list<Guard*> guards;  // of the open connections of this thread
  int64_t now_s = 0;         // moves once a second: time-outs need no finer clock
  bool is_stopping = false;
  std::thread thread;
};

/// Watches one connection's deadline: a sweep once a second shuts down what is late, which ends the pending operation.
/// Setting a deadline is one assignment, so every read and write can have one. Threads: its I/O thread.
class Guard {
 public:
  Guard(IoThread& thread, int descriptor, std::atomic<int64_t>& open_count)
      : thread_(thread), descriptor_(descriptor), open_count_(open_count), place_(thread.guards.insert(thread.guards.end(), this)) {}
  ~Guard() {
    thread_.guards.erase(place_);
    --open_count_;
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// Ends the connection unless the next step is done within the time.
  void Expect(int64_t seconds) {
    deadline_s_ = thread_.now_s + seconds + 1;
    is_idle_ = false;
  }
  /// Waits between requests: a stop may end the connection at once.
  void ExpectIdle(int64_t seconds) {
    Expect(seconds);
    is_idle_ = true;
    if (thread_.is_stopping) Kill();
  }
  /// Lifts the deadline while a handler works.
  void ExpectNothing() {
    deadline_s_ = INT64_MAX;
    is_idle_ = false;
  }
  void Sweep() {
    if (deadline_s_ < thread_.now_s) Kill();
  }
  void Kill() {
    if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_RDWR);
  }
  /// The socket is somebody else's from now on.
  void Release() { descriptor_ = -1; }
  bool is_idle() const { return is_idle_; }
  bool is_stopping() const { return thread_.is_stopping; }

 private:
  IoThread& thread_;
  int descriptor_;
  std::atomic<int64_t>& open_count_;
  int64_t deadline_s_ = INT64_MAX;
  bool is_idle_ = true;
  std::list<Guard*>::iterator place_;
};

}  // namespace crannog::server
