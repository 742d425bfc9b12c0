#include <algorithm>

#include "conformance/worker.h"
#include "sql/parser.h"

namespace crannog::conformance {
namespace {

// Walks an unresolved query the way Spark walks the analysed plan: operators that lose the order answer no, a global sort answers yes.
struct OrderFinder {
  bool Any(std::initializer_list<const plan::RelationPtr*> children) const {
    return std::any_of(children.begin(), children.end(), [this](const auto* child) { return *child != nullptr && IsSorted(**child); });
  }
  bool IsSorted(const plan::Relation& relation) const {
    return std::visit([this](const auto& node) { return Visit(node); }, relation.node);
  }

  bool Visit(const plan::Sort& node) const { return node.is_global || Any({&node.input}); }
  bool Visit(const plan::Join&) const { return false; }
  bool Visit(const plan::Aggregate&) const { return false; }
  bool Visit(const plan::Pivot&) const { return false; }
  bool Visit(const plan::LateralView&) const { return false; }
  bool Visit(const plan::Sample&) const { return false; }
  bool Visit(const plan::Distinct&) const { return false; }
  bool Visit(const plan::SetOperation& node) const {
    if (node.kind == plan::SetOperationKind::kUnion && !node.is_all) return false;
    return Any({&node.left, &node.right});
  }
  bool Visit(const plan::With& node) const {
    return Any({&node.input}) || std::any_of(node.definitions.begin(), node.definitions.end(),
                                            [this](const auto& definition) { return Any({&definition.query}); });
  }
  template <typename Node>
  bool Visit(const Node& node) const {
    if constexpr (requires { node.input; }) return Any({&node.input});
    return false;
  }
};

}  // namespace

bool KeepsRowOrder(const std::string& sql, const std::string& schema) {
  if (schema == "struct<col_name:string,data_type:string,comment:string>") return true;
  const auto statement = sql::ParseStatement(sql);
  if (!statement || statement->query == nullptr) return false;
  return OrderFinder().IsSorted(*statement->query);
}

}  // namespace crannog::conformance
