// `crannog-conformance delta DIR`: every Delta table below DIR, in folders and .tar.zst archives, is opened; where the corpus carries
// expected rows (a folder `expected` beside `delta`), they are compared as multisets. Tables that must fail have to fail.
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "conformance/commands.h"
#include "delta/path.h"
#include "delta/scan.h"
#include "delta/table.h"
#include "engine/duckdb/delta_rows.h"
#include "engine/functions/time_zone.h"

namespace crannog::conformance {
namespace {

namespace fs = std::filesystem;

struct Case {
  std::string name;
  fs::path table;
  std::vector<std::string> expected_files;  // Parquet files with the expected rows; empty: none
  bool has_expected = false;
};

// Tables that no correct reader may open, by name; the corpora say so in their own tests. Condition "" accepts any typed error.
struct MustFail {
  std::string_view name;
  std::string_view condition;
};
constexpr MustFail kMustFail[] = {
    {"deltalog-invalid-protocol-version", "DELTA_INVALID_PROTOCOL_VERSION"},
    {"deltalog-state-reconstruction-from-checkpoint-missing-metadata", "DELTA_STATE_RECOVER_ERROR"},
    {"deltalog-state-reconstruction-from-checkpoint-missing-protocol", "DELTA_STATE_RECOVER_ERROR"},
    {"deltalog-state-reconstruction-without-metadata", "DELTA_STATE_RECOVER_ERROR"},
    {"deltalog-state-reconstruction-without-protocol", "DELTA_STATE_RECOVER_ERROR"},
    {"no-delta-log-folder", "DELTA_TABLE_NOT_FOUND"},
    {"versions-not-contiguous", "DELTA_VERSIONS_NOT_CONTIGUOUS"},
    {"data-reader-absolute-paths-escaped-chars", "DELTA_STATE_RECOVER_ERROR"},
    {"delta-rs/simple_table_features", "DELTA_INVALID_PROTOCOL_VERSION"},
};

// Tables whose partition values are wall-clock times of the zone they were written in: they are read in a session of that zone.
struct SessionZone {
  std::string_view name;
  std::string_view zone;
};
constexpr SessionZone kSessionZones[] = {{"data-reader-partition-values", "America/Los_Angeles"}};

const MustFail* FindMustFail(const std::string& name) {
  for (const MustFail& row : kMustFail) {
    if (name == row.name || name.ends_with("/" + std::string(row.name))) return &row;
  }
  return nullptr;
}

std::vector<std::string> ParquetFilesBelow(const fs::path& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && name.ends_with(".parquet") && !name.starts_with(".") && !name.starts_with("_")) files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// A folder whose parent also holds `expected`: the rows to compare with.
void AddExpected(Case& one, const fs::path& expected) {
  if (!fs::is_directory(expected)) return;
  fs::path rows = expected;
  // The acceptance tests put the newest version's rows in latest/table_content.
  if (fs::is_directory(expected / "latest" / "table_content")) rows = expected / "latest" / "table_content";
  one.expected_files = ParquetFilesBelow(rows);
  one.has_expected = true;
}

void CollectTables(const fs::path& folder, const std::string& name, std::vector<Case>& cases) {
  if (fs::is_directory(folder / "_delta_log")) {
    Case one{name, folder, {}, false};
    AddExpected(one, folder.parent_path() / "expected");
    cases.push_back(std::move(one));
    return;
  }
  // A table that must fail may lack its log: the innermost folder is the table then.
  if (FindMustFail(name) != nullptr) {
    fs::path table = folder;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_directory() && (entry.path().filename() == "_delta_log" || entry.path().filename() == "delta")) {
        table = entry.path().filename() == "delta" ? entry.path() : entry.path().parent_path();
      }
    }
    cases.push_back({name, table, {}, false});
    return;
  }
  std::vector<fs::path> children;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory() && entry.path().filename() != "expected") children.push_back(entry.path());
  }
  std::sort(children.begin(), children.end());
  for (const fs::path& child : children) {
    const std::string leaf = child.filename().string();
    // Archives hold NAME/delta or NAME/NAME/delta: keep one name.
    const bool repeats = leaf == "delta" || name.ends_with("/" + leaf) || name == leaf;
    CollectTables(child, repeats ? name : name.empty() ? leaf : name + "/" + leaf, cases);
  }
}

