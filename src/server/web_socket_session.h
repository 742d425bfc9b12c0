#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "http/router.h"

namespace crannog::server {

/// Longest WebSocket message that is taken.
constexpr size_t kWebSocketMessageBytesMax = 16 * 1024 * 1024;

inline bool IsWebSocketUpgrade(const http::Request& request) {
  return request.method == http::Method::kGet && http::EqualsNoCase(request.headers.ValueOr("Upgrade", ""), "websocket");
}

/// A WebSocket (RFC 6455) whose reads and writes happen on its I/O thread while a worker waits for them.
template <typename Stream>
class WebSocketSession final : public http::WebSocket, public std::enable_shared_from_this<WebSocketSession<Stream>> {
 public:
  WebSocketSession(Stream stream, boost::asio::io_context& io) : io_(io), socket_(std::move(stream)) {}

  /// Answers the upgrade; false when the request is no proper one. I/O thread.
  boost::asio::awaitable<bool> Accept(const http::Request& request) {
    namespace beast = boost::beast;
    beast::http::request<beast::http::empty_body> upgrade(beast::http::verb::get, request.path, 11);
    for (const auto& [name, value] : request.headers) upgrade.insert(name, value);
    socket_.set_option(beast::websocket::stream_base::timeout::suggested(beast::role_type::server));
    socket_.read_message_max(kWebSocketMessageBytesMax);
    boost::system::error_code code;
    co_await socket_.async_accept(upgrade, boost::asio::redirect_error(boost::asio::use_awaitable, code));
    co_return !code;
  }

  Result<std::optional<Message>> Receive() override {
    auto buffer = std::make_shared<boost::beast::flat_buffer>();
    const auto failed = Wait([self = this->shared_from_this(), buffer](boost::system::error_code& code) -> boost::asio::awaitable<void> {
      co_await self->socket_.async_read(*buffer, boost::asio::redirect_error(boost::asio::use_awaitable, code));
    });
    if (failed == boost::beast::websocket::error::closed || failed == boost::asio::error::eof) return std::optional<Message>();
    if (failed) return Failure(ErrorCode::kCancelled, "the WebSocket broke: " + failed.message());
    const auto data = buffer->data();
    return Message{socket_.got_text() ? Kind::kText : Kind::kBinary, std::string(static_cast<const char*>(data.data()), data.size())};
  }

  Result<> Send(const Message& message) override {
    auto copy = std::make_shared<Message>(message);
    const auto failed = Wait([self = this->shared_from_this(), copy](boost::system::error_code& code) -> boost::asio::awaitable<void> {
      self->socket_.text(copy->kind == Kind::kText);
      co_await self->socket_.async_write(boost::asio::buffer(copy->data), boost::asio::redirect_error(boost::asio::use_awaitable, code));
    });
    if (failed) return Failure(ErrorCode::kCancelled, "the WebSocket broke: " + failed.message());
    return {};
  }

  void Close() override {
    Wait([self = this->shared_from_this()](boost::system::error_code& code) -> boost::asio::awaitable<void> {
      co_await self->socket_.async_close(boost::beast::websocket::close_code::normal,
                                         boost::asio::redirect_error(boost::asio::use_awaitable, code));
    });
  }

  /// Closes what the handler left open. I/O thread.
  boost::asio::awaitable<void> End() {
    boost::system::error_code code;
    if (socket_.is_open()) {
      co_await socket_.async_close(boost::beast::websocket::close_code::normal,
                                   boost::asio::redirect_error(boost::asio::use_awaitable, code));
    }
  }

 private:
  // Runs a coroutine on the I/O thread and blocks until it is done.
  template <typename Step>
  boost::system::error_code Wait(Step step) {
    auto done = boost::asio::co_spawn(io_, [step = std::move(step)]() -> boost::asio::awaitable<boost::system::error_code> {
      boost::system::error_code code;
      co_await step(code);
      co_return code;
    }, boost::asio::use_future);
    return done.get();
  }

  boost::asio::io_context& io_;
  boost::beast::websocket::stream<Stream> socket_;
};

}  // namespace crannog::server
