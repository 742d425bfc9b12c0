#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analyze/query_block.h"
#include "analyze/resolver.h"

/// SELECT: the list, GROUP BY, HAVING, windows, QUALIFY, ORDER BY. Source: Spark 4.1 ResolveReferencesInAggregate, ResolveReferencesInSort,
/// ResolveAggregateFunctions, ResolveGroupingAnalytics, ExtractWindowExpressions, CheckAnalysis.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::ExpressionPtr;
using plan::Literal;
using plan::NamedExpression;
using plan::Origin;
using plan::ResolvedExpression;
using plan::ResolvedExpressionPtr;
using plan::TypeKind;

ResolvedExpressionPtr ReferenceTo(const NamedExpression& named, bool nullable) {
  return plan::MakeResolved(plan::ColumnReference{named.id, named.name, false}, named.expression->type, nullable, named.expression->origin);
}

std::optional<int64_t> OrdinalOf(const ExpressionPtr& expression) {
  if (const auto* literal = expression->As<Literal>(); literal != nullptr && literal->type.Is(TypeKind::kInt) && !literal->IsNull()) {
    return std::get<int64_t>(literal->value);
  }
  if (const auto* call = expression->As<plan::FunctionCall>(); call != nullptr && call->is_operator && call->arguments.size() == 1 && call->name.parts.back() == "-") {
    if (auto inner = OrdinalOf(call->arguments[0])) return -*inner;
  }
  return {};
}

}  // namespace

Rel Resolver::Project(const Rel& input, std::vector<NamedExpression> expressions, Columns columns) {
  Rel out;
  out.plan = plan::MakePlan(plan::ResolvedProject{input.plan, std::move(expressions)}, AsOutput(columns));
  out.columns = std::move(columns);
  return out;
}

Rel Resolver::ProjectColumns(const Rel& input, const std::vector<Bound>& values, Columns columns) {
  std::vector<NamedExpression> expressions;
  for (size_t i = 0; i < values.size(); ++i) {
    columns[i].type = values[i].type();
    columns[i].nullable = values[i].nullable();
    expressions.push_back({columns[i].id, columns[i].name, values[i].expression});
  }
  return Project(input, std::move(expressions), std::move(columns));
}

plan::ResolvedPlanPtr Resolver::Finish(const Rel& relation) {
  Columns visible;
  for (const auto& column : relation.columns) {
    if (!column.is_hidden) visible.push_back(column);
  }
  const auto& output = relation.plan->output;
  bool same = output.size() == visible.size();
  for (size_t i = 0; same && i < visible.size(); ++i) {
    same = output[i].id == visible[i].id && output[i].name == visible[i].name && output[i].nullable == visible[i].nullable && output[i].type == visible[i].type && output[i].metadata_json == visible[i].metadata_json;
  }
  if (same) return relation.plan;
  std::vector<NamedExpression> expressions;
  for (const auto& column : visible) expressions.push_back({column.id, column.name, ColumnBound(column, {}).expression});
  return plan::MakePlan(plan::ResolvedProject{relation.plan, std::move(expressions)}, AsOutput(visible));
}

Result<Rel> Resolver::FilterBy(Rel input, const ExpressionPtr& condition, const plan::Relation& relation) {
  Names names;
  names.layers = {&input.columns};
  TRY(Bound bound, Resolve(condition, names));
  if (!bound.type().Is(TypeKind::kBoolean)) {
    const bool as_boolean = bound.type().Is(TypeKind::kNull) || (bound.type().IsStringLike());
    if (!as_boolean) {
      return Fail("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", {{"sqlExpr", QuoteExpression(bound.text->Pretty())}, {"filter", QuoteExpression(bound.text->Pretty())}, {"type", QuoteType(bound.type())}}, condition->origin);
    }
    bound = Cast(bound, DataType::Boolean());
  }
  std::string invalid;
  Walk(bound.expression, [&](const ResolvedExpression& node) {
    if (node.As<plan::ResolvedAggregate>() != nullptr || node.As<plan::ResolvedWindowCall>() != nullptr || GeneratorOf(node) != nullptr) {
      invalid = "found";
      return false;
    }
    return true;
  });
  if (!invalid.empty() && ContainsWindow(bound.expression)) {
    return Fail("_LEGACY_ERROR_TEMP_1034", {{"clauseName", "WHERE"}}, relation.origin);
  }
  if (!invalid.empty()) {
    // The list names each offending piece as the user wrote it.
    std::vector<std::string> pieces;
    std::function<void(const ExpressionPtr&)> collect = [&](const ExpressionPtr& piece) {
      auto one = Resolve(piece, names);
      if (one && (one->expression->As<plan::ResolvedAggregate>() != nullptr || one->expression->As<plan::ResolvedWindowCall>() != nullptr || GeneratorOf(*one->expression) != nullptr)) {
        pieces.push_back(one->text->Full());
        return;
      }
      if (const auto* call = piece->As<plan::FunctionCall>()) {
        for (const auto& argument : call->arguments) collect(argument);
      }
    };
    collect(condition);
    return Fail("INVALID_WHERE_CONDITION", {{"condition", QuoteExpression(bound.text->Pretty())}, {"expressionList", fmt::format("{}", fmt::join(pieces, ", "))}}, relation.origin);
  }
  Rel out;
  out.plan = plan::MakePlan(plan::ResolvedFilter{input.plan, bound.expression}, input.plan->output);
  out.columns = std::move(input.columns);
  return out;
}

