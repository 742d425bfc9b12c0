#include "http/dispatch.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <stdexcept>

#include "base/json.h"
#include "http/known_paths.h"
#include "http/range.h"

namespace crannog::http {
namespace {

using ::testing::HasSubstr;

class StubAuthenticator final : public Authenticator {
 public:
  Result<Caller> SignIn(const Credentials& credentials) override {
    Caller caller;
    if (credentials.authorization == "Bearer admin" || credentials.is_trusted_loopback) {
      caller.id = "1";
      caller.name = "root@x";
      caller.is_admin = true;
    } else if (credentials.authorization == "Bearer user") {
      caller.id = "2";
      caller.name = "ann@x";
    } else {
      return Failure(ErrorCode::kUnauthenticated, "Invalid access token");
    }
    return caller;
  }
};

class KeptAudit final : public AuditSink {
 public:
  Result<> Record(const AuditRecord& record) override {
    if (fails) return Failure(ErrorCode::kInternal, "disk full");
    records.push_back(record);
    return {};
  }
  std::vector<AuditRecord> records;
  bool fails = false;
};

class DispatchTest : public ::testing::Test {
 protected:
  void Add(Access access, Audit audit, std::string path, Handler handler) {
    router_.Add({.method = Method::kPost, .pattern = std::move(path), .access = access, .audit = audit, .service = "S",
                 .action = "A", .handler = std::move(handler)});
  }
  Response Send(std::string path, std::string token = "", bool is_loopback = false, DispatchOptions options = {}) {
    Dispatcher dispatcher(router_, authenticator_, audit_, options, log_, metrics_, SystemClock(), SystemRandom());
    Request request{.method = Method::kPost, .path = std::move(path)};
    if (!token.empty()) request.headers.Add("Authorization", "Bearer " + token);
    return dispatcher.Handle(std::move(request), {.address = "10.0.0.1:9", .is_loopback = is_loopback});
  }
  static Result<Response> Name(const Caller& caller, Request&) { return JsonResponse(caller.name); }

