#include <gmock/gmock.h>

#include "api/contract_sample.h"
#include "http/errors.h"

namespace crannog::http::sample {
namespace {

class Mirror final : public Sample {
 public:
  Result<EverythingResponse> Echo(const Caller&, const EverythingRequest& request) override {
    return EverythingResponse{.echo = request};
  }
  Result<Part> WholeBody(const Caller&, const WholeBodyRequest& request) override {
    Part part = request.part.value_or(Part{});
    part.name = request.name;
    return part;
  }
  Result<> Nothing(const Caller&) override { return {}; }
  Result<Response> Raw(const Caller&, Request& request) override {
    return TextResponse(*request.FindPathParameter("path"), "text/plain");
  }
};

class ContractTest : public ::testing::Test {
 protected:
  ContractTest() { RegisterSample(router_, service_); }

  Result<Response> Send(Method method, std::string_view path, std::string_view query, std::string body) {
    Router::Found found = router_.Match(method, path);
    EXPECT_NE(found.route, nullptr);
    request_ = Request{.method = method, .query = ParseQuery(query), .path_parameters = found.parameters, .body = std::move(body)};
    return found.route->handler(Caller{}, request_);
  }
  std::string Body(Method method, std::string_view path, std::string_view query, std::string body) {
    Result<Response> response = Send(method, path, query, std::move(body));
    return response ? response->body : std::string(ErrorCodeName(response.error().code)) + ": " + response.error().message;
  }
  JsonValue Echoed(std::string_view query, std::string body) {
    Result<JsonValue> json = ParseJson(Body(Method::kPost, "/sample/7/echo", query, std::move(body)));
    EXPECT_TRUE(json.has_value());
    const JsonValue* echo = json ? json->Find("echo") : nullptr;
    return echo != nullptr ? *echo : JsonValue();
  }

