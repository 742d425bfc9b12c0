#include <fmt/format.h>

#include <algorithm>

#include "analyze/resolver.h"
#include "sql/parser.h"

/// Names of columns: qualifiers, fields of structs, lateral aliases, outer queries, session variables, data frames by plan id.
/// Source: Spark 4.1 AttributeSeq.resolve, ColumnResolutionHelper.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::Origin;
using plan::TypeKind;

// Levenshtein's distance over bytes, as commons-text has it over characters.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool SameDroppingLast(const std::vector<std::vector<std::string>>& names, size_t count) {
  auto prefix = [count](const std::vector<std::string>& name) {
    return std::vector<std::string>(name.begin(), name.end() - static_cast<std::ptrdiff_t>(std::min(count, name.size())));
  };
  return std::all_of(names.begin(), names.end(), [&](const auto& name) { return prefix(name) == prefix(names[0]); });
}

// Source: StringUtils.orderSuggestedIdentifiersBySimilarity.
std::vector<std::string> SuggestNames(const std::vector<std::string>& wanted, std::vector<std::vector<std::string>> candidates) {
  size_t keep = 0;
  if (wanted.size() == 1 && SameDroppingLast(candidates, 1)) {
    keep = 1;
  } else if (wanted.size() <= 2 && SameDroppingLast(candidates, 2)) {
    keep = 2;
  }
  std::string base;
  for (const auto& part : wanted) base += (base.empty() ? "" : ".") + QuoteIfNeeded(part);
  std::vector<std::pair<size_t, std::string>> ranked;
  for (auto& name : candidates) {
    if (keep > 0 && name.size() > keep) name.erase(name.begin(), name.end() - static_cast<std::ptrdiff_t>(keep));
    std::string text = QuoteName(name);
    ranked.emplace_back(EditDistance(text, base), std::move(text));
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> out;
  for (auto& entry : ranked) out.push_back(std::move(entry.second));
  return out;
}

std::vector<std::string> FullName(const ScopeColumn& column) {
  std::vector<std::string> name = column.qualifier;
  name.push_back(column.name);
  return name;
}

// Whether the last `count` parts of the column's qualifier are the first ones of `parts`, and its name the next.
bool MatchesQualified(const ScopeColumn& column, std::span<const std::string> parts, size_t count) {
  if (column.qualifier.size() < count || !EqualsIgnoreCase(column.name, parts[count])) return false;
  const size_t skip = column.qualifier.size() - count;
  for (size_t i = 0; i < count; ++i) {
    if (!EqualsIgnoreCase(column.qualifier[skip + i], parts[i])) return false;
  }
  return true;
}

}  // namespace

Bound Resolver::ColumnBound(const ScopeColumn& column, Origin origin) const {
  std::string qualified;
  for (const auto& part : column.qualifier) qualified += QuoteIfNeeded(part) + ".";
  qualified += QuoteIfNeeded(column.name);
  return {plan::MakeResolved(plan::ColumnReference{column.id, column.name, false}, column.type, column.nullable, origin), ColumnText(column.name, std::move(qualified))};
}

Result<std::vector<std::string>> Resolver::NameParts(const plan::Name& name, Names* names) {
  if (name.identifier == nullptr) return name.parts;
  Names none;
  none.allow_outer = false;
  TRY(Bound bound, Resolve(name.identifier, names != nullptr ? *names : none));
  TRY(auto value, Evaluate(bound));
  const std::string text = bound.text->Pretty();
  if (!value) {
    return Fail("NOT_A_CONSTANT_STRING.NOT_CONSTANT", {{"name", "IDENTIFIER"}, {"expr", QuoteExpression(text)}}, name.identifier->origin);
  }
  if (!value->type.IsStringLike()) {
    return Fail("NOT_A_CONSTANT_STRING.WRONG_TYPE", {{"name", "IDENTIFIER"}, {"expr", QuoteExpression(text)}, {"dataType", ToLower(value->type.CatalogString())}}, name.identifier->origin);
  }
  if (value->IsNull()) return Fail("NOT_A_CONSTANT_STRING.NULL", {{"name", "IDENTIFIER"}, {"expr", QuoteExpression(text)}}, name.identifier->origin);
  TRY(std::vector<std::string> parts, sql::ParseMultipartIdentifier(std::get<std::string>(value->value)));
  parts.insert(parts.end(), name.parts.begin(), name.parts.end());
  return parts;
}

