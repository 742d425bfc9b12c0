#include "server/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "server/http_session.h"

namespace crannog::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;
constexpr asio::use_awaitable_t<> kAwait{};

constexpr char kTlsHello = 0x16;
// RFC 9113 section 3.4.
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kPumpBytes = 128 * 1024;

http::Peer PeerOf(const tcp::socket& socket) {
  boost::system::error_code code;
  const tcp::endpoint remote = socket.remote_endpoint(code);
  if (code) return {};
  const auto address = remote.address();
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  const auto plain = is_mapped ? asio::ip::address(asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6())) : address;
  return {.address = plain.is_v6() ? fmt::format("[{}]:{}", plain.to_string(), remote.port())
                                      : fmt::format("{}:{}", plain.to_string(), remote.port()),
          .is_loopback = plain.is_loopback()};
}

// Half-open connections end: the kernel asks a silent peer after a minute, six times, every 10 s.
void SetKeepalive(tcp::socket& socket) {
  const int descriptor = socket.native_handle();
  const int on = 1, idle_s = 60, interval_s = 10, count = 6;
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

template <typename From, typename To>
asio::awaitable<void> Pump(From& from, To& to) {
  auto buffer = std::make_unique<std::array<char, kPumpBytes>>();
  for (;;) {
    const size_t count = co_await from.async_read_some(asio::buffer(*buffer), kAwait);
    co_await asio::async_write(to, asio::buffer(*buffer, count), kAwait);
  }
}

// Starting gRPC takes milliseconds, so it happens on a worker.
void HandToGrpc(ConnectionContext& context, int descriptor, std::string already_read) {
  const bool taken = context.workers.Post([&grpc = context.grpc, descriptor, already_read = std::move(already_read)] {
    grpc.Accept(descriptor, already_read);
  });
  if (!taken) ::close(descriptor);
}

// Decrypted bytes go to gRPC through a socket pair. Our end carries the client's address as its abstract name, where
// gRPC's peer() shows it: "unix-abstract:crannog/7/10.0.0.1:50312".
asio::awaitable<void> PumpToGrpc(ConnectionContext& context, IoThread& thread, TlsStream tls, const http::Peer& peer) {
  using namespace asio::experimental::awaitable_operators;
  static std::atomic<uint64_t> sequence{0};
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) co_return;
  asio::local::stream_protocol::socket ours(thread.io, asio::local::stream_protocol(), ends[0]);
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const std::string text = fmt::format("crannog/{}/{}/{}", ::getpid(), ++sequence, peer.address);
  text.copy(name.sun_path + 1, sizeof(name.sun_path) - 2);
  ::bind(ends[0], reinterpret_cast<const sockaddr*>(&name), static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size()));
  HandToGrpc(context, ends[1], "");
  try {
    co_await (Pump(tls, ours) || Pump(ours, tls));
  } catch (const asio::multiple_exceptions&) {
    // Both directions ended: the call is over.
  }
}

asio::awaitable<void> ServeTls(ConnectionContext& context, IoThread& thread, Guard& guard, tcp::socket socket, http::Peer peer) {
  if (context.tls == nullptr) co_return;
  peer.is_tls = true;
  TlsStream tls(std::move(socket), *context.tls);
  guard.Expect(context.limits.header_timeout_s);
  co_await tls.async_handshake(asio::ssl::stream_base::server, kAwait);
  const unsigned char* protocol = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(tls.native_handle(), &protocol, &length);
  if (length == 2) {
    guard.ExpectNothing();
    co_await PumpToGrpc(context, thread, std::move(tls), peer);
  } else {
    HttpSession<TlsStream> session(context, thread, guard, std::move(tls), std::move(peer), {});
    co_await session.Run();
  }
}

asio::awaitable<void> ServePlain(ConnectionContext& context, IoThread& thread, Guard& guard, tcp::socket socket, http::Peer peer) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    const size_t count = co_await socket.async_read_some(buffer.prepare(kReadBytes), kAwait);
    buffer.commit(count);
    const std::string_view got(static_cast<const char*>(buffer.data().data()), buffer.size());
    const size_t compared = std::min(got.size(), kHttp2Preface.size());
    if (got.substr(0, compared) != kHttp2Preface.substr(0, compared)) break;
    if (compared == kHttp2Preface.size()) {
      socket.native_non_blocking(true);
      guard.Release();
      HandToGrpc(context, socket.release(), std::string(got));
      co_return;
    }
  }
  HttpSession<tcp::socket> session(context, thread, guard, std::move(socket), std::move(peer), std::move(buffer));
  co_await session.Run();
}

}  // namespace

asio::awaitable<void> ServeConnection(ConnectionContext& context, IoThread& thread, tcp::socket socket) {
  Guard guard(thread, socket.native_handle(), context.open_count);
  try {
    boost::system::error_code code;
    // Without it the TLS path shows 40 ms stalls of delayed acknowledgements.
    socket.set_option(tcp::no_delay(true), code);
    SetKeepalive(socket);
    http::Peer peer = PeerOf(socket);
    guard.ExpectIdle(context.limits.idle_timeout_s);
    co_await socket.async_wait(tcp::socket::wait_read, kAwait);
    // The first byte is only looked at: the TLS engine needs the whole hello.
    char first = 0;
    if (::recv(socket.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT) != 1) co_return;
    guard.Expect(context.limits.header_timeout_s);
    if (first == kTlsHello) co_await ServeTls(context, thread, guard, std::move(socket), std::move(peer));
    else co_await ServePlain(context, thread, guard, std::move(socket), std::move(peer));
  } catch (const boost::system::system_error&) {
    // The peer is gone, or was too slow: nobody is left to be told.
  } catch (const std::exception& failure) {
    context.log.Error("connection_failed", {{"error", failure.what()}});
  }
}

}  // namespace crannog::server
