#include "services/warehouse/thrift_value.h"

#include <gtest/gtest.h>

namespace crannog::warehouse {
namespace {

// Bytes as Apache Thrift's own TBinaryProtocol writes `OpenSession` with a struct {1: i32 -7} as field 1.
TEST(Thrift, ReadsTheStrictBinaryProtocol) {
  const std::string bytes("\x80\x01\x00\x01\x00\x00\x00\x0bOpenSession\x00\x00\x00\x05\x0c\x00\x01\x08\x00\x01\xff\xff\xff\xf9\x00\x00", 35);
  ThriftMessage message = ReadThrift(bytes).value();
  EXPECT_EQ(message.name, "OpenSession");
  EXPECT_EQ(message.sequence, 5);
  EXPECT_EQ(message.body.StructOr(1, {}).IntOr(1, 0), -7);
  EXPECT_EQ(WriteThrift(message), bytes);
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(ReadThrift(std::string_view(bytes).substr(0, cut))) << cut;
}

TEST(Thrift, ListsAndMapsRoundTripAndLiesAboutLengthsAreErrors) {
  ThriftMessage message;
  message.name = "x";
  message.body.Set(0x501, ThriftValue::OfList(ThriftType::kI64, {ThriftValue::I64(1), ThriftValue::I64(-2)}));
  ThriftValue::Map map;
  map.entries.emplace_back(ThriftValue::Text("k"), ThriftValue::Text("v"));
  message.body.Set(2, ThriftValue::OfMap(map));
  std::string bytes = WriteThrift(message);
  EXPECT_EQ(WriteThrift(ReadThrift(bytes).value()), bytes);
  bytes[bytes.find('\x0f') + 4] = '\x7f';  // the list now claims two thousand million elements
  EXPECT_FALSE(ReadThrift(bytes));
}

}  // namespace
}  // namespace crannog::warehouse
