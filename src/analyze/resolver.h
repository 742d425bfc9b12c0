#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyze/analyzer.h"
#include "analyze/expression_text.h"
#include "analyze/function_registry.h"
#include "analyze/type_coercion.h"
#include "plan/command.h"

/// The analyzer's working parts; private to the room. One Resolver per statement.
namespace crannog::analyze {

/// A column that names may refer to.
struct ScopeColumn {
  plan::ColumnId id = 0;
  std::string name;
  plan::DataType type;
  bool nullable = true;
  std::vector<std::string> qualifier;  ///< {"t"} or {"catalog", "schema", "t"}
  std::string metadata_json;
  /// Not part of `*`: the second column of a USING join, a metadata column.
  bool is_hidden = false;
};
using Columns = std::vector<ScopeColumn>;

/// A resolved relation: its plan gives at least `columns`.
struct Rel {
  plan::ResolvedPlanPtr plan;
  Columns columns;
};

/// An item of a SELECT list that is already resolved: later items may use its alias.
struct LateralAlias {
  std::string name;
  Bound value;
};

/// What names mean while an expression is resolved. Layers are tried in order.
struct Names {
  std::vector<const Columns*> layers;
  std::vector<LateralAlias>* lateral = nullptr;
  const std::vector<std::pair<std::string, plan::WindowSpec>>* windows = nullptr;
  struct Lambda {
    std::string name;
    Bound variable;
  };
  std::vector<Lambda> lambdas;
  bool allow_outer = true;
  bool is_having_like = false;
  /// Set when a lateral alias was used.
  bool used_lateral = false;
};

/// A query around the one being resolved, and the columns of it that were used.
struct OuterQuery {
  Names* names = nullptr;
  std::vector<plan::ColumnReference>* used = nullptr;
};

/// What a WITH clause defined.
struct CteDefinition {
  std::string name;
  int64_t id = 0;
  plan::ResolvedPlanPtr plan;     ///< null while a recursive one is being resolved
  Columns columns;
  bool is_recursive = false;
  int use_count = 0;
  std::shared_ptr<plan::ResolvedPlan> reference;  ///< the last one made; becomes the definition itself when it stays the only one
};

struct QueryBlock;

class Resolver {
 public:
  explicit Resolver(const AnalysisContext& context);

  // Relations (relations_*.cc).
  Result<Rel> ResolveRelation(const plan::RelationPtr& relation);
  /// The plan's output cut to the visible columns, in order.
  plan::ResolvedPlanPtr Finish(const Rel& relation);

  // Expressions (expressions_*.cc).
  Result<Bound> Resolve(const plan::ExpressionPtr& expression, Names& names);
  Result<std::vector<Bound>> ResolveAll(const std::vector<plan::ExpressionPtr>& expressions, Names& names);
  /// Resolves a lambda over parameters of these types; a plain expression where a lambda is expected is taken as its body.
  struct LambdaParameter {
    plan::DataType type;
    bool nullable = true;
  };
  Result<Bound> ResolveLambda(const plan::ExpressionPtr& expression, const std::vector<LambdaParameter>& parameters);
  /// Resolves an argument of the call that is being built (builders of kLambda entries).
  Result<Bound> ResolveArgument(const plan::ExpressionPtr& expression) { return Resolve(expression, *names_); }

  // Building blocks for builders.
  Bound Cast(const Bound& value, const plan::DataType& type);               ///< implicit, not seen in texts
  Result<Bound> ExplicitCast(const Bound& value, const plan::DataType& type, plan::EvalMode mode, plan::Origin origin, bool text_as_function = false);
  Bound LiteralBound(plan::Literal literal, plan::Origin origin = {});
  /// A call of a kernel.
  Bound Call(std::string_view kernel, std::vector<Bound> arguments, plan::DataType type, bool nullable, TextPtr text, plan::Origin origin,
             uint32_t flags = 0);
  Result<Bound> BuildByEntry(const Function& function, CallSite& site);
  /// Resolves a call of a builtin over bound arguments.
  Result<Bound> CallBuiltin(std::string_view name, std::vector<Bound> arguments, plan::Origin origin, const plan::FunctionCall* call = nullptr);
  Result<Bound> MakeGetField(const Bound& child, std::string_view field, plan::Origin origin);
  Result<Bound> MakeExtract(const Bound& child, const Bound& key, plan::Origin origin);