Result<std::optional<Bound>> Resolver::FindInColumns(const Columns& columns, const std::vector<std::string>& parts, Origin origin, bool hidden) {
  std::vector<const ScopeColumn*> found;
  size_t used = 0;
  auto collect = [&](size_t count) {
    for (const ScopeColumn& column : columns) {
      if (column.is_hidden != hidden || !MatchesQualified(column, parts, count)) continue;
      if (std::none_of(found.begin(), found.end(), [&](const auto* other) { return other->id == column.id; })) found.push_back(&column);
    }
    used = count + 1;
  };
  for (size_t count = std::min<size_t>(3, parts.size() - 1); count >= 1 && found.empty(); --count) collect(count);
  if (found.empty()) collect(0);
  if (found.empty()) return std::optional<Bound>();
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const auto* column : found) names.push_back(QuoteName(FullName(*column)));
    std::sort(names.begin(), names.end());
    return Fail("AMBIGUOUS_REFERENCE", {{"name", QuoteName(parts)}, {"referenceNames", fmt::format("[{}]", fmt::join(names, ", "))}}, origin);
  }
  // The column is known by the name as written here.
  ScopeColumn column = *found[0];
  column.name = parts[used - 1];
  TRY(Bound bound, FieldPath(ColumnBound(column, origin), std::span(parts).subspan(used), origin));
  return std::optional(std::move(bound));
}

Result<Bound> Resolver::FieldPath(Bound base, std::span<const std::string> fields, Origin origin) {
  for (const std::string& field : fields) {
    TRY(Bound next, MakeGetField(base, field, origin));
    base = std::move(next);
  }
  return base;
}

Result<Bound> Resolver::MakeGetField(const Bound& child, std::string_view field, Origin origin) {
  const DataType& type = child.type();
  const bool in_array = type.Is(TypeKind::kArray) && type.element().Is(TypeKind::kStruct);
  if (type.Is(TypeKind::kMap)) return MakeExtract(child, LiteralBound(plan::Literal::String(std::string(field)), origin), origin);
  if (!type.Is(TypeKind::kStruct) && !in_array) {
    return Fail("INVALID_EXTRACT_BASE_FIELD_TYPE", {{"base", QuoteExpression(child.text->Pretty())}, {"other", QuoteType(type)}}, origin);
  }
  const auto& fields = (in_array ? type.element() : type).fields();
  int index = -1, count = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!EqualsIgnoreCase(fields[i].name, field)) continue;
    if (count++ == 0) index = static_cast<int>(i);
  }
  if (count == 0) {
    std::string list;
    for (const auto& known : fields) list += (list.empty() ? "" : ", ") + QuoteName(known.name);
    return Fail("FIELD_NOT_FOUND", {{"fieldName", QuoteName(field)}, {"fields", list}}, origin);
  }
  if (count > 1) return Fail("AMBIGUOUS_REFERENCE_TO_FIELDS", {{"field", QuoteName(field)}, {"count", std::to_string(count)}}, origin);
  const auto& chosen = fields[static_cast<size_t>(index)];
  TextPtr text = SpliceText({child.text, MakeText("." + std::string(in_array ? std::string_view(chosen.name) : field))});
  const Bound position = LiteralBound(plan::Literal::Int(index));
  if (in_array) {
    return Call("get_array_fields", {child, position}, DataType::Array(chosen.type, type.contains_null() || chosen.nullable), child.nullable(), std::move(text), origin);
  }
  return Call("get_field", {child, position}, chosen.type, child.nullable() || chosen.nullable, std::move(text), origin);
}

Result<Bound> Resolver::MakeExtract(const Bound& child, const Bound& key, Origin origin) {
  const DataType& type = child.type();
  const auto* literal = key.expression->As<plan::Literal>();
  const bool is_text = literal != nullptr && !literal->IsNull() && literal->type.IsStringLike();
  if ((type.Is(TypeKind::kStruct) || (type.Is(TypeKind::kArray) && type.element().Is(TypeKind::kStruct))) && is_text) {
    return MakeGetField(child, std::get<std::string>(literal->value), origin);
  }
  TextPtr text = SpliceText({child.text, MakeText("["), key.text, MakeText("]")});
  if (type.Is(TypeKind::kArray)) {
    auto index = ImplicitCastType(key.type(), TypeSpec{.kind = TypeSpec::Kind::kIntegral, .type = {}, .children = {}}, is_ansi());
    if (!index) return UnexpectedType(text, 1, "\"INTEGRAL\"", key, origin);
    return Call("get_item", {child, Cast(key, *index)}, type.element(), true, std::move(text), origin);
  }
  if (type.Is(TypeKind::kMap)) {
    auto wanted = ImplicitCastType(key.type(), TypeSpec{.kind = TypeSpec::Kind::kConcrete, .type = type.key(), .children = {}}, is_ansi());
    if (!wanted) return UnexpectedType(text, 1, QuoteType(type.key()), key, origin);
    return Call("get_value", {child, Cast(key, type.key())}, type.value(), true, std::move(text), origin);
  }
  if (type.Is(TypeKind::kStruct)) return Fail("INVALID_EXTRACT_FIELD_TYPE", {{"extraction", QuoteExpression(key.text->Pretty())}}, origin);
  return Fail("INVALID_EXTRACT_BASE_FIELD_TYPE", {{"base", QuoteExpression(child.text->Pretty())}, {"other", QuoteType(type)}}, origin);
}

