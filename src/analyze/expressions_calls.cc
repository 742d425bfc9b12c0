#include <fmt/format.h>

#include <algorithm>

#include "analyze/resolver.h"
#include "sql/parser.h"

/// Calls: builtins, SQL and Python functions, aggregates' extras, window functions, subqueries, IN.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::ExpressionPtr;
using plan::Literal;
using plan::Origin;
using plan::TypeKind;

// Binary operators nest to the left; long chains are walked, not recursed into.
bool IsChain(const plan::FunctionCall& call) {
  return call.is_operator && call.arguments.size() == 2 && call.name.parts.size() == 1;
}

}  // namespace

Result<std::vector<ExpressionPtr>> Resolver::ArrangeNamed(const Function& function, const plan::FunctionCall& call, Origin origin) {
  const bool has_named = std::any_of(call.arguments.begin(), call.arguments.end(), [](const auto& argument) { return argument->template As<plan::NamedArgument>() != nullptr; });
  if (!has_named) return call.arguments;
  const std::string shown = QuoteName(function.names[0]);
  // Spark gives parameter names to few builtins.
  static constexpr std::string_view kNamed[] = {"mask", "count_min_sketch", "explode", "explode_outer", "posexplode", "posexplode_outer", "inline", "inline_outer", "variant_explode", "variant_explode_outer", "lpad", "rpad", "listagg"};
  const bool supports_names = std::find(std::begin(kNamed), std::end(kNamed), function.names[0]) != std::end(kNamed);
  if (!supports_names || function.arguments.empty()) return Fail("NAMED_PARAMETERS_NOT_SUPPORTED", {{"functionName", shown}}, origin);
  std::vector<ExpressionPtr> placed(function.arguments.size());
  size_t position = 0;
  std::string first_named;
  for (const auto& argument : call.arguments) {
    const auto* named = argument->As<plan::NamedArgument>();
    if (named == nullptr) {
      if (!first_named.empty()) return Fail("UNEXPECTED_POSITIONAL_ARGUMENT", {{"routineName", shown}, {"parameterName", QuoteName(first_named)}}, origin);
      if (position >= placed.size()) {
        return Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", shown}, {"expectedNum", std::to_string(placed.size())}, {"actualNum", std::to_string(call.arguments.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, origin);
      }
      placed[position++] = argument;
      continue;
    }
    if (first_named.empty()) first_named = named->name;
    const auto spec = std::find_if(function.arguments.begin(), function.arguments.end(), [&](const auto& known) { return EqualsIgnoreCase(known.name, named->name); });
    if (spec == function.arguments.end()) {
      std::vector<std::string> candidates;
      for (const auto& known : function.arguments) candidates.push_back(QuoteName(known.name));
      return Fail("UNRECOGNIZED_PARAMETER_NAME", {{"routineName", shown}, {"argumentName", QuoteName(named->name)}, {"proposal", fmt::format("{}", fmt::join(candidates, " "))}}, origin);
    }
    const auto index = static_cast<size_t>(spec - function.arguments.begin());
    if (placed[index] != nullptr) {
      const bool by_position = index < position;
      return Fail(by_position ? "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED" : "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
                  {{"routineName", shown}, {"parameterName", QuoteName(named->name)}}, origin);
    }
    placed[index] = named->value;
  }
  size_t last = placed.size();
  while (last > 0 && placed[last - 1] == nullptr) --last;
  for (size_t i = 0; i < placed.size(); ++i) {
    if (placed[i] != nullptr) continue;
    if (!function.arguments[i].is_optional) {
      return Fail("REQUIRED_PARAMETER_NOT_FOUND", {{"routineName", shown}, {"parameterName", QuoteName(function.arguments[i].name)}, {"index", std::to_string(i)}}, origin);
    }
    if (i < last) placed[i] = plan::MakeCall("default_argument", {}, origin);
  }
  placed.resize(last);
  return placed;
}

Result<Bound> Resolver::CallBuiltin(std::string_view name, std::vector<Bound> arguments, Origin origin, const plan::FunctionCall* call) {
  const Function* function = FindFunction(name);
  if (function == nullptr) return Failure(NotImplemented(fmt::format("function {}", name)));
  CallSite site{*function->entry, function->names[0], std::move(arguments), origin, *this, call, {}};
  for (size_t i = 0; i < function->names.size(); ++i) {
    if (function->names[i] == name && function->shows_itself[i]) site.name = name;
  }
  return BuildByEntry(*function, site);
}

