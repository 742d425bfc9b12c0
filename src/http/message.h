#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace crannog::http {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
inline constexpr size_t kMethodCount = 7;

/// Tells the name on the wire ("GET").
std::string_view MethodName(Method method);
/// Finds the method of a wire name; methods are case-sensitive (RFC 9110 section 9.1).
std::optional<Method> FindMethod(std::string_view name);

/// Header fields in the order of the wire; names compare without case. Threads: a value.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  /// Finds the first field of that name; null when there is none.
  const std::string* Find(std::string_view name) const;
  /// The first field's value, or `otherwise`.
  std::string_view ValueOr(std::string_view name, std::string_view otherwise) const;
  /// Replaces every field of that name by one.
  void Set(std::string_view name, std::string value);
  /// Adds a field beside those of the same name.
  void Add(std::string_view name, std::string value);

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

/// Compares header names or other tokens as RFC 9110 does: ASCII letters without case.
bool EqualsNoCase(std::string_view left, std::string_view right);

/// Undoes percent-encoding; `+` becomes a space only when `plus_is_space` (queries and forms). A broken escape stays as it is.
enum class Plus : uint8_t { kLiteral, kSpace };
std::string PercentDecode(std::string_view text, Plus plus);
/// Escapes all but RFC 3986's unreserved characters.
std::string PercentEncode(std::string_view text);

/// Name and value, both decoded.
using Parameter = std::pair<std::string, std::string>;
/// Splits a query or an application/x-www-form-urlencoded body.
std::vector<Parameter> ParseQuery(std::string_view text);

/// Gives a request's body piece by piece. One thread at a time; Read blocks until bytes are there.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Fills at most `buffer`; 0 is the end. Errors: kDeadlineExceeded (client too slow), kBadRequest (broken framing),
  /// kResourceExhausted (longer than the route's limit), kCancelled (client gone).
  virtual Result<size_t> Read(std::span<char> buffer) = 0;
};

/// One request as a handler sees it. `path` is as sent (percent-encoded), without the query.
struct Request {
  Method method = Method::kGet;
  std::string path;
  std::vector<Parameter> query;            // decoded, in order, repeated keys kept
  std::vector<Parameter> path_parameters;  // decoded values of the route's holes
  Headers headers;
  std::string body;                        // whole body; empty when the route streams
  BodyReader* body_stream = nullptr;       // only for routes with BodyMode::kStream
  std::string request_id;
  std::string audit_parameters;            // JSON object for the audit record; contracts fill it, secrets removed

  /// Finds a path hole's value; null when the pattern has no such hole.
  const std::string* FindPathParameter(std::string_view name) const;
  /// Finds the first query parameter of that name.
  const std::string* FindQuery(std::string_view name) const;
};

/// Gives a response's body piece by piece. One thread at a time, not always the same one.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Whole length in bytes; nothing when unknown (then the response is chunked and has no ranges).
  virtual std::optional<uint64_t> Size() const = 0;
  /// Fills at most `buffer`; 0 is the end. An error after the first bytes closes the connection.
  virtual Result<size_t> Read(std::span<char> buffer) = 0;
  /// Goes to a byte offset before the first Read: makes Range requests possible. Errors: kNotImplemented by default.
  virtual Result<> Seek(uint64_t offset);
  /// Tells whether Seek works; then the server answers Range requests by itself (RFC 9110 section 14).
  virtual bool CanSeek() const { return false; }
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::unique_ptr<BodySource> source;  // when set, `body` is not used
};

/// Makes an answer of JSON text.
Response JsonResponse(std::string json, int status = 200);
/// Makes an answer of any content type.
Response TextResponse(std::string text, std::string_view content_type, int status = 200);
/// Makes an answer that streams; Range, HEAD and Content-Length are the server's work.
Response StreamResponse(std::unique_ptr<BodySource> source, std::string_view content_type);

}  // namespace crannog::http
