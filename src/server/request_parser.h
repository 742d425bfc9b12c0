#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>

#include "http/message.h"

namespace crannog::server {

/// Reads one HTTP/1.x request from bytes that are pushed in, straight into our own types. Body bytes gather in `TakeBody`.
/// Source: RFC 9112. Threads: one.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(uint32_t header_bytes_max);

  http::Request& request() { return request_; }
  /// What was read of the body since the last call.
  std::string TakeBody() { return std::exchange(body_, {}); }
  const std::string& body() const { return body_; }
  bool expects_continue() const { return expects_continue_; }
  bool is_http10() const { return version_ == 10; }
  bool is_method_known() const { return is_method_known_; }

 private:
  using Verb = boost::beast::http::verb;
  using Text = boost::beast::string_view;
  using Code = boost::beast::error_code;
  void on_request_impl(Verb verb, Text method, Text target, int version, Code& error) override;
  void on_response_impl(int, Text, int, Code&) override {}
  void on_field_impl(boost::beast::http::field name, Text name_text, Text value, Code& error) override;
  void on_header_impl(Code& error) override;
  void on_body_init_impl(const boost::optional<uint64_t>& length, Code& error) override;
  std::size_t on_body_impl(Text body, Code& error) override;
  void on_chunk_header_impl(uint64_t size, Text extensions, Code& error) override;
  std::size_t on_chunk_body_impl(uint64_t remaining, Text body, Code& error) override;
  void on_finish_impl(Code& error) override;

  http::Request request_;
  std::string body_;
  int version_ = 11;
  bool is_method_known_ = true;
  bool expects_continue_ = false;
};

}  // namespace crannog::server
