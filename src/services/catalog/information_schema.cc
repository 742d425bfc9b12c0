#include "services/catalog/information_schema.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "services/catalog/column_json.h"
#include "services/catalog/object_json.h"

namespace crannog::catalog {
namespace {

using plan::DataType;

// One row's cells in the order of the view's columns: text, integer, or null. Times are integers of milliseconds.
using Cells = std::vector<JsonValue>;
using Rows = std::vector<Cells>;

/// What the rows of all views are made from: the objects that the actor sees.
struct Seen {
  Catalog& catalog;
  const Actor& actor;
  std::vector<Securable> catalogs, schemas;

  std::string OwnerOf(const Securable& one) const { return catalog.PrincipalName(one.owner_id); }
  /// Calls `visit` with every visible object of a kind in the schemas.
  Result<> EachIn(Kind kind, const std::function<Result<>(const Securable&)>& visit) const {
    for (const Securable& schema : schemas) {
      TRY(Listing listing, catalog.List(actor, kind, schema.names));
      for (const Securable& one : listing.objects) TRY(visit(one));
    }
    return {};
  }
};

JsonValue TextOrNull(const std::string& text) { return text.empty() ? JsonValue() : JsonValue(text); }
std::string YesNo(bool truth) { return truth ? "YES" : "NO"; }

// comment, created, created_by, last_altered, last_altered_by
void AppendLife(Cells& cells, const Securable& one) {
  cells.insert(cells.end(), {TextOrNull(one.comment), one.created_ms, one.created_by, one.updated_ms, one.updated_by});
}

void AppendNames(Cells& cells, const Securable& one) {
  for (const std::string& name : one.names) cells.emplace_back(name);
}

using FillRows = Result<> (*)(const Seen& seen, Rows& rows);

Result<> FillCatalogs(const Seen& seen, Rows& rows) {
  for (const Securable& one : seen.catalogs) {
    Cells cells = {one.Name(), seen.OwnerOf(one)};
    AppendLife(cells, one);
    rows.push_back(std::move(cells));
  }
  return {};
}

Result<> FillSchemata(const Seen& seen, Rows& rows) {
  for (const Securable& one : seen.schemas) {
    Cells cells = {one.names[0], one.names[1], seen.OwnerOf(one)};
    AppendLife(cells, one);
    rows.push_back(std::move(cells));
  }
  return {};
}

Result<> FillTables(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) -> Result<> {
    const std::string type = one.details.StringOr("table_type", "MANAGED");
    Cells cells;
    AppendNames(cells, one);
    cells.insert(cells.end(), {type, YesNo(type != "VIEW" && type != "MATERIALIZED_VIEW"), "PRESERVE", seen.OwnerOf(one)});
    AppendLife(cells, one);
    cells.insert(cells.end(), {TextOrNull(one.details.StringOr("data_source_format", "")), TextOrNull(one.location), JsonValue()});
    rows.push_back(std::move(cells));
    return {};
  });
}

Result<> FillViews(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) -> Result<> {
    const std::string type = one.details.StringOr("table_type", "");
    if (type != "VIEW" && type != "MATERIALIZED_VIEW") return {};
    Cells cells;
    AppendNames(cells, one);
    cells.insert(cells.end(), {one.details.StringOr("view_definition", ""), "NONE", "NO", "NO",
                               TextOrNull(one.details.StringOr("view_catalog", "")), type == "VIEW" ? "false" : "true"});
    rows.push_back(std::move(cells));
    return {};
  });
}

