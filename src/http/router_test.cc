#include "http/router.h"

#include <gmock/gmock.h>

namespace crannog::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class RouterTest : public ::testing::Test {
 protected:
  void Add(Method method, std::string pattern, std::string action) {
    router_.Add({.method = method, .pattern = std::move(pattern), .action = std::move(action)});
  }
  std::string Action(Method method, std::string_view path) {
    const Router::Found found = router_.Match(method, path);
    return found.route == nullptr ? "" : found.route->action;
  }
  Router router_;
};

TEST_F(RouterTest, LiteralsWinOverHolesAndHolesOverTails) {
  Add(Method::kGet, "/a/{name}", "hole");
  Add(Method::kGet, "/a/list", "literal");
  Add(Method::kGet, "/a/{rest=**}", "tail");
  EXPECT_EQ(Action(Method::kGet, "/a/list"), "literal");
  EXPECT_EQ(Action(Method::kGet, "/a/x"), "hole");
  EXPECT_EQ(Action(Method::kGet, "/a/x/y"), "tail");
}

TEST_F(RouterTest, GoesBackWhenALiteralLeadsNowhere) {
  Add(Method::kGet, "/a/list/all", "all");
  Add(Method::kGet, "/a/{name}/get", "get");
  EXPECT_EQ(Action(Method::kGet, "/a/list/get"), "get");
}

TEST_F(RouterTest, VerbSuffixesAreMoreSpecificThanPlainHoles) {
  Add(Method::kPost, "/x/{name}", "plain");
  Add(Method::kPost, "/x/{name}:query", "query");
  const auto found = router_.Match(Method::kPost, "/x/idx:query");
  EXPECT_EQ(found.route->action, "query");
  EXPECT_THAT(found.parameters, ElementsAre(Pair("name", "idx")));
  EXPECT_EQ(Action(Method::kPost, "/x/idx"), "plain");
}

TEST_F(RouterTest, HolesAreDecodedAfterSplitting) {
  Add(Method::kGet, "/t/{full_name}", "get");
  const auto found = router_.Match(Method::kGet, "/t/a%2Fb%20c+d");
  ASSERT_NE(found.route, nullptr);
  EXPECT_THAT(found.parameters, ElementsAre(Pair("full_name", "a/b c+d")));
}

TEST_F(RouterTest, TailsMayFollowALiteralDirectly) {
  Add(Method::kPut, "/fs/files{path=**}", "put");
  EXPECT_THAT(router_.Match(Method::kPut, "/fs/files/Volumes/a/b").parameters, ElementsAre(Pair("path", "/Volumes/a/b")));
  EXPECT_THAT(router_.Match(Method::kPut, "/fs/files").parameters, ElementsAre(Pair("path", "")));
  EXPECT_EQ(Action(Method::kPut, "/fs/filesystem"), "");
}

TEST_F(RouterTest, TailsMayHaveASuffix) {
  Add(Method::kGet, "/p/{name=**}/permissionLevels", "levels");
  Add(Method::kGet, "/p/{name=**}", "get");
  const auto found = router_.Match(Method::kGet, "/p/sql/warehouses/1/permissionLevels");
  EXPECT_EQ(found.route->action, "levels");
  EXPECT_THAT(found.parameters, ElementsAre(Pair("name", "sql/warehouses/1")));
}

TEST_F(RouterTest, HeadUsesGetAndOtherMethodsAreListed) {
  Add(Method::kGet, "/a", "get");
  Add(Method::kDelete, "/a", "delete");
  EXPECT_EQ(Action(Method::kHead, "/a"), "get");
  const auto found = router_.Match(Method::kPost, "/a");
  EXPECT_EQ(found.route, nullptr);
  EXPECT_THAT(found.allowed, ElementsAre(Method::kGet, Method::kDelete));
  EXPECT_TRUE(router_.Match(Method::kGet, "/b").allowed.empty());
}

TEST_F(RouterTest, ATrailingSlashIsTheSameResource) {
  Add(Method::kGet, "/a/b", "get");
  EXPECT_EQ(Action(Method::kGet, "/a/b/"), "get");
  EXPECT_EQ(Action(Method::kGet, "a/b"), "");
  EXPECT_EQ(Action(Method::kGet, ""), "");
}

TEST_F(RouterTest, AnEmptySegmentFillsNoHole) {
  Add(Method::kGet, "/a/{name}", "get");
  EXPECT_EQ(Action(Method::kGet, "/a/"), "");
}

TEST(RouterDeathTest, TheSameShapeTwiceIsAMistake) {
  Router router;
  router.Add({.pattern = "/a/{x}"});
  EXPECT_DEATH(router.Add({.pattern = "/a/{y}"}), "/a/");
}

TEST(MessageTest, QueriesAreSplitAndDecoded) {
  EXPECT_THAT(ParseQuery("a=1&b=x%20y+z&&c&a=%zz"),
              ElementsAre(Pair("a", "1"), Pair("b", "x y z"), Pair("c", ""), Pair("a", "%zz")));
}

TEST(MessageTest, HeaderNamesHaveNoCase) {
  Headers headers;
  headers.Add("Content-Type", "a");
  headers.Set("content-type", "b");
  EXPECT_EQ(headers.ValueOr("CONTENT-TYPE", ""), "b");
  EXPECT_EQ(headers.size(), 1u);
}

TEST(MessageTest, PercentEncodingGoesRound) {
  const std::string text = "a/b c+ä%\x01";
  EXPECT_EQ(PercentDecode(PercentEncode(text), Plus::kLiteral), text);
}

}  // namespace
}  // namespace crannog::http
