#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "plan/expression.h"

/// Unresolved relations: what SQL text and Spark Connect messages ask for. Source: Spark Connect relations.proto and Spark's SQL grammar.
namespace crannog::plan {

struct Command;  // plan/command.h
using CommandPtr = std::shared_ptr<const Command>;
using Options = std::map<std::string, std::string>;

/// VERSION AS OF / TIMESTAMP AS OF / @v; one of both is set.
struct TimeTravel {
  ExpressionPtr version;
  ExpressionPtr timestamp;
};

/// A table, view, CTE or path (delta.`/p`, parquet.`/p`) by name.
struct NamedTable {
  Name name;
  TimeTravel time_travel;
  Options options;
  bool is_streaming = false;
};

/// spark.read.format(…)…load(paths).
struct DataSource {
  std::string format;  ///< "" means the session's default (delta)
  std::optional<DataType> schema;
  std::string schema_ddl;  ///< when the client sent text
  Options options;
  std::vector<std::string> paths;
  bool is_streaming = false;
};

/// explode(…), range(…), read_files(…), a Python or SQL table function, in FROM.
struct TableFunction {
  Name name;
  std::vector<ExpressionPtr> arguments;
  std::shared_ptr<const struct PythonTableFunction> python;
  bool is_streaming = false;  ///< STREAM read_files(…)
};

struct PythonTableFunction {
  std::string name;
  bool is_deterministic = true;
  int32_t eval_type = 0;
  std::optional<DataType> return_type;
  std::string command;
  std::string python_version;
};

struct InlineTable {
  std::vector<std::vector<ExpressionPtr>> rows;
};

/// Rows sent by the client as one Arrow IPC stream; `schema` is the client's wish, where it gave one.
struct LocalRelation {
  std::shared_ptr<const std::string> arrow_ipc;
  std::optional<DataType> schema;
};

/// A relation that the client stored under a hash (createDataFrame of large data) or a checkpoint id.
struct CachedRelation {
  std::string id;
  bool is_local = true;
};

struct RangeRelation {
  int64_t start = 0, end = 0, step = 1;
  int32_t partition_count = 0;
};

/// SELECT without FROM.
struct OneRow {};

/// SQL text inside a DataFrame plan: spark.sql(text, args).
struct SqlQuery {
  std::string text;
  std::map<std::string, ExpressionPtr> named_arguments;
  std::vector<ExpressionPtr> positional_arguments;
};

struct Project {
  RelationPtr input;
  std::vector<ExpressionPtr> expressions;
  /// "SELECT", "EXTEND", "SET" or "DROP" when written as a pipe operator (|>): then no aggregate may stand in it.
  std::string pipe_clause = {};
};

struct Filter {
  RelationPtr input;
  ExpressionPtr condition;
};

struct Having {
  RelationPtr input;
  ExpressionPtr condition;
};

struct Qualify {
  RelationPtr input;
  ExpressionPtr condition;
};

enum class JoinType : uint8_t { kInner, kCross, kLeftOuter, kRightOuter, kFullOuter, kLeftSemi, kLeftAnti };

struct Join {
  RelationPtr left, right;
  JoinType type = JoinType::kInner;
  ExpressionPtr condition;
  std::vector<std::string> using_columns;
  bool is_natural = false;
  bool is_lateral = false;
};

struct AsOfJoin {
  RelationPtr left, right;
  ExpressionPtr left_as_of, right_as_of, condition, tolerance;
  std::vector<std::string> using_columns;
  JoinType type = JoinType::kInner;
  bool allow_exact_matches = true;
  std::string direction;
};

enum class GroupingKind : uint8_t { kExpression, kRollup, kCube, kGroupingSets };

/// One element of GROUP BY. kExpression: sets = {{e}}; kRollup, kCube: each inner list is one composite column; kGroupingSets: each inner list is a set,
/// nested ROLLUP/CUBE inside GROUPING SETS are in `nested`.
struct GroupingElement {
  GroupingKind kind = GroupingKind::kExpression;
  std::vector<std::vector<ExpressionPtr>> sets;
  std::vector<GroupingElement> nested;
};

struct Aggregate {
  RelationPtr input;
  std::vector<GroupingElement> grouping;
  bool group_by_all = false;
  /// SQL: the whole SELECT list. Spark Connect: the aggregate expressions; `prepend_grouping` puts the grouping columns first.
  std::vector<ExpressionPtr> expressions;
  bool prepend_grouping = false;
  bool is_pipe = false;  ///< |> AGGREGATE: every expression must hold an aggregate
};

struct PivotValue {
  ExpressionPtr value;
  std::string alias;
};

struct Pivot {
  RelationPtr input;
  std::vector<ExpressionPtr> grouping;   ///< Spark Connect only; SQL groups by what is not mentioned
  bool is_grouping_explicit = false;
  std::vector<ExpressionPtr> columns;
  std::vector<PivotValue> values;        ///< empty: found by running the query
  std::vector<ExpressionPtr> aggregates;
};

struct UnpivotValue {
  std::vector<ExpressionPtr> columns;
  std::string alias;
};

struct Unpivot {
  RelationPtr input;
  std::optional<std::vector<ExpressionPtr>> ids;
  std::optional<std::vector<UnpivotValue>> values;
  std::string variable_column;
  std::vector<std::string> value_columns;
  bool include_nulls = false;
};

struct Sort {
  RelationPtr input;
  std::vector<SortOrder> orders;
  bool is_global = true;
  bool order_by_all = false;
  SortDirection all_direction = SortDirection::kAscending;
  NullOrdering all_nulls = NullOrdering::kDefault;
};

struct Limit {
  RelationPtr input;
  ExpressionPtr count;
};

struct Offset {
  RelationPtr input;
  ExpressionPtr count;
};

struct Tail {
  RelationPtr input;
  ExpressionPtr count;
};

enum class SetOperationKind : uint8_t { kUnion, kIntersect, kExcept };

struct SetOperation {
  RelationPtr left, right;
  SetOperationKind kind = SetOperationKind::kUnion;
  bool is_all = false;
  bool by_name = false;
  bool allow_missing_columns = false;
};

struct Distinct {
  RelationPtr input;
};

struct Deduplicate {
  RelationPtr input;
  std::vector<std::string> columns;
  bool all_columns = false;
  bool within_watermark = false;
};

struct SubqueryAlias {
  RelationPtr input;
  std::vector<std::string> name;  ///< usually one part; may be empty when only columns are renamed
  std::vector<std::string> columns;
};

struct CommonTableExpression {
  std::string name;
  std::vector<std::string> columns;
  RelationPtr query;
  std::optional<int64_t> max_recursion_level;
  Origin origin;
};

struct With {
  std::vector<CommonTableExpression> definitions;
  bool is_recursive = false;
  RelationPtr input;
};

/// WINDOW w AS (…) of the SELECT below.
struct NamedWindows {
  RelationPtr input;
  std::vector<std::pair<std::string, WindowSpec>> windows;
};

enum class SampleUnit : uint8_t { kFraction, kRows, kBuckets };

struct Sample {
  RelationPtr input;
  SampleUnit unit = SampleUnit::kFraction;
  double lower_bound = 0, upper_bound = 1;
  bool with_replacement = false;
  std::optional<int64_t> seed;
  ExpressionPtr row_count;             ///< kRows
  int32_t bucket = 0, bucket_count = 0;  ///< kBuckets
};

struct Hint {
  RelationPtr input;
  std::string name;
  std::vector<ExpressionPtr> parameters;
};

struct LateralView {
  RelationPtr input;
  bool is_outer = false;
  ExpressionPtr generator;
  std::string table_alias;
  std::vector<std::string> column_aliases;
};

/// repartition, coalesce, DISTRIBUTE BY, CLUSTER BY: no meaning for the rows of one node, kept for explain and scale-out.
struct Repartition {
  RelationPtr input;
  std::optional<int32_t> partition_count;
  bool shuffle = true;
  std::vector<ExpressionPtr> expressions;
};

struct WithColumns {
  RelationPtr input;
  std::vector<ExpressionPtr> aliases;
};

struct WithColumnsRenamed {
  RelationPtr input;
  std::vector<std::pair<std::string, std::string>> renames;
};

struct DropColumns {
  RelationPtr input;
  std::vector<ExpressionPtr> columns;
  std::vector<std::string> names;
};

struct ToDataFrame {
  RelationPtr input;
  std::vector<std::string> names;
};

struct ToSchema {
  RelationPtr input;
  DataType schema;
};

struct FillNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::vector<Literal> values;
};

