#include "services/iam/principals_store.h"

#include "services/iam/names.h"

namespace crannog::iam::principals_store {
namespace {

constexpr std::string_view kColumns = "SELECT id, kind, name, display_name, active, attributes, created_ms, updated_ms FROM principal ";

Result<Principal> FromRow(const store::Row& row) {
  Principal principal;
  principal.id = {row.Int(0)};
  principal.kind = static_cast<PrincipalKind>(row.Int(1));
  principal.name = row.Text(2);
  principal.display_name = row.Text(3);
  principal.active = row.Bool(4);
  TRY(principal.attributes, ParseJson(row.Text(5)));
  principal.created_ms = row.Int(6);
  principal.updated_ms = row.Int(7);
  return principal;
}

Result<std::optional<Principal>> FindOne(store::Reader& reader, std::string_view where, const store::Value& key) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + std::string(where), {key}));
  if (!row) return std::nullopt;
  TRY(Principal principal, FromRow(*row));
  if (principal.kind == PrincipalKind::kGroup || principal.kind == PrincipalKind::kSystemGroup) {
    TRY(std::vector<store::Row> members,
        reader.Query("SELECT member_id FROM membership WHERE group_id = ? ORDER BY member_id", {principal.id.value}));
    for (const store::Row& member : members) principal.members.push_back({member.Int(0)});
  }
  return principal;
}

// The WHERE of a query, with its parameters.
std::string Conditions(const PrincipalQuery& query, std::vector<store::Value>& parameters) {
  std::string where = "WHERE kind = ?";
  parameters.emplace_back(static_cast<int64_t>(query.kind));
  if (query.name) {
    where += " AND name_key = ?";
    parameters.emplace_back(NameKey(*query.name));
  }
  if (query.display_name) {
    where += " AND display_name = ?";
    parameters.emplace_back(*query.display_name);
  }
  return where;
}

PrincipalReference ReferenceFromRow(const store::Row& row, bool is_direct) {
  return {{row.Int(0)}, static_cast<PrincipalKind>(row.Int(1)), row.Text(2), row.Text(3), is_direct};
}

}  // namespace

Result<> Insert(store::Transaction& transaction, const Principal& principal) {
  TRY(transaction.Execute("INSERT INTO principal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          {principal.id.value, static_cast<int64_t>(principal.kind), principal.name, NameKey(principal.name),
                           principal.display_name, principal.active, WriteJson(principal.attributes), principal.created_ms,
                           principal.updated_ms}));
  return {};
}

Result<int64_t> Update(store::Transaction& transaction, const Principal& principal) {
  return transaction.Execute("UPDATE principal SET name = ?, name_key = ?, display_name = ?, active = ?, attributes = ?, "
                             "updated_ms = ? WHERE id = ? AND kind = ?",
                             {principal.name, NameKey(principal.name), principal.display_name, principal.active,
                              WriteJson(principal.attributes), principal.updated_ms, principal.id.value,
                              static_cast<int64_t>(principal.kind)});
}

Result<int64_t> Delete(store::Transaction& transaction, PrincipalId id) {
  return transaction.Execute("DELETE FROM principal WHERE id = ?", {id.value});
}

Result<std::optional<Principal>> Find(store::Reader& reader, PrincipalId id) { return FindOne(reader, "WHERE id = ?", id.value); }

Result<std::optional<Principal>> FindByName(store::Reader& reader, std::string_view name) {
  return FindOne(reader, "WHERE name_key = ?", NameKey(name));
}

Result<std::vector<Principal>> List(store::Reader& reader, const PrincipalQuery& query) {
  std::vector<store::Value> parameters;
  const std::string sql = std::string(kColumns) + Conditions(query, parameters) + " ORDER BY created_ms, id LIMIT ? OFFSET ?";
  parameters.emplace_back(query.count_max);
  parameters.emplace_back(query.offset);
  TRY(std::vector<store::Row> rows, reader.Query(sql, parameters));
  std::vector<Principal> principals;
  principals.reserve(rows.size());
  for (const store::Row& row : rows) {
    TRY(Principal principal, FromRow(row));
    principals.push_back(std::move(principal));
  }
  return principals;
}

Result<int64_t> Count(store::Reader& reader, const PrincipalQuery& query) {
  std::vector<store::Value> parameters;
  const std::string sql = "SELECT COUNT(*) FROM principal " + Conditions(query, parameters);
  TRY(store::Row row, reader.QueryRow(sql, parameters));
  return row.Int(0);
}

Result<> AddMember(store::Transaction& transaction, PrincipalId group, PrincipalId member) {
  TRY(transaction.Execute("INSERT INTO membership VALUES (?, ?) ON CONFLICT (group_id, member_id) DO NOTHING",
                          {group.value, member.value}));
  return {};
}

Result<> ReplaceMembers(store::Transaction& transaction, PrincipalId group, const std::vector<PrincipalId>& members) {
  TRY(transaction.Execute("DELETE FROM membership WHERE group_id = ?", {group.value}));
  for (PrincipalId member : members) TRY(AddMember(transaction, group, member));
  return {};
}

Result<std::vector<PrincipalReference>> MembersOf(store::Reader& reader, PrincipalId group) {
  TRY(std::vector<store::Row> rows,
      reader.Query("SELECT p.id, p.kind, p.name, p.display_name FROM membership m JOIN principal p ON p.id = m.member_id "
                   "WHERE m.group_id = ? ORDER BY p.created_ms, p.id",
                   {group.value}));
  std::vector<PrincipalReference> members;
  for (const store::Row& row : rows) members.push_back(ReferenceFromRow(row, true));
  return members;
}

Result<std::vector<PrincipalReference>> GroupsOf(store::Reader& reader, PrincipalId member) {
  // UNION drops what was seen, so that even a cycle ends.
  TRY(std::vector<store::Row> rows,
      reader.Query("WITH RECURSIVE above (id) AS (SELECT group_id FROM membership WHERE member_id = ? UNION "
                   "SELECT m.group_id FROM membership m JOIN above a ON m.member_id = a.id) "
                   "SELECT p.id, p.kind, p.name, p.display_name, "
                   "CASE WHEN d.member_id IS NULL THEN 0 ELSE 1 END AS direct FROM above a "
                   "JOIN principal p ON p.id = a.id LEFT JOIN membership d ON d.group_id = a.id AND d.member_id = ? "
                   "ORDER BY direct DESC, p.created_ms, p.id",
                   {member.value, member.value}));
  std::vector<PrincipalReference> groups;
  for (const store::Row& row : rows) groups.push_back(ReferenceFromRow(row, row.Bool(4)));
  return groups;
}

Result<int64_t> CountActiveBelow(store::Reader& reader, PrincipalId group) {
  TRY(store::Row row,
      reader.QueryRow("WITH RECURSIVE below (id) AS (SELECT member_id FROM membership WHERE group_id = ? UNION "
                      "SELECT m.member_id FROM membership m JOIN below b ON m.group_id = b.id) "
                      "SELECT COUNT(*) FROM below b JOIN principal p ON p.id = b.id WHERE p.kind IN (1, 2) AND p.active = 1",
                      {group.value}));
  return row.Int(0);
}

}  // namespace crannog::iam::principals_store