Result<> FillColumns(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) -> Result<> {
    const JsonValue* columns = one.details.Find("columns");
    if (columns == nullptr || !columns->IsArray()) return {};
    for (const JsonValue& column : columns->AsArray()) {
      auto number = [&column](std::string_view key) {
        const JsonValue* value = column.Find(key);
        return value == nullptr ? JsonValue() : *value;
      };
      const std::string type = column.StringOr("type_name", "");
      Cells cells;
      AppendNames(cells, one);
      cells.insert(cells.end(), {column.StringOr("name", ""), column.IntOr("position", 0), JsonValue(), YesNo(column.BoolOr("nullable", true)),
                                 column.StringOr("type_text", ""), type, type == "STRING" ? JsonValue(0) : JsonValue(),
                                 type == "STRING" ? JsonValue(0) : JsonValue(), number("type_precision"),
                                 type == "DECIMAL" ? JsonValue(10) : JsonValue(), number("type_scale"), JsonValue(), JsonValue(), JsonValue(),
                                 JsonValue(), "NO", JsonValue(), JsonValue(), JsonValue(), JsonValue(), JsonValue(), "NO", "NO", JsonValue(), "NO",
                                 "NO", "YES", number("partition_index"), TextOrNull(column.StringOr("comment", ""))});
      rows.push_back(std::move(cells));
    }
    return {};
  });
}

Result<> FillRoutines(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kFunction, [&](const Securable& one) -> Result<> {
    Cells cells;
    AppendNames(cells, one);
    AppendNames(cells, one);
    const bool is_table = one.details.StringOr("data_type", "") == "TABLE_TYPE";
    cells.insert(cells.end(), {seen.OwnerOf(one), is_table ? "TABLE" : "FUNCTION", one.details.StringOr("data_type", ""),
                               one.details.StringOr("full_data_type", ""), one.details.StringOr("routine_body", "SQL"),
                               one.details.StringOr("routine_definition", ""), TextOrNull(one.details.StringOr("external_language", "")),
                               YesNo(one.details.BoolOr("is_deterministic", true)), one.details.StringOr("sql_data_access", ""),
                               one.details.StringOr("security_type", "DEFINER")});
    AppendLife(cells, one);
    rows.push_back(std::move(cells));
    return {};
  });
}

Result<> FillParameters(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kFunction, [&](const Securable& one) -> Result<> {
    const JsonValue* input = one.details.Find("input_params");
    const JsonValue* parameters = input == nullptr ? nullptr : input->Find("parameters");
    if (parameters == nullptr || !parameters->IsArray()) return {};
    for (const JsonValue& parameter : parameters->AsArray()) {
      Cells cells;
      AppendNames(cells, one);
      cells.insert(cells.end(), {parameter.IntOr("position", 0), "IN", "NO", parameter.StringOr("name", ""), parameter.StringOr("type_name", ""),
                                 parameter.StringOr("type_text", ""), TextOrNull(parameter.StringOr("parameter_default", "")),
                                 TextOrNull(parameter.StringOr("comment", ""))});
      rows.push_back(std::move(cells));
    }
    return {};
  });
}

Result<> FillVolumes(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kVolume, [&](const Securable& one) -> Result<> {
    Cells cells;
    AppendNames(cells, one);
    cells.insert(cells.end(), {one.details.StringOr("volume_type", ""), seen.OwnerOf(one)});
    AppendLife(cells, one);
    cells.emplace_back(TextOrNull(one.location));
    rows.push_back(std::move(cells));
    return {};
  });
}

Result<> AppendGrants(const Seen& seen, const Securable& one, Rows& rows) {
  TRY(auto grants, seen.catalog.ListGrants(seen.actor, one.kind, one.names, "", Catalog::Inherited::kYes));
  for (const Catalog::GrantRow& grant : grants) {
    const bool is_own = grant.on_kind == one.kind;
    for (const std::string& privilege : PrivilegeNames(grant.privileges)) {
      Cells cells = {JsonValue(), grant.principal};
      AppendNames(cells, one);
      cells.insert(cells.end(), {SqlName(privilege), "NO", is_own ? std::string("NONE") : std::string(InfoOf(grant.on_kind).wire_name)});
      rows.push_back(std::move(cells));
    }
  }
  return {};
}

