#include <fmt/format.h>

#include <algorithm>

#include "analyze/resolver.h"
#include "sql/parser.h"

/// The dispatch over relations, and what mostly data frames ask for.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::ExpressionPtr;
using plan::Literal;
using plan::NamedExpression;
using plan::TypeKind;

const ScopeColumn* FindByName(const Columns& columns, std::string_view name) {
  for (const auto& column : columns) {
    if (!column.is_hidden && EqualsIgnoreCase(column.name, name)) return &column;
  }
  return nullptr;
}

bool FillMatches(const DataType& column, const DataType& value) {
  if (value.IsNumeric()) return column.IsNumeric();
  if (value.IsStringLike()) return column.IsStringLike();
  return value.kind() == column.kind();
}

}  // namespace

Result<int64_t> Resolver::LimitValue(const ExpressionPtr& expression, std::string_view name) {
  Names names;
  names.allow_outer = false;
  TRY(Bound bound, Resolve(expression, names));
  const std::string shown = QuoteExpression(bound.text->Pretty());
  TRY(auto value, Evaluate(bound));
  if (!IsFoldable(*bound.expression)) return Fail("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE", {{"name", std::string(name)}, {"expr", shown}}, expression->origin);
  if (!bound.type().IsIntegral() || bound.type().Is(TypeKind::kLong)) {
    if (!bound.type().Is(TypeKind::kNull)) return Fail("INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE", {{"name", std::string(name)}, {"expr", shown}, {"dataType", QuoteType(bound.type())}}, expression->origin);
  }
  if (!value) return Failure(NotImplemented("computing this LIMIT"));
  if (value->IsNull()) return Fail("INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL", {{"name", std::string(name)}, {"expr", shown}}, expression->origin);
  const int64_t count = std::get<int64_t>(value->value);
  if (count < 0) return Fail("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", {{"name", std::string(name)}, {"expr", shown}, {"v", std::to_string(count)}}, expression->origin);
  return count;
}

Result<Rel> Resolver::ResolveRelation(const plan::RelationPtr& relation) {
  struct Guard {
    int& depth;
    ~Guard() { --depth; }
  } guard{++depth_};
  if (depth_ > 1200) return Failure(ConditionError("FAILED_TO_PARSE_TOO_COMPLEX"));
  TRY(Rel rel, ResolveNode(relation));
  if (relation->plan_id) plan_columns_[*relation->plan_id].push_back(rel.columns);
  return rel;
}

