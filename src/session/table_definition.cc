#include "session/table_definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/json.h"
#include "session/names.h"
#include "session/session_tables.h"

namespace crannog::session {
namespace {

JsonValue MetadataOf(const plan::StructField& field) {
  auto json = ParseJson(field.metadata_json.empty() ? "{}" : field.metadata_json);
  return json && json->IsObject() ? *json : JsonValue(JsonValue::Object{});
}

void SetNumber(plan::StructField& field, std::string_view key, JsonValue value) {
  JsonValue metadata = MetadataOf(field);
  metadata.Set(key, std::move(value));
  field.metadata_json = WriteJson(metadata);
}

}  // namespace

std::string MetadataText(const plan::StructField& field, std::string_view key) {
  return field.metadata_json.empty() ? "" : MetadataOf(field).StringOr(key, "");
}

void SetMetadata(plan::StructField& field, std::string_view key, std::string value) { SetNumber(field, key, JsonValue(std::move(value))); }

void RemoveMetadata(plan::StructField& field, std::string_view key) {
  JsonValue metadata = MetadataOf(field);
  std::erase_if(metadata.AsObject(), [key](const JsonValue::Member& member) { return member.first == key; });
  field.metadata_json = metadata.AsObject().empty() ? "" : WriteJson(metadata);
}

Result<plan::StructField> FieldOf(const plan::ColumnDefinition& column, Statement& statement, std::string_view command) {
  plan::StructField field{column.name.back(), column.type.value_or(plan::DataType::Null()), !column.not_null, ""};
  for (const plan::Constraint& constraint : column.constraints) {
    if (constraint.kind == plan::ConstraintKind::kPrimaryKey) field.nullable = false;
  }
  if (column.comment) SetMetadata(field, kCommentKey, *column.comment);
  if (column.default_value) {
    // Source: ResolveDefaultColumns.analyze: the default must be a constant that can be stored in the column.
    const auto value = statement.EvaluateAs(column.default_value->expression, field.type);
    if (!value) {
      if (value.error().code == ErrorCode::kNotImplemented) return std::unexpected<Error>(value.error());
      return Failure(statement.Condition("INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION",
                                         {{"statement", std::string(command)}, {"colName", "`" + field.name + "`"}, {"defaultValue", column.default_value->text}}));
    }
    SetMetadata(field, kDefaultKey, column.default_value->text);
    SetMetadata(field, kExistsDefaultKey, column.default_value->text);
  }
  if (column.generated) SetMetadata(field, kGenerationKey, column.generated->text);
  if (column.identity) {
    SetNumber(field, "delta.identity.start", JsonValue(column.identity->start));
    SetNumber(field, "delta.identity.step", JsonValue(column.identity->step));
    SetNumber(field, "delta.identity.allowExplicitInsert", JsonValue(!column.identity->is_always));
  }
  return field;
}

std::string DuplicateName(const std::vector<std::string>& names, bool case_sensitive) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(case_sensitive ? name : Lower(name)).second) return case_sensitive ? name : Lower(name);
  }
  return "";
}

Result<plan::Schema> FieldsOf(const std::vector<plan::ColumnDefinition>& columns, Statement& statement) {
  plan::Schema schema;
  std::vector<std::string> names;
  for (const plan::ColumnDefinition& column : columns) {
    TRY(plan::StructField field, FieldOf(column, statement, "CREATE TABLE"));
    names.push_back(field.name);
    schema.push_back(std::move(field));
  }
  if (const std::string duplicate = DuplicateName(names, statement.IsSet("spark.sql.caseSensitive")); !duplicate.empty()) {
    return Failure(statement.Condition("COLUMN_ALREADY_EXISTS", {{"columnName", "`" + duplicate + "`"}}));
  }
  return schema;
}

Result<std::string> ProviderOf(const std::string& name, Statement& statement) {
  std::string provider = Lower(name.empty() ? statement.Setting("spark.sql.sources.default") : name);
  if (provider.empty()) provider = "delta";
  for (const char* prefix : {"org.apache.spark.sql.execution.datasources.", "org.apache.spark.sql."}) {
    if (provider.starts_with(prefix)) provider.erase(0, std::string_view(prefix).size());
  }
  if (const size_t dot = provider.find('.'); dot != std::string::npos) provider.erase(dot);
  if (provider == "binaryfile") provider = "binaryFile";
  static constexpr std::array kKnown = {"delta", "parquet", "csv", "json", "text", "orc", "avro", "xml", "binaryFile", "hive"};
  if (std::find(kKnown.begin(), kKnown.end(), provider) == kKnown.end()) {
    return Failure(statement.Condition("DATA_SOURCE_NOT_FOUND", {{"provider", name}}));
  }
  if (provider == "hive") provider = "parquet";
  return provider;
}

int FindColumn(const plan::Schema& schema, std::string_view name, bool case_sensitive) {
  for (size_t i = 0; i < schema.size(); ++i) {
    if (case_sensitive ? schema[i].name == name : EqualsIgnoringCase(schema[i].name, name)) return static_cast<int>(i);
  }
  return -1;
}

Result<plan::Options> OptionsOf(const plan::ExpressionOptions& options, Statement& statement) {
  plan::Options out;
  for (const auto& [key, value] : options) {
    if (value == nullptr) {
      out[key] = "";
      continue;
    }
    TRY(out[key], statement.EvaluateText(value));
  }
  return out;
}

Result<std::string> LocationOf(const std::string& written, const analyze::SchemaName& schema, Statement& statement) {
  if (written.find(":/") != std::string::npos || written.starts_with('/')) return NormalLocation(written);
  TRY(const auto info, statement.catalog().FindSchema(schema));
  return NormalLocation((info ? LocalPathOf(info->location) : std::string()) + "/" + written);
}

}  // namespace crannog::session
