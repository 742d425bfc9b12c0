// The composition root: the only place that knows every service. Each has one function that builds it from the platform and adds
// its routes, gRPC services and background work; they run in the order of kServices.
#include "server/composition.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "server/server.h"
#include "server/server_api.h"
#include "io/object_store.h"
#include "server/grpc_caller.h"
#include "services/catalog/catalog_service.h"
#include "services/compute/embedded_compute.h"
#include "services/iam/iam_service.h"
#include "services/mlflow/mlflow_service.h"
#include "services/spark/spark_service.h"
#include "services/warehouse/warehouse_service.h"
#include "services/workspace/secrets_api.h"

namespace crannog::server {
namespace {

Result<> AddServerApi(Platform& platform) {
  auto& api = platform.Own(std::make_unique<ServerApi>(platform.metrics, platform.is_stopping));
  wire::RegisterServer(platform.router, api);
  return {};
}

Result<> AddIam(Platform& platform) {
  TRY(auto keys, iam::KeyRing::Open(platform.data_dir + "/master.keys", platform.settings.Text("master_keys"), platform.random));
  platform.keys = &platform.Own(std::move(keys));
  TRY(auto iam, iam::IamService::Open(*platform.database, *platform.keys, platform.clock, platform.random,
                                      {.first_admin = platform.settings.Text("admin")}));
  platform.iam = &platform.Own(std::move(iam));
  platform.iam->Register(platform.router);
  return platform.iam->Schedule(*platform.scheduler);
}

Result<> AddCatalog(Platform& platform) {
  TRY(auto service, catalog::CatalogService::Open(*platform.database, platform.iam->principals(), platform.clock, platform.random,
                                                  platform.iam->workspace().workspace_id,
                                                  {.managed_root = "file://" + platform.data_dir + "/managed",
                                                   .dbfs_root = "file://" + platform.data_dir + "/dbfs"}));
  platform.catalog = &platform.Own(std::move(service));
  platform.catalog->Register(platform.router);
  return platform.catalog->Schedule(*platform.scheduler);
}

Result<> AddSecrets(Platform& platform) {
  platform.secrets = &platform.Own(std::make_unique<workspace::Secrets>(*platform.database, platform.iam->principals(), *platform.keys,
                                                                        platform.clock));
  TRY(platform.secrets->Prepare());
  auto& api = platform.Own(std::make_unique<workspace::SecretsApi>(*platform.secrets));
  workspace::wire::RegisterSecrets(platform.router, api);
  return {};
}

Result<> AddMlflow(Platform& platform) {
  mlflow::MlflowOptions options;
  options.database = platform.database.get();
  options.scheduler = platform.scheduler.get();
  TRY(options.artifacts, io::OpenLocalStore(platform.data_dir + "/artifacts"));
  iam::KeyRing* keys = platform.keys;
  options.secrets.seal = [keys](std::string_view plain, std::string_view context) { return keys->Seal(plain, context); };
  options.secrets.open = [keys](std::string_view sealed, std::string_view context) { return keys->Open(sealed, context); };
  options.clock = &platform.clock;
  options.random = &platform.random;
  TRY(auto service, mlflow::MlflowService::Open(std::move(options)));
  platform.Own(std::move(service)).Register(platform.router);
  return {};
}

Result<> AddCompute(Platform& platform) {
  catalog::CatalogService* catalog = platform.catalog;
  iam::IamService* iam = platform.iam;
  const Clock* clock = &platform.clock;
  engine::DuckDbOptions options;
  options.spill_folder = platform.data_dir + "/spill";
  platform.compute = &platform.Own(std::make_unique<compute::EmbeddedCompute>(
      std::move(options), [catalog, iam, clock](const std::string& principal) -> Result<std::unique_ptr<analyze::CatalogClient>> {
        return std::make_unique<catalog::CatalogClientAdapter>(catalog->catalog(), iam->principals(), *clock, principal);
      }));
  return {};
}

// The Spark Connect endpoint is made with the first gRPC connection.
Result<> AddSpark(Platform& platform) {
  auto service = std::make_shared<std::shared_ptr<grpc::Service>>();
  platform.owned.push_back(service);
  platform.grpc_services.push_back([&platform, service]() -> std::vector<grpc::Service*> {
    spark_connect::SparkServiceOptions options;
    const bool trust_loopback = platform.settings.Truth("trust_loopback");
    options.authenticate = [&platform, trust_loopback](const grpc::ServerContext& call) -> Result<spark_connect::ClientIdentity> {
      TRY(http::Caller caller, CallerOfGrpc(call, platform.iam->authenticator(), trust_loopback));
      return spark_connect::ClientIdentity{caller.name};
    };
    options.open_session = [&platform](const spark_connect::ClientIdentity& identity, const grpc::ServerContext&) {
      return platform.compute->OpenSession(identity.principal, {});
    };
    options.clock = &platform.clock;
    options.random = &platform.random;
    *service = spark_connect::MakeSparkService(std::move(options));
    return {service->get()};
  });
  return {};
}

Result<> AddWarehouse(Platform& platform) {
  warehouse::WarehouseOptions options;
  options.compute = platform.compute;
  options.random = &platform.random;
  options.clock = &platform.clock;
  platform.Own(std::make_unique<warehouse::WarehouseService>(std::move(options))).Register(platform.router);
  return {};
}

using AddService = Result<> (*)(Platform&);
// A service stands after those it builds upon.
constexpr AddService kServices[] = {
    AddServerApi,
    AddIam,
    AddCatalog,
    AddSecrets,
    AddMlflow,
    AddCompute,
    AddSpark,
    AddWarehouse,
};

Result<std::string> MakeDataDirectory(const std::string& path) {
  std::error_code failed;
  std::filesystem::create_directories(path, failed);
  if (!failed) ::chmod(path.c_str(), 0700);
  std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  if (failed) {
    return Failure(ErrorCode::kUnavailable, fmt::format("the data directory {} cannot be made: {}", path, failed.message()),
                   "choose another with --data-dir");
  }
  return absolute.lexically_normal().string();
}

Result<std::optional<TlsFiles>> TlsOf(const Settings& settings, const std::string& data_dir, const Clock& clock) {
  const std::string& text = settings.Text("tls");
  if (text.empty()) return std::optional<TlsFiles>();
  if (text == "auto") {
    std::vector<std::string> hosts;
    for (const std::string& address : settings.List("listen")) {
      TRY(HostPort parsed, ParseHostPort(address));
      hosts.push_back(parsed.host);
    }
    TRY(TlsFiles files, EnsureLocalCertificate(data_dir + "/tls", hosts, clock));
    return std::optional<TlsFiles>(files);
  }
  const size_t comma = text.find(',');
  if (comma == std::string::npos) {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("--tls {} is neither auto nor CERT,KEY", text));
  }
  return std::optional<TlsFiles>({text.substr(0, comma), text.substr(comma + 1)});
}

}  // namespace

