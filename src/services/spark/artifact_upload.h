#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "services/spark/client_session.h"
#include "spark/connect/base.pb.h"

namespace crannog::spark_connect {

/// Takes the messages of one AddArtifacts stream: batches of small artifacts, or one in chunks, each with a CRC-32.
/// Limits: kArtifactBytesMax per artifact. One call, one thread.
class ArtifactUpload {
 public:
  Result<> Take(ClientSession& session, const ::spark::connect::AddArtifactsRequest& request, ::spark::connect::AddArtifactsResponse& response);

  static constexpr int64_t kArtifactBytesMax = int64_t{4} << 30;

 private:
  std::string name_;
  std::string bytes_;
  int64_t chunks_left_ = 0;
  bool crc_ok_ = true;
};

}  // namespace crannog::spark_connect
