#include "connect/relation_message.h"

#include <algorithm>

#include "connect/data_type_message.h"
#include "connect/expression_message.h"
#include "connect/literal_message.h"
#include "connect/local_schema.h"
#include "connect/repeated.h"
#include "spark/connect/relations.pb.h"

namespace crannog::connect {

namespace sc = spark::connect;
using plan::ExpressionPtr;
using plan::MakeRelation;
using plan::RelationPtr;

namespace {

template <typename Strings>
std::vector<std::string> Texts(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

template <typename Map>
plan::Options OptionsOf(const Map& map) {
  return {map.begin(), map.end()};
}

// The reader's options versionAsOf and timestampAsOf, in any case, are time travel.
void TakeTimeTravel(plan::NamedTable& table) {
  for (auto option = table.options.begin(); option != table.options.end();) {
    std::string key = option->first;
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (key == "versionasof") table.time_travel.version = plan::MakeExpression(plan::Literal::String(option->second));
    else if (key == "timestampasof") table.time_travel.timestamp = plan::MakeExpression(plan::Literal::String(option->second));
    else {
      ++option;
      continue;
    }
    option = table.options.erase(option);
  }
}

ExpressionPtr IntegerLiteral(int32_t value) { return plan::MakeExpression(plan::Literal::Int(value)); }

// One call per message kind; each gives the node and FromMessage adds the plan id.
class RelationReader {
 public:
  explicit RelationReader(const RelationReaders& readers) : readers_(readers), text_(readers.text) {}

  Result<RelationPtr> Read(const sc::Relation& message) {
    if (++depth_ > kRelationDepthMax) {
      return Failure(ErrorCode::kInvalidParameterValue, "the plan nests deeper than 2000 relations", "cache or write an intermediate result");
    }
    Result<RelationPtr> relation = ReadSubstitute(message);
    if (relation && *relation == nullptr) relation = ReadNode(message);
    --depth_;
    if (relation && message.common().has_plan_id()) {
      plan::Relation copy = **relation;
      copy.plan_id = message.common().plan_id();
      return std::make_shared<const plan::Relation>(std::move(copy));
    }
    return relation;
  }

 private:
  template <typename Node>
  Result<RelationPtr> Made(Node node) {
    return MakeRelation(std::move(node));
  }

  Result<std::vector<ExpressionPtr>> Expressions(const google::protobuf::RepeatedPtrField<sc::Expression>& messages) {
    return ReadEach<ExpressionPtr>(messages, text_);
  }

  Result<RelationPtr> ReadSubstitute(const sc::Relation& message) {
    if (!readers_.substitute) return RelationPtr();
    return readers_.substitute(message);
  }

  Result<RelationPtr> ReadRead(const sc::Read& message) {
    if (message.has_named_table()) {
      plan::NamedTable table;
      TRY(table.name.parts, text_.identifier(message.named_table().unparsed_identifier()));
      table.options = OptionsOf(message.named_table().options());
      TakeTimeTravel(table);
      table.is_streaming = message.is_streaming();
      return Made(std::move(table));
    }
    const auto& in = message.data_source();
    plan::DataSource source;
    source.format = in.format();
    source.options = OptionsOf(in.options());
    source.paths = Texts(in.paths());
    source.is_streaming = message.is_streaming();
    if (in.predicates_size() > 0) return Failure(NotImplemented("reading JDBC partitions by predicates"));
    if (in.has_schema() && !in.schema().empty()) {
      source.schema_ddl = in.schema();
      TRY(source.schema, text_.data_type(in.schema()));
    }
    return Made(std::move(source));
  }

  Result<RelationPtr> ReadProject(const sc::Project& message) {
    plan::Project project;
    if (message.has_input()) {
      TRY(project.input, Read(message.input()));
    } else {
      project.input = MakeRelation(plan::OneRow{});
    }
    TRY(project.expressions, Expressions(message.expressions()));
    return Made(std::move(project));
  }

  static plan::JoinType JoinTypeOf(int type) {
    switch (type) {
      case sc::Join::JOIN_TYPE_FULL_OUTER: return plan::JoinType::kFullOuter;
      case sc::Join::JOIN_TYPE_LEFT_OUTER: return plan::JoinType::kLeftOuter;
      case sc::Join::JOIN_TYPE_RIGHT_OUTER: return plan::JoinType::kRightOuter;
      case sc::Join::JOIN_TYPE_LEFT_ANTI: return plan::JoinType::kLeftAnti;
      case sc::Join::JOIN_TYPE_LEFT_SEMI: return plan::JoinType::kLeftSemi;
      case sc::Join::JOIN_TYPE_CROSS: return plan::JoinType::kCross;
      default: return plan::JoinType::kInner;
    }
  }

  Result<RelationPtr> ReadJoin(const sc::Join& message) {
    plan::Join join;
    TRY(join.left, Read(message.left()));
    TRY(join.right, Read(message.right()));
    join.type = JoinTypeOf(message.join_type());
    if (message.has_join_condition()) {
      TRY(join.condition, FromMessage(message.join_condition(), text_));
    }
    join.using_columns = Texts(message.using_columns());
    return Made(std::move(join));
  }

  Result<RelationPtr> ReadLateralJoin(const sc::LateralJoin& message) {
    plan::Join join;
    TRY(join.left, Read(message.left()));
    TRY(join.right, Read(message.right()));
    join.type = JoinTypeOf(message.join_type());
    join.is_lateral = true;
    if (message.has_join_condition()) {
      TRY(join.condition, FromMessage(message.join_condition(), text_));
    }
    return Made(std::move(join));
  }

  Result<RelationPtr> ReadAsOfJoin(const sc::AsOfJoin& message) {
    plan::AsOfJoin join;
    TRY(join.left, Read(message.left()));
    TRY(join.right, Read(message.right()));
    TRY(join.left_as_of, FromMessage(message.left_as_of(), text_));
    TRY(join.right_as_of, FromMessage(message.right_as_of(), text_));
    if (message.has_join_expr()) {
      TRY(join.condition, FromMessage(message.join_expr(), text_));
    }
    if (message.has_tolerance()) {
      TRY(join.tolerance, FromMessage(message.tolerance(), text_));
    }
    join.using_columns = Texts(message.using_columns());
    join.type = message.join_type() == "left" || message.join_type() == "leftouter" ? plan::JoinType::kLeftOuter : plan::JoinType::kInner;
    join.allow_exact_matches = message.allow_exact_matches();
    join.direction = message.direction();
    return Made(std::move(join));
  }

  Result<RelationPtr> ReadSetOperation(const sc::SetOperation& message) {
    plan::SetOperation operation;
    TRY(operation.left, Read(message.left_input()));
    TRY(operation.right, Read(message.right_input()));
    switch (message.set_op_type()) {
      case sc::SetOperation::SET_OP_TYPE_INTERSECT: operation.kind = plan::SetOperationKind::kIntersect; break;
      case sc::SetOperation::SET_OP_TYPE_EXCEPT: operation.kind = plan::SetOperationKind::kExcept; break;
      default: operation.kind = plan::SetOperationKind::kUnion;
    }
    operation.is_all = message.is_all();
    operation.by_name = message.by_name();
    operation.allow_missing_columns = message.allow_missing_columns();
    return Made(std::move(operation));
  }

  Result<RelationPtr> ReadSort(const sc::Sort& message) {
    plan::Sort sort;
    TRY(sort.input, Read(message.input()));
    TRY(sort.orders, ReadEach<plan::SortOrder>(message.order(), text_));
    sort.is_global = message.is_global();
    return Made(std::move(sort));
  }

  Result<RelationPtr> ReadPivot(const sc::Aggregate& message) {
    plan::Pivot pivot;
    TRY(pivot.input, Read(message.input()));
    TRY(pivot.grouping, Expressions(message.grouping_expressions()));
    pivot.is_grouping_explicit = true;
    TRY(ExpressionPtr column, FromMessage(message.pivot().col(), text_));
    pivot.columns = {std::move(column)};
    for (const auto& value : message.pivot().values()) {
      TRY(plan::Literal literal, FromMessage(value, text_));
      pivot.values.push_back({plan::MakeExpression(std::move(literal)), ""});
    }
    TRY(pivot.aggregates, Expressions(message.aggregate_expressions()));
    return Made(std::move(pivot));
  }

  Result<RelationPtr> ReadAggregate(const sc::Aggregate& message) {
    if (message.group_type() == sc::Aggregate::GROUP_TYPE_PIVOT) return ReadPivot(message);
    plan::Aggregate aggregate;
    TRY(aggregate.input, Read(message.input()));
    TRY(aggregate.expressions, Expressions(message.aggregate_expressions()));
    aggregate.prepend_grouping = true;
    TRY(std::vector<ExpressionPtr> grouping, Expressions(message.grouping_expressions()));
    plan::GroupingElement element;
    switch (message.group_type()) {
      case sc::Aggregate::GROUP_TYPE_ROLLUP:
      case sc::Aggregate::GROUP_TYPE_CUBE:
        element.kind = message.group_type() == sc::Aggregate::GROUP_TYPE_CUBE ? plan::GroupingKind::kCube : plan::GroupingKind::kRollup;
        for (ExpressionPtr& expression : grouping) element.sets.push_back({std::move(expression)});
        aggregate.grouping = {std::move(element)};
        break;
      case sc::Aggregate::GROUP_TYPE_GROUPING_SETS:
        element.kind = plan::GroupingKind::kGroupingSets;
        for (const auto& set : message.grouping_sets()) {
          TRY(std::vector<ExpressionPtr> members, Expressions(set.grouping_set()));
          element.sets.push_back(std::move(members));
        }
        aggregate.grouping = {std::move(element)};
        break;
      default:
        for (ExpressionPtr& expression : grouping) aggregate.grouping.push_back({plan::GroupingKind::kExpression, {{std::move(expression)}}, {}});
    }
    return Made(std::move(aggregate));
  }

  Result<RelationPtr> ReadSql(const sc::SQL& message) {
    plan::SqlQuery query;
    query.text = message.query();
    for (const auto& [name, value] : message.args()) {
      TRY(plan::Literal literal, FromMessage(value, text_));
      query.named_arguments[name] = plan::MakeExpression(std::move(literal));
    }
    for (const auto& value : message.pos_args()) {
      TRY(plan::Literal literal, FromMessage(value, text_));
      query.positional_arguments.push_back(plan::MakeExpression(std::move(literal)));
    }
    for (const auto& [name, value] : message.named_arguments()) {
      TRY(query.named_arguments[name], FromMessage(value, text_));
    }
    TRY(std::vector<ExpressionPtr> positional, Expressions(message.pos_arguments()));
    for (ExpressionPtr& value : positional) query.positional_arguments.push_back(std::move(value));
    return Made(std::move(query));
  }

  Result<RelationPtr> ReadLocal(const sc::LocalRelation& message) {
    plan::LocalRelation local;
    if (message.has_data()) local.arrow_ipc = std::make_shared<const std::string>(message.data());
    if (message.has_schema() && !message.schema().empty()) {
      TRY(local.schema, text_.data_type(message.schema()));
    } else if (local.arrow_ipc) {
      TRY(local.schema, SchemaOfArrowStream(*local.arrow_ipc));
    }
    return Made(std::move(local));
  }

  Result<RelationPtr> ReadUnpivot(const sc::Unpivot& message) {
    plan::Unpivot unpivot;
    TRY(unpivot.input, Read(message.input()));
    TRY(unpivot.ids, Expressions(message.ids()));
    if (message.has_values()) {
      TRY(std::vector<ExpressionPtr> columns, Expressions(message.values().values()));
      unpivot.values.emplace();
      for (ExpressionPtr& column : columns) unpivot.values->push_back({{std::move(column)}, ""});
    }
    unpivot.variable_column = message.variable_column_name();
    unpivot.value_columns = {message.value_column_name()};
    // Dataset.unpivot keeps rows whose value is NULL, unlike SQL's default.
    unpivot.include_nulls = true;
    return Made(std::move(unpivot));
  }

  Result<RelationPtr> ReadMapPartitions(const sc::MapPartitions& message) {
    plan::MapPartitions map;
    TRY(map.input, Read(message.input()));
    TRY(plan::PythonFunction function, FromMessage(message.func(), text_));
    map.function = plan::MakeExpression(std::move(function));
    map.is_barrier = message.is_barrier();
    return Made(std::move(map));
  }

  Result<RelationPtr> ReadGroupMap(const sc::GroupMap& message) {
    if (message.has_transform_with_state_info() || message.has_initial_input()) return Failure(NotImplemented("transformWithState"));
    plan::GroupMap map;
    TRY(map.input, Read(message.input()));
    TRY(map.grouping, Expressions(message.grouping_expressions()));
    TRY(plan::PythonFunction function, FromMessage(message.func(), text_));
    map.function = plan::MakeExpression(std::move(function));
    return Made(std::move(map));
  }

  Result<RelationPtr> ReadCoGroupMap(const sc::CoGroupMap& message) {
    plan::GroupMap map;
    TRY(map.input, Read(message.input()));
    TRY(map.grouping, Expressions(message.input_grouping_expressions()));
    TRY(map.right, Read(message.other()));
    TRY(map.right_grouping, Expressions(message.other_grouping_expressions()));
    TRY(plan::PythonFunction function, FromMessage(message.func(), text_));
    map.function = plan::MakeExpression(std::move(function));
    return Made(std::move(map));
  }

  Result<RelationPtr> ReadWithColumns(const sc::WithColumns& message) {
    plan::WithColumns with;
    TRY(with.input, Read(message.input()));
    for (const auto& alias : message.aliases()) {
      plan::Alias out;
      TRY(out.child, FromMessage(alias.expr(), text_));
      out.names = Texts(alias.name());
      out.metadata_json = alias.metadata();
      with.aliases.push_back(plan::MakeExpression(std::move(out)));
    }
    return Made(std::move(with));
  }

  Result<RelationPtr> ReadRenamed(const sc::WithColumnsRenamed& message) {
    plan::WithColumnsRenamed renamed;
    TRY(renamed.input, Read(message.input()));
    for (const auto& rename : message.renames()) renamed.renames.emplace_back(rename.col_name(), rename.new_col_name());
    if (message.renames_size() == 0) {
      for (const auto& [from, to] : message.rename_columns_map()) renamed.renames.emplace_back(from, to);
    }
    return Made(std::move(renamed));
  }

  Result<RelationPtr> ReadTableFunction(const std::string& name, const google::protobuf::RepeatedPtrField<sc::Expression>& arguments) {
    plan::TableFunction function;
    function.name.parts = {name};
    TRY(function.arguments, Expressions(arguments));
    return Made(std::move(function));
  }

  Result<RelationPtr> ReadPythonTableFunction(const sc::CommonInlineUserDefinedTableFunction& message) {
    plan::TableFunction function;
    function.name.parts = {message.function_name()};
    TRY(function.arguments, Expressions(message.arguments()));
    plan::PythonTableFunction python{message.function_name(), message.deterministic(), message.python_udtf().eval_type(), {},
                                     message.python_udtf().command(), message.python_udtf().python_ver()};
    if (message.python_udtf().has_return_type()) {
      TRY(python.return_type, FromMessage(message.python_udtf().return_type(), text_));
    }
    function.python = std::make_shared<const plan::PythonTableFunction>(std::move(python));
    return Made(std::move(function));
  }

  Result<RelationPtr> ReadFill(const sc::NAFill& message) {
    plan::FillNa fill;
    TRY(fill.input, Read(message.input()));
    fill.columns = Texts(message.cols());
    TRY(fill.values, ReadEach<plan::Literal>(message.values(), text_));
    return Made(std::move(fill));
  }

  Result<RelationPtr> ReadReplace(const sc::NAReplace& message) {
    plan::ReplaceNa replace;
    TRY(replace.input, Read(message.input()));
    replace.columns = Texts(message.cols());
    for (const auto& replacement : message.replacements()) {
      TRY(plan::Literal old_value, FromMessage(replacement.old_value(), text_));
      TRY(plan::Literal new_value, FromMessage(replacement.new_value(), text_));
      replace.replacements.emplace_back(std::move(old_value), std::move(new_value));
    }
    return Made(std::move(replace));
  }

  Result<RelationPtr> ReadStatistic(const sc::Relation& message) {
    plan::Statistic statistic;
    auto input = [&](const sc::Relation& below) -> Result<> {
      TRY(statistic.input, Read(below));
      return {};
    };
    switch (message.rel_type_case()) {
      case sc::Relation::kSummary:
        TRY(input(message.summary().input()));
        statistic.kind = plan::StatisticKind::kSummary;
        statistic.statistics = Texts(message.summary().statistics());
        break;
      case sc::Relation::kDescribe:
        TRY(input(message.describe().input()));
        statistic.kind = plan::StatisticKind::kDescribe;
        statistic.columns = Texts(message.describe().cols());
        break;
      case sc::Relation::kCrosstab:
        TRY(input(message.crosstab().input()));
        statistic.kind = plan::StatisticKind::kCrosstab;
        statistic.columns = {message.crosstab().col1(), message.crosstab().col2()};
        break;
      case sc::Relation::kCov:
        TRY(input(message.cov().input()));
        statistic.kind = plan::StatisticKind::kCovariance;
        statistic.columns = {message.cov().col1(), message.cov().col2()};
        break;
      case sc::Relation::kCorr:
        TRY(input(message.corr().input()));
        statistic.kind = plan::StatisticKind::kCorrelation;
        statistic.columns = {message.corr().col1(), message.corr().col2()};
        statistic.method = message.corr().has_method() ? message.corr().method() : "pearson";
        break;
      case sc::Relation::kApproxQuantile:
        TRY(input(message.approx_quantile().input()));
        statistic.kind = plan::StatisticKind::kApproxQuantile;
        statistic.columns = Texts(message.approx_quantile().cols());
        statistic.probabilities.assign(message.approx_quantile().probabilities().begin(), message.approx_quantile().probabilities().end());
        statistic.relative_error = message.approx_quantile().relative_error();
        break;
      case sc::Relation::kFreqItems:
        TRY(input(message.freq_items().input()));
        statistic.kind = plan::StatisticKind::kFrequentItems;
        statistic.columns = Texts(message.freq_items().cols());
        if (message.freq_items().has_support()) statistic.support = message.freq_items().support();
        break;
      default:
        TRY(input(message.sample_by().input()));
        statistic.kind = plan::StatisticKind::kSampleBy;
        TRY(statistic.sample_column, FromMessage(message.sample_by().col(), text_));
        for (const auto& fraction : message.sample_by().fractions()) {
          TRY(plan::Literal stratum, FromMessage(fraction.stratum(), text_));
          statistic.fractions.emplace_back(std::move(stratum), fraction.fraction());
        }
        if (message.sample_by().has_seed()) statistic.seed = message.sample_by().seed();
    }
    return Made(std::move(statistic));
  }

  // The kinds that need one line each.
  Result<RelationPtr> ReadNode(const sc::Relation& message);

  const RelationReaders& readers_;
  const TextParsers& text_;
  int depth_ = 0;
};

Result<RelationPtr> RelationReader::ReadNode(const sc::Relation& message) {
  switch (message.rel_type_case()) {
    case sc::Relation::kRead: return ReadRead(message.read());
    case sc::Relation::kProject: return ReadProject(message.project());
    case sc::Relation::kFilter: {
      TRY(RelationPtr input, Read(message.filter().input()));
      TRY(ExpressionPtr condition, FromMessage(message.filter().condition(), text_));
      return Made(plan::Filter{std::move(input), std::move(condition)});
    }
    case sc::Relation::kJoin: return ReadJoin(message.join());
    case sc::Relation::kLateralJoin: return ReadLateralJoin(message.lateral_join());
    case sc::Relation::kAsOfJoin: return ReadAsOfJoin(message.as_of_join());
    case sc::Relation::kSetOp: return ReadSetOperation(message.set_op());
    case sc::Relation::kSort: return ReadSort(message.sort());
    case sc::Relation::kLimit: {
      TRY(RelationPtr input, Read(message.limit().input()));
      return Made(plan::Limit{std::move(input), IntegerLiteral(message.limit().limit())});
    }
    case sc::Relation::kOffset: {
      TRY(RelationPtr input, Read(message.offset().input()));
      return Made(plan::Offset{std::move(input), IntegerLiteral(message.offset().offset())});
    }
    case sc::Relation::kTail: {
      TRY(RelationPtr input, Read(message.tail().input()));
      return Made(plan::Tail{std::move(input), IntegerLiteral(message.tail().limit())});
    }
    case sc::Relation::kAggregate: return ReadAggregate(message.aggregate());
    case sc::Relation::kSql: return ReadSql(message.sql());
    case sc::Relation::kLocalRelation: return ReadLocal(message.local_relation());
    case sc::Relation::kCachedLocalRelation: return Made(plan::CachedRelation{message.cached_local_relation().hash(), true});
    case sc::Relation::kChunkedCachedLocalRelation: {
      // Chunks are Arrow streams of one schema: their hashes, in order, name the relation.
      std::string id = message.chunked_cached_local_relation().schemahash() + "|";
      for (const std::string& hash : message.chunked_cached_local_relation().datahashes()) id += hash + ",";
      return Made(plan::CachedRelation{std::move(id), true});
    }
    case sc::Relation::kCachedRemoteRelation: return Made(plan::CachedRelation{message.cached_remote_relation().relation_id(), false});
    case sc::Relation::kSample: {
      plan::Sample sample;
      TRY(sample.input, Read(message.sample().input()));
      sample.lower_bound = message.sample().lower_bound();
      sample.upper_bound = message.sample().upper_bound();
      sample.with_replacement = message.sample().with_replacement();
      if (message.sample().has_seed()) sample.seed = message.sample().seed();
      return Made(std::move(sample));
    }
    case sc::Relation::kDeduplicate: {
      plan::Deduplicate deduplicate;
      TRY(deduplicate.input, Read(message.deduplicate().input()));
      deduplicate.columns = Texts(message.deduplicate().column_names());
      deduplicate.all_columns = message.deduplicate().all_columns_as_keys();
      deduplicate.within_watermark = message.deduplicate().within_watermark();
      return Made(std::move(deduplicate));
    }
    case sc::Relation::kRange:
      return Made(plan::RangeRelation{message.range().start(), message.range().end(), message.range().step(), message.range().num_partitions()});
    case sc::Relation::kSubqueryAlias: {
      plan::SubqueryAlias alias;
      TRY(alias.input, Read(message.subquery_alias().input()));
      alias.name = Texts(message.subquery_alias().qualifier());
      alias.name.push_back(message.subquery_alias().alias());
      return Made(std::move(alias));
    }
    case sc::Relation::kRepartition: {
      plan::Repartition repartition;
      TRY(repartition.input, Read(message.repartition().input()));
      repartition.partition_count = message.repartition().num_partitions();
      repartition.shuffle = message.repartition().shuffle();
      return Made(std::move(repartition));
    }
    case sc::Relation::kRepartitionByExpression: {
      plan::Repartition repartition;
      TRY(repartition.input, Read(message.repartition_by_expression().input()));
      if (message.repartition_by_expression().has_num_partitions()) repartition.partition_count = message.repartition_by_expression().num_partitions();
      TRY(repartition.expressions, Expressions(message.repartition_by_expression().partition_exprs()));
      return Made(std::move(repartition));
    }
    case sc::Relation::kToDf: {
      TRY(RelationPtr input, Read(message.to_df().input()));
      return Made(plan::ToDataFrame{std::move(input), Texts(message.to_df().column_names())});
    }
    case sc::Relation::kWithColumnsRenamed: return ReadRenamed(message.with_columns_renamed());
    case sc::Relation::kWithColumns: return ReadWithColumns(message.with_columns());
    case sc::Relation::kShowString: {
      const auto& show = message.show_string();
      TRY(RelationPtr input, Read(show.input()));
      return Made(plan::ShowString{std::move(input), show.num_rows(), show.truncate(), show.vertical(), false});
    }
    case sc::Relation::kHtmlString: {
      TRY(RelationPtr input, Read(message.html_string().input()));
      return Made(plan::ShowString{std::move(input), message.html_string().num_rows(), message.html_string().truncate(), false, true});
    }
    case sc::Relation::kDrop: {
      plan::DropColumns drop;
      TRY(drop.input, Read(message.drop().input()));
      TRY(drop.columns, Expressions(message.drop().columns()));
      drop.names = Texts(message.drop().column_names());
      return Made(std::move(drop));
    }
    case sc::Relation::kHint: {
      plan::Hint hint;
      TRY(hint.input, Read(message.hint().input()));
      hint.name = message.hint().name();
      TRY(hint.parameters, Expressions(message.hint().parameters()));
      return Made(std::move(hint));
    }
    case sc::Relation::kUnpivot: return ReadUnpivot(message.unpivot());
    case sc::Relation::kToSchema: {
      TRY(RelationPtr input, Read(message.to_schema().input()));
      TRY(plan::DataType schema, FromMessage(message.to_schema().schema(), text_));
      return Made(plan::ToSchema{std::move(input), std::move(schema)});
    }
    case sc::Relation::kMapPartitions: return ReadMapPartitions(message.map_partitions());
    case sc::Relation::kGroupMap: return ReadGroupMap(message.group_map());
    case sc::Relation::kCoGroupMap: return ReadCoGroupMap(message.co_group_map());
    case sc::Relation::kCollectMetrics: {
      plan::CollectMetrics collect;
      TRY(collect.input, Read(message.collect_metrics().input()));
      collect.name = message.collect_metrics().name();
      TRY(collect.metrics, Expressions(message.collect_metrics().metrics()));
      return Made(std::move(collect));
    }
    case sc::Relation::kParse: {
      plan::ParseText parse;
      TRY(parse.input, Read(message.parse().input()));
      parse.format = message.parse().format() == sc::Parse::PARSE_FORMAT_CSV ? "csv" : message.parse().format() == sc::Parse::PARSE_FORMAT_XML ? "xml" : "json";
      if (message.parse().has_schema()) {
        TRY(parse.schema, FromMessage(message.parse().schema(), text_));
      }
      parse.options = OptionsOf(message.parse().options());
      return Made(std::move(parse));
    }
    case sc::Relation::kWithWatermark: {
      TRY(RelationPtr input, Read(message.with_watermark().input()));
      return Made(plan::WithWatermark{std::move(input), message.with_watermark().event_time(), message.with_watermark().delay_threshold()});
    }
    case sc::Relation::kWithRelations: {
      plan::WithRelations with;
      TRY(with.root, Read(message.with_relations().root()));
      for (const auto& reference : message.with_relations().references()) {
        TRY(RelationPtr relation, Read(reference));
        with.references.push_back(std::move(relation));
      }
      return Made(std::move(with));
    }
    case sc::Relation::kTranspose: {
      plan::Transpose transpose;
      TRY(transpose.input, Read(message.transpose().input()));
      TRY(transpose.index_columns, Expressions(message.transpose().index_columns()));
      return Made(std::move(transpose));
    }
    case sc::Relation::kUnresolvedTableValuedFunction:
      return ReadTableFunction(message.unresolved_table_valued_function().function_name(), message.unresolved_table_valued_function().arguments());
    case sc::Relation::kCommonInlineUserDefinedTableFunction: return ReadPythonTableFunction(message.common_inline_user_defined_table_function());
    case sc::Relation::kFillNa: return ReadFill(message.fill_na());
    case sc::Relation::kDropNa: {
      plan::DropNa drop;
      TRY(drop.input, Read(message.drop_na().input()));
      drop.columns = Texts(message.drop_na().cols());
      if (message.drop_na().has_min_non_nulls()) drop.min_non_nulls = message.drop_na().min_non_nulls();
      return Made(std::move(drop));
    }
    case sc::Relation::kReplace: return ReadReplace(message.replace());
    case sc::Relation::kSummary:
    case sc::Relation::kDescribe:
    case sc::Relation::kCrosstab:
    case sc::Relation::kCov:
    case sc::Relation::kCorr:
    case sc::Relation::kApproxQuantile:
    case sc::Relation::kFreqItems:
    case sc::Relation::kSampleBy: return ReadStatistic(message);
    case sc::Relation::kCatalog: return readers_.catalog(message.catalog());
    case sc::Relation::kExtension: return readers_.extension(message.extension());
    case sc::Relation::kApplyInPandasWithState: return Failure(NotImplemented("applyInPandasWithState"));
    case sc::Relation::kCommonInlineUserDefinedDataSource: return Failure(NotImplemented("Python data sources"));
    case sc::Relation::kRelationChanges: return Failure(NotImplemented("the change data reader of DataFrames"));
    case sc::Relation::kNearestByJoin: return Failure(NotImplemented("the nearest-by join"));
    case sc::Relation::kMlRelation: return Failure(NotImplemented("spark.ml over Spark Connect"));
    case sc::Relation::kUnknown:
    case sc::Relation::REL_TYPE_NOT_SET: break;
  }
  return Failure(ErrorCode::kInvalidParameterValue, "a relation message holds nothing that this version knows",
                 "use a PySpark version between 3.5 and 4.2");
}

}  // namespace

Result<RelationPtr> FromMessage(const sc::Relation& message, const RelationReaders& readers) { return RelationReader(readers).Read(message); }

}  // namespace crannog::connect
