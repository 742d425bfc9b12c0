#include "services/catalog/securables_store.h"

#include <fmt/format.h>

namespace crannog::catalog::securables_store {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, kind, parent_id, name, owner_id, comment, properties, location, details, created_ms, created_by, updated_ms, "
    "updated_by, dropped_ms FROM securable ";

std::string PropertiesToJson(const std::map<std::string, std::string>& properties) {
  JsonValue::Object object;
  for (const auto& [key, value] : properties) object.emplace_back(key, value);
  return WriteJson(JsonValue(std::move(object)));
}

Result<Securable> FromRow(const store::Row& row, const Names& parent_names) {
  Securable securable;
  securable.id = row.Text(0);
  securable.kind = static_cast<Kind>(row.Int(1));
  securable.parent_id = row.Text(2);
  securable.names = parent_names;
  if (securable.kind != Kind::kMetastore) securable.names.push_back(row.Text(3));
  securable.owner_id = row.Int(4);
  securable.comment = row.Text(5);
  TRY(JsonValue properties, ParseJson(row.Text(6)));
  for (const auto& [key, value] : properties.AsObject()) securable.properties.emplace(key, value.AsString());
  securable.location = row.Text(7);
  TRY(securable.details, ParseJson(row.Text(8)));
  securable.created_ms = row.Int(9);
  securable.created_by = row.Text(10);
  securable.updated_ms = row.Int(11);
  securable.updated_by = row.Text(12);
  securable.dropped_ms = row.Int(13);
  return securable;
}

Result<std::optional<Securable>> FindOne(store::Reader& reader, const Names& parent_names, std::string_view where,
                                         const std::vector<store::Value>& parameters) {
  TRY(std::vector<store::Row> rows, reader.Query(std::string(kColumns) + std::string(where), parameters));
  if (rows.empty()) return std::nullopt;
  TRY(Securable securable, FromRow(rows.front(), parent_names));
  return securable;
}

Grant GrantFromRow(const store::Row& row, size_t first) {
  // A privilege that this version does not know counts for nothing.
  return {.principal_id = row.Int(first), .privileges = FindPrivilege(row.Text(first + 1)).value_or(0)};
}

}  // namespace

Result<> Insert(store::Transaction& transaction, const Securable& s) {
  TRY(transaction.Execute("INSERT INTO securable VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          {s.id, static_cast<int64_t>(s.kind), s.parent_id, s.Name(), s.owner_id, s.comment,
                           PropertiesToJson(s.properties), s.location, WriteJson(s.details), s.created_ms, s.created_by,
                           s.updated_ms, s.updated_by, s.dropped_ms}));
  return {};
}

Result<> Update(store::Transaction& transaction, const Securable& s) {
  TRY(transaction.Execute("UPDATE securable SET parent_id = ?, name = ?, owner_id = ?, comment = ?, properties = ?, location = ?, "
                          "details = ?, updated_ms = ?, updated_by = ? WHERE id = ?",
                          {s.parent_id, s.Name(), s.owner_id, s.comment, PropertiesToJson(s.properties), s.location,
                           WriteJson(s.details), s.updated_ms, s.updated_by, s.id}));
  return {};
}

Result<> SetDropped(store::Transaction& transaction, const std::string& id, int64_t from, int64_t to) {
  TRY(transaction.Execute("WITH RECURSIVE below (id) AS (SELECT id FROM securable WHERE id = ? UNION "
                          "SELECT s.id FROM securable s JOIN below b ON s.parent_id = b.id) "
                          "UPDATE securable SET dropped_ms = ? WHERE dropped_ms = ? AND id IN (SELECT id FROM below)",
                          {id, to, from}));
  return {};
}

Result<> Delete(store::Transaction& transaction, const std::string& id) {
  TRY(transaction.Execute("DELETE FROM securable WHERE id = ?", {id}));
  return {};
}

Result<std::optional<Securable>> FindMetastore(store::Reader& reader) {
  return FindOne(reader, {}, "WHERE kind = ?", {static_cast<int64_t>(Kind::kMetastore)});
}

Result<std::optional<Securable>> FindChild(store::Reader& reader, const Securable& parent, Kind kind, const std::string& name) {
  return FindOne(reader, parent.names, "WHERE parent_id = ? AND kind = ? AND name = ? AND dropped_ms = 0",
                 {parent.id, static_cast<int64_t>(kind), name});
}

Result<std::optional<Securable>> FindDropped(store::Reader& reader, const Securable& parent, Kind kind, const std::string& name) {
  return FindOne(reader, parent.names, "WHERE parent_id = ? AND kind = ? AND name = ? AND dropped_ms > 0 ORDER BY dropped_ms DESC LIMIT 1",
                 {parent.id, static_cast<int64_t>(kind), name});
}

Result<std::optional<Securable>> FindById(store::Reader& reader, const Securable& parent, const std::string& id) {
  return FindOne(reader, parent.names, "WHERE id = ?", {id});
}

Result<std::vector<Securable>> ListChildren(store::Reader& reader, const Securable& parent, Kind kind, std::string_view after_name,
                                            int64_t count_max) {
  TRY(std::vector<store::Row> rows,
      reader.Query(std::string(kColumns) + "WHERE parent_id = ? AND kind = ? AND dropped_ms = 0 AND name > ? ORDER BY name LIMIT ?",
                   {parent.id, static_cast<int64_t>(kind), after_name, count_max}));
  std::vector<Securable> children;
  children.reserve(rows.size());
  for (const store::Row& row : rows) {
    TRY(Securable child, FromRow(row, parent.names));
    children.push_back(std::move(child));
  }
  return children;
}

