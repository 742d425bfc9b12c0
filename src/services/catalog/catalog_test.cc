#include "services/catalog/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "store/test_databases.h"

namespace crannog::catalog {
namespace {

using testing::ElementsAre;

class ManualClock final : public Clock {
 public:
  int64_t NowMicros() const override { return now_ms * 1000; }
  int64_t MonotonicNanos() const override { return now_ms * 1'000'000; }
  int64_t now_ms = 1'700'000'000'000;
};

/// The cases of reference/governance.md section 7 that need no data. Numbers in the names are theirs.
class CatalogTest : public store::EachDatabase {
 protected:
  void SetUp() override {
    store::EachDatabase::SetUp();
    if (IsSkipped()) return;
    principals_ = std::make_unique<iam::Principals>(*database_, clock_, SystemRandom());
    ASSERT_TRUE(principals_->Prepare());
    catalog_ = std::make_unique<Catalog>(*database_, *principals_, clock_, SystemRandom(),
                                         CatalogOptions{.managed_root = "file:///managed"});
    auto prepared = catalog_->Prepare();
    ASSERT_TRUE(prepared) << prepared.error().ToString();
    AddUser("admin");
    iam::Principal admins = principals_->FindByName("admins").value().value();
    admins.members.push_back(principals_->FindByName("admin").value()->id);
    ASSERT_TRUE(principals_->Replace(admins));
    for (const char* name : {"ada", "bob", "eve"}) AddUser(name);
  }
  iam::Principal Add(iam::PrincipalKind kind, const std::string& name, std::vector<iam::PrincipalId> members = {}) {
    iam::Principal draft;
    draft.kind = kind;
    draft.name = draft.display_name = name;
    draft.attributes = JsonValue(JsonValue::Object{});
    draft.members = std::move(members);
    auto created = principals_->Create(std::move(draft));
    EXPECT_TRUE(created) << created.error().ToString();
    return *created;
  }
  void AddUser(const std::string& name) { Add(iam::PrincipalKind::kUser, name); }
  Actor As(const std::string& name) { return catalog_->ActorOf(name).value(); }
  Result<Securable> Make(const std::string& who, Kind kind, const std::string& name) {
    Draft draft{.kind = kind, .names = SplitNames(name)};
    if (kind == Kind::kTable) {
      draft.details.Set("table_type", "MANAGED");
      draft.location = "file:///managed/tables/" + SystemRandom().NextHex(4);
    }
    if (kind == Kind::kVolume) draft.details.Set("volume_type", "MANAGED");
    return catalog_->Create(As(who), std::move(draft));
  }
  Result<> Grant(const std::string& who, Kind kind, const std::string& name, const std::string& to, std::vector<std::string> privileges) {
    return catalog_->ChangeGrants(As(who), kind, kind == Kind::kMetastore ? Names{} : SplitNames(name),
                                  {{.principal = to, .add = std::move(privileges)}});
  }
  Result<> Revoke(const std::string& who, Kind kind, const std::string& name, const std::string& from, std::vector<std::string> privileges) {
    return catalog_->ChangeGrants(As(who), kind, SplitNames(name), {{.principal = from, .remove = std::move(privileges)}});
  }
  /// "" when the actor may, else the condition or code of the refusal.
  std::string May(const std::string& who, const std::string& privilege, Kind kind, const std::string& name) {
    auto checked = catalog_->Require(As(who), privilege, kind, SplitNames(name));
    if (checked) return "";
    return checked.error().condition.empty() ? std::string(ErrorCodeName(checked.error().code)) : checked.error().condition;
  }
  std::vector<std::string> List(const std::string& who, Kind kind, const std::string& parent) {
    auto listed = catalog_->List(As(who), kind, parent.empty() ? Names{} : SplitNames(parent));
    std::vector<std::string> names;
    if (!listed) return {"error: " + listed.error().condition};
    for (const Securable& object : listed->objects) names.push_back(object.Name());
    return names;
  }

