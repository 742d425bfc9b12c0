#include "services/catalog/privileges.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <iterator>

#include "base/check.h"

namespace crannog::catalog {
namespace {

constexpr uint32_t Bit(Kind kind) { return uint32_t{1} << static_cast<uint32_t>(kind); }

constexpr uint32_t kM = Bit(Kind::kMetastore), kC = Bit(Kind::kCatalog), kS = Bit(Kind::kSchema), kT = Bit(Kind::kTable),
                   kV = Bit(Kind::kVolume), kF = Bit(Kind::kFunction), kMo = Bit(Kind::kModel),
                   kSc = Bit(Kind::kStorageCredential), kEl = Bit(Kind::kExternalLocation), kCo = Bit(Kind::kConnection),
                   kSh = Bit(Kind::kShare), kR = Bit(Kind::kRecipient), kP = Bit(Kind::kProvider);
constexpr uint32_t kInSchema = kT | kV | kF | kMo;
constexpr uint32_t kAllButMetastore = kC | kS | kInSchema | kSc | kEl | kCo | kSh | kR | kP;

struct Row {
  std::string_view name;
  uint32_t applies_to;  ///< kinds on which it says something about the object itself
  uint32_t grantable;   ///< kinds on which it may be granted
};

// Source: reference/governance.md sections 3.1 and 3.2. In alphabetical order: PrivilegeNames depends on it.
constexpr Row kRows[] = {
    {"ALL_PRIVILEGES", kAllButMetastore, kAllButMetastore},
    {"APPLY_TAG", kC | kS | kInSchema, kC | kS | kInSchema},
    {"BROWSE", kC | kS | kInSchema | kEl, kC | kS | kInSchema | kEl},
    {"CREATE_CATALOG", kM, kM},
    {"CREATE_CLEAN_ROOM", kM, kM},
    {"CREATE_CONNECTION", kM, kM},
    {"CREATE_EXTERNAL_LOCATION", kM | kSc, kM | kSc},
    {"CREATE_EXTERNAL_TABLE", kEl | kSc, kEl | kSc},
    {"CREATE_EXTERNAL_VOLUME", kEl, kEl},
    {"CREATE_FOREIGN_CATALOG", kCo, kCo},
    {"CREATE_FUNCTION", kS, kC | kS},
    {"CREATE_MANAGED_STORAGE", kEl, kEl},
    {"CREATE_MATERIALIZED_VIEW", kS, kC | kS},
    {"CREATE_MODEL", kS, kC | kS},
    {"CREATE_MODEL_VERSION", kMo, kC | kS | kMo},
    {"CREATE_PROVIDER", kM, kM},
    {"CREATE_RECIPIENT", kM, kM},
    {"CREATE_SCHEMA", kC, kC},
    {"CREATE_SERVICE_CREDENTIAL", kM, kM},
    {"CREATE_SHARE", kM, kM},
    {"CREATE_STORAGE_CREDENTIAL", kM, kM},
    {"CREATE_TABLE", kS, kC | kS},
    {"CREATE_VOLUME", kS, kC | kS},
    {"EXECUTE", kF | kMo, kC | kS | kF | kMo},
    {"EXTERNAL_USE_LOCATION", kEl, kEl},
    {"EXTERNAL_USE_SCHEMA", kS, kC | kS},
    {"MANAGE", kAllButMetastore, kAllButMetastore},
    {"MANAGE_ALLOWLIST", kM, kM},
    {"MODIFY", kT, kC | kS | kT},
    {"READ_FILES", kEl | kSc, kEl | kSc},
    {"READ_METADATA", kM, kM},
    {"READ_VOLUME", kV, kC | kS | kV},
    {"REFRESH", kT, kC | kS | kT},
    {"SELECT", kT | kSh, kC | kS | kT | kSh},
    {"SET_SHARE_PERMISSION", kM, kM},
    {"USE_CATALOG", kC, kC},
    {"USE_CONNECTION", kCo, kM | kCo},
    {"USE_MARKETPLACE_ASSETS", kM, kM},
    {"USE_PROVIDER", kM, kM},
    {"USE_RECIPIENT", kM, kM},
    {"USE_SCHEMA", kS, kC | kS},
    {"USE_SHARE", kM, kM},
    {"WRITE_FILES", kEl | kSc, kEl | kSc},
    {"WRITE_VOLUME", kV, kC | kS | kV},
};
static_assert(std::size(kRows) <= 64);
static_assert(std::ranges::is_sorted(kRows, {}, &Row::name));

PrivilegeSet Where(Kind kind, uint32_t Row::*column) {
  PrivilegeSet set = 0;
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if ((kRows[i].*column & Bit(kind)) != 0) set |= PrivilegeSet{1} << i;
  }
  return set;
}

}  // namespace

std::optional<PrivilegeSet> FindPrivilege(std::string_view name) {
  std::string key(name);
  for (char& c : key) c = c == ' ' || c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto found = std::ranges::lower_bound(kRows, std::string_view(key), {}, &Row::name);
  if (found == std::end(kRows) || found->name != key) return std::nullopt;
  return PrivilegeSet{1} << (found - kRows);
}

PrivilegeSet Privilege(std::string_view name) {
  const std::optional<PrivilegeSet> found = FindPrivilege(name);
  CHECK(found.has_value());
  return *found;
}

std::vector<std::string> PrivilegeNames(PrivilegeSet set) {
  std::vector<std::string> names;
  for (; set != 0; set &= set - 1) names.emplace_back(kRows[std::countr_zero(set)].name);
  return names;
}

PrivilegeSet GrantableOn(Kind kind) { return Where(kind, &Row::grantable); }
PrivilegeSet ApplicableTo(Kind kind) { return Where(kind, &Row::applies_to); }

PrivilegeSet BeyondAll() {
  static const PrivilegeSet set =
      Privilege("MANAGE") | Privilege("EXTERNAL_USE_SCHEMA") | Privilege("EXTERNAL_USE_LOCATION") | Privilege("ALL_PRIVILEGES");
  return set;
}

std::string SqlName(std::string_view privilege) {
  std::string name(privilege);
  std::ranges::replace(name, '_', ' ');
  return name;
}

}  // namespace crannog::catalog
