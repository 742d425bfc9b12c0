#pragma once

#include <memory>
#include <string>

#include "store/database.h"

namespace crannog::store {

/// Connects to PostgreSQL (12 or newer) through a pool of connections; transactions are SERIALIZABLE and repeated on conflict.
Result<std::unique_ptr<Database>> OpenPostgres(std::string connection_string, const DatabaseOptions& options);

}  // namespace crannog::store