struct DropNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::optional<int32_t> min_non_nulls;
};

struct ReplaceNa {
  RelationPtr input;
  std::vector<std::string> columns;
  std::vector<std::pair<Literal, Literal>> replacements;
};

enum class StatisticKind : uint8_t {
  kSummary, kDescribe, kCrosstab, kCovariance, kCorrelation, kApproxQuantile, kFrequentItems, kSampleBy
};

struct Statistic {
  RelationPtr input;
  StatisticKind kind = StatisticKind::kSummary;
  std::vector<std::string> columns;
  std::vector<std::string> statistics;      ///< kSummary
  std::string method;                       ///< kCorrelation
  std::vector<double> probabilities;        ///< kApproxQuantile
  double relative_error = 0;                ///< kApproxQuantile
  std::optional<double> support;            ///< kFrequentItems
  ExpressionPtr sample_column;              ///< kSampleBy
  std::vector<std::pair<Literal, double>> fractions;
  std::optional<int64_t> seed;
};

/// mapInPandas, mapInArrow.
struct MapPartitions {
  RelationPtr input;
  ExpressionPtr function;  ///< PythonFunction
  bool is_barrier = false;
};

/// applyInPandas, applyInArrow; with `right` cogroup.
struct GroupMap {
  RelationPtr input;
  std::vector<ExpressionPtr> grouping;
  ExpressionPtr function;
  RelationPtr right;
  std::vector<ExpressionPtr> right_grouping;
};

