#pragma once

#include "base/random.h"
#include "base/result.h"
#include "delta/actions.h"
#include "delta/schema.h"

namespace crannog::delta {

/// Gives the least protocol at or above `base` that the metadata needs: by its properties (delta.enableDeletionVectors …,
/// delta.feature.X = supported) and its schema (timestamp_ntz, variant, generated, identity and default columns, invariants).
/// Removes the properties that only speak of the protocol (delta.feature.*, delta.minReaderVersion …) from the metadata.
/// Errors: DELTA_UNSUPPORTED_FEATURES_IN_CONFIG. Source: PROTOCOL.md per feature; Spark's TableFeature rules.
Result<Protocol> ProtocolFor(const Protocol& base, Metadata& metadata);

/// The protocol of a table without any feature.
Protocol LeastProtocol();

/// Gives every field that lacks them a column mapping id and a physical name, and keeps delta.columnMapping.maxColumnId. Existing tables
/// keep their names as physical names, new fields get "col-<uuid>". Does nothing when delta.columnMapping.mode is none.
/// Errors: DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE. `before`: the metadata so far, null for a new table.
Result<> AssignColumnMapping(Metadata& metadata, const Metadata* before, Random& random);

/// For tables with row tracking: names of the materialized columns, when they are missing.
void AssignRowTrackingColumns(Metadata& metadata, Random& random);

}  // namespace crannog::delta
