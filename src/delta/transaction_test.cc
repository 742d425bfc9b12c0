#include "delta/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "delta/checkpoint_writer.h"
#include "delta/features.h"
#include "delta/scan.h"
#include "io/faulty_store.h"

namespace crannog::delta {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class FixedClock final : public Clock {
 public:
  int64_t NowMicros() const override { return now_ms * 1000; }
  int64_t MonotonicNanos() const override { return 0; }
  int64_t now_ms = 1700000000000;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed * 2654435761u + 88172645463325252u) {}
  void Fill(std::span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) {
      state_ ^= state_ << 13;
      state_ ^= state_ >> 7;
      state_ ^= state_ << 17;
      byte = static_cast<uint8_t>(state_ >> 24);
    }
  }

 private:
  uint64_t state_;
};

constexpr const char* kSchema =
    R"({"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{}},{"name":"part","type":"integer","nullable":true,"metadata":{}}]})";

AddFile FileOf(const std::string& name, int part, int64_t records = 10) {
  AddFile add;
  add.path = name;
  add.partition_values = {{"part", std::to_string(part)}};
  add.size_bytes = 100;
  add.stats = "{\"numRecords\":" + std::to_string(records) + "}";
  return add;
}

Predicate InPartition(int part) { return Predicate::Compare({"part"}, Predicate::Comparison::kEqual, int64_t{part}); }

class TransactionTest : public testing::Test {
 protected:
  void SetUp() override { Open(io::MakeMemoryStore()); }

  void Open(std::shared_ptr<io::ObjectStore> store) {
    environment_ = Environment{std::move(store), nullptr, &clock_, &random_};
    table_ = std::make_shared<Table>(environment_);
  }

  SnapshotPtr CreateTable(StringMap configuration = {}, std::vector<std::string> partitions = {"part"}) {
    Metadata metadata;
    metadata.schema_string = kSchema;
    metadata.partition_columns = std::move(partitions);
    metadata.configuration = std::move(configuration);
    auto transaction = Transaction::Create(table_, metadata, {"CREATE TABLE", {}});
    EXPECT_TRUE(transaction) << transaction.error().ToString();
    return Done(std::move(*transaction).Commit());
  }

  static SnapshotPtr Done(Result<CommitOutcome> outcome) {
    EXPECT_TRUE(outcome) << outcome.error().ToString();
    if (!outcome) return nullptr;
    const auto* committed = std::get_if<Committed>(&*outcome);
    EXPECT_NE(committed, nullptr) << "conflict " << std::get<Conflicted>(*outcome).ToError("t").ToString();
    return committed != nullptr ? committed->snapshot : nullptr;
  }

  static std::optional<Conflicted::Reason> ReasonOf(Result<CommitOutcome> outcome) {
    EXPECT_TRUE(outcome) << outcome.error().ToString();
    if (const auto* conflict = std::get_if<Conflicted>(&*outcome)) return conflict->reason;
    return std::nullopt;
  }

  Transaction Begin(const SnapshotPtr& snapshot, const std::string& operation = "WRITE") { return *Transaction::Begin(table_, snapshot, {operation, {}}); }

  SnapshotPtr Append(const std::vector<AddFile>& files) {
    Transaction transaction = Begin(*table_->Latest());
    transaction.Add(files);
    return Done(std::move(transaction).Commit());
  }

  static std::vector<std::string> PathsOf(const Snapshot& snapshot) {
    std::vector<std::string> paths;
    snapshot.files().ForEach([&paths](const FileEntry& file) { paths.emplace_back(file.path); });
    return paths;
  }
  static const FileEntry& Entry(const SnapshotPtr& snapshot, std::string_view path) {
    const FileEntry* found = nullptr;
    snapshot->files().ForEach([&](const FileEntry& file) {
      if (file.path == path) found = &file;
    });
    return *found;
  }

  FixedClock clock_;
  SeededRandom random_{1};
  Environment environment_;
  std::shared_ptr<Table> table_;
};

