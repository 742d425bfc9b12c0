#include "services/spark/catalog_rows.h"

#include <algorithm>

#include "connect/data_type_message.h"
#include "spark/connect/catalog.pb.h"
#include "sql/parser.h"

namespace crannog::spark_connect {

namespace sc = ::spark::connect;
using plan::DataType;
using plan::Literal;
using plan::RelationPtr;

namespace {

using Row = std::vector<Literal>;

Literal Text(const std::string& value) { return Literal::String(value); }
Literal TextOrNull(const std::string& value) { return value.empty() ? Literal::Null(DataType::String()) : Literal::String(value); }

// Rows of constants as a relation of exactly this schema.
RelationPtr Rows(const plan::Schema& schema, const std::vector<Row>& rows) {
  plan::InlineTable table;
  std::vector<std::string> names;
  for (const plan::StructField& field : schema) names.push_back(field.name);
  for (const Row& row : rows) {
    std::vector<plan::ExpressionPtr> cells;
    for (const Literal& cell : row) cells.push_back(plan::MakeExpression(cell));
    table.rows.push_back(std::move(cells));
  }
  if (rows.empty()) {
    // An inline table needs a row: one of NULLs, cut away again.
    std::vector<plan::ExpressionPtr> cells;
    for (const plan::StructField& field : schema) cells.push_back(plan::MakeExpression(Literal::Null(field.type)));
    table.rows.push_back(std::move(cells));
  }
  RelationPtr relation = plan::MakeRelation(plan::SubqueryAlias{plan::MakeRelation(std::move(table)), {}, std::move(names)});
  relation = plan::MakeRelation(plan::ToSchema{relation, DataType::Struct(schema)});
  if (rows.empty()) relation = plan::MakeRelation(plan::Limit{relation, plan::MakeExpression(Literal::Int(0))});
  return relation;
}

RelationPtr OneText(const std::string& value) { return Rows({{"value", DataType::String(), false, ""}}, {{Text(value)}}); }
RelationPtr OneTruth(bool value) { return Rows({{"value", DataType::Boolean(), false, ""}}, {{Literal::Boolean(value)}}); }
RelationPtr Nothing() { return Rows({}, {}); }

// Spark's patterns: '*' is any text, '|' separates alternatives, case does not matter.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  return !text.empty() && std::tolower(static_cast<unsigned char>(pattern[0])) == std::tolower(static_cast<unsigned char>(text[0])) &&
         Matches(pattern.substr(1), text.substr(1));
}

bool MatchesAny(bool has_pattern, const std::string& pattern, const std::string& text) {
  if (!has_pattern) return true;
  size_t start = 0;
  for (;;) {
    size_t bar = pattern.find('|', start);
    if (Matches(std::string_view(pattern).substr(start, bar == std::string::npos ? bar : bar - start), text)) return true;
    if (bar == std::string::npos) return false;
    start = bar + 1;
  }
}

class CatalogReader {
 public:
  explicit CatalogReader(session::Session& session) : session_(session), catalog_(session.Catalog()) {}

  Result<RelationPtr> Read(const sc::Catalog& message);

 private:
  // "[catalog.]schema" as the client wrote it, else the current one.
  Result<analyze::SchemaName> SchemaOf(bool has_name, const std::string& name) {
    analyze::SchemaName current = session_.CurrentSchema();
    if (!has_name || name.empty()) return current;
    TRY(std::vector<std::string> parts, sql::ParseMultipartIdentifier(name));
    if (parts.size() == 1) return analyze::SchemaName{current.catalog, parts[0]};
    if (parts.size() == 2) return analyze::SchemaName{parts[0], parts[1]};
    return Failure(ConditionError("REQUIRES_SINGLE_PART_NAMESPACE", {{"namespace", name}, {"sessionCatalog", current.catalog}}));
  }

