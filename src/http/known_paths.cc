#include "http/known_paths.h"

#include <algorithm>
#include <string>

#include "http/router.h"

namespace crannog::http {
namespace {

struct KnownPath {
  std::string_view method;
  std::string_view pattern;
  std::string_view name;
};

constexpr KnownPath kKnownPaths[] = {
#include "known_paths.inc"
};

// "/api/2.1/jobs/get" to "/api/v/jobs/get": clients of different ages ask for different versions of one endpoint.
std::string WithoutVersion(std::string_view path) {
  constexpr std::string_view kPrefix = "/api/";
  if (!path.starts_with(kPrefix)) return std::string(path);
  const size_t end = std::min(path.find('/', kPrefix.size()), path.size());
  const std::string_view version = path.substr(kPrefix.size(), end - kPrefix.size());
  const bool is_version = version.size() == 3 && version[1] == '.' && std::isdigit(static_cast<unsigned char>(version[0]));
  return is_version ? "/api/v" + std::string(path.substr(end)) : std::string(path);
}

Router BuildTable() {
  Router router;
  for (const KnownPath& known : kKnownPaths) {
    const auto method = FindMethod(known.method);
    const std::string pattern = WithoutVersion(known.pattern);
    // The same endpoint in two versions is one entry.
    if (method && router.CanAdd(*method, pattern)) {
      router.Add({.method = *method, .pattern = pattern, .action = std::string(known.name)});
    }
  }
  return router;
}

}  // namespace

std::string_view FindKnownEndpoint(Method method, std::string_view path) {
  static const Router table = BuildTable();
  const Route* route = table.Match(method, WithoutVersion(path)).route;
  return route != nullptr ? std::string_view(route->action) : std::string_view();
}

}  // namespace crannog::http
