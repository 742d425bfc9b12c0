#include "services/spark/operation.h"

#include <gtest/gtest.h>

namespace crannog::spark_connect {
namespace {

Operation::Response Batch(int64_t rows) {
  Operation::Response response;
  response.mutable_arrow_batch()->set_row_count(rows);
  response.mutable_arrow_batch()->set_data(std::string(100, 'x'));
  return response;
}

TEST(Operation, ReattachGivesWhatComesAfterTheLastResponse) {
  Operation operation("op", {}, true, 1 << 20);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(operation.Push(Batch(i)));
  operation.Finish({});
  std::vector<std::string> ids;
  ASSERT_TRUE(operation.Stream("", [&](const Operation::Response& r) { ids.push_back(r.response_id()); return ids.size() < 2; }));
  ASSERT_EQ(ids.size(), 2u);
  std::vector<int64_t> rows;
  ASSERT_TRUE(operation.Stream(ids[0], [&](const Operation::Response& r) { rows.push_back(r.arrow_batch().row_count()); return true; }));
  EXPECT_EQ(rows, (std::vector<int64_t>{1, 2}));
  operation.ReleaseUntil(ids[1]);
  rows.clear();
  ASSERT_TRUE(operation.Stream(ids[1], [&](const Operation::Response& r) { rows.push_back(r.arrow_batch().row_count()); return true; }));
  EXPECT_EQ(rows, (std::vector<int64_t>{2}));
  EXPECT_EQ(operation.Stream("op-99", [](const Operation::Response&) { return true; }).error().condition, "INVALID_CURSOR.POSITION_NOT_FOUND");
}

TEST(Operation, ProducerWaitsForTheReaderWhenTheBufferIsFull) {
  Operation operation("op", {}, true, 250);
  std::atomic<int> pushed = 0;
  operation.Start([&](Operation& self) {
    for (int i = 0; i < 50; ++i) {
      if (!self.Push(Batch(i))) break;
      ++pushed;
    }
    self.Finish({});
  });
  int count = 0, most_ahead = 0;
  ASSERT_TRUE(operation.Stream("", [&](const Operation::Response& r) {
    ++count;
    most_ahead = std::max(most_ahead, pushed - count);
    operation.ReleaseUntil(r.response_id());
    return true;
  }));
  EXPECT_EQ(count, 50);
  EXPECT_LE(most_ahead, 5);
}

TEST(Operation, CancelEndsProducerAndReaders) {
  Operation operation("op", {"t"}, true, 10);
  operation.Start([&](Operation& self) {
    while (self.Push(Batch(1))) {
    }
    self.Finish(ConditionError("OPERATION_CANCELED"));
  });
  operation.Cancel();
  EXPECT_EQ(operation.Stream("", [](const Operation::Response&) { return true; }).error().condition, "OPERATION_CANCELED");
}

}  // namespace
}  // namespace crannog::spark_connect
