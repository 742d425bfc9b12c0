#include "http/contract.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace crannog::http {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string_view KindOf(const JsonValue& json) {
  if (json.IsNull()) return "null";
  if (json.IsBool()) return "a boolean";
  if (json.IsNumber()) return "a number";
  if (json.IsString()) return "a string";
  return json.IsArray() ? "a list" : "an object";
}

std::string Where(const FieldPath& path) {
  std::string text = path.ToString();
  return text.empty() ? "the request" : fmt::format("'{}'", text);
}

// Reads the whole text as a number; false when something is left over.
template <typename T>
bool ParseNumber(std::string_view text, T& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc() && end == text.data() + text.size();
}

// Deeper dots stay part of the key: no message nests that far, and a hostile query must not nest without end.
constexpr int kDottedDepthMax = 16;

// Adds a value at a dotted key; a key given twice becomes a list.
void SetDotted(JsonValue& document, std::string_view key, const std::string& value, int depth = 0) {
  if (!document.IsObject()) document = JsonValue::Object{};
  const size_t dot = depth < kDottedDepthMax ? key.find('.') : std::string_view::npos;
  const std::string_view head = key.substr(0, dot);
  JsonValue* member = nullptr;
  for (auto& [name, child] : document.AsObject()) {
    if (name == head) member = &child;
  }
  if (member == nullptr) {
    document.AsObject().emplace_back(std::string(head), JsonValue());
    member = &document.AsObject().back().second;
  }
  if (dot != std::string_view::npos) {
    SetDotted(*member, key.substr(dot + 1), value, depth + 1);
  } else if (member->IsNull()) {
    *member = value;
  } else {
    if (!member->IsArray()) *member = JsonValue::Array{std::move(*member)};
    member->AsArray().emplace_back(value);
  }
}

}  // namespace

std::string Base64Encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0);
    for (size_t j = 0; j < 4; ++j) out += i + j <= bytes.size() ? kBase64[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    if (c == '\n' || c == '\r') continue;
    if (c == '-') c = '+';
    if (c == '_') c = '/';
    const size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(group >> bits & 255);
    }
  }
  if (bits >= 6) return std::nullopt;
  return out;
}

std::string FieldPath::ToString() const {
  std::string out = parent != nullptr ? parent->ToString() : "";
  if (index >= 0) return fmt::format("{}[{}]", out, index);
  if (!out.empty() && !name.empty()) out += '.';
  return out.append(name);
}

namespace contract {

Error WrongType(const FieldPath& path, std::string_view expected, const JsonValue& got) {
  const std::string shown = got.IsNumber() || got.IsBool() || (got.IsString() && path.source == FieldPath::Source::kText)
                                ? WriteJson(got) : std::string(KindOf(got));
  return MakeError(ErrorCode::kInvalidParameterValue,
                   fmt::format("expected {} at {}, got {}", expected, Where(path), shown));
}

Error UnknownEnumValue(const FieldPath& path, const JsonValue& got, std::string_view allowed) {
  return MakeError(ErrorCode::kInvalidParameterValue,
                   fmt::format("unknown value {} at {}; it is one of {}",
                               got.IsString() ? WriteJson(got) : std::string(KindOf(got)), Where(path), allowed));
}

Error MissingField(const FieldPath& path) {
  return MakeError(ErrorCode::kInvalidParameterValue, fmt::format("Missing required field: {}", path.ToString()));
}

Error TwoOfOneof(const FieldPath& path, std::string_view oneof) {
  return MakeError(ErrorCode::kInvalidParameterValue,
                   fmt::format("more than one of {} is given in {}", oneof, Where(path)));
}

Result<> ReadString(const JsonValue& json, const FieldPath& path, std::string& out) {
  if (!json.IsString()) return Failure(WrongType(path, "a string", json));
  out = json.AsString();
  return {};
}

Result<> ReadBool(const JsonValue& json, const FieldPath& path, bool& out) {
  if (json.IsBool()) {
    out = json.AsBool();
    return {};
  }
  if (json.IsString() && path.source == FieldPath::Source::kText) {
    if (EqualsNoCase(json.AsString(), "true") || json.AsString() == "1") return out = true, Result<>();
    if (EqualsNoCase(json.AsString(), "false") || json.AsString() == "0") return out = false, Result<>();
  }
  return Failure(WrongType(path, "true or false", json));
}

// Proto3 JSON takes integers as numbers (also 1.0 and 1e3) and as decimal text.
Result<> ReadInteger(const JsonValue& json, const FieldPath& path, int64_t low, int64_t high, int64_t& out) {
  int64_t value = 0;
  bool whole = false;
  if (json.IsInt()) {
    value = json.AsInt();
    whole = true;
  } else if (json.IsDouble()) {
    const double number = json.AsDouble();
    whole = std::trunc(number) == number && std::abs(number) < 9223372036854775808.0;
    if (whole) value = static_cast<int64_t>(number);
  } else if (json.IsString()) {
    whole = ParseNumber(json.AsString(), value);
  }
  if (!whole) return Failure(WrongType(path, "an integer", json));
  if (value < low || value > high) {
    return Failure(WrongType(path, fmt::format("an integer from {} to {}", low, high), json));
  }
  out = value;
  return {};
}

Result<> ReadDouble(const JsonValue& json, const FieldPath& path, double& out) {
  if (json.IsNumber()) {
    out = json.AsDouble();
    return {};
  }
  if (json.IsString()) {
    const std::string& text = json.AsString();
    if (text == "NaN") return out = NAN, Result<>();
    if (text == "Infinity") return out = INFINITY, Result<>();
    if (text == "-Infinity") return out = -INFINITY, Result<>();
    if (ParseNumber(text, out)) return {};
  }
  return Failure(WrongType(path, "a number", json));
}

Result<> ReadBytes(const JsonValue& json, const FieldPath& path, Bytes& out) {
  std::optional<std::string> decoded = json.IsString() ? Base64Decode(json.AsString()) : std::nullopt;
  if (!decoded) return Failure(WrongType(path, "base64 text", json));
  out.data = *std::move(decoded);
  return {};
}

void AppendInteger(std::string& out, int64_t value) { out += fmt::format_int(value).c_str(); }
void AppendDouble(std::string& out, double value) { out += WriteJson(value); }
void AppendBytes(std::string& out, const Bytes& value) { AppendJsonString(out, Base64Encode(value.data)); }

JsonValue PathDocument(const Request& request) {
  JsonValue document = JsonValue::Object{};
  for (const auto& [name, value] : request.path_parameters) SetDotted(document, name, value);
  return document;
}

JsonValue QueryDocument(const Request& request) {
  JsonValue document = JsonValue::Object{};
  for (const auto& [name, value] : request.query) SetDotted(document, name, value);
  return document;
}

Result<JsonValue> BodyDocument(const Request& request) {
  if (request.body.find_first_not_of(" \t\r\n") == std::string::npos) return JsonValue();
  Result<JsonValue> json = ParseJson(request.body);
  if (!json) return Failure(WithContext(std::move(json).error(), "reading the request body"));
  return json;
}

}  // namespace contract
}  // namespace crannog::http
