#include <fmt/format.h>

#include <algorithm>

#include "analyze/resolver.h"

/// What combines or reshapes relations: joins, set operations, PIVOT, UNPIVOT, aliases, samples.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::JoinType;
using plan::Literal;
using plan::NamedExpression;
using plan::Origin;
using plan::TypeKind;

const ScopeColumn* FindVisible(const Columns& columns, std::string_view name) {
  for (const auto& column : columns) {
    if (!column.is_hidden && EqualsIgnoreCase(column.name, name)) return &column;
  }
  return nullptr;
}

const char* OperatorName(plan::SetOperationKind kind, bool is_all) {
  switch (kind) {
    case plan::SetOperationKind::kUnion: return "UNION";
    case plan::SetOperationKind::kIntersect: return is_all ? "INTERSECT ALL" : "INTERSECT";
    case plan::SetOperationKind::kExcept: return is_all ? "EXCEPT ALL" : "EXCEPT";
  }
  return "";
}

}  // namespace

Result<Rel> Resolver::ResolveJoin(const plan::Join& join, const plan::Relation& relation) {
  TRY(Rel left, ResolveRelation(join.left));
  plan::ResolvedJoin node;
  node.type = join.type;
  node.is_lateral = join.is_lateral;
  Rel right;
  if (join.is_lateral) {
    Names outer_names;
    outer_names.layers = {&left.columns};
    outers_.push_back({&outer_names, &node.outer_columns});
    auto resolved = ResolveRelation(join.right);
    outers_.pop_back();
    if (!resolved) return Failure(resolved.error());
    right = *std::move(resolved);
  } else {
    TRY(right, ResolveRelation(join.right));
  }
  const bool left_nullable = join.type == JoinType::kRightOuter || join.type == JoinType::kFullOuter;
  const bool right_nullable = join.type == JoinType::kLeftOuter || join.type == JoinType::kFullOuter;
  const bool left_only = join.type == JoinType::kLeftSemi || join.type == JoinType::kLeftAnti;
  std::vector<std::string> using_columns = join.using_columns;
  if (join.is_natural) {
    for (const auto& column : left.columns) {
      if (!column.is_hidden && FindVisible(right.columns, column.name) != nullptr) using_columns.push_back(column.name);
    }
  }
  Columns both = left.columns;
  for (const auto& column : right.columns) both.push_back(column);
  std::optional<Bound> condition;
  std::vector<std::pair<const ScopeColumn*, const ScopeColumn*>> pairs;
  for (const std::string& name : using_columns) {
    auto find_side = [&](const Columns& columns, const char* side) -> Result<const ScopeColumn*> {
      const ScopeColumn* found = FindVisible(columns, name);
      if (found != nullptr) {
        const auto count = std::count_if(columns.begin(), columns.end(), [&](const auto& column) { return !column.is_hidden && EqualsIgnoreCase(column.name, name); });
        if (count > 1) {
          std::vector<std::string> names;
          for (const auto& column : columns) {
            if (column.is_hidden || !EqualsIgnoreCase(column.name, name)) continue;
            auto full = column.qualifier;
            full.push_back(column.name);
            names.push_back(QuoteName(full));
          }
          return Fail("AMBIGUOUS_REFERENCE", {{"name", QuoteName(name)}, {"referenceNames", fmt::format("[{}]", fmt::join(names, ", "))}}, relation.origin);
        }
        return found;
      }
      std::vector<std::string> known;
      for (const auto& column : columns) {
        if (!column.is_hidden) known.push_back(QuoteName(column.name));
      }
      std::sort(known.begin(), known.end());
      return Fail("UNRESOLVED_USING_COLUMN_FOR_JOIN", {{"colName", QuoteName(name)}, {"side", side}, {"suggestion", fmt::format("{}", fmt::join(known, ", "))}}, relation.origin);
    };
    TRY(const ScopeColumn* l, find_side(left.columns, "left"));
    TRY(const ScopeColumn* r, find_side(right.columns, "right"));
    pairs.emplace_back(l, r);
    TRY(Bound equal, CallBuiltin("=", {ColumnBound(*l, relation.origin), ColumnBound(*r, relation.origin)}, relation.origin));
    if (condition) {
      TRY(Bound all, CallBuiltin("and", {*condition, equal}, relation.origin));
      condition = std::move(all);
    } else {
      condition = std::move(equal);
    }
  }
  if (join.condition != nullptr) {
    Names names;
    names.layers = {&both};
    TRY(Bound bound, Resolve(join.condition, names));
    if (!bound.type().Is(TypeKind::kBoolean)) {
      if (!bound.type().Is(TypeKind::kNull) && !bound.type().IsStringLike()) {
        return Fail("JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE", {{"joinCondition", QuoteExpression(bound.text->Pretty())}, {"conditionType", QuoteType(bound.type())}}, join.condition->origin);
      }
      bound = Cast(bound, DataType::Boolean());
    }
    if (ContainsAggregate(bound.expression) || ContainsWindow(bound.expression) || ContainsGenerator(bound.expression)) {
      return Fail("UNSUPPORTED_EXPR_FOR_OPERATOR", {{"invalidExprSqls", QuoteExpression(bound.text->Pretty())}}, relation.origin);
    }
    condition = std::move(bound);
  }
  if (condition) node.condition = condition->expression;
  for (auto& column : left.columns) column.nullable = column.nullable || left_nullable;
  for (auto& column : right.columns) column.nullable = column.nullable || right_nullable;
  auto output = left.plan->output;
  for (auto& column : output) column.nullable = column.nullable || left_nullable;
  if (!left_only) {
    for (auto column : right.plan->output) {
      column.nullable = column.nullable || right_nullable;
      output.push_back(std::move(column));
    }
  }
  node.left = left.plan;
  node.right = right.plan;
  Rel rel;
  rel.plan = plan::MakePlan(std::move(node), std::move(output));
  if (pairs.empty()) {
    rel.columns = left.columns;
    if (!left_only) rel.columns.insert(rel.columns.end(), right.columns.begin(), right.columns.end());
    return rel;
  }
  // USING: one column of each pair comes first; the other stays reachable by its qualifier.
  Columns keys, rest_left, rest_right, hidden;
  auto is_key = [&](const ScopeColumn& column, bool of_left) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) { return (of_left ? pair.first : pair.second)->id == column.id; });
  };
  std::vector<Bound> merged;
  for (const auto& [l, r] : pairs) {
    if (join.type == JoinType::kFullOuter) {
      ScopeColumn a = *l, b = *r;
      a.nullable = b.nullable = true;
      TRY(Bound value, CallBuiltin("coalesce", {ColumnBound(a, relation.origin), ColumnBound(b, relation.origin)}, relation.origin));
      keys.push_back(NewColumn(l->name, value.type(), true));
      merged.push_back(std::move(value));
    } else {
      keys.push_back(join.type == JoinType::kRightOuter ? *r : *l);
    }
  }
  for (const auto& column : left.columns) {
    if (column.is_hidden) {
      hidden.push_back(column);
    } else if (!is_key(column, true)) {
      rest_left.push_back(column);
    } else if (join.type == JoinType::kRightOuter || join.type == JoinType::kFullOuter) {
      hidden.push_back(column);
    }
  }
  if (!left_only) {
    for (const auto& column : right.columns) {
      if (column.is_hidden) {
        hidden.push_back(column);
      } else if (!is_key(column, false)) {
        rest_right.push_back(column);
      } else if (join.type != JoinType::kRightOuter) {
        hidden.push_back(column);
      }
    }
  }
  for (auto& column : hidden) column.is_hidden = true;
  Columns all = keys;
  all.insert(all.end(), rest_left.begin(), rest_left.end());
  all.insert(all.end(), rest_right.begin(), rest_right.end());
  all.insert(all.end(), hidden.begin(), hidden.end());
  if (join.type == JoinType::kFullOuter) {
    std::vector<NamedExpression> expressions;
    for (size_t i = 0; i < all.size(); ++i) {
      expressions.push_back({all[i].id, all[i].name, i < merged.size() ? merged[i].expression : ColumnBound(all[i], {}).expression});
    }
    return Project(rel, std::move(expressions), std::move(all));
  }
  rel.columns = std::move(all);
  return rel;
}

