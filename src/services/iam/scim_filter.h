#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace crannog::iam {

/// A SCIM filter: `userName eq "x" and (active eq true or emails[type eq "work"].value co "@x")`.
/// Attribute names compare without case, text too except ids. Source: RFC 7644 section 3.4.2.2. Threads: a value.
class ScimFilter {
 public:
  static constexpr int kDepthMax = 32;

  /// Errors: kInvalidParameterValue, naming the place.
  static Result<ScimFilter> Parse(std::string_view text);
  bool Matches(const JsonValue& resource) const;
  /// Gives attribute (as written) and value when the whole filter is one `attribute eq "value"`: an index can answer it.
  std::optional<std::pair<std::string, std::string>> SingleEquality() const;

 private:
  enum class Operator : uint8_t { kAnd, kOr, kNot, kElement, kEqual, kNotEqual, kContains, kStartsWith, kEndsWith, kPresent, kGreater, kGreaterEqual, kLess, kLessEqual };
  struct Node {
    Operator op = Operator::kAnd;
    std::string attribute;  ///< "name.givenName"
    JsonValue value;
    std::vector<Node> children;
  };
  class Parser;
  static bool Evaluate(const Node& node, const JsonValue& resource);
  static bool Compare(const Node& node, const JsonValue& value);

  Node root_;
};

/// Finds a member without regard to case; null when absent.
const JsonValue* FindScimAttribute(const JsonValue& resource, std::string_view name);

}  // namespace crannog::iam
