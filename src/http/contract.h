#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "http/message.h"

/// What the code generated from api/*.proto stands on: JSON to plain structs and back. Services call `FromJson<T>` and
/// `ToJson` when they keep such a struct as text; everything else is for generated code.
namespace crannog::http {

/// A `bytes` field: base64 on the wire.
struct Bytes {
  std::string data;
  bool operator==(const Bytes&) const = default;
};

/// Text with base64's alphabet and padding (RFC 4648 section 4); decoding also takes the URL alphabet and missing padding.
std::string Base64Encode(std::string_view bytes);
std::optional<std::string> Base64Decode(std::string_view text);

/// An optional message that may hold itself: a copyable `unique_ptr`.
template <typename T>
class Box {
 public:
  Box() = default;
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() { value_.reset(); }
  bool operator==(const Box& other) const {
    return has_value() == other.has_value() && (!has_value() || *value_ == *other.value_);
  }

 private:
  std::unique_ptr<T> value_;
};

/// Where in a document a value stands; lives on the stack while it is read.
struct FieldPath {
  /// kText values come from the path or the query: numbers and truths are written as text there.
  enum class Source : uint8_t { kJson, kText };
  const FieldPath* parent = nullptr;
  std::string_view name;
  int64_t index = -1;
  Source source = Source::kJson;

