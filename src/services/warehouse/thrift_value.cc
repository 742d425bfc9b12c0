#include "services/warehouse/thrift_value.h"

#include <bit>

namespace crannog::warehouse {
namespace {

constexpr uint32_t kVersion = 0x80010000;

Error Malformed() { return MakeError(ErrorCode::kBadRequest, "the body is no message of Thrift's strict binary protocol"); }

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  Result<uint64_t> Integer(size_t width) {
    if (bytes_.size() < width) return Failure(Malformed());
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<uint8_t>(bytes_[i]);
    bytes_.remove_prefix(width);
    return value;
  }

  Result<std::string> Text() {
    TRY(uint64_t size, Integer(4));
    if (size > bytes_.size()) return Failure(Malformed());
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }

  Result<ThriftStruct> Struct(int depth) {
    if (depth > kThriftDepthMax) return Failure(Malformed());
    ThriftStruct out;
    for (;;) {
      TRY(uint64_t type, Integer(1));
      if (type == 0) return out;
      TRY(uint64_t field, Integer(2));
      TRY(ThriftValue value, Value(static_cast<ThriftType>(type), depth + 1));
      out.Set(static_cast<int16_t>(field), std::move(value));
    }
  }

 private:
  Result<ThriftValue> Value(ThriftType type, int depth) {
    if (depth > kThriftDepthMax) return Failure(Malformed());
    auto integer = [&](size_t width) -> Result<ThriftValue> {
      TRY(uint64_t raw, Integer(width));
      const int shift = static_cast<int>(64 - width * 8);
      return ThriftValue(type, static_cast<int64_t>(raw << shift) >> shift);
    };
    switch (type) {
      case ThriftType::kBool:
      case ThriftType::kByte: return integer(1);
      case ThriftType::kI16: return integer(2);
      case ThriftType::kI32: return integer(4);
      case ThriftType::kI64: return integer(8);
      case ThriftType::kDouble: {
        TRY(uint64_t raw, Integer(8));
        return ThriftValue(type, std::bit_cast<double>(raw));
      }
      case ThriftType::kString: {
        TRY(std::string text, Text());
        return ThriftValue(type, std::move(text));
      }
      case ThriftType::kStruct: {
        TRY(ThriftStruct inner, Struct(depth));
        return ThriftValue(type, std::move(inner));
      }
      case ThriftType::kList:
      case ThriftType::kSet: {
        TRY(uint64_t element, Integer(1));
        TRY(uint64_t count, Integer(4));
        if (count > bytes_.size()) return Failure(Malformed());
        ThriftValue::List list{static_cast<ThriftType>(element), {}};
        for (uint64_t i = 0; i < count; ++i) {
          TRY(ThriftValue value, Value(list.element, depth + 1));
          list.values.push_back(std::move(value));
        }
        return ThriftValue(type, std::move(list));
      }
      case ThriftType::kMap: {
        TRY(uint64_t key, Integer(1));
        TRY(uint64_t value, Integer(1));
        TRY(uint64_t count, Integer(4));
        if (count > bytes_.size()) return Failure(Malformed());
        ThriftValue::Map map{static_cast<ThriftType>(key), static_cast<ThriftType>(value), {}};
        for (uint64_t i = 0; i < count; ++i) {
          TRY(ThriftValue k, Value(map.key, depth + 1));
          TRY(ThriftValue v, Value(map.value, depth + 1));
          map.entries.emplace_back(std::move(k), std::move(v));
        }
        return ThriftValue(type, std::move(map));
      }
      case ThriftType::kStop: break;
    }
    return Failure(Malformed());
  }

  std::string_view bytes_;
};

class Writer {
 public:
  void Integer(uint64_t value, size_t width) {
    for (size_t i = width; i > 0; --i) out_ += static_cast<char>(value >> ((i - 1) * 8));
  }
  void Text(std::string_view text) {
    Integer(text.size(), 4);
    out_ += text;
  }
  void Struct(const ThriftStruct& value) {
    for (const auto& [field, inner] : value.fields()) {
      Integer(static_cast<uint64_t>(inner->type()), 1);
      Integer(static_cast<uint16_t>(field), 2);
      Value(*inner);
    }
    Integer(0, 1);
  }
  std::string Take() { return std::move(out_); }