Result<Rel> Resolver::ResolveBlock(const plan::RelationPtr& relation) {
  QueryBlock block;
  TRY(OpenBlock(relation, block));
  return CloseBlock(block);
}

Result<void> Resolver::OpenBlock(const plan::RelationPtr& relation, QueryBlock& block) {
  auto record = [&]() {
    if (relation->plan_id) plan_columns_[*relation->plan_id].push_back(block.output);
  };
  if (const auto* sort = relation->As<plan::Sort>()) {
    TRY(OpenBlock(sort->input, block));
    TRY(AddSort(*sort, block));
    record();
    return {};
  }
  if (const auto* qualify = relation->As<plan::Qualify>()) {
    TRY(OpenBlock(qualify->input, block));
    TRY(AddQualify(*qualify, block));
    record();
    return {};
  }
  if (const auto* having = relation->As<plan::Having>()) {
    const auto* project = having->input->As<plan::Project>();
    if (project != nullptr) {
      // HAVING makes a SELECT without GROUP BY one group.
      plan::Aggregate aggregate;
      aggregate.input = project->input;
      aggregate.expressions = project->expressions;
      block.origin = having->input->origin;
      TRY(FillAggregate(aggregate, block, *having->input));
    } else {
      TRY(OpenBlock(having->input, block));
    }
    TRY(AddHaving(*having, block));
    record();
    return {};
  }
  if (const auto* windows = relation->As<plan::NamedWindows>()) {
    block.windows = windows->windows;
    if (windows->input->As<plan::Distinct>() != nullptr) pending_windows_ = windows->windows;
    return OpenBlock(windows->input, block);
  }
  block.origin = relation->origin;
  if (const auto* project = relation->As<plan::Project>()) {
    TRY(FillProject(*project, block, *relation));
    record();
    return {};
  }
  if (const auto* aggregate = relation->As<plan::Aggregate>()) {
    TRY(FillAggregate(*aggregate, block, *relation));
    record();
    return {};
  }
  TRY(Rel rel, ResolveRelation(relation));
  block.is_pass_through = true;
  block.output = rel.columns;
  block.input = std::move(rel);
  return {};
}

namespace {

std::vector<std::pair<std::string, plan::WindowSpec>> const* WindowsOf(const QueryBlock& block) { return &block.windows; }

}  // namespace

Result<void> Resolver::FillProject(const plan::Project& project, QueryBlock& block, const plan::Relation& relation) {
  if (block.windows.empty()) block.windows = std::exchange(pending_windows_, {});
  TRY(Rel input, ResolveRelation(project.input));
  block.input = std::move(input);
  std::vector<LateralAlias> lateral;
  Names names;
  names.layers = {&block.input.columns};
  names.windows = WindowsOf(block);
  const bool allow_lateral = IsSet("spark.sql.lateralColumnAlias.enableImplicitResolution");
  TRY(std::vector<Item> items, ResolveItems(project.expressions, names, allow_lateral ? &lateral : nullptr));

  // One generator may stand in the list, alone in its item.
  int generator_count = 0;
  for (Item& item : items) {
    if (!ContainsGenerator(item.value.expression)) continue;
    if (++generator_count > 1) {
      std::string list;
      for (const Item& other : items) {
        if (ContainsGenerator(other.value.expression)) list += (list.empty() ? "" : ", ") + QuoteExpression(other.value.text->Pretty());
      }
      const auto count = std::count_if(items.begin(), items.end(), [](const Item& other) { return ContainsGenerator(other.value.expression); });
      return Fail("UNSUPPORTED_GENERATOR.MULTI_GENERATOR", {{"num", std::to_string(count)}, {"generators", list}}, item.origin);
    }
    if (GeneratorOf(*item.value.expression) == nullptr) {
      return Fail("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", {{"expression", QuoteExpression(item.value.text->Pretty())}}, item.origin);
    }
  }
  if (generator_count == 1) {
    std::vector<Item> expanded;
    for (Item& item : items) {
      const Function* generator = GeneratorOf(*item.value.expression);
      if (generator == nullptr) {
        expanded.push_back(std::move(item));
        continue;
      }
      const size_t before = block.input.columns.size();
      Rel with_generator;
      TRY(Rel generated, GenerateOver(block.input, item.value, generator->names[0].ends_with("_outer"), {}, item.generator_names, item.origin));
      with_generator = std::move(generated);
      for (size_t i = before; i < with_generator.columns.size(); ++i) {
        const auto& column = with_generator.columns[i];
        Item one;
        one.value = ColumnBound(column, item.origin);
        one.name = column.name;
        one.id = column.id;
        one.origin = item.origin;
        expanded.push_back(std::move(one));
      }
      for (size_t i = before; i < with_generator.columns.size(); ++i) with_generator.columns[i].is_hidden = true;
      block.input = std::move(with_generator);
    }
    items = std::move(expanded);
  }
  const bool has_aggregate = std::any_of(items.begin(), items.end(), [](const Item& item) { return ContainsAggregate(item.value.expression); });
  block.items = std::move(items);
  block.is_aggregate = has_aggregate;
  for (Item& item : block.items) {
    // In a lateral join or subquery a plain outer column is an expression like any other.
    const plan::ColumnId id = item.id != 0 ? item.id : NewColumnId();
    ScopeColumn column;
    column.id = id;
    column.name = item.name;
    column.type = item.value.type();
    column.nullable = item.value.nullable();
    column.qualifier = item.id != 0 ? item.qualifier : std::vector<std::string>{};
    column.metadata_json = item.metadata_json;
    TRY(ResolvedExpressionPtr base, RewriteOverGroups(item.value.expression, block, item.value.text, false));
    column.type = base->type;
    block.base_values.push_back(ExtractWindows(base, block));
    block.output.push_back(std::move(column));
  }
  (void)relation;
  return {};
}

