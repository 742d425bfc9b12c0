#include <fmt/format.h>

#include "services/mlflow/models.h"
#include "services/mlflow/models_store.h"
#include "services/mlflow/sql_conditions.h"

// Models::Search and SearchVersions: the filter grammar over the registry. Source: reference/ml.md section 1.3.
namespace crannog::mlflow {
namespace {

Error BadKey(const std::string& key, std::string_view valid) {
  return MakeError(ErrorCode::kInvalidParameterValue, fmt::format("Invalid attribute key '{}' specified. Valid keys are {}", key, valid));
}

Result<> AddTagClause(SqlConditions& conditions, const std::string& exists, const FilterClause& clause) {
  SqlConditions inner;
  TRY(AddTextCondition(inner, "t.value", clause));
  std::vector<store::Value> values = {clause.key};
  values.insert(values.end(), inner.parameters.begin(), inner.parameters.end());
  conditions.Add(fmt::format("EXISTS ({} AND t.name = ? AND {})", exists, inner.text), std::move(values));
  return {};
}

struct OrderKey {
  std::string_view key, column;
};

template <size_t N>
Result<std::string> OrderSql(const std::vector<std::string>& orders, const OrderKey (&keys)[N], std::string_view otherwise) {
  std::string out;
  for (const std::string& text : orders) {
    TRY(OrderClause clause, ParseOrder(text));
    std::string_view column;
    for (const OrderKey& key : keys) {
      if (key.key == clause.key && clause.entity == FilterEntity::kAttribute) column = key.column;
    }
    if (column.empty()) return Failure(ErrorCode::kInvalidParameterValue, fmt::format("Invalid order_by clause '{}'. Could not be parsed.", text));
    out += fmt::format("{} {}, ", column, clause.is_ascending ? "ASC" : "DESC");
  }
  return out + std::string(otherwise);
}

constexpr std::string_view kPromptTag = "mlflow.prompt.is_prompt";

}  // namespace

Result<ModelPage> Models::Search(const ModelQuery& query) {
  SqlConditions where;
  TRY(std::vector<FilterClause> clauses, ParseFilter(query.filter));
  bool names_prompts = false;
  for (const FilterClause& clause : clauses) {
    if (clause.entity == FilterEntity::kTag) {
      if (clause.key == kPromptTag) {
        names_prompts = true;
        if (clause.comparator == Comparator::kNotEqual) continue;  // that is the default
      }
      TRY(AddTagClause(where, "SELECT 1 FROM mlflow_registered_model_tag t WHERE t.model_name = m.name", clause));
    } else if (clause.entity == FilterEntity::kAttribute && clause.key == "name") {
      TRY(AddTextCondition(where, "m.name", clause));
    } else {
      return Failure(BadKey(clause.key, "{'name'}"));
    }
  }
  // Prompts are registered models with a tag; a search sees them only when it asks for them.
  const bool wants_prompts = names_prompts && query.filter.find("!=") == std::string::npos;
  if (!wants_prompts) where.Add("NOT EXISTS (SELECT 1 FROM mlflow_registered_model_tag p WHERE p.model_name = m.name AND p.name = ? AND LOWER(p.value) = 'true')", {kPromptTag});
  static constexpr OrderKey kKeys[] = {{"name", "m.name"}, {"last_updated_timestamp", "m.updated_ms"}, {"timestamp", "m.updated_ms"}, {"creation_timestamp", "m.created_ms"}};
  TRY(std::string order, OrderSql(query.order_by, kKeys, "m.name"));
  TRY(int64_t offset, OffsetOfToken(query.page_token));
  ModelPage page;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    page = {};
    TRY(page.models, models_store::Search(reader, where, order, query.count_max + 1, offset));
    return {};
  }));
  if (static_cast<int64_t>(page.models.size()) > query.count_max) {
    page.models.pop_back();
    page.next_page_token = TokenOfOffset(offset + query.count_max);
  }
  return page;
}

Result<VersionPage> Models::SearchVersions(const ModelQuery& query) {
  SqlConditions where;
  TRY(std::vector<FilterClause> clauses, ParseFilter(query.filter));
  for (const FilterClause& clause : clauses) {
    if (clause.entity == FilterEntity::kTag) {
      TRY(AddTagClause(where, "SELECT 1 FROM mlflow_model_version_tag t WHERE t.model_name = v.model_name AND t.version = v.version", clause));
      continue;
    }
    std::string column = clause.key == "name"          ? "v.model_name"
                         : clause.key == "run_id"      ? "v.run_id"
                         : clause.key == "source_path" ? "v.source"
                         : clause.key == "user_id"     ? "v.user_id"
                                                       : "";
    if (clause.entity == FilterEntity::kAttribute && (clause.key == "version_number" || clause.key == "version")) {
      TRY(AddNumberCondition(where, "v.version", clause));
    } else if (clause.entity == FilterEntity::kAttribute && !column.empty()) {
      TRY(AddTextCondition(where, column, clause));
    } else {
      return Failure(BadKey(clause.key, "{'name', 'version_number', 'run_id', 'source_path'}"));
    }
  }
  static constexpr OrderKey kKeys[] = {{"name", "v.model_name"},
                                       {"version_number", "v.version"},
                                       {"creation_timestamp", "v.created_ms"},
                                       {"last_updated_timestamp", "v.updated_ms"}};
  TRY(std::string order, OrderSql(query.order_by, kKeys, query.order_by.empty() ? "v.updated_ms DESC, v.model_name, v.version DESC" : "v.model_name, v.version DESC"));
  TRY(int64_t offset, OffsetOfToken(query.page_token));
  VersionPage page;
  TRY(database_.Read([&](store::Reader& reader) -> Result<> {
    page = {};
    TRY(page.versions, models_store::SearchVersions(reader, where, order, query.count_max + 1, offset));
    return {};
  }));
  if (static_cast<int64_t>(page.versions.size()) > query.count_max) {
    page.versions.pop_back();
    page.next_page_token = TokenOfOffset(offset + query.count_max);
  }
  return page;
}

}  // namespace crannog::mlflow
