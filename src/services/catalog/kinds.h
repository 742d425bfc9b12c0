#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace crannog::catalog {

/// What can be owned, granted on and tagged. The numbers are stored.
enum class Kind : uint8_t {
  kMetastore = 1,
  kCatalog = 2,
  kSchema = 3,
  kTable = 4,  ///< also views, materialized views, streaming tables
  kVolume = 5,
  kFunction = 6,
  kModel = 7,
  kStorageCredential = 8,
  kExternalLocation = 9,
  kConnection = 10,
  kShare = 11,
  kRecipient = 12,
  kProvider = 13,
  kModelVersion = 14,
};

/// The rules of a kind.
struct KindInfo {
  Kind kind;
  std::string_view wire_name;    ///< "TABLE", as REST paths and SQL spell it
  std::string_view title;        ///< "Table", as messages spell it
  Kind parent;                   ///< the metastore's parent is itself
  size_t name_parts;             ///< 3 for "catalog.schema.table"
  std::string_view create_privilege;  ///< on the parent; "" when nobody may by privilege
};

const KindInfo& InfoOf(Kind kind);
/// Finds a kind by its REST or SQL name, without case ("table", "EXTERNAL_LOCATION", "external-locations").
std::optional<Kind> FindKind(std::string_view name);
std::span<const KindInfo> AllKinds();

}  // namespace crannog::catalog
