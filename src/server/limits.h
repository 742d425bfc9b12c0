#pragma once

#include <cstdint>

#include "base/settings.h"

namespace crannog::server {

/// The named limits of connections and requests; each is a setting of api/settings.json.
struct Limits {
  int64_t connections_max = 20'000;
  int64_t header_bytes_max = 64 << 10;
  int64_t body_bytes_max = 64 << 20;
  int64_t header_timeout_s = 15;
  int64_t body_timeout_s = 60;
  int64_t idle_timeout_s = 120;
  int64_t workers_max = 256;
  int64_t queue_max = 1024;
  int64_t io_threads = 2;
  int64_t grpc_message_bytes_max = 128 << 20;
  int64_t stop_timeout_s = 30;
};

Limits LimitsOf(const Settings& settings);

}  // namespace crannog::server
