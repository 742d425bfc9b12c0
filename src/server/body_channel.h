#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "http/message.h"

namespace crannog::server {

/// Hands an upload's bytes from the I/O thread to a handler that reads them on a worker, one piece at a time: a handler that is
/// slow makes the client wait. Threads: one reader, one deliverer.
class BodyChannel final : public http::BodyReader {
 public:
  enum class More : uint8_t { kNo, kYes };

  /// `want` is called whenever the reader begins to wait.
  explicit BodyChannel(std::function<void()> want) : want_(std::move(want)) {}

  Result<size_t> Read(std::span<char> buffer) override;

  /// Tells whether the reader waits for a piece.
  bool IsWanted() const;
  void Deliver(std::string piece, More more);
  void Fail(Error error);

 private:
  const std::function<void()> want_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::string piece_;
  size_t read_ = 0;  // bytes of piece_ that are used up
  bool is_wanted_ = false;
  bool is_over_ = false;
  std::optional<Error> error_;
};

}  // namespace crannog::server
