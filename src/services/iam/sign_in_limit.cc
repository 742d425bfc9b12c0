#include "services/iam/sign_in_limit.h"

namespace crannog::iam {

bool SignInLimit::MayTry(std::string_view peer, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (peers_.empty()) return true;
  auto found = peers_.find(std::string(peer));
  return found == peers_.end() || found->second.window_ends_ms <= now_ms || found->second.count < kFailuresMax;
}

void SignInLimit::NoteFailure(std::string_view peer, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (peers_.size() >= kPeersMax) peers_.clear();
  Failures& failures = peers_[std::string(peer)];
  if (failures.window_ends_ms <= now_ms) failures = {.count = 0, .window_ends_ms = now_ms + kWindowMs};
  ++failures.count;
}

void SignInLimit::NoteSuccess(std::string_view peer) {
  std::lock_guard lock(mutex_);
  if (!peers_.empty()) peers_.erase(std::string(peer));
}

std::string_view PeerHost(std::string_view peer_address) {
  const size_t colon = peer_address.rfind(':');
  if (colon == std::string_view::npos) return peer_address;
  std::string_view host = peer_address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host.find(':') == std::string_view::npos ? host : peer_address;  // an IPv6 address without port
}

}  // namespace crannog::iam
