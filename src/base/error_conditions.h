#pragma once

#include <map>
#include <string>
#include <string_view>

namespace crannog {

/// One row of the catalogue of error conditions; the message holds <parameter> holes.
struct ErrorCondition {
  std::string_view name;
  std::string_view sql_state;
  std::string_view message;
};

/// Finds a condition by its full name ("A" or "A.B"); null when the catalogue has none.
const ErrorCondition* FindErrorCondition(std::string_view name);

/// Fills the <parameter> holes of a template; a hole without a value stays as it is.
std::string FillTemplate(std::string_view message, const std::map<std::string, std::string>& parameters);

}  // namespace crannog
