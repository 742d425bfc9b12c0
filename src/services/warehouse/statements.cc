#include "services/warehouse/statements.h"

#include <algorithm>

namespace crannog::warehouse {
namespace {

Result<> ReadRows(Statement& statement, engine::ResultStream& rows, const StatementLimits& limits) {
  statement.schema = rows.schema();
  for (;;) {
    TRY(std::optional<engine::ArrowBatch> batch, rows.Next());
    if (!batch) return {};
    if (batch->row_count() == 0) continue;
    statement.row_count += batch->row_count();
    statement.batches.push_back(std::move(*batch));
  }
}

}  // namespace

std::shared_ptr<Statement> Statements::Run(const std::shared_ptr<session::Session>& session, const std::string& principal, const std::string& text,
                                           session::StatementOptions options, const StatementLimits& limits) {
  auto statement = std::make_shared<Statement>();
  statement->id = random_.NextUuid();
  statement->principal = principal;
  statement->session = session;
  options.statement_id = statement->id;
  options.row_limit = limits.row_count_max;
  Keep(statement, limits.kept_per_principal_max);
  Result<session::StatementResult> result = session->ExecuteSql(text, options);
  Result<> read = result ? ReadRows(*statement, *result->rows, limits) : Failure(result.error());
  std::lock_guard lock(mutex_);
  if (result) statement->is_command = result->is_command;
  if (read) {
    statement->state = StatementState::kSucceeded;
  } else {
    statement->state = read.error().condition == "OPERATION_CANCELED" ? StatementState::kCanceled : StatementState::kFailed;
    statement->error = read.error();
  }
  return statement;
}

std::shared_ptr<Statement> Statements::KeepRows(const std::string& principal, plan::Schema schema, std::vector<engine::ArrowBatch> batches) {
  auto statement = std::make_shared<Statement>();
  statement->id = random_.NextUuid();
  statement->principal = principal;
  statement->state = StatementState::kSucceeded;
  statement->schema = std::move(schema);
  for (const engine::ArrowBatch& batch : batches) statement->row_count += batch.row_count();
  statement->batches = std::move(batches);
  Keep(statement, StatementLimits{}.kept_per_principal_max);
  return statement;
}

void Statements::Keep(const std::shared_ptr<Statement>& statement, int64_t kept_max) {
  std::lock_guard lock(mutex_);
  statements_[statement->id] = statement;
  std::vector<std::string>& order = order_[statement->principal];
  order.push_back(statement->id);
  // Running ones stay, whatever the limit: somebody waits for them.
  for (size_t i = 0; static_cast<int64_t>(order.size()) > kept_max && i < order.size();) {
    auto found = statements_.find(order[i]);
    if (found != statements_.end() && found->second->state == StatementState::kRunning) {
      ++i;
      continue;
    }
    if (found != statements_.end()) statements_.erase(found);
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Result<std::shared_ptr<Statement>> Statements::Find(const std::string& id, const std::string& principal) {
  std::lock_guard lock(mutex_);
  auto found = statements_.find(id);
  if (found == statements_.end() || found->second->principal != principal) {
    return Failure(ErrorCode::kNotFound, "The statement " + id + " was not found.");
  }
  return found->second;
}

void Statements::Cancel(const std::string& id, const std::string& principal) {
  Result<std::shared_ptr<Statement>> statement = Find(id, principal);
  if (!statement) return;
  if (std::shared_ptr<session::Session> session = (*statement)->session.lock()) session->Cancel(id);
}

void Statements::Close(const std::string& id, const std::string& principal) {
  std::lock_guard lock(mutex_);
  auto found = statements_.find(id);
  if (found == statements_.end() || found->second->principal != principal) return;
  statements_.erase(found);
  std::erase(order_[principal], id);
}

}  // namespace crannog::warehouse