ResolvedExpressionPtr Resolver::ExtractWindows(const ResolvedExpressionPtr& expression, QueryBlock& block) {
  if (!ContainsWindow(expression)) return expression;
  return Rewrite(expression, [&block](const ResolvedExpressionPtr& node) -> ResolvedExpressionPtr {
    if (node->As<plan::ResolvedWindowCall>() == nullptr) return nullptr;
    for (const auto& known : block.window_calls) {
      if (SameExpression(*known.expression, *node)) return ReferenceTo(known, node->nullable);
    }
    NamedExpression call{NewColumnId(), fmt::format("_we{}", block.window_calls.size()), node};
    block.window_calls.push_back(call);
    return ReferenceTo(call, node->nullable);
  });
}

Result<ResolvedExpressionPtr> Resolver::RewriteOverGroups(const ResolvedExpressionPtr& expression, QueryBlock& block, const TextPtr& text, bool) {
  if (!block.is_aggregate) return expression;
  std::optional<Error> failed;
  const bool has_sets = block.grouping_sets.has_value();
  auto fail = [&](auto&& failure) {
    if (!failed) failed = failure.error();
  };
  std::function<ResolvedExpressionPtr(const ResolvedExpressionPtr&)> change = [&](const ResolvedExpressionPtr& node) -> ResolvedExpressionPtr {
    if (failed) return node;
    if (node->As<Literal>() != nullptr) return node;
    if (const auto* call = node->As<plan::ResolvedCall>(); call != nullptr && (call->function == "grouping" || call->function == "grouping_id")) {
      if (!has_sets) {
        fail(Fail("UNSUPPORTED_GROUPING_EXPRESSION", {}, node->origin));
        return node;
      }
      auto id = plan::MakeResolved(plan::ColumnReference{block.grouping_id, "spark_grouping_id", false}, DataType::Long(), false, node->origin);
      auto position_of = [&](const ResolvedExpressionPtr& argument) -> std::optional<size_t> {
        for (size_t i = 0; i < block.group_values.size(); ++i) {
          if (SameExpression(*block.group_values[i].expression, *argument)) return i;
        }
        return {};
      };
      std::vector<std::string> group_texts;
      for (const auto& group : block.group_values) group_texts.push_back(QuoteExpression(group.text->Pretty()));
      if (call->function == "grouping") {
        auto position = position_of(call->arguments[0]);
        if (!position) {
          fail(Fail("GROUPING_COLUMN_MISMATCH", {{"grouping", QuoteExpression(text->Pretty())}, {"groupingColumns", fmt::format("{}", fmt::join(group_texts, ", "))}}, node->origin));
          return node;
        }
        const auto shift = static_cast<int32_t>(block.group_values.size() - 1 - *position);
        const Bound shifted = Call("shiftright", {{id, text}, LiteralBound(Literal::Int(shift))}, DataType::Long(), false, text, node->origin);
        const Bound bit = Call("bit_and", {shifted, LiteralBound(Literal::Long(1))}, DataType::Long(), false, text, node->origin);
        return plan::MakeResolved(plan::ResolvedCast{bit.expression, plan::EvalMode::kLegacy, ""}, DataType::Byte(), false, node->origin);
      }
      bool matches = call->arguments.empty() || call->arguments.size() == block.group_values.size();
      for (size_t i = 0; matches && i < call->arguments.size(); ++i) matches = SameExpression(*call->arguments[i], *block.group_values[i].expression);
      if (!matches) {
        fail(Fail("GROUPING_ID_COLUMN_MISMATCH", {{"groupingIdColumn", ""}, {"groupByColumns", fmt::format("{}", fmt::join(group_texts, ", "))}}, node->origin));
        return node;
      }
      return id;
    }
    for (size_t i = 0; i < block.group_values.size(); ++i) {
      if (SameExpression(*block.group_values[i].expression, *node)) return ReferenceTo(block.groups[i], has_sets || node->nullable);
    }
    if (node->As<plan::ResolvedAggregate>() != nullptr) {
      for (const auto& known : block.aggregates) {
        if (SameExpression(*known.expression, *node)) return ReferenceTo(known, node->nullable);
      }
      // Aggregates see the input's rows, so what is inside stays as it is.
      NamedExpression named{NewColumnId(), fmt::format("agg{}", block.aggregates.size()), node};
      block.aggregates.push_back(named);
      return ReferenceTo(named, node->nullable);
    }
    if (const auto* column = node->As<plan::ColumnReference>(); column != nullptr && !column->is_outer) {
      if (block.groups.empty()) {
        fail(Fail("MISSING_GROUP_BY", {}, block.origin));
      } else {
        const std::string name = column->name;
        fail(Failure(ConditionError("MISSING_AGGREGATION", {{"expression", QuoteExpression(name)}, {"expressionAnyValue", QuoteExpression("any_value(" + name + ")")}})));
      }
      return node;
    }
    if (const auto* subquery = node->As<plan::ResolvedSubquery>()) {
      for (const auto& outer : subquery->outer_columns) {
        const bool is_group = std::any_of(block.groups.begin(), block.groups.end(), [&](const auto& group) { return group.id == outer.id; });
        const bool is_input = std::any_of(block.input.columns.begin(), block.input.columns.end(), [&](const auto& known) { return known.id == outer.id; });
        if (!is_group && is_input) {
          if (block.groups.empty()) {
            fail(Fail("MISSING_GROUP_BY", {}, block.origin));
          } else {
            fail(Fail("SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION", {{"sqlExpr", QuoteExpression(text->Pretty())}}, node->origin));
          }
          return node;
        }
      }
    }
    return nullptr;
  };
  auto out = Rewrite(expression, change);
  if (failed) return Failure(*failed);
  return out;
}

