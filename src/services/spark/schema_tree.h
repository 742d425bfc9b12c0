#pragma once

#include <optional>
#include <string>

#include "plan/data_type.h"

namespace crannog::spark_connect {

/// Gives DataFrame.printSchema's text: "root\n |-- id: long (nullable = false)\n"; nested levels deeper than `level` are left out.
std::string SchemaTree(const plan::Schema& schema, std::optional<int> level);

}  // namespace crannog::spark_connect
