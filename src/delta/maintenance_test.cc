#include "delta/maintenance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "delta/path.h"
#include "delta/scan.h"

namespace crannog::delta {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class FixedClock final : public Clock {
 public:
  int64_t NowMicros() const override { return now_ms * 1000; }
  int64_t MonotonicNanos() const override { return 0; }
  int64_t now_ms = 0;
};

constexpr int64_t kDayMs = 86400000;
constexpr const char* kSchema =
    R"({"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{}},{"name":"_p","type":"string","nullable":true,"metadata":{}}]})";

class MaintenanceTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now_ms = SystemClock().NowMillis();  // the memory store stamps objects with the system's time
    store_ = io::MakeMemoryStore();
    table_ = std::make_shared<Table>(Environment{store_, nullptr, &clock_, &SystemRandom()});
    Metadata metadata;
    metadata.schema_string = kSchema;
    metadata.partition_columns = {"_p"};
    metadata.configuration["delta.enableDeletionVectors"] = "true";
    Commit(*Transaction::Create(table_, metadata, {"CREATE TABLE", {}}));
  }
  static void Commit(Transaction transaction) {
    auto outcome = std::move(transaction).Commit();
    ASSERT_TRUE(outcome && std::holds_alternative<Committed>(*outcome));
  }
  void Append(const std::string& path, int64_t size = 10, const std::string& partition = "x") {
    ASSERT_TRUE(store_->Write(DecodePath(path), "data", io::WriteMode::kCreateOnly));
    AddFile add;
    add.path = path;
    add.size_bytes = size;
    add.partition_values = {{"_p", partition}};
    add.stats = "{\"numRecords\":100}";
    Transaction transaction = *Transaction::Begin(table_, *table_->Latest(), {"WRITE", {}});
    transaction.Add(add);
    Commit(std::move(transaction));
  }
  void Delete(const std::string& path, uint64_t rows = 0) {
    SnapshotPtr snapshot = *table_->Latest();
    Transaction transaction = *Transaction::Begin(table_, snapshot, {"DELETE", {}});
    snapshot->files().ForEach([&](const FileEntry& file) {
      if (file.path != path) return;
      RowSet set;
      if (rows > 0) set.AddRange(0, rows);
      rows > 0 ? transaction.DeleteRows(file, set) : transaction.Remove(file);
    });
    Commit(std::move(transaction));
  }
  std::vector<std::string> LivePaths() {
    std::vector<std::string> paths;
    (*table_->Latest())->files().ForEach([&paths](const FileEntry& file) { paths.emplace_back(file.path); });
    return paths;
  }

  FixedClock clock_;
  std::shared_ptr<io::ObjectStore> store_;
  std::shared_ptr<Table> table_;
};

TEST_F(MaintenanceTest, VacuumKeepsWhatTheRetentionNeeds) {
  Append("_p=x/live%20one");
  Append("_p=x/gone");
  Append("with_vector");
  Delete("_p=x/gone");
  Delete("with_vector", 5);
  for (const char* key : {"orphan", "_change_data/c", ".hidden", "_other/x"}) ASSERT_TRUE(store_->Write(key, "", io::WriteMode::kCreateOnly));
  EXPECT_THAT((*Vacuum(*table_, {})).keys, ElementsAre());  // all young
  clock_.now_ms += 3 * kDayMs;
  EXPECT_EQ(Vacuum(*table_, {.retention_ms = 1}).error().condition, "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT");
  clock_.now_ms += 5 * kDayMs;
  EXPECT_THAT((*Vacuum(*table_, {.mode = VacuumMode::kLite, .action = VacuumAction::kDryRun})).keys, ElementsAre("_p=x/gone"));
  EXPECT_THAT((*Vacuum(*table_, {.action = VacuumAction::kDryRun})).keys, ElementsAre("_change_data/c", "_p=x/gone", "orphan"));
  EXPECT_TRUE(store_->Head("orphan"));
  ASSERT_TRUE(Vacuum(*table_, {}));
  EXPECT_FALSE(store_->Head("orphan"));
  EXPECT_TRUE(store_->Head("_p=x/live one"));
  SnapshotPtr snapshot = *table_->Latest();
  EXPECT_EQ(*CountFromMetadata(*snapshot), 195);
  snapshot->files().ForEach([&](const FileEntry& file) { EXPECT_TRUE(DeletedRowsOf(*snapshot, file)); });
}

