#include "services/workspace/secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/test_databases.h"

namespace crannog::workspace {
namespace {

class SecretsTest : public store::EachDatabase {
 protected:
  void SetUp() override {
    store::EachDatabase::SetUp();
    if (IsSkipped()) return;
    principals_ = std::make_unique<iam::Principals>(*database_, SystemClock(), SystemRandom());
    ASSERT_TRUE(principals_->Prepare());
    keys_ = iam::KeyRing::Open(folder_.Path() + "/keys", "", SystemRandom()).value();
    secrets_ = std::make_unique<Secrets>(*database_, *principals_, *keys_, SystemClock());
    ASSERT_TRUE(secrets_->Prepare());
    ada_ = AddUser("ada");
    bob_ = AddUser("bob");
  }
  http::Caller AddUser(const std::string& name) {
    iam::Principal draft;
    draft.name = draft.display_name = name;
    draft.attributes = JsonValue(JsonValue::Object{});
    auto created = principals_->Create(std::move(draft));
    EXPECT_TRUE(created);
    return {.id = created->id.ToString(), .name = name};
  }

  std::unique_ptr<iam::Principals> principals_;
  std::unique_ptr<iam::KeyRing> keys_;
  std::unique_ptr<Secrets> secrets_;
  http::Caller ada_, bob_;
};

INSTANTIATE_TEST_SUITE_P(Secrets, SecretsTest, testing::Values("sqlite", "postgresql"), [](const auto& info) { return info.param; });

TEST_P(SecretsTest, ValuesComeBackAndAreNotInTheDatabase) {
  ASSERT_TRUE(secrets_->CreateScope(ada_, "Scope-1", ""));
  EXPECT_EQ(secrets_->CreateScope(ada_, "scope-1", "").error().code, ErrorCode::kAlreadyExists);
  const std::string value("hunter2 \x00\xff", 10);
  ASSERT_TRUE(secrets_->Put(ada_, "scope-1", "password", value));
  EXPECT_EQ(secrets_->Get(ada_, "scope-1", "password").value(), value);
  auto rows = database_->Query("SELECT sealed FROM secret");
  EXPECT_EQ(rows->front().Bytes(0).find("hunter2"), std::string::npos);
  ASSERT_TRUE(secrets_->Put(ada_, "scope-1", "password", "new"));
  EXPECT_EQ(secrets_->Get(ada_, "scope-1", "password").value(), "new");
  EXPECT_EQ(secrets_->List(ada_, "scope-1")->size(), 1u);
  ASSERT_TRUE(secrets_->Delete(ada_, "scope-1", "password"));
  EXPECT_EQ(secrets_->Get(ada_, "scope-1", "password").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(secrets_->Get(ada_, "scope-2", "password").error().code, ErrorCode::kNotFound);
}

TEST_P(SecretsTest, PermissionsAreReadWriteManage) {
  ASSERT_TRUE(secrets_->CreateScope(ada_, "s", ""));
  ASSERT_TRUE(secrets_->Put(ada_, "s", "k", "value"));
  EXPECT_EQ(secrets_->Get(bob_, "s", "k").error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(secrets_->ListScopes(bob_)->empty());
  ASSERT_TRUE(secrets_->PutAcl(ada_, "s", "bob", ScopePermission::kRead));
  EXPECT_TRUE(secrets_->Get(bob_, "s", "k"));
  EXPECT_FALSE(secrets_->Put(bob_, "s", "k", "x"));
  ASSERT_TRUE(secrets_->PutAcl(ada_, "s", "bob", ScopePermission::kWrite));
  EXPECT_TRUE(secrets_->Put(bob_, "s", "k", "x"));
  EXPECT_FALSE(secrets_->DeleteScope(bob_, "s"));
  ASSERT_TRUE(secrets_->DeleteAcl(ada_, "s", "bob"));
  EXPECT_FALSE(secrets_->Get(bob_, "s", "k"));
  ASSERT_TRUE(secrets_->PutAcl(ada_, "s", "users", ScopePermission::kRead));
  http::Caller member = bob_;
  member.group_ids = {principals_->FindByName("users").value()->id.ToString()};
  EXPECT_TRUE(secrets_->Get(member, "s", "k"));
  http::Caller admin = bob_;
  admin.is_admin = true;
  EXPECT_TRUE(secrets_->DeleteScope(admin, "s"));
}

TEST_P(SecretsTest, ARotatedMasterKeySealsEverythingAnew) {
  ASSERT_TRUE(secrets_->CreateScope(ada_, "s", ""));
  ASSERT_TRUE(secrets_->Put(ada_, "s", "k", "value"));
  ASSERT_TRUE(keys_->Rotate());
  ASSERT_TRUE(secrets_->Prepare());
  EXPECT_TRUE(keys_->IsCurrent(database_->Query("SELECT sealed FROM secret")->front().Bytes(0)));
  EXPECT_EQ(secrets_->Get(ada_, "s", "k").value(), "value");
}

TEST_P(SecretsTest, ASecretMovedToAnotherPlaceDoesNotOpen) {
  ASSERT_TRUE(secrets_->CreateScope(ada_, "s", ""));
  ASSERT_TRUE(secrets_->Put(ada_, "s", "low", "public"));
  ASSERT_TRUE(secrets_->Put(ada_, "s", "high", "precious"));
  ASSERT_TRUE(database_->Execute("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name_key = 'high') WHERE name_key = 'low'"));
  EXPECT_EQ(secrets_->Get(ada_, "s", "low").error().code, ErrorCode::kDataLoss);
}

TEST_P(SecretsTest, WhatWasReadIsRedacted) {
  ASSERT_TRUE(secrets_->CreateScope(ada_, "s", ""));
  ASSERT_TRUE(secrets_->Put(ada_, "s", "k", "hunter2"));
  EXPECT_EQ(secrets_->redaction().Redact("pw=hunter2"), "pw=hunter2");
  ASSERT_TRUE(secrets_->Get(ada_, "s", "k"));
  EXPECT_EQ(secrets_->redaction().Redact("pw=hunter2, hunter2!"), "pw=[REDACTED], [REDACTED]!");
}

TEST_P(SecretsTest, NamesAndSizesAreChecked) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a/b"), std::string(129, 'a')}) {
    EXPECT_EQ(secrets_->CreateScope(ada_, name, "").error().code, ErrorCode::kInvalidParameterValue) << name;
  }
  ASSERT_TRUE(secrets_->CreateScope(ada_, "s", ""));
  EXPECT_FALSE(secrets_->Put(ada_, "s", "k", std::string(Secrets::kValueBytesMax + 1, 'x')));
  EXPECT_EQ(secrets_->CreateScope(ada_, "t", "eve").error().code, ErrorCode::kInvalidParameterValue);
}

}  // namespace
}  // namespace crannog::workspace
