#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "connect/relation_message.h"
#include "services/spark/operation.h"
#include "services/spark/persisted_relations.h"
#include "services/spark/spark_service.h"
#include "session/session.h"

namespace crannog::spark_connect {

/// Data that a client uploaded or checkpointed, by the name it uses for it.
class Artifacts {
 public:
  void Add(std::string name, std::string bytes);
  bool Contains(const std::string& name);
  std::shared_ptr<const std::string> Find(const std::string& name);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const std::string>> artifacts_;
};

/// One client's session: the statement session with what Spark Connect keeps beside it. Threads: any.
class ClientSession {
 public:
  ClientSession(std::string session_id, std::string server_session_id, std::unique_ptr<session::Session> session, int64_t bytes_max);

  const std::string& id() const { return session_id_; }
  const std::string& server_id() const { return server_session_id_; }
  session::Session& session() { return *session_; }
  Artifacts& artifacts() { return artifacts_; }
  const connect::RelationReaders& readers() const { return readers_; }

  /// Errors: INVALID_HANDLE.OPERATION_ALREADY_EXISTS.
  Result<std::shared_ptr<Operation>> AddOperation(std::string id, std::set<std::string> tags, bool is_reattachable);
  std::shared_ptr<Operation> FindOperation(const std::string& id);
  void RemoveOperation(const std::string& id);
  std::vector<std::shared_ptr<Operation>> Operations();
  void CancelAll();

  /// Keeps an error for FetchErrorDetails; the oldest is dropped above a limit.
  void KeepError(std::string error_id, Error error);
  std::optional<Error> FindError(const std::string& error_id);

  /// DataFrame.persist: the rows are computed when they are next read, kept, and taken wherever the same plan stands in a later one.
  Result<> Persist(const ::spark::connect::Relation& message, const ::spark::connect::StorageLevel& level);
  void Unpersist(const ::spark::connect::Relation& message);
  ::spark::connect::StorageLevel StorageLevelOf(const ::spark::connect::Relation& message);

  /// Runs a relation and gives its rows as a relation.
  Result<plan::RelationPtr> Materialise(const plan::Relation& relation, const session::StatementOptions& options);

  /// Keeps a relation under an id (checkpoint).
  void KeepRelation(const std::string& id, plan::RelationPtr relation);
  void ForgetRelation(const std::string& id);

  int64_t last_used_ms = 0;

 private:
  Result<plan::RelationPtr> FindCached(const plan::CachedRelation& cached);
  Result<plan::RelationPtr> FindPersisted(const ::spark::connect::Relation& message);

  const std::string session_id_, server_session_id_;
  const int64_t bytes_max_;
  std::unique_ptr<session::Session> session_;
  connect::RelationReaders readers_;
  Artifacts artifacts_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Operation>> operations_;
  std::deque<std::pair<std::string, Error>> errors_;
  std::map<std::string, plan::RelationPtr> relations_;
  PersistedRelations persisted_;
};

/// All sessions of the endpoint. Threads: any.
class ClientSessions {
 public:
  ClientSessions(const SparkServiceOptions& options) : options_(options) {}

  /// Finds or opens the session of (principal, id). `observed_server_id`: what the client saw before; another value means that the session was lost.
  /// Errors: INVALID_HANDLE.FORMAT (id is no UUID), INVALID_HANDLE.SESSION_CLOSED, INVALID_HANDLE.SESSION_CHANGED, kResourceExhausted.
  Result<std::shared_ptr<ClientSession>> Get(const grpc::ServerContext& call, const std::string& session_id, const std::string& observed_server_id);
  void Release(const grpc::ServerContext& call, const std::string& session_id, bool allow_reconnect);

 private:
  void DropIdle(int64_t now_ms);

  const SparkServiceOptions& options_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<ClientSession>> sessions_;
  std::deque<std::pair<std::string, std::string>> closed_;
};

}  // namespace crannog::spark_connect
