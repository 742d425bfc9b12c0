#include "http/message.h"

#include <algorithm>

namespace crannog::http {
namespace {

constexpr std::string_view kMethodNames[kMethodCount] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = Lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const std::string* FindParameter(const std::vector<Parameter>& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace

std::string_view MethodName(Method method) { return kMethodNames[static_cast<size_t>(method)]; }

std::optional<Method> FindMethod(std::string_view name) {
  for (size_t i = 0; i < kMethodCount; ++i) {
    if (kMethodNames[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

bool EqualsNoCase(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, Lower, Lower);
}

const std::string* Headers::Find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (EqualsNoCase(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::string_view Headers::ValueOr(std::string_view name, std::string_view otherwise) const {
  const std::string* found = Find(name);
  return found != nullptr ? std::string_view(*found) : otherwise;
}

void Headers::Set(std::string_view name, std::string value) {
  std::erase_if(fields_, [name](const Field& field) { return EqualsNoCase(field.name, name); });
  Add(name, std::move(value));
}

void Headers::Add(std::string_view name, std::string value) { fields_.push_back({std::string(name), std::move(value)}); }

std::string PercentDecode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i] == '+' && plus == Plus::kSpace ? ' ' : text[i];
  }
  return out;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                       c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::vector<Parameter> ParseQuery(std::string_view text) {
  std::vector<Parameter> out;
  while (!text.empty()) {
    const size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    out.emplace_back(PercentDecode(pair.substr(0, equals), Plus::kSpace), PercentDecode(value, Plus::kSpace));
  }
  return out;
}

const std::string* Request::FindPathParameter(std::string_view name) const { return FindParameter(path_parameters, name); }
const std::string* Request::FindQuery(std::string_view name) const { return FindParameter(query, name); }

Result<> BodySource::Seek(uint64_t) { return Failure(NotImplemented("Range requests on this resource")); }

Response JsonResponse(std::string json, int status) { return TextResponse(std::move(json), "application/json", status); }

Response TextResponse(std::string text, std::string_view content_type, int status) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", std::string(content_type));
  response.body = std::move(text);
  return response;
}

Response StreamResponse(std::unique_ptr<BodySource> source, std::string_view content_type) {
  Response response;
  response.headers.Add("Content-Type", std::string(content_type));
  response.source = std::move(source);
  return response;
}

}  // namespace crannog::http