Result<bool> HasChildren(store::Reader& reader, const std::string& parent_id) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT id FROM securable WHERE parent_id = ? AND dropped_ms = 0 LIMIT 1", {parent_id}));
  return !rows.empty();
}

Result<std::vector<Dropped>> ListDroppedBefore(store::Reader& reader, int64_t before_ms, int64_t count_max) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT id, kind, location, details FROM securable WHERE dropped_ms > 0 AND dropped_ms < ? ORDER BY id LIMIT ?",
                   {before_ms, count_max}));
  std::vector<Dropped> dropped;
  for (const store::Row& row : rows) {
    TRY(JsonValue details, ParseJson(row.Text(3)));
    dropped.push_back({row.Text(0), static_cast<Kind>(row.Int(1)), row.Text(2), std::move(details)});
  }
  return dropped;
}

Result<std::vector<Located>> ListLocated(store::Reader& reader, Kind kind) {
  TRY(std::vector<store::Row> rows, reader.Query("SELECT id, parent_id, name, location FROM securable WHERE kind = ? AND dropped_ms = 0 "
                                                 "AND location <> '' ORDER BY location",
                                                 {static_cast<int64_t>(kind)}));
  std::vector<Located> located;
  for (const store::Row& row : rows) located.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3)});
  return located;
}

Result<std::vector<Located>> FindAtOrBelow(store::Reader& reader, Kind kind, const std::string& location) {
  // '0' is the character after '/': the range holds every path below.
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT id, parent_id, name, location FROM securable WHERE kind = ? AND dropped_ms = 0 AND "
                   "(location = ? OR (location > ? AND location < ?)) ORDER BY location",
                   {static_cast<int64_t>(kind), location, location + "/", location + "0"}));
  std::vector<Located> located;
  for (const store::Row& row : rows) located.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3)});
  return located;
}

Result<std::vector<Grant>> ListGrants(store::Reader& reader, const std::string& securable_id) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT principal_id, privilege FROM privilege_grant WHERE securable_id = ? ORDER BY principal_id", {securable_id}));
  std::vector<Grant> grants;
  for (const store::Row& row : rows) {
    Grant grant = GrantFromRow(row, 0);
    if (!grants.empty() && grants.back().principal_id == grant.principal_id) grants.back().privileges |= grant.privileges;
    else grants.push_back(grant);
  }
  return grants;
}

Result<std::vector<std::pair<std::string, Grant>>> ListChildGrants(store::Reader& reader, const std::string& parent_id, Kind kind) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT g.securable_id, g.principal_id, g.privilege FROM privilege_grant g JOIN securable s ON s.id = g.securable_id "
                   "WHERE s.parent_id = ? AND s.kind = ? AND s.dropped_ms = 0",
                   {parent_id, static_cast<int64_t>(kind)}));
  std::vector<std::pair<std::string, Grant>> grants;
  grants.reserve(rows.size());
  for (const store::Row& row : rows) grants.emplace_back(row.Text(0), GrantFromRow(row, 1));
  return grants;
}

Result<> AddGrant(store::Transaction& transaction, const std::string& securable_id, int64_t principal_id, PrivilegeSet privileges) {
  for (const std::string& name : PrivilegeNames(privileges)) {
    TRY(transaction.Execute("INSERT INTO privilege_grant VALUES (?, ?, ?) ON CONFLICT (securable_id, principal_id, privilege) DO NOTHING",
                            {securable_id, principal_id, name}));
  }
  return {};
}

Result<> RemoveGrant(store::Transaction& transaction, const std::string& securable_id, int64_t principal_id, PrivilegeSet privileges) {
  for (const std::string& name : PrivilegeNames(privileges)) {
    TRY(transaction.Execute("DELETE FROM privilege_grant WHERE securable_id = ? AND principal_id = ? AND privilege = ?",
                            {securable_id, principal_id, name}));
  }
  return {};
}

Result<std::vector<Tag>> ListTags(store::Reader& reader, const std::string& securable_id) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT column_name, name, value, updated_ms, updated_by FROM tag WHERE securable_id = ? ORDER BY column_name, name",
                   {securable_id}));
  std::vector<Tag> tags;
  for (const store::Row& row : rows) tags.push_back({row.Text(0), row.Text(1), row.Text(2), row.Int(3), row.Text(4)});
  return tags;
}

Result<> PutTag(store::Transaction& transaction, const std::string& securable_id, const Tag& tag) {
  TRY(transaction.Execute("INSERT INTO tag VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (securable_id, column_name, name) "
                          "DO UPDATE SET value = excluded.value, updated_ms = excluded.updated_ms, updated_by = excluded.updated_by",
                          {securable_id, tag.column, tag.name, tag.value, tag.updated_ms, tag.updated_by}));
  return {};
}

Result<int64_t> DeleteTag(store::Transaction& transaction, const std::string& securable_id, const std::string& column,
                          const std::string& name) {
  return transaction.Execute("DELETE FROM tag WHERE securable_id = ? AND column_name = ? AND name = ?", {securable_id, column, name});
}

}  // namespace crannog::catalog::securables_store
