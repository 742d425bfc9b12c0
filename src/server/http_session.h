#pragma once

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "http/range.h"
#include "server/body_channel.h"
#include "server/connection.h"
#include "server/request_parser.h"
#include "server/response_head.h"
#include "server/web_socket_session.h"

namespace crannog::server {

/// Bytes read from a socket at once.
constexpr size_t kReadBytes = 64 * 1024;
/// Bytes of a streamed answer in flight.
constexpr size_t kStreamBytes = 256 * 1024;
/// An unread body up to this size is read and dropped to save the connection; a longer one ends it.
constexpr uint64_t kDrainBytesMax = 1024 * 1024;
/// How long a client may take to notice that its connection ends.
constexpr int64_t kLingerSeconds = 2;

/// One request with its answer. Shared with the worker, which may outlast the connection.
struct Exchange {
  explicit Exchange(boost::asio::io_context& io) : wake(io) {}
  http::Request request;
  http::Dispatcher::Call call;
  http::Peer peer;
  http::Response response;
  std::optional<uint64_t> source_bytes;  // of the answer's stream; nothing when unknown
  std::shared_ptr<BodyChannel> upload;
  boost::asio::steady_timer wake;        // cancelled when `is_done` or the upload wants bytes
  bool is_done = false;                  // I/O thread only
};

/// HTTP/1.1 on one connection (RFC 9112): requests one after another, bodies and answers as streams. Lives on its I/O thread.
template <typename Stream>
class HttpSession {
 public:
  HttpSession(ConnectionContext& context, IoThread& thread, Guard& guard, Stream stream, http::Peer peer,
              boost::beast::flat_buffer buffer)
      : context_(context), thread_(thread), guard_(guard), stream_(std::move(stream)), peer_(std::move(peer)), buffer_(std::move(buffer)) {}

  /// Serves until the connection ends. Throws boost::system::system_error where the peer is gone.
  boost::asio::awaitable<void> Run() {
    for (bool goes_on = true; goes_on && !guard_.is_stopping();) goes_on = co_await ServeOne();
    co_await End();
  }

 private:
  using Token = boost::asio::use_awaitable_t<>;
  static constexpr Token kAwait{};

  boost::asio::awaitable<size_t> ReadMore(size_t bytes_max) {
    const size_t count = co_await stream_.async_read_some(buffer_.prepare(bytes_max), kAwait);
    buffer_.commit(count);
    co_return count;
  }

  // Gives false when the connection is to end.
  boost::asio::awaitable<bool> ServeOne() {
    RequestParser parser(static_cast<uint32_t>(context_.limits.header_bytes_max));
    if (buffer_.size() == 0) {
      guard_.ExpectIdle(context_.limits.idle_timeout_s);
      boost::system::error_code gone;
      const size_t count = co_await stream_.async_read_some(buffer_.prepare(kReadBytes), boost::asio::redirect_error(kAwait, gone));
      if (gone) co_return false;
      buffer_.commit(count);
    }
    auto exchange = std::make_shared<Exchange>(thread_.io);
    exchange->peer = peer_;
    guard_.Expect(context_.limits.header_timeout_s);
    if (!co_await ReadHead(parser)) {
      exchange->call = context_.dispatcher.Begin(exchange->request, peer_);
      co_await Refuse(*exchange, head_status_, head_status_ == 431 ? "the request's headers are too long" : "the request is malformed", parser);
      co_return false;
    }
    guard_.ExpectNothing();
    exchange->request = std::move(parser.request());
    http::Request& request = exchange->request;
    exchange->call = context_.dispatcher.Begin(request, peer_);
    http::Dispatcher::Call& call = exchange->call;
    if (call.needs_sign_in) {
      auto sign_in = [&context = context_, exchange] { context.dispatcher.SignIn(exchange->call, exchange->request, exchange->peer); };
      const bool ran = co_await OnWorker(exchange, sign_in);
      if (!ran) {
        co_await RefuseOverload(*exchange, parser);
        co_return false;
      }
    }
    if (!call.error && call.route->web_socket && IsWebSocketUpgrade(request)) {
      co_await ServeWebSocket(exchange);
      co_return false;
    }
    if (call.error) {
      exchange->response = co_await RunRefused(exchange);
      const bool drained = co_await Drain(parser);
      co_return co_await Answer(*exchange, parser, drained ? KeepAlive::kYes : KeepAlive::kNo);
    }
    co_return co_await ServeRoute(exchange, parser);
  }

