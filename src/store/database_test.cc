#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/test_databases.h"

namespace crannog::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Store, EachDatabase, testing::Values("sqlite", "postgresql"),
                         [](const auto& info) { return info.param; });

constexpr Migration kFirst[] = {{1, "accounts", "CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT UNIQUE, "
                                                "balance BIGINT, rate DOUBLE PRECISION, picture BLOB)"}};
constexpr Migration kSecond[] = {
    kFirst[0],
    {2, "notes", "CREATE TABLE note (account BIGINT NOT NULL REFERENCES account (id), body TEXT); INSERT INTO account (name) VALUES ('a;b')"}};

void MakeAccounts(Database& database) {
  auto migrated = database.Migrate("test", kFirst, SystemClock());
  ASSERT_TRUE(migrated) << migrated.error().ToString();
}

TEST_P(EachDatabase, KeepsEveryKindOfValue) {
  MakeAccounts(*database_);
  const std::string bytes("\x00\x01\xff'", 4);
  auto done = database_->Execute("INSERT INTO account VALUES (?, ?, ?, ?, ?)",
                                 {7, "näme 'quoted' \xF0\x9F\x98\x80", INT64_MIN, 0.1, Blob{bytes}});
  ASSERT_TRUE(done) << done.error().ToString();
  EXPECT_EQ(*done, 1);
  ASSERT_TRUE(database_->Execute("INSERT INTO account VALUES (?, ?, ?, ?, ?)", {8, {}, {}, {}, Blob{}}));
  auto rows = database_->Query("SELECT id, name, balance, rate, picture FROM account ORDER BY id");
  ASSERT_TRUE(rows) << rows.error().ToString();
  ASSERT_EQ(rows->size(), 2u);
  const Row& row = rows->front();
  EXPECT_EQ(row.Int(0), 7);
  EXPECT_EQ(row.Text(1), "näme 'quoted' \xF0\x9F\x98\x80");
  EXPECT_EQ(row.Int(2), INT64_MIN);
  EXPECT_EQ(row.Double(3), 0.1);
  EXPECT_EQ(row.Bytes(4), bytes);
  EXPECT_TRUE(rows->back().IsNull(1) && rows->back().IsNull(2) && rows->back().IsNull(3));
  EXPECT_EQ(rows->back().Bytes(4), "");
}

TEST_P(EachDatabase, SortsTextByBytes) {
  MakeAccounts(*database_);
  for (const char* name : {"b", "B", "a", "_", "é"}) {
    ASSERT_TRUE(database_->Execute("INSERT INTO account (name) VALUES (?)", {name}));
  }
  auto rows = database_->Query("SELECT name FROM account ORDER BY name");
  ASSERT_TRUE(rows);
  std::string order;
  for (const Row& row : *rows) order += row.Text(0);
  EXPECT_EQ(order, "B_abé");
}

TEST_P(EachDatabase, AFailedTransactionLeavesNothing) {
  MakeAccounts(*database_);
  auto outcome = database_->Write([](Transaction& transaction) -> Result<> {
    TRY(transaction.Execute("INSERT INTO account (id, name) VALUES (1, 'x')"));
    return Failure(ErrorCode::kInvalidState, "changed my mind");
  });
  EXPECT_EQ(outcome.error().message, "changed my mind");
  EXPECT_TRUE(database_->Query("SELECT id FROM account")->empty());
}