  ManualClock clock_;
  std::unique_ptr<iam::Principals> principals_;
  std::unique_ptr<Catalog> catalog_;
};

INSTANTIATE_TEST_SUITE_P(Catalog, CatalogTest, testing::Values("sqlite", "postgresql"), [](const auto& info) { return info.param; });

TEST_P(CatalogTest, StartsWithMainAndDefaultForEverybody) {
  EXPECT_THAT(List("eve", Kind::kCatalog, ""), ElementsAre("hive_metastore", "main", "system"));
  auto made = Make("eve", Kind::kTable, "main.default.T1");
  ASSERT_TRUE(made) << made.error().ToString();
  EXPECT_EQ(made->FullName(), "main.default.t1") << "Unity Catalog keeps names in lower case";
  EXPECT_EQ(catalog_->PrincipalName(made->owner_id), "eve");
  EXPECT_EQ(Make("eve", Kind::kTable, "main.default.t1").error().condition, "TABLE_OR_VIEW_ALREADY_EXISTS");
  EXPECT_EQ(Make("eve", Kind::kTable, "main.nowhere.t1").error().condition, "SCHEMA_NOT_FOUND");
  EXPECT_EQ(Make("eve", Kind::kSchema, "main.s").error().condition, "INSUFFICIENT_PERMISSIONS");
  ASSERT_TRUE(catalog_->Prepare()) << "a second start";
}

TEST_P(CatalogTest, Case1SelectWithoutTheUseChainNamesWhatIsMissing) {
  ASSERT_TRUE(Make("admin", Kind::kSchema, "main.s"));
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.s.t"));
  ASSERT_TRUE(Grant("admin", Kind::kTable, "main.s.t", "ada", {"SELECT"}));
  auto checked = catalog_->Require(As("ada"), "SELECT", Kind::kTable, {"main", "s", "t"});
  EXPECT_EQ(checked.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(checked.error().sql_state, "42501");
  EXPECT_NE(checked.error().message.find("USE SCHEMA on Schema 'main.s'"), std::string::npos) << checked.error().message;
}

TEST_P(CatalogTest, Case2GrantsOnASchemaReachLaterTables) {
  ASSERT_TRUE(Make("admin", Kind::kSchema, "main.s"));
  ASSERT_TRUE(Grant("admin", Kind::kSchema, "main.s", "ada", {"USE SCHEMA", "SELECT"}));
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.s.later"));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.s.later"), "");
  auto rows = catalog_->ListGrants(As("ada"), Kind::kTable, {"main", "s", "later"}, "ada", Catalog::Inherited::kYes);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().on_kind, Kind::kSchema);
  EXPECT_EQ(rows->front().on_name, "main.s");
  EXPECT_THAT(PrivilegeNames(rows->front().privileges), ElementsAre("SELECT"));
}

TEST_P(CatalogTest, Case3AllPrivilegesIsNoManage) {
  ASSERT_TRUE(Make("admin", Kind::kCatalog, "c"));
  ASSERT_TRUE(Make("admin", Kind::kTable, "c.default.t"));
  ASSERT_TRUE(Grant("admin", Kind::kCatalog, "c", "ada", {"ALL PRIVILEGES"}));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "c.default.t"), "");
  EXPECT_EQ(May("ada", "EXTERNAL USE SCHEMA", Kind::kSchema, "c.default"), "INSUFFICIENT_PERMISSIONS");
  EXPECT_EQ(Grant("ada", Kind::kTable, "c.default.t", "bob", {"SELECT"}).error().condition, "INSUFFICIENT_PERMISSIONS");
}

TEST_P(CatalogTest, Case4ManageGivesNoDataButMayGrant) {
  ASSERT_TRUE(Make("admin", Kind::kSchema, "main.s"));
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.s.t"));
  ASSERT_TRUE(Grant("admin", Kind::kSchema, "main.s", "ada", {"USE SCHEMA", "MANAGE"}));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.s.t"), "INSUFFICIENT_PERMISSIONS");
  ASSERT_TRUE(Grant("ada", Kind::kTable, "main.s.t", "ada", {"SELECT"}));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.s.t"), "");
}

