#include "http/router.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/check.h"

namespace crannog::http {
namespace {

using RouteSet = std::array<const Route*, kMethodCount>;

// One piece of a pattern: literal prefix, a hole, literal suffix ("files" "{path=**}" "", "" "{name}" ":query").
struct Piece {
  std::string prefix;
  std::string hole;
  std::string suffix;
  bool takes_slashes = false;

  auto Shape() const { return std::tie(prefix, suffix, takes_slashes); }
};

[[noreturn]] void BadPattern(const std::string& pattern, const char* why) {
  std::fprintf(stderr, "broken route pattern %s: %s\n", pattern.c_str(), why);
  std::abort();
}

// Splits "/a/{b}/c{d=**}" at the slashes outside of the last tail.
std::vector<std::string> SplitPattern(std::string_view pattern) {
  std::vector<std::string> out;
  pattern.remove_prefix(1);
  for (;;) {
    const size_t slash = pattern.find('/');
    const size_t tail = pattern.find("=**}");
    if (slash == std::string_view::npos || (tail != std::string_view::npos && pattern.substr(0, slash).find('{') < tail && tail < slash)) {
      out.emplace_back(pattern);
      return out;
    }
    out.emplace_back(pattern.substr(0, slash));
    pattern.remove_prefix(slash + 1);
  }
}

Piece ParsePiece(const std::string& pattern, std::string_view text) {
  Piece piece;
  const size_t open = text.find('{');
  const size_t close = text.find('}');
  if (close == std::string_view::npos || close < open) BadPattern(pattern, "a { without its }");
  piece.prefix = text.substr(0, open);
  piece.suffix = text.substr(close + 1);
  if (piece.suffix.find('{') != std::string::npos) BadPattern(pattern, "two holes in one segment");
  std::string_view name = text.substr(open + 1, close - open - 1);
  if (name.ends_with("=**")) {
    piece.takes_slashes = true;
    name.remove_suffix(3);
  }
  if (name.empty()) BadPattern(pattern, "a hole without a name");
  piece.hole = name;
  return piece;
}

}  // namespace

struct Router::Node {
  struct Branch {
    Piece piece;
    std::unique_ptr<Node> node;
  };
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::vector<Branch> holes;  // those with more literal text first
  std::vector<Branch> tails;
  RouteSet routes{};
  std::array<std::vector<std::string>, kMethodCount> names;  // of the holes on the way, per route

  static Node& Ensure(std::vector<Branch>& branches, Piece piece) {
    const size_t literal = piece.prefix.size() + piece.suffix.size();
    auto at = branches.begin();
    for (; at != branches.end(); ++at) {
      if (at->piece.Shape() == piece.Shape()) return *at->node;
      if (at->piece.prefix.size() + at->piece.suffix.size() < literal) break;
    }
    return *branches.insert(at, {std::move(piece), std::make_unique<Node>()})->node;
  }
};

namespace {

struct Search {
  Method method;
  std::vector<std::string_view> values;
  RouteSet allowed{};
};

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Add(Route route) {
  if (route.pattern.empty() || route.pattern[0] != '/') BadPattern(route.pattern, "it must begin with /");
  Node* node = root_.get();
  std::vector<std::string> names;
  for (const std::string& segment : SplitPattern(route.pattern)) {
    if (segment.find('{') == std::string::npos) {
      auto& next = node->literals[segment];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
      continue;
    }
    Piece piece = ParsePiece(route.pattern, segment);
    names.push_back(piece.hole);
    node = &Node::Ensure(piece.takes_slashes ? node->tails : node->holes, std::move(piece));
  }
  const auto method = static_cast<size_t>(route.method);
  if (node->routes[method] != nullptr) BadPattern(route.pattern, "the same method and shape is there already");
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  node->routes[method] = routes_.back().get();
  node->names[method] = std::move(names);
}

bool Router::CanAdd(Method method, std::string_view pattern) const {
  const Node* node = root_.get();
  for (const std::string& segment : SplitPattern(pattern)) {
    const Node* next = nullptr;
    if (segment.find('{') == std::string::npos) {
      if (auto it = node->literals.find(segment); it != node->literals.end()) next = it->second.get();
    } else {
      const Piece piece = ParsePiece(std::string(pattern), segment);
      for (const auto& branch : piece.takes_slashes ? node->tails : node->holes) {
        if (branch.piece.Shape() == piece.Shape()) next = branch.node.get();
      }
    }
    if (next == nullptr) return true;
    node = next;
  }
  return node->routes[static_cast<size_t>(method)] == nullptr;
}

Router::Found Router::Match(Method method, std::string_view path) const {
  // Depth is bounded by the pattern's segments, and each level tries few branches.
  struct Walk {
    Search search;
    Found found;

    bool Accept(const Node& node) {
      auto use = [&](Method as) {
        const auto index = static_cast<size_t>(as);
        if (node.routes[index] == nullptr) return false;
        found.route = node.routes[index];
        for (size_t i = 0; i < search.values.size(); ++i) {
          found.parameters.emplace_back(node.names[index][i], PercentDecode(search.values[i], Plus::kLiteral));
        }
        return true;
      };
      if (use(search.method)) return true;
      if (search.method == Method::kHead && use(Method::kGet)) return true;
      for (size_t i = 0; i < kMethodCount; ++i) {
        if (node.routes[i] != nullptr) search.allowed[i] = node.routes[i];
      }
      return false;
    }

    // `rest` is what follows the slash; `at_end` when there was none.
    bool Visit(const Node& node, std::string_view rest, bool at_end) {
      if (at_end) return Accept(node);
      const size_t slash = rest.find('/');
      const bool last = slash == std::string_view::npos;
      const std::string_view segment = rest.substr(0, slash);
      const std::string_view after = last ? std::string_view() : rest.substr(slash + 1);
      if (auto it = node.literals.find(segment); it != node.literals.end() && Visit(*it->second, after, last)) return true;
      for (const auto& branch : node.holes) {
        const Piece& piece = branch.piece;
        if (segment.size() <= piece.prefix.size() + piece.suffix.size()) continue;
        if (!segment.starts_with(piece.prefix) || !segment.ends_with(piece.suffix)) continue;
        search.values.push_back(
            segment.substr(piece.prefix.size(), segment.size() - piece.prefix.size() - piece.suffix.size()));
        if (Visit(*branch.node, after, last)) return true;
        search.values.pop_back();
      }
      for (const auto& branch : node.tails) {
        const Piece& piece = branch.piece;
        if (rest.size() < piece.prefix.size() + piece.suffix.size()) continue;
        if (!rest.starts_with(piece.prefix) || !rest.ends_with(piece.suffix)) continue;
        const std::string_view value = rest.substr(piece.prefix.size(), rest.size() - piece.prefix.size() - piece.suffix.size());
        if (!piece.prefix.empty() && !value.empty() && value[0] != '/') continue;
        search.values.push_back(value);
        if (Accept(*branch.node)) return true;
        search.values.pop_back();
      }
      return false;
    }
  };
  Walk walk;
  walk.search.method = method;
  if (!path.empty() && path[0] == '/') {
    path.remove_prefix(1);
    if (walk.Visit(*root_, path, false)) return std::move(walk.found);
    // A trailing slash means the same resource.
    if (path.ends_with('/') && walk.Visit(*root_, path.substr(0, path.size() - 1), false)) return std::move(walk.found);
  }
  for (size_t i = 0; i < kMethodCount; ++i) {
    if (walk.search.allowed[i] != nullptr) walk.found.allowed.push_back(static_cast<Method>(i));
  }
  return std::move(walk.found);
}

}  // namespace crannog::http
