#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crannog::http {

/// How a caller proved who it is.
enum class SignInMethod : uint8_t { kNone, kToken, kOAuth, kLoopback, kInternal };

enum class PrincipalKind : uint8_t { kUser, kServicePrincipal };

/// Who sends a request, and the circumstances a service may need. Nobody is signed in when `id` is empty.
/// Groups hold the nested ones too. Threads: a value.
struct Caller {
  std::string id;    // SCIM id
  std::string name;  // user name, or application id of a service principal
  PrincipalKind kind = PrincipalKind::kUser;
  std::vector<std::string> group_names;
  std::vector<std::string> group_ids;
  bool is_admin = false;
  SignInMethod sign_in = SignInMethod::kNone;
  std::string token_id;  // of the token that was shown; "" for other ways

  // Of the request, not of the person.
  std::string request_id;
  std::string peer_address;  // "127.0.0.1:50312"
  std::string user_agent;
  std::string base_url;      // "http://127.0.0.1:8080", as the client named the server: for links in answers
  int64_t deadline_ns = 0;   // on Clock::MonotonicNanos; 0 = none

  bool IsSignedIn() const { return !id.empty(); }
};

/// What a request shows of its sender.
struct Credentials {
  std::string_view authorization;  // the whole Authorization header or gRPC metadata value; may be empty
  std::string_view peer_address;
  bool is_trusted_loopback = false;  // --trust-loopback is on and the peer is 127.0.0.1 or ::1
};

/// Tells who a request is from. Implemented by the iam service. Threads: any.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// Answers from memory without blocking; nothing when it must be looked up (then SignIn is called on a worker).
  virtual std::optional<Caller> FindSignedIn(const Credentials&) { return std::nullopt; }
  /// Checks tokens (Bearer, Basic token:<pat>); without a token a trusted loopback peer is the configured principal.
  /// Errors: kUnauthenticated, kRequestLimitExceeded after too many failures from one peer.
  virtual Result<Caller> SignIn(const Credentials& credentials) = 0;
};

/// One audited call, as the audit log keeps it.
struct AuditRecord {
  int64_t time_us = 0;
  std::string service;
  std::string action;
  std::string request_id;
  std::string peer_address;
  std::string user_agent;
  std::string principal_id;
  std::string principal_name;
  std::string parameters;  // JSON object without secrets
  int status = 0;          // HTTP status of the answer
  std::string error_code;  // "" on success
  std::string error_message;
  int64_t duration_us = 0;
};

/// Keeps audit records. Called before the answer leaves; an error turns the answer into 503. Threads: any.
class AuditSink {
 public:
  virtual ~AuditSink() = default;
  virtual Result<> Record(const AuditRecord& record) = 0;
};

}  // namespace crannog::http
