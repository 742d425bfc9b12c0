#pragma once

#include "base/result.h"
#include "connect/relation_message.h"
#include "plan/command.h"

namespace google::protobuf {
class Any;
}
namespace spark::connect {
class WriteOperation;
class WriteOperationV2;
class MergeIntoTableCommand;
}  // namespace spark::connect

namespace crannog::connect {

/// Reads DataFrame writes and DataFrame.mergeInto. Errors: kInvalidParameterValue, NOT_IMPLEMENTED naming bucketing and the like.
Result<plan::CommandPtr> FromMessage(const spark::connect::WriteOperation& message, const RelationReaders& readers);
Result<plan::CommandPtr> FromMessage(const spark::connect::WriteOperationV2& message, const RelationReaders& readers);
Result<plan::CommandPtr> FromMessage(const spark::connect::MergeIntoTableCommand& message, const RelationReaders& readers);

/// Reads Relation.extension as Delta Connect's DeltaRelation: a scan, or a command whose rows are read. Tables by path become delta.`path`.
Result<plan::RelationPtr> DeltaRelationFromMessage(const google::protobuf::Any& message, const RelationReaders& readers);

/// Reads Command.extension as Delta Connect's DeltaCommand.
Result<plan::CommandPtr> DeltaCommandFromMessage(const google::protobuf::Any& message, const RelationReaders& readers);

}  // namespace crannog::connect