TEST_F(TransactionTest, CreateAppendRemoveReopen) {
  SnapshotPtr created = CreateTable();
  EXPECT_EQ(created->version(), 0);
  EXPECT_EQ(created->protocol().min_reader_version, 1);
  EXPECT_EQ(created->protocol().min_writer_version, 2);
  Append({FileOf("a", 1), FileOf("b", 2)});
  SnapshotPtr two = Append({FileOf("c", 1)});
  Transaction remove = Begin(two, "DELETE");
  remove.Remove(Entry(two, "a"));
  Done(std::move(remove).Commit());
  Table fresh(environment_);
  SnapshotPtr reopened = *fresh.Latest();
  EXPECT_EQ(reopened->version(), 3);
  EXPECT_THAT(PathsOf(*reopened), UnorderedElementsAre("b", "c"));
  EXPECT_THAT(PathsOf(**fresh.At(2)), UnorderedElementsAre("a", "b", "c"));
  EXPECT_EQ(*CountFromMetadata(*reopened), 20);
  EXPECT_EQ(fresh.At(9).error().condition, "DELTA_VERSION_NOT_FOUND");
  const auto history = *fresh.History(0);
  EXPECT_EQ(history.front().info.StringOr("operation", ""), "DELETE");
}

TEST_F(TransactionTest, CreateTwiceConflicts) {
  Metadata metadata;
  metadata.schema_string = kSchema;
  Transaction first = *Transaction::Create(table_, metadata, {"CREATE TABLE", {}});
  Transaction second = *Transaction::Create(table_, metadata, {"CREATE TABLE", {}});
  Done(std::move(first).Commit());
  EXPECT_EQ(ReasonOf(std::move(second).Commit()), Conflicted::Reason::kProtocolChanged);
}