  Mirror service_;
  Router router_;
  Request request_;
};

TEST_F(ContractTest, NumbersStayNumbersAndUnknownFieldsAreIgnored) {
  const JsonValue echo = Echoed("", R"({"big": 9007199254740993, "small": 0, "unknown": [1], "ratio": 0.5, "on": true})");
  EXPECT_EQ(echo.IntOr("big", 0), 9007199254740993);
  EXPECT_EQ(echo.IntOr("small", -1), 0);
  EXPECT_EQ(echo.Find("ratio")->AsDouble(), 0.5);
  EXPECT_EQ(echo.Find("unknown"), nullptr);
  EXPECT_EQ(echo.StringOr("id", ""), "7");
}

TEST_F(ContractTest, AbsentOptionalsAndEmptyListsAreOmitted) {
  EXPECT_EQ(Body(Method::kPost, "/sample/7/echo", "", ""),
            R"({"echo":{"id":"7","big":0,"on":false,"ratio":0.0,"blob":"","always_there":[],"userName":"","mode":"FAST","default":""}})");
}

TEST_F(ContractTest, QueryKeysFillFields) {
  const JsonValue echo =
      Echoed("big=12&on=true&tags=a&tags=b&numbers=5&color=RED&part.name=p&part.count=3&userName=u&ratio=2", "");
  EXPECT_EQ(WriteJson(*echo.Find("tags")), R"(["a","b"])");
  EXPECT_EQ(WriteJson(*echo.Find("numbers")), "[5]");
  EXPECT_EQ(WriteJson(*echo.Find("part")), R"({"name":"p","count":3})");
  EXPECT_EQ(echo.IntOr("big", 0), 12);
  EXPECT_TRUE(echo.BoolOr("on", false));
  EXPECT_EQ(echo.StringOr("color", ""), "RED");
  EXPECT_EQ(echo.StringOr("userName", ""), "u");
}

TEST_F(ContractTest, NestedValuesGoRound) {
  const std::string body =
      R"({"color":"DARK_BLUE","labels":{"a":"b"},"part_by_name":{"x":{"name":"n","spare":{"name":"m"}}},)"
      R"("parts":[{"name":"1"},{"name":"2","parts":[{"name":"3"}]}],"anything":[null,1,{"a":null}],"settings":{"k":1.5},)"
      R"("blob":"aGk=","mode":"SLOW","right":{"name":"r"}})";
  const JsonValue echo = Echoed("", body);
  const Result<JsonValue> sent = ParseJson(body);
  for (const auto& [key, value] : sent->AsObject()) {
    ASSERT_NE(echo.Find(key), nullptr) << key;
    EXPECT_EQ(WriteJson(*echo.Find(key)), WriteJson(value)) << key;
  }
}

TEST_F(ContractTest, NullIsAbsent) { EXPECT_EQ(Echoed("", R"({"small": null, "tags": null})").Find("small"), nullptr); }

struct BadCase {
  const char* body;
  const char* message;
};
class BadBodies : public ContractTest, public ::testing::WithParamInterface<BadCase> {};

TEST_P(BadBodies, NamesTheFieldsPath) {
  EXPECT_EQ(Body(Method::kPost, "/sample/7/echo", "", GetParam().body),
            std::string("INVALID_PARAMETER_VALUE: ") + GetParam().message);
}
INSTANTIATE_TEST_SUITE_P(
    Contract, BadBodies,
    ::testing::Values(
        BadCase{R"({"big": "x"})", "expected an integer at 'big', got a string"},
        BadCase{R"({"big": 1.5})", "expected an integer at 'big', got 1.5"},
        BadCase{R"({"small": 3000000000})", "expected an integer from -2147483648 to 2147483647 at 'small', got 3000000000"},
        BadCase{R"({"on": "true"})", "expected true or false at 'on', got a string"},
        BadCase{R"({"tags": "a"})", "expected a list at 'tags', got a string"},
        BadCase{R"({"parts": [{"name":"a"},{"name":"b","count":[]}]})", "expected an integer at 'parts[1].count', got a list"},
        BadCase{R"({"parts": [{"name":"a"},{"count":1}]})", "Missing required field: parts[1].name"},
        BadCase{R"({"part_by_name": {"k": {}}})", "Missing required field: part_by_name.k.name"},
        BadCase{R"({"color": "GREEN"})", "unknown value \"GREEN\" at 'color'; it is one of RED, DARK_BLUE"},
        BadCase{R"({"blob": "a"})", "expected base64 text at 'blob', got a string"},
        BadCase{R"({"left": "a", "right": {"name":"b"}})", "more than one of left, right is given in the request"},
        BadCase{R"([1])", "expected an object at the request, got a list"}));

TEST_F(ContractTest, MalformedJsonIsTheClientsMistake) {
  EXPECT_THAT(Body(Method::kPost, "/sample/7/echo", "", "{"), ::testing::StartsWith("INVALID_PARAMETER_VALUE: while reading"));
}

TEST_F(ContractTest, IntegersMayBeTextOrWholeDoubles) {
  EXPECT_EQ(Echoed("", R"({"big": "42"})").IntOr("big", 0), 42);
  EXPECT_EQ(Echoed("", R"({"big": 1e3})").IntOr("big", 0), 1000);
}

TEST_F(ContractTest, AuditParametersHideSecrets) {
  Body(Method::kPost, "/sample/7/echo", "", R"({"login":{"user":"u","password":"p"}})");
  EXPECT_THAT(request_.audit_parameters, ::testing::HasSubstr(R"("login":{"user":"u","password":"***"})"));
}

TEST_F(ContractTest, TheBodyMayBeOneField) {
  const Result<Response> response = Send(Method::kPatch, "/sample/a/b/body", "", R"({"name":"x","count":4})");
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, R"({"name":"a/b","count":4})");
}

TEST_F(ContractTest, AnEmptyAnswerIsAnObject) { EXPECT_EQ(Body(Method::kDelete, "/sample/nothing", "", ""), "{}"); }

TEST_F(ContractTest, RawMethodsSeeTheRequest) {
  EXPECT_EQ(Body(Method::kPut, "/sample/files/Volumes/a%20b", "", ""), "/Volumes/a b");
}

TEST_F(ContractTest, RoutesCarryTheirRules) {
  const Route& echo = *router_.Match(Method::kPost, "/sample/1/echo").route;
  EXPECT_EQ(echo.audit, Audit::kYes);
  EXPECT_EQ(echo.access, Access::kSignedIn);
  const Route& nothing = *router_.Match(Method::kDelete, "/sample/nothing").route;
  EXPECT_EQ(nothing.run_on, RunOn::kInline);
  EXPECT_EQ(nothing.errors, ErrorStyle::kScim);
  EXPECT_EQ(router_.Match(Method::kPut, "/sample/files/x").route->body, BodyMode::kStream);
}

TEST(Base64, HasTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(Base64Encode(plain), coded);
    EXPECT_EQ(Base64Decode(coded), plain);
  }
  EXPECT_EQ(Base64Decode("Zm9v!"), std::nullopt);
}

TEST(ErrorResponseTest, SpeaksEveryDialect) {
  const Error error = MakeError(ErrorCode::kNotFound, "gone");
  EXPECT_EQ(ErrorResponse(error, ErrorStyle::kDatabricks, "r1").body,
            R"({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"gone","details":[{"@type":"type.googleapis.com/google.rpc.RequestInfo","request_id":"r1","serving_data":""}]})");
  EXPECT_EQ(ErrorResponse(error, ErrorStyle::kScim, "").body,
            R"({"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"gone","status":"404"})");
  EXPECT_EQ(ErrorResponse(MakeError(ErrorCode::kUnauthenticated, "no"), ErrorStyle::kOAuth, "").body,
            R"({"error":"invalid_client","error_description":"no"})");
  EXPECT_EQ(ErrorResponse(error, ErrorStyle::kSharing, "").body, R"({"errorCode":"RESOURCE_DOES_NOT_EXIST","message":"gone"})");
  EXPECT_EQ(*ErrorResponse(MakeError(ErrorCode::kRequestLimitExceeded, ""), ErrorStyle::kDatabricks, "").headers.Find("Retry-After"), "1");
}

}  // namespace
}  // namespace crannog::http::sample
