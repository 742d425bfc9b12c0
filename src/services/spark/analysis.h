#pragma once

#include "base/result.h"
#include "services/spark/client_session.h"
#include "spark/connect/base.pb.h"

namespace crannog::spark_connect {

/// Answers AnalyzePlan: fills in everything but the session ids.
Result<> Analyze(ClientSession& session, const ::spark::connect::AnalyzePlanRequest& request, const std::string& spark_version,
                 ::spark::connect::AnalyzePlanResponse& response);

/// Answers Config: fills in everything but the session ids.
Result<> Configure(ClientSession& session, const ::spark::connect::ConfigRequest& request, ::spark::connect::ConfigResponse& response);

}  // namespace crannog::spark_connect