Result<Rel> Resolver::UnionOf(std::vector<Rel> inputs, plan::SetOperationKind kind, bool is_all, Origin origin) {
  const std::string name = OperatorName(kind, is_all);
  for (Rel& input : inputs) {
    input.plan = Finish(input);
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
  }
  const size_t width = inputs[0].columns.size();
  for (size_t i = 1; i < inputs.size(); ++i) {
    if (inputs[i].columns.size() != width) {
      return Fail("NUM_COLUMNS_MISMATCH", {{"operator", name}, {"firstNumColumns", std::to_string(width)}, {"invalidOrdinalNum", OrdinalText(i)}, {"invalidNumColumns", std::to_string(inputs[i].columns.size())}}, origin);
    }
  }
  std::vector<DataType> types;
  Columns columns;
  for (size_t column = 0; column < width; ++column) {
    std::vector<DataType> each;
    for (const Rel& input : inputs) each.push_back(input.columns[column].type);
    const bool same = std::all_of(each.begin(), each.end(), [&](const auto& type) { return type == each[0]; });
    auto common = same ? std::optional(each[0]) : WiderType(each, rules_);
    if (!common) {
      for (size_t i = 1; i < inputs.size(); ++i) {
        if (WiderType(each[0], each[i], rules_)) continue;
        return Fail("INCOMPATIBLE_COLUMN_TYPE",
                    {{"operator", name}, {"columnOrdinalNumber", OrdinalText(column)}, {"tableOrdinalNumber", OrdinalText(i)}, {"dataType1", QuoteType(each[i])}, {"dataType2", QuoteType(each[0])}, {"hint", ""}}, origin);
      }
      return Failure(NotImplemented("this combination of column types"));
    }
    if (kind != plan::SetOperationKind::kUnion || !is_all) {
      if (ContainsKind(*common, TypeKind::kMap)) {
        return Fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", {{"colName", QuoteName(inputs[0].columns[column].name)}, {"dataType", QuoteType(*common)}}, origin);
      }
      if (ContainsKind(*common, TypeKind::kVariant)) {
        return Fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE", {{"colName", QuoteName(inputs[0].columns[column].name)}, {"dataType", QuoteType(*common)}}, origin);
      }
    }
    types.push_back(*common);
    bool any = false, all = true;
    for (const Rel& input : inputs) {
      any = any || input.columns[column].nullable;
      all = all && input.columns[column].nullable;
    }
    const bool nullable = kind == plan::SetOperationKind::kUnion ? any : kind == plan::SetOperationKind::kIntersect ? all : inputs[0].columns[column].nullable;
    ScopeColumn out = NewColumn(inputs[0].columns[column].name, *common, nullable);
    out.metadata_json = inputs[0].columns[column].metadata_json;
    out.qualifier = kind == plan::SetOperationKind::kUnion ? std::vector<std::string>{} : inputs[0].columns[column].qualifier;
    columns.push_back(std::move(out));
  }
  plan::ResolvedSetOperation node;
  node.kind = kind;
  node.is_all = is_all;
  for (Rel& input : inputs) {
    bool casts = false;
    std::vector<Bound> values;
    for (size_t i = 0; i < width; ++i) {
      values.push_back(Cast(ColumnBound(input.columns[i], origin), types[i]));
      casts = casts || !(input.columns[i].type == types[i]);
      columns[i].nullable = columns[i].nullable || (kind != plan::SetOperationKind::kIntersect && values.back().nullable());
    }
    if (casts) {
      Columns cast_columns = input.columns;
      for (auto& column : cast_columns) column.id = NewColumnId();
      input = ProjectColumns(input, values, std::move(cast_columns));
    }
    // A UNION ALL of a UNION ALL is one.
    if (const auto* inner = input.plan->As<plan::ResolvedSetOperation>(); inner != nullptr && &input == &inputs[0] && is_all && inner->is_all && kind == plan::SetOperationKind::kUnion && inner->kind == kind) {
      node.inputs = inner->inputs;
    } else {
      node.inputs.push_back(input.plan);
    }
  }
  Rel rel;
  rel.plan = plan::MakePlan(std::move(node), AsOutput(columns));
  rel.columns = std::move(columns);
  return rel;
}