namespace {

using Sets = std::vector<std::vector<size_t>>;

Sets CrossSets(const Sets& left, const Sets& right) {
  Sets out;
  for (const auto& a : left) {
    for (const auto& b : right) {
      auto both = a;
      both.insert(both.end(), b.begin(), b.end());
      out.push_back(std::move(both));
    }
  }
  return out;
}

}  // namespace

Result<void> Resolver::FillAggregate(const plan::Aggregate& aggregate, QueryBlock& block, const plan::Relation&) {
  if (block.windows.empty()) block.windows = std::exchange(pending_windows_, {});
  TRY(Rel input, ResolveRelation(aggregate.input));
  block.input = std::move(input);
  block.is_aggregate = true;
  std::vector<LateralAlias> lateral;
  Names names;
  names.layers = {&block.input.columns};
  names.windows = &block.windows;
  const bool allow_lateral = IsSet("spark.sql.lateralColumnAlias.enableImplicitResolution") && !aggregate.prepend_grouping;
  TRY(std::vector<Item> items, ResolveItems(aggregate.expressions, names, allow_lateral ? &lateral : nullptr));

  Names group_names;
  group_names.layers = {&block.input.columns};
  const bool by_alias = IsSet("spark.sql.groupByAliases");
  const bool by_ordinal = IsSet("spark.sql.groupByOrdinal");
  std::vector<Item> group_items;  // as SELECT items, for DataFrames
  // Gives the position of a group expression in block.group_values, adding it when it is new.
  auto add_group = [&](const ExpressionPtr& written) -> Result<std::vector<size_t>> {
    std::vector<Item> found;
    if (auto ordinal = by_ordinal && !aggregate.prepend_grouping ? OrdinalOf(written) : std::nullopt) {
      if (*ordinal < 1 || *ordinal > static_cast<int64_t>(items.size())) {
        return Fail("GROUP_BY_POS_OUT_OF_RANGE", {{"index", std::to_string(*ordinal)}, {"size", std::to_string(items.size())}}, written->origin);
      }
      const Item& item = items[static_cast<size_t>(*ordinal - 1)];
      if (ContainsAggregate(item.value.expression)) {
        const std::string alias = " AS " + (item.has_alias ? QuoteIfNeeded(item.name) : QuoteIfNeeded(item.name));
        return Fail("GROUP_BY_POS_AGGREGATE", {{"index", std::to_string(*ordinal)}, {"aggExpr", item.value.text->Full() + alias}}, written->origin);
      }
      found.push_back(item);
    } else {
      auto resolved = ResolveItem(written, group_names, found);
      if (!resolved) {
        const auto* reference = written->As<plan::AttributeReference>();
        const Item* chosen = nullptr;
        if (by_alias && reference != nullptr && reference->name.parts.size() == 1 && resolved.error().condition.starts_with("UNRESOLVED_COLUMN")) {
          for (const Item& item : items) {
            if (EqualsIgnoreCase(item.name, reference->name.parts[0])) {
              chosen = &item;
              break;
            }
          }
        }
        if (chosen == nullptr) return Failure(resolved.error());
        found = {*chosen};
      }
    }
    std::vector<size_t> positions;
    for (Item& item : found) {
      if (ContainsAggregate(item.value.expression)) {
        return Fail("GROUP_BY_AGGREGATE", {{"sqlExpr", item.value.text->Full()}}, item.value.expression->origin);
      }
      if (ContainsKind(item.value.type(), TypeKind::kMap) && false) return std::vector<size_t>{};
      if (item.value.type().Is(TypeKind::kVariant)) {
        return Fail("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", {{"sqlExpr", QuoteExpression(item.value.text->Pretty())}, {"dataType", QuoteType(item.value.type())}}, item.value.expression->origin);
      }
      size_t at = block.group_values.size();
      for (size_t i = 0; i < block.group_values.size(); ++i) {
        if (SameExpression(*block.group_values[i].expression, *item.value.expression)) at = i;
      }
      if (at == block.group_values.size()) {
        const auto* column = item.value.expression->As<plan::ColumnReference>();
        const plan::ColumnId id = column != nullptr && !column->is_outer ? column->id : NewColumnId();
        block.groups.push_back({id, item.name, item.value.expression});
        block.group_values.push_back(item.value);
        if (item.id == 0 && column != nullptr && item.has_alias) item.id = 0;
        group_items.push_back(item);
      }
      positions.push_back(at);
    }
    return positions;
  };
  if (aggregate.group_by_all) {
    for (const Item& item : items) {
      if (ContainsAggregate(item.value.expression)) continue;
      if (ContainsWindow(item.value.expression)) continue;
      const bool known = std::any_of(block.group_values.begin(), block.group_values.end(), [&](const Bound& group) { return SameExpression(*group.expression, *item.value.expression); });
      if (known || IsFoldable(*item.value.expression)) continue;
      const auto* column = item.value.expression->As<plan::ColumnReference>();
      block.groups.push_back({column != nullptr && !column->is_outer ? column->id : NewColumnId(), item.name, item.value.expression});
      block.group_values.push_back(item.value);
    }
    for (const Item& item : items) {
      if (!ContainsAggregate(item.value.expression)) continue;
      std::vector<ResolvedExpressionPtr> free;
      Rewrite(item.value.expression, [&](const ResolvedExpressionPtr& node) -> ResolvedExpressionPtr {
        if (node->As<plan::ResolvedAggregate>() != nullptr) return node;
        for (const auto& group : block.group_values) {
          if (SameExpression(*group.expression, *node)) return node;
        }
        if (const auto* column = node->As<plan::ColumnReference>(); column != nullptr && !column->is_outer) free.push_back(node);
        return nullptr;
      });
      if (!free.empty()) {
        Origin origin = aggregate.grouping.empty() ? block.origin : block.origin;
        return Fail("UNRESOLVED_ALL_IN_GROUP_BY", {}, origin);
      }
    }
  } else {
    const bool has_sets = std::any_of(aggregate.grouping.begin(), aggregate.grouping.end(), [](const auto& element) { return element.kind != plan::GroupingKind::kExpression; });
    std::function<Result<Sets>(const plan::GroupingElement&)> sets_of = [&](const plan::GroupingElement& element) -> Result<Sets> {
      std::vector<std::vector<size_t>> composites;
      for (const auto& written : element.sets) {
        std::vector<size_t> composite;
        for (const auto& expression : written) {
          TRY(auto positions, add_group(expression));
          composite.insert(composite.end(), positions.begin(), positions.end());
        }
        composites.push_back(std::move(composite));
      }
      Sets sets;
      switch (element.kind) {
        case plan::GroupingKind::kExpression:
        case plan::GroupingKind::kGroupingSets: sets = composites; break;
        case plan::GroupingKind::kRollup:
          for (size_t count = composites.size() + 1; count-- > 0;) {
            std::vector<size_t> set;
            for (size_t i = 0; i < count; ++i) set.insert(set.end(), composites[i].begin(), composites[i].end());
            sets.push_back(std::move(set));
          }
          break;
        case plan::GroupingKind::kCube: {
          if (composites.size() > 12) return Failure(NotImplemented("CUBE of more than 12 columns"));
          for (size_t mask = size_t{1} << composites.size(); mask-- > 0;) {
            std::vector<size_t> set;
            for (size_t i = 0; i < composites.size(); ++i) {
              if ((mask >> (composites.size() - 1 - i) & 1) != 0) set.insert(set.end(), composites[i].begin(), composites[i].end());
            }
            sets.push_back(std::move(set));
          }
          break;
        }
      }
      for (const auto& inner : element.nested) {
        TRY(Sets more, sets_of(inner));
        sets.insert(sets.end(), more.begin(), more.end());
      }
      return sets;
    };
    Sets all = {{}};
    for (const auto& element : aggregate.grouping) {
      TRY(Sets sets, sets_of(element));
      all = CrossSets(all, sets);
    }
    if (has_sets) {
      block.grouping_sets.emplace();
      for (auto& set : all) {
        std::sort(set.begin(), set.end());
        set.erase(std::unique(set.begin(), set.end()), set.end());
        block.grouping_sets->emplace_back(set.begin(), set.end());
      }
      block.grouping_id = NewColumnId();
    }
  }
  if (aggregate.prepend_grouping) {
    std::vector<Item> both = group_items;
    for (Item& item : items) both.push_back(std::move(item));
    items = std::move(both);
  }
  block.items = std::move(items);
  for (Item& item : block.items) {
    ScopeColumn column;
    column.id = item.id != 0 ? item.id : NewColumnId();
    column.name = item.name;
    column.qualifier = item.id != 0 ? item.qualifier : std::vector<std::string>{};
    column.metadata_json = item.metadata_json;
    TRY(ResolvedExpressionPtr base, RewriteOverGroups(item.value.expression, block, item.value.text, false));
    column.type = base->type;
    column.nullable = base->nullable;
    block.base_values.push_back(ExtractWindows(base, block));
    block.output.push_back(std::move(column));
  }
  return {};
}

