#include <cctype>

#include "session/commands/commands.h"

namespace crannog::session {
namespace {

// "CREATE INDEX" of plan::CreateIndex, for the message of what is not built.
template <typename Node>
std::string StatementName() {
  std::string_view signature = __PRETTY_FUNCTION__;
  signature = signature.substr(signature.find("Node = ") + 7);
  signature = signature.substr(0, signature.find_first_of(";]"));
  signature = signature.substr(signature.rfind(':') + 1);
  std::string words;
  for (char c : signature) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0 && !words.empty()) words += ' ';
    words += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return words;
}

}  // namespace

Result<CommandResult> RunCommand(const plan::Command& command, Statement& statement) {
  return std::visit(
      [&statement]<typename Node>(const Node& node) -> Result<CommandResult> {
        if constexpr (requires { Run(node, statement); }) return Run(node, statement);
        return Failure(NotImplemented(StatementName<Node>()));
      },
      command.node);
}

Result<CommandResult> RunParsed(const plan::Statement& parsed, Statement& statement) {
  if (parsed.command != nullptr) return RunCommand(*parsed.command, statement);
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(*parsed.query));
  CommandResult result;
  TRY(result.stream, statement.Run(*query.plan));
  result.schema = result.stream->schema();
  return result;
}

}  // namespace crannog::session