Result<std::optional<Bound>> Resolver::FindInLayers(Names& names, const std::vector<std::string>& parts, Origin origin) {
  for (const Columns* layer : names.layers) {
    TRY(auto found, FindInColumns(*layer, parts, origin, false));
    if (found) return found;
  }
  for (const Columns* layer : names.layers) {
    TRY(auto found, FindInColumns(*layer, parts, origin, true));
    if (found) return found;
  }
  return std::optional<Bound>();
}

Result<std::optional<Bound>> Resolver::FindLateral(Names& names, const std::vector<std::string>& parts, Origin origin) {
  if (names.lateral == nullptr) return std::optional<Bound>();
  const LateralAlias* found = nullptr;
  for (const LateralAlias& alias : *names.lateral) {
    if (!EqualsIgnoreCase(alias.name, parts[0])) continue;
    if (found != nullptr) {
      const auto count = std::count_if(names.lateral->begin(), names.lateral->end(), [&](const auto& other) { return EqualsIgnoreCase(other.name, parts[0]); });
      return Fail("AMBIGUOUS_LATERAL_COLUMN_ALIAS", {{"name", QuoteName(parts)}, {"n", std::to_string(count)}}, origin);
    }
    found = &alias;
  }
  if (found == nullptr) return std::optional<Bound>();
  names.used_lateral = true;
  Bound base{found->value.expression, ColumnText(found->name, QuoteIfNeeded(found->name))};
  TRY(Bound bound, FieldPath(std::move(base), std::span(parts).subspan(1), origin));
  return std::optional(std::move(bound));
}

Result<std::optional<Bound>> Resolver::FindOuter(const std::vector<std::string>& parts, Origin origin) {
  if (outers_.empty()) return std::optional<Bound>();
  OuterQuery& outer = outers_.back();
  for (auto lambda = outer.names->lambdas.rbegin(); lambda != outer.names->lambdas.rend(); ++lambda) {
    if (EqualsIgnoreCase(lambda->name, parts[0])) return std::optional<Bound>();
  }
  TRY(auto found, FindInLayers(*outer.names, parts, origin));
  if (!found) return found;
  // Everything that is a column there is an outer column here.
  std::vector<plan::ColumnReference>* used = outer.used;
  auto marked = Rewrite(found->expression, [used](const plan::ResolvedExpressionPtr& node) -> plan::ResolvedExpressionPtr {
    const auto* column = node->As<plan::ColumnReference>();
    if (column == nullptr) return nullptr;
    plan::ColumnReference reference{column->id, column->name, true};
    if (std::none_of(used->begin(), used->end(), [&](const auto& other) { return other.id == reference.id; })) used->push_back(reference);
    return plan::MakeResolved(reference, node->type, node->nullable, node->origin);
  });
  TextPtr text = MakeText("outer(" + found->text->Full() + ")");
  return std::optional(Bound{std::move(marked), std::move(text)});
}

Result<std::optional<Bound>> Resolver::FindVariable(const std::vector<std::string>& parts, Origin origin) {
  if (context_.variables == nullptr || view_depth_ > 0) return std::optional<Bound>();
  std::span<const std::string> rest(parts);
  if (rest.size() >= 3 && EqualsIgnoreCase(rest[0], "system") && EqualsIgnoreCase(rest[1], "session")) {
    rest = rest.subspan(2);
  } else if (rest.size() >= 2 && EqualsIgnoreCase(rest[0], "session")) {
    rest = rest.subspan(1);
  }
  auto found = context_.variables->find(ToLower(rest[0]));
  if (found == context_.variables->end()) return std::optional<Bound>();
  Bound value = LiteralBound(found->second.value, origin);
  value.expression = plan::MakeResolved(found->second.value, found->second.type, true, origin);
  value.text = ColumnText(rest[0], "system.session." + rest[0]);
  TRY(Bound bound, FieldPath(std::move(value), rest.subspan(1), origin));
  return std::optional(std::move(bound));
}