Result<> FillCatalogPrivileges(const Seen& seen, Rows& rows) {
  for (const Securable& one : seen.catalogs) TRY(AppendGrants(seen, one, rows));
  return {};
}
Result<> FillSchemaPrivileges(const Seen& seen, Rows& rows) {
  for (const Securable& one : seen.schemas) TRY(AppendGrants(seen, one, rows));
  return {};
}
Result<> FillTablePrivileges(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) { return AppendGrants(seen, one, rows); });
}
Result<> FillVolumePrivileges(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kVolume, [&](const Securable& one) { return AppendGrants(seen, one, rows); });
}
Result<> FillRoutinePrivileges(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kFunction, [&](const Securable& one) { return AppendGrants(seen, one, rows); });
}

enum class TagsOf : uint8_t { kObject, kColumns };

Result<> AppendTags(const Seen& seen, const Securable& one, TagsOf which, Rows& rows) {
  TRY(std::vector<Catalog::Tag> tags, seen.catalog.ListTags(seen.actor, one.kind, one.names));
  for (const Catalog::Tag& tag : tags) {
    if (tag.column.empty() != (which == TagsOf::kObject)) continue;
    Cells cells;
    AppendNames(cells, one);
    if (which == TagsOf::kColumns) cells.emplace_back(tag.column);
    cells.insert(cells.end(), {tag.name, tag.value});
    rows.push_back(std::move(cells));
  }
  return {};
}

Result<> FillCatalogTags(const Seen& seen, Rows& rows) {
  for (const Securable& one : seen.catalogs) TRY(AppendTags(seen, one, TagsOf::kObject, rows));
  return {};
}
Result<> FillSchemaTags(const Seen& seen, Rows& rows) {
  for (const Securable& one : seen.schemas) TRY(AppendTags(seen, one, TagsOf::kObject, rows));
  return {};
}
Result<> FillTableTags(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) { return AppendTags(seen, one, TagsOf::kObject, rows); });
}
Result<> FillColumnTags(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) { return AppendTags(seen, one, TagsOf::kColumns, rows); });
}
Result<> FillVolumeTags(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kVolume, [&](const Securable& one) { return AppendTags(seen, one, TagsOf::kObject, rows); });
}

// Calls `visit` with each table, constraint and the constraint's REST form.
using VisitConstraint = std::function<void(const Securable& table, const analyze::TableConstraint& constraint, const JsonValue& rest)>;

Result<> EachConstraint(const Seen& seen, const VisitConstraint& visit) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) -> Result<> {
    if (one.details.Find("constraints") == nullptr) return {};
    TRY(analyze::TableInfo info, ToTableInfo(one, ""));
    for (const analyze::TableConstraint& constraint : info.constraints) {
      const JsonValue rest = ConstraintToRest(constraint);
      visit(one, constraint, rest.AsObject().front().second);
    }
    return {};
  });
}

JsonValue::Array ColumnsOf(const JsonValue& rest, std::string_view key) {
  const JsonValue* columns = rest.Find(key);
  return columns == nullptr ? JsonValue::Array{} : columns->AsArray();
}

Result<> FillTableConstraints(const Seen& seen, Rows& rows) {
  return EachConstraint(seen, [&rows](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue&) {
    Cells cells = {table.names[0], table.names[1], constraint.name};
    AppendNames(cells, table);
    cells.insert(cells.end(), {constraint.kind, "NO", "NO", constraint.kind == "CHECK" ? "YES" : "NO", JsonValue()});
    rows.push_back(std::move(cells));
  });
}

Result<> FillKeyColumnUsage(const Seen& seen, Rows& rows) {
  return EachConstraint(seen, [&rows](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue& rest) {
    int64_t position = 0;
    for (const JsonValue& column : ColumnsOf(rest, "child_columns")) {
      ++position;
      Cells cells = {table.names[0], table.names[1], constraint.name};
      AppendNames(cells, table);
      cells.insert(cells.end(), {column, position, constraint.kind == "FOREIGN KEY" ? JsonValue(position) : JsonValue()});
      rows.push_back(std::move(cells));
    }
  });
}

Result<> FillConstraintTableUsage(const Seen& seen, Rows& rows) {
  return EachConstraint(seen, [&rows](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue&) {
    Cells cells = {table.names[0], table.names[1], constraint.name};
    AppendNames(cells, table);
    rows.push_back(std::move(cells));
  });
}