void CollectAll(const fs::path& folder, const std::string& name, const fs::path& scratch, std::vector<Case>& cases) {
  if (fs::is_directory(folder / "_delta_log") || FindMustFail(name) != nullptr || fs::is_directory(folder / "delta" / "_delta_log")) {
    CollectTables(folder, name, cases);
    return;
  }
  std::vector<fs::path> children;
  for (const auto& entry : fs::directory_iterator(folder)) children.push_back(entry.path());
  std::sort(children.begin(), children.end());
  for (const fs::path& child : children) {
    const std::string leaf = child.filename().string();
    if (fs::is_directory(child)) {
      if (leaf == "expected") continue;
      CollectAll(child, name.empty() ? leaf : name + "/" + leaf, scratch, cases);
    } else if (leaf.ends_with(".tar.zst")) {
      const std::string table = leaf.substr(0, leaf.size() - 8);
      const std::string full = name.empty() ? table : name + "/" + table;
      const fs::path target = scratch / full;
      fs::create_directories(target);
      const std::string command = fmt::format("tar --zstd -xf '{}' -C '{}' 2>/dev/null", child.string(), target.string());
      if (system(command.c_str()) != 0) fmt::print(stderr, "cannot unpack {}\n", child.string());
      CollectTables(target, full, cases);
    }
  }
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// "" when the case passes, else why not.
std::string Differences(std::vector<std::string> expected, std::vector<std::string> actual) {
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  if (expected == actual) return "";
  std::vector<std::string> missing, surplus;
  std::set_difference(expected.begin(), expected.end(), actual.begin(), actual.end(), std::back_inserter(missing));
  std::set_difference(actual.begin(), actual.end(), expected.begin(), expected.end(), std::back_inserter(surplus));
  auto show = [](std::vector<std::string> rows) {
    if (rows.empty()) return std::string("none");
    std::replace(rows.front().begin(), rows.front().end(), '\x1f', '|');
    return rows.front().substr(0, 300);
  };
  return fmt::format("{} rows expected, {} read; first missing: {}; first surplus: {}", expected.size(), actual.size(), show(missing), show(surplus));
}

class Runner {
 public:
  explicit Runner(std::unique_ptr<engine::DeltaRows> rows) : rows_(std::move(rows)) {}

  // Gives "" for a pass, else the reason; `note` says what was checked.
  std::string Run(const Case& one, std::string& note) {
    const MustFail* must_fail = FindMustFail(one.name);
    Result<std::string> outcome = Check(one, note);
    if (must_fail != nullptr) {
      if (outcome) return fmt::format("must fail{}{} and did not", must_fail->condition.empty() ? "" : " with ", must_fail->condition);
      note = outcome.error().condition.empty() ? FirstLine(outcome.error().message) : outcome.error().condition;
      if (!must_fail->condition.empty() && outcome.error().condition != must_fail->condition) return fmt::format("must fail with {}: {}", must_fail->condition, FirstLine(outcome.error().ToString()));
      return "";
    }
    if (!outcome) return FirstLine(outcome.error().ToString());
    return *outcome;
  }

 private:
  Result<std::string> Check(const Case& one, std::string& note) {
    TRY(std::shared_ptr<io::ObjectStore> store, io::OpenLocalStore(fs::absolute(one.table).lexically_normal().string()));
    delta::Table table({store, &rows_->parquet(), &SystemClock(), &SystemRandom()});
    TRY(delta::SnapshotPtr snapshot, table.Latest());
    delta::Scan scan = delta::PlanScan(snapshot);
    for (const SessionZone& row : kSessionZones) {
      if (!one.name.ends_with(row.name)) continue;
      TRY(std::shared_ptr<const engine::functions::TimeZone> zone, engine::functions::TimeZone::Find(row.zone));
      scan.local_to_utc = [zone](int64_t local_micros) { return zone->ToUtc(local_micros); };
    }
    note = fmt::format("version {}, {} files", snapshot->version(), scan.files.size());
    if (!one.has_expected) {
      // Opened; where every data file is there, it is read too.
      for (const delta::FileEntry* file : scan.files) {
        if (!fs::exists(delta::AbsolutePath(*snapshot, file->path))) {
          note += ", data files absent";
          return "";
        }
        if (file->deletion_vector != nullptr) {
          Result<std::string> path = delta::DeletionVectorPath(*file->deletion_vector);
          if (path && !fs::exists(delta::AbsolutePath(*snapshot, delta::EncodePath(*path)))) {
            note += ", deletion vectors absent";
            return "";
          }
        }
      }
      constexpr int64_t kBytesMax = 200 << 20;
      if (scan.TotalBytes() > kBytesMax) return "";
      const std::optional<int64_t> counted = delta::CountFromMetadata(*snapshot);
      TRY(const std::vector<std::string> actual, rows_->Read(std::move(scan)));
      note += fmt::format(", {} rows read", actual.size());
      if (counted && *counted != static_cast<int64_t>(actual.size())) return fmt::format("the log counts {} rows, {} were read", *counted, actual.size());
      return "";
    }
    TRY(const std::vector<std::string> actual, rows_->Read(std::move(scan)));
    std::vector<std::string> expected;
    if (!one.expected_files.empty()) {
      TRY(const std::vector<std::string> columns, rows_->ParquetColumns(one.expected_files));
      if (columns.size() != snapshot->schema().size()) return fmt::format("{} columns expected, {} read", columns.size(), snapshot->schema().size());
      TRY(expected, rows_->ReadParquet(one.expected_files, snapshot->schema()));
    }
    note += fmt::format(", {} rows compared", expected.size());
    return Differences(expected, actual);
  }

  std::unique_ptr<engine::DeltaRows> rows_;
};

}  // namespace

int RunDelta(const std::vector<std::string>& arguments) {
  if (arguments.empty() || !fs::is_directory(arguments[0])) {
    fmt::print(stderr, "crannog-conformance delta DIR [NAME…]\n");
    return 2;
  }
  char pattern[] = "/tmp/crannog-conformance-XXXXXX";
  const fs::path scratch = mkdtemp(pattern);
  std::vector<Case> cases;
  CollectAll(arguments[0], "", scratch, cases);
  Result<std::unique_ptr<engine::DeltaRows>> rows = engine::MakeDeltaRows();
  if (!rows) {
    fmt::print(stderr, "{}\n", rows.error().ToString());
    return 2;
  }
  Runner runner(*std::move(rows));
  int passed = 0, failed = 0;
  for (const Case& one : cases) {
    bool wanted = arguments.size() == 1;
    for (size_t i = 1; i < arguments.size(); ++i) wanted |= one.name.find(arguments[i]) != std::string::npos;
    if (!wanted) continue;
    std::string note;
    const auto start = std::chrono::steady_clock::now();
    const std::string why = runner.Run(one, note);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++(why.empty() ? passed : failed);
    fmt::print("{} {} ({}{}){}{}\n", why.empty() ? "PASS" : "FAIL", one.name, note, seconds > 1 ? fmt::format(", {:.1f} s", seconds) : "", why.empty() ? "" : ": ", why);
  }
  fs::remove_all(scratch);
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace crannog::conformance