Platform::~Platform() {
  if (scheduler) scheduler->Stop();
  while (!owned.empty()) owned.pop_back();
}

Application::~Application() { Stop(); }

Result<std::unique_ptr<Application>> Application::Start(const Settings& settings, Log& log) {
  std::unique_ptr<Application> application(new Application());
  TRY(std::string data_dir, MakeDataDirectory(settings.Text("data_dir")));
  application->platform_ = std::unique_ptr<Platform>(new Platform{.settings = settings,
                                                                  .log = log,
                                                                  .metrics = application->metrics_,
                                                                  .clock = SystemClock(),
                                                                  .random = SystemRandom(),
                                                                  .data_dir = data_dir});
  Platform& platform = *application->platform_;
  TRY(std::optional<TlsFiles> tls, TlsOf(settings, data_dir, platform.clock));
  if (settings.Text("tls") == "auto") application->ca_file_ = data_dir + "/tls/ca.pem";

  const std::string& metadata = settings.Text("metadata");
  TRY(platform.database, store::OpenDatabase(metadata.empty() ? "sqlite:" + data_dir + "/metadata.db" : metadata));
  platform.scheduler = std::make_unique<store::Scheduler>(*platform.database, platform.clock, platform.random);
  TRY(platform.scheduler->Prepare());
  for (AddService add : kServices) TRY(add(platform));
  TRY(application->first_token_, platform.iam->EnsureAdmin());

  http::DispatchOptions options;
  options.org_id = std::to_string(platform.iam->workspace().workspace_id);
  options.trust_loopback = settings.Truth("trust_loopback");
  options.log_requests = settings.Truth("log.requests");
  options.request_timeout_us = settings.Number("http.request_timeout_seconds") * 1'000'000;
  if (options.trust_loopback) {
    log.Warning("trust_loopback", {{"meaning", "every client on 127.0.0.1 and ::1 is the administrator, without a token"}});
  }
  application->dispatcher_ = std::make_unique<http::Dispatcher>(platform.router, platform.iam->authenticator(),
                                                               platform.iam->audit_sink(), options, log, application->metrics_,
                                                               platform.clock, platform.random);
  auto grpc_services = [&platform] {
    std::vector<grpc::Service*> out;
    for (auto& services : platform.grpc_services) {
      for (grpc::Service* service : services()) out.push_back(service);
    }
    return out;
  };
  platform.scheduler->Start();
  TRY(application->server_, Server::Start({.listen = settings.List("listen"), .tls = tls, .limits = LimitsOf(settings)},
                                          *application->dispatcher_, grpc_services, log, application->metrics_));
  return application;
}

const std::vector<std::string>& Application::urls() const { return server_->urls(); }

Result<std::string> Application::CreateAdminToken() { return platform_->iam->CreateAdminToken("made for --ready-file", std::nullopt); }

bool Application::Stop() {
  platform_->is_stopping = true;
  return server_ == nullptr || server_->Stop();
}

}  // namespace crannog::server