// The pairs of OptimisticTransactionSuite (Delta Spark): what the loser read and did, what the winner did, and the verdict.
TEST_F(TransactionTest, ConflictMatrix) {
  SnapshotPtr created = CreateTable();
  struct Pair {
    const char* name;
    std::function<void(Transaction&, const SnapshotPtr&)> loser, winner;
    std::optional<Conflicted::Reason> verdict;
  };
  using Reason = Conflicted::Reason;
  const std::vector<Pair> pairs = {
      {"append / append", [](Transaction& t, auto&) { t.Add(FileOf("x", 1)); }, [](Transaction& t, auto&) { t.Add(FileOf("y", 1)); }, {}},
      {"disjoint txns", [](Transaction& t, auto&) { (void)t.ReadApplication("t1"); t.SetApplication({"t1", 1, {}}); }, [](Transaction& t, auto&) { t.SetApplication({"t2", 1, {}}); }, {}},
      {"disjoint delete / read", [](Transaction& t, auto&) { t.ReadRows(InPartition(2)); t.Add(FileOf("x", 2)); },
       [](Transaction& t, const SnapshotPtr& s) { t.ReadRows(InPartition(1)); t.Remove(Entry(s, "p1")); }, {}},
      {"disjoint add / read", [](Transaction& t, auto&) { t.ReadRows(InPartition(2)); t.Add(FileOf("x", 2)); },
       [](Transaction& t, auto&) { t.ReadRows(InPartition(1)); t.Add(FileOf("y", 1)); }, {}},
      {"delete / delete", [](Transaction& t, const SnapshotPtr& s) { t.Remove(Entry(s, "p1")); }, [](Transaction& t, const SnapshotPtr& s) { t.Remove(Entry(s, "p1")); }, Reason::kConcurrentDeleteDelete},
      {"add / read + write", [](Transaction& t, const SnapshotPtr& s) { t.ReadRows(InPartition(1)); t.Remove(Entry(s, "p1")); t.Add(FileOf("x", 1)); },
       [](Transaction& t, auto&) { t.ReadRows(InPartition(1)); t.Add(FileOf("y", 1)); }, Reason::kConcurrentAppend},
      {"blind add / read + write", [](Transaction& t, const SnapshotPtr& s) { t.ReadRows(InPartition(1)); t.Remove(Entry(s, "p1")); t.Add(FileOf("x", 1)); },
       [](Transaction& t, auto&) { t.Add(FileOf("y", 1)); }, {}},
      {"blind add / read + write, serializable", [](Transaction& t, const SnapshotPtr& s) { t.SetIsolation(IsolationLevel::kSerializable); t.ReadRows(InPartition(1)); t.Remove(Entry(s, "p1")); t.Add(FileOf("x", 1)); },
       [](Transaction& t, auto&) { t.Add(FileOf("y", 1)); }, Reason::kConcurrentAppend},
      {"delete / read", [](Transaction& t, const SnapshotPtr& s) { t.ReadRows(InPartition(1)); t.ReadFile(Entry(s, "p1")); t.Add(FileOf("x", 1)); },
       [](Transaction& t, const SnapshotPtr& s) { t.Remove(Entry(s, "p1")); }, Reason::kConcurrentDeleteRead},
      {"schema change", [](Transaction& t, auto&) { t.Add(FileOf("x", 1)); },
       [](Transaction& t, const SnapshotPtr& s) { Metadata m = s->metadata(); m.configuration["x"] = "y"; ASSERT_TRUE(t.SetMetadata(m)); }, Reason::kMetadataChanged},
      {"conflicting txns", [](Transaction& t, auto&) { (void)t.ReadApplication("t1"); t.SetApplication({"t1", 1, {}}); }, [](Transaction& t, auto&) { t.SetApplication({"t1", 1, {}}); }, Reason::kConcurrentTransaction},
      {"upgrade / upgrade", [](Transaction& t, auto&) { ASSERT_TRUE(t.AddFeature("changeDataFeed")); }, [](Transaction& t, auto&) { ASSERT_TRUE(t.AddFeature("checkConstraints")); }, Reason::kProtocolChanged},
      {"taint whole table / add", [](Transaction& t, auto&) { t.ReadWholeTable(); t.Add(FileOf("x", 1)); }, [](Transaction& t, auto&) { t.ReadRows(InPartition(2)); t.Add(FileOf("y", 2)); }, Reason::kConcurrentAppend},
      {"taint whole table / remove", [](Transaction& t, auto&) { t.ReadWholeTable(); t.Add(FileOf("x", 1)); }, [](Transaction& t, const SnapshotPtr& s) { t.Remove(Entry(s, "p2")); }, Reason::kConcurrentDeleteRead},
      {"optimize / blind add", [](Transaction& t, const SnapshotPtr& s) { t.ReadWholeTable(); t.Remove(Entry(s, "p1"), false); AddFile f = FileOf("x", 1); f.data_change = false; t.Add(f); },
       [](Transaction& t, auto&) { t.Add(FileOf("y", 1)); }, {}},
      {"optimize / delete same file", [](Transaction& t, const SnapshotPtr& s) { t.Remove(Entry(s, "p1"), false); AddFile f = FileOf("x", 1); f.data_change = false; t.Add(f); },
       [](Transaction& t, const SnapshotPtr& s) { t.Remove(Entry(s, "p1")); }, Reason::kConcurrentDeleteDelete},
      {"same domain", [](Transaction& t, auto&) { t.SetDomain({"d", "1", false}); }, [](Transaction& t, auto&) { t.SetDomain({"d", "2", false}); }, Reason::kConcurrentDomain},
  };
  for (const Pair& pair : pairs) {
    SCOPED_TRACE(pair.name);
    Open(io::MakeMemoryStore());
    CreateTable();
    SnapshotPtr base = Append({FileOf("p1", 1), FileOf("p2", 2)});
    Transaction loser = Begin(base), winner = Begin(base);
    pair.loser(loser, base);
    pair.winner(winner, base);
    Done(std::move(winner).Commit());
    EXPECT_EQ(ReasonOf(std::move(loser).Commit()), pair.verdict);
  }
}

TEST_F(TransactionTest, DisjointRowsOfOneFileBothCommit) {
  CreateTable({{"delta.enableDeletionVectors", "true"}}, {});
  SnapshotPtr base = Append({FileOf("f", 0, 100)});
  Transaction first = Begin(base, "DELETE"), second = Begin(base, "DELETE"), third = Begin(base, "DELETE");
  auto rows = [](std::initializer_list<uint64_t> list) {
    RowSet set;
    for (uint64_t row : list) set.Add(row);
    return set;
  };
  for (Transaction* transaction : {&first, &second, &third}) transaction->ReadWholeTable();
  first.DeleteRows(Entry(base, "f"), rows({1, 2}));
  second.DeleteRows(Entry(base, "f"), rows({50, 51, 52}));
  third.DeleteRows(Entry(base, "f"), rows({2, 3}));
  Done(std::move(first).Commit());
  SnapshotPtr after = Done(std::move(second).Commit());
  EXPECT_EQ(ReasonOf(std::move(third).Commit()), Conflicted::Reason::kConcurrentDeleteDelete);
  EXPECT_THAT((*DeletedRowsOf(*after, Entry(after, "f")))->ToVector(), ElementsAre(1, 2, 50, 51, 52));
  EXPECT_EQ(*CountFromMetadata(*after), 95);
}