Result<Rel> Resolver::ResolveNode(const plan::RelationPtr& pointer) {
  const plan::Relation& relation = *pointer;
  if (relation.As<plan::Project>() != nullptr || relation.As<plan::Aggregate>() != nullptr || relation.As<plan::Having>() != nullptr || relation.As<plan::Qualify>() != nullptr ||
      relation.As<plan::Sort>() != nullptr || relation.As<plan::NamedWindows>() != nullptr) {
    return ResolveBlock(pointer);
  }
  if (const auto* node = relation.As<plan::NamedTable>()) return ResolveTable(*node, relation);
  if (const auto* node = relation.As<plan::SubqueryAlias>()) return ResolveAlias(*node, relation);
  if (const auto* node = relation.As<plan::Filter>()) {
    TRY(Rel input, ResolveRelation(node->input));
    return FilterBy(std::move(input), node->condition, relation);
  }
  if (const auto* node = relation.As<plan::Join>()) return ResolveJoin(*node, relation);
  if (relation.As<plan::OneRow>() != nullptr) {
    Rel rel;
    rel.plan = plan::MakePlan(plan::ResolvedValues{{{}}}, {});
    return rel;
  }
  if (const auto* node = relation.As<plan::InlineTable>()) return ResolveInlineTable(*node, relation);
  if (const auto* node = relation.As<plan::TableFunction>()) return ResolveTableFunction(*node, relation);
  if (const auto* node = relation.As<plan::With>()) return ResolveWith(*node, relation);
  if (const auto* node = relation.As<plan::SetOperation>()) return ResolveSetOperation(*node, relation);
  if (const auto* node = relation.As<plan::Pivot>()) return ResolvePivot(*node, relation);
  if (const auto* node = relation.As<plan::Unpivot>()) return ResolveUnpivot(*node, relation);
  if (const auto* node = relation.As<plan::Sample>()) return ResolveSample(*node, relation);
  if (const auto* node = relation.As<plan::LateralView>()) {
    TRY(Rel input, ResolveRelation(node->input));
    return ResolveGenerate(input, node->generator, node->is_outer, node->table_alias, node->column_aliases, relation.origin);
  }
  if (const auto* node = relation.As<plan::Limit>()) {
    TRY(Rel input, ResolveRelation(node->input));
    TRY(int64_t count, LimitValue(node->count, "limit"));
    plan::ResolvedLimit limit{input.plan, count, 0, false};
    if (const auto* offset = input.plan->As<plan::ResolvedLimit>(); offset != nullptr && !offset->count && !offset->is_tail) {
      limit.input = offset->input;
      limit.offset = offset->offset;
    }
    input.plan = plan::MakePlan(std::move(limit), input.plan->output);
    return input;
  }
  if (const auto* node = relation.As<plan::Offset>()) {
    TRY(Rel input, ResolveRelation(node->input));
    TRY(int64_t count, LimitValue(node->count, "offset"));
    input.plan = plan::MakePlan(plan::ResolvedLimit{input.plan, {}, count, false}, input.plan->output);
    return input;
  }
  if (const auto* node = relation.As<plan::Tail>()) {
    TRY(Rel input, ResolveRelation(node->input));
    TRY(int64_t count, LimitValue(node->count, "tail"));
    input.plan = plan::MakePlan(plan::ResolvedLimit{input.plan, count, 0, true}, input.plan->output);
    return input;
  }
  if (const auto* node = relation.As<plan::Distinct>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
    for (const auto& column : input.columns) {
      if (ContainsKind(column.type, TypeKind::kMap)) {
        return Fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE", {{"colName", QuoteName(column.name)}, {"dataType", QuoteType(column.type)}}, relation.origin);
      }
      if (ContainsKind(column.type, TypeKind::kVariant)) {
        return Fail("UNSUPPORTED_FEATURE.SET_OPERATION_ON_VARIANT_TYPE", {{"colName", QuoteName(column.name)}, {"dataType", QuoteType(column.type)}}, relation.origin);
      }
    }
    input.plan = Finish(input);
    input.plan = plan::MakePlan(plan::ResolvedDistinct{input.plan, {}}, input.plan->output);
    return input;
  }
  return ResolveFrame(relation);
}