  const CoercionRules& rules() const { return rules_; }
  bool is_ansi() const { return rules_.is_ansi; }
  const std::string& zone() const { return zone_; }
  std::string Setting(std::string_view key) const;
  bool IsSet(std::string_view key) const { return Setting(key) == "true"; }
  const AnalysisContext& context() const { return context_; }

  /// Adds the query context of a place in the text.
  Error At(Error error, plan::Origin origin) const;
  std::unexpected<Error> Fail(std::string_view condition, std::map<std::string, std::string> parameters, plan::Origin origin) const;
  /// Fails with DATATYPE_MISMATCH.<kind>; adds sqlExpr.
  std::unexpected<Error> Mismatch(std::string_view kind, std::map<std::string, std::string> parameters, const TextPtr& text, plan::Origin origin) const;
  /// DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE of one argument (index from 0).
  std::unexpected<Error> UnexpectedType(const TextPtr& call, size_t index, std::string required, const Bound& argument, plan::Origin origin) const;

  /// The value of a foldable expression, computed with the engine where needed; nothing when it cannot be had.
  Result<std::optional<plan::Literal>> Evaluate(const Bound& value);
  static bool IsFoldable(const plan::ResolvedExpression& expression);
  static bool IsDeterministic(const plan::ResolvedExpression& expression);

  std::vector<std::shared_ptr<const plan::TableSource>> TakeSources() { return std::move(sources_); }

 private:
  friend struct QueryBlock;
  friend class PlanIdScope;

  // expressions_names.cc
  Result<Bound> ResolveName(const plan::AttributeReference& reference, plan::Origin origin, Names& names);
  Result<std::optional<Bound>> FindInColumns(const Columns& columns, const std::vector<std::string>& parts, plan::Origin origin, bool hidden);
  Result<std::optional<Bound>> FindInLayers(Names& names, const std::vector<std::string>& parts, plan::Origin origin);
  Result<std::optional<Bound>> FindOuter(const std::vector<std::string>& parts, plan::Origin origin);
  Result<std::optional<Bound>> FindLateral(Names& names, const std::vector<std::string>& parts, plan::Origin origin);
  Result<std::optional<Bound>> FindVariable(const std::vector<std::string>& parts, plan::Origin origin);
  Result<Bound> ResolveByPlanId(const plan::AttributeReference& reference, plan::Origin origin, Names& names);
  Error UnresolvedColumn(const std::vector<std::string>& parts, plan::Origin origin, const Names& names) const;
  Bound ColumnBound(const ScopeColumn& column, plan::Origin origin) const;
  Result<Bound> FieldPath(Bound base, std::span<const std::string> fields, plan::Origin origin);
  Result<std::vector<std::string>> NameParts(const plan::Name& name, Names* names);

  // expressions_calls.cc
  Result<Bound> ResolveCall(const plan::ExpressionPtr& expression, Names& names);
  Result<Bound> ResolveUserFunction(const FunctionInfo& info, const plan::FunctionCall& call, plan::Origin origin, Names& names);
  Result<Bound> ResolvePython(const plan::PythonFunction& function, plan::Origin origin, Names& names);
  Result<Bound> FinishAggregate(const Function& function, CallSite& site, Bound built, Names& names);
  Result<std::vector<plan::ExpressionPtr>> ExpandArguments(const plan::FunctionCall& call, Names& names, std::vector<Bound>* starred, std::vector<int>* starred_at);
  Result<std::vector<plan::ExpressionPtr>> ArrangeNamed(const Function& function, const plan::FunctionCall& call, plan::Origin origin);
  Result<Bound> ResolveWindow(const plan::WindowExpression& window, plan::Origin origin, Names& names);
  Result<Bound> ResolveSubquery(const plan::SubqueryExpression& subquery, plan::Origin origin, Names& names);
  Result<Bound> ResolveIn(const plan::FunctionCall& call, plan::Origin origin, Names& names);
  Result<Bound> ResolveSpecialLiteral(const plan::FunctionCall& call, plan::Origin origin);
  Result<Bound> ResolveUpdateFields(const plan::UpdateFields& update, plan::Origin origin, Names& names);
  Result<plan::ResolvedSortKey> ResolveSortKey(const plan::SortOrder& order, Names& names, TextPtr* text = nullptr);

