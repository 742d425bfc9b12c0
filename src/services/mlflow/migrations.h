#pragma once

#include <span>

#include "store/database.h"

namespace crannog::mlflow {

/// The numbered changes of this service's tables; component "mlflow".
std::span<const store::Migration> Migrations();

}  // namespace crannog::mlflow
