#include "server/server.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <condition_variable>
#include <csignal>

#include "server/connection.h"

namespace crannog::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kBacklog = 4096;
// Out of descriptors: accepting again at once would spin.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr int64_t kKillSeconds = 2;

// http/1.1 whenever the client offers it, so that browsers and curl reach REST; h2 only for clients that offer nothing else (gRPC).
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* offered, unsigned length, void*) {
  constexpr unsigned char kHttp11[] = "\x08http/1.1";
  constexpr unsigned char kH2[] = "\x02h2";
  for (const auto& [protocol, size] : {std::pair(kHttp11, sizeof(kHttp11) - 1), std::pair(kH2, sizeof(kH2) - 1)}) {
    if (SSL_select_next_proto(const_cast<unsigned char**>(out), out_length, protocol, static_cast<unsigned>(size), offered, length) ==
        OPENSSL_NPN_NEGOTIATED) {
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

Result<std::unique_ptr<asio::ssl::context>> MakeTlsContext(const TlsFiles& files) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  boost::system::error_code code;
  context->use_certificate_chain_file(files.certificate, code);
  if (code) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("the certificate {} cannot be used: {}", files.certificate, code.message()));
  context->use_private_key_file(files.key, asio::ssl::context::pem, code);
  if (code) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("the key {} cannot be used: {}", files.key, code.message()));
  SSL_CTX_set_alpn_select_cb(context->native_handle(), SelectProtocol, nullptr);
  // Idle TLS connections give their buffers back: 10,000 of them would hold 300 MB otherwise.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

Result<HostPort> ParseHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  HostPort out;
  unsigned port = 0;
  if (colon != std::string::npos) {
    out.host = text.substr(0, colon);
    const auto [end, code] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    const bool is_number = code == std::errc() && end == text.data() + text.size() && colon + 1 < text.size() && port <= 65535;
    if (out.host.size() >= 2 && out.host.front() == '[' && out.host.back() == ']') out.host = out.host.substr(1, out.host.size() - 2);
    else if (out.host.find(':') != std::string::npos) out.host.clear();
    out.port = static_cast<uint16_t>(port);
    if (is_number && !out.host.empty()) return out;
  }
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("{} is no address to listen on", text), "write HOST:PORT, as 127.0.0.1:8080 or [::1]:8080");
}

struct Server::Impl {
  Impl(const ServerOptions& given, http::Dispatcher& dispatcher, GrpcServices services, Log& the_log, Metrics& metrics)
      : options(given), log(the_log), workers(static_cast<size_t>(given.limits.workers_max), static_cast<size_t>(given.limits.queue_max)),
        grpc(std::move(services), given.limits.grpc_message_bytes_max, the_log),
        context{.dispatcher = dispatcher, .workers = workers, .grpc = grpc, .limits = options.limits, .log = the_log},
        rejected(metrics.GetCounter("crannog_connections_rejected_total", "Connections closed because http.connections_max was reached.")) {
    metrics.AddProbe("crannog_connections_open", "Open HTTP connections.", [this] { return context.open_count.load(); });
    metrics.AddProbe("crannog_workers", "Threads that run handlers.", [this] { return static_cast<int64_t>(workers.threads()); });
    metrics.AddProbe("crannog_requests_waiting", "Requests that wait for a worker.", [this] { return static_cast<int64_t>(workers.queued()); });
  }

  Result<> Bind(const std::string& address);
  asio::awaitable<void> Accept(tcp::acceptor& acceptor);
  asio::awaitable<void> Tick(IoThread& thread);
  void StartThreads();
  void OnEveryThread(const std::function<void(IoThread&)>& step);
  bool WaitUntilEmpty(int64_t timeout_s);

  const ServerOptions options;
  Log& log;
  WorkerPool workers;
  GrpcHost grpc;
  std::unique_ptr<asio::ssl::context> tls;
  ConnectionContext context;
  Counter& rejected;
  std::vector<std::unique_ptr<IoThread>> threads;
  std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
  std::vector<std::string> urls;
  size_t next_thread = 0;  // the accepting thread's
  std::atomic<bool> is_stopping{false};
  bool is_stopped = false;
};

