#include "http/dispatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>

#include "http/errors.h"
#include "http/known_paths.h"

namespace crannog::http {
namespace {

constexpr std::string_view kStatusClasses[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

std::string BaseUrl(const Request& request, const Peer& peer) {
  const std::string* host = request.headers.Find("Host");
  if (host == nullptr) return "";
  return (peer.is_tls ? "https://" : "http://") + *host;
}

Error NoSuchRoute(const Request& request, const std::vector<Method>& allowed) {
  const std::string shown = fmt::format("{} {}", MethodName(request.method), request.path);
  if (!FindKnownEndpoint(request.method, request.path).empty()) {
    return MakeError(ErrorCode::kNotImplemented, shown + " is not implemented");
  }
  if (!allowed.empty()) {
    std::string names;
    for (Method method : allowed) names += fmt::format("{}{}", names.empty() ? "" : ", ", MethodName(method));
    return MakeError(ErrorCode::kEndpointNotFound, fmt::format("{} is not served; this path takes {}", shown, names));
  }
  return MakeError(ErrorCode::kEndpointNotFound, fmt::format("No API found for '{}'", shown));
}

}  // namespace

std::string_view TraceIdOf(std::string_view traceparent) {
  // W3C Trace Context section 3.2.2: version-traceid-parentid-flags, lower-case hexadecimal, ids not all zero.
  if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return {};
  const std::string_view id = traceparent.substr(3, 32);
  const bool is_hex = std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  const bool is_zero = std::ranges::all_of(id, [](char c) { return c == '0'; });
  return is_hex && !is_zero ? id : std::string_view();
}

struct Dispatcher::RouteMetrics {
  std::array<Counter*, 5> by_class;
  Histogram* seconds;
};

Dispatcher::Dispatcher(const Router& router, Authenticator& authenticator, AuditSink& audit, const DispatchOptions& options,
                       Log& log, Metrics& metrics, const Clock& clock, Random& random)
    : router_(router), authenticator_(authenticator), audit_(audit), options_(options), log_(log), metrics_(metrics),
      clock_(clock), random_(random) {
  auto add = [this](const Route* route, std::string service) {
    auto row = std::make_unique<RouteMetrics>();
    for (size_t i = 0; i < row->by_class.size(); ++i) {
      row->by_class[i] = &metrics_.GetCounter("crannog_http_requests_total", "Requests answered, by service and status.",
                                              {{"service", service}, {"status", std::string(kStatusClasses[i])}});
    }
    row->seconds = &metrics_.GetHistogram("crannog_http_request_seconds", "Time from a request's headers to its answer.",
                                          {{"service", service}});
    route_metrics_[route] = std::move(row);
  };
  add(nullptr, "none");
  for (const auto& route : router.routes()) add(route.get(), route->service);
}

Dispatcher::~Dispatcher() = default;

Credentials Dispatcher::CredentialsOf(const Request& request, const Peer& peer) const {
  return {.authorization = request.headers.ValueOr("Authorization", ""),
          .peer_address = peer.address,
          .is_trusted_loopback = options_.trust_loopback && peer.is_loopback};
}

Dispatcher::Call Dispatcher::Begin(Request& request, const Peer& peer) {
  Call call;
  call.start_ns = clock_.MonotonicNanos();
  request.request_id = random_.NextUuid();
  call.trace_id = TraceIdOf(request.headers.ValueOr("traceparent", ""));
  Router::Found found = router_.Match(request.method, request.path);
  call.caller.request_id = request.request_id;
  call.caller.peer_address = peer.address;
  if (found.route == nullptr) {
    call.error = NoSuchRoute(request, found.allowed);
    return call;
  }
  call.route = found.route;
  request.path_parameters = std::move(found.parameters);
  call.caller.user_agent = request.headers.ValueOr("User-Agent", "");
  call.caller.base_url = BaseUrl(request, peer);
  if (call.route->has_deadline) call.caller.deadline_ns = call.start_ns + options_.request_timeout_us * 1000;
  const Credentials credentials = CredentialsOf(request, peer);
  if (std::optional<Caller> known = authenticator_.FindSignedIn(credentials)) {
    Authorize(call, *std::move(known));
  } else {
    // A public route with bad credentials is still public.
    call.needs_sign_in = call.route->access != Access::kPublic;
  }
  return call;
}

void Dispatcher::SignIn(Call& call, const Request& request, const Peer& peer) {
  call.needs_sign_in = false;
  try {
    Authorize(call, authenticator_.SignIn(CredentialsOf(request, peer)));
  } catch (const std::exception& failure) {
    call.error = MakeError(ErrorCode::kInternal, failure.what());
  }
}

void Dispatcher::Authorize(Call& call, Result<Caller> caller) {
  if (!caller) {
    call.error = std::move(caller).error();
    return;
  }
  caller->request_id = std::move(call.caller.request_id);
  caller->peer_address = std::move(call.caller.peer_address);
  caller->user_agent = std::move(call.caller.user_agent);
  caller->base_url = std::move(call.caller.base_url);
  caller->deadline_ns = call.caller.deadline_ns;
  call.caller = *std::move(caller);
  if (call.route->access == Access::kAdmin && !call.caller.is_admin) {
    call.error = MakeError(ErrorCode::kPermissionDenied,
                           fmt::format("Only administrators may call {}.{}", call.route->service, call.route->action));
  }
}

Result<Response> Dispatcher::CallHandler(Call& call, Request& request) {
  if (call.error) return std::unexpected<Error>(*call.error);
  if (!call.route->handler) {
    return Failure(ErrorCode::kBadRequest, "this path takes WebSocket upgrades only");
  }
  try {
    return call.route->handler(call.caller, request);
  } catch (const std::exception& failure) {
    return Failure(ErrorCode::kInternal, failure.what());
  } catch (...) {
    return Failure(ErrorCode::kInternal, "an exception of unknown type");
  }
}

Response Dispatcher::Run(Call& call, Request& request) {
  Result<Response> response = CallHandler(call, request);
  if (call.route != nullptr && call.route->audit == Audit::kYes) {
    const int status = response ? response->status : HttpStatus(response.error().code);
    const Result<> kept = RecordAudit(call, request, status, response ? nullptr : &response.error());
    if (!kept) {
      log_.Error("audit_failed", {{"request_id", request.request_id}, {"error", kept.error().ToString()}});
      response = Failure(ErrorCode::kUnavailable, "the audit record could not be kept; the call may have taken effect");
    }
  }
  if (response) return *std::move(response);
  call.error = response.error();
  return Render(call, request, std::move(response).error());
}

Result<> Dispatcher::RecordAudit(const Call& call, const Request& request, int status, const Error* error) {
  AuditRecord record;
  record.time_us = clock_.NowMicros();
  record.service = call.route->service;
  record.action = call.route->action;
  record.request_id = request.request_id;
  record.peer_address = call.caller.peer_address;
  record.user_agent = call.caller.user_agent;
  record.principal_id = call.caller.id;
  record.principal_name = call.caller.name;
  record.parameters = request.audit_parameters.empty() ? "{}" : request.audit_parameters;
  record.status = status;
  if (error != nullptr) {
    record.error_code = error->condition.empty() ? std::string(ErrorCodeName(error->code)) : error->condition;
    record.error_message = error->message;
  }
  record.duration_us = (clock_.MonotonicNanos() - call.start_ns) / 1000;
  return audit_.Record(record);
}

Response Dispatcher::Render(const Call& call, const Request& request, Error error) {
  if (error.code == ErrorCode::kInternal && error.condition.empty()) {
    // The text may hold what the caller must not see; it goes to the log under the id that the caller is given.
    log_.Error("internal_error", {{"request_id", request.request_id}, {"path", request.path}, {"error", error.ToString()}});
    error.message = fmt::format("An internal error occurred; the server's log has it under incident {}", request.request_id);
    error.hint.clear();
  }
  const ErrorStyle style = call.route != nullptr ? call.route->errors : ErrorStyle::kDatabricks;
  return ErrorResponse(error, style, request.request_id);
}

Response Dispatcher::Refuse(const Call& call, const Request& request, const Error& error) { return Render(call, request, error); }

void Dispatcher::Finish(const Call& call, const Request& request, Response& response) {
  response.headers.Set("X-Databricks-Org-Id", options_.org_id);
  response.headers.Set("X-Request-Id", request.request_id);
  const int64_t duration_us = (clock_.MonotonicNanos() - call.start_ns) / 1000;
  const RouteMetrics& row = *route_metrics_.at(call.route);
  row.by_class[static_cast<size_t>(std::clamp(response.status / 100, 1, 5) - 1)]->Add();
  row.seconds->Record(duration_us);
  if (!options_.log_requests || !log_.IsOn(LogLevel::kInfo)) return;
  log_.Info("request", {{"method", MethodName(request.method)},
                        {"path", request.path},
                        {"status", response.status},
                        {"duration_us", duration_us},
                        {"principal", call.caller.name.empty() ? std::string_view("-") : std::string_view(call.caller.name)},
                        {"peer", call.caller.peer_address},
                        {"request_id", request.request_id},
                        {"trace_id", call.trace_id.empty() ? std::string_view("-") : std::string_view(call.trace_id)}});
}

Response Dispatcher::Handle(Request request, const Peer& peer) {
  Call call = Begin(request, peer);
  if (call.needs_sign_in) SignIn(call, request, peer);
  Response response = Run(call, request);
  Finish(call, request, response);
  return response;
}

}  // namespace crannog::http
