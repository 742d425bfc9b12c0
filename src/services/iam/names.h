#pragma once

#include <string>
#include <string_view>

namespace crannog::iam {

/// The form in which names compare: ASCII letters in lower case.
inline std::string NameKey(std::string_view name) {
  std::string key(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key;
}

}  // namespace crannog::iam
