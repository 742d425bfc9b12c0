#include "session/explain_text.h"

#include <fmt/format.h>

namespace crannog::session {

Result<std::string> ExplainText(const plan::Relation& relation, std::string_view mode, Statement& statement) {
  TRY(const analyze::AnalyzedQuery query, statement.Analyze(relation));
  TRY(const std::string physical, statement.core.engine.Explain(*query.plan, statement.execution));
  std::string text;
  if (mode == "extended" || mode == "cost") {
    std::vector<std::string> columns;
    for (const auto& column : query.plan->output) columns.push_back(fmt::format("{}: {}", column.name, column.type.CatalogString()));
    text += fmt::format("== Analyzed Logical Plan ==\n{}\n\n", fmt::join(columns, ", "));
  }
  return text + "== Physical Plan ==\n" + physical + "\n";
}

}  // namespace crannog::session