Result<> FillConstraintColumnUsage(const Seen& seen, Rows& rows) {
  return EachConstraint(seen, [&rows](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue& rest) {
    const bool is_foreign = constraint.kind == "FOREIGN KEY";
    Names used = is_foreign ? SplitNames(rest.StringOr("parent_table", "")) : table.names;
    if (used.size() != 3) used = table.names;
    for (const JsonValue& column : ColumnsOf(rest, is_foreign ? "parent_columns" : "child_columns")) {
      rows.push_back({used[0], used[1], used[2], column, table.names[0], table.names[1], constraint.name});
    }
  });
}

Result<> FillReferentialConstraints(const Seen& seen, Rows& rows) {
  // The key that is referred to: the primary key of the parent.
  std::map<std::string, std::string> primary_keys;
  TRY(EachConstraint(seen, [&](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue&) {
    if (constraint.kind == "PRIMARY KEY") primary_keys[table.FullName()] = constraint.name;
  }));
  return EachConstraint(seen, [&](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue& rest) {
    if (constraint.kind != "FOREIGN KEY") return;
    const std::string parent_name = rest.StringOr("parent_table", "");
    Names parent = SplitNames(parent_name);
    if (parent.size() != 3) parent = {table.names[0], table.names[1], parent_name};
    rows.push_back({table.names[0], table.names[1], constraint.name, parent[0], parent[1], TextOrNull(primary_keys[JoinNames(parent)]), "FULL",
                    "NO ACTION", "NO ACTION"});
  });
}

Result<> FillCheckConstraints(const Seen& seen, Rows& rows) {
  return EachConstraint(seen, [&](const Securable& table, const analyze::TableConstraint& constraint, const JsonValue&) {
    if (constraint.kind == "CHECK") rows.push_back({table.names[0], table.names[1], constraint.name, constraint.text, JsonValue()});
  });
}

Result<> FillRowFilters(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) -> Result<> {
    TRY(analyze::TableInfo info, ToTableInfo(one, ""));
    if (info.row_filter_function.empty()) return {};
    Names function = SplitNames(info.row_filter_function);
    while (function.size() < 3) function.insert(function.begin(), "");
    Cells cells;
    AppendNames(cells, one);
    cells.insert(cells.end(), {function[0], function[1], function[2], fmt::format("{}", fmt::join(info.row_filter_columns, ","))});
    rows.push_back(std::move(cells));
    return {};
  });
}

Result<> FillColumnMasks(const Seen& seen, Rows& rows) {
  return seen.EachIn(Kind::kTable, [&](const Securable& one) -> Result<> {
    TRY(analyze::TableInfo info, ToTableInfo(one, ""));
    for (const auto& [column, name] : info.column_masks) {
      Names function = SplitNames(name);
      while (function.size() < 3) function.insert(function.begin(), "");
      Cells cells;
      AppendNames(cells, one);
      cells.insert(cells.end(), {column, function[0], function[1], function[2], JsonValue()});
      rows.push_back(std::move(cells));
    }
    return {};
  });
}

struct ViewRow {
  std::string_view name;
  std::string_view columns;  ///< names; a suffix tells the type when it is no STRING: ":i" INT, ":l" BIGINT, ":t" TIMESTAMP
  FillRows fill;
};

