#include "services/spark/execution.h"

#include "connect/command_message.h"
#include "connect/data_type_message.h"
#include "connect/expression_message.h"
#include "connect/literal_message.h"
#include "engine/arrow_ipc.h"
#include "spark/connect/commands.pb.h"
#include "sql/parser.h"

namespace crannog::spark_connect {

namespace sc = ::spark::connect;

namespace {

class PlanRunner {
 public:
  PlanRunner(ClientSession& session, const sc::ExecutePlanRequest& request, Random& random, Operation& operation)
      : session_(session), request_(request), random_(random), operation_(operation) {}

  Result<> Run() {
    const sc::Plan& plan = request_.plan();
    if (plan.has_root()) return RunRelation(plan.root());
    if (plan.has_command()) return RunCommand(plan.command());
    if (plan.has_compressed_operation()) return Failure(NotImplemented("compressed plans"));
    return Failure(ErrorCode::kInvalidParameterValue, "the plan holds neither a relation nor a command");
  }

  Result<> Complete() {
    sc::ExecutePlanResponse response = NewResponse();
    response.mutable_result_complete();
    return Push(std::move(response));
  }

 private:
  sc::ExecutePlanResponse NewResponse() {
    sc::ExecutePlanResponse response;
    response.set_session_id(session_.id());
    response.set_server_side_session_id(session_.server_id());
    return response;
  }

  Result<> Push(sc::ExecutePlanResponse response) {
    if (!operation_.Push(std::move(response))) return Failure(ConditionError("OPERATION_CANCELED"));
    return {};
  }

  session::StatementOptions Options() {
    session::StatementOptions options;
    options.statement_id = operation_.id();
    return options;
  }

  Result<> RunRelation(const sc::Relation& message) {
    TRY(plan::RelationPtr relation, connect::FromMessage(message, session_.readers()));
    TRY(session::StatementResult result, session_.session().ExecuteRelation(*relation, Options()));
    return SendRows(*result.rows);
  }

  Result<> SendBatch(const engine::ArrowBatch& batch, int64_t start_offset) {
    sc::ExecutePlanResponse response = NewResponse();
    TRY(std::string bytes, engine::WriteArrowStream(batch));
    response.mutable_arrow_batch()->set_row_count(batch.row_count());
    response.mutable_arrow_batch()->set_start_offset(start_offset);
    *response.mutable_arrow_batch()->mutable_data() = std::move(bytes);
    return Push(std::move(response));
  }

  Result<> SendRows(engine::ResultStream& rows) {
    sc::ExecutePlanResponse schema = NewResponse();
    connect::ToMessage(plan::DataType::Struct(rows.schema()), *schema.mutable_schema());
    TRY(Push(std::move(schema)));
    int64_t sent = 0;
    bool any = false;
    for (;;) {
      TRY(std::optional<engine::ArrowBatch> batch, rows.Next());
      if (!batch) break;
      TRY(SendBatch(*batch, sent));
      sent += batch->row_count();
      any = true;
    }
    if (!any) {
      TRY(engine::ArrowBatch empty, engine::EmptyBatch(rows.schema()));
      TRY(SendBatch(empty, 0));
    }
    return SendMetrics(rows);
  }

  Result<> SendMetrics(engine::ResultStream& rows) {
    auto observed = rows.ObservedMetrics();
    if (observed.empty()) return {};
    sc::ExecutePlanResponse response = NewResponse();
    for (const auto& [name, metrics] : observed) {
      auto* out = response.add_observed_metrics();
      out->set_name(name);
      for (const auto& [key, value] : metrics) {
        out->add_keys(key);
        connect::ToMessage(value, *out->add_values());
      }
    }
    return Push(std::move(response));
  }

  // The rows of a command that has run, as a relation for the client to read.
  Result<> SendCommandResult(engine::ResultStream& rows) {
    std::vector<engine::ArrowBatch> batches;
    for (;;) {
      TRY(std::optional<engine::ArrowBatch> batch, rows.Next());
      if (!batch) break;
      batches.push_back(std::move(*batch));
    }
    if (batches.empty()) {
      TRY(engine::ArrowBatch empty, engine::EmptyBatch(rows.schema()));
      batches.push_back(std::move(empty));
    }
    TRY(std::string bytes, engine::WriteArrowStream(batches));
    sc::ExecutePlanResponse response = NewResponse();
    auto* local = response.mutable_sql_command_result()->mutable_relation()->mutable_local_relation();
    local->set_data(std::move(bytes));
    local->set_schema(plan::DataType::Struct(rows.schema()).Json());
    return Push(std::move(response));
  }

