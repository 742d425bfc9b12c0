#pragma once

#include <string>
#include <vector>

namespace crannog::sql {

struct Keyword {
  std::string word;
  bool is_reserved = false;
};
/// Lists Spark's keywords in order, as the function SQL_KEYWORDS() shows them.
std::vector<Keyword> Keywords(bool enforce_reserved_keywords);

}  // namespace crannog::sql
