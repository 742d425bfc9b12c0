#include "services/catalog/securable.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace crannog::catalog {
namespace {

// Spark quotes every part in its messages.
std::string Quoted(std::string_view full_name) {
  std::string out;
  for (const std::string& part : SplitNames(full_name)) out += fmt::format("{}`{}`", out.empty() ? "" : ".", part);
  return out;
}

}  // namespace

std::string JoinNames(const Names& names) { return fmt::format("{}", fmt::join(names, ".")); }

Names SplitNames(std::string_view full_name) {
  Names names(1);
  bool quoted = false;
  for (char c : full_name) {
    if (c == '`') quoted = !quoted;
    else if (c == '.' && !quoted) names.emplace_back();
    else names.back() += c;
  }
  return names;
}

const std::string& Securable::Name() const {
  static const std::string none;
  return names.empty() ? none : names.back();
}

bool Actor::Is(int64_t principal_id) const { return std::ranges::binary_search(ids, principal_id); }

Error NotFoundError(Kind kind, std::string_view full_name) {
  switch (kind) {
    case Kind::kCatalog:
      return ConditionError("CATALOG_NOT_FOUND", {{"catalogName", Quoted(full_name)}, {"config", "spark.sql.catalog." + std::string(full_name)}});
    case Kind::kSchema: return ConditionError("SCHEMA_NOT_FOUND", {{"schemaName", Quoted(full_name)}});
    case Kind::kTable: return ConditionError("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", Quoted(full_name)}});
    case Kind::kFunction: return ConditionError("ROUTINE_NOT_FOUND", {{"routineName", Quoted(full_name)}});
    case Kind::kMetastore:
    case Kind::kVolume:
    case Kind::kModel:
    case Kind::kStorageCredential:
    case Kind::kExternalLocation:
    case Kind::kConnection:
    case Kind::kShare:
    case Kind::kRecipient:
    case Kind::kProvider:
    case Kind::kModelVersion: break;
  }
  return MakeError(ErrorCode::kNotFound, fmt::format("{} '{}' does not exist.", InfoOf(kind).title, full_name));
}

Error AlreadyExistsError(Kind kind, std::string_view full_name) {
  if (kind == Kind::kSchema) return ConditionError("SCHEMA_ALREADY_EXISTS", {{"schemaName", Quoted(full_name)}});
  if (kind == Kind::kTable) return ConditionError("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", Quoted(full_name)}});
  if (kind == Kind::kFunction) {
    return ConditionError("ROUTINE_ALREADY_EXISTS",
                          {{"newRoutineType", "routine"}, {"existingRoutineType", "routine"}, {"routineName", Quoted(full_name)}});
  }
  return MakeError(ErrorCode::kAlreadyExists, fmt::format("{} '{}' already exists", InfoOf(kind).title, full_name));
}

Error PermissionError(std::string_view privilege, Kind kind, std::string_view full_name) {
  return ConditionError("INSUFFICIENT_PERMISSIONS",
                        {{"report", fmt::format("User does not have {} on {} '{}'.", SqlName(privilege), InfoOf(kind).title, full_name)}});
}

}  // namespace crannog::catalog
