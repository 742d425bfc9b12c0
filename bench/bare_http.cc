// The yardstick of `bench/run.py http`: the least that answers a small JSON with the same HTTP library, two threads, no routes,
// no sign-in, no log. bench_bare_http PORT
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdlib>
#include <thread>

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

asio::awaitable<void> Serve(tcp::socket socket) {
  try {
    socket.set_option(tcp::no_delay(true));
    beast::flat_buffer buffer;
    for (;;) {
      beast::http::request<beast::http::string_body> request;
      co_await beast::http::async_read(socket, buffer, request, asio::use_awaitable);
      beast::http::response<beast::http::string_body> response(beast::http::status::ok, request.version());
      response.set(beast::http::field::content_type, "application/json");
      response.body() = R"({"status":"ok"})";
      response.keep_alive(request.keep_alive());
      response.prepare_payload();
      co_await beast::http::async_write(socket, response, asio::use_awaitable);
    }
  } catch (const std::exception&) {
  }
}

asio::awaitable<void> Accept(tcp::acceptor acceptor) {
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::make_strand(acceptor.get_executor()), asio::use_awaitable);
    auto executor = socket.get_executor();
    asio::co_spawn(executor, Serve(std::move(socket)), asio::detached);
  }
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  asio::io_context io(2);
  tcp::acceptor acceptor(io, {asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::atoi(argv[1]))});
  asio::co_spawn(io, Accept(std::move(acceptor)), asio::detached);
  std::jthread second([&io] { io.run(); });
  io.run();
}
