#pragma once

#include <string_view>

#include "http/message.h"

namespace crannog::http {

/// Tells whether Databricks has such an endpoint (api/known_paths.txt), in any version of the path (/api/2.0, 2.1, 2.2).
/// Gives its name, "jobs.JobsAPI.create", or "" when there is none. The table is built on the first call. Threads: any.
std::string_view FindKnownEndpoint(Method method, std::string_view path);

}  // namespace crannog::http
