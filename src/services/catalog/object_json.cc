#include "services/catalog/object_json.h"

#include <fmt/format.h>

#include "services/catalog/column_json.h"

namespace crannog::catalog {
namespace {

using analyze::TableKind;

constexpr std::pair<TableKind, std::string_view> kTableTypes[] = {{TableKind::kManaged, "MANAGED"},
                                                                  {TableKind::kExternal, "EXTERNAL"},
                                                                  {TableKind::kView, "VIEW"},
                                                                  {TableKind::kMaterializedView, "MATERIALIZED_VIEW"},
                                                                  {TableKind::kStreamingTable, "STREAMING_TABLE"}};

std::string_view TableTypeName(TableKind kind) {
  for (const auto& [one, name] : kTableTypes) {
    if (one == kind) return name;
  }
  return "MANAGED";
}

TableKind TableKindOf(std::string_view name) {
  for (const auto& [kind, one] : kTableTypes) {
    if (one == name) return kind;
  }
  return TableKind::kManaged;
}

JsonValue ToJsonList(const std::vector<std::string>& texts) {
  JsonValue::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

std::vector<std::string> ToTexts(const JsonValue* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->IsArray()) return texts;
  for (const JsonValue& element : list->AsArray()) {
    if (element.IsString()) texts.push_back(element.AsString());
  }
  return texts;
}

JsonValue ToJsonMap(const plan::Options& options) {
  JsonValue::Object object;
  for (const auto& [key, value] : options) object.emplace_back(key, value);
  return object;
}

plan::Options ToOptions(const JsonValue* map) {
  plan::Options options;
  if (map == nullptr || !map->IsObject()) return options;
  for (const auto& [key, value] : map->AsObject()) {
    if (value.IsString()) options.emplace(key, value.AsString());
  }
  return options;
}

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

analyze::ObjectName NameOf(const Securable& securable) { return {securable.names[0], securable.names[1], securable.names[2]}; }

void SetIfAny(JsonValue& details, std::string_view key, JsonValue value) {
  const bool is_empty = (value.IsArray() && value.AsArray().empty()) || (value.IsObject() && value.AsObject().empty()) ||
                        (value.IsString() && value.AsString().empty());
  if (!is_empty) details.Set(key, std::move(value));
}

// "(a, `b c`)" from `at` on; moves `at` behind it.
std::vector<std::string> ReadColumnList(std::string_view text, size_t& at) {
  std::vector<std::string> columns;
  at = text.find('(', at);
  if (at == std::string_view::npos) return columns;
  std::string column;
  bool quoted = false;
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '`') quoted = !quoted;
    else if (!quoted && (c == ',' || c == ')')) {
      columns.push_back(std::move(column));
      column.clear();
      if (c == ')') break;
    } else if (quoted || !std::isspace(static_cast<unsigned char>(c))) {
      column += c;
    }
  }
  return columns;
}

std::string WriteColumnList(const std::vector<std::string>& columns) {
  std::string out = "(";
  for (const std::string& column : columns) out += fmt::format("{}`{}`", out.size() > 1 ? ", " : "", column);
  return out + ")";
}

}  // namespace

JsonValue ConstraintToRest(const analyze::TableConstraint& constraint) {
  size_t at = 0;
  JsonValue inner(JsonValue::Object{{"name", constraint.name}});
  if (constraint.kind == "PRIMARY KEY") {
    inner.Set("child_columns", ToJsonList(ReadColumnList(constraint.text, at)));
    return JsonValue::Object{{"primary_key_constraint", std::move(inner)}};
  }
  if (constraint.kind == "FOREIGN KEY") {
    inner.Set("child_columns", ToJsonList(ReadColumnList(constraint.text, at)));
    const size_t references = Upper(constraint.text).find("REFERENCES", at);
    if (references != std::string::npos) {
      const size_t open = constraint.text.find('(', references);
      std::string parent = constraint.text.substr(references + 10, open == std::string::npos ? open : open - references - 10);
      std::erase_if(parent, [](char c) { return c == '`' || std::isspace(static_cast<unsigned char>(c)); });
      inner.Set("parent_table", parent);
      at = references;
      inner.Set("parent_columns", ToJsonList(ReadColumnList(constraint.text, at)));
    }
    return JsonValue::Object{{"foreign_key_constraint", std::move(inner)}};
  }
  return JsonValue::Object{{"named_table_constraint", std::move(inner)}};
}

