#include "services/warehouse/metadata_rows.h"

namespace crannog::warehouse {
namespace {

using plan::DataType;
using plan::Literal;

plan::StructField Text(std::string name) { return {std::move(name), DataType::String(), true, ""}; }
plan::StructField Number(std::string name) { return {std::move(name), DataType::Int(), true, ""}; }
Literal NoText() { return Literal::Null(DataType::String()); }
Literal NoNumber() { return Literal::Null(DataType::Int()); }

// JDBC patterns: '%' any text, '_' one character, "" and null everything; case does not matter.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%' || pattern[0] == '*') return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  else if (pattern[0] == '_' && !text.empty()) return Matches(pattern.substr(1), text.substr(1));
  return !text.empty() && std::tolower(static_cast<unsigned char>(pattern[0])) == std::tolower(static_cast<unsigned char>(text[0])) && Matches(pattern.substr(1), text.substr(1));
}
bool Wanted(const std::string& pattern, const std::string& text) { return pattern.empty() || Matches(pattern, text); }

// java.sql.Types.
int JdbcType(const DataType& type) {
  switch (type.kind()) {
    case plan::TypeKind::kBoolean: return 16;
    case plan::TypeKind::kByte: return -6;
    case plan::TypeKind::kShort: return 5;
    case plan::TypeKind::kInt: return 4;
    case plan::TypeKind::kLong: return -5;
    case plan::TypeKind::kFloat: return 6;
    case plan::TypeKind::kDouble: return 8;
    case plan::TypeKind::kDecimal: return 3;
    case plan::TypeKind::kDate: return 91;
    case plan::TypeKind::kTimestamp:
    case plan::TypeKind::kTimestampNtz: return 93;
    case plan::TypeKind::kBinary: return -2;
    case plan::TypeKind::kArray: return 2003;
    case plan::TypeKind::kMap: return 2000;
    case plan::TypeKind::kStruct: return 2002;
    default: return 12;
  }
}

struct Wish {
  std::string catalog, schema, table, column;
};

// Calls `visit` for every schema that the wish's catalog and schema name.
template <typename Visit>
Result<> ForEachSchema(session::Session& session, const Wish& wish, Visit visit) {
  TRY(std::vector<analyze::CatalogInfo> catalogs, session.Catalog().ListCatalogs());
  for (const auto& catalog : catalogs) {
    if (!Wanted(wish.catalog, catalog.name)) continue;
    TRY(std::vector<analyze::SchemaInfo> schemas, session.Catalog().ListSchemas(catalog.name));
    for (const auto& schema : schemas) {
      if (!Wanted(wish.schema, schema.name.schema)) continue;
      TRY(visit(schema));
    }
  }
  return {};
}

template <typename Visit>
Result<> ForEachTable(session::Session& session, const Wish& wish, Visit visit) {
  return ForEachSchema(session, wish, [&](const analyze::SchemaInfo& schema) -> Result<> {
    TRY(std::vector<analyze::TableInfo> tables, session.Catalog().ListTables(schema.name));
    for (const auto& table : tables) {
      if (Wanted(wish.table, table.name.name)) TRY(visit(table));
    }
    return {};
  });
}

Result<MetadataRows> Columns(session::Session& session, const Wish& wish) {
  MetadataRows out;
  out.schema = {Text("TABLE_CAT"), Text("TABLE_SCHEM"), Text("TABLE_NAME"), Text("COLUMN_NAME"), Number("DATA_TYPE"), Text("TYPE_NAME"), Number("COLUMN_SIZE"),
                Number("BUFFER_LENGTH"), Number("DECIMAL_DIGITS"), Number("NUM_PREC_RADIX"), Number("NULLABLE"), Text("REMARKS"), Text("COLUMN_DEF"),
                Number("SQL_DATA_TYPE"), Number("SQL_DATETIME_SUB"), Number("CHAR_OCTET_LENGTH"), Number("ORDINAL_POSITION"), Text("IS_NULLABLE"),
                Text("SCOPE_CATALOG"), Text("SCOPE_SCHEMA"), Text("SCOPE_TABLE"), Number("SOURCE_DATA_TYPE"), Text("IS_AUTO_INCREMENT")};
  TRY(ForEachTable(session, wish, [&](const analyze::TableInfo& table) -> Result<> {
    int position = 0;
    for (const plan::StructField& field : table.schema) {
      ++position;
      if (!Wanted(wish.column, field.name)) continue;
      const bool decimal = field.type.Is(plan::TypeKind::kDecimal);
      out.rows.push_back({Literal::String(table.name.catalog), Literal::String(table.name.schema), Literal::String(table.name.name), Literal::String(field.name),
                          Literal::Int(JdbcType(field.type)), Literal::String(field.type.Sql()), decimal ? Literal::Int(field.type.precision()) : NoNumber(), NoNumber(),
                          decimal ? Literal::Int(field.type.scale()) : NoNumber(), Literal::Int(10), Literal::Int(field.nullable ? 1 : 0), Literal::String(""), NoText(),
                          NoNumber(), NoNumber(), NoNumber(), Literal::Int(position), Literal::String(field.nullable ? "YES" : "NO"), NoText(), NoText(), NoText(), NoNumber(),
                          Literal::String("NO")});
    }
    return {};
  }));
  return out;
}

Result<MetadataRows> Tables(session::Session& session, const Wish& wish) {
  MetadataRows out;
  out.schema = {Text("TABLE_CAT"), Text("TABLE_SCHEM"), Text("TABLE_NAME"), Text("TABLE_TYPE"), Text("REMARKS"),
                Text("TYPE_CAT"),  Text("TYPE_SCHEM"),  Text("TYPE_NAME"),  Text("SELF_REFERENCING_COL_NAME"), Text("REF_GENERATION")};
  TRY(ForEachTable(session, wish, [&](const analyze::TableInfo& table) -> Result<> {
    const char* kind = table.kind == analyze::TableKind::kView ? "VIEW" : "TABLE";
    out.rows.push_back({Literal::String(table.name.catalog), Literal::String(table.name.schema), Literal::String(table.name.name), Literal::String(kind),
                        Literal::String(table.comment), NoText(), NoText(), NoText(), NoText(), NoText()});
    return {};
  }));
  return out;
}

}  // namespace