Result<Bound> Resolver::ResolveCall(const ExpressionPtr& expression, Names& names) {
  const auto& call = *expression->As<plan::FunctionCall>();
  const Origin origin = expression->origin;
  TRY(std::vector<std::string> parts, NameParts(call.name, &names));
  std::string lower = ToLower(parts.back());
  if (call.is_operator || parts.size() == 1) {
    if (lower == "timestamp_literal" || lower == "timestamp_ltz_literal" || lower == "timestamp_ntz_literal" || lower == "date_literal") return ResolveSpecialLiteral(call, origin);
    if (lower == "in" && call.is_operator) return ResolveIn(call, origin, names);
  }
  // A left-deep chain of operators: resolve the leftmost operand first, then climb.
  if (IsChain(call)) {
    std::vector<const plan::Expression*> spine;
    const ExpressionPtr* at = &expression;
    while (true) {
      const auto* next = (*at)->As<plan::FunctionCall>();
      if (next == nullptr || !IsChain(*next) || ToLower(next->name.parts.back()) == "in") break;
      spine.push_back(at->get());
      at = &next->arguments[0];
    }
    if (spine.size() > 1) {
      TRY(Bound left, Resolve(*at, names));
      for (auto node = spine.rbegin(); node != spine.rend(); ++node) {
        const auto& step = *(*node)->As<plan::FunctionCall>();
        TRY(Bound right, Resolve(step.arguments[1], names));
        std::vector<Bound> arguments;
        arguments.push_back(std::move(left));
        arguments.push_back(std::move(right));
        TRY(Bound combined, CallBuiltin(ToLower(step.name.parts.back()), std::move(arguments), (*node)->origin, &step));
        left = std::move(combined);
      }
      return left;
    }
  }

  const bool is_builtin_name = parts.size() == 1 || (parts.size() == 3 && EqualsIgnoreCase(parts[0], "system") && EqualsIgnoreCase(parts[1], "builtin")) ||
                               (parts.size() == 2 && EqualsIgnoreCase(parts[0], "builtin"));
  if (parts.size() == 1 && !call.is_operator && context_.temporary_functions != nullptr) {
    if (auto found = context_.temporary_functions->find(lower); found != context_.temporary_functions->end() && FindFunction(lower) == nullptr) {
      return ResolveUserFunction(found->second, call, origin, names);
    }
  }
  if (parts.size() == 1 && !call.is_operator && context_.python_functions != nullptr) {
    if (auto found = context_.python_functions->find(lower); found != context_.python_functions->end()) {
      plan::PythonFunction copy = *found->second;
      copy.arguments.clear();
      copy.argument_names.clear();
      for (const auto& argument : call.arguments) {
        const auto* named = argument->As<plan::NamedArgument>();
        copy.arguments.push_back(named != nullptr ? named->value : argument);
        copy.argument_names.push_back(named != nullptr ? named->name : "");
      }
      return ResolvePython(copy, origin, names);
    }
  }
  const Function* function = is_builtin_name ? FindFunction(lower) : nullptr;
  if (function == nullptr) {
    ObjectName name{current_schema_.catalog, current_schema_.schema, parts.back()};
    if (parts.size() >= 2) name.schema = parts[parts.size() - 2];
    if (parts.size() >= 3) name.catalog = parts[parts.size() - 3];
    if (context_.catalog != nullptr && !call.is_operator && parts.size() <= 3) {
      TRY(auto info, context_.catalog->FindFunction(name));
      if (info) {
        TRY(context_.catalog->Require(Privilege::kExecute, {SecurableKind::kFunction, {name.catalog, name.schema, name.name}}));
        return ResolveUserFunction(*info, call, origin, names);
      }
    }
    return Fail("UNRESOLVED_ROUTINE",
                {{"routineName", QuoteName(parts)}, {"searchPath", fmt::format("[`system`.`builtin`, `system`.`session`, {}.{}]", QuoteName(current_schema_.catalog), QuoteName(current_schema_.schema))}}, origin);
  }
  if (function->entry->kind == FunctionKind::kTable) {
    return Fail("NOT_A_SCALAR_FUNCTION", {{"functionName", QuoteName(parts)}}, origin);
  }
  TRY(std::vector<ExpressionPtr> arguments, ArrangeNamed(*function, call, origin));
  CallSite site{*function->entry, function->names[0], {}, origin, *this, &call, {}};
  for (size_t i = 0; i < function->names.size(); ++i) {
    if (function->names[i] == lower && function->shows_itself[i]) site.name = lower;
  }
  const bool takes_lambdas = (function->entry->flags & kLambda) != 0;
  for (const auto& argument : arguments) {
    if (const auto* star = argument->As<plan::Star>()) {
      // count(*) counts rows; elsewhere a star stands for all columns.
      if (lower == "count" && arguments.size() == 1 && star->target.empty() && star->except.empty() && !call.is_distinct) {
        site.arguments.push_back(LiteralBound(Literal::Int(1), origin));
        site.unresolved.push_back(nullptr);
        continue;
      }
      TRY(std::vector<Item> items, ExpandStar(*star, argument->origin, names));
      for (Item& item : items) {
        site.arguments.push_back(std::move(item.value));
        site.unresolved.push_back(plan::MakeExpression(plan::AttributeReference{.name = {.parts = {item.name}, .identifier = nullptr, .origin = {}}, .plan_id = {}}, argument->origin));
      }
      continue;
    }
    site.unresolved.push_back(argument);
    const bool is_lambda = argument->As<plan::Lambda>() != nullptr;
    if (is_lambda && !takes_lambdas) {
      return Fail("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", {{"class", "org.apache.spark.sql.catalyst.expressions." + site.name}}, origin);
    }
    if (is_lambda) {
      site.arguments.push_back({});
      continue;
    }
    if (const auto* inner = argument->As<plan::FunctionCall>(); inner != nullptr && inner->name.parts.size() == 1 && inner->name.parts[0] == "default_argument") {
      site.arguments.push_back(LiteralBound(Literal::Null()));
      continue;
    }
    // An argument that a lambda's place may take is resolved by the builder, where its parameters are known.
    TRY(Bound bound, Resolve(argument, names));
    site.arguments.push_back(std::move(bound));
  }
  TRY(Bound built, BuildByEntry(*function, site));
  return FinishAggregate(*function, site, std::move(built), names);
}