// Names and order of columns: Databricks' information schema reference.
constexpr ViewRow kViews[] = {
    {"catalog_privileges", "grantor grantee catalog_name privilege_type is_grantable inherited_from", FillCatalogPrivileges},
    {"catalog_tags", "catalog_name tag_name tag_value", FillCatalogTags},
    {"catalogs", "catalog_name catalog_owner comment created:t created_by last_altered:t last_altered_by", FillCatalogs},
    {"check_constraints", "constraint_catalog constraint_schema constraint_name check_clause sql_path", FillCheckConstraints},
    {"column_masks", "table_catalog table_schema table_name column_name mask_catalog mask_schema mask_name using_columns", FillColumnMasks},
    {"column_tags", "catalog_name schema_name table_name column_name tag_name tag_value", FillColumnTags},
    {"columns",
     "table_catalog table_schema table_name column_name ordinal_position:i column_default is_nullable full_data_type data_type "
     "character_maximum_length:l character_octet_length:l numeric_precision:i numeric_precision_radix:i numeric_scale:i "
     "datetime_precision:i interval_type interval_precision:i maximum_cardinality:l is_identity identity_generation identity_start "
     "identity_increment identity_maximum identity_minimum identity_cycle is_generated generation_expression "
     "is_system_time_period_start is_system_time_period_end is_updatable partition_index:i comment",
     FillColumns},
    {"constraint_column_usage",
     "table_catalog table_schema table_name column_name constraint_catalog constraint_schema constraint_name", FillConstraintColumnUsage},
    {"constraint_table_usage", "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name",
     FillConstraintTableUsage},
    {"information_schema_catalog_name", "catalog_name",
     [](const Seen& seen, Rows& rows) -> Result<> {
       if (!seen.catalogs.empty()) rows.push_back({seen.catalogs.front().Name()});
       return {};
     }},
    {"key_column_usage",
     "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name ordinal_position:i "
     "position_in_unique_constraint:i",
     FillKeyColumnUsage},
    {"parameters",
     "specific_catalog specific_schema specific_name ordinal_position:i parameter_mode is_result parameter_name data_type full_data_type "
     "parameter_default comment",
     FillParameters},
    {"referential_constraints",
     "constraint_catalog constraint_schema constraint_name unique_constraint_catalog unique_constraint_schema unique_constraint_name "
     "match_option update_rule delete_rule",
     FillReferentialConstraints},
    {"routine_privileges", "grantor grantee specific_catalog specific_schema specific_name privilege_type is_grantable inherited_from",
     FillRoutinePrivileges},
    {"routines",
     "specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name routine_owner routine_type data_type "
     "full_data_type routine_body routine_definition external_language is_deterministic sql_data_access security_type comment created:t "
     "created_by last_altered:t last_altered_by",
     FillRoutines},
    {"row_filters", "table_catalog table_schema table_name filter_catalog filter_schema filter_name target_columns", FillRowFilters},
    {"schema_privileges", "grantor grantee catalog_name schema_name privilege_type is_grantable inherited_from", FillSchemaPrivileges},
    {"schema_tags", "catalog_name schema_name tag_name tag_value", FillSchemaTags},
    {"schemata", "catalog_name schema_name schema_owner comment created:t created_by last_altered:t last_altered_by", FillSchemata},
    {"table_constraints",
     "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name constraint_type is_deferrable "
     "initially_deferred enforced comment",
     FillTableConstraints},
    {"table_privileges", "grantor grantee table_catalog table_schema table_name privilege_type is_grantable inherited_from",
     FillTablePrivileges},
    {"table_tags", "catalog_name schema_name table_name tag_name tag_value", FillTableTags},
    {"tables",
     "table_catalog table_schema table_name table_type is_insertable_into commit_action table_owner comment created:t created_by "
     "last_altered:t last_altered_by data_source_format storage_path storage_sub_directory",
     FillTables},
    {"views",
     "table_catalog table_schema table_name view_definition check_option is_updatable is_insertable_into sql_path is_materialized", FillViews},
    {"volume_privileges", "grantor grantee volume_catalog volume_schema volume_name privilege_type is_grantable inherited_from",
     FillVolumePrivileges},
    {"volume_tags", "catalog_name schema_name volume_name tag_name tag_value", FillVolumeTags},
    {"volumes",
     "volume_catalog volume_schema volume_name volume_type volume_owner comment created:t created_by last_altered:t last_altered_by "
     "storage_location",
     FillVolumes},
};

