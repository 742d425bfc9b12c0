#include <fmt/format.h>

#include <algorithm>

#include <functional>

#include "base/json.h"
#include "delta/transaction.h"
#include "session/commands/commands.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_definition.h"
#include "session/table_writer.h"

/// ALTER TABLE | VIEW … action. For Delta tables the log is changed, for others the catalog.
namespace crannog::session {

using analyze::TableInfo;
using analyze::TableKind;
using plan::DataType;
using plan::StructField;

namespace {

// A table as it is, what it becomes, and how the history calls the change.
struct Alteration {
  TableInfo table;
  std::string operation;
  JsonValue parameters{JsonValue::Object{}};
};

using FieldPath = std::vector<std::string>;

// The fields of the struct that holds the last part of the path, through structs, arrays and maps, rebuilt after `change`.
Result<std::vector<StructField>> ChangeAt(std::vector<StructField> fields, const FieldPath& path, size_t depth,
                                          const std::function<Result<>(std::vector<StructField>&, const std::string&)>& change);

Result<DataType> ChangeInside(const DataType& type, const FieldPath& path, size_t depth,
                              const std::function<Result<>(std::vector<StructField>&, const std::string&)>& change) {
  if (type.Is(plan::TypeKind::kArray) && EqualsIgnoringCase(path[depth], "element")) {
    TRY(DataType element, ChangeInside(type.element(), path, depth + 1, change));
    return DataType::Array(std::move(element), type.contains_null());
  }
  if (type.Is(plan::TypeKind::kMap) && EqualsIgnoringCase(path[depth], "value")) {
    TRY(DataType value, ChangeInside(type.value(), path, depth + 1, change));
    return DataType::Map(type.key(), std::move(value), type.value_contains_null());
  }
  if (!type.Is(plan::TypeKind::kStruct)) return Failure(ConditionError("INVALID_FIELD_NAME", {{"fieldName", QuotedName(path)}, {"path", QuotedName(FieldPath(path.begin(), path.begin() + static_cast<long>(depth)))}}));
  TRY(std::vector<StructField> fields, ChangeAt(type.fields(), path, depth, change));
  return DataType::Struct(std::move(fields));
}

Result<std::vector<StructField>> ChangeAt(std::vector<StructField> fields, const FieldPath& path, size_t depth,
                                          const std::function<Result<>(std::vector<StructField>&, const std::string&)>& change) {
  if (depth + 1 == path.size()) {
    TRY(change(fields, path[depth]));
    return fields;
  }
  const int at = FindColumn(fields, path[depth]);
  if (at < 0) return Failure(ConditionError("FIELD_NOT_FOUND", {{"fieldName", "`" + path[depth] + "`"}, {"fields", ""}}));
  TRY(fields[static_cast<size_t>(at)].type, ChangeInside(fields[static_cast<size_t>(at)].type, path, depth + 1, change));
  return fields;
}

Error NoSuchColumn(const TableInfo& table, const FieldPath& path, const Statement& statement, plan::Origin origin) {
  std::vector<std::string> names;
  for (const StructField& field : table.schema) names.push_back("`" + field.name + "`");
  return statement.Condition("UNRESOLVED_COLUMN.WITH_SUGGESTION", {{"objectName", QuotedName(path)}, {"proposal", fmt::format("{}", fmt::join(names, ", "))}}, origin);
}

size_t PositionOf(const std::vector<StructField>& fields, const std::optional<plan::ColumnPosition>& position) {
  if (!position) return fields.size();
  if (position->is_first) return 0;
  const int at = FindColumn(fields, position->after);
  return at < 0 ? fields.size() : static_cast<size_t>(at) + 1;
}

Result<> Apply(const plan::AddColumns& action, Alteration& change, Statement& statement) {
  change.operation = "ADD COLUMNS";
  for (const plan::ColumnDefinition& column : action.columns) {
    TRY(StructField field, FieldOf(column, statement, "ALTER TABLE ADD COLUMNS"));
    if (column.default_value && change.table.format == "delta") {
      return Failure(ConditionError("WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED", {}));
    }
    if (!field.nullable) return Failure(ConditionError("DELTA_OPERATION_NOT_ALLOWED", {{"operation", "NOT NULL in ALTER TABLE ADD COLUMNS"}}));
    const auto add = [&](std::vector<StructField>& fields, const std::string& name) -> Result<> {
      if (FindColumn(fields, name) >= 0) {
        if (action.if_not_exists) return {};
        return Failure(statement.Condition("FIELD_ALREADY_EXISTS", {{"op", "add"}, {"fieldNames", QuotedName(column.name)}, {"struct", fmt::format("\"{}\"", DataType::Struct(fields).Sql())}}, column.origin));
      }
      // Partition columns of other formats stay last.
      size_t at = PositionOf(fields, column.position);
      if (!column.position && column.name.size() == 1 && change.table.format != "delta") at = fields.size() - std::min(fields.size(), change.table.partition_columns.size());
      fields.insert(fields.begin() + static_cast<long>(at), field);
      return {};
    };
    TRY(change.table.schema, ChangeAt(change.table.schema, column.name, 0, add));
  }
  return {};
}

Result<> RequireMapping(const Alteration& change, const char* condition) {
  const auto mode = change.table.properties.find("delta.columnMapping.mode");
  if (change.table.format != "delta" || (mode != change.table.properties.end() && mode->second != "none")) return {};
  return Failure(ConditionError(condition, {}));
}

Result<> Apply(const plan::DropTableColumns& action, Alteration& change, Statement& statement) {
  change.operation = "DROP COLUMNS";
  if (change.table.format != "delta") {
    return Failure(statement.Condition("UNSUPPORTED_FEATURE.TABLE_OPERATION", {{"tableName", QuotedName(change.table.name)}, {"operation", "DROP COLUMN"}}));
  }
  TRY(RequireMapping(change, "DELTA_UNSUPPORTED_DROP_COLUMN"));
  for (const plan::Name& column : action.columns) {
    const auto drop = [&](std::vector<StructField>& fields, const std::string& name) -> Result<> {
      const int at = FindColumn(fields, name);
      if (at < 0 && action.if_exists) return {};
      if (at < 0) return Failure(NoSuchColumn(change.table, column.parts, statement, column.origin));
      fields.erase(fields.begin() + at);
      return {};
    };
    TRY(change.table.schema, ChangeAt(change.table.schema, column.parts, 0, drop));
  }
  return {};
}

Result<> Apply(const plan::RenameColumn& action, Alteration& change, Statement& statement) {
  change.operation = "RENAME COLUMN";
  if (change.table.format != "delta") {
    return Failure(statement.Condition("UNSUPPORTED_FEATURE.TABLE_OPERATION", {{"tableName", QuotedName(change.table.name)}, {"operation", "RENAME COLUMN"}}));
  }
  TRY(RequireMapping(change, "DELTA_UNSUPPORTED_RENAME_COLUMN"));
  const auto rename = [&](std::vector<StructField>& fields, const std::string& name) -> Result<> {
    const int at = FindColumn(fields, name);
    if (at < 0) return Failure(NoSuchColumn(change.table, action.column, statement, {}));
    if (FindColumn(fields, action.new_name) >= 0 && !EqualsIgnoringCase(name, action.new_name)) {
      return Failure(statement.Condition("FIELD_ALREADY_EXISTS", {{"op", "rename"}, {"fieldNames", "`" + action.new_name + "`"}, {"struct", fmt::format("\"{}\"", DataType::Struct(fields).Sql())}}));
    }
    fields[static_cast<size_t>(at)].name = action.new_name;
    return {};
  };
  TRY(change.table.schema, ChangeAt(change.table.schema, action.column, 0, rename));
  if (action.column.size() == 1) {
    for (std::string& name : change.table.partition_columns) {
      if (EqualsIgnoringCase(name, action.column[0])) name = action.new_name;
    }
  }
  return {};
}

// A wider type that files of the narrower one can be read as. Source: Delta type widening; Spark's canUpCast for CHAR and VARCHAR.
bool CanChangeType(const Alteration& change, const DataType& from, const DataType& to) {
  if (SameTypeIgnoringNullability(from, to)) return true;
  const auto is_text = [](const DataType& type) { return type.Is(plan::TypeKind::kVarchar) || type.Is(plan::TypeKind::kString); };
  if (is_text(from) && is_text(to)) return to.Is(plan::TypeKind::kString) || (from.Is(plan::TypeKind::kVarchar) && to.length() >= from.length());
  const auto widening = change.table.properties.find("delta.enableTypeWidening");
  if (change.table.format != "delta" || widening == change.table.properties.end() || widening->second != "true") return false;
  if (from.IsIntegral() && to.IsIntegral()) return from.kind() < to.kind();
  if (from.Is(plan::TypeKind::kFloat) && to.Is(plan::TypeKind::kDouble)) return true;
  if (from.IsIntegral() && !from.Is(plan::TypeKind::kLong) && to.Is(plan::TypeKind::kDouble)) return true;
  if (from.Is(plan::TypeKind::kDate) && to.Is(plan::TypeKind::kTimestampNtz)) return true;
  if (from.Is(plan::TypeKind::kDecimal) && to.Is(plan::TypeKind::kDecimal)) {
    return to.scale() >= from.scale() && to.precision() - to.scale() >= from.precision() - from.scale();
  }
  if (from.IsIntegral() && to.Is(plan::TypeKind::kDecimal)) return to.precision() - to.scale() >= (from.Is(plan::TypeKind::kLong) ? 20 : 10);
  return false;
}

Result<> AlterOne(const plan::AlterColumn& action, StructField& field, Alteration& change, Statement& statement) {
  if (action.comment) {
    if (action.comment->empty()) RemoveMetadata(field, kCommentKey);
    else SetMetadata(field, kCommentKey, *action.comment);
  }
  if (action.drop_default) {
    RemoveMetadata(field, kDefaultKey);
  }
  if (action.default_value) {
    const auto value = statement.EvaluateAs(action.default_value->expression, field.type);
    if (!value) {
      return Failure(statement.Condition("INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION",
                                         {{"statement", "ALTER TABLE ALTER COLUMN"}, {"colName", "`" + field.name + "`"}, {"defaultValue", action.default_value->text}}));
    }
    const auto feature = change.table.properties.find("delta.feature.allowColumnDefaults");
    if (change.table.format == "delta" && feature == change.table.properties.end() && MetadataText(field, kDefaultKey).empty()) {
      change.table.properties["delta.feature.allowColumnDefaults"] = "supported";
    }
    SetMetadata(field, kDefaultKey, action.default_value->text);
  }
  if (action.not_null) {
    if (*action.not_null && field.nullable) {
      plan::NamedTable from;
      from.name.parts = {change.table.name.catalog, change.table.name.schema, change.table.name.name};
      plan::AttributeReference reference;
      reference.name.parts = {field.name};
      plan::Filter nulls{plan::MakeRelation(std::move(from)), plan::MakeCall("isnull", {plan::MakeExpression(std::move(reference))})};
      TRY(const Rows found, statement.Collect(*plan::MakeRelation(plan::Limit{plan::MakeRelation(std::move(nulls)), plan::MakeExpression(plan::Literal::Int(1))})));
      if (!found.empty()) return Failure(ConditionError("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", {{"columnName", field.name}}));
    }
    field.nullable = !*action.not_null;
  }
  if (action.type) {
    if (!CanChangeType(change, field.type, *action.type)) {
      return Failure(statement.Condition("NOT_SUPPORTED_CHANGE_COLUMN",
                                         {{"table", QuotedName(change.table.name)}, {"originName", "`" + field.name + "`"}, {"originType", fmt::format("\"{}\"", field.type.Sql())},
                                          {"newName", "`" + field.name + "`"}, {"newType", fmt::format("\"{}\"", action.type->Sql())}}, action.origin));
    }
    field.type = *action.type;
  }
  if (action.mask || action.drop_mask) return Failure(NotImplemented("column masks in ALTER COLUMN"));
  return {};
}

Result<> Apply(const plan::AlterColumns& action, Alteration& change, Statement& statement) {
  change.operation = "CHANGE COLUMN";
  for (const plan::AlterColumn& column : action.columns) {
    const auto alter = [&](std::vector<StructField>& fields, const std::string& name) -> Result<> {
      const int at = FindColumn(fields, name);
      if (at < 0) return Failure(NoSuchColumn(change.table, column.column, statement, column.origin));
      TRY(AlterOne(column, fields[static_cast<size_t>(at)], change, statement));
      if (!column.position) return {};
      StructField moved = fields[static_cast<size_t>(at)];
      fields.erase(fields.begin() + at);
      fields.insert(fields.begin() + static_cast<long>(PositionOf(fields, column.position)), std::move(moved));
      return {};
    };
    TRY(change.table.schema, ChangeAt(change.table.schema, column.column, 0, alter));
  }
  return {};
}

Result<> Apply(const plan::ChangeColumn& action, Alteration& change, Statement& statement) {
  if (!EqualsIgnoringCase(action.column.back(), action.definition.name.back())) {
    TRY(Apply(plan::RenameColumn{action.column, action.definition.name.back()}, change, statement));
  }
  plan::AlterColumn column;
  column.column = action.column;
  column.column.back() = action.definition.name.back();
  column.type = action.definition.type;
  column.comment = action.definition.comment;
  column.position = action.definition.position;
  return Apply(plan::AlterColumns{{column}}, change, statement);
}

Result<> Apply(const plan::ReplaceColumns& action, Alteration& change, Statement& statement) {
  change.operation = "REPLACE COLUMNS";
  TRY(change.table.schema, FieldsOf(action.columns, statement));
  return {};
}

Result<> Apply(const plan::SetTableProperties& action, Alteration& change, Statement&) {
  change.operation = "SET TBLPROPERTIES";
  JsonValue properties{JsonValue::Object{}};
  for (const auto& [key, value] : action.properties) {
    change.table.properties[key] = value;
    properties.Set(key, value);
    if (key == "comment") change.table.comment = value;
  }
  change.parameters.Set("properties", WriteJson(properties));
  return {};
}

Result<> Apply(const plan::UnsetTableProperties& action, Alteration& change, Statement& statement) {
  change.operation = "UNSET TBLPROPERTIES";
  std::vector<std::string> missing;
  for (const std::string& key : action.keys) {
    if (change.table.properties.erase(key) == 0) missing.push_back("`" + key + "`");
  }
  if (!missing.empty() && !action.if_exists && change.table.format == "delta") {
    return Failure(statement.Condition("UNSET_NONEXISTENT_PROPERTIES", {{"properties", fmt::format("{}", fmt::join(missing, ", "))}, {"table", QuotedName(change.table.name)}}));
  }
  return {};
}

Result<> Apply(const plan::SetTableLocation& action, Alteration& change, Statement& statement) {
  if (!action.partition.empty()) return Failure(NotImplemented("SET LOCATION of a partition"));
  TRY(change.table.location, LocationOf(action.location, {change.table.name.catalog, change.table.name.schema}, statement));
  return {};
}

Result<> Apply(const plan::AddConstraint& action, Alteration& change, Statement& statement) {
  change.operation = "ADD CONSTRAINT";
  const plan::Constraint& constraint = action.constraint;
  change.parameters.Set("name", constraint.name);
  if (constraint.kind == plan::ConstraintKind::kPrimaryKey || constraint.kind == plan::ConstraintKind::kForeignKey) {
    const bool is_primary = constraint.kind == plan::ConstraintKind::kPrimaryKey;
    std::string text = fmt::format("(`{}`)", fmt::join(constraint.columns, "`, `"));
    if (constraint.referenced_table) text += " REFERENCES " + PlainName(constraint.referenced_table->parts);
    change.table.constraints.push_back({constraint.name.empty() ? change.table.name.name + (is_primary ? "_pk" : "_fk") : constraint.name,
                                        is_primary ? "PRIMARY KEY" : "FOREIGN KEY", text});
    return {};
  }
  if (constraint.kind != plan::ConstraintKind::kCheck) return Failure(NotImplemented("this kind of constraint"));
  if (change.table.format != "delta") {
    return Failure(statement.Condition("UNSUPPORTED_FEATURE.TABLE_OPERATION", {{"tableName", QuotedName(change.table.name)}, {"operation", "ADD CONSTRAINT"}}));
  }
  const std::string key = "delta.constraints." + Lower(constraint.name);
  if (const auto existing = change.table.properties.find(key); existing != change.table.properties.end()) {
    return Failure(ConditionError("DELTA_CONSTRAINT_ALREADY_EXISTS", {{"constraintName", constraint.name}, {"oldConstraint", existing->second}}));
  }
  // Rows that are there must meet it. Source: DELTA_NEW_CHECK_CONSTRAINT_VIOLATION.
  plan::NamedTable from;
  from.name.parts = {change.table.name.catalog, change.table.name.schema, change.table.name.name};
  const auto broken = plan::MakeCall("not", {plan::MakeCall("<=>", {constraint.condition.expression, plan::MakeExpression(plan::Literal::Boolean(true))})});
  plan::Filter filter{plan::MakeRelation(std::move(from)), broken};
  TRY(const Rows rows, statement.Collect(*plan::MakeRelation(std::move(filter))));
  if (!rows.empty()) {
    return Failure(ConditionError("DELTA_NEW_CHECK_CONSTRAINT_VIOLATION",
                                  {{"numRows", std::to_string(rows.size())}, {"tableName", PlainName(change.table.name)}, {"checkConstraint", constraint.condition.text}}));
  }
  change.table.properties[key] = constraint.condition.text;
  change.parameters.Set("expr", constraint.condition.text);
  return {};
}

Result<> Apply(const plan::DropConstraint& action, Alteration& change, Statement&) {
  change.operation = "DROP CONSTRAINT";
  change.parameters.Set("name", action.name);
  const size_t before = change.table.constraints.size();
  std::erase_if(change.table.constraints, [&](const analyze::TableConstraint& constraint) {
    if (action.kind == plan::ConstraintKind::kPrimaryKey) return constraint.kind == "PRIMARY KEY";
    return EqualsIgnoringCase(constraint.name, action.name);
  });
  const size_t erased = change.table.properties.erase("delta.constraints." + Lower(action.name));
  if (erased == 0 && before == change.table.constraints.size() && !action.if_exists) {
    return Failure(ConditionError("DELTA_CONSTRAINT_DOES_NOT_EXIST",
                                  {{"constraintName", action.name}, {"tableName", PlainName(change.table.name)}, {"config", "\"spark.databricks.delta.constraints.assumesDropIfExists.enabled\""}, {"confValue", "true"}}));
  }
  return {};
}

Result<> Apply(const plan::AlterClusterBy& action, Alteration& change, Statement&) {
  if (action.is_auto) return Failure(NotImplemented("CLUSTER BY AUTO"));
  change.operation = "CLUSTER BY";
  change.parameters.Set("oldClusteringColumns", fmt::format("{}", fmt::join(change.table.clustering_columns, ",")));
  change.table.clustering_columns.clear();
  for (const auto& column : action.columns) change.table.clustering_columns.push_back(fmt::format("{}", fmt::join(column, ".")));
  change.parameters.Set("newClusteringColumns", fmt::format("{}", fmt::join(change.table.clustering_columns, ",")));
  return {};
}

Result<> Apply(const plan::SetDefaultCollation& action, Alteration& change, Statement&) {
  change.table.properties["collation"] = action.collation;
  return {};
}

Result<> Apply(const plan::RecoverPartitions&, Alteration&, Statement&) { return {}; }

// Partitions of folders come and go with their files.
Result<> Apply(const plan::AddPartitions&, Alteration& change, Statement& statement) {
  if (change.table.format == "delta") {
    return Failure(statement.Condition("UNSUPPORTED_FEATURE.TABLE_OPERATION", {{"tableName", QuotedName(change.table.name)}, {"operation", "ADD PARTITION"}}));
  }
  return {};
}

Result<> Apply(const plan::SetRowFilter& action, Alteration& change, Statement& statement) {
  TRY(const analyze::ObjectName function, ResolveObject(action.filter.function, statement));
  change.table.row_filter_function = function.ToString();
  change.table.row_filter_columns.clear();
  for (const plan::ExpressionPtr& column : action.filter.columns) {
    if (const auto* reference = column->As<plan::AttributeReference>()) change.table.row_filter_columns.push_back(reference->name.parts.back());
  }
  return {};
}

Result<> Apply(const plan::DropRowFilter&, Alteration& change, Statement&) {
  change.table.row_filter_function.clear();
  change.table.row_filter_columns.clear();
  return {};
}

template <typename Action>
Result<> Apply(const Action&, Alteration&, Statement&) {
  return Failure(NotImplemented("this form of ALTER TABLE"));
}

Result<> CommitAlteration(const TableInfo& before, const Alteration& change, Statement& statement) {
  TRY(const std::shared_ptr<delta::Table> delta, statement.core.tables->DeltaTableAt(before.location));
  TRY(const delta::SnapshotPtr snapshot, delta->Latest());
  TRY(delta::Transaction transaction, delta::Transaction::Begin(delta, snapshot, {change.operation, change.parameters}));
  delta::Metadata metadata = snapshot->metadata();
  metadata.schema_string = DataType::Struct(ReadSchema(change.table.schema)).Json();
  metadata.configuration = {change.table.properties.begin(), change.table.properties.end()};
  metadata.partition_columns = change.table.partition_columns;
  if (!change.table.comment.empty()) metadata.description = change.table.comment;
  if (!(metadata == snapshot->metadata())) TRY(transaction.SetMetadata(std::move(metadata)));
  if (change.table.clustering_columns != before.clustering_columns) {
    TRY(transaction.AddFeature("domainMetadata"));
    TRY(transaction.AddFeature("clustering"));
    transaction.SetDomain({"delta.clustering", ClusteringDomain(change.table.clustering_columns), false});
  }
  if (!transaction.HasChanges()) return {};
  TRY(CommitTransaction(std::move(transaction), change.table));
  return {};
}

}  // namespace

Result<CommandResult> Run(const plan::AlterTable& command, Statement& statement) {
  TRY(const FoundRelation found, GetRelation(command.name, statement));
  const bool is_view_command = command.kind == plan::ObjectKind::kView;
  if (found.temporary != nullptr) {
    TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
    const char* condition = is_view_command ? "EXPECT_PERMANENT_VIEW_NOT_TEMP" : "EXPECT_TABLE_NOT_VIEW.USE_ALTER_VIEW";
    return Failure(statement.Condition(condition, {{"viewName", QuotedName(parts)}, {"operation", is_view_command ? "ALTER VIEW" : "ALTER TABLE"}}, command.name.origin));
  }
  const bool is_view = found.table->kind == TableKind::kView;
  if (is_view != is_view_command && (is_view || is_view_command)) {
    if (is_view) return Failure(statement.Condition("EXPECT_TABLE_NOT_VIEW.USE_ALTER_VIEW", {{"viewName", QuotedName(found.table->name)}, {"operation", "ALTER TABLE"}}, command.name.origin));
    return Failure(statement.Condition("EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE", {{"tableName", QuotedName(found.table->name)}, {"operation", "ALTER VIEW"}}, command.name.origin));
  }
  TRY(const TableInfo before, WithCurrentSchema(*found.table, statement));
  Alteration change{before, "", JsonValue::Object{}};
  TRY(std::visit([&](const auto& action) { return Apply(action, change, statement); }, command.action));
  if (before.format == "delta" && !change.operation.empty()) TRY(CommitAlteration(before, change, statement));
  TRY(statement.catalog().AlterTable(change.table));
  return CommandResult{};
}

}  // namespace crannog::session
