#include "server/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <sstream>
#include <thread>

#include "server/grpc_caller.h"

namespace crannog::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Everybody final : public http::Authenticator {
 public:
  Result<http::Caller> SignIn(const http::Credentials& credentials) override {
    if (credentials.authorization != "Bearer t") return Failure(ErrorCode::kUnauthenticated, "no");
    http::Caller caller;
    caller.id = caller.name = "ann";
    return caller;
  }
};

class NoAudit final : public http::AuditSink {
 public:
  Result<> Record(const http::AuditRecord&) override { return {}; }
};

// `size` bytes that tell their own offset: byte i is 'a' + i % 26.
class Letters final : public http::BodySource {
 public:
  Letters(uint64_t size, std::optional<uint64_t> told) : size_(size), told_(told) {}
  std::optional<uint64_t> Size() const override { return told_; }
  Result<size_t> Read(std::span<char> buffer) override {
    size_t count = 0;
    while (count < buffer.size() && at_ < size_) buffer[count++] = static_cast<char>('a' + at_++ % 26);
    return count;
  }
  Result<> Seek(uint64_t offset) override {
    at_ = offset;
    return {};
  }
  bool CanSeek() const override { return told_.has_value(); }

 private:
  const uint64_t size_;
  const std::optional<uint64_t> told_;
  uint64_t at_ = 0;
};

std::string LettersText(uint64_t first, uint64_t count) {
  std::string out;
  for (uint64_t i = first; i < first + count; ++i) out += static_cast<char>('a' + i % 26);
  return out;
}

// A client that sends exactly the bytes it is told to.
class RawClient {
 public:
  explicit RawClient(const std::string& url) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    connected_ = ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    const timeval patience{20, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~RawClient() { ::close(descriptor_); }
  RawClient(const RawClient&) = delete;

  bool Send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // Everything until the server ends the connection.
  std::string ReadAll() {
    std::string out;
    char buffer[65536];
    for (;;) {
      const ssize_t got = ::recv(descriptor_, buffer, sizeof(buffer), 0);
      if (got <= 0) return out;
      out.append(buffer, static_cast<size_t>(got));
    }
  }
  // Head and a body of Content-Length.
  std::string ReadOne() {
    while (true) {
      const size_t end = seen_.find("\r\n\r\n");
      if (end != std::string::npos) {
        const size_t at = seen_.find("Content-Length: ");
        const size_t length = at < end ? std::stoul(seen_.substr(at + 16)) : 0;
        if (seen_.size() >= end + 4 + length) {
          std::string out = seen_.substr(0, end + 4 + length);
          seen_.erase(0, out.size());
          return out;
        }
      }
      char buffer[65536];
      const ssize_t got = ::recv(descriptor_, buffer, sizeof(buffer), 0);
      if (got <= 0) return seen_;
      seen_.append(buffer, static_cast<size_t>(got));
    }
  }
  bool connected() const { return connected_; }

 private:
  int descriptor_ = -1;
  bool connected_ = false;
  std::string seen_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    Route(http::Method::kGet, "/inline", {.run_on = http::RunOn::kInline, .handler = [](const http::Caller&, http::Request&) { return http::JsonResponse("{}"); }});
    Route(http::Method::kPost, "/echo", {.handler = [](const http::Caller&, http::Request& request) { return http::TextResponse(request.body, "text/plain"); }});
    Route(http::Method::kPost, "/small", {.body_bytes_max = 10, .handler = [](const http::Caller&, http::Request& request) { return http::TextResponse(request.body, "text/plain"); }});
    Route(http::Method::kPost, "/user", {.access = http::Access::kSignedIn, .handler = [](const http::Caller& caller, http::Request&) { return http::TextResponse(caller.name, "text/plain"); }});
    Route(http::Method::kGet, "/letters", {.handler = [](const http::Caller&, http::Request& request) {
      const uint64_t size = std::stoull(*request.FindQuery("size"));
      const bool is_known = request.FindQuery("chunked") == nullptr;
      return http::StreamResponse(std::make_unique<Letters>(size, is_known ? std::optional(size) : std::nullopt), "text/plain");
    }});
    Route(http::Method::kPut, "/upload", {.body = http::BodyMode::kStream, .has_deadline = false, .handler = [](const http::Caller&, http::Request& request) -> Result<http::Response> {
      uint64_t total = 0;
      uint64_t sum = 0;
      char buffer[10000];
      for (;;) {
        TRY(size_t count, request.body_stream->Read(buffer));
        if (count == 0) break;
        total += count;
        for (size_t i = 0; i < count; ++i) sum += static_cast<uint8_t>(buffer[i]);
      }
      return http::TextResponse(std::to_string(total) + " " + std::to_string(sum), "text/plain");
    }});
    Route(http::Method::kPut, "/ignore", {.body = http::BodyMode::kStream, .has_deadline = false, .handler = [](const http::Caller&, http::Request&) { return http::TextResponse("enough", "text/plain"); }});
    Route(http::Method::kGet, "/stuck", {.handler = [this](const http::Caller&, http::Request&) {
      release_.wait();
      return http::JsonResponse("{}");
    }});
    Route(http::Method::kGet, "/socket", {.web_socket = [](const http::Caller&, http::Request&, http::WebSocket& socket) {
      for (;;) {
        Result<std::optional<http::WebSocket::Message>> message = socket.Receive();
        if (!message || !*message) return;
        (*message)->data += "!";
        (void)socket.Send(**message);
      }
    }});
  }
  ~ServerTest() override {
    if (!is_released_) release_.count_down();
  }

