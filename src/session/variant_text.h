#pragma once

#include <string>

#include "plan/literal.h"

namespace crannog::engine::functions {
class TimeZone;
}

namespace crannog::session {

/// Gives a VARIANT as JSON text, as Spark's VariantVal.toString; "" for damaged bytes. Source: Parquet variant encoding, Spark 4.1 Variant.toJson.
std::string VariantText(const plan::Literal& value, const engine::functions::TimeZone& zone);

}  // namespace crannog::session