Error Resolver::UnresolvedColumn(const std::vector<std::string>& parts, Origin origin, const Names& names) const {
  std::vector<const ScopeColumn*> columns;
  for (const Columns* layer : names.layers) {
    for (const auto& column : *layer) {
      if (!column.is_hidden && std::none_of(columns.begin(), columns.end(), [&](const auto* other) { return other->id == column.id; })) columns.push_back(&column);
    }
    if (!columns.empty()) break;
  }
  if (columns.empty()) return At(ConditionError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", {{"objectName", QuoteName(parts)}}), origin);
  std::stable_sort(columns.begin(), columns.end(), [](const auto* a, const auto* b) { return a->name != b->name ? a->name < b->name : a->id < b->id; });
  std::vector<std::vector<std::string>> candidates;
  for (const auto* column : columns) candidates.push_back(FullName(*column));
  auto suggested = SuggestNames(parts, std::move(candidates));
  if (suggested.size() > 5) suggested.resize(5);
  return At(ConditionError("UNRESOLVED_COLUMN.WITH_SUGGESTION", {{"objectName", QuoteName(parts)}, {"proposal", fmt::format("{}", fmt::join(suggested, ", "))}}), origin);
}

Result<Bound> Resolver::ResolveByPlanId(const plan::AttributeReference& reference, Origin origin, Names& names) {
  auto known = plan_columns_.find(*reference.plan_id);
  const std::string shown = QuoteName(reference.name.parts);
  if (known == plan_columns_.end()) return Fail("CANNOT_RESOLVE_DATAFRAME_COLUMN", {{"name", shown}}, origin);
  std::vector<Bound> visible;
  bool exists = false;
  for (const Columns& columns : known->second) {
    TRY(auto found, FindInColumns(columns, reference.name.parts, origin, false));
    if (!found) continue;
    exists = true;
    bool is_visible = true;
    Walk(found->expression, [&](const plan::ResolvedExpression& node) {
      if (const auto* column = node.As<plan::ColumnReference>()) {
        const bool present = std::any_of(names.layers.begin(), names.layers.end(), [&](const Columns* layer) {
          return std::any_of(layer->begin(), layer->end(), [&](const auto& other) { return other.id == column->id; });
        });
        is_visible = is_visible && present;
      }
      return true;
    });
    if (is_visible && std::none_of(visible.begin(), visible.end(), [&](const Bound& other) { return SameExpression(*other.expression, *found->expression); })) visible.push_back(*found);
  }
  if (visible.size() == 1) return visible[0];
  if (visible.size() > 1) return Fail("AMBIGUOUS_COLUMN_REFERENCE", {{"name", shown}}, origin);
  if (!exists) {
    Names local;
    local.layers = {&known->second.front()};
    return Failure(UnresolvedColumn(reference.name.parts, origin, local));
  }
  // The column was computed anew on the way (withColumn, fillna): its name still finds it.
  TRY(auto by_name, FindInLayers(names, reference.name.parts, origin));
  if (by_name) return *by_name;
  return Fail("CANNOT_RESOLVE_DATAFRAME_COLUMN", {{"name", shown}}, origin);
}

Result<Bound> Resolver::ResolveName(const plan::AttributeReference& reference, Origin origin, Names& names) {
  if (reference.plan_id) return ResolveByPlanId(reference, origin, names);
  TRY(std::vector<std::string> parts, NameParts(reference.name, &names));
  for (auto lambda = names.lambdas.rbegin(); lambda != names.lambdas.rend(); ++lambda) {
    if (EqualsIgnoreCase(lambda->name, parts[0])) return FieldPath(lambda->variable, std::span<const std::string>(parts).subspan(1), origin);
  }
  TRY(auto local, FindInLayers(names, parts, origin));
  if (local) return *local;
  TRY(auto lateral, FindLateral(names, parts, origin));
  if (lateral) return *lateral;
  // Parameters of a SQL function whose body is being resolved.
  if (!function_parameters_.empty() && function_parameters_.back() != nullptr) {
    const auto& parameters = *function_parameters_.back();
    auto found = parameters.find(ToLower(parts[0]));
    size_t used = 1;
    if (found == parameters.end() && parts.size() > 1 && parameters.contains("." + ToLower(parts[0]))) {
      found = parameters.find(ToLower(parts[1]));
      used = 2;
    }
    if (found != parameters.end()) return FieldPath(found->second, std::span<const std::string>(parts).subspan(used), origin);
  }
  if (names.allow_outer) {
    TRY(auto outer, FindOuter(parts, origin));
    if (outer) return *outer;
  }
  if (parts.size() == 1) {
    static constexpr std::string_view kWithoutParentheses[] = {"current_date", "current_timestamp", "current_user", "user", "session_user", "localtimestamp", "current_time"};
    const std::string lower = ToLower(parts[0]);
    for (std::string_view name : kWithoutParentheses) {
      if (lower == name) return CallBuiltin(name, {}, origin);
    }
    if (lower == "grouping__id") return CallBuiltin("grouping_id", {}, origin);
  }
  TRY(auto variable, FindVariable(parts, origin));
  if (variable) return *variable;
  return Failure(UnresolvedColumn(parts, origin, names));
}

}  // namespace crannog::analyze
