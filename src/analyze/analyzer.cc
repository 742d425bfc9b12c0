#include "analyze/analyzer.h"

#include <fmt/format.h>

#include "analyze/resolver.h"

namespace crannog::analyze {

using plan::DataType;

std::string ObjectName::ToString() const {
  std::string out = QuoteIfNeeded(name);
  if (!schema.empty()) out = QuoteIfNeeded(schema) + "." + out;
  if (!catalog.empty()) out = QuoteIfNeeded(catalog) + "." + out;
  return out;
}

Result<AnalyzedQuery> AnalyzeQuery(const plan::Relation& query, const AnalysisContext& context) {
  Resolver resolver(context);
  // The relation outlives the call; nothing keeps the pointer.
  const plan::RelationPtr borrowed(&query, [](const plan::Relation*) {});
  TRY(Rel rel, resolver.ResolveRelation(borrowed));
  AnalyzedQuery out;
  out.plan = resolver.Finish(rel);
  out.sources = resolver.TakeSources();
  return out;
}

Result<plan::ResolvedExpressionPtr> AnalyzeExpression(const plan::Expression& expression, const ExpressionScope& scope, const AnalysisContext& context) {
  Resolver resolver(context);
  Columns columns;
  for (size_t i = 0; i < scope.input.size(); ++i) {
    ScopeColumn column;
    column.id = scope.input[i].id;
    column.name = scope.input[i].name;
    column.type = scope.input[i].type;
    column.nullable = scope.input[i].nullable;
    column.metadata_json = scope.input[i].metadata_json;
    if (i < scope.qualifiers.size() && !scope.qualifiers[i].empty()) column.qualifier = {scope.qualifiers[i]};
    columns.push_back(std::move(column));
  }
  Names names;
  names.layers = {&columns};
  const plan::ExpressionPtr borrowed(&expression, [](const plan::Expression*) {});
  TRY(Bound bound, resolver.Resolve(borrowed, names));
  return bound.expression;
}

Result<plan::ResolvedExpressionPtr> StoreAssignmentCast(plan::ResolvedExpressionPtr value, const plan::StructField& target, std::string_view table_name,
                                                        const AnalysisContext& context) {
  Resolver resolver(context);
  const std::string policy = ToUpper(resolver.Setting("spark.sql.storeAssignmentPolicy"));
  const DataType from = value->type, to = target.type;
  if (plan::SameTypeIgnoringNullability(from, to) || from == to) return value;
  const bool is_bounded_text = to.Is(plan::TypeKind::kChar) || to.Is(plan::TypeKind::kVarchar);
  const bool allowed = policy == "LEGACY" ? CanCast(from, is_bounded_text ? DataType::String() : to, false)
                       : policy == "STRICT" ? CanUpCast(from, is_bounded_text ? DataType::String() : to)
                                            : CanAnsiStoreAssign(from, is_bounded_text ? DataType::String() : to);
  if (!allowed) {
    return Failure(ConditionError("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                                  {{"tableName", std::string(table_name)}, {"colName", QuoteName(target.name)}, {"srcType", QuoteType(from)}, {"targetType", QuoteType(to)}}));
  }
  if (is_bounded_text) {
    Bound text{std::move(value), MakeText(target.name)};
    Bound string = resolver.Cast(text, DataType::String());
    const char* kernel = to.Is(plan::TypeKind::kChar) ? "char_type_write_side_check" : "varchar_type_write_side_check";
    Bound checked = resolver.Call(kernel, {string, resolver.LiteralBound(plan::Literal::Int(to.length()))}, DataType::String(), string.nullable(), string.text, {});
    return checked.expression;
  }
  const plan::EvalMode mode = policy == "LEGACY" ? plan::EvalMode::kLegacy : plan::EvalMode::kAnsi;
  const bool nullable = value->nullable || (mode == plan::EvalMode::kLegacy && CastForcesNullable(from, to));
  const plan::Origin origin = value->origin;
  plan::ResolvedCast cast{std::move(value), mode, CastNeedsZone(from, to) ? resolver.zone() : ""};
  return plan::MakeResolved(std::move(cast), to, nullable, origin);
}

}  // namespace crannog::analyze
