#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace crannog {

enum class SettingKind : uint8_t { kText, kList, kTruth, kNumber, kBytes };

/// One row of api/settings.json. Bytes are written "64MiB", "1GiB", "4096".
struct Setting {
  std::string_view name;  // "http.body_bytes_max"
  SettingKind kind;
  std::string_view default_text;
  int64_t min;  // numbers and bytes only; max 0 = no bounds
  int64_t max;
  std::string_view doc;

  std::string Flag() const;         // "--http-body-bytes-max"
  std::string Environment() const;  // "CRANNOG_HTTP_BODY_BYTES_MAX"
};

/// All settings, in the order of the documentation.
std::span<const Setting> AllSettings();

/// The values in force. Filled in the order file, environment, flags: later wins. An unknown name or a value that does not fit
/// is kInvalidParameterValue and says where it stood and what is near. Asking for a name that is not in the table is a CHECK.
/// Threads: any once filled.
class Settings {
 public:
  Settings();

  /// Reads lines `name = value`; `#` begins a comment, `[section]` prefixes the names below it, quotes around a value are removed.
  Result<> ReadFile(const std::string& path);
  /// Reads CRANNOG_* of `environment` ("NAME=value", as in environ, ended by null); CRANNOG_CONFIG is the caller's.
  Result<> ReadEnvironment(const char* const* environment);
  /// Reads `--name value`, `--name=value` and bare `--name` of a truth. Gives what is no flag, in order.
  Result<std::vector<std::string>> ReadFlags(const std::vector<std::string>& arguments);
  Result<> Set(std::string_view name, std::string_view value, std::string_view where);

  const std::string& Text(std::string_view name) const;
  const std::vector<std::string>& List(std::string_view name) const;
  bool Truth(std::string_view name) const;
  /// Numbers and bytes.
  int64_t Number(std::string_view name) const;

 private:
  struct Value {
    const Setting* setting = nullptr;
    std::string where;  // which source set it; a list is replaced by a later source and grows within one
    std::string text;
    std::vector<std::string> list;
    int64_t number = 0;
  };
  const Value& Get(std::string_view name, SettingKind kind) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// Gives the candidate nearest to a misspelt word, or "" when none is near. Used for every "did you mean".
std::string NearestWord(std::string_view word, std::span<const std::string> candidates);

}  // namespace crannog
