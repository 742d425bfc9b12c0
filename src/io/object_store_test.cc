#include "io/object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "io/faulty_store.h"

namespace crannog::io {
namespace {

using testing::ElementsAre;

std::vector<std::string> KeysOf(const std::vector<ObjectInfo>& infos) {
  std::vector<std::string> keys;
  for (const ObjectInfo& info : infos) keys.push_back(info.key);
  return keys;
}

// Every kind of store answers alike.
class StoreTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "memory") {
      store_ = MakeMemoryStore();
    } else {
      char pattern[] = "/tmp/crannog-io-XXXXXX";
      folder_ = mkdtemp(pattern);
      store_ = *OpenLocalStore(folder_);
    }
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  std::shared_ptr<ObjectStore> store_;
  std::string folder_;
};

TEST_P(StoreTest, ReadsBackWholeAndRanges) {
  ASSERT_TRUE(store_->Write("a/b.txt", "hello world", WriteMode::kCreateOnly));
  EXPECT_EQ(*store_->Read("a/b.txt"), "hello world");
  EXPECT_EQ(*store_->Read("a/b.txt", {6, 3}), "wor");
  EXPECT_EQ(*store_->Read("a/b.txt", {6, 300}), "world");
  EXPECT_EQ(*store_->Read("a/b.txt", {11, {}}), "");
  EXPECT_EQ(store_->Read("a/b.txt", {12, {}}).error().code, ErrorCode::kInvalidParameterValue);
  EXPECT_EQ(store_->Head("a/b.txt")->size_bytes, 11);
}

TEST_P(StoreTest, AbsentIsNotFoundAndDeleteIsIdempotent) {
  EXPECT_EQ(store_->Read("nope").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Head("x/y").error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(store_->Delete("nope"));
  ASSERT_TRUE(store_->Write("k", "1", WriteMode::kOverwrite));
  EXPECT_TRUE(store_->Delete("k"));
  EXPECT_FALSE(store_->Head("k"));
}

TEST_P(StoreTest, CreateOnlyNeverReplaces) {
  ASSERT_TRUE(store_->Write("k", "1", WriteMode::kCreateOnly));
  EXPECT_EQ(store_->Write("k", "2", WriteMode::kCreateOnly).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(*store_->Read("k"), "1");
  ASSERT_TRUE(store_->Write("k", "3", WriteMode::kOverwrite));
  EXPECT_EQ(*store_->Read("k"), "3");
}

TEST_P(StoreTest, ListIsRecursiveSortedAndStartsAfter) {
  for (const char* key : {"t/b", "t/a/2", "t/a/1", "t/a-b", "t/c", "u"}) ASSERT_TRUE(store_->Write(key, "x", WriteMode::kCreateOnly));
  EXPECT_THAT(KeysOf(*store_->List("t/")), ElementsAre("t/a-b", "t/a/1", "t/a/2", "t/b", "t/c"));
  EXPECT_THAT(KeysOf(*store_->List("t/a")), ElementsAre("t/a-b", "t/a/1", "t/a/2"));
  EXPECT_THAT(KeysOf(*store_->List("t/", "t/a/1")), ElementsAre("t/a/2", "t/b", "t/c"));
  EXPECT_THAT(KeysOf(*store_->List("")), ElementsAre("t/a-b", "t/a/1", "t/a/2", "t/b", "t/c", "u"));
  EXPECT_TRUE(store_->List("absent/")->empty());
}

TEST_P(StoreTest, WriterShowsNothingBeforeFinish) {
  {
    auto writer = *store_->OpenWriter("w/x", WriteMode::kCreateOnly);
    ASSERT_TRUE(writer->Append("ab"));
    ASSERT_TRUE(writer->Append("cd"));
    EXPECT_TRUE(store_->List("w/")->empty());
    ASSERT_TRUE(writer->Finish());
    EXPECT_EQ(*store_->Read("w/x"), "abcd");
  }
  { ASSERT_TRUE((*store_->OpenWriter("w/y", WriteMode::kCreateOnly))->Append("zz")); }
  EXPECT_THAT(KeysOf(*store_->List("")), ElementsAre("w/x"));
}

TEST_P(StoreTest, RefusesKeysThatLeaveTheRoot) {
  for (const char* key : {"", "/etc/passwd", "../x", "a/../../x", "a/.."}) {
    EXPECT_EQ(store_->Read(key).error().code, ErrorCode::kInvalidParameterValue) << key;
    EXPECT_EQ(store_->Write(key, "", WriteMode::kOverwrite).error().code, ErrorCode::kInvalidParameterValue) << key;
  }
  EXPECT_TRUE(store_->Write("a..b/..c", "", WriteMode::kOverwrite));
}

TEST_P(StoreTest, OneOfManyCreatorsWins) {
  for (int round = 0; round < 20; ++round) {
    const std::string key = "race/" + std::to_string(round);
    std::atomic<int> wins{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this, &key, &wins, i] { wins += store_->Write(key, std::to_string(i), WriteMode::kCreateOnly).has_value(); });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wins, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, StoreTest, testing::Values("memory", "local"), [](const auto& info) { return info.param; });

TEST(OpenStoreTest, KnowsSchemes) {
  EXPECT_EQ((*OpenStore("file:///tmp/a%20b", {}))->RootUrl(), "file:///tmp/a b");
  EXPECT_EQ((*OpenStore("/tmp/x/", {}))->RootUrl(), "file:///tmp/x");
  EXPECT_EQ(OpenStore("ftp://h/x", {}).error().code, ErrorCode::kInvalidParameterValue);
  EXPECT_EQ(OpenStore("gs://b/x", {}).error().code, ErrorCode::kNotImplemented);
}

TEST(FaultyStoreTest, LostReplyHasHappened) {
  auto inner = MakeMemoryStore();
  auto store = MakeFaultyStore(inner, 7, {.lost_reply_permille = 1000});
  EXPECT_EQ(store->Write("k", "v", WriteMode::kCreateOnly).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(*inner->Read("k"), "v");
}

TEST(FaultyStoreTest, SameSeedSameFaults) {
  auto run = [](uint64_t seed) {
    auto store = MakeFaultyStore(MakeMemoryStore(), seed, {.unavailable_permille = 300, .lost_reply_permille = 300});
    std::string trace;
    for (int i = 0; i < 50; ++i) trace += store->Write(std::to_string(i), "", WriteMode::kCreateOnly) ? '+' : '-';
    return trace;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(FaultyStoreTest, CrashStopsEverything) {
  auto inner = MakeMemoryStore();
  auto store = MakeFaultyStore(inner, 1, {});
  store->CrashAfter(2);
  EXPECT_TRUE(store->Write("a", "", WriteMode::kCreateOnly));
  EXPECT_FALSE(store->Write("b", "", WriteMode::kCreateOnly));  // happened, but nobody lived to hear of it
  EXPECT_FALSE(store->Read("a"));
  EXPECT_EQ(inner->List("")->size(), 2u);
}

}  // namespace
}  // namespace crannog::io
