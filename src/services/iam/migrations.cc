#include "services/iam/migrations.h"

namespace crannog::iam {
namespace {

// name_key is the name in lower case: principals compare without case. attributes is JSON.
constexpr store::Migration kMigrations[] = {
    {1, "principals, tokens, settings", R"sql(
CREATE TABLE principal (
  id BIGINT PRIMARY KEY, kind BIGINT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, display_name TEXT NOT NULL,
  active BIGINT NOT NULL, attributes TEXT NOT NULL, created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL);
CREATE INDEX principal_kind ON principal (kind, id);
CREATE TABLE membership (
  group_id BIGINT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  member_id BIGINT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, member_id));
CREATE INDEX membership_member ON membership (member_id);
CREATE TABLE token (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, principal_id BIGINT NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  creator_id BIGINT NOT NULL, hash BLOB NOT NULL UNIQUE, comment TEXT NOT NULL, created_ms BIGINT NOT NULL, expires_ms BIGINT NOT NULL,
  used_ms BIGINT NOT NULL);
CREATE INDEX token_principal ON token (principal_id);
CREATE INDEX token_expiry ON token (expires_ms);
CREATE TABLE iam_setting (name TEXT PRIMARY KEY, sealed BLOB NOT NULL)
)sql"},
    {2, "audit", R"sql(
CREATE TABLE audit_event (
  id INTEGER PRIMARY KEY, time_us BIGINT NOT NULL, service TEXT NOT NULL, action TEXT NOT NULL, request_id TEXT NOT NULL,
  peer_address TEXT NOT NULL, user_agent TEXT NOT NULL, principal_id TEXT NOT NULL, principal_name TEXT NOT NULL,
  parameters TEXT NOT NULL, status BIGINT NOT NULL, error_code TEXT NOT NULL, error_message TEXT NOT NULL,
  duration_us BIGINT NOT NULL);
CREATE INDEX audit_event_time ON audit_event (time_us)
)sql"},
};

}  // namespace

std::span<const store::Migration> Migrations() { return kMigrations; }

}  // namespace crannog::iam
