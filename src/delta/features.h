#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "delta/actions.h"

namespace crannog::delta {

/// One table feature: what it is called, whom it binds, and what this library does with it.
struct FeatureRow {
  std::string_view name;
  bool binds_readers;        ///< listed in readerFeatures too
  bool can_read;
  bool can_write;
  int32_t legacy_reader;     ///< the legacy reader version that implies it, 0: none
  int32_t legacy_writer;     ///< the legacy writer version that implies it, 0: none
};

/// Every feature that is known, including those that are refused. Source: PROTOCOL.md, "Valid Feature Names in Table Features".
std::span<const FeatureRow> KnownFeatures();
const FeatureRow* FindFeature(std::string_view name);

/// Tells whether the protocol supports a feature (listed, or implied by a legacy version).
bool SupportsFeature(const Protocol& protocol, std::string_view name);
/// Lists every feature that the protocol supports, by name, sorted.
std::vector<std::string> SupportedFeatures(const Protocol& protocol);

/// Fails unless a table of this protocol may be read: DELTA_INVALID_PROTOCOL_VERSION, DELTA_UNSUPPORTED_FEATURES_FOR_READ.
Result<> CheckReadable(const Protocol& protocol, std::string_view table);
/// Fails unless it may be written: the same, or DELTA_UNSUPPORTED_FEATURES_FOR_WRITE.
Result<> CheckWritable(const Protocol& protocol, std::string_view table);

/// Gives the least protocol that has all features of `protocol` and `feature` with those it depends on.
/// Legacy versions stay legacy where they can. Errors: DELTA_UNSUPPORTED_FEATURES_IN_CONFIG for an unknown name.
Result<Protocol> WithFeature(const Protocol& protocol, std::string_view feature);

}  // namespace crannog::delta
