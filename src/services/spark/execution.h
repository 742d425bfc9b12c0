#pragma once

#include <memory>

#include "services/spark/client_session.h"
#include "spark/connect/base.pb.h"

namespace crannog::spark_connect {

/// Runs the plan of a request and pushes its answers: schema, Arrow batches, command results, ResultComplete. On the operation's own thread.
void RunPlan(ClientSession& session, const ::spark::connect::ExecutePlanRequest& request, Random& random, Operation& operation);

}  // namespace crannog::spark_connect
