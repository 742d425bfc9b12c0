#include <fmt/format.h>

#include "session/commands/commands.h"
#include "session/insert_plan.h"
#include "session/names.h"
#include "session/session_tables.h"
#include "session/table_writer.h"

/// INSERT in all its forms.
namespace crannog::session {

using analyze::TableInfo;
using plan::DataType;
using plan::Literal;

namespace {

CommandResult InsertedRows(const TableInfo& table, const WriteOutcome& outcome) {
  CommandResult result;
  if (table.format != "delta") return result;
  result.schema = {{"num_affected_rows", DataType::Long(), true, ""}, {"num_inserted_rows", DataType::Long(), true, ""}};
  result.rows = {{Literal::Long(outcome.row_count), Literal::Long(outcome.row_count)}};
  return result;
}

// The text of a static partition value as it stands in the log and in folder names.
Result<std::vector<std::pair<std::string, Literal>>> StaticPartitions(const TableInfo& table, const plan::PartitionSpec& spec, Statement& statement) {
  std::vector<std::pair<std::string, Literal>> out;
  for (const plan::PartitionValue& value : spec) {
    if (value.value == nullptr) continue;
    plan::ExpressionPtr cast = value.value;
    for (const plan::StructField& field : table.schema) {
      if (EqualsIgnoringCase(field.name, value.column)) cast = plan::MakeExpression(plan::CastTo{value.value, ReadSchema({field})[0].type});
    }
    TRY(Literal text, statement.EvaluateAs(cast, DataType::String()));
    out.emplace_back(value.column, std::move(text));
  }
  return out;
}

}  // namespace

Result<CommandResult> Run(const plan::Insert& command, Statement& statement) {
  TRY(const FoundRelation found, GetRelation(command.table, statement));
  TRY(const std::vector<std::string> parts, NameParts(command.table, statement));
  if (!found.table || found.table->kind == analyze::TableKind::kView) {
    if (!found.table) return Failure(statement.Condition("UNSUPPORTED_INSERT.RDD_BASED", {}, command.table.origin));
    return Failure(statement.Condition("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE",
                                       {{"viewName", QuotedName(found.table->name)}, {"operation", "INSERT"}}, command.table.origin));
  }
  TRY(statement.catalog().Require(analyze::Privilege::kModify,
                                  {analyze::SecurableKind::kTable, {found.table->name.catalog, found.table->name.schema, found.table->name.name}}));
  TRY(const TableInfo table, WithCurrentSchema(*found.table, statement));
  TRY(const plan::ResolvedPlanPtr rows, PlanInsert(table, command.source, {command.columns, command.by_name, command.partition}, statement));
  WriteRequest request;
  switch (command.mode) {
    case plan::InsertMode::kInto:
      break;
    case plan::InsertMode::kOverwrite: {
      const bool is_dynamic = EqualsIgnoringCase(statement.Setting("spark.sql.sources.partitionOverwriteMode"), "dynamic");
      TRY(request.static_partitions, StaticPartitions(table, command.partition, statement));
      request.kind = is_dynamic && !table.partition_columns.empty() && request.static_partitions.size() < table.partition_columns.size()
                         ? WriteKind::kOverwritePartitions
                         : WriteKind::kOverwrite;
      break;
    }
    case plan::InsertMode::kReplaceWhere:
      return RunReplaceWhere(table, rows, command.replace_condition, statement);
    case plan::InsertMode::kReplaceUsing:
    case plan::InsertMode::kReplaceOn:
      return Failure(NotImplemented("INSERT … REPLACE USING | ON"));
  }
  TRY(const WriteOutcome outcome, WriteTable(table, *rows, request, statement));
  return InsertedRows(table, outcome);
}

Result<CommandResult> Run(const plan::MultiInsert& command, Statement& statement) {
  for (const plan::Insert& insert : command.inserts) TRY(Run(insert, statement));
  return CommandResult{};
}

}  // namespace crannog::session