namespace {

// Columns of the list become what they stand for.
ResolvedExpressionPtr SubstituteItems(const ResolvedExpressionPtr& expression, const QueryBlock& block, bool over_base) {
  return Rewrite(expression, [&](const ResolvedExpressionPtr& node) -> ResolvedExpressionPtr {
    const auto* column = node->As<plan::ColumnReference>();
    if (column == nullptr || column->is_outer) return nullptr;
    for (size_t i = 0; i < block.output.size(); ++i) {
      if (block.output[i].id == column->id && i < block.items.size()) return over_base ? block.base_values[i] : block.items[i].value.expression;
    }
    return nullptr;
  });
}

}  // namespace

namespace {

// The reference in a written expression that a MISSING_AGGREGATION error is about.
const plan::Expression* FindWritten(const ExpressionPtr& expression, const std::string& column) {
  if (expression == nullptr) return nullptr;
  if (const auto* reference = expression->As<plan::AttributeReference>()) {
    return !reference->name.parts.empty() && EqualsIgnoreCase(reference->name.parts.back(), column) ? expression.get() : nullptr;
  }
  if (const auto* cast = expression->As<plan::CastTo>()) return FindWritten(cast->child, column);
  if (const auto* call = expression->As<plan::FunctionCall>()) {
    for (const auto& argument : call->arguments) {
      if (const auto* found = FindWritten(argument, column)) return found;
    }
  }
  return nullptr;
}

std::string ColumnOf(const Error& error) {
  const std::string quoted = error.parameters.at("expression");
  return quoted.substr(1, quoted.size() - 2);
}

std::vector<std::string> WrittenName(const ExpressionPtr& expression, const Error& error) {
  const auto* found = FindWritten(expression, ColumnOf(error));
  return found != nullptr ? found->As<plan::AttributeReference>()->name.parts : std::vector<std::string>{ColumnOf(error)};
}

Origin WrittenOrigin(const ExpressionPtr& expression, const Error& error) {
  const auto* found = FindWritten(expression, ColumnOf(error));
  return found != nullptr ? found->origin : expression->origin;
}

}  // namespace