TEST_F(TransactionTest, DeletingEveryRowRemovesTheFile) {
  CreateTable({{"delta.enableDeletionVectors", "true"}}, {});
  SnapshotPtr base = Append({FileOf("f", 0, 3)});
  Transaction transaction = Begin(base, "DELETE");
  RowSet all;
  all.AddRange(0, 3);
  transaction.DeleteRows(Entry(base, "f"), all);
  EXPECT_EQ(Done(std::move(transaction).Commit())->files().count(), 0);
}

TEST_F(TransactionTest, AppendOnlyRefusesDeletes) {
  CreateTable({{"delta.appendOnly", "true"}});
  SnapshotPtr base = Append({FileOf("a", 1)});
  Transaction transaction = Begin(base, "DELETE");
  transaction.Remove(Entry(base, "a"));
  EXPECT_EQ(std::move(transaction).Commit().error().condition, "DELTA_CANNOT_MODIFY_APPEND_ONLY");
}

TEST_F(TransactionTest, RowIdsNeverOverlap) {
  CreateTable({{"delta.enableRowTracking", "true"}});
  SnapshotPtr base = *table_->Latest();
  Transaction first = Begin(base), second = Begin(base);
  first.Add({FileOf("a", 1, 10), FileOf("b", 1, 5)});
  second.Add(FileOf("c", 1, 7));
  Done(std::move(first).Commit());
  SnapshotPtr after = Done(std::move(second).Commit());
  EXPECT_EQ(Entry(after, "a").base_row_id, 0);
  EXPECT_EQ(Entry(after, "b").base_row_id, 10);
  EXPECT_EQ(Entry(after, "c").base_row_id, 15);
  EXPECT_EQ(Entry(after, "c").default_row_commit_version, 2);
  EXPECT_EQ(after->domains().at("delta.rowTracking").configuration, "{\"rowIdHighWaterMark\":21}");
}

