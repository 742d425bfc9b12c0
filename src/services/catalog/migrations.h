#pragma once

#include <span>

#include "store/database.h"

namespace crannog::catalog {

/// The schema of this service, component "catalog".
std::span<const store::Migration> Migrations();

}  // namespace crannog::catalog