Result<Rel> Resolver::ResolveSetOperation(const plan::SetOperation& operation, const plan::Relation& relation) {
  TRY(Rel left, ResolveRelation(operation.left));
  TRY(Rel right, ResolveRelation(operation.right));
  if (operation.by_name) {
    std::erase_if(left.columns, [](const auto& column) { return column.is_hidden; });
    std::erase_if(right.columns, [](const auto& column) { return column.is_hidden; });
    std::vector<Bound> left_values, right_values;
    Columns left_columns, right_columns;
    auto missing = [&](const ScopeColumn& column) {
      return std::pair(LiteralBound(Literal::Null(column.type)), NewColumn(column.name, column.type, true));
    };
    for (const auto& column : left.columns) {
      left_values.push_back(ColumnBound(column, {}));
      left_columns.push_back(column);
      const ScopeColumn* other = FindVisible(right.columns, column.name);
      if (other == nullptr && !operation.allow_missing_columns) {
        return Fail("UNRESOLVED_COLUMN_AMONG_FIELD_NAMES", {{"colName", "\"" + column.name + "\""}, {"fieldNames", [&] {
          std::string list;
          for (const auto& known : right.columns) list += (list.empty() ? "" : ", ") + known.name;
          return list;
        }()}}, relation.origin);
      }
      if (other != nullptr) {
        right_values.push_back(ColumnBound(*other, {}));
        right_columns.push_back(*other);
      } else {
        auto [value, fresh] = missing(column);
        right_values.push_back(value);
        right_columns.push_back(fresh);
      }
    }
    for (const auto& column : right.columns) {
      if (FindVisible(left.columns, column.name) != nullptr || !operation.allow_missing_columns) continue;
      auto [value, fresh] = missing(column);
      left_values.push_back(value);
      left_columns.push_back(fresh);
      right_values.push_back(ColumnBound(column, {}));
      right_columns.push_back(column);
    }
    left = ProjectColumns(left, left_values, std::move(left_columns));
    right = ProjectColumns(right, right_values, std::move(right_columns));
  }
  std::vector<Rel> inputs;
  inputs.push_back(std::move(left));
  inputs.push_back(std::move(right));
  return UnionOf(std::move(inputs), operation.kind, operation.is_all, relation.origin);
}

