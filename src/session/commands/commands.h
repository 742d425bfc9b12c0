#pragma once

#include "plan/command.h"
#include "session/statement.h"

/// Executors of commands: one overload per statement, one file per noun. Source: Spark 4.1's commands, Databricks SQL reference.
namespace crannog::session {

/// Runs a command. What is not built answers NotImplemented with the statement's name.
Result<CommandResult> RunCommand(const plan::Command& command, Statement& statement);
/// Runs a parsed statement, query or command, inside another one (EXECUTE IMMEDIATE, scripts).
Result<CommandResult> RunParsed(const plan::Statement& parsed, Statement& statement);
/// The schema that a command answers with, where it can be known without running it.
plan::Schema SchemaOfCommand(const plan::Command& command, const Statement& statement);

// catalogs.cc
Result<CommandResult> Run(const plan::CreateCatalog& command, Statement& statement);
Result<CommandResult> Run(const plan::DropCatalog& command, Statement& statement);
Result<CommandResult> Run(const plan::CreateSchema& command, Statement& statement);
Result<CommandResult> Run(const plan::DropSchema& command, Statement& statement);
Result<CommandResult> Run(const plan::AlterSchema& command, Statement& statement);
Result<CommandResult> Run(const plan::CommentOn& command, Statement& statement);
Result<CommandResult> Run(const plan::AlterOwner& command, Statement& statement);
Result<CommandResult> Run(const plan::AlterTags& command, Statement& statement);
Result<CommandResult> Run(const plan::RenameObject& command, Statement& statement);
Result<CommandResult> Run(const plan::Use& command, Statement& statement);
// tables.cc, alter_table.cc
Result<CommandResult> Run(const plan::AlterTable& command, Statement& statement);
Result<CommandResult> Run(const plan::CreateTable& command, Statement& statement);
Result<CommandResult> Run(const plan::CreateTableLike& command, Statement& statement);
Result<CommandResult> Run(const plan::DropTable& command, Statement& statement);
Result<CommandResult> Run(const plan::UndropTable& command, Statement& statement);
Result<CommandResult> Run(const plan::TruncateTable& command, Statement& statement);
Result<CommandResult> Run(const plan::RepairTable& command, Statement& statement);
Result<CommandResult> Run(const plan::AnalyzeTable& command, Statement& statement);
Result<CommandResult> Run(const plan::AnalyzeTables& command, Statement& statement);
Result<CommandResult> Run(const plan::RefreshTable& command, Statement& statement);
Result<CommandResult> Run(const plan::RefreshPath& command, Statement& statement);
// views.cc
Result<CommandResult> Run(const plan::CreateView& command, Statement& statement);
Result<CommandResult> Run(const plan::CreateTemporaryViewUsing& command, Statement& statement);
Result<CommandResult> Run(const plan::AlterViewQuery& command, Statement& statement);
Result<CommandResult> Run(const plan::AlterViewSchemaMode& command, Statement& statement);
Result<CommandResult> Run(const plan::DropView& command, Statement& statement);
// functions.cc
Result<CommandResult> Run(const plan::CreateFunction& command, Statement& statement);
Result<CommandResult> Run(const plan::DropFunction& command, Statement& statement);
Result<CommandResult> Run(const plan::RefreshFunction& command, Statement& statement);
Result<CommandResult> Run(const plan::CreateVolume& command, Statement& statement);
Result<CommandResult> Run(const plan::DropVolume& command, Statement& statement);
// insert.cc
Result<CommandResult> Run(const plan::Insert& command, Statement& statement);
/// INSERT … REPLACE WHERE: deletes what the condition meets and appends, in one commit (delete.cc).
Result<CommandResult> RunReplaceWhere(const analyze::TableInfo& table, const plan::ResolvedPlanPtr& rows, const plan::ExpressionPtr& condition, Statement& statement);
Result<CommandResult> Run(const plan::MultiInsert& command, Statement& statement);
// save.cc
Result<CommandResult> Run(const plan::SaveDataFrame& command, Statement& statement);
Result<CommandResult> Run(const plan::WriteDataFrameTo& command, Statement& statement);
// update.cc, delete.cc, merge.cc
Result<CommandResult> Run(const plan::Update& command, Statement& statement);
Result<CommandResult> Run(const plan::Delete& command, Statement& statement);
Result<CommandResult> Run(const plan::Merge& command, Statement& statement);
// maintenance.cc
Result<CommandResult> Run(const plan::Optimize& command, Statement& statement);
Result<CommandResult> Run(const plan::Vacuum& command, Statement& statement);
Result<CommandResult> Run(const plan::Restore& command, Statement& statement);
Result<CommandResult> Run(const plan::DescribeHistory& command, Statement& statement);
Result<CommandResult> Run(const plan::DescribeDetail& command, Statement& statement);
Result<CommandResult> Run(const plan::IsDeltaTable& command, Statement& statement);
Result<CommandResult> Run(const plan::CacheTable& command, Statement& statement);
Result<CommandResult> Run(const plan::UncacheTable& command, Statement& statement);
Result<CommandResult> Run(const plan::ClearCache& command, Statement& statement);
// show.cc, describe.cc
Result<CommandResult> Run(const plan::Show& command, Statement& statement);
Result<CommandResult> Run(const plan::Describe& command, Statement& statement);
Result<CommandResult> Run(const plan::DescribeQuery& command, Statement& statement);
// sessions.cc
Result<CommandResult> Run(const plan::SetConfig& command, Statement& statement);
Result<CommandResult> Run(const plan::ResetConfig& command, Statement& statement);
Result<CommandResult> Run(const plan::SetTimeZone& command, Statement& statement);
Result<CommandResult> Run(const plan::SetCatalog& command, Statement& statement);
Result<CommandResult> Run(const plan::Explain& command, Statement& statement);
Result<CommandResult> Run(const plan::UnsupportedStatement& command, Statement& statement);
// variables.cc
Result<CommandResult> Run(const plan::DeclareVariable& command, Statement& statement);
Result<CommandResult> Run(const plan::SetVariable& command, Statement& statement);
Result<CommandResult> Run(const plan::DropVariable& command, Statement& statement);
Result<CommandResult> Run(const plan::ExecuteImmediate& command, Statement& statement);
// governance.cc
Result<CommandResult> Run(const plan::Grant& command, Statement& statement);
Result<CommandResult> Run(const plan::ShowGrants& command, Statement& statement);
// scripting.cc

}  // namespace crannog::session