TEST_F(MaintenanceTest, RestoreBringsBackFilesAndVectors) {
  Append("a");
  Append("b");
  Delete("a", 10);
  Delete("b");
  Append("c");
  RestoreMetrics metrics;
  auto restore = BeginRestore(table_, *table_->At(2), {"RESTORE", {}}, &metrics);
  ASSERT_TRUE(restore) << restore.error().ToString();
  Commit(*std::move(restore));
  EXPECT_THAT(LivePaths(), UnorderedElementsAre("a", "b"));
  EXPECT_EQ(*CountFromMetadata(**table_->Latest()), 200);
  EXPECT_EQ(metrics.num_removed_files, 2);
  EXPECT_EQ(metrics.num_restored_files, 2);
  ASSERT_TRUE(store_->Delete("b"));
  Delete("b");
  EXPECT_EQ(BeginRestore(table_, *table_->At(2), {"RESTORE", {}}, nullptr).error().code, ErrorCode::kNotFound);
}

TEST_F(MaintenanceTest, OptimizePacksPerPartition) {
  for (int i = 0; i < 5; ++i) Append("x" + std::to_string(i), 30, "x");
  Append("big", 1000, "x");
  Append("alone", 10, "y");
  Append("holes", 10, "z");
  Delete("holes", 50);
  const SnapshotPtr snapshot = *table_->Latest();
  const std::vector<FileBin> bins = PlanOptimize(*snapshot, {}, {.min_file_bytes = 100, .max_file_bytes = 100});
  std::vector<size_t> sizes;
  for (const FileBin& bin : bins) sizes.push_back(bin.files.size());
  EXPECT_THAT(sizes, ElementsAre(3, 2, 1));  // x in two bins; y is a single file; z loses its deleted rows
  EXPECT_EQ(bins[2].files.front()->path, "holes");
  Transaction transaction = *Transaction::Begin(table_, snapshot, {"OPTIMIZE", {}});
  AddFile packed;
  packed.path = "packed";
  packed.stats = "{\"numRecords\":300}";
  packed.partition_values = {{"_p", "x"}};
  ReplaceFiles(transaction, bins[0], {packed});
  // An append in between does not hinder it.
  Append("later");
  Commit(std::move(transaction));
  EXPECT_EQ(*CountFromMetadata(**table_->Latest()), 850);
}

TEST_F(MaintenanceTest, DeepCloneListsDataAndVectors) {
  Append("a");
  Delete("a", 7);
  auto target = std::make_shared<Table>(Environment{io::MakeMemoryStore(), nullptr, &clock_, &SystemRandom()});
  auto clone = BeginClone(target, *table_->Latest(), CloneKind::kDeep, {}, {"CLONE", {}}, nullptr);
  ASSERT_TRUE(clone) << clone.error().ToString();
  std::vector<FileCopy> copies;
  ASSERT_TRUE(BeginClone(target, *table_->Latest(), CloneKind::kDeep, {}, {"CLONE", {}}, &copies));
  EXPECT_EQ(copies.size(), 2u);  // the data and the vector
  Commit(*std::move(clone));
  EXPECT_EQ(*CountFromMetadata(**target->Latest()), 93);
  EXPECT_NE((*target->Latest())->metadata().id, (*table_->Latest())->metadata().id);
}

TEST(CurveTest, HilbertVisitsEveryCellInSteps) {
  constexpr int32_t kBits = 3;
  for (const size_t dimensions : {2u, 3u}) {
    std::map<std::string, std::vector<uint32_t>> cells;
    const size_t total = size_t{1} << (kBits * dimensions);
    for (size_t i = 0; i < total; ++i) {
      std::vector<uint32_t> ranks;
      for (size_t d = 0; d < dimensions; ++d) ranks.push_back(static_cast<uint32_t>(i >> (kBits * d)) & 7);
      cells[HilbertKey(ranks, kBits)] = ranks;
    }
    ASSERT_EQ(cells.size(), total);
    const std::vector<uint32_t>* previous = nullptr;
    for (const auto& [key, ranks] : cells) {
      if (previous != nullptr) {
        int distance = 0;
        for (size_t d = 0; d < dimensions; ++d) distance += std::abs(static_cast<int>(ranks[d]) - static_cast<int>((*previous)[d]));
        EXPECT_EQ(distance, 1);
      }
      previous = &ranks;
    }
  }
}

}  // namespace
}  // namespace crannog::delta
