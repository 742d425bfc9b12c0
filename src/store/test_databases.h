#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/random.h"
#include "store/database.h"

namespace crannog::store {

/// A temporary folder that goes away with its owner. For tests.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(fmt::format("/tmp/crannog-test-{}", SystemRandom().NextHex(8))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& Path() const { return path_; }

 private:
  std::string path_;
};

/// A PostgreSQL server of the test program's own, on a socket in a temporary folder; started at the first use, stopped at exit.
/// Where Debian's server is not installed `Instance` gives null and the tests that need it are skipped.
class PostgresServer {
 public:
  static PostgresServer* Instance() {
    static std::unique_ptr<PostgresServer> server = Start();
    return server.get();
  }
  ~PostgresServer() { Shell(fmt::format("{}/pg_ctl -D {}/data -m immediate stop", kBinaries, folder_.Path())); }

  /// Creates an empty database; gives its URL.
  std::string CreateDatabase() {
    const std::string name = "t" + SystemRandom().NextHex(6);
    auto admin = OpenDatabase(Url("postgres"));
    EXPECT_TRUE(admin.has_value()) << admin.error().ToString();
    Shell(fmt::format("{}/createdb -h {} -U postgres {}", kBinaries, folder_.Path(), name));
    return Url(name);
  }

 private:
  static constexpr const char* kBinaries = "/usr/lib/postgresql/15/bin";

  static std::unique_ptr<PostgresServer> Start() {
    if (!std::filesystem::exists(fmt::format("{}/initdb", kBinaries))) return nullptr;
    std::unique_ptr<PostgresServer> server(new PostgresServer());
    const std::string& folder = server->folder_.Path();
    if (getuid() == 0 && std::system(fmt::format("chown postgres {}", folder).c_str()) != 0) return nullptr;
    if (!Shell(fmt::format("{}/initdb -D {}/data -A trust -U postgres -E UTF8 --no-locale", kBinaries, folder))) return nullptr;
    if (!Shell(fmt::format("{}/pg_ctl -D {}/data -w -o \"-k {} -c listen_addresses='' -c fsync=off\" -l {}/log start",
                           kBinaries, folder, folder, folder))) {
      return nullptr;
    }
    return server;
  }

  // The server refuses to run as root.
  static bool Shell(const std::string& command) {
    const std::string prefix = getuid() == 0 ? "cd /tmp && runuser -u postgres -- " : "";
    return std::system((prefix + command + " >/dev/null 2>&1").c_str()) == 0;
  }

  std::string Url(const std::string& database) const {
    return fmt::format("postgresql:host={} user=postgres dbname={}", folder_.Path(), database);
  }

  TemporaryFolder folder_;
};

/// Runs each test on both databases: TEST_P(EachDatabase, ...) with Open().
class EachDatabase : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "postgresql") {
      if (PostgresServer::Instance() == nullptr) GTEST_SKIP() << "PostgreSQL is not installed";
      url_ = PostgresServer::Instance()->CreateDatabase();
    } else {
      url_ = "sqlite:" + folder_.Path() + "/metadata.db";
    }
    database_ = Reopen();
  }
  std::unique_ptr<Database> Reopen(DatabaseOptions options = {.durability = Durability::kInMemory}) {
    auto database = OpenDatabase(url_, options);
    EXPECT_TRUE(database.has_value()) << database.error().ToString();
    return std::move(*database);
  }

  TemporaryFolder folder_;
  std::string url_;
  std::unique_ptr<Database> database_;
};

}  // namespace crannog::store
