#include "store/scheduler.h"

#include <gtest/gtest.h>

#include <atomic>

#include "store/test_databases.h"

namespace crannog::store {
namespace {

class ManualClock final : public Clock {
 public:
  int64_t NowMicros() const override { return now_ms.load() * 1000; }
  int64_t MonotonicNanos() const override { return now_ms.load() * 1'000'000; }
  std::atomic<int64_t> now_ms{1'000'000};
};

class SchedulerTest : public EachDatabase {
 protected:
  std::unique_ptr<Scheduler> Make(Database& database) {
    auto scheduler = std::make_unique<Scheduler>(database, clock_, SystemRandom());
    auto prepared = scheduler->Prepare();
    EXPECT_TRUE(prepared) << prepared.error().ToString();
    return scheduler;
  }
  void Enqueue(std::string_view id, int64_t due_ms) {
    ASSERT_TRUE(database_->Write([&](Transaction& transaction) {
      return Scheduler::Enqueue(transaction, id, "count", "payload", due_ms);
    }));
  }
  ManualClock clock_;
};

INSTANTIATE_TEST_SUITE_P(Store, SchedulerTest, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return info.param; });

TEST_P(SchedulerTest, ATaskRunsOnceWhenItIsDue) {
  auto scheduler = Make(*database_);
  int runs = 0;
  scheduler->Handle("count", [&runs](const Task& task) -> Result<> {
    EXPECT_EQ(task.payload, "payload");
    ++runs;
    return {};
  });
  Enqueue("a", clock_.now_ms + 10);
  EXPECT_EQ(scheduler->RunDue().value(), 0);
  clock_.now_ms += 10;
  EXPECT_EQ(scheduler->RunDue().value(), 1);
  EXPECT_EQ(scheduler->RunDue().value(), 0);
  EXPECT_EQ(runs, 1);
}

TEST_P(SchedulerTest, AFailedTaskIsTriedAgainLaterAndLater) {
  auto scheduler = Make(*database_);
  std::vector<int64_t> times;
  scheduler->Handle("count", [&](const Task&) -> Result<> {
    times.push_back(clock_.now_ms);
    return Failure(ErrorCode::kUnavailable, "not yet");
  });
  Enqueue("a", clock_.now_ms);
  for (int i = 0; i < 8000; ++i) {
    ASSERT_TRUE(times.size() >= 3 || scheduler->RunDue());
    clock_.now_ms += 100;
    if (times.size() >= 3) break;
  }
  ASSERT_GE(times.size(), 3u);
  EXPECT_EQ(times[1] - times[0], 1000);
  EXPECT_EQ(times[2] - times[1], 2000);
}

TEST_P(SchedulerTest, TwoServersNeverDoTheSameWork) {
  std::atomic<int> runs{0};
  auto other_database = Reopen();
  auto one = Make(*database_), two = Make(*other_database);
  for (auto* scheduler : {one.get(), two.get()}) {
    scheduler->Handle("count", [&runs](const Task&) -> Result<> {
      ++runs;
      return {};
    });
  }
  for (int i = 0; i < 40; ++i) Enqueue("task" + std::to_string(i), clock_.now_ms);
  std::thread first([&] { EXPECT_TRUE(one->RunDue()); }), second([&] { EXPECT_TRUE(two->RunDue()); });
  first.join();
  second.join();
  EXPECT_EQ(runs, 40);
}

TEST_P(SchedulerTest, WorkOfADeadServerIsTakenOverWhenItsLeaseEnds) {
  auto scheduler = Make(*database_);
  int runs = 0;
  scheduler->Handle("count", [&runs](const Task& task) -> Result<> {
    EXPECT_EQ(task.attempt, 2);
    ++runs;
    return {};
  });
  Enqueue("a", clock_.now_ms);
  ASSERT_TRUE(database_->Execute("UPDATE work SET holder = 'dead', lease_until_ms = ?, attempts = 1", {clock_.now_ms + 500}));
  EXPECT_EQ(scheduler->RunDue().value(), 0);
  clock_.now_ms += 500;
  EXPECT_EQ(scheduler->RunDue().value(), 1);
  EXPECT_EQ(runs, 1);
}

TEST_P(SchedulerTest, PeriodicWorkComesBackAlsoAfterAFailure) {
  auto scheduler = Make(*database_);
  int runs = 0;
  ASSERT_TRUE(scheduler->Every("sweep", 60'000, [&runs](const Task&) -> Result<> {
    ++runs;
    return Failure(ErrorCode::kUnavailable, "never mind");
  }));
  EXPECT_EQ(scheduler->RunDue().value(), 0);
  for (int i = 0; i < 20; ++i) {
    clock_.now_ms += 60'000;
    ASSERT_TRUE(scheduler->RunDue());
  }
  EXPECT_EQ(runs, 20);
}

TEST_P(SchedulerTest, AStartedSchedulerWakesAndStops) {
  auto scheduler = Make(*database_);
  std::mutex mutex;
  std::condition_variable done;
  bool ran = false;
  scheduler->Handle("count", [&](const Task&) -> Result<> {
    std::lock_guard lock(mutex);
    ran = true;
    done.notify_all();
    return {};
  });
  scheduler->Start();
  Enqueue("a", clock_.now_ms);
  scheduler->Wake();
  std::unique_lock lock(mutex);
  EXPECT_TRUE(done.wait_for(lock, std::chrono::seconds(10), [&ran] { return ran; }));
}

}  // namespace
}  // namespace crannog::store
