#include "services/spark/operation.h"

#include <utility>

namespace crannog::spark_connect {

Operation::~Operation() {
  Cancel();
  if (producer_.joinable()) producer_.join();
}

void Operation::Start(std::function<void(Operation&)> produce) {
  producer_ = std::thread([this, produce = std::move(produce)] { produce(*this); });
}

bool Operation::Push(Response response) {
  std::unique_lock lock(mutex_);
  response.set_operation_id(id_);
  std::string response_id = id_ + "-" + std::to_string(first_index_ + static_cast<int64_t>(entries_.size()));
  response.set_response_id(response_id);
  const int64_t bytes = static_cast<int64_t>(response.ByteSizeLong());
  // At least what the reader has not yet seen may be buffered, else a client that releases late would wait for ever.
  changed_.wait(lock, [&] {
    return cancelled_ || buffered_bytes_ + bytes <= bytes_max_ || read_index_ >= first_index_ + static_cast<int64_t>(entries_.size());
  });
  if (cancelled_) return false;
  entries_.push_back({std::move(response_id), std::move(response), bytes});
  buffered_bytes_ += bytes;
  changed_.notify_all();
  return true;
}

void Operation::Finish(std::optional<Error> error) {
  std::lock_guard lock(mutex_);
  finished_ = true;
  error_ = std::move(error);
  changed_.notify_all();
}

Result<> Operation::Stream(const std::string& last_response_id, const std::function<bool(const Response&)>& write) {
  std::unique_lock lock(mutex_);
  int64_t next = first_index_;
  if (!last_response_id.empty()) {
    // Ids carry their index, so that an id that was released can still be continued after.
    size_t dash = last_response_id.rfind('-');
    int64_t index = -1;
    if (dash != std::string::npos && last_response_id.substr(0, dash) == id_) {
      index = std::strtoll(last_response_id.c_str() + dash + 1, nullptr, 10);
    }
    if (index < 0 || index + 1 < first_index_ || index >= first_index_ + static_cast<int64_t>(entries_.size())) {
      return Failure(ConditionError("INVALID_CURSOR.POSITION_NOT_FOUND", {{"responseId", last_response_id}, {"handle", id_}}));
    }
    next = index + 1;
  }
  for (;;) {
    changed_.wait(lock, [&] { return finished_ || cancelled_ || next < first_index_ + static_cast<int64_t>(entries_.size()); });
    if (next < first_index_) return Failure(ConditionError("INVALID_CURSOR.POSITION_NOT_AVAILABLE", {{"index", std::to_string(next)}, {"handle", id_}}));
    if (next < first_index_ + static_cast<int64_t>(entries_.size())) {
      Response response = entries_[static_cast<size_t>(next - first_index_)].response;
      ++next;
      read_index_ = std::max(read_index_, next);
      if (!is_reattachable_) {
        buffered_bytes_ -= entries_.front().bytes;
        entries_.pop_front();
        ++first_index_;
      }
      changed_.notify_all();
      lock.unlock();
      const bool go_on = write(response);
      lock.lock();
      if (!go_on) return {};
      continue;
    }
    if (cancelled_ && !error_) return Failure(ConditionError("OPERATION_CANCELED"));
    if (error_) return Failure(*error_);
    if (finished_) return {};
  }
}

void Operation::ReleaseUntil(const std::string& response_id) {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  while (count < entries_.size() && entries_[count].response_id != response_id) ++count;
  if (count == entries_.size()) return;
  for (size_t i = 0; i <= count; ++i) {
    buffered_bytes_ -= entries_.front().bytes;
    entries_.pop_front();
    ++first_index_;
  }
  changed_.notify_all();
}

void Operation::ReleaseAll() {
  Cancel();
  std::lock_guard lock(mutex_);
  first_index_ += static_cast<int64_t>(entries_.size());
  entries_.clear();
  buffered_bytes_ = 0;
  changed_.notify_all();
}

void Operation::Cancel() {
  std::function<void()> hook;
  {
    std::lock_guard lock(mutex_);
    if (!finished_) {
      cancelled_ = true;
      hook = cancel_hook_;
    }
    changed_.notify_all();
  }
  if (hook) hook();
}

bool Operation::is_finished() {
  std::lock_guard lock(mutex_);
  return finished_;
}

bool Operation::has_failed() {
  std::lock_guard lock(mutex_);
  return finished_ && error_.has_value();
}

void Operation::SetCancelHook(std::function<void()> hook) {
  std::lock_guard lock(mutex_);
  cancel_hook_ = std::move(hook);
}

}  // namespace crannog::spark_connect
