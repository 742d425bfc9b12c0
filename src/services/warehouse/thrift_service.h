#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "services/compute/embedded_compute.h"
#include "services/warehouse/statements.h"
#include "services/warehouse/thrift_value.h"

namespace crannog::warehouse {

/// TCLIService (HiveServer2) with Spark's extensions: what Databricks' own SQL drivers speak. Results are Arrow batches, inline.
/// Statements run to their end within the call that starts them. Threads: any. Source: reference/rest.md section 2.1 and appendix A.
class ThriftService {
 public:
  ThriftService(compute::EmbeddedCompute& compute, Statements& statements, Random& random) : compute_(compute), statements_(statements), random_(random) {}

  /// Answers one call for a principal. Errors of a statement travel inside the answer; the Result fails only for bytes that are no message.
  Result<std::string> Call(const std::string& principal, std::string_view bytes);

 private:
  struct OpenedSession {
    std::shared_ptr<session::Session> session;
    std::string principal;
  };

  ThriftStruct Dispatch(const std::string& principal, const std::string& method, const ThriftStruct& request);
  Result<ThriftStruct> OpenSession(const std::string& principal, const ThriftStruct& request);
  Result<ThriftStruct> ExecuteStatement(const std::string& principal, const ThriftStruct& request);
  Result<ThriftStruct> Metadata(const std::string& principal, const std::string& method, const ThriftStruct& request);
  Result<ThriftStruct> FetchResults(const std::string& principal, const ThriftStruct& request);
  Result<std::shared_ptr<session::Session>> FindSession(const std::string& principal, const ThriftStruct& request);
  Result<std::shared_ptr<Statement>> FindStatement(const std::string& principal, const ThriftStruct& handle);

  compute::EmbeddedCompute& compute_;
  Statements& statements_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, OpenedSession> sessions_;          ///< by the 16 bytes of their guid
  std::map<std::string, int64_t> next_batch_;              ///< by statement id: where FetchResults goes on
};

}  // namespace crannog::warehouse