Result<Bound> Resolver::FinishAggregate(const Function& function, CallSite& site, Bound built, Names& names) {
  const auto& call = *site.call;
  const auto* aggregate = built.expression->As<plan::ResolvedAggregate>();
  const auto* window = built.expression->As<plan::ResolvedWindowCall>();
  auto unsupported = [&](const char* syntax) {
    return Fail("INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX", {{"prettyName", QuoteName(site.name)}, {"syntax", syntax}}, site.origin);
  };
  if (call.nulls == plan::NullTreatment::kIgnoreNulls) {
    if (window != nullptr) {
      auto copy = *window;
      copy.ignore_nulls = true;
      built.expression = plan::MakeResolved(std::move(copy), built.type(), built.nullable(), site.origin);
      return built;
    }
    if (aggregate == nullptr || (function.entry->flags & kIgnoreNulls) == 0) return unsupported("IGNORE NULLS");
    auto copy = *aggregate;
    copy.ignore_nulls = true;
    built.expression = plan::MakeResolved(std::move(copy), built.type(), built.nullable(), site.origin);
    aggregate = built.expression->As<plan::ResolvedAggregate>();
  }
  const bool has_extras = call.is_distinct || call.filter != nullptr || !call.within_group.empty();
  if (!has_extras && aggregate == nullptr) return built;
  if (aggregate == nullptr) {
    // A count of several columns may be wrapped (count_if, approx functions); find the aggregate inside.
    if (!ContainsAggregate(built.expression)) {
      if (call.is_distinct) return unsupported("DISTINCT");
      if (call.filter != nullptr) return unsupported("FILTER CLAUSE");
      return unsupported("WITHIN GROUP (ORDER BY ...)");
    }
    std::optional<Error> failed;
    auto rewritten = Rewrite(built.expression, [&](const plan::ResolvedExpressionPtr& node) -> plan::ResolvedExpressionPtr {
      if (node->As<plan::ResolvedAggregate>() == nullptr || failed) return nullptr;
      auto inner = FinishAggregate(function, site, Bound{node, built.text}, names);
      if (!inner) {
        failed = inner.error();
        return nullptr;
      }
      return inner->expression;
    });
    if (failed) return Failure(*failed);
    TextPtr text = built.text;
    if (call.is_distinct) text = MakeText(text->Pretty());
    return Bound{rewritten, text};
  }
  auto copy = *aggregate;
  copy.is_distinct = copy.is_distinct || call.is_distinct;
  if (!call.within_group.empty() && copy.order_by.empty()) {
    if ((function.entry->flags & kWithinGroup) == 0) return unsupported("WITHIN GROUP (ORDER BY ...)");
    std::vector<TextPtr> pieces = {built.text, MakeText(" WITHIN GROUP (ORDER BY ")};
    for (size_t i = 0; i < call.within_group.size(); ++i) {
      TextPtr text;
      TRY(plan::ResolvedSortKey key, ResolveSortKey(call.within_group[i], names, &text));
      copy.order_by.push_back(std::move(key));
      if (i > 0) pieces.push_back(MakeText(", "));
      pieces.push_back(text);
    }
    pieces.push_back(MakeText(")"));
    built.text = SpliceText(std::move(pieces));
  }
  if (call.filter != nullptr) {
    TRY(Bound filter, Resolve(call.filter, names));
    if (!filter.type().Is(TypeKind::kBoolean) && !filter.type().Is(TypeKind::kNull)) {
      return Fail("INVALID_AGGREGATE_FILTER.NOT_BOOLEAN", {{"filterExpr", QuoteExpression(filter.text->Pretty())}}, site.origin);
    }
    if (ContainsAggregate(filter.expression)) {
      return Fail("INVALID_AGGREGATE_FILTER.CONTAINS_AGGREGATE", {{"filterExpr", QuoteExpression(filter.text->Pretty())}, {"aggExpr", QuoteExpression(built.text->Pretty())}}, site.origin);
    }
    if (ContainsWindow(filter.expression)) {
      return Fail("INVALID_AGGREGATE_FILTER.CONTAINS_WINDOW_FUNCTION", {{"filterExpr", QuoteExpression(filter.text->Pretty())}, {"windowExpr", ""}}, site.origin);
    }
    if (!IsDeterministic(*filter.expression)) return Fail("INVALID_AGGREGATE_FILTER.NON_DETERMINISTIC", {{"filterExpr", QuoteExpression(filter.text->Pretty())}}, site.origin);
    copy.filter = Cast(filter, DataType::Boolean()).expression;
    built.text = SpliceText({built.text, MakeText(" FILTER (WHERE "), filter.text, MakeText(")")});
  }
  for (const auto& argument : copy.arguments) {
    if (ContainsAggregate(argument)) return Fail("NESTED_AGGREGATE_FUNCTION", {}, site.origin);
  }
  for (const auto& argument : site.arguments) {
    if (argument.expression != nullptr && !IsDeterministic(*argument.expression) && !ContainsWindow(argument.expression)) {
      return Fail("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", {{"sqlExpr", QuoteExpression(built.text->Pretty())}}, site.origin);
    }
  }
  built.expression = plan::MakeResolved(std::move(copy), built.type(), built.nullable(), site.origin);
  return built;
}