  void Route(http::Method method, std::string pattern, http::Route route) {
    route.method = method;
    route.pattern = std::move(pattern);
    if (route.access == http::Access::kSignedIn && route.pattern != "/user") route.access = http::Access::kPublic;
    router_.Add(std::move(route));
  }

  Server& Start(Limits limits = {}, std::optional<TlsFiles> tls = std::nullopt, int64_t request_timeout_us = 300'000'000) {
    http::DispatchOptions options;
    options.log_requests = false;
    options.request_timeout_us = request_timeout_us;
    dispatcher_ = std::make_unique<http::Dispatcher>(router_, authenticator_, audit_, options, log_, metrics_, SystemClock(), SystemRandom());
    limits.stop_timeout_s = 1;
    auto server = Server::Start({.listen = {"127.0.0.1:0"}, .tls = tls, .limits = limits}, *dispatcher_,
                                [] { return std::vector<grpc::Service*>(); }, log_, metrics_);
    EXPECT_TRUE(server.has_value());
    server_ = *std::move(server);
    return *server_;
  }
  std::string Once(const std::string& request) {
    RawClient client(server_->urls()[0]);
    client.Send(request);
    return client.ReadAll();
  }
  void Release() {
    is_released_ = true;
    release_.count_down();
  }

  http::Router router_;
  Everybody authenticator_;
  NoAudit audit_;
  Log log_{STDERR_FILENO, LogLevel::kError, SystemClock()};
  Metrics metrics_;
  std::latch release_{1};
  bool is_released_ = false;
  std::unique_ptr<http::Dispatcher> dispatcher_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, KeepsConnectionsAndPipelines) {
  RawClient client(Start().urls()[0]);
  client.Send("GET /inline HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(client.ReadOne(), EndsWith("\r\n\r\n{}"));
  EXPECT_THAT(client.ReadOne(), EndsWith("\r\n\r\nhello"));
  client.Send("GET /inline HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), HasSubstr("Connection: close"));
}

TEST_F(ServerTest, ReadsChunkedBodies) {
  Start();
  EXPECT_THAT(Once("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
              EndsWith("hello world"));
}

TEST_F(ServerTest, AnswersOldClients) {
  Start();
  EXPECT_THAT(Once("GET /letters?size=5&chunked=1 HTTP/1.0\r\n\r\n"), ::testing::AllOf(EndsWith("\r\n\r\nabcde"), ::testing::Not(HasSubstr("chunked"))));
}

TEST_F(ServerTest, AsksForTheBodyWhenTheClientWaits) {
  RawClient client(Start().urls()[0]);
  client.Send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadOne(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_THAT(client.ReadOne(), EndsWith("ok"));
}

TEST_F(ServerTest, RefusesBeforeTheBodyIsSent) {
  RawClient client(Start().urls()[0]);
  client.Send("POST /user HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 401"));
}

TEST_F(ServerTest, KeepsTheConnectionAfterARefusal) {
  RawClient client(Start().urls()[0]);
  client.Send("POST /user HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(client.ReadOne(), StartsWith("HTTP/1.1 401"));
  client.Send("POST /user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(client.ReadOne(), EndsWith("ann"));
}

TEST_F(ServerTest, LimitsBodiesPerRoute) {
  Start();
  EXPECT_THAT(Once("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Once("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"), StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Once("POST /small HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\nhelloworld"), EndsWith("helloworld"));
}

TEST_F(ServerTest, RefusesLongHeaders) {
  Start({.header_bytes_max = 2048});
  EXPECT_THAT(Once("GET /inline HTTP/1.1\r\nHost: x\r\nA: " + std::string(3000, 'a') + "\r\n\r\n"), StartsWith("HTTP/1.1 431"));
  EXPECT_THAT(Once("GET /" + std::string(100'000, 'a')), StartsWith("HTTP/1.1 431"));
}

TEST_F(ServerTest, RefusesWhatIsMalformed) {
  Start();
  for (const char* bad : {"nonsense\r\n\r\n", "GET /inline HTTP/9.9\r\n\r\n", "GET /inline HTTP/1.1\r\nno colon\r\n\r\n",
                          "POST /echo HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                          "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "BREW /inline HTTP/1.1\r\nHost: x\r\n\r\n",
                          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const std::string answer = Once(bad);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400")) << bad;
    EXPECT_THAT(answer, HasSubstr("\"error_code\"")) << bad;
  }
  EXPECT_THAT(Once("GET /inline HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, EndsSlowClients) {
  RawClient client(Start({.header_timeout_s = 1}).urls()[0]);
  client.Send("GET /inl");
  EXPECT_EQ(client.ReadAll(), "");  // ends when the server closes, else the test's own patience of 20 s fails it
}

TEST_F(ServerTest, EndsIdleConnections) {
  RawClient client(Start({.idle_timeout_s = 1}).urls()[0]);
  client.Send("GET /inline HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), EndsWith("{}"));
}

TEST_F(ServerTest, ClosesWhatIsTooMany) {
  Start({.connections_max = 2});
  RawClient first(server_->urls()[0]), second(server_->urls()[0]);
  for (RawClient* client : {&first, &second}) {
    client->Send("GET /inline HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client->ReadOne(), EndsWith("{}"));
  }
  EXPECT_EQ(Once("GET /inline HTTP/1.1\r\nHost: x\r\n\r\n"), "");
  EXPECT_THAT(metrics_.Render(), HasSubstr("crannog_connections_rejected_total 1"));
}

TEST_F(ServerTest, RefusesWhenTheQueueIsFull) {
  Start({.workers_max = 1, .queue_max = 1});
  RawClient running(server_->urls()[0]), waiting(server_->urls()[0]);
  running.Send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n");
  auto probe = [this](std::string_view name) { return metrics_.Render().find(name) != std::string::npos; };
  while (!probe("crannog_workers 1\n") || !probe("crannog_requests_waiting 0\n")) std::this_thread::yield();
  waiting.Send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
  while (!probe("crannog_requests_waiting 1\n")) std::this_thread::yield();
  const std::string refused = Once("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1"));
  Release();
  EXPECT_THAT(waiting.ReadOne(), EndsWith("a"));
}

TEST_F(ServerTest, AnswersWhenAHandlerIsLate) {
  RawClient client(Start({}, std::nullopt, 50'000).urls()[0]);
  client.Send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.ReadOne(), StartsWith("HTTP/1.1 504"));
  client.Send("GET /inline HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.ReadOne(), EndsWith("{}"));
  Release();
}

TEST_F(ServerTest, StreamsUploads) {
  Start();
  const std::string body = LettersText(0, 3'000'000);
  uint64_t sum = 0;
  for (unsigned char c : body) sum += c;
  const std::string expected = "3000000 " + std::to_string(sum);
  EXPECT_THAT(Once("PUT /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n" + body), EndsWith(expected));
  std::string chunked = "PUT /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (size_t i = 0; i < body.size(); i += 100'000) chunked += "186a0\r\n" + body.substr(i, 100'000) + "\r\n";
  EXPECT_THAT(Once(chunked + "0\r\n\r\n"), EndsWith(expected));
  EXPECT_THAT(Once("PUT /upload HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), EndsWith("0 0"));
}

TEST_F(ServerTest, DrainsAnUploadNobodyReads) {
  RawClient client(Start().urls()[0]);
  client.Send("PUT /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + LettersText(0, 300'000));
  EXPECT_THAT(client.ReadOne(), EndsWith("enough"));
  client.Send("GET /inline HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.ReadOne(), EndsWith("{}"));
}

TEST_F(ServerTest, SurvivesABrokenUpload) {
  Start();
  {
    RawClient client(server_->urls()[0]);
    client.Send("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\nabc");
  }
  EXPECT_THAT(Once("GET /inline HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), EndsWith("{}"));
}

TEST_F(ServerTest, StreamsDownloadsWholeInPartsAndChunked) {
  Start();
  const std::string whole = Once("GET /letters?size=2000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(whole, HasSubstr("Content-Length: 2000000\r\n"));
  EXPECT_TRUE(whole.ends_with("\r\n\r\n" + LettersText(0, 2'000'000)));
  const std::string part = Once("GET /letters?size=2000000 HTTP/1.1\r\nHost: x\r\nRange: bytes=1999990-\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(part, StartsWith("HTTP/1.1 206"));
  EXPECT_THAT(part, HasSubstr("Content-Range: bytes 1999990-1999999/2000000\r\n"));
  EXPECT_THAT(part, EndsWith("\r\n\r\n" + LettersText(1'999'990, 10)));
  EXPECT_THAT(Once("GET /letters?size=5 HTTP/1.1\r\nHost: x\r\nRange: bytes=9-\r\nConnection: close\r\n\r\n"),
              ::testing::AllOf(StartsWith("HTTP/1.1 416"), HasSubstr("Content-Range: bytes */5")));
  const std::string head = Once("HEAD /letters?size=2000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 2000000\r\n"));
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
  EXPECT_THAT(Once("GET /letters?size=5&chunked=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
              ::testing::AllOf(HasSubstr("Transfer-Encoding: chunked"), EndsWith("\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")));
}

// The exchange of RFC 6455 section 1.3: that key must give that answer.
TEST_F(ServerTest, SpeaksWebSocket) {
  RawClient client(Start().urls()[0]);
  client.Send("GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_THAT(client.ReadOne(), ::testing::AllOf(StartsWith("HTTP/1.1 101"), HasSubstr("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")));
  // A masked text frame "Hello" (RFC 6455 section 5.7), then a close frame.
  client.Send(std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
  client.Send(std::string("\x88\x82\x00\x00\x00\x00\x03\xe8", 8));
  EXPECT_THAT(client.ReadAll(), StartsWith(std::string("\x81\x06Hello!", 8)));
}

TEST_F(ServerTest, PlainGetOfAWebSocketIsABadRequest) {
  Start();
  EXPECT_THAT(Once("GET /socket HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), StartsWith("HTTP/1.1 400"));
}

TEST_F(ServerTest, StopsWhileConnectionsAreIdle) {
  Start();
  RawClient idle(server_->urls()[0]);
  idle.Send("GET /inline HTTP/1.1\r\nHost: x\r\n\r\n");
  idle.ReadOne();
  EXPECT_TRUE(server_->Stop());
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_FALSE(RawClient(server_->urls()[0]).connected());
}

TEST_F(ServerTest, AStopLetsARunningRequestEnd) {
  Start();
  RawClient client(server_->urls()[0]);
  client.Send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n");
  while (metrics_.Render().find("crannog_workers 1\n") == std::string::npos) std::this_thread::yield();
  std::thread stopping([this] { EXPECT_TRUE(server_->Stop()); });
  while (!server_->is_stopping()) std::this_thread::yield();
  Release();
  EXPECT_THAT(client.ReadAll(), ::testing::AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("Connection: close")));
  stopping.join();
}

// grpc.health.v1.Health/Check with an empty request answers status SERVING: field 1, varint 1.
std::string CheckHealth(const std::string& target, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  auto channel = grpc::CreateChannel(target, credentials);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  grpc::CompletionQueue queue;
  grpc::ByteBuffer answer;
  grpc::Status status;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::ByteBuffer(nullptr, 0), &queue);
  call->StartCall();
  call->Finish(&answer, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (!status.ok()) return status.error_message();
  std::vector<grpc::Slice> slices;
  (void)answer.Dump(&slices);
  std::string out;
  for (const grpc::Slice& slice : slices) out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return out;
}

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST_F(ServerTest, GrpcSharesThePortPlainAndOverTls) {
  const std::string directory = ::testing::TempDir() + "/tls" + std::to_string(::getpid());
  const Result<TlsFiles> files = EnsureLocalCertificate(directory, {}, SystemClock());
  ASSERT_TRUE(files.has_value());
  const std::string target = Start({}, *files).urls()[0].substr(7);
  EXPECT_EQ(CheckHealth(target, grpc::InsecureChannelCredentials()), "\x08\x01");
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(directory + "/ca.pem");
  EXPECT_EQ(CheckHealth(target, grpc::SslCredentials(options)), "\x08\x01");
  EXPECT_THAT(Once("GET /inline HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), EndsWith("{}"));
}

TEST(Tls, KeepsWhatFitsAndRenewsWhatDoesNot) {
  const std::string directory = ::testing::TempDir() + "/renew" + std::to_string(::getpid());
  struct MovedClock final : Clock {
    int64_t NowMicros() const override { return SystemClock().NowMicros() + days * 86'400'000'000; }
    int64_t MonotonicNanos() const override { return 0; }
    int64_t days = 0;
  } clock;
  const Result<TlsFiles> files = EnsureLocalCertificate(directory, {"lake.example"}, clock);
  ASSERT_TRUE(files.has_value());
  const std::string first = ReadFile(files->certificate);
  const std::string authority = ReadFile(directory + "/ca.pem");
  ASSERT_TRUE(EnsureLocalCertificate(directory, {"lake.example"}, clock).has_value());
  EXPECT_EQ(ReadFile(files->certificate), first);
  ASSERT_TRUE(EnsureLocalCertificate(directory, {"other.example"}, clock).has_value());
  const std::string second = ReadFile(files->certificate);
  EXPECT_NE(second, first);
  clock.days = 380;
  ASSERT_TRUE(EnsureLocalCertificate(directory, {"other.example"}, clock).has_value());
  EXPECT_NE(ReadFile(files->certificate), second);
  EXPECT_EQ(ReadFile(directory + "/ca.pem"), authority);
  struct stat status{};
  ::stat(files->key.c_str(), &status);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(GrpcPeer, IsReadInAllItsForms) {
  EXPECT_EQ(PeerOfGrpc("ipv4:127.0.0.1:5000").address, "127.0.0.1:5000");
  EXPECT_TRUE(PeerOfGrpc("ipv4:127.0.0.1:5000").is_loopback);
  EXPECT_TRUE(PeerOfGrpc("ipv6:%5B::1%5D:5000").is_loopback);
  EXPECT_FALSE(PeerOfGrpc("ipv4:10.0.0.1:5000").is_loopback);
  const http::Peer tls = PeerOfGrpc("unix-abstract:crannog/17/3/10.0.0.1:5000");
  EXPECT_EQ(tls.address, "10.0.0.1:5000");
  EXPECT_TRUE(tls.is_tls);
  EXPECT_FALSE(PeerOfGrpc("unix:").is_loopback);
}

TEST(HostPort, IsReadStrictly) {
  EXPECT_EQ(ParseHostPort("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(ParseHostPort("[::1]:0")->host, "::1");
  for (const char* bad : {"8080", "a:", ":80", "a:70000", "::1:80", "a:b"}) EXPECT_FALSE(ParseHostPort(bad).has_value()) << bad;
}

}  // namespace
}  // namespace crannog::server
