#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace crannog::analyze {

/// A setting of Spark 4.1 or Databricks: key, default, what it does. A value of "" means "not set".
struct SettingInfo {
  std::string_view key;
  std::string_view default_value;
  std::string_view documentation;
  bool is_static = false;  ///< cannot be changed in a session
};

/// All known settings, sorted by key.
std::span<const SettingInfo> ListSettings();
/// Finds a setting; null when unknown.
const SettingInfo* FindSetting(std::string_view key);
/// Gives the error for a key that is not known: SQL_CONF_NOT_FOUND.
Error UnknownSetting(std::string_view key);

}  // namespace crannog::analyze
