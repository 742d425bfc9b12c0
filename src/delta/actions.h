#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

/// The actions of a Delta log as plain data. Source: PROTOCOL.md, "Actions". Codecs: actions_json.cc.
namespace crannog::delta {

using StringMap = std::map<std::string, std::string>;
/// Partition column (physical name) to text form; no text is null.
using PartitionValues = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// Where the deleted rows of a file are written down. Source: PROTOCOL.md, "Deletion Vector Descriptor Schema".
struct DeletionVectorDescriptor {
  std::string storage_type;  ///< "u", "p" or "i"
  std::string path_or_inline;
  std::optional<int64_t> offset;
  int64_t size_bytes = 0;
  int64_t cardinality = 0;

  /// storageType + pathOrInlineDv, and "@offset" where there is one.
  std::string UniqueId() const;
  bool operator==(const DeletionVectorDescriptor&) const = default;
};

struct Protocol {
  int32_t min_reader_version = 1;
  int32_t min_writer_version = 2;
  std::optional<std::vector<std::string>> reader_features;
  std::optional<std::vector<std::string>> writer_features;
  bool operator==(const Protocol&) const = default;
};

struct Metadata {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string format_provider = "parquet";
  StringMap format_options;
  std::string schema_string;
  std::vector<std::string> partition_columns;
  StringMap configuration;
  std::optional<int64_t> created_time_ms;
  bool operator==(const Metadata&) const = default;
};

struct AddFile {
  std::string path;  ///< as the log has it: a URI, percent-encoded, relative to the table's root or absolute
  PartitionValues partition_values;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
  bool data_change = true;
  std::string stats;  ///< JSON text, "" when absent
  StringMap tags;
  std::optional<DeletionVectorDescriptor> deletion_vector;
  std::optional<int64_t> base_row_id;
  std::optional<int64_t> default_row_commit_version;
  std::optional<std::string> clustering_provider;
};

struct RemoveFile {
  std::string path;
  std::optional<int64_t> deletion_timestamp_ms;
  bool data_change = true;
  std::optional<bool> extended_file_metadata;
  std::optional<PartitionValues> partition_values;
  std::optional<int64_t> size_bytes;
  std::string stats;
  StringMap tags;
  std::optional<DeletionVectorDescriptor> deletion_vector;
  std::optional<int64_t> base_row_id;
  std::optional<int64_t> default_row_commit_version;
};

struct AddCdcFile {
  std::string path;
  PartitionValues partition_values;
  int64_t size_bytes = 0;
  StringMap tags;
};

struct SetTransaction {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> last_updated_ms;
};

struct DomainMetadata {
  std::string domain;
  std::string configuration;
  bool removed = false;
};

/// Free provenance information, plus the in-commit timestamp. The JSON keeps every field as written.
struct CommitInfo {
  JsonValue json;
  std::optional<int64_t> InCommitTimestampMs() const;
};

struct CheckpointMetadata {
  int64_t version = 0;
  StringMap tags;
};

struct Sidecar {
  std::string path;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
  StringMap tags;
};

/// monostate: an action that this library does not know; readers skip those.
using Action = std::variant<std::monostate, AddFile, RemoveFile, AddCdcFile, Metadata, Protocol, SetTransaction, DomainMetadata,
                            CommitInfo, CheckpointMetadata, Sidecar>;

/// Reads one line of a commit or JSON checkpoint. Errors: kDataLoss naming the field.
Result<Action> ParseAction(std::string_view line);
/// Reads every line of a file. Errors: kDataLoss with the number of the line. Limits: bytes are those of the file.
Result<std::vector<Action>> ParseActions(std::string_view text);
/// Writes one action as a line without its end.
std::string WriteAction(const Action& action);

JsonValue ToJson(const AddFile& add);
JsonValue ToJson(const RemoveFile& remove);
JsonValue ToJson(const Metadata& metadata);
JsonValue ToJson(const Protocol& protocol);
JsonValue ToJson(const SetTransaction& transaction);
JsonValue ToJson(const DomainMetadata& domain);
JsonValue ToJson(const DeletionVectorDescriptor& vector);

/// Makes the tombstone of a live file.
RemoveFile RemoveOf(const AddFile& add, int64_t deletion_timestamp_ms, bool data_change);

/// The key by which adds and removes of one logical file meet: canonical path and deletion vector's id.
/// Source: PROTOCOL.md, "Action Reconciliation"; paths compare decoded, "file:" schemes without authority are dropped.
std::string FileKey(std::string_view path, const std::optional<DeletionVectorDescriptor>& vector);

}  // namespace crannog::delta
