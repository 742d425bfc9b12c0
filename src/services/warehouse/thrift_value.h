#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace crannog::warehouse {

/// Thrift's wire types. Source: Apache Thrift, "Thrift Binary protocol encoding".
enum class ThriftType : uint8_t { kStop = 0, kBool = 2, kByte = 3, kDouble = 4, kI16 = 6, kI32 = 8, kI64 = 10, kString = 11, kStruct = 12, kMap = 13, kSet = 14, kList = 15 };

class ThriftValue;

/// A struct as field number to value; fields that are absent have no entry.
class ThriftStruct {
 public:
  ThriftStruct& Set(int16_t field, ThriftValue value);
  const ThriftValue* Find(int16_t field) const;
  // The field's value, or `otherwise` when it is absent or of another type.
  std::string TextOr(int16_t field, std::string otherwise) const;
  int64_t IntOr(int16_t field, int64_t otherwise) const;
  bool BoolOr(int16_t field, bool otherwise) const;
  const ThriftStruct& StructOr(int16_t field, const ThriftStruct& otherwise) const;
  const std::map<int16_t, std::shared_ptr<const ThriftValue>>& fields() const { return fields_; }

 private:
  std::map<int16_t, std::shared_ptr<const ThriftValue>> fields_;
};

/// A Thrift value as a tree: what TCLIService's messages are read into and written from. Threads: a value.
class ThriftValue {
 public:
  struct List {
    ThriftType element = ThriftType::kStruct;
    std::vector<ThriftValue> values;
  };
  struct Map {
    ThriftType key = ThriftType::kString, value = ThriftType::kString;
    std::vector<std::pair<ThriftValue, ThriftValue>> entries;
  };

  static ThriftValue Bool(bool value) { return {ThriftType::kBool, int64_t{value}}; }
  static ThriftValue I32(int32_t value) { return {ThriftType::kI32, int64_t{value}}; }
  static ThriftValue I64(int64_t value) { return {ThriftType::kI64, value}; }
  static ThriftValue Text(std::string value) { return {ThriftType::kString, std::move(value)}; }
  static ThriftValue Struct(ThriftStruct value) { return {ThriftType::kStruct, std::move(value)}; }
  static ThriftValue OfList(ThriftType element, std::vector<ThriftValue> values) { return {ThriftType::kList, List{element, std::move(values)}}; }
  static ThriftValue OfMap(Map map) { return {ThriftType::kMap, std::move(map)}; }

  ThriftValue(ThriftType type, std::variant<int64_t, double, std::string, ThriftStruct, List, Map> value) : type_(type), value_(std::move(value)) {}

  ThriftType type() const { return type_; }
  template <typename T>
  const T* As() const { return std::get_if<T>(&value_); }

 private:
  ThriftType type_;
  std::variant<int64_t, double, std::string, ThriftStruct, List, Map> value_;
};

/// One call or answer of the strict binary protocol.
struct ThriftMessage {
  enum class Kind : uint8_t { kCall = 1, kReply = 2, kException = 3, kOneWay = 4 };
  std::string name;
  Kind kind = Kind::kCall;
  int32_t sequence = 0;
  ThriftStruct body;
};

/// Errors: kBadRequest for bytes that are no strict binary message. Limits: nesting of kThriftDepthMax, lengths within the bytes.
Result<ThriftMessage> ReadThrift(std::string_view bytes);
std::string WriteThrift(const ThriftMessage& message);

inline constexpr int kThriftDepthMax = 64;

}  // namespace crannog::warehouse
