#pragma once

#include <memory>
#include <optional>
#include <string>

#include "analyze/catalog_client.h"
#include "base/result.h"
#include "plan/resolved_plan.h"

namespace crannog::analyze {

/// Which version of a table a statement asked for; neither set: the newest.
struct TableVersion {
  std::optional<int64_t> version;
  std::optional<int64_t> timestamp_micros;
};

/// Opens what the catalog or a path names, so that the analyzer knows schema and pinned version. Implemented in session over delta and the engine
/// (file formats infer their schema there). Threads: any.
class TableProvider {
 public:
  virtual ~TableProvider() = default;
  /// Errors: DELTA_* conditions, PATH_NOT_FOUND, UNABLE_TO_INFER_SCHEMA.
  virtual Result<std::shared_ptr<const plan::TableSource>> OpenTable(const TableInfo& table, const TableVersion& version,
                                                                     const plan::Options& options) = 0;
  /// Opens files or a Delta folder by path: spark.read.format(…).load(paths), delta.`/p`, read_files.
  virtual Result<std::shared_ptr<const plan::TableSource>> OpenPaths(const plan::DataSource& source, const TableVersion& version) = 0;
};

}  // namespace crannog::analyze