 public:
  /// Expands stars, regular expressions of names and the like into select items.
  struct Item {
    Bound value;
    std::string name;
    bool has_alias = false;
    std::string metadata_json;
    std::vector<std::string> qualifier;  ///< kept when the item is a plain column
    plan::ColumnId id = 0;               ///< of the column it is, or 0
    std::vector<std::string> generator_names;
    plan::Origin origin;
  };

 private:
  Result<std::vector<Item>> ExpandStar(const plan::Star& star, plan::Origin origin, Names& names);
  Result<std::vector<Item>> ResolveItems(const std::vector<plan::ExpressionPtr>& expressions, Names& names, std::vector<LateralAlias>* lateral);
  Result<void> ResolveItem(const plan::ExpressionPtr& expression, Names& names, std::vector<Item>& items);
  std::string AutoName(const Bound& value, const plan::ExpressionPtr& expression) const;

  // relations_select.cc
  Result<Rel> ResolveBlock(const plan::RelationPtr& relation);
  Result<void> OpenBlock(const plan::RelationPtr& relation, QueryBlock& block);
  Result<void> FillProject(const plan::Project& project, QueryBlock& block, const plan::Relation& relation);
  Result<void> FillAggregate(const plan::Aggregate& aggregate, QueryBlock& block, const plan::Relation& relation);
  Result<Rel> CloseBlock(QueryBlock& block);
  Result<Bound> ReplaceAggregates(const Bound& value, QueryBlock& block, bool check_groups, plan::Origin origin);
  Result<plan::ResolvedExpressionPtr> ExtractAggregates(const plan::ResolvedExpressionPtr& expression, QueryBlock& block);
  plan::ResolvedExpressionPtr ExtractWindows(const plan::ResolvedExpressionPtr& expression, QueryBlock& block);
  Result<plan::ResolvedExpressionPtr> RewriteOverGroups(const plan::ResolvedExpressionPtr& expression, QueryBlock& block, const TextPtr& text, bool inside_aggregate);
  Result<void> AddHaving(const plan::Having& having, QueryBlock& block);
  Result<void> AddQualify(const plan::Qualify& qualify, QueryBlock& block);
  Result<void> AddSort(const plan::Sort& sort, QueryBlock& block);

  // relations_sources.cc
  Result<Rel> ResolveTable(const plan::NamedTable& table, const plan::Relation& relation);
  Result<Rel> ResolveView(const TableInfo& info, const plan::Relation& relation);
  Result<Rel> ResolveTemporaryView(const TemporaryView& view, std::vector<std::string> qualifier, const plan::Relation& relation);
  Result<Rel> ScanOf(std::shared_ptr<const plan::TableSource> source, std::vector<std::string> qualifier, const TableInfo* info);
  Result<Rel> ApplyPolicies(Rel scan, const TableInfo& info);
  Result<Rel> ResolveInlineTable(const plan::InlineTable& table, const plan::Relation& relation);
  Result<Rel> ResolveTableFunction(const plan::TableFunction& function, const plan::Relation& relation);
  Result<Rel> ResolveWith(const plan::With& with, const plan::Relation& relation);
  Result<Rel> ResolveRecursive(const plan::CommonTableExpression& cte, const plan::Relation& relation);
  Result<Rel> ResolveLocal(const plan::LocalRelation& local);
  Result<Rel> ResolveGenerate(const Rel& input, const plan::ExpressionPtr& generator, bool is_outer, const std::string& alias,
                              const std::vector<std::string>& names, plan::Origin origin);
  Result<Rel> GenerateOver(const Rel& input, const Bound& generator, bool is_outer, std::vector<std::string> qualifier, const std::vector<std::string>& names,
                           plan::Origin origin);

