#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "delta/table.h"

namespace crannog::session {

/// What a commit says of itself in commitInfo.
struct CommitDescription {
  std::string operation;                         ///< "WRITE", "MERGE", "CREATE TABLE" …
  std::vector<std::pair<std::string, std::string>> parameters;  ///< values are texts; JSON where Delta writes JSON
  std::vector<std::pair<std::string, std::string>> metrics;
  bool is_blind_append = false;
  std::string isolation_level = "WriteSerializable";
  std::string user;
};

/// Commits actions on top of `read` (null: creates version 0). Appends are tried again on newer versions when their metadata is unchanged;
/// other operations fail with DELTA_CONCURRENT_WRITE-like conditions when files they read or removed were changed meanwhile.
/// Errors: DELTA_METADATA_CHANGED, DELTA_CONCURRENT_DELETE_READ, DELTA_CONCURRENT_APPEND, DELTA_PROTOCOL_CHANGED, of the store.
Result<int64_t> CommitDelta(delta::Table& table, const delta::SnapshotPtr& read, std::vector<delta::Action> actions,
                            const CommitDescription& description);

/// The protocol that a table's metadata needs. Source: PROTOCOL.md, "Valid Feature Names"; minimal, as Spark chooses.
delta::Protocol ProtocolFor(const delta::Metadata& metadata, const delta::Protocol* current);

}  // namespace crannog::session