TEST_P(CatalogTest, Case5ASchemasOwnerManagesButDoesNotRead) {
  ASSERT_TRUE(Make("admin", Kind::kSchema, "main.s"));
  ASSERT_TRUE(catalog_->Update(As("admin"), Kind::kSchema, {"main", "s"}, {.owner = "ada"}));
  ASSERT_TRUE(Grant("ada", Kind::kSchema, "main.s", "bob", {"USE SCHEMA", "CREATE TABLE"}));
  ASSERT_TRUE(Make("bob", Kind::kTable, "main.s.t"));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.s.t"), "INSUFFICIENT_PERMISSIONS");
  ASSERT_TRUE(Grant("ada", Kind::kTable, "main.s.t", "ada", {"SELECT"}));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.s.t"), "");
}

TEST_P(CatalogTest, Case6BrowseSeesNamesOnly) {
  ASSERT_TRUE(Make("admin", Kind::kCatalog, "c"));
  ASSERT_TRUE(Make("admin", Kind::kTable, "c.default.t"));
  ASSERT_TRUE(Grant("admin", Kind::kCatalog, "c", "ada", {"BROWSE"}));
  EXPECT_THAT(List("ada", Kind::kTable, "c.default"), ElementsAre("t"));
  auto found = catalog_->Get(As("ada"), Kind::kTable, {"c", "default", "t"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->location, "");
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "c.default.t"), "INSUFFICIENT_PERMISSIONS");
}

TEST_P(CatalogTest, Case7WhatMayNotBeSeenIsAsAbsentAsWhatIsNot) {
  ASSERT_TRUE(Make("admin", Kind::kSchema, "main.s"));
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.s.t"));
  auto hidden = catalog_->Get(As("eve"), Kind::kTable, {"main", "s", "t"}).error();
  auto absent = catalog_->Get(As("eve"), Kind::kTable, {"main", "s", "u"}).error();
  EXPECT_EQ(hidden.code, absent.code);
  EXPECT_EQ(hidden.condition, absent.condition);
  std::string expected = absent.message;
  expected.replace(expected.find("`u`"), 3, "`t`");
  EXPECT_EQ(hidden.message, expected);
  EXPECT_EQ(May("eve", "SELECT", Kind::kTable, "main.s.t"), May("eve", "SELECT", Kind::kTable, "main.s.u"));
  EXPECT_THAT(List("eve", Kind::kTable, "main.s"), ElementsAre("error: SCHEMA_NOT_FOUND"));
  EXPECT_THAT(List("eve", Kind::kTable, "main.none"), ElementsAre("error: SCHEMA_NOT_FOUND"));
}

TEST_P(CatalogTest, Case8NestedGroupsCountAtOnce) {
  auto ada = principals_->FindByName("ada").value().value();
  iam::Principal inner = Add(iam::PrincipalKind::kGroup, "data-engineers", {ada.id});
  Add(iam::PrincipalKind::kGroup, "all data people", {inner.id});
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.default.t"));
  ASSERT_TRUE(Grant("admin", Kind::kTable, "main.default.t", "all data people", {"SELECT"}));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.default.t"), "");
  inner.members.clear();
  ASSERT_TRUE(principals_->Replace(inner));
  EXPECT_NE(May("ada", "SELECT", Kind::kTable, "main.default.t"), "");
}

TEST_P(CatalogTest, Case9MetastoreGrantsDoNotInherit) {
  ASSERT_TRUE(Make("admin", Kind::kCatalog, "c"));
  ASSERT_TRUE(Grant("admin", Kind::kMetastore, "", "ada", {"CREATE CATALOG"}));
  EXPECT_EQ(May("ada", "USE CATALOG", Kind::kCatalog, "c"), "CATALOG_NOT_FOUND");
  ASSERT_TRUE(Make("ada", Kind::kCatalog, "mine"));
  EXPECT_EQ(May("ada", "CREATE SCHEMA", Kind::kCatalog, "mine"), "");
  EXPECT_EQ(Grant("admin", Kind::kMetastore, "", "ada", {"SELECT"}).error().code, ErrorCode::kInvalidParameterValue);
}

TEST_P(CatalogTest, Case11ANewTableOfAnOldNameHasNoOldGrants) {
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.default.t"));
  ASSERT_TRUE(Grant("admin", Kind::kTable, "main.default.t", "ada", {"SELECT"}));
  ASSERT_TRUE(catalog_->Drop(As("admin"), Kind::kTable, {"main", "default", "t"}, DropMode::kRestrict));
  ASSERT_TRUE(Make("admin", Kind::kTable, "main.default.t"));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.default.t"), "TABLE_OR_VIEW_NOT_FOUND");
}

