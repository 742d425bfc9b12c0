#pragma once

#include "base/result.h"
#include "services/warehouse/thrift_value.h"
#include "session/result_rows.h"
#include "session/session.h"

namespace crannog::warehouse {

struct MetadataRows {
  plan::Schema schema;
  session::Rows rows;
};

/// Answers GetCatalogs, GetSchemas, GetTables, GetTableTypes and GetColumns with the columns of JDBC's DatabaseMetaData; names are LIKE patterns.
/// Other metadata calls: NOT_IMPLEMENTED naming them. Source: reference/rest.md, appendix A.
Result<MetadataRows> MetadataCall(const std::string& method, const ThriftStruct& request, session::Session& session);

}  // namespace crannog::warehouse
