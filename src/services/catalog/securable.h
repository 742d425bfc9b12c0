#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "services/catalog/kinds.h"
#include "services/catalog/privileges.h"

namespace crannog::catalog {

/// The parts of a full name from the catalog down; empty for the metastore. In lower case where they come from the store.
using Names = std::vector<std::string>;

/// "a.b.c"
std::string JoinNames(const Names& names);
/// Cuts "a.b.c" at its dots, outside backticks. Error-free: the number of parts is checked by whoever knows the kind.
Names SplitNames(std::string_view full_name);

/// An object of the catalog as it is kept, whatever its kind.
struct Securable {
  std::string id;         ///< UUID
  Kind kind = Kind::kCatalog;
  std::string parent_id;  ///< "" for the metastore
  Names names;            ///< full name, in lower case
  int64_t owner_id = 0;   ///< of a principal
  std::string comment;
  std::map<std::string, std::string> properties;
  std::string location;   ///< URL of its data or storage root; "" when it has none
  JsonValue details = JsonValue(JsonValue::Object{});  ///< what only its kind has, by the keys of REST
  int64_t created_ms = 0, updated_ms = 0;
  std::string created_by, updated_by;
  int64_t dropped_ms = 0;  ///< 0: alive

  const std::string& Name() const;
  std::string FullName() const { return JoinNames(names); }
};

/// Who acts: a principal's id and those of all its groups. Grants count for any of them.
struct Actor {
  std::string name;
  int64_t id = 0;
  std::vector<int64_t> ids;  ///< sorted; its own and those of its groups
  bool is_admin = false;     ///< metastore admin

  bool Is(int64_t principal_id) const;
};

/// Privileges that one principal was given on one object.
struct Grant {
  int64_t principal_id = 0;
  PrivilegeSet privileges = 0;
};

Error NotFoundError(Kind kind, std::string_view full_name);
Error AlreadyExistsError(Kind kind, std::string_view full_name);
/// INSUFFICIENT_PERMISSIONS: "User does not have USE SCHEMA on Schema 'main.s'."
Error PermissionError(std::string_view privilege, Kind kind, std::string_view full_name);

}  // namespace crannog::catalog
