#include "services/spark/artifact_upload.h"

#include <array>

namespace crannog::spark_connect {

namespace sc = ::spark::connect;

namespace {

// CRC-32 (IEEE 802.3), as zlib and PySpark compute it.
uint32_t Crc32(std::string_view bytes) {
  static const std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = value & 1 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
      table[i] = value;
    }
    return table;
  }();
  uint32_t crc = 0xFFFFFFFFu;
  for (char c : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 0xFF] ^ (crc >> 8);
  return crc ^ 0xFFFFFFFFu;
}

bool CrcMatches(const sc::AddArtifactsRequest_ArtifactChunk& chunk) { return Crc32(chunk.data()) == static_cast<uint32_t>(chunk.crc()); }

void AddSummary(sc::AddArtifactsResponse& response, const std::string& name, bool crc_ok) {
  auto* summary = response.add_artifacts();
  summary->set_name(name);
  summary->set_is_crc_successful(crc_ok);
}

// Names become file names for Python workers: no way out of the session's folder.
Result<> CheckName(const std::string& name) {
  if (name.empty() || name[0] == '/' || name.find("..") != std::string::npos) {
    return Failure(ErrorCode::kInvalidParameterValue, "an artifact's name is relative and without '..': " + name);
  }
  return {};
}

}  // namespace

Result<> ArtifactUpload::Take(ClientSession& session, const sc::AddArtifactsRequest& request, sc::AddArtifactsResponse& response) {
  if (request.has_batch()) {
    for (const auto& artifact : request.batch().artifacts()) {
      TRY(CheckName(artifact.name()));
      const bool ok = CrcMatches(artifact.data());
      if (ok) session.artifacts().Add(artifact.name(), artifact.data().data());
      AddSummary(response, artifact.name(), ok);
    }
    return {};
  }
  if (request.has_begin_chunk()) {
    const auto& begin = request.begin_chunk();
    TRY(CheckName(begin.name()));
    if (begin.total_bytes() > kArtifactBytesMax) return Failure(ErrorCode::kResourceExhausted, "the artifact " + begin.name() + " is larger than 4 GiB");
    name_ = begin.name();
    bytes_ = begin.initial_chunk().data();
    crc_ok_ = CrcMatches(begin.initial_chunk());
    chunks_left_ = begin.num_chunks() - 1;
  } else if (request.has_chunk()) {
    if (chunks_left_ <= 0) return Failure(ErrorCode::kInvalidParameterValue, "a chunk belongs to no artifact");
    if (static_cast<int64_t>(bytes_.size() + request.chunk().data().size()) > kArtifactBytesMax) {
      return Failure(ErrorCode::kResourceExhausted, "the artifact " + name_ + " is larger than 4 GiB");
    }
    bytes_ += request.chunk().data();
    crc_ok_ = crc_ok_ && CrcMatches(request.chunk());
    --chunks_left_;
  }
  if (chunks_left_ == 0 && !name_.empty()) {
    if (crc_ok_) session.artifacts().Add(name_, std::move(bytes_));
    AddSummary(response, name_, crc_ok_);
    name_.clear();
    bytes_.clear();
  }
  return {};
}

}  // namespace crannog::spark_connect