  Router router_;
  StubAuthenticator authenticator_;
  KeptAudit audit_;
  Log log_{STDERR_FILENO, LogLevel::kError, SystemClock()};
  Metrics metrics_;
};

TEST_F(DispatchTest, AccessRulesHold) {
  Add(Access::kPublic, Audit::kNo, "/public", Name);
  Add(Access::kSignedIn, Audit::kNo, "/user", Name);
  Add(Access::kAdmin, Audit::kNo, "/admin", Name);
  EXPECT_EQ(Send("/public").status, 200);
  EXPECT_EQ(Send("/user").status, 401);
  EXPECT_EQ(Send("/user", "bad").status, 401);
  EXPECT_EQ(Send("/user", "user").body, "ann@x");
  EXPECT_EQ(Send("/admin", "user").status, 403);
  EXPECT_EQ(Send("/admin", "admin").status, 200);
  EXPECT_EQ(*Send("/user").headers.Find("WWW-Authenticate"), "Bearer realm=\"crannog\"");
}

TEST_F(DispatchTest, LoopbackIsTrustedOnlyWhenAsked) {
  Add(Access::kSignedIn, Audit::kNo, "/user", Name);
  EXPECT_EQ(Send("/user", "", true).status, 401);
  EXPECT_EQ(Send("/user", "", true, {.trust_loopback = true}).body, "root@x");
  EXPECT_EQ(Send("/user", "", false, {.trust_loopback = true}).status, 401);
}

TEST_F(DispatchTest, EveryAnswerCarriesItsIds) {
  const Response response = Send("/nowhere");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.ValueOr("X-Databricks-Org-Id", ""), "1");
  EXPECT_EQ(response.headers.ValueOr("X-Request-Id", "").size(), 36u);
  EXPECT_EQ(ParseJson(response.body)->StringOr("error_code", ""), "ENDPOINT_NOT_FOUND");
}

TEST_F(DispatchTest, WhatIsKnownButNotBuiltNamesItself) {
  const Response response = Send("/api/2.1/jobs/create");
  EXPECT_EQ(response.status, 501);
  EXPECT_EQ(ParseJson(response.body)->StringOr("error_code", ""), "NOT_IMPLEMENTED");
  EXPECT_THAT(response.body, HasSubstr("POST /api/2.1/jobs/create is not implemented"));
}

TEST_F(DispatchTest, InternalTextStaysInside) {
  Add(Access::kPublic, Audit::kNo, "/throws", [](const Caller&, Request&) -> Result<Response> { throw std::runtime_error("secret"); });
  Add(Access::kPublic, Audit::kNo, "/fails", [](const Caller&, Request&) -> Result<Response> { return Failure(ErrorCode::kInternal, "secret"); });
  for (const char* path : {"/throws", "/fails"}) {
    const Response response = Send(path);
    EXPECT_EQ(response.status, 500);
    EXPECT_THAT(response.body, ::testing::Not(HasSubstr("secret")));
    EXPECT_THAT(response.body, HasSubstr(std::string(response.headers.ValueOr("X-Request-Id", "?"))));
  }
}

TEST_F(DispatchTest, AuditHoldsSuccessRefusalAndFailure) {
  Add(Access::kAdmin, Audit::kYes, "/a", [](const Caller&, Request& request) -> Result<Response> {
    request.audit_parameters = R"({"x":1})";
    return JsonResponse("{}");
  });
  Send("/a", "admin");
  Send("/a", "user");
  Send("/a", "bad");
  ASSERT_EQ(audit_.records.size(), 3u);
  EXPECT_EQ(audit_.records[0].principal_name, "root@x");
  EXPECT_EQ(audit_.records[0].parameters, R"({"x":1})");
  EXPECT_EQ(audit_.records[0].status, 200);
  EXPECT_EQ(audit_.records[1].status, 403);
  EXPECT_EQ(audit_.records[1].error_code, "PERMISSION_DENIED");
  EXPECT_EQ(audit_.records[2].status, 401);
  audit_.fails = true;
  EXPECT_EQ(Send("/a", "admin").status, 503);
}

TEST(KnownPaths, KnowEveryVersionOfAnEndpoint) {
  EXPECT_FALSE(FindKnownEndpoint(Method::kPost, "/api/2.0/jobs/create").empty());
  EXPECT_FALSE(FindKnownEndpoint(Method::kPost, "/api/2.2/jobs/create").empty());
  EXPECT_FALSE(FindKnownEndpoint(Method::kGet, "/api/2.1/unity-catalog/tables/a.b.c").empty());
  EXPECT_TRUE(FindKnownEndpoint(Method::kGet, "/api/2.0/jobs/create").empty());
  EXPECT_TRUE(FindKnownEndpoint(Method::kGet, "/api/2.0/no-such-thing").empty());
  EXPECT_TRUE(FindKnownEndpoint(Method::kGet, "/").empty());
}

TEST(TraceId, FollowsTheW3cForm) {
  EXPECT_EQ(TraceIdOf("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(TraceIdOf("00-00000000000000000000000000000000-00f067aa0ba902b7-01"), "");
  EXPECT_EQ(TraceIdOf("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), "");
  EXPECT_EQ(TraceIdOf("garbage"), "");
}

// The cases of RFC 9110 section 14.1.2, for a resource of 10,000 bytes.
TEST(Range, FollowsRfc9110) {
  ByteRange range;
  auto parse = [&range](std::string_view header, uint64_t size = 10000) { return ParseRange(header, size, range); };
  EXPECT_EQ(parse("bytes=0-499"), RangeAnswer::kPart);
  EXPECT_EQ(range, (ByteRange{0, 500}));
  EXPECT_EQ(parse("bytes=9500-"), RangeAnswer::kPart);
  EXPECT_EQ(range, (ByteRange{9500, 500}));
  EXPECT_EQ(parse("bytes=-500"), RangeAnswer::kPart);
  EXPECT_EQ(range, (ByteRange{9500, 500}));
  EXPECT_EQ(parse("bytes=-20000"), RangeAnswer::kPart);
  EXPECT_EQ(range, (ByteRange{0, 10000}));
  EXPECT_EQ(parse("bytes=9999-20000"), RangeAnswer::kPart);
  EXPECT_EQ(range, (ByteRange{9999, 1}));
  EXPECT_EQ(parse("bytes=10000-"), RangeAnswer::kUnsatisfiable);
  EXPECT_EQ(parse("bytes=-0"), RangeAnswer::kUnsatisfiable);
  EXPECT_EQ(parse("bytes=0-", 0), RangeAnswer::kUnsatisfiable);
  for (const char* whole : {"bytes=5-4", "bytes=a-b", "bytes=", "bytes=1", "items=0-1", "bytes=0-1,4-5", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(parse(whole), RangeAnswer::kWhole) << whole;
  }
}

class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::optional<uint64_t> Size() const override { return text_.size(); }
  Result<size_t> Read(std::span<char> buffer) override {
    const size_t count = std::min(buffer.size(), text_.size() - at_);
    text_.copy(buffer.data(), count, at_);
    at_ += count;
    return count;
  }
  Result<> Seek(uint64_t offset) override {
    at_ = offset;
    return {};
  }
  bool CanSeek() const override { return true; }

 private:
  std::string text_;
  size_t at_ = 0;
};

TEST(Range, TurnsAStreamIntoAPart) {
  Request request;
  request.headers.Add("Range", "bytes=2-4");
  Response response = StreamResponse(std::make_unique<TextSource>("0123456789"), "text/plain");
  EXPECT_EQ(ApplyRange(request, response).value(), 3u);
  EXPECT_EQ(response.status, 206);
  EXPECT_EQ(*response.headers.Find("Content-Range"), "bytes 2-4/10");
  char buffer[3];
  EXPECT_EQ(response.source->Read(buffer).value(), 3u);
  EXPECT_EQ(std::string_view(buffer, 3), "234");

  request.headers.Set("If-Range", "\"other\"");
  response = StreamResponse(std::make_unique<TextSource>("0123456789"), "text/plain");
  EXPECT_EQ(ApplyRange(request, response).value(), 10u);
  EXPECT_EQ(response.status, 200);
}

}  // namespace
}  // namespace crannog::http
