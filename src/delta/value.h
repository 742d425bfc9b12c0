#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "base/result.h"
#include "delta/schema.h"

namespace crannog::delta {

using Int128 = __int128;

/// A value of a primitive type, for statistics, partitions and predicates. Null is monostate; integers, dates (days since 1970)
/// and timestamps (microseconds since 1970 UTC, or of the wall clock) are int64_t; float and double are double; a decimal is its
/// unscaled integer (the type gives the scale); strings and binary are bytes.
using Value = std::variant<std::monostate, bool, int64_t, double, Int128, std::string>;

inline bool IsNull(const Value& value) { return std::holds_alternative<std::monostate>(value); }

/// Compares two values of one type that are not null: <0, 0, >0. NaN equals NaN and is above all else (Spark's order).
int CompareValues(const Value& left, const Value& right);

/// Reads the text form of a partition value. No text, or "" for other types than string and binary, is null.
/// Errors: kDataLoss. Source: PROTOCOL.md, "Partition Value Serialization".
Result<Value> ParsePartitionValue(const std::optional<std::string>& text, const Type& type);
/// Writes the text form of a partition value; null gives nothing. Timestamps as ISO 8601 UTC where the instant has a zone.
std::optional<std::string> WritePartitionValue(const Value& value, const Type& type);

/// Reads a minimum or maximum out of `stats`; nothing where it is of another form than the type's.
std::optional<Value> ParseStatsValue(const JsonValue& json, const Type& type);
/// Writes a minimum or maximum as `stats` holds it (timestamps with milliseconds, rounded down).
JsonValue WriteStatsValue(const Value& value, const Type& type);

/// Reads "2024-02-29" (also years beyond 9999 and signed): days since 1970.
std::optional<int64_t> ParseDate(std::string_view text);
/// Reads "2024-02-29 12:00:00.123456", 'T' as separator, optional zone ("Z", "+02:00"): microseconds since 1970.
std::optional<int64_t> ParseTimestamp(std::string_view text);
/// Tells whether the text of a timestamp names its zone ("Z", "+02:00").
bool HasZone(std::string_view text);
std::string FormatDate(int64_t days);
/// "2024-02-29 12:00:00" with up to six digits of fraction where there are any.
std::string FormatTimestamp(int64_t micros);
/// "2024-02-29T12:00:00.123Z": milliseconds, rounded down.
std::string FormatIsoMillis(int64_t micros);
/// Text of an unscaled decimal: "-1.50".
std::string FormatDecimal(Int128 unscaled, int32_t scale);
/// Reads a decimal at the scale; nothing where it does not fit or is malformed.
std::optional<Int128> ParseDecimal(std::string_view text, int32_t scale);

}  // namespace crannog::delta
