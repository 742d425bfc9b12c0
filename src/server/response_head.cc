#include "server/response_head.h"

#include <fmt/format.h>
#include <time.h>

#include <string_view>

namespace crannog::server {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

// A name or value with a line break would let a handler's data forge headers.
std::string Clean(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\r' || c == '\n' || c == '\0') c = ' ';
  }
  return out;
}

// RFC 9110 section 6.6.1; formatted once a second.
const std::string& DateNow() {
  thread_local time_t last = -1;
  thread_local std::string text;
  const time_t now = ::time(nullptr);
  if (now != last) {
    tm parts{};
    gmtime_r(&now, &parts);
    char buffer[40];
    text.assign(buffer, ::strftime(buffer, sizeof(buffer), "%a, %d %b %Y %H:%M:%S GMT", &parts));
    last = now;
  }
  return text;
}

}  // namespace

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

std::string ResponseHead(const http::Response& response, int http_minor, KeepAlive keep_alive, Framing framing, uint64_t body_bytes) {
  std::string out;
  out.reserve(512);
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, Reason(response.status), DateNow());
  for (const auto& [name, value] : response.headers) {
    out.append(name).append(": ");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) out += value;
    else out += Clean(value);
    out += "\r\n";
  }
  if (framing == Framing::kChunked) out += "Transfer-Encoding: chunked\r\n";
  else if (framing == Framing::kLength && !HasNoBody(response.status)) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", body_bytes);
  }
  if (keep_alive == KeepAlive::kNo) out += "Connection: close\r\n";
  else if (http_minor == 0) out += "Connection: keep-alive\r\n";
  out += "\r\n";
  return out;
}

}  // namespace crannog::server
