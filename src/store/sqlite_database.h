#pragma once

#include <memory>
#include <string>

#include "store/database.h"

namespace crannog::store {

/// Opens a SQLite file: one writer thread that commits in groups, readers on pooled connections (write-ahead log).
Result<std::unique_ptr<Database>> OpenSqlite(std::string path, const DatabaseOptions& options);

}  // namespace crannog::store
