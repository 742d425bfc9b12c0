#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "base/random.h"
#include "delta/checkpoint_writer.h"
#include "delta/metadata_rules.h"
#include "delta/scan.h"
#include "delta/transaction.h"
#include "engine/duckdb/delta_rows.h"

// Tables written through DuckDB's Parquet writer and read back through the Delta scan: rows, statistics, features.
namespace crannog::engine {
namespace {

using delta::Predicate;

class DeltaWriteTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/crannog-delta-XXXXXX";
    folder_ = mkdtemp(pattern);
    rows_ = *MakeDeltaRows();
    table_ = std::make_shared<delta::Table>(delta::Environment{*io::OpenLocalStore(folder_), &rows_->parquet(), &SystemClock(), &SystemRandom()});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Create(const std::string& fields, std::vector<std::string> partitions = {}, delta::StringMap configuration = {}) {
    delta::Metadata metadata;
    metadata.schema_string = "{\"type\":\"struct\",\"fields\":[" + fields + "]}";
    metadata.partition_columns = std::move(partitions);
    metadata.configuration = std::move(configuration);
    auto transaction = delta::Transaction::Create(table_, metadata, {"CREATE TABLE", {}});
    ASSERT_TRUE(transaction) << transaction.error().ToString();
    Commit(*std::move(transaction));
  }
  static void Commit(delta::Transaction transaction) {
    auto outcome = std::move(transaction).Commit();
    ASSERT_TRUE(outcome) << outcome.error().ToString();
    ASSERT_TRUE(std::holds_alternative<delta::Committed>(*outcome));
  }
  void Insert(const std::string& select) {
    delta::SnapshotPtr snapshot = *table_->Latest();
    auto adds = rows_->Write(select, *snapshot, 1700000000000);
    ASSERT_TRUE(adds) << adds.error().ToString();
    delta::Transaction transaction = *delta::Transaction::Begin(table_, snapshot, {"WRITE", {}});
    transaction.Add(*std::move(adds));
    Commit(std::move(transaction));
  }
  std::vector<std::string> Rows(const Predicate& predicate = {}) {
    // A reader of its own: nothing comes from the writer's memory.
    delta::Table fresh(table_->environment());
    auto snapshot = fresh.Latest();
    EXPECT_TRUE(snapshot) << snapshot.error().ToString();
    auto rows = rows_->Read(delta::PlanScan(*snapshot, predicate));
    EXPECT_TRUE(rows) << rows.error().ToString();
    std::vector<std::string> texts = rows.value_or(std::vector<std::string>{});
    for (std::string& text : texts) {
      std::replace(text.begin(), text.end(), '\x1f', '|');
      for (size_t at; (at = text.find("\x01NULL")) != std::string::npos;) text.replace(at, 5, "NULL");
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  static std::string FieldJson(const std::string& name, const std::string& type) {
    return "{\"name\":\"" + name + "\",\"type\":" + type + ",\"nullable\":true,\"metadata\":{}}";
  }

  std::string folder_;
  std::unique_ptr<DeltaRows> rows_;
  std::shared_ptr<delta::Table> table_;
};

TEST_F(DeltaWriteTest, StatisticsAndPruning) {
  Create(FieldJson("id", "\"long\"") + "," + FieldJson("name", "\"string\"") + "," + FieldJson("d", "\"decimal(10,2)\"") + "," + FieldJson("t", "\"timestamp\"") + "," +
         FieldJson("f", "\"double\""));
  Insert("SELECT i, 'n' || i, (i / 4)::DECIMAL(10,2), TIMESTAMPTZ '2024-01-01 00:00:00.123456+00', i * 0.5 FROM range(3) t(i)");
  Insert("SELECT i, NULL, NULL, NULL, 'nan'::DOUBLE FROM range(100, 103) t(i)");
  delta::SnapshotPtr snapshot = *table_->Latest();
  std::vector<std::string> stats;
  snapshot->files().ForEach([&stats](const delta::FileEntry& file) { stats.emplace_back(file.stats); });
  std::sort(stats.begin(), stats.end());
  EXPECT_THAT(stats, testing::ElementsAre(
      R"({"numRecords":3,"minValues":{"id":0,"name":"n0","d":0.00,"t":"2024-01-01T00:00:00.123Z","f":0.0},"maxValues":{"id":2,"name":"n2","d":0.50,"t":"2024-01-01T00:00:00.123Z","f":1.0},"nullCount":{"id":0,"name":0,"d":0,"t":0,"f":0},"tightBounds":true})",
      R"({"numRecords":3,"minValues":{"id":100},"maxValues":{"id":102,"f":"NaN"},"nullCount":{"id":0,"name":3,"d":3,"t":3,"f":0},"tightBounds":true})"));
  EXPECT_EQ(delta::PlanScan(snapshot, Predicate::Compare({"id"}, Predicate::Comparison::kLess, int64_t{50})).files.size(), 1u);
  EXPECT_EQ(delta::PlanScan(snapshot, Predicate::IsNotNull({"name"})).files.size(), 1u);
  EXPECT_EQ(delta::PlanScan(snapshot, Predicate::Compare({"f"}, Predicate::Comparison::kGreater, 1e300)).files.size(), 2u);  // NaN is above, and may hide
  EXPECT_EQ(Rows().size(), 6u);
  EXPECT_EQ(*delta::CountFromMetadata(*snapshot), 6);
  const delta::MinMax bounds = *delta::MinMaxFromMetadata(*snapshot, {"id"});
  EXPECT_EQ(std::get<int64_t>(bounds.max), 102);
  EXPECT_FALSE(delta::MinMaxFromMetadata(*snapshot, {"name"}));
}

TEST_F(DeltaWriteTest, PartitionsWithOddValues) {
  Create(FieldJson("id", "\"integer\"") + "," + FieldJson("p", "\"string\"") + "," + FieldJson("q", "\"date\""), {"p", "q"});
  Insert("SELECT * FROM (VALUES (1, 'a/b=c %41', DATE '2024-02-29'), (2, NULL, NULL), (3, 'ü ', DATE '0001-01-01')) t");
  EXPECT_THAT(Rows(), testing::ElementsAre("1|a/b=c %41|2024-02-29|", "2|NULL|NULL|", "3|ü |0001-01-01|"));
  EXPECT_THAT(Rows(Predicate::IsNull({"p"})), testing::ElementsAre("2|NULL|NULL|"));
  EXPECT_THAT(Rows(Predicate::Compare({"q"}, Predicate::Comparison::kGreater, int64_t{0})), testing::ElementsAre("1|a/b=c %41|2024-02-29|"));
}

class ColumnMappingTest : public DeltaWriteTest, public testing::WithParamInterface<const char*> {};

TEST_P(ColumnMappingTest, NestedNamesAndRename) {
  const std::string inner = R"({"type":"struct","fields":[)" + FieldJson("x", "\"integer\"") + "," + FieldJson("y", "\"string\"") + "]}";
  Create(FieldJson("id", "\"long\"") + "," + FieldJson("s", inner) + "," +
             FieldJson("l", R"({"type":"array","elementType":)" + inner + R"(,"containsNull":true})") + "," +
             FieldJson("m", R"({"type":"map","keyType":"string","valueType":)" + inner + R"(,"valueContainsNull":true})") + "," + FieldJson("p", "\"integer\""),
         {"p"}, {{"delta.columnMapping.mode", GetParam()}});
  Insert("SELECT 1, {'x': 2, 'y': 'a'}, [{'x': 3, 'y': 'b'}], MAP {'k': {'x': 4, 'y': 'c'}}, 7");
  EXPECT_THAT(Rows(), testing::ElementsAre("1|{'x': 2, 'y': a}|[{'x': 3, 'y': b}]|{k={'x': 4, 'y': c}}|7|"));
  // Rename a column and a nested field: only the schema changes.
  delta::SnapshotPtr snapshot = *table_->Latest();
  delta::Metadata metadata = snapshot->metadata();
  for (auto [from, to] : {std::pair<std::string, std::string>{"\"name\":\"s\"", "\"name\":\"renamed\""}, {"\"name\":\"x\"", "\"name\":\"z\""}}) {
    for (size_t at = 0; (at = metadata.schema_string.find(from, at)) != std::string::npos; at += to.size()) metadata.schema_string.replace(at, from.size(), to);
  }
  delta::Transaction transaction = *delta::Transaction::Begin(table_, snapshot, {"RENAME COLUMN", {}});
  ASSERT_TRUE(transaction.SetMetadata(metadata));
  Commit(std::move(transaction));
  Insert("SELECT 2, {'z': 5, 'y': 'd'}, NULL, NULL, NULL");
  EXPECT_THAT(Rows(), testing::ElementsAre("1|{'z': 2, 'y': a}|[{'z': 3, 'y': b}]|{k={'z': 4, 'y': c}}|7|", "2|{'z': 5, 'y': d}|NULL|NULL|NULL|"));
}
INSTANTIATE_TEST_SUITE_P(Modes, ColumnMappingTest, testing::Values("name", "id"));

TEST_F(DeltaWriteTest, WidenedTypesAtAnyDepth) {
  Create(FieldJson("a", "\"integer\"") + "," + FieldJson("l", R"({"type":"array","elementType":"short","containsNull":true})") + "," +
             FieldJson("m", R"({"type":"map","keyType":"byte","valueType":"float","valueContainsNull":true})") + "," +
             FieldJson("s", R"({"type":"struct","fields":[)" + FieldJson("d", "\"decimal(5,2)\"") + "," + FieldJson("t", "\"date\"") + "]}"),
         {}, {{"delta.enableTypeWidening", "true"}});
  Insert("SELECT 1, [2], MAP {3: 4.5}, {'d': 1.25, 't': DATE '2024-01-01'}");
  delta::SnapshotPtr snapshot = *table_->Latest();
  delta::Metadata metadata = snapshot->metadata();
  for (auto [from, to] : {std::pair<std::string, std::string>{"\"integer\"", "\"long\""}, {"\"short\"", "\"integer\""}, {"\"byte\"", "\"long\""}, {"\"float\"", "\"double\""},
                          {"decimal(5,2)", "decimal(12,4)"}, {"\"date\"", "\"timestamp_ntz\""}}) {
    metadata.schema_string.replace(metadata.schema_string.find(from), from.size(), to);
  }
  delta::Transaction transaction = *delta::Transaction::Begin(table_, snapshot, {"CHANGE COLUMN", {}});
  ASSERT_TRUE(transaction.SetMetadata(metadata));
  Commit(std::move(transaction));
  Insert("SELECT 5000000000, [70000], MAP {300: 0.1}, {'d': 12345678.1234, 't': TIMESTAMP '2024-01-02 03:04:05'}");
  EXPECT_THAT(Rows(), testing::ElementsAre("1|[2]|{3=4.5}|{'d': 1.2500, 't': '2024-01-01 00:00:00'}|", "5000000000|[70000]|{300=0.1}|{'d': 12345678.1234, 't': '2024-01-02 03:04:05'}|"));
}

TEST_F(DeltaWriteTest, MissingColumnsAndNestedFieldsAreNull) {
  Create(FieldJson("a", "\"integer\"") + "," + FieldJson("s", R"({"type":"struct","fields":[)" + FieldJson("x", "\"integer\"") + "]}"));
  Insert("SELECT 1, {'x': 2}");
  Insert("SELECT 2, NULL");
  delta::SnapshotPtr snapshot = *table_->Latest();
  delta::Metadata metadata = snapshot->metadata();
  metadata.schema_string = R"({"type":"struct","fields":[)" + FieldJson("a", "\"integer\"") + "," +
                           FieldJson("s", R"({"type":"struct","fields":[)" + FieldJson("new", "\"string\"") + "," + FieldJson("x", "\"integer\"") + "]}") + "," + FieldJson("b", "\"string\"") + "]}";
  delta::Transaction transaction = *delta::Transaction::Begin(table_, snapshot, {"ADD COLUMNS", {}});
  ASSERT_TRUE(transaction.SetMetadata(metadata));
  Commit(std::move(transaction));
  EXPECT_THAT(Rows(), testing::ElementsAre("1|{'new': NULL, 'x': 2}|NULL|", "2|NULL|NULL|"));
}

class CheckpointTest : public DeltaWriteTest, public testing::WithParamInterface<bool> {};

TEST_P(CheckpointTest, ReadsBackWithoutTheCommits) {
  delta::StringMap configuration = {{"delta.enableDeletionVectors", "true"}};
  if (GetParam()) configuration["delta.checkpointPolicy"] = "v2";
  Create(FieldJson("id", "\"long\"") + "," + FieldJson("p", "\"string\""), {"p"}, configuration);
  for (int i = 0; i < 5; ++i) Insert("SELECT i, NULLIF('" + std::to_string(i) + "', '3') FROM range(" + std::to_string(i * 10) + ", " + std::to_string(i * 10 + 10) + ") t(i)");
  delta::SnapshotPtr snapshot = *table_->Latest();
  delta::Transaction transaction = *delta::Transaction::Begin(table_, snapshot, {"DELETE", {}});
  delta::RowSet first;
  first.Add(0);
  snapshot->files().ForEach([&](const delta::FileEntry& file) { transaction.DeleteRows(file, first); });
  transaction.SetApplication({"app", 42, 1});
  Commit(std::move(transaction));
  const std::vector<std::string> before = Rows();
  EXPECT_EQ(before.size(), 45u);
  auto written = delta::WriteCheckpoint(*table_->Latest(), {.sidecar_actions_max = 3});
  ASSERT_TRUE(written) << written.error().ToString();
  // The commits go: only the checkpoint can tell.
  for (int version = 0; version < 6; ++version) std::filesystem::remove(folder_ + "/" + delta::CommitKey(version));
  EXPECT_EQ(Rows(), before);
  delta::Table fresh(table_->environment());
  delta::SnapshotPtr reopened = *fresh.Latest();
  EXPECT_EQ(reopened->transactions().at("app").version, 42);
  EXPECT_EQ(reopened->protocol(), snapshot->protocol());
  EXPECT_EQ(reopened->metadata(), snapshot->metadata());
  EXPECT_EQ(*delta::CountFromMetadata(*reopened), 45);
}
INSTANTIATE_TEST_SUITE_P(Kinds, CheckpointTest, testing::Bool(), [](const auto& info) { return info.param ? "v2" : "v1"; });

TEST_F(DeltaWriteTest, DamagedCheckpointFallsBackToTheLog) {
  Create(FieldJson("id", "\"long\""));
  Insert("SELECT 1");
  ASSERT_TRUE(delta::WriteCheckpoint(*table_->Latest()));
  Insert("SELECT 2");
  const std::string path = folder_ + "/" + delta::ClassicCheckpointKey(1);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_THAT(Rows(), testing::ElementsAre("1|", "2|"));
  std::filesystem::remove(path);
  EXPECT_THAT(Rows(), testing::ElementsAre("1|", "2|"));
}

}  // namespace
}  // namespace crannog::engine
