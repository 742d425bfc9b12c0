#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace crannog {

/// A JSON value as a tree: what contracts, logs and metadata are read into. Objects keep the order of their keys.
/// Integers that fit int64 stay integers. Threads: a value.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Member = std::pair<std::string, JsonValue>;
  using Object = std::vector<Member>;

  JsonValue() = default;
  JsonValue(std::nullptr_t) {}
  JsonValue(bool value) : value_(value) {}
  JsonValue(int value) : value_(int64_t{value}) {}
  JsonValue(int64_t value) : value_(value) {}
  JsonValue(double value) : value_(value) {}
  JsonValue(const char* value) : value_(std::string(value)) {}
  JsonValue(std::string value) : value_(std::move(value)) {}
  JsonValue(std::string_view value) : value_(std::string(value)) {}
  JsonValue(Array value) : value_(std::move(value)) {}
  JsonValue(Object value) : value_(std::move(value)) {}

  bool IsNull() const { return std::holds_alternative<std::monostate>(value_); }
  bool IsBool() const { return std::holds_alternative<bool>(value_); }
  bool IsInt() const { return std::holds_alternative<int64_t>(value_); }
  bool IsDouble() const { return std::holds_alternative<double>(value_); }
  bool IsNumber() const { return IsInt() || IsDouble(); }
  bool IsString() const { return std::holds_alternative<std::string>(value_); }
  bool IsArray() const { return std::holds_alternative<Array>(value_); }
  bool IsObject() const { return std::holds_alternative<Object>(value_); }

  // Each of these needs the value to be of that kind.
  bool AsBool() const { return std::get<bool>(value_); }
  int64_t AsInt() const { return std::get<int64_t>(value_); }
  double AsDouble() const { return IsInt() ? static_cast<double>(AsInt()) : std::get<double>(value_); }
  const std::string& AsString() const { return std::get<std::string>(value_); }
  const Array& AsArray() const { return std::get<Array>(value_); }
  Array& AsArray() { return std::get<Array>(value_); }
  const Object& AsObject() const { return std::get<Object>(value_); }
  Object& AsObject() { return std::get<Object>(value_); }

  /// Finds a member of an object; null when this is no object or has no such key.
  const JsonValue* Find(std::string_view key) const;
  // The member as text, integer or truth; `otherwise` when it is absent or of another kind.
  std::string StringOr(std::string_view key, std::string otherwise) const;
  int64_t IntOr(std::string_view key, int64_t otherwise) const;
  bool BoolOr(std::string_view key, bool otherwise) const;

  /// Adds or replaces a member; a null value becomes an object first.
  void Set(std::string_view key, JsonValue value);

  bool operator==(const JsonValue&) const = default;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;
};

/// Parses one JSON document. Numbers beyond int64 become doubles. Errors: kInvalidParameterValue with position.
/// Limits: nesting of 1024. Source: RFC 8259.
Result<JsonValue> ParseJson(std::string_view text);

/// Writes compact JSON; NaN and infinities as the strings "NaN", "Infinity", "-Infinity".
std::string WriteJson(const JsonValue& value);
/// Writes JSON with two-space indentation, for people.
std::string WriteJsonIndented(const JsonValue& value);
/// Appends text as a JSON string with its quotes.
void AppendJsonString(std::string& out, std::string_view text);

}  // namespace crannog
