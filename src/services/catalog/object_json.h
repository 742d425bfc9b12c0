#pragma once

#include "analyze/catalog_client.h"
#include "base/result.h"
#include "services/catalog/catalog.h"

/// Between what the compute plane says of an object and how it is kept: `details` by the keys of REST, and a few of our own.
namespace crannog::catalog {

Draft ToDraft(const analyze::TableInfo& info);
Result<analyze::TableInfo> ToTableInfo(const Securable& securable, std::string owner);
Draft ToDraft(const analyze::FunctionInfo& info);
Result<analyze::FunctionInfo> ToFunctionInfo(const Securable& securable, std::string owner);
Draft ToDraft(const analyze::VolumeInfo& info);
analyze::VolumeInfo ToVolumeInfo(const Securable& securable, std::string owner);

/// "PRIMARY KEY" and its text "(a, b)" as REST's TableConstraint and back.
JsonValue ConstraintToRest(const analyze::TableConstraint& constraint);
Result<analyze::TableConstraint> ConstraintFromRest(const JsonValue& rest);

}  // namespace crannog::catalog
