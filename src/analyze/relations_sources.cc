#include <fmt/format.h>

#include <algorithm>

#include "analyze/resolver.h"
#include "sql/parser.h"

/// Where rows come from: tables, views, paths, CTEs, VALUES, table functions, data that clients sent.
namespace crannog::analyze {
namespace {

using plan::DataType;
using plan::ExpressionPtr;
using plan::Literal;
using plan::NamedExpression;
using plan::Origin;
using plan::TypeKind;

constexpr int kViewDepthMax = 100;

DataType ReadType(const DataType& type) { return type.Is(TypeKind::kChar) || type.Is(TypeKind::kVarchar) ? DataType::String() : type; }

// Parser settings follow the session's.
sql::ParserOptions ParserOptionsOf(const Resolver& resolver) {
  sql::ParserOptions options;
  options.ansi = resolver.is_ansi();
  options.double_quoted_identifiers = resolver.is_ansi() && resolver.IsSet("spark.sql.ansi.doubleQuotedIdentifiers");
  options.escaped_string_literals = resolver.IsSet("spark.sql.parser.escapedStringLiterals");
  options.regex_column_names = resolver.IsSet("spark.sql.parser.quotedRegexColumnNames");
  options.exponent_literal_as_decimal = resolver.IsSet("spark.sql.legacy.exponentLiteralAsDecimal.enabled");
  return options;
}

bool IsFileFormat(std::string_view name) {
  static constexpr std::string_view kFormats[] = {"delta", "parquet", "csv", "json", "text", "binaryfile", "orc", "avro", "xml"};
  return std::any_of(std::begin(kFormats), std::end(kFormats), [&](std::string_view format) { return EqualsIgnoreCase(format, name); });
}

}  // namespace

Result<Rel> Resolver::ScanOf(std::shared_ptr<const plan::TableSource> source, std::vector<std::string> qualifier, const TableInfo*) {
  Rel rel;
  plan::ResolvedScan scan;
  for (const auto& field : source->schema) {
    ScopeColumn column = NewColumn(field.name, ReadType(field.type), field.nullable, qualifier);
    column.metadata_json = field.metadata_json;
    scan.columns.push_back(field.name);
    rel.columns.push_back(std::move(column));
  }
  sources_.push_back(source);
  scan.table = std::move(source);
  rel.plan = plan::MakePlan(std::move(scan), AsOutput(rel.columns));
  return rel;
}

Result<Rel> Resolver::ResolveTemporaryView(const TemporaryView& view, std::vector<std::string> qualifier, const plan::Relation&) {
  if (++view_depth_ > kViewDepthMax) return Failure(ConditionError("VIEW_EXCEED_MAX_NESTED_DEPTH", {{"viewName", QuoteName(qualifier)}, {"maxNestedDepth", std::to_string(kViewDepthMax)}}));
  const std::string saved_text = text_;
  auto saved_outers = std::move(outers_);
  auto saved_ctes = std::move(ctes_);
  auto saved_parameters = std::move(function_parameters_);
  outers_.clear();
  ctes_.clear();
  function_parameters_.clear();
  text_ = view.text;
  const std::string saved_type = object_type_, saved_name = object_name_;
  object_type_ = "VIEW";
  object_name_ = qualifier.back();
  auto resolved = ResolveRelation(view.relation);
  object_type_ = saved_type;
  object_name_ = saved_name;
  text_ = saved_text;
  outers_ = std::move(saved_outers);
  ctes_ = std::move(saved_ctes);
  function_parameters_ = std::move(saved_parameters);
  --view_depth_;
  if (!resolved) return Failure(resolved.error());
  Rel rel = *std::move(resolved);
  std::erase_if(rel.columns, [](const auto& column) { return column.is_hidden; });
  for (size_t i = 0; i < rel.columns.size(); ++i) {
    rel.columns[i].qualifier = qualifier;
    if (i < view.columns.size()) rel.columns[i].name = view.columns[i];
  }
  return rel;
}

Result<Rel> Resolver::ResolveView(const TableInfo& info, const plan::Relation& relation) {
  if (++view_depth_ > kViewDepthMax) return Failure(ConditionError("VIEW_EXCEED_MAX_NESTED_DEPTH", {{"viewName", QuoteName(info.name.name)}, {"maxNestedDepth", std::to_string(kViewDepthMax)}}));
  const std::string saved_text = text_, saved_type = object_type_, saved_name = object_name_;
  const SchemaName saved_schema = current_schema_;
  const auto* saved_settings = view_settings_;
  const CoercionRules saved_rules = rules_;
  auto saved_outers = std::move(outers_);
  auto saved_ctes = std::move(ctes_);
  auto saved_parameters = std::move(function_parameters_);
  outers_.clear();
  ctes_.clear();
  function_parameters_.clear();
  text_ = info.view_text;
  object_type_ = "VIEW";
  object_name_ = info.name.catalog + "." + info.name.schema + "." + info.name.name;
  view_settings_ = &info.view_settings;
  rules_.is_ansi = IsSet("spark.sql.ansi.enabled");
  if (!info.view_schema.empty()) current_schema_ = {info.view_catalog, info.view_schema};
  Result<Rel> resolved = [&]() -> Result<Rel> {
    TRY(plan::Statement statement, sql::ParseStatement(info.view_text, ParserOptionsOf(*this)));
    if (statement.query == nullptr) return Failure(ConditionError("INVALID_VIEW_TEXT", {{"viewText", info.view_text}, {"viewName", QuoteName(info.name.name)}}));
    return ResolveRelation(statement.query);
  }();
  text_ = saved_text;
  object_type_ = saved_type;
  object_name_ = saved_name;
  current_schema_ = saved_schema;
  view_settings_ = saved_settings;
  rules_ = saved_rules;
  outers_ = std::move(saved_outers);
  ctes_ = std::move(saved_ctes);
  function_parameters_ = std::move(saved_parameters);
  --view_depth_;
  if (!resolved) return Failure(resolved.error());
  Rel rel = *std::move(resolved);
  std::erase_if(rel.columns, [](const auto& column) { return column.is_hidden; });
  const std::vector<std::string> qualifier = {info.name.catalog, info.name.schema, info.name.name};
  if (!info.schema.empty() && info.schema.size() <= rel.columns.size()) {
    // The view keeps the types it was made with; what can no longer be cast up is an error.
    std::vector<Bound> values;
    Columns columns;
    for (size_t i = 0; i < info.schema.size(); ++i) {
      Bound value = ColumnBound(rel.columns[i], relation.origin);
      const DataType wanted = ReadType(info.schema[i].type);
      if (!plan::SameTypeIgnoringNullability(value.type(), wanted)) {
        if (!CanUpCast(value.type(), wanted)) {
          TRY(Bound cast, ExplicitCast(value, wanted, is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy, relation.origin));
          value = std::move(cast);
        } else {
          value = Cast(value, wanted);
        }
      }
      ScopeColumn column = NewColumn(info.schema[i].name, value.type(), value.nullable(), qualifier);
      column.metadata_json = info.schema[i].metadata_json;
      columns.push_back(std::move(column));
      values.push_back(std::move(value));
    }
    return ProjectColumns(rel, values, std::move(columns));
  }
  for (auto& column : rel.columns) column.qualifier = qualifier;
  return rel;
}

// Row filters and column masks are calls of functions over the table's columns, below everything a query can say.
Result<Rel> Resolver::ApplyPolicies(Rel scan, const TableInfo& info) {
  Names names;
  names.layers = {&scan.columns};
  auto call_of = [](const std::string& function, const std::vector<std::string>& columns) -> Result<ExpressionPtr> {
    TRY(std::vector<std::string> parts, sql::ParseMultipartIdentifier(function));
    plan::FunctionCall call;
    call.name.parts = std::move(parts);
    for (const auto& column : columns) {
      call.arguments.push_back(plan::MakeExpression(plan::AttributeReference{.name = {.parts = {column}, .identifier = nullptr, .origin = {}}, .plan_id = {}}));
    }
    return plan::MakeExpression(std::move(call));
  };
  if (!info.row_filter_function.empty()) {
    TRY(ExpressionPtr call, call_of(info.row_filter_function, info.row_filter_columns));
    TRY(Bound condition, Resolve(call, names));
    scan.plan = plan::MakePlan(plan::ResolvedFilter{scan.plan, Cast(condition, DataType::Boolean()).expression}, scan.plan->output);
  }
  if (info.column_masks.empty()) return scan;
  std::vector<Bound> values;
  Columns columns = scan.columns;
  for (auto& column : columns) {
    Bound value = ColumnBound(column, {});
    for (const auto& [name, function] : info.column_masks) {
      if (!EqualsIgnoreCase(name, column.name)) continue;
      TRY(ExpressionPtr call, call_of(function, {column.name}));
      TRY(Bound masked, Resolve(call, names));
      value = Cast(masked, column.type);
      column.id = NewColumnId();
    }
    values.push_back(std::move(value));
  }
  return ProjectColumns(scan, values, std::move(columns));
}

Result<Rel> Resolver::ResolveTable(const plan::NamedTable& table, const plan::Relation& relation) {
  TRY(std::vector<std::string> parts, NameParts(table.name, nullptr));
  const Origin origin = table.name.origin.start >= 0 ? table.name.origin : relation.origin;
  if (parts.size() == 1) {
    for (auto cte = ctes_.rbegin(); cte != ctes_.rend(); ++cte) {
      if (!EqualsIgnoreCase((*cte)->name, parts[0])) continue;
      CteDefinition& definition = **cte;
      if (definition.plan == nullptr && !definition.is_recursive) continue;
      ++definition.use_count;
      Rel rel;
      for (const auto& column : definition.columns) {
        ScopeColumn copy = column;
        copy.id = NewColumnId();
        copy.qualifier = {definition.name};
        rel.columns.push_back(std::move(copy));
      }
      auto reference = std::make_shared<plan::ResolvedPlan>(plan::ResolvedPlan{plan::ResolvedCteReference{definition.id}, AsOutput(rel.columns)});
      definition.reference = reference;
      rel.plan = std::move(reference);
      return rel;
    }
    if (context_.temporary_views != nullptr) {
      if (auto found = context_.temporary_views->find(ToLower(parts[0])); found != context_.temporary_views->end()) {
        return ResolveTemporaryView(found->second, {parts[0]}, relation);
      }
    }
  }
  if (parts.size() == 2 && EqualsIgnoreCase(parts[0], "global_temp") && context_.global_temporary_views != nullptr) {
    if (auto found = context_.global_temporary_views->find(ToLower(parts[1])); found != context_.global_temporary_views->end()) {
      return ResolveTemporaryView(found->second, {"global_temp", parts[1]}, relation);
    }
  }
  TableVersion version;
  if (table.time_travel.version != nullptr) {
    Names none;
    none.allow_outer = false;
    TRY(Bound bound, Resolve(table.time_travel.version, none));
    TRY(auto value, Evaluate(bound));
    if (!value || value->IsNull()) return Fail("INVALID_TIME_TRAVEL_SPEC", {}, origin);
    if (const auto* number = std::get_if<int64_t>(&value->value)) version.version = *number;
    if (const auto* text = std::get_if<std::string>(&value->value)) version.version = std::strtoll(text->c_str(), nullptr, 10);
  }
  if (table.time_travel.timestamp != nullptr) {
    Names none;
    none.allow_outer = false;
    TRY(Bound bound, Resolve(table.time_travel.timestamp, none));
    TRY(Bound cast, ExplicitCast(bound, DataType::Timestamp(), plan::EvalMode::kAnsi, origin));
    TRY(auto value, Evaluate(cast));
    if (!value || value->IsNull()) return Fail("INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", {{"expr", QuoteExpression(bound.text->Pretty())}}, origin);
    if (const auto* micros = std::get_if<int64_t>(&value->value)) version.timestamp_micros = *micros;
  }
  const bool looks_like_path = parts.size() == 2 && IsFileFormat(parts[0]) && (parts[1].find('/') != std::string::npos || parts[1].find(':') != std::string::npos);
  ObjectName name{current_schema_.catalog, current_schema_.schema, parts.back()};
  if (parts.size() >= 2) name.schema = parts[parts.size() - 2];
  if (parts.size() >= 3) name.catalog = parts[parts.size() - 3];
  if (!looks_like_path && context_.catalog != nullptr && parts.size() <= 3) {
    TRY(auto info, context_.catalog->FindTable(name));
    if (info) {
      TRY(context_.catalog->Require(Privilege::kSelect, {info->kind == TableKind::kView ? SecurableKind::kView : SecurableKind::kTable, {info->name.catalog, info->name.schema, info->name.name}}));
      if (info->kind == TableKind::kView) return ResolveView(*info, relation);
      if (context_.tables == nullptr) return Failure(NotImplemented("reading tables here"));
      TRY(auto source, context_.tables->OpenTable(*info, version, table.options));
      TRY(Rel rel, ScanOf(std::move(source), {info->name.catalog, info->name.schema, info->name.name}, &*info));
      return ApplyPolicies(std::move(rel), *info);
    }
  }
  if (parts.size() == 2 && IsFileFormat(parts[0]) && context_.tables != nullptr) {
    plan::DataSource source;
    source.format = ToLower(parts[0]);
    source.paths = {parts[1]};
    source.options = table.options;
    if (context_.catalog != nullptr) TRY(context_.catalog->Require(Privilege::kReadFiles, {SecurableKind::kAnyFile, {parts[1]}}));
    TRY(auto opened, context_.tables->OpenPaths(source, version));
    return ScanOf(std::move(opened), {parts[0], parts[1]}, nullptr);
  }
  return Fail("TABLE_OR_VIEW_NOT_FOUND", {{"relationName", QuoteName(parts)}}, origin);
}

Result<Rel> Resolver::ResolveInlineTable(const plan::InlineTable& table, const plan::Relation& relation) {
  std::vector<std::vector<Bound>> rows;
  const size_t width = table.rows.empty() ? 0 : table.rows[0].size();
  Names names;
  for (size_t row = 0; row < table.rows.size(); ++row) {
    if (table.rows[row].size() != width) {
      return Fail("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", {{"expectedNumCols", std::to_string(width)}, {"actualNumCols", std::to_string(table.rows[row].size())}, {"rowIndex", std::to_string(row)}}, relation.origin);
    }
    std::vector<Bound> values;
    for (const auto& expression : table.rows[row]) {
      // A name can only mean an outer query's column here.
      auto value = Resolve(expression, names);
      if (!value) {
        if (value.error().condition.starts_with("UNRESOLVED_COLUMN") && expression->As<plan::AttributeReference>() != nullptr) {
          return Fail("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", {{"expr", QuoteExpression(fmt::format("{}", fmt::join(expression->As<plan::AttributeReference>()->name.parts, ".")))}}, expression->origin);
        }
        return Failure(value.error());
      }
      if (ContainsAggregate(value->expression) || ContainsGenerator(value->expression) || ContainsWindow(value->expression) || !IsDeterministic(*value->expression)) {
        return Fail("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", {{"expr", QuoteExpression(value->text->Pretty())}}, expression->origin);
      }
      values.push_back(*std::move(value));
    }
    rows.push_back(std::move(values));
  }
  Rel rel;
  for (size_t column = 0; column < width; ++column) {
    std::vector<DataType> types;
    bool nullable = false, same = true;
    for (const auto& row : rows) {
      if (types.empty() || !(row[column].type() == types.back())) types.push_back(row[column].type());
      same = same && row[column].type() == rows[0][column].type();
      nullable = nullable || row[column].nullable();
    }
    const std::string name = fmt::format("col{}", column + 1);
    auto common = same ? std::optional(types[0]) : WiderType(types, rules_);
    if (!common) return Fail("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", {{"colName", QuoteName(name)}}, relation.origin);
    for (auto& row : rows) {
      row[column] = Cast(row[column], *common);
      nullable = nullable || row[column].nullable();
    }
    rel.columns.push_back(NewColumn(name, *common, nullable));
  }
  plan::ResolvedValues values;
  values.rows.reserve(rows.size());
  for (auto& row : rows) {
    std::vector<plan::ResolvedExpressionPtr> out;
    for (auto& value : row) out.push_back(std::move(value.expression));
    values.rows.push_back(std::move(out));
  }
  rel.plan = plan::MakePlan(std::move(values), AsOutput(rel.columns));
  return rel;
}

Result<Rel> Resolver::GenerateOver(const Rel& input, const Bound& generator, bool is_outer, std::vector<std::string> qualifier, const std::vector<std::string>& names, Origin origin) {
  plan::ResolvedGenerate generate;
  generate.input = input.plan;
  generate.generator = generator.expression;
  generate.is_outer = is_outer;
  Rel rel;
  rel.columns = input.columns;
  const auto& fields = generator.type().fields();
  if (!names.empty() && names.size() != fields.size()) {
    return Fail("UDTF_ALIAS_NUMBER_MISMATCH", {{"aliasesSize", std::to_string(fields.size())}, {"aliasesNames", fmt::format("{}", fmt::join(names, ","))}}, origin);
  }
  auto output = input.plan->output;
  for (size_t i = 0; i < fields.size(); ++i) {
    ScopeColumn column = NewColumn(names.empty() ? fields[i].name : names[i], fields[i].type, fields[i].nullable || is_outer, qualifier);
    generate.generated.push_back({column.id, column.name, column.type, column.nullable, ""});
    output.push_back(generate.generated.back());
    rel.columns.push_back(std::move(column));
  }
  rel.plan = plan::MakePlan(std::move(generate), std::move(output));
  return rel;
}

Result<Rel> Resolver::ResolveGenerate(const Rel& input, const ExpressionPtr& generator, bool is_outer, const std::string& alias, const std::vector<std::string>& column_names, Origin origin) {
  Names names;
  names.layers = {&input.columns};
  TRY(Bound bound, Resolve(generator, names));
  const Function* function = GeneratorOf(*bound.expression);
  if (function == nullptr) {
    const auto* call = generator->As<plan::FunctionCall>();
    return Fail("UNSUPPORTED_GENERATOR.NOT_GENERATOR", {{"functionName", QuoteName(call != nullptr ? call->name.parts.back() : bound.text->Pretty())}, {"classCanonicalName", "org.apache.spark.sql.catalyst.expressions." + (call != nullptr ? call->name.parts.back() : "")}}, origin);
  }
  std::vector<std::string> qualifier;
  if (!alias.empty()) qualifier.push_back(alias);
  return GenerateOver(input, bound, is_outer || function->names[0].ends_with("_outer"), qualifier, column_names, origin);
}

Result<Rel> Resolver::ResolveTableFunction(const plan::TableFunction& function, const plan::Relation& relation) {
  TRY(std::vector<std::string> parts, NameParts(function.name, nullptr));
  const std::string lower = ToLower(parts.back());
  const Origin origin = relation.origin;
  Names names;
  names.allow_outer = true;
  if (parts.size() == 1 && lower == "range") {
    std::vector<int64_t> values;
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      const auto& argument = function.arguments[i];
      if (argument->As<plan::NamedArgument>() != nullptr) return Fail("NAMED_PARAMETERS_NOT_SUPPORTED", {{"functionName", "`range`"}}, origin);
      TRY(Bound bound, Resolve(argument, names));
      auto wanted = i == 3 ? DataType::Int() : DataType::Long();
      TRY(auto literal, Evaluate(bound));
      const bool castable = bound.type().IsNumeric() || bound.type().IsStringLike() || bound.type().Is(TypeKind::kNull);
      if (!literal || literal->IsNull() || !castable) {
        std::string types;
        for (const auto& other : function.arguments) {
          TRY(Bound one, Resolve(other, names));
          types += (types.empty() ? "" : ", ") + one.type().CatalogString();
        }
        if (!literal) return Fail("NON_FOLDABLE_ARGUMENT", {{"funcName", "`range`"}, {"paramName", i == 0 ? "`start`" : i == 1 ? "`end`" : "`step`"}, {"paramType", QuoteType(wanted)}}, origin);
        return Fail("FAILED_FUNCTION_CALL", {{"funcName", "`range`"}}, origin);
      }
      if (const auto* number = std::get_if<int64_t>(&literal->value); number != nullptr && literal->type.IsIntegral()) {
        values.push_back(*number);
      } else {
        TRY(Bound cast, ExplicitCast(bound, DataType::Long(), plan::EvalMode::kAnsi, origin));
        TRY(auto converted, Evaluate(cast));
        if (!converted || converted->IsNull()) return Fail("FAILED_FUNCTION_CALL", {{"funcName", "`range`"}}, origin);
        values.push_back(std::get<int64_t>(converted->value));
      }
    }
    if (values.empty() || values.size() > 4) {
      return Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", "`range`"}, {"expectedNum", "[1, 2, 3, 4]"}, {"actualNum", std::to_string(values.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, origin);
    }
    plan::ResolvedRange range;
    if (values.size() == 1) {
      range.end = values[0];
    } else {
      range.start = values[0];
      range.end = values[1];
      if (values.size() > 2) range.step = values[2];
    }
    Rel rel;
    rel.columns.push_back(NewColumn("id", DataType::Long(), false, {"range"}));
    rel.columns[0].qualifier.clear();
    rel.plan = plan::MakePlan(range, AsOutput(rel.columns));
    return rel;
  }
  const Function* builtin = parts.size() == 1 ? FindFunction(lower) : nullptr;
  if (builtin != nullptr && builtin->entry->kind == FunctionKind::kGenerator) {
    plan::FunctionCall call;
    call.name = function.name;
    call.arguments = function.arguments;
    Rel one;
    one.plan = plan::MakePlan(plan::ResolvedValues{{{}}}, {});
    const Columns none;
    Names generator_names;
    generator_names.layers = {&none};
    auto expression = plan::MakeExpression(call, origin);
    TRY(Bound bound, Resolve(expression, generator_names));
    for (const auto& argument : call.arguments) {
      const auto* named = argument->As<plan::NamedArgument>();
      TRY(Bound inner, Resolve(named != nullptr ? named->value : argument, generator_names));
      if (ContainsGenerator(inner.expression)) return Fail("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", {{"expression", QuoteExpression(bound.text->Pretty())}}, origin);
    }
    return GenerateOver(one, bound, builtin->names[0].ends_with("_outer"), {}, {}, origin);
  }
  if (lower == "read_files" && parts.size() == 1 && context_.tables != nullptr) {
    plan::DataSource source;
    for (const auto& argument : function.arguments) {
      const auto* named = argument->As<plan::NamedArgument>();
      TRY(Bound bound, Resolve(named != nullptr ? named->value : argument, names));
      TRY(auto value, Evaluate(Bound{bound}));
      if (!value) return Fail("NON_FOLDABLE_ARGUMENT", {{"funcName", "`read_files`"}, {"paramName", QuoteName(named != nullptr ? named->name : "path")}, {"paramType", "\"STRING\""}}, origin);
      std::string text;
      if (const auto* string = std::get_if<std::string>(&value->value)) text = *string;
      if (const auto* flag = std::get_if<bool>(&value->value)) text = *flag ? "true" : "false";
      if (const auto* number = std::get_if<int64_t>(&value->value)) text = std::to_string(*number);
      if (named == nullptr) {
        source.paths.push_back(text);
      } else if (EqualsIgnoreCase(named->name, "format")) {
        source.format = ToLower(text);
      } else if (EqualsIgnoreCase(named->name, "schema")) {
        source.schema_ddl = text;
      } else {
        source.options[named->name] = text;
      }
    }
    TRY(auto opened, context_.tables->OpenPaths(source, {}));
    return ScanOf(std::move(opened), {}, nullptr);
  }
  std::optional<FunctionInfo> info;
  if (context_.temporary_functions != nullptr && parts.size() == 1) {
    if (auto found = context_.temporary_functions->find(lower); found != context_.temporary_functions->end()) info = found->second;
  }
  if (!info && context_.catalog != nullptr && parts.size() <= 3) {
    ObjectName name{current_schema_.catalog, current_schema_.schema, parts.back()};
    if (parts.size() >= 2) name.schema = parts[parts.size() - 2];
    if (parts.size() >= 3) name.catalog = parts[parts.size() - 3];
    TRY(info, context_.catalog->FindFunction(name));
    if (info) TRY(context_.catalog->Require(Privilege::kExecute, {SecurableKind::kFunction, {name.catalog, name.schema, name.name}}));
  }
  if (info) {
    if (!info->is_table_function) return Fail("NOT_A_TABLE_FUNCTION", {{"functionName", QuoteName(parts)}}, origin);
    if (!EqualsIgnoreCase(info->language, "SQL")) return Failure(NotImplemented("Python table functions"));
    std::map<std::string, Bound> parameters;
    size_t position = 0;
    for (const auto& argument : function.arguments) {
      const auto* named = argument->As<plan::NamedArgument>();
      size_t index = position;
      if (named != nullptr) {
        index = info->parameters.size();
        for (size_t i = 0; i < info->parameters.size(); ++i) {
          if (EqualsIgnoreCase(info->parameters[i].name, named->name)) index = i;
        }
      } else {
        ++position;
      }
      if (index >= info->parameters.size()) {
        return Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", QuoteName(info->name.name)}, {"expectedNum", std::to_string(info->parameters.size())}, {"actualNum", std::to_string(function.arguments.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, origin);
      }
      TRY(Bound value, Resolve(named != nullptr ? named->value : argument, names));
      TRY(Bound cast, ExplicitCast(value, info->parameters[index].type, is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy, origin));
      parameters[ToLower(info->parameters[index].name)] = cast;
    }
    for (size_t i = 0; i < info->parameters.size(); ++i) {
      const auto& parameter = info->parameters[i];
      if (parameters.contains(ToLower(parameter.name))) continue;
      if (!parameter.default_text) {
        return Fail("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", {{"functionName", QuoteName(info->name.name)}, {"expectedNum", std::to_string(info->parameters.size())}, {"actualNum", std::to_string(function.arguments.size())}, {"docroot", "https://spark.apache.org/docs/latest"}}, origin);
      }
      TRY(ExpressionPtr written, sql::ParseExpression(*parameter.default_text));
      TRY(Bound value, Resolve(written, names));
      parameters[ToLower(parameter.name)] = Cast(value, parameter.type);
    }
    parameters["." + ToLower(info->name.name)] = LiteralBound(Literal::Null());
    const std::string saved_text = text_;
    const SchemaName saved_schema = current_schema_;
    auto saved_ctes = std::move(ctes_);
    ctes_.clear();
    text_ = info->body;
    if (!info->view_schema.empty()) current_schema_ = {info->view_catalog, info->view_schema};
    function_parameters_.push_back(&parameters);
    ++view_depth_;
    Result<Rel> body = [&]() -> Result<Rel> {
      TRY(plan::Statement statement, sql::ParseStatement(info->body, ParserOptionsOf(*this)));
      return ResolveRelation(statement.query);
    }();
    --view_depth_;
    function_parameters_.pop_back();
    text_ = saved_text;
    current_schema_ = saved_schema;
    ctes_ = std::move(saved_ctes);
    if (!body) return Failure(body.error());
    Rel rel = *std::move(body);
    std::erase_if(rel.columns, [](const auto& column) { return column.is_hidden; });
    if (!info->return_table) return rel;
    std::vector<Bound> values;
    Columns columns;
    for (size_t i = 0; i < info->return_table->size() && i < rel.columns.size(); ++i) {
      const auto& field = (*info->return_table)[i];
      Bound value = ColumnBound(rel.columns[i], origin);
      if (!(value.type() == field.type)) {
        TRY(Bound cast, ExplicitCast(value, field.type, is_ansi() ? plan::EvalMode::kAnsi : plan::EvalMode::kLegacy, origin));
        value = std::move(cast);
      }
      columns.push_back(NewColumn(field.name, value.type(), value.nullable(), {info->name.name}));
      values.push_back(std::move(value));
    }
    return ProjectColumns(rel, values, std::move(columns));
  }
  if (builtin != nullptr && builtin->entry->kind != FunctionKind::kTable) {
    return Fail("NOT_A_TABLE_FUNCTION", {{"functionName", QuoteName(parts)}}, origin);
  }
  if (builtin != nullptr || function.python != nullptr) return Failure(NotImplemented(fmt::format("table function {}", lower)));
  return Fail("UNRESOLVABLE_TABLE_VALUED_FUNCTION", {{"name", QuoteName(parts)}}, origin);
}