TEST_P(CatalogTest, Case13PagesHoldOnlyWhatMayBeSeenAndAreNeverEmpty) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Make("admin", Kind::kSchema, "main.s" + std::to_string(i)));
  for (const char* name : {"main.s1", "main.s4"}) ASSERT_TRUE(Grant("admin", Kind::kSchema, name, "ada", {"USE SCHEMA"}));
  std::vector<std::string> seen;
  std::string after;
  do {
    auto page = catalog_->List(As("ada"), Kind::kSchema, {"main"}, {.after = after, .count_max = 1});
    ASSERT_TRUE(page);
    ASSERT_EQ(page->objects.size(), 1u);
    seen.push_back(page->objects[0].Name());
    after = page->next;
  } while (!after.empty());
  EXPECT_THAT(seen, ElementsAre("default", "information_schema", "s1", "s4"));
}

TEST_P(CatalogTest, RenamedObjectsKeepGrantsAndRefuseTakenNames) {
  ASSERT_TRUE(Make("ada", Kind::kTable, "main.default.a"));
  ASSERT_TRUE(Make("ada", Kind::kTable, "main.default.b"));
  ASSERT_TRUE(Grant("ada", Kind::kTable, "main.default.a", "bob", {"SELECT"}));
  EXPECT_EQ(catalog_->Update(As("ada"), Kind::kTable, {"main", "default", "a"}, {.new_names = Names{"main", "default", "b"}}).error().condition,
            "TABLE_OR_VIEW_ALREADY_EXISTS");
  ASSERT_TRUE(catalog_->Update(As("ada"), Kind::kTable, {"main", "default", "a"}, {.new_names = Names{"main", "default", "c"}}));
  EXPECT_EQ(May("bob", "SELECT", Kind::kTable, "main.default.c"), "");
  EXPECT_EQ(May("bob", "SELECT", Kind::kTable, "main.default.a"), "TABLE_OR_VIEW_NOT_FOUND");
}

