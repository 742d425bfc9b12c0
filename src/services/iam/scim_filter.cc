#include "services/iam/scim_filter.h"

#include <fmt/format.h>

#include <cctype>

#include "services/iam/names.h"

namespace crannog::iam {

// Recursive descent: or > and > not > ( ) | attribute operator value.
class ScimFilter::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Node> ParseAll() {
    TRY(Node node, ParseOr(0));
    SkipSpace();
    if (at_ != text_.size()) return Failure(Broken("the end"));
    return node;
  }

 private:
  Error Broken(std::string_view expected) const {
    return MakeError(ErrorCode::kInvalidParameterValue,
                     fmt::format("malformed filter: expected {} at position {} of: {}", expected, at_, text_),
                     "write it like: userName eq \"someone@example.com\"");
  }
  void SkipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool TakeChar(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  static bool IsAttributePart(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' || c == '$' || c == ':';
  }
  std::string_view PeekWord() {
    SkipSpace();
    size_t end = at_;
    while (end < text_.size() && IsAttributePart(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  bool TakeWord(std::string_view word) {
    std::string_view next = PeekWord();
    if (NameKey(next) != word) return false;
    at_ += next.size();
    return true;
  }

  Result<Node> ParseOr(int depth) {
    if (depth > kDepthMax) return Failure(Broken("less nesting"));
    TRY(Node left, ParseAnd(depth));
    while (TakeWord("or")) {
      TRY(Node right, ParseAnd(depth));
      left = Join(Operator::kOr, std::move(left), std::move(right));
    }
    return left;
  }

  Result<Node> ParseAnd(int depth) {
    TRY(Node left, ParseOne(depth));
    while (TakeWord("and")) {
      TRY(Node right, ParseOne(depth));
      left = Join(Operator::kAnd, std::move(left), std::move(right));
    }
    return left;
  }

  static Node Join(Operator op, Node left, Node right) {
    Node node;
    node.op = op;
    node.children.push_back(std::move(left));
    node.children.push_back(std::move(right));
    return node;
  }

  Result<Node> ParseOne(int depth) {
    if (TakeWord("not")) {
      TRY(Node inner, ParseOne(depth + 1));
      Node node;
      node.op = Operator::kNot;
      node.children.push_back(std::move(inner));
      return node;
    }
    if (TakeChar('(')) {
      TRY(Node node, ParseOr(depth + 1));
      if (!TakeChar(')')) return Failure(Broken("')'"));
      return node;
    }
    Node node;
    node.attribute = PeekWord();
    if (node.attribute.empty()) return Failure(Broken("an attribute"));
    at_ += node.attribute.size();
    if (TakeChar('[')) {
      node.op = Operator::kElement;
      TRY(Node inner, ParseOr(depth + 1));
      if (!TakeChar(']')) return Failure(Broken("']'"));
      node.children.push_back(std::move(inner));
      return node;
    }
    return ParseComparison(std::move(node));
  }

  Result<Node> ParseComparison(Node node) {
    static constexpr std::pair<std::string_view, Operator> kOperators[] = {
        {"eq", Operator::kEqual}, {"ne", Operator::kNotEqual}, {"co", Operator::kContains},
        {"sw", Operator::kStartsWith}, {"ew", Operator::kEndsWith}, {"pr", Operator::kPresent},
        {"gt", Operator::kGreater}, {"ge", Operator::kGreaterEqual}, {"lt", Operator::kLess},
        {"le", Operator::kLessEqual}};
    bool known = false;
    for (const auto& [name, op] : kOperators) {
      if (!TakeWord(name)) continue;
      node.op = op;
      known = true;
      break;
    }
    if (!known) return Failure(Broken("one of eq, ne, co, sw, ew, pr, gt, ge, lt, le"));
    if (node.op == Operator::kPresent) return node;
    TRY(node.value, ParseValue());
    return node;
  }

  Result<JsonValue> ParseValue() {
    SkipSpace();
    size_t end = at_;
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const char quote = text_[at_];
      for (++end; end < text_.size() && text_[end] != quote; ++end) {
        if (text_[end] == '\\') ++end;
      }
      if (end >= text_.size()) return Failure(Broken("a closing quote"));
      std::string_view body = text_.substr(at_ + 1, end - at_ - 1);
      at_ = end + 1;
      if (quote == '\'') return JsonValue(body);
      return ParseJson(fmt::format("\"{}\"", body));
    }
    const std::string_view word = PeekWord();
    if (word.empty()) return Failure(Broken("a value"));
    at_ += word.size();
    if (auto json = ParseJson(word)) return *json;
    return JsonValue(word);  // Databricks takes unquoted text too
  }

  std::string_view text_;
  size_t at_ = 0;
};

Result<ScimFilter> ScimFilter::Parse(std::string_view text) {
  ScimFilter filter;
  TRY(filter.root_, Parser(text).ParseAll());
  return filter;
}

std::optional<std::pair<std::string, std::string>> ScimFilter::SingleEquality() const {
  if (root_.op != Operator::kEqual || !root_.value.IsString()) return std::nullopt;
  return std::pair(root_.attribute, root_.value.AsString());
}

bool ScimFilter::Matches(const JsonValue& resource) const { return Evaluate(root_, resource); }

const JsonValue* FindScimAttribute(const JsonValue& resource, std::string_view name) {
  if (!resource.IsObject()) return nullptr;
  const std::string key = NameKey(name);
  for (const auto& [member, value] : resource.AsObject()) {
    if (NameKey(member) == key) return &value;
  }
  return nullptr;
}

namespace {

// Calls `test` with every value that a dotted path reaches, through lists; true when one passes.
template <typename Test>
bool AnyAt(const JsonValue& value, std::string_view path, const Test& test) {
  if (value.IsArray()) {
    for (const JsonValue& element : value.AsArray()) {
      if (AnyAt(element, path, test)) return true;
    }
    return false;
  }
  if (path.empty()) {
    // A complex value stands for its "value" (RFC 7644: emails co "x").
    if (const JsonValue* inner = FindScimAttribute(value, "value")) return test(*inner);
    return test(value);
  }
  const size_t dot = path.find('.');
  const JsonValue* next = FindScimAttribute(value, path.substr(0, dot));
  return next != nullptr && AnyAt(*next, dot == std::string_view::npos ? "" : path.substr(dot + 1), test);
}

std::string TextOf(const JsonValue& value) {
  if (value.IsString()) return NameKey(value.AsString());
  return NameKey(WriteJson(value));
}

}  // namespace

bool ScimFilter::Evaluate(const Node& node, const JsonValue& resource) {
  switch (node.op) {
    case Operator::kAnd: return Evaluate(node.children[0], resource) && Evaluate(node.children[1], resource);
    case Operator::kOr: return Evaluate(node.children[0], resource) || Evaluate(node.children[1], resource);
    case Operator::kNot: return !Evaluate(node.children[0], resource);
    case Operator::kElement: {
      const JsonValue* list = FindScimAttribute(resource, node.attribute);
      if (list == nullptr || !list->IsArray()) return false;
      for (const JsonValue& element : list->AsArray()) {
        if (Evaluate(node.children[0], element)) return true;
      }
      return false;
    }
    case Operator::kNotEqual:
      return !AnyAt(resource, node.attribute, [&node](const JsonValue& value) { return TextOf(value) == TextOf(node.value); });
    case Operator::kEqual:
    case Operator::kContains:
    case Operator::kStartsWith:
    case Operator::kEndsWith:
    case Operator::kPresent:
    case Operator::kGreater:
    case Operator::kGreaterEqual:
    case Operator::kLess:
    case Operator::kLessEqual:
      return AnyAt(resource, node.attribute, [&node](const JsonValue& value) { return Compare(node, value); });
  }
  return false;
}

bool ScimFilter::Compare(const Node& node, const JsonValue& value) {
  const std::string left = TextOf(value), right = TextOf(node.value);
  const bool numbers = value.IsNumber() && node.value.IsNumber();
  const bool less = numbers ? value.AsDouble() < node.value.AsDouble() : left < right;
  const bool equal = numbers ? value.AsDouble() == node.value.AsDouble() : left == right;
  switch (node.op) {
    case Operator::kEqual: return equal;
    case Operator::kContains: return left.find(right) != std::string::npos;
    case Operator::kStartsWith: return left.starts_with(right);
    case Operator::kEndsWith: return left.ends_with(right);
    case Operator::kPresent: return !value.IsNull() && left != "";
    case Operator::kGreater: return !less && !equal;
    case Operator::kGreaterEqual: return !less;
    case Operator::kLess: return less;
    case Operator::kLessEqual: return less || equal;
    case Operator::kNotEqual:
    case Operator::kAnd:
    case Operator::kOr:
    case Operator::kNot:
    case Operator::kElement: return false;
  }
  return false;
}

}  // namespace crannog::iam
