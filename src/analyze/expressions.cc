#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "analyze/resolver.h"
#include "analyze/time_zone.h"
#include "sql/datetime_text.h"
#include "sql/parser.h"

/// Expressions: what each kind of node means. Calls are in expressions_calls.cc, names in expressions_names.cc.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::EvalMode;
using plan::ExpressionPtr;
using plan::Literal;
using plan::Origin;
using plan::TypeKind;

// Deeper nesting would exhaust the stack; the parser's own limit is lower.
constexpr int kDepthMax = 1200;

class DepthGuard {
 public:
  explicit DepthGuard(int& depth) : depth_(depth) { ++depth_; }
  ~DepthGuard() { --depth_; }

 private:
  int& depth_;
};

std::string LastPart(const std::vector<std::string>& parts) { return parts.empty() ? "" : parts.back(); }

int64_t LocalToInstant(int64_t local_micros, std::string_view zone) {
  const int64_t local_seconds = local_micros >= 0 ? local_micros / 1'000'000 : -((-local_micros + 999'999) / 1'000'000);
  const int64_t before = ZoneOffsetSeconds(zone, local_seconds - 86400);
  const int64_t guess = ZoneOffsetSeconds(zone, local_seconds - before);
  // In a gap the offset before it holds, in an overlap the earlier instant: both are the offset before the transition where it fits.
  const int64_t with_before = local_seconds - before;
  const int64_t offset = ZoneOffsetSeconds(zone, with_before) == before ? before : guess;
  const bool in_gap = ZoneOffsetSeconds(zone, local_seconds - offset) != offset;
  return local_micros - (in_gap ? before : offset) * 1'000'000;
}

int64_t DayStart(int64_t micros, std::string_view zone) {
  const int64_t local = micros + ZoneOffsetSeconds(zone, micros / 1'000'000) * 1'000'000;
  return local / 86'400'000'000;
}

}  // namespace

Result<Bound> Resolver::ResolveSpecialLiteral(const plan::FunctionCall& call, Origin origin) {
  const auto* text_literal = call.arguments[0]->As<Literal>();
  const std::string text = std::get<std::string>(text_literal->value);
  std::string word = ToLower(text);
  word.erase(std::remove(word.begin(), word.end(), ' '), word.end());
  const int64_t now = context_.statement_time_micros;
  std::optional<int64_t> day;
  if (word == "epoch") day = 0;
  if (word == "today" || word == "now") day = DayStart(now, zone_);
  if (word == "yesterday") day = DayStart(now, zone_) - 1;
  if (word == "tomorrow") day = DayStart(now, zone_) + 1;
  const std::string& kind = call.name.parts.back();
  if (kind == "date_literal") {
    if (day) return LiteralBound(Literal::OfInteger(DataType::Date(), *day), origin);
    if (auto days = sql::ParseDateText(text)) return LiteralBound(Literal::OfInteger(DataType::Date(), *days), origin);
    return Fail("INVALID_TYPED_LITERAL", {{"valueType", "\"DATE\""}, {"value", "'" + text + "'"}}, origin);
  }
  const bool is_ntz = kind == "timestamp_ntz_literal" || (kind == "timestamp_literal" && EqualsIgnoreCase(Setting("spark.sql.timestampType"), "TIMESTAMP_NTZ"));
  std::optional<int64_t> local;
  if (word == "now") {
    if (!is_ntz) return LiteralBound(Literal::OfInteger(DataType::Timestamp(), now), origin);
    local = now + ZoneOffsetSeconds(zone_, now / 1'000'000) * 1'000'000;
  } else if (word == "epoch" && !is_ntz) {
    return LiteralBound(Literal::OfInteger(DataType::Timestamp(), 0), origin);
  } else if (day) {
    local = *day * 86'400'000'000;
  } else {
    if (auto parsed = sql::ParseTimestampText(text)) {
      if (parsed->zone) {
        const int64_t instant = LocalToInstant(parsed->local_micros, *parsed->zone);
        return LiteralBound(Literal::OfInteger(DataType::Timestamp(), instant), origin);
      }
      local = parsed->local_micros;
    }
  }
  if (!local) {
    return Fail("INVALID_TYPED_LITERAL", {{"valueType", is_ntz ? "\"TIMESTAMP_NTZ\"" : "\"TIMESTAMP\""}, {"value", "'" + text + "'"}}, origin);
  }
  if (is_ntz) return LiteralBound(Literal::OfInteger(DataType::TimestampNtz(), *local), origin);
  return LiteralBound(Literal::OfInteger(DataType::Timestamp(), LocalToInstant(*local, zone_)), origin);
}

Result<std::vector<Bound>> Resolver::ResolveAll(const std::vector<ExpressionPtr>& expressions, Names& names) {
  std::vector<Bound> out;
  out.reserve(expressions.size());
  for (const auto& expression : expressions) {
    TRY(Bound bound, Resolve(expression, names));
    out.push_back(std::move(bound));
  }
  return out;
}

Result<Bound> Resolver::Resolve(const ExpressionPtr& expression, Names& names) {
  DepthGuard guard(depth_);
  if (depth_ > kDepthMax) return Failure(ConditionError("FAILED_TO_PARSE_TOO_COMPLEX"));
  const Origin origin = expression->origin;
  if (const auto* literal = expression->As<Literal>()) return LiteralBound(*literal, origin);
  if (const auto* reference = expression->As<plan::AttributeReference>()) return ResolveName(*reference, origin, names);
  if (expression->As<plan::FunctionCall>() != nullptr) {
    Names* saved = names_;
    names_ = &names;
    auto result = ResolveCall(expression, names);
    names_ = saved;
    return result;
  }
  if (const auto* cast = expression->As<plan::CastTo>()) {
    TRY(Bound child, Resolve(cast->child, names));
    EvalMode mode = is_ansi() ? EvalMode::kAnsi : EvalMode::kLegacy;
    if (cast->mode == plan::CastMode::kAnsi) mode = EvalMode::kAnsi;
    if (cast->mode == plan::CastMode::kLegacy) mode = EvalMode::kLegacy;
    if (cast->mode == plan::CastMode::kTry) mode = EvalMode::kTry;
    return ExplicitCast(child, cast->type, mode, origin);
  }
  if (const auto* alias = expression->As<plan::Alias>()) return Resolve(alias->child, names);
  if (const auto* window = expression->As<plan::WindowExpression>()) return ResolveWindow(*window, origin, names);
  if (const auto* variable = expression->As<plan::LambdaVariable>()) {
    for (auto lambda = names.lambdas.rbegin(); lambda != names.lambdas.rend(); ++lambda) {
      if (EqualsIgnoreCase(lambda->name, LastPart(variable->name))) return lambda->variable;
    }
    return ResolveName(plan::AttributeReference{.name = {.parts = variable->name, .identifier = nullptr, .origin = origin}, .plan_id = {}}, origin, names);
  }
  if (const auto* extract = expression->As<plan::ExtractValue>()) {
    TRY(Bound child, Resolve(extract->child, names));
    TRY(Bound key, Resolve(extract->extraction, names));
    return MakeExtract(child, key, origin);
  }
  if (const auto* path = expression->As<plan::SemiStructuredExtract>()) {
    TRY(Bound child, Resolve(path->child, names));
    const std::string full = path->path.starts_with('[') ? "$" + path->path : "$." + path->path;
    TextPtr text = SpliceText({child.text, MakeText(":" + path->path)});
    const Bound key = LiteralBound(Literal::String(full), origin);
    if (child.type().Is(TypeKind::kVariant)) return Call("variant_get", {child, key}, DataType::Variant(), true, text, origin, kZone);
    if (child.type().IsStringLike()) return Call("get_json_object", {child, key}, DataType::String(), true, text, origin);
    return Fail("COLUMN_IS_NOT_VARIANT_TYPE", {}, origin);
  }
  if (const auto* update = expression->As<plan::UpdateFields>()) return ResolveUpdateFields(*update, origin, names);
  if (const auto* subquery = expression->As<plan::SubqueryExpression>()) return ResolveSubquery(*subquery, origin, names);
  if (const auto* marker = expression->As<plan::ParameterMarker>()) {
    if (!marker->name.empty() && context_.named_parameters != nullptr) {
      if (auto found = context_.named_parameters->find(marker->name); found != context_.named_parameters->end()) return LiteralBound(found->second, origin);
    }
    if (marker->name.empty() && context_.positional_parameters != nullptr) {
      const auto index = static_cast<size_t>(marker->position);
      if (index < context_.positional_parameters->size()) return LiteralBound((*context_.positional_parameters)[index], origin);
    }
    const std::string shown = marker->name.empty() ? "_" + std::to_string(std::max(0, origin.start)) : marker->name;
    return Fail("UNBOUND_SQL_PARAMETER", {{"name", shown}}, origin);
  }
  if (const auto* python = expression->As<plan::PythonFunction>()) return ResolvePython(*python, origin, names);
  if (const auto* sort = expression->As<plan::SortExpression>()) return Resolve(sort->order.child, names);
  if (const auto* named = expression->As<plan::NamedArgument>()) return Resolve(named->value, names);
  if (expression->As<plan::Star>() != nullptr || expression->As<plan::RegexColumns>() != nullptr) {
    return Fail("INVALID_USAGE_OF_STAR_OR_REGEX", {{"elem", "'*'"}, {"prettyName", "expression"}}, origin);
  }
  if (expression->As<plan::DefaultKeyword>() != nullptr) return Fail("DEFAULT_PLACEMENT_INVALID", {}, origin);
  if (expression->As<plan::Lambda>() != nullptr) {
    return Fail("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", {{"class", "expression"}}, origin);
  }
  return Failure(NotImplemented("this kind of expression"));
}

Result<Bound> Resolver::ResolveLambda(const ExpressionPtr& expression, const std::vector<LambdaParameter>& parameters) {
  const auto* lambda = expression->As<plan::Lambda>();
  const Origin origin = expression->origin;
  plan::ResolvedLambda resolved;
  std::vector<TextPtr> texts;
  const size_t added_from = names_->lambdas.size();
  if (lambda != nullptr && lambda->parameters.size() > parameters.size()) {
    return Fail("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", {{"expectedNumArgs", std::to_string(lambda->parameters.size())}, {"actualNumArgs", std::to_string(parameters.size())}}, origin);
  }
  const size_t count = lambda != nullptr ? lambda->parameters.size() : parameters.size();
  if (lambda != nullptr && count < parameters.size()) {
    return Fail("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", {{"expectedNumArgs", std::to_string(count)}, {"actualNumArgs", std::to_string(parameters.size())}}, origin);
  }
  for (size_t i = 0; i < count; ++i) {
    const std::string name = lambda != nullptr ? lambda->parameters[i] : fmt::format("col{}", i);
    for (size_t j = 0; j < i && lambda != nullptr; ++j) {
      if (EqualsIgnoreCase(lambda->parameters[j], name)) {
        std::vector<std::string> all;
        for (const auto& parameter : lambda->parameters) all.push_back(QuoteName(parameter));
        return Fail("INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES", {{"args", fmt::format("{}", fmt::join(all, ", "))}, {"caseSensitiveConfig", "\"spark.sql.caseSensitive\""}}, origin);
      }
    }
    plan::ResolvedLambda::Parameter parameter{NewColumnId(), name, parameters[i].type, parameters[i].nullable};
    Bound variable{plan::MakeResolved(plan::ResolvedLambdaVariable{parameter.id, name}, parameter.type, parameter.nullable, origin), MakeText("namedlambdavariable()")};
    if (lambda != nullptr) names_->lambdas.push_back({name, variable});
    texts.push_back(variable.text);
    resolved.parameters.push_back(std::move(parameter));
  }
  auto body = Resolve(lambda != nullptr ? lambda->body : expression, *names_);
  names_->lambdas.resize(added_from);
  if (!body) return Failure(body.error());
  texts.insert(texts.begin(), body->text);
  resolved.body = body->expression;
  const DataType type = body->type();
  const bool nullable = body->nullable();
  return Bound{plan::MakeResolved(std::move(resolved), type, nullable, origin), CallText("lambdafunction", texts)};
}

Result<plan::ResolvedSortKey> Resolver::ResolveSortKey(const plan::SortOrder& order, Names& names, TextPtr* text) {
  TRY(Bound value, Resolve(order.child, names));
  plan::ResolvedSortKey key;
  key.is_ascending = order.direction == plan::SortDirection::kAscending;
  key.nulls_first = order.nulls == plan::NullOrdering::kDefault ? key.is_ascending : order.nulls == plan::NullOrdering::kFirst;
  TextPtr written = SpliceText({value.text, MakeText(fmt::format(" {} NULLS {}", key.is_ascending ? "ASC" : "DESC", key.nulls_first ? "FIRST" : "LAST"))});
  if (!IsOrderable(value.type())) {
    return Mismatch("INVALID_ORDERING_TYPE", {{"functionName", "`sortorder`"}, {"dataType", QuoteType(value.type())}}, written, order.child->origin);
  }
  if (text != nullptr) *text = written;
  key.expression = value.expression;
  return key;
}

Result<Bound> Resolver::ResolveUpdateFields(const plan::UpdateFields& update, Origin origin, Names& names) {
  TRY(Bound child, Resolve(update.child, names));
  std::vector<std::string> path;
  if (auto parsed = sql::ParseMultipartIdentifier(update.field)) {
    path = *parsed;
  } else {
    path = {update.field};
  }
  std::optional<Bound> value;
  if (update.value != nullptr) {
    TRY(Bound resolved, Resolve(update.value, names));
    value = std::move(resolved);
  }
  const TextPtr text = CallText("update_fields", {child.text, value ? CallText("WithField", {value->text}) : MakeText("dropfield()")});
  // Rebuilds a struct with one field, somewhere below, set or dropped.
  std::function<Result<Bound>(const Bound&, size_t)> apply = [&](const Bound& base, size_t depth) -> Result<Bound> {
    if (!base.type().Is(TypeKind::kStruct)) return UnexpectedType(text, 0, "\"STRUCT\"", base, origin);
    std::vector<Bound> parts;
    std::vector<plan::StructField> fields;
    bool found = false;
    auto add = [&](const std::string& name, const Bound& field) {
      parts.push_back(LiteralBound(Literal::String(name)));
      parts.push_back(field);
      fields.push_back({name, field.type(), field.nullable(), ""});
    };
    for (const auto& field : base.type().fields()) {
      if (EqualsIgnoreCase(field.name, path[depth])) {
        found = true;
        if (depth + 1 < path.size()) {
          TRY(Bound inner, MakeGetField(base, field.name, origin));
          TRY(Bound changed, apply(inner, depth + 1));
          add(field.name, changed);
        } else if (value) {
          add(path[depth], *value);
        }
        continue;
      }
      TRY(Bound kept, MakeGetField(base, field.name, origin));
      add(field.name, kept);
    }
    if (!found) {
      if (depth + 1 < path.size()) return Fail("FIELD_NOT_FOUND", {{"fieldName", QuoteName(path[depth])}, {"fields", ""}}, origin);
      if (value) add(path[depth], *value);
    }
    if (fields.empty()) return Mismatch("CANNOT_DROP_ALL_FIELDS", {}, text, origin);
    const DataType type = DataType::Struct(fields);
    Bound built = Call("named_struct", parts, type, false, text, origin);
    if (!base.nullable()) return built;
    Bound is_null = Call("isnull", {base}, DataType::Boolean(), false, text, origin);
    return Call("if", {is_null, LiteralBound(Literal::Null(type)), built}, type, true, text, origin);
  };
  return apply(child, 0);
}

std::string Resolver::AutoName(const Bound& value, const ExpressionPtr& expression) const {
  const auto* node = expression.get();
  if (const auto* reference = node->As<plan::AttributeReference>(); reference != nullptr && reference->name.identifier == nullptr) {
    const auto* column = value.expression->As<plan::ColumnReference>();
    if (column != nullptr) return column->name;
    if (const auto* call = value.expression->As<plan::ResolvedCall>(); call != nullptr && (call->function == "get_field" || call->function == "get_array_fields" || call->function == "get_value")) {
      return LastPart(reference->name.parts);
    }
  }
  if (const auto* column = value.expression->As<plan::ColumnReference>(); column != nullptr && node->As<plan::FunctionCall>() == nullptr) return column->name;
  if (const auto* cast = node->As<plan::CastTo>()) {
    if (const auto* resolved = value.expression->As<plan::ResolvedCast>(); resolved != nullptr && cast->child->As<plan::AttributeReference>() != nullptr) {
      if (const auto* column = resolved->child->As<plan::ColumnReference>()) return column->name;
    }
  }
  return value.text->Pretty();
}

Result<std::vector<Resolver::Item>> Resolver::ExpandStar(const plan::Star& star, Origin origin, Names& names) {
  std::vector<Item> items;
  const Columns* layer = names.layers.empty() ? nullptr : names.layers[0];
  auto item_of = [&](const ScopeColumn& column) {
    Item item;
    item.value = ColumnBound(column, origin);
    item.name = column.name;
    item.metadata_json = column.metadata_json;
    item.qualifier = column.qualifier;
    item.id = column.id;
    item.origin = origin;
    return item;
  };
  std::string base_text;
  if (star.plan_id && star.target.empty()) {
    auto known = plan_columns_.find(*star.plan_id);
    if (known != plan_columns_.end() && layer != nullptr) {
      for (const auto& column : *layer) {
        const bool is_of_it = std::any_of(known->second.begin(), known->second.end(), [&](const Columns& columns) {
          return std::any_of(columns.begin(), columns.end(), [&](const auto& other) { return other.id == column.id; });
        });
        if (is_of_it && !column.is_hidden) items.push_back(item_of(column));
      }
    }
  } else if (star.target.empty()) {
    if (layer != nullptr) {
      for (const auto& column : *layer) {
        if (!column.is_hidden) items.push_back(item_of(column));
      }
    }
    if (items.empty() && (layer == nullptr || layer->empty()) && outers_.empty()) return Fail("INVALID_USAGE_OF_STAR_OR_REGEX", {{"elem", "'*'"}, {"prettyName", "query"}}, origin);
  } else {
    auto add_matching = [&](const Columns& columns, bool hidden) {
      for (const auto& column : columns) {
        if (column.is_hidden != hidden || column.qualifier.size() < star.target.size()) continue;
        bool matches = true;
        const size_t skip = column.qualifier.size() - star.target.size();
        for (size_t i = 0; i < star.target.size(); ++i) matches = matches && EqualsIgnoreCase(column.qualifier[skip + i], star.target[i]);
        if (matches) items.push_back(item_of(column));
      }
    };
    // Key columns that a USING join hides come first.
    for (const Columns* columns : names.layers) {
      add_matching(*columns, true);
      add_matching(*columns, false);
    }
    if (items.empty() && names.allow_outer && !outers_.empty()) {
      for (const Columns* columns : outers_.back().names->layers) {
        add_matching(*columns, true);
        add_matching(*columns, false);
      }
      for (Item& item : items) {
        std::vector<std::string> parts = item.qualifier;
        parts.push_back(item.name);
        TRY(auto outer, FindOuter(parts, origin));
        if (outer) item.value = *outer;
        item.id = 0;
      }
    }
    if (items.empty()) {
      auto found = FindInLayers(names, star.target, origin);
      if (!found) return Failure(found.error());
      if (!*found && names.lateral != nullptr) {
        TRY(auto lateral, FindLateral(names, star.target, origin));
        *found = lateral;
      }
      if (!*found && names.allow_outer) {
        TRY(auto outer, FindOuter(star.target, origin));
        *found = outer;
      }
      if (*found && (*found)->type().Is(TypeKind::kStruct)) {
        for (const auto& field : (*found)->type().fields()) {
          Item item;
          TRY(Bound value, MakeGetField(**found, field.name, origin));
          item.value = std::move(value);
          item.name = field.name;
          item.metadata_json = field.metadata_json;
          item.origin = origin;
          items.push_back(std::move(item));
        }
      } else if (*found) {
        return Fail("INVALID_EXTRACT_BASE_FIELD_TYPE", {{"base", QuoteExpression((*found)->text->Pretty())}, {"other", QuoteType((*found)->type())}}, origin);
      } else {
        std::string list;
        if (layer != nullptr) {
          for (const auto& column : *layer) {
            if (!column.is_hidden) list += (list.empty() ? "" : ", ") + QuoteName(column.name);
          }
        }
        return Fail("CANNOT_RESOLVE_STAR_EXPAND", {{"targetString", QuoteName(star.target)}, {"columns", list}}, origin);
      }
    }
  }
  // EXCEPT: whole columns, or fields of struct columns.
  std::vector<plan::ColumnId> dropped;
  for (const plan::Name& name : star.except) {
    Names local = names;
    local.lateral = nullptr;
    local.allow_outer = false;
    TRY(std::vector<std::string> parts, NameParts(name, &names));
    bool done = false;
    for (size_t i = 0; i < items.size() && !done; ++i) {
      std::vector<std::string> full = items[i].qualifier;
      full.push_back(items[i].name);
      const bool by_name = EqualsIgnoreCase(items[i].name, parts[0]) && parts.size() == 1;
      bool by_qualified = parts.size() > 1 && parts.size() <= full.size();
      for (size_t k = 0; by_qualified && k < parts.size(); ++k) by_qualified = EqualsIgnoreCase(full[full.size() - parts.size() + k], parts[k]);
      if (by_name || by_qualified) {
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
        done = true;
      } else if (parts.size() > 1 && items[i].value.type().Is(TypeKind::kStruct)) {
        // The longest part of the name that is the column; the rest is a path inside it.
        size_t used = EqualsIgnoreCase(items[i].name, parts[0]) ? 1 : 0;
        if (used == 0 && parts.size() > 2 && !items[i].qualifier.empty() && EqualsIgnoreCase(items[i].qualifier.back(), parts[0]) && EqualsIgnoreCase(items[i].name, parts[1])) used = 2;
        if (used == 0) continue;
        std::function<Result<Bound>(const Bound&, size_t)> without = [&](const Bound& base, size_t depth) -> Result<Bound> {
          std::vector<Bound> built;
          std::vector<plan::StructField> fields;
          bool found = false;
          for (const auto& field : base.type().fields()) {
            const bool is_it = EqualsIgnoreCase(field.name, parts[depth]);
            found = found || is_it;
            if (is_it && depth + 1 == parts.size()) continue;
            TRY(Bound inner, MakeGetField(base, field.name, name.origin));
            if (is_it) {
              TRY(Bound changed, without(inner, depth + 1));
              inner = std::move(changed);
            }
            built.push_back(LiteralBound(Literal::String(field.name)));
            fields.push_back({field.name, inner.type(), inner.nullable(), ""});
            built.push_back(std::move(inner));
          }
          if (!found) return Failure(UnresolvedColumn(parts, name.origin, local));
          const DataType type = DataType::Struct(fields);
          Bound result = Call("named_struct", built, type, false, base.text, origin);
          if (!base.nullable()) return result;
          Bound is_null = Call("isnull", {base}, DataType::Boolean(), false, base.text, origin);
          return Call("if", {is_null, LiteralBound(Literal::Null(type)), result}, type, true, base.text, origin);
        };
        TRY(Bound changed, without(items[i].value, used));
        items[i].value = std::move(changed);
        items[i].id = 0;
        done = true;
      }
    }
    if (!done) return Failure(UnresolvedColumn(parts, name.origin, local));
  }
  for (const ExpressionPtr& replacement : star.replace) {
    const auto* alias = replacement->As<plan::Alias>();
    if (alias == nullptr) continue;
    TRY(Bound value, Resolve(alias->child, names));
    for (Item& item : items) {
      if (!EqualsIgnoreCase(item.name, alias->names[0])) continue;
      item.value = value;
      item.id = 0;
    }
  }
  return items;
}

Result<void> Resolver::ResolveItem(const ExpressionPtr& expression, Names& names, std::vector<Item>& items) {
  if (const auto* star = expression->As<plan::Star>()) {
    TRY(std::vector<Item> expanded, ExpandStar(*star, expression->origin, names));
    for (Item& item : expanded) items.push_back(std::move(item));
    return {};
  }
  if (const auto* regex = expression->As<plan::RegexColumns>()) {
    const std::regex pattern(regex->pattern, std::regex::icase | std::regex::ECMAScript);
    for (const auto& column : *names.layers[0]) {
      if (column.is_hidden || !std::regex_match(column.name, pattern)) continue;
      items.push_back({.value = ColumnBound(column, expression->origin), .name = column.name, .has_alias = false, .metadata_json = column.metadata_json, .qualifier = column.qualifier, .id = column.id, .generator_names = {}, .origin = expression->origin});
    }
    return {};
  }
  Item item;
  item.origin = expression->origin;
  const auto* alias = expression->As<plan::Alias>();
  const ExpressionPtr& child = alias != nullptr ? alias->child : expression;
  TRY(Bound value, Resolve(child, names));
  item.value = std::move(value);
  if (alias != nullptr && !alias->names.empty()) {
    item.has_alias = true;
    item.name = alias->names[0];
    item.generator_names = alias->names;
    item.metadata_json = alias->metadata_json;
  } else {
    item.name = AutoName(item.value, child);
    if (const auto* column = item.value.expression->As<plan::ColumnReference>(); column != nullptr && !column->is_outer && child->As<plan::AttributeReference>() != nullptr && item.name == column->name) {
      for (const Columns* layer : names.layers) {
        for (const auto& known : *layer) {
          if (known.id != column->id) continue;
          item.id = known.id;
          item.qualifier = known.qualifier;
          item.metadata_json = known.metadata_json;
        }
      }
    }
  }
  if (alias != nullptr && item.metadata_json.empty()) {
    if (const auto* column = item.value.expression->As<plan::ColumnReference>()) {
      for (const Columns* layer : names.layers) {
        for (const auto& known : *layer) {
          if (known.id == column->id) item.metadata_json = known.metadata_json;
        }
      }
    }
  }
  items.push_back(std::move(item));
  return {};
}

Result<std::vector<Resolver::Item>> Resolver::ResolveItems(const std::vector<ExpressionPtr>& expressions, Names& names, std::vector<LateralAlias>* lateral) {
  std::vector<Item> items;
  names.lateral = lateral;
  for (const auto& expression : expressions) {
    const size_t before = items.size();
    TRY(ResolveItem(expression, names, items));
    for (size_t i = before; i < items.size() && lateral != nullptr; ++i) {
      if (items[i].has_alias && items[i].generator_names.size() == 1) lateral->push_back({items[i].name, items[i].value});
    }
  }
  names.lateral = nullptr;
  return items;
}

}  // namespace crannog::analyze
