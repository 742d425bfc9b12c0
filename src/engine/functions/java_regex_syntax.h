#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace crannog::engine::functions {

/// A regular expression in PCRE2's syntax.
struct TranslatedRegex {
  std::string pattern;
  bool is_literal = false;  ///< `literal` is the whole meaning
  std::string literal;
};

/// Translates java.util.regex syntax to PCRE2's. Error: kInvalidParameterValue.
Result<TranslatedRegex> TranslateJavaRegex(std::string_view pattern);

}  // namespace crannog::engine::functions