Result<> Server::Impl::Bind(const std::string& text) {
  TRY(HostPort address, ParseHostPort(text));
  boost::system::error_code code;
  auto refuse = [&](std::string_view what) {
    std::string hint = "choose another address with --listen";
    if (code == boost::system::errc::permission_denied) hint = "ports below 1024 need root or CAP_NET_BIND_SERVICE";
    return Failure(ErrorCode::kUnavailable, fmt::format("{} {}: {}", what, text, code.message()), hint);
  };
  tcp::resolver resolver(threads[0]->io);
  const auto found = resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, code);
  if (code || found.empty()) return refuse("no such address:");
  auto acceptor = std::make_unique<tcp::acceptor>(threads[0]->io);
  const tcp::endpoint endpoint = *found.begin();
  acceptor->open(endpoint.protocol(), code);
  if (code) return refuse("cannot open");
  acceptor->set_option(tcp::acceptor::reuse_address(true), code);
  if (endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(true), code);
  acceptor->bind(endpoint, code);
  if (code) return refuse("cannot listen on");
  acceptor->listen(kBacklog, code);
  if (code) return refuse("cannot listen on");
  const tcp::endpoint bound = acceptor->local_endpoint(code);
  std::string host = address.host == "0.0.0.0" || address.host == "::" ? "localhost" : address.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  urls.push_back(fmt::format("http://{}:{}", host, bound.port()));
  acceptors.push_back(std::move(acceptor));
  return {};
}

asio::awaitable<void> Server::Impl::Accept(tcp::acceptor& acceptor) {
  while (!is_stopping) {
    IoThread& thread = *threads[next_thread++ % threads.size()];
    boost::system::error_code code;
    tcp::socket socket = co_await acceptor.async_accept(thread.io, asio::redirect_error(asio::use_awaitable, code));
    if (code == asio::error::operation_aborted || code == asio::error::bad_descriptor) co_return;
    if (code) {
      log.Warning("accept_failed", {{"error", code.message()}});
      asio::steady_timer pause(threads[0]->io, kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, code));
      continue;
    }
    if (context.open_count >= options.limits.connections_max) {
      rejected.Add();
      continue;  // the socket closes here
    }
    ++context.open_count;
    asio::co_spawn(thread.io, ServeConnection(context, thread, std::move(socket)), asio::detached);
  }
}

asio::awaitable<void> Server::Impl::Tick(IoThread& thread) {
  for (;;) {
    thread.now_s = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
    for (Guard* guard : thread.guards) guard->Sweep();
    thread.tick.expires_after(std::chrono::seconds(1));
    boost::system::error_code code;
    co_await thread.tick.async_wait(asio::redirect_error(asio::use_awaitable, code));
    if (code) co_return;
  }
}

void Server::Impl::StartThreads() {
  for (auto& acceptor : acceptors) asio::co_spawn(threads[0]->io, Accept(*acceptor), asio::detached);
  for (auto& thread : threads) {
    asio::co_spawn(thread->io, Tick(*thread), asio::detached);
    thread->thread = std::thread([&io = thread->io] { io.run(); });
  }
}

void Server::Impl::OnEveryThread(const std::function<void(IoThread&)>& step) {
  for (auto& thread : threads) asio::post(thread->io, [&thread = *thread, step] { step(thread); });
}

bool Server::Impl::WaitUntilEmpty(int64_t timeout_s) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(timeout_s);
  while (context.open_count > 0) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Stop(); }

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options, http::Dispatcher& dispatcher, GrpcServices services,
                                              Log& log, Metrics& metrics) {
  std::signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  auto impl = std::make_unique<Impl>(options, dispatcher, std::move(services), log, metrics);
  if (options.tls) {
    TRY(impl->tls, MakeTlsContext(*options.tls));
    impl->context.tls = impl->tls.get();
  }
  for (int64_t i = 0; i < options.limits.io_threads; ++i) impl->threads.push_back(std::make_unique<IoThread>());
  for (const std::string& address : options.listen) TRY(impl->Bind(address));
  impl->StartThreads();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

const std::vector<std::string>& Server::urls() const { return impl_->urls; }
bool Server::is_stopping() const { return impl_->is_stopping; }

bool Server::Stop() {
  Impl& impl = *impl_;
  if (impl.is_stopped) return true;
  impl.is_stopping = true;
  asio::post(impl.threads[0]->io, [&impl] {
    boost::system::error_code code;
    for (auto& acceptor : impl.acceptors) acceptor->close(code);
  });
  impl.OnEveryThread([](IoThread& thread) {
    thread.is_stopping = true;
    for (Guard* guard : thread.guards) {
      if (guard->is_idle()) guard->Kill();
    }
  });
  impl.grpc.Stop(impl.options.limits.stop_timeout_s);
  if (!impl.WaitUntilEmpty(impl.options.limits.stop_timeout_s)) {
    impl.OnEveryThread([](IoThread& thread) {
      for (Guard* guard : thread.guards) guard->Kill();
    });
  }
  const bool all_ended = impl.workers.Stop(kKillSeconds);
  impl.WaitUntilEmpty(kKillSeconds);
  for (auto& thread : impl.threads) {
    thread->io.stop();
    if (thread->thread.joinable()) thread->thread.join();
  }
  impl.is_stopped = all_ended;
  return all_ended;
}

}  // namespace crannog::server