Result<Bound> Resolver::ResolvePython(const plan::PythonFunction& function, Origin origin, Names& names) {
  plan::ResolvedPythonCall call;
  call.function = std::make_shared<const plan::PythonFunction>(function);
  std::vector<TextPtr> texts;
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    TRY(Bound argument, Resolve(function.arguments[i], names));
    const bool is_named = i < function.argument_names.size() && !function.argument_names[i].empty();
    texts.push_back(is_named ? SpliceText({MakeText(function.argument_names[i] + " => "), argument.text}) : argument.text);
    call.arguments.push_back(argument.expression);
  }
  // PySpark's eval types 202 (grouped aggregate pandas) and 252 (Arrow) make one value of a group.
  const bool is_aggregate = function.eval_type == 202 || function.eval_type == 252;
  auto python = plan::MakeResolved(std::move(call), function.output_type, true, origin);
  if (!is_aggregate) return Bound{python, CallText(function.name, texts)};
  plan::ResolvedAggregate aggregate;
  aggregate.function = "python_aggregate";
  aggregate.arguments = {python};
  return Bound{plan::MakeResolved(std::move(aggregate), function.output_type, true, origin), CallText(function.name, texts)};
}

// A SQL function is replaced by its body over its arguments, resolved where the function was made.
Result<Bound> Resolver::ResolveUserFunction(const FunctionInfo& info, const plan::FunctionCall& call, Origin origin, Names& names) {
  const std::string full_name = info.name.catalog.empty() ? info.name.name : info.name.ToString();
  if (info.is_table_function) return Fail("NOT_A_SCALAR_FUNCTION", {{"functionName", QuoteName(call.name.parts)}}, origin);
  if (!EqualsIgnoreCase(info.language, "SQL")) return Failure(NotImplemented(fmt::format("functions in language {}", info.language)));
  if (view_depth_ > 30) return Failure(NotImplemented("recursive SQL functions"));
  std::vector<std::optional<Bound>> values(info.parameters.size());
  size_t position = 0;
  std::vector<TextPtr> texts;
  for (const auto& argument : call.arguments) {
    const auto* named = argument->As<plan::NamedArgument>();
    size_t index = position;
    if (named != nullptr) {
      index = info.parameters.size();
      for (size_t i = 0; i < info.parameters.size(); ++i) {
        if (EqualsIgnoreCase(info.parameters[i].name, named->name)) index = i;
      }
      if (index == info.parameters.size()) return Fail("UNRECOGNIZED_PARAMETER_NAME", {{"routineName", QuoteName(info.name.name)}, {"argumentName", QuoteName(named->name)}, {"proposal", ""}}, origin);
    } else {
      ++position;
    }
    if (index >= info.parameters.size()) {
      const size_t least = static_cast<size_t>(std::count_if(info.parameters.begin(), info.parameters.end(), [](const auto& parameter) { return !parameter.default_text; }));
      const std::string expected = least == info.parameters.size() ? std::to_string(least) : fmt::format("[{}, {}]", least, info.parameters.size());
      return Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", QuoteName(info.name.name)}, {"expectedNum", expected}, {"actualNum", std::to_string(call.arguments.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, origin);
    }
    TRY(Bound value, Resolve(named != nullptr ? named->value : argument, names));
    texts.push_back(value.text);
    values[index] = std::move(value);
  }
  std::map<std::string, Bound> parameters;
  for (size_t i = 0; i < values.size(); ++i) {
    const FunctionParameter& parameter = info.parameters[i];
    if (!values[i]) {
      if (!parameter.default_text) {
        return Fail("REQUIRED_PARAMETER_NOT_FOUND", {{"routineName", QuoteName(info.name.name)}, {"parameterName", QuoteName(parameter.name)}, {"index", std::to_string(i)}}, origin);
      }
      TRY(ExpressionPtr written, sql::ParseExpression(*parameter.default_text));
      Names none;
      none.allow_outer = false;
      TRY(Bound value, Resolve(written, none));
      values[i] = std::move(value);
    }
    Bound cast = *values[i];
    if (!(cast.type() == parameter.type)) {
      TRY(Bound converted, ExplicitCast(cast, parameter.type, is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy, origin));
      cast = std::move(converted);
    }
    cast.text = ColumnText(parameter.name, parameter.name);
    parameters[ToLower(parameter.name)] = cast;
  }
  parameters["." + ToLower(info.name.name)] = LiteralBound(Literal::Null());
  sql::ParserOptions options;
  options.ansi = is_ansi();
  const std::string saved_text = text_;
  const SchemaName saved_schema = current_schema_;
  text_ = info.body;
  if (!info.view_schema.empty()) current_schema_ = {info.view_catalog, info.view_schema};
  function_parameters_.push_back(&parameters);
  ++view_depth_;
  Result<Bound> body = [&]() -> Result<Bound> {
    Names inner;
    // The body may be evaluated over columns that the arguments name; those stay what they are.
    inner.allow_outer = false;
    if (info.is_body_query) {
      TRY(plan::Statement statement, sql::ParseStatement(info.body, options));
      plan::SubqueryExpression subquery;
      subquery.query = statement.query;
      return ResolveSubquery(subquery, origin, names);
    }
    TRY(ExpressionPtr written, sql::ParseExpression(info.body, options));
    return Resolve(written, inner);
  }();
  --view_depth_;
  function_parameters_.pop_back();
  text_ = saved_text;
  current_schema_ = saved_schema;
  if (!body) return Failure(body.error());
  Bound result = *body;
  if (info.return_type && !(result.type() == *info.return_type)) {
    TRY(Bound converted, ExplicitCast(result, *info.return_type, is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy, origin));
    result = std::move(converted);
  }
  result.text = CallText(full_name, texts);
  return result;
}