TEST_P(EachDatabase, UniqueAndForeignKeysTellWhatIsWrong) {
  ASSERT_TRUE(database_->Migrate("test", kSecond, SystemClock()));
  ASSERT_TRUE(database_->Execute("INSERT INTO account (id, name) VALUES (50, 'x')"));
  EXPECT_EQ(database_->Execute("INSERT INTO account (id, name) VALUES (51, ?)", {"x"}).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(database_->Execute("INSERT INTO note VALUES (?, 'y')", {99}).error().code, ErrorCode::kConflict);
}

TEST_P(EachDatabase, ASwallowedStatementErrorStillRollsBack) {
  MakeAccounts(*database_);
  auto outcome = database_->Write([](Transaction& transaction) -> Result<> {
    TRY(transaction.Execute("INSERT INTO account (id, name) VALUES (1, 'x')"));
    (void)transaction.Execute("INSERT INTO account (id, name) VALUES (1, 'y')");
    return {};
  });
  EXPECT_FALSE(outcome);
  EXPECT_TRUE(database_->Query("SELECT id FROM account")->empty());
}

TEST_P(EachDatabase, AReadSeesOneSnapshot) {
  MakeAccounts(*database_);
  ASSERT_TRUE(database_->Read([this](Reader& reader) -> Result<> {
    TRY(std::vector<Row> before, reader.Query("SELECT COUNT(*) FROM account"));
    std::thread writer([this] { EXPECT_TRUE(database_->Execute("INSERT INTO account (name) VALUES ('new')")); });
    writer.join();
    TRY(std::vector<Row> after, reader.Query("SELECT COUNT(*) FROM account"));
    EXPECT_EQ(before[0].Int(0), after[0].Int(0));
    return {};
  }));
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM account").value()->Int(0), 1);
}

TEST_P(EachDatabase, ReadersCannotWrite) {
  MakeAccounts(*database_);
  EXPECT_FALSE(database_->Query("INSERT INTO account (name) VALUES ('x') RETURNING id"));
  EXPECT_TRUE(database_->Query("SELECT id FROM account")->empty());
}

// Eight threads move money between accounts; a read-check-write race would create or destroy some.
TEST_P(EachDatabase, ConcurrentTransactionsAreSerialisable) {
  MakeAccounts(*database_);
  for (int id = 0; id < 4; ++id) {
    ASSERT_TRUE(database_->Execute("INSERT INTO account (id, name, balance) VALUES (?, ?, 100)", {id, std::to_string(id)}));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 25; ++i) {
        const int from = (t + i) % 4, to = (t + i + 1) % 4;
        auto moved = database_->Write([from, to](Transaction& transaction) -> Result<> {
          TRY(auto source, transaction.QueryOne("SELECT balance FROM account WHERE id = ?", {from}));
          TRY(auto target, transaction.QueryOne("SELECT balance FROM account WHERE id = ?", {to}));
          TRY(transaction.Execute("UPDATE account SET balance = ? WHERE id = ?", {source->Int(0) - 1, from}));
          TRY(transaction.Execute("UPDATE account SET balance = ? WHERE id = ?", {target->Int(0) + 1, to}));
          return {};
        });
        // PostgreSQL may give up after its retries; that is an error, never a lost update.
        EXPECT_TRUE(moved || moved.error().code == ErrorCode::kConflict);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(database_->QueryOne("SELECT CAST(SUM(balance) AS BIGINT) FROM account").value()->Int(0), 400);
}

TEST_P(EachDatabase, MigrationsApplyOnceInOrderAndFromEveryOlderNumber) {
  MakeAccounts(*database_);
  database_ = Reopen();
  ASSERT_TRUE(database_->Migrate("test", kSecond, SystemClock()));
  ASSERT_TRUE(database_->Migrate("test", kSecond, SystemClock()));
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM account").value()->Int(0), 1);
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM crannog_migrations").value()->Int(0), 2);
}

TEST_P(EachDatabase, ANewerDatabaseOrAnEditedMigrationIsRefused) {
  ASSERT_TRUE(database_->Migrate("test", kSecond, SystemClock()));
  EXPECT_EQ(database_->Migrate("test", kFirst, SystemClock()).error().code, ErrorCode::kInvalidState);
  constexpr Migration edited[] = {{1, "accounts", "CREATE TABLE account (id BIGINT)"}, kSecond[1]};
  EXPECT_EQ(database_->Migrate("test", edited, SystemClock()).error().code, ErrorCode::kInvalidState);
}

TEST_P(EachDatabase, AFailingMigrationLeavesTheOldSchema) {
  MakeAccounts(*database_);
  constexpr Migration broken[] = {kFirst[0], {2, "broken", "CREATE TABLE half (a TEXT); CREATE TABLE account (b TEXT)"}};
  EXPECT_FALSE(database_->Migrate("test", broken, SystemClock()));
  ASSERT_TRUE(database_->Migrate("test", kSecond, SystemClock()));
  EXPECT_FALSE(database_->Query("SELECT a FROM half"));
}

TEST_P(EachDatabase, ServersStartingTogetherMigrateOnce) {
  std::vector<std::unique_ptr<Database>> servers;
  for (int i = 0; i < 4; ++i) servers.push_back(Reopen());
  std::vector<std::thread> threads;
  for (auto& server : servers) {
    threads.emplace_back([&server] {
      auto migrated = server->Migrate("test", kSecond, SystemClock());
      EXPECT_TRUE(migrated) << migrated.error().ToString();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(database_->QueryOne("SELECT COUNT(*) FROM account").value()->Int(0), 1);
}

TEST(Database, AnUnknownSchemeIsRefusedWithAHint) {
  auto database = OpenDatabase("mysql://x");
  EXPECT_EQ(database.error().code, ErrorCode::kInvalidParameterValue);
  EXPECT_NE(database.error().hint.find("sqlite:"), std::string::npos);
}

TEST(Postgres, AnUnreachableServerIsUnavailable) {
  EXPECT_EQ(OpenDatabase("postgresql://nobody@127.0.0.1:1/x").error().code, ErrorCode::kUnavailable);
}

TEST(Postgres, ConnectionsLostInARestartAreReplaced) {
  if (PostgresServer::Instance() == nullptr) GTEST_SKIP();
  const std::string url = PostgresServer::Instance()->CreateDatabase();
  auto database = OpenDatabase(url).value();
  ASSERT_TRUE(database->Query("SELECT 1"));
  auto other = OpenDatabase(url).value();
  ASSERT_TRUE(other->Query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                           "AND datname = current_database()"));
  auto again = database->Query("SELECT 1");
  EXPECT_TRUE(again) << again.error().ToString();
}

}  // namespace
}  // namespace crannog::store
