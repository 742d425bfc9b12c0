#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/catalog_client.h"
#include "services/catalog/catalog.h"

namespace crannog::catalog {

inline constexpr std::string_view kInformationSchema = "information_schema";

/// The views of `<catalog>.information_schema` (of every catalog in `system`), as one actor sees them: rows are what the actor may see.
/// A view's text holds its rows as literals, made anew each time it is looked up. Source: reference/governance.md section 3.6.
/// Threads: any.
class InformationSchema {
 public:
  explicit InformationSchema(Catalog& catalog) : catalog_(catalog) {}

  /// Names of the views, in alphabetical order.
  static std::vector<std::string> ViewNames();
  /// The view with its columns and without rows; for lists and DESCRIBE.
  static std::optional<analyze::TableInfo> Describe(const std::string& catalog, const std::string& view);
  /// The view with its rows; nothing for an unknown name.
  Result<std::optional<analyze::TableInfo>> Find(const Actor& actor, const std::string& catalog, const std::string& view);

 private:
  Catalog& catalog_;
};

}  // namespace crannog::catalog
