#include "server/grpc_caller.h"

#include <grpcpp/grpcpp.h>

namespace crannog::server {

http::Peer PeerOfGrpc(std::string_view text) {
  const std::string decoded = http::PercentDecode(text, http::Plus::kLiteral);
  std::string_view peer = decoded;
  http::Peer out;
  if (peer.starts_with("unix-abstract:crannog/")) {
    out.is_tls = true;
    out.address = peer.substr(peer.rfind('/') + 1);
  } else if (peer.starts_with("ipv4:") || peer.starts_with("ipv6:")) {
    out.address = peer.substr(5);
  }
  out.is_loopback = out.address.starts_with("127.") || out.address.starts_with("[::1]:") || out.address.starts_with("[::ffff:127.");
  return out;
}

Result<http::Caller> CallerOfGrpc(const grpc::ServerContext& context, http::Authenticator& authenticator, bool trust_loopback) {
  const http::Peer peer = PeerOfGrpc(context.peer());
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find("authorization");
  const std::string_view authorization =
      found == metadata.end() ? std::string_view() : std::string_view(found->second.data(), found->second.size());
  const http::Credentials credentials{.authorization = authorization,
                                      .peer_address = peer.address,
                                      .is_trusted_loopback = trust_loopback && peer.is_loopback};
  std::optional<http::Caller> known = authenticator.FindSignedIn(credentials);
  if (!known) {
    TRY(known, authenticator.SignIn(credentials));
  }
  known->peer_address = peer.address;
  return *std::move(known);
}

}  // namespace crannog::server
