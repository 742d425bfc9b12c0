#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "connect/message_context.h"
#include "plan/relation.h"

namespace google::protobuf {
class Any;
}
namespace spark::connect {
class Relation;
class Catalog;
}  // namespace spark::connect

namespace crannog::connect {

/// What turns messages into relations besides text parsers: relations whose meaning is not in the message. Handed in by the endpoint.
struct RelationReaders {
  TextParsers text;
  /// Catalog operations (spark.catalog.…), which answer with rows of their own shape.
  std::function<Result<plan::RelationPtr>(const spark::connect::Catalog&)> catalog;
  /// Relation.extension: Delta Connect's messages.
  std::function<Result<plan::RelationPtr>(const google::protobuf::Any&)> extension;
  /// Gives what stands in for a relation (rows kept by persist), or null; may be unset.
  std::function<Result<plan::RelationPtr>(const spark::connect::Relation&)> substitute;
};

/// Reads a relation with all that is below it. Errors: NOT_IMPLEMENTED naming what this version cannot do; what the readers say.
/// Limits: nesting of kRelationDepthMax.
Result<plan::RelationPtr> FromMessage(const spark::connect::Relation& message, const RelationReaders& readers);

/// How deep relations may nest; a DataFrame program of thousands of steps stays below, a hostile message does not overflow the stack.
inline constexpr int kRelationDepthMax = 2000;

}  // namespace crannog::connect