TEST_F(TransactionTest, InCommitTimestampsRiseWhenTheClockFallsBack) {
  CreateTable({{"delta.enableInCommitTimestamps", "true"}});
  const int64_t first = *(*table_->Latest())->TimestampMs();
  clock_.now_ms -= 100000;
  EXPECT_EQ(*Append({FileOf("a", 1)})->TimestampMs(), first + 1);
  EXPECT_EQ(*Append({FileOf("b", 1)})->TimestampMs(), first + 2);
  EXPECT_EQ((*table_->AsOf(first + 1))->version(), 1);
  EXPECT_EQ(table_->AsOf(first - 1).error().condition, "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION");
  EXPECT_EQ(table_->AsOf(first + 3).error().condition, "DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
}

TEST_F(TransactionTest, FeaturesFollowFromPropertiesAndSchema) {
  SnapshotPtr snapshot = CreateTable({{"delta.enableDeletionVectors", "true"}, {"delta.columnMapping.mode", "name"}, {"delta.feature.v2Checkpoint", "supported"}});
  EXPECT_EQ(snapshot->protocol().min_reader_version, 3);
  EXPECT_THAT(*snapshot->protocol().reader_features, UnorderedElementsAre("columnMapping", "deletionVectors", "v2Checkpoint"));
  EXPECT_THAT(*snapshot->protocol().writer_features, UnorderedElementsAre("appendOnly", "columnMapping", "deletionVectors", "invariants", "v2Checkpoint"));
  EXPECT_FALSE(snapshot->metadata().configuration.contains("delta.feature.v2Checkpoint"));
  EXPECT_EQ(snapshot->Property("delta.columnMapping.maxColumnId"), "2");
  EXPECT_TRUE(snapshot->schema()[0].PhysicalName().starts_with("col-"));
}

TEST_F(TransactionTest, UnknownWriterFeatureReadsButDoesNotWrite) {
  ASSERT_TRUE(environment_.store->Write(CommitKey(0),
      "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":[\"fancy\"]}}\n{\"metaData\":{\"id\":\"i\",\"format\":{\"provider\":\"parquet\",\"options\":{}},\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[]}\",\"partitionColumns\":[],\"configuration\":{}}}\n",
      io::WriteMode::kCreateOnly));
  SnapshotPtr snapshot = *table_->Latest();
  EXPECT_EQ(Transaction::Begin(table_, snapshot, {"WRITE", {}}).error().condition, "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE");
}

TEST_F(TransactionTest, ChecksumAgreesWithTheState) {
  CreateTable();
  SnapshotPtr snapshot = Append({FileOf("a", 1), FileOf("b", 2)});
  EXPECT_EQ(*VerifyChecksum(*snapshot), "");
  ASSERT_TRUE(environment_.store->Write(ChecksumKey(1), "{\"numFiles\":3}", io::WriteMode::kOverwrite));
  EXPECT_EQ(*VerifyChecksum(*snapshot), "numFiles is 2, recorded as 3");
}

// Writers on a store that loses replies and refuses calls: every commit that was reported stands exactly once, versions have no gap.
TEST(TransactionSimulationTest, NoVersionIsLostOrDoubled) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FixedClock clock;
    SeededRandom random(seed);
    auto inner = io::MakeMemoryStore();
    auto faulty = io::MakeFaultyStore(inner, seed, {.unavailable_permille = 60, .lost_reply_permille = 120});
    Environment calm{inner, nullptr, &clock, &random};
    Metadata metadata;
    metadata.schema_string = kSchema;
    metadata.partition_columns = {"part"};
    ASSERT_TRUE(std::move(*Transaction::Create(std::make_shared<Table>(calm), metadata, {"CREATE TABLE", {}})).Commit());
    std::vector<std::shared_ptr<Table>> writers;
    for (int i = 0; i < 3; ++i) writers.push_back(std::make_shared<Table>(Environment{faulty, nullptr, &clock, &random}));
    std::set<std::string> reported, uncertain;
    std::vector<std::pair<SnapshotPtr, int>> open;
    for (int step = 0; step < 30; ++step) {
      const int writer = static_cast<int>(random.NextUint64() % 3);
      // A snapshot taken earlier by this writer makes the commit race with those that came since.
      Result<SnapshotPtr> snapshot = writers[static_cast<size_t>(writer)]->Latest();
      if (!snapshot) continue;
      open.emplace_back(*snapshot, writer);
      auto& [base, owner] = open[random.NextUint64() % open.size()];
      Result<Transaction> transaction = Transaction::Begin(writers[static_cast<size_t>(owner)], base, {"WRITE", {}});
      const std::string name = "f" + std::to_string(step);
      transaction->Add(FileOf(name, 1));
      Result<CommitOutcome> outcome = std::move(*transaction).Commit();
      if (outcome && std::holds_alternative<Committed>(*outcome)) reported.insert(name);
      else uncertain.insert(name);
    }
    Table reader(calm);
    SnapshotPtr final_snapshot = *reader.Latest();
    std::multiset<std::string> found;
    for (int64_t version = 1; version <= final_snapshot->version(); ++version) {
      const std::vector<Action> actions = *reader.Commit(version);
      for (const Action& action : actions) {
        if (const auto* add = std::get_if<AddFile>(&action)) found.insert(add->path);
      }
    }
    for (const std::string& name : reported) EXPECT_EQ(found.count(name), 1u) << name;
    for (const std::string& name : found) EXPECT_TRUE(reported.contains(name) || uncertain.contains(name)) << name;
    for (const std::string& name : uncertain) EXPECT_LE(found.count(name), 1u) << name;
    EXPECT_EQ(static_cast<size_t>(final_snapshot->files().count()), found.size());
  }
}