struct CollectMetrics {
  RelationPtr input;
  std::string name;
  std::vector<ExpressionPtr> metrics;
};

struct ShowString {
  RelationPtr input;
  int32_t row_count = 20, truncate = 20;
  bool vertical = false;
  bool html = false;
};

struct ParseText {
  RelationPtr input;
  std::string format;  ///< "csv" or "json"
  std::optional<DataType> schema;
  Options options;
};

struct Transpose {
  RelationPtr input;
  std::vector<ExpressionPtr> index_columns;
};

struct WithWatermark {
  RelationPtr input;
  std::string event_time, delay_threshold;
};

/// Spark Connect: subqueries and views that the root names by plan id.
struct WithRelations {
  RelationPtr root;
  std::vector<RelationPtr> references;
};

/// A command whose rows are read like a relation (SHOW, DESCRIBE HISTORY, Delta Connect's merge).
struct CommandRelation {
  CommandPtr command;
};

/// What this version cannot do; the analyzer answers an error that names it.
struct UnsupportedRelation {
  std::string feature;
};

struct Relation {
  using Node =
      std::variant<NamedTable, DataSource, TableFunction, InlineTable, LocalRelation, CachedRelation, RangeRelation, OneRow, SqlQuery, Project,
                   Filter, Having, Qualify, Join, AsOfJoin, Aggregate, Pivot, Unpivot, Sort, Limit, Offset, Tail, SetOperation, Distinct,
                   Deduplicate, SubqueryAlias, With, NamedWindows, Sample, Hint, LateralView, Repartition, WithColumns, WithColumnsRenamed,
                   DropColumns, ToDataFrame, ToSchema, FillNa, DropNa, ReplaceNa, Statistic, MapPartitions, GroupMap, CollectMetrics,
                   ShowString, ParseText, Transpose, WithWatermark, WithRelations, CommandRelation, UnsupportedRelation>;
  Node node;
  Origin origin;
  std::optional<int64_t> plan_id;  ///< Spark Connect's id of this relation

  template <typename T>
  const T* As() const { return std::get_if<T>(&node); }
};

template <typename T>
RelationPtr MakeRelation(T node, Origin origin = {}, std::optional<int64_t> plan_id = {}) {
  return std::make_shared<const Relation>(Relation{std::move(node), origin, plan_id});
}

/// One parsed statement: a query or a command; one of both is set.
struct Statement {
  RelationPtr query;
  CommandPtr command;
};

}  // namespace crannog::plan