  // relations_joins.cc
  Result<Rel> ResolveJoin(const plan::Join& join, const plan::Relation& relation);
  Result<Rel> ResolveSetOperation(const plan::SetOperation& operation, const plan::Relation& relation);
  Result<Rel> UnionOf(std::vector<Rel> inputs, plan::SetOperationKind kind, bool is_all, plan::Origin origin);
  Result<Rel> ResolvePivot(const plan::Pivot& pivot, const plan::Relation& relation);
  Result<Rel> ResolveUnpivot(const plan::Unpivot& unpivot, const plan::Relation& relation);
  Result<Rel> ResolveAlias(const plan::SubqueryAlias& alias, const plan::Relation& relation);
  Result<Rel> ResolveSample(const plan::Sample& sample, const plan::Relation& relation);

  // relations_frames.cc: what only DataFrames ask for.
  Result<Rel> ResolveFrame(const plan::Relation& relation);
  Result<Rel> ResolveStatistic(const plan::Statistic& statistic, const plan::Relation& relation);

  Result<Rel> ResolveNode(const plan::RelationPtr& relation);
  Result<Rel> FilterBy(Rel input, const plan::ExpressionPtr& condition, const plan::Relation& relation);
  Result<int64_t> LimitValue(const plan::ExpressionPtr& expression, std::string_view name);
  Rel Project(const Rel& input, std::vector<plan::NamedExpression> expressions, Columns columns);
  Rel ProjectColumns(const Rel& input, const std::vector<Bound>& values, Columns columns);

  const AnalysisContext& context_;
  CoercionRules rules_;
  std::string zone_;
  Names* names_ = nullptr;
  std::vector<OuterQuery> outers_;
  std::vector<CteDefinition*> ctes_;
  std::vector<std::unique_ptr<CteDefinition>> all_ctes_;
  std::vector<std::shared_ptr<const plan::TableSource>> sources_;
  std::unordered_map<int64_t, std::vector<Columns>> plan_columns_;
  std::map<int64_t, plan::RelationPtr> references_;  ///< WithRelations
  std::string text_;          ///< of the statement or of the view being resolved
  std::string object_type_, object_name_;
  SchemaName current_schema_;
  int view_depth_ = 0;
  int depth_ = 0;
  int64_t next_cte_ = 1;
  const std::map<std::string, std::string>* view_settings_ = nullptr;
  std::vector<const std::map<std::string, Bound>*> function_parameters_;
  /// A WINDOW clause whose SELECT is further down (below DISTINCT).
  std::vector<std::pair<std::string, plan::WindowSpec>> pending_windows_;

  friend Result<AnalyzedQuery> AnalyzeQuery(const plan::Relation&, const AnalysisContext&);
  friend Result<plan::ResolvedExpressionPtr> AnalyzeExpression(const plan::Expression&, const ExpressionScope&, const AnalysisContext&);
};

/// Calls `visit` on the expression and everything below it (not into subqueries' plans); stops going down where it gives false.
void Walk(const plan::ResolvedExpressionPtr& expression, const std::function<bool(const plan::ResolvedExpression&)>& visit);
/// Rebuilds an expression bottom-up: `change` gives the replacement of a node or null to keep it; it sees a node before its children.
plan::ResolvedExpressionPtr Rewrite(const plan::ResolvedExpressionPtr& expression,
                                    const std::function<plan::ResolvedExpressionPtr(const plan::ResolvedExpressionPtr&)>& change);
/// Equality of meaning: same calls over same columns and constants.
bool SameExpression(const plan::ResolvedExpression& left, const plan::ResolvedExpression& right);
bool ContainsAggregate(const plan::ResolvedExpressionPtr& expression);
bool ContainsWindow(const plan::ResolvedExpressionPtr& expression);
bool ContainsGenerator(const plan::ResolvedExpressionPtr& expression);
const Function* GeneratorOf(const plan::ResolvedExpression& expression);

plan::Schema AsSchema(const Columns& columns);
std::vector<plan::OutputColumn> AsOutput(const Columns& columns);
ScopeColumn NewColumn(std::string name, plan::DataType type, bool nullable, std::vector<std::string> qualifier = {});
std::string OrdinalText(size_t index);  ///< "first" for 0

}  // namespace crannog::analyze