Result<Rel> Resolver::ResolveRecursive(const plan::CommonTableExpression& cte, const plan::Relation& relation) {
  const plan::SetOperation* operation = nullptr;
  plan::RelationPtr query = cte.query;
  std::vector<std::string> inner_columns;
  while (const auto* alias = query->As<plan::SubqueryAlias>()) query = alias->input;
  operation = query->As<plan::SetOperation>();
  if (operation == nullptr || operation->kind != plan::SetOperationKind::kUnion) return ResolveRelation(cte.query);
  TRY(Rel anchor, ResolveRelation(operation->left));
  anchor.plan = Finish(anchor);
  std::erase_if(anchor.columns, [](const auto& column) { return column.is_hidden; });
  auto definition = std::make_unique<CteDefinition>();
  definition->name = cte.name;
  definition->id = next_cte_++;
  definition->is_recursive = true;
  for (size_t i = 0; i < anchor.columns.size(); ++i) {
    ScopeColumn column = NewColumn(i < cte.columns.size() ? cte.columns[i] : anchor.columns[i].name, anchor.columns[i].type, true);
    definition->columns.push_back(std::move(column));
  }
  CteDefinition* self = definition.get();
  all_ctes_.push_back(std::move(definition));
  ctes_.push_back(self);
  auto step_result = ResolveRelation(operation->right);
  ctes_.pop_back();
  if (!step_result) return Failure(step_result.error());
  Rel step = *std::move(step_result);
  step.plan = Finish(step);
  std::erase_if(step.columns, [](const auto& column) { return column.is_hidden; });
  if (self->use_count == 0) {
    std::vector<Rel> inputs;
    inputs.push_back(std::move(anchor));
    inputs.push_back(std::move(step));
    return UnionOf(std::move(inputs), plan::SetOperationKind::kUnion, operation->is_all, relation.origin);
  }
  if (!operation->is_all) return Fail("UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE", {}, relation.origin);
  if (step.columns.size() != anchor.columns.size()) {
    return Fail("NUM_COLUMNS_MISMATCH", {{"operator", "UNION"}, {"firstNumColumns", std::to_string(anchor.columns.size())}, {"invalidOrdinalNum", "second"}, {"invalidNumColumns", std::to_string(step.columns.size())}}, relation.origin);
  }
  std::vector<Bound> values;
  bool casts = false;
  for (size_t i = 0; i < step.columns.size(); ++i) {
    Bound value = ColumnBound(step.columns[i], {});
    if (!plan::SameTypeIgnoringNullability(value.type(), anchor.columns[i].type)) {
      if (!CanCast(value.type(), anchor.columns[i].type, is_ansi())) {
        return Fail("INCOMPATIBLE_COLUMN_TYPE", {{"operator", "UNION"}, {"columnOrdinalNumber", OrdinalText(i)}, {"tableOrdinalNumber", "second"}, {"dataType1", QuoteType(value.type())}, {"dataType2", QuoteType(anchor.columns[i].type)}, {"hint", ""}}, relation.origin);
      }
      value = Cast(value, anchor.columns[i].type);
      casts = true;
    }
    values.push_back(std::move(value));
  }
  if (casts) {
    Columns columns = step.columns;
    for (auto& column : columns) column.id = NewColumnId();
    step = ProjectColumns(step, values, std::move(columns));
  }
  plan::ResolvedRecursion recursion;
  recursion.cte_id = self->id;
  recursion.anchor = anchor.plan;
  recursion.step = step.plan;
  recursion.level_max = cte.max_recursion_level ? *cte.max_recursion_level : std::strtoll(Setting("spark.sql.cteRecursionLevelLimit").c_str(), nullptr, 10);
  recursion.row_max = std::strtoll(Setting("spark.sql.cteRecursionRowLimit").c_str(), nullptr, 10);
  Rel rel;
  for (size_t i = 0; i < anchor.columns.size(); ++i) rel.columns.push_back(NewColumn(anchor.columns[i].name, anchor.columns[i].type, true));
  rel.plan = plan::MakePlan(std::move(recursion), AsOutput(rel.columns));
  return rel;
}

