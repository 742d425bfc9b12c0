#include "server/request_parser.h"

namespace crannog::server {
namespace {

std::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace

RequestParser::RequestParser(uint32_t header_bytes_max) {
  header_limit(header_bytes_max);
  // Bodies are counted against their route's limit by the session.
  body_limit(boost::none);
}

void RequestParser::on_request_impl(Verb, Text method, Text target, int version, Code&) {
  version_ = version;
  const std::optional<http::Method> known = http::FindMethod(View(method));
  is_method_known_ = known.has_value();
  request_.method = known.value_or(http::Method::kGet);
  std::string_view rest = View(target);
  // RFC 9112 section 3.2.2: the absolute form names the server again; what counts is its path.
  if (rest.starts_with("http://") || rest.starts_with("https://")) {
    const size_t slash = rest.find('/', rest.find("//") + 2);
    rest = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
  }
  rest = rest.substr(0, rest.find('#'));
  const size_t question = rest.find('?');
  request_.path = rest.substr(0, question);
  if (question != std::string_view::npos) request_.query = http::ParseQuery(rest.substr(question + 1));
}

void RequestParser::on_field_impl(boost::beast::http::field, Text name, Text value, Code&) {
  request_.headers.Add(View(name), std::string(View(value)));
}

void RequestParser::on_header_impl(Code&) {
  expects_continue_ = http::EqualsNoCase(request_.headers.ValueOr("Expect", ""), "100-continue");
}
void RequestParser::on_body_init_impl(const boost::optional<uint64_t>&, Code&) {}

std::size_t RequestParser::on_body_impl(Text body, Code&) {
  body_.append(body.data(), body.size());
  return body.size();
}

void RequestParser::on_chunk_header_impl(uint64_t, Text, Code&) {}

std::size_t RequestParser::on_chunk_body_impl(uint64_t, Text body, Code&) {
  body_.append(body.data(), body.size());
  return body.size();
}

void RequestParser::on_finish_impl(Code&) {}

}  // namespace crannog::server