plan::Schema ColumnsOf(std::string_view text) {
  plan::Schema schema;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    std::string_view column = text.substr(0, space);
    text = space == std::string_view::npos ? "" : text.substr(space + 1);
    plan::StructField field{.name = std::string(column), .type = DataType::String()};
    if (column.size() > 2 && column[column.size() - 2] == ':') {
      const char type = column.back();
      field.name = column.substr(0, column.size() - 2);
      field.type = type == 'i' ? DataType::Int() : type == 'l' ? DataType::Long() : DataType::Timestamp();
    }
    schema.push_back(std::move(field));
  }
  return schema;
}

// Spark's string literal: backslash escapes.
std::string Literal(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string CellText(const JsonValue& cell, const DataType& type) {
  if (cell.IsNull()) return fmt::format("CAST(NULL AS {})", type.Sql());
  if (type.Is(plan::TypeKind::kTimestamp)) {
    const int64_t ms = cell.AsInt();
    return fmt::format("TIMESTAMP'{:%Y-%m-%d %H:%M:%S}.{:03}+00:00'", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
  }
  if (type.Is(plan::TypeKind::kString)) return Literal(cell.AsString());
  return fmt::format("CAST({} AS {})", cell.AsInt(), type.Sql());
}

std::string ViewText(const plan::Schema& schema, const Rows& rows) {
  std::string names;
  for (const plan::StructField& field : schema) names += fmt::format("{}{}", names.empty() ? "" : ", ", field.name);
  std::string values;
  auto append = [&](const Cells& cells) {
    CHECK(cells.size() == schema.size());
    values += values.empty() ? "(" : ",\n(";
    for (size_t i = 0; i < cells.size(); ++i) values += (i > 0 ? ", " : "") + CellText(cells[i], schema[i].type);
    values += ")";
  };
  for (const Cells& cells : rows) append(cells);
  if (rows.empty()) append(Cells(schema.size()));
  return fmt::format("SELECT {0} FROM VALUES {1} AS rows({0}){2}", names, values, rows.empty() ? " WHERE false" : "");
}

const ViewRow* FindView(const std::string& name) {
  for (const ViewRow& view : kViews) {
    if (view.name == name) return &view;
  }
  return nullptr;
}

}  // namespace

std::vector<std::string> InformationSchema::ViewNames() {
  std::vector<std::string> names;
  for (const ViewRow& view : kViews) names.emplace_back(view.name);
  return names;
}

std::optional<analyze::TableInfo> InformationSchema::Describe(const std::string& catalog, const std::string& view) {
  const ViewRow* row = FindView(view);
  if (row == nullptr) return std::nullopt;
  analyze::TableInfo info;
  info.name = {catalog, std::string(kInformationSchema), view};
  info.kind = analyze::TableKind::kView;
  info.format.clear();
  info.schema = ColumnsOf(row->columns);
  info.owner = "System user";
  info.created_by = "System user";
  info.view_catalog = catalog;
  info.view_schema = kInformationSchema;
  info.view_text = ViewText(info.schema, {});
  return info;
}

Result<std::optional<analyze::TableInfo>> InformationSchema::Find(const Actor& actor, const std::string& catalog, const std::string& view) {
  std::optional<analyze::TableInfo> info = Describe(catalog, view);
  if (!info) return std::nullopt;
  Seen seen{.catalog = catalog_, .actor = actor};
  if (catalog == "system") {
    TRY(Listing listing, catalog_.List(actor, Kind::kCatalog, {}));
    seen.catalogs = std::move(listing.objects);
    std::erase_if(seen.catalogs, [](const Securable& one) { return one.Name() == "hive_metastore"; });
  } else {
    TRY(Securable one, catalog_.Get(actor, Kind::kCatalog, {catalog}));
    seen.catalogs.push_back(std::move(one));
  }
  for (const Securable& one : seen.catalogs) {
    TRY(Listing listing, catalog_.List(actor, Kind::kSchema, one.names));
    for (Securable& schema : listing.objects) seen.schemas.push_back(std::move(schema));
  }
  Rows rows;
  TRY(FindView(view)->fill(seen, rows));
  info->view_text = ViewText(info->schema, rows);
  return info;
}

}  // namespace crannog::catalog
