#include "services/iam/scim.h"

#include <gtest/gtest.h>

#include "services/iam/scim_filter.h"

namespace crannog::iam {
namespace {

JsonValue Json(std::string_view text) {
  auto json = ParseJson(text);
  EXPECT_TRUE(json) << text;
  return std::move(*json);
}

bool Matches(std::string_view filter, std::string_view resource) {
  auto parsed = ScimFilter::Parse(filter);
  EXPECT_TRUE(parsed) << filter << ": " << parsed.error().message;
  return parsed && parsed->Matches(Json(resource));
}

constexpr std::string_view kAda = R"({"id":"7","userName":"Ada@Example.com","active":true,"name":{"givenName":"Ada"},
  "emails":[{"type":"work","value":"ada@example.com","primary":true},{"type":"home","value":"ada@home.org"}],
  "groups":[{"value":"1","display":"admins"}]})";

// The operators of RFC 7644, table 3.
TEST(ScimFilter, KnowsEveryOperator) {
  EXPECT_TRUE(Matches("userName eq \"ada@example.com\"", kAda));
  EXPECT_TRUE(Matches("USERNAME EQ \"ADA@example.com\"", kAda));
  EXPECT_FALSE(Matches("userName ne \"ada@example.com\"", kAda));
  EXPECT_TRUE(Matches("userName co \"example\"", kAda));
  EXPECT_TRUE(Matches("userName sw \"ada\"", kAda));
  EXPECT_TRUE(Matches("userName ew \".com\"", kAda));
  EXPECT_TRUE(Matches("userName pr", kAda));
  EXPECT_FALSE(Matches("title pr", kAda));
  EXPECT_TRUE(Matches("userName gt \"aa\"", kAda));
  EXPECT_TRUE(Matches("active eq true", kAda));
  EXPECT_FALSE(Matches("active eq false", kAda));
}

TEST(ScimFilter, BindsNotBeforeAndBeforeOr) {
  EXPECT_TRUE(Matches("active eq false and title pr or userName pr", kAda));
  EXPECT_FALSE(Matches("active eq false and (title pr or userName pr)", kAda));
  EXPECT_TRUE(Matches("not (active eq false) and userName pr", kAda));
}

TEST(ScimFilter, LooksIntoListsAndComplexValues) {
  EXPECT_TRUE(Matches("emails eq \"ada@home.org\"", kAda));
  EXPECT_TRUE(Matches("emails.value co \"home\"", kAda));
  EXPECT_TRUE(Matches("emails[type eq \"work\" and primary eq true]", kAda));
  EXPECT_FALSE(Matches("emails[type eq \"home\" and primary eq true]", kAda));
  EXPECT_TRUE(Matches("name.givenName eq \"Ada\"", kAda));
  EXPECT_TRUE(Matches("groups.display eq \"admins\"", kAda));
}

