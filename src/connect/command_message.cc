#include "connect/command_message.h"

#include "connect/expression_message.h"
#include "connect/repeated.h"
#include "spark/connect/commands.pb.h"

namespace crannog::connect {

namespace sc = spark::connect;
using plan::CommandPtr;
using plan::ExpressionPtr;

namespace {

plan::SaveMode SaveModeOf(int mode) {
  switch (mode) {
    case sc::WriteOperation::SAVE_MODE_APPEND: return plan::SaveMode::kAppend;
    case sc::WriteOperation::SAVE_MODE_OVERWRITE: return plan::SaveMode::kOverwrite;
    case sc::WriteOperation::SAVE_MODE_IGNORE: return plan::SaveMode::kIgnore;
    default: return plan::SaveMode::kErrorIfExists;
  }
}

Result<std::vector<plan::MergeClause>> ReadMergeActions(plan::MergeMatch match, const google::protobuf::RepeatedPtrField<sc::Expression>& actions,
                                                        const TextParsers& parsers) {
  std::vector<plan::MergeClause> clauses;
  for (const sc::Expression& expression : actions) {
    if (!expression.has_merge_action()) return Failure(ErrorCode::kInvalidParameterValue, "a merge clause holds no merge action");
    const sc::MergeAction& action = expression.merge_action();
    plan::MergeClause clause;
    clause.match = match;
    if (action.has_condition()) {
      TRY(clause.condition, FromMessage(action.condition(), parsers));
    }
    switch (action.action_type()) {
      case sc::MergeAction::ACTION_TYPE_DELETE: clause.action = plan::MergeActionKind::kDelete; break;
      case sc::MergeAction::ACTION_TYPE_INSERT: clause.action = plan::MergeActionKind::kInsert; break;
      case sc::MergeAction::ACTION_TYPE_INSERT_STAR: clause.action = plan::MergeActionKind::kInsertAll; break;
      case sc::MergeAction::ACTION_TYPE_UPDATE: clause.action = plan::MergeActionKind::kUpdate; break;
      case sc::MergeAction::ACTION_TYPE_UPDATE_STAR: clause.action = plan::MergeActionKind::kUpdateAll; break;
      default: return Failure(ErrorCode::kInvalidParameterValue, "a merge action names no type");
    }
    for (const auto& assignment : action.assignments()) {
      plan::Assignment out;
      TRY(ExpressionPtr key, FromMessage(assignment.key(), parsers));
      const auto* attribute = key->As<plan::AttributeReference>();
      if (attribute == nullptr) return Failure(ErrorCode::kInvalidParameterValue, "a merge assigns to something that is no column");
      out.target = attribute->name;
      TRY(out.value, FromMessage(assignment.value(), parsers));
      clause.assignments.push_back(std::move(out));
    }
    clauses.push_back(std::move(clause));
  }
  return clauses;
}

}  // namespace

Result<CommandPtr> FromMessage(const sc::WriteOperation& message, const RelationReaders& readers) {
  plan::SaveDataFrame save;
  TRY(save.input, FromMessage(message.input(), readers));
  save.format = message.source();
  if (message.has_path()) save.path = message.path();
  if (message.has_table()) {
    TRY(save.table.parts, readers.text.identifier(message.table().table_name()));
    save.insert_into = message.table().save_method() == sc::WriteOperation_SaveTable::TABLE_SAVE_METHOD_INSERT_INTO;
  }
  save.mode = SaveModeOf(message.mode());
  save.partition_columns.assign(message.partitioning_columns().begin(), message.partitioning_columns().end());
  save.clustering_columns.assign(message.clustering_columns().begin(), message.clustering_columns().end());
  save.options = {message.options().begin(), message.options().end()};
  save.with_schema_evolution = message.with_schema_evolution();
  if (message.has_bucket_by()) return Failure(NotImplemented("bucketBy"));
  return plan::MakeCommand(std::move(save));
}

Result<CommandPtr> FromMessage(const sc::WriteOperationV2& message, const RelationReaders& readers) {
  plan::WriteDataFrameTo write;
  TRY(write.input, FromMessage(message.input(), readers));
  TRY(write.table.parts, readers.text.identifier(message.table_name()));
  write.format = message.provider();
  switch (message.mode()) {
    case sc::WriteOperationV2::MODE_CREATE: write.mode = plan::WriteToMode::kCreate; break;
    case sc::WriteOperationV2::MODE_OVERWRITE: write.mode = plan::WriteToMode::kOverwrite; break;
    case sc::WriteOperationV2::MODE_OVERWRITE_PARTITIONS: write.mode = plan::WriteToMode::kOverwritePartitions; break;
    case sc::WriteOperationV2::MODE_APPEND: write.mode = plan::WriteToMode::kAppend; break;
    case sc::WriteOperationV2::MODE_REPLACE: write.mode = plan::WriteToMode::kReplace; break;
    case sc::WriteOperationV2::MODE_CREATE_OR_REPLACE: write.mode = plan::WriteToMode::kCreateOrReplace; break;
    default: return Failure(ErrorCode::kInvalidParameterValue, "writeTo names no mode");
  }
  TRY(write.partitioning, ReadEach<ExpressionPtr>(message.partitioning_columns(), readers.text));
  write.clustering_columns.assign(message.clustering_columns().begin(), message.clustering_columns().end());
  write.options = {message.options().begin(), message.options().end()};
  write.properties = {message.table_properties().begin(), message.table_properties().end()};
  if (message.has_overwrite_condition()) {
    TRY(write.overwrite_condition, FromMessage(message.overwrite_condition(), readers.text));
  }
  write.with_schema_evolution = message.with_schema_evolution();
  return plan::MakeCommand(std::move(write));
}

Result<CommandPtr> FromMessage(const sc::MergeIntoTableCommand& message, const RelationReaders& readers) {
  plan::Merge merge;
  TRY(merge.target.parts, readers.text.identifier(message.target_table_name()));
  TRY(merge.source, FromMessage(message.source_table_plan(), readers));
  TRY(merge.condition, FromMessage(message.merge_condition(), readers.text));
  const std::pair<plan::MergeMatch, const google::protobuf::RepeatedPtrField<sc::Expression>*> groups[] = {
      {plan::MergeMatch::kMatched, &message.match_actions()},
      {plan::MergeMatch::kNotMatched, &message.not_matched_actions()},
      {plan::MergeMatch::kNotMatchedBySource, &message.not_matched_by_source_actions()}};
  for (const auto& [match, actions] : groups) {
    TRY(std::vector<plan::MergeClause> clauses, ReadMergeActions(match, *actions, readers.text));
    for (plan::MergeClause& clause : clauses) merge.clauses.push_back(std::move(clause));
  }
  merge.with_schema_evolution = message.with_schema_evolution();
  return plan::MakeCommand(std::move(merge));
}

}  // namespace crannog::connect
