#pragma once

#include "plan/commands/tables.h"

/// Pipelines in SQL. Source: Databricks pipelines SQL reference, Spark 4.1 declarative pipelines.
namespace crannog::plan {

enum class ScdType : uint8_t { kType1, kType2 };

/// AUTO CDC INTO / APPLY CHANGES INTO target FROM source KEYS (…) …
struct AutoCdc {
  Name target;
  RelationPtr source;
  bool from_snapshot = false;
  std::vector<ExpressionPtr> keys;
  bool ignore_null_updates = false;
  std::vector<std::string> ignore_null_columns;
  ExpressionPtr where;
  ExpressionPtr apply_as_delete_when;
  ExpressionPtr apply_as_truncate_when;
  ExpressionPtr sequence_by;
  std::vector<std::string> columns;            ///< COLUMNS (…)
  std::vector<std::string> columns_except;     ///< COLUMNS * EXCEPT (…)
  ScdType scd_type = ScdType::kType1;
  std::vector<std::string> track_history_columns;
  std::vector<std::string> track_history_except;
};

/// CREATE FLOW name AS INSERT INTO [ONCE] target BY NAME query | AS AUTO CDC INTO ….
struct CreateFlow {
  Name name;
  std::optional<std::string> comment;
  Name target;
  bool is_once = false;
  bool by_name = false;
  std::optional<QueryText> query;
  std::optional<AutoCdc> auto_cdc;
};

}  // namespace crannog::plan