Result<Bound> Resolver::ResolveIn(const plan::FunctionCall& call, Origin origin, Names& names) {
  TRY(std::vector<Bound> arguments, ResolveAll(call.arguments, names));
  std::vector<DataType> types;
  for (const Bound& argument : arguments) types.push_back(argument.type());
  std::vector<TextPtr> pieces = {MakeText("("), arguments[0].text, MakeText(" IN (")};
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (i > 1) pieces.push_back(MakeText(", "));
    pieces.push_back(arguments[i].text);
  }
  pieces.push_back(MakeText("))"));
  TextPtr text = SpliceText(std::move(pieces));
  auto common = std::all_of(types.begin(), types.end(), [&](const auto& type) { return type == types[0]; }) ? std::optional(types[0]) : WiderType(types, rules_);
  if (!common) {
    std::string list;
    for (const auto& type : types) list += (list.empty() ? "" : ", ") + QuoteType(type);
    return Mismatch("DATA_DIFF_TYPES", {{"functionName", "`in`"}, {"dataType", "[" + list + "]"}}, text, origin);
  }
  if (!IsOrderable(*common) && ContainsKind(*common, TypeKind::kMap)) {
    return Mismatch("INVALID_ORDERING_TYPE", {{"functionName", "`in`"}, {"dataType", QuoteType(*common)}}, text, origin);
  }
  bool nullable = false;
  for (Bound& argument : arguments) {
    argument = Cast(argument, *common);
    nullable = nullable || argument.nullable();
  }
  return Call("in", std::move(arguments), DataType::Boolean(), nullable, std::move(text), origin);
}

Result<Bound> Resolver::ResolveSubquery(const plan::SubqueryExpression& subquery, Origin origin, Names& names) {
  plan::ResolvedSubquery resolved;
  resolved.kind = subquery.kind;
  plan::RelationPtr query = subquery.query;
  if (query == nullptr && subquery.plan_id) {
    if (auto found = references_.find(*subquery.plan_id); found != references_.end()) query = found->second;
  }
  if (query == nullptr) return Failure(NotImplemented("a subquery that is not part of the plan"));
  if (subquery.kind == plan::SubqueryKind::kTableArgument) return Failure(NotImplemented("TABLE arguments outside of table functions"));
  TRY(std::vector<Bound> values, ResolveAll(subquery.values, names));
  outers_.push_back({&names, &resolved.outer_columns});
  const int saved_depth = depth_;
  auto rel = ResolveRelation(query);
  outers_.pop_back();
  depth_ = saved_depth;
  if (!rel) return Failure(rel.error());
  Rel inner = *std::move(rel);
  inner.plan = Finish(inner);
  Columns visible;
  for (const auto& column : inner.columns) {
    if (!column.is_hidden) visible.push_back(column);
  }
  std::vector<TextPtr> outer_texts;
  for (const auto& column : resolved.outer_columns) outer_texts.push_back(MakeText(column.name));
  if (subquery.kind == plan::SubqueryKind::kScalar) {
    if (visible.size() != 1) {
      return Fail("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", {{"number", std::to_string(visible.size())}}, origin);
    }
    resolved.plan = inner.plan;
    const DataType type = visible[0].type;
    return Bound{plan::MakeResolved(std::move(resolved), type, true, origin), CallText("scalarsubquery", outer_texts)};
  }
  if (subquery.kind == plan::SubqueryKind::kExists) {
    resolved.plan = inner.plan;
    return Bound{plan::MakeResolved(std::move(resolved), DataType::Boolean(), false, origin), CallText("exists", outer_texts)};
  }
  // IN: (a, b) on the left are compared with the columns one by one; a single struct value with a single column as it is.
  if (values.size() == 1 && visible.size() > 1) {
    if (const auto* built = values[0].expression->As<plan::ResolvedCall>(); built != nullptr && built->function == "named_struct" && built->arguments.size() == visible.size() * 2) {
      std::vector<Bound> split;
      for (size_t i = 0; i < visible.size(); ++i) {
        const auto& field = built->arguments[i * 2 + 1];
        split.push_back({field, MakeText(values[0].type().fields()[i].name)});
      }
      values = std::move(split);
    }
  }
  auto left_text = [&]() -> TextPtr {
    if (values.size() == 1) return values[0].text;
    std::vector<TextPtr> pieces = {MakeText("named_struct(")};
    for (size_t i = 0; i < values.size(); ++i) {
      const auto* column = values[i].expression->As<plan::ColumnReference>();
      const std::string name = column != nullptr ? column->name : "_" + std::to_string(i);
      pieces.push_back(MakeText(fmt::format("{}{}, ", i > 0 ? ", " : "", name)));
      pieces.push_back(values[i].text);
    }
    pieces.push_back(MakeText(")"));
    return SpliceText(std::move(pieces));
  };
  TextPtr text = SpliceText({MakeText("("), left_text(), MakeText(" IN ("), CallText("listquery", outer_texts), MakeText("))")});
  if (values.size() != visible.size()) {
    std::string left, right;
    for (const auto& value : values) left += (left.empty() ? "" : ", ") + QuoteExpression(value.text->Pretty());
    for (const auto& column : visible) right += (right.empty() ? "" : ", ") + QuoteExpression(column.name);
    return Mismatch("IN_SUBQUERY_LENGTH_MISMATCH", {{"leftLength", std::to_string(values.size())}, {"rightLength", std::to_string(visible.size())}, {"leftColumns", left}, {"rightColumns", right}}, text, origin);
  }
  std::vector<Bound> right;
  bool casts = false, fails = false;
  std::string mismatched, left_types, right_types;
  bool nullable = false;
  for (size_t i = 0; i < values.size(); ++i) {
    Bound column = ColumnBound(visible[i], origin);
    auto common = ComparisonType(values[i].type(), visible[i].type, rules_);
    left_types += (i > 0 ? ", " : "") + QuoteType(values[i].type());
    right_types += (i > 0 ? ", " : "") + QuoteType(visible[i].type);
    if (!common) {
      fails = true;
      mismatched += fmt::format("{}({}:{}, {}:{})", mismatched.empty() ? "" : ", ", values[i].text->Full(), values[i].type().CatalogString(), column.text->Full(), visible[i].type.CatalogString());
      continue;
    }
    casts = casts || !(visible[i].type == *common);
    values[i] = Cast(values[i], *common);
    right.push_back(Cast(column, *common));
    nullable = nullable || values[i].nullable() || right.back().nullable();
  }
  if (fails) return Mismatch("IN_SUBQUERY_DATA_TYPE_MISMATCH", {{"mismatchedColumns", mismatched}, {"leftType", left_types}, {"rightType", right_types}}, text, origin);
  if (casts) {
    Columns columns;
    for (size_t i = 0; i < right.size(); ++i) columns.push_back(NewColumn(visible[i].name, right[i].type(), right[i].nullable()));
    inner = ProjectColumns(inner, right, std::move(columns));
  }
  resolved.plan = inner.plan;
  for (const Bound& value : values) resolved.values.push_back(value.expression);
  return Bound{plan::MakeResolved(std::move(resolved), DataType::Boolean(), nullable, origin), std::move(text)};
}