Result<void> Resolver::AddHaving(const plan::Having& having, QueryBlock& block) {
  Names names;
  names.layers = {&block.output, &block.input.columns};
  names.is_having_like = true;
  names.windows = &block.windows;
  TRY(Bound condition, Resolve(having.condition, names));
  if (!condition.type().Is(TypeKind::kBoolean)) {
    if (!condition.type().Is(TypeKind::kNull) && !condition.type().IsStringLike()) {
      return Fail("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", {{"sqlExpr", QuoteExpression(condition.text->Pretty())}, {"filter", QuoteExpression(condition.text->Pretty())}, {"type", QuoteType(condition.type())}}, having.condition->origin);
    }
    condition = Cast(condition, DataType::Boolean());
  }
  auto expression = SubstituteItems(condition.expression, block, false);
  auto base = RewriteOverGroups(expression, block, condition.text, false);
  if (!base) {
    if (base.error().condition != "MISSING_AGGREGATION") return Failure(base.error());
    Names output_only;
    output_only.layers = {&block.output};
    return Failure(UnresolvedColumn(WrittenName(having.condition, base.error()), WrittenOrigin(having.condition, base.error()), output_only));
  }
  block.having.push_back(*std::move(base));
  return {};
}

Result<void> Resolver::AddQualify(const plan::Qualify& qualify, QueryBlock& block) {
  Names names;
  names.layers = {&block.output, &block.input.columns};
  names.is_having_like = true;
  names.windows = &block.windows;
  TRY(Bound condition, Resolve(qualify.condition, names));
  if (!condition.type().Is(TypeKind::kBoolean)) {
    return Fail("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", {{"sqlExpr", QuoteExpression(condition.text->Pretty())}, {"filter", QuoteExpression(condition.text->Pretty())}, {"type", QuoteType(condition.type())}}, qualify.condition->origin);
  }
  auto expression = SubstituteItems(condition.expression, block, false);
  TRY(ResolvedExpressionPtr base, RewriteOverGroups(expression, block, condition.text, false));
  block.qualify.push_back(ExtractWindows(base, block));
  return {};
}

