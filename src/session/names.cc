#include "session/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace crannog::session {
namespace {

std::string Quoted(std::string_view part) {
  std::string out = "`";
  for (char c : part) out += c == '`' ? "``" : std::string(1, c);
  return out + "`";
}

// Matches '*' as any run of characters; no other character is special after lower-casing.
bool MatchesGlob(std::string_view text, std::string_view glob) {
  size_t t = 0, g = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (g < glob.size() && (glob[g] == text[t] || glob[g] == '.')) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::string Trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
  return out;
}

std::string Upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return c < 0x80 ? std::toupper(c) : c; });
  return out;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) { return a.size() == b.size() && Lower(a) == Lower(b); }

std::string QuotedName(const std::vector<std::string>& parts) {
  std::vector<std::string> quoted;
  for (const std::string& part : parts) quoted.push_back(Quoted(part));
  return fmt::format("{}", fmt::join(quoted, "."));
}
std::string QuotedName(const analyze::ObjectName& name) { return QuotedName(std::vector{name.catalog, name.schema, name.name}); }
std::string QuotedName(const analyze::SchemaName& name) { return QuotedName(std::vector{name.catalog, name.schema}); }

std::string QuoteIfNeeded(std::string_view part) {
  const bool is_plain = !part.empty() &&
                        std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }) &&
                        !std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return is_plain ? std::string(part) : Quoted(part);
}

std::string PlainName(const std::vector<std::string>& parts) {
  std::vector<std::string> quoted;
  for (const std::string& part : parts) quoted.push_back(QuoteIfNeeded(part));
  return fmt::format("{}", fmt::join(quoted, "."));
}
std::string PlainName(const analyze::ObjectName& name) { return PlainName(std::vector{name.catalog, name.schema, name.name}); }

Result<std::vector<std::string>> NameParts(const plan::Name& name, Statement& statement) {
  if (name.identifier == nullptr) return name.parts;
  TRY(const plan::Literal value, statement.Evaluate(name.identifier));
  const auto* text = std::get_if<std::string>(&value.value);
  if (text == nullptr) {
    const char* reason = value.IsNull() ? "NOT_A_CONSTANT_STRING.NULL" : "NOT_A_CONSTANT_STRING.WRONG_TYPE";
    std::map<std::string, std::string> parameters = {{"name", "IDENTIFIER"}, {"expr", ""}};
    if (!value.IsNull()) parameters["dataType"] = value.type.CatalogString();
    return Failure(statement.Condition(reason, std::move(parameters), name.origin));
  }
  TRY(std::vector<std::string> parts, sql::ParseMultipartIdentifier(*text, ParserOptionsOf(*statement.facts)));
  parts.insert(parts.end(), name.parts.begin(), name.parts.end());
  return parts;
}

Result<analyze::ObjectName> ToObjectName(const std::vector<std::string>& parts, const Statement& statement) {
  const analyze::SchemaName& current = statement.facts->current;
  switch (parts.size()) {
    case 1: return analyze::ObjectName{current.catalog, current.schema, parts[0]};
    case 2: return analyze::ObjectName{current.catalog, parts[0], parts[1]};
    case 3: return analyze::ObjectName{parts[0], parts[1], parts[2]};
    default:
      return Failure(statement.Condition("IDENTIFIER_TOO_MANY_NAME_PARTS", {{"identifier", QuotedName(parts)}, {"limit", "3"}}));
  }
}

Result<analyze::ObjectName> ResolveObject(const plan::Name& name, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  return ToObjectName(parts, statement);
}

Result<analyze::SchemaName> ResolveSchema(const plan::Name& name, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  const analyze::SchemaName& current = statement.facts->current;
  switch (parts.size()) {
    case 0: return current;
    case 1: {
      // One part may be a catalog only where no schema of that name is meant; commands that allow it ask themselves.
      return analyze::SchemaName{current.catalog, parts[0]};
    }
    case 2: return analyze::SchemaName{parts[0], parts[1]};
    default:
      return Failure(statement.Condition("REQUIRES_SINGLE_PART_NAMESPACE",
                                         {{"sessionCatalog", current.catalog}, {"namespace", QuotedName(parts)}}));
  }
}

bool MatchesPattern(std::string_view name, const plan::Pattern& pattern) {
  if (!pattern) return true;
  const std::string lower = Lower(name);
  std::string_view rest = *pattern;
  while (true) {
    const size_t bar = rest.find('|');
    if (MatchesGlob(lower, Lower(Trim(rest.substr(0, bar))))) return true;
    if (bar == std::string_view::npos) return false;
    rest.remove_prefix(bar + 1);
  }
}

Error RelationNotFound(const plan::Name& name, const std::vector<std::string>& parts, const Statement& statement) {
  return statement.Condition("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", QuotedName(parts)}}, name.origin);
}

Result<FoundRelation> FindRelation(const plan::Name& name, Statement& statement) {
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  FoundRelation found;
  if (parts.size() == 1) {
    if (const auto view = statement.facts->views.find(Lower(parts[0])); view != statement.facts->views.end()) {
      found.temporary = &view->second;
      found.view_name = view->first;
      return found;
    }
  }
  if (parts.size() == 2 && EqualsIgnoringCase(parts[0], "global_temp")) {
    if (const auto view = statement.facts->global_views.find(Lower(parts[1])); view != statement.facts->global_views.end()) {
      found.temporary = &view->second;
      found.view_name = view->first;
      found.is_global = true;
    }
    return found;
  }
  if (parts.size() > 3) return found;
  TRY(const analyze::ObjectName object, ToObjectName(parts, statement));
  TRY(found.table, statement.catalog().FindTable(object));
  return found;
}

Result<FoundRelation> GetRelation(const plan::Name& name, Statement& statement) {
  TRY(FoundRelation found, FindRelation(name, statement));
  if (found.exists()) return found;
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  return Failure(RelationNotFound(name, parts, statement));
}

Result<analyze::TableInfo> GetTable(const plan::Name& name, Statement& statement) {
  TRY(const FoundRelation found, GetRelation(name, statement));
  if (found.table) return *found.table;
  TRY(const std::vector<std::string> parts, NameParts(name, statement));
  return Failure(statement.Condition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", {{"operation", ""}, {"viewName", QuotedName(parts)}}, name.origin));
}

}  // namespace crannog::session
