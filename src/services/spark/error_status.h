#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace crannog::spark_connect {

/// Gives the JVM class names, most derived first, that clients pick their exception by.
std::vector<std::string> JavaClassesOf(const Error& error);

/// Renders an error as Spark's server does: INTERNAL with google.rpc.ErrorInfo (class, condition, SQLSTATE, parameters, error id).
/// Source: reference/spark.md section 1.9; messages are cut to kStatusMessageMax bytes, the full text comes from FetchErrorDetails.
grpc::Status ToStatus(const Error& error, std::string_view error_id);

inline constexpr size_t kStatusMessageMax = 2500;

}  // namespace crannog::spark_connect
