#include "services/spark/spark_service.h"

#include <grpcpp/grpcpp.h>

#include "services/spark/analysis.h"
#include "services/spark/artifact_upload.h"
#include "services/spark/client_session.h"
#include "services/spark/error_status.h"
#include "services/spark/execution.h"
#include "spark/connect/base.grpc.pb.h"

namespace crannog::spark_connect {

namespace sc = ::spark::connect;

namespace {

class SparkService final : public sc::SparkConnectService::Service {
 public:
  explicit SparkService(SparkServiceOptions options) : options_(std::move(options)), sessions_(options_) {}

  grpc::Status ExecutePlan(grpc::ServerContext* call, const sc::ExecutePlanRequest* request, grpc::ServerWriter<sc::ExecutePlanResponse>* writer) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) { return Execute(*call, session, *request, *writer); });
  }

  grpc::Status ReattachExecute(grpc::ServerContext* call, const sc::ReattachExecuteRequest* request, grpc::ServerWriter<sc::ExecutePlanResponse>* writer) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      std::shared_ptr<Operation> operation = session->FindOperation(request->operation_id());
      if (operation == nullptr) return Failure(ConditionError("INVALID_HANDLE.OPERATION_NOT_FOUND", {{"handle", request->operation_id()}}));
      if (!operation->is_reattachable()) return Failure(ConditionError("INVALID_CURSOR.NOT_REATTACHABLE", {{"handle", request->operation_id()}}));
      return operation->Stream(request->last_response_id(), [writer](const sc::ExecutePlanResponse& response) { return writer->Write(response); });
    });
  }

  grpc::Status ReleaseExecute(grpc::ServerContext* call, const sc::ReleaseExecuteRequest* request, sc::ReleaseExecuteResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      std::shared_ptr<Operation> operation = session->FindOperation(request->operation_id());
      if (operation == nullptr) return {};
      response->set_operation_id(operation->id());
      if (request->has_release_until()) {
        operation->ReleaseUntil(request->release_until().response_id());
      } else {
        operation->ReleaseAll();
        session->RemoveOperation(operation->id());
      }
      return {};
    });
  }

  grpc::Status AnalyzePlan(grpc::ServerContext* call, const sc::AnalyzePlanRequest* request, sc::AnalyzePlanResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      return Analyze(*session, *request, options_.spark_version, *response);
    });
  }

  grpc::Status Config(grpc::ServerContext* call, const sc::ConfigRequest* request, sc::ConfigResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      return Configure(*session, *request, *response);
    });
  }

  grpc::Status AddArtifacts(grpc::ServerContext* call, grpc::ServerReader<sc::AddArtifactsRequest>* reader, sc::AddArtifactsResponse* response) override {
    sc::AddArtifactsRequest request;
    ArtifactUpload upload;
    while (reader->Read(&request)) {
      grpc::Status status = WithSession(*call, request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
        SetIds(*session, *response);
        return upload.Take(*session, request, *response);
      });
      if (!status.ok()) return status;
    }
    return grpc::Status::OK;
  }

  grpc::Status ArtifactStatus(grpc::ServerContext* call, const sc::ArtifactStatusesRequest* request, sc::ArtifactStatusesResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      for (const std::string& name : request->names()) (*response->mutable_statuses())[name].set_exists(session->artifacts().Contains(name));
      return {};
    });
  }

  grpc::Status Interrupt(grpc::ServerContext* call, const sc::InterruptRequest* request, sc::InterruptResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      for (const auto& operation : session->Operations()) {
        const bool chosen = request->interrupt_type() == sc::InterruptRequest::INTERRUPT_TYPE_ALL ||
                            (request->has_operation_tag() && operation->tags().contains(request->operation_tag())) ||
                            (request->has_operation_id() && operation->id() == request->operation_id());
        if (!chosen || operation->is_finished()) continue;
        operation->Cancel();
        response->add_interrupted_ids(operation->id());
      }
      return {};
    });
  }

  grpc::Status ReleaseSession(grpc::ServerContext* call, const sc::ReleaseSessionRequest* request, sc::ReleaseSessionResponse* response) override {
    response->set_session_id(request->session_id());
    sessions_.Release(*call, request->session_id(), request->allow_reconnect());
    return grpc::Status::OK;
  }

  grpc::Status FetchErrorDetails(grpc::ServerContext* call, const sc::FetchErrorDetailsRequest* request, sc::FetchErrorDetailsResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      std::optional<Error> error = session->FindError(request->error_id());
      if (error) FillDetails(*error, *response);
      return {};
    });
  }

  grpc::Status CloneSession(grpc::ServerContext*, const sc::CloneSessionRequest*, sc::CloneSessionResponse*) override {
    return ToStatus(NotImplemented("CloneSession"), options_.random->NextUuid());
  }

  grpc::Status GetStatus(grpc::ServerContext* call, const sc::GetStatusRequest* request, sc::GetStatusResponse* response) override {
    return WithSession(*call, *request, [&](const std::shared_ptr<ClientSession>& session) -> Result<> {
      SetIds(*session, *response);
      for (const auto& operation : session->Operations()) {
        const auto& wanted = request->operation_status().operation_ids();
        if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), operation->id()) == wanted.end()) continue;
        auto* status = response->add_operation_statuses();
        status->set_operation_id(operation->id());
        status->set_state(!operation->is_finished()   ? sc::GetStatusResponse_OperationStatus::OPERATION_STATE_RUNNING
                          : operation->is_cancelled() ? sc::GetStatusResponse_OperationStatus::OPERATION_STATE_CANCELLED
                          : operation->has_failed()   ? sc::GetStatusResponse_OperationStatus::OPERATION_STATE_FAILED
                                                      : sc::GetStatusResponse_OperationStatus::OPERATION_STATE_SUCCEEDED);
      }
      return {};
    });
  }

 private:
  template <typename Response>
  static void SetIds(const ClientSession& session, Response& response) {
    response.set_session_id(session.id());
    response.set_server_side_session_id(session.server_id());
  }

  // Finds the session, runs the body, renders its error and keeps it for FetchErrorDetails.
  template <typename Request, typename Body>
  grpc::Status WithSession(const grpc::ServerContext& call, const Request& request, Body body) {
    Result<std::shared_ptr<ClientSession>> session =
        sessions_.Get(call, request.session_id(), request.client_observed_server_side_session_id());
    const std::string error_id = options_.random->NextUuid();
    if (!session) return ToStatus(session.error(), error_id);
    Result<> done = body(*session);
    if (done) return grpc::Status::OK;
    (*session)->KeepError(error_id, done.error());
    return ToStatus(done.error(), error_id);
  }

  Result<> Execute(grpc::ServerContext& call, const std::shared_ptr<ClientSession>& session, const sc::ExecutePlanRequest& request,
                   grpc::ServerWriter<sc::ExecutePlanResponse>& writer) {
    bool is_reattachable = false;
    for (const auto& option : request.request_options()) is_reattachable |= option.has_reattach_options() && option.reattach_options().reattachable();
    const std::string id = request.has_operation_id() && !request.operation_id().empty() ? request.operation_id() : options_.random->NextUuid();
    TRY(std::shared_ptr<Operation> operation, session->AddOperation(id, {request.tags().begin(), request.tags().end()}, is_reattachable));
    // The producer must not own the session: a session owns its operations, whose destructors join their producers.
    operation->Start([raw = session.get(), request, random = options_.random](Operation& self) { RunPlan(*raw, request, *random, self); });
    Result<> done = operation->Stream("", [&](const sc::ExecutePlanResponse& response) { return !call.IsCancelled() && writer.Write(response); });
    if (!is_reattachable) {
      operation->Cancel();
      session->RemoveOperation(id);
    }
    return done;
  }

  static void FillDetails(const Error& error, sc::FetchErrorDetailsResponse& response) {
    response.set_root_error_idx(0);
    auto* out = response.add_errors();
    for (const std::string& name : JavaClassesOf(error)) out->add_error_type_hierarchy(name);
    out->set_message(error.ToString());
    auto* throwable = out->mutable_spark_throwable();
    if (!error.condition.empty()) throwable->set_error_class(error.condition);
    if (!error.sql_state.empty()) throwable->set_sql_state(error.sql_state);
    for (const auto& [key, value] : error.parameters) (*throwable->mutable_message_parameters())[key] = value;
    for (const QueryContext& context : error.contexts) {
      auto* query = throwable->add_query_contexts();
      query->set_context_type(sc::FetchErrorDetailsResponse_QueryContext::SQL);
      query->set_object_type(context.object_type);
      query->set_object_name(context.object_name);
      query->set_start_index(context.start_index);
      query->set_stop_index(context.stop_index);
      query->set_fragment(context.fragment);
    }
  }

  SparkServiceOptions options_;
  ClientSessions sessions_;
};

}  // namespace

std::shared_ptr<grpc::Service> MakeSparkService(SparkServiceOptions options) { return std::make_shared<SparkService>(std::move(options)); }

}  // namespace crannog::spark_connect
