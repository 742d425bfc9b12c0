#pragma once

#include <string_view>
#include <vector>

#include "sql/token.h"

namespace crannog::sql {

/// The tokens of a text, the last one kEnd. Whitespace and comments are dropped.
struct TokenStream {
  std::vector<Lexeme> tokens;
  bool has_unclosed_comment = false;
};

/// Splits text into tokens by the rules of Spark's SqlBaseLexer. Never fails: what it does not know is kUnrecognized.
TokenStream Tokenize(std::string_view text);

}  // namespace crannog::sql
