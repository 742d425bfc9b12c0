#include <fmt/format.h>

#include <set>

#include "session/commands/commands.h"
#include "session/names.h"
#include "session/table_definition.h"

/// Views, permanent and temporary. Source: Spark 4.1 CreateViewCommand, AlterViewAsCommand, ViewHelper.
namespace crannog::session {

using analyze::ObjectName;
using analyze::TableInfo;
using analyze::TableKind;
using analyze::TemporaryView;
using plan::ViewScope;

namespace {

std::string ColumnList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back("`" + name + "`");
  return fmt::format("{}", fmt::join(quoted, ", "));
}

Result<> CheckArity(const std::vector<std::string>& view_columns, const plan::Schema& query, const std::string& view_name, Statement& statement) {
  if (view_columns.empty() || view_columns.size() == query.size()) return {};
  std::vector<std::string> data_columns;
  for (const auto& field : query) data_columns.push_back(field.name);
  const char* condition = view_columns.size() > query.size() ? "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
                                                             : "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS";
  return Failure(statement.Condition(condition, {{"viewName", view_name}, {"viewColumns", ColumnList(view_columns)}, {"dataColumns", ColumnList(data_columns)}}));
}

// Looks for temporary views that a permanent view would depend on.
struct TemporaryFinder {
  const SessionFacts& facts;
  std::set<std::string> hidden;  // names of common table expressions
  std::string found;

