#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/caller.h"
#include "http/message.h"

namespace crannog::http {

/// Who may call a route at all; finer privileges are checked by the service.
enum class Access : uint8_t { kPublic, kSignedIn, kAdmin };
enum class Audit : uint8_t { kNo, kYes };
/// Where a handler runs: on the worker pool, where it may block; or on the I/O thread, when it never blocks and takes < 50 us.
enum class RunOn : uint8_t { kWorker, kInline };
enum class BodyMode : uint8_t { kBuffer, kStream };
/// Which dialect errors are rendered in (errors.h).
enum class ErrorStyle : uint8_t { kDatabricks, kScim, kOAuth, kMlflow, kSharing, kIceberg };

/// Answers one request. A worker thread or the I/O thread, as the route says.
using Handler = std::function<Result<Response>(const Caller& caller, Request& request)>;

/// A conversation over one WebSocket, from the server's side. One reader and one writer thread at a time.
class WebSocket {
 public:
  enum class Kind : uint8_t { kText, kBinary };
  struct Message {
    Kind kind = Kind::kText;
    std::string data;
  };
  virtual ~WebSocket() = default;
  /// Waits for the next message; nothing when the peer closed.
  virtual Result<std::optional<Message>> Receive() = 0;
  virtual Result<> Send(const Message& message) = 0;
  /// Sends a close frame; Receive then ends.
  virtual void Close() = 0;
};
/// Holds a conversation until it returns; on a worker thread.
using WebSocketHandler = std::function<void(const Caller& caller, Request& request, WebSocket& socket)>;

/// One declared endpoint. `pattern` is a path with holes: `{name}` is one segment, also inside one (`{name}:query`);
/// `{path=**}` takes slashes too and may follow a literal directly (`/api/2.0/fs/files{path=**}` captures "/Volumes/…" or "").
struct Route {
  Method method = Method::kGet;
  std::string pattern;
  Access access = Access::kSignedIn;
  Audit audit = Audit::kNo;
  RunOn run_on = RunOn::kWorker;
  BodyMode body = BodyMode::kBuffer;
  uint64_t body_bytes_max = 0;  // 0 = the server's setting
  bool has_deadline = true;     // false for streams that may last (uploads, downloads, long polls)
  ErrorStyle errors = ErrorStyle::kDatabricks;
  std::string service;          // "Tokens"
  std::string action;           // "CreateToken"
  std::string doc;
  std::string source;           // "api/tokens.proto"
  Handler handler;
  WebSocketHandler web_socket;  // answers upgrade requests; may stand beside or instead of `handler`
};

/// Finds the route of a request. Filled at start, then only read. Threads: Match from any once all is added.
class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Adds a route. A second route of the same method and shape, or a broken pattern, ends the process: a programmer's mistake.
  void Add(Route route);

  /// Tells whether Add would find the method and shape free.
  bool CanAdd(Method method, std::string_view pattern) const;

  struct Found {
    const Route* route = nullptr;
    std::vector<Parameter> parameters;
    std::vector<Method> allowed;  // when route is null: what the path would accept; empty = no such path
  };
  /// Matches a percent-encoded path. Literals win over holes, holes over tails; HEAD falls back to GET.
  Found Match(Method method, std::string_view path) const;

  /// All routes in the order they were added.
  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace crannog::http
