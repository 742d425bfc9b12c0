#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/relation.h"

/// Pieces that statements of several nouns share.
namespace crannog::plan {

/// What a name in SHOW, DESCRIBE, COMMENT ON, GRANT, ALTER … OWNER TO speaks of.
enum class ObjectKind : uint8_t {
  kCatalog, kSchema, kTable, kView, kMaterializedView, kStreamingTable, kColumn, kFunction, kProcedure, kVolume, kModel,
  kConnection, kExternalLocation, kStorageCredential, kServiceCredential, kMetastore, kShare, kRecipient, kProvider,
  kPolicy, kAnyFile, kAnonymousFunction, kVariable, kFlow, kCleanRoom
};

/// IF [NOT] EXISTS, OR REPLACE.
enum class IfExists : uint8_t { kFail, kIgnore, kReplace };

/// SET TAGS ('k' = 'v', 'k') and UNSET TAGS ('k').
using Tags = std::vector<std::pair<std::string, std::string>>;

/// name => value of OPTIONS (…) whose values are constant expressions.
using ExpressionOptions = std::vector<std::pair<std::string, ExpressionPtr>>;

/// A piece of SQL text that is stored as it was written (view bodies, defaults, checks), with its parsed form.
struct ExpressionText {
  ExpressionPtr expression;
  std::string text;
};
struct QueryText {
  RelationPtr query;
  std::string text;
};

/// PARTITION (a = 1, b): a value may be absent (dynamic) or the keyword DEFAULT.
struct PartitionValue {
  std::string column;
  ExpressionPtr value;
};
using PartitionSpec = std::vector<PartitionValue>;

/// LIKE 'pattern', also written without LIKE.
using Pattern = std::optional<std::string>;

}  // namespace crannog::plan
