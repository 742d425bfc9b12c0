#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "analyze/table_provider.h"
#include "delta/table.h"
#include "engine/engine.h"

namespace crannog::session {

/// Opens tables for the analyzer: Delta logs through delta::Table (one per location, kept so that snapshots refresh incrementally), other formats
/// as folders that the engine reads. Threads: any.
class SessionTables final : public analyze::TableProvider {
 public:
  SessionTables(engine::Engine& engine, analyze::CatalogClient& catalog) : engine_(engine), catalog_(catalog) {}

  Result<std::shared_ptr<const plan::TableSource>> OpenTable(const analyze::TableInfo& table, const analyze::TableVersion& version,
                                                             const plan::Options& options) override;
  Result<std::shared_ptr<const plan::TableSource>> OpenPaths(const plan::DataSource& source, const analyze::TableVersion& version) override;

  /// The Delta table in a folder, by URL or absolute path. It need not exist yet. Errors: of OpenStore.
  Result<std::shared_ptr<delta::Table>> DeltaTableAt(std::string_view location);
  /// Forgets what is kept about a folder (its table was dropped).
  void Forget(std::string_view location);

 private:
  engine::Engine& engine_;
  analyze::CatalogClient& catalog_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<delta::Table>> delta_tables_;
};

/// "/a/b", "file:/a/b", "file:///a/b" are one place: gives "file:///a/b"; other schemes stay as they are. A relative path is refused.
Result<std::string> NormalLocation(std::string_view location);
/// As Spark shows a location: "file:/a/b".
std::string DisplayLocation(std::string_view location);
/// The local path of a file: URL; "" for others.
std::string LocalPathOf(std::string_view location);

/// The schema a query sees: CHAR and VARCHAR as STRING that remember what they were.
plan::Schema ReadSchema(const plan::Schema& schema);

}  // namespace crannog::session
