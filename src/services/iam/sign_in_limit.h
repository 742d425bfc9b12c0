#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace crannog::iam {

/// Slows down whoever guesses tokens: a peer that failed too often within the window is refused until the window ends.
/// Threads: any.
class SignInLimit {
 public:
  static constexpr int32_t kFailuresMax = 30;
  static constexpr int64_t kWindowMs = 60'000;
  static constexpr size_t kPeersMax = 100'000;  ///< beyond it all is forgotten: an attacker with that many addresses is not slowed by this

  /// Tells whether the peer (an address without port) may try now.
  bool MayTry(std::string_view peer, int64_t now_ms);
  void NoteFailure(std::string_view peer, int64_t now_ms);
  void NoteSuccess(std::string_view peer);

 private:
  struct Failures {
    int32_t count = 0;
    int64_t window_ends_ms = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Failures> peers_;
};

/// Cuts the port off "127.0.0.1:50312" and "[::1]:50312".
std::string_view PeerHost(std::string_view peer_address);

}  // namespace crannog::iam
