#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/caller.h"
#include "http/dispatch.h"

namespace grpc {
class ServerContext;
}

namespace crannog::server {

/// Tells who sends a gRPC call: its `authorization` metadata, checked as REST's, or a trusted loopback peer.
/// Errors: those of Authenticator::SignIn. Threads: any.
Result<http::Caller> CallerOfGrpc(const grpc::ServerContext& context, http::Authenticator& authenticator, bool trust_loopback);

/// Reads gRPC's peer ("ipv4:127.0.0.1:5000", "ipv6:%5B::1%5D:5000", and what the TLS pump names itself).
http::Peer PeerOfGrpc(std::string_view peer);

}  // namespace crannog::server
