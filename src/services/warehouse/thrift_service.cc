#include "services/warehouse/thrift_service.h"

#include "engine/arrow_ipc.h"
#include "services/warehouse/metadata_rows.h"
#include "services/warehouse/thrift_result.h"

namespace crannog::warehouse {
namespace {

// SPARK_CLI_SERVICE_PROTOCOL_V8: parameters, LZ4 and Arrow metadata are known; asynchronous metadata calls are not.
constexpr int32_t kProtocolVersion = 0xA508;

constexpr int16_t kDirectResults = 0x501;

ThriftStruct OkStatus() { return ThriftStruct().Set(1, ThriftValue::I32(0)); }

ThriftStruct ErrorStatus(const Error& error) {
  ThriftStruct status;
  status.Set(1, ThriftValue::I32(error.code == ErrorCode::kNotFound && error.condition.empty() ? 4 : 3));
  if (!error.sql_state.empty()) status.Set(3, ThriftValue::Text(error.sql_state));
  status.Set(5, ThriftValue::Text(error.ToString()));
  status.Set(6, ThriftValue::Text(error.ToString()));
  return status;
}

std::string GuidOfUuid(const std::string& uuid) {
  std::string bytes;
  std::string digits;
  for (char c : uuid) {
    if (c != '-') digits += c;
  }
  for (size_t i = 0; i + 1 < digits.size(); i += 2) bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string UuidOfGuid(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  if (text.size() == 32) {
    for (size_t position : {8, 13, 18, 23}) text.insert(position, 1, '-');
  }
  return text;
}

ThriftStruct Handle(const std::string& guid) {
  return ThriftStruct().Set(1, ThriftValue::Text(guid)).Set(2, ThriftValue::Text(guid));
}

ThriftStruct OperationHandle(const Statement& statement) {
  return ThriftStruct()
      .Set(1, ThriftValue::Struct(Handle(GuidOfUuid(statement.id))))
      .Set(2, ThriftValue::I32(0))
      .Set(3, ThriftValue::Bool(true));
}

ThriftStruct OperationStatus(const Statement& statement) {
  ThriftStruct status;
  status.Set(1, ThriftValue::Struct(OkStatus()));
  const int32_t state = statement.state == StatementState::kRunning     ? 1
                        : statement.state == StatementState::kSucceeded ? 2
                        : statement.state == StatementState::kCanceled  ? 3
                        : statement.state == StatementState::kClosed    ? 4
                                                                        : 5;
  status.Set(2, ThriftValue::I32(state));
  if (statement.error) {
    status.Set(3, ThriftValue::Text(statement.error->sql_state));
    status.Set(5, ThriftValue::Text(statement.error->ToString()));
    status.Set(0x501, ThriftValue::Text(statement.error->ToString()));
  }
  status.Set(9, ThriftValue::Bool(true));
  return status;
}

Result<plan::Literal> ParameterValue(const ThriftStruct& parameter) {
  const ThriftValue* value = parameter.Find(4);
  const ThriftStruct* holder = value == nullptr ? nullptr : value->As<ThriftStruct>();
  const std::string type = parameter.TextOr(3, "STRING");
  if (holder == nullptr || type == "VOID") return plan::Literal::Null();
  return LiteralOfText(holder->TextOr(1, ""), type);
}

}  // namespace

Result<std::string> ThriftService::Call(const std::string& principal, std::string_view bytes) {
  TRY(ThriftMessage call, ReadThrift(bytes));
  ThriftMessage reply;
  reply.name = call.name;
  reply.kind = ThriftMessage::Kind::kReply;
  reply.sequence = call.sequence;
  reply.body.Set(0, ThriftValue::Struct(Dispatch(principal, call.name, call.body.StructOr(1, ThriftStruct()))));
  return WriteThrift(reply);
}

ThriftStruct ThriftService::Dispatch(const std::string& principal, const std::string& method, const ThriftStruct& request) {
  auto failed = [](const Error& error) { return ThriftStruct().Set(1, ThriftValue::Struct(ErrorStatus(error))); };
  auto answer = [&](Result<ThriftStruct> result) { return result ? *std::move(result) : failed(result.error()); };
  const ThriftStruct done = ThriftStruct().Set(1, ThriftValue::Struct(OkStatus()));
  if (method == "OpenSession") return answer(OpenSession(principal, request));
  if (method == "CloseSession") {
    std::lock_guard lock(mutex_);
    sessions_.erase(request.StructOr(1, ThriftStruct()).StructOr(1, ThriftStruct()).TextOr(1, ""));
    return done;
  }
  if (method == "ExecuteStatement") return answer(ExecuteStatement(principal, request));
  if (method == "FetchResults") return answer(FetchResults(principal, request));
  if (method == "GetOperationStatus") {
    Result<std::shared_ptr<Statement>> statement = FindStatement(principal, request.StructOr(1, ThriftStruct()));
    return statement ? OperationStatus(**statement) : failed(statement.error());
  }
  if (method == "GetResultSetMetadata") {
    Result<std::shared_ptr<Statement>> statement = FindStatement(principal, request.StructOr(1, ThriftStruct()));
    return statement ? answer(ResultSetMetadata(**statement)) : failed(statement.error());
  }
  if (method == "CancelOperation" || method == "CloseOperation") {
    const std::string id = UuidOfGuid(request.StructOr(1, ThriftStruct()).StructOr(1, ThriftStruct()).TextOr(1, ""));
    if (method == "CancelOperation") statements_.Cancel(id, principal);
    else statements_.Close(id, principal);
    std::lock_guard lock(mutex_);
    next_batch_.erase(id);
    return done;
  }
  if (method == "GetInfo") {
    const char* text = request.IntOr(2, 0) == 18 ? "4.1.1" : "Spark SQL";
    return ThriftStruct().Set(1, ThriftValue::Struct(OkStatus())).Set(2, ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::Text(text))));
  }
  return answer(Metadata(principal, method, request));
}