  Result<> Drain(engine::ResultStream& rows) {
    for (;;) {
      TRY(std::optional<engine::ArrowBatch> batch, rows.Next());
      if (!batch) return {};
    }
  }

  Result<> RunPlanCommand(const plan::Command& command) {
    TRY(session::StatementResult result, session_.session().ExecuteCommand(command, Options()));
    return Drain(*result.rows);
  }

  Result<> RunSql(const sc::SqlCommand& command);
  Result<> RunCommand(const sc::Command& command);
  Result<> CreateView(const sc::CreateDataFrameViewCommand& command);
  Result<> RegisterFunction(const sc::CommonInlineUserDefinedFunction& message);
  Result<> RegisterTableFunction(const sc::CommonInlineUserDefinedTableFunction& message);
  Result<> Checkpoint(const sc::CheckpointCommand& command);

  ClientSession& session_;
  const sc::ExecutePlanRequest& request_;
  Random& random_;
  Operation& operation_;
};

// Spark 4 puts the text into a relation; older clients put it into the command.
sc::Relation SqlRelation(const sc::SqlCommand& command) {
  if (command.has_input()) return command.input();
  sc::Relation relation;
  auto* sql = relation.mutable_sql();
  sql->set_query(command.sql());
  *sql->mutable_args() = command.args();
  *sql->mutable_pos_args() = command.pos_args();
  *sql->mutable_named_arguments() = command.named_arguments();
  *sql->mutable_pos_arguments() = command.pos_arguments();
  return relation;
}

const plan::SqlQuery* FindSqlQuery(const plan::Relation& relation) {
  if (const auto* query = relation.As<plan::SqlQuery>()) return query;
  if (const auto* with = relation.As<plan::WithRelations>()) return FindSqlQuery(*with->root);
  return nullptr;
}

Result<plan::Literal> ConstantOf(const plan::ExpressionPtr& expression) {
  if (const auto* literal = expression->As<plan::Literal>()) return *literal;
  return Failure(NotImplemented("a parameter of a command that is not a constant"));
}

Result<> PlanRunner::RunSql(const sc::SqlCommand& command) {
  sc::Relation message = SqlRelation(command);
  TRY(plan::RelationPtr relation, connect::FromMessage(message, session_.readers()));
  const plan::SqlQuery* query = FindSqlQuery(*relation);
  if (query == nullptr) return Failure(ErrorCode::kInvalidParameterValue, "an SQL command holds no SQL text");
  TRY(bool is_query, session_.session().IsQuery(query->text));
  if (is_query) {
    // Errors show now, as in Spark; the rows are computed when the client reads the relation.
    TRY(plan::Schema schema, session_.session().Analyze(*relation));
    sc::ExecutePlanResponse response = NewResponse();
    *response.mutable_sql_command_result()->mutable_relation() = std::move(message);
    return Push(std::move(response));
  }
  session::StatementOptions options = Options();
  for (const auto& [name, value] : query->named_arguments) {
    TRY(options.named_parameters[name], ConstantOf(value));
  }
  for (const auto& value : query->positional_arguments) {
    TRY(plan::Literal literal, ConstantOf(value));
    options.positional_parameters.push_back(std::move(literal));
  }
  TRY(session::StatementResult result, session_.session().ExecuteSql(query->text, options));
  return SendCommandResult(*result.rows);
}

Result<> PlanRunner::CreateView(const sc::CreateDataFrameViewCommand& command) {
  TRY(plan::RelationPtr relation, connect::FromMessage(command.input(), session_.readers()));
  TRY(plan::Schema schema, session_.session().Analyze(*relation));
  const std::vector<std::string> views = session_.session().TemporaryViews();
  if (!command.replace() && std::find(views.begin(), views.end(), command.name()) != views.end()) {
    return Failure(ConditionError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", {{"relationName", "`" + command.name() + "`"}}));
  }
  session_.session().CreateTemporaryView(command.name(), std::move(relation), command.is_global());
  return {};
}

Result<> PlanRunner::RegisterFunction(const sc::CommonInlineUserDefinedFunction& message) {
  TRY(plan::PythonFunction function, connect::FromMessage(message, session_.readers().text));
  session_.session().RegisterPythonFunction(std::make_shared<const plan::PythonFunction>(std::move(function)));
  return {};
}

Result<> PlanRunner::RegisterTableFunction(const sc::CommonInlineUserDefinedTableFunction& message) {
  plan::PythonTableFunction function{message.function_name(), message.deterministic(), message.python_udtf().eval_type(), {},
                                     message.python_udtf().command(), message.python_udtf().python_ver()};
  if (message.python_udtf().has_return_type()) {
    TRY(function.return_type, connect::FromMessage(message.python_udtf().return_type(), session_.readers().text));
  }
  session_.session().RegisterPythonTableFunction(std::make_shared<const plan::PythonTableFunction>(std::move(function)));
  return {};
}

// A checkpoint keeps the rows as they are now.
Result<> PlanRunner::Checkpoint(const sc::CheckpointCommand& command) {
  TRY(plan::RelationPtr relation, connect::FromMessage(command.relation(), session_.readers()));
  TRY(plan::RelationPtr rows, session_.Materialise(*relation, Options()));
  const std::string id = random_.NextUuid();
  session_.KeepRelation(id, std::move(rows));
  sc::ExecutePlanResponse response = NewResponse();
  response.mutable_checkpoint_command_result()->mutable_relation()->set_relation_id(id);
  return Push(std::move(response));
}

Result<> PlanRunner::RunCommand(const sc::Command& command) {
  switch (command.command_type_case()) {
    case sc::Command::kSqlCommand: return RunSql(command.sql_command());
    case sc::Command::kWriteOperation: {
      TRY(plan::CommandPtr write, connect::FromMessage(command.write_operation(), session_.readers()));
      return RunPlanCommand(*write);
    }
    case sc::Command::kWriteOperationV2: {
      TRY(plan::CommandPtr write, connect::FromMessage(command.write_operation_v2(), session_.readers()));
      return RunPlanCommand(*write);
    }
    case sc::Command::kMergeIntoTableCommand: {
      TRY(plan::CommandPtr merge, connect::FromMessage(command.merge_into_table_command(), session_.readers()));
      return RunPlanCommand(*merge);
    }
    case sc::Command::kExtension: {
      TRY(plan::CommandPtr delta, connect::DeltaCommandFromMessage(command.extension(), session_.readers()));
      return RunPlanCommand(*delta);
    }
    case sc::Command::kCreateDataframeView: return CreateView(command.create_dataframe_view());
    case sc::Command::kRegisterFunction: return RegisterFunction(command.register_function());
    case sc::Command::kRegisterTableFunction: return RegisterTableFunction(command.register_table_function());
    case sc::Command::kCheckpointCommand: return Checkpoint(command.checkpoint_command());
    case sc::Command::kRemoveCachedRemoteRelationCommand:
      session_.ForgetRelation(command.remove_cached_remote_relation_command().relation().relation_id());
      return {};
    case sc::Command::kGetResourcesCommand: {
      sc::ExecutePlanResponse response = NewResponse();
      response.mutable_get_resources_command_result();
      return Push(std::move(response));
    }
    case sc::Command::kWriteStreamOperationStart: return Failure(NotImplemented("writing a stream (DataFrame.writeStream)"));
    case sc::Command::kStreamingQueryCommand: return Failure(NotImplemented("streaming query commands"));
    case sc::Command::kStreamingQueryManagerCommand: return Failure(NotImplemented("the streaming query manager (spark.streams)"));
    case sc::Command::kStreamingQueryListenerBusCommand: return Failure(NotImplemented("streaming query listeners"));
    case sc::Command::kRegisterDataSource: return Failure(NotImplemented("Python data sources"));
    case sc::Command::kCreateResourceProfileCommand: return Failure(NotImplemented("resource profiles"));
    case sc::Command::kMlCommand: return Failure(NotImplemented("spark.ml over Spark Connect"));
    case sc::Command::kExecuteExternalCommand: return Failure(NotImplemented("external commands"));
    case sc::Command::kPipelineCommand: return Failure(NotImplemented("declarative pipelines over Spark Connect"));
    case sc::Command::COMMAND_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a command message holds nothing");
}

}  // namespace

void RunPlan(ClientSession& session, const sc::ExecutePlanRequest& request, Random& random, Operation& operation) {
  operation.SetCancelHook([&session, id = operation.id()] { session.session().Cancel(id); });
  PlanRunner runner(session, request, random, operation);
  Result<> done = runner.Run();
  if (done) done = runner.Complete();
  operation.Finish(done ? std::nullopt : std::optional<Error>(done.error()));
}

}  // namespace crannog::spark_connect
