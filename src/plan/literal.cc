#include "plan/literal.h"

namespace crannog::plan {

bool Literal::operator==(const Literal& other) const {
  if (!(type == other.type) || value.index() != other.value.index()) return false;
  if (const auto* children = std::get_if<Children>(&value)) return **children == *std::get<Children>(other.value);
  return value == other.value;
}

}  // namespace crannog::plan
