#include "services/spark/client_session.h"

#include <algorithm>

#include "connect/command_message.h"
#include "connect/local_schema.h"
#include "engine/arrow_ipc.h"
#include "services/spark/catalog_rows.h"
#include "spark/connect/relations.pb.h"
#include "sql/parser.h"

namespace crannog::spark_connect {

namespace sc = ::spark::connect;

namespace {

constexpr size_t kErrorCountMax = 100;
constexpr size_t kClosedCountMax = 1000;

bool IsUuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

connect::TextParsers MakeTextParsers() {
  connect::TextParsers parsers;
  parsers.expression = [](std::string_view text) { return sql::ParseExpression(text); };
  parsers.identifier = [](std::string_view text) { return sql::ParseMultipartIdentifier(text); };
  parsers.data_type = [](std::string_view text) { return sql::ParseTableSchema(text); };
  return parsers;
}

// The chunks of one relation are Arrow streams of one schema: put together, they are one stream of many batches.
Result<std::string> JoinChunks(Artifacts& artifacts, std::string_view hashes) {
  std::vector<engine::ArrowBatch> batches;
  while (!hashes.empty()) {
    size_t comma = hashes.find(',');
    std::string hash(hashes.substr(0, comma));
    hashes.remove_prefix(comma == std::string_view::npos ? hashes.size() : comma + 1);
    std::shared_ptr<const std::string> bytes = artifacts.Find("cache/" + hash);
    if (bytes == nullptr) return Failure(ErrorCode::kNotFound, "the client refers to data that it did not upload: cache/" + hash);
    TRY(std::vector<engine::ArrowBatch> chunk, engine::ReadArrowStream(*bytes));
    for (engine::ArrowBatch& batch : chunk) batches.push_back(std::move(batch));
  }
  return engine::WriteArrowStream(batches);
}

}  // namespace

void Artifacts::Add(std::string name, std::string bytes) {
  auto shared = std::make_shared<const std::string>(std::move(bytes));
  std::lock_guard lock(mutex_);
  artifacts_[std::move(name)] = std::move(shared);
}

bool Artifacts::Contains(const std::string& name) { return Find(name) != nullptr; }

std::shared_ptr<const std::string> Artifacts::Find(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = artifacts_.find(name);
  return found == artifacts_.end() ? nullptr : found->second;
}

ClientSession::ClientSession(std::string session_id, std::string server_session_id, std::unique_ptr<session::Session> session, int64_t bytes_max)
    : session_id_(std::move(session_id)), server_session_id_(std::move(server_session_id)), bytes_max_(bytes_max), session_(std::move(session)) {
  readers_.text = MakeTextParsers();
  readers_.catalog = [this](const sc::Catalog& message) { return CatalogRows(message, *session_); };
  readers_.extension = [this](const google::protobuf::Any& message) { return connect::DeltaRelationFromMessage(message, readers_); };
  readers_.substitute = [this](const sc::Relation& message) { return FindPersisted(message); };
  session_->SetCachedRelations([this](const plan::CachedRelation& cached) { return FindCached(cached); });
}

Result<plan::RelationPtr> ClientSession::FindCached(const plan::CachedRelation& cached) {
  if (!cached.is_local) {
    std::lock_guard lock(mutex_);
    auto found = relations_.find(cached.id);
    if (found == relations_.end()) return Failure(ErrorCode::kNotFound, "no checkpointed relation has the id " + cached.id);
    return found->second;
  }
  plan::LocalRelation local;
  size_t bar = cached.id.find('|');
  if (bar == std::string::npos) {
    std::shared_ptr<const std::string> bytes = artifacts_.Find("cache/" + cached.id);
    sc::LocalRelation message;
    if (bytes == nullptr || !message.ParseFromString(*bytes)) {
      return Failure(ErrorCode::kNotFound, "the client refers to data that it did not upload: cache/" + cached.id);
    }
    local.arrow_ipc = std::make_shared<const std::string>(message.data());
    if (!message.schema().empty()) {
      TRY(local.schema, readers_.text.data_type(message.schema()));
    }
  } else {
    TRY(std::string joined, JoinChunks(artifacts_, std::string_view(cached.id).substr(bar + 1)));
    local.arrow_ipc = std::make_shared<const std::string>(std::move(joined));
    if (bar > 0) {
      std::shared_ptr<const std::string> schema = artifacts_.Find("cache/" + cached.id.substr(0, bar));
      if (schema == nullptr) return Failure(ErrorCode::kNotFound, "the client refers to a schema that it did not upload");
      TRY(local.schema, readers_.text.data_type(*schema));
    }
  }
  if (!local.schema) {
    TRY(local.schema, connect::SchemaOfArrowStream(*local.arrow_ipc));
  }
  return plan::MakeRelation(std::move(local));
}

Result<plan::RelationPtr> ClientSession::Materialise(const plan::Relation& relation, const session::StatementOptions& options) {
  TRY(session::StatementResult result, session_->ExecuteRelation(relation, options));
  std::vector<engine::ArrowBatch> batches;
  for (;;) {
    TRY(std::optional<engine::ArrowBatch> batch, result.rows->Next());
    if (!batch) break;
    batches.push_back(std::move(*batch));
  }
  plan::LocalRelation local;
  local.schema = plan::DataType::Struct(result.rows->schema());
  if (batches.empty()) {
    TRY(engine::ArrowBatch empty, engine::EmptyBatch(result.rows->schema()));
    batches.push_back(std::move(empty));
  }
  TRY(std::string bytes, engine::WriteArrowStream(batches));
  local.arrow_ipc = std::make_shared<const std::string>(std::move(bytes));
  return plan::MakeRelation(std::move(local));
}

Result<> ClientSession::Persist(const sc::Relation& message, const sc::StorageLevel& level) {
  // Fails now where the plan is wrong, as in Spark.
  TRY(plan::RelationPtr relation, connect::FromMessage(message, readers_));
  TRY(plan::Schema schema, session_->Analyze(*relation));
  persisted_.Add(message, level);
  return {};
}

void ClientSession::Unpersist(const sc::Relation& message) { persisted_.Remove(message); }
sc::StorageLevel ClientSession::StorageLevelOf(const sc::Relation& message) { return persisted_.LevelOf(message); }

Result<plan::RelationPtr> ClientSession::FindPersisted(const sc::Relation& message) {
  if (persisted_.empty()) return plan::RelationPtr();
  return persisted_.Find(message, [&]() -> Result<plan::RelationPtr> {
    connect::RelationReaders below = readers_;
    const std::string self = PlanFingerprint(message);
    below.substitute = [this, self](const sc::Relation& inner) -> Result<plan::RelationPtr> {
      if (PlanFingerprint(inner) == self) return plan::RelationPtr();
      return FindPersisted(inner);
    };
    TRY(plan::RelationPtr relation, connect::FromMessage(message, below));
    return Materialise(*relation, {});
  });
}

Result<std::shared_ptr<Operation>> ClientSession::AddOperation(std::string id, std::set<std::string> tags, bool is_reattachable) {
  std::lock_guard lock(mutex_);
  if (operations_.contains(id)) {
    return Failure(ConditionError("INVALID_HANDLE.OPERATION_ALREADY_EXISTS", {{"handle", id}}));
  }
  auto operation = std::make_shared<Operation>(id, std::move(tags), is_reattachable, bytes_max_);
  operations_[std::move(id)] = operation;
  return operation;
}

std::shared_ptr<Operation> ClientSession::FindOperation(const std::string& id) {
  std::lock_guard lock(mutex_);
  auto found = operations_.find(id);
  return found == operations_.end() ? nullptr : found->second;
}

void ClientSession::RemoveOperation(const std::string& id) {
  std::shared_ptr<Operation> removed;  // destroyed outside of the lock: its destructor joins the producer
  std::lock_guard lock(mutex_);
  auto found = operations_.find(id);
  if (found == operations_.end()) return;
  removed = std::move(found->second);
  operations_.erase(found);
}

std::vector<std::shared_ptr<Operation>> ClientSession::Operations() {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Operation>> out;
  for (auto& [id, operation] : operations_) out.push_back(operation);
  return out;
}

void ClientSession::CancelAll() {
  for (const auto& operation : Operations()) operation->Cancel();
}

void ClientSession::KeepError(std::string error_id, Error error) {
  std::lock_guard lock(mutex_);
  errors_.emplace_back(std::move(error_id), std::move(error));
  if (errors_.size() > kErrorCountMax) errors_.pop_front();
}

std::optional<Error> ClientSession::FindError(const std::string& error_id) {
  std::lock_guard lock(mutex_);
  for (auto& [id, error] : errors_) {
    if (id == error_id) return error;
  }
  return std::nullopt;
}

void ClientSession::KeepRelation(const std::string& id, plan::RelationPtr relation) {
  std::lock_guard lock(mutex_);
  relations_[id] = std::move(relation);
}

void ClientSession::ForgetRelation(const std::string& id) {
  std::lock_guard lock(mutex_);
  relations_.erase(id);
}

Result<std::shared_ptr<ClientSession>> ClientSessions::Get(const grpc::ServerContext& call, const std::string& session_id,
                                                           const std::string& observed_server_id) {
  TRY(ClientIdentity identity, options_.authenticate(call));
  if (!IsUuid(session_id)) return Failure(ConditionError("INVALID_HANDLE.FORMAT", {{"handle", session_id}}));
  const int64_t now_ms = options_.clock->MonotonicNanos() / 1'000'000;
  const std::pair<std::string, std::string> key{identity.principal, session_id};
  {
    std::lock_guard lock(mutex_);
    DropIdle(now_ms);
    if (auto found = sessions_.find(key); found != sessions_.end()) {
      if (!observed_server_id.empty() && observed_server_id != found->second->server_id()) {
        return Failure(ConditionError("INVALID_HANDLE.SESSION_CHANGED", {{"handle", session_id}}));
      }
      found->second->last_used_ms = now_ms;
      return found->second;
    }
    if (std::find(closed_.begin(), closed_.end(), key) != closed_.end()) {
      return Failure(ConditionError("INVALID_HANDLE.SESSION_CLOSED", {{"handle", session_id}}));
    }
    if (!observed_server_id.empty()) return Failure(ConditionError("INVALID_HANDLE.SESSION_NOT_FOUND", {{"handle", session_id}}));
    if (sessions_.size() >= static_cast<size_t>(options_.session_count_max)) {
      return Failure(ErrorCode::kResourceExhausted, "too many Spark Connect sessions are open", "close sessions with spark.stop()");
    }
  }
  TRY(std::unique_ptr<session::Session> session, options_.open_session(identity, call));
  auto opened = std::make_shared<ClientSession>(session_id, options_.random->NextUuid(), std::move(session), options_.buffered_bytes_max);
  opened->last_used_ms = now_ms;
  std::lock_guard lock(mutex_);
  // Another call of the same new session may have been faster: its session stays.
  return sessions_.emplace(key, std::move(opened)).first->second;
}

void ClientSessions::Release(const grpc::ServerContext& call, const std::string& session_id, bool allow_reconnect) {
  Result<ClientIdentity> identity = options_.authenticate(call);
  if (!identity) return;
  std::shared_ptr<ClientSession> released;
  {
    std::lock_guard lock(mutex_);
    const std::pair<std::string, std::string> key{identity->principal, session_id};
    auto found = sessions_.find(key);
    if (found != sessions_.end()) {
      released = std::move(found->second);
      sessions_.erase(found);
    }
    if (!allow_reconnect) {
      closed_.push_back(key);
      if (closed_.size() > kClosedCountMax) closed_.pop_front();
    }
  }
  if (released != nullptr) released->CancelAll();
}

void ClientSessions::DropIdle(int64_t now_ms) {
  std::erase_if(sessions_, [&](const auto& entry) {
    return now_ms - entry.second->last_used_ms > options_.session_idle_max_ms && entry.second->Operations().empty();
  });
}

}  // namespace crannog::spark_connect