namespace {

struct FrameRule {
  std::string_view function;
  plan::FrameUnit unit;
  bool needs_order;
};

// Frames that window functions bring along. Source: Spark's RowNumberLike, RankLike, AggregateWindowFunction.
constexpr FrameRule kFrameRules[] = {
    {"row_number", plan::FrameUnit::kRows, true}, {"rank", plan::FrameUnit::kRows, true},         {"dense_rank", plan::FrameUnit::kRows, true},
    {"percent_rank", plan::FrameUnit::kRows, true}, {"cume_dist", plan::FrameUnit::kRange, true}, {"ntile", plan::FrameUnit::kRows, true},
};

std::string BoundText(const plan::FrameEdge& edge, const Bound* offset) {
  switch (edge.bound) {
    case plan::FrameBound::kUnboundedPreceding: return "UNBOUNDED PRECEDING";
    case plan::FrameBound::kCurrentRow: return "CURRENT ROW";
    case plan::FrameBound::kUnboundedFollowing: return "UNBOUNDED FOLLOWING";
    case plan::FrameBound::kPreceding: return offset->text->Pretty() + " PRECEDING";
    case plan::FrameBound::kFollowing: return offset->text->Pretty() + " FOLLOWING";
  }
  return "";
}

int BoundRank(plan::FrameBound bound) { return static_cast<int>(bound); }

}  // namespace

