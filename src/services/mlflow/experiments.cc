#include "services/mlflow/experiments.h"

#include <charconv>

#include <fmt/format.h>

#include "services/mlflow/limits.h"
#include "services/mlflow/sql_conditions.h"

namespace crannog::mlflow {
namespace {

constexpr std::string_view kColumns = "SELECT id, name, artifact_location, stage, created_ms, updated_ms FROM mlflow_experiment ";

Error NoExperiment(const std::string& id) { return MakeError(ErrorCode::kNotFound, fmt::format("No Experiment with id={} exists", id)); }

wire::Experiment FromRow(const store::Row& row) {
  wire::Experiment experiment;
  experiment.experiment_id = std::to_string(row.Int(0));
  experiment.name = row.Text(1);
  experiment.artifact_location = row.Text(2);
  experiment.lifecycle_stage = row.Text(3);
  experiment.creation_time = row.Int(4);
  experiment.last_update_time = row.Int(5);
  return experiment;
}

Result<> LoadTags(store::Reader& reader, wire::Experiment& experiment) {
  TRY(ExperimentId id, ParseExperimentId(experiment.experiment_id));
  TRY(std::vector<store::Row> rows, reader.Query("SELECT name, value FROM mlflow_experiment_tag WHERE experiment_id = ? ORDER BY name", {id.value}));
  for (const store::Row& row : rows) experiment.tags.push_back({row.Text(0), row.Text(1)});
  return {};
}

Result<wire::Experiment> Load(store::Reader& reader, ExperimentId id) {
  TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + "WHERE id = ?", {id.value}));
  if (!row) return Failure(NoExperiment(id.ToString()));
  wire::Experiment experiment = FromRow(*row);
  TRY(LoadTags(reader, experiment));
  return experiment;
}

Result<> RequireStage(const wire::Experiment& experiment, std::string_view stage) {
  if (experiment.lifecycle_stage == stage) return {};
  return Failure(ErrorCode::kInvalidParameterValue,
                 fmt::format("The experiment {} must be in the '{}' state. Current state is {}.", experiment.experiment_id, stage, experiment.lifecycle_stage));
}

Result<SqlConditions> Where(const ExperimentQuery& query) {
  SqlConditions conditions;
  if (query.view != ViewType::kAll) conditions.Add("stage = ?", {query.view == ViewType::kDeletedOnly ? "deleted" : "active"});
  TRY(std::vector<FilterClause> clauses, ParseFilter(query.filter));
  for (const FilterClause& clause : clauses) {
    if (clause.entity == FilterEntity::kTag) {
      SqlConditions inner;
      if (clause.comparator == Comparator::kIsNull || clause.comparator == Comparator::kIsNotNull) {
        conditions.Add(fmt::format("{} EXISTS (SELECT 1 FROM mlflow_experiment_tag t WHERE t.experiment_id = mlflow_experiment.id AND t.name = ?)",
                                   clause.comparator == Comparator::kIsNull ? "NOT" : ""),
                       {clause.key});
        continue;
      }
      TRY(AddTextCondition(inner, "t.value", clause));
      std::vector<store::Value> values = {clause.key};
      for (store::Value& value : inner.parameters) values.push_back(std::move(value));
      conditions.Add(fmt::format("EXISTS (SELECT 1 FROM mlflow_experiment_tag t WHERE t.experiment_id = mlflow_experiment.id AND t.name = ? AND {})", inner.text),
                     std::move(values));
    } else if (clause.entity == FilterEntity::kAttribute && clause.key == "name") {
      TRY(AddTextCondition(conditions, "name", clause));
    } else if (clause.entity == FilterEntity::kAttribute && clause.key == "creation_time") {
      TRY(AddNumberCondition(conditions, "created_ms", clause));
    } else if (clause.entity == FilterEntity::kAttribute && clause.key == "last_update_time") {
      TRY(AddNumberCondition(conditions, "updated_ms", clause));
    } else {
      return Failure(ErrorCode::kInvalidParameterValue,
                     fmt::format("Invalid attribute key '{}' specified. Valid keys are '{{'name', 'creation_time', 'last_update_time'}}'", clause.key));
    }
  }
  return conditions;
}

