#include "services/catalog/catalog_client_adapter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/catalog/object_json.h"
#include "store/test_databases.h"

namespace crannog::catalog {
namespace {

using plan::DataType;

class AdapterTest : public testing::Test {
 protected:
  void SetUp() override {
    database_ = store::OpenDatabase("sqlite:" + folder_.Path() + "/m.db", {.durability = store::Durability::kInMemory}).value();
    principals_ = std::make_unique<iam::Principals>(*database_, SystemClock(), SystemRandom());
    ASSERT_TRUE(principals_->Prepare());
    catalog_ = std::make_unique<Catalog>(*database_, *principals_, SystemClock(), SystemRandom(), CatalogOptions{.managed_root = "file:///managed"});
    ASSERT_TRUE(catalog_->Prepare());
    for (const char* name : {"ada", "bob"}) {
      iam::Principal draft;
      draft.name = draft.display_name = name;
      draft.attributes = JsonValue(JsonValue::Object{});
      ASSERT_TRUE(principals_->Create(std::move(draft)));
    }
  }
  CatalogClientAdapter As(const std::string& who) { return CatalogClientAdapter(*catalog_, *principals_, SystemClock(), who); }

  store::TemporaryFolder folder_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<iam::Principals> principals_;
  std::unique_ptr<Catalog> catalog_;
};

plan::Schema EveryType() {
  return {{"id", DataType::Long(), false, R"({"comment":"the key"})"},
          {"amount", DataType::Decimal(10, 2)},
          {"at", DataType::Timestamp()},
          {"tags", DataType::Map(DataType::String(), DataType::Array(DataType::Int(), false))},
          {"place", DataType::Struct({{"x", DataType::Double(), false}, {"y", DataType::Date()}})},
          {"code", DataType::Varchar(3)},
          {"v", DataType::Variant()}};
}

TEST_F(AdapterTest, ATableComesBackAsItWasMade) {
  auto ada = As("ada");
  analyze::TableInfo info;
  info.name = {"main", "default", "sales"};
  info.schema = EveryType();
  info.partition_columns = {"code"};
  info.properties = {{"delta.appendOnly", "true"}};
  info.comment = "all sales";
  info.location = ada.ManagedLocation(info.name).value();
  info.constraints = {{"pk", "PRIMARY KEY", "(`id`)"}, {"fk", "FOREIGN KEY", "(code) REFERENCES main.default.codes (c)"}};
  auto created = ada.CreateTable(info);
  ASSERT_TRUE(created) << created.error().ToString();
  auto found = ada.FindTable({"MAIN", "Default", "SALES"});
  ASSERT_TRUE(found && *found);
  const analyze::TableInfo& table = **found;
  EXPECT_EQ(table.schema, info.schema);
  EXPECT_EQ(table.partition_columns, info.partition_columns);
  EXPECT_EQ(table.properties, info.properties);
  EXPECT_EQ(table.location, info.location);
  EXPECT_EQ(table.owner, "ada");
  EXPECT_EQ(table.constraints.size(), 2u);
  EXPECT_EQ(WriteJson(ConstraintToRest(table.constraints[1])),
            R"({"foreign_key_constraint":{"name":"fk","child_columns":["code"],"parent_table":"main.default.codes","parent_columns":["c"]}})");
  EXPECT_FALSE(*As("bob").FindTable(info.name)) << "bob may not see it";
}

TEST_F(AdapterTest, ColumnsHaveDatabricksTypeTexts) {
  Draft draft = ToDraft(analyze::TableInfo{.name = {"c", "s", "t"}, .schema = {{"id", DataType::Long(), false}}});
  EXPECT_EQ(WriteJson(draft.details.Find("columns")->AsArray()[0]),
            R"({"name":"id","type_text":"bigint","type_name":"LONG","position":0,"nullable":false,)"
            R"("type_json":"{\"name\":\"id\",\"type\":\"long\",\"nullable\":false,\"metadata\":{}}"})");
}

TEST_F(AdapterTest, FunctionsAndVolumesComeBack) {
  auto ada = As("ada");
  analyze::FunctionInfo function;
  function.name = {"main", "default", "twice"};
  function.parameters = {{.name = "x", .type = DataType::Int(), .default_text = "1"}};
  function.return_type = DataType::Int();
  function.body = "x * 2";
  ASSERT_TRUE(ada.CreateFunction(function, false));
  EXPECT_EQ(ada.CreateFunction(function, false).error().condition, "ROUTINE_ALREADY_EXISTS");
  function.body = "x + x";
  ASSERT_TRUE(ada.CreateFunction(function, true));
  auto found = ada.FindFunction(function.name);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->body, "x + x");
  EXPECT_EQ((*found)->parameters[0].type, DataType::Int());
  EXPECT_EQ((*found)->parameters[0].default_text, "1");
  EXPECT_EQ((*found)->return_type, DataType::Int());
  ASSERT_TRUE(ada.CreateVolume({.name = {"main", "default", "raw"}}));
  auto volume = ada.FindVolume({"main", "default", "raw"});
  ASSERT_TRUE(volume && *volume);
  EXPECT_TRUE((*volume)->location.starts_with("file:///managed/volumes/"));
}

TEST_F(AdapterTest, SparkCatalogIsHiveMetastoreForEverybody) {
  auto bob = As("bob");
  ASSERT_TRUE(bob.CreateSchema({.name = {"spark_catalog", "db"}}));
  analyze::TableInfo info{.name = {"hive_metastore", "db", "t"}, .location = "file:///managed/tables/1"};
  ASSERT_TRUE(bob.CreateTable(info));
  EXPECT_TRUE(*As("ada").FindTable({"spark_catalog", "db", "t"}));
  EXPECT_TRUE(As("ada").Require(analyze::Privilege::kSelect, {analyze::SecurableKind::kTable, {"spark_catalog", "db", "t"}}));
}

TEST_F(AdapterTest, TheInformationSchemaShowsWhatOneMaySee) {
  auto ada = As("ada");
  ASSERT_TRUE(ada.CreateTable({.name = {"main", "default", "it's"}, .location = "file:///managed/tables/1", .schema = EveryType()}));
  auto tables = ada.FindTable({"main", "INFORMATION_SCHEMA", "Tables"});
  ASSERT_TRUE(tables && *tables) << tables.error().ToString();
  EXPECT_EQ((*tables)->kind, analyze::TableKind::kView);
  EXPECT_EQ((*tables)->schema[2].name, "table_name");
  EXPECT_NE((*tables)->view_text.find("('main', 'default', 'it\\'s', 'MANAGED', 'YES'"), std::string::npos) << (*tables)->view_text;
  auto columns = ada.FindTable({"system", "information_schema", "columns"});
  ASSERT_TRUE(columns && *columns);
  EXPECT_NE((*columns)->view_text.find("'decimal(10,2)', 'DECIMAL'"), std::string::npos);
  auto bobs = As("bob").FindTable({"main", "information_schema", "tables"});
  ASSERT_TRUE(bobs && *bobs);
  EXPECT_TRUE((*bobs)->view_text.ends_with(" WHERE false")) << (*bobs)->view_text;
  EXPECT_FALSE(*ada.FindTable({"main", "information_schema", "nothing"}));
  EXPECT_TRUE(As("bob").Require(analyze::Privilege::kSelect, {analyze::SecurableKind::kTable, {"main", "information_schema", "tables"}}));
  EXPECT_FALSE(ada.CreateTable({.name = {"main", "information_schema", "x"}, .location = "file:///managed/tables/2"}));
  const std::vector<analyze::TableInfo> views = ada.ListTables({"main", "information_schema"}).value();
  for (const analyze::TableInfo& view : views) {
    auto found = ada.FindTable(view.name);
    EXPECT_TRUE(found && *found) << view.name.name;
  }
}

TEST_F(AdapterTest, GrantsShowAsSqlSpellsThem) {
  auto ada = As("ada");
  ASSERT_TRUE(ada.CreateTable({.name = {"main", "default", "t"}, .location = "file:///managed/tables/1"}));
  const analyze::Securable table{analyze::SecurableKind::kTable, {"main", "default", "t"}};
  ASSERT_TRUE(ada.GrantPrivileges(table, "bob", {"SELECT", "MODIFY"}));
  auto grants = ada.ListGrants(table, "bob");
  ASSERT_EQ(grants->size(), 2u);
  EXPECT_EQ((*grants)[0].privilege, "MODIFY");
  EXPECT_TRUE(As("bob").Require(analyze::Privilege::kModify, table));
  ASSERT_TRUE(ada.RevokePrivileges(table, "bob", {"MODIFY"}));
  EXPECT_FALSE(As("bob").Require(analyze::Privilege::kModify, table));
  EXPECT_FALSE(As("bob").DropTable({"main", "default", "t"}));
  ASSERT_TRUE(ada.SetOwner(table, "bob"));
  EXPECT_TRUE(As("bob").DropTable({"main", "default", "t"}));
  EXPECT_TRUE(As("bob").UndropTable({"main", "default", "t"}));
}

TEST_F(AdapterTest, WriterMayNoteContentButNotMoveTheTable) {
  auto ada = As("ada");
  analyze::TableInfo info{.name = {"main", "default", "t"}, .location = "file:///managed/tables/1"};
  ASSERT_TRUE(ada.CreateTable(info));
  ASSERT_TRUE(ada.GrantPrivileges({analyze::SecurableKind::kTable, {"main", "default", "t"}}, "bob", {"MODIFY", "SELECT"}));
  info.schema = {{"a", DataType::Int()}};
  EXPECT_TRUE(As("bob").AlterTable(info));
  info.location = "file:///elsewhere";
  EXPECT_FALSE(As("bob").AlterTable(info));
  EXPECT_FALSE(As("bob").RenameTable(info.name, {"main", "default", "u"}));
}

}  // namespace
}  // namespace crannog::catalog