Result<ThriftStruct> ThriftService::OpenSession(const std::string& principal, const ThriftStruct& request) {
  session::SessionOptions options;
  if (const ThriftValue* configuration = request.Find(4); configuration != nullptr) {
    if (const auto* map = configuration->As<ThriftValue::Map>()) {
      for (const auto& [key, value] : map->entries) {
        const std::string* name = key.As<std::string>();
        // The driver's own switches are no settings of Spark's.
        if (name != nullptr && name->starts_with("spark.sql.") && value.As<std::string>() != nullptr) options.settings[*name] = *value.As<std::string>();
      }
    }
  }
  const ThriftStruct& name_space = request.StructOr(0x504, ThriftStruct());
  options.initial_catalog = name_space.TextOr(1, "");
  options.initial_schema = name_space.TextOr(2, "");
  TRY(std::unique_ptr<session::Session> session, compute_.OpenSession(principal, std::move(options)));
  const std::string guid = GuidOfUuid(random_.NextUuid());
  ThriftStruct response;
  response.Set(1, ThriftValue::Struct(OkStatus()));
  response.Set(2, ThriftValue::I32(kProtocolVersion));
  response.Set(3, ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::Struct(Handle(guid)))));
  const analyze::SchemaName current = session->CurrentSchema();
  response.Set(0x504, ThriftValue::Struct(ThriftStruct().Set(1, ThriftValue::Text(current.catalog)).Set(2, ThriftValue::Text(current.schema))));
  response.Set(0x505, ThriftValue::Bool(true));
  std::lock_guard lock(mutex_);
  sessions_[guid] = {std::move(session), principal};
  return response;
}

Result<std::shared_ptr<session::Session>> ThriftService::FindSession(const std::string& principal, const ThriftStruct& request) {
  const std::string guid = request.StructOr(1, ThriftStruct()).StructOr(1, ThriftStruct()).TextOr(1, "");
  std::lock_guard lock(mutex_);
  auto found = sessions_.find(guid);
  if (found == sessions_.end() || found->second.principal != principal) return Failure(ErrorCode::kNotFound, "Invalid SessionHandle: the session is not open");
  return found->second.session;
}

Result<std::shared_ptr<Statement>> ThriftService::FindStatement(const std::string& principal, const ThriftStruct& handle) {
  return statements_.Find(UuidOfGuid(handle.StructOr(1, ThriftStruct()).TextOr(1, "")), principal);
}