Result<Rel> Resolver::ResolveWith(const plan::With& with, const plan::Relation& relation) {
  std::vector<CteDefinition*> mine;
  const size_t scope = ctes_.size();
  std::vector<std::string> seen;
  for (const auto& cte : with.definitions) {
    if (std::any_of(seen.begin(), seen.end(), [&](const auto& name) { return EqualsIgnoreCase(name, cte.name); })) {
      ctes_.resize(scope);
      return Fail("DUPLICATED_CTE_DEFINITION_NAMES", {{"duplicateNames", QuoteName(cte.name)}}, relation.origin);
    }
    seen.push_back(cte.name);
    auto resolved = with.is_recursive ? ResolveRecursive(cte, relation) : ResolveRelation(cte.query);
    if (!resolved) {
      ctes_.resize(scope);
      return Failure(resolved.error());
    }
    Rel rel = *std::move(resolved);
    rel.plan = Finish(rel);
    auto definition = std::make_unique<CteDefinition>();
    definition->name = cte.name;
    definition->id = next_cte_++;
    definition->plan = rel.plan;
    std::erase_if(rel.columns, [](const auto& column) { return column.is_hidden; });
    if (!cte.columns.empty() && cte.columns.size() != rel.columns.size()) {
      ctes_.resize(scope);
      return Fail("ASSIGNMENT_ARITY_MISMATCH", {{"numTarget", std::to_string(cte.columns.size())}, {"numExpr", std::to_string(rel.columns.size())}}, cte.origin);
    }
    for (size_t i = 0; i < rel.columns.size(); ++i) {
      if (i < cte.columns.size()) rel.columns[i].name = cte.columns[i];
    }
    definition->columns = std::move(rel.columns);
    mine.push_back(definition.get());
    ctes_.push_back(definition.get());
    all_ctes_.push_back(std::move(definition));
  }
  auto body = ResolveRelation(with.input);
  ctes_.resize(scope);
  if (!body) return Failure(body.error());
  Rel rel = *std::move(body);
  for (auto cte = mine.rbegin(); cte != mine.rend(); ++cte) {
    CteDefinition& definition = **cte;
    if (definition.use_count == 0) continue;
    if (definition.use_count == 1) {
      // The only reference becomes the definition under the reference's ids.
      std::vector<NamedExpression> expressions;
      for (size_t i = 0; i < definition.columns.size(); ++i) {
        const auto& column = definition.columns[i];
        expressions.push_back({definition.reference->output[i].id, definition.reference->output[i].name,
                               plan::MakeResolved(plan::ColumnReference{definition.plan->output[i].id, column.name, false}, column.type, column.nullable)});
      }
      definition.reference->node = plan::ResolvedProject{definition.plan, std::move(expressions)};
      continue;
    }
    rel.plan = plan::MakePlan(plan::ResolvedCte{definition.id, definition.name, definition.plan, rel.plan}, rel.plan->output);
  }
  return rel;
}

Result<Rel> Resolver::ResolveLocal(const plan::LocalRelation& local) {
  if (!local.schema) return Failure(NotImplemented("local data without a schema"));
  Rel rel;
  for (const auto& field : local.schema->fields()) {
    ScopeColumn column = NewColumn(field.name, ReadType(field.type), field.nullable);
    column.metadata_json = field.metadata_json;
    rel.columns.push_back(std::move(column));
  }
  if (local.arrow_ipc == nullptr || local.arrow_ipc->empty()) {
    rel.plan = plan::MakePlan(plan::ResolvedValues{}, AsOutput(rel.columns));
  } else {
    rel.plan = plan::MakePlan(plan::ResolvedLocalData{local.arrow_ipc}, AsOutput(rel.columns));
  }
  return rel;
}

}  // namespace crannog::analyze