 private:
  void Value(const ThriftValue& value) {
    switch (value.type()) {
      case ThriftType::kBool:
      case ThriftType::kByte: Integer(static_cast<uint64_t>(*value.As<int64_t>()), 1); break;
      case ThriftType::kI16: Integer(static_cast<uint64_t>(*value.As<int64_t>()), 2); break;
      case ThriftType::kI32: Integer(static_cast<uint64_t>(*value.As<int64_t>()), 4); break;
      case ThriftType::kI64: Integer(static_cast<uint64_t>(*value.As<int64_t>()), 8); break;
      case ThriftType::kDouble: Integer(std::bit_cast<uint64_t>(*value.As<double>()), 8); break;
      case ThriftType::kString: Text(*value.As<std::string>()); break;
      case ThriftType::kStruct: Struct(*value.As<ThriftStruct>()); break;
      case ThriftType::kList:
      case ThriftType::kSet: {
        const auto& list = *value.As<ThriftValue::List>();
        Integer(static_cast<uint64_t>(list.element), 1);
        Integer(list.values.size(), 4);
        for (const ThriftValue& element : list.values) Value(element);
        break;
      }
      case ThriftType::kMap: {
        const auto& map = *value.As<ThriftValue::Map>();
        Integer(static_cast<uint64_t>(map.key), 1);
        Integer(static_cast<uint64_t>(map.value), 1);
        Integer(map.entries.size(), 4);
        for (const auto& [k, v] : map.entries) {
          Value(k);
          Value(v);
        }
        break;
      }
      case ThriftType::kStop: break;
    }
  }

  std::string out_;
};

}  // namespace

ThriftStruct& ThriftStruct::Set(int16_t field, ThriftValue value) {
  fields_[field] = std::make_shared<const ThriftValue>(std::move(value));
  return *this;
}

const ThriftValue* ThriftStruct::Find(int16_t field) const {
  auto found = fields_.find(field);
  return found == fields_.end() ? nullptr : found->second.get();
}

std::string ThriftStruct::TextOr(int16_t field, std::string otherwise) const {
  const ThriftValue* value = Find(field);
  const std::string* text = value == nullptr ? nullptr : value->As<std::string>();
  return text == nullptr ? std::move(otherwise) : *text;
}

int64_t ThriftStruct::IntOr(int16_t field, int64_t otherwise) const {
  const ThriftValue* value = Find(field);
  const int64_t* number = value == nullptr ? nullptr : value->As<int64_t>();
  return number == nullptr ? otherwise : *number;
}

bool ThriftStruct::BoolOr(int16_t field, bool otherwise) const { return IntOr(field, otherwise ? 1 : 0) != 0; }

const ThriftStruct& ThriftStruct::StructOr(int16_t field, const ThriftStruct& otherwise) const {
  const ThriftValue* value = Find(field);
  const ThriftStruct* inner = value == nullptr ? nullptr : value->As<ThriftStruct>();
  return inner == nullptr ? otherwise : *inner;
}

Result<ThriftMessage> ReadThrift(std::string_view bytes) {
  Reader reader(bytes);
  ThriftMessage message;
  TRY(uint64_t head, reader.Integer(4));
  if ((head & 0xFFFF0000) != kVersion) return Failure(Malformed());
  message.kind = static_cast<ThriftMessage::Kind>(head & 0xFF);
  TRY(message.name, reader.Text());
  TRY(uint64_t sequence, reader.Integer(4));
  message.sequence = static_cast<int32_t>(sequence);
  TRY(message.body, reader.Struct(0));
  return message;
}

std::string WriteThrift(const ThriftMessage& message) {
  Writer writer;
  writer.Integer(kVersion | static_cast<uint32_t>(message.kind), 4);
  writer.Text(message.name);
  writer.Integer(static_cast<uint32_t>(message.sequence), 4);
  writer.Struct(message.body);
  return writer.Take();
}

}  // namespace crannog::warehouse