Result<void> Resolver::AddSort(const plan::Sort& sort, QueryBlock& block) {
  std::vector<plan::ResolvedSortKey> keys;
  auto add_output = [&](size_t index, plan::SortDirection direction, plan::NullOrdering nulls, Origin origin) -> Result<void> {
    const ScopeColumn& column = block.output[index];
    if (!IsOrderable(column.type)) {
      const bool ascending = direction == plan::SortDirection::kAscending;
      return Mismatch("INVALID_ORDERING_TYPE", {{"functionName", "`sortorder`"}, {"dataType", QuoteType(column.type)}}, MakeText(fmt::format("{} {} NULLS {}", column.name, ascending ? "ASC" : "DESC", ascending ? "FIRST" : "LAST")), origin);
    }
    plan::ResolvedSortKey key;
    key.is_ascending = direction == plan::SortDirection::kAscending;
    key.nulls_first = nulls == plan::NullOrdering::kDefault ? key.is_ascending : nulls == plan::NullOrdering::kFirst;
    key.expression = ColumnBound(column, origin).expression;
    keys.push_back(std::move(key));
    return {};
  };
  if (sort.order_by_all) {
    for (size_t i = 0; i < block.output.size(); ++i) {
      if (!block.output[i].is_hidden) TRY(add_output(i, sort.all_direction, sort.all_nulls, {}));
    }
  }
  std::vector<size_t> visible;
  for (size_t i = 0; i < block.output.size(); ++i) {
    if (!block.output[i].is_hidden) visible.push_back(i);
  }
  for (const plan::SortOrder& order : sort.orders) {
    if (auto ordinal = IsSet("spark.sql.orderByOrdinal") ? OrdinalOf(order.child) : std::nullopt) {
      if (*ordinal < 1 || *ordinal > static_cast<int64_t>(visible.size())) {
        return Fail("ORDER_BY_POS_OUT_OF_RANGE", {{"index", std::to_string(*ordinal)}, {"size", std::to_string(visible.size())}}, order.child->origin);
      }
      TRY(add_output(visible[static_cast<size_t>(*ordinal - 1)], order.direction, order.nulls, order.child->origin));
      continue;
    }
    Names names;
    names.layers = {&block.output};
    if (!block.is_pass_through) names.layers.push_back(&block.input.columns);
    names.is_having_like = block.is_aggregate;
    names.windows = &block.windows;
    auto resolved = ResolveSortKey(order, names);
    if (!resolved && resolved.error().condition == "AMBIGUOUS_REFERENCE" && !block.is_pass_through) {
      // Two items of one name: the input's column is meant.
      names.layers = {&block.input.columns};
      resolved = ResolveSortKey(order, names);
    }
    if (!resolved) return Failure(resolved.error());
    plan::ResolvedSortKey key = *std::move(resolved);
    bool only_output = true;
    Walk(key.expression, [&](const ResolvedExpression& node) {
      if (node.As<plan::ResolvedAggregate>() != nullptr || node.As<plan::ResolvedWindowCall>() != nullptr) only_output = false;
      if (const auto* call = node.As<plan::ResolvedCall>(); call != nullptr && (call->function == "grouping" || call->function == "grouping_id")) only_output = false;
      if (node.As<plan::ResolvedSubquery>() != nullptr && block.is_aggregate) only_output = only_output && true;
      if (const auto* column = node.As<plan::ColumnReference>(); column != nullptr && !column->is_outer) {
        only_output = only_output && std::any_of(block.output.begin(), block.output.end(), [&](const auto& known) { return known.id == column->id; });
      }
      return true;
    });
    if (!only_output && !block.is_pass_through) {
      // An expression of the list, written again, is that column.
      for (size_t i = 0; i < block.items.size(); ++i) {
        if (SameExpression(*block.items[i].value.expression, *key.expression) && IsDeterministic(*key.expression)) {
          key.expression = ColumnBound(block.output[i], order.child->origin).expression;
          only_output = true;
          break;
        }
      }
    }
    if (!only_output && !block.is_pass_through) {
      auto substituted = SubstituteItems(key.expression, block, false);
      auto rewritten = RewriteOverGroups(substituted, block, MakeText(""), false);
      if (!rewritten) {
        if (rewritten.error().condition != "MISSING_AGGREGATION") return Failure(rewritten.error());
        Names output_only;
        output_only.layers = {&block.output};
        return Failure(UnresolvedColumn(WrittenName(order.child, rewritten.error()), WrittenOrigin(order.child, rewritten.error()), output_only));
      }
      ResolvedExpressionPtr base = ExtractWindows(*rewritten, block);
      NamedExpression hidden{NewColumnId(), "_sort", base};
      key.expression = ReferenceTo(hidden, base->nullable);
      block.hidden.push_back(std::move(hidden));
    } else if (!only_output && ContainsAggregate(key.expression)) {
      return Fail("UNSUPPORTED_EXPR_FOR_OPERATOR", {{"invalidExprSqls", QuoteExpression("")}}, order.child->origin);
    }
    keys.push_back(std::move(key));
  }
  if (!keys.empty()) block.sorts.push_back(std::move(keys));
  return {};
}

