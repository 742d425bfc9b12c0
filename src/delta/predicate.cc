#include "delta/predicate.h"

namespace crannog::delta {

Predicate Predicate::Constant(bool value) {
  Predicate made;
  made.kind = Kind::kConstant;
  made.constant = value;
  return made;
}

Predicate Predicate::And(std::vector<Predicate> children) {
  Predicate made;
  made.kind = Kind::kAnd;
  made.children = std::move(children);
  return made;
}

Predicate Predicate::Or(std::vector<Predicate> children) {
  Predicate made;
  made.kind = Kind::kOr;
  made.children = std::move(children);
  return made;
}

Predicate Predicate::Not(Predicate child) {
  Predicate made;
  made.kind = Kind::kNot;
  made.children.push_back(std::move(child));
  return made;
}

Predicate Predicate::Compare(std::vector<std::string> column, Comparison comparison, Value value) {
  Predicate made;
  made.kind = Kind::kCompare;
  made.comparison = comparison;
  made.column = std::move(column);
  made.values.push_back(std::move(value));
  return made;
}

Predicate Predicate::In(std::vector<std::string> column, std::vector<Value> values) {
  Predicate made;
  made.kind = Kind::kIn;
  made.column = std::move(column);
  made.values = std::move(values);
  return made;
}

Predicate Predicate::IsNull(std::vector<std::string> column) {
  Predicate made;
  made.kind = Kind::kIsNull;
  made.column = std::move(column);
  return made;
}

Predicate Predicate::IsNotNull(std::vector<std::string> column) { return Not(IsNull(std::move(column))); }

Predicate Predicate::StartsWith(std::vector<std::string> column, std::string prefix) {
  Predicate made;
  made.kind = Kind::kStartsWith;
  made.column = std::move(column);
  made.values.emplace_back(std::move(prefix));
  return made;
}

}  // namespace crannog::delta