Result<std::string> OrderBy(const std::vector<std::string>& orders) {
  std::string text;
  for (const std::string& order_text : orders) {
    TRY(OrderClause order, ParseOrder(order_text));
    std::string_view column = order.key == "name"               ? "name"
                              : order.key == "experiment_id"    ? "id"
                              : order.key == "creation_time"    ? "created_ms"
                              : order.key == "last_update_time" ? "updated_ms"
                                                                : "";
    if (column.empty() || order.entity != FilterEntity::kAttribute) {
      return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid order_by clause '{}'. Could not be parsed.", order_text));
    }
    text += fmt::format("{} {}, ", column, order.is_ascending ? "ASC" : "DESC");
  }
  if (orders.empty()) text = "created_ms DESC, ";
  return text + "id DESC";
}

}  // namespace

Result<ExperimentId> ParseExperimentId(const std::string& text) {
  ExperimentId id;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return Failure(NoExperiment(text));
  return id;
}

Result<ViewType> ParseViewType(const std::string& text) {
  if (text.empty() || text == "ACTIVE_ONLY" || text == "1") return ViewType::kActiveOnly;
  if (text == "DELETED_ONLY" || text == "2") return ViewType::kDeletedOnly;
  if (text == "ALL" || text == "3") return ViewType::kAll;
  return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid value \"{}\" for parameter 'view_type' supplied.", text));
}

Result<> Experiments::EnsureDefault() {
  return database_.Write([this](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<store::Row> row, transaction.QueryOne("SELECT 1 FROM mlflow_experiment WHERE id = 0"));
    if (row) return {};
    TRY(transaction.Execute("INSERT INTO mlflow_experiment VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active', ?, ?)", {clock_.NowMillis(), clock_.NowMillis()}));
    return {};
  });
}

Result<ExperimentId> Experiments::Create(const std::string& name, const std::string& artifact_location, const std::vector<wire::ExperimentTag>& tags) {
  TRY(CheckExperimentName(name));
  for (const auto& tag : tags) TRY(CheckTag(tag.key.value_or(""), tag.value.value_or("")));
  ExperimentId id;
  TRY(database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(std::optional<store::Row> taken, transaction.QueryOne("SELECT stage FROM mlflow_experiment WHERE name = ?", {name}));
    if (taken) {
      const bool deleted = taken->Text(0) == "deleted";
      return Failure(ErrorCode::kAlreadyExists,
                     deleted ? fmt::format("Experiment '{}' already exists in deleted state. You can restore the experiment, or permanently delete the experiment from "
                                           "the .trash folder (under tracking server's root folder) in order to use this experiment name again.", name)
                             : fmt::format("Experiment(name={}) already exists.", name));
    }
    TRY(store::Row last, transaction.QueryRow("SELECT COALESCE(MAX(id), 0) FROM mlflow_experiment"));
    id.value = last.Int(0) + 1;
    const std::string location = artifact_location.empty() ? fmt::format("mlflow-artifacts:/{}", id.value) : artifact_location;
    TRY(transaction.Execute("INSERT INTO mlflow_experiment VALUES (?, ?, ?, 'active', ?, ?)", {id.value, name, location, clock_.NowMillis(), clock_.NowMillis()}));
    for (const auto& tag : tags) {
      TRY(transaction.Execute("INSERT INTO mlflow_experiment_tag VALUES (?, ?, ?)", {id.value, tag.key.value_or(""), tag.value.value_or("")}));
    }
    return {};
  }));
  return id;
}

Result<wire::Experiment> Experiments::Get(ExperimentId id) {
  wire::Experiment experiment;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(experiment, Load(reader, id));
    return {};
  }));
  return experiment;
}

Result<wire::Experiment> Experiments::GetByName(const std::string& name) {
  wire::Experiment experiment;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(std::optional<store::Row> row, reader.QueryOne(std::string(kColumns) + "WHERE name = ?", {name}));
    if (!row) return Failure(ErrorCode::kNotFound, fmt::format("Could not find experiment with name '{}'", name));
    experiment = FromRow(*row);
    return LoadTags(reader, experiment);
  }));
  return experiment;
}

