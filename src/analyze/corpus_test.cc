#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "analyze/analyzer.h"
#include "analyze/expression_text.h"
#include "analyze/settings.h"
#include "base/json.h"
#include "plan/command.h"
#include "sql/parser.h"

/// The analyzer over recorded results of Spark 4.1: schemas of queries and conditions of analysis errors. Skipped where the corpora are not at hand.
/// CRANNOG_CORPUS_FILE=name lists that file's differences.
namespace crannog::analyze {
namespace {

namespace fs = std::filesystem;

fs::path Corpora() {
  if (const char* set = std::getenv("CRANNOG_CORPORA")) return set;
  fs::path at = fs::current_path();
  for (int i = 0; i < 8; ++i) {
    if (fs::exists(at / "shared/corpora")) return at / "shared/corpora";
    at = at.parent_path();
  }
  return {};
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Block {
  std::string query, schema, output;
};

std::vector<Block> ReadBlocks(const fs::path& path) {
  const std::string text = ReadFile(path), mark = "-- !query\n";
  std::vector<Block> out;
  for (size_t at = text.find(mark); at != std::string::npos;) {
    const size_t next = text.find("\n" + mark, at);
    const std::string body = text.substr(at + mark.size(), next == std::string::npos ? next : next - at - mark.size());
    const size_t schema = body.find("\n-- !query schema\n"), output = body.find("\n-- !query output\n");
    if (schema != std::string::npos && output != std::string::npos) {
      out.push_back({body.substr(0, schema), output > schema + 18 ? body.substr(schema + 18, output - schema - 18) : "", body.substr(output + 18)});
    }
    at = next == std::string::npos ? next : next + 1;
  }
  return out;
}

// Tables in memory: schemas only.
class MemoryCatalog final : public CatalogClient {
 public:
  std::map<std::string, TableInfo> tables;
  std::map<std::string, FunctionInfo> functions;

  static std::string Key(const ObjectName& name) { return ToLower(name.schema + "." + name.name); }
  std::string principal() const override { return "test"; }
  SchemaName DefaultSchema() const override { return {"spark_catalog", "default"}; }
  Result<std::optional<TableInfo>> FindTable(const ObjectName& name) override {
    auto found = tables.find(Key(name));
    return found == tables.end() ? std::optional<TableInfo>() : std::optional(found->second);
  }
  Result<std::optional<FunctionInfo>> FindFunction(const ObjectName& name) override {
    auto found = functions.find(Key(name));
    return found == functions.end() ? std::optional<FunctionInfo>() : std::optional(found->second);
  }
  Result<std::optional<SchemaInfo>> FindSchema(const SchemaName&) override { return std::optional<SchemaInfo>(); }
  Result<std::optional<CatalogInfo>> FindCatalog(std::string_view) override { return std::optional<CatalogInfo>(); }
  Result<std::optional<VolumeInfo>> FindVolume(const ObjectName&) override { return std::optional<VolumeInfo>(); }
  Result<std::vector<CatalogInfo>> ListCatalogs() override { return std::vector<CatalogInfo>(); }
  Result<std::vector<SchemaInfo>> ListSchemas(std::string_view) override { return std::vector<SchemaInfo>(); }
  Result<std::vector<TableInfo>> ListTables(const SchemaName&) override { return std::vector<TableInfo>(); }
  Result<std::vector<FunctionInfo>> ListFunctions(const SchemaName&) override { return std::vector<FunctionInfo>(); }
  Result<std::vector<VolumeInfo>> ListVolumes(const SchemaName&) override { return std::vector<VolumeInfo>(); }
  Result<> Require(Privilege, const Securable&) override { return {}; }
  Result<> CreateCatalog(const CatalogInfo&) override { return {}; }
  Result<> DropCatalog(std::string_view, bool) override { return {}; }
  Result<> AlterCatalog(const CatalogInfo&) override { return {}; }
  Result<> CreateSchema(const SchemaInfo&) override { return {}; }
  Result<> DropSchema(const SchemaName&, bool) override { return {}; }
  Result<> AlterSchema(const SchemaInfo&) override { return {}; }
  Result<std::string> ManagedLocation(const ObjectName&) override { return std::string(); }
  Result<> CreateTable(const TableInfo& info) override {
    tables[Key(info.name)] = info;
    return {};
  }
  Result<> AlterTable(const TableInfo&) override { return {}; }
  Result<> RenameTable(const ObjectName&, const ObjectName&) override { return {}; }
  Result<> DropTable(const ObjectName& name) override {
    tables.erase(Key(name));
    return {};
  }
  Result<> UndropTable(const ObjectName&) override { return {}; }
  Result<> CreateFunction(const FunctionInfo&, bool) override { return {}; }
  Result<> DropFunction(const ObjectName&) override { return {}; }
  Result<> CreateVolume(const VolumeInfo&) override { return {}; }
  Result<> DropVolume(const ObjectName&) override { return {}; }
  Result<> SetTags(const Securable&, std::string_view, const plan::Options&) override { return {}; }
  Result<> UnsetTags(const Securable&, std::string_view, const std::vector<std::string>&) override { return {}; }
  Result<> GrantPrivileges(const Securable&, std::string_view, const std::vector<std::string>&) override { return {}; }
  Result<> RevokePrivileges(const Securable&, std::string_view, const std::vector<std::string>&) override { return {}; }
  Result<std::vector<Grant>> ListGrants(const Securable&, std::string_view) override { return std::vector<Grant>(); }
  Result<> SetOwner(const Securable&, std::string_view) override { return {}; }
};

class SchemaTables final : public TableProvider {
 public:
  Result<std::shared_ptr<const plan::TableSource>> OpenTable(const TableInfo& table, const TableVersion&, const plan::Options&) override {
    auto source = std::make_shared<plan::TableSource>();
    source->full_name = table.name.ToString();
    source->schema = table.schema;
    return std::shared_ptr<const plan::TableSource>(source);
  }
  Result<std::shared_ptr<const plan::TableSource>> OpenPaths(const plan::DataSource&, const TableVersion&) override {
    return Failure(NotImplemented("files in this test"));
  }
};

// One file's session: temporary views and tables are kept, everything else that is no query is skipped.
class Session {
 public:
  explicit Session(Settings settings) : settings_(std::move(settings)) {
    auto add = [&](const char* name, const char* ddl) {
      TableInfo info;
      info.name = {"spark_catalog", "default", name};
      info.schema = sql::ParseTableSchema(ddl)->fields();
      (void)catalog_.CreateTable(info);
    };
    add("testdata", "key INT, value STRING");
    add("arraydata", "arraycol ARRAY<INT>, nestedarraycol ARRAY<ARRAY<INT>>");
    add("mapdata", "mapcol MAP<INT, STRING>");
    add("aggtest", "a INT, b FLOAT");
    for (const char* name : {"tenk1", "onek"}) {
      add(name, "unique1 INT, unique2 INT, two INT, four INT, ten INT, twenty INT, hundred INT, thousand INT, twothousand INT, fivethous INT, tenthous INT, odd INT, even INT, stringu1 STRING, stringu2 STRING, string4 STRING");
    }
  }

  enum class Outcome { kSame, kDifferent, kSkipped };

  Outcome Run(const Block& block, std::string& got) {
    sql::ParserOptions options;
    options.ansi = settings_["spark.sql.ansi.enabled"] != "false";
    options.double_quoted_identifiers = options.ansi && settings_["spark.sql.ansi.doubleQuotedIdentifiers"] == "true";
    auto statement = sql::ParseStatement(block.query, options);
    if (!statement) return Outcome::kSkipped;  // the parser's own test
    AnalysisContext context;
    context.catalog = &catalog_;
    context.tables = &tables_;
    context.settings = &settings_;
    context.current_schema = {"spark_catalog", "default"};
    context.temporary_views = &views_;
    context.variables = &variables_;
    context.statement_time_micros = 1'700'000'000'000'000;
    context.user = "test";
    context.sql_text = block.query;
    if (statement->query == nullptr) {
      Apply(*statement->command, context);
      return Outcome::kSkipped;
    }
    auto analyzed = AnalyzeQuery(*statement->query, context);
    const size_t brace = block.output.find("\"errorClass\"");
    if (!analyzed) {
      got = analyzed.error().ToString();
      if (brace == std::string::npos) return Outcome::kDifferent;
      auto json = ParseJson(block.output.substr(block.output.find('{')));
      if (!json) return Outcome::kSkipped;
      if (json->StringOr("errorClass", "") != analyzed.error().condition) return Outcome::kDifferent;
      if (const JsonValue* parameters = json->Find("messageParameters")) {
        for (const auto& [key, value] : parameters->AsObject()) {
          auto found = analyzed.error().parameters.find(key);
          if (key == "treeNode") continue;
          if (found == analyzed.error().parameters.end() || found->second != value.AsString()) {
            got += "\n  parameter " + key + ": " + (found == analyzed.error().parameters.end() ? "absent" : found->second) + " wanted " + value.AsString();
            return Outcome::kDifferent;
          }
        }
      }
      return Outcome::kSame;
    }
    if (brace != std::string::npos) {
      static constexpr const char* kRunTime[] = {"CAST_INVALID_INPUT", "ARITHMETIC_OVERFLOW", "DIVIDE_BY_ZERO", "CAST_OVERFLOW", "CANNOT_PARSE", "INVALID_ARRAY_INDEX", "NUMERIC_VALUE", "CONVERSION_", "DATETIME_FIELD", "INVALID_INDEX_OF_ZERO", "INCONSISTENT_BEHAVIOR", "INTERVAL_", "INVALID_DATETIME", "SCALAR_SUBQUERY_TOO", "KLL_", "HLL_", "THETA_", "ST_INVALID", "INVALID_PARAMETER_VALUE", "MALFORMED", "INVALID_FRACTION", "INVALID_REGEX", "ROW_SUBQUERY"};
      for (const char* name : kRunTime) {
        if (block.output.find(std::string("\"errorClass\" : \"") + name) != std::string::npos) return Outcome::kSkipped;
      }
      got = "no error";
      return Outcome::kDifferent;
    }
    if (block.schema == "struct<>") return Outcome::kSkipped;  // failed while running, or a command
    got = "struct<";
    for (const auto& field : plan::OutputSchema(*analyzed->plan)) got += (got.size() > 7 ? "," : "") + field.name + ":" + field.type.CatalogString();
    got += ">";
    return got == block.schema ? Outcome::kSame : Outcome::kDifferent;
  }

 private:
  void Apply(const plan::Command& command, const AnalysisContext& context) {
    if (const auto* view = command.As<plan::CreateView>()) {
      TemporaryView stored;
      stored.relation = view->query.query;
      stored.text = view->query.text;
      for (const auto& column : view->columns) stored.columns.push_back(column.name.back());
      if (view->scope != plan::ViewScope::kPersistent) {
        views_[ToLower(view->name.parts.back())] = stored;
        return;
      }
      auto analyzed = AnalyzeQuery(*view->query.query, context);
      if (!analyzed) return;
      TableInfo info;
      info.name = {"spark_catalog", view->name.parts.size() > 1 ? view->name.parts[view->name.parts.size() - 2] : "default", view->name.parts.back()};
      info.kind = TableKind::kView;
      info.view_text = view->query.text;
      info.view_catalog = "spark_catalog";
      info.view_schema = "default";
      info.schema = plan::OutputSchema(*analyzed->plan);
      for (size_t i = 0; i < stored.columns.size() && i < info.schema.size(); ++i) info.schema[i].name = stored.columns[i];
      (void)catalog_.CreateTable(info);
      return;
    }
    if (const auto* drop = command.As<plan::DropView>()) {
      (void)drop;
      return;
    }
    if (const auto* table = command.As<plan::CreateTable>()) {
      TableInfo info;
      info.name = {"spark_catalog", table->name.parts.size() > 1 ? table->name.parts[table->name.parts.size() - 2] : "default", table->name.parts.empty() ? "" : table->name.parts.back()};
      if (table->query) {
        auto analyzed = AnalyzeQuery(*table->query->query, context);
        if (!analyzed) return;
        info.schema = plan::OutputSchema(*analyzed->plan);
      } else {
        for (const auto& column : table->spec.columns) info.schema.push_back({column.name.back(), column.type.value_or(plan::DataType::String()), true, ""});
      }
      (void)catalog_.CreateTable(info);
      return;
    }
    if (const auto* set = command.As<plan::SetConfig>(); set != nullptr && set->value) settings_[set->key] = *set->value;
  }

  Settings settings_;
  MemoryCatalog catalog_;
  SchemaTables tables_;
  std::map<std::string, TemporaryView> views_;
  std::map<std::string, SessionVariable> variables_;
};

Settings SettingsOf(const fs::path& root, const std::string& file) {
  Settings settings;
  std::ifstream in(root / "SETTINGS.tsv");
  std::string line;
  std::vector<std::array<std::string, 3>> rows;
  while (std::getline(in, line)) {
    if (line.starts_with('#')) continue;
    const size_t a = line.find('\t'), b = line.find('\t', a + 1);
    if (a == std::string::npos || b == std::string::npos) continue;
    rows.push_back({line.substr(0, a), line.substr(a + 1, b - a - 1), line.substr(b + 1)});
  }
  for (int pass = 0; pass < 3; ++pass) {
    for (const auto& [where, key, value] : rows) {
      const int rank = where.empty() ? 0 : where.ends_with('/') ? 1 : 2;
      if (rank == pass && (where.empty() || file.starts_with(where))) settings[key] = value;
    }
  }
  return settings;
}

TEST(Corpus, SchemasAndErrors) {
  const fs::path root = Corpora() / "spark-sql";
  if (!fs::exists(root)) GTEST_SKIP() << "no corpora here";
  const char* only = std::getenv("CRANNOG_CORPUS_FILE");
  int same = 0, different = 0;
  std::map<std::string, std::pair<int, int>> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (!entry.path().string().ends_with(".sql.out")) continue;
    const std::string name = fs::relative(entry.path(), root).string();
    if (only != nullptr && name.find(only) == std::string::npos) continue;
    Session session(SettingsOf(root, name));
    for (const Block& block : ReadBlocks(entry.path())) {
      std::string got;
      const auto outcome = session.Run(block, got);
      if (outcome == Session::Outcome::kSame) {
        ++same;
        ++files[name].first;
      }
      if (outcome != Session::Outcome::kDifferent) continue;
      ++different;
      ++files[name].second;
      if (only != nullptr) {
        const size_t at = block.output.find("\"errorClass\"");
        std::cout << "-- " << name << "\n" << block.query << "\n  wanted " << (at == std::string::npos ? block.schema : block.output.substr(at, 300)) << "\n  got    " << got << "\n";
      }
    }
  }
  for (const auto& [name, counts] : files) {
    if (counts.second > 0) std::cout << name << ": " << counts.first << " same, " << counts.second << " different\n";
  }
  std::cout << "statements same: " << same << ", different: " << different << "\n";
  if (only == nullptr) EXPECT_GT(same, (same + different) * 80 / 100);
}

}  // namespace
}  // namespace crannog::analyze
