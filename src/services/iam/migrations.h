#pragma once

#include <span>

#include "store/database.h"

namespace crannog::iam {

/// The schema of this service, component "iam".
std::span<const store::Migration> Migrations();

}  // namespace crannog::iam
