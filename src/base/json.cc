#include "base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <cmath>

namespace crannog {
namespace {

constexpr size_t kNestingMax = 1024;

Error JsonError(simdjson::error_code code) {
  return MakeError(ErrorCode::kInvalidParameterValue, fmt::format("malformed JSON: {}", simdjson::error_message(code)));
}

JsonValue Convert(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::NULL_VALUE: return {};
    case element_type::BOOL: return bool{element};
    case element_type::INT64: return int64_t{element};
    case element_type::UINT64: return static_cast<double>(uint64_t{element});
    case element_type::DOUBLE: return double{element};
    case element_type::STRING: return std::string_view(element);
    case element_type::ARRAY: {
      JsonValue::Array array;
      for (simdjson::dom::element child : simdjson::dom::array(element)) array.push_back(Convert(child));
      return array;
    }
    case element_type::OBJECT: {
      JsonValue::Object object;
      for (auto [key, child] : simdjson::dom::object(element)) object.emplace_back(std::string(key), Convert(child));
      return object;
    }
  }
  return {};
}

void AppendDouble(std::string& out, double value) {
  if (std::isnan(value)) out += "\"NaN\"";
  else if (std::isinf(value)) out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  else {
    std::string text = fmt::format("{}", value);
    out += text;
    if (text.find_first_of(".e") == std::string::npos) out += ".0";
  }
}

// `depth` < 0 writes compact text.
void Append(std::string& out, const JsonValue& value, int depth) {
  auto new_line = [&out](int level) {
    if (level < 0) return;
    out += '\n';
    out.append(static_cast<size_t>(level) * 2, ' ');
  };
  const int inner = depth < 0 ? -1 : depth + 1;
  if (value.IsNull()) out += "null";
  else if (value.IsBool()) out += value.AsBool() ? "true" : "false";
  else if (value.IsInt()) out += fmt::format("{}", value.AsInt());
  else if (value.IsDouble()) AppendDouble(out, value.AsDouble());
  else if (value.IsString()) AppendJsonString(out, value.AsString());
  else if (value.IsArray()) {
    out += '[';
    bool first = true;
    for (const JsonValue& child : value.AsArray()) {
      if (!first) out += ',';
      first = false;
      new_line(inner);
      Append(out, child, inner);
    }
    if (!first) new_line(depth);
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [key, child] : value.AsObject()) {
      if (!first) out += ',';
      first = false;
      new_line(inner);
      AppendJsonString(out, key);
      out += depth < 0 ? ":" : ": ";
      Append(out, child, inner);
    }
    if (!first) new_line(depth);
    out += '}';
  }
}

}  // namespace

const JsonValue* JsonValue::Find(std::string_view key) const {
  if (!IsObject()) return nullptr;
  for (const auto& [name, value] : AsObject()) {
    if (name == key) return &value;
  }
  return nullptr;
}

std::string JsonValue::StringOr(std::string_view key, std::string otherwise) const {
  const JsonValue* found = Find(key);
  return found != nullptr && found->IsString() ? found->AsString() : std::move(otherwise);
}

int64_t JsonValue::IntOr(std::string_view key, int64_t otherwise) const {
  const JsonValue* found = Find(key);
  return found != nullptr && found->IsInt() ? found->AsInt() : otherwise;
}

bool JsonValue::BoolOr(std::string_view key, bool otherwise) const {
  const JsonValue* found = Find(key);
  return found != nullptr && found->IsBool() ? found->AsBool() : otherwise;
}

void JsonValue::Set(std::string_view key, JsonValue value) {
  if (IsNull()) value_ = Object{};
  for (auto& [name, old] : AsObject()) {
    if (name == key) {
      old = std::move(value);
      return;
    }
  }
  AsObject().emplace_back(std::string(key), std::move(value));
}

Result<JsonValue> ParseJson(std::string_view text) {
  thread_local simdjson::dom::parser parser;
  thread_local bool limited = parser.allocate(1024, kNestingMax) == simdjson::SUCCESS;
  (void)limited;
  simdjson::dom::element element;
  if (auto code = parser.parse(text.data(), text.size()).get(element)) return Failure(JsonError(code));
  return Convert(element);
}

std::string WriteJson(const JsonValue& value) {
  std::string out;
  Append(out, value, -1);
  return out;
}

std::string WriteJsonIndented(const JsonValue& value) {
  std::string out;
  Append(out, value, 0);
  return out;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
        else out += c;
    }
  }
  out += '"';
}

}  // namespace crannog
