#include <fmt/format.h>

#include "services/mlflow/runs.h"
#include "services/mlflow/runs_store.h"
#include "services/mlflow/sql_conditions.h"

// Runs::Search: the filter grammar over runs becomes one statement. Source: reference/ml.md section 1.3.
namespace crannog::mlflow {
namespace {

struct AttributeColumn {
  std::string_view key;
  std::string_view column;
  bool is_number;
};

constexpr AttributeColumn kAttributes[] = {
    {"run_id", "r.run_id", false},       {"run_name", "r.name", false},      {"Run name", "r.name", false},   {"run name", "r.name", false},
    {"user_id", "r.user_id", false},     {"status", "r.status", false},      {"artifact_uri", "r.artifact_uri", false},
    {"start_time", "r.start_ms", true},  {"created", "r.start_ms", true},    {"Created", "r.start_ms", true},  {"end_time", "r.end_ms", true},
};

Result<const AttributeColumn*> AttributeOf(const std::string& key) {
  for (const AttributeColumn& attribute : kAttributes) {
    if (attribute.key == key) return &attribute;
  }
  return Failure(ErrorCode::kInvalidParameterValue,
                 fmt::format("Invalid attribute key '{}' specified. Valid keys are '{{'run_id', 'run_name', 'user_id', 'status', 'start_time', 'end_time', 'artifact_uri'}}'", key));
}

// A parameter or tag: the clause holds for the row of that name.
Result<> AddNamedTextClause(SqlConditions& conditions, std::string_view table, const FilterClause& clause) {
  if (clause.comparator == Comparator::kIsNull || clause.comparator == Comparator::kIsNotNull) {
    conditions.Add(fmt::format("{} EXISTS (SELECT 1 FROM {} x WHERE x.run_key = r.run_key AND x.name = ?)", clause.comparator == Comparator::kIsNull ? "NOT" : "", table),
                   {clause.key});
    return {};
  }
  if (!clause.is_quoted) {
    return Failure(ErrorCode::kInvalidParameterValue,
                   fmt::format("Expected a quoted string value for {} (e.g. 'my-value'). Got value {}", clause.entity == FilterEntity::kTag ? "tag" : "param", clause.values[0]));
  }
  SqlConditions inner;
  TRY(AddTextCondition(inner, "x.value", clause));
  std::vector<store::Value> values = {clause.key};
  values.insert(values.end(), inner.parameters.begin(), inner.parameters.end());
  conditions.Add(fmt::format("EXISTS (SELECT 1 FROM {} x WHERE x.run_key = r.run_key AND x.name = ? AND {})", table, inner.text), std::move(values));
  return {};
}

Result<> AddMetricClause(SqlConditions& conditions, const FilterClause& clause) {
  SqlConditions inner;
  TRY(AddNumberCondition(inner, "x.value", clause));
  conditions.Add(fmt::format("EXISTS (SELECT 1 FROM mlflow_latest_metric x WHERE x.run_key = r.run_key AND x.name = ? AND x.is_nan = 0 AND {})", inner.text),
                 {clause.key, inner.parameters[0]});
  return {};
}

Result<> AddDatasetClause(SqlConditions& conditions, const FilterClause& clause) {
  SqlConditions inner;
  if (clause.key == "name" || clause.key == "digest") {
    TRY(AddTextCondition(inner, "d." + clause.key, clause));
  } else if (clause.key == "context") {
    // The context is one of the input's tags, kept as one JSON object.
    FilterClause context = clause;
    if (clause.comparator != Comparator::kEqual && clause.comparator != Comparator::kNotEqual && clause.comparator != Comparator::kIn) {
      return Failure(NotImplemented("this comparison of dataset.context"));
    }
    std::string any;
    std::vector<store::Value> values;
    for (const std::string& value : clause.values) {
      any += any.empty() ? "i.tags LIKE ?" : " OR i.tags LIKE ?";
      values.emplace_back(fmt::format("%\"mlflow.data.context\":\"{}\"%", value));
    }
    inner.Add(fmt::format("{}({})", clause.comparator == Comparator::kNotEqual ? "NOT " : "", any), std::move(values));
  } else {
    return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid dataset key '{}'. Valid keys are ['name', 'digest', 'context']", clause.key));
  }
  conditions.Add(fmt::format("EXISTS (SELECT 1 FROM mlflow_input i JOIN mlflow_dataset d ON d.id = i.dataset_id WHERE i.run_key = r.run_key AND {})", inner.text),
                 std::move(inner.parameters));
  return {};
}

Result<> AddClause(SqlConditions& conditions, const FilterClause& clause) {
  switch (clause.entity) {
    case FilterEntity::kMetric: return AddMetricClause(conditions, clause);
    case FilterEntity::kParam: return AddNamedTextClause(conditions, "mlflow_param", clause);
    case FilterEntity::kTag: return AddNamedTextClause(conditions, "mlflow_tag", clause);
    case FilterEntity::kDataset: return AddDatasetClause(conditions, clause);
    case FilterEntity::kAttribute: break;
  }
  TRY(const AttributeColumn* attribute, AttributeOf(clause.key));
  if (attribute->is_number) return AddNumberCondition(conditions, std::string(attribute->column), clause);
  return AddTextCondition(conditions, std::string(attribute->column), clause);
}

struct OrderSql {
  std::string joins;
  std::vector<store::Value> parameters;
  std::string order;
};

// Runs without the value, and NaN, come last in both directions.
Result<OrderSql> BuildOrder(const std::vector<std::string>& orders) {
  OrderSql out;
  bool by_start = false;
  for (size_t i = 0; i < orders.size(); ++i) {
    TRY(OrderClause clause, ParseOrder(orders[i]));
    const std::string_view direction = clause.is_ascending ? "ASC" : "DESC";
    if (clause.entity == FilterEntity::kAttribute) {
      TRY(const AttributeColumn* attribute, AttributeOf(clause.key));
      by_start |= attribute->column == "r.start_ms";
      out.order += fmt::format("CASE WHEN {0} IS NULL THEN 1 ELSE 0 END, {0} {1}, ", attribute->column, direction);
      continue;
    }
    const std::string_view table = clause.entity == FilterEntity::kMetric ? "mlflow_latest_metric" : clause.entity == FilterEntity::kParam ? "mlflow_param" : "mlflow_tag";
    if (clause.entity == FilterEntity::kDataset) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid order_by clause '{}'.", orders[i]));
    out.joins += fmt::format("LEFT JOIN {0} o{1} ON o{1}.run_key = r.run_key AND o{1}.name = ? ", table, i);
    out.parameters.emplace_back(clause.key);
    if (clause.entity == FilterEntity::kMetric) {
      out.order += fmt::format("CASE WHEN o{0}.is_nan = 1 THEN 1 WHEN o{0}.value IS NULL THEN 2 ELSE 0 END, o{0}.value {1}, ", i, direction);
    } else {
      out.order += fmt::format("CASE WHEN o{0}.value IS NULL THEN 1 ELSE 0 END, o{0}.value {1}, ", i, direction);
    }
  }
  if (!by_start) out.order += "r.start_ms DESC, ";
  out.order += "r.run_id";
  return out;
}

}  // namespace

Result<RunPage> Runs::Search(const RunQuery& query) {
  SqlConditions where;
  RunPage page;
  if (query.experiment_ids.empty()) return page;
  std::string holes;
  std::vector<store::Value> ids;
  for (const std::string& text : query.experiment_ids) {
    Result<ExperimentId> id = ParseExperimentId(text);
    if (!id) continue;  // an experiment that cannot be has no runs
    holes += holes.empty() ? "?" : ", ?";
    ids.emplace_back(id->value);
  }
  if (ids.empty()) return page;
  where.Add(fmt::format("r.experiment_id IN ({})", holes), std::move(ids));
  if (query.view != ViewType::kAll) where.Add("r.stage = ?", {query.view == ViewType::kDeletedOnly ? "deleted" : "active"});
  TRY(std::vector<FilterClause> clauses, ParseFilter(query.filter));
  for (const FilterClause& clause : clauses) TRY(AddClause(where, clause));
  TRY(OrderSql order, BuildOrder(query.order_by));
  TRY(int64_t offset, OffsetOfToken(query.page_token));
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    page = {};
    TRY(std::vector<runs_store::RunRow> rows, runs_store::Search(reader, order.joins, order.parameters, where, order.order, query.count_max + 1, offset));
    if (static_cast<int64_t>(rows.size()) > query.count_max) {
      rows.pop_back();
      page.next_page_token = TokenOfOffset(offset + query.count_max);
    }
    std::vector<int64_t> keys;
    for (runs_store::RunRow& row : rows) {
      keys.push_back(row.run_key);
      page.runs.emplace_back().info = std::move(row.info);
    }
    return runs_store::LoadDetails(reader, keys, page.runs);
  }));
  return page;
}

}  // namespace crannog::mlflow