Result<Rel> Resolver::ResolveFrame(const plan::Relation& relation) {
  if (const auto* node = relation.As<plan::Hint>()) return ResolveRelation(node->input);
  if (const auto* node = relation.As<plan::Repartition>()) {
    TRY(Rel input, ResolveRelation(node->input));
    Names names;
    names.layers = {&input.columns};
    for (const auto& expression : node->expressions) TRY(Resolve(expression, names));
    return input;
  }
  if (const auto* node = relation.As<plan::WithWatermark>()) return ResolveRelation(node->input);
  if (const auto* node = relation.As<plan::LocalRelation>()) return ResolveLocal(*node);
  if (const auto* node = relation.As<plan::CachedRelation>()) {
    if (!context_.find_cached) return Failure(NotImplemented("cached relations here"));
    TRY(plan::RelationPtr found, context_.find_cached(*node));
    return ResolveRelation(found);
  }
  if (const auto* node = relation.As<plan::RangeRelation>()) {
    Rel rel;
    rel.columns.push_back(NewColumn("id", DataType::Long(), false));
    rel.plan = plan::MakePlan(plan::ResolvedRange{node->start, node->end, node->step}, AsOutput(rel.columns));
    return rel;
  }
  if (const auto* node = relation.As<plan::SqlQuery>()) {
    TRY(plan::Statement statement, sql::ParseStatement(node->text));
    if (statement.query == nullptr) return Failure(NotImplemented("a command inside a plan"));
    AnalysisContext inner = context_;
    std::map<std::string, Literal> named;
    std::vector<Literal> positional;
    Names none;
    for (const auto& [name, expression] : node->named_arguments) {
      TRY(Bound value, Resolve(expression, none));
      TRY(auto literal, Evaluate(value));
      if (!literal) return Fail("INVALID_SQL_ARG", {{"name", name}}, relation.origin);
      named[name] = *literal;
    }
    for (const auto& expression : node->positional_arguments) {
      TRY(Bound value, Resolve(expression, none));
      TRY(auto literal, Evaluate(value));
      if (!literal) return Fail("INVALID_SQL_ARG", {{"name", "_"}}, relation.origin);
      positional.push_back(*literal);
    }
    inner.sql_text = node->text;
    inner.named_parameters = &named;
    inner.positional_parameters = &positional;
    Resolver resolver(inner);
    TRY(Rel rel, resolver.ResolveRelation(statement.query));
    for (auto& source : resolver.sources_) sources_.push_back(source);
    return rel;
  }
  if (const auto* node = relation.As<plan::DataSource>()) {
    if (context_.tables == nullptr) return Failure(NotImplemented("reading files here"));
    plan::DataSource source = *node;
    if (source.format.empty()) source.format = Setting("spark.sql.sources.default");
    if (!source.schema && !source.schema_ddl.empty()) {
      TRY(DataType schema, sql::ParseTableSchema(source.schema_ddl));
      source.schema = schema;
    }
    TableVersion version;
    for (const auto& [key, value] : source.options) {
      if (EqualsIgnoreCase(key, "versionAsOf")) version.version = std::strtoll(value.c_str(), nullptr, 10);
      if (EqualsIgnoreCase(key, "timestampAsOf")) {
        TRY(Bound cast, ExplicitCast(LiteralBound(Literal::String(value)), DataType::Timestamp(), plan::EvalMode::kAnsi, relation.origin));
        TRY(auto literal, Evaluate(cast));
        if (literal && std::holds_alternative<int64_t>(literal->value)) version.timestamp_micros = std::get<int64_t>(literal->value);
      }
    }
    TRY(auto opened, context_.tables->OpenPaths(source, version));
    return ScanOf(std::move(opened), {}, nullptr);
  }
  if (const auto* node = relation.As<plan::WithRelations>()) {
    for (const auto& reference : node->references) {
      if (reference->plan_id) references_[*reference->plan_id] = reference;
    }
    // References that are named views of the root come as SubqueryAlias; they act as CTEs.
    plan::With with;
    with.input = node->root;
    for (const auto& reference : node->references) {
      if (const auto* alias = reference->As<plan::SubqueryAlias>(); alias != nullptr && alias->name.size() == 1) {
        with.definitions.push_back({.name = alias->name[0], .columns = alias->columns, .query = alias->input, .max_recursion_level = {}, .origin = {}});
      }
    }
    if (with.definitions.empty()) return ResolveRelation(node->root);
    return ResolveWith(with, relation);
  }
  if (const auto* node = relation.As<plan::WithColumns>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
    Names names;
    names.layers = {&input.columns};
    std::vector<Item> items;
    for (const auto& alias : node->aliases) TRY(ResolveItem(alias, names, items));
    std::vector<Item> all;
    std::vector<bool> used(items.size(), false);
    for (const auto& column : input.columns) {
      Item item{.value = ColumnBound(column, {}), .name = column.name, .has_alias = false, .metadata_json = column.metadata_json, .qualifier = column.qualifier, .id = column.id, .generator_names = {}, .origin = {}};
      for (size_t i = 0; i < items.size(); ++i) {
        if (!EqualsIgnoreCase(items[i].name, column.name)) continue;
        item = items[i];
        item.id = 0;
        used[i] = true;
      }
      all.push_back(std::move(item));
    }
    for (size_t i = 0; i < items.size(); ++i) {
      if (!used[i]) all.push_back(items[i]);
    }
    Rel base = input;
    std::vector<NamedExpression> windows;
    for (Item& item : all) {
      item.value.expression = Rewrite(item.value.expression, [&windows](const plan::ResolvedExpressionPtr& one) -> plan::ResolvedExpressionPtr {
        if (one->As<plan::ResolvedWindowCall>() == nullptr) return nullptr;
        windows.push_back({NewColumnId(), "_we", one});
        return plan::MakeResolved(plan::ColumnReference{windows.back().id, "_we", false}, one->type, one->nullable);
      });
    }
    if (!windows.empty()) {
      auto output = base.plan->output;
      for (const auto& call : windows) output.push_back({call.id, call.name, call.expression->type, call.expression->nullable, ""});
      base.plan = plan::MakePlan(plan::ResolvedWindow{base.plan, windows}, std::move(output));
    }
    std::vector<Bound> values;
    Columns columns;
    for (Item& item : all) {
      if (ContainsGenerator(item.value.expression)) {
        TRY(Rel generated, GenerateOver(base, item.value, false, {}, {item.name}, relation.origin));
        const ScopeColumn made = generated.columns.back();
        base = std::move(generated);
        columns.push_back(made);
        values.push_back(ColumnBound(made, {}));
        continue;
      }
      ScopeColumn column = NewColumn(item.name, item.value.type(), item.value.nullable(), item.id != 0 ? item.qualifier : std::vector<std::string>{});
      if (item.id != 0) column.id = item.id;
      column.metadata_json = item.metadata_json;
      columns.push_back(std::move(column));
      values.push_back(item.value);
    }
    return ProjectColumns(base, values, std::move(columns));
  }
  if (const auto* node = relation.As<plan::WithColumnsRenamed>()) {
    TRY(Rel input, ResolveRelation(node->input));
    for (const auto& [from, to] : node->renames) {
      for (auto& column : input.columns) {
        if (!column.is_hidden && EqualsIgnoreCase(column.name, from)) column.name = to;
      }
    }
    return input;
  }
  if (const auto* node = relation.As<plan::DropColumns>()) {
    TRY(Rel input, ResolveRelation(node->input));
    Names names;
    names.layers = {&input.columns};
    std::vector<plan::ColumnId> dropped;
    for (const auto& expression : node->columns) {
      auto bound = Resolve(expression, names);
      if (!bound) {
        if (bound.error().condition.starts_with("UNRESOLVED_COLUMN") || bound.error().condition == "CANNOT_RESOLVE_DATAFRAME_COLUMN") continue;
        return Failure(bound.error());
      }
      if (const auto* column = bound->expression->As<plan::ColumnReference>()) dropped.push_back(column->id);
    }
    std::erase_if(input.columns, [&](const auto& column) {
      return std::find(dropped.begin(), dropped.end(), column.id) != dropped.end() ||
             std::any_of(node->names.begin(), node->names.end(), [&](const auto& name) { return EqualsIgnoreCase(name, column.name); });
    });
    return input;
  }
  if (const auto* node = relation.As<plan::ToDataFrame>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
    if (input.columns.size() != node->names.size()) {
      return Fail("ASSIGNMENT_ARITY_MISMATCH", {{"numTarget", std::to_string(node->names.size())}, {"numExpr", std::to_string(input.columns.size())}}, relation.origin);
    }
    for (size_t i = 0; i < node->names.size(); ++i) input.columns[i].name = node->names[i];
    return input;
  }
  if (const auto* node = relation.As<plan::ToSchema>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::vector<Bound> values;
    Columns columns;
    for (const auto& field : node->schema.fields()) {
      const ScopeColumn* found = FindByName(input.columns, field.name);
      if (found == nullptr) {
        if (!field.nullable) return Failure(ConditionError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", {{"objectName", QuoteName(field.name)}}));
        values.push_back(LiteralBound(Literal::Null(field.type)));
      } else {
        if (found->nullable && !field.nullable) return Failure(ConditionError("NULLABLE_COLUMN_OR_FIELD", {{"name", QuoteName(field.name)}}));
        Bound value = ColumnBound(*found, {});
        if (!plan::SameTypeIgnoringNullability(value.type(), field.type)) {
          if (!CanUpCast(value.type(), field.type) && !CanAnsiStoreAssign(value.type(), field.type)) {
            return Failure(ConditionError("INVALID_COLUMN_OR_FIELD_DATA_TYPE", {{"name", QuoteName(field.name)}, {"type", QuoteType(value.type())}, {"expectedType", QuoteType(field.type)}}));
          }
          value = Cast(value, field.type);
        }
        values.push_back(std::move(value));
      }
      columns.push_back(NewColumn(field.name, field.type, field.nullable));
      columns.back().metadata_json = field.metadata_json;
    }
    return ProjectColumns(input, values, std::move(columns));
  }
  if (const auto* node = relation.As<plan::FillNa>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
    std::vector<Bound> values;
    Columns columns = input.columns;
    for (const auto& name : node->columns) {
      if (FindByName(input.columns, name) == nullptr) {
        Names names;
        names.layers = {&input.columns};
        return Failure(UnresolvedColumn({name}, relation.origin, names));
      }
    }
    for (auto& column : columns) {
      const Literal* fill = nullptr;
      for (size_t i = 0; i < std::max<size_t>(node->columns.size(), 1); ++i) {
        if (!node->columns.empty() && !EqualsIgnoreCase(node->columns[i], column.name)) continue;
        const Literal& value = node->values.size() == 1 ? node->values[0] : node->values[i];
        if (FillMatches(column.type, value.type)) fill = &value;
      }
      Bound value = ColumnBound(column, {});
      if (fill != nullptr) {
        if (column.type.Is(TypeKind::kFloat) || column.type.Is(TypeKind::kDouble)) {
          value = Call("nanvl", {value, LiteralBound(Literal::Null(column.type))}, column.type, true, value.text, {});
        }
        TRY(Bound constant, ExplicitCast(LiteralBound(*fill), column.type, plan::EvalMode::kLegacy, {}));
        value = Call("coalesce", {value, constant}, column.type, constant.nullable(), value.text, {});
        column.id = NewColumnId();
      }
      values.push_back(std::move(value));
    }
    return ProjectColumns(input, values, std::move(columns));
  }
  if (const auto* node = relation.As<plan::DropNa>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::vector<Bound> checked;
    for (const auto& column : input.columns) {
      if (column.is_hidden) continue;
      if (!node->columns.empty() && std::none_of(node->columns.begin(), node->columns.end(), [&](const auto& name) { return EqualsIgnoreCase(name, column.name); })) continue;
      checked.push_back(ColumnBound(column, {}));
    }
    const auto least = static_cast<int32_t>(node->min_non_nulls ? *node->min_non_nulls : static_cast<int32_t>(checked.size()));
    std::optional<Bound> sum;
    for (const Bound& value : checked) {
      Bound present = Call("isnotnull", {value}, DataType::Boolean(), false, value.text, {});
      if (value.type().Is(TypeKind::kFloat) || value.type().Is(TypeKind::kDouble)) {
        Bound nan = Call("isnan", {value}, DataType::Boolean(), false, value.text, {});
        Bound number = Call("not", {nan}, DataType::Boolean(), false, value.text, {});
        present = Call("and", {present, number}, DataType::Boolean(), false, value.text, {});
      }
      Bound one = Call("if", {present, LiteralBound(Literal::Int(1)), LiteralBound(Literal::Int(0))}, DataType::Int(), false, value.text, {});
      sum = sum ? Call("add", {*sum, one}, DataType::Int(), false, value.text, {}) : one;
    }
    if (!sum) return input;
    Bound condition = Call("greater_equal", {*sum, LiteralBound(Literal::Int(least))}, DataType::Boolean(), false, sum->text, {});
    input.plan = plan::MakePlan(plan::ResolvedFilter{input.plan, condition.expression}, input.plan->output);
    return input;
  }
  if (const auto* node = relation.As<plan::ReplaceNa>()) {
    TRY(Rel input, ResolveRelation(node->input));
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
    std::vector<Bound> values;
    Columns columns = input.columns;
    for (auto& column : columns) {
      Bound value = ColumnBound(column, {});
      const bool chosen = node->columns.empty() || std::any_of(node->columns.begin(), node->columns.end(), [&](const auto& name) { return EqualsIgnoreCase(name, column.name); });
      const bool fits = chosen && !node->replacements.empty() && FillMatches(column.type, node->replacements[0].first.type);
      if (fits) {
        std::vector<Bound> arguments;
        for (const auto& [from, to] : node->replacements) {
          TRY(Bound old_value, ExplicitCast(LiteralBound(from), column.type, plan::EvalMode::kLegacy, {}));
          TRY(Bound new_value, ExplicitCast(LiteralBound(to), column.type, plan::EvalMode::kLegacy, {}));
          arguments.push_back(Call("equal", {value, old_value}, DataType::Boolean(), true, value.text, {}));
          arguments.push_back(new_value);
        }
        arguments.push_back(value);
        value = Call("case", arguments, column.type, true, value.text, {});
        column.id = NewColumnId();
      }
      values.push_back(std::move(value));
    }
    return ProjectColumns(input, values, std::move(columns));
  }
  if (const auto* node = relation.As<plan::Deduplicate>()) {
    TRY(Rel input, ResolveRelation(node->input));
    plan::ResolvedDistinct distinct;
    if (!node->all_columns) {
      for (const auto& name : node->columns) {
        bool found = false;
        for (const auto& column : input.columns) {
          if (column.is_hidden || !EqualsIgnoreCase(column.name, name)) continue;
          distinct.keys.push_back(column.id);
          found = true;
        }
        if (!found) {
          Names names;
          names.layers = {&input.columns};
          return Failure(UnresolvedColumn({name}, relation.origin, names));
        }
      }
    }
    std::erase_if(input.columns, [](const auto& column) { return column.is_hidden; });
    input.plan = Finish(input);
    distinct.input = input.plan;
    input.plan = plan::MakePlan(std::move(distinct), input.plan->output);
    return input;
  }
  if (const auto* node = relation.As<plan::CollectMetrics>()) {
    TRY(Rel input, ResolveRelation(node->input));
    Names names;
    names.layers = {&input.columns};
    plan::ResolvedMetrics metrics;
    metrics.input = input.plan;
    metrics.name = node->name;
    std::vector<Item> items;
    for (const auto& metric : node->metrics) TRY(ResolveItem(metric, names, items));
    for (const Item& item : items) metrics.metrics.push_back({NewColumnId(), item.name, item.value.expression});
    input.plan = plan::MakePlan(std::move(metrics), input.plan->output);
    return input;
  }
  if (const auto* node = relation.As<plan::MapPartitions>()) {
    TRY(Rel input, ResolveRelation(node->input));
    const auto* function = node->function->As<plan::PythonFunction>();
    if (function == nullptr) return Failure(NotImplemented("mapPartitions without a Python function"));
    input.plan = Finish(input);
    plan::ResolvedPythonMap map;
    map.input = input.plan;
    map.function = std::make_shared<const plan::PythonFunction>(*function);
    Rel rel;
    for (const auto& field : function->output_type.fields()) rel.columns.push_back(NewColumn(field.name, field.type, field.nullable));
    rel.plan = plan::MakePlan(std::move(map), AsOutput(rel.columns));
    return rel;
  }
  if (const auto* node = relation.As<plan::GroupMap>()) {
    const auto* function = node->function->As<plan::PythonFunction>();
    if (function == nullptr) return Failure(NotImplemented("applyInPandas without a Python function"));
    plan::ResolvedPythonMap map;
    map.function = std::make_shared<const plan::PythonFunction>(*function);
    auto side = [&](const plan::RelationPtr& relation_of_side, const std::vector<ExpressionPtr>& grouping, std::vector<plan::ColumnId>& ids) -> Result<plan::ResolvedPlanPtr> {
      TRY(Rel input, ResolveRelation(relation_of_side));
      input.plan = Finish(input);
      Names names;
      names.layers = {&input.columns};
      std::vector<NamedExpression> added;
      auto output = input.plan->output;
      for (const auto& expression : grouping) {
        TRY(Bound key, Resolve(expression, names));
        if (const auto* column = key.expression->As<plan::ColumnReference>()) {
          ids.push_back(column->id);
        } else {
          return Failure(NotImplemented("applyInPandas grouped by an expression"));
        }
      }
      return input.plan;
    };
    TRY(map.input, side(node->input, node->grouping, map.grouping));
    if (node->right != nullptr) {
      TRY(map.right, side(node->right, node->right_grouping, map.right_grouping));
    }
    Rel rel;
    for (const auto& field : function->output_type.fields()) rel.columns.push_back(NewColumn(field.name, field.type, field.nullable));
    rel.plan = plan::MakePlan(std::move(map), AsOutput(rel.columns));
    return rel;
  }
  if (const auto* node = relation.As<plan::Statistic>()) return ResolveStatistic(*node, relation);
  if (relation.As<plan::AsOfJoin>() != nullptr) return Failure(NotImplemented("as-of joins"));
  if (relation.As<plan::ParseText>() != nullptr) return Failure(NotImplemented("parsing CSV or JSON columns as data frames"));
  if (relation.As<plan::Transpose>() != nullptr) return Failure(NotImplemented("transpose"));
  if (relation.As<plan::ShowString>() != nullptr) return Failure(NotImplemented("show inside a plan"));
  if (relation.As<plan::CommandRelation>() != nullptr) return Failure(NotImplemented("a command read as a relation here"));
  if (const auto* node = relation.As<plan::UnsupportedRelation>()) return Failure(NotImplemented(node->feature));
  return Failure(NotImplemented("this kind of relation"));
}

Result<Rel> Resolver::ResolveStatistic(const plan::Statistic&, const plan::Relation&) { return Failure(NotImplemented("data frame statistics")); }

}  // namespace crannog::analyze
