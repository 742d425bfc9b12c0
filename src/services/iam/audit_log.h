#pragma once

#include "http/caller.h"
#include "store/database.h"

namespace crannog::iam {

/// Keeps audit records in the metadata database; durable when Record returns. Threads: any.
class AuditLog final : public http::AuditSink {
 public:
  explicit AuditLog(store::Database& database) : database_(database) {}
  Result<> Record(const http::AuditRecord& record) override;

  struct Query {
    int64_t from_us = 0;
    int64_t to_us = INT64_MAX;
    int64_t after_id = 0;  ///< of the last record of the page before
    int64_t count_max = 10'000;
  };
  struct Entry {
    int64_t id = 0;
    http::AuditRecord record;
  };
  /// Gives records in the order they were kept.
  Result<std::vector<Entry>> List(const Query& query);

 private:
  store::Database& database_;
};

}  // namespace crannog::iam