  void Visit(const plan::RelationPtr& relation) {
    if (relation == nullptr || !found.empty()) return;
    if (const auto* with = relation->As<plan::With>()) {
      for (const auto& definition : with->definitions) {
        hidden.insert(Lower(definition.name));
        Visit(definition.query);
      }
    }
    if (const auto* table = relation->As<plan::NamedTable>()) {
      const auto& parts = table->name.parts;
      const bool is_temporary = parts.size() == 1 && !hidden.contains(Lower(parts[0])) && facts.views.contains(Lower(parts[0]));
      const bool is_global = parts.size() == 2 && EqualsIgnoringCase(parts[0], "global_temp");
      if (is_temporary || is_global) found = QuotedName(parts);
    }
    std::visit(
        [this]<typename Node>(const Node& node) {
          if constexpr (requires { node.input; }) Visit(node.input);
          if constexpr (requires { node.left; node.right; }) {
            Visit(node.left);
            Visit(node.right);
          }
        },
        relation->node);
  }
};

plan::Options CapturedSettings(const SessionFacts& facts) {
  plan::Options captured;
  for (const auto& [key, value] : facts.settings) {
    if (key.starts_with("spark.sql.") && key != "spark.sql.warehouse.dir" && key != "spark.sql.sources.default") captured[key] = value;
  }
  return captured;
}

const char* ModeName(plan::ViewSchemaMode mode) {
  switch (mode) {
    case plan::ViewSchemaMode::kBinding: return "BINDING";
    case plan::ViewSchemaMode::kDefault:
    case plan::ViewSchemaMode::kCompensation: return "COMPENSATION";
    case plan::ViewSchemaMode::kTypeEvolution: return "TYPE EVOLUTION";
    case plan::ViewSchemaMode::kEvolution: return "EVOLUTION";
  }
  return "";
}

// Text, name context and output columns of a view's query.
Result<> SetQuery(const plan::QueryText& query, TableInfo& view, Statement& statement) {
  TemporaryFinder finder{*statement.facts, {}, ""};
  finder.Visit(query.query);
  if (!finder.found.empty()) {
    return Failure(statement.Condition("INVALID_TEMP_OBJ_REFERENCE", {{"obj", "VIEW"}, {"objName", QuotedName(view.name)}, {"tempObj", "VIEW"}, {"tempObjName", finder.found}}));
  }
  TRY(const analyze::AnalyzedQuery analyzed, statement.Analyze(*query.query));
  const plan::Schema schema = plan::OutputSchema(*analyzed.plan);
  std::vector<std::string> names;
  for (const plan::StructField& field : view.schema) names.push_back(field.name);
  TRY(CheckArity(names, schema, QuotedName(view.name), statement));
  std::vector<std::string> output;
  for (size_t i = 0; i < schema.size(); ++i) {
    output.push_back(schema[i].name);
    if (i >= view.schema.size()) view.schema.push_back({schema[i].name, schema[i].type, true, ""});
    plan::StructField& field = view.schema[i];
    field.type = schema[i].type;
    field.nullable = true;
    if (const std::string raw = MetadataText(schema[i], "__CHAR_VARCHAR_TYPE_STRING"); !raw.empty()) {
      TRY(field.type, sql::ParseDataType(raw));
    }
    if (names.empty() && MetadataText(field, kCommentKey).empty()) {
      if (const std::string comment = MetadataText(schema[i], kCommentKey); !comment.empty()) SetMetadata(field, kCommentKey, comment);
    }
  }
  std::vector<std::string> view_names;
  for (const auto& field : view.schema) view_names.push_back(field.name);
  if (const std::string duplicate = DuplicateName(view_names, statement.IsSet("spark.sql.caseSensitive")); !duplicate.empty()) {
    return Failure(statement.Condition("COLUMN_ALREADY_EXISTS", {{"columnName", "`" + duplicate + "`"}}));
  }
  std::erase_if(view.properties, [](const auto& property) { return property.first.starts_with("view.query.out."); });
  view.properties["view.query.out.numCols"] = std::to_string(output.size());
  for (size_t i = 0; i < output.size(); ++i) view.properties[fmt::format("view.query.out.col.{}", i)] = output[i];
  view.view_text = query.text;
  view.view_catalog = statement.facts->current.catalog;
  view.view_schema = statement.facts->current.schema;
  view.view_settings = CapturedSettings(*statement.facts);
  return {};
}

Result<CommandResult> CreateTemporary(const plan::CreateView& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  const bool is_global = command.scope == ViewScope::kGlobalTemporary;
  const std::string key = Lower(parts.back());
  const auto& views = is_global ? statement.facts->global_views : statement.facts->views;
  if (views.contains(key)) {
    if (command.if_exists == plan::IfExists::kIgnore) return CommandResult{};
    if (command.if_exists == plan::IfExists::kFail) {
      const std::vector<std::string> shown = is_global ? std::vector<std::string>{"global_temp", parts.back()} : std::vector<std::string>{parts.back()};
      return Failure(statement.Condition("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(shown)}}));
    }
  }
  TRY(const analyze::AnalyzedQuery analyzed, statement.Analyze(*command.query.query));
  TemporaryView view;
  view.relation = command.query.query;
  view.text = command.query.text;
  for (const plan::ColumnDefinition& column : command.columns) view.columns.push_back(column.name.back());
  const plan::Schema schema = plan::OutputSchema(*analyzed.plan);
  TRY(CheckArity(view.columns, schema, QuotedName(std::vector{parts.back()}), statement));
  std::vector<std::string> names = view.columns;
  if (names.empty()) {
    for (const auto& field : schema) names.push_back(field.name);
  }
  if (const std::string duplicate = DuplicateName(names, statement.IsSet("spark.sql.caseSensitive")); !duplicate.empty()) {
    return Failure(statement.Condition("COLUMN_ALREADY_EXISTS", {{"columnName", "`" + duplicate + "`"}}));
  }
  statement.core.Update([&](SessionFacts& facts) { (is_global ? facts.global_views : facts.views)[key] = view; });
  return CommandResult{};
}

}  // namespace

Result<CommandResult> Run(const plan::CreateView& command, Statement& statement) {
  if (command.is_metric_view) return Failure(NotImplemented("metric views"));
  if (command.scope != ViewScope::kPersistent) return CreateTemporary(command, statement);
  TRY(const ObjectName name, ResolveObject(command.name, statement));
  TRY(const auto existing, statement.catalog().FindTable(name));
  if (existing && command.if_exists == plan::IfExists::kIgnore) return CommandResult{};
  if (existing && existing->kind != TableKind::kView) {
    return Failure(statement.Condition("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", {{"tableName", QuotedName(name)}, {"operation", "CREATE OR REPLACE VIEW"}}));
  }
  if (existing && command.if_exists == plan::IfExists::kFail) {
    return Failure(statement.Condition("TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(name)}}));
  }
  TableInfo view;
  view.name = name;
  view.kind = TableKind::kView;
  view.format = "";
  view.comment = command.comment.value_or("");
  view.properties = command.properties;
  view.properties["view.schemaMode"] = ModeName(command.schema_mode);
  if (command.default_collation) view.properties["collation"] = *command.default_collation;
  for (const plan::ColumnDefinition& column : command.columns) {
    plan::StructField field{column.name.back(), {}, true, ""};
    if (column.comment) SetMetadata(field, kCommentKey, *column.comment);
    view.schema.push_back(std::move(field));
  }
  view.created_by = "Crannog 0.1.0";
  TRY(SetQuery(command.query, view, statement));
  if (existing) {
    view.table_id = existing->table_id;
    view.created_ms = existing->created_ms;
    view.owner = existing->owner;
    TRY(statement.catalog().AlterTable(view));
  } else {
    TRY(statement.catalog().CreateTable(view));
  }
  return CommandResult{};
}

Result<CommandResult> Run(const plan::CreateTemporaryViewUsing& command, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  TRY(const std::string provider, ProviderOf(command.provider, statement));
  const bool is_global = command.scope == ViewScope::kGlobalTemporary;
  const std::string key = Lower(parts.back());
  if ((is_global ? statement.facts->global_views : statement.facts->views).contains(key) && command.if_exists == plan::IfExists::kFail) {
    return Failure(statement.Condition("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", QuotedName(std::vector{parts.back()})}}));
  }
  plan::DataSource source;
  source.format = provider;
  source.schema = command.schema;
  source.options = command.options;
  if (const auto path = command.options.find("path"); path != command.options.end()) source.paths = {path->second};
  TemporaryView view{plan::MakeRelation(std::move(source)), "", {}};
  statement.core.Update([&](SessionFacts& facts) { (is_global ? facts.global_views : facts.views)[key] = view; });
  return CommandResult{};
}

Result<CommandResult> Run(const plan::AlterViewQuery& command, Statement& statement) {
  TRY(FoundRelation found, GetRelation(command.name, statement));
  if (found.temporary != nullptr) {
    TRY(statement.Analyze(*command.query.query));
    TemporaryView view{command.query.query, command.query.text, {}};
    statement.core.Update([&](SessionFacts& facts) { (found.is_global ? facts.global_views : facts.views)[found.view_name] = view; });
    return CommandResult{};
  }
  if (found.table->kind != TableKind::kView) {
    return Failure(statement.Condition("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", {{"tableName", QuotedName(found.table->name)}, {"operation", "ALTER VIEW ... AS"}}, command.name.origin));
  }
  TableInfo view = *found.table;
  view.schema.clear();
  TRY(SetQuery(command.query, view, statement));
  TRY(statement.catalog().AlterTable(view));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::AlterViewSchemaMode& command, Statement& statement) {
  TRY(FoundRelation found, GetRelation(command.name, statement));
  if (found.temporary != nullptr) {
    return Failure(statement.Condition("EXPECT_PERMANENT_VIEW_NOT_TEMP", {{"operation", "ALTER VIEW ... WITH SCHEMA"}, {"viewName", QuotedName(std::vector{found.view_name})}}, command.name.origin));
  }
  TableInfo view = *found.table;
  view.properties["view.schemaMode"] = ModeName(command.mode);
  TRY(statement.catalog().AlterTable(view));
  return CommandResult{};
}

Result<CommandResult> Run(const plan::DropView& command, Statement& statement) {
  TRY(const FoundRelation found, FindRelation(command.name, statement));
  TRY(const std::vector<std::string> parts, NameParts(command.name, statement));
  if (!found.exists()) {
    if (command.if_exists) return CommandResult{};
    std::vector<std::string> full = parts;
    if (parts.size() < 3 && !(parts.size() == 2 && EqualsIgnoringCase(parts[0], "global_temp"))) {
      TRY(const ObjectName name, ToObjectName(parts, statement));
      full = {name.catalog, name.schema, name.name};
    }
    return Failure(statement.Condition("VIEW_NOT_FOUND", {{"relationName", QuotedName(full)}}));
  }
  if (found.temporary != nullptr) {
    statement.core.Update([&](SessionFacts& facts) { (found.is_global ? facts.global_views : facts.views).erase(found.view_name); });
    return CommandResult{};
  }
  if (found.table->kind != TableKind::kView && found.table->kind != TableKind::kMaterializedView) {
    return Failure(statement.Condition("WRONG_COMMAND_FOR_OBJECT_TYPE", {{"operation", "DROP VIEW"}, {"requiredType", "VIEW"},
                                                                         {"objectName", PlainName(found.table->name)}, {"foundType", found.table->kind == TableKind::kExternal ? "EXTERNAL" : "MANAGED"}, {"alternative", "DROP TABLE"}}));
  }
  TRY(statement.catalog().DropTable(found.table->name));
  return CommandResult{};
}

}  // namespace crannog::session