Result<ExperimentPage> Experiments::Search(const ExperimentQuery& query) {
  TRY(SqlConditions where, Where(query));
  TRY(std::string order, OrderBy(query.order_by));
  TRY(int64_t offset, OffsetOfToken(query.page_token));
  std::string sql = std::string(kColumns) + (where.text.empty() ? "" : "WHERE " + where.text) + " ORDER BY " + order + " LIMIT ? OFFSET ?";
  where.parameters.emplace_back(query.count_max + 1);
  where.parameters.emplace_back(offset);
  ExperimentPage page;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    TRY(std::vector<store::Row> rows, reader.Query(sql, where.parameters));
    for (const store::Row& row : rows) {
      if (static_cast<int64_t>(page.experiments.size()) == query.count_max) {
        page.next_page_token = TokenOfOffset(offset + query.count_max);
        break;
      }
      wire::Experiment experiment = FromRow(row);
      TRY(LoadTags(reader, experiment));
      page.experiments.push_back(std::move(experiment));
    }
    return {};
  }));
  return page;
}

Result<> Experiments::Rename(ExperimentId id, const std::string& name) {
  TRY(CheckExperimentName(name));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::Experiment experiment, Load(transaction, id));
    if (experiment.lifecycle_stage != "active") {
      return Failure(ErrorCode::kInvalidState, fmt::format("Cannot rename a non-active experiment {}.", id.value));
    }
    TRY(std::optional<store::Row> taken, transaction.QueryOne("SELECT 1 FROM mlflow_experiment WHERE name = ? AND id <> ?", {name, id.value}));
    if (taken) return Failure(ErrorCode::kAlreadyExists, fmt::format("Experiment(name={}) already exists.", name));
    TRY(transaction.Execute("UPDATE mlflow_experiment SET name = ?, updated_ms = ? WHERE id = ?", {name, clock_.NowMillis(), id.value}));
    return {};
  });
}

Result<> Experiments::Delete(ExperimentId id) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::Experiment experiment, Load(transaction, id));
    if (experiment.lifecycle_stage != "active") return Failure(NoExperiment(id.ToString()));
    const int64_t now = clock_.NowMillis();
    TRY(transaction.Execute("UPDATE mlflow_experiment SET stage = 'deleted', updated_ms = ? WHERE id = ?", {now, id.value}));
    TRY(transaction.Execute("UPDATE mlflow_run SET stage = 'deleted', deleted_ms = ? WHERE experiment_id = ? AND stage = 'active'", {now, id.value}));
    return {};
  });
}

Result<> Experiments::Restore(ExperimentId id) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::Experiment experiment, Load(transaction, id));
    if (experiment.lifecycle_stage != "deleted") return Failure(NoExperiment(id.ToString()));
    TRY(transaction.Execute("UPDATE mlflow_experiment SET stage = 'active', updated_ms = ? WHERE id = ?", {clock_.NowMillis(), id.value}));
    TRY(transaction.Execute("UPDATE mlflow_run SET stage = 'active', deleted_ms = NULL WHERE experiment_id = ? AND stage = 'deleted'", {id.value}));
    return {};
  });
}

Result<> Experiments::SetTag(ExperimentId id, const std::string& key, const std::string& value) {
  TRY(CheckTag(key, value));
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::Experiment experiment, Load(transaction, id));
    TRY(RequireStage(experiment, "active"));
    TRY(transaction.Execute("INSERT INTO mlflow_experiment_tag VALUES (?, ?, ?) ON CONFLICT (experiment_id, name) DO UPDATE SET value = excluded.value",
                            {id.value, key, value}));
    return {};
  });
}

Result<> Experiments::DeleteTag(ExperimentId id, const std::string& key) {
  return database_.Write([&](store::Transaction& transaction) -> Result<> {
    TRY(wire::Experiment experiment, Load(transaction, id));
    TRY(RequireStage(experiment, "active"));
    TRY(int64_t count, transaction.Execute("DELETE FROM mlflow_experiment_tag WHERE experiment_id = ? AND name = ?", {id.value, key}));
    if (count == 0) return Failure(ErrorCode::kNotFound, fmt::format("No tag with name: {} in experiment with id {}", key, id.value));
    return {};
  });
}

}  // namespace crannog::mlflow
