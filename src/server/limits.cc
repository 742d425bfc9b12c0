#include "server/limits.h"

namespace crannog::server {

Limits LimitsOf(const Settings& settings) {
  return {.connections_max = settings.Number("http.connections_max"),
          .header_bytes_max = settings.Number("http.header_bytes_max"),
          .body_bytes_max = settings.Number("http.body_bytes_max"),
          .header_timeout_s = settings.Number("http.header_timeout_seconds"),
          .body_timeout_s = settings.Number("http.body_timeout_seconds"),
          .idle_timeout_s = settings.Number("http.idle_timeout_seconds"),
          .workers_max = settings.Number("http.workers_max"),
          .queue_max = settings.Number("http.queue_max"),
          .io_threads = settings.Number("http.io_threads"),
          .grpc_message_bytes_max = settings.Number("grpc.message_bytes_max"),
          .stop_timeout_s = settings.Number("stop_timeout_seconds")};
}

}  // namespace crannog::server