namespace {

// The answer with the rows in it, when the client asked for that: one round trip for a small result.
Result<ThriftStruct> WithDirectResults(const Statement& statement, const ThriftStruct& request, int64_t& next_batch) {
  ThriftStruct response;
  response.Set(1, ThriftValue::Struct(OkStatus()));
  response.Set(2, ThriftValue::Struct(OperationHandle(statement)));
  if (request.Find(kDirectResults) == nullptr) {
    // Without direct results the client polls; the error of a failed statement shows there.
    return response;
  }
  ThriftStruct direct;
  direct.Set(1, ThriftValue::Struct(OperationStatus(statement)));
  if (statement.state == StatementState::kSucceeded) {
    TRY(ThriftStruct metadata, ResultSetMetadata(statement));
    direct.Set(2, ThriftValue::Struct(std::move(metadata)));
    TRY(ThriftStruct rows, RowSet(statement, next_batch, request.StructOr(kDirectResults, ThriftStruct()).IntOr(2, kRowSetBytesMax)));
    direct.Set(3, ThriftValue::Struct(std::move(rows)));
  }
  response.Set(kDirectResults, ThriftValue::Struct(std::move(direct)));
  return response;
}

}  // namespace

Result<ThriftStruct> ThriftService::ExecuteStatement(const std::string& principal, const ThriftStruct& request) {
  TRY(std::shared_ptr<session::Session> session, FindSession(principal, request));
  session::StatementOptions options;
  if (const ThriftValue* parameters = request.Find(0x508); parameters != nullptr && parameters->As<ThriftValue::List>() != nullptr) {
    for (const ThriftValue& value : parameters->As<ThriftValue::List>()->values) {
      const ThriftStruct& parameter = *value.As<ThriftStruct>();
      TRY(plan::Literal literal, ParameterValue(parameter));
      const std::string name = parameter.TextOr(2, "");
      if (name.empty()) options.positional_parameters.push_back(std::move(literal));
      else options.named_parameters[name] = std::move(literal);
    }
  }
  StatementLimits limits;
  if (request.Find(0x507) != nullptr) limits.row_count_max = request.IntOr(0x507, 0);
  std::shared_ptr<Statement> statement = statements_.Run(session, principal, request.TextOr(2, ""), std::move(options), limits);
  int64_t next_batch = 0;
  TRY(ThriftStruct response, WithDirectResults(*statement, request, next_batch));
  std::lock_guard lock(mutex_);
  next_batch_[statement->id] = next_batch;
  return response;
}

Result<ThriftStruct> ThriftService::Metadata(const std::string& principal, const std::string& method, const ThriftStruct& request) {
  TRY(std::shared_ptr<session::Session> session, FindSession(principal, request));
  TRY(MetadataRows rows, MetadataCall(method, request, *session));
  std::vector<engine::ArrowBatch> batches;
  if (!rows.rows.empty()) {
    TRY(engine::ArrowBatch batch, session::BatchOfRows(rows.rows, rows.schema));
    batches.push_back(std::move(batch));
  }
  std::shared_ptr<Statement> statement = statements_.KeepRows(principal, std::move(rows.schema), std::move(batches));
  int64_t next_batch = 0;
  TRY(ThriftStruct response, WithDirectResults(*statement, request, next_batch));
  std::lock_guard lock(mutex_);
  next_batch_[statement->id] = next_batch;
  return response;
}

Result<ThriftStruct> ThriftService::FetchResults(const std::string& principal, const ThriftStruct& request) {
  TRY(std::shared_ptr<Statement> statement, FindStatement(principal, request.StructOr(1, ThriftStruct())));
  if (statement->error) return Failure(*statement->error);
  int64_t next_batch = 0;
  {
    std::lock_guard lock(mutex_);
    next_batch = next_batch_[statement->id];
  }
  if (request.Find(0x502) != nullptr) {
    // A client that goes back names the row where it goes on; batches are whole.
    int64_t row = request.IntOr(0x502, 0), offset = 0;
    for (next_batch = 0; next_batch < static_cast<int64_t>(statement->batches.size()); ++next_batch) {
      if (offset >= row) break;
      offset += statement->batches[static_cast<size_t>(next_batch)].row_count();
    }
  }
  TRY(ThriftStruct rows, RowSet(*statement, next_batch, request.IntOr(0x501, kRowSetBytesMax)));
  if (request.BoolOr(0x503, false)) {
    TRY(ThriftStruct metadata, ResultSetMetadata(*statement));
    rows.Set(0x501, ThriftValue::Struct(std::move(metadata)));
  }
  std::lock_guard lock(mutex_);
  next_batch_[statement->id] = next_batch;
  return rows;
}

}  // namespace crannog::warehouse