  boost::asio::awaitable<bool> ServeRoute(const std::shared_ptr<Exchange>& exchange, RequestParser& parser) {
    http::Dispatcher::Call& call = exchange->call;
    const uint64_t limit = call.route->body_bytes_max > 0 ? call.route->body_bytes_max : static_cast<uint64_t>(context_.limits.body_bytes_max);
    const boost::optional<uint64_t> length = parser.content_length();
    const bool streams = call.route->body == http::BodyMode::kStream;
    if (length && *length > limit && (!streams || call.route->body_bytes_max > 0)) {
      co_await Refuse(*exchange, 413, "the request's body is longer than this endpoint takes", parser);
      co_return false;
    }
    if (parser.expects_continue() && !parser.is_done()) {
      guard_.Expect(context_.limits.body_timeout_s);
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await boost::asio::async_write(stream_, boost::asio::buffer(kContinue), kAwait);
    }
    if (streams) {
      const bool drained = co_await RunStreaming(exchange, parser);
      co_return co_await Answer(*exchange, parser, drained ? KeepAlive::kYes : KeepAlive::kNo);
    }
    if (!parser.is_done() && !co_await ReadBody(parser, limit)) {
      co_await Refuse(*exchange, head_status_, head_status_ == 413 ? "the request's body is longer than this endpoint takes" : "the request's body is malformed", parser);
      co_return false;
    }
    exchange->request.body = parser.TakeBody();
    guard_.ExpectNothing();
    if (call.route->run_on == http::RunOn::kInline) {
      exchange->response = context_.dispatcher.Run(call, exchange->request);
    } else {
      auto complete = [&context = context_, exchange] { Complete(context, *exchange); };
      const bool ran = co_await OnWorker(exchange, complete);
      if (!ran) {
        co_await RefuseOverload(*exchange, parser);
        co_return false;
      }
      if (!exchange->is_done) {
        // The handler still runs and keeps its exchange; the client is told now.
        auto late = std::make_shared<Exchange>(thread_.io);
        late->call.route = exchange->call.route;
        late->call.start_ns = exchange->call.start_ns;
        late->request.method = exchange->request.method;
        late->request.path = exchange->request.path;
        late->request.request_id = exchange->request.request_id;
        late->response = context_.dispatcher.Refuse(late->call, late->request,
            MakeError(ErrorCode::kDeadlineExceeded, "the request took longer than the server allows; it may still take effect",
                      "raise http.request_timeout_seconds"));
        co_return co_await Answer(*late, parser, KeepAlive::kYes);
      }
    }
    co_return co_await Answer(*exchange, parser, KeepAlive::kYes);
  }

  // Runs the handler and prepares its stream; on a worker, so it never touches the session.
  static void Complete(ConnectionContext& context, Exchange& exchange) {
    exchange.response = context.dispatcher.Run(exchange.call, exchange.request);
    if (!exchange.response.source) return;
    Result<std::optional<uint64_t>> bytes = std::optional<uint64_t>();
    try {
      bytes = http::ApplyRange(exchange.request, exchange.response);
    } catch (const std::exception& failure) {
      bytes = Failure(ErrorCode::kInternal, failure.what());
    }
    if (bytes) exchange.source_bytes = *bytes;
    else exchange.response = context.dispatcher.Refuse(exchange.call, exchange.request, bytes.error());
  }

  // Gives the answer of a call that failed before its handler; its audit record may block.
  boost::asio::awaitable<http::Response> RunRefused(const std::shared_ptr<Exchange>& exchange) {
    if (exchange->call.route == nullptr || exchange->call.route->audit == http::Audit::kNo) {
      co_return context_.dispatcher.Run(exchange->call, exchange->request);
    }
    const Error error = *exchange->call.error;
    auto complete = [&context = context_, exchange] { Complete(context, *exchange); };
    const bool ran = co_await OnWorker(exchange, complete);
    if (!ran) co_return context_.dispatcher.Refuse(exchange->call, exchange->request, Overload());
    if (!exchange->is_done) co_return context_.dispatcher.Refuse(exchange->call, exchange->request, error);
    co_return std::move(exchange->response);
  }