  Result<analyze::ObjectName> ObjectOf(const std::string& name, bool has_schema, const std::string& schema) {
    TRY(std::vector<std::string> parts, sql::ParseMultipartIdentifier(name));
    TRY(analyze::SchemaName in, SchemaOf(has_schema, schema));
    if (parts.size() == 1) return analyze::ObjectName{in.catalog, in.schema, parts[0]};
    if (parts.size() == 2) return analyze::ObjectName{in.catalog, parts[0], parts[1]};
    if (parts.size() == 3) return analyze::ObjectName{parts[0], parts[1], parts[2]};
    return Failure(ConditionError("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", name}}));
  }

  static plan::Schema DatabaseSchema() {
    return {{"name", DataType::String(), false, ""}, {"catalog", DataType::String(), true, ""}, {"description", DataType::String(), true, ""}, {"locationUri", DataType::String(), false, ""}};
  }
  static Row DatabaseRow(const analyze::SchemaInfo& info) {
    return {Text(info.name.schema), Text(info.name.catalog), TextOrNull(info.comment), Text(info.location)};
  }

  static plan::Schema TableSchema() {
    return {{"name", DataType::String(), false, ""},
            {"catalog", DataType::String(), true, ""},
            {"namespace", DataType::Array(DataType::String()), true, ""},
            {"description", DataType::String(), true, ""},
            {"tableType", DataType::String(), false, ""},
            {"isTemporary", DataType::Boolean(), false, ""}};
  }
  static Row TableRow(const analyze::TableInfo& info) {
    const char* kind = info.kind == analyze::TableKind::kView ? "VIEW" : info.kind == analyze::TableKind::kExternal ? "EXTERNAL" : "MANAGED";
    return {Text(info.name.name), Text(info.name.catalog), Literal::Nested(DataType::Array(DataType::String()), {Text(info.name.schema)}),
            TextOrNull(info.comment), Text(kind), Literal::Boolean(false)};
  }
  static Row TemporaryViewRow(const std::string& name) {
    return {Text(name), Literal::Null(DataType::String()), Literal::Nested(DataType::Array(DataType::String()), {}), Literal::Null(DataType::String()),
            Text("TEMPORARY"), Literal::Boolean(true)};
  }

  Result<RelationPtr> ListTables(const sc::ListTables& message) {
    TRY(analyze::SchemaName schema, SchemaOf(message.has_db_name(), message.db_name()));
    TRY(std::optional<analyze::SchemaInfo> found, catalog_.FindSchema(schema));
    if (!found) return Failure(ConditionError("SCHEMA_NOT_FOUND", {{"schemaName", "`" + schema.catalog + "`.`" + schema.schema + "`"}}));
    TRY(std::vector<analyze::TableInfo> tables, catalog_.ListTables(schema));
    std::vector<Row> rows;
    for (const auto& info : tables) {
      if (MatchesAny(message.has_pattern(), message.pattern(), info.name.name)) rows.push_back(TableRow(info));
    }
    for (const std::string& name : session_.TemporaryViews()) {
      if (MatchesAny(message.has_pattern(), message.pattern(), name)) rows.push_back(TemporaryViewRow(name));
    }
    return Rows(TableSchema(), rows);
  }

  bool IsTemporaryView(const std::string& name) {
    const std::vector<std::string> views = session_.TemporaryViews();
    return std::find(views.begin(), views.end(), name) != views.end();
  }

  Result<RelationPtr> GetTable(const sc::GetTable& message) {
    if (!message.has_db_name() && IsTemporaryView(message.table_name())) return Rows(TableSchema(), {TemporaryViewRow(message.table_name())});
    TRY(analyze::ObjectName name, ObjectOf(message.table_name(), message.has_db_name(), message.db_name()));
    TRY(std::optional<analyze::TableInfo> info, catalog_.FindTable(name));
    if (!info) return Failure(ConditionError("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", "`" + message.table_name() + "`"}}));
    return Rows(TableSchema(), {TableRow(*info)});
  }

  Result<RelationPtr> ListColumns(const sc::ListColumns& message) {
    plan::NamedTable table;
    if (!message.has_db_name() && IsTemporaryView(message.table_name())) {
      table.name.parts = {message.table_name()};
    } else {
      TRY(analyze::ObjectName name, ObjectOf(message.table_name(), message.has_db_name(), message.db_name()));
      table.name.parts = {name.catalog, name.schema, name.name};
    }
    TRY(plan::Schema schema, session_.Analyze(*plan::MakeRelation(table)));
    std::vector<std::string> partitions;
    if (table.name.parts.size() == 3) {
      TRY(std::optional<analyze::TableInfo> info, catalog_.FindTable({table.name.parts[0], table.name.parts[1], table.name.parts[2]}));
      if (info) partitions = info->partition_columns;
    }
    std::vector<Row> rows;
    for (const plan::StructField& field : schema) {
      bool is_partition = std::find(partitions.begin(), partitions.end(), field.name) != partitions.end();
      rows.push_back({Text(field.name), Literal::Null(DataType::String()), Text(field.type.CatalogString()), Literal::Boolean(field.nullable),
                      Literal::Boolean(is_partition), Literal::Boolean(false), Literal::Boolean(false)});
    }
    return Rows({{"name", DataType::String(), false, ""},
                 {"description", DataType::String(), true, ""},
                 {"dataType", DataType::String(), false, ""},
                 {"nullable", DataType::Boolean(), false, ""},
                 {"isPartition", DataType::Boolean(), false, ""},
                 {"isBucket", DataType::Boolean(), false, ""},
                 {"isCluster", DataType::Boolean(), false, ""}},
                rows);
  }

  // Commands that SQL has too go the one way of every statement.
  Result<RelationPtr> RunSql(const std::string& text) {
    TRY(session::StatementResult result, session_.ExecuteSql(text, {}));
    return Nothing();
  }

  Result<RelationPtr> TableExists(const sc::TableExists& message) {
    if (!message.has_db_name() && IsTemporaryView(message.table_name())) return OneTruth(true);
    TRY(analyze::ObjectName name, ObjectOf(message.table_name(), message.has_db_name(), message.db_name()));
    TRY(std::optional<analyze::TableInfo> info, catalog_.FindTable(name));
    return OneTruth(info.has_value());
  }

  Result<RelationPtr> FunctionExists(const std::string& function, bool has_schema, const std::string& schema) {
    // A builtin is known by DESCRIBE FUNCTION; a person's by the catalog.
    TRY(analyze::ObjectName name, ObjectOf(function, has_schema, schema));
    TRY(std::optional<analyze::FunctionInfo> info, catalog_.FindFunction(name));
    if (info || has_schema) return OneTruth(info.has_value());
    return OneTruth(session_.ExecuteSql("DESCRIBE FUNCTION " + sql::QuoteIdentifier(function), {}).has_value());
  }

  Result<RelationPtr> CreateTable(const std::string& name, const std::string& path, const std::string& source, const std::string& description,
                                  bool has_schema, const sc::DataType& schema, const google::protobuf::Map<std::string, std::string>& options);

  session::Session& session_;
  analyze::CatalogClient& catalog_;
};