Result<analyze::TableConstraint> ConstraintFromRest(const JsonValue& rest) {
  if (const JsonValue* primary = rest.Find("primary_key_constraint"); primary != nullptr && !primary->IsNull()) {
    return analyze::TableConstraint{primary->StringOr("name", ""), "PRIMARY KEY", WriteColumnList(ToTexts(primary->Find("child_columns")))};
  }
  if (const JsonValue* foreign = rest.Find("foreign_key_constraint"); foreign != nullptr && !foreign->IsNull()) {
    return analyze::TableConstraint{foreign->StringOr("name", ""), "FOREIGN KEY",
                                    fmt::format("{} REFERENCES {} {}", WriteColumnList(ToTexts(foreign->Find("child_columns"))),
                                                foreign->StringOr("parent_table", ""),
                                                WriteColumnList(ToTexts(foreign->Find("parent_columns"))))};
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a constraint must be a primary_key_constraint or a foreign_key_constraint");
}

Draft ToDraft(const analyze::TableInfo& info) {
  Draft draft{.kind = Kind::kTable, .names = {info.name.catalog, info.name.schema, info.name.name}, .comment = info.comment,
              .properties = info.properties, .location = info.location, .id = info.table_id};
  JsonValue& details = draft.details;
  details.Set("table_type", TableTypeName(info.kind));
  if (info.kind != TableKind::kView) details.Set("data_source_format", Upper(info.format));
  JsonValue::Array columns = ToColumnInfos(info.schema, info.partition_columns);
  for (JsonValue& column : columns) {
    for (const auto& [name, function] : info.column_masks) {
      if (Lower(name) == Lower(column.StringOr("name", ""))) column.Set("mask", JsonValue::Object{{"function_name", function}});
    }
  }
  details.Set("columns", std::move(columns));
  SetIfAny(details, "partition_columns", ToJsonList(info.partition_columns));
  SetIfAny(details, "clustering_columns", ToJsonList(info.clustering_columns));
  SetIfAny(details, "options", ToJsonMap(info.options));
  SetIfAny(details, "view_definition", info.view_text);
  SetIfAny(details, "view_catalog", info.view_catalog);
  SetIfAny(details, "view_schema", info.view_schema);
  SetIfAny(details, "view_settings", ToJsonMap(info.view_settings));
  JsonValue::Array constraints, rest_constraints;
  for (const analyze::TableConstraint& constraint : info.constraints) {
    constraints.push_back(JsonValue::Object{{"name", constraint.name}, {"kind", constraint.kind}, {"text", constraint.text}});
    rest_constraints.push_back(ConstraintToRest(constraint));
  }
  SetIfAny(details, "constraints", std::move(constraints));
  SetIfAny(details, "table_constraints", std::move(rest_constraints));
  if (!info.row_filter_function.empty()) {
    details.Set("row_filter", JsonValue::Object{{"function_name", info.row_filter_function},
                                                {"input_column_names", ToJsonList(info.row_filter_columns)}});
  }
  return draft;
}

Result<analyze::TableInfo> ToTableInfo(const Securable& securable, std::string owner) {
  const JsonValue& details = securable.details;
  analyze::TableInfo info;
  info.name = NameOf(securable);
  info.kind = TableKindOf(details.StringOr("table_type", "MANAGED"));
  info.format = Lower(details.StringOr("data_source_format", "DELTA"));
  info.location = securable.location;
  if (const JsonValue* columns = details.Find("columns")) {
    TRY(info.schema, FromColumnInfos(*columns));
    for (const JsonValue& column : columns->AsArray()) {
      if (const JsonValue* mask = column.Find("mask")) info.column_masks.emplace_back(column.StringOr("name", ""), mask->StringOr("function_name", ""));
    }
  }
  info.partition_columns = ToTexts(details.Find("partition_columns"));
  info.clustering_columns = ToTexts(details.Find("clustering_columns"));
  info.properties = securable.properties;
  info.options = ToOptions(details.Find("options"));
  info.comment = securable.comment;
  info.owner = std::move(owner);
  info.table_id = securable.id;
  info.created_ms = securable.created_ms;
  info.updated_ms = securable.updated_ms;
  info.created_by = securable.created_by;
  info.view_text = details.StringOr("view_definition", "");
  info.view_catalog = details.StringOr("view_catalog", "");
  info.view_schema = details.StringOr("view_schema", "");
  info.view_settings = ToOptions(details.Find("view_settings"));
  if (const JsonValue* constraints = details.Find("constraints")) {
    for (const JsonValue& one : constraints->AsArray()) {
      info.constraints.push_back({one.StringOr("name", ""), one.StringOr("kind", ""), one.StringOr("text", "")});
    }
  }
  if (const JsonValue* filter = details.Find("row_filter")) {
    info.row_filter_function = filter->StringOr("function_name", "");
    info.row_filter_columns = ToTexts(filter->Find("input_column_names"));
  }
  return info;
}

Draft ToDraft(const analyze::FunctionInfo& info) {
  Draft draft{.kind = Kind::kFunction, .names = {info.name.catalog, info.name.schema, info.name.name}, .comment = info.comment};
  JsonValue& details = draft.details;
  plan::Schema fields;
  for (const analyze::FunctionParameter& parameter : info.parameters) fields.push_back({.name = parameter.name, .type = parameter.type});
  JsonValue::Array parameters = ToColumnInfos(fields, {});
  for (size_t i = 0; i < parameters.size(); ++i) {
    parameters[i].Set("parameter_mode", "IN");
    parameters[i].Set("parameter_type", "PARAM");
    if (info.parameters[i].default_text) parameters[i].Set("parameter_default", *info.parameters[i].default_text);
    if (!info.parameters[i].comment.empty()) parameters[i].Set("comment", info.parameters[i].comment);
  }
  details.Set("input_params", JsonValue::Object{{"parameters", std::move(parameters)}});
  if (info.return_type) {
    details.Set("data_type", ColumnTypeName(*info.return_type));
    details.Set("full_data_type", info.return_type->CatalogString());
    details.Set("return_type_json", info.return_type->Json());
  }
  if (info.return_table) {
    details.Set("data_type", "TABLE_TYPE");
    details.Set("return_params", JsonValue::Object{{"parameters", ToColumnInfos(*info.return_table, {})}});
  }
  const bool is_sql = Upper(info.language) == "SQL";
  details.Set("routine_body", is_sql ? "SQL" : "EXTERNAL");
  if (!is_sql) details.Set("external_language", Upper(info.language));
  details.Set("routine_definition", info.body);
  details.Set("is_deterministic", info.is_deterministic);
  details.Set("is_null_call", false);
  details.Set("parameter_style", "S");
  details.Set("security_type", "DEFINER");
  details.Set("sql_data_access", "READS_SQL_DATA");
  details.Set("is_table_function", info.is_table_function);
  details.Set("is_body_query", info.is_body_query);
  SetIfAny(details, "view_catalog", info.view_catalog);
  SetIfAny(details, "view_schema", info.view_schema);
  SetIfAny(details, "settings", ToJsonMap(info.settings));
  return draft;
}

Result<analyze::FunctionInfo> ToFunctionInfo(const Securable& securable, std::string owner) {
  const JsonValue& details = securable.details;
  analyze::FunctionInfo info;
  info.name = NameOf(securable);
  if (const JsonValue* input = details.Find("input_params"); input != nullptr && input->Find("parameters") != nullptr) {
    TRY(plan::Schema fields, FromColumnInfos(*input->Find("parameters")));
    const JsonValue::Array& parameters = input->Find("parameters")->AsArray();
    for (size_t i = 0; i < fields.size(); ++i) {
      analyze::FunctionParameter parameter{.name = fields[i].name, .type = fields[i].type, .comment = parameters[i].StringOr("comment", "")};
      if (const JsonValue* text = parameters[i].Find("parameter_default")) parameter.default_text = text->AsString();
      info.parameters.push_back(std::move(parameter));
    }
  }
  if (const std::string json = details.StringOr("return_type_json", ""); !json.empty()) {
    TRY(info.return_type, plan::ParseTypeJson(json));
  } else if (const std::string name = details.StringOr("data_type", ""); !name.empty() && name != "TABLE_TYPE") {
    // Made over REST: the type is in ColumnInfo's words.
    JsonValue column(JsonValue::Object{{"name", "result"}, {"type_name", name}, {"type_json", details.StringOr("full_data_type", "")}});
    TRY(plan::Schema one, FromColumnInfos(JsonValue(JsonValue::Array{std::move(column)})));
    info.return_type = one.front().type;
  }
  if (const JsonValue* output = details.Find("return_params"); output != nullptr && output->Find("parameters") != nullptr) {
    TRY(info.return_table, FromColumnInfos(*output->Find("parameters")));
  }
  info.is_table_function = details.BoolOr("is_table_function", info.return_table.has_value());
  info.language = details.StringOr("routine_body", "SQL") == "SQL" ? "SQL" : details.StringOr("external_language", "PYTHON");
  info.body = details.StringOr("routine_definition", "");
  info.is_deterministic = details.BoolOr("is_deterministic", true);
  info.is_body_query = details.BoolOr("is_body_query", false);
  info.comment = securable.comment;
  info.owner = std::move(owner);
  info.view_catalog = details.StringOr("view_catalog", info.name.catalog);
  info.view_schema = details.StringOr("view_schema", info.name.schema);
  info.settings = ToOptions(details.Find("settings"));
  return info;
}

Draft ToDraft(const analyze::VolumeInfo& info) {
  Draft draft{.kind = Kind::kVolume, .names = {info.name.catalog, info.name.schema, info.name.name}, .comment = info.comment,
              .location = info.location};
  draft.details.Set("volume_type", info.is_managed ? "MANAGED" : "EXTERNAL");
  return draft;
}

analyze::VolumeInfo ToVolumeInfo(const Securable& securable, std::string owner) {
  return {.name = NameOf(securable), .location = securable.location, .comment = securable.comment, .owner = std::move(owner),
          .is_managed = securable.details.StringOr("volume_type", "MANAGED") == "MANAGED"};
}

}  // namespace crannog::catalog