TEST(ScimFilter, RefusesWhatItCannotRead) {
  for (std::string_view text : {"", "userName", "userName eq", "userName xx \"a\"", "(userName pr", "userName pr)", "userName eq \"a",
                                "and", "emails[type eq \"a\""}) {
    EXPECT_FALSE(ScimFilter::Parse(text)) << text;
  }
  EXPECT_FALSE(ScimFilter::Parse(std::string(10'000, '(') + "a pr"));
}

TEST(ScimFilter, TellsASingleEquality) {
  EXPECT_EQ(ScimFilter::Parse("userName eq \"a\"")->SingleEquality(), std::pair(std::string("userName"), std::string("a")));
  EXPECT_FALSE(ScimFilter::Parse("userName eq \"a\" and active eq true")->SingleEquality());
}

std::string Patched(std::string_view resource, std::string_view operations) {
  JsonValue json = Json(resource);
  auto done = ApplyScimPatch(json, Json(operations));
  return done ? WriteJson(json) : "error: " + done.error().message;
}

TEST(ScimPatch, AddsMembersOnce) {
  EXPECT_EQ(Patched(R"({"members":[{"value":"1"}]})", R"([{"op":"add","path":"members","value":[{"value":"2"},{"value":"1"}]}])"),
            R"({"members":[{"value":"2"},{"value":"1"}]})");
  EXPECT_EQ(Patched(R"({})", R"([{"op":"Add","value":{"members":[{"value":"2"}]}}])"), R"({"members":[{"value":"2"}]})");
}

TEST(ScimPatch, RemovesByFilterByValueAndWhole) {
  constexpr std::string_view two = R"({"members":[{"value":"1"},{"value":"2"}]})";
  EXPECT_EQ(Patched(two, R"([{"op":"remove","path":"members[value eq \"1\"]"}])"), R"({"members":[{"value":"2"}]})");
  EXPECT_EQ(Patched(two, R"([{"op":"remove","path":"members","value":[{"value":"2"}]}])"), R"({"members":[{"value":"1"}]})");
  EXPECT_EQ(Patched(two, R"([{"op":"remove","path":"members"}])"), R"({})");
}

TEST(ScimPatch, ReplacesScalarsPartsAndElements) {
  EXPECT_EQ(Patched(R"({"displayName":"a"})", R"([{"op":"replace","path":"displayName","value":"b"}])"), R"({"displayName":"b"})");
  EXPECT_EQ(Patched(R"({"name":{"givenName":"a","familyName":"x"}})", R"([{"op":"replace","path":"name.givenName","value":"b"}])"),
            R"({"name":{"givenName":"b","familyName":"x"}})");
  EXPECT_EQ(Patched(R"({"emails":[{"type":"work","value":"a"},{"type":"home","value":"c"}]})",
                    R"([{"op":"replace","path":"emails[type eq \"work\"].value","value":"b"}])"),
            R"({"emails":[{"type":"work","value":"b"},{"type":"home","value":"c"}]})");
  EXPECT_EQ(Patched(R"({"members":[{"value":"1"}]})", R"([{"op":"replace","path":"members","value":[{"value":"9"}]}])"),
            R"({"members":[{"value":"9"}]})");
  EXPECT_EQ(Patched(R"({"active":true})", R"([{"op":"replace","value":{"active":false}}])"), R"({"active":false})");
}

TEST(ScimPatch, RefusesMalformedOperations) {
  for (std::string_view operations : {R"([{"op":"move","path":"a"}])", R"([{"op":"remove"}])", R"([{"op":"add","path":"members[","value":1}])",
                                      R"([{"op":"add","path":"a"}])", R"([{"op":"add","value":"x"}])", R"("x")"}) {
    EXPECT_TRUE(Patched("{}", operations).starts_with("error")) << operations;
  }
}

TEST(Scim, AUserReadAndWrittenKeepsItsAttributes) {
  auto user = FromScim(PrincipalKind::kUser, Json(R"({"userName":"ada@example.com","name":{"givenName":"Ada","familyName":"L"},
      "entitlements":[{"value":"allow-cluster-create"}],"externalId":"x9","id":"ignored","groups":[{"value":"1"}]})"));
  ASSERT_TRUE(user);
  EXPECT_EQ(user->display_name, "Ada L");
  JsonValue json = ToScim(*user, {{{1}, PrincipalKind::kGroup, "admins", "admins", false}}, {});
  EXPECT_EQ(json.StringOr("externalId", ""), "x9");
  EXPECT_EQ(json.Find("emails")->AsArray()[0].StringOr("value", ""), "ada@example.com");
  EXPECT_EQ(WriteJson(*json.Find("groups")), R"([{"display":"admins","value":"1","$ref":"Groups/1","type":"indirect"}])");
}

TEST(Scim, WrongTypesAreNamed) {
  EXPECT_NE(FromScim(PrincipalKind::kUser, Json(R"({"userName":1})")).error().message.find("userName"), std::string::npos);
  EXPECT_FALSE(FromScim(PrincipalKind::kUser, Json(R"({})")));
  EXPECT_FALSE(FromScim(PrincipalKind::kGroup, Json(R"({"displayName":"g","members":[{"value":"x"}]})")));
}

TEST(Scim, ProjectionKeepsIdAndSchemas) {
  JsonValue json = Json(R"({"schemas":[],"id":"1","userName":"a","emails":[],"groups":[]})");
  ProjectScim(json, "userName, emails.value", "");
  EXPECT_EQ(WriteJson(json), R"({"schemas":[],"id":"1","userName":"a","emails":[]})");
  ProjectScim(json, "", "emails");
  EXPECT_EQ(WriteJson(json), R"({"schemas":[],"id":"1","userName":"a"})");
}

}  // namespace
}  // namespace crannog::iam
