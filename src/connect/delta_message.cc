// Delta Connect: DeltaTable of the delta-spark package over Spark Connect. Source: reference/spark.md section 1.10.
#include <google/protobuf/any.pb.h>

#include "connect/command_message.h"
#include "connect/data_type_message.h"
#include "connect/expression_message.h"
#include "connect/repeated.h"
#include "delta/connect/commands.pb.h"
#include "delta/connect/relations.pb.h"

namespace crannog::connect {

namespace dc = delta::connect;
namespace sc = spark::connect;
using plan::CommandPtr;
using plan::ExpressionPtr;
using plan::RelationPtr;

namespace {

Result<plan::Name> TableName(const dc::DeltaTable& table, const TextParsers& parsers) {
  plan::Name name;
  if (table.has_path()) {
    name.parts = {"delta", table.path().path()};
    return name;
  }
  TRY(name.parts, parsers.identifier(table.table_or_view_name()));
  return name;
}

plan::TimeTravel AsOf(bool has_version, int64_t version, bool has_timestamp, const std::string& timestamp) {
  plan::TimeTravel travel;
  if (has_version) travel.version = plan::MakeExpression(plan::Literal::Long(version));
  if (has_timestamp) travel.timestamp = plan::MakeExpression(plan::Literal::String(timestamp));
  return travel;
}

template <typename T>
RelationPtr Rows(T command) {
  return plan::MakeRelation(plan::CommandRelation{plan::MakeCommand(std::move(command))});
}

// The target of a DML message is a scan of a Delta table, aliased or not.
struct Target {
  plan::Name name;
  std::string alias;
};

Result<Target> ReadTarget(const sc::Relation& message, const TextParsers& parsers) {
  if (message.has_subquery_alias()) {
    TRY(Target target, ReadTarget(message.subquery_alias().input(), parsers));
    target.alias = message.subquery_alias().alias();
    return target;
  }
  dc::DeltaRelation relation;
  if (message.has_extension() && message.extension().UnpackTo(&relation) && relation.has_scan()) {
    TRY(plan::Name name, TableName(relation.scan().table(), parsers));
    return Target{std::move(name), ""};
  }
  if (message.has_read() && message.read().has_named_table()) {
    plan::Name name;
    TRY(name.parts, parsers.identifier(message.read().named_table().unparsed_identifier()));
    return Target{std::move(name), ""};
  }
  return Failure(ErrorCode::kInvalidParameterValue, "the target of a change is a Delta table by name or path");
}

Result<std::vector<plan::Assignment>> ReadAssignments(const google::protobuf::RepeatedPtrField<dc::Assignment>& messages, const TextParsers& parsers) {
  std::vector<plan::Assignment> out;
  for (const dc::Assignment& message : messages) {
    plan::Assignment assignment;
    TRY(ExpressionPtr field, FromMessage(message.field(), parsers));
    if (const auto* attribute = field->As<plan::AttributeReference>()) {
      assignment.target = attribute->name;
    } else {
      return Failure(ErrorCode::kInvalidParameterValue, "an assignment's left side is no column");
    }
    TRY(assignment.value, FromMessage(message.value(), parsers));
    out.push_back(std::move(assignment));
  }
  return out;
}

Result<plan::MergeClause> ReadAction(plan::MergeMatch match, const dc::MergeIntoTable_Action& action, const TextParsers& parsers) {
  plan::MergeClause clause;
  clause.match = match;
  if (action.has_condition()) {
    TRY(clause.condition, FromMessage(action.condition(), parsers));
  }
  switch (action.action_type_case()) {
    case dc::MergeIntoTable_Action::kDeleteAction: clause.action = plan::MergeActionKind::kDelete; break;
    case dc::MergeIntoTable_Action::kUpdateAction: {
      clause.action = plan::MergeActionKind::kUpdate;
      TRY(clause.assignments, ReadAssignments(action.update_action().assignments(), parsers));
      break;
    }
    case dc::MergeIntoTable_Action::kUpdateStarAction: clause.action = plan::MergeActionKind::kUpdateAll; break;
    case dc::MergeIntoTable_Action::kInsertAction: {
      clause.action = plan::MergeActionKind::kInsert;
      TRY(clause.assignments, ReadAssignments(action.insert_action().assignments(), parsers));
      break;
    }
    case dc::MergeIntoTable_Action::kInsertStarAction: clause.action = plan::MergeActionKind::kInsertAll; break;
    case dc::MergeIntoTable_Action::ACTION_TYPE_NOT_SET: return Failure(ErrorCode::kInvalidParameterValue, "a merge clause names no action");
  }
  return clause;
}

Result<RelationPtr> ReadMerge(const dc::MergeIntoTable& message, const RelationReaders& readers) {
  plan::Merge merge;
  TRY(Target target, ReadTarget(message.target(), readers.text));
  merge.target = std::move(target.name);
  merge.target_alias = std::move(target.alias);
  TRY(merge.source, FromMessage(message.source(), readers));
  TRY(merge.condition, FromMessage(message.condition(), readers.text));
  const std::pair<plan::MergeMatch, const google::protobuf::RepeatedPtrField<dc::MergeIntoTable_Action>*> groups[] = {
      {plan::MergeMatch::kMatched, &message.matched_actions()},
      {plan::MergeMatch::kNotMatched, &message.not_matched_actions()},
      {plan::MergeMatch::kNotMatchedBySource, &message.not_matched_by_source_actions()}};
  for (const auto& [match, actions] : groups) {
    for (const auto& action : *actions) {
      TRY(plan::MergeClause clause, ReadAction(match, action, readers.text));
      merge.clauses.push_back(std::move(clause));
    }
  }
  merge.with_schema_evolution = message.with_schema_evolution();
  return Rows(std::move(merge));
}

Result<RelationPtr> ReadConvert(const dc::ConvertToDelta& message, const TextParsers& parsers) {
  plan::ConvertToDelta convert;
  TRY(convert.table.parts, parsers.identifier(message.identifier()));
  plan::DataType schema = plan::DataType::Struct({});
  if (message.has_partition_schema_string()) {
    TRY(schema, parsers.data_type(message.partition_schema_string()));
  } else if (message.has_partition_schema_struct()) {
    TRY(schema, FromMessage(message.partition_schema_struct(), parsers));
  }
  for (const plan::StructField& field : schema.fields()) convert.partition_columns.emplace_back(field.name, field.type);
  return Rows(std::move(convert));
}

Result<RelationPtr> ReadOptimize(const dc::OptimizeTable& message, const TextParsers& parsers) {
  plan::Optimize optimize;
  TRY(optimize.table, TableName(message.table(), parsers));
  for (const std::string& filter : message.partition_filters()) {
    TRY(ExpressionPtr condition, parsers.expression(filter));
    optimize.condition = optimize.condition ? plan::MakeCall("and", {optimize.condition, condition}) : condition;
  }
  for (const std::string& column : message.zorder_columns()) {
    TRY(std::vector<std::string> parts, parsers.identifier(column));
    optimize.zorder_by.push_back(std::move(parts));
  }
  return Rows(std::move(optimize));
}

Result<CommandPtr> ReadCreate(const dc::CreateDeltaTable& message, const TextParsers& parsers) {
  plan::CreateTable create;
  switch (message.mode()) {
    case dc::CreateDeltaTable::MODE_CREATE_IF_NOT_EXISTS: create.mode = plan::CreateMode::kCreateIfNotExists; break;
    case dc::CreateDeltaTable::MODE_REPLACE: create.mode = plan::CreateMode::kReplace; break;
    case dc::CreateDeltaTable::MODE_CREATE_OR_REPLACE: create.mode = plan::CreateMode::kCreateOrReplace; break;
    default: create.mode = plan::CreateMode::kCreate;
  }
  if (message.has_table_name()) {
    TRY(create.name.parts, parsers.identifier(message.table_name()));
  } else {
    create.name.parts = {"delta", message.location()};
  }
  create.spec.provider = "delta";
  if (message.has_location() && message.has_table_name()) create.spec.location = message.location();
  if (message.has_comment()) create.spec.comment = message.comment();
  for (const auto& column : message.columns()) {
    plan::ColumnDefinition definition;
    definition.name = {column.name()};
    TRY(definition.type, FromMessage(column.data_type(), parsers));
    definition.not_null = !column.nullable();
    if (column.has_comment()) definition.comment = column.comment();
    if (column.has_generated_always_as()) {
      TRY(ExpressionPtr generated, parsers.expression(column.generated_always_as()));
      definition.generated = plan::ExpressionText{std::move(generated), column.generated_always_as()};
    }
    if (column.has_identity_info()) {
      definition.identity = plan::IdentityColumn{!column.identity_info().allow_explicit_insert(), column.identity_info().start(), column.identity_info().step()};
    }
    create.spec.columns.push_back(std::move(definition));
  }
  for (const std::string& column : message.partitioning_columns()) {
    plan::PartitionField field;
    field.transform = "identity";
    plan::AttributeReference reference;
    TRY(reference.name.parts, parsers.identifier(column));
    field.arguments = {plan::MakeExpression(std::move(reference))};
    create.spec.partitioning.push_back(std::move(field));
  }
  if (message.clustering_columns_size() > 0) {
    create.spec.cluster_by.emplace();
    for (const std::string& column : message.clustering_columns()) {
      TRY(std::vector<std::string> parts, parsers.identifier(column));
      create.spec.cluster_by->push_back(std::move(parts));
    }
  }
  create.spec.properties = {message.properties().begin(), message.properties().end()};
  return plan::MakeCommand(std::move(create));
}

Result<CommandPtr> SetProperties(const dc::DeltaTable& table, plan::Options properties, const TextParsers& parsers) {
  plan::AlterTable alter;
  TRY(alter.name, TableName(table, parsers));
  alter.action = plan::SetTableProperties{std::move(properties)};
  return plan::MakeCommand(std::move(alter));
}

}  // namespace

Result<RelationPtr> DeltaRelationFromMessage(const google::protobuf::Any& any, const RelationReaders& readers) {
  dc::DeltaRelation message;
  if (!any.UnpackTo(&message)) return Failure(NotImplemented("the relation extension " + any.type_url()));
  const TextParsers& parsers = readers.text;
  switch (message.relation_type_case()) {
    case dc::DeltaRelation::kScan: {
      plan::NamedTable table;
      TRY(table.name, TableName(message.scan().table(), parsers));
      return plan::MakeRelation(std::move(table));
    }
    case dc::DeltaRelation::kDescribeHistory: {
      plan::DescribeHistory history;
      TRY(history.table, TableName(message.describe_history().table(), parsers));
      return Rows(std::move(history));
    }
    case dc::DeltaRelation::kDescribeDetail: {
      plan::DescribeDetail detail;
      TRY(detail.table, TableName(message.describe_detail().table(), parsers));
      return Rows(std::move(detail));
    }
    case dc::DeltaRelation::kConvertToDelta: return ReadConvert(message.convert_to_delta(), parsers);
    case dc::DeltaRelation::kRestoreTable: {
      plan::Restore restore;
      const auto& in = message.restore_table();
      TRY(restore.table, TableName(in.table(), parsers));
      restore.to = AsOf(in.has_version(), in.version(), in.has_timestamp(), in.timestamp());
      return Rows(std::move(restore));
    }
    case dc::DeltaRelation::kIsDeltaTable: {
      plan::IsDeltaTable is_delta;
      is_delta.path = message.is_delta_table().path();
      return Rows(std::move(is_delta));
    }
    case dc::DeltaRelation::kDeleteFromTable: {
      plan::Delete remove;
      TRY(Target target, ReadTarget(message.delete_from_table().target(), parsers));
      remove.table = std::move(target.name);
      remove.alias = std::move(target.alias);
      if (message.delete_from_table().has_condition()) {
        TRY(remove.condition, FromMessage(message.delete_from_table().condition(), parsers));
      }
      return Rows(std::move(remove));
    }
    case dc::DeltaRelation::kUpdateTable: {
      plan::Update update;
      TRY(Target target, ReadTarget(message.update_table().target(), parsers));
      update.table = std::move(target.name);
      update.alias = std::move(target.alias);
      if (message.update_table().has_condition()) {
        TRY(update.condition, FromMessage(message.update_table().condition(), parsers));
      }
      TRY(update.assignments, ReadAssignments(message.update_table().assignments(), parsers));
      return Rows(std::move(update));
    }
    case dc::DeltaRelation::kMergeIntoTable: return ReadMerge(message.merge_into_table(), readers);
    case dc::DeltaRelation::kOptimizeTable: return ReadOptimize(message.optimize_table(), parsers);
    case dc::DeltaRelation::RELATION_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a Delta relation message holds nothing");
}

Result<CommandPtr> DeltaCommandFromMessage(const google::protobuf::Any& any, const RelationReaders& readers) {
  dc::DeltaCommand message;
  if (!any.UnpackTo(&message)) return Failure(NotImplemented("the command extension " + any.type_url()));
  const TextParsers& parsers = readers.text;
  switch (message.command_type_case()) {
    case dc::DeltaCommand::kCloneTable: {
      const auto& in = message.clone_table();
      plan::CloneTable clone;
      TRY(clone.source, TableName(in.table(), parsers));
      // The target is a path where it looks like one, as delta-spark decides too.
      if (in.target().find('/') != std::string::npos) {
        clone.name.parts = {"delta", in.target()};
      } else {
        TRY(clone.name.parts, parsers.identifier(in.target()));
      }
      clone.time_travel = AsOf(in.has_version(), in.version(), in.has_timestamp(), in.timestamp());
      clone.is_shallow = in.is_shallow();
      clone.mode = in.replace() ? plan::CreateMode::kCreateOrReplace : plan::CreateMode::kCreate;
      clone.properties = {in.properties().begin(), in.properties().end()};
      return plan::MakeCommand(std::move(clone));
    }
    case dc::DeltaCommand::kVacuumTable: {
      plan::Vacuum vacuum;
      TRY(vacuum.table, TableName(message.vacuum_table().table(), parsers));
      if (message.vacuum_table().has_retention_hours()) vacuum.retain_hours = message.vacuum_table().retention_hours();
      return plan::MakeCommand(std::move(vacuum));
    }
    case dc::DeltaCommand::kUpgradeTableProtocol:
      return SetProperties(message.upgrade_table_protocol().table(),
                           {{"delta.minReaderVersion", std::to_string(message.upgrade_table_protocol().reader_version())},
                            {"delta.minWriterVersion", std::to_string(message.upgrade_table_protocol().writer_version())}},
                           parsers);
    case dc::DeltaCommand::kGenerate: {
      plan::GenerateManifest generate;
      generate.mode = message.generate().mode();
      TRY(generate.table, TableName(message.generate().table(), parsers));
      return plan::MakeCommand(std::move(generate));
    }
    case dc::DeltaCommand::kCreateDeltaTable: return ReadCreate(message.create_delta_table(), parsers);
    case dc::DeltaCommand::kAddFeatureSupport:
      return SetProperties(message.add_feature_support().table(),
                           {{"delta.feature." + message.add_feature_support().feature_name(), "supported"}}, parsers);
    case dc::DeltaCommand::kDropFeatureSupport: {
      plan::AlterTable alter;
      TRY(alter.name, TableName(message.drop_feature_support().table(), parsers));
      alter.action = plan::DropFeature{message.drop_feature_support().feature_name(), message.drop_feature_support().truncate_history()};
      return plan::MakeCommand(std::move(alter));
    }
    case dc::DeltaCommand::COMMAND_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a Delta command message holds nothing");
}

}  // namespace crannog::connect