Result<RelationPtr> CatalogReader::CreateTable(const std::string& name, const std::string& path, const std::string& source, const std::string& description,
                                               bool has_schema, const sc::DataType& schema,
                                               const google::protobuf::Map<std::string, std::string>& options) {
  plan::CreateTable create;
  TRY(create.name.parts, sql::ParseMultipartIdentifier(name));
  create.spec.provider = source;
  if (!path.empty()) create.spec.location = path;
  if (!description.empty()) create.spec.comment = description;
  for (const auto& [key, value] : options) {
    if (key == "path") create.spec.location = value;
    else create.spec.options.emplace_back(key, plan::MakeExpression(Literal::String(value)));
  }
  if (has_schema) {
    connect::TextParsers parsers;
    parsers.data_type = [](std::string_view text) { return sql::ParseTableSchema(text); };
    TRY(DataType type, connect::FromMessage(schema, parsers));
    for (const plan::StructField& field : type.fields()) {
      plan::ColumnDefinition column;
      column.name = {field.name};
      column.type = field.type;
      column.not_null = !field.nullable;
      create.spec.columns.push_back(std::move(column));
    }
  }
  TRY(session::StatementResult result, session_.ExecuteCommand(*plan::MakeCommand(create), {}));
  return plan::MakeRelation(plan::NamedTable{create.name, {}, {}, false});
}

