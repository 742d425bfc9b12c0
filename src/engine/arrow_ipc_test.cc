#include "engine/arrow_ipc.h"

#include <gtest/gtest.h>
#include <nanoarrow/nanoarrow.h>

namespace crannog::engine {
namespace {

TEST(ArrowIpc, EmptyBatchOfEveryTypeRoundTrips) {
  using plan::DataType;
  plan::Schema schema = {{"n", DataType::Null(), true, ""},
                         {"d", DataType::Decimal(38, 10), true, ""},
                         {"t", DataType::Timestamp(), false, ""},
                         {"i", DataType::DayTimeInterval(), true, ""},
                         {"m", DataType::Map(DataType::String(), DataType::Array(DataType::Struct({{"x", DataType::Int(), true, ""}}))), true, ""},
                         {"v", DataType::Variant(), true, ""}};
  ArrowBatch batch = EmptyBatch(schema).value();
  EXPECT_EQ(batch.row_count(), 0);
  std::string bytes = WriteArrowStream(batch).value();
  std::vector<ArrowBatch> read = ReadArrowStream(bytes).value();
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].row_count(), 0);
  ASSERT_EQ(read[0].schema().n_children, 6);
  EXPECT_STREQ(read[0].schema().children[1]->format, "d:38,10");
  EXPECT_STREQ(read[0].schema().children[2]->format, "tsu:UTC");
}

TEST(ArrowIpc, MalformedBytesAreAnError) {
  EXPECT_FALSE(ReadArrowStream("not arrow at all").has_value());
  ArrowBatch batch = EmptyBatch({{"a", plan::DataType::Long(), true, ""}}).value();
  std::string bytes = WriteArrowStream(batch).value();
  for (size_t cut : {size_t{5}, size_t{20}, bytes.size() / 2}) EXPECT_FALSE(ReadArrowStream(bytes.substr(0, cut)).has_value()) << cut;
}

}  // namespace
}  // namespace crannog::engine