Result<Rel> Resolver::CloseBlock(QueryBlock& block) {
  Rel rel = block.input;
  auto filter = [&rel](const ResolvedExpressionPtr& condition) { rel.plan = plan::MakePlan(plan::ResolvedFilter{rel.plan, condition}, rel.plan->output); };
  if (!block.is_pass_through) {
    if (block.is_aggregate) {
      std::vector<plan::OutputColumn> output;
      const bool has_sets = block.grouping_sets.has_value();
      for (const auto& group : block.groups) output.push_back({group.id, group.name, group.expression->type, has_sets || group.expression->nullable, ""});
      for (const auto& aggregate : block.aggregates) output.push_back({aggregate.id, aggregate.name, aggregate.expression->type, aggregate.expression->nullable, ""});
      if (has_sets) output.push_back({block.grouping_id, "spark_grouping_id", DataType::Long(), false, ""});
      plan::ResolvedAggregation aggregation{rel.plan, block.groups, block.aggregates, block.grouping_sets, block.grouping_id};
      rel.plan = plan::MakePlan(std::move(aggregation), std::move(output));
    }
    for (const auto& condition : block.having) filter(condition);
    if (!block.window_calls.empty()) {
      auto output = rel.plan->output;
      for (const auto& call : block.window_calls) output.push_back({call.id, call.name, call.expression->type, call.expression->nullable, ""});
      rel.plan = plan::MakePlan(plan::ResolvedWindow{rel.plan, block.window_calls}, std::move(output));
    }
    for (const auto& condition : block.qualify) filter(condition);
    std::vector<NamedExpression> expressions;
    Columns columns = block.output;
    for (size_t i = 0; i < block.output.size(); ++i) expressions.push_back({block.output[i].id, block.output[i].name, block.base_values[i]});
    for (const auto& hidden : block.hidden) {
      expressions.push_back(hidden);
      ScopeColumn column;
      column.id = hidden.id;
      column.name = hidden.name;
      column.type = hidden.expression->type;
      column.nullable = hidden.expression->nullable;
      column.is_hidden = true;
      columns.push_back(std::move(column));
    }
    rel = Project(rel, std::move(expressions), std::move(columns));
  }
  for (auto& keys : block.sorts) rel.plan = plan::MakePlan(plan::ResolvedSort{rel.plan, std::move(keys)}, rel.plan->output);
  if (!block.hidden.empty()) {
    rel.columns.resize(block.output.size());
    std::vector<NamedExpression> expressions;
    for (const auto& column : rel.columns) expressions.push_back({column.id, column.name, ColumnBound(column, {}).expression});
    rel = Project(rel, std::move(expressions), rel.columns);
  }
  return rel;
}

}  // namespace crannog::analyze
