#include "server/body_channel.h"

#include <algorithm>

namespace crannog::server {

Result<size_t> BodyChannel::Read(std::span<char> buffer) {
  std::unique_lock lock(mutex_);
  if (read_ == piece_.size() && !is_over_ && !error_) {
    is_wanted_ = true;
    lock.unlock();
    want_();
    lock.lock();
    arrived_.wait(lock, [this] { return !is_wanted_; });
  }
  if (error_) return std::unexpected<Error>(*error_);
  const size_t count = std::min(buffer.size(), piece_.size() - read_);
  piece_.copy(buffer.data(), count, read_);
  read_ += count;
  return count;
}

bool BodyChannel::IsWanted() const {
  std::scoped_lock lock(mutex_);
  return is_wanted_;
}

void BodyChannel::Deliver(std::string piece, More more) {
  std::scoped_lock lock(mutex_);
  piece_ = std::move(piece);
  read_ = 0;
  is_over_ = more == More::kNo;
  is_wanted_ = false;
  arrived_.notify_one();
}

void BodyChannel::Fail(Error error) {
  std::scoped_lock lock(mutex_);
  error_ = std::move(error);
  is_wanted_ = false;
  arrived_.notify_one();
}

}  // namespace crannog::server
