#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/caller.h"
#include "http/message.h"
#include "http/router.h"

namespace crannog::http {

/// Where a request came in.
struct Peer {
  std::string address;      // "127.0.0.1:50312"
  bool is_loopback = false;
  bool is_tls = false;
};

struct DispatchOptions {
  std::string org_id = "1";       // X-Databricks-Org-Id of every answer
  bool trust_loopback = false;
  bool log_requests = true;
  int64_t request_timeout_us = 300'000'000;
};

/// The one way of every request: route, sign-in, access, handler, audit, error rendering, headers, metrics, log line. Knows no
/// socket: the server calls the steps in order, tests call Handle. Threads: any; the steps of one call one after another.
class Dispatcher {
 public:
  /// All references outlive the dispatcher; the router is complete.
  Dispatcher(const Router& router, Authenticator& authenticator, AuditSink& audit, const DispatchOptions& options, Log& log,
             Metrics& metrics, const Clock& clock, Random& random);
  ~Dispatcher();

  /// A request on its way. Filled by Begin.
  struct Call {
    const Route* route = nullptr;  // null: the answer is an error already
    Caller caller;
    bool needs_sign_in = false;    // SignIn must run on a worker first
    std::optional<Error> error;
    int64_t start_ns = 0;
    std::string trace_id;
  };

  /// Finds the route and, where memory is enough, the caller. Never blocks.
  Call Begin(Request& request, const Peer& peer);
  /// Signs in what Begin could not. May block.
  void SignIn(Call& call, const Request& request, const Peer& peer);
  /// Calls the handler unless the call failed already, keeps the audit record, renders errors. May block, never throws.
  Response Run(Call& call, Request& request);
  /// Makes the answer to a failure outside of a handler: a limit, a deadline, a full queue.
  Response Refuse(const Call& call, const Request& request, const Error& error);
  /// Adds the headers every answer carries, counts and logs. Never blocks.
  void Finish(const Call& call, const Request& request, Response& response);

  /// All steps in a row on the calling thread.
  Response Handle(Request request, const Peer& peer);

  const Router& router() const { return router_; }
  bool trusts_loopback() const { return options_.trust_loopback; }
  Authenticator& authenticator() { return authenticator_; }

 private:
  struct RouteMetrics;
  void Authorize(Call& call, Result<Caller> caller);
  Result<Response> CallHandler(Call& call, Request& request);
  Result<> RecordAudit(const Call& call, const Request& request, int status, const Error* error);
  Response Render(const Call& call, const Request& request, Error error);
  Credentials CredentialsOf(const Request& request, const Peer& peer) const;

  const Router& router_;
  Authenticator& authenticator_;
  AuditSink& audit_;
  const DispatchOptions options_;
  Log& log_;
  Metrics& metrics_;
  const Clock& clock_;
  Random& random_;
  std::unordered_map<const Route*, std::unique_ptr<RouteMetrics>> route_metrics_;
};

/// Takes the trace id out of a W3C traceparent header ("00-<32 hex>-<16 hex>-<2 hex>"); "" when it is malformed.
std::string_view TraceIdOf(std::string_view traceparent);

}  // namespace crannog::http
