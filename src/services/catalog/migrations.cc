#include "services/catalog/migrations.h"

namespace crannog::catalog {
namespace {

// name holds the last part of the full name in lower case. properties and details are JSON. dropped_ms = 0: alive.
constexpr store::Migration kMigrations[] = {
    {1, "securables, grants, tags", R"sql(
CREATE TABLE securable (
  id TEXT PRIMARY KEY, kind BIGINT NOT NULL, parent_id TEXT NOT NULL, name TEXT NOT NULL, owner_id BIGINT NOT NULL, comment TEXT NOT NULL,
  properties TEXT NOT NULL, location TEXT NOT NULL, details TEXT NOT NULL, created_ms BIGINT NOT NULL, created_by TEXT NOT NULL,
  updated_ms BIGINT NOT NULL, updated_by TEXT NOT NULL, dropped_ms BIGINT NOT NULL);
CREATE UNIQUE INDEX securable_name ON securable (parent_id, kind, name) WHERE dropped_ms = 0;
CREATE INDEX securable_dropped ON securable (parent_id, kind, name, dropped_ms);
CREATE INDEX securable_location ON securable (kind, location);
CREATE TABLE privilege_grant (
  securable_id TEXT NOT NULL REFERENCES securable (id) ON DELETE CASCADE, principal_id BIGINT NOT NULL, privilege TEXT NOT NULL,
  PRIMARY KEY (securable_id, principal_id, privilege));
CREATE TABLE tag (
  securable_id TEXT NOT NULL REFERENCES securable (id) ON DELETE CASCADE, column_name TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  updated_ms BIGINT NOT NULL, updated_by TEXT NOT NULL, PRIMARY KEY (securable_id, column_name, name));
CREATE INDEX tag_name ON tag (name, value)
)sql"},
};

}  // namespace

std::span<const store::Migration> Migrations() { return kMigrations; }

}  // namespace crannog::catalog
