#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/catalog/securable.h"
#include "store/database.h"

/// Every statement about securables, grants and tags.
namespace crannog::catalog::securables_store {

Result<> Insert(store::Transaction& transaction, const Securable& securable);
/// Writes everything but id, kind and creation.
Result<> Update(store::Transaction& transaction, const Securable& securable);
/// Marks it and everything below as dropped (or alive again, with `from` = the time it was dropped and `to` = 0).
Result<> SetDropped(store::Transaction& transaction, const std::string& id, int64_t from, int64_t to);
/// Removes a row with its grants and tags.
Result<> Delete(store::Transaction& transaction, const std::string& id);

Result<std::optional<Securable>> FindMetastore(store::Reader& reader);
/// The living child of that name. `names` of the answer are those of `parent` and its own.
Result<std::optional<Securable>> FindChild(store::Reader& reader, const Securable& parent, Kind kind, const std::string& name);
/// The last dropped child of that name.
Result<std::optional<Securable>> FindDropped(store::Reader& reader, const Securable& parent, Kind kind, const std::string& name);
Result<std::optional<Securable>> FindById(store::Reader& reader, const Securable& parent, const std::string& id);
/// Living children in the order of their names, after `after_name`.
Result<std::vector<Securable>> ListChildren(store::Reader& reader, const Securable& parent, Kind kind, std::string_view after_name,
                                            int64_t count_max);
Result<bool> HasChildren(store::Reader& reader, const std::string& parent_id);

/// What was dropped before a time: id and location, tables and volumes only.
struct Dropped {
  std::string id;
  Kind kind = Kind::kTable;
  std::string location;
  JsonValue details;
};
Result<std::vector<Dropped>> ListDroppedBefore(store::Reader& reader, int64_t before_ms, int64_t count_max);

/// Securables of a kind whose location is `url`, above it, or below it: candidates for an overlap.
struct Located {
  std::string id;
  std::string parent_id;
  std::string name;
  std::string location;
};
Result<std::vector<Located>> ListLocated(store::Reader& reader, Kind kind);
Result<std::vector<Located>> FindAtOrBelow(store::Reader& reader, Kind kind, const std::string& location);

Result<std::vector<Grant>> ListGrants(store::Reader& reader, const std::string& securable_id);
/// Grants on the living children of one kind, by securable id.
Result<std::vector<std::pair<std::string, Grant>>> ListChildGrants(store::Reader& reader, const std::string& parent_id, Kind kind);
Result<> AddGrant(store::Transaction& transaction, const std::string& securable_id, int64_t principal_id, PrivilegeSet privileges);
Result<> RemoveGrant(store::Transaction& transaction, const std::string& securable_id, int64_t principal_id, PrivilegeSet privileges);

/// A tag of a securable, or of a column of it.
struct Tag {
  std::string column;  ///< "" for the securable itself
  std::string name;
  std::string value;
  int64_t updated_ms = 0;
  std::string updated_by;
};
Result<std::vector<Tag>> ListTags(store::Reader& reader, const std::string& securable_id);
Result<> PutTag(store::Transaction& transaction, const std::string& securable_id, const Tag& tag);
Result<int64_t> DeleteTag(store::Transaction& transaction, const std::string& securable_id, const std::string& column,
                          const std::string& name);

}  // namespace crannog::catalog::securables_store
