#include "services/catalog/kinds.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace crannog::catalog {
namespace {

// Source: reference/governance.md section 3.1 and 3.2.
constexpr KindInfo kKinds[] = {
    {Kind::kMetastore, "METASTORE", "Metastore", Kind::kMetastore, 0, ""},
    {Kind::kCatalog, "CATALOG", "Catalog", Kind::kMetastore, 1, "CREATE_CATALOG"},
    {Kind::kSchema, "SCHEMA", "Schema", Kind::kCatalog, 2, "CREATE_SCHEMA"},
    {Kind::kTable, "TABLE", "Table", Kind::kSchema, 3, "CREATE_TABLE"},
    {Kind::kVolume, "VOLUME", "Volume", Kind::kSchema, 3, "CREATE_VOLUME"},
    {Kind::kFunction, "FUNCTION", "Function", Kind::kSchema, 3, "CREATE_FUNCTION"},
    {Kind::kModel, "MODEL", "Registered model", Kind::kSchema, 3, "CREATE_MODEL"},
    {Kind::kStorageCredential, "STORAGE_CREDENTIAL", "Storage credential", Kind::kMetastore, 1, "CREATE_STORAGE_CREDENTIAL"},
    {Kind::kExternalLocation, "EXTERNAL_LOCATION", "External location", Kind::kMetastore, 1, "CREATE_EXTERNAL_LOCATION"},
    {Kind::kConnection, "CONNECTION", "Connection", Kind::kMetastore, 1, "CREATE_CONNECTION"},
    {Kind::kShare, "SHARE", "Share", Kind::kMetastore, 1, "CREATE_SHARE"},
    {Kind::kRecipient, "RECIPIENT", "Recipient", Kind::kMetastore, 1, "CREATE_RECIPIENT"},
    {Kind::kProvider, "PROVIDER", "Provider", Kind::kMetastore, 1, "CREATE_PROVIDER"},
    {Kind::kModelVersion, "MODEL_VERSION", "Model version", Kind::kModel, 4, "CREATE_MODEL_VERSION"},
};

std::string Key(std::string_view name) {
  std::string key(name);
  for (char& c : key) c = c == '-' || c == ' ' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return key;
}

}  // namespace

const KindInfo& InfoOf(Kind kind) {
  const auto found = std::ranges::find(kKinds, kind, &KindInfo::kind);
  CHECK(found != std::end(kKinds));
  return *found;
}

std::optional<Kind> FindKind(std::string_view name) {
  std::string key = Key(name);
  if (key == "REGISTERED_MODEL" || key == "REGISTERED_MODELS") return Kind::kModel;
  if (key == "VIEW") return Kind::kTable;
  for (const KindInfo& info : kKinds) {
    if (key == info.wire_name || key == std::string(info.wire_name) + "S") return info.kind;
  }
  return std::nullopt;
}

std::span<const KindInfo> AllKinds() { return kKinds; }

}  // namespace crannog::catalog
