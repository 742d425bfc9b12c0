#include "server/grpc_host.h"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace crannog::server {
namespace {

constexpr int kKeepaliveMs = 60'000;
// Clients ping idle channels at will: Spark's every 10 s or so; strikes would cut them off.
constexpr int kPingIntervalMsMin = 10'000;
constexpr int kThreadsMax = 512;

}  // namespace

struct GrpcHost::State {
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  std::thread poller;
};

GrpcHost::GrpcHost(std::function<std::vector<grpc::Service*>()> services, int64_t message_bytes_max, Log& log)
    : services_(std::move(services)), message_bytes_max_(message_bytes_max), log_(log) {}

GrpcHost::~GrpcHost() { Stop(0); }

void GrpcHost::EnsureStarted() {
  if (state_) return;
  state_ = std::make_unique<State>();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(static_cast<int>(message_bytes_max_));
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kPingIntervalMsMin);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  grpc::ResourceQuota quota("crannog");
  quota.SetMaxThreads(kThreadsMax);
  builder.SetResourceQuota(quota);
  const std::vector<grpc::Service*> services = services_();
  for (grpc::Service* service : services) builder.RegisterService(service);
  // A server without synchronous services needs a queue that somebody polls: the health check lives on it.
  if (services.empty()) state_->queue = builder.AddCompletionQueue();
  state_->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
  state_->server = builder.BuildAndStart();
  if (!state_->server) log_.Error("grpc_failed", {{"why", "the gRPC server did not start"}});
  if (state_->queue) state_->poller = std::thread([&queue = *state_->queue] {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
    }
  });
}

void GrpcHost::Accept(int descriptor, std::string_view already_read) {
  std::scoped_lock lock(mutex_);
  if (!is_stopped_) EnsureStarted();
  if (is_stopped_ || !state_->server) {
    ::close(descriptor);
    return;
  }
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.listener_fd = -1;
  connection.fd = descriptor;
  if (!already_read.empty()) {
    const grpc::Slice slice(already_read.data(), already_read.size());
    connection.read_buffer = grpc::ByteBuffer(&slice, 1);
  }
  state_->acceptor->HandleNewConnection(&connection);
}

void GrpcHost::Stop(int64_t timeout_s) {
  std::scoped_lock lock(mutex_);
  is_stopped_ = true;
  if (!state_ || !state_->server) return;
  state_->server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(timeout_s));
  if (state_->queue) {
    state_->queue->Shutdown();
    state_->poller.join();
  }
  state_.reset();
}

}  // namespace crannog::server
