#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "engine/arrow_batch.h"
#include "session/session.h"

namespace crannog::warehouse {

enum class StatementState : uint8_t { kRunning, kSucceeded, kFailed, kCanceled, kClosed };

/// One statement with its rows, which can be read again until it is closed. Threads: any, after it finished.
struct Statement {
  std::string id;
  std::string principal;
  StatementState state = StatementState::kRunning;
  std::optional<Error> error;
  plan::Schema schema;
  bool is_command = false;
  std::vector<engine::ArrowBatch> batches;
  int64_t row_count = 0;
  bool is_truncated = false;
  std::weak_ptr<session::Session> session;  ///< while it runs, for cancelling
};

struct StatementLimits {
  std::optional<int64_t> row_count_max;
  int64_t kept_per_principal_max = 200;
};

/// The statements of warehouses' clients, each with its rows in memory until the client closes it; the oldest finished ones of a principal are dropped
/// above a limit. Threads: any.
class Statements {
 public:
  explicit Statements(Random& random) : random_(random) {}

  /// Runs a statement to its end; a failed one is kept with its error, as clients ask for it later.
  std::shared_ptr<Statement> Run(const std::shared_ptr<session::Session>& session, const std::string& principal, const std::string& text,
                                 session::StatementOptions options, const StatementLimits& limits);
  /// Keeps rows that no statement gave (metadata calls).
  std::shared_ptr<Statement> KeepRows(const std::string& principal, plan::Schema schema, std::vector<engine::ArrowBatch> batches);
  /// Another's statement is as absent as none. Error: kNotFound.
  Result<std::shared_ptr<Statement>> Find(const std::string& id, const std::string& principal);
  void Cancel(const std::string& id, const std::string& principal);
  void Close(const std::string& id, const std::string& principal);

 private:
  void Keep(const std::shared_ptr<Statement>& statement, int64_t kept_max);

  Random& random_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Statement>> statements_;
  std::map<std::string, std::vector<std::string>> order_;  ///< ids per principal, oldest first
};

}  // namespace crannog::warehouse
