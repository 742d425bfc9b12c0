#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "services/iam/principals.h"

namespace crannog::iam {

/// Writes a principal as its SCIM resource. `members` is read for groups only.
/// Source: RFC 7643; reference/rest.md section 1.8.
JsonValue ToScim(const Principal& principal, const std::vector<PrincipalReference>& groups,
                 const std::vector<PrincipalReference>& members);

/// Reads a SCIM resource of one kind; what is computed (id, groups, meta, schemas) is left out, unknown attributes are kept.
/// Errors: kInvalidParameterValue for a wrong type or a missing name.
Result<Principal> FromScim(PrincipalKind kind, const JsonValue& resource);

/// Keeps only `attributes` (when not empty) less `excluded`, both comma-separated; schemas and id always stay.
void ProjectScim(JsonValue& resource, std::string_view attributes, std::string_view excluded);

/// Applies the Operations of a PATCH (RFC 7644 section 3.5.2) to a resource.
/// Errors: kInvalidParameterValue for an unknown operation or a malformed path.
Result<> ApplyScimPatch(JsonValue& resource, const JsonValue& operations);

}  // namespace crannog::iam