Result<Rel> Resolver::ResolveAlias(const plan::SubqueryAlias& alias, const plan::Relation& relation) {
  TRY(Rel rel, ResolveRelation(alias.input));
  std::erase_if(rel.columns, [](const auto& column) { return column.is_hidden; });
  if (!alias.columns.empty() && alias.columns.size() != rel.columns.size()) {
    return Fail("ASSIGNMENT_ARITY_MISMATCH", {{"numTarget", std::to_string(alias.columns.size())}, {"numExpr", std::to_string(rel.columns.size())}}, relation.origin);
  }
  for (size_t i = 0; i < rel.columns.size(); ++i) {
    if (!alias.name.empty()) rel.columns[i].qualifier = alias.name;
    if (!alias.columns.empty()) rel.columns[i].name = alias.columns[i];
  }
  return rel;
}

Result<Rel> Resolver::ResolveSample(const plan::Sample& sample, const plan::Relation&) {
  TRY(Rel input, ResolveRelation(sample.input));
  if (sample.unit == plan::SampleUnit::kRows) {
    TRY(int64_t count, LimitValue(sample.row_count, "limit"));
    input.plan = plan::MakePlan(plan::ResolvedLimit{input.plan, count, 0, false}, input.plan->output);
    return input;
  }
  plan::ResolvedSample node;
  node.input = input.plan;
  node.lower_bound = sample.lower_bound;
  node.upper_bound = sample.upper_bound;
  if (sample.unit == plan::SampleUnit::kBuckets) node.upper_bound = static_cast<double>(sample.bucket) / std::max(1, sample.bucket_count);
  node.with_replacement = sample.with_replacement;
  node.seed = sample.seed ? *sample.seed : context_.statement_time_micros;
  input.plan = plan::MakePlan(std::move(node), input.plan->output);
  return input;
}

