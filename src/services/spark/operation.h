#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "spark/connect/base.pb.h"

namespace crannog::spark_connect {

/// One ExecutePlan and its answers, kept until the client releases them so that it can reattach after a broken connection.
/// One producer thread pushes, any number of RPC threads read. Source: reference/spark.md section 1.9, "Reattachable".
class Operation {
 public:
  using Response = ::spark::connect::ExecutePlanResponse;

  Operation(std::string id, std::set<std::string> tags, bool is_reattachable, int64_t bytes_max)
      : id_(std::move(id)), tags_(std::move(tags)), is_reattachable_(is_reattachable), bytes_max_(bytes_max) {}
  ~Operation();

  const std::string& id() const { return id_; }
  const std::set<std::string>& tags() const { return tags_; }
  bool is_reattachable() const { return is_reattachable_; }

  /// Starts the producer; it must end soon after Cancel.
  void Start(std::function<void(Operation&)> produce);

  /// Adds an answer, filling in operation and response id. Waits while more than the limit is unreleased. False: cancelled, stop producing.
  bool Push(Response response);
  /// Ends the answers, with the error that stopped them or well.
  void Finish(std::optional<Error> error);

  /// Gives answers after `last_response_id` (from the start when it is "") to `write` until the end, an error, or false from `write`.
  /// Unknown id: INVALID_CURSOR.POSITION_NOT_FOUND. The result is the error that ended the operation.
  Result<> Stream(const std::string& last_response_id, const std::function<bool(const Response&)>& write);

  void ReleaseUntil(const std::string& response_id);
  void ReleaseAll();

  void Cancel();
  bool is_cancelled() const { return cancelled_; }
  bool is_finished();
  bool has_failed();
  /// What Cancel calls besides waking the producer: stops the running statement.
  void SetCancelHook(std::function<void()> hook);

 private:
  struct Entry {
    std::string response_id;
    Response response;
    int64_t bytes = 0;
  };

  const std::string id_;
  const std::set<std::string> tags_;
  const bool is_reattachable_;
  const int64_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> entries_;
  int64_t first_index_ = 0;   // of entries_[0]
  int64_t buffered_bytes_ = 0;
  int64_t read_index_ = 0;    // the furthest that any reader has taken
  bool finished_ = false;
  std::optional<Error> error_;
  std::atomic<bool> cancelled_ = false;
  std::function<void()> cancel_hook_;
  std::thread producer_;
};

}  // namespace crannog::spark_connect