Result<Bound> Resolver::ResolveWindow(const plan::WindowExpression& window, Origin origin, Names& names) {
  plan::WindowSpec spec = window.spec;
  if (!spec.reference.empty()) {
    const plan::WindowSpec* found = nullptr;
    if (names.windows != nullptr) {
      for (const auto& [name, known] : *names.windows) {
        if (EqualsIgnoreCase(name, spec.reference)) found = &known;
      }
      for (int hops = 0; found != nullptr && !found->reference.empty() && hops < 32; ++hops) {
        const std::string next = found->reference;
        for (const auto& [name, known] : *names.windows) {
          if (EqualsIgnoreCase(name, next)) found = &known;
        }
      }
    }
    if (found == nullptr) return Failure(ConditionError("MISSING_WINDOW_SPECIFICATION", {{"windowName", spec.reference}, {"docroot", "https://spark.apache.org/docs/latest"}}));
    plan::WindowSpec merged = *found;
    if (!spec.partition_by.empty()) merged.partition_by = spec.partition_by;
    if (!spec.order_by.empty()) merged.order_by = spec.order_by;
    if (spec.frame) merged.frame = spec.frame;
    spec = std::move(merged);
  }
  TRY(Bound function, Resolve(window.function, names));
  plan::ResolvedWindowCall call;
  if (const auto* known = function.expression->As<plan::ResolvedWindowCall>()) {
    call = *known;
    if (call.function.empty()) return Fail("UNSUPPORTED_EXPR_FOR_WINDOW", {{"sqlExpr", QuoteExpression(function.text->Pretty())}}, origin);
  } else if (const auto* aggregate = function.expression->As<plan::ResolvedAggregate>()) {
    call.function = aggregate->function;
    call.aggregate = *aggregate;
    call.ignore_nulls = aggregate->ignore_nulls;
    if (aggregate->is_distinct) {
      return Fail("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", {{"windowExpr", QuoteExpression(function.text->Pretty())}}, origin);
    }
    const bool is_whole_window = !aggregate->order_by.empty() || call.function == "median" || call.function == "listagg";
    if (is_whole_window && (!spec.order_by.empty() || spec.frame)) {
      return Fail("INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC", {{"aggFunc", QuoteExpression(function.text->Pretty())}}, origin);
    }
  } else if (ContainsAggregate(function.expression)) {
    // A builtin made of several aggregates: each takes the window, what is around them stays.
    std::optional<Error> failed;
    TextPtr text;
    auto rewritten = Rewrite(function.expression, [&](const plan::ResolvedExpressionPtr& node) -> plan::ResolvedExpressionPtr {
      if (node->As<plan::ResolvedAggregate>() == nullptr || failed) return nullptr;
      plan::WindowExpression inner = window;
      inner.spec = spec;
      names.lambdas.push_back({"\x01window", Bound{node, function.text}});
      inner.function = plan::MakeExpression(plan::LambdaVariable{{"\x01window"}}, origin);
      auto one = ResolveWindow(inner, origin, names);
      names.lambdas.pop_back();
      if (!one) {
        failed = one.error();
        return nullptr;
      }
      text = one->text;
      return one->expression;
    });
    if (failed) return Failure(*failed);
    return Bound{rewritten, text};
  } else {
    return Fail("UNSUPPORTED_EXPR_FOR_WINDOW", {{"sqlExpr", QuoteExpression(function.text->Pretty())}}, origin);
  }

  std::vector<TextPtr> parts;
  for (size_t i = 0; i < spec.partition_by.size(); ++i) {
    TRY(Bound key, Resolve(spec.partition_by[i], names));
    parts.push_back(MakeText(i == 0 ? "PARTITION BY " : ", "));
    parts.push_back(key.text);
    call.partition_by.push_back(key.expression);
  }
  std::vector<TextPtr> order_texts;
  for (size_t i = 0; i < spec.order_by.size(); ++i) {
    TextPtr text;
    TRY(plan::ResolvedSortKey key, ResolveSortKey(spec.order_by[i], names, &text));
    parts.push_back(MakeText(i == 0 ? (parts.empty() ? "ORDER BY " : " ORDER BY ") : ", "));
    parts.push_back(text);
    order_texts.push_back(text);
    call.order_by.push_back(std::move(key));
  }
  const FrameRule* rule = nullptr;
  if (!call.aggregate) {
    for (const FrameRule& known : kFrameRules) {
      if (known.function == call.function) rule = &known;
    }
  }
  const bool is_offset = !call.aggregate && (call.function == "lag" || call.function == "lead");
  if ((rule != nullptr || is_offset) && call.order_by.empty()) {
    return Fail("_LEGACY_ERROR_TEMP_1037", {{"wf", function.text->Pretty()}}, origin);
  }
  plan::WindowFrame frame;
  std::optional<Bound> lower, upper;
  std::string frame_text;
  if (rule != nullptr || is_offset) {
    frame.unit = rule != nullptr ? rule->unit : plan::FrameUnit::kRows;
    frame.lower.bound = plan::FrameBound::kUnboundedPreceding;
    frame.upper.bound = plan::FrameBound::kCurrentRow;
    frame_text = frame.unit == plan::FrameUnit::kRows ? "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW" : "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
    if (is_offset) {
      const auto* literal = call.arguments.size() > 1 ? call.arguments[1]->As<Literal>() : nullptr;
      int64_t distance = literal != nullptr && std::holds_alternative<int64_t>(literal->value) ? std::get<int64_t>(literal->value) : 1;
      if (call.function == "lag") distance = -distance;
      frame_text = fmt::format("ROWS BETWEEN {0} FOLLOWING AND {0} FOLLOWING", distance);
    }
    if (spec.frame) {
      return Fail("_LEGACY_ERROR_TEMP_1036", {{"wf", function.text->Pretty()}, {"required", frame_text}}, origin);
    }
  } else if (spec.frame) {
    frame = *spec.frame;
    if (frame.lower.offset != nullptr) {
      TRY(Bound offset, Resolve(frame.lower.offset, names));
      lower = std::move(offset);
    }
    if (frame.upper.offset != nullptr) {
      TRY(Bound offset, Resolve(frame.upper.offset, names));
      upper = std::move(offset);
    }
    frame_text = fmt::format("{} BETWEEN {} AND {}", frame.unit == plan::FrameUnit::kRows ? "ROWS" : "RANGE", BoundText(frame.lower, lower ? &*lower : nullptr), BoundText(frame.upper, upper ? &*upper : nullptr));
    const TextPtr only_frame = MakeText(frame_text);
    auto spec_text = [&]() {
      std::vector<TextPtr> all = parts;
      all.insert(all.begin(), MakeText("("));
      all.push_back(MakeText((parts.empty() ? "" : " ") + frame_text + ")"));
      return SpliceText(std::move(all));
    };
    auto bound_sql = [](const plan::FrameEdge& edge, const std::optional<Bound>& offset) {
      if (offset) return edge.bound == plan::FrameBound::kPreceding ? "-" + offset->text->Pretty() : offset->text->Pretty();
      return BoundText(edge, nullptr);
    };
    if (frame.lower.bound == plan::FrameBound::kUnboundedFollowing || frame.upper.bound == plan::FrameBound::kUnboundedPreceding) {
      return Mismatch("SPECIFIED_WINDOW_FRAME_INVALID_BOUND", {{"lower", QuoteExpression(bound_sql(frame.lower, lower))}, {"upper", QuoteExpression(bound_sql(frame.upper, upper))}}, only_frame, window.spec.frame ? origin : origin);
    }
    for (const auto* edge : {&lower, &upper}) {
      if (!*edge) continue;
      if (!IsFoldable(*(*edge)->expression)) {
        return Mismatch("SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE", {{"location", edge == &lower ? "lower" : "upper"}, {"expression", QuoteExpression((*edge)->text->Pretty())}}, only_frame, origin);
      }
    }
    if (frame.unit == plan::FrameUnit::kRows) {
      for (auto* edge : {&lower, &upper}) {
        if (!*edge) continue;
        const DataType type = (*edge)->type();
        if (!type.Is(TypeKind::kInt) && !type.Is(TypeKind::kShort) && !type.Is(TypeKind::kByte)) {
          return Mismatch("SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", {{"location", edge == &lower ? "lower" : "upper"}, {"exprType", QuoteType(type)}, {"expectedType", "\"INT\""}}, only_frame, origin);
        }
        *edge = Cast(**edge, DataType::Long());
      }
    } else if (lower || upper) {
      if (call.order_by.empty()) return Mismatch("RANGE_FRAME_WITHOUT_ORDER", {}, spec_text(), origin);
      if (call.order_by.size() > 1) {
        std::vector<std::string> orders;
        for (const auto& text : order_texts) orders.push_back(text->Full());
        return Mismatch("RANGE_FRAME_MULTI_ORDER", {{"orderSpec", fmt::format("{}", fmt::join(orders, ","))}}, spec_text(), origin);
      }
      const DataType key = call.order_by[0].expression->type;
      for (auto* edge : {&lower, &upper}) {
        if (!*edge) continue;
        const DataType type = (*edge)->type();
        bool fits = false;
        if (key.IsNumeric() && type.IsNumeric()) {
          fits = true;
          *edge = Cast(**edge, key);
        } else if (key.Is(TypeKind::kDate)) {
          fits = type.IsIntegral() || type.IsAnsiInterval() || type.Is(TypeKind::kCalendarInterval);
        } else if (key.Is(TypeKind::kTimestamp) || key.Is(TypeKind::kTimestampNtz)) {
          fits = type.IsAnsiInterval() || type.Is(TypeKind::kCalendarInterval);
        } else if (key.IsAnsiInterval()) {
          fits = key.kind() == type.kind();
        }
        if (!fits) {
          return Mismatch("RANGE_FRAME_INVALID_TYPE", {{"orderSpecType", QuoteType(key)}, {"valueBoundaryType", QuoteType(type)}}, spec_text(), origin);
        }
      }
    }
    auto signed_value = [](const plan::FrameEdge& edge, const std::optional<Bound>& offset) -> std::optional<int64_t> {
      if (edge.bound == plan::FrameBound::kCurrentRow) return 0;
      if (!offset) return {};
      const auto* literal = offset->expression->As<Literal>();
      if (literal == nullptr || !std::holds_alternative<int64_t>(literal->value)) return {};
      return edge.bound == plan::FrameBound::kPreceding ? -std::get<int64_t>(literal->value) : std::get<int64_t>(literal->value);
    };
    const auto low = signed_value(frame.lower, lower), high = signed_value(frame.upper, upper);
    const bool wrong = (low && high && *low > *high) || (!(low && high) && BoundRank(frame.lower.bound) > BoundRank(frame.upper.bound));
    if (wrong) return Mismatch("SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON", {{"comparison", "less than or equal"}}, only_frame, origin);
    // Spark Connect sends FOLLOWING with a sign; give the engine a plain distance.
    auto normalise = [&](plan::FrameEdge& edge, std::optional<Bound>& offset) {
      if (!offset) return;
      const auto* literal = offset->expression->As<Literal>();
      if (literal == nullptr || !std::holds_alternative<int64_t>(literal->value)) return;
      const int64_t value = std::get<int64_t>(literal->value);
      if (value >= 0) return;
      edge.bound = edge.bound == plan::FrameBound::kPreceding ? plan::FrameBound::kFollowing : plan::FrameBound::kPreceding;
      offset = LiteralBound(Literal::OfInteger(literal->type, -value));
    };
    normalise(frame.lower, lower);
    normalise(frame.upper, upper);
  } else if (call.order_by.empty()) {
    frame.unit = plan::FrameUnit::kRows;
    frame.lower.bound = plan::FrameBound::kUnboundedPreceding;
    frame.upper.bound = plan::FrameBound::kUnboundedFollowing;
    frame_text = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
  } else {
    frame.unit = plan::FrameUnit::kRange;
    frame.lower.bound = plan::FrameBound::kUnboundedPreceding;
    frame.upper.bound = plan::FrameBound::kCurrentRow;
    frame_text = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
  }
  call.unit = frame.unit;
  call.lower = frame.lower.bound;
  call.upper = frame.upper.bound;
  if (lower) call.lower_offset = lower->expression;
  if (upper) call.upper_offset = upper->expression;
  parts.insert(parts.begin(), MakeText(" OVER ("));
  parts.insert(parts.begin(), function.text);
  parts.push_back(MakeText((parts.size() > 2 ? " " : "") + frame_text + ")"));
  const DataType type = function.type();
  const bool nullable = function.nullable();
  return Bound{plan::MakeResolved(std::move(call), type, nullable, origin), SpliceText(std::move(parts))};
}

}  // namespace crannog::analyze
