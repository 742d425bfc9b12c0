#pragma once

#include "session/statement.h"

namespace crannog::session {

/// Tells whether a session may set the key to the value. Errors: CANNOT_MODIFY_STATIC_CONFIG, INVALID_CONF_VALUE.*. Source: Spark's RuntimeConfig, SQLConf.
Result<> CheckSetting(std::string_view key, std::string_view value);
/// Takes a setting back to what the session started with.
void ResetSetting(SessionFacts& facts, const SessionOptions& options, std::string_view key);

}  // namespace crannog::session