Result<RelationPtr> CatalogReader::Read(const sc::Catalog& message) {
  switch (message.cat_type_case()) {
    case sc::Catalog::kCurrentDatabase: return OneText(session_.CurrentSchema().schema);
    case sc::Catalog::kCurrentCatalog: return OneText(session_.CurrentSchema().catalog);
    case sc::Catalog::kSetCurrentDatabase: {
      TRY(analyze::SchemaName name, SchemaOf(true, message.set_current_database().db_name()));
      TRY(session_.SetCurrentSchema(name));
      return Nothing();
    }
    case sc::Catalog::kSetCurrentCatalog: return RunSql("USE CATALOG " + sql::QuoteIdentifier(message.set_current_catalog().catalog_name()));
    case sc::Catalog::kListCatalogs: {
      TRY(std::vector<analyze::CatalogInfo> catalogs, catalog_.ListCatalogs());
      std::vector<Row> rows;
      for (const auto& info : catalogs) {
        if (MatchesAny(message.list_catalogs().has_pattern(), message.list_catalogs().pattern(), info.name)) rows.push_back({Text(info.name), TextOrNull(info.comment)});
      }
      return Rows({{"name", DataType::String(), false, ""}, {"description", DataType::String(), true, ""}}, rows);
    }
    case sc::Catalog::kListDatabases: {
      TRY(std::vector<analyze::SchemaInfo> schemas, catalog_.ListSchemas(session_.CurrentSchema().catalog));
      std::vector<Row> rows;
      for (const auto& info : schemas) {
        if (MatchesAny(message.list_databases().has_pattern(), message.list_databases().pattern(), info.name.schema)) rows.push_back(DatabaseRow(info));
      }
      return Rows(DatabaseSchema(), rows);
    }
    case sc::Catalog::kGetDatabase: {
      TRY(analyze::SchemaName name, SchemaOf(true, message.get_database().db_name()));
      TRY(std::optional<analyze::SchemaInfo> info, catalog_.FindSchema(name));
      if (!info) return Failure(ConditionError("SCHEMA_NOT_FOUND", {{"schemaName", "`" + name.catalog + "`.`" + name.schema + "`"}}));
      return Rows(DatabaseSchema(), {DatabaseRow(*info)});
    }
    case sc::Catalog::kDatabaseExists: {
      TRY(analyze::SchemaName name, SchemaOf(true, message.database_exists().db_name()));
      TRY(std::optional<analyze::SchemaInfo> info, catalog_.FindSchema(name));
      return OneTruth(info.has_value());
    }
    case sc::Catalog::kListTables: return ListTables(message.list_tables());
    case sc::Catalog::kGetTable: return GetTable(message.get_table());
    case sc::Catalog::kTableExists: return TableExists(message.table_exists());
    case sc::Catalog::kListColumns: return ListColumns(message.list_columns());
    case sc::Catalog::kFunctionExists:
      return FunctionExists(message.function_exists().function_name(), message.function_exists().has_db_name(), message.function_exists().db_name());
    case sc::Catalog::kCreateTable: {
      const auto& in = message.create_table();
      return CreateTable(in.table_name(), in.path(), in.source(), in.description(), in.has_schema(), in.schema(), in.options());
    }
    case sc::Catalog::kCreateExternalTable: {
      const auto& in = message.create_external_table();
      return CreateTable(in.table_name(), in.path(), in.source(), "", in.has_schema(), in.schema(), in.options());
    }
    case sc::Catalog::kDropTempView: return OneTruth(session_.DropTemporaryView(message.drop_temp_view().view_name(), false));
    case sc::Catalog::kDropGlobalTempView: return OneTruth(session_.DropTemporaryView(message.drop_global_temp_view().view_name(), true));
    case sc::Catalog::kRecoverPartitions: return RunSql("MSCK REPAIR TABLE " + message.recover_partitions().table_name());
    case sc::Catalog::kRefreshTable: return RunSql("REFRESH TABLE " + message.refresh_table().table_name());
    case sc::Catalog::kRefreshByPath: return Nothing();  // every statement sees the newest files
    case sc::Catalog::kCacheTable: return RunSql("CACHE TABLE " + message.cache_table().table_name());
    case sc::Catalog::kUncacheTable: return RunSql("UNCACHE TABLE " + message.uncache_table().table_name());
    case sc::Catalog::kClearCache: return RunSql("CLEAR CACHE");
    case sc::Catalog::kDropTable:
      return RunSql(std::string("DROP TABLE ") + (message.drop_table().if_exists() ? "IF EXISTS " : "") + message.drop_table().table_name());
    case sc::Catalog::kDropView:
      return RunSql(std::string("DROP VIEW ") + (message.drop_view().if_exists() ? "IF EXISTS " : "") + message.drop_view().view_name());
    case sc::Catalog::kCreateDatabase:
      return RunSql(std::string("CREATE SCHEMA ") + (message.create_database().if_not_exists() ? "IF NOT EXISTS " : "") + message.create_database().db_name());
    case sc::Catalog::kDropDatabase:
      return RunSql(std::string("DROP SCHEMA ") + (message.drop_database().if_exists() ? "IF EXISTS " : "") + message.drop_database().db_name() +
                    (message.drop_database().cascade() ? " CASCADE" : ""));
    case sc::Catalog::kTruncateTable: return RunSql("TRUNCATE TABLE " + message.truncate_table().table_name());
    case sc::Catalog::kAnalyzeTable:
      return RunSql("ANALYZE TABLE " + message.analyze_table().table_name() + " COMPUTE STATISTICS" + (message.analyze_table().no_scan() ? " NOSCAN" : ""));
    case sc::Catalog::kListFunctions: return Failure(NotImplemented("spark.catalog.listFunctions"));
    case sc::Catalog::kGetFunction: return Failure(NotImplemented("spark.catalog.getFunction"));
    case sc::Catalog::kIsCached: return Failure(NotImplemented("spark.catalog.isCached"));
    case sc::Catalog::kListPartitions: return Failure(NotImplemented("spark.catalog.listPartitions"));
    case sc::Catalog::kListViews: return Failure(NotImplemented("spark.catalog.listViews"));
    case sc::Catalog::kGetTableProperties: return Failure(NotImplemented("spark.catalog.getTableProperties"));
    case sc::Catalog::kGetCreateTableString: return Failure(NotImplemented("spark.catalog.getCreateTableString"));
    case sc::Catalog::CAT_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a catalog message names no operation");
}

}  // namespace

Result<RelationPtr> CatalogRows(const sc::Catalog& message, session::Session& session) { return CatalogReader(session).Read(message); }

}  // namespace crannog::spark_connect
