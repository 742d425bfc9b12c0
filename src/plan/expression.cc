#include "plan/expression.h"

namespace crannog::plan {

ExpressionPtr MakeCall(std::string name, std::vector<ExpressionPtr> arguments, Origin origin) {
  FunctionCall call;
  call.name.parts = {std::move(name)};
  call.arguments = std::move(arguments);
  call.is_operator = true;
  return MakeExpression(std::move(call), origin);
}

}  // namespace crannog::plan