Result<Rel> Resolver::ResolvePivot(const plan::Pivot& pivot, const plan::Relation& relation) {
  TRY(Rel input, ResolveRelation(pivot.input));
  std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
  Names names;
  names.layers = {&input.columns};
  TRY(std::vector<Bound> pivots, ResolveAll(pivot.columns, names));
  std::vector<Item> aggregates;
  for (const auto& written : pivot.aggregates) TRY(ResolveItem(written, names, aggregates));
  for (const Item& item : aggregates) {
    if (!ContainsAggregate(item.value.expression)) {
      return Fail("_LEGACY_ERROR_TEMP_1006", {{"sql", item.value.text->Pretty()}}, relation.origin);
    }
  }
  // The pivot value of a row: one column, or a struct of them.
  Bound key = pivots[0];
  if (pivots.size() > 1) {
    std::vector<Bound> parts;
    std::vector<plan::StructField> fields;
    std::vector<TextPtr> texts;
    for (const Bound& one : pivots) {
      const std::string name = one.text->Pretty();
      parts.push_back(LiteralBound(Literal::String(name)));
      parts.push_back(one);
      fields.push_back({name, one.type(), one.nullable(), ""});
      texts.push_back(one.text);
    }
    key = Call("named_struct", parts, DataType::Struct(fields), false, CallText("struct", texts), relation.origin);
  }
  if (!IsOrderable(key.type())) {
    return Fail("INCOMPARABLE_PIVOT_COLUMN", {{"columnName", QuoteName(key.text->Pretty())}}, relation.origin);
  }
  std::vector<Item> groups;
  if (pivot.is_grouping_explicit) {
    for (const auto& written : pivot.grouping) TRY(ResolveItem(written, names, groups));
  } else {
    std::vector<plan::ColumnId> used;
    auto collect = [&used](const plan::ResolvedExpression& node) {
      if (const auto* column = node.As<plan::ColumnReference>()) used.push_back(column->id);
      return true;
    };
    for (const Bound& one : pivots) Walk(one.expression, collect);
    for (const Item& item : aggregates) Walk(item.value.expression, collect);
    for (const auto& column : input.columns) {
      if (std::find(used.begin(), used.end(), column.id) != used.end()) continue;
      groups.push_back({.value = ColumnBound(column, relation.origin), .name = column.name, .has_alias = false, .metadata_json = "", .qualifier = column.qualifier, .id = column.id, .generator_names = {}, .origin = relation.origin});
    }
  }
  // Values: constants, or found by asking the data.
  struct Value {
    Bound bound;
    std::string name;
  };
  std::vector<Value> values;
  auto value_name = [&](const Bound& value) -> Result<std::string> {
    if (const auto* literal = value.expression->As<Literal>()) {
      if (literal->IsNull()) return std::string("null");
      if (literal->type.Is(TypeKind::kDate)) return DateText(std::get<int64_t>(literal->value));
      if (literal->type.Is(TypeKind::kTimestamp)) return TimestampText(std::get<int64_t>(literal->value), zone_);
      if (literal->type.Is(TypeKind::kTimestampNtz)) return TimestampText(std::get<int64_t>(literal->value), "UTC");
      return value.text->Pretty();
    }
    TRY(Bound text, ExplicitCast(value, DataType::String(), plan::EvalMode::kLegacy, relation.origin));
    TRY(auto evaluated, Evaluate(text));
    if (evaluated && std::holds_alternative<std::string>(evaluated->value)) return std::get<std::string>(evaluated->value);
    return value.text->Pretty();
  };
  for (const auto& written : pivot.values) {
    auto value = Resolve(written.value, names);
    if (!value) return Failure(value.error());
    if (!IsFoldable(*value->expression)) return Failure(ConditionError("NON_LITERAL_PIVOT_VALUES", {{"expression", QuoteExpression(value->text->Pretty())}}));
    if (!CanCast(value->type(), key.type(), is_ansi())) {
      return Failure(ConditionError("PIVOT_VALUE_DATA_TYPE_MISMATCH", {{"value", value->text->Pretty()}, {"valueType", value->type().CatalogString()}, {"pivotType", key.type().CatalogString()}}));
    }
    TRY(std::string name, value_name(*value));
    values.push_back({Cast(*value, key.type()), written.alias.empty() ? name : written.alias});
  }
  if (pivot.values.empty()) {
    if (!context_.run_query) return Failure(NotImplemented("PIVOT without values here"));
    const plan::ColumnId id = NewColumnId();
    auto project = plan::MakePlan(plan::ResolvedProject{input.plan, {{id, "value", key.expression}}}, {{id, "value", key.type(), key.nullable(), ""}});
    auto distinct = plan::MakePlan(plan::ResolvedDistinct{project, {}}, project->output);
    plan::ResolvedSortKey order;
    order.expression = plan::MakeResolved(plan::ColumnReference{id, "value", false}, key.type(), key.nullable());
    auto sorted = plan::MakePlan(plan::ResolvedSort{distinct, {order}}, project->output);
    TRY(auto rows, context_.run_query(sorted));
    for (auto& row : rows) {
      Bound value = LiteralBound(row[0]);
      TRY(std::string name, value_name(value));
      values.push_back({value, name});
    }
  }
  // First one row per group and pivot value, then one row per group.
  plan::ResolvedAggregation first;
  first.input = input.plan;
  std::vector<plan::OutputColumn> first_output;
  for (const Item& group : groups) {
    const plan::ColumnId id = group.id != 0 ? group.id : NewColumnId();
    first.groups.push_back({id, group.name, group.value.expression});
    first_output.push_back({id, group.name, group.value.type(), group.value.nullable(), ""});
  }
  const plan::ColumnId key_id = NewColumnId();
  first.groups.push_back({key_id, "__pivot_col", key.expression});
  first_output.push_back({key_id, "__pivot_col", key.type(), key.nullable(), ""});
  std::vector<plan::ResolvedExpressionPtr> computed;  // over the first aggregation
  for (const Item& item : aggregates) {
    computed.push_back(Rewrite(item.value.expression, [&](const plan::ResolvedExpressionPtr& node) -> plan::ResolvedExpressionPtr {
      if (node->As<plan::ResolvedAggregate>() == nullptr) return nullptr;
      NamedExpression named{NewColumnId(), "agg", node};
      first_output.push_back({named.id, "agg", node->type, node->nullable, ""});
      auto reference = plan::MakeResolved(plan::ColumnReference{named.id, "agg", false}, node->type, node->nullable);
      first.aggregates.push_back(std::move(named));
      return reference;
    }));
  }
  Rel rel;
  rel.plan = plan::MakePlan(std::move(first), std::move(first_output));
  plan::ResolvedAggregation second;
  second.input = rel.plan;
  Columns columns;
  for (const Item& group : groups) {
    const auto& source = rel.plan->output[columns.size()];
    second.groups.push_back({source.id, source.name, plan::MakeResolved(plan::ColumnReference{source.id, source.name, false}, source.type, source.nullable)});
    ScopeColumn column = NewColumn(group.name, source.type, source.nullable, group.qualifier);
    column.id = source.id;
    columns.push_back(std::move(column));
  }
  const Bound key_reference{plan::MakeResolved(plan::ColumnReference{key_id, "__pivot_col", false}, key.type(), key.nullable()), key.text};
  for (const Value& value : values) {
    const Bound matches = Call("equal_null_safe", {key_reference, value.bound}, DataType::Boolean(), false, key.text, relation.origin);
    for (size_t i = 0; i < aggregates.size(); ++i) {
      plan::ResolvedAggregate pick;
      pick.function = "first";
      pick.arguments = {computed[i]};
      pick.filter = matches.expression;
      std::string name = value.name;
      if (aggregates.size() > 1) name += "_" + aggregates[i].name;
      ScopeColumn column = NewColumn(name, computed[i]->type, true);
      second.aggregates.push_back({column.id, name, plan::MakeResolved(std::move(pick), computed[i]->type, true)});
      columns.push_back(std::move(column));
    }
  }
  rel.plan = plan::MakePlan(std::move(second), AsOutput(columns));
  rel.columns = std::move(columns);
  return rel;
}