// Money moves between rows; deletions of disjoint rows interleave at random. What is deleted is deleted once.
TEST(TransactionSimulationTest, InterleavedRowDeletionsAreNeverLost) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FixedClock clock;
    SeededRandom random(seed);
    Environment environment{io::MakeMemoryStore(), nullptr, &clock, &random};
    auto table = std::make_shared<Table>(environment);
    Metadata metadata;
    metadata.schema_string = kSchema;
    metadata.configuration["delta.enableDeletionVectors"] = "true";
    Transaction create = *Transaction::Create(table, metadata, {"CREATE TABLE", {}});
    create.Add(FileOf("f", 0, 64));
    ASSERT_TRUE(std::move(create).Commit());
    std::set<uint64_t> deleted;
    std::vector<SnapshotPtr> seen{*table->Latest()};
    for (int step = 0; step < 12; ++step) {
      SnapshotPtr base = seen[random.NextUint64() % seen.size()];
      const FileEntry* file = nullptr;
      base->files().ForEach([&file](const FileEntry& entry) { file = &entry; });
      ASSERT_NE(file, nullptr);
      RowSet rows;
      const uint64_t first = random.NextUint64() % 60;
      rows.AddRange(first, 1 + random.NextUint64() % 3);
      // Rows already gone in the snapshot read cannot be matched again.
      auto before = *DeletedRowsOf(*base, *file);
      RowSet wanted;
      for (uint64_t row : rows.ToVector()) {
        if (before == nullptr || !before->Contains(row)) wanted.Add(row);
      }
      if (wanted.Empty()) continue;
      Transaction transaction = *Transaction::Begin(table, base, {"DELETE", {}});
      transaction.ReadWholeTable();
      transaction.DeleteRows(*file, wanted);
      Result<CommitOutcome> outcome = std::move(transaction).Commit();
      ASSERT_TRUE(outcome) << outcome.error().ToString();
      if (const auto* committed = std::get_if<Committed>(&*outcome)) {
        for (uint64_t row : wanted.ToVector()) EXPECT_TRUE(deleted.insert(row).second) << "row deleted twice: " << row;
        seen.push_back(committed->snapshot);
      } else {
        bool overlaps = false;
        for (uint64_t row : wanted.ToVector()) overlaps |= deleted.contains(row);
        EXPECT_TRUE(overlaps) << "conflict without a common row";
      }
    }
    SnapshotPtr last = *Table(environment).Latest();
    const FileEntry* file = nullptr;
    last->files().ForEach([&file](const FileEntry& entry) { file = &entry; });
    auto gone = *DeletedRowsOf(*last, *file);
    EXPECT_EQ(gone == nullptr ? std::vector<uint64_t>() : gone->ToVector(), std::vector<uint64_t>(deleted.begin(), deleted.end()));
  }
}

// The process dies after every possible number of writes: the table reads, and holds all or nothing of the commit.
TEST(TransactionSimulationTest, KillAtEveryStepLeavesTheTableReadable) {
  for (int64_t calls = 0; calls < 12; ++calls) {
    FixedClock clock;
    SeededRandom random(7);
    auto inner = io::MakeMemoryStore();
    Environment calm{inner, nullptr, &clock, &random};
    Metadata metadata;
    metadata.schema_string = kSchema;
    metadata.configuration["delta.enableDeletionVectors"] = "true";
    Transaction create = *Transaction::Create(std::make_shared<Table>(calm), metadata, {"CREATE TABLE", {}});
    create.Add(FileOf("f", 0, 64));
    ASSERT_TRUE(std::move(create).Commit());
    auto faulty = io::MakeFaultyStore(inner, 1, {});
    auto table = std::make_shared<Table>(Environment{faulty, nullptr, &clock, &random});
    SnapshotPtr base = *table->Latest();
    faulty->CrashAfter(calls);
    Transaction transaction = *Transaction::Begin(table, base, {"DELETE", {}});
    RowSet rows;
    rows.Add(3);
    base->files().ForEach([&](const FileEntry& entry) { transaction.DeleteRows(entry, rows); });
    transaction.Add(FileOf("g", 0, 1));
    (void)std::move(transaction).Commit();
    SnapshotPtr after = *Table(calm).Latest();
    ASSERT_TRUE(after->version() == 0 || after->version() == 1);
    EXPECT_EQ(*CountFromMetadata(*after), 64);  // without the commit, or one row less and one more
    EXPECT_EQ(after->files().count(), after->version() == 0 ? 1 : 2);
  }
}

}  // namespace
}  // namespace crannog::delta