  FieldPath() = default;
  explicit FieldPath(Source from) : source(from) {}
  FieldPath(const FieldPath& up, std::string_view field) : parent(&up), name(field), source(up.source) {}
  FieldPath(const FieldPath& up, int64_t element) : parent(&up), index(element), source(up.source) {}
  /// "settings.tasks[2].timeout_seconds"
  std::string ToString() const;
};

namespace contract {

Error WrongType(const FieldPath& path, std::string_view expected, const JsonValue& got);
Error UnknownEnumValue(const FieldPath& path, const JsonValue& got, std::string_view allowed);
Error MissingField(const FieldPath& path);
Error TwoOfOneof(const FieldPath& path, std::string_view oneof);

Result<> ReadString(const JsonValue& json, const FieldPath& path, std::string& out);
Result<> ReadBool(const JsonValue& json, const FieldPath& path, bool& out);
Result<> ReadInteger(const JsonValue& json, const FieldPath& path, int64_t low, int64_t high, int64_t& out);
Result<> ReadDouble(const JsonValue& json, const FieldPath& path, double& out);
Result<> ReadBytes(const JsonValue& json, const FieldPath& path, Bytes& out);

template <typename T> struct IsOptional : std::false_type {};
template <typename T> struct IsOptional<std::optional<T>> : std::true_type { using Value = T; };
template <typename T> struct IsOptional<Box<T>> : std::true_type { using Value = T; };
template <typename T> struct IsVector : std::false_type {};
template <typename T> struct IsVector<std::vector<T>> : std::true_type {};
template <typename T> struct IsMap : std::false_type {};
template <typename T> struct IsMap<std::map<std::string, T>> : std::true_type {};

/// Reads a field of any type that a contract may have; JSON null counts as absent and is handled by the caller.
template <typename T>
Result<> ReadField(const JsonValue& json, const FieldPath& path, T& out) {
  if constexpr (std::is_same_v<T, std::string>) {
    return ReadString(json, path, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    return ReadBool(json, path, out);
  } else if constexpr (std::is_same_v<T, JsonValue>) {
    out = json;
    return {};
  } else if constexpr (std::is_same_v<T, JsonValue::Object>) {
    if (!json.IsObject()) return Failure(WrongType(path, "an object", json));
    out = json.AsObject();
    return {};
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return ReadBytes(json, path, out);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr int64_t kLow = std::is_signed_v<T> ? static_cast<int64_t>(std::numeric_limits<T>::min()) : 0;
    constexpr int64_t kHigh =
        sizeof(T) == 8 ? std::numeric_limits<int64_t>::max() : static_cast<int64_t>(std::numeric_limits<T>::max());
    int64_t value = 0;
    TRY(ReadInteger(json, path, kLow, kHigh, value));
    out = static_cast<T>(value);
    return {};
  } else if constexpr (std::is_floating_point_v<T>) {
    double value = 0;
    TRY(ReadDouble(json, path, value));
    out = static_cast<T>(value);
    return {};
  } else if constexpr (std::is_enum_v<T>) {
    if (!json.IsString() || !FindEnumerator(json.AsString(), out)) {
      return Failure(UnknownEnumValue(path, json, EnumeratorNames(T{})));
    }
    return {};
  } else if constexpr (IsOptional<T>::value) {
    typename IsOptional<T>::Value value{};
    TRY(ReadField(json, path, value));
    out = std::move(value);
    return {};
  } else if constexpr (IsVector<T>::value) {
    out.clear();
    if (path.source == FieldPath::Source::kText && !json.IsArray()) return ReadField(json, path, out.emplace_back());
    if (!json.IsArray()) return Failure(WrongType(path, "a list", json));
    int64_t index = 0;
    for (const JsonValue& child : json.AsArray()) {
      typename T::value_type value{};
      TRY(ReadField(child, FieldPath(path, index++), value));
      out.push_back(std::move(value));
    }
    return {};
  } else if constexpr (IsMap<T>::value) {
    out.clear();
    if (!json.IsObject()) return Failure(WrongType(path, "an object", json));
    for (const auto& [key, child] : json.AsObject()) {
      if (!child.IsNull()) TRY(ReadField(child, FieldPath(path, key), out[key]));
    }
    return {};
  } else {
    if (!json.IsObject()) return Failure(WrongType(path, "an object", json));
    return ReadMembers(json, path, out);
  }
}

void AppendInteger(std::string& out, int64_t value);
void AppendDouble(std::string& out, double value);
void AppendBytes(std::string& out, const Bytes& value);

/// Appends a value as JSON.
template <typename T>
void AppendValue(std::string& out, const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    AppendJsonString(out, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, JsonValue>) {
    out += WriteJson(value);
  } else if constexpr (std::is_same_v<T, JsonValue::Object>) {
    out += WriteJson(JsonValue(value));
  } else if constexpr (std::is_same_v<T, Bytes>) {
    AppendBytes(out, value);
  } else if constexpr (std::is_integral_v<T>) {
    AppendInteger(out, static_cast<int64_t>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    AppendDouble(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    AppendJsonString(out, EnumeratorName(value));
  } else if constexpr (IsVector<T>::value) {
    out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      const typename T::value_type& element = value[i];
      AppendValue(out, element);
    }
    out += ']';
  } else if constexpr (IsMap<T>::value) {
    out += '{';
    bool first = true;
    for (const auto& [key, child] : value) {
      if (!first) out += ',';
      first = false;
      AppendJsonString(out, key);
      out += ':';
      AppendValue(out, child);
    }
    out += '}';
  } else {
    out += '{';
    AppendMembers(out, value);
    out += '}';
  }
}

/// Lists and maps that are empty, and what is absent, stay out unless the contract says (always).
enum class Empty : uint8_t { kOmit, kWrite };

template <typename T>
void AppendField(std::string& out, std::string_view quoted_key, const T& value, Empty empty = Empty::kOmit) {
  if constexpr (IsOptional<T>::value) {
    if (value.has_value()) AppendField(out, quoted_key, *value, Empty::kWrite);
    else if (empty == Empty::kWrite) AppendField(out, quoted_key, JsonValue(), Empty::kWrite);
  } else {
    if constexpr (IsVector<T>::value || IsMap<T>::value || std::is_same_v<T, JsonValue::Object>) {
      if (value.empty() && empty == Empty::kOmit) return;
    } else if constexpr (std::is_same_v<T, JsonValue>) {
      if (value.IsNull() && empty == Empty::kOmit) return;
    } else if constexpr (std::is_enum_v<T>) {
      // A first enumerator called …_UNSPECIFIED has no name on the wire.
      if (EnumeratorName(value).empty()) return;
    }
    if (out.back() != '{') out += ',';
    out += quoted_key;
    AppendValue(out, value);
  }
}

/// The path's holes and the query as JSON documents of texts; dotted keys nest ("filter_by.user_ids=1").
JsonValue PathDocument(const Request& request);
JsonValue QueryDocument(const Request& request);
/// The body's JSON; null when there is no body.
Result<JsonValue> BodyDocument(const Request& request);

/// Reads a typed request: query keys, then the body (as one field when `body_field` is named), then the path's holes.
template <typename T>
Result<> ReadRequest(const Request& request, T& out, std::string_view body_field = {}) {
  const FieldPath text(FieldPath::Source::kText);
  const FieldPath document;
  if (!request.query.empty()) TRY(ReadField(QueryDocument(request), text, out));
  TRY(JsonValue body, BodyDocument(request));
  if (!body.IsNull()) {
    if (!body_field.empty()) body = JsonValue::Object{{std::string(body_field), std::move(body)}};
    TRY(ReadField(body, document, out));
  }
  if (!request.path_parameters.empty()) TRY(ReadField(PathDocument(request), text, out));
  return CheckMembers(out, document);
}

}  // namespace contract

/// Reads a contract's message from JSON. Errors: kInvalidParameterValue naming the field's path.
template <typename T>
Result<T> FromJson(const JsonValue& json) {
  T out;
  TRY(contract::ReadField(json, FieldPath(), out));
  return out;
}

/// Reads a contract's message from JSON text.
template <typename T>
Result<T> FromJsonText(std::string_view text) {
  TRY(JsonValue json, ParseJson(text));
  return FromJson<T>(json);
}

/// Writes a contract's message, list or map as compact JSON.
template <typename T>
std::string ToJson(const T& value) {
  std::string out;
  contract::AppendValue(out, value);
  return out;
}

}  // namespace crannog::http
