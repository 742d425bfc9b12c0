#include "services/iam/audit_log.h"

namespace crannog::iam {

Result<> AuditLog::Record(const http::AuditRecord& record) {
  TRY(database_.Execute(
      "INSERT INTO audit_event (time_us, service, action, request_id, peer_address, user_agent, principal_id, principal_name, "
      "parameters, status, error_code, error_message, duration_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {record.time_us, record.service, record.action, record.request_id, record.peer_address, record.user_agent,
       record.principal_id, record.principal_name, record.parameters, record.status, record.error_code, record.error_message,
       record.duration_us}));
  return {};
}

Result<std::vector<AuditLog::Entry>> AuditLog::List(const Query& query) {
  TRY(std::vector<store::Row> rows,
      database_.Query("SELECT id, time_us, service, action, request_id, peer_address, user_agent, principal_id, principal_name, "
                      "parameters, status, error_code, error_message, duration_us FROM audit_event "
                      "WHERE time_us >= ? AND time_us < ? AND id > ? ORDER BY id LIMIT ?",
                      {query.from_us, query.to_us, query.after_id, query.count_max}));
  std::vector<Entry> entries;
  for (const store::Row& row : rows) {
    entries.push_back({row.Int(0),
                       {.time_us = row.Int(1), .service = row.Text(2), .action = row.Text(3), .request_id = row.Text(4),
                        .peer_address = row.Text(5), .user_agent = row.Text(6), .principal_id = row.Text(7),
                        .principal_name = row.Text(8), .parameters = row.Text(9), .status = static_cast<int>(row.Int(10)),
                        .error_code = row.Text(11), .error_message = row.Text(12), .duration_us = row.Int(13)}});
  }
  return entries;
}

}  // namespace crannog::iam
