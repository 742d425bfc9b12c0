#include "store/sqlite_database.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include "store/test_databases.h"

namespace crannog::store {
namespace {

constexpr const char* kEntries = "CREATE TABLE entry (id BIGINT PRIMARY KEY, body TEXT)";

// Writes until it is killed; tells the parent each id only after its Write returned.
[[noreturn]] void WriteForEver(const std::string& url, int64_t first, int pipe_end) {
  auto database = OpenDatabase(url).value();
  std::atomic<int64_t> next{first};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&database, &next, pipe_end] {
      while (true) {
        const int64_t id = next++;
        if (!database->Execute("INSERT INTO entry VALUES (?, 'x')", {id})) _exit(3);
        if (write(pipe_end, &id, sizeof(id)) != sizeof(id)) _exit(4);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(0);
}

TEST(Sqlite, WhatWasAcknowledgedSurvivesKill9) {
  TemporaryFolder folder;
  const std::string url = "sqlite:" + folder.Path() + "/m.db";
  { ASSERT_TRUE(OpenDatabase(url).value()->Execute(kEntries)); }
  std::set<int64_t> acknowledged;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) WriteForEver(url, int64_t{round} * 1'000'000, ends[1]);
    close(ends[1]);
    // The kill comes at a different moment of the commit cycle each round: after a growing number of acknowledgements.
    int64_t id = 0;
    for (int i = 0; i < 20 + round * 7 && read(ends[0], &id, sizeof(id)) == sizeof(id); ++i) acknowledged.insert(id);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    while (read(ends[0], &id, sizeof(id)) == sizeof(id)) acknowledged.insert(id);
    close(ends[0]);
    auto database = OpenDatabase(url).value();
    EXPECT_EQ(database->QueryOne("PRAGMA integrity_check").value()->Text(0), "ok");
    std::set<int64_t> present;
    auto rows = database->Query("SELECT id FROM entry");
    ASSERT_TRUE(rows);
    for (const Row& row : *rows) present.insert(row.Int(0));
    for (int64_t one : acknowledged) ASSERT_TRUE(present.contains(one)) << "lost " << one << " in round " << round;
  }
}

TEST(Sqlite, OneGroupKeepsTheGoodAndDropsTheBad) {
  TemporaryFolder folder;
  auto database = OpenDatabase("sqlite:" + folder.Path() + "/m.db", {.durability = Durability::kInMemory}).value();
  ASSERT_TRUE(database->Execute(kEntries));
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&database, &failed, t] {
      for (int i = 0; i < 50; ++i) {
        // Every id is tried by two threads: exactly one of them wins.
        if (!database->Execute("INSERT INTO entry VALUES (?, 'x')", {(t / 2) * 1000 + i})) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 400);
  EXPECT_EQ(database->QueryOne("SELECT COUNT(*) FROM entry").value()->Int(0), 400);
}

TEST(Sqlite, SixteenClientsShareFlushes) {
  TemporaryFolder folder;
  auto database = OpenDatabase("sqlite:" + folder.Path() + "/m.db").value();
  ASSERT_TRUE(database->Execute(kEntries));
  std::atomic<int64_t> count{0};
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&database, &count, start] {
      while (std::chrono::steady_clock::now() - start < std::chrono::seconds(1)) {
        ASSERT_TRUE(database->Execute("INSERT INTO entry VALUES (?, 'x')", {int64_t{count++}}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  RecordProperty("durable_writes_per_second", std::to_string(count));
  printf("durable small writes from 16 clients: %ld per second\n", static_cast<long>(count));
  EXPECT_EQ(database->QueryOne("SELECT COUNT(*) FROM entry").value()->Int(0), count);
}

TEST(Sqlite, ABackupOfARunningDatabaseRestores) {
  TemporaryFolder folder;
  const std::string url = "sqlite:" + folder.Path() + "/m.db", backup = folder.Path() + "/backup.db";
  auto database = OpenDatabase(url).value();
  ASSERT_TRUE(database->Execute(kEntries));
  ASSERT_TRUE(database->Execute("INSERT INTO entry VALUES (1, 'kept')"));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int64_t id = 2; !stop; ++id) ASSERT_TRUE(database->Execute("INSERT INTO entry VALUES (?, 'later')", {id}));
  });
  auto saved = database->Backup(backup);
  stop = true;
  writer.join();
  ASSERT_TRUE(saved) << saved.error().ToString();
  EXPECT_EQ(database->Backup(backup).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(database->Execute("UPDATE entry SET body = 'spoiled'"));
  EXPECT_EQ(RestoreBackup(backup, url).error().code, ErrorCode::kConflict) << "in use";
  database.reset();
  auto restored = RestoreBackup(backup, url);
  ASSERT_TRUE(restored) << restored.error().ToString();
  database = OpenDatabase(url).value();
  EXPECT_EQ(database->QueryOne("SELECT body FROM entry WHERE id = 1").value()->Text(0), "kept");
}

TEST(Sqlite, ADamagedBackupIsRefusedAndChangesNothing) {
  TemporaryFolder folder;
  const std::string url = "sqlite:" + folder.Path() + "/m.db", backup = folder.Path() + "/backup.db";
  { ASSERT_TRUE(OpenDatabase(url).value()->Execute(kEntries)); }
  std::ofstream(backup) << "this is no database, only text that is long enough to look like one to nobody";
  EXPECT_EQ(RestoreBackup(backup, url).error().code, ErrorCode::kDataLoss);
  EXPECT_TRUE(OpenDatabase(url).value()->Query("SELECT id FROM entry"));
}

}  // namespace
}  // namespace crannog::store