TEST_P(CatalogTest, DroppedTablesComeBackWithinTheRetention) {
  ASSERT_TRUE(Make("ada", Kind::kTable, "main.default.t"));
  ASSERT_TRUE(Grant("ada", Kind::kTable, "main.default.t", "bob", {"SELECT"}));
  ASSERT_TRUE(catalog_->Drop(As("ada"), Kind::kTable, {"main", "default", "t"}, DropMode::kRestrict));
  EXPECT_EQ(May("ada", "SELECT", Kind::kTable, "main.default.t"), "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_FALSE(catalog_->Undrop(As("eve"), Kind::kTable, {"main", "default", "t"}));
  auto back = catalog_->Undrop(As("ada"), Kind::kTable, {"main", "default", "t"});
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(May("bob", "SELECT", Kind::kTable, "main.default.t"), "");
  ASSERT_TRUE(catalog_->Drop(As("ada"), Kind::kTable, {"main", "default", "t"}, DropMode::kRestrict));
  clock_.now_ms += catalog_->options().retention_ms + 1;
  EXPECT_EQ(catalog_->Undrop(As("ada"), Kind::kTable, {"main", "default", "t"}).error().code, ErrorCode::kNotFound);
}

TEST_P(CatalogTest, DataOfDroppedManagedTablesIsRemovedWhenTheRetentionEnds) {
  store::Scheduler scheduler(*database_, clock_, SystemRandom());
  ASSERT_TRUE(scheduler.Prepare());
  std::vector<std::string> removed;
  ASSERT_TRUE(catalog_->Schedule(scheduler, [&removed](const std::string& location) -> Result<> {
    removed.push_back(location);
    return {};
  }));
  auto table = Make("ada", Kind::kTable, "main.default.t");
  ASSERT_TRUE(catalog_->Drop(As("ada"), Kind::kTable, {"main", "default", "t"}, DropMode::kRestrict));
  clock_.now_ms += 600'000;
  ASSERT_TRUE(scheduler.RunDue());
  EXPECT_TRUE(removed.empty());
  clock_.now_ms += catalog_->options().retention_ms;
  ASSERT_TRUE(scheduler.RunDue());
  EXPECT_THAT(removed, ElementsAre(table->location));
  EXPECT_TRUE(database_->Query("SELECT id FROM securable WHERE id = ?", {table->id})->empty());
}

TEST_P(CatalogTest, SchemasWithObjectsAreDroppedByCascadeOnly) {
  ASSERT_TRUE(Make("admin", Kind::kCatalog, "c"));
  ASSERT_TRUE(Make("admin", Kind::kTable, "c.default.t"));
  EXPECT_EQ(catalog_->Drop(As("admin"), Kind::kSchema, {"c", "default"}, DropMode::kRestrict).error().condition, "SCHEMA_NOT_EMPTY");
  EXPECT_FALSE(catalog_->Drop(As("admin"), Kind::kCatalog, {"c"}, DropMode::kRestrict));
  ASSERT_TRUE(catalog_->Drop(As("admin"), Kind::kCatalog, {"c"}, DropMode::kCascade));
  EXPECT_FALSE(catalog_->Get(As("admin"), Kind::kTable, {"c", "default", "t"}));
  ASSERT_TRUE(Make("admin", Kind::kCatalog, "c"));
  EXPECT_TRUE(catalog_->Drop(As("admin"), Kind::kCatalog, {"c"}, DropMode::kRestrict)) << "nothing but an empty default schema";
}

TEST_P(CatalogTest, PathsNeedAnExternalLocationAndManagedStorageIsOutOfReach) {
  auto external = [&](const std::string& who, const std::string& location) {
    Draft draft{.kind = Kind::kTable, .names = {"main", "default", "e" + SystemRandom().NextHex(4)}, .location = location};
    draft.details.Set("table_type", "EXTERNAL");
    return catalog_->Create(As(who), std::move(draft));
  };
  EXPECT_EQ(external("ada", "s3://lake/raw/t").error().condition, "INSUFFICIENT_PERMISSIONS");
  Draft location{.kind = Kind::kExternalLocation, .names = {"Raw"}, .location = "s3://lake/raw/"};
  ASSERT_TRUE(catalog_->Create(As("admin"), location));
  EXPECT_EQ(external("ada", "s3://lake/raw/t").error().condition, "INSUFFICIENT_PERMISSIONS");
  ASSERT_TRUE(Grant("admin", Kind::kExternalLocation, "Raw", "ada", {"CREATE EXTERNAL TABLE"}));
  EXPECT_TRUE(external("ada", "s3://lake/raw/t"));
  EXPECT_FALSE(external("ada", "s3://lake/rawer/t")) << "a prefix of the name is no parent";
  EXPECT_FALSE(external("ada", "s3://lake/raw/../secret/t"));
  EXPECT_EQ(external("admin", "file:///managed/tables/1").error().code, ErrorCode::kPermissionDenied);
  location.names = {"inner"};
  location.location = "s3://lake/raw/inner";
  EXPECT_EQ(catalog_->Create(As("admin"), location).error().code, ErrorCode::kInvalidParameterValue) << "overlap";
}

TEST_P(CatalogTest, NamesAreChecked) {
  for (const char* name : {"", "a b", "a/b", "a\nb"}) {
    Draft draft{.kind = Kind::kSchema, .names = {"main", name}};
    EXPECT_EQ(catalog_->Create(As("admin"), draft).error().code, ErrorCode::kInvalidParameterValue) << name;
  }
  EXPECT_FALSE(catalog_->Get(As("admin"), Kind::kTable, {"main", "default"}));
  EXPECT_EQ(Grant("admin", Kind::kCatalog, "main", "nobody", {"SELECT"}).error().code, ErrorCode::kNotFound);
}

TEST_P(CatalogTest, TagsNeedApplyTag) {
  ASSERT_TRUE(Make("ada", Kind::kTable, "main.default.t"));
  EXPECT_FALSE(catalog_->ChangeTags(As("bob"), Kind::kTable, {"main", "default", "t"}, {{.name = "pii", .value = "yes"}}, {}));
  ASSERT_TRUE(Grant("ada", Kind::kTable, "main.default.t", "bob", {"APPLY TAG"}));
  ASSERT_TRUE(catalog_->ChangeTags(As("bob"), Kind::kTable, {"main", "default", "t"},
                                   {{.name = "pii", .value = "yes"}, {.column = "email", .name = "pii", .value = "email"}}, {}));
  ASSERT_TRUE(catalog_->ChangeTags(As("bob"), Kind::kTable, {"main", "default", "t"}, {}, {{"", "pii"}}));
  auto tags = catalog_->ListTags(As("ada"), Kind::kTable, {"main", "default", "t"});
  ASSERT_EQ(tags->size(), 1u);
  EXPECT_EQ(tags->front().column, "email");
}

// Case 12, with a model written from the rules: owners, grants, inheritance, the USE chain, ALL PRIVILEGES.
TEST_P(CatalogTest, Case12RandomChangesAgreeWithTheBruteForceModel) {
  std::mt19937 random(12);
  const std::vector<std::string> users = {"ada", "bob", "eve"};
  struct Object {
    Kind kind;
    std::string name;
    std::string owner = "admin";
    std::map<std::string, std::set<std::string>> grants;
  };
  std::vector<Object> objects;
  auto add = [&](Kind kind, const std::string& name) {
    auto made = Make("admin", kind, name);
    ASSERT_TRUE(made) << made.error().ToString();
    objects.push_back({kind, name});
  };
  add(Kind::kCatalog, "c");
  for (const char* schema : {"c.s1", "c.s2"}) {
    add(Kind::kSchema, schema);
    for (const char* table : {".t1", ".t2"}) add(Kind::kTable, std::string(schema) + table);
  }
  auto find = [&](const std::string& name) -> Object& { return *std::ranges::find(objects, name, &Object::name); };
  auto chain_of = [&](const Object& object) {
    std::vector<Object*> chain;
    for (size_t dot = object.name.find('.');; dot = object.name.find('.', dot + 1)) {
      chain.push_back(&find(object.name.substr(0, dot)));
      if (dot == std::string::npos) return chain;
    }
  };
  auto holds = [&](const std::string& user, const std::string& privilege, const std::vector<Object*>& chain, size_t level) {
    if (chain[level]->owner == user) return true;
    for (size_t i = 0; i <= level; ++i) {
      auto found = chain[i]->grants.find(user);
      if (found == chain[i]->grants.end()) continue;
      if (found->second.contains(privilege) || found->second.contains("ALL_PRIVILEGES")) return true;
    }
    return false;
  };
  auto model_may_select = [&](const std::string& user, const Object& table) {
    const std::vector<Object*> chain = chain_of(table);
    return holds(user, "SELECT", chain, 2) && holds(user, "USE_CATALOG", chain, 0) && holds(user, "USE_SCHEMA", chain, 1);
  };
  const std::vector<std::string> privileges = {"SELECT", "USE_SCHEMA", "USE_CATALOG", "ALL_PRIVILEGES", "MODIFY"};
  for (int step = 0; step < 400; ++step) {
    Object& object = objects[random() % objects.size()];
    const std::string user = users[random() % users.size()];
    const std::string privilege = privileges[random() % privileges.size()];
    switch (random() % 4) {
      case 0:
      case 1:
        if (Grant("admin", object.kind, object.name, user, {privilege})) object.grants[user].insert(privilege);
        break;
      case 2:
        if (Revoke("admin", object.kind, object.name, user, {privilege})) object.grants[user].erase(privilege);
        break;
      default:
        object.owner = random() % 3 == 0 ? user : "admin";
        ASSERT_TRUE(catalog_->Update(As("admin"), object.kind, SplitNames(object.name), {.owner = object.owner}));
    }
    for (const Object& table : objects) {
      if (table.kind != Kind::kTable) continue;
      const std::string who = users[random() % users.size()];
      ASSERT_EQ(May(who, "SELECT", Kind::kTable, table.name) == "", model_may_select(who, table))
          << who << " on " << table.name << " after step " << step << " with seed 12";
    }
  }
}

}  // namespace
}  // namespace crannog::catalog