Result<Rel> Resolver::ResolveUnpivot(const plan::Unpivot& unpivot, const plan::Relation& relation) {
  TRY(Rel input, ResolveRelation(unpivot.input));
  std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
  Names names;
  names.layers = {&input.columns};
  std::vector<Item> ids;
  struct Row {
    std::vector<Item> columns;
    std::string alias;
  };
  std::vector<Row> rows;
  auto uses = [](const std::vector<Item>& items, plan::ColumnId id) {
    return std::any_of(items.begin(), items.end(), [&](const auto& item) { return item.id == id; });
  };
  if (unpivot.ids) {
    for (const auto& written : *unpivot.ids) TRY(ResolveItem(written, names, ids));
  }
  if (unpivot.values) {
    for (const auto& value : *unpivot.values) {
      if (value.columns.size() == 1 && value.columns[0]->As<plan::Star>() != nullptr) {
        std::vector<Item> all;
        TRY(ResolveItem(value.columns[0], names, all));
        for (Item& item : all) rows.push_back({{std::move(item)}, ""});
        continue;
      }
      Row row;
      row.alias = value.alias;
      for (const auto& column : value.columns) TRY(ResolveItem(column, names, row.columns));
      rows.push_back(std::move(row));
    }
  } else {
    for (const auto& column : input.columns) {
      if (uses(ids, column.id)) continue;
      rows.push_back({{{.value = ColumnBound(column, {}), .name = column.name, .has_alias = false, .metadata_json = "", .qualifier = column.qualifier, .id = column.id, .generator_names = {}, .origin = relation.origin}}, ""});
    }
  }
  if (!unpivot.ids) {
    for (const auto& column : input.columns) {
      const bool used = std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return uses(row.columns, column.id); });
      if (!used) ids.push_back({.value = ColumnBound(column, {}), .name = column.name, .has_alias = false, .metadata_json = "", .qualifier = column.qualifier, .id = column.id, .generator_names = {}, .origin = relation.origin});
    }
  }
  if (rows.empty()) return Fail("UNPIVOT_REQUIRES_VALUE_COLUMNS", {}, relation.origin);
  for (const Row& row : rows) {
    if (row.columns.size() != unpivot.value_columns.size()) return Fail("UNPIVOT_VALUE_SIZE_MISMATCH", {{"names", std::to_string(unpivot.value_columns.size())}}, relation.origin);
  }
  const size_t width = unpivot.value_columns.size();
  std::vector<plan::StructField> fields = {{unpivot.variable_column, DataType::String(), false, ""}};
  for (size_t i = 0; i < width; ++i) {
    std::vector<DataType> types;
    bool nullable = false;
    for (const Row& row : rows) {
      types.push_back(row.columns[i].value.type());
      nullable = nullable || row.columns[i].value.nullable();
    }
    std::optional<DataType> common = types[0];
    for (size_t k = 1; k < types.size() && common; ++k) {
      if (!(*common == types[k])) common = WiderTypeWithoutStrings(*common, types[k], rules_);
    }
    if (!common) {
      // Types by name, with the columns that have them.
      std::map<std::string, std::vector<std::string>> by_type;
      for (size_t k = 0; k < rows.size(); ++k) by_type[types[k].Sql()].push_back(QuoteName(rows[k].columns[i].name));
      std::string list;
      for (const auto& [type, columns] : by_type) {
        std::string shown = fmt::format("{}", fmt::join(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(3, columns.size())), ", "));
        if (columns.size() > 3) shown += ", ...";
        list += fmt::format("{}\"{}\" ({})", list.empty() ? "" : ", ", type, shown);
      }
      return Fail("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", {{"types", list}}, relation.origin);
    }
    fields.push_back({unpivot.value_columns[i], *common, nullable, ""});
  }
  std::vector<Bound> structs;
  const DataType element = DataType::Struct(fields);
  for (const Row& row : rows) {
    std::string name = row.alias;
    if (name.empty()) {
      for (const Item& item : row.columns) name += (name.empty() ? "" : "_") + item.name;
    }
    std::vector<Bound> parts = {LiteralBound(Literal::String(fields[0].name)), LiteralBound(Literal::String(name))};
    for (size_t i = 0; i < width; ++i) {
      parts.push_back(LiteralBound(Literal::String(fields[i + 1].name)));
      parts.push_back(Cast(row.columns[i].value, fields[i + 1].type));
    }
    structs.push_back(Call("named_struct", parts, element, false, MakeText("struct"), relation.origin));
  }
  Bound rows_value = Call("array", structs, DataType::Array(element, false), false, MakeText("array"), relation.origin);
  Bound generator = Call("inline", {rows_value}, element, false, MakeText("inline"), relation.origin);
  const size_t before = input.columns.size();
  TRY(Rel generated, GenerateOver(input, generator, false, {}, {}, relation.origin));
  if (!unpivot.include_nulls) {
    std::optional<Bound> keep;
    for (size_t i = 0; i < width; ++i) {
      const Bound value = ColumnBound(generated.columns[before + 1 + i], {});
      Bound present = Call("isnotnull", {value}, DataType::Boolean(), false, value.text, relation.origin);
      keep = keep ? Call("or", {*keep, present}, DataType::Boolean(), false, value.text, relation.origin) : present;
    }
    generated.plan = plan::MakePlan(plan::ResolvedFilter{generated.plan, keep->expression}, generated.plan->output);
  }
  std::vector<Bound> values;
  Columns columns;
  for (const Item& item : ids) {
    ScopeColumn column = NewColumn(item.name, item.value.type(), item.value.nullable(), item.qualifier);
    if (item.id != 0) column.id = item.id;
    columns.push_back(std::move(column));
    values.push_back(item.value);
  }
  for (size_t i = before; i < generated.columns.size(); ++i) {
    columns.push_back(generated.columns[i]);
    values.push_back(ColumnBound(generated.columns[i], {}));
  }
  return ProjectColumns(generated, values, std::move(columns));
}

}  // namespace crannog::analyze
