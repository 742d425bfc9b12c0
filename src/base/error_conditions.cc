#include "base/error_conditions.h"

#include <algorithm>
#include <iterator>

namespace crannog {
namespace {

constexpr ErrorCondition kConditions[] = {
#include "error_conditions.inc"
};

}  // namespace

const ErrorCondition* FindErrorCondition(std::string_view name) {
  const auto* found = std::lower_bound(std::begin(kConditions), std::end(kConditions), name,
                                       [](const ErrorCondition& row, std::string_view key) { return row.name < key; });
  return found != std::end(kConditions) && found->name == name ? found : nullptr;
}

std::string FillTemplate(std::string_view message, const std::map<std::string, std::string>& parameters) {
  std::string out;
  while (!message.empty()) {
    size_t open = message.find('<');
    out.append(message.substr(0, open));
    if (open == std::string_view::npos) break;
    message.remove_prefix(open);
    size_t close = message.find('>');
    auto value = close == std::string_view::npos ? parameters.end()
                                                 : parameters.find(std::string(message.substr(1, close - 1)));
    if (value == parameters.end()) {
      out.push_back('<');
      message.remove_prefix(1);
    } else {
      out.append(value->second);
      message.remove_prefix(close + 1);
    }
  }
  return out;
}

}  // namespace crannog