  // Runs `work` on a worker and waits until it is done or the call's deadline is over. Gives false when there is no room.
  // `work` is a named closure of the caller: g++ 12 destroys the captures of one written inside a co_await twice (GCC PR 99576).
  template <typename Work>
  boost::asio::awaitable<bool> OnWorker(const std::shared_ptr<Exchange>& exchange, const Work& work) {
    exchange->is_done = false;
    const bool taken = context_.workers.Post([&io = thread_.io, exchange, work]() mutable {
      work();
      boost::asio::post(io, [exchange] {
        exchange->is_done = true;
        exchange->wake.cancel();
      });
    });
    if (!taken) co_return false;
    const int64_t deadline_ns = exchange->call.caller.deadline_ns;
    exchange->wake.expires_at(deadline_ns > 0
        ? std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline_ns)) : std::chrono::steady_clock::time_point::max());
    while (!exchange->is_done) {
      boost::system::error_code code;
      co_await exchange->wake.async_wait(boost::asio::redirect_error(kAwait, code));
      if (!code) break;
    }
    co_return true;
  }

  // Feeds a streaming handler with what it asks for. Gives whether the connection can go on: all of the body was read.
  boost::asio::awaitable<bool> RunStreaming(const std::shared_ptr<Exchange>& exchange, RequestParser& parser) {
    exchange->upload = std::make_shared<BodyChannel>([&io = thread_.io, weak = std::weak_ptr(exchange)] {
      boost::asio::post(io, [weak] {
        if (auto alive = weak.lock()) alive->wake.cancel();
      });
    });
    exchange->request.body_stream = exchange->upload.get();
    const bool taken = context_.workers.Post([&io = thread_.io, exchange, &context = context_]() {
      Complete(context, *exchange);
      boost::asio::post(io, [exchange] {
        exchange->is_done = true;
        exchange->wake.cancel();
      });
    });
    if (!taken) {
      exchange->response = context_.dispatcher.Refuse(exchange->call, exchange->request, Overload());
      co_return false;
    }
    exchange->wake.expires_at(std::chrono::steady_clock::time_point::max());
    const uint64_t limit = exchange->call.route->body_bytes_max;
    uint64_t total = 0;
    while (!exchange->is_done) {
      if (!exchange->upload->IsWanted()) {
        boost::system::error_code code;
        co_await exchange->wake.async_wait(boost::asio::redirect_error(kAwait, code));
        continue;
      }
      boost::system::error_code broken;
      while (!parser.is_done() && parser.body().size() < kStreamBytes && !broken) {
        Parse(parser, broken);
        if (broken == boost::beast::http::error::need_more) broken = {};
        if (broken || parser.is_done() || (parser.body().size() > 0 && buffer_.size() == 0)) break;
        guard_.Expect(context_.limits.body_timeout_s);
        const size_t count = co_await stream_.async_read_some(buffer_.prepare(kStreamBytes), boost::asio::redirect_error(kAwait, broken));
        buffer_.commit(count);
      }
      guard_.ExpectNothing();
      std::string piece = parser.TakeBody();
      total += piece.size();
      if (broken) exchange->upload->Fail(MakeError(ErrorCode::kCancelled, "the client ended the upload"));
      else if (limit > 0 && total > limit) exchange->upload->Fail(MakeError(ErrorCode::kResourceExhausted, "the upload is longer than this endpoint takes"));
      else exchange->upload->Deliver(std::move(piece), parser.is_done() ? BodyChannel::More::kNo : BodyChannel::More::kYes);
    }
    exchange->request.body_stream = nullptr;
    co_return co_await Drain(parser);
  }

  // Pushes what is in the buffer through the parser.
  void Parse(RequestParser& parser, boost::system::error_code& code) {
    code = {};
    parser.eager(true);
    buffer_.consume(parser.put(buffer_.data(), code));
  }

  // Gives false with head_status_ when the head is malformed or too long.
  boost::asio::awaitable<bool> ReadHead(RequestParser& parser) {
    while (true) {
      boost::system::error_code code;
      buffer_.consume(parser.put(buffer_.data(), code));
      if (parser.is_header_done() && (!code || code == boost::beast::http::error::need_more)) break;
      if (code == boost::beast::http::error::header_limit || buffer_.size() > static_cast<size_t>(context_.limits.header_bytes_max)) {
        head_status_ = 431;
        co_return false;
      }
      if (code && code != boost::beast::http::error::need_more) {
        head_status_ = 400;
        co_return false;
      }
      if (co_await ReadMore(kReadBytes) == 0) throw boost::system::system_error(boost::asio::error::eof);
    }
    if (!parser.is_method_known()) {
      head_status_ = 400;
      co_return false;
    }
    co_return true;
  }

  boost::asio::awaitable<bool> ReadBody(RequestParser& parser, uint64_t limit) {
    while (true) {
      boost::system::error_code code;
      Parse(parser, code);
      if (code && code != boost::beast::http::error::need_more) {
        head_status_ = 400;
        co_return false;
      }
      if (parser.body().size() > limit) {
        head_status_ = 413;
        co_return false;
      }
      if (parser.is_done()) co_return true;
      guard_.Expect(context_.limits.body_timeout_s);
      co_await ReadMore(kReadBytes);
    }
  }

  // Reads the rest of a body nobody wants. Gives false when it is not worth it.
  boost::asio::awaitable<bool> Drain(RequestParser& parser) {
    const boost::optional<uint64_t> rest = parser.content_length_remaining();
    if (!parser.is_done() && (parser.expects_continue() || (rest && *rest > kDrainBytesMax))) co_return false;
    uint64_t dropped = 0;
    while (!parser.is_done()) {
      boost::system::error_code code;
      Parse(parser, code);
      dropped += parser.TakeBody().size();
      if (code && code != boost::beast::http::error::need_more) co_return false;
      if (parser.is_done()) break;
      if (dropped > kDrainBytesMax) co_return false;
      guard_.Expect(context_.limits.body_timeout_s);
      co_await ReadMore(kReadBytes);
    }
    co_return true;
  }

  static Error Overload() {
    return MakeError(ErrorCode::kUnavailable, "the server has as many requests as it can hold", "try again; see http.queue_max");
  }

  boost::asio::awaitable<void> RefuseOverload(Exchange& exchange, RequestParser& parser) {
    exchange.response = context_.dispatcher.Refuse(exchange.call, exchange.request, Overload());
    co_await Answer(exchange, parser, KeepAlive::kNo);
  }

  // Answers with a status that no error code has (413, 431) and ends the connection.
  boost::asio::awaitable<void> Refuse(Exchange& exchange, int status, const char* why, RequestParser& parser) {
    exchange.response = context_.dispatcher.Refuse(exchange.call, exchange.request, MakeError(ErrorCode::kBadRequest, why));
    exchange.response.status = status;
    co_await Answer(exchange, parser, KeepAlive::kNo);
  }

  // Writes the answer. Gives whether the connection goes on.
  boost::asio::awaitable<bool> Answer(Exchange& exchange, RequestParser& parser, KeepAlive wish) {
    http::Response& response = exchange.response;
    context_.dispatcher.Finish(exchange.call, exchange.request, response);
    const bool is_head = exchange.request.method == http::Method::kHead;
    const bool is_http10 = parser.is_http10();
    Framing framing = Framing::kLength;
    if (response.source && !exchange.source_bytes) framing = is_http10 ? Framing::kClose : Framing::kChunked;
    const bool goes_on = wish == KeepAlive::kYes && parser.keep_alive() && framing != Framing::kClose && !guard_.is_stopping();
    const uint64_t bytes = response.source ? exchange.source_bytes.value_or(0) : response.body.size();
    std::string head = ResponseHead(response, is_http10 ? 0 : 1, goes_on ? KeepAlive::kYes : KeepAlive::kNo, framing, bytes);
    guard_.Expect(context_.limits.body_timeout_s);
    if (is_head || HasNoBody(response.status)) {
      co_await boost::asio::async_write(stream_, boost::asio::buffer(head), kAwait);
      co_return goes_on;
    }
    if (response.source) {
      co_await boost::asio::async_write(stream_, boost::asio::buffer(head), kAwait);
      co_return co_await WriteSource(exchange, framing) && goes_on;
    }
    // One write, one packet and one TLS record for small answers.
    if (response.body.size() <= kReadBytes) {
      head += response.body;
      co_await boost::asio::async_write(stream_, boost::asio::buffer(head), kAwait);
    } else {
      const std::array<boost::asio::const_buffer, 2> both = {boost::asio::buffer(head), boost::asio::buffer(response.body)};
      // Progress renews the deadline: a large answer on a slow line is fine, a stuck one is not.
      co_await boost::asio::async_write(stream_, both, Renewing(), kAwait);
    }
    co_return goes_on;
  }

  auto Renewing() {
    return [this](const boost::system::error_code& code, size_t) -> size_t {
      guard_.Expect(context_.limits.body_timeout_s);
      return code ? 0 : kReadBytes;
    };
  }

  // Gives whether all was written as announced; else the connection must end.
  boost::asio::awaitable<bool> WriteSource(Exchange& exchange, Framing framing) {
    auto piece = std::make_shared<std::string>(kStreamBytes + 32, '\0');
    auto source = std::shared_ptr<http::BodySource>(std::move(exchange.response.source));
    auto reading = std::make_shared<Exchange>(thread_.io);  // without a deadline of its own
    uint64_t left = exchange.source_bytes.value_or(UINT64_MAX);
    constexpr size_t kChunkHead = 16;  // room for "%x\r\n" before and "\r\n" after the bytes
    while (left > 0) {
      const size_t want = static_cast<size_t>(std::min<uint64_t>(left, kStreamBytes));
      auto got = std::make_shared<Result<size_t>>(0);
      guard_.ExpectNothing();
      auto read = [source, piece, want, got] {
        try {
          *got = source->Read(std::span<char>(piece->data() + kChunkHead, want));
        } catch (const std::exception& failure) {
          *got = Failure(ErrorCode::kInternal, failure.what());
        }
      };
      const bool ran = co_await OnWorker(reading, read);
      if (!ran || !*got) {
        context_.log.Warning("answer_cut", {{"request_id", exchange.request.request_id},
                                            {"error", ran ? got->error().message : std::string("the server is overloaded")}});
        co_return false;
      }
      const size_t count = **got;
      if (count == 0) break;
      char* begin = piece->data() + kChunkHead;
      size_t size = count;
      if (framing == Framing::kChunked) {
        const std::string chunk_head = fmt::format("{:x}\r\n", count);
        begin -= chunk_head.size();
        chunk_head.copy(begin, chunk_head.size());
        begin[chunk_head.size() + count] = '\r';
        begin[chunk_head.size() + count + 1] = '\n';
        size += chunk_head.size() + 2;
      } else if (framing == Framing::kLength) {
        left -= count;
      }
      co_await boost::asio::async_write(stream_, boost::asio::buffer(begin, size), Renewing(), kAwait);
    }
    if (framing == Framing::kLength) co_return left == 0;
    if (framing == Framing::kClose) co_return false;
    constexpr std::string_view kLast = "0\r\n\r\n";
    co_await boost::asio::async_write(stream_, boost::asio::buffer(kLast), kAwait);
    co_return true;
  }

  boost::asio::awaitable<void> ServeWebSocket(const std::shared_ptr<Exchange>& exchange) {
    guard_.ExpectNothing();
    auto socket = std::make_shared<WebSocketSession<Stream>>(std::move(stream_), thread_.io);
    if (!co_await socket->Accept(exchange->request)) co_return;
    http::Response switched;
    switched.status = 101;
    context_.dispatcher.Finish(exchange->call, exchange->request, switched);
    exchange->call.caller.deadline_ns = 0;
    auto converse = [exchange, socket, &log = context_.log] {
      try {
        exchange->call.route->web_socket(exchange->call.caller, exchange->request, *socket);
      } catch (const std::exception& failure) {
        log.Error("web_socket_failed", {{"request_id", exchange->request.request_id}, {"error", failure.what()}});
      }
    };
    co_await OnWorker(exchange, converse);
    co_await socket->End();
  }

  // Lets the peer read what was written before the connection goes: a close with unread bytes would reset it.
  boost::asio::awaitable<void> End() {
    guard_.Expect(kLingerSeconds);
    boost::system::error_code code;
    if constexpr (requires { stream_.async_shutdown(kAwait); }) {
      co_await stream_.async_shutdown(boost::asio::redirect_error(kAwait, code));
    }
    auto& socket = TcpOf(stream_);
    socket.shutdown(boost::asio::socket_base::shutdown_send, code);
    while (!code) {
      co_await socket.async_read_some(buffer_.prepare(kReadBytes), boost::asio::redirect_error(kAwait, code));
    }
  }

  static auto& TcpOf(Stream& stream) {
    if constexpr (requires { stream.next_layer(); }) return stream.next_layer();
    else return stream;
  }

  ConnectionContext& context_;
  IoThread& thread_;
  Guard& guard_;
  Stream stream_;
  const http::Peer peer_;
  boost::beast::flat_buffer buffer_;
  int head_status_ = 400;
};

}  // namespace crannog::server