Result<MetadataRows> MetadataCall(const std::string& method, const ThriftStruct& request, session::Session& session) {
  MetadataRows out;
  if (method == "GetCatalogs") {
    out.schema = {Text("TABLE_CAT")};
    TRY(std::vector<analyze::CatalogInfo> catalogs, session.Catalog().ListCatalogs());
    for (const auto& catalog : catalogs) out.rows.push_back({Literal::String(catalog.name)});
    return out;
  }
  const Wish wish{request.TextOr(2, ""), request.TextOr(3, ""), request.TextOr(4, ""), request.TextOr(5, "")};
  if (method == "GetSchemas") {
    out.schema = {Text("TABLE_SCHEM"), Text("TABLE_CATALOG")};
    TRY(ForEachSchema(session, wish, [&](const analyze::SchemaInfo& schema) -> Result<> {
      out.rows.push_back({Literal::String(schema.name.schema), Literal::String(schema.name.catalog)});
      return {};
    }));
    return out;
  }
  if (method == "GetTables") return Tables(session, wish);
  if (method == "GetColumns") return Columns(session, wish);
  if (method == "GetTableTypes") {
    out.schema = {Text("TABLE_TYPE")};
    for (const char* kind : {"TABLE", "VIEW"}) out.rows.push_back({Literal::String(kind)});
    return out;
  }
  return Failure(NotImplemented("the Thrift call " + method));
}

}  // namespace crannog::warehouse
