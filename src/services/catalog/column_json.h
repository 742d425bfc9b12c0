#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "plan/data_type.h"

namespace crannog::catalog {

/// Writes columns as REST's ColumnInfo list: name, type_text, type_json, type_name, position, nullable, comment, partition_index.
JsonValue::Array ToColumnInfos(const plan::Schema& schema, const std::vector<std::string>& partition_columns);
/// Reads a ColumnInfo list. Errors: kInvalidParameterValue for a column without a usable type.
Result<plan::Schema> FromColumnInfos(const JsonValue& columns);
/// "LONG", "STRUCT": ColumnTypeName of REST.
std::string ColumnTypeName(const plan::DataType& type);

}  // namespace crannog::catalog
